"""Groups at the optimum by an exact program, where there are not too many that could be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.places import Problem
from bot.matching.pool import Pool
from bot.matching.program import Decided, Program
from bot.matching.trios import grouped

Ints: TypeAlias = NDArray[np.int64]


def decided_groups(problem: Problem, *, hint: Ints | None = None) -> Decided:
    """Return the best seats: a decision for each seat, and within the program one for opening each group.

    *hint* are the seats of a good answer to better; with one, equals are not told apart, which takes as long again.
    """
    places = problem.places
    seats, groups = len(problem.worth), len(places.lead)
    program = Program(seats + groups)
    for group, mine in grouped(places.group).items():
        _limit_size(program, mine, seats + group, problem.scored.pool)
    for mine in grouped(places.mentee).values():
        program.limit(mine, 1)
    for leader, mine in grouped(places.lead).items():
        program.limit([seats + group for group in mine], int(problem.sessions[leader]))
    _keep_apart(program, problem)
    _keep_one_way(program, problem)
    closed = np.zeros(groups, dtype=np.int64)
    values = np.concatenate((problem.worth, closed))
    if hint is None:
        decided = program.best(values, np.concatenate((places.tie, closed)))
    else:
        hinted = np.zeros(seats + groups, dtype=np.bool_)
        hinted[hint] = True
        hinted[seats + places.group[hint]] = True
        decided = program.best(values, None, hint=hinted)
    return decided._replace(chosen=decided.chosen[:seats])


def _limit_size(program: Program, seats: Sequence[int], opened: int, pool: Pool) -> None:
    """Let a group be empty, or else of the size the programme wants."""
    program.limit([*seats, opened], 0, weights=[1] * len(seats) + [-pool.largest_group])
    program.limit([*seats, opened], 0, weights=[-1] * len(seats) + [pool.smallest_group])
    for seat in seats:
        # Said for each seat too, though the sizes imply it: the solver then finds the groups to open much sooner.
        program.limit([seat, opened], 0, weights=[1, -1])


def _keep_apart(program: Program, problem: Problem) -> None:
    """Let nobody sit in a group with somebody above or below them in the reporting line, or with whom one avoids."""
    places = problem.places
    for mine in grouped(places.group).values():
        one, other = (np.array(mine)[half] for half in np.triu_indices(len(mine), 1))
        apart = problem.scored.mentees_apart.among(places.mentee[one], places.mentee[other])
        for pair in np.stack((one[apart], other[apart]), axis=1).tolist():
            program.limit(pair, 1)


def _keep_one_way(program: Program, problem: Problem) -> None:
    """Let no two people lead a group with each other in it."""
    places, scored = problem.places, problem.scored
    seats_of: dict[tuple[str, str], list[int]] = defaultdict(list)
    for seat, (learner, group) in enumerate(zip(places.mentee.tolist(), places.group.tolist(), strict=True)):
        seats_of[scored.mentors[places.lead[group]].key, scored.mentees[learner].key].append(seat)
    for (teacher_key, learner_key), mine in seats_of.items():
        theirs = seats_of.get((learner_key, teacher_key), [])
        if theirs and teacher_key < learner_key:
            for pair in product(mine, theirs):
                program.limit(pair, 1)
