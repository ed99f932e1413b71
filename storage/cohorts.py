"""Cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from bot.domain.cohorts import Cohort, CohortState
from storage.statements import found, saved
from storage.tables import CohortRow, word

_OPEN = select(CohortRow).where(CohortRow.state == word(CohortState.OPEN))
_GET = select(CohortRow).where(CohortRow.id == bindparam("id"))
_ALL = select(CohortRow).order_by(CohortRow.starts_on.desc(), CohortRow.id)
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
