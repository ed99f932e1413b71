"""The outbox: every message to Slack is a row, written in the transaction of the change that causes it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.ids import new_id
from bot.domain.people import Person

MOST_ATTEMPTS = 8
SHORTEST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(seconds=90)
"""How long a claim holds; more than twice the HTTP timeout of a send."""
HTTP_TIMEOUT = timedelta(seconds=20)
UNREADABLE = "unreadable history"
"""Why a message is parked whose conversation cannot be read to find out whether it arrived."""


HOME = "home"
"""The kind of a row that asks for a Home tab to be drawn anew."""


class Lane(StrEnum):
    """What goes by a pace of its own, so that none waits for another's trouble; nudges first, as the slowest."""

    NUDGES = "nudges"
    LETTERS = "letters"
    HOMES = "homes"


class OutboxState(StrEnum):
    """Pending and sending are unfinished; parked waits for the operator; the others are final."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    PARKED = "parked"
    ABANDONED = "abandoned"
    OBSOLETE = "obsolete"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """A message to send. Its text is composed when it is sent, from ``kind`` and ``args`` (plain JSON data).

    ``conversation`` is the Slack user or channel it goes to, and the order within it is kept; somebody's Home tab is
    one of its own. ``person_id`` is the receiver, None for a channel. ``proactive`` ones count in the person's budget.
    ``maybe_sent`` tells that an earlier attempt may have been posted, so that the conversation is looked at before
    another.
    """

    id: str
    dedupe_key: str
    kind: str
    conversation: str
    person_id: str | None
    args: Mapping[str, Any] = field(default_factory=dict)
    proactive: bool = False
    due_at: datetime
    created_at: datetime
    expires_at: datetime | None = None
    state: OutboxState = OutboxState.PENDING
    attempts: int = 0
    maybe_sent: bool = False
    lease_until: datetime | None = None
    lease_token: str | None = None
    channel_id: str | None = None
    ts: str | None = None
    sent_at: datetime | None = None
    last_error: str | None = None

    @classmethod
    def to(
        cls, person: Person, kind: str, about: str, *, now: datetime, proactive: bool = False,
        expires_at: datetime | None = None, **args: Any,
    ) -> OutboxMessage:  # fmt: skip
        """Return a direct message due at once. *person* is told once of this *kind* what it is *about*."""
        conversation = f"{HOME}:{person.user_id}" if kind == HOME else person.user_id
        return cls(
            id=new_id(), dedupe_key=f"{kind}:{about}:{person.id}", kind=kind, conversation=conversation,
            person_id=person.id, args=args, proactive=proactive, due_at=now, created_at=now, expires_at=expires_at,
        )  # fmt: skip

    @property
    def lane(self) -> Lane:
        """By which pace it goes."""
        if self.kind == HOME:
            return Lane.HOMES
        return Lane.NUDGES if self.proactive else Lane.LETTERS

    @property
    def nudge_ids(self) -> tuple[str, ...]:
        """The nudges that a proactive message tells, the first of them giving it its buttons; none for any other."""
        return (self.args["nudge_id"], *self.args.get("also", ())) if "nudge_id" in self.args else ()

    def telling(self, nudge_ids: Sequence[str]) -> OutboxMessage:
        """Return the message that tells these nudges, one at least."""
        first, *also = nudge_ids
        return replace(self, args={**self.args, "nudge_id": first, "also": also})

    @property
    def is_last_attempt(self) -> bool:
        """True when there is no trying again after this one."""
        return self.attempts >= MOST_ATTEMPTS

    @property
    def is_settled(self) -> bool:
        """False while it was neither delivered nor given up: somebody has to decide."""
        return self.state not in {OutboxState.PARKED, OutboxState.ABANDONED}

    @property
    def can_be_sent_again(self) -> bool:
        """False for what may stand in a channel already: only direct messages can be read to find out."""
        return self.person_id is not None or not self.maybe_sent

    def sent(self, *, channel_id: str, ts: str, now: datetime) -> OutboxMessage:
        """Return the message posted at *channel_id* and *ts*."""
        return replace(
            self, state=OutboxState.SENT, channel_id=channel_id, ts=ts, sent_at=now, maybe_sent=False, last_error=None
        )

    def done(self, *, now: datetime) -> OutboxMessage:
        """Return the message carried out, where nothing was posted in a conversation: a Home tab."""
        return replace(self, state=OutboxState.SENT, sent_at=now, maybe_sent=False, last_error=None)

    def obsolete(self, why: str) -> OutboxMessage:
        """Return the message that is no longer worth sending."""
        return replace(self, state=OutboxState.OBSOLETE, last_error=why)

    def parked(self, why: str) -> OutboxMessage:
        """Return the message that waits for the operator: it may have been posted, or cannot be composed."""
        return replace(self, state=OutboxState.PARKED, last_error=why)

    def abandoned(self, why: str) -> OutboxMessage:
        """Return the message that will not arrive."""
        return replace(self, state=OutboxState.ABANDONED, last_error=why)

    def taken_up(self, *, now: datetime) -> OutboxMessage:
        """Return the message that was parked or abandoned, due *now* with all its attempts.

        It keeps its place in its conversation. What was parked may have been posted, so a direct message is looked for
        before it is posted again.
        """
        may_be_there = self.maybe_sent or (self.state is OutboxState.PARKED and self.person_id is not None)
        return replace(
            self, state=OutboxState.PENDING, due_at=now, attempts=0, maybe_sent=may_be_there, last_error=None
        )

    def dropped(self) -> OutboxMessage:
        """Return the message that a lead gave up."""
        return self.obsolete("dropped")

    def in_doubt(self, why: str) -> OutboxMessage:
        """Return the message that may have been posted: its lease runs out first, then its conversation is looked at.

        Only then has a request that is still under way in the network surely ended.
        """
        return replace(self, maybe_sent=True, last_error=why)

    def retried(self, at: datetime, why: str) -> OutboxMessage:
        """Return the message to be tried again *at* that time."""
        return replace(self, state=OutboxState.PENDING, due_at=at, last_error=why)

    def given_back(self, at: datetime, why: str | None = None) -> OutboxMessage:
        """Return the message due again *at* that time through no fault of its own: the attempt does not count."""
        return replace(
            self, state=OutboxState.PENDING, due_at=at, attempts=self.attempts - 1, last_error=why or self.last_error
        )


def wait_after(attempts: int, *, chance: random.Random) -> timedelta:
    """Return how long to wait after the *attempts*-th failure: 30 s doubling to an hour, less up to half by chance."""
    longest = min(LONGEST_WAIT, SHORTEST_WAIT * (1 << min(max(attempts - 1, 0), MOST_ATTEMPTS)))
    return longest * (1 - chance.random() / 2)
