"""What people say at the end of a cohort, and of what they do a month after their last session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from bot.domain.surveys import CloseAnswer, Usage
from bot.domain.topics import Use
from storage.statements import insert_or_replace, rows_in
from storage.tables import CloseAnswerRow, UsageRow

_ANSWERS_OF = (
    select(CloseAnswerRow)
    .where(CloseAnswerRow.person_id.in_(bindparam("values", expanding=True)))
    .order_by(CloseAnswerRow.person_id, CloseAnswerRow.cohort_id)
)
_ANSWERS_IN_COHORT = (
    select(CloseAnswerRow)
    .where(CloseAnswerRow.cohort_id == bindparam("cohort_id"))
    .order_by(CloseAnswerRow.answered_at, CloseAnswerRow.person_id)
)
_BY_TIME = (UsageRow.answered_at, UsageRow.person_id, UsageRow.topic_id, UsageRow.asked)
_USAGES_OF = select(UsageRow).where(UsageRow.person_id.in_(bindparam("values", expanding=True))).order_by(*_BY_TIME)
_USAGES_IN_COHORT = select(UsageRow).where(UsageRow.cohort_id == bindparam("cohort_id")).order_by(*_BY_TIME)


class SqlSurveys:
    """``bot.ports.Surveys``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put_answer(self, answer: CloseAnswer) -> None:
        values = {
            "person_id": answer.person_id,
            "cohort_id": answer.cohort_id,
            "again": answer.again,
            "answered_at": answer.answered_at,
        }
        insert_or_replace(self._connection, CloseAnswerRow, values, unique=("person_id", "cohort_id"))

    def answers_of(self, person_ids: Iterable[str]) -> Sequence[CloseAnswer]:
        return [_to_answer(row) for row in rows_in(self._connection, _ANSWERS_OF, person_ids)]

    def put_usages(self, usages: Iterable[Usage]) -> None:
        values = [
            {
                "person_id": usage.person_id,
                "cohort_id": usage.cohort_id,
                "topic_id": usage.topic_id,
                "asked": usage.asked,
                "present_use": usage.use.value,
                "answered_at": usage.answered_at,
            }
            for usage in usages
        ]
        if values:
            unique = ("person_id", "cohort_id", "topic_id", "asked")
            insert_or_replace(self._connection, UsageRow, values, unique=unique)

    def usages_of(self, person_ids: Iterable[str]) -> Sequence[Usage]:
        return [_to_usage(row) for row in rows_in(self._connection, _USAGES_OF, person_ids)]

    def in_cohort(self, cohort_id: str) -> tuple[Sequence[CloseAnswer], Sequence[Usage]]:
        answers = self._connection.execute(_ANSWERS_IN_COHORT, {"cohort_id": cohort_id})
        usages = self._connection.execute(_USAGES_IN_COHORT, {"cohort_id": cohort_id})
        return [_to_answer(row) for row in answers], [_to_usage(row) for row in usages]


def _to_answer(row: Row[Any]) -> CloseAnswer:
    return CloseAnswer(person_id=row.person_id, cohort_id=row.cohort_id, again=row.again, answered_at=row.answered_at)


def _to_usage(row: Row[Any]) -> Usage:
    return Usage(
        person_id=row.person_id,
        cohort_id=row.cohort_id,
        topic_id=row.topic_id,
        asked=row.asked,
        use=Use(row.present_use),
        answered_at=row.answered_at,
    )
