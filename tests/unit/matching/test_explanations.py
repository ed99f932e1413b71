"""Every proposal says why, everybody left out hears which rule it was and what would help."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.matching import Candidate, Pool, Reason, ReasonCode, Remedy, RemedyCode, Rule, Unplaced, solve, why_not
from tests.unit.matching.exact import may_meet
from tests.unit.matching.pools import a_mentee, a_mentor, a_pool, random_pool


def the_one_left_out(pool: Pool) -> Unplaced:
    [unplaced] = solve(pool).unplaced
    return unplaced


def test_a_proposal_gives_its_three_main_reasons_what_is_taught_first() -> None:
    ana = a_mentor(
        "ana",
        topics_offered={"social": 4, "ai": 3},
        half_days=frozenset({"tue-am", "fri-pm"}),
        department="IT",
        utc_offset_minutes=60,
    )
    bo = a_mentee(
        "bo", topics_wanted={"social": 1, "ai": 1, "tools": 0}, half_days=frozenset({"tue-am"}), department="sales"
    )
    [proposed] = solve(a_pool(mentors=(ana,), mentees=(bo,))).proposals
    assert proposed.topic == "social"
    assert proposed.score == 26 + 11 + 5 + 10 + 7
    assert proposed.reasons == (
        Reason(code=ReasonCode.TEACHES, points=26, out_of=40, args={"topics": ("social", "ai"), "wanted": 3}),
        Reason(code=ReasonCode.LEVEL_GAP, points=11, out_of=15, args={"topic": "social", "level": 4, "use": 1}),
        Reason(code=ReasonCode.DIFFERENT_DEPARTMENTS, points=10, out_of=10, args={"mentor": "IT", "mentee": "sales"}),
    )


def test_unknown_departments_are_never_given_as_a_reason() -> None:
    [proposed] = solve(a_pool(mentors=(a_mentor("ana"),), mentees=(a_mentee("bo"),))).proposals
    assert ReasonCode.DIFFERENT_DEPARTMENTS not in {reason.code for reason in proposed.reasons}
    assert len(proposed.reasons) == 3


def test_somebody_without_candidates_hears_the_rule_that_took_the_last_one() -> None:
    mentors = (
        a_mentor("ana", topics_offered={"ai": 4}),
        a_mentor("bea", languages=frozenset({"en"})),
        a_mentor("cid", team="claims"),
        a_mentor("dan", team="claims"),
    )
    left_out = the_one_left_out(a_pool(mentors=mentors, mentees=(a_mentee("eve", team="claims"),)))
    assert (left_out.rule, left_out.candidates_before) == (Rule.SAME_TEAM, 2)


@pytest.mark.parametrize(
    ("mentor", "remedy"),
    [
        (
            a_mentor("ana", topics_offered={"ai": 4}),
            Remedy(code=RemedyCode.A_MENTOR_FOR, args={"topics": ("social",), "candidates": 1}),
        ),
        (
            a_mentor("ana", languages=frozenset({"en", "es"})),
            Remedy(code=RemedyCode.ANOTHER_LANGUAGE, args={"languages": ("en", "es"), "candidates": 1}),
        ),
        (a_mentor("ana", onsite_only=True), Remedy(code=RemedyCode.MEETING_REMOTELY, args={"candidates": 1})),
        (
            a_mentor("ana", seats=0),
            Remedy(code=RemedyCode.MORE_SEATS, args={"mentors": ("ana",), "candidates": 1}),
        ),
        (a_mentor("ana", manager="bo"), Remedy(code=RemedyCode.MORE_MENTORS, args={"topics": ("social",)})),
        (
            a_mentor("ana", onsite_only=True, languages=frozenset({"en"})),
            Remedy(code=RemedyCode.MORE_MENTORS, args={"topics": ("social",)}),
        ),
    ],
)
def test_what_would_place_somebody_is_said(mentor: Candidate, remedy: Remedy) -> None:
    assert the_one_left_out(a_pool(mentors=(mentor,), mentees=(a_mentee("bo"),))).remedy == remedy


def test_what_would_help_is_the_same_whether_two_have_met_lately_or_one_avoids_the_other() -> None:
    """Whom two mentors are kept from, and one more by the language alone, hears of the language either way."""
    mentors = (a_mentor("ana"), a_mentor("ben"), a_mentor("cyd", languages=frozenset({"en"})))
    pool = a_pool(mentors=mentors, mentees=(a_mentee("bo"),))
    met = replace(pool, recent_pairs=frozenset({("ana", "bo"), ("ben", "bo")}))
    avoiding = replace(pool, mentees=(a_mentee("bo", avoids=frozenset({"ana", "ben"})),))
    language = Remedy(code=RemedyCode.ANOTHER_LANGUAGE, args={"languages": ("en",), "candidates": 1})
    assert the_one_left_out(met).remedy == the_one_left_out(avoiding).remedy == language
    assert (the_one_left_out(met).rule, the_one_left_out(avoiding).rule) == (Rule.RECENT_PAIR, Rule.KEPT_APART)


def test_whom_the_mentee_coaches_is_nobody_that_another_topic_would_open() -> None:
    offers_something_else = a_mentor("ana", topics_offered={"ai": 4})
    coach = a_mentor("bo", topics_offered={"tools": 4})
    pool = a_pool(
        mentors=(offers_something_else, coach),
        mentees=(a_mentee("ana", topics_wanted={"tools": 0}), a_mentee("bo")),
    )
    left_out = the_one_left_out(pool)
    assert (left_out.key, left_out.remedy.code) == ("bo", RemedyCode.MORE_MENTORS)


def test_what_is_said_to_place_somebody_places_them() -> None:
    """A seat more at any mentor named serves one person more, whoever that mentor is."""
    pool = random_pool(11, mentors=8, mentees=20)
    before = solve(pool)
    short = [person for person in before.unplaced if person.remedy.code is RemedyCode.MORE_SEATS]
    assert short
    for person in short:
        named = person.remedy.args["mentors"]
        assert isinstance(named, tuple)
        for key in named:
            mentors = tuple(
                replace(mentor, seats=mentor.seats + 1) if mentor.key == key else mentor for mentor in pool.mentors
            )
            assert solve(replace(pool, mentors=mentors)).served == before.served + 1


def test_nobody_learns_from_a_code_that_somebody_avoids_them() -> None:
    avoided = a_pool(mentors=(a_mentor("ana"),), mentees=(a_mentee("bo", avoids=frozenset({"ana"})),))
    same_partner = a_pool(mentors=(a_mentor("ana", hr_partner="x"),), mentees=(a_mentee("bo", hr_partner="x"),))
    forbidden = a_pool(mentors=(a_mentor("ana"),), mentees=(a_mentee("bo"),), forbidden=frozenset({("ana", "bo")}))
    assert the_one_left_out(avoided) == the_one_left_out(same_partner) == the_one_left_out(forbidden)
    assert why_not(avoided, "ana", "bo") == why_not(same_partner, "ana", "bo") == why_not(forbidden, "ana", "bo")


def test_why_not_names_every_rule_in_the_way() -> None:
    ana = a_mentor("ana", team="claims", languages=frozenset({"en"}), manager="bo")
    answer = why_not(a_pool(mentors=(ana,), mentees=(a_mentee("bo", team="claims"),)), "ana", "bo")
    assert answer.rules == (Rule.LANGUAGE, Rule.REPORTING_LINE, Rule.SAME_TEAM)
    assert not answer.allowed


def test_why_not_agrees_with_the_rules_on_every_pair_of_a_pool() -> None:
    pool = random_pool(5, mentors=6, mentees=9, both=3)
    for mentor in pool.mentors:
        for mentee in pool.mentees:
            in_it = "path" in mentor.formats and "path" in mentee.formats
            allowed = bool(in_it and mentor.seats and mentee.needs and may_meet(mentor, mentee, pool))
            assert why_not(pool, mentor.key, mentee.key).allowed is allowed


def test_why_not_says_what_proposing_an_allowed_pair_would_cost() -> None:
    ana = a_mentor("ana", seats=1, topics_offered={"social": 4, "ai": 4})
    dan = a_mentor("dan", seats=1)
    bo, cy = a_mentee("bo"), a_mentee("cy", topics_wanted={"ai": 0})
    pool = a_pool(mentors=(ana, dan), mentees=(bo, cy))
    answer = why_not(pool, "ana", "bo")
    assert answer.allowed
    assert (answer.served_change, answer.mentor_takes, answer.mentee_gets) == (-1, ("cy",), ("dan",))
    assert answer.score_change == -answer.score
    assert why_not(pool, "dan", "bo").chosen


def test_why_not_knows_those_who_take_no_part() -> None:
    pool = a_pool(
        mentors=(a_mentor("ana"), a_mentor("dan", formats=frozenset({"flash"}))),
        mentees=(a_mentee("bo"), a_mentee("cy", needs=0)),
    )
    assert why_not(pool, "who", "bo").rules == (Rule.NO_MENTORS,)
    assert why_not(pool, "ana", "who").rules == (Rule.NOT_LOOKING,)
    assert why_not(pool, "ana", "cy").rules == (Rule.NOT_LOOKING,)
    assert why_not(pool, "dan", "bo").rules == (Rule.FORMAT,)
