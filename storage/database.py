"""The database as the rest of the program sees it: units of work, migrations, backups, a check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, inspect, select, text

from bot.domain.catalogue import CATALOGUE
from storage import backups
from storage.engine import Engines, StorageError, explained
from storage.topics import seed_topics
from storage.unit import SqlUnitOfWork

if TYPE_CHECKING:
    from bot.ports import UnitOfWork

HEAD = "0006"
"""The newest migration. Said here so that a start on a database that is there already need not import Alembic."""
CLOCK_MAY_DIFFER = timedelta(seconds=5)
"""How far this machine's clock and the database server's may be apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What ``doctor`` wants to know. ``version`` is None for a database that was never migrated."""

    version: str | None
    expected: str
    problems: tuple[str, ...]


class SqlStorage:
    """``bot.ports.Storage`` on SQLite or PostgreSQL."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """Open a unit of work for reading and writing, as the one writer.

        Raises ChangedSince where another writer was quicker to take something unique.
        """
        with self._engines.turn.taken(), self._engines.writer.connect() as connection:
            connection.begin()
            yield SqlUnitOfWork(connection, writes=True)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a unit of work on one unchanging picture of what was committed before; it waits for no writer."""
        with self._engines.reader.connect() as connection:
            yield SqlUnitOfWork(connection, writes=False)

    def migrate(self) -> None:
        """Bring the schema up to date, one process at a time; a new database gets the catalogue of topics.

        Raises StorageError when it cannot be reached, or when a newer program has migrated it further.
        """
        with explained():
            with self._engines.reader.connect() as connection:
                if _version(connection) == HEAD:
                    return
            from storage.migrations.runner import upgrade

            with self._engines.turn.taken(), self._engines.writer.connect() as connection, connection.begin():
                # Another process may have done it while this one waited; then there is nothing left to upgrade.
                upgrade(connection)
                seed_topics(connection, CATALOGUE)

    def clock_problem(self, now: datetime) -> str | None:
        """Return what is wrong where *now* is far from the database server's clock, in words for the operator.

        Copies on several machines take each other's leases to end by their own clocks.
        """
        if self._engines.path:
            return None
        with explained(), self._engines.reader.connect() as connection:
            server: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        differs = now - server
        if abs(differs) <= CLOCK_MAY_DIFFER:
            return None
        return (
            f"this machine's clock differs from the database server's by {differs.total_seconds():.0f} s: "
            "set both by NTP, since two copies could send the same message"
        )

    def check(self) -> Check:
        """Return the schema's version and what is wrong with the database, in words for the operator."""
        try:
            with explained(), self._engines.reader.connect() as connection:
                version = _version(connection)
        except StorageError as error:
            return Check(version=None, expected=HEAD, problems=(str(error),))
        problems = backups.integrity_problems(self._engines.path) if self._engines.path else ()
        if version != HEAD:
            problems += (f"the schema is at version {version or 'none'}, this program needs {HEAD}: run migrate",)
        return Check(version=version, expected=HEAD, problems=problems)

    def backup(self, path: Path) -> backups.Backup:
        """Write a verified copy of the database to *path*, replacing what was there; raise StorageError."""
        return backups.backup(self._engines, path)

    def restore(self, path: Path) -> backups.Backup:
        """Put the backup at *path* in place of everything there is, then migrate it; raise StorageError."""
        restored = backups.restore(self._engines, path)
        self.migrate()
        return restored

    def close(self) -> None:
        """Close every connection."""
        self._engines.dispose()


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
