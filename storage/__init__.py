"""SQLAlchemy behind bot.ports: engine, tables, repositories and migrations."""

from __future__ import annotations

from storage.backups import Backup
from storage.database import Check, SqlStorage
from storage.engine import StorageError, open_engines

__all__ = ["Backup", "Check", "SqlStorage", "StorageError", "open_storage"]


def open_storage(database_url: str) -> SqlStorage:
    """Open ``sqlite:///path``, making its folder, or ``postgresql+psycopg://…``; raise StorageError for another."""
    return SqlStorage(open_engines(database_url))
