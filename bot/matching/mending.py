"""Groups bettered part by part: where an answer loses most against its prices, an exact program decides anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.deciding import decided_groups
from bot.matching.places import Problem
from bot.matching.pricing import NEAR, PART, Found, asked_at
from bot.matching.seating import BEST_SCORE

Ints: TypeAlias = NDArray[np.int64]

MOST_PARTS = 24
"""Parts decided anew."""
PLACES_OF_A_PART = 300
PATIENCE = 5
"""Parts in a row that better nothing before the others are left alone, where nobody more can be served."""
GOOD_ENOUGH = 500
"""The part of the total score that is not worth deciding anything anew."""


class Mended(NamedTuple):
    """The numbers of the seats taken, their worth, and what no other answer exceeds."""

    taken: Ints
    value: int
    at_most: int


def mended_groups(problem: Problem, found: Found) -> Mended:
    """Return the answer *found*, or a better one."""
    market = _Losses(problem, found)
    taken, value = found.taken, found.value
    tried: set[tuple[bool, int]] = set()
    person = BEST_SCORE * len(problem.scored.mentees)
    for _ in range(MOST_PARTS):
        if value + market.small_change(taken) >= found.at_most:
            break
        if len(tried) > PATIENCE and found.at_most - value <= person:
            break
        seed = next((one for one in market.losers(taken) if one not in tried), None)
        if seed is None:
            break
        tried.add(seed)
        part = market.around(seed, taken)
        if not 0 < len(part) <= 2 * PLACES_OF_A_PART:
            continue
        better = _decided_anew(problem, taken, part)
        if (gained := int(problem.worth[better].sum())) > value and not len(problem.clashes(better)):
            taken, value = better, gained
            tried.clear()
    return Mended(taken, value, found.at_most)


def _decided_anew(problem: Problem, taken: Ints, part: Ints) -> Ints:
    """Return the seats *taken*, those among the *part* decided anew."""
    inside = np.isin(taken, part)
    hint = np.searchsorted(part, taken[inside])
    decided = decided_groups(problem.only(part), hint=hint)
    return np.sort(np.concatenate((taken[~inside], part[decided.chosen])))


class _Losses:
    """What each mentor and each person without a place costs an answer, against what the prices promise.

    All these losses together are the gap between the answer and its bound.
    """

    def __init__(self, problem: Problem, found: Found) -> None:
        self._problem = problem
        self._prices = found.prices
        self._lead = problem.places.lead[problem.places.group]
        self._gain = problem.worth * PART - found.prices[problem.places.mentee]
        asked = asked_at(problem, found.prices)
        self._asked = asked.seats
        self._promised = self._by_mentor(asked.seats)

    def small_change(self, taken: Ints) -> int:
        """Return by how much an answer may fall short of the bound and be left alone."""
        edges = self._problem.edges
        return int(edges.score[self._problem.places.edge[taken]].sum()) // GOOD_ENOUGH

    def losers(self, taken: Ints) -> Iterator[tuple[bool, int]]:
        """Yield who loses, whoever loses most first: (True, a mentee's number) or (False, a mentor's)."""
        alone = self._prices.copy()
        alone[self._problem.places.mentee[taken]] = 0
        losses = np.concatenate((alone, self._promised - self._by_mentor(taken)))
        for number in np.argsort(-losses, kind="stable").tolist():
            if losses[number] <= 0:
                return
            yield number < len(alone), number if number < len(alone) else number - len(alone)

    def around(self, seed: tuple[bool, int], taken: Ints) -> Ints:
        """Return the seats, in their order, of the part around somebody who loses.

        The mentors of the part are those with whom the one who loses, or those the mentor who loses asks for, would
        like to sit or do sit; its people are those who sit with them, and those without a place.
        """
        places, people = self._problem.places, len(self._prices)
        is_mentee, number = seed
        wanted = np.zeros(people, dtype=np.bool_)
        if is_mentee:
            wanted[number] = True
        else:
            wanted[places.mentee[self._asked[self._lead[self._asked] == number]]] = True
            wanted[places.mentee[taken[self._lead[taken] == number]]] = True
        liked = np.zeros(len(self._problem.sessions), dtype=np.int64)
        mine = np.flatnonzero(wanted[places.mentee] & (self._gain > -NEAR))
        np.add.at(liked, self._lead[mine], self._gain[mine] + NEAR)
        if not is_mentee:
            liked[number] = liked.max() + 1
        host = np.full(people, -1, dtype=np.int64)
        host[places.mentee[taken]] = self._lead[taken]
        rank = np.full(len(liked) + 1, len(liked), dtype=np.int64)
        by_liking = np.lexsort((np.arange(len(liked)), -liked))
        rank[by_liking] = np.arange(len(liked))
        rank[:-1][liked == 0] = len(liked)
        # A seat comes along with its own mentor and with the one its mentee sits with; with none, if it is wanted.
        joins = np.maximum(rank[self._lead], np.where(host < 0, 0, rank[host])[places.mentee])
        idle = (host < 0) & ~wanted
        joins[idle[places.mentee] & (self._gain <= -NEAR)] = len(liked)
        seats_by_rank = np.cumsum(np.bincount(joins, minlength=len(liked) + 1)[:-1])
        last = int(np.searchsorted(seats_by_rank, PLACES_OF_A_PART, side="right"))
        return np.flatnonzero(joins < max(1, min(last, len(liked))))

    def _by_mentor(self, seats: Ints) -> Ints:
        total = np.zeros(len(self._problem.sessions), dtype=np.int64)
        np.add.at(total, self._lead[seats], self._gain[seats])
        return total
