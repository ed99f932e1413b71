"""Collective sessions: one topic, three to eight mentees, one or two mentors, nobody beside their boss or report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.outcome import Outcome, Proposed
from bot.matching.pool import Format, Pool
from bot.matching.program import Program
from bot.matching.proposing import propose
from bot.matching.pruning import all_edges
from bot.matching.scoring import ScoredPool, fingerprint
from bot.matching.seating import BEST_SCORE, Edges, Numbers
from bot.matching.seconds import Group, learns, second_locks, second_mentors
from bot.matching.solving import Locks, concluded, keep_locks
from bot.matching.trios import grouped, lock_numbers, not_kept, with_locks

Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seats:
    """Places in groups that could come about: for each, its group and the edge between its mentee and its mentor."""

    group: Ints
    edge: Ints
    leads: tuple[tuple[int, str], ...]
    """The mentor's number and the topic of each group that could be."""


def solve_groups(pool: Pool) -> Outcome:
    """Return the best groups for the whole *pool*: the most people served first, then the best total score.

    What is optimal is who is served, and by which first mentor. Second mentors join from those left over, and so take
    nothing from anybody.
    """
    scored = ScoredPool(pool, format=Format.COLLECTIVE)
    sessions = np.array([mentor.group_sessions for mentor in scored.mentors], dtype=np.int64)
    locks = keep_locks(scored, seats=(sessions * pool.largest_group).tolist(), needs=[1] * len(scored.mentees))
    everyone = np.ones(len(scored.mentees), dtype=np.bool_)
    edges = with_locks(scored, all_edges(scored, everyone, sessions > 0), locks)
    seats = possible_seats(scored, edges, pool.smallest_group)
    taken, gap = _choose(scored, edges, seats, sessions, locks)
    mentee_of = edges.mentee[seats.edge[taken]].tolist()
    groups = [
        Group(seats.leads[group][0], sorted(mentee_of[place] for place in places), seats.leads[group][1])
        for group, places in grouped(seats.group[taken]).items()
    ]
    sessions_left = sessions - np.bincount([group.mentor for group in groups], minlength=len(sessions))
    wished = second_locks(scored, locks)
    seconds = second_mentors(scored, edges, groups, sessions_left, wished)
    locked = set(locks.kept) | wished
    kept: set[tuple[int, int]] = set()
    proposals: list[Proposed] = []
    for number, group in enumerate(groups):
        mentors = [group.mentor, *([seconds[number]] if number in seconds else [])]
        mine = {(mentee, mentor) for mentee in group.mentees for mentor in mentors} & locked
        kept |= mine
        proposals.append(propose(scored, mentors, group.mentees, topic=group.topic, locked=bool(mine)))
    joined = {(scored.mentors[mentor].key, scored.mentees[mentee].key) for mentee, mentor in kept & wished}
    refused = [lock for lock in locks.refused if (lock.mentor, lock.mentee) not in joined]
    return concluded(
        scored,
        proposals,
        refused=[*refused, *not_kept(scored, locks, kept)],
        free_places=sessions_left - np.bincount(list(seconds.values()), minlength=len(sessions)),
        gap=gap,
    )


def possible_seats(scored: ScoredPool, edges: Edges, smallest: int) -> Seats:
    """Return a seat for each mentee in each group on a topic they want, of a mentor above them who may meet them."""
    leads: list[tuple[int, str]] = []
    groups: list[Ints] = []
    seats: list[Ints] = []
    mentees = edges.mentee.tolist()
    for mentor, mine in grouped(edges.mentor).items():
        for topic, level in sorted(scored.mentors[mentor].topics_offered.items()):
            fitting = [edge for edge in mine if learns(scored.mentees[mentees[edge]], topic, level)]
            if len(fitting) >= smallest:
                groups.append(np.full(len(fitting), len(leads), dtype=np.int64))
                seats.append(np.array(fitting, dtype=np.int64))
                leads.append((mentor, topic))
    nobody = [np.zeros(0, dtype=np.int64)]
    return Seats(group=np.concatenate(groups or nobody), edge=np.concatenate(seats or nobody), leads=tuple(leads))


def _choose(scored: ScoredPool, edges: Edges, seats: Seats, sessions: Ints, locks: Locks) -> tuple[Ints, float]:
    """Return the numbers of the seats taken."""
    places, groups = len(seats.edge), len(seats.leads)
    mentee, mentor = edges.mentee[seats.edge], edges.mentor[seats.edge]
    program = Program(places + groups)
    values = np.zeros(places + groups, dtype=np.int64)
    ties = np.zeros_like(values)
    served = BEST_SCORE * len(scored.mentees) + 1
    values[:places] = served + edges.score[seats.edge]
    is_locked = np.isin(seats.edge, lock_numbers(edges, locks))
    values[:places] += served * (len(scored.mentees) + 1) * is_locked
    ties[:places] = _ties(edges, seats)
    for group, mine in grouped(seats.group).items():
        _limit_size(program, mine, places + group, scored.pool)
    for mine in grouped(mentee).values():
        program.limit(mine, 1)
    for leader, mine in grouped(np.array([leader for leader, _ in seats.leads], dtype=np.int64)).items():
        program.limit([places + group for group in mine], int(sessions[leader]))
    _keep_apart(program, scored, seats, mentee)
    _keep_one_way(program, scored, mentee, mentor)
    decided = program.best(values, ties)
    return np.flatnonzero(decided.chosen[:places]), decided.gap


def _ties(edges: Edges, seats: Seats) -> Ints:
    """Return for each seat a number below 2^20 that depends on nothing but who meets whom on what."""
    topic_bits = np.array([fingerprint(topic) & 0xFFFFF for _, topic in seats.leads], dtype=np.int64)
    return edges.tie[seats.edge] ^ topic_bits[seats.group] if len(seats.group) else seats.edge


def _limit_size(program: Program, seats: Sequence[int], opened: int, pool: Pool) -> None:
    """Let a group be empty, or else of the size the programme wants."""
    program.limit([*seats, opened], 0, weights=[1] * len(seats) + [-pool.largest_group])
    program.limit([*seats, opened], 0, weights=[-1] * len(seats) + [pool.smallest_group])
    for seat in seats:
        # Said for each seat too, though the sizes imply it: the solver then finds the groups to open much sooner.
        program.limit([seat, opened], 0, weights=[1, -1])


def _keep_apart(program: Program, scored: ScoredPool, seats: Seats, mentee: Numbers) -> None:
    """Let nobody sit in a group with somebody above or below them in the reporting line, or with whom one avoids."""
    apart = scored.mentees_apart()
    for mine in grouped(seats.group).values():
        people = mentee[mine]
        among = np.triu(apart[np.ix_(people, people)])
        for one, other in np.argwhere(among).tolist():
            program.limit([mine[one], mine[other]], 1)


def _keep_one_way(program: Program, scored: ScoredPool, mentee: Numbers, mentor: Numbers) -> None:
    """Let no two people lead a group with each other in it."""
    seats_of: dict[tuple[str, str], list[int]] = defaultdict(list)
    for seat, (learner, teacher) in enumerate(zip(mentee.tolist(), mentor.tolist(), strict=True)):
        seats_of[scored.mentors[teacher].key, scored.mentees[learner].key].append(seat)
    for (teacher_key, learner_key), mine in seats_of.items():
        theirs = seats_of.get((learner_key, teacher_key), [])
        if theirs and teacher_key < learner_key:
            _limit_pairwise(program, mine, theirs)


def _limit_pairwise(program: Program, mine: Iterable[int], theirs: Sequence[int]) -> None:
    for one in mine:
        for other in theirs:
            program.limit([one, other], 1)
