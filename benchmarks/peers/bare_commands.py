"""The least a Bolt app can do with a command: put it on disk in SQLite, then ack."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient


def main() -> None:
    """Connect, answer `/tandem` until ended."""
    api = os.environ["SLACK_API_URL"]
    app = App(
        client=WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=api),
        process_before_response=True,
    )
    # The same promise as Tandem's, that an answered command is on disk, at the least cost SQLite has for it.
    db = sqlite3.connect("bare.db", isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE logs (id INTEGER PRIMARY KEY, user_id TEXT, text TEXT)")
    writing = threading.Lock()

    @app.command("/tandem")
    def log(ack: Ack, command: dict[str, Any]) -> None:
        with writing:
            db.execute("INSERT INTO logs (user_id, text) VALUES (?, ?)", (command["user_id"], command["text"]))
        ack("Logged.")

    app_token = os.environ["SLACK_APP_TOKEN"]
    handler = SocketModeHandler(app, app_token, web_client=WebClient(token=app_token, base_url=api))
    handler.connect()  # type: ignore[no-untyped-call]
    signal.pause()


if __name__ == "__main__":
    main()
