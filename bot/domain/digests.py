"""Digests: aggregates only, nothing from fewer than five people, and no subtraction that would tell of fewer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import fmean

from bot.domain.cohorts import Cohort, Format
from bot.domain.pairings import Pairing
from bot.domain.people import Role
from bot.domain.sessions import Pulse, Reuse, Session, SessionState
from bot.domain.topics import Topic

FLOOR = 5
"""The fewest people a figure may speak of; what is left after subtracting it from a total as well."""
FIRST_SESSION_WITHIN = timedelta(days=14)


class Period(StrEnum):
    """What a digest covers: the seven or thirty days before, or the whole cohort."""

    WEEK = "week"
    MONTH = "month"
    COHORT = "cohort"

    def days(self, cohort: Cohort, *, today: date) -> tuple[date, date]:
        """Return the first and the last day covered, *today* included."""
        match self:
            case Period.WEEK:
                return today - timedelta(days=6), today
            case Period.MONTH:
                return today - timedelta(days=29), today
            case Period.COHORT:
                return min(cohort.starts_on, today), today


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of a department or a named group have been coached; None where too few to say."""

    name: str
    coached: int | None
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseFigures:
    """Means of 1–5 answers and a share of 0–1; None for a question that fewer than five people answered."""

    useful: float | None
    at_ease: float | None
    reuse_yes: float | None
    could_say: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Of *said* people (or pairings), so many whose answer is *yes*."""

    said: int
    yes: int

    @property
    def share(self) -> float:
        """The part of the yeses, of 0–1."""
        return self.yes / self.said

    @property
    def may_be_shown(self) -> bool:
        """True when neither those who answered, nor either answer, are of one to four people."""
        return self.said >= FLOOR and None not in (at_least_floor(self.yes), at_least_floor(self.said - self.yes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of one period. People are None where the figure would speak of fewer than :data:`FLOOR`."""

    mentors: int | None
    coached: int | None
    sessions: Mapping[Format, int]
    minutes: int

    @property
    def held(self) -> int:
        return sum(self.sessions.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What leads pull. ``first_day`` and ``last_day`` are included; ``before`` is the period before, if comparable.

    ``figures`` is None when what happened concerns fewer than five people. ``met`` is of pairings.
    """

    cohort_name: str
    period: Period
    first_day: date
    last_day: date
    figures: Figures | None
    before: Figures | None
    goal: int | None
    coached_so_far: int | None
    met: Tally | None
    first_within_14_days: Tally | None
    departments: tuple[Coverage, ...]
    groups: tuple[Coverage, ...]
    pulse: PulseFigures | None
    usages: tuple[tuple[Topic, Tally], ...] = ()
    """By topic, how many do more with it than when they enrolled, of those who said what they do; the most first."""
    again: Tally | None = None
    """How many would take part again."""
    starts_on: date | None = None
    """The cohort's first day, where it is known."""

    @property
    def is_early(self) -> bool:
        """True of a cohort that has not begun, so that there is little to tell."""
        return self.starts_on is not None and self.starts_on > self.last_day


def at_least_floor(count: int) -> int | None:
    """Return *count* if it may be shown: none at all, or :data:`FLOOR` and more."""
    return count if count == 0 or count >= FLOOR else None


def steady(count: int | None, shown_before: int | None) -> int | None:
    """Return *count*, or what was shown before when the difference would speak of fewer than :data:`FLOOR` people."""
    if count is None or shown_before is None or abs(count - shown_before) >= FLOOR:
        return count
    return shown_before


@dataclass(slots=True)
class Told:
    """What digests of a cohort have told so far, by figure, and up to which day, so that none can be subtracted.

    A figure of days that none told has covered is told as it is.
    """

    counts: dict[str, tuple[int, date]] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)

    def count(self, figure: str, count: int | None, *, first_day: date, last_day: date) -> int | None:
        """Return what may be told of a *count* of people, and keep it."""
        shown = steady(count if count is None else at_least_floor(count), self.before(figure, first_day=first_day))
        if shown is not None:
            self.counts[figure] = (shown, last_day)
        return shown

    def before(self, figure: str, *, first_day: date) -> int | None:
        """Return what was told of the figure, if that was of days from *first_day* on."""
        told, last_day = self.counts.get(figure, (None, date.min))
        return told if last_day >= first_day else None

    def tally(self, question: str, tally: Tally) -> Tally | None:
        """Return what may be told of the answers to a question, and keep it."""
        shown = steady_tally(tally, self.tallies.get(question))
        if shown is not None:
            self.tallies[question] = shown
        return shown


def steady_tally(tally: Tally, shown_before: Tally | None) -> Tally | None:
    """Return *tally* if it may be shown; what was shown before when the difference would speak of too few people."""
    if shown_before is None:
        return tally if tally.may_be_shown else None
    yes, no = tally.yes - shown_before.yes, (tally.said - tally.yes) - (shown_before.said - shown_before.yes)
    changed_enough = None not in (at_least_floor(abs(yes)), at_least_floor(abs(no)))
    return tally if tally.may_be_shown and changed_enough else shown_before


def figures(sessions: Iterable[Session], *, since: datetime, until: datetime) -> Figures | None:
    """Return the counts of sessions held in [*since*, *until*), or None when they concern fewer than five people."""
    held = [one for one in sessions if one.state is SessionState.HELD and since <= one.starts_at < until]
    mentors = {person for one in held for person in one.people(Role.MENTOR)}
    coached = {person for one in held for person in one.people(Role.MENTEE)}
    if held and len(coached) < FLOOR:
        return None
    by_format = {format_: sum(one.format is format_ for one in held) for format_ in Format}
    return Figures(
        mentors=at_least_floor(len(mentors)),
        coached=len(coached),
        sessions={format_: count for format_, count in by_format.items() if count},
        minutes=sum(one.minutes for one in held),
    )


def coached_people(sessions: Iterable[Session]) -> set[str]:
    """Return the person ids of everybody coached in a session held."""
    return {person for one in sessions if one.state is SessionState.HELD for person in one.people(Role.MENTEE)}


def coverage(
    members: Mapping[str, Sequence[str]],
    coached: set[str],
    *,
    total: int | None,
    before: Mapping[str, int] | None = None,
) -> tuple[Coverage, ...]:
    """Return how far each named group of people (person ids or e-mails alike in both arguments) has been coached.

    Groups under five members are left out. A count stays what was told *before* while the difference is of one to four
    people. It is hidden when it, or the rest of its group, is of one to four people; and when *total* is given (the
    groups divide everybody), further counts are hidden until what is left of the total after subtracting those shown
    is nobody's or at least five people's.
    """
    told = before or {}
    counted = {
        name: steady(len(coached.intersection(people)), told.get(name))
        for name, people in members.items()
        if len(people) >= FLOOR
    }
    shown = {
        name: count
        for name, count in counted.items()
        if count is not None
        and at_least_floor(count) is not None
        and at_least_floor(len(members[name]) - count) is not None
    }
    while total is not None and 0 < total - sum(shown.values()) < FLOOR and any(shown.values()):
        del shown[min((name for name in shown if shown[name]), key=lambda name: (shown[name], name))]
    return tuple(
        Coverage(name=name, coached=shown.get(name), members=len(members[name]))
        for name in sorted(counted, key=lambda name: (-len(members[name]), name))
    )


def pulse_figures(pulses: Sequence[Pulse]) -> PulseFigures | None:
    """Return the means of answers from at least five people each, or None when there is none to show."""

    def mean(values: Sequence[tuple[str, float | None]]) -> float | None:
        given = [(person, value) for person, value in values if value is not None]
        return fmean(value for _, value in given) if len({person for person, _ in given}) >= FLOOR else None

    shown = PulseFigures(
        useful=mean([(one.person_id, one.useful) for one in pulses]),
        at_ease=mean([(one.person_id, one.at_ease) for one in pulses]),
        reuse_yes=mean(
            [(one.person_id, None if one.reuse is None else float(one.reuse is Reuse.YES)) for one in pulses]
        ),
        could_say=mean([(one.person_id, one.could_say) for one in pulses]),
    )
    return None if shown == PulseFigures(useful=None, at_ease=None, reuse_yes=None, could_say=None) else shown


def met_tallies(pairings: Sequence[Pairing], sessions: Iterable[Session]) -> tuple[Tally, Tally]:
    """Return how many of the pairings have met, and how many first met within 14 days."""
    first: dict[str, datetime] = {}
    for one in sessions:
        if one.state is SessionState.HELD and one.pairing_id:
            first[one.pairing_id] = min(first.get(one.pairing_id, one.starts_at), one.starts_at)
    met = [one for one in pairings if one.id in first]
    soon = [one for one in met if first[one.id] <= one.introduced_at + FIRST_SESSION_WITHIN]
    return Tally(said=len(pairings), yes=len(met)), Tally(said=len(pairings), yes=len(soon))
