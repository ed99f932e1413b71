"""Second mentors of groups: from those left over once everybody has a place, so that they take nothing from anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.outcome import Rule
from bot.matching.pool import Candidate
from bot.matching.program import Program
from bot.matching.scoring import ScoredPool, fingerprint
from bot.matching.seating import BEST_SCORE, Edges
from bot.matching.solving import Locks
from bot.matching.trios import grouped

Ints: TypeAlias = NDArray[np.int64]

MANY_FOR_ONE = 5
"""Mentees from whom on a group gets a second mentor, where one is free."""


class Group(NamedTuple):
    """A group that comes about: the numbers of its first mentor and of its mentees, and the topic."""

    mentor: int
    mentees: list[int]
    topic: str


class _Join(NamedTuple):
    """A mentor who could join a group, by number, and what that is worth."""

    group: int
    mentor: int
    value: int


def second_locks(scored: ScoredPool, locks: Locks) -> set[tuple[int, int]]:
    """Return the locks, as (mentee, mentor), that nothing stands against but that the mentee has a mentor already."""
    return {
        (scored.mentee_number[lock.mentee], scored.mentor_number[lock.mentor])
        for lock in locks.refused
        if lock.rules == (Rule.NOT_LOOKING,) and lock.mentee in scored.mentee_number
    }


def second_mentors(
    scored: ScoredPool, edges: Edges, groups: Sequence[Group], sessions_left: Ints, wished: AbstractSet[tuple[int, int]]
) -> dict[int, int]:
    """Return the second mentor of each group that gets one.

    That is a big one, or one for which a second mentor is *wished*, as (mentee, mentor); of those who teach its topic
    to everybody in it, under every rule. As many people as can be get a second mentor, then the total score is best.
    """
    joins = list(_joins(scored, edges, groups, sessions_left, wished))
    if not joins:
        return {}
    program = Program(len(joins))
    for mine in grouped(np.array([join.group for join in joins])).values():
        program.limit(mine, 1)
    for mentor, mine in grouped(np.array([join.mentor for join in joins])).items():
        program.limit(mine, int(sessions_left[mentor]))
    group_of = {scored.mentees[mentee].key: number for number, group in enumerate(groups) for mentee in group.mentees}
    keys = [scored.mentors[join.mentor].key for join in joins]
    taught = [number for number, key in enumerate(keys) if key in group_of]
    for one, other in combinations(taught, 2):
        if group_of[keys[one]] == joins[other].group and group_of[keys[other]] == joins[one].group:
            program.limit([one, other], 1)  # they would coach each other
    ties = [fingerprint(f"{key} {groups[join.group].topic}") & 0xFFFFF for key, join in zip(keys, joins, strict=True)]
    values = np.array([join.value for join in joins], dtype=np.int64)
    chosen = program.best(values, np.array(ties, dtype=np.int64)).chosen
    return {joins[number].group: joins[number].mentor for number in np.flatnonzero(chosen).tolist()}


def _joins(
    scored: ScoredPool, edges: Edges, groups: Sequence[Group], sessions_left: Ints, wished: AbstractSet[tuple[int, int]]
) -> Iterator[_Join]:
    pairs = zip(edges.mentee.tolist(), edges.mentor.tolist(), strict=True)
    scores = dict(zip(pairs, edges.score.tolist(), strict=True))
    apart = scored.mentors_apart()
    coached_by = {
        scored.mentees[one].key: scored.mentors[group.mentor].key for group in groups for one in group.mentees
    }
    weight = BEST_SCORE * sum(len(group.mentees) for group in groups) + 1
    for number, group in enumerate(groups):
        learners = {scored.mentees[mentee].key for mentee in group.mentees}
        for mentor in np.flatnonzero((sessions_left > 0) & ~apart[group.mentor]).tolist():
            wishes = sum((mentee, mentor) in wished for mentee in group.mentees)
            teacher = scored.mentors[mentor]
            level = teacher.topics_offered.get(group.topic, 0)
            if (
                mentor != group.mentor
                and (wishes or len(group.mentees) >= MANY_FOR_ONE)
                and all((mentee, mentor) in scores for mentee in group.mentees)
                and all(learns(scored.mentees[mentee], group.topic, level) for mentee in group.mentees)
                and coached_by.get(teacher.key) not in learners
            ):
                gained = weight * (len(group.mentees) + wishes * len(scored.mentees))
                yield _Join(number, mentor, gained + sum(scores[mentee, mentor] for mentee in group.mentees))


def learns(mentee: Candidate, topic: str, level: int) -> bool:
    """Return whether *mentee* wants the *topic* and uses it less well than *level*."""
    use = mentee.topics_wanted.get(topic)
    return use is not None and level > use
