"""Nudges and reminders to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Text, Update, and_, bindparam, cast, func, or_, select, update

from bot.domain.nudges import Nudge, NudgeKind, NudgeState
from bot.domain.outbox import OutboxState
from storage.statements import batches, found, insert_or_replace, rows_in, saved
from storage.tables import NudgeRow, OutboxRow, PersonRow, word

_IS_PENDING = NudgeRow.state == word(NudgeState.PENDING)
_IS_KNOWN = NudgeRow.kind.in_([word(kind) for kind in NudgeKind])
"""What a newer program has planned is left to it: while an older one runs beside it, or after it."""
_WAS_CANCELLED = f"{NudgeRow.__tablename__}.state = '{NudgeState.CANCELLED}'"
_GET = select(NudgeRow).where(NudgeRow.id == bindparam("id"))
_GET_MANY = select(NudgeRow).where(NudgeRow.id.in_(bindparam("values", expanding=True)))
_DUE = (
    select(NudgeRow)
    .where(_IS_PENDING, _IS_KNOWN, NudgeRow.due_at <= bindparam("moment"))
    .order_by(NudgeRow.due_at, NudgeRow.id)
    .limit(bindparam("limit"))
)
_PENDING_OF = (
    select(NudgeRow)
    .where(_IS_PENDING, _IS_KNOWN, NudgeRow.person_id == bindparam("person_id"))
    .order_by(NudgeRow.due_at, NudgeRow.id)
)
_ABOUT = (
    select(NudgeRow)
    .where(NudgeRow.subject_id.in_(bindparam("values", expanding=True)), _IS_KNOWN)
    .order_by(NudgeRow.due_at, NudgeRow.id)
)
_NEXT_DUE = select(func.min(NudgeRow.due_at)).where(_IS_PENDING, _IS_KNOWN)
_SAVE = update(NudgeRow).where(NudgeRow.id == bindparam("nudge_id"))
_QUEUED = (
    select(NudgeRow.person_id, NudgeRow.queued_at)
    .where(
        NudgeRow.state == word(NudgeState.QUEUED),
        NudgeRow.person_id.in_(bindparam("values", expanding=True)),
        NudgeRow.queued_at >= bindparam("moment"),
    )
    .order_by(NudgeRow.queued_at)
    .distinct()
)
"""What one message tells together was queued at one moment, which nothing else a person gets ever is."""
_QUEUED_WITH = (
    select(NudgeRow)
    .where(
        NudgeRow.state == word(NudgeState.QUEUED),
        NudgeRow.person_id == bindparam("person_id"),
        NudgeRow.kind == bindparam("kind"),
        NudgeRow.queued_at == bindparam("queued_at"),
    )
    .order_by(NudgeRow.due_at, NudgeRow.id)
)
_QUEUED_TIMES = (
    select(NudgeRow.person_id, NudgeRow.queued_at)
    .where(NudgeRow.state == word(NudgeState.QUEUED), NudgeRow.queued_at >= bindparam("moment"))
    .order_by(NudgeRow.queued_at)
    .distinct()
)

_CONVERSATION = (
    select(PersonRow.user_id).where(PersonRow.id == NudgeRow.person_id).correlate(NudgeRow).scalar_subquery()
)
_IS_UNSENT = and_(
    NudgeRow.state == word(NudgeState.QUEUED),
    select(OutboxRow.seq)
    .where(
        OutboxRow.conversation == _CONVERSATION,
        # Those of one conversation that are not finished have an index.
        OutboxRow.state.in_((word(OutboxState.PENDING), word(OutboxState.SENDING))),
        # Of one that is under way, or may have arrived, nobody knows whether it was read: it counts in the budget.
        OutboxRow.state == word(OutboxState.PENDING),
        OutboxRow.maybe_sent.is_(False),
        cast(OutboxRow.args, Text).contains('"' + NudgeRow.id + '"'),
    )
    .exists(),
)
_CANCELLED = {"state": NudgeState.CANCELLED, "queued_at": None}
_CANCEL = update(NudgeRow).where(_IS_PENDING).values(_CANCELLED)
_CANCEL_OF = _CANCEL.where(
    NudgeRow.person_id.in_(bindparam("people", expanding=True)),
    NudgeRow.kind.in_(bindparam("kinds", expanding=True)),
)
_CANCEL_ABOUT = _CANCEL.where(NudgeRow.subject_id.in_(bindparam("subjects", expanding=True)))


@cache
def _cancel(asked: frozenset[str]) -> Update:
    conditions = {
        "of_person": NudgeRow.person_id == bindparam("of_person"),
        "of_subject": NudgeRow.subject_id == bindparam("of_subject"),
        "of_kinds": NudgeRow.kind.in_(bindparam("of_kinds", expanding=True)),
    }
    given = (condition for name, condition in conditions.items() if name in asked)
    return update(NudgeRow).where(or_(_IS_PENDING, _IS_UNSENT), *given).values(_CANCELLED)


class SqlNudges:
    """``bot.ports.Nudges``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, nudge_id: str) -> Nudge:
        return _to_nudge(found(self._connection.execute(_GET, {"id": nudge_id}).one_or_none()))

    def get_many(self, nudge_ids: Sequence[str]) -> Sequence[Nudge]:
        nudges = {row.id: _to_nudge(row) for row in rows_in(self._connection, _GET_MANY, nudge_ids)}
        return [nudges[one] for one in nudge_ids if one in nudges]

    def plan(self, nudges: Iterable[Nudge]) -> None:
        if values := [_from_nudge(nudge) for nudge in nudges]:
            insert_or_replace(
                self._connection, NudgeRow, values, unique=("person_id", "kind", "period"), where=_WAS_CANCELLED
            )

    def due(self, moment: datetime, *, limit: int) -> Sequence[Nudge]:
        return [_to_nudge(row) for row in self._connection.execute(_DUE, {"moment": moment, "limit": limit})]

    def about(self, subject_ids: Iterable[str]) -> Sequence[Nudge]:
        return [_to_nudge(row) for row in rows_in(self._connection, _ABOUT, subject_ids)]

    def pending_of(self, person_id: str) -> Sequence[Nudge]:
        return [_to_nudge(row) for row in self._connection.execute(_PENDING_OF, {"person_id": person_id})]

    def save(self, nudge: Nudge) -> None:
        saved(self._connection.execute(_SAVE, {"nudge_id": nudge.id, **_from_nudge(nudge)}))

    def save_many(self, nudges: Iterable[Nudge]) -> None:
        if values := [{"nudge_id": nudge.id, **_from_nudge(nudge)} for nudge in nudges]:
            saved(self._connection.execute(_SAVE, values), rows=len(values))

    def cancel(
        self, *, person_id: str | None = None, subject_id: str | None = None, kinds: Iterable[NudgeKind] | None = None
    ) -> int:
        if person_id is None and subject_id is None:
            raise ValueError("say whose nudges, or about what, to cancel")
        given = {"of_person": person_id, "of_subject": subject_id, "of_kinds": None if kinds is None else list(kinds)}
        asked = {name: value for name, value in given.items() if value is not None}
        return self._connection.execute(_cancel(frozenset(asked)), asked).rowcount

    def cancel_of(self, person_ids: Iterable[str], *, kinds: Iterable[NudgeKind]) -> None:
        kinds = list(kinds)
        for batch in batches(person_ids):
            self._connection.execute(_CANCEL_OF, {"people": batch, "kinds": kinds})

    def cancel_about(self, subject_ids: Iterable[str]) -> None:
        for batch in batches(subject_ids):
            self._connection.execute(_CANCEL_ABOUT, {"subjects": batch})

    def queued_since(self, person_ids: Iterable[str], moment: datetime) -> Mapping[str, Sequence[datetime]]:
        queued: dict[str, list[datetime]] = {person_id: [] for person_id in person_ids}
        for row in rows_in(self._connection, _QUEUED, queued, moment=moment):
            queued[row.person_id].append(row.queued_at)
        return queued

    def queued_with(self, nudge: Nudge) -> Sequence[Nudge]:
        same = {"person_id": nudge.person_id, "kind": nudge.kind, "queued_at": nudge.queued_at}
        return [_to_nudge(row) for row in self._connection.execute(_QUEUED_WITH, same)]

    def queued_times(self, moment: datetime) -> Sequence[datetime]:
        return [row.queued_at for row in self._connection.execute(_QUEUED_TIMES, {"moment": moment})]

    def next_due(self) -> datetime | None:
        return self._connection.execute(_NEXT_DUE).scalar_one()


def _to_nudge(row: Row[Any]) -> Nudge:
    return Nudge(
        id=row.id,
        person_id=row.person_id,
        kind=row.kind,
        subject_id=row.subject_id,
        period=row.period,
        due_at=row.due_at,
        state=row.state,
        useful_until=row.useful_until,
        queued_at=row.queued_at,
    )


def _from_nudge(nudge: Nudge) -> dict[str, Any]:
    return {
        "id": nudge.id,
        "person_id": nudge.person_id,
        "kind": nudge.kind,
        "subject_id": nudge.subject_id,
        "period": nudge.period,
        "due_at": nudge.due_at,
        "state": nudge.state,
        "useful_until": nudge.useful_until,
        "queued_at": nudge.queued_at,
    }
