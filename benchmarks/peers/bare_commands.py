"""The least a Bolt app can do with a command: put it on disk in SQLite, then ack.

Its argument says how: ``plain`` with Python's own driver and SQLite's own settings, as it comes; ``sqlite3`` the same
with a write-ahead log; ``sqlalchemy`` with one of SQLAlchemy's sessions on that.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

Keep = Callable[[str, str], None]


def plainly() -> Keep:
    """Return what keeps a row in a SQLite nobody has tuned."""
    return _keep_with(sqlite3.connect("bare.db", isolation_level=None, check_same_thread=False))


def by_sqlite3() -> Keep:
    """Return what keeps a row at the least cost SQLite has for it."""
    db = sqlite3.connect("bare.db", isolation_level=None, check_same_thread=False)
    _settle(db)
    return _keep_with(db)


def _keep_with(db: sqlite3.Connection) -> Keep:
    db.execute("CREATE TABLE logs (id INTEGER PRIMARY KEY, user_id TEXT, text TEXT)")
    writing = threading.Lock()

    def keep(user_id: str, text: str) -> None:
        with writing:
            db.execute("INSERT INTO logs (user_id, text) VALUES (?, ?)", (user_id, text))

    return keep


class _Base(DeclarativeBase):
    pass


class _Log(_Base):
    __tablename__ = "logs"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str]
    text: Mapped[str]


def by_sqlalchemy() -> Keep:
    """Return what keeps a row as SQLAlchemy's tutorial does."""
    engine = create_engine("sqlite:///bare.db")
    event.listen(engine, "connect", lambda connection, _: _settle(connection))
    _Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)

    def keep(user_id: str, text: str) -> None:
        with sessions.begin() as db:
            db.add(_Log(user_id=user_id, text=text))

    return keep


def _settle(db: sqlite3.Connection) -> None:
    # The same promise as Tandem's, that an answered command is on disk.
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")


def main() -> None:
    """Connect, answer `/tandem` until ended."""
    api = os.environ["SLACK_API_URL"]
    app = App(
        client=WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=api),
        process_before_response=True,
    )
    keep = {"plain": plainly, "sqlite3": by_sqlite3, "sqlalchemy": by_sqlalchemy}[sys.argv[1]]()

    @app.command("/tandem")
    def log(ack: Ack, command: dict[str, Any]) -> None:
        keep(command["user_id"], command["text"])
        ack("Logged.")

    app_token = os.environ["SLACK_APP_TOKEN"]
    handler = SocketModeHandler(app, app_token, web_client=WebClient(token=app_token, base_url=api))
    handler.connect()  # type: ignore[no-untyped-call]
    signal.pause()


if __name__ == "__main__":
    main()
