"""The outbox: every message to Slack is a row, written in the transaction of the change that causes it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.domain.ids import new_id

MOST_ATTEMPTS = 8
LONGEST_WAIT = timedelta(hours=1)
LEASE = timedelta(seconds=90)
"""How long a claim holds; more than twice the HTTP timeout of a send."""
HTTP_TIMEOUT = timedelta(seconds=20)


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

    ``conversation`` is the Slack user or channel it goes to, and the order within it is kept. ``person_id`` is the
    receiver, None for a channel. ``proactive`` ones count in the person's budget. ``maybe_sent`` tells that an
    earlier attempt may have been posted, so that the conversation is looked at before another.
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
        cls, *, person_id: str, user_id: str, kind: str, dedupe_key: str, now: datetime, proactive: bool = False,
        expires_at: datetime | None = None, **args: Any,
    ) -> OutboxMessage:  # fmt: skip
        """Return a direct message due at once."""
        return cls(
            id=new_id(), dedupe_key=dedupe_key, kind=kind, conversation=user_id, person_id=person_id, args=args,
            proactive=proactive, due_at=now, created_at=now, expires_at=expires_at,
        )  # fmt: skip


def wait_after(attempts: int, *, chance: random.Random) -> timedelta:
    """Return how long to wait after the *attempts*-th failure: 1 s doubling to an hour, less up to half by chance."""
    longest = min(LONGEST_WAIT, timedelta(seconds=2 ** min(attempts, 12)))
    return longest * (1 - chance.random() / 2)
