"""Pairings and their seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from bot.domain.pairings import Pairing, PairingState, PartnerAnswer, Seat
from bot.errors import NotFound
from storage.statements import insert_or_replace, rows_in, saved
from storage.tables import PairingRow, PairingSeatRow, PartnerAnswerRow, word

_SEATED = select(PairingRow, PairingSeatRow.person_id, PairingSeatRow.role).join(
    PairingSeatRow, PairingSeatRow.pairing_id == PairingRow.id
)
_OLDEST_FIRST = (PairingRow.introduced_at, PairingRow.id, PairingSeatRow.position)
_GET = _SEATED.where(PairingRow.id == bindparam("id")).order_by(PairingSeatRow.position)
_GET_MANY = _SEATED.where(PairingRow.id.in_(bindparam("values", expanding=True))).order_by(*_OLDEST_FIRST)
_ACTIVE_OF = _SEATED.where(
    PairingRow.state == word(PairingState.ACTIVE),
    PairingRow.id.in_(select(PairingSeatRow.pairing_id).where(PairingSeatRow.person_id == bindparam("person_id"))),
).order_by(*_OLDEST_FIRST)
_ACTIVE_WITH = _SEATED.where(
    PairingRow.state == word(PairingState.ACTIVE),
    PairingRow.id.in_(
        select(PairingSeatRow.pairing_id).where(PairingSeatRow.person_id.in_(bindparam("values", expanding=True)))
    ),
).order_by(*_OLDEST_FIRST)
_IN_COHORT = _SEATED.where(PairingRow.cohort_id == bindparam("cohort_id")).order_by(*_OLDEST_FIRST)
_IS_CLOSING = PairingRow.closes_at.is_not(None)
_CLOSING = _SEATED.where(_IS_CLOSING, PairingRow.closes_at <= bindparam("moment")).order_by(
    PairingRow.closes_at, PairingRow.id, PairingSeatRow.position
)
_NEXT_CLOSING = select(func.min(PairingRow.closes_at)).where(_IS_CLOSING)
_ADD = insert(PairingRow)
_SAVE = update(PairingRow).where(PairingRow.id == bindparam("saved_id"))
_ADD_SEAT = insert(PairingSeatRow)
_REMOVE_SEATS = delete(PairingSeatRow).where(PairingSeatRow.pairing_id == bindparam("of"))

_ANSWER = select(PartnerAnswerRow).where(
    PartnerAnswerRow.pairing_id == bindparam("pairing_id"), PartnerAnswerRow.person_id == bindparam("person_id")
)


class SqlPairings:
    """``bot.ports.Pairings``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, pairing_id: str) -> Pairing:
        for pairing in _to_pairings(self._connection.execute(_GET, {"id": pairing_id})):
            return pairing
        raise NotFound

    def get_many(self, pairing_ids: Iterable[str]) -> Mapping[str, Pairing]:
        return {pairing.id: pairing for pairing in _to_pairings(rows_in(self._connection, _GET_MANY, pairing_ids))}

    def add(self, pairing: Pairing) -> None:
        self._connection.execute(_ADD, _from_pairing(pairing))
        self._connection.execute(_ADD_SEAT, _from_seats(pairing))

    def save(self, pairing: Pairing) -> None:
        self.save_many([pairing])

    def save_many(self, pairings: Iterable[Pairing]) -> None:
        pairings = list(pairings)
        if not pairings:
            return
        values = [{"saved_id": pairing.id, **_from_pairing(pairing)} for pairing in pairings]
        saved(self._connection.execute(_SAVE, values), rows=len(values))
        self._connection.execute(_REMOVE_SEATS, [{"of": pairing.id} for pairing in pairings])
        self._connection.execute(_ADD_SEAT, [seat for pairing in pairings for seat in _from_seats(pairing)])

    def answer_of(self, pairing_id: str, person_id: str) -> PartnerAnswer:
        nothing = PartnerAnswer(pairing_id=pairing_id, person_id=person_id)
        row = self._connection.execute(_ANSWER, {"pairing_id": pairing_id, "person_id": person_id}).one_or_none()
        return replace(nothing, fit=row.fit, again=row.again) if row else nothing

    def put_answer(self, answer: PartnerAnswer) -> None:
        values = {
            "pairing_id": answer.pairing_id,
            "person_id": answer.person_id,
            "fit": answer.fit,
            "again": answer.again,
        }
        insert_or_replace(self._connection, PartnerAnswerRow, values, unique=("pairing_id", "person_id"))

    def active_of(self, person_id: str) -> Sequence[Pairing]:
        return _to_pairings(self._connection.execute(_ACTIVE_OF, {"person_id": person_id}))

    def active_with(self, person_ids: Iterable[str]) -> Sequence[Pairing]:
        found = _to_pairings(rows_in(self._connection, _ACTIVE_WITH, person_ids))
        # Two people of one pairing may be asked for in two batches.
        return list({pairing.id: pairing for pairing in found}.values())

    def in_cohort(self, cohort_id: str) -> Sequence[Pairing]:
        return _to_pairings(self._connection.execute(_IN_COHORT, {"cohort_id": cohort_id}))

    def closing_by(self, moment: datetime) -> Sequence[Pairing]:
        return _to_pairings(self._connection.execute(_CLOSING, {"moment": moment}))

    def next_closing(self) -> datetime | None:
        return self._connection.execute(_NEXT_CLOSING).scalar_one()


def _to_pairings(rows: Iterable[Row[Any]]) -> list[Pairing]:
    return [_to_pairing(list(seats)) for _, seats in groupby(rows, key=attrgetter("id"))]


def _to_pairing(rows: Sequence[Row[Any]]) -> Pairing:
    row = rows[0]
    return Pairing(
        id=row.id,
        cohort_id=row.cohort_id,
        proposal_id=row.proposal_id,
        format=row.format,
        topic_id=row.topic_id,
        state=row.state,
        seats=tuple(Seat(person_id=seat.person_id, role=seat.role) for seat in rows),
        introduced_at=row.introduced_at,
        cadence_weeks=row.cadence_weeks,
        sessions_planned=row.sessions_planned,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        closes_at=row.closes_at,
    )


def _from_pairing(pairing: Pairing) -> dict[str, Any]:
    return {
        "id": pairing.id,
        "cohort_id": pairing.cohort_id,
        "proposal_id": pairing.proposal_id,
        "format": pairing.format,
        "topic_id": pairing.topic_id,
        "state": pairing.state,
        "introduced_at": pairing.introduced_at,
        "cadence_weeks": pairing.cadence_weeks,
        "sessions_planned": pairing.sessions_planned,
        "ended_at": pairing.ended_at,
        "end_reason": pairing.end_reason,
        "closes_at": pairing.closes_at,
    }


def _from_seats(pairing: Pairing) -> list[dict[str, Any]]:
    return [
        {"pairing_id": pairing.id, "person_id": seat.person_id, "position": position, "role": seat.role}
        for position, seat in enumerate(pairing.seats)
    ]
