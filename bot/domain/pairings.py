"""Pairings: the relationship between mentors and mentees, from their introduction to its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.cohorts import SEATS, Format
from bot.domain.people import Role
from bot.errors import HeldAfterTheEnd, HeldBeforeTheStart, NotYours

LONGEST_CADENCE_WEEKS = 8


class PairingState(StrEnum):
    """Active counts against the mentor's seats; ended frees them."""

    ACTIVE = "active"
    ENDED = "ended"


class GoOn(StrEnum):
    """What people say when asked whether to go on."""

    KEEP = "keep"
    LIGHTEN = "lighten"
    CLOSE = "close"


class EndReason(StrEnum):
    """Why a pairing ended; never who wished it."""

    COMPLETED = "completed"
    CHANGED = "changed"
    LEFT = "left"
    QUIET = "quiet"
    COHORT_CLOSED = "cohort_closed"


class Fit(StrEnum):
    """What somebody says of a pairing once they have met; nobody else sees it."""

    GOOD = "good"
    DECIDING = "deciding"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerAnswer:
    """What one person says of their pairing: how it fits, and whether they would gladly be paired so again."""

    pairing_id: str
    person_id: str
    fit: Fit | None = None
    again: bool = False

    @property
    def is_settled(self) -> bool:
        """True when how it fits need not be asked again."""
        return self.fit in (Fit.GOOD, Fit.CHANGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One person's place in a pairing."""

    person_id: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """People who meet on a topic, at a cadence in weeks."""

    id: str
    cohort_id: str
    proposal_id: str | None
    format: Format
    topic_id: str
    state: PairingState
    seats: tuple[Seat, ...]
    introduced_at: datetime
    cadence_weeks: int = 2
    sessions_planned: int = 4
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    closes_at: datetime | None = None
    """When a quiet one ends by itself, unless somebody answers, plans or meets before."""

    def people(self, role: Role) -> tuple[str, ...]:
        """Return the person ids in *role*."""
        return tuple(seat.person_id for seat in self.seats if seat.role is role)

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Everybody's mentor with everybody's mentee."""
        return tuple((one, other) for one in self.people(Role.MENTOR) for other in self.people(Role.MENTEE))

    @property
    def person_ids(self) -> tuple[str, ...]:
        return tuple(seat.person_id for seat in self.seats)

    @property
    def meets_once(self) -> bool:
        """True for those who are to have one session, with no next one to speak of."""
        return self.sessions_planned == 1

    def role_of(self, person_id: str) -> Role:
        """Return *person_id*'s role; raise NotYours when they have no seat."""
        for seat in self.seats:
            if seat.person_id == person_id:
                return seat.role
        raise NotYours

    def partners_of(self, person_id: str) -> tuple[str, ...]:
        """Return everyone else in the pairing."""
        return tuple(seat.person_id for seat in self.seats if seat.person_id != person_id)

    def opposite(self, person_id: str) -> tuple[str, ...]:
        """Return a mentee's mentors, a mentor's mentees."""
        return self.people(Role.MENTOR if self.role_of(person_id) is Role.MENTEE else Role.MENTEE)

    def beside(self, person_id: str) -> tuple[str, ...]:
        """Return a mentee's fellow mentees, a mentor's fellow mentor."""
        return tuple(one for one in self.people(self.role_of(person_id)) if one != person_id)

    def without(self, person_id: str) -> Pairing | None:
        """Return the pairing as it goes on once *person_id* has left; None when too few remain for its format."""
        stay = tuple(seat for seat in self.seats if seat.person_id != person_id)
        needed = SEATS[self.format]
        enough = all(
            sum(seat.role is role for seat in stay) >= least
            for role, (least, _) in ((Role.MENTOR, needed.mentors), (Role.MENTEE, needed.mentees))
        )
        return replace(self, seats=stay) if enough else None

    def check_met(self, starts_at: datetime, ends_at: datetime, *, zone: ZoneInfo) -> None:
        """Raise HeldBeforeTheStart or HeldAfterTheEnd for a session that these people cannot have held as a pairing.

        The day of their introduction counts whole, on the clock of *zone*.
        """
        introduced_on = self.introduced_at.astimezone(zone).date()
        if ends_at.astimezone(zone).date() < introduced_on:
            raise HeldBeforeTheStart(field="date", day=introduced_on)
        if self.ended_at is not None and starts_at > self.ended_at:
            raise HeldAfterTheEnd(field="date")

    def kept(self) -> Pairing:
        """Return the pairing going on as it is."""
        return replace(self, closes_at=None)

    def lightened(self, asked_at_weeks: int | None = None) -> Pairing:
        """Return the pairing meeting half as often as when that was asked, every *asked_at_weeks* weeks (or as now).

        Both of a pair may choose it, each on a question of their own: they wish for the same step, and it is one.
        """
        weeks = 2 * (asked_at_weeks or self.cadence_weeks)
        return replace(self.kept(), cadence_weeks=max(self.cadence_weeks, min(weeks, LONGEST_CADENCE_WEEKS)))

    def ended(self, reason: EndReason, *, now: datetime) -> Pairing:
        """Return the pairing ended; ending an ended one changes nothing."""
        if self.state is PairingState.ENDED:
            return self
        return replace(self, state=PairingState.ENDED, ended_at=now, end_reason=reason, closes_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneOn:
    """What came of somebody's answer whether to go on: the pairing after it, and whether its rhythm or end is new."""

    pairing: Pairing
    answer: GoOn
    is_news: bool
    has_met: bool = True
