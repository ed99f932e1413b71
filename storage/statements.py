"""What the repositories share: inserts that yield to what is there, and reading by many keys.

Statements are built once, at import or at first use: building one costs several times what running it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, cast

from sqlalchemy import CompoundSelect, Connection, CursorResult, Row, Select
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import NotFound
from storage.tables import BaseRow

Columns = Mapping[str, Any]
"""Column → value of one row."""

MOST_VALUES = 10_000
"""How many values go in one IN list; SQLite takes 32,766 parameters, PostgreSQL 65,535."""


def _insert(dialect: str, row: type[BaseRow]) -> sqlite.Insert:
    # Both dialects spell ON CONFLICT alike, in two unrelated classes.
    build = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect]
    return cast("Callable[[type[BaseRow]], sqlite.Insert]", build)(row)


@cache
def _insert_new(dialect: str, row: type[BaseRow], unique: tuple[str, ...]) -> sqlite.Insert:
    statement = _insert(dialect, row).on_conflict_do_nothing(index_elements=unique)
    # Without it SQLAlchemy forgets on PostgreSQL how many rows an insert met.
    return statement.execution_options(preserve_rowcount=True)


@cache
def _insert_or_replace(dialect: str, row: type[BaseRow], unique: tuple[str, ...]) -> sqlite.Insert:
    statement = _insert(dialect, row)
    replaced = {
        column.name: statement.excluded[column.name] for column in row.__table__.columns if column.name not in unique
    }
    return statement.on_conflict_do_update(index_elements=unique, set_=replaced)


def insert_new(
    connection: Connection, row: type[BaseRow], values: Columns | Sequence[Columns], *, unique: tuple[str, ...]
) -> int:
    """Insert what has a new *unique* and leave the others as they are; return how many were new (of one row)."""
    return execute(connection, _insert_new(connection.dialect.name, row, unique), values).rowcount


def insert_or_replace(
    connection: Connection, row: type[BaseRow], values: Columns | Sequence[Columns], *, unique: tuple[str, ...]
) -> None:
    """Insert, or replace every other column where *unique* is there already."""
    execute(connection, _insert_or_replace(connection.dialect.name, row, unique), values)


def execute(connection: Connection, statement: Any, values: Columns | Sequence[Columns]) -> CursorResult[Any]:
    """Run a statement for one row or for many."""
    return connection.execute(statement, values)


def found(row: Row[Any] | None) -> Row[Any]:
    """Return *row*; raise NotFound for None."""
    if row is None:
        raise NotFound
    return row


def saved(result: CursorResult[Any], *, rows: int = 1) -> None:
    """Raise NotFound unless the update met that many rows."""
    if result.rowcount != rows:
        raise NotFound


def rows_in(
    connection: Connection, statement: Select[Any] | CompoundSelect[Any], values: Iterable[str], **others: object
) -> Iterator[Row[Any]]:
    """Yield the rows of *statement* for all *values* of its expanding parameter ``values``."""
    remaining = iter(dict.fromkeys(values))
    while batch := list(islice(remaining, MOST_VALUES)):
        yield from connection.execute(statement, {"values": batch, **others})
