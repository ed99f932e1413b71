"""Every rule of matching in words, true of it, and none of them telling that somebody avoids somebody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.rounds import Reason
from bot.locales import Texts
from bot.matching.outcome import Rule
from bot.views import reasons
from tests.builders import TOPIC, a_topic

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
