"""A short torture at every run of the tests, and one that must fail; `make torture` is the long one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from playground import Playground
from storage import open_storage
from tests.builders import NOW
from tests.torture.children import Setting
from tests.torture.clock import Tempo
from tests.torture.nursery import PATIENCE, ROOT, Nursery, NurseryFailed
from tests.torture.run import Options, torture

SHORT = Options(kills=8, cases=12, speed=40)


def test_killed_at_random_instants_it_loses_and_doubles_nothing(database_url: str) -> None:
    outcome = torture(SHORT, database_url=database_url)

    assert outcome.holds, outcome
    assert outcome.kills == SHORT.kills
    assert outcome.verdict.messages > SHORT.kills
    assert outcome.cases > SHORT.cases


def test_three_replicas_some_of_them_paused_past_their_lease_tick_and_send_once(postgres_url: str) -> None:
    outcome = torture(replace(SHORT, replicas=3, pauses=0.1), database_url=postgres_url)

    assert outcome.holds, outcome
    assert outcome.pauses


def test_three_replicas_restarted_in_turn_send_each_message_once_and_leave_no_lease(postgres_url: str) -> None:
    outcome = torture(replace(SHORT, kills=0, restarts=6, replicas=3), database_url=postgres_url)

    assert outcome.holds, outcome
    assert outcome.restarts == 6
    assert 0 < outcome.drained < PATIENCE


def test_without_leases_and_turns_replicas_double_messages_and_effects_and_the_count_says_so(postgres_url: str) -> None:
    careless = replace(SHORT, kills=0, restarts=3, replicas=3, without=("leases", "turns"))
    outcome = torture(careless, database_url=postgres_url)

    assert outcome.verdict.doubled
    assert outcome.verdict.done_twice
    assert not outcome.holds


def test_without_the_look_up_messages_are_doubled_and_the_count_says_so(sqlite_url: str) -> None:
    outcome = torture(replace(SHORT, without=("look-up",)), database_url=sqlite_url)

    assert outcome.verdict.doubled
    assert not outcome.holds


# -- the processes of a run


@pytest.fixture
def place() -> Iterator[Playground]:
    with Playground(ROOT / "manifest.yml", page=False) as place:
        yield place


@pytest.fixture
def nursery(place: Playground, sqlite_url: str, tmp_path: Path) -> Nursery:
    with closing(open_storage(sqlite_url)) as storage:
        storage.migrate()
    return Nursery(
        Setting(
            database_url=sqlite_url,
            api_url=place.api_url,
            bot_token=place.bot_token,
            app_token=place.app_token,
            team_id=place.workspace.team_id,
            tempo=Tempo.from_now(NOW, 1),
            folder=str(tmp_path),
        )
    )


def wait_for_bots(place: Playground, count: int) -> None:
    place.workspace.wait_for(lambda: place.sockets.connected == count or None, 10, what=f"{count} bots")


def test_every_process_has_ended_when_a_run_fails(place: Playground, nursery: Nursery) -> None:
    bots: list[int] = []

    def fail() -> None:
        with nursery:
            bots.extend(nursery.start("bot") for _ in range(3))
            wait_for_bots(place, 3)
            nursery.pause(bots[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    for pid in bots:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    wait_for_bots(place, 0)


def test_the_children_of_a_nursery_that_is_killed_end_too(place: Playground, nursery: Nursery) -> None:
    with nursery:
        nursery.start("bot")
        wait_for_bots(place, 1)
        os.kill(nursery._process.pid, signal.SIGKILL)
    wait_for_bots(place, 0)


def test_a_child_that_fails_is_noticed(nursery: Nursery) -> None:
    with nursery:
        writer = nursery.start("writer", "somebody UNOBODY")
        with pytest.raises(NurseryFailed, match="ended with status"):
            nursery.end(writer)
