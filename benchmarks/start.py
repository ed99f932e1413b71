"""How long Tandem takes to be there, and how much memory it then occupies, against a program that only connects."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from benchmarks.programs import PEERS, ROOT, TANDEM, Running, libraries_of_tandem, running
from benchmarks.report import Comparison
from playground import Playground

PROMISED = 1.5
PEER = "bare program"
METHOD = f"""\
Tandem and a bare program are started in turns, each as a process of its own beside an empty playground. The bare
program imports the very modules of other people's that Tandem has imported by then, connects over Socket Mode, and does
nothing else. *Connected* is when the playground holds the connection, the start of Python included. Memory is read
a second later: what the process occupies, with pages shared by several processes divided among them (PSS), and the
most that was ever resident (peak RSS). We promise at most {PROMISED} × the bare program, once there is a database."""
SETTLES_IN = 1.0  # seconds: threads started on connecting have allocated what they need by then


def compare(*, rounds: int) -> list[Comparison]:
    """Start both programs *rounds* times, after one time each that does not count."""
    with Playground(ROOT / "manifest.yml", page=False) as playground:
        bare = (sys.executable, str(PEERS / "bare_start.py"), *libraries_of_tandem(playground))
    first, again, peer = _Measured(), _Measured(), _Measured()
    for number in range(rounds + 1):
        counts = number > 0
        with tempfile.TemporaryDirectory() as name:
            first.start(TANDEM, Path(name), counts=counts)
            again.start(TANDEM, Path(name), counts=counts)
        with tempfile.TemporaryDirectory() as name:
            peer.start(bare, Path(name), counts=counts)
    return [
        Comparison(
            what="start to connected", unit="s", ours=again.seconds, peer=PEER, peers=peer.seconds, promised=PROMISED
        ),
        Comparison(
            what="the first start, which makes the database",
            unit="s",
            ours=first.seconds,
            peer=PEER,
            peers=peer.seconds,
        ),
        Comparison(
            what="memory when connected", unit="MB", ours=again.memory, peer=PEER, peers=peer.memory, promised=PROMISED
        ),
        Comparison(
            what="peak memory", unit="MB", ours=again.peak_memory, peer=PEER, peers=peer.peak_memory, promised=PROMISED
        ),
    ]


class _Measured:
    """What was seen of one program over the rounds."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.memory: list[float] = []
        self.peak_memory: list[float] = []

    def start(self, command: tuple[str, ...], folder: Path, *, counts: bool) -> None:
        with (
            Playground(ROOT / "manifest.yml", page=False) as playground,
            running(command, playground, folder) as program,
        ):
            time.sleep(SETTLES_IN)
            if counts:
                self._note(program)

    def _note(self, program: Running) -> None:
        self.seconds.append(program.seconds_to_connect)
        self.memory.append(program.memory())
        self.peak_memory.append(program.peak_memory())
