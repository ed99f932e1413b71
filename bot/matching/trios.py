"""Flash sessions: exactly two mentors for one mentee, or none."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.explaining import breakdown, score_of
from bot.matching.outcome import Outcome, RefusedLock, Rule
from bot.matching.pool import Format, Pool
from bot.matching.program import Program
from bot.matching.proposing import propose
from bot.matching.pruning import all_edges
from bot.matching.scoring import ScoredPool
from bot.matching.seating import BEST_SCORE, Edges, Numbers
from bot.matching.solving import Locks, concluded, keep_locks, reverse_edges

Ints: TypeAlias = NDArray[np.int64]

MENTORS = 2

_PERSON_BITS = 24


def solve_flash(pool: Pool) -> Outcome:
    """Return the best trios for the whole *pool*: the best total score first, then the most people served.

    "Both mentors or none" is not a flow, hence a small exact program. Two mentors in one reporting line are never put
    together, since the talk would not be free, nor two of whom one avoids the other.
    """
    scored = ScoredPool(pool, format=Format.FLASH)
    seats = np.array([mentor.seats for mentor in scored.mentors], dtype=np.int64)
    locks = keep_locks(scored, seats=seats.tolist(), needs=[MENTORS] * len(scored.mentees))
    everyone = np.ones(len(scored.mentees), dtype=np.bool_)
    edges = with_locks(scored, all_edges(scored, everyone, seats > 0), locks)
    chosen, gap = _choose(scored, edges, seats, locks)
    mentors_of: dict[int, list[int]] = defaultdict(list)
    for mentee, mentor in zip(edges.mentee[chosen].tolist(), edges.mentor[chosen].tolist(), strict=True):
        mentors_of[mentee].append(mentor)
    kept = {(mentee, mentor) for mentee, mentors in mentors_of.items() for mentor in mentors} & set(locks.kept)
    return concluded(
        scored,
        [
            propose(scored, mentors, [mentee], locked=any((mentee, mentor) in kept for mentor in mentors))
            for mentee, mentors in mentors_of.items()
        ],
        refused=[*locks.refused, *not_kept(scored, locks, kept)],
        free_places=seats - np.bincount(edges.mentor[chosen], minlength=len(seats)),
        mentors_needed=MENTORS,
        gap=gap,
    )


def _choose(scored: ScoredPool, edges: Edges, seats: Ints, locks: Locks) -> tuple[Ints, float]:
    """Return the numbers of the edges chosen, two for each mentee served."""
    size = len(edges.mentee)
    of_mentee = grouped(edges.mentee)
    of_mentor = grouped(edges.mentor)
    program = Program(size + len(of_mentee))
    values = np.zeros(size + len(of_mentee), dtype=np.int64)
    ties = np.zeros_like(values)
    values[:size] = edges.score * (len(of_mentee) + 1)
    values[size:] = 1
    ties[:size] = edges.tie
    apart = scored.mentors_apart.each_two(np.arange(len(scored.mentors)))
    for served, mine in enumerate(of_mentee.values(), start=size):
        program.limit([*mine, served], 0, weights=[1] * len(mine) + [-MENTORS])
        program.limit([*mine, served], 0, weights=[-1] * len(mine) + [MENTORS])
        for one, other in combinations(mine, 2):
            if apart[edges.mentor[one], edges.mentor[other]]:
                program.limit([one, other], 1)
    for mentor, mine in of_mentor.items():
        program.limit(mine, int(seats[mentor]))
    # An odd place can serve nobody, which no branching on single people finds out.
    places = sum(min(len(mine), int(seats[mentor])) for mentor, mine in of_mentor.items())
    program.limit(range(size, size + len(of_mentee)), places // MENTORS)
    for one, other in enumerate(reverse_edges(scored, edges).tolist()):
        if other > one:
            program.limit([one, other], 1)
    values[lock_numbers(edges, locks)] += (BEST_SCORE * MENTORS + 1) * (len(of_mentee) + 1) ** 2
    decided = program.best(values, ties)
    return np.flatnonzero(decided.chosen[:size]), decided.gap


def grouped(numbers: Numbers) -> dict[int, list[int]]:
    """Return the positions at which each number occurs."""
    positions: dict[int, list[int]] = defaultdict(list)
    for position, number in enumerate(numbers.tolist()):
        positions[number].append(position)
    return positions


def with_locks(scored: ScoredPool, edges: Edges, locks: Locks) -> Edges:
    """Return the *edges* with those a lead keeps against a rule."""
    numbers = lock_numbers(edges, locks)
    known = set(zip(edges.mentee[numbers].tolist(), edges.mentor[numbers].tolist(), strict=True))
    added = [pair for pair in locks.kept if pair not in known]
    mentee = np.array([mentee for mentee, _ in added], dtype=np.int64)
    mentor = np.array([mentor for _, mentor in added], dtype=np.int64)
    scores = [score_of(breakdown(scored.weights, scored.mentors[other], scored.mentees[one])) for one, other in added]
    return Edges(
        mentee=np.concatenate((edges.mentee, mentee)),
        mentor=np.concatenate((edges.mentor, mentor)),
        score=np.concatenate((edges.score, np.array(scores, dtype=np.int64))),
        tie=np.concatenate((edges.tie, scored.tie_breaks(mentee, mentor))),
    )


def lock_numbers(edges: Edges, locks: Locks) -> Ints:
    """Return the numbers of the edges that are locked."""
    kept = np.array(locks.kept, dtype=np.int64).reshape(-1, 2)
    locked = (kept[:, 0] << _PERSON_BITS) + kept[:, 1]
    return np.flatnonzero(np.isin((edges.mentee.astype(np.int64) << _PERSON_BITS) + edges.mentor, locked))


def not_kept(scored: ScoredPool, locks: Locks, kept: set[tuple[int, int]]) -> list[RefusedLock]:
    """Return the locks for which the places did not suffice after all."""
    return [
        RefusedLock(mentor=scored.mentors[mentor].key, mentee=scored.mentees[mentee].key, rules=(Rule.CAPACITY,))
        for mentee, mentor in locks.kept
        if (mentee, mentor) not in kept
    ]
