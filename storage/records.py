"""The small books: what was processed, who did what, settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from bot.domain.audit import AuditEntry
from storage.statements import insert_new, insert_or_replace
from storage.tables import AuditRow, ProcessedRow, SettingRow

_ADD_ENTRY = insert(AuditRow)
_LATEST_ENTRIES = select(AuditRow).order_by(AuditRow.seq.desc()).limit(bindparam("limit"))
_SETTING = select(SettingRow.value).where(SettingRow.key == bindparam("key"))


class SqlProcessed:
    """``bot.ports.Processed``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def first_time(self, key: str, *, now: datetime) -> bool:
        return insert_new(self._connection, ProcessedRow, {"key": key, "at": now}, unique=("key",)) == 1


class SqlAudit:
    """``bot.ports.Audit``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entry: AuditEntry) -> None:
        self._connection.execute(_ADD_ENTRY, _from_entry(entry))

    def latest(self, *, limit: int) -> Sequence[AuditEntry]:
        return [_to_entry(row) for row in self._connection.execute(_LATEST_ENTRIES, {"limit": limit})]


class SqlSettings:
    """``bot.ports.Settings``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, key: str) -> Any | None:
        return self._connection.execute(_SETTING, {"key": key}).scalar_one_or_none()

    def put(self, key: str, value: Any) -> None:
        insert_or_replace(self._connection, SettingRow, {"key": key, "value": value}, unique=("key",))


def _to_entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(at=row.at, person_id=row.person_id, action=row.action, resource=row.resource, outcome=row.outcome)


def _from_entry(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "person_id": entry.person_id,
        "action": entry.action,
        "resource": entry.resource,
        "outcome": entry.outcome,
    }
