"""Who is to be paired, under which rules and weights: plain frozen records, nothing computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

LEVELS = range(1, 5)
"""How well a mentor masters a topic offered, from 1 (uses it) to 4 (could train a room)."""

PRESENT_USES = range(4)
"""What a mentee does with a topic wanted today: never 0, tried 1, weekly 2, could show others 3."""

MOST_IN_A_GROUP = 10


class Format(StrEnum):
    """How people meet; the values are those people choose from at enrolment."""

    PATH = "path"
    COLLECTIVE = "collective"
    FLASH = "flash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One person's side of the pool. Somebody who is mentor and mentee has one record on each side.

    What is not known is left empty, and then neither helps nor hinders, except that a pair needs a common language and
    a topic: both are asked at enrolment.
    """

    key: str
    topics_offered: Mapping[str, int] = field(default_factory=dict)
    topics_wanted: Mapping[str, int] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset(Format)
    half_days: frozenset[str] = frozenset()
    onsite_only: bool = False
    site: str | None = None
    utc_offset_minutes: int = 0
    department: str | None = None
    team: str | None = None
    manager: str | None = None
    hr_partner: str | None = None
    avoids: frozenset[str] = frozenset()
    seats: int = 0
    """One-to-one mentees a mentor can still take (a flash session takes one place of each of its two mentors)."""
    group_sessions: int = 0
    """Collective sessions a mentor can still lead in this round."""
    needs: int = 0
    """Mentors a mentee still wants: 0, 1 or 2."""
    waiting_days: int = 0
    unserved_last_round: bool = False

    def __post_init__(self) -> None:
        if any(level not in LEVELS for level in self.topics_offered.values()):
            raise ValueError("a topic is offered at a level from 1 to 4")
        if any(use not in PRESENT_USES for use in self.topics_wanted.values()):
            raise ValueError("the present use of a topic goes from 0 to 3")
        if min(self.seats, self.group_sessions, self.needs, self.waiting_days) < 0:
            raise ValueError("seats, sessions, needs and days waited cannot be negative")
        if self.needs > 2:
            raise ValueError("a mentee has at most two mentors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What a perfect pair earns for each part of its score. Whatever they add up to, scores stay out of 100."""

    topic_fit: int = 40
    level_gap: int = 15
    availability: int = 15
    department: int = 10
    place: int = 10
    waiting: int = 10

    def __post_init__(self) -> None:
        if min(self.as_tuple()) < 0 or not any(self.as_tuple()):
            raise ValueError("weights cannot be negative, nor all be zero")

    @classmethod
    def parts(cls) -> tuple[str, ...]:
        """Return the names of the parts, in the order of their declaration."""
        return tuple(each.name for each in fields(cls))

    def as_tuple(self) -> tuple[int, ...]:
        """Return the weights in the order of their declaration."""
        return (self.topic_fit, self.level_gap, self.availability, self.department, self.place, self.waiting)

    def out_of_100(self) -> Weights:
        """Return the same proportions in whole points that add up to exactly 100.

        Points lost by rounding down go to the largest remainders, then to the part declared first.
        """
        given = self.as_tuple()
        total = sum(given)
        points = [100 * weight // total for weight in given]
        by_remainder = sorted(range(len(given)), key=lambda part: (-(100 * given[part] % total), part))
        for part in by_remainder[: 100 - sum(points)]:
            points[part] += 1
        return Weights(
            topic_fit=points[0],
            level_gap=points[1],
            availability=points[2],
            department=points[3],
            place=points[4],
            waiting=points[5],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Everybody to be paired in one round, and what the leads have decided about it.

    Pairs are (mentor's key, mentee's key). *reporting* gives each person's manager for the whole directory, so that a
    line running through people outside the pool is seen; a candidate's own `manager` counts where it says nothing.
    """

    mentors: tuple[Candidate, ...]
    mentees: tuple[Candidate, ...]
    reporting: Mapping[str, str | None] = field(default_factory=dict)
    recent_pairs: frozenset[tuple[str, str]] = frozenset()
    """Pairs of the last 6 months, less those where both asked for each other again."""
    forbidden: frozenset[tuple[str, str]] = frozenset()
    locked: frozenset[tuple[str, str]] = frozenset()
    locked_in: Mapping[tuple[str, str], Format] = field(default_factory=dict)
    """The format of locked pairs that came from a draft; any other is kept in the first that takes it."""
    overridden: frozenset[tuple[str, str]] = frozenset()
    """Locked pairs that a lead keeps although they break a hard rule; never one that keeps two people apart."""
    weights: Weights = field(default_factory=Weights)
    left_out_first: bool = False
    """Whether, at equal numbers served, those left out last round go before any score, not only by their points."""

    smallest_group: int = 3
    largest_group: int = 8

    def __post_init__(self) -> None:
        if not 1 <= self.smallest_group <= self.largest_group <= MOST_IN_A_GROUP:
            raise ValueError(f"a group has at least one mentee and at most {MOST_IN_A_GROUP}")
        for side in (self.mentors, self.mentees):
            if len({person.key for person in side}) != len(side):
                raise ValueError("a person appears once among the mentors and once among the mentees")
