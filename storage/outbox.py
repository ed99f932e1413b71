"""The outbox: messages written with the change that causes them, claimed by whoever sends them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, case, func, or_, select, update

from bot.domain.outbox import HOME, Lane, OutboxMessage, OutboxState
from storage.statements import found, insert_new
from storage.tables import OutboxRow, word

_IS_PENDING = OutboxRow.state == word(OutboxState.PENDING)
_IS_SENDING = OutboxRow.state == word(OutboxState.SENDING)
_UNFINISHED = (word(OutboxState.PENDING), word(OutboxState.SENDING))
_GET = select(OutboxRow).where(OutboxRow.id == bindparam("id"))


# An alias of the table, since one of the class would set up an ORM that nothing here uses.
_older = OutboxRow.__table__.alias().c
_IS_BEHIND = (
    select(_older.seq)
    .where(_older.conversation == OutboxRow.conversation, _older.seq < OutboxRow.seq, _older.state.in_(_UNFINISHED))
    .exists()
)


def _of(lane: Lane | None) -> tuple[ColumnElement[bool], ...]:
    match lane:
        case None:
            return ()
        case Lane.HOMES:
            return (OutboxRow.kind == HOME,)
        case Lane.NUDGES:
            return (OutboxRow.proactive.is_(True),)
        case Lane.LETTERS:
            return OutboxRow.proactive.is_(False), OutboxRow.kind != HOME


@cache
def _claim(lane: Lane | None) -> Any:
    due = (
        select(OutboxRow.seq)
        .where(
            OutboxRow.state.in_(_UNFINISHED),
            # What is being sent was due when it was claimed, so one index finds both kinds in order.
            OutboxRow.due_at <= bindparam("now"),
            or_(_IS_PENDING, OutboxRow.lease_until <= bindparam("now")),
            ~_IS_BEHIND,
            *_of(lane),
        )
        .order_by(OutboxRow.due_at, OutboxRow.seq)
        .limit(bindparam("limit"))
        # Read once into a table of its own: PostgreSQL may run a plain subselect again and claim more than the limit.
        .cte("due")
    )
    return (
        update(OutboxRow)
        .where(OutboxRow.seq.in_(select(due.c.seq)))
        .values(
            state=OutboxState.SENDING,
            lease_until=bindparam("until"),
            lease_token=bindparam("token"),
            attempts=OutboxRow.attempts + 1,
            maybe_sent=case((_IS_SENDING, True), else_=OutboxRow.maybe_sent),
        )
        .returning(OutboxRow)
    )


_FINISH = update(OutboxRow).where(
    OutboxRow.id == bindparam("finished_id"), _IS_SENDING, OutboxRow.lease_token == bindparam("token")
)


@cache
def _next_pending(lane: Lane | None) -> Select[tuple[datetime]]:
    return (
        select(OutboxRow.due_at)
        .where(OutboxRow.state.in_(_UNFINISHED), _IS_PENDING, ~_IS_BEHIND, *_of(lane))
        .order_by(OutboxRow.due_at, OutboxRow.seq)
        .limit(1)
    )


@cache
def _next_lease_end(lane: Lane | None) -> Select[tuple[datetime | None]]:
    return select(func.min(OutboxRow.lease_until)).where(_IS_SENDING, *_of(lane))


_NUDGES_UNFINISHED = select(OutboxRow).where(*_of(Lane.NUDGES), OutboxRow.state.in_(_UNFINISHED))
_IS_UNSETTLED = OutboxRow.state.in_([word(OutboxState.PARKED), word(OutboxState.ABANDONED)])
_SETTLE = update(OutboxRow).where(OutboxRow.id == bindparam("settled_id"), _IS_UNSETTLED)
_UNSETTLED = (
    select(OutboxRow)
    .where(
        _IS_UNSETTLED,
        OutboxRow.kind != HOME,
        or_(OutboxRow.expires_at.is_(None), OutboxRow.expires_at > bindparam("now")),
    )
    .order_by(OutboxRow.seq.desc())
    .limit(bindparam("limit"))
)
# Two counts rather than one with an "or", so that each finds its index.
_NUDGES_SENT = select(func.count()).where(*_of(Lane.NUDGES), OutboxRow.sent_at > bindparam("since"))
_NUDGES_UNDER_WAY = select(func.count()).where(*_of(Lane.NUDGES), _IS_SENDING, OutboxRow.lease_until > bindparam("now"))


class SqlOutbox:
    """``bot.ports.Outbox``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, message: OutboxMessage) -> bool:
        return insert_new(self._connection, OutboxRow, _from_message(message), unique=("dedupe_key",)) == 1

    def add_many(self, messages: Iterable[OutboxMessage]) -> None:
        if values := [_from_message(message) for message in messages]:
            insert_new(self._connection, OutboxRow, values, unique=("dedupe_key",))

    def get(self, message_id: str) -> OutboxMessage:
        return _to_message(found(self._connection.execute(_GET, {"id": message_id}).one_or_none()))

    def claim_due(
        self, *, now: datetime, limit: int, lease: timedelta, lane: Lane | None = None
    ) -> Sequence[OutboxMessage]:
        rows = self._connection.execute(
            _claim(lane),
            {"now": now, "limit": limit, "until": now + lease, "token": secrets.token_urlsafe(12)},
        )
        # RETURNING promises no order.
        return [_to_message(row) for row in sorted(rows, key=lambda row: (row.due_at, row.seq))]

    def finish(self, message: OutboxMessage) -> bool:
        values = {"finished_id": message.id, "token": message.lease_token, **_from_message(message)}
        return self._connection.execute(_FINISH, values).rowcount == 1

    def next_due(self, lane: Lane | None = None) -> datetime | None:
        pending = self._connection.execute(_next_pending(lane)).scalar_one_or_none()
        lease_end = self._connection.execute(_next_lease_end(lane)).scalar_one()
        return min((moment for moment in (pending, lease_end) if moment is not None), default=None)

    def nudges_since(self, moment: datetime, *, now: datetime) -> int:
        sent: int = self._connection.execute(_NUDGES_SENT, {"since": moment}).scalar_one()
        under_way: int = self._connection.execute(_NUDGES_UNDER_WAY, {"now": now}).scalar_one()
        return sent + under_way

    def nudges_under_way(self) -> frozenset[str]:
        rows = self._connection.execute(_NUDGES_UNFINISHED)
        return frozenset(nudge_id for row in rows for nudge_id in _to_message(row).nudge_ids)

    def unsettled(self, *, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        return [_to_message(row) for row in self._connection.execute(_UNSETTLED, {"now": now, "limit": limit})]

    def settle(self, message: OutboxMessage) -> bool:
        values = {"settled_id": message.id, **_from_message(message)}
        return self._connection.execute(_SETTLE, values).rowcount == 1


def _to_message(row: Row[Any]) -> OutboxMessage:
    return OutboxMessage(
        id=row.id,
        dedupe_key=row.dedupe_key,
        kind=row.kind,
        conversation=row.conversation,
        person_id=row.person_id,
        args=row.args,
        proactive=row.proactive,
        due_at=row.due_at,
        created_at=row.created_at,
        expires_at=row.expires_at,
        state=row.state,
        attempts=row.attempts,
        maybe_sent=row.maybe_sent,
        lease_until=row.lease_until,
        lease_token=row.lease_token,
        channel_id=row.channel_id,
        ts=row.ts,
        sent_at=row.sent_at,
        last_error=row.last_error,
    )


def _from_message(message: OutboxMessage) -> dict[str, Any]:
    is_claimed = message.state is OutboxState.SENDING
    return {
        "id": message.id,
        "dedupe_key": message.dedupe_key,
        "kind": message.kind,
        "conversation": message.conversation,
        "person_id": message.person_id,
        "args": dict(message.args),
        "proactive": message.proactive,
        "due_at": message.due_at,
        "created_at": message.created_at,
        "expires_at": message.expires_at,
        "state": message.state,
        "attempts": message.attempts,
        "maybe_sent": message.maybe_sent,
        # A lease is given back with the message it was for.
        "lease_until": message.lease_until if is_claimed else None,
        "lease_token": message.lease_token if is_claimed else None,
        "channel_id": message.channel_id,
        "ts": message.ts,
        "sent_at": message.sent_at,
        "last_error": message.last_error,
    }
