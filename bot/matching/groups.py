"""Collective sessions: one topic, three to eight mentees, one or two mentors, nobody beside their boss or report."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.deciding import decided_groups
from bot.matching.mending import mended_groups
from bot.matching.outcome import Outcome, Proposed
from bot.matching.places import Places, Problem, possible_places
from bot.matching.pool import Format, Pool
from bot.matching.pricing import priced_groups
from bot.matching.proposing import propose
from bot.matching.pruning import all_edges
from bot.matching.scoring import ScoredPool
from bot.matching.seating import BEST_SCORE, Edges
from bot.matching.seconds import Group, second_locks, second_mentors
from bot.matching.solving import Locks, concluded, keep_locks
from bot.matching.trios import grouped, lock_numbers, not_kept, with_locks

Ints: TypeAlias = NDArray[np.int64]

FEW_PLACES = 600
"""Up to here an exact program decides at once."""
SOME_PLACES = 5_000
"""Up to here it is asked where more people might be served than prices found a place for; beyond, it takes minutes."""


def solve_groups(pool: Pool) -> Outcome:
    """Return the best groups for the whole *pool*: the most people served first, then the best total score.

    What is optimal, or in a big pool as near to it as the gap says, is who is served, and by which first mentor. Second
    mentors join from those left over, and so take nothing from anybody.
    """
    scored = ScoredPool(pool, format=Format.COLLECTIVE)
    sessions = np.array([mentor.group_sessions for mentor in scored.mentors], dtype=np.int64)
    locks = keep_locks(scored, seats=(sessions * pool.largest_group).tolist(), needs=[1] * len(scored.mentees))
    everyone = np.ones(len(scored.mentees), dtype=np.bool_)
    edges = with_locks(scored, all_edges(scored, everyone, sessions > 0), locks)
    places = possible_places(scored, edges, scored.pool.smallest_group)
    taken, gap = _choose(scored, edges, places, sessions, locks)
    groups = [
        Group(int(places.lead[group]), sorted(places.mentee[taken[seats]].tolist()), places.topic[group])
        for group, seats in grouped(places.group[taken]).items()
    ]
    sessions_left = sessions - np.bincount([group.mentor for group in groups], minlength=len(sessions))
    wished = second_locks(scored, locks)
    kept_anyway = edges.only(lock_numbers(edges, locks))
    pairs = zip(kept_anyway.mentee.tolist(), kept_anyway.mentor.tolist(), strict=True)
    against_rules = dict(zip(pairs, kept_anyway.score.tolist(), strict=True))
    seconds = second_mentors(scored, groups, sessions_left, against_rules=against_rules, wished=wished)
    locked = set(locks.kept) | wished
    kept: set[tuple[int, int]] = set()
    proposals: list[Proposed] = []
    for number, group in enumerate(groups):
        mentors = [group.mentor, *([seconds[number]] if number in seconds else [])]
        mine = {(mentee, mentor) for mentee in group.mentees for mentor in mentors} & locked
        kept |= mine
        proposals.append(propose(scored, mentors, group.mentees, topic=group.topic, locked=bool(mine)))
    joined = {(scored.mentors[mentor].key, scored.mentees[mentee].key) for mentee, mentor in kept & wished}
    refused = [lock for lock in locks.refused if (lock.mentor, lock.mentee) not in joined]
    return concluded(
        scored,
        proposals,
        refused=[*refused, *not_kept(scored, locks, kept)],
        free_places=sessions_left - np.bincount(list(seconds.values()), minlength=len(sessions)),
        gap=gap,
    )


def _choose(scored: ScoredPool, edges: Edges, places: Places, sessions: Ints, locks: Locks) -> tuple[Ints, float]:
    """Return the numbers of the seats taken, and the gap as an `Outcome` states it.

    Few seats are chosen by an exact program; many by prices, bettered part by part.
    """
    served = BEST_SCORE * len(scored.mentees) + 1
    worth = served + edges.score[places.edge]
    worth += served * (len(scored.mentees) + 1) * np.isin(places.edge, lock_numbers(edges, locks))
    problem = Problem(scored=scored, edges=edges, places=places, worth=worth, sessions=sessions)
    if len(worth) <= FEW_PLACES:
        decided = decided_groups(problem)
        taken, value, at_most = np.flatnonzero(decided.chosen), decided.value, decided.at_most
    else:
        found = priced_groups(problem)
        if len(worth) <= SOME_PLACES and found.at_most - found.value > served - 1:
            decided = decided_groups(problem, hint=found.taken)
            better = decided.value > found.value
            taken, value = (np.flatnonzero(decided.chosen), decided.value) if better else (found.taken, found.value)
            at_most = min(decided.at_most, found.at_most)
        else:
            taken, value, at_most = mended_groups(problem, found)
        taken = problem.with_settled_topics(taken)
    return taken, (at_most - value) / max(1, int(edges.score[places.edge[taken]].sum()))
