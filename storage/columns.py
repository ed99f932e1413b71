"""Column types: what our values become in SQLite and in PostgreSQL, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""Plain data that is read and written whole. None is SQL's NULL."""


class Instant(TypeDecorator[datetime]):
    """A moment, aware and in UTC on our side; a naive one is refused.

    PostgreSQL keeps it with its zone. SQLite keeps text of one fixed form in UTC, so that text order is time order.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class WordSet(TypeDecorator[frozenset[str]]):
    """A small set of words, kept as a sorted JSON list so that equal sets are equal rows."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else JSON())

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], frozenset[str] | None] | None:
        if dialect.name == "postgresql":
            return super().result_processor(dialect, coltype)
        # SQLite hands JSON over as text, and a cohort's thousands of sets are the same few.
        return lambda text: None if text is None else _words(text)

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> list[str] | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else sorted(str(word) for word in value)

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> frozenset[str] | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else frozenset(value)


@lru_cache(maxsize=4_096)
def _words(text: str) -> frozenset[str]:
    return frozenset(json.loads(text))
