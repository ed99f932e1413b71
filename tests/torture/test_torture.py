"""A short torture at every run of the tests, and one that must fail; `make torture` is the long one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.torture import run
from tests.torture.run import Options, torture

SHORT = Options(kills=12, speed=60)


def on(database_url: str) -> Options:
    return replace(SHORT, database=database_url.partition("ql")[0])


def test_killed_at_random_instants_it_loses_and_doubles_nothing(database_url: str) -> None:
    outcome = torture(SHORT, database_url=database_url)

    assert outcome.holds, outcome
    assert outcome.kills == SHORT.kills
    assert outcome.verdict.messages > SHORT.kills


def test_three_replicas_some_of_them_paused_past_their_lease_send_each_message_once(postgres_url: str) -> None:
    outcome = torture(replace(SHORT, replicas=3, pauses=0.1), database_url=postgres_url)

    assert outcome.holds, outcome
    assert outcome.pauses


def test_without_the_look_up_messages_are_doubled_and_the_count_says_so(sqlite_url: str) -> None:
    outcome = torture(replace(SHORT, looks_up=False, faults=5), database_url=sqlite_url)

    assert outcome.verdict.doubled
    assert not outcome.holds


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_every_process_has_ended_when_a_run_fails(
    sqlite_url: str, failure: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    def fail(self: Any, _: object) -> None:
        started.extend((*self.bots, *self.writers))
        raise failure

    monkeypatch.setattr(run._Run, "_torment", fail)
    with pytest.raises(failure):
        torture(SHORT, database_url=sqlite_url)

    assert started
    assert not [pid for pid in started if is_running(pid)]


def is_running(pid: int) -> bool:
    """Return whether the process is there and not only waiting to be forgotten."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
