"""Cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from bot.domain.cohorts import Cohort, CohortFigures, CohortState
from bot.domain.pairings import PairingState
from bot.domain.participants import ParticipantState
from bot.domain.people import Role
from bot.domain.sessions import SessionState
from storage.statements import found, saved
from storage.tables import AttendanceRow, CohortRow, PairingRow, ParticipantRow, SessionRow, word

_OPEN = select(CohortRow).where(CohortRow.state == word(CohortState.OPEN))
_GET = select(CohortRow).where(CohortRow.id == bindparam("id"))
_ALL = select(CohortRow).order_by(CohortRow.starts_on.desc(), CohortRow.id)
_ENROLLED = (
    select(
        ParticipantRow.roles,
        ParticipantRow.state,
        ParticipantRow.waiting_since.is_not(None).label("waiting"),
        func.count().label("people"),
    )
    .where(ParticipantRow.cohort_id == bindparam("id"), ParticipantRow.state != word(ParticipantState.LEFT))
    .group_by(ParticipantRow.roles, ParticipantRow.state, ParticipantRow.waiting_since.is_not(None))
)
_PAIRINGS = select(func.count()).where(
    PairingRow.cohort_id == bindparam("id"), PairingRow.state == word(PairingState.ACTIVE)
)
_HELD = select(func.count()).where(SessionRow.cohort_id == bindparam("id"), SessionRow.state == word(SessionState.HELD))
_COACHED = (
    select(func.count(AttendanceRow.person_id.distinct()))
    .join(SessionRow, SessionRow.id == AttendanceRow.session_id)
    .where(
        SessionRow.cohort_id == bindparam("id"),
        SessionRow.state == word(SessionState.HELD),
        AttendanceRow.role == word(Role.MENTEE),
    )
)
_ADD = insert(CohortRow)
_SAVE = update(CohortRow).where(CohortRow.id == bindparam("cohort_id"))


class SqlCohorts:
    """``bot.ports.Cohorts``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self) -> Cohort | None:
        row = self._connection.execute(_OPEN).one_or_none()
        return _to_cohort(row) if row else None

    def get(self, cohort_id: str) -> Cohort:
        return _to_cohort(found(self._connection.execute(_GET, {"id": cohort_id}).one_or_none()))

    def all(self) -> Sequence[Cohort]:
        return [_to_cohort(row) for row in self._connection.execute(_ALL)]

    def figures(self, cohort: Cohort) -> CohortFigures:
        of = {"id": cohort.id}
        enrolled = self._connection.execute(_ENROLLED, of).all()
        return CohortFigures(
            cohort=cohort,
            mentors=sum(row.people for row in enrolled if Role.MENTOR in row.roles),
            mentees=sum(row.people for row in enrolled if Role.MENTEE in row.roles),
            paused=sum(row.people for row in enrolled if row.state is ParticipantState.PAUSED),
            waiting=sum(
                row.people
                for row in enrolled
                if Role.MENTEE in row.roles and row.waiting and row.state is ParticipantState.ACTIVE
            ),
            pairings=self._connection.execute(_PAIRINGS, of).scalar_one(),
            sessions_held=self._connection.execute(_HELD, of).scalar_one(),
            coached=self._connection.execute(_COACHED, of).scalar_one(),
        )

    def add(self, cohort: Cohort) -> None:
        self._connection.execute(_ADD, _from_cohort(cohort))

    def save(self, cohort: Cohort) -> None:
        saved(self._connection.execute(_SAVE, {"cohort_id": cohort.id, **_from_cohort(cohort)}))


def _to_cohort(row: Row[Any]) -> Cohort:
    return Cohort(
        id=row.id,
        name=row.name,
        state=row.state,
        enrol_until=row.enrol_until,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        format=row.format,
        cadence_weeks=row.cadence_weeks,
        sessions_planned=row.sessions_planned,
        goal=row.goal,
    )


def _from_cohort(cohort: Cohort) -> dict[str, Any]:
    return {
        "id": cohort.id,
        "name": cohort.name,
        "state": cohort.state,
        "enrol_until": cohort.enrol_until,
        "starts_on": cohort.starts_on,
        "ends_on": cohort.ends_on,
        "format": cohort.format,
        "cadence_weeks": cohort.cadence_weeks,
        "sessions_planned": cohort.sessions_planned,
        "goal": cohort.goal,
    }
