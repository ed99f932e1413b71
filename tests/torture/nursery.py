"""A process that has imported everything and forks: so a bot starts in hundredths of a second, not in half of one.

It is told on standard input what to do, a line each, and answers each line. When its input ends, its children are
killed and it ends, so that nothing is left however the run ends. It alone reaps them, and only when told to: until then
nobody else can have one's process id.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.torture.children import Setting

Role = Callable[["Setting", str], int | None]
"""What a child does; it ends with the status returned."""
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 10.0
"""Seconds a bot may take to end after SIGTERM."""


class NurseryFailed(Exception):
    """The nursery or one of its children did what it should not; the message says what."""


class Nursery:
    """The nursery from outside. A context manager: on leaving, every process of it has ended."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.log = Path(setting.folder) / "log"

    def __enter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.torture.nursery"],
                cwd=ROOT,
                # A proxy would be asked for this machine.
                env={key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # so that it and its children are a group of their own
            )
        self._ask(self._setting.to_json())
        return self

    def __exit__(self, *failure: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        give_up_at = time.monotonic() + PATIENCE
        # Not reaped yet, so that the group's id is still its own.
        while os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            if time.monotonic() > give_up_at:
                break
            time.sleep(0.01)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process.stdout.close()

    def start(self, role: str, words: str = "") -> int:
        """Start a child in that role; return its process id."""
        return int(self._ask(f"start {role} {words}"))

    def kill(self, pid: int) -> None:
        """Kill it, and wait for its end."""
        self._ask(f"kill {pid}")

    def pause(self, pid: int) -> None:
        """Stop it where it stands."""
        self._ask(f"pause {pid}")

    def resume(self, pid: int) -> None:
        """Let a paused one go on."""
        self._ask(f"resume {pid}")

    def end(self, pid: int) -> float:
        """Ask it to end; return the seconds that took. NurseryFailed when it took too long, or ended with an error."""
        return float(self._ask(f"end {pid}"))

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        word, _, answer = self._process.stdout.readline().strip().partition(" ")
        if word != "ok":
            log = self.log.read_text(encoding="utf-8", errors="replace")
            raise NurseryFailed(f"{line}: {answer or 'no answer'}. The end of the log:\n{log[-4000:]}")
        return answer


def main() -> None:
    """Answer each line of standard input."""
    from tests.torture.children import Setting, be_a_bot, be_a_producer, be_a_writer

    setting = Setting.from_json(sys.stdin.readline())
    logging.basicConfig(level=logging.WARNING, format="%(process)d %(name)s %(message)s")
    logging.getLogger("slack_bolt").setLevel(logging.CRITICAL)
    _warm_up()
    # What all children share is not to be copied only because one of them looks through it for garbage.
    gc.freeze()
    roles: dict[str, Role] = {"bot": be_a_bot, "writer": be_a_writer, "producer": be_a_producer}
    children: set[int] = set()
    _answer("ok")
    try:
        for line in sys.stdin:
            word, _, rest = line.strip().partition(" ")
            try:
                if word == "start":
                    role, _, words = rest.partition(" ")
                    pid = _fork(roles[role], setting, words)
                    children.add(pid)
                    _answer(f"ok {pid}")
                else:
                    if word in {"kill", "end"}:
                        children.discard(int(rest))
                    _answer(f"ok {_DO[word](int(rest))}")
            except NurseryFailed as error:
                _answer(f"failed {error}")
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _warm_up() -> None:
    """Import what the bot imports only at its first use."""
    from bot.domain.working_time import WorkingTime

    WorkingTime(tz="Europe/Paris", country="FR", region=None)
    import holidays  # noqa: F401
    import psycopg  # noqa: F401

    import bot.matching
    import bot.matching.solving  # noqa: F401


def _answer(line: str) -> None:
    print(line, flush=True)


def _fork(role: Role, setting: Setting, words: str) -> int:
    if pid := os.fork():
        return pid
    status = 1
    try:
        # The pipes are the nursery's.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        status = role(setting, words) or 0
    except BaseException:  # noqa: BLE001 - a child ends here, whatever it was
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        raise NurseryFailed(f"{pid} had ended by itself")


def _end(pid: int) -> float:
    started = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    while (took := time.monotonic() - started) < PATIENCE:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            if code := os.waitstatus_to_exitcode(status):
                raise NurseryFailed(f"{pid} ended with status {code}")
            return took
        time.sleep(0.005)
    _kill(pid)
    raise NurseryFailed(f"{pid} did not end within {PATIENCE:g} s")


_DO: dict[str, Callable[[int], object]] = {
    "kill": _kill,
    "end": _end,
    "pause": lambda pid: os.kill(pid, signal.SIGSTOP),
    "resume": lambda pid: os.kill(pid, signal.SIGCONT),
}

if __name__ == "__main__":
    main()
