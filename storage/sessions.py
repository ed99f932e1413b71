"""Sessions, who takes part in them, and pulses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from bot.domain.sessions import Attendance, Pulse, Session, SessionState
from bot.errors import NotFound
from storage.statements import insert_or_replace, rows_in, saved
from storage.tables import AttendanceRow, PulseRow, SessionRow, word

_ATTENDED = select(SessionRow, AttendanceRow.person_id, AttendanceRow.role, AttendanceRow.attended).join(
    AttendanceRow, AttendanceRow.session_id == SessionRow.id
)
_BY_START = (SessionRow.starts_at, SessionRow.id, AttendanceRow.position)
_IS_PLANNED = SessionRow.state == word(SessionState.PLANNED)
_GET = _ATTENDED.where(SessionRow.id == bindparam("id")).order_by(AttendanceRow.position)
_GET_MANY = _ATTENDED.where(SessionRow.id.in_(bindparam("values", expanding=True))).order_by(*_BY_START)
_OF_PAIRING = _ATTENDED.where(SessionRow.pairing_id == bindparam("pairing_id")).order_by(*_BY_START)
_OF_PAIRINGS = _ATTENDED.where(SessionRow.pairing_id.in_(bindparam("values", expanding=True))).order_by(*_BY_START)
_OF_PERSON = _ATTENDED.where(
    SessionRow.id.in_(
        select(SessionRow.id)
        .join(AttendanceRow, AttendanceRow.session_id == SessionRow.id)
        .where(AttendanceRow.person_id == bindparam("person_id"))
        .order_by(SessionRow.starts_at.desc(), SessionRow.id)
        .limit(bindparam("limit"))
    )
).order_by(SessionRow.starts_at.desc(), SessionRow.id, AttendanceRow.position)
_PLANNED_WITH = _ATTENDED.where(
    _IS_PLANNED,
    SessionRow.starts_at >= bindparam("since"),
    SessionRow.id.in_(
        select(AttendanceRow.session_id).where(AttendanceRow.person_id.in_(bindparam("people", expanding=True)))
    ),
).order_by(*_BY_START)
_IN_COHORT = _ATTENDED.where(SessionRow.cohort_id == bindparam("cohort_id")).order_by(*_BY_START)
_MET_IN = (
    select(SessionRow.pairing_id)
    .where(SessionRow.cohort_id == bindparam("cohort_id"), SessionRow.state == word(SessionState.HELD))
    .distinct()
)
_UNCONFIRMED = _ATTENDED.where(
    SessionRow.id.in_(
        select(SessionRow.id)
        .where(_IS_PLANNED, SessionRow.starts_at < bindparam("moment"))
        .order_by(SessionRow.starts_at, SessionRow.id)
        .limit(bindparam("limit"))
    )
).order_by(*_BY_START)
_NEXT_UNCONFIRMED = select(func.min(SessionRow.starts_at)).where(_IS_PLANNED)
_ADD = insert(SessionRow)
_SAVE = update(SessionRow).where(SessionRow.id == bindparam("saved_id"))
_ADD_ATTENDANCE = insert(AttendanceRow)
_REMOVE_ATTENDANCES = delete(AttendanceRow).where(AttendanceRow.session_id == bindparam("of"))

_PULSE = select(PulseRow).where(
    PulseRow.session_id == bindparam("session_id"), PulseRow.person_id == bindparam("person_id")
)
_PULSES_OF = select(PulseRow).where(PulseRow.session_id.in_(bindparam("values", expanding=True)))
_PULSES = (
    select(PulseRow)
    .join(SessionRow, SessionRow.id == PulseRow.session_id)
    .where(SessionRow.cohort_id == bindparam("cohort_id"))
    .order_by(PulseRow.answered_at, PulseRow.session_id, PulseRow.person_id)
)


class SqlSessions:
    """``bot.ports.Sessions``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, session_id: str) -> Session:
        for session in _to_sessions(self._connection.execute(_GET, {"id": session_id})):
            return session
        raise NotFound

    def get_many(self, session_ids: Iterable[str]) -> Mapping[str, Session]:
        return {session.id: session for session in _to_sessions(rows_in(self._connection, _GET_MANY, session_ids))}

    def add(self, session: Session) -> None:
        self._connection.execute(_ADD, _from_session(session))
        self._connection.execute(_ADD_ATTENDANCE, _from_attendances(session))

    def save(self, session: Session) -> None:
        self.save_many([session])

    def save_many(self, sessions: Iterable[Session]) -> None:
        sessions = list(sessions)
        if not sessions:
            return
        values = [{"saved_id": session.id, **_from_session(session)} for session in sessions]
        saved(self._connection.execute(_SAVE, values), rows=len(values))
        self._connection.execute(_REMOVE_ATTENDANCES, [{"of": session.id} for session in sessions])
        self._connection.execute(_ADD_ATTENDANCE, [one for session in sessions for one in _from_attendances(session)])

    def of_pairing(self, pairing_id: str) -> Sequence[Session]:
        return _to_sessions(self._connection.execute(_OF_PAIRING, {"pairing_id": pairing_id}))

    def of_pairings(self, pairing_ids: Iterable[str]) -> Mapping[str, Sequence[Session]]:
        sessions: defaultdict[str, list[Session]] = defaultdict(list)
        for session in _to_sessions(rows_in(self._connection, _OF_PAIRINGS, pairing_ids)):
            if session.pairing_id is not None:
                sessions[session.pairing_id].append(session)
        return dict(sessions)

    def of_person(self, person_id: str, *, limit: int) -> Sequence[Session]:
        return _to_sessions(self._connection.execute(_OF_PERSON, {"person_id": person_id, "limit": limit}))

    def planned_with(self, person_ids: Iterable[str], *, since: datetime) -> Sequence[Session]:
        return _to_sessions(self._connection.execute(_PLANNED_WITH, {"people": list(person_ids), "since": since}))

    def in_cohort(self, cohort_id: str) -> Sequence[Session]:
        return _to_sessions(self._connection.execute(_IN_COHORT, {"cohort_id": cohort_id}))

    def met_in(self, cohort_id: str) -> frozenset[str]:
        return frozenset(filter(None, self._connection.execute(_MET_IN, {"cohort_id": cohort_id}).scalars()))

    def unconfirmed_by(self, moment: datetime, *, limit: int) -> Sequence[Session]:
        return _to_sessions(self._connection.execute(_UNCONFIRMED, {"moment": moment, "limit": limit}))

    def next_unconfirmed_start(self) -> datetime | None:
        return self._connection.execute(_NEXT_UNCONFIRMED).scalar_one()

    def put_pulse(self, pulse: Pulse) -> None:
        insert_or_replace(self._connection, PulseRow, _from_pulse(pulse), unique=("session_id", "person_id"))

    def pulse(self, session_id: str, person_id: str) -> Pulse | None:
        row = self._connection.execute(_PULSE, {"session_id": session_id, "person_id": person_id}).one_or_none()
        return _to_pulse(row) if row else None

    def pulses_of(self, session_ids: Iterable[str]) -> Sequence[Pulse]:
        return [_to_pulse(row) for row in rows_in(self._connection, _PULSES_OF, session_ids)]

    def pulses_in_cohort(self, cohort_id: str) -> Sequence[Pulse]:
        return [_to_pulse(row) for row in self._connection.execute(_PULSES, {"cohort_id": cohort_id})]


def _to_sessions(rows: Iterable[Row[Any]]) -> list[Session]:
    return [_to_session(list(attendances)) for _, attendances in groupby(rows, key=attrgetter("id"))]


def _to_session(rows: Sequence[Row[Any]]) -> Session:
    row = rows[0]
    return Session(
        id=row.id,
        cohort_id=row.cohort_id,
        pairing_id=row.pairing_id,
        format=row.format,
        topic_ids=tuple(row.topic_ids),
        state=row.state,
        starts_at=row.starts_at,
        minutes=row.minutes,
        attendances=tuple(
            Attendance(person_id=attendance.person_id, role=attendance.role, attended=attendance.attended)
            for attendance in rows
        ),
        planned_by=row.planned_by,
        place=row.place,
        sequence=row.sequence,
        tried=row.tried,
        next_try=row.next_try,
        logged_by=row.logged_by,
        logged_at=row.logged_at,
        cancelled_by=row.cancelled_by,
        cancelled_at=row.cancelled_at,
    )


def _from_session(session: Session) -> dict[str, Any]:
    return {
        "id": session.id,
        "cohort_id": session.cohort_id,
        "pairing_id": session.pairing_id,
        "format": session.format,
        "topic_ids": list(session.topic_ids),
        "state": session.state,
        "starts_at": session.starts_at,
        "minutes": session.minutes,
        "planned_by": session.planned_by,
        "place": session.place,
        "sequence": session.sequence,
        "tried": session.tried,
        "next_try": session.next_try,
        "logged_by": session.logged_by,
        "logged_at": session.logged_at,
        "cancelled_by": session.cancelled_by,
        "cancelled_at": session.cancelled_at,
    }


def _from_attendances(session: Session) -> list[dict[str, Any]]:
    return [
        {
            "session_id": session.id,
            "person_id": attendance.person_id,
            "position": position,
            "role": attendance.role,
            "attended": attendance.attended,
        }
        for position, attendance in enumerate(session.attendances)
    ]


def _to_pulse(row: Row[Any]) -> Pulse:
    return Pulse(
        session_id=row.session_id,
        person_id=row.person_id,
        role=row.role,
        answered_at=row.answered_at,
        useful=row.useful,
        at_ease=row.at_ease,
        reuse=row.reuse,
        could_say=row.could_say,
        learned=row.learned,
    )


def _from_pulse(pulse: Pulse) -> dict[str, Any]:
    return {
        "session_id": pulse.session_id,
        "person_id": pulse.person_id,
        "role": pulse.role,
        "answered_at": pulse.answered_at,
        "useful": pulse.useful,
        "at_ease": pulse.at_ease,
        "reuse": pulse.reuse,
        "could_say": pulse.could_say,
        "learned": pulse.learned,
    }
