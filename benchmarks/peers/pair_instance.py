"""What the peers are given to pair, and how they answer. Standard library only: each peer has its own environment."""

from __future__ import annotations

import json
import re
import sys
from array import array
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Pairs = Iterable[tuple[int, int]]


class Instance(NamedTuple):
    """Allowed pairs as edges with their scores; mentors wanted by each mentee, places of each mentor."""

    mentee: array[int]
    mentor: array[int]
    score: array[int]
    needs: array[int]
    seats: array[int]


def answer(pair: Callable[[Instance], Pairs]) -> None:
    """Have the instance in the folder given as argument paired; print seconds, megabytes and what was achieved.

    What is proposed twice, or over someone's places, does not count.
    """
    folder = Path(sys.argv[1])
    instance = Instance(*(_read(folder / name) for name in Instance._fields))
    start = perf_counter()
    pairs = list(pair(instance))
    seconds = perf_counter() - start
    served, score = achieved(instance, pairs)
    status = Path("/proc/self/status").read_text()
    megabytes = int(re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[0]) / 1024
    json.dump({"seconds": seconds, "megabytes": megabytes, "served": served, "score": score}, sys.stdout)


def achieved(instance: Instance, pairs: Pairs) -> tuple[int, int]:
    """Return how many mentees have a mentor in *pairs*, (mentee, mentor), and the total score of what is allowed."""
    proposed = dict.fromkeys(pairs)
    edges = zip(instance.mentee, instance.mentor, instance.score, strict=True)
    scores = {(mentee, mentor): score for mentee, mentor, score in edges if (mentee, mentor) in proposed}
    needs, seats = list(instance.needs), list(instance.seats)
    served: set[int] = set()
    total = 0
    for mentee, mentor in proposed:
        if (mentee, mentor) in scores and needs[mentee] and seats[mentor]:
            needs[mentee] -= 1
            seats[mentor] -= 1
            served.add(mentee)
            total += scores[mentee, mentor]
    return len(served), total


def _read(path: Path) -> array[int]:
    numbers = array("i")
    numbers.frombytes(path.read_bytes())
    return numbers
