"""One-to-one seats for the whole pool at once: who meets whom, at the proven optimum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.flow import Face, Network

Ints: TypeAlias = NDArray[np.int64]
Numbers: TypeAlias = NDArray[np.signedinteger[Any]]
"""Numbers below two thousand million; those of millions of edges in half the memory."""

BEST_SCORE = 100
SOURCE, SINK, FIRST_PERSON = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Pairs that may be proposed: numbers of their mentee and mentor, score, and a number that breaks ties."""

    mentee: Numbers
    mentor: Numbers
    score: Ints
    tie: Numbers

    def only(self, kept: NDArray[np.bool_] | Ints | slice) -> Edges:
        """Return the edges *kept* says."""
        return Edges(mentee=self.mentee[kept], mentor=self.mentor[kept], score=self.score[kept], tie=self.tie[kept])

    def joined(self, others: Edges) -> Edges:
        """Return these edges and the *others*, which are none of these, in the order of their people's numbers."""
        mentee = np.concatenate((self.mentee, others.mentee))
        mentor = np.concatenate((self.mentor, others.mentor))
        return Edges(
            mentee=mentee,
            mentor=mentor,
            score=np.concatenate((self.score, others.score)),
            tie=np.concatenate((self.tie, others.tie)),
        ).only(np.lexsort((mentor, mentee)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Places to fill, by number of mentee and of mentor."""

    first: Ints
    """1 for a mentee who would otherwise have nobody."""
    further: Ints
    """Mentors wanted besides."""
    seats: Ints
    load: Ints
    """Mentees a mentor already has in this round."""
    urgent: NDArray[np.bool_]
    """Mentees served before all others, at equal numbers served."""


class Seating:
    """The network of one round, and its best flow by goals in their order.

    Source → mentee (a place in the first arc counts as a person served, a place in the second only by its score),
    mentee → mentor, mentor → sink with one arc for each place, and source → sink for what cannot be placed.
    """

    def __init__(self, edges: Edges, demand: Demand) -> None:
        self.edges = edges
        self.demand = demand
        mentees, mentors = len(demand.first), len(demand.seats)
        mentee_nodes = FIRST_PERSON + np.arange(mentees, dtype=np.int32)
        mentor_nodes = FIRST_PERSON + mentees + np.arange(mentors, dtype=np.int32)
        seat_mentor = np.repeat(np.arange(mentors), demand.seats)
        before = np.cumsum(demand.seats) - demand.seats
        seat_rank = np.arange(len(seat_mentor)) - before[seat_mentor]
        wanted = int(demand.first.sum() + demand.further.sum())

        self._pairs = slice(2 * mentees, 2 * mentees + len(edges.score))
        self._firsts = slice(0, mentees)
        self._seats = slice(self._pairs.stop, self._pairs.stop + len(seat_mentor))
        self._seat_load = demand.load[seat_mentor] + seat_rank
        supplies = np.zeros(FIRST_PERSON + mentees + mentors, dtype=np.int64)
        supplies[SOURCE], supplies[SINK] = wanted, -wanted
        self.network = Network(
            tails=np.concatenate(
                (
                    np.full(2 * mentees, SOURCE),
                    mentee_nodes[edges.mentee],
                    mentor_nodes[seat_mentor],
                    [SOURCE],
                ),
                dtype=np.int32,
            ),
            heads=np.concatenate(
                (mentee_nodes, mentee_nodes, mentor_nodes[edges.mentor], np.full(len(seat_mentor), SINK), [SINK]),
                dtype=np.int32,
            ),
            capacities=np.concatenate(
                (
                    demand.first,
                    demand.further,
                    np.ones(len(edges.score) + len(seat_mentor), dtype=np.int64),
                    [wanted],
                )
            ),
            supplies=supplies,
        )

    def chosen(self) -> Ints:
        """Return the numbers of the edges of the best seating.

        Most people served (the urgent first among as many), then the best total score, then the evenest load, then
        the least of all scores as high as can be, then the tie-breaks.
        """
        face = Face.of(self.network).narrowed(self._service_costs(), self._service_flows)
        flows = feasible(face.best_flow(self._load_costs()))
        face = self._lifted(face.narrowed(self._load_costs(), flows), flows)
        return np.flatnonzero(feasible(face.best_flow(self._tie_costs()))[self._pairs])

    def best_value(self) -> int:
        """Return what the best seating is worth, as `value` counts."""
        return -int(self._service_costs() @ self._service_flows)

    def best_score(self) -> int:
        """Return the total score of the best seating."""
        return int(self.edges.score @ self._service_flows[self._pairs])

    def prices(self) -> tuple[Ints, Ints]:
        """Return the prices of mentees and mentors under which only pairs that score more than their difference help.

        The first goals alone count: people served, then the total score.
        """
        prices = self.network.prices(self._service_costs(), self._service_flows)[FIRST_PERSON:]
        mentees = len(self.demand.first)
        return prices[:mentees], prices[mentees:]

    @cached_property
    def _service_flows(self) -> Ints:
        return feasible(self.network.best_flow(self._service_costs()))

    def value(self, chosen: Edges) -> int:
        """Return how good it is to choose these edges: one more person served outweighs any score."""
        served = np.unique(chosen.mentee)
        return int((self._service()[served] * self.demand.first[served]).sum() + chosen.score.sum())

    def _service(self) -> Ints:
        """Return what serving each mentee is worth: more than all scores, and for the urgent more than the others."""
        places = int(min(self.demand.first.sum() + self.demand.further.sum(), self.demand.seats.sum()))
        urgent = BEST_SCORE * places + 1
        served = urgent * (int(self.demand.urgent.sum()) + 1)
        return served + urgent * self.demand.urgent.astype(np.int64)

    def _service_costs(self) -> Ints:
        costs = np.zeros(len(self.network.tails), dtype=np.int64)
        costs[self._firsts] = -self._service()
        costs[self._pairs] = -self.edges.score
        return costs

    def _load_costs(self) -> Ints:
        costs = np.zeros(len(self.network.tails), dtype=np.int64)
        costs[self._seats] = self._seat_load
        return costs

    def _tie_costs(self) -> Ints:
        costs = np.zeros(len(self.network.tails), dtype=np.int64)
        costs[self._pairs] = -self.edges.tie
        return costs

    def _lifted(self, face: Face, flows: Ints) -> Face:
        """Return the part of the face where the least score of a pair is the highest."""
        score = np.full(len(self.network.tails), BEST_SCORE + 1, dtype=np.int64)
        score[self._pairs] = self.edges.score
        costs = self._tie_costs()
        reached = score[flows > 0].min(initial=BEST_SCORE)
        # A decided pair is in every solution left: no floor above the least of them can be met.
        ceiling = score[face.decided > 0].min(initial=BEST_SCORE)
        floors = np.unique(score[face.arcs])
        floors = floors[(floors > reached) & (floors <= ceiling)]
        best = face.without(score < reached)
        low, high = 0, len(floors)
        while low < high:
            middle = (low + high) // 2
            lifted = face.without(score < floors[middle])
            if lifted.best_flow(costs) is None:
                high = middle
            else:
                best, low = lifted, middle + 1
        return best


def feasible(flows: Ints | None) -> Ints:
    """Return the *flows* of a network through which all that is supplied can always flow off."""
    if flows is None:
        raise ArithmeticError("a flow that leaves everybody unplaced always exists")
    return flows
