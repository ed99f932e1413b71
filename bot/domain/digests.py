"""Digests: aggregates only, nothing from fewer than five people, and no subtraction that would tell of fewer.

Every count is rounded to a multiple of five, always and in all periods: down, or up where others are a part of it. So
two of them differ by nobody or by five at least whatever is subtracted: digests of different days, of a month and of
the whole cohort, of a department and of everybody. What is behind a difference is of five consecutive sizes or more,
and so is never known to be one to four. A department or group is told exactly once all of it was coached, unless one to
four people would be left outside, who could be counted from it. Sessions, their hours and pairings are counted alike: a
session more would be that of one pair. None and few are not told apart. A mean is of the whole cohort alone, since a
shorter period's could be subtracted, and stands until five people have answered anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from statistics import fmean

from bot.domain.cohorts import Cohort, Format
from bot.domain.pairings import Pairing
from bot.domain.people import Role
from bot.domain.sessions import Pulse, Reuse, Session, SessionState
from bot.domain.topics import Topic

FLOOR = 5
"""The fewest people a figure may speak of; what is left after subtracting it from another as well."""
FIRST_SESSION_WITHIN = timedelta(days=14)
MEANS = ("useful", "at_ease", "could_say")
"""The questions of a pulse that are answered from 1 to 5."""


class Period(StrEnum):
    """What a digest covers: the seven or thirty days before, or the whole cohort.

    The whole cohort ends with its last day; a session that was held later counts in it all the same.
    """

    WEEK = "week"
    MONTH = "month"
    COHORT = "cohort"

    def days(self, cohort: Cohort, *, began_on: date, today: date) -> tuple[date, date]:
        """Return the first and the last day covered, *today* included; the cohort's began on *began_on*."""
        match self:
            case Period.WEEK:
                return today - timedelta(days=6), today
            case Period.MONTH:
                return today - timedelta(days=29), today
            case Period.COHORT:
                return min(began_on, today), min(cohort.ends_on, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Of *said* people (or pairings), so many whose answer is *yes*."""

    said: int
    yes: int

    def in_fives(self) -> Tally | None:
        """Return what may be told of it, of at most so many at least so many; None where that is nothing."""
        return Tally(said=-in_fives(-self.said), yes=in_fives(self.yes)) if self.yes >= FLOOR else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of a department or a named group have been coached: all its members, or in fives."""

    name: str
    coached: int
    members: int

    @property
    def is_whole(self) -> bool:
        return self.coached == self.members


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseFigures:
    """Means of 1–5 answers, None where fewer than five people answered; how many people will use it again, in fives."""

    useful: float | None
    at_ease: float | None
    could_say: float | None
    reuse: Tally | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of one period, in fives; a format of which fewer than five sessions were held is left out."""

    mentors: int
    coached: int
    held: int
    sessions: Mapping[Format, int]
    hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What leads pull. ``first_day`` and ``last_day`` are included; ``before`` is the period before, if comparable.

    ``figures`` is None when fewer than five people were coached, or nobody. All but ``figures`` and ``before`` is of
    the whole cohort so far. ``met`` is of pairings. Counts are in fives.
    """

    cohort_id: str
    cohort_name: str
    period: Period
    first_day: date
    last_day: date
    figures: Figures | None
    before: Figures | None
    goal: int | None
    coached_so_far: int
    met: Tally | None
    first_within_14_days: Tally | None
    departments: tuple[Coverage, ...]
    groups: tuple[Coverage, ...]
    pulse: PulseFigures
    usages: tuple[tuple[Topic, Tally], ...] = ()
    """By topic, how many do more with it than when they enrolled, of those who said what they do; the most first."""
    again: Tally | None = None
    """How many would take part again."""
    starts_on: date | None = None
    """The cohort's first day, where it is known."""

    @property
    def is_early(self) -> bool:
        """True of a cohort that has not begun, nor has anything to tell of people who met before its first day."""
        return self.starts_on is not None and self.starts_on > self.last_day and not self.coached_so_far


def in_fives(count: int) -> int:
    """Return *count* rounded down to a multiple of :data:`FLOOR`."""
    return count - count % FLOOR


@dataclass(frozen=True, slots=True)
class Told:
    """What digests of a cohort have told of its pulse: question → the mean, and up to when answers are in it."""

    means: Mapping[str, tuple[float, datetime]] = field(default_factory=dict)

    def hearing(self, pulses: Sequence[Pulse], *, now: datetime) -> Told:
        """Return it with the answers given by *now*, where five people and more have answered since a mean was told.

        Someone who answers anew counts too: their answer of before leaves the mean.
        """
        means = dict(self.means)
        for question in MEANS:
            answers = [one for one in pulses if getattr(one, question) is not None]
            since = means[question][1] if question in means else datetime.min.replace(tzinfo=UTC)
            if len({one.person_id for one in answers if one.answered_at > since}) >= FLOOR:
                means[question] = fmean(getattr(one, question) for one in answers), now
        return Told(means)

    def mean(self, question: str) -> float | None:
        """Return what is told of a question, or None."""
        return self.means[question][0] if question in self.means else None


def figures(sessions: Iterable[Session], *, since: datetime, until: datetime) -> Figures | None:
    """Return the counts of sessions held in [*since*, *until*), or None when fewer than five people were coached."""
    held = [one for one in sessions if one.state is SessionState.HELD and since <= one.starts_at < until]
    mentors = {person for one in held for person in one.people(Role.MENTOR)}
    coached = coached_people(held)
    if len(coached) < FLOOR:
        return None
    by_format = {format_: in_fives(sum(one.format is format_ for one in held)) for format_ in Format}
    return Figures(
        mentors=in_fives(len(mentors)),
        coached=in_fives(len(coached)),
        held=in_fives(len(held)),
        sessions={format_: count for format_, count in by_format.items() if count},
        hours=in_fives(sum(one.minutes for one in held) // 60),
    )


def began_on(cohort: Cohort, pairings: Iterable[Pairing], sessions: Iterable[Session], *, tz: tzinfo) -> date:
    """Return the day *cohort* began where its programme is at home: its first, or that of what came before it.

    A round may be published, and people may meet, before the first day. Fewer than five people coached move nothing,
    since the day would tell of them.
    """
    held = [one for one in sessions if one.state is SessionState.HELD]
    if len(coached_people(held)) < FLOOR:
        return cohort.starts_on
    moments = (*(one.introduced_at for one in pairings), *(one.starts_at for one in held))
    return min(cohort.starts_on, *(one.astimezone(tz).date() for one in moments))


def coached_people(sessions: Iterable[Session]) -> set[str]:
    """Return the person ids of everybody coached in a session held."""
    return {person for one in sessions if one.state is SessionState.HELD for person in one.people(Role.MENTEE)}


def tells_whole(groups: Iterable[Sequence[str]], coached: set[str], *, everyone: set[str]) -> bool:
    """Return whether groups may be told to be coached as a whole: not where one to four people would be left outside.

    How many of those few were coached could be told from how many were in all.
    """
    whole = {one for people in groups if len(people) >= FLOOR and coached.issuperset(people) for one in people}
    return not 0 < len(everyone - whole) < FLOOR


def coverage(members: Mapping[str, Sequence[str]], coached: set[str], *, whole: bool = True) -> tuple[Coverage, ...]:
    """Return how far each named group of people (person ids or e-mails alike in both arguments) has been coached.

    Groups under five members are left out. A group is told as a *whole* once everybody in it was coached; until then at
    least five seem to remain, so that nobody can count the few who do.
    """

    def told(people: Sequence[str]) -> int:
        count = len(coached.intersection(people))
        return count if whole and count == len(people) else in_fives(min(count, len(people) - FLOOR))

    return tuple(
        Coverage(name=name, coached=told(people), members=len(people))
        for name, people in sorted(members.items(), key=lambda one: (-len(one[1]), one[0]))
        if len(people) >= FLOOR
    )


def will_reuse(pulses: Iterable[Pulse]) -> Tally:
    """Return how many people will use it again by their latest word, of those who said."""
    latest = {one.person_id: one.reuse for one in sorted(pulses, key=lambda one: one.answered_at) if one.reuse}
    return Tally(said=len(latest), yes=sum(reuse is Reuse.YES for reuse in latest.values()))


def met_tallies(pairings: Sequence[Pairing], sessions: Iterable[Session]) -> tuple[Tally, Tally]:
    """Return how many of the pairings have met, and how many first met within 14 days."""
    first: dict[str, datetime] = {}
    for one in sessions:
        if one.state is SessionState.HELD and one.pairing_id:
            first[one.pairing_id] = min(first.get(one.pairing_id, one.starts_at), one.starts_at)
    met = [one for one in pairings if one.id in first]
    soon = [one for one in met if first[one.id] <= one.introduced_at + FIRST_SESSION_WITHIN]
    return Tally(said=len(pairings), yes=len(met)), Tally(said=len(pairings), yes=len(soon))
