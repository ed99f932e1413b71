"""The bot under rehearsal is told the time, is listened to, and never outlives the rehearsal."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from playground.rehearsal.process import BotFailed, BotProcess

NOON = datetime(2027, 3, 8, 12, 0, tzinfo=UTC)

OBEDIENT = """
import json, sys
from datetime import datetime, timedelta
print(json.dumps({"ready": True, "next": None}), flush=True)
for line in sys.stdin:
    now = datetime.fromisoformat(line.strip())
    print(json.dumps({"now": now.isoformat(), "next": (now + timedelta(minutes=5)).isoformat()}), flush=True)
"""
READY = 'print(\'{"ready": true, "next": "2027-03-08T13:00:00+01:00"}\', flush=True);'


def a_bot(tmp_path: Path, program: str, *, patience: float = 10) -> BotProcess:
    return BotProcess({}, log=tmp_path / "bot.log", command=(sys.executable, "-c", program), patience=patience)


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_bot_is_told_the_time_says_when_it_wishes_the_next_and_stops_in_order(tmp_path: Path) -> None:
    with a_bot(tmp_path, OBEDIENT) as bot:
        assert bot.wait_until_ready() is None
        assert bot.tell_time(NOON) == NOON + timedelta(minutes=5)
        bot.stop()


def test_instants_are_read_in_any_zone(tmp_path: Path) -> None:
    with a_bot(tmp_path, READY + "input()") as bot:
        assert bot.wait_until_ready() == NOON


def test_settings_of_the_rehearsal_win_and_proxies_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_API_URL", "https://slack.com/api/")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    program = "import os, json; print(json.dumps([os.environ['SLACK_API_URL'], 'HTTPS_PROXY' in os.environ]))"
    bot = BotProcess(
        {"SLACK_API_URL": "http://127.0.0.1:1/api/"}, log=tmp_path / "bot.log", command=(sys.executable, "-c", program)
    )
    with bot, pytest.raises(BotFailed, match=r"\[\"http://127.0.0.1:1/api/\", false\]"):
        bot.wait_until_ready()


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; sys.exit('no such table: people')", "ended with status 1"),
        ("import sys; sys.stderr.write('no such table: people'); print('hello')", "not a JSON object"),
        ("import sys; sys.stderr.write('no such table: people'); print('{}')", "instead of being ready"),
    ],
)
def test_a_bot_that_fails_is_reported_with_the_end_of_its_log(tmp_path: Path, program: str, reason: str) -> None:
    with a_bot(tmp_path, program) as bot, pytest.raises(BotFailed, match=f"(?s){reason}.*no such table: people"):
        bot.wait_until_ready()


def test_a_bot_that_dies_later_is_reported(tmp_path: Path) -> None:
    with a_bot(tmp_path, READY + "input(); raise SystemExit(3)") as bot:
        bot.wait_until_ready()
        with pytest.raises(BotFailed, match="status 3"):
            bot.tell_time(NOON)


def test_a_bot_that_hangs_is_reported_and_does_not_outlive_the_rehearsal(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    program = f"import os, signal; open({str(pid_file)!r}, 'w').write(str(os.getpid())); {READY} signal.pause()"
    with a_bot(tmp_path, program) as bot:
        bot.wait_until_ready()
        bot.patience = bot.grace = 0.2
        with pytest.raises(BotFailed, match="it said nothing"):
            bot.tell_time(NOON)
    assert not is_running(int(pid_file.read_text()))


def test_a_bot_that_shuts_down_with_an_error_is_reported(tmp_path: Path) -> None:
    with a_bot(tmp_path, READY + "import sys; sys.stdin.read(); sys.exit(4)") as bot:
        bot.wait_until_ready()
        with pytest.raises(BotFailed, match="status 4"):
            bot.stop()
