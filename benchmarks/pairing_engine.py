"""Tandem's pairing in a process of its own: each stage timed, or one whole round with the memory it took.

Run by `benchmarks.matching`, as `python -m benchmarks.pairing_engine WHAT MENTEES MENTORS TIMES`; answers in JSON.
"""

from __future__ import annotations

import json
import re
import sys
from array import array
from collections import Counter
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.pairing_pool import every_format_pool_of, pool_of
from bot.matching import Format, Pool, broken_rules, pairs_of, solve, solve_all, why_not
from bot.matching.proposing import propose
from bot.matching.pruning import all_edges, best_edges
from bot.matching.scoring import ScoredPool
from bot.matching.seating import Demand, Edges, Seating
from bot.matching.solving import (
    FEW_PAIRS,
    KEPT,
    KEPT_OF_MANY,
    MANY_PAIRS,
    choose,
    concluded,
    demand_left,
    weighed_edges,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def stages(pool: Pool, times: int) -> dict[str, Any]:
    """Return the median seconds of each stage of a round, and how many edges were weighed in the end.

    *tables* are what profiles are looked up in, *scoring* scores all pairs and prunes them in big pools, *bare* is one
    min-cost flow on the edges left, *solving* pursues every goal on them. *weighing* is scoring again, and pricing
    the pairs left out until none is missing; *certified* pursues every goal on what that leaves. *explaining* makes the
    proposals with their reasons.
    """
    _stages(pool_of(250, 55))  # loads what is loaded once
    runs = [_stages(pool) for _ in range(times)]
    return {name: median(run[name] for run in runs) for name in runs[0]}


def _stages(pool: Pool) -> dict[str, float]:
    clock = _Clock()
    scored = ScoredPool(pool, format=Format.PATH)
    demand = demand_left(scored, ())
    clock.lap("tables")
    edges = _edges(scored, demand)
    clock.lap("scoring")
    Seating(edges, demand).best_value()
    clock.lap("bare")
    choose(scored, Seating(edges, demand), demand)
    clock.lap("solving")
    edges, seating, _ = weighed_edges(scored, demand, ())
    clock.lap("weighing")
    found = choose(scored, seating, demand)
    clock.lap("certified")
    chosen = edges.only(found.edges)
    pairs = zip(chosen.mentor.tolist(), chosen.mentee.tolist(), strict=True)
    proposals = [propose(scored, [mentor], [mentee]) for mentor, mentee in pairs]
    free = demand.seats - np.bincount(chosen.mentor, minlength=len(demand.seats))
    concluded(scored, proposals, refused=(), free_places=free, gap=0.0)
    clock.lap("explaining")
    return clock.seconds | {"edges": len(edges.score)}


def _edges(scored: ScoredPool, demand: Demand) -> Edges:
    """Return the edges weighed before any is proved to be missing."""
    looking, seated = demand.first + demand.further > 0, demand.seats > 0
    pairs = len(scored.mentees) * len(scored.mentors)
    if pairs <= FEW_PAIRS:
        return all_edges(scored, looking, seated)
    return best_edges(scored, looking, seated, each=KEPT if pairs <= MANY_PAIRS else KEPT_OF_MANY)


class _Clock:
    """Seconds between one lap and the next, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = perf_counter()

    def lap(self, name: str) -> None:
        self.seconds[name] = perf_counter() - self._since
        self._since = perf_counter()


def whole(pool: Pool, times: int) -> dict[str, Any]:
    """Return the median seconds of a round from pool to explained proposals, its result, and the peak memory."""
    before = _peak_megabytes()
    solve(pool_of(20, 5))  # loads what is loaded once
    seconds = []
    for _ in range(times):
        start = perf_counter()
        outcome = solve(pool)
        seconds.append(perf_counter() - start)
    return {
        "seconds": median(seconds),
        "served": outcome.served,
        "score": outcome.total_score,
        "gap": outcome.gap,
        "megabytes": _peak_megabytes(),
        "megabytes of the pool": before,
        "pairs": sorted(pairs_of(outcome)) if len(pool.mentees) < 1000 else [],
    }


def every_pair(pool: Pool, times: int) -> dict[str, Any]:
    """Return what the best seating of all pairs is worth, none pruned, and what Tandem's own is worth."""
    del times  # the answer is a number, not a time
    scored = ScoredPool(pool, format=Format.PATH)
    demand = demand_left(scored, ())
    edges = all_edges(scored, demand.first > 0, demand.seats > 0)
    seating = Seating(edges, demand)
    best = seating.best_value()
    places = min(int((demand.first + demand.further).sum()), int(demand.seats.sum()))
    # A person served is worth more than every score together: what is left of the value is the total score.
    served, score = divmod(best, 100 * places + 1)
    return {"served": served, "score": score, "seconds": 0.0, "megabytes": _peak_megabytes()}


def every_format(pool: Pool, times: int) -> dict[str, Any]:
    """Return the median seconds of a round in every format at once, and of why two people are not paired in it."""
    solve_all(every_format_pool_of(20, 5))  # loads what is loaded once
    clocks = []
    for _ in range(times):
        clock = _Clock()
        outcome = solve_all(pool)
        clock.lap("seconds")
        mentee = outcome.proposals[0].mentee
        strangers = {(mentor.key, mentee) for mentor in pool.mentors} - pairs_of(outcome)
        mentor, _ = min(strangers - broken_rules(pool, strangers).keys())
        clock.lap("choosing whom to ask about")
        why_not(pool, mentor, mentee, format=None)
        clock.lap("why not")
        clocks.append(clock.seconds)
    sizes = Counter(proposed.format for proposed in outcome.proposals)
    return {
        "seconds": median(clock["seconds"] for clock in clocks),
        "why not": median(clock["why not"] for clock in clocks),
        "served": outcome.served,
        "pairs": sizes[Format.PATH],
        "groups": sizes[Format.COLLECTIVE],
        "gap": outcome.gap,
        "megabytes": _peak_megabytes(),
    }


def write_instance(pool: Pool, folder: Path) -> None:
    """Write the pool's allowed pairs with their scores, its needs and its seats into *folder*, for the peers."""
    scored = ScoredPool(pool, format=Format.PATH)
    demand = demand_left(scored, ())
    edges = all_edges(scored, demand.first > 0, demand.seats > 0)
    _write(folder / "needs", demand.first + demand.further)
    _write(folder / "seats", demand.seats)
    for name in ("mentee", "mentor", "score"):
        _write(folder / name, getattr(edges, name))


def _write(path: Path, numbers: NDArray[np.int64]) -> None:
    with path.open("wb") as file:
        array("i", numbers.tolist()).tofile(file)


def _peak_megabytes() -> float:
    """Return the most that was ever resident. Linux only."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[0]) / 1024


def main() -> None:
    """Measure what the command line asks for."""
    what, mentees, mentors, times = sys.argv[1:]
    make = every_format_pool_of if what == "every_format" else pool_of
    pool = make(int(mentees), int(mentors))
    if what == "instance":
        write_instance(pool, Path(times))
        return
    measures: dict[str, Callable[[Pool, int], dict[str, Any]]] = {
        "stages": stages,
        "whole": whole,
        "every_pair": every_pair,
        "every_format": every_format,
    }
    json.dump(measures[what](pool, int(times)), sys.stdout)


if __name__ == "__main__":
    main()
