"""Participants: volunteers, with what they offer, want and prefer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from bot.domain.cohorts import Format
from bot.domain.nudges import NudgeKind
from bot.domain.people import Role
from bot.domain.topics import Level, Use

HALF_DAYS = tuple(f"{day}-{half}" for day in ("mon", "tue", "wed", "thu", "fri") for half in ("am", "pm"))
DEFAULT_SEATS = 2
MOST_SEATS = 10


class Place(StrEnum):
    """Where somebody can meet."""

    ON_SITE = "on_site"
    REMOTE = "remote"
    EITHER = "either"


class ParticipantState(StrEnum):
    """Active is in every round; paused comes back by itself; left keeps no seat."""

    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a volunteer says of themselves.

    ``offers`` maps a topic id to the level it can be shown at, ``wants`` to its present use. ``avoids`` are person
    ids, never shown to anyone. ``department``, ``team`` and ``site`` are their own words, used without a directory.
    """

    roles: frozenset[Role]
    offers: Mapping[str, Level] = field(default_factory=dict)
    wants: Mapping[str, Use] = field(default_factory=dict)
    languages: frozenset[str]
    formats: frozenset[Format]
    place: Place
    half_days: frozenset[str]
    seats: int = DEFAULT_SEATS
    collective_seats: int = 1
    avoids: frozenset[str] = frozenset()
    department: str | None = None
    team: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A person's enrolment. ``unserved_rounds`` counts the published rounds in a row that left them waiting."""

    person_id: str
    cohort_id: str
    profile: Profile
    state: ParticipantState
    joined_at: datetime
    paused_until: date | None = None
    left_at: datetime | None = None
    waiting_since: datetime | None = None
    unserved_rounds: int = 0
    stopped_nudges: frozenset[NudgeKind] = frozenset()

    @property
    def is_mentor(self) -> bool:
        return Role.MENTOR in self.profile.roles

    @property
    def is_mentee(self) -> bool:
        return Role.MENTEE in self.profile.roles

    @property
    def is_in_rounds(self) -> bool:
        return self.state is ParticipantState.ACTIVE

    def paused(self, *, until: date) -> Participant:
        """Return the participant paused through the day before *until*."""
        return replace(self, state=ParticipantState.PAUSED, paused_until=until)

    def resumed(self) -> Participant:
        """Return the participant active again."""
        return replace(self, state=ParticipantState.ACTIVE, paused_until=None)

    def left(self, *, now: datetime) -> Participant:
        """Return the participant gone: no seat, no nudge, no round."""
        return replace(self, state=ParticipantState.LEFT, left_at=now, paused_until=None, waiting_since=None)
