"""How fast, how big and how good Tandem's pairing is, from one company's programme to a hundred thousand people."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.pairing_pool import pool_of
from benchmarks.plot import plot
from benchmarks.programs import PEERS, ROOT
from benchmarks.report import figure

ENVIRONMENTS = ROOT / ".venv-peers"
PATIENCE = 120.0  # seconds a peer may take
INSTALLING = 300.0  # seconds its installation may take
TANDEM = "Tandem"
RUNS = {250: 10, 2_500: 5, 10_000: 3, 25_000: 1, 100_000: 1}  # times each size is measured; medians are reported
MENTORS = {250: 55, 2_500: 550, 10_000: 2_200, 25_000: 5_500, 100_000: 22_000}
EVERY_FORMAT = {(250, 55): (5, 1), (820, 180): (5, 3), (4_100, 900): (3, 20), (10_000, 2_200): (1, 60)}
"""Mentees and mentors who take part in every format: times measured, and the seconds we promise."""
USUAL = (250, 2_500, 10_000)
PLOT = "matching.svg"
METHOD = f"""\
Pools are drawn at random, the same on every machine: about a quarter of the pairs allowed, 8 % of the mentees want two
mentors, and places for 97 % of what is wanted. Each measurement is a process of its own, which has imported what it
needs; medians of {RUNS[250]} runs at 250 mentees, {RUNS[2_500]} at 2,500, {RUNS[10_000]} at 10,000, one beyond.

- *Scoring* makes the tables and scores every pair; beyond two million pairs it also leaves out those not worth
  weighing.
- *Bare solver* is one min-cost flow of OR-Tools on the pairs left, its network included: most served, best total.
- *Solving* pursues all the goals on them: then the load as even as can be, the lowest score as high as can be.
- *Certified* is scoring, proving with prices that no pair left out would better anything (adding those that do), and
  solving. At 100,000 the proof ends once what is missing is less than one in 12,000 of the total score.
- *Explaining* makes the proposals with their reasons, and says of those left out why.
- *In every format* everybody takes part in all of them, on three of nine topics: mentors have two one-to-one places and
  one collective session of three to eight. The gap is that of the groups; *why not* answers for a pair that could meet.

Peers get the very same pairs and scores, ready-made, and need only choose: their time is without scoring, Tandem's
whole round is with everything. What they propose twice or over a mentor's places does not count. Each runs for at most
{PATIENCE:.0f} s: PyPI's packages in environments of their own, made when they are first needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another way to pair: its program among the peers, the package it needs, and the largest pool it is given."""

    name: str
    program: str
    package: str | None = None
    up_to: int


PAIRING_PEERS = (
    Peer(name="random", program="pair_random.py", up_to=10_000),
    Peer(name="greedy, best pair first", program="pair_greedily.py", up_to=10_000),
    Peer(name="`matching` (hospital/resident)", program="pair_hospital_resident.py", package="matching", up_to=2_500),
    Peer(name="`mentor-match` (munkres)", program="pair_mentor_match.py", package="mentor-match", up_to=250),
    Peer(name="scipy, assignment", program="pair_assignment.py", package="scipy", up_to=2_500),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What we claim, what was measured, and whether the claim was kept."""

    claim: str
    measured: str
    kept: bool


@dataclass(slots=True, kw_only=True)
class Found:
    """Everything measured, by number of mentees, and by peer where there are several."""

    stages: dict[int, dict[str, float]] = field(default_factory=dict)
    whole: dict[int, dict[str, Any]] = field(default_factory=dict)
    every_pair: dict[int, dict[str, Any]] = field(default_factory=dict)
    every_format: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    """By mentees and mentors."""
    peers: dict[int, dict[str, dict[str, Any] | str]] = field(default_factory=dict)
    """A peer's result, or why there is none."""

    def promises(self) -> list[Promise]:
        """Return what we claim about the sizes measured."""
        promises = [promise for size in self.whole for promise in self._promises(size)]
        for (mentees, mentors), result in self.every_format.items():
            here = f"{mentees:,} × {mentors:,}, in every format"
            _, seconds = EVERY_FORMAT[mentees, mentors]
            promises.append(_at_most(f"{here}: a whole round, s", result["seconds"], seconds))
            promises.append(_at_most(f"{here}: gap to the optimum, %", result["gap"] * 100, 1))
        return promises

    def _promises(self, size: int) -> list[Promise]:
        whole, stages = self.whole[size], self.stages[size]
        here = f"{size:,} × {MENTORS[size]:,}"
        promises = []
        if size == 250:
            promises.append(_at_most(f"{here}: scored, solved and explained, ms", whole["seconds"] * 1000, 60))
        if size >= 10_000:
            ratio = (stages["tables"] + stages["scoring"] + stages["solving"]) / stages["bare"]
            promises.append(_at_most(f"{here}: scoring, pruning and solving, × the bare solver", ratio, 3))
        if 10_000 <= size <= 25_000:
            ratio = certified_seconds(stages) / stages["bare"]
            promises.append(_at_most(f"{here}: certified optimum, × the bare solver", ratio, 8))
            promises.append(_at_most(f"{here}: gap to the optimum, %", whole["gap"] * 100, 0))
        if size == 100_000:
            promises.append(_at_most(f"{here}: peak memory, MB", whole["megabytes"], 800))
            promises.append(_at_most(f"{here}: gap to the optimum, %", whole["gap"] * 100, 0.01))
        for name, best in (("all pairs weighed", self.every_pair.get(size)), *self.peers.get(size, {}).items()):
            if not isinstance(best, dict):
                continue
            promises.append(
                Promise(
                    claim=f"{here}: no fewer served, no lower score than {name}",
                    measured=f"{whole['served']:,} and {whole['score']:,}; {best['served']:,} and {best['score']:,}",
                    kept=whole["served"] >= best["served"] and whole["score"] >= best["score"],
                )
            )
            if name.startswith("`mentor-match`"):
                times = best["seconds"] / whole["seconds"]
                claim = f"{here}: at least 20 × faster than {name}"
                promises.append(Promise(claim=claim, measured=f"{figure(times)} ×", kept=times >= 20))
        return promises


def _at_most(claim: str, value: float, limit: float) -> Promise:
    return Promise(claim=f"{claim}: at most {limit:g}", measured=figure(value), kept=value <= limit)


def certified_seconds(stages: dict[str, float]) -> float:
    """Return how long it takes from the pool to the proven best seating."""
    return stages["tables"] + stages["weighing"] + stages["certified"]


def measure(*, everything: bool) -> Found:
    """Measure the usual sizes, or *everything*."""
    found = Found()
    for size in MENTORS if everything else USUAL:
        found.stages[size] = _engine("stages", size)
        found.whole[size] = _engine("whole", size)
        if size == 10_000:
            found.every_pair[size] = _engine("every_pair", size)
        found.peers[size] = _peers(size)
    for (mentees, mentors), (times, _) in EVERY_FORMAT.items():
        found.every_format[mentees, mentors] = _engine("every_format", mentees, mentors=mentors, times=times)
    return found


def _engine(what: str, size: int, *, mentors: int | None = None, times: int | None = None) -> dict[str, Any]:
    numbers = (size, mentors or MENTORS[size], times or RUNS[size])
    command = [sys.executable, "-m", "benchmarks.pairing_engine", what, *map(str, numbers)]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def _peers(size: int) -> dict[str, dict[str, Any] | str]:
    peers = [peer for peer in PAIRING_PEERS if size <= peer.up_to]
    if not peers:
        return {}
    # Loaded here and not above: whoever measures only commands needs neither numpy nor OR-Tools in this process.
    from benchmarks.pairing_engine import write_instance

    with tempfile.TemporaryDirectory() as name:
        write_instance(pool_of(size, MENTORS[size]), Path(name))
        return {peer.name: _peer(peer, Path(name)) for peer in peers}


def _peer(peer: Peer, instance: Path) -> dict[str, Any] | str:
    """Return what *peer* makes of the *instance*, or the reason why it made nothing."""
    try:
        python = environment(peer.package) if peer.package else sys.executable
        command = [str(python), str(PEERS / peer.program), str(instance)]
        run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        return f"not within {error.timeout:.0f} s"
    except subprocess.CalledProcessError as error:
        return str(error.stderr).strip().rpartition("\n")[2].partition(":")[0] or f"ended with {error.returncode}"
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def environment(package: str) -> Path:
    """Return the Python of an environment that has *package* and nothing of ours, made if there is none yet.

    Two peers are modules of the same name, so they cannot share one.

    Raises:
        subprocess.CalledProcessError: It cannot be installed.
    """
    folder = ENVIRONMENTS / package
    python, made = folder / "bin" / "python", folder / "made"
    if not made.exists():
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package],
        ):
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALLING)
        made.touch()
    return python


def body(found: Found) -> str:
    """Return the tables of what was *found*."""
    return "\n\n".join(
        (
            f"![Seconds by mentees]({PLOT})",
            "## What we promise\n\n" + _promised(found),
            "## The stages of a round, in seconds\n\n" + _staged(found),
            "## Every format at once\n\n" + _every_format(found),
            "## Beside others\n\nShares are of Tandem's total score.\n\n" + _beside(found),
        )
    )


def _promised(found: Found) -> str:
    rows = [f"| {one.claim} | {one.measured} | {'yes' if one.kept else '**no**'} |" for one in found.promises()]
    return "\n".join(["| Promise | Measured | Kept |", "|---|---|---|", *rows])


def _staged(found: Found) -> str:
    head = (
        "| Mentees × mentors | Scoring | Bare solver | Solving | Certified | Explaining | Pairs weighed | Whole round |"
        " Peak MB | Gap, % |\n|" + "---|" * 10
    )
    rows = []
    for size, stages in found.stages.items():
        whole = found.whole[size]
        seconds = (
            stages["tables"] + stages["scoring"],
            stages["bare"],
            stages["solving"],
            certified_seconds(stages),
            stages["explaining"],
        )
        times = [figure(one) for one in seconds]
        result = (f"{stages['edges']:,.0f}", figure(whole["seconds"]), figure(whole["megabytes"]))
        rows.append(f"| {' | '.join((f'{size:,} × {MENTORS[size]:,}', *times, *result, figure(100 * whole['gap'])))} |")
    return "\n".join([head, *rows])


def _every_format(found: Found) -> str:
    head = "| Mentees × mentors | Whole round, s | Why not, s | Served | Pairs | Groups | Gap, % | Peak MB |"
    rows = []
    for (mentees, mentors), one in found.every_format.items():
        counts = (f"{one['served']:,}", f"{one['pairs']:,}", f"{one['groups']:,}")
        figures = (figure(100 * one["gap"]), figure(one["megabytes"]))
        cells = (f"{mentees:,} × {mentors:,}", figure(one["seconds"]), figure(one["why not"]), *counts, *figures)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join([head, "|" + "---|" * 8, *rows])


def _beside(found: Found) -> str:
    rows = []
    for size, peers in found.peers.items():
        ours = found.whole[size]
        for name, result in {f"**{TANDEM}**, with scoring and explaining": ours, **peers}.items():
            cells = [f"{size:,} × {MENTORS[size]:,}", name]
            if isinstance(result, dict):
                share = f"{100 * result['score'] / ours['score']:.1f}"
                cells += [f"{result['served']:,}", share, figure(result["seconds"]), figure(result["megabytes"])]
            else:
                cells += [f"none: {result}", "", "", ""]
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(["| Mentees × mentors | Who | Served | Score, % | Seconds | Peak MB |", "|" + "---|" * 6, *rows])


def drawing(found: Found) -> str:
    """Return the plot of seconds by mentees, one line for Tandem and each peer."""
    lines = {f"{TANDEM}, the whole round": [(float(size), whole["seconds"]) for size, whole in found.whole.items()]}
    for size, peers in found.peers.items():
        for name, result in peers.items():
            if isinstance(result, dict):
                lines.setdefault(name.replace("`", ""), []).append((float(size), result["seconds"]))
    return plot(lines, across="mentees", up="seconds")
