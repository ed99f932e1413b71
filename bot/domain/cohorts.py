"""Cohorts (one dated run of the programme) and the three formats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Format(StrEnum):
    """How people meet: a path of one-to-one sessions, one collective session, one flash session."""

    PATH = "path"
    COLLECTIVE = "collective"
    FLASH = "flash"


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

    @classmethod
    def default_dates(cls, today: date) -> tuple[date, date, date]:
        """Return (enrol_until, starts_on, ends_on) for a cohort opened on *today*: two weeks to enrol, eight to run."""
        starts_on = today + ENROLMENT
        return starts_on - timedelta(days=1), starts_on, starts_on + LENGTH - timedelta(days=1)
