"""Nudges (nothing has happened) and reminders (something is planned): which, for whom, when.

A nudge is a row with a due time, made in the transaction of what causes it and cancelled in the transaction of what
answers it. (person, kind, period) is unique, so that making it twice makes it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class NudgeKind(StrEnum):
    """Every proactive message, the most useful first: of several due at once the first is sent, the others wait."""

    HOW_DID_IT_GO = "how_did_it_go"
    BEFORE_SESSION = "before_session"
    PROPOSAL_UNANSWERED = "proposal_unanswered"
    FIRST_SESSION_UNPLANNED = "first_session_unplanned"
    PULSE_UNANSWERED = "pulse_unanswered"
    NOTHING_PLANNED = "nothing_planned"

    @property
    def usefulness(self) -> int:
        """Lower is more useful."""
        return list(NudgeKind).index(self)


class NudgeState(StrEnum):
    """Pending until due, queued once it is in the outbox; cancelled when an answer or a departure made it pointless."""

    PENDING = "pending"
    QUEUED = "queued"
    CANCELLED = "cancelled"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """One message to come. ``subject_id`` is the pairing, session or proposal; ``period`` tells repeats apart.

    ``useful_until``: past it the nudge is missed rather than sent late (a reminder of a session that has begun).
    """

    id: str
    person_id: str
    kind: NudgeKind
    subject_id: str
    period: str
    due_at: datetime
    state: NudgeState = NudgeState.PENDING
    useful_until: datetime | None = None
    queued_at: datetime | None = None

    @property
    def dedupe_key(self) -> str:
        return f"nudge:{self.person_id}:{self.kind}:{self.period}"

    def queued(self, *, now: datetime) -> Nudge:
        """Return the nudge handed to the outbox."""
        return replace(self, state=NudgeState.QUEUED, queued_at=now)

    def put_off(self, due_at: datetime) -> Nudge:
        """Return the nudge due later, or missed when later is too late."""
        if self.useful_until is not None and due_at >= self.useful_until:
            return replace(self, state=NudgeState.MISSED)
        return replace(self, due_at=due_at)


FIRST_SESSION_AFTER = (timedelta(days=3), timedelta(days=7))
NOTHING_PLANNED_AFTER = timedelta(days=14)
HOW_DID_IT_GO_AFTER = timedelta(minutes=30)
PULSE_AFTER = timedelta(days=2)
PULSE_CLOSES_AFTER = timedelta(days=7)
UNCONFIRMED_AFTER = timedelta(days=7)
ANSWER_REMINDER_WORKING_DAYS = 2

BUDGET = ((timedelta(hours=24), 1), (timedelta(days=7), 3))
"""At most so many proactive messages a person within each window."""


def budget_frees_at(sent: Sequence[datetime], *, now: datetime) -> datetime:
    """Return when the next proactive message may go to somebody who got *sent*: *now*, or the later of both windows.

    Exactly one window's length after a message counts as outside it.
    """
    frees = now
    ordered = sorted(sent)
    for window, most in BUDGET:
        inside = [moment for moment in ordered if moment > now - window]
        if len(inside) >= most:
            frees = max(frees, inside[-most] + window)
    return frees
