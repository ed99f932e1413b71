"""Second mentors of groups: from those left over once everybody has a place, so that they take nothing from anybody."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.flow import Face, Network
from bot.matching.outcome import Rule
from bot.matching.scoring import ScoredPool
from bot.matching.seating import BEST_SCORE, FIRST_PERSON, SINK, SOURCE, feasible
from bot.matching.solving import MOST_BRANCHES, Locks

Ints: TypeAlias = NDArray[np.int64]

MANY_FOR_ONE = 5
"""Mentees from whom on a group gets a second mentor, where one is free."""


class Group(NamedTuple):
    """A group that comes about: the numbers of its first mentor and of its mentees, and the topic."""

    mentor: int
    mentees: list[int]
    topic: str


class _Joins(NamedTuple):
    """Mentors who could join groups: the numbers of both, what each is worth, and a number that breaks ties."""

    group: Ints
    mentor: Ints
    value: Ints
    tie: Ints

    def only(self, kept: Ints) -> _Joins:
        """Return the joins with these numbers."""
        return _Joins(*(column[kept] for column in self))


def second_locks(scored: ScoredPool, locks: Locks) -> set[tuple[int, int]]:
    """Return the locks, as (mentee, mentor), that nothing stands against but that the mentee has a mentor already."""
    return {
        (scored.mentee_number[lock.mentee], scored.mentor_number[lock.mentor])
        for lock in locks.refused
        if lock.rules == (Rule.NOT_LOOKING,) and lock.mentee in scored.mentee_number
    }


def second_mentors(
    scored: ScoredPool,
    groups: Sequence[Group],
    sessions_left: Ints,
    *,
    against_rules: Mapping[tuple[int, int], int],
    wished: AbstractSet[tuple[int, int]],
) -> dict[int, int]:
    """Return the second mentor of each group that gets one.

    That is a big one, or one for which a second mentor is *wished*, as (mentee, mentor); of those who teach its topic
    to everybody in it, under every rule but those a lead set aside (*against_rules*, with their scores). As many people
    as can be get a second mentor, then the total score is best.
    """
    joins = _joins(scored, groups, sessions_left, against_rules, wished)
    group_of = {scored.mentees[mentee].key: number for number, group in enumerate(groups) for mentee in group.mentees}
    sits_in = np.array([group_of.get(mentor.key, -1) for mentor in scored.mentors], dtype=np.int64)
    chosen = _one_way(joins, sits_in, groups=len(groups), places=sessions_left)
    return dict(zip(joins.group[chosen].tolist(), joins.mentor[chosen].tolist(), strict=True))


def _joins(
    scored: ScoredPool,
    groups: Sequence[Group],
    sessions_left: Ints,
    against_rules: Mapping[tuple[int, int], int],
    wished: AbstractSet[tuple[int, int]],
) -> _Joins:
    apart = scored.mentors_apart.each_two(np.arange(len(scored.mentors)))
    leads_of = {scored.mentees[mentee].key: group.mentor for group in groups for mentee in group.mentees}
    coach = np.array([leads_of.get(mentor.key, -1) for mentor in scored.mentors], dtype=np.int64)
    of_mentee: dict[int, list[int]] = defaultdict(list)
    for mentee, mentor in sorted({*wished, *against_rules}):
        of_mentee[mentee].append(mentor)
    weight = BEST_SCORE * len(leads_of) + 1
    level = {
        topic: np.array([mentor.topics_offered.get(topic, 0) for mentor in scored.mentors])
        for topic in {group.topic for group in groups}
    }
    found = [_Joins(*(np.zeros(0, dtype=np.int64) for _ in _Joins._fields))]
    for number, group in enumerate(groups):
        wishing = np.zeros(len(scored.mentors), dtype=np.int64)
        for mentee in group.mentees:
            for other in of_mentee[mentee]:
                wishing[other] += (mentee, other) in wished
        if len(group.mentees) < MANY_FOR_ONE and not wishing.any():
            continue
        members = np.array(group.mentees, dtype=np.int64)
        scores = scored.scores(members).astype(np.int64)
        for place, mentee in enumerate(group.mentees):
            for other in of_mentee[mentee]:
                scores[place, other] = against_rules.get((mentee, other), scores[place, other] - 1) + 1
        use = max(scored.mentees[mentee].topics_wanted[group.topic] for mentee in group.mentees)
        coached = [scored.mentor_number.get(scored.mentees[mentee].key, -1) for mentee in group.mentees]
        fits = (sessions_left > 0) & ~apart[group.mentor] & (level[group.topic] > use) & (scores > 0).all(axis=0)
        fits &= ((wishing > 0) | (len(members) >= MANY_FOR_ONE)) & ~((coach >= 0) & np.isin(coach, coached))
        fits[group.mentor] = False
        mentors = np.flatnonzero(fits)
        found.append(
            _Joins(
                group=np.full(len(mentors), number),
                mentor=mentors,
                value=weight * (len(members) + wishing[mentors] * len(scored.mentees))
                + (scores[:, mentors] - 1).sum(axis=0),
                tie=scored.tie_breaks(np.full(len(mentors), members[0]), mentors),
            )
        )
    return _Joins(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _one_way(joins: _Joins, sits_in: Ints, *, groups: int, places: Ints) -> Ints:
    """Return the numbers of the best joins in which no two mentors coach each other.

    *sits_in* is the group in which each mentor learns, -1 for none. That two do not coach each other cannot be said in
    a flow: where the best one breaks it, each of the two is closed in turn, best first. After many such turns whichever
    is worth less is closed for good.
    """
    queue: list[tuple[int, int, Ints, Ints]] = []
    tried = 0

    def seat(open_joins: Ints) -> None:
        nonlocal tried
        chosen = open_joins[_best_joins(joins.only(open_joins), groups=groups, places=places)]
        heapq.heappush(queue, (-int(joins.value[chosen].sum()), tried, open_joins, chosen))
        tried += 1

    seat(np.arange(len(joins.value)))
    while True:
        _, _, open_joins, chosen = heapq.heappop(queue)
        learners = {(int(sits_in[joins.mentor[one]]), int(joins.group[one])): int(one) for one in chosen}
        clashing = [
            (one, learners[back]) for (mine, theirs), one in learners.items() if (back := (theirs, mine)) in learners
        ]
        if not clashing:
            return chosen
        closing = sorted(clashing[0], key=lambda one: (joins.value[one], one))
        if tried >= MOST_BRANCHES:
            queue.clear()
            closing = closing[:1]
        for closed in closing:
            seat(open_joins[open_joins != closed])


def _best_joins(joins: _Joins, *, groups: int, places: Ints) -> Ints:
    """Return the numbers of the joins worth most, one for each group and as many for each mentor as *places* says."""
    group_nodes = FIRST_PERSON + np.arange(groups)
    mentor_nodes = FIRST_PERSON + groups + np.arange(len(places))
    supplies = np.zeros(FIRST_PERSON + groups + len(places), dtype=np.int64)
    supplies[SOURCE], supplies[SINK] = groups, -groups
    network = Network(
        tails=np.concatenate(
            (np.full(groups, SOURCE), group_nodes[joins.group], mentor_nodes, [SOURCE]), dtype=np.int32
        ),
        heads=np.concatenate(
            (group_nodes, mentor_nodes[joins.mentor], np.full(len(places), SINK), [SINK]), dtype=np.int32
        ),
        capacities=np.concatenate((np.ones(groups + len(joins.group), dtype=np.int64), places, [groups])),
        supplies=supplies,
    )
    mine = slice(groups, groups + len(joins.group))
    costs, ties = np.zeros((2, len(network.tails)), dtype=np.int64)
    costs[mine], ties[mine] = -joins.value, -joins.tie
    flows = feasible(network.best_flow(costs))
    return np.flatnonzero(feasible(Face.of(network).narrowed(costs, flows).best_flow(ties))[mine])
