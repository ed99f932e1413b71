"""Cohorts (one dated run of the programme) and the three formats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.domain.ids import new_id
from bot.domain.writing import plain
from bot.errors import DateInPast, DateTooFar, EndTooEarly, InvalidField, Required, StartTooEarly


class Format(StrEnum):
    """How people meet: a path of one-to-one sessions, one collective session, one flash session."""

    PATH = "path"
    COLLECTIVE = "collective"
    FLASH = "flash"

    @property
    def is_pair(self) -> bool:
        """True where two people meet, not a group."""
        return self is Format.PATH


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """How many people a session of a format takes, and how long it lasts."""

    mentors: tuple[int, int]
    mentees: tuple[int, int]
    minutes: int
    sessions: int


SEATS = {
    Format.PATH: Seats(mentors=(1, 1), mentees=(1, 1), minutes=60, sessions=4),
    Format.COLLECTIVE: Seats(mentors=(1, 2), mentees=(3, 8), minutes=90, sessions=1),
    Format.FLASH: Seats(mentors=(2, 2), mentees=(1, 1), minutes=60, sessions=1),
}
ENROLMENT = timedelta(weeks=2)
LENGTH = timedelta(weeks=8)
LONGEST_COHORT = timedelta(days=366)
LONGEST_NAME = 60
"""Characters of a cohort's name."""
LARGEST_GOAL = 100_000


class CohortState(StrEnum):
    """Open takes part in rounds and enrolments; closed is history."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """A dated run. Dates are the company's days, ``ends_on`` included; ``goal`` is people to coach, if one was set."""

    id: str
    name: str
    state: CohortState
    enrol_until: date
    starts_on: date
    ends_on: date
    format: Format = Format.PATH
    cadence_weeks: int = 2
    sessions_planned: int = 4
    goal: int | None = None

    def is_over(self, today: date) -> bool:
        """True once its last day has passed, though no lead may have closed it yet."""
        return today > self.ends_on

    @classmethod
    def default_dates(cls, today: date) -> tuple[date, date, date]:
        """Return (enrol_until, starts_on, ends_on) for a cohort opened on *today*: two weeks to enrol, eight to run."""
        starts_on = today + ENROLMENT
        return starts_on - timedelta(days=1), starts_on, starts_on + LENGTH - timedelta(days=1)


def named(cohorts: Iterable[Cohort], text: str) -> Cohort | None:
    """Return the cohort whose name *text* is, or else begins, case and accents aside; the first of several."""
    wanted = plain(text)
    names = [(plain(cohort.name), cohort) for cohort in cohorts]
    whole = (cohort for name, cohort in names if name == wanted)
    begun = (cohort for name, cohort in names if name.startswith(wanted))
    return next(whole, None) or next(begun, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortFigures:
    """A cohort in figures, for its leads. Somebody who is mentor and mentee counts as both.

    ``waiting`` are the mentees without a mentor; services count out those who are being proposed one. ``coached`` are
    those who had a session.
    """

    cohort: Cohort
    mentors: int
    mentees: int
    paused: int
    waiting: int
    pairings: int
    sessions_held: int
    coached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortForm:
    """What a lead says of a cohort to open. Days are None until they are chosen, ``goal`` when there is none."""

    name: str
    enrol_until: date | None
    starts_on: date | None
    ends_on: date | None
    format: Format = Format.PATH
    goal: int | None = None

    def problems(self, *, today: date) -> Mapping[str, InvalidField]:
        """Return field → what is wrong with it."""
        problems: dict[str, InvalidField] = {
            name: Required(field=name)
            for name in ("name", "enrol_until", "starts_on", "ends_on")
            if not getattr(self, name)
        }
        if self.enrol_until and self.enrol_until < today:
            problems["enrol_until"] = DateInPast(field="enrol_until")
        if self.enrol_until and self.starts_on and self.starts_on <= self.enrol_until:
            problems["starts_on"] = StartTooEarly(field="starts_on")
        if self.starts_on and self.ends_on and self.ends_on <= self.starts_on:
            problems["ends_on"] = EndTooEarly(field="ends_on")
        elif self.starts_on and self.ends_on and self.ends_on > self.starts_on + LONGEST_COHORT:
            problems["ends_on"] = DateTooFar(field="ends_on", limit=self.starts_on + LONGEST_COHORT)
        return problems

    def cohort(self, *, today: date) -> Cohort:
        """Return the cohort to open; raise the first of the problems, if there is one."""
        for problem in self.problems(today=today).values():
            raise problem
        if self.enrol_until is None or self.starts_on is None or self.ends_on is None:
            raise Required
        return Cohort(
            id=new_id(),
            name=self.name,
            state=CohortState.OPEN,
            enrol_until=self.enrol_until,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            format=self.format,
            sessions_planned=SEATS[self.format].sessions,
            goal=self.goal,
        )
