"""The bot under rehearsal: a process of its own, whose clock is told over a pipe.

The child prints one JSON line `{"ready": true, "next": …}` once it is migrated and connected. Each line it then reads
is an instant: it runs everything due by it, sends included, and answers `{"now": …, "next": …}`, `next` being when it
wishes to be told the time again. End of file is an orderly shutdown.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "app.py", "run", "--clock", "stdin")
_TAIL = 30
# These would send calls meant for this machine to a proxy.
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class BotFailed(Exception):
    """The bot ended, hung, or said something that is not the time; carries the last lines of its log."""


class BotProcess:
    """The running bot. A context manager: on leaving, the process has ended, whatever happened inside."""

    def __init__(
        self, environment: Mapping[str, str], *, log: Path, command: Sequence[str] = COMMAND, patience: float = 60
    ) -> None:
        """Prepare *command* with *environment* over this process's own; *patience* is seconds allowed an answer."""
        self._environment = {key: value for key, value in os.environ.items() if key.lower() not in _PROXIES} | dict(
            environment
        )
        self._log = log
        self._command = command
        self.patience = patience
        self.grace: float = 15
        """Seconds allowed an orderly shutdown."""
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin: IO[str] = self._process.stdin
        self._stdout: IO[str] = self._process.stdout
        self._reader = threading.Thread(target=self._read, name="bot's answers", daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._close_stdin()
            # After a failure nothing more is expected of the bot.
            self._wait(self.grace if kind is None else min(self.grace, 2))
        finally:
            self._reader.join()
            self._stdout.close()

    def wait_until_ready(self) -> datetime | None:
        """Wait for the bot to be connected; return when it wishes to be told the time, None for never.

        BotFailed when it ends or hangs first.
        """
        answer = self._answer()
        if answer.get("ready") is not True:
            raise self._failure(f"it said {answer} instead of being ready")
        return _instant(answer.get("next"))

    def tell_time(self, now: datetime) -> datetime | None:
        """Tell the bot that it is *now*; return when it wishes to be told the time again, None for never.

        By the return everything due by *now* has been done and sent. BotFailed when it ends or hangs first.
        """
        try:
            self._stdin.write(now.isoformat() + "\n")
            self._stdin.flush()
        except BrokenPipeError:
            raise self._failure("it no longer listens") from None
        answer = self._answer()
        if "now" not in answer:
            raise self._failure(f"it answered {answer} to the time")
        return _instant(answer.get("next"))

    def stop(self) -> None:
        """Ask for an orderly shutdown and wait for it; BotFailed unless the bot ends by itself without an error."""
        self._close_stdin()
        code = self._wait(self.grace)
        if code != 0:
            raise self._failure(f"it ended with status {code}")

    def log_tail(self, lines: int = _TAIL) -> str:
        """Return the last lines of the bot's log."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _read(self) -> None:
        for line in self._stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _answer(self) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=self.patience)
        except queue.Empty:
            raise self._failure(f"it said nothing for {self.patience:g} s") from None
        if line is None:
            raise self._failure(f"it ended with status {self._wait(5)}")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise self._failure(f"it said {line!r}, which is not a JSON object")
        return answer

    def _failure(self, what: str) -> BotFailed:
        return BotFailed(f"The bot failed: {what}. The end of its log:\n{self.log_tail()}")

    def _close_stdin(self) -> None:
        # When the bot has ended, what was left to say has nobody to hear it.
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()

    def _wait(self, seconds: float) -> int:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _instant(text: Any) -> datetime | None:
    return None if text is None else datetime.fromisoformat(str(text)).astimezone(UTC)
