"""`python app.py` as the operator meets it: one clear sentence instead of a traceback, and a clean end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.outbox import OutboxState
from playground import Playground
from storage import open_storage
from tests.builders import MENTOR, a_cohort, a_message, a_pairing, a_person

ROOT = Path(__file__).parents[3]
HEADERS = "email,name,manager_email\n"


@pytest.fixture
def place() -> Iterator[Playground]:
    with Playground(ROOT / "manifest.yml", page=False) as place:
        yield place


class Operator:
    """Runs the program from a folder of its own, with nothing of this machine's settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("SLACK_", "TANDEM_"))}
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "PORT"):
            self.env.pop(name, None)
        self.env["DATABASE_URL"] = f"sqlite:///{folder / 'tandem.db'}"

    def connect(self, place: Playground, **changes: str) -> None:
        """Give the three settings that any stand-in of Slack needs, and no more."""
        self.env |= {
            "SLACK_API_URL": place.api_url,
            "SLACK_BOT_TOKEN": place.bot_token,
            "SLACK_APP_TOKEN": place.app_token,
        } | changes

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "app.py"), *arguments],
            cwd=self.folder, env=self.env | env, capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), *arguments],
            cwd=self.folder, env=self.env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that a run which gave up ended with."""
    assert done.returncode == 2, done
    [line] = [one for one in done.stderr.splitlines() if one.startswith("Tandem: ")]
    assert "Traceback" not in done.stderr
    return line


def test_help_names_every_command(operator: Operator) -> None:
    done = operator.run("--help")
    assert done.returncode == 0
    for command in ("run", "playground", "doctor", "migrate", "backup", "restore", "import"):
        assert command in done.stdout


def test_what_was_imported_comes_back_from_a_backup(operator: Operator) -> None:
    (operator.folder / "hr.csv").write_text(HEADERS + "ana@example.com,Ana,\n", encoding="utf-8")
    assert operator.run("migrate").returncode == 0
    assert operator.run("import", "hr.csv").stdout.startswith("1 added, 0 changed")
    assert operator.run("backup", "copy.db").returncode == 0
    (operator.folder / "hr.csv").write_text(HEADERS + "leo@example.com,Leo,\n", encoding="utf-8")
    operator.run("import", "hr.csv")
    assert operator.run("restore", "copy.db").returncode == 0
    assert operator.run("import", "hr.csv").stdout.startswith("1 added")


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\x00\x01\x89PNG", "not a text file"), (b"name\nAna\n", "e-mail, manager"), (None, "hr.csv: No such file")],
    ids=["picture", "columns missing", "no file"],
)
def test_a_file_that_cannot_be_imported_is_told_in_a_sentence(
    operator: Operator, content: bytes | None, told: str
) -> None:
    if content is not None:
        (operator.folder / "hr.csv").write_bytes(content)
    assert told in sentence(operator.run("import", "hr.csv"))


def test_settings_that_cannot_be_used_are_named(operator: Operator) -> None:
    assert "TANDEM_LOCALE" in sentence(operator.run("migrate", TANDEM_LOCALE="de"))
    assert "DATABASE_URL" in sentence(operator.run("migrate", DATABASE_URL="mysql://x"))
    assert "rehearsals" in sentence(operator.run("run", "--clock", "stdin"))


def test_a_port_in_use_is_named(operator: Operator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"PLAYGROUND_PORT {port}" in sentence(operator.run("playground", PLAYGROUND_PORT=port))


def test_the_doctor_finds_nothing_wrong_where_nothing_is(operator: Operator, place: Playground) -> None:
    operator.connect(place)
    operator.run("migrate")
    done = operator.run("doctor")
    assert (done.returncode, done.stdout[:1]) == (0, "✓"), done


def test_the_doctor_names_missing_scopes(operator: Operator) -> None:
    with Playground(ROOT / "manifest.yml", page=False, missing_scopes=["im:history"]) as place:
        operator.connect(place)
        operator.run("migrate")
        done = operator.run("doctor")
    assert done.returncode == 1
    assert "im:history" in done.stdout


@pytest.mark.parametrize("token", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_a_wrong_token_is_named_by_the_doctor_and_stops_a_start(
    operator: Operator, place: Playground, token: str
) -> None:
    operator.connect(place, **{token: "xoxb-wrong"})
    operator.run("migrate")
    done = operator.run("doctor")
    assert done.returncode == 1
    [problem] = [one for one in done.stdout.splitlines() if token in one]
    assert "invalid_auth" in problem
    assert "Slack refused" in sentence(operator.run("run"))


def test_slack_out_of_reach_is_told(operator: Operator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/api/"
    operator.env |= {"SLACK_API_URL": address, "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    assert f"cannot be reached at {address}" in sentence(operator.run("run"))
    assert "refused" in operator.run("doctor").stdout


def test_a_stepped_clock_answers_each_instant_and_ends_with_its_input(operator: Operator, place: Playground) -> None:
    operator.connect(place)
    with operator.start("run", "--clock", "stdin") as process:
        assert process.stdin
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        later = place.clock.now() + timedelta(days=1)
        process.stdin.write(later.isoformat() + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        assert datetime.fromisoformat(answer["now"]) == later
        process.stdin.close()
        assert process.wait(10) == 0
        process.stdin = None


def test_told_to_stop_it_answers_what_is_under_way_and_ends(operator: Operator, place: Playground) -> None:
    operator.connect(place)
    ana = place.add_member("ana", "Ana Silva", locale="en-GB", tz="Europe/Paris", email="ana@example.com")
    replies = []
    with operator.start("run") as process:
        place.wait_until_connected()
        assert ana.slash("/tandem help").acked
        storage = open_storage(operator.env["DATABASE_URL"])
        try:
            # A refusal is audited before it is answered, so it waits for whoever writes.
            with storage.begin() as uow:
                asking = threading.Thread(target=lambda: replies.append(ana.slash("/tandem round")))
                asking.start()
                asking.join(0.3)
                process.send_signal(signal.SIGTERM)
                asking.join(0.3)
                assert asking.is_alive(), "it waits for its turn to write"
                uow.commit()
        finally:
            storage.close()
        asking.join()
        assert process.wait(10) == 0
    assert [one.acked for one in replies] == [True]


@pytest.mark.parametrize(
    "waiting", ["    threading.Event().wait()", "    ThreadPoolExecutor(1).submit(threading.Event().wait)"]
)
def test_told_to_stop_it_ends_in_good_time_whatever_it_waits_for(waiting: str) -> None:
    program = f"""
import os, signal, threading, app
from concurrent.futures import ThreadPoolExecutor
app.STOP_WITHIN_SECONDS = 0.1
with app.stop_signal() as stopped:
    os.kill(os.getpid(), signal.SIGTERM)
    assert stopped.wait(5)
{waiting}
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=30, check=False).returncode == 0


def test_giving_up_by_itself_it_ends_in_good_time_and_says_so_to_its_supervisor() -> None:
    program = """
import threading, app
app.STOP_WITHIN_SECONDS = 0.1
with app.stop_signal() as stopped:
    stopped.set()
threading.Event().wait()
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=30, check=False).returncode == 1


def test_told_to_stop_under_load_it_ends_what_is_under_way_and_gives_back_the_rest(
    operator: Operator, place: Playground
) -> None:
    operator.connect(place)
    people = [a_person(f"mentee{index}", team_id=place.workspace.team_id) for index in range(20)]
    storage = open_storage(operator.env["DATABASE_URL"])
    try:
        storage.migrate()
        with storage.begin() as uow:
            uow.cohorts.add(a_cohort())
            uow.people.add(a_person(MENTOR))
            now = datetime.now(UTC)
            for person in people:
                place.add_member(person.id, person.name, id=person.user_id)
                pairing = a_pairing(f"of {person.id}", mentees=[person.id])
                uow.people.add(person)
                uow.pairings.add(pairing)
                args = {"pairing_id": pairing.id}
                uow.outbox.add(a_message(person.id, to=person.id, due_at=now, created_at=now, args=args))
            uow.commit()
        under_way = place.faults.add("chat.postMessage", "slow", seconds=1.0)
        with operator.start("run") as process:
            assert under_way.struck.wait(10)
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        with storage.read() as uow:
            messages = [uow.outbox.get(person.id) for person in people]
    finally:
        storage.close()
    sent = [one for one in messages if one.state is OutboxState.SENT]
    assert len(sent) == len(place.workspace.record) == 1
    rest = [one for one in messages if one not in sent]
    assert {(one.state, one.attempts, one.lease_until) for one in rest} == {(OutboxState.PENDING, 0, None)}


def test_told_to_stop_it_hangs_up_at_once_though_slack_keeps_a_message_waiting(
    operator: Operator, place: Playground
) -> None:
    operator.connect(place)
    person = a_person("ana", team_id=place.workspace.team_id)
    storage = open_storage(operator.env["DATABASE_URL"])
    try:
        storage.migrate()
        with storage.begin() as uow:
            uow.people.add(person)
            now = datetime.now(UTC)
            place.add_member(person.id, person.name, id=person.user_id)
            uow.outbox.add(a_message(to=person.id, kind="welcome", due_at=now, created_at=now, args={}))
            uow.commit()
    finally:
        storage.close()
    under_way = place.faults.add("chat.postMessage", "hang", seconds=30.0)
    with operator.start("run") as process:
        assert under_way.struck.wait(10)
        process.send_signal(signal.SIGTERM)
        place.workspace.wait_for(lambda: True if not place.sockets.connected else None, 5, what="the app to hang up")
        assert process.poll() is None, "it still waits for Slack's answer"
        assert process.wait(10) == 0
