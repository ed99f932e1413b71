"""Backups of a SQLite database: made whole, verified before they count, and put back whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.engine import PATIENCE, Engines, StorageError

POSTGRESQL = (
    "this is a PostgreSQL database: back it up with `pg_dump --format=custom --file=FILE`"
    " and restore it with `pg_restore --clean --if-exists FILE`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that was verified. ``rows`` maps each table to its number of rows; ``size`` is in bytes."""

    path: Path
    size: int
    rows: Mapping[str, int]

    def __str__(self) -> str:
        return f"{self.path}: {sum(self.rows.values())} rows in {len(self.rows)} tables, {self.size} bytes, verified"


def backup(engines: Engines, path: Path) -> Backup:
    """Copy the database to *path*, verify the copy, and only then let it take the name; raise StorageError.

    The copy is compact: what was deleted is not in it. Writers wait until it is made, so that it can be compared.
    """
    live = _file(engines)
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    with engines.writer.connect() as writer, writer.begin(), _connected(live) as source:
        # VACUUM cannot run inside a transaction, so that one connection keeps writers out while another copies.
        expected = _count_rows(source)
        source.execute("VACUUM INTO ?", (str(unfinished),))
    _sync(unfinished)
    if problems := _verify(unfinished, expected):
        unfinished.unlink()
        raise StorageError(f"the backup failed its verification and was thrown away: {'; '.join(problems)}")
    unfinished.replace(path)
    _sync(path.parent)
    return Backup(path=path, size=path.stat().st_size, rows=expected)


def restore(engines: Engines, path: Path) -> Backup:
    """Verify the backup at *path*, then put it in place of the database in one transaction; raise StorageError.

    Other processes that have the database open see either what was there before or all of the backup.
    """
    live = _file(engines)
    if not path.is_file():
        raise StorageError(f"there is no backup at {path}")
    try:
        with _connected(path, only_read=True) as source:
            rows = _count_rows(source)
            problems = _problems(source)
            if "alembic_version" not in rows:
                problems += ("it is not a database of this program",)
            if problems:
                raise StorageError(f"{path} cannot be restored: {'; '.join(problems)}")
            with _connected(live) as target:
                source.backup(target)
                target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError as error:
        raise StorageError(f"{path} cannot be restored: {error}") from error
    return Backup(path=path, size=path.stat().st_size, rows=rows)


def integrity_problems(path: Path) -> tuple[str, ...]:
    """Return what is damaged in the SQLite file at *path*, in SQLite's own words."""
    try:
        with _connected(path, only_read=True) as connection:
            return _problems(connection)
    except sqlite3.DatabaseError as error:
        return (str(error),)


def _file(engines: Engines) -> Path:
    if engines.path is None:
        raise StorageError(POSTGRESQL)
    return engines.path


@contextmanager
def _connected(path: Path, *, only_read: bool = False) -> Iterator[sqlite3.Connection]:
    mode = "ro" if only_read else "rwc"
    with closing(
        sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None)
    ) as connection:
        yield connection


def _verify(path: Path, expected: Mapping[str, int]) -> tuple[str, ...]:
    with _connected(path, only_read=True) as copy:
        rows = _count_rows(copy)
        counts = tuple(
            f"{table} has {rows.get(table)} rows instead of {count}"
            for table, count in expected.items()
            if rows.get(table) != count
        )
        return counts + _problems(copy)


def _problems(connection: sqlite3.Connection) -> tuple[str, ...]:
    said = [line for (line,) in connection.execute("PRAGMA integrity_check") if line != "ok"]
    orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    said += [f"{table} refers to a row of {parent} that is not there" for table, _, parent, _ in orphans]
    return tuple(said)


def _count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    names = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 (a table's own name)
        for name in names
        if not name.startswith("sqlite_")
    }


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
