"""What is answered in a row of a message leaves what was answered in its other rows meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from bot.locales import Texts, escape
from bot.views import blocks, notices
from handlers import replies

DM, TS = "D1", "1803891600.000100"
MOMENT = 0.2
"""Seconds within which an unhindered answer is written."""


class Slack:
    """A client and a response URL over one message; *on_first_read* is called before the first reading returns."""

    def __init__(self, shown: list[blocks.Block]) -> None:
        self.shown = shown
        self.on_first_read: Callable[[], None] = lambda: None

    def conversations_history(self, **_: Any) -> dict[str, Any]:
        read = {"messages": [{"ts": TS, "blocks": self.shown}]}
        then, self.on_first_read = self.on_first_read, lambda: None
        then()
        return read

    def respond(self, message: dict[str, Any]) -> None:
        self.shown = message["blocks"]


def test_of_two_rows_pressed_at_once_both_are_answered() -> None:
    t = Texts("en", "UTC")
    button = blocks.button("Plan", "plan")
    ana, bob = (blocks.row(name, blocks.section(escape(name), accessory=button)) for name in ("ana", "bob"))
    rows = [*ana, *bob]
    slack = Slack(rows)

    def press(name: str) -> None:
        body = {
            "channel": {"id": DM}, "message": {"ts": TS, "blocks": rows}, "response_url": "https://example.com",
            "actions": [{"block_id": f"{name}::0"}],
        }  # fmt: skip
        answer = notices.sentence(escape(f"{name} answered"))
        replies.replace_row(body, slack, slack.respond, t, answer)  # type: ignore[arg-type]

    other = threading.Thread(target=press, args=("bob",))

    def meanwhile() -> None:
        other.start()
        other.join(MOMENT)

    slack.on_first_read = meanwhile
    press("ana")
    other.join()
    assert [block["text"]["text"] for block in slack.shown] == ["ana answered", "bob answered"]


def test_a_press_does_not_wait_for_a_slow_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "PATIENCE_SECONDS", 0.05)
    rows = blocks.row("ana", blocks.section(escape("ana"), accessory=blocks.button("Plan", "plan")))
    slack, over = Slack(rows), threading.Event()

    def wait_for_it() -> None:
        over.wait(10)

    slack.on_first_read = wait_for_it
    body = {
        "channel": {"id": DM}, "message": {"ts": TS, "blocks": rows}, "response_url": "https://example.com",
        "actions": [{"block_id": "ana::0"}],
    }  # fmt: skip
    answer = notices.sentence(escape("answered"))
    try:
        replies.replace_row(body, slack, slack.respond, Texts("en", "UTC"), answer)  # type: ignore[arg-type]
        assert not over.is_set()
        assert [block["text"]["text"] for block in slack.shown] == ["answered"]
    finally:
        over.set()
