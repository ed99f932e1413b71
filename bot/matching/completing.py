"""Whom a group lacks: people who meet one-to-one and would join it, so that somebody who waits for it can."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np

from bot.matching.places import possible_places
from bot.matching.pool import Format, Pool
from bot.matching.pruning import all_edges
from bot.matching.scoring import ScoredPool


def missing_members(pool: Pool, waiting: AbstractSet[str]) -> frozenset[str]:
    """Return whom of the mentees of *pool* (keys) groups need so that those *waiting* (keys) can join them.

    No more than a group's smallest size asks for, nor more than those waiting whom it would serve: first of the groups
    that most of those would join, and for each those who score best with its mentor.
    """
    scored = ScoredPool(pool, format=Format.COLLECTIVE)
    sessions = np.array([mentor.group_sessions for mentor in scored.mentors], dtype=np.int64)
    edges = all_edges(scored, np.ones(len(scored.mentees), dtype=np.bool_), sessions > 0)
    places = possible_places(scored, edges, pool.smallest_group)
    waits = np.array([mentee.key in waiting for mentee in scored.mentees], dtype=np.bool_)
    free = np.ones(len(scored.mentees), dtype=np.bool_)
    called: list[int] = []
    while True:
        can = free[places.mentee] & (sessions[places.lead[places.group]] > 0)
        could_join = np.bincount(places.group[can], minlength=len(places.topic))
        would_join = np.bincount(places.group[can & waits[places.mentee]], minlength=len(places.topic))
        would_join[(could_join < pool.smallest_group) | (2 * would_join < pool.smallest_group)] = 0
        if not would_join.any():
            return frozenset(scored.mentees[number].key for number in called)
        group = int(np.argmax(np.minimum(would_join, pool.largest_group)))
        seats = np.flatnonzero(can & (places.group == group))
        seats = seats[np.lexsort((-places.tie[seats], -edges.score[places.edge[seats]]))]
        joining = [int(one) for one in places.mentee[seats] if waits[one]][: pool.largest_group]
        others = [int(one) for one in places.mentee[seats] if not waits[one]]
        lacking = others[: max(0, pool.smallest_group - len(joining))]
        called += lacking
        free[[*joining, *lacking]] = False
        sessions[places.lead[group]] -= 1
