"""Every rule of matching in words, true of it, and none of them telling that somebody avoids somebody."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.rounds import Reason
from bot.locales import Texts
from bot.matching import Outcome, Pool, RemedyCode, Rule, solve, solve_all
from bot.views import reasons
from tests.builders import TOPIC, a_topic
from tests.unit.matching.pools import TOPICS as TOPICS_OF_POOLS
from tests.unit.matching.pools import random_pool

TOPICS = {TOPIC: a_topic()}
UNKNOWN = Reason(code="made up")
TOLD_APART = (Rule.KEPT_APART, Rule.RECENT_PAIR)
OF_THE_RULES = (Rule.REPORTING_LINE, Rule.SAME_TEAM, *TOLD_APART)
"""What the person concerned reads of these is one sentence."""


def a_rule(rule: str) -> Reason:
    return Reason(code=str(rule))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_rule_has_words_of_its_own_for_leads_and_for_whom_it_concerns(language: str) -> None:
    t = Texts(language, "Europe/Paris")
    ways: dict[str, Callable[[Reason], str]] = {
        "of somebody left out": lambda one: reasons.rule_phrase(t, one),
        "of two people": lambda one: reasons.pair_rule(t, one),
        "to somebody left out": lambda one: reasons.waiting_reason(t, one, TOPICS, None),
    }
    for way, say in ways.items():
        said = {rule: say(a_rule(rule)) for rule in Rule}
        for rule, phrase in said.items():
            assert phrase != say(UNKNOWN), f"no words for {rule} {way}"
            assert "_" not in phrase, f"a code for {rule} {way}"
        alike = OF_THE_RULES if way == "to somebody left out" else TOLD_APART
        assert len({said[rule] for rule in alike}) == 1, way
        assert len(set(said.values())) == len(Rule) - len(alike) + 1, way


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_code_of_another_version_is_never_shown_as_it_is(language: str) -> None:
    t = Texts(language, "Europe/Paris")
    said = (
        reasons.rule_phrase(t, UNKNOWN), reasons.pair_rule(t, UNKNOWN),
        reasons.waiting_reason(t, UNKNOWN, TOPICS, None),
    )  # fmt: skip
    assert not [one for one in said if UNKNOWN.code in one]


def test_of_full_seats_and_too_small_groups_nobody_reads_that_they_are_too_close_to_the_mentors() -> None:
    t = Texts("en", "Europe/Paris")
    for rule in (Rule.GROUP_TOO_SMALL, Rule.CAPACITY, Rule.FORMAT, Rule.NO_MENTORS, "left_out"):
        assert "close" not in reasons.waiting_reason(t, a_rule(rule), TOPICS, None)


def test_rules_that_share_a_sentence_are_told_once() -> None:
    said = reasons.pair_rules(Texts("en", "Europe/Paris"), [a_rule(rule) for rule in (Rule.SAME_TEAM, *TOLD_APART)])
    assert said.count("•") == 2


REMEDIES = (
    Reason(code="more_seats", args={"mentors": ["UANA", "UBEN", "UCYD"], "candidates": 5}),
    Reason(code="a_mentor_for", args={"topics": [TOPIC], "candidates": 2}),
    Reason(code="another_language", args={"languages": ["en", "es"], "candidates": 3}),
    Reason(code="meeting_remotely", args={"candidates": 1}),
    Reason(code="more_people", args={"topics": [TOPIC]}),
    Reason(code="more_mentors", args={"topics": [TOPIC]}),
    Reason(code="another_format", args={"formats": ["flash"]}),
)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_remedy_has_words_of_its_own_for_leads_and_for_whom_it_concerns(language: str) -> None:
    t = Texts(language, "Europe/Paris")
    rule = a_rule(Rule.CAPACITY)
    assert {one.code for one in REMEDIES} == set(RemedyCode)
    for said in (
        [reasons.way_out(t, rule, one) for one in REMEDIES],
        [reasons.remedy_phrase(t, rule, one, TOPICS) for one in REMEDIES],
    ):
        assert None not in said
        assert len(set(said)) == len(REMEDIES)
        assert not [one for one in said if one and "_" in one]
    for remedy in (None, UNKNOWN):
        assert reasons.way_out(t, rule, remedy) is None
        assert reasons.remedy_phrase(t, rule, remedy, TOPICS) is None


def test_mentors_are_named_to_leads_alone() -> None:
    t = Texts("en", "Europe/Paris")
    rule, more_seats = a_rule(Rule.CAPACITY), REMEDIES[0]
    said = reasons.remedy_phrase(t, rule, more_seats, TOPICS)
    assert said == "one more seat with <@UANA>, <@UBEN>, <@UCYD> or 2 other mentors"
    assert "<@" not in f"{reasons.waiting_reason(t, rule, TOPICS, more_seats)} {reasons.way_out(t, rule, more_seats)}"


def test_what_would_help_tells_no_rule_from_another_that_shares_its_sentence() -> None:
    t = Texts("en", "Europe/Paris")
    for remedy in REMEDIES:
        assert len({reasons.way_out(t, a_rule(rule), remedy) for rule in OF_THE_RULES}) == 1
        assert len({reasons.remedy_phrase(t, a_rule(rule), remedy, TOPICS) for rule in TOLD_APART}) == 1


def test_what_is_told_in_a_whole_round_is_the_same_whether_people_have_met_lately_or_avoid_each_other() -> None:
    """Whoever is left waiting, and whichever rules, counts and names are told: in any pool and format."""
    solvers: tuple[Callable[[Pool], Outcome], ...] = (
        solve, lambda pool: solve(pool, format="flash"), lambda pool: solve(pool, format="collective"), solve_all
    )  # fmt: skip
    told_of_it = 0
    for seed in range(20):
        dice = random.Random(seed)
        pool = random_pool(seed, mentors=dice.randint(1, 6), mentees=dice.randint(3, 10))
        nobody_apart = replace(
            pool,
            mentors=tuple(replace(one, avoids=frozenset(), hr_partner=None) for one in pool.mentors),
            mentees=tuple(replace(one, avoids=frozenset(), hr_partner=None) for one in pool.mentees),
            recent_pairs=frozenset(),
            forbidden=frozenset(),
        )
        pairs = {(mentor.key, mentee.key) for mentor in pool.mentors for mentee in pool.mentees if dice.random() < 0.4}
        met = replace(nobody_apart, recent_pairs=frozenset(pairs))
        avoiding = replace(
            nobody_apart,
            mentees=tuple(
                replace(one, avoids=frozenset(mentor for mentor, mentee in pairs if mentee == one.key))
                for one in nobody_apart.mentees
            ),
        )
        for solver in solvers:
            one, other = solver(met), solver(avoiding)
            assert everything_told(one) == everything_told(other), f"seed {seed}"
            told_of_it += one.unplaced != other.unplaced
    assert told_of_it > 10


def everything_told(outcome: Outcome) -> list[tuple[str, object]]:
    """Return, of each person left waiting, what they and the leads read."""
    t = Texts("en", "Europe/Paris")
    topics = {one: a_topic(one, names={"en": one}) for one in TOPICS_OF_POOLS}
    told: list[tuple[str, object]] = []
    for person in outcome.unplaced:
        rule = Reason(code=person.rule.value, args={"candidates": person.candidates_before})
        remedy = Reason(code=person.remedy.code.value, args=person.remedy.args)
        told += [
            (person.key, reasons.waiting_reason(t, rule, topics, remedy)),
            (person.key, reasons.way_out(t, rule, remedy)),
            (person.key, reasons.rule_phrase(t, rule)),
            (person.key, reasons.remedy_phrase(t, rule, remedy, topics)),
        ]
    return told
