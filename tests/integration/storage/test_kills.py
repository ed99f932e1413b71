"""A process killed at any instant loses nothing that it was told is committed, and holds nobody up."""

from __future__ import annotations

import subprocess
import sys

from storage import open_storage

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
