"""Insight cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from bot.domain.insights import Insight
from storage.statements import found, saved
from storage.tables import InsightRow

_GET = select(InsightRow).where(InsightRow.id == bindparam("id"))
_IN_COHORT = (
    select(InsightRow)
    .where(InsightRow.cohort_id == bindparam("cohort_id"))
    .order_by(InsightRow.offered_at, InsightRow.id)
)
_ADD = insert(InsightRow)
_SAVE = update(InsightRow).where(InsightRow.id == bindparam("insight_id"))


class SqlInsights:
    """``bot.ports.Insights``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, insight: Insight) -> None:
        self._connection.execute(_ADD, _from_insight(insight))

    def get(self, insight_id: str) -> Insight:
        return _to_insight(found(self._connection.execute(_GET, {"id": insight_id}).one_or_none()))

    def save(self, insight: Insight) -> None:
        saved(self._connection.execute(_SAVE, {"insight_id": insight.id, **_from_insight(insight)}))

    def in_cohort(self, cohort_id: str) -> Sequence[Insight]:
        return [_to_insight(row) for row in self._connection.execute(_IN_COHORT, {"cohort_id": cohort_id})]


def _to_insight(row: Row[Any]) -> Insight:
    return Insight(
        id=row.id,
        cohort_id=row.cohort_id,
        session_id=row.session_id,
        text=row.text,
        state=row.state,
        offered_by=row.offered_by,
        offered_at=row.offered_at,
        agreed_at=row.agreed_at,
    )


def _from_insight(insight: Insight) -> dict[str, Any]:
    return {
        "id": insight.id,
        "cohort_id": insight.cohort_id,
        "session_id": insight.session_id,
        "text": insight.text,
        "state": insight.state,
        "offered_by": insight.offered_by,
        "offered_at": insight.offered_at,
        "agreed_at": insight.agreed_at,
    }
