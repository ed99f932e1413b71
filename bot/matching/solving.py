"""One round of one-to-one places: locks kept, the rest at the optimum, everything explained."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.explaining import breakdown, explain_unplaced, main_reasons, score_of, teachable
from bot.matching.outcome import Outcome, Proposed, RefusedLock, Remedy, RemedyCode, Rule, Unplaced
from bot.matching.pool import Format, Pool
from bot.matching.scoring import ScoredPool
from bot.matching.seating import Demand, Edges, Seating

Ints: TypeAlias = NDArray[np.int64]

MOST_BRANCHES = 64
"""Seatings tried to settle exactly who coaches whom, where two people would coach each other."""


@dataclass(slots=True, kw_only=True)
class Locks:
    """Locked pairs that can be kept, by number, and those that cannot."""

    kept: list[tuple[int, int]] = field(default_factory=list)
    """(mentee's number, mentor's number)"""
    refused: list[RefusedLock] = field(default_factory=list)


def solve_seats(pool: Pool, *, format: Format) -> Outcome:  # noqa: A002 - the programme's word
    """Return the best one-to-one proposals for the whole *pool*."""
    scored = ScoredPool(pool, format=format)
    locks = keep_locks(scored)
    demand = demand_left(scored, locks.kept)
    edges = open_edges(scored, demand, locks.kept)
    chosen, gap = choose(scored, edges, demand)
    proposals = [
        *(propose(scored, mentee, mentor, locked=True) for mentee, mentor in locks.kept),
        *(
            propose(scored, mentee, mentor, locked=False)
            for mentee, mentor in zip(edges.mentee[chosen].tolist(), edges.mentor[chosen].tolist(), strict=True)
        ),
    ]
    proposals.sort(key=lambda proposed: (-proposed.score, proposed.mentees, proposed.mentors))
    served = {proposed.mentee for proposed in proposals}
    free_seats = demand.seats - np.bincount(edges.mentor[chosen], minlength=len(demand.seats))
    return Outcome(
        proposals=tuple(proposals),
        unplaced=tuple(left_out(scored, served, free_seats, proposals)),
        served=len(served),
        total_score=sum(proposed.score for proposed in proposals),
        refused_locks=tuple(locks.refused),
        gap=gap,
    )


def keep_locks(scored: ScoredPool) -> Locks:
    """Return the locks that the rules, an override or a free place allow, in the order of their keys."""
    pool = scored.pool
    locks = Locks()
    seats = [mentor.seats for mentor in scored.mentors]
    needs = [mentee.needs for mentee in scored.mentees]
    kept: set[tuple[str, str]] = set()
    for mentor_key, mentee_key in sorted(pool.locked):
        mentor, mentee = scored.mentor_number.get(mentor_key), scored.mentee_number.get(mentee_key)
        if mentor is None or mentee is None:
            rules = takes_no_part(scored, mentor_key, mentee_key)
        elif (mentor_key, mentee_key) in pool.overridden:
            rules = ()
        else:
            rules = scored.broken_rules(mentee, mentor)
        if mentor is not None and mentee is not None and not rules:
            rules = _no_place(seats[mentor], needs[mentee], both_ways=(mentee_key, mentor_key) in kept)
            if not rules:
                seats[mentor] -= 1
                needs[mentee] -= 1
                kept.add((mentor_key, mentee_key))
                locks.kept.append((mentee, mentor))
                continue
        locks.refused.append(RefusedLock(mentor=mentor_key, mentee=mentee_key, rules=rules))
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


def demand_left(scored: ScoredPool, kept: Iterable[tuple[int, int]]) -> Demand:
    """Return the places to fill once the locks *kept* have taken theirs."""
    needs = np.array([mentee.needs for mentee in scored.mentees], dtype=np.int64)
    seats = np.array([mentor.seats for mentor in scored.mentors], dtype=np.int64)
    load = np.zeros_like(seats)
    first = (needs > 0).astype(np.int64)
    for mentee, mentor in kept:
        needs[mentee] -= 1
        seats[mentor] -= 1
        load[mentor] += 1
        first[mentee] = 0
    urgent = [scored.pool.left_out_first and mentee.unserved_last_round for mentee in scored.mentees]
    return Demand(first=first, further=needs - first, seats=seats, load=load, urgent=np.array(urgent, dtype=np.bool_))


def open_edges(scored: ScoredPool, demand: Demand, kept: Iterable[tuple[int, int]]) -> Edges:
    """Return the pairs the rules allow between people with a place left, less what the locks *kept* rule out."""
    looking = demand.first + demand.further > 0
    seated = demand.seats > 0
    mentees: list[Ints] = []
    mentors: list[Ints] = []
    scores: list[Ints] = []
    for rows in scored.blocks():
        block = scored.scores(rows)
        block[~looking[rows]] = 0
        block[:, ~seated] = 0
        row, column = np.nonzero(block)
        mentees.append(rows[row])
        mentors.append(column)
        scores.append(block[row, column].astype(np.int64) - 1)
    nobody = [np.zeros(0, dtype=np.int64)]
    mentee, mentor = np.concatenate(mentees or nobody), np.concatenate(mentors or nobody)
    edges = Edges(
        mentee=mentee,
        mentor=mentor,
        score=np.concatenate(scores or nobody),
        tie=scored.tie_breaks(mentee, mentor),
    )
    shut = np.zeros(len(mentee), dtype=np.bool_)
    for locked_mentee, locked_mentor in kept:
        shut |= (mentee == locked_mentee) & (mentor == locked_mentor)
        back_mentee = scored.mentee_number.get(scored.mentors[locked_mentor].key)
        back_mentor = scored.mentor_number.get(scored.mentees[locked_mentee].key)
        if back_mentee is not None and back_mentor is not None:
            shut |= (mentee == back_mentee) & (mentor == back_mentor)
    return edges.only(~shut)


def choose(scored: ScoredPool, edges: Edges, demand: Demand) -> tuple[Ints, float]:
    """Return the numbers of the edges of the best seating in which no two people coach each other, and its gap.

    That two people do not coach each other cannot be said in a flow. Where the best flow breaks it, each of the two
    directions is closed in turn, best seating first, so that the first one without such a pair is the best of all.
    """
    reverse = _reverse_edges(scored, edges)
    every = np.arange(len(edges.score))
    queue: list[tuple[int, int, Ints, Ints]] = []
    tried = 0

    def seat(open_numbers: Ints) -> None:
        nonlocal tried
        seating = Seating(edges.only(open_numbers), demand)
        chosen = open_numbers[seating.chosen()]
        heapq.heappush(queue, (-seating.value(edges.only(chosen)), tried, open_numbers, chosen))
        tried += 1

    seat(every)
    while True:
        cost, _, open_numbers, chosen = heapq.heappop(queue)
        clashes = chosen[np.isin(reverse[chosen], chosen)]
        if not len(clashes):
            return chosen, 0.0
        if tried >= MOST_BRANCHES:
            return _settled(edges, demand, reverse, open_numbers, chosen, bound=-cost)
        for closed in (clashes[0], reverse[clashes[0]]):
            seat(open_numbers[open_numbers != closed])


def _reverse_edges(scored: ScoredPool, edges: Edges) -> Ints:
    """Return for each edge the number of the one with the same people the other way round, or -1."""
    mentors = len(scored.mentors)
    as_mentor = np.array([scored.mentor_number.get(mentee.key, -1) for mentee in scored.mentees], dtype=np.int64)
    as_mentee = np.array([scored.mentee_number.get(mentor.key, -1) for mentor in scored.mentors], dtype=np.int64)
    reverse = np.full(len(edges.score), -1, dtype=np.int64)
    both = np.flatnonzero((as_mentor[edges.mentee] >= 0) & (as_mentee[edges.mentor] >= 0))
    pair = edges.mentee * mentors + edges.mentor
    by_pair = np.argsort(pair)
    sought = as_mentee[edges.mentor[both]] * mentors + as_mentor[edges.mentee[both]]
    place = np.minimum(np.searchsorted(pair[by_pair], sought), len(pair) - 1)
    found = pair[by_pair[place]] == sought
    reverse[both[found]] = by_pair[place[found]]
    return reverse


def _settled(
    edges: Edges, demand: Demand, reverse: Ints, open_numbers: Ints, chosen: Ints, *, bound: int
) -> tuple[Ints, float]:
    """Close the lower-scored direction of every pair that would coach each other, until there is none."""
    while True:
        clashes = chosen[np.isin(reverse[chosen], chosen)]
        seating = Seating(edges.only(open_numbers), demand)
        if not len(clashes):
            return chosen, (bound - seating.value(edges.only(chosen))) / max(bound, 1)
        other = reverse[clashes]
        lower = edges.score[clashes] < edges.score[other]
        lower |= (edges.score[clashes] == edges.score[other]) & (clashes < other)
        open_numbers = np.setdiff1d(open_numbers, clashes[lower])
        chosen = open_numbers[Seating(edges.only(open_numbers), demand).chosen()]


def propose(scored: ScoredPool, mentee_number: int, mentor_number: int, *, locked: bool) -> Proposed:
    """Return the proposal of one pair, with its score and main reasons."""
    mentee, mentor = scored.mentees[mentee_number], scored.mentors[mentor_number]
    parts = breakdown(scored.weights, mentor, mentee)
    topics = teachable(mentor, mentee)
    return Proposed(
        format=scored.format,
        mentors=(mentor.key,),
        mentees=(mentee.key,),
        topic=topics[0] if topics else None,
        score=score_of(parts),
        reasons=main_reasons(parts, mentor, mentee),
        locked=locked,
    )


def left_out(scored: ScoredPool, served: set[str], free_seats: Ints, proposals: list[Proposed]) -> list[Unplaced]:
    """Return why each mentee who wants a mentor and has none is left out, in the order of their keys."""
    taught: dict[str, set[str]] = {}
    for proposed in proposals:
        taught.setdefault(proposed.mentor, set()).add(proposed.mentee)
    rows = np.array(
        [number for number, mentee in enumerate(scored.mentees) if mentee.key not in served], dtype=np.int64
    )
    unplaced = list(explain_unplaced(scored, rows, free_seats, taught))
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
