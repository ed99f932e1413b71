"""What a round of matching answers: proposals with their reasons, people left out with the rule that left them out.

Nothing here is a sentence: a code and plain arguments, which the views put into each reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from bot.matching.pool import Format

Fact: TypeAlias = str | int | tuple[str, ...]


class Rule(StrEnum):
    """Why two people cannot be paired, in the order in which the rules are applied.

    The secret avoid list, an HR or appraisal partner and a lead's own forbidding share one code, so that no
    explanation, however often it is asked for, tells anyone that somebody avoids them.
    """

    NOT_LOOKING = "not_looking"
    """The mentee wants no mentor, or no further one."""
    FORMAT = "format"
    """One of them takes no part in this format."""
    NO_MENTORS = "no_mentors"
    """Nobody mentors in this format, or fewer than it takes."""
    SAME_PERSON = "same_person"
    TOPIC = "topic"
    """No topic wanted which the mentor offers at a higher level than the mentee's present use."""
    LANGUAGE = "language"
    SITE = "site"
    """One of them meets on site only, and their sites differ or are not known."""
    REPORTING_LINE = "reporting_line"
    SAME_TEAM = "same_team"
    KEPT_APART = "kept_apart"
    RECENT_PAIR = "recent_pair"
    CAPACITY = "capacity"
    """The mentor has no place, or every place went where it serves more people or a better total."""
    GROUP_TOO_SMALL = "group_too_small"
    """Too few people want a topic together for a group to come about."""
    BOTH_WAYS = "both_ways"
    """The two would coach each other in the same round."""


OVERRIDABLE = frozenset({Rule.SAME_TEAM, Rule.SITE, Rule.TOPIC, Rule.LANGUAGE, Rule.REPORTING_LINE})
"""Rules a lead may set aside for two people. Never that somebody is to be kept apart from somebody; nor that two have
met lately, which could be told from it otherwise, and falls away once both would gladly meet again."""


class ReasonCode(StrEnum):
    """What speaks for a pair. The arguments of each are named beside it."""

    TEACHES = "teaches"
    """topics (those the mentor can teach, best first), wanted (how many the mentee wants)"""
    LEVEL_GAP = "level_gap"
    """topic, level (1–4), use (0–3)"""
    SHARED_HALF_DAYS = "shared_half_days"
    """half_days"""
    DIFFERENT_DEPARTMENTS = "different_departments"
    """mentor, mentee (their departments)"""
    SAME_SITE = "same_site"
    """site"""
    CLOSE_TIME_ZONES = "close_time_zones"
    """minutes_apart"""
    LEFT_OUT_LAST_ROUND = "left_out_last_round"
    WAITED = "waited"
    """days"""
    COMMON_LANGUAGE = "common_language"
    """languages"""


class RemedyCode(StrEnum):
    """What would place somebody left out. The arguments of each are named beside it.

    None stands for time passing after a recent meeting: it would tell that meeting from somebody avoiding somebody.
    """

    MORE_SEATS = "more_seats"
    """mentors (any of these with one more place), candidates (how many mentors would do)"""
    A_MENTOR_FOR = "a_mentor_for"
    """topics (wanted), candidates (mentors kept from them by the topic alone)"""
    ANOTHER_LANGUAGE = "another_language"
    """languages (which would open a candidate), candidates"""
    MEETING_REMOTELY = "meeting_remotely"
    """candidates"""
    MORE_PEOPLE = "more_people"
    """topics (wanted); others who want one of them too"""
    MORE_MENTORS = "more_mentors"
    """topics (wanted); nothing smaller than another mentor"""
    ANOTHER_FORMAT = "another_format"
    """formats (those the person chose)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that speaks for a pair, with the points it brings out of those it could bring."""

    code: ReasonCode
    points: int
    out_of: int
    args: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """People proposed to meet: 1 mentor and 1 mentee (path), 2 and 1 (flash), 1–2 and 3–8 (collective)."""

    format: Format
    mentors: tuple[str, ...]
    mentees: tuple[str, ...]
    topic: str | None
    """The topic with most to learn, or the group's; None only where a lead's override pairs people without one."""
    score: int
    """Out of 100; the mean over its pairs, rounded down, where there are several."""
    reasons: tuple[Reason, ...]
    locked: bool = False

    @property
    def mentor(self) -> str:
        """Return the mentor of a one-to-one proposal, the first one otherwise."""
        return self.mentors[0]

    @property
    def mentee(self) -> str:
        """Return the mentee of a one-to-one proposal, the first one otherwise."""
        return self.mentees[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """The smallest change that would place somebody left out."""

    code: RemedyCode
    args: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """A mentee left without any mentor."""

    key: str
    rule: Rule
    """The rule that removed the last candidate."""
    candidates_before: int
    """How many mentors were left just before that rule."""
    remedy: Remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedLock:
    """A locked pair that could not be kept, and the rules in its way."""

    mentor: str
    mentee: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer of one round.

    *gap* is how far this can at most be from the best answer, as a share of the total score (a person served counts for
    more than any score, so that below 1 nobody more can be served); 0.0 when the optimum is certified. In a round of
    every format it is that of the worst of its turns, each around those before it.
    """

    proposals: tuple[Proposed, ...]
    unplaced: tuple[Unplaced, ...]
    served: int
    """Mentees with at least one mentor."""
    total_score: int
    """The scores of all pairs of a mentor and a mentee, added up."""
    refused_locks: tuple[RefusedLock, ...] = ()
    gap: float = 0.0

    @property
    def certified(self) -> bool:
        """Return whether no better answer exists; in a round of every format, none to any of its turns."""
        return self.gap == 0.0


def pairs_of(outcome: Outcome) -> frozenset[tuple[str, str]]:
    """Return every (mentor, mentee) proposed to meet."""
    return frozenset(
        (mentor, mentee) for proposed in outcome.proposals for mentor in proposed.mentors for mentee in proposed.mentees
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Why a named pair is not proposed; with no rule in its way, what proposing it would cost."""

    rules: tuple[Rule, ...]
    chosen: bool = False
    score: int = 0
    reasons: tuple[Reason, ...] = ()
    served_change: int = 0
    """People served more (or fewer, below zero) if the pair were locked and everything solved again."""
    score_change: int = 0
    mentor_takes: tuple[str, ...] = ()
    """The mentees the mentor is proposed to instead."""
    mentee_gets: tuple[str, ...] = ()
    """The mentors the mentee is proposed to instead."""

    @property
    def allowed(self) -> bool:
        """Return whether every hard rule lets the two meet."""
        return not self.rules
