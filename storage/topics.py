"""The catalogue of topics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from bot.domain.topics import Topic
from storage.statements import found, insert_or_replace
from storage.tables import TopicRow

_ALL = select(TopicRow).order_by(TopicRow.position, TopicRow.id)
_GET = select(TopicRow).where(TopicRow.id == bindparam("id"))


class SqlTopics:
    """``bot.ports.Topics``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> Sequence[Topic]:
        return [_to_topic(row) for row in self._connection.execute(_ALL)]

    def get(self, topic_id: str) -> Topic:
        return _to_topic(found(self._connection.execute(_GET, {"id": topic_id}).one_or_none()))

    def put(self, topic: Topic) -> None:
        insert_or_replace(self._connection, TopicRow, _from_topic(topic), unique=("id",))


def seed_topics(connection: Connection, catalogue: Iterable[Topic]) -> None:
    """Put *catalogue* in a database that has no topic yet."""
    if connection.execute(select(TopicRow.id).limit(1)).first() is None:
        insert_or_replace(connection, TopicRow, [_from_topic(topic) for topic in catalogue], unique=("id",))


def _to_topic(row: Row[Any]) -> Topic:
    return Topic(
        id=row.id,
        position=row.position,
        names=row.names,
        kits={language: tuple(kit) for language, kit in row.kits.items()},
        tips=row.tips,
        archived=row.archived,
    )


def _from_topic(topic: Topic) -> dict[str, Any]:
    return {
        "id": topic.id,
        "position": topic.position,
        "names": topic.names,
        "kits": {language: list(kit) for language, kit in topic.kits.items()},
        "tips": topic.tips,
        "archived": topic.archived,
    }
