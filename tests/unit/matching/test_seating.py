"""Who goes first when not everybody or not everything can be had, and the odd pools."""

from __future__ import annotations

from collections import Counter
from time import perf_counter

import pytest

from bot.matching import Candidate, Outcome, Rule, Weights, solve
from tests.unit.matching.pools import a_mentee, a_mentor, a_pool, random_pool


def pairs(outcome: Outcome) -> set[tuple[str, str]]:
    return {(proposed.mentor, proposed.mentee) for proposed in outcome.proposals}


def test_serving_one_more_person_beats_any_score() -> None:
    """Ana suits Bo perfectly, but is the only one Cy can have."""
    ana = a_mentor("ana", seats=1, topics_offered={"social": 4, "ai": 4})
    dan = a_mentor("dan", seats=1)
    bo = a_mentee("bo", topics_wanted={"social": 0, "ai": 0}, unserved_last_round=True)
    cy = a_mentee("cy", topics_wanted={"ai": 3})
    assert pairs(solve(a_pool(mentors=(ana, dan), mentees=(bo, cy)))) == {("ana", "cy"), ("dan", "bo")}


def test_a_second_mentor_never_costs_somebody_else_their_only_one() -> None:
    ana, dan = a_mentor("ana", seats=1), a_mentor("dan", seats=1)
    bo = a_mentee("bo", needs=2, unserved_last_round=True)
    cy = a_mentee("cy", topics_wanted={"social": 3})
    outcome = solve(a_pool(mentors=(ana, dan), mentees=(bo, cy)))
    assert outcome.served == 2


def test_two_mentors_of_one_person_are_two_people() -> None:
    outcome = solve(a_pool(mentors=(a_mentor("ana", seats=5), a_mentor("dan")), mentees=(a_mentee("bo", needs=2),)))
    assert pairs(outcome) == {("ana", "bo"), ("dan", "bo")}
    assert outcome.served == 1


def test_at_equal_scores_the_load_is_spread() -> None:
    mentors = tuple(a_mentor(f"m{number}", seats=4) for number in range(4))
    mentees = tuple(a_mentee(f"n{number}") for number in range(8))
    outcome = solve(a_pool(mentors=mentors, mentees=mentees))
    assert sorted(Counter(proposed.mentor for proposed in outcome.proposals).values()) == [2, 2, 2, 2]


@pytest.mark.parametrize("name", "abcdefgh")
def test_at_equal_totals_nobody_is_worse_off_than_must_be(name: str) -> None:
    """Two and two half-days in common rather than three and one, whatever the names that break ties."""
    ana = a_mentor(f"ana {name}", seats=1, half_days=frozenset({"mon-am", "tue-am", "wed-am"}))
    dan = a_mentor(f"dan {name}", seats=1, half_days=frozenset({"mon-am", "tue-am"}))
    bo = a_mentee(f"bo {name}", half_days=frozenset({"tue-am", "wed-am"}))
    cy = a_mentee(f"cy {name}", half_days=frozenset({"mon-am", "tue-am", "wed-am"}))
    outcome = solve(a_pool(mentors=(ana, dan), mentees=(bo, cy)))
    assert pairs(outcome) == {(ana.key, bo.key), (dan.key, cy.key)}


def test_those_left_out_last_round_go_first_where_asked() -> None:
    ana = a_mentor("ana", seats=1)
    bo = a_mentee("bo", half_days=frozenset({"mon-am"}), topics_wanted={"social": 0})
    cy = a_mentee("cy", topics_wanted={"social": 3, "ai": 0, "tools": 0}, unserved_last_round=True)
    mentees = (bo, cy)
    assert pairs(solve(a_pool(mentors=(ana,), mentees=mentees))) == {("ana", "bo")}
    assert pairs(solve(a_pool(mentors=(ana,), mentees=mentees, left_out_first=True))) == {("ana", "cy")}


def test_two_people_never_coach_each_other_in_one_round() -> None:
    def both(key: str, offered: str, wanted: str) -> tuple[Candidate, Candidate]:
        return (
            a_mentor(key, topics_offered={offered: 4}, topics_wanted={wanted: 0}),
            a_mentee(key, topics_offered={offered: 4}, topics_wanted={wanted: 0}),
        )

    (ana_mentor, ana), (bo_mentor, bo) = both("ana", "ai", "social"), both("bo", "social", "ai")
    outcome = solve(a_pool(mentors=(ana_mentor, bo_mentor), mentees=(ana, bo)))
    assert outcome.served == 1
    assert [person.rule for person in outcome.unplaced] == [Rule.BOTH_WAYS]


def test_weights_of_any_total_keep_scores_out_of_100() -> None:
    weights = Weights(topic_fit=7, level_gap=7, availability=0, department=0, place=0, waiting=0)
    assert weights.out_of_100() == Weights(topic_fit=50, level_gap=50, availability=0, department=0, place=0, waiting=0)
    assert sum(Weights(topic_fit=1, level_gap=1, place=1, waiting=0).out_of_100().as_tuple()) == 100
    outcome = solve(a_pool(mentors=(a_mentor("ana"),), mentees=(a_mentee("bo"),), weights=weights))
    assert outcome.total_score == 100


def test_without_mentors_everybody_is_told_so() -> None:
    outcome = solve(a_pool(mentors=(), mentees=(a_mentee("bo"), a_mentee("cy"))))
    assert (outcome.served, outcome.proposals) == (0, ())
    assert [(person.key, person.rule) for person in outcome.unplaced] == [
        ("bo", Rule.NO_MENTORS),
        ("cy", Rule.NO_MENTORS),
    ]


def test_without_mentees_nothing_is_proposed() -> None:
    outcome = solve(a_pool(mentors=(a_mentor("ana"),), mentees=()))
    assert (outcome.proposals, outcome.unplaced, outcome.served) == ((), (), 0)


def test_a_mentor_without_places_takes_nobody() -> None:
    outcome = solve(a_pool(mentors=(a_mentor("ana", seats=0),), mentees=(a_mentee("bo"),)))
    assert [(person.rule, person.candidates_before) for person in outcome.unplaced] == [(Rule.CAPACITY, 1)]


def test_every_rule_broken_at_once_is_an_answer_not_an_error() -> None:
    ana = a_mentor(
        "ana",
        team="x",
        hr_partner="bo",
        manager="bo",
        onsite_only=True,
        languages=frozenset({"en"}),
        topics_offered={"ai": 1},
        avoids=frozenset({"bo"}),
    )
    bo = a_mentee("bo", team="x", hr_partner="ana", topics_wanted={"ai": 3})
    pool = a_pool(mentors=(ana,), mentees=(bo,), recent_pairs=frozenset({("ana", "bo")}))
    outcome = solve(pool)
    assert outcome.proposals == ()
    assert [(person.rule, person.candidates_before) for person in outcome.unplaced] == [(Rule.TOPIC, 1)]


def test_a_circle_in_the_reporting_line_counts_as_one_line() -> None:
    reporting = {"ana": "bo", "bo": "cy", "cy": "ana", "dan": "ana"}
    mentees = (a_mentee("bo"), a_mentee("cy"), a_mentee("dan"), a_mentee("eve"))
    outcome = solve(a_pool(mentors=(a_mentor("ana", seats=4),), mentees=mentees, reporting=reporting))
    assert pairs(outcome) == {("ana", "eve")}


def test_a_person_who_is_their_own_manager_has_none() -> None:
    reporting = {"ana": "ana", "bo": "bo"}
    outcome = solve(a_pool(mentors=(a_mentor("ana"),), mentees=(a_mentee("bo"),), reporting=reporting))
    assert outcome.served == 1


def test_a_line_runs_through_people_outside_the_pool() -> None:
    reporting = {"ana": "x", "x": "y", "y": "bo"}
    outcome = solve(a_pool(mentors=(a_mentor("ana"),), mentees=(a_mentee("bo"),), reporting=reporting))
    assert [person.rule for person in outcome.unplaced] == [Rule.REPORTING_LINE]


def test_without_a_directory_the_manager_people_name_themselves_counts() -> None:
    outcome = solve(a_pool(mentors=(a_mentor("ana", manager="bo"),), mentees=(a_mentee("bo"),)))
    assert outcome.served == 0


def test_a_line_of_ten_thousand_people_is_walked() -> None:
    reporting: dict[str, str | None] = {f"p{number}": f"p{number + 1}" for number in range(10_000)}
    mentees = (a_mentee("p9999"), a_mentee("eve"))
    outcome = solve(a_pool(mentors=(a_mentor("p0"),), mentees=mentees, reporting=reporting))
    assert pairs(outcome) == {("p0", "eve")}


def test_everybody_wanting_one_topic_fills_every_place() -> None:
    mentors = tuple(a_mentor(f"m{number}") for number in range(20))
    mentees = tuple(a_mentee(f"n{number}") for number in range(2_000))
    outcome = solve(a_pool(mentors=mentors, mentees=mentees))
    assert outcome.served == 40
    assert {person.rule for person in outcome.unplaced} == {Rule.CAPACITY}


def test_people_meet_only_in_formats_both_chose() -> None:
    ana = a_mentor("ana", formats=frozenset({"path"}))
    bo, cy = a_mentee("bo", formats=frozenset({"flash"})), a_mentee("cy")
    outcome = solve(a_pool(mentors=(ana,), mentees=(bo, cy)))
    assert pairs(outcome) == {("ana", "cy")}
    assert [(person.key, person.rule) for person in outcome.unplaced] == [("bo", Rule.FORMAT)]


@pytest.mark.parametrize(
    "wrong", [{"needs": 3}, {"seats": -1}, {"topics_offered": {"ai": 5}}, {"topics_wanted": {"ai": 4}}]
)
def test_a_candidate_beyond_the_scales_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        a_mentor("ana", **wrong)


def test_a_cohort_is_scored_solved_and_explained_in_a_blink() -> None:
    pool = random_pool(3, mentors=55, mentees=250, both=10)
    solve(pool)
    took = []
    for _ in range(3):
        start = perf_counter()
        solve(pool)
        took.append(perf_counter() - start)
    assert min(took) < 0.3
