"""Backups: made whole, verified before they count, and put back whole.

A backup is one SQLite file, whichever database it was made from: it needs no other program, and what was backed up
from one database can be restored into the other.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, delete, insert, select, text

from storage.engine import PATIENCE, Engines, StorageError, explained
from storage.tables import BaseRow

BATCH = 1_000
"""Rows copied at once."""
VERSION_TABLE = "alembic_version"


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

    The copy is compact: what was deleted is not in it.
    """
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    try:
        with explained():
            rows = _vacuum(engines, engines.path, unfinished) if engines.path else _export(engines, unfinished)
        _sync(unfinished)
        if problems := _verify(unfinished, rows):
            raise StorageError(f"the backup failed its verification and was thrown away: {'; '.join(problems)}")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync(path.parent)
    return Backup(path=path, size=path.stat().st_size, rows=rows)


def restore(engines: Engines, path: Path) -> Backup:
    """Verify the backup at *path*, then put it in place of the database in one transaction; raise StorageError.

    Other processes that have the database open see either what was there before or all of the backup.
    """
    rows = _read_backup(path)
    try:
        with explained(), engines.turn.taken():
            if engines.path:
                _overwrite(path, engines.path)
            else:
                _import(engines, path)
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


def _vacuum(engines: Engines, live: Path, copy: Path) -> dict[str, int]:
    # VACUUM cannot run inside a transaction, so that one connection keeps writers out while another copies.
    with engines.turn.taken(), engines.writer.connect() as writer, writer.begin(), _connected(live) as source:
        rows = _count_rows(source)
        source.execute("VACUUM INTO ?", (str(copy),))
    return rows


def _export(engines: Engines, copy: Path) -> dict[str, int]:
    with engines.reader.connect() as source, _file_engine(copy).begin() as target:
        _upgrade(target)
        return {VERSION_TABLE: 1, **_copy_rows(source, target)}


def _overwrite(path: Path, live: Path) -> None:
    with _connected(path, only_read=True) as source, _connected(live) as target:
        source.backup(target)
        target.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _import(engines: Engines, path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="tandem-restore-") as folder:
        # The backup may be of an older program, and is brought up to date on a copy.
        engine = _file_engine(Path(shutil.copy(path, folder)))
        with engine.begin() as source, engines.writer.connect() as target, target.begin():
            _upgrade(source)
            _upgrade(target)
            for table in reversed(BaseRow.metadata.sorted_tables):
                target.execute(delete(table))
            _copy_rows(source, target)
            _number_on(target)


def _upgrade(connection: Connection) -> None:
    from storage.migrations.runner import upgrade  # late, because it imports Alembic

    upgrade(connection)


def _copy_rows(source: Connection, target: Connection) -> dict[str, int]:
    copied: dict[str, int] = {}
    for table in BaseRow.metadata.sorted_tables:
        copied[table.name] = 0
        for rows in source.execution_options(yield_per=BATCH).execute(select(table)).mappings().partitions():
            target.execute(insert(table), [dict(row) for row in rows])
            copied[table.name] += len(rows)
    return copied


def _number_on(connection: Connection) -> None:
    """Let PostgreSQL number new rows after those that came with a number."""
    for table in BaseRow.metadata.sorted_tables:
        for column in table.columns:
            if column.identity is not None:
                connection.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'),"  # noqa: S608 (ours)
                        f" coalesce(max({column.name}), 1), max({column.name}) IS NOT NULL) FROM {table.name}"
                    )
                )


def _file_engine(path: Path) -> Engine:
    return create_engine(f"sqlite:///{path}", poolclass=NullPool)


def _read_backup(path: Path) -> dict[str, int]:
    """Return the number of rows of each table; raise StorageError unless the backup is whole and one of ours."""
    if not path.is_file():
        raise StorageError(f"there is no backup at {path}")
    try:
        with _connected(path, only_read=True) as connection:
            rows, problems = _count_rows(connection), _problems(connection)
    except sqlite3.DatabaseError as error:
        raise StorageError(f"{path} cannot be restored: {error}") from error
    if VERSION_TABLE not in rows:
        problems += ("it is not a database of this program",)
    if problems:
        raise StorageError(f"{path} cannot be restored: {'; '.join(problems)}")
    return rows


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


@contextmanager
def _connected(path: Path, *, only_read: bool = False) -> Iterator[sqlite3.Connection]:
    mode = "ro" if only_read else "rwc"
    with closing(
        sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=PATIENCE, isolation_level=None)
    ) as connection:
        yield connection


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
