"""Groups in pools of any size: prices say which to open, a flow who sits in them, and prices how good that is.

Everybody's place has a price. Were people free to sit in several groups at once, each mentor could open the groups that
earn most at these prices, whatever the others do; what all of them earn and the prices together are worth no less than
any answer (weak duality). The price of whoever is wanted twice then rises, that of whoever is wanted by nobody falls.
Now and then the groups open at the prices are filled by a min-cost flow, and those too small are closed: an answer.

Everything is counted in whole numbers and steps, never in seconds, so that every machine gives the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.flow import Network
from bot.matching.places import Problem
from bot.matching.seating import BEST_SCORE, FIRST_PERSON, SINK, SOURCE, feasible

Ints: TypeAlias = NDArray[np.int64]
Truths: TypeAlias = NDArray[np.bool_]

PART = 64
"""A point of score in units of a price."""
NEAR = 30 * PART
"""How far a price may exceed a seat's worth and the seat still be looked at one by one."""
LARGEST_STEP, SMALLEST_STEP = 6 * PART, PART // 4
FINELY, COARSELY = 32, 8
"""By which part of itself a step shrinks: from points down, and from what a person served is worth down to points."""
BETWEEN_ANSWERS, BETWEEN_ANSWERS_OF_MANY = 5, 10
"""Steps from one answer to the next, on the most promising seats only; more of them where an answer takes long."""
PROMISING, ONE_IN = 40, 32
"""Seats in each group that are looked at between two answers: several times as many as can be taken, and as good as at
random one in so many of the others, lest all groups look at the same people.
"""
PATIENT_REPAIRS = 12
"""Flows in which somebody sits beside whom they must not before that person gets no place at all."""
MANY_ARCS = 200_000
"""Seats beyond which a flow is given only some of them."""
ENOUGH_ARCS = 24
"""About how many seats of each person a flow is then given, besides the most promising of each group."""

_GAIN_BITS, _TIE_BITS = 36, 6
_MOST_GAIN = (1 << _GAIN_BITS - 1) - 1


class Found(NamedTuple):
    """The numbers of the seats taken, their worth, what no other answer exceeds, and the prices that prove it."""

    taken: Ints
    value: int
    at_most: int
    prices: Ints


class Asked(NamedTuple):
    """What mentors would open at given prices: the bound, the seats they ask for, their groups, and what these earn."""

    at_most: int
    seats: Ints
    opened: Truths
    earned: Ints
    promising: Ints
    """The best seats of every group."""


def priced_groups(problem: Problem) -> Found:
    """Return a good answer to *problem*, and how good it is."""
    return _Market(problem).best()


def asked_at(problem: Problem, prices: Ints, *, among: Ints | None = None) -> Asked:
    """Return what mentors would open at these *prices*, *among* the seats given or else among all."""
    places, pool = problem.places, problem.scored.pool
    groups = len(places.lead)
    seats = np.arange(len(problem.worth)) if among is None else among
    gain = problem.worth[seats] * PART - prices[places.mentee[seats]]
    near = np.flatnonzero(gain > -NEAR)
    # Packed so that sorting numbers sorts by group, then from the highest gain down, then as good as at random: were
    # equals in one order for all, all groups would ask for the same people.
    packed = (places.group[seats[near]] << _GAIN_BITS) + np.maximum(_MOST_GAIN - gain[near], 0)
    near = near[np.argsort((packed << _TIE_BITS) + (places.tie[seats[near]] & (1 << _TIE_BITS) - 1), kind="stable")]
    seats, gain = seats[near], gain[near]
    group = places.group[seats]
    rank = np.arange(len(group)) - np.searchsorted(group, group)
    taken = (rank < pool.largest_group) & ((gain > 0) | (rank < pool.smallest_group))
    earned = np.zeros(groups, dtype=np.int64)
    np.add.at(earned, group[taken], gain[taken])
    # Where too few are near, those who would fill the group cost at least as much as the nearest who is not.
    missing = pool.smallest_group - np.bincount(group[taken], minlength=groups)
    earned -= NEAR * np.maximum(missing, 0)
    candidates = np.flatnonzero(earned > 0)
    candidates = candidates[np.lexsort((-earned[candidates], places.lead[candidates]))]
    lead = places.lead[candidates]
    rank_of_group = np.arange(len(lead)) - np.searchsorted(lead, lead)
    opened = np.zeros(groups, dtype=np.bool_)
    opened[candidates[rank_of_group < problem.sessions[lead]]] = True
    return Asked(
        at_most=int(prices.sum() + earned[opened].sum()) // PART,
        seats=seats[taken & opened[group]],
        opened=opened,
        earned=earned,
        promising=seats[(rank < PROMISING) | ((places.tie[seats] >> _TIE_BITS) % ONE_IN == 0)],
    )


class _Market:
    """The prices, and the best answer and the lowest bound that came of them."""

    def __init__(self, problem: Problem) -> None:
        self._problem, self._places, self._worth = problem, problem.places, problem.worth
        pool = problem.scored.pool
        self._smallest, self._largest = pool.smallest_group, pool.largest_group
        self._people = len(problem.scored.mentees)
        self._groups = len(self._places.lead)
        self._prices = np.zeros(self._people, dtype=np.int64)
        np.maximum.at(self._prices, self._places.mentee, self._worth * PART)
        self._best_prices = self._prices
        self._taken = np.zeros(0, dtype=np.int64)
        self._value = 0
        self._at_most = int(self._prices.sum()) // PART

    def best(self) -> Found:
        """Return the best answer."""
        if not len(self._worth):
            return Found(self._taken, 0, 0, self._prices)
        free = asked_at(self._problem, np.zeros_like(self._prices))
        if free.at_most < self._at_most:
            # There are fewer places than people: most prices are nearer to nothing than to what a place is worth.
            self._at_most, self._prices = free.at_most, np.zeros_like(self._prices)
            self._best_prices = self._prices
        self._bargain(_steps(LARGEST_STEP, SMALLEST_STEP, FINELY))
        if self._at_most - self._value > BEST_SCORE * self._people:
            # More people could be served, or locks kept, as far as these prices tell: they may be off by as much.
            self._prices = self._best_prices
            self._bargain(_steps(int(self._worth.max()) * PART // 2, LARGEST_STEP, COARSELY), answering=False)
            self._bargain(_steps(LARGEST_STEP, SMALLEST_STEP, FINELY))
        return Found(self._taken, self._value, max(self._value, self._at_most), self._best_prices)

    def _bargain(self, steps: Iterator[int], *, answering: bool = True) -> None:
        """Change the prices step by step, and note the lowest bound and, if *answering*, the best answer on the way."""
        between = BETWEEN_ANSWERS if len(self._worth) <= MANY_ARCS else BETWEEN_ANSWERS_OF_MANY
        promising = None
        for number, step in enumerate(steps):
            asked = asked_at(self._problem, self._prices, among=promising)
            if promising is None:
                self._note(asked, answering=answering)
                if self._value == self._at_most:
                    return
            promising = asked.promising if (number + 1) % between else None
            wanted = np.bincount(self._places.mentee[asked.seats], minlength=self._people)
            self._prices = np.maximum(self._prices + step * np.clip(wanted - 1, -1, 2), 0)
        self._note(asked_at(self._problem, self._prices), answering=answering)

    def _note(self, asked: Asked, *, answering: bool) -> None:
        if asked.at_most < self._at_most:
            self._at_most, self._best_prices = asked.at_most, self._prices
        if not answering:
            return
        taken = self._filled(asked)
        value = int(self._worth[taken].sum())
        if value > self._value:
            self._taken, self._value = taken, value

    def _filled(self, asked: Asked) -> Ints:
        """Return the seats taken once the groups opened are filled, those too small closed and no rule broken.

        Closed are the smallest first, of these the ones that earn least.
        """
        opened, shut, repairs = asked.opened.copy(), np.zeros(len(self._worth), dtype=np.bool_), 0
        arcs = self._arcs(asked)
        while True:
            taken = self._flow(opened, arcs[opened[self._places.group[arcs]] & ~shut[arcs]])
            size = np.bincount(self._places.group[taken], minlength=self._groups)
            opened &= size > 0
            small = np.flatnonzero(opened & (size < self._smallest))
            if len(small):
                first = np.lexsort((small, asked.earned[small], size[small]))
                opened[small[first[: (len(small) + 1) // 2]]] = False
                continue
            pairs = self._problem.clashes(taken)
            if not len(pairs):
                return taken
            losers = self._losers(pairs)
            shut[losers] = True
            repairs += 1
            if repairs >= PATIENT_REPAIRS:
                shut = shut | np.isin(self._places.mentee, self._places.mentee[losers])

    def _losers(self, pairs: Ints) -> Ints:
        """Return one seat of each of the *pairs*: of who clashes with more people, else the one worth less."""
        often = np.bincount(pairs.ravel(), minlength=len(self._worth))
        one, other = pairs.T
        more = often[one] - often[other]
        keep_one = (more < 0) | ((more == 0) & (self._worth[one] >= self._worth[other]))
        return np.unique(np.where(keep_one, other, one))

    def _arcs(self, asked: Asked) -> Ints:
        """Return the seats of the groups opened, in their order; of very many, the most promising and enough others."""
        places = self._places
        seats = np.flatnonzero(asked.opened[places.group])
        if len(seats) <= MANY_ARCS:
            return seats
        count = np.bincount(places.mentee[seats], minlength=self._people)
        enough = places.tie[seats] % count[places.mentee[seats]] < ENOUGH_ARCS
        promising = asked.promising[asked.opened[places.group[asked.promising]]]
        return np.union1d(seats[enough], promising)

    def _flow(self, opened: Truths, seats: Ints) -> Ints:
        """Return which *seats* people take in the groups *opened*: the worthiest, after groups reach their least size.

        Filling a group up to its least size is worth any score but nobody's place, and so changes nothing where all of
        them reach it.
        """
        places = self._places
        groups = np.flatnonzero(opened)
        mentee_nodes = FIRST_PERSON + np.arange(self._people)
        group_nodes = FIRST_PERSON + self._people + np.arange(len(groups))
        node_of = np.zeros(self._groups, dtype=np.int64)
        node_of[groups] = group_nodes
        supplies = np.zeros(FIRST_PERSON + self._people + len(groups), dtype=np.int64)
        supplies[SOURCE], supplies[SINK] = self._people, -self._people
        few, more = self._smallest, self._largest - self._smallest
        network = Network(
            tails=np.concatenate(
                (
                    np.full(self._people, SOURCE),
                    FIRST_PERSON + places.mentee[seats],
                    group_nodes,
                    group_nodes,
                    [SOURCE],
                ),
                dtype=np.int32,
            ),
            heads=np.concatenate(
                (mentee_nodes, node_of[places.group[seats]], np.full(2 * len(groups), SINK), [SINK]), dtype=np.int32
            ),
            capacities=np.concatenate(
                (
                    np.ones(self._people + len(seats), dtype=np.int64),
                    np.repeat([few, more], len(groups)),
                    [self._people],
                )
            ),
            supplies=supplies,
        )
        costs = np.concatenate(
            (
                np.zeros(self._people, dtype=np.int64),
                -self._worth[seats],
                np.repeat([-BEST_SCORE, 0], len(groups)),
                [0],
            )
        )
        flows = feasible(network.best_flow(costs))
        return seats[flows[self._people : self._people + len(seats)] > 0]


def _steps(first: int, last: int, by: int) -> Iterator[int]:
    """Yield steps from *first* down to *last*, each smaller than the one before by that part of it."""
    step = first
    while step > last:
        yield step
        step -= max(1, step // by)
