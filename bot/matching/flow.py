"""Minimum-cost flow over OR-Tools, with what it takes to pursue one goal after another exactly.

A flow that is best for one goal is recognised by prices on the nodes: it, and every other best flow, uses only arcs
whose cost the prices explain. The next goal is therefore pursued on these arcs alone, its own costs small and exact,
and nothing of the first is lost. Weighing all goals into one cost instead would overflow, or trade one for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Arcs with capacities, and what flows into (supply above 0) or out of each node."""

    tails: NDArray[np.int32]
    heads: NDArray[np.int32]
    capacities: Ints
    supplies: Ints

    def best_flow(self, costs: Ints) -> Ints | None:
        """Return the flow on each arc at the least total of *costs*, or None if the supplies cannot flow off."""
        solver = SimpleMinCostFlow()
        arcs = solver.add_arcs_with_capacity_and_unit_cost(self.tails, self.heads, self.capacities, costs)
        solver.set_nodes_supplies(np.arange(len(self.supplies), dtype=np.int32), self.supplies)
        status = solver.solve()
        if status == SimpleMinCostFlow.INFEASIBLE:
            return None
        if status != SimpleMinCostFlow.OPTIMAL:
            raise ArithmeticError(f"min-cost flow ended as {status!r}")
        flows: Ints = solver.flows(arcs)
        return flows

    def prices(self, costs: Ints, flows: Ints) -> Ints:
        """Return a price for each node under which no arc left open by the best flow *flows* saves anything.

        With price p, an arc from a to b costs cost + p[a] - p[b]: at least 0 where there is room, at most 0 where
        something flows. These are shortest distances along the arcs still open, found by relaxing them all at once.
        """
        room, used = flows < self.capacities, flows > 0
        tails = np.concatenate((self.tails[room], self.heads[used]))
        heads = np.concatenate((self.heads[room], self.tails[used]))
        lengths = np.concatenate((costs[room], -costs[used]))
        by_head = np.argsort(heads, kind="stable")
        tails, heads, lengths = tails[by_head], heads[by_head], lengths[by_head]
        distance = np.zeros(len(self.supplies), dtype=np.int64)
        if not len(heads):
            return distance
        starts = np.flatnonzero(np.concatenate(([True], heads[1:] != heads[:-1])))
        reached = heads[starts]
        while True:
            nearest = np.minimum.reduceat(distance[tails] + lengths, starts)
            shorter = nearest < distance[reached]
            if not shorter.any():
                return distance
            distance[reached[shorter]] = nearest[shorter]

    def saved(self, costs: Ints, prices: Ints) -> Ints:
        """Return what each arc costs beyond the prices of its ends."""
        return costs + prices[self.tails] - prices[self.heads]


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """All the best flows of a network for the goals met so far: arcs still free to choose, and flows already decided.

    *arcs* are the numbers of the free arcs in the network first asked about, *decided* the flow there on all others.
    """

    network: Network
    arcs: Ints
    decided: Ints

    @classmethod
    def of(cls, network: Network) -> Face:
        """Return the face on which nothing is decided."""
        return cls(network=network, arcs=np.arange(len(network.tails)), decided=np.zeros_like(network.capacities))

    def best_flow(self, costs: Ints) -> Ints | None:
        """Return the flow on every arc, decided or free, at the least total of *costs* (one for every arc)."""
        free = self.network.best_flow(costs[self.arcs])
        if free is None:
            return None
        flows = self.decided.copy()
        flows[self.arcs] = free
        return flows

    def narrowed(self, costs: Ints, flows: Ints) -> Face:
        """Return the face of all flows as good for *costs* as the best flow *flows*."""
        mine = costs[self.arcs]
        beyond = self.network.saved(mine, self.network.prices(mine, flows[self.arcs]))
        return self.deciding(beyond != 0, full=beyond < 0)

    def without(self, closed: NDArray[np.bool_]) -> Face:
        """Return the face with the free arcs among the *closed* (of every arc) left unused."""
        return self.deciding(closed[self.arcs], full=np.zeros(len(self.arcs), dtype=np.bool_))

    def deciding(self, settled: NDArray[np.bool_], *, full: NDArray[np.bool_]) -> Face:
        """Return the face with the free arcs *settled* no longer free: full where *full* says so, else unused."""
        decided = self.decided.copy()
        decided[self.arcs[full]] = self.network.capacities[full]
        supplies = self.network.supplies.copy()
        np.subtract.at(supplies, self.network.tails[full], self.network.capacities[full])
        np.add.at(supplies, self.network.heads[full], self.network.capacities[full])
        free = ~settled
        return Face(
            network=Network(
                tails=self.network.tails[free],
                heads=self.network.heads[free],
                capacities=self.network.capacities[free],
                supplies=supplies,
            ),
            arcs=self.arcs[free],
            decided=decided,
        )
