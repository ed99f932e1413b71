"""A stop answers what is under way, and nothing hangs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import app
from bot.services.sessions import SessionService
from tests.acceptance.conftest import assert_ok

if TYPE_CHECKING:
    import pytest

    from playground.people import Reply
    from tests.acceptance.conftest import World


def test_a_request_under_way_is_answered_before_the_connection_is_closed(
    paired: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way, go_on = threading.Event(), threading.Event()
    log_line = SessionService.log_line

    def slow_log_line(self: SessionService, *args: Any, **now: Any) -> Any:
        under_way.set()
        go_on.wait(5)
        return log_line(self, *args, **now)

    monkeypatch.setattr(SessionService, "log_line", slow_log_line)
    replies: list[Reply] = []
    asking = threading.Thread(
        target=lambda: replies.append(paired.people["ana"].slash("/tandem log @philippe 45m tried search"))
    )
    asking.start()
    assert under_way.wait(3)
    stopping = threading.Thread(target=paired.tandem.close)
    stopping.start()
    go_on.set()
    asking.join(5)
    stopping.join(5)
    assert not stopping.is_alive()
    assert_ok(replies[0])


def test_a_stop_with_nothing_under_way_is_quick(world: World) -> None:
    begun = time.monotonic()
    world.tandem.close()
    assert time.monotonic() - begun < 2


def test_a_connection_that_answers_no_ping_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.tandem.silent_for() < 60
    later = time.time() + 100
    monkeypatch.setattr(time, "time", lambda: later)
    assert world.tandem.silent_for() > app.DEAD_AFTER_SECONDS
