"""Engines: how each database is connected to, and how one writer at a time is kept to.

A unit of work reads, decides, then writes. For that to be right under concurrency, writing transactions follow one
another on both databases, from their first statement on: what one read cannot change before it commits.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from bot.errors import ChangedSince

PATIENCE = 30
"""Seconds to wait for another writer before giving up."""
OLDEST_SQLITE = (3, 35)
"""The first with RETURNING."""
POSTGRESQL_WRITER = int.from_bytes(b"tandem", "big")
"""The advisory lock of PostgreSQL's one writer."""


class StorageError(Exception):
    """The database cannot be used as it is; the text says why and what the operator can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """``writer`` begins transactions as the one writer, within ``turn``; ``reader`` cannot write and waits for nobody.

    ``path`` is SQLite's file, None for PostgreSQL.
    """

    path: Path | None
    writer: Engine
    reader: Engine
    turn: Turn

    def dispose(self) -> None:
        """Close every connection, the readers' first: the last one to leave a SQLite file tidies its log away."""
        self.reader.dispose()
        self.writer.dispose()


class Turn:
    """The right to write to one database, held by one thread of the process at a time.

    SQLite itself makes writers wait, but by polling, and before 3.51.3 two connections that write and checkpoint at
    the same instant can damage the log; on PostgreSQL each writer that waits there holds a connection. Waiting here
    costs neither.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold the turn; raise RuntimeError when this thread holds it already, StorageError when it never comes."""
        if self._owner == threading.get_ident():
            raise RuntimeError("a unit of work was begun inside another: it would wait for itself")
        if not self._lock.acquire(timeout=PATIENCE):
            raise StorageError(f"another thread has been writing for {PATIENCE} s")
        self._owner = threading.get_ident()
        try:
            yield
        finally:
            self._owner = None
            self._lock.release()


@contextmanager
def explained() -> Iterator[None]:
    """Turn what a driver says of a database that cannot be used into a StorageError."""
    try:
        yield
    except DBAPIError as error:
        raise StorageError(f"the database cannot be used: {error.orig}") from error


_turns: dict[Path, Turn] = {}
_turns_lock = threading.Lock()


def open_engines(database_url: str) -> Engines:
    """Prepare to connect to ``sqlite:///path`` or ``postgresql+psycopg://…``; raise StorageError for another URL.

    The SQLite file and its folder are made. No connection is opened yet.
    """
    try:
        url = make_url(database_url)
    except ArgumentError:
        # Its own message repeats the address, which may hold a password.
        raise StorageError("DATABASE_URL is not an address; for example sqlite:///data/tandem.db") from None
    if url.drivername in {"sqlite", "sqlite+pysqlite"}:
        return _sqlite(url)
    if url.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return _postgresql(url.set(drivername="postgresql+psycopg"))
    raise StorageError(f"DATABASE_URL begins with {url.drivername!r}; it can be sqlite:/// or postgresql+psycopg://")


def _sqlite(url: URL) -> Engines:
    if not url.database or url.database == ":memory:":
        raise StorageError("DATABASE_URL names no file; for example sqlite:///data/tandem.db")
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StorageError(f"this Python has SQLite {sqlite3.sqlite_version}; Tandem needs SQLite 3.35 or PostgreSQL")
    path = Path(url.database).resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # What people wrote is for the program alone to read; SQLite gives its log the same rights as this file.
        path.touch(mode=0o600)
    except OSError as error:
        raise StorageError(f"the database's file cannot be made: {error}") from error
    url = url.set(database=str(path))
    # Connections change threads, one holder at a time.
    arguments = {"check_same_thread": False, "timeout": PATIENCE, "isolation_level": None}
    writer = create_engine(url, connect_args=arguments, poolclass=QueuePool, pool_size=1, max_overflow=0)
    reader = create_engine(url, connect_args=arguments, poolclass=QueuePool, pool_size=4, max_overflow=28)
    event.listen(writer, "connect", _prepare_sqlite)
    event.listen(reader, "connect", _prepare_sqlite)
    event.listen(reader, "connect", _refuse_sqlite_writes)
    event.listen(writer, "begin", _begin_sqlite_writer)
    event.listen(reader, "begin", _begin_sqlite_reader)
    event.listen(writer, "handle_error", _say_conflict, retval=True)
    with _turns_lock:
        turn = _turns.setdefault(path, Turn())
    return Engines(path=path, writer=writer, reader=reader, turn=turn)


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    _write_ahead(connection)
    # A commit is on disk when it returns.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _write_ahead(connection: sqlite3.Connection) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError:
            # Turning a new file to write-ahead does not honour the busy timeout when several processes do it at once.
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.01)
        else:
            if mode != "wal":
                raise StorageError("this folder cannot hold SQLite's write-ahead log; is it on a network drive?")
            return


def _refuse_sqlite_writes(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA query_only = ON")


def _begin_sqlite_writer(connection: Connection) -> None:
    # A deferred transaction that reads, then writes, fails or overwrites when another wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_sqlite_reader(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN DEFERRED")


def _postgresql(url: URL) -> Engines:
    writer = create_engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True)
    reader = create_engine(url, pool_size=4, max_overflow=12, pool_pre_ping=True)
    event.listen(writer, "connect", _prepare_postgresql_writer)
    event.listen(reader, "connect", _prepare_postgresql_reader)
    event.listen(writer, "begin", _begin_postgresql_writer)
    event.listen(writer, "handle_error", _say_conflict, retval=True)
    return Engines(path=None, writer=writer, reader=reader, turn=Turn())


def _prepare_postgresql_writer(connection: Any, _record: Any) -> None:
    # A process that is stopped while it holds the writer's lock must not stop the others for ever.
    _set_up(connection, f"SET lock_timeout = '{PATIENCE}s'", "SET idle_in_transaction_session_timeout = '60s'")


def _prepare_postgresql_reader(connection: Any, _record: Any) -> None:
    _set_up(connection, "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _set_up(connection: Any, *statements: str) -> None:
    for statement in statements:
        connection.execute(statement)
    connection.commit()


def _begin_postgresql_writer(connection: Connection) -> None:
    # Every statement after this one sees what the writer before has committed. Released with the transaction.
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({POSTGRESQL_WRITER})")


def _say_conflict(context: ExceptionContext) -> ChangedSince | None:
    error = context.original_exception
    unique = {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
    if getattr(error, "sqlite_errorname", None) in unique or getattr(error, "sqlstate", None) == "23505":
        return ChangedSince()
    return None
