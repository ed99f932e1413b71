"""The desk, who needs a lead's attention: messages that did not arrive, pairings that stand still, silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.forecast import Stop
from bot.domain.nudges import ANSWER_REMINDER_WORKING_DAYS, patience
from bot.domain.pairings import Pairing, PairingState
from bot.domain.rounds import Proposal
from bot.domain.sessions import Session, SessionState
from bot.domain.working_time import WorkingTime

FIRST_SESSION_WITHIN = timedelta(days=10)
QUIET_AFTER = timedelta(days=21)
MESSAGES_A_PAGE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A message that did not arrive, without what it said.

    ``conversation`` is the Slack id of its receiver or channel; ``why`` an error code; ``may_be_there`` tells that it
    may have been posted all the same, ``is_ours`` that Tandem could not write it.
    """

    message_id: str
    conversation: str
    kind: str
    since: datetime
    why: str
    may_be_there: bool
    is_ours: bool
    can_be_sent_again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """People who do not meet, as Slack user ids: since their introduction, or since they last met.

    ``unconfirmed``: that they met then was planned, and nobody said how it went.
    """

    mentors: tuple[str, ...]
    mentees: tuple[str, ...]
    since: datetime
    unconfirmed: bool = False


class Clash(StrEnum):
    """What the directory says of two people who are paired, though it would keep them apart in a round."""

    REPORTING_LINE = "reporting_line"
    SAME_TEAM = "same_team"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clashing:
    """A mentor and a mentee (Slack user ids) whom the directory has come to keep apart."""

    mentor: str
    mentee: str
    clash: Clash


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """Somebody (a Slack user id) who has not answered ``proposals`` although they were reminded.

    ``asked_at`` is when they were first asked, ``expires_at`` until when they can answer the first to expire.
    """

    user_id: str
    asked_at: datetime
    expires_at: datetime
    proposals: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything on a lead's desk; of the messages one page, ``page`` counting from 0.

    ``seats`` are the mentors' free one-to-one seats, counted while somebody waits for one. ``no_more_rounds``: the
    cohort's last day has passed. ``stop`` is there while a lead holds all nudges back, its ``by`` a Slack user id.
    """

    undelivered: tuple[Undelivered, ...]
    undelivered_in_all: int
    page: int
    pages: int
    unplanned: tuple[Standstill, ...] = ()
    quiet: tuple[Standstill, ...] = ()
    clashing: tuple[Clashing, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    waiting: int = 0
    seats: int = 0
    no_more_rounds: bool = False
    stop: Stop | None = None

    @property
    def is_clear(self) -> bool:
        """True when nobody needs anything."""
        people = (self.unplanned, self.quiet, self.clashing, self.unanswered)
        return not (self.undelivered_in_all or any(people) or self.waiting)


def stands_still_since(pairing: Pairing, sessions: Sequence[Session], *, now: datetime) -> datetime | None:
    """Return since when *pairing* needs a lead: introduced, or last met, too long ago with nothing planned.

    A session that nobody confirmed counts as met. None for one that goes on, has had all its sessions, or has time
    left. *sessions* are the pairing's, by start.
    """
    if pairing.state is not PairingState.ACTIVE or any(one.state is SessionState.PLANNED for one in sessions):
        return None
    past = [one for one in sessions if one.may_have_been_held]
    if not past:
        return pairing.introduced_at if pairing.introduced_at + FIRST_SESSION_WITHIN <= now else None
    if sum(one.state is SessionState.HELD for one in past) >= pairing.sessions_planned:
        return None
    last_met_at = past[-1].starts_at
    return last_met_at if last_met_at + QUIET_AFTER + patience(pairing.cadence_weeks) <= now else None


def silent(
    proposals: Iterable[Proposal], working_times: Mapping[str, WorkingTime], *, now: datetime
) -> list[tuple[str, datetime, datetime]]:
    """Return (person id, asked at, expires at) of whoever was asked two working days ago, the longest wait first."""
    waits = []
    for proposal in proposals:
        for person_id in proposal.waiting_for:
            asked_at = proposal.seat_of(person_id).asked_at
            if asked_at is None or proposal.expires_at is None or proposal.expires_at <= now:
                continue
            if working_times[person_id].after_working_days(asked_at, ANSWER_REMINDER_WORKING_DAYS) <= now:
                waits.append((person_id, asked_at, proposal.expires_at))
    return sorted(waits, key=lambda wait: (wait[1], wait[0]))
