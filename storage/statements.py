"""What the repositories share: inserts that yield to what is there, and reading by many keys.

Statements are built once, at import or at first use: building one costs several times what running it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import CompoundSelect, Connection, CursorResult, Row, Select, TextClause, bindparam, text

from bot.errors import NotFound
from storage.tables import BaseRow

Columns = Mapping[str, Any]
"""Column → value of one row."""

MOST_VALUES = 10_000
"""How many values go in one IN list; SQLite takes 32,766 parameters, PostgreSQL 65,535."""


@cache
def _upsert(row: type[BaseRow], unique: tuple[str, ...], *, replaces: bool, where: str = "") -> TextClause:
    # Both databases read this alike. SQLAlchemy's own ON CONFLICT is one class a dialect, and compiled at every use.
    columns = [column for column in row.__table__.columns if column.identity is None]
    names = ", ".join(f'"{column.name}"' for column in columns)
    places = ", ".join(f":{column.name}" for column in columns)
    others = (f'"{column.name}" = excluded."{column.name}"' for column in columns if column.name not in unique)
    otherwise = f"UPDATE SET {', '.join(others)}{f' WHERE {where}' if where else ''}" if replaces else "NOTHING"
    sql = (
        f"INSERT INTO {row.__tablename__} ({names}) VALUES ({places})"  # noqa: S608 (names of ours)
        f" ON CONFLICT ({', '.join(unique)}) DO {otherwise}"
    )
    return text(sql).bindparams(*(bindparam(column.name, type_=column.type) for column in columns))


def insert_new(
    connection: Connection, row: type[BaseRow], values: Columns | Sequence[Columns], *, unique: tuple[str, ...]
) -> int:
    """Insert what has a new *unique* and leave the others as they are; return how many were new."""
    return execute(connection, _upsert(row, unique, replaces=False), values).rowcount


def insert_or_replace(
    connection: Connection, row: type[BaseRow], values: Columns | Sequence[Columns], *, unique: tuple[str, ...],
    where: str = "",
) -> None:  # fmt: skip
    """Insert, or replace every other column where *unique* is there already.

    *where* is a condition in SQL on the row that is there; one that does not meet it stays as it is.
    """
    execute(connection, _upsert(row, unique, replaces=True, where=where), values)


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
    for batch in batches(values):
        yield from connection.execute(statement, {"values": batch, **others})


def batches(values: Iterable[str]) -> Iterator[list[str]]:
    """Yield *values*, each once, in lists that one statement takes."""
    remaining = iter(dict.fromkeys(values))
    while batch := list(islice(remaining, MOST_VALUES)):
        yield batch
