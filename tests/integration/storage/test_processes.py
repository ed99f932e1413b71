"""Several processes on one database, and processes killed at any instant: nothing is lost, nobody is held up."""

from __future__ import annotations

import subprocess
import sys

from storage import open_storage
from tests.builders import NOW, a_message

KILLS = 2
COUNT_FOR_EVER = """
import sys
from storage import open_storage
storage = open_storage(sys.argv[1])
while True:
    with storage.begin() as work:
        count = (work.settings.get("count") or 0) + 1
        work.settings.put("count", count)
        work.settings.put("same", count)
        work.commit()
    print(count, flush=True)
"""
CLAIM_AND_COUNT = """
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from bot.domain.outbox import OutboxState
from storage import open_storage
storage = open_storage(sys.argv[1])
now = datetime.fromisoformat(sys.argv[2])
sys.stdin.readline()
while True:
    with storage.begin() as work:
        claimed = work.outbox.claim_due(now=now, limit=3, lease=timedelta(seconds=90))
        work.commit()
    if not claimed:
        break
    for message in claimed:
        with storage.begin() as work:
            assert work.outbox.finish(replace(message, state=OutboxState.SENT))
            work.settings.put("count", (work.settings.get("count") or 0) + 1)
            work.commit()
        print(message.id)
storage.close()
"""


def test_processes_share_the_outbox_and_lose_no_increment(database_url: str) -> None:
    conversations, each, processes = 30, 5, 3
    ids = [f"{conversation}.{number}" for number in range(each) for conversation in range(conversations)]
    storage = open_storage(database_url)
    storage.migrate()
    with storage.begin() as work:
        work.outbox.add_many([a_message(name, to=name.partition(".")[0], person_id=None) for name in ids])
        work.commit()

    said = run_together([sys.executable, "-c", CLAIM_AND_COUNT, database_url, NOW.isoformat()], copies=processes)

    assert sorted(line for lines in said for line in lines) == sorted(ids)
    with storage.read() as work:
        assert work.settings.get("count") == len(ids)
    storage.close()


def run_together(command: list[str], *, copies: int) -> list[list[str]]:
    """Start so many copies, let them go at once, and return the lines that each said."""
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(copies)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate()[0].splitlines() for process in started]
    assert [process.returncode for process in started] == [0] * copies
    return said


def test_what_was_committed_survives_a_kill(database_url: str) -> None:
    storage = open_storage(database_url)
    storage.migrate()
    for kill in range(KILLS):
        said = count_until_killed(database_url, lines=7 * (kill + 1))

        with storage.begin() as work:
            counted = work.settings.get("count")
            assert counted in {said, said + 1}  # the last commit may have ended before it could be told
            assert work.settings.get("same") == counted
        assert storage.check().problems == ()
    storage.close()


def count_until_killed(database_url: str, *, lines: int) -> int:
    """Let a process of its own count, kill it when it has said so many lines, and return the last number it said."""
    with subprocess.Popen([sys.executable, "-c", COUNT_FOR_EVER, database_url], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        said += process.stdout.read().splitlines(keepends=True)
        return int([line for line in said if line.endswith(b"\n")][-1])
