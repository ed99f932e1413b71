"""One round of one-to-one places: locks kept, the rest at the optimum, everything explained."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.explaining import Aftermath, explain_unplaced
from bot.matching.outcome import OVERRIDABLE, Outcome, Proposed, RefusedLock, Remedy, RemedyCode, Rule, Unplaced
from bot.matching.pool import Format, Pool
from bot.matching.proposing import pair_scores, propose
from bot.matching.pruning import all_edges, best_edges, missed_edges
from bot.matching.scoring import ScoredPool
from bot.matching.seating import Demand, Edges, Seating

Ints: TypeAlias = NDArray[np.int64]

FEW_PAIRS = 2_000_000
"""Up to here weighing every pair is quicker than choosing which to weigh."""
MANY_PAIRS = 200_000_000
"""Up to here it is proved that no pair left out would better anything; beyond, that it could by next to nothing."""
KEPT, KEPT_OF_MANY = 30, 10
"""Pairs weighed at first for each mentee, and again for each mentor; fewer where memory is what counts.

With few, where places are short, the first prices are so far off that as many come back as were left out.
"""
ONE_IN = 12_000
"""The part of the total score that is next to nothing."""
PRICING_ROUNDS = 12
"""Two or three are usual."""
MOST_BRANCHES = 64
"""Seatings tried to settle exactly who coaches whom, where two people would coach each other."""
MOST_WORK = 2_000_000
"""Edges in all these seatings together."""


@dataclass(slots=True, kw_only=True)
class Locks:
    """Locked pairs that can be kept, by number, and those that cannot."""

    kept: list[tuple[int, int]] = field(default_factory=list)
    """(mentee's number, mentor's number)"""
    refused: list[RefusedLock] = field(default_factory=list)


def solve_seats(pool: Pool, *, first: AbstractSet[str] = frozenset()) -> Outcome:
    """Return the best one-to-one proposals for the whole *pool*.

    The mentees *first* are served before the others, at equal numbers served.
    """
    scored = ScoredPool(pool, format=Format.PATH)
    locks = keep_locks(
        scored, seats=[mentor.seats for mentor in scored.mentors], needs=[mentee.needs for mentee in scored.mentees]
    )
    demand = demand_left(scored, locks.kept, first=first)
    edges, seating, at_most = weighed_edges(scored, demand, locks.kept)
    found = choose(scored, seating, demand)
    bound = found.at_most if at_most is None else at_most
    pairs = zip(edges.mentee[found.edges].tolist(), edges.mentor[found.edges].tolist(), strict=True)
    proposals = [propose(scored, [mentor], [mentee], locked=True) for mentee, mentor in locks.kept]
    proposals += [propose(scored, [mentor], [mentee]) for mentee, mentor in pairs]
    free_seats = demand.seats - np.bincount(edges.mentor[found.edges], minlength=len(demand.seats))
    gap = (bound - found.value) / max(1, int(edges.score[found.edges].sum()))
    return concluded(scored, proposals, refused=locks.refused, free_places=free_seats, gap=gap)


def concluded(
    scored: ScoredPool,
    proposals: list[Proposed],
    *,
    refused: Iterable[RefusedLock],
    free_places: Ints,
    mentors_needed: int = 1,
    gap: float,
) -> Outcome:
    """Return the outcome of a round that proposes *proposals*: the best first, and why the others are left out."""
    proposals.sort(key=lambda proposed: (-proposed.score, proposed.mentees, proposed.mentors))
    taught: dict[str, set[str]] = {}
    for proposed in proposals:
        for mentor in proposed.mentors:
            taught.setdefault(mentor, set()).update(proposed.mentees)
    served = set[str]().union(*taught.values())
    aftermath = Aftermath(free_places=free_places, taught=taught, mentors_needed=mentors_needed)
    return Outcome(
        proposals=tuple(proposals),
        unplaced=tuple(_left_out(scored, served, aftermath)),
        served=len(served),
        total_score=sum(pair_scores(scored, proposed) for proposed in proposals),
        refused_locks=tuple(refused),
        gap=gap,
    )


def keep_locks(scored: ScoredPool, *, seats: list[int], needs: list[int]) -> Locks:
    """Return the locks that the rules, an override and a free place allow, in the order of their keys.

    *seats* and *needs* are the places of each mentor and mentee, and go down with each lock kept.
    """
    pool = scored.pool
    locks = Locks()
    kept: set[tuple[str, str]] = set()
    for mentor_key, mentee_key in sorted(pool.locked):
        mentor, mentee = scored.mentor_number.get(mentor_key), scored.mentee_number.get(mentee_key)
        if mentor is None or mentee is None:
            rules = takes_no_part(scored, mentor_key, mentee_key)
            locks.refused.append(RefusedLock(mentor=mentor_key, mentee=mentee_key, rules=rules))
            continue
        rules = scored.broken_rules(mentee, mentor)
        if (mentor_key, mentee_key) in pool.overridden:
            rules = tuple(rule for rule in rules if rule not in OVERRIDABLE)
        rules = rules or _no_place(seats[mentor], needs[mentee], both_ways=(mentee_key, mentor_key) in kept)
        if rules:
            locks.refused.append(RefusedLock(mentor=mentor_key, mentee=mentee_key, rules=rules))
            continue
        seats[mentor] -= 1
        needs[mentee] -= 1
        kept.add((mentor_key, mentee_key))
        locks.kept.append((mentee, mentor))
    return locks


def _no_place(seats: int, needs: int, *, both_ways: bool) -> tuple[Rule, ...]:
    rules = ((Rule.NOT_LOOKING, needs == 0), (Rule.CAPACITY, seats == 0), (Rule.BOTH_WAYS, both_ways))
    return tuple(rule for rule, broken in rules if broken)


def takes_no_part(scored: ScoredPool, mentor_key: str, mentee_key: str) -> tuple[Rule, ...]:
    """Return why one of two people is not among those to be paired."""
    mentors = {person.key for person in scored.pool.mentors}
    mentees = {person.key: person for person in scored.pool.mentees}
    if mentor_key not in mentors:
        return (Rule.NO_MENTORS,)
    if mentee_key not in mentees or not mentees[mentee_key].needs:
        return (Rule.NOT_LOOKING,)
    return (Rule.FORMAT,)


def demand_left(
    scored: ScoredPool, kept: Iterable[tuple[int, int]], *, first: AbstractSet[str] = frozenset()
) -> Demand:
    """Return the places to fill once the locks *kept* have taken theirs."""
    needs = np.array([mentee.needs for mentee in scored.mentees], dtype=np.int64)
    seats = np.array([mentor.seats for mentor in scored.mentors], dtype=np.int64)
    load = np.zeros_like(seats)
    alone = (needs > 0).astype(np.int64)
    for mentee, mentor in kept:
        needs[mentee] -= 1
        seats[mentor] -= 1
        load[mentor] += 1
        alone[mentee] = 0
    left_out_first = scored.pool.left_out_first
    urgent = [(left_out_first and mentee.unserved_last_round) or mentee.key in first for mentee in scored.mentees]
    return Demand(first=alone, further=needs - alone, seats=seats, load=load, urgent=np.array(urgent, dtype=np.bool_))


class Weighed(NamedTuple):
    """The pairs to choose from, their network, and a value that no seating of all the pairs there are exceeds."""

    edges: Edges
    seating: Seating
    at_most: int | None
    """None where these are all the pairs there are."""


def weighed_edges(scored: ScoredPool, demand: Demand, kept: Sequence[tuple[int, int]]) -> Weighed:
    """Return the pairs to choose from.

    In a big pool they are the best pairs of each person, and those that the prices of the best seating among them
    prove to be missing, until none is; in a very big one until what they could add is next to nothing.
    """
    needs, seated = demand.first + demand.further, demand.seats > 0
    pairs = len(scored.mentees) * len(scored.mentors)
    if pairs <= FEW_PAIRS:
        edges = _not_locked(scored, all_edges(scored, needs > 0, seated), kept)
        return Weighed(edges, Seating(edges, demand), None)
    each = KEPT if pairs <= MANY_PAIRS else KEPT_OF_MANY
    edges = _not_locked(scored, best_edges(scored, needs > 0, seated, each=each), kept)
    seating = Seating(edges, demand)
    for _ in range(PRICING_ROUNDS):
        missed = missed_edges(scored, edges, needs=needs, seated=seated, prices=seating.prices(), each=each // 2)
        at_most = seating.best_value() + missed.at_most
        negligible = seating.best_score() // ONE_IN if pairs > MANY_PAIRS else 0
        if missed.at_most <= negligible:
            break
        edges = edges.joined(_not_locked(scored, missed.edges, kept))
        # Two networks at a time would take half as much memory again.
        del seating, missed
        seating = Seating(edges, demand)
    return Weighed(seating.edges, seating, at_most)


def _not_locked(scored: ScoredPool, edges: Edges, kept: Iterable[tuple[int, int]]) -> Edges:
    """Return the *edges* less the locked pairs, and less the same people the other way round."""
    shut = np.zeros(len(edges.mentee), dtype=np.bool_)
    for mentee, mentor in kept:
        shut |= (edges.mentee == mentee) & (edges.mentor == mentor)
        back_mentee = scored.mentee_number.get(scored.mentors[mentor].key)
        back_mentor = scored.mentor_number.get(scored.mentees[mentee].key)
        if back_mentee is not None and back_mentor is not None:
            shut |= (edges.mentee == back_mentee) & (edges.mentor == back_mentor)
    return edges.only(~shut)


class Found(NamedTuple):
    """A seating: the numbers of its edges, its value, and what no seating of the same edges exceeds."""

    edges: Ints
    value: int
    at_most: int


def choose(scored: ScoredPool, everything: Seating, demand: Demand) -> Found:
    """Return the best seating of the edges in *everything* in which no two people coach each other.

    That two people do not coach each other cannot be said in a flow. Where the best flow breaks it, each of the two
    directions is closed in turn, best seating first, so that the first one without such a pair is the best of all.
    """
    edges = everything.edges
    reverse = reverse_edges(scored, edges)
    branches = min(MOST_BRANCHES, MOST_WORK // (len(edges.score) + 1))
    queue: list[tuple[int, int, Ints, Ints]] = []
    tried = 0

    def seat(seating: Seating, open_numbers: Ints) -> None:
        nonlocal tried
        chosen = open_numbers[seating.chosen()]
        heapq.heappush(queue, (-seating.value(edges.only(chosen)), tried, open_numbers, chosen))
        tried += 1

    seat(everything, np.arange(len(edges.score)))
    while True:
        cost, _, open_numbers, chosen = heapq.heappop(queue)
        clashes = chosen[np.isin(reverse[chosen], chosen)]
        if not len(clashes):
            return Found(chosen, -cost, -cost)
        if tried >= branches:
            settled, value = _settled(edges, demand, reverse, open_numbers, chosen)
            return Found(settled, value, -cost)
        for closed in (clashes[0], reverse[clashes[0]]):
            left = open_numbers[open_numbers != closed]
            seat(Seating(edges.only(left), demand), left)


def reverse_edges(scored: ScoredPool, edges: Edges) -> Ints:
    """Return for each edge the number of the one with the same people the other way round, or -1."""
    mentors = len(scored.mentors)
    as_mentor = np.array([scored.mentor_number.get(mentee.key, -1) for mentee in scored.mentees], dtype=np.int64)
    as_mentee = np.array([scored.mentee_number.get(mentor.key, -1) for mentor in scored.mentors], dtype=np.int64)
    reverse = np.full(len(edges.score), -1, dtype=np.int64)
    both = np.flatnonzero((as_mentor[edges.mentee] >= 0) & (as_mentee[edges.mentor] >= 0))
    pair = edges.mentee.astype(np.int64) * mentors + edges.mentor
    by_pair = np.argsort(pair)
    sought = as_mentee[edges.mentor[both]] * mentors + as_mentor[edges.mentee[both]]
    place = np.minimum(np.searchsorted(pair[by_pair], sought), len(pair) - 1)
    found = pair[by_pair[place]] == sought
    reverse[both[found]] = by_pair[place[found]]
    return reverse


def _settled(edges: Edges, demand: Demand, reverse: Ints, open_numbers: Ints, chosen: Ints) -> tuple[Ints, int]:
    """Close the lower-scored direction of every pair that would coach each other, until there is none."""
    while True:
        clashes = chosen[np.isin(reverse[chosen], chosen)]
        if not len(clashes):
            return chosen, Seating(edges.only(open_numbers), demand).value(edges.only(chosen))
        other = reverse[clashes]
        lower = edges.score[clashes] < edges.score[other]
        lower |= (edges.score[clashes] == edges.score[other]) & (clashes < other)
        open_numbers = np.setdiff1d(open_numbers, clashes[lower])
        chosen = open_numbers[Seating(edges.only(open_numbers), demand).chosen()]


def _left_out(scored: ScoredPool, served: set[str], aftermath: Aftermath) -> list[Unplaced]:
    """Return why each mentee who wants a mentor and has none is left out, in the order of their keys."""
    waiting = [number for number, mentee in enumerate(scored.mentees) if mentee.key not in served]
    unplaced = list(explain_unplaced(scored, np.array(waiting, dtype=np.int64), aftermath))
    unplaced.extend(
        Unplaced(
            key=mentee.key,
            rule=Rule.FORMAT,
            candidates_before=len(scored.mentors),
            remedy=Remedy(code=RemedyCode.ANOTHER_FORMAT, args={"formats": tuple(sorted(mentee.formats))}),
        )
        for mentee in scored.pool.mentees
        if mentee.needs and scored.format not in mentee.formats
    )
    return sorted(unplaced, key=lambda person: person.key)
