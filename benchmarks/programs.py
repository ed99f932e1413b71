"""Programs under measurement: each a process of its own, connected to a playground in ours."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playground import Playground

ROOT = Path(__file__).resolve().parents[1]
TANDEM = (sys.executable, str(ROOT / "app.py"), "run")
PEERS = ROOT / "benchmarks" / "peers"
PATIENCE = 30.0  # seconds a program may take to connect, or to end

# Settings of whoever runs the benchmark must not reach the programs, nor a proxy their calls to this machine. Without
# bytecode Tandem would be compiled anew at each start, but the libraries, which pip has compiled, would not.
_NOT_OURS = re.compile(r"(SLACK|TANDEM)_.*|DATABASE_URL|PORT|(HTTPS?|ALL)_PROXY|PYTHONDONTWRITEBYTECODE", re.IGNORECASE)
_IMPORT_TIME = re.compile(r"import time:\s+\d+ \|\s+\d+ \|\s+([\w.]+)$", re.MULTILINE)


class ProgramFailedError(Exception):
    """A program ended or hung instead of connecting; carries the end of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A connected program, and the seconds between its start and its connection."""

    process: subprocess.Popen[str]
    seconds_to_connect: float
    log: Path

    def memory(self) -> float:
        """Return the megabytes it occupies, shared pages divided among those who share them (PSS). Linux only."""
        smaps = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(re.findall(r"^Pss:\s+(\d+) kB", smaps, re.MULTILINE)[0]) / 1024

    def peak_memory(self) -> float:
        """Return the most megabytes that were ever resident (RSS). Linux only."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[0]) / 1024


@contextmanager
def running(
    command: Sequence[str], playground: Playground, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Start *command* in *folder* and yield it once connected to *playground*; it has ended on leaving.

    Raises:
        ProgramFailedError: It ended by itself, or did not connect.
    """
    settings = {
        "SLACK_API_URL": playground.api_url,
        "SLACK_BOT_TOKEN": playground.bot_token,
        "SLACK_APP_TOKEN": playground.app_token,
        "DATABASE_URL": f"sqlite:///{folder / 'tandem.db'}",
    }
    inherited = {name: value for name, value in os.environ.items() if not _NOT_OURS.fullmatch(name)}
    log = folder / "log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            command,
            cwd=folder,
            env=inherited | settings | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        started = perf_counter()
        try:
            while not _connects(playground):
                if process.poll() is not None or perf_counter() - started > PATIENCE:
                    raise ProgramFailedError(f"{command[1]} did not connect:\n{log.read_text()[-3000:]}")
            yield Running(process=process, seconds_to_connect=perf_counter() - started, log=log)
            if process.poll() is not None:
                raise ProgramFailedError(f"{command[1]} ended by itself:\n{log.read_text()[-3000:]}")
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def _connects(playground: Playground) -> bool:
    """Wait for a connection, but only so long that a program which has ended is soon noticed."""
    try:
        playground.wait_until_connected(0.25)
    except TimeoutError:
        return False
    return True


def libraries_of_tandem(playground: Playground) -> list[str]:
    """Return every module of other people's that Tandem has imported by the time it is connected, in its order."""
    tracing = (sys.executable, "-X", "importtime", *TANDEM[1:])
    with tempfile.TemporaryDirectory() as name:
        with running(TANDEM, playground, Path(name)):
            pass  # the first start makes the database, for which it imports more than any other
        with running(tracing, playground, Path(name)) as tandem:
            modules = _IMPORT_TIME.findall(tandem.log.read_text())
    others = packages_distributions().keys()
    return [module for module in dict.fromkeys(modules) if module.partition(".")[0] in others]
