"""The rules, the score and the best seating written a second time, slowly and differently, to hold the engine to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import chain, combinations, product
from math import ceil

from ortools.linear_solver import pywraplp

from bot.matching import Candidate, Format, Pool, Proposed


def line_above(person: str, pool: Pool) -> set[str]:
    """Everybody *person* reports to, however far up, with everybody who reports in a circle with one of them."""
    above: set[str] = set()
    walker: str | None = person
    while (walker := pool.reporting.get(walker) if walker else None) and walker not in above:
        above.add(walker)
    return above


def may_meet(mentor: Candidate, mentee: Candidate, pool: Pool) -> bool:
    one, other = mentor.key, mentee.key
    known_apart = (
        one == other
        or in_one_line(one, other, pool)
        or (mentor.team is not None and mentor.team == mentee.team)
        or (mentor.hr_partner is not None and mentor.hr_partner == mentee.hr_partner)
        or mentor.hr_partner == other
        or mentee.hr_partner == one
        or avoids(one, other, pool)
        or avoids(other, one, pool)
        or (one, other) in pool.recent_pairs
        or (one, other) in pool.forbidden
    )
    same_site = mentor.site is not None and mentor.site == mentee.site
    return (
        not known_apart
        and bool(mentor.languages & mentee.languages)
        and (same_site or not (mentor.onsite_only or mentee.onsite_only))
        and any(mentor.topics_offered.get(topic, 0) > use for topic, use in mentee.topics_wanted.items())
    )


def avoids(one: str, other: str, pool: Pool) -> bool:
    return any(person.key == one and other in person.avoids for person in (*pool.mentors, *pool.mentees))


def score(mentor: Candidate, mentee: Candidate, pool: Pool) -> int:
    weights = pool.weights.out_of_100()
    gaps = [mentor.topics_offered.get(topic, 0) - use for topic, use in mentee.topics_wanted.items()]
    shared_topics = sum(gap > 0 for gap in gaps)
    enough = min(3, len(gaps))
    points = weights.topic_fit if shared_topics >= enough else shared_topics * (weights.topic_fit // enough)
    points += max(gaps) * weights.level_gap // 4
    points += min(3, len(mentor.half_days & mentee.half_days)) * weights.availability // 3
    if None in (mentor.department, mentee.department):
        points += weights.department // 2
    elif mentor.department != mentee.department:
        points += weights.department
    if mentor.site and mentor.site == mentee.site:
        points += weights.place
    else:
        hours = ceil(abs(mentor.utc_offset_minutes - mentee.utc_offset_minutes) / 60)
        points += weights.place * max(0, 8 - hours) // 10
    waited = 56 if mentee.unserved_last_round else min(56, mentee.waiting_days)
    return points + weights.waiting * waited // 56


def taking_part(pool: Pool, format_: Format) -> Pool:
    """The pool without whoever did not choose the format."""
    return replace(
        pool,
        mentors=tuple(one for one in pool.mentors if format_ in one.formats),
        mentees=tuple(one for one in pool.mentees if format_ in one.formats),
    )


def best_seating(pool: Pool, *, first: AbstractSet[str] = frozenset()) -> tuple[int, int]:
    """The most people one-to-one seats can serve, and the best total score with so many served.

    Of as many served, most are to be of those who come *first*.
    """
    pool = taking_part(pool, Format.PATH)
    allowed = {
        (mentor.key, mentee.key): score(mentor, mentee, pool)
        for mentor in pool.mentors
        for mentee in pool.mentees
        if may_meet(mentor, mentee, pool)
    }
    solver = pywraplp.Solver.CreateSolver("SCIP")
    meets = {pair: solver.BoolVar("") for pair in allowed}
    served = {mentee.key: solver.BoolVar("") for mentee in pool.mentees}
    for mentor in pool.mentors:
        solver.Add(_sum(meets, mentor=mentor.key) <= mentor.seats)
    for mentee in pool.mentees:
        solver.Add(_sum(meets, mentee=mentee.key) <= mentee.needs)
        solver.Add(_sum(meets, mentee=mentee.key) >= served[mentee.key])
    for (one, other), met in meets.items():
        if (other, one) in meets:
            solver.Add(met + meets[other, one] <= 1)
    outweighing = 1 + 100 * sum(mentor.seats for mentor in pool.mentors)
    total = solver.Sum([allowed[pair] * met for pair, met in meets.items()])
    urgent = solver.Sum([person for key, person in served.items() if key in first])
    everybody = solver.Sum(list(served.values()))
    solver.Maximize(outweighing * ((len(first) + 1) * everybody + urgent) + total)
    exactly = pywraplp.MPSolverParameters()
    exactly.SetDoubleParam(pywraplp.MPSolverParameters.RELATIVE_MIP_GAP, 0.0)
    assert solver.Solve(exactly) == pywraplp.Solver.OPTIMAL
    return (
        round(sum(person.solution_value() for person in served.values())),
        round(sum(allowed[pair] * met.solution_value() for pair, met in meets.items())),
    )


def best_trios(pool: Pool) -> tuple[int, int]:
    """The best total score of flash sessions, one decision for each trio, and the most people served with it."""
    pool = taking_part(pool, Format.FLASH)
    solver = pywraplp.Solver.CreateSolver("SAT")
    worth: list[tuple[pywraplp.Variable, int]] = []
    of_mentor: dict[str, list[pywraplp.Variable]] = {mentor.key: [] for mentor in pool.mentors}
    of_pair: dict[tuple[str, str], list[pywraplp.Variable]] = defaultdict(list)
    for mentee in pool.mentees:
        if not mentee.needs:
            continue
        candidates = [mentor for mentor in pool.mentors if may_meet(mentor, mentee, pool)]
        mine = []
        for duo in combinations(candidates, 2):
            if kept_apart(duo[0].key, duo[1].key, pool):
                continue
            trio = solver.BoolVar("")
            mine.append(trio)
            worth.append((trio, sum(score(mentor, mentee, pool) for mentor in duo)))
            for mentor in duo:
                of_mentor[mentor.key].append(trio)
                of_pair[mentor.key, mentee.key].append(trio)
        solver.Add(solver.Sum(mine) <= 1)
    for mentor in pool.mentors:
        solver.Add(solver.Sum(of_mentor[mentor.key]) <= mentor.seats)
    for (one, other), trios in list(of_pair.items()):
        solver.Add(solver.Sum(trios + of_pair.get((other, one), [])) <= 1)
    solver.Maximize(solver.Sum([(100 * points + 1) * trio for trio, points in worth]))
    assert solver.Solve() == pywraplp.Solver.OPTIMAL
    taken = [points for trio, points in worth if trio.solution_value() > 0.5]
    return sum(taken), len(taken)


def best_groups(pool: Pool) -> tuple[int, int]:
    """The most people that collective sessions can serve, and the best total score with so many served."""
    pool = taking_part(pool, Format.COLLECTIVE)
    solver = pywraplp.Solver.CreateSolver("SAT")
    seats: dict[tuple[str, str, str], tuple[pywraplp.Variable, int]] = {}
    for mentor in pool.mentors:
        opened = []
        for topic, level in mentor.topics_offered.items():
            fitting = [
                mentee
                for mentee in pool.mentees
                if mentee.needs and mentee.topics_wanted.get(topic, level) < level and may_meet(mentor, mentee, pool)
            ]
            sits = {mentee.key: solver.BoolVar("") for mentee in fitting}
            open_it = solver.BoolVar("")
            opened.append(open_it)
            solver.Add(solver.Sum(list(sits.values())) <= pool.largest_group * open_it)
            solver.Add(solver.Sum(list(sits.values())) >= pool.smallest_group * open_it)
            for one, other in combinations(sits, 2):
                if kept_apart(one, other, pool):
                    solver.Add(sits[one] + sits[other] <= 1)
            for mentee in fitting:
                seats[mentor.key, topic, mentee.key] = sits[mentee.key], score(mentor, mentee, pool)
        solver.Add(solver.Sum(opened) <= mentor.group_sessions)
    for mentee in pool.mentees:
        solver.Add(solver.Sum([sits for (_, _, key), (sits, _) in seats.items() if key == mentee.key]) <= 1)
    for (one, _, other), (sits, _) in seats.items():
        for (leader, _, learner), (back, _) in seats.items():
            if (leader, learner) == (other, one):
                solver.Add(sits + back <= 1)
    outweighing = 100 * len(pool.mentees) + 1
    solver.Maximize(solver.Sum([(outweighing + points) * sits for sits, points in seats.values()]))
    assert solver.Solve() == pywraplp.Solver.OPTIMAL
    taken = [points for sits, points in seats.values() if sits.solution_value() > 0.5]
    return len(taken), sum(taken)


def kept_apart(one: str, other: str, pool: Pool) -> bool:
    """Whether two on the same side never sit together."""
    return in_one_line(one, other, pool) or avoids(one, other, pool) or avoids(other, one, pool)


def in_one_line(one: str, other: str, pool: Pool) -> bool:
    return other in line_above(one, pool) or one in line_above(other, pool)


def best_by_every_goal(pool: Pool) -> tuple[int, int, int, int]:
    """The best of all seatings of a tiny pool: people served, total score, minus the squares of loads, least score."""
    allowed = [
        (mentor, mentee, score(mentor, mentee, pool))
        for mentor in pool.mentors
        for mentee in pool.mentees
        if mentor.seats and mentee.needs and may_meet(mentor, mentee, pool)
    ]
    subsets = chain.from_iterable(combinations(allowed, size) for size in range(len(allowed) + 1))
    return max(
        goals([(mentor.key, mentee.key, points) for mentor, mentee, points in chosen])
        for chosen in subsets
        if all(sum(mentor is one for one, _, _ in chosen) <= mentor.seats for mentor, _, _ in chosen)
        and all(sum(mentee is one for _, one, _ in chosen) <= mentee.needs for _, mentee, _ in chosen)
    )


def goals(chosen: Sequence[tuple[str, str, int]]) -> tuple[int, int, int, int]:
    """What a seating of (mentor, mentee, score) is worth, the goals in their order."""
    return (
        len({mentee for _, mentee, _ in chosen}),
        sum(points for _, _, points in chosen),
        -sum(count**2 for count in Counter(mentor for mentor, _, _ in chosen).values()),
        min((points for _, _, points in chosen), default=0),
    )


def _sum(
    meets: Mapping[tuple[str, str], pywraplp.Variable], *, mentor: str | None = None, mentee: str | None = None
) -> pywraplp.LinearExpr:
    return sum(met for (one, other), met in meets.items() if mentor in (None, one) and mentee in (None, other)) + 0


def best_seconds(pool: Pool, alone: Sequence[Proposed]) -> tuple[int, int]:
    """The most people in groups of five and more that can have a second mentor, and the best total score with so many.

    Found by trying everything. *alone* are the groups with their first mentors.
    """
    left = {
        mentor.key: mentor.group_sessions - sum(mentor.key == one.mentor for one in alone) for mentor in pool.mentors
    }
    mentees = {mentee.key: mentee for mentee in pool.mentees}

    def fits(mentor: Candidate, group: Proposed) -> bool:
        learners = [mentees[key] for key in group.mentees]
        level = mentor.topics_offered.get(group.topic or "", 0)
        return (
            left[mentor.key] > 0
            and mentor.key != group.mentor
            and not kept_apart(mentor.key, group.mentor, pool)
            and all(may_meet(mentor, one, pool) and one.topics_wanted[group.topic or ""] < level for one in learners)
        )

    def worth(chosen: Sequence[Candidate | None]) -> tuple[int, int]:
        duos = [(mentor, group) for mentor, group in zip(chosen, alone, strict=True) if mentor is not None]
        used = Counter(mentor.key for mentor, _ in duos)
        coached = {(group.mentor, mentee) for group in alone for mentee in group.mentees}
        coached |= {(mentor.key, mentee) for mentor, group in duos for mentee in group.mentees}
        if any(count > left[key] for key, count in used.items()) or {(b, a) for a, b in coached} & coached:
            return (0, 0)
        pairs = [(mentor, mentees[key]) for mentor, group in duos for key in group.mentees]
        return len(pairs), sum(score(mentor, mentee, pool) for mentor, mentee in pairs)

    choices: list[list[Candidate | None]] = [
        [None, *(mentor for mentor in pool.mentors if len(group.mentees) >= 5 and fits(mentor, group))]
        for group in alone
    ]
    return max(map(worth, product(*choices)))


def left_after(pool: Pool, proposals: Sequence[Proposed]) -> Pool:
    """The pool without the people these proposals serve and the places they take; nobody coaches their own coach."""
    served = {mentee for one in proposals for mentee in one.mentees}
    places = Counter(mentor for one in proposals if one.format is not Format.COLLECTIVE for mentor in one.mentors)
    sessions = Counter(mentor for one in proposals if one.format is Format.COLLECTIVE for mentor in one.mentors)
    coached = {(mentee, mentor) for one in proposals for mentor in one.mentors for mentee in one.mentees}
    return replace(
        pool,
        mentors=tuple(
            replace(one, seats=one.seats - places[one.key], group_sessions=one.group_sessions - sessions[one.key])
            for one in pool.mentors
        ),
        mentees=tuple(one for one in pool.mentees if one.key not in served),
        forbidden=pool.forbidden | coached,
    )


def most_served(pool: Pool) -> int:
    """The most people that all formats together can serve: one program over every pair, trio and group."""
    solver = pywraplp.Solver.CreateSolver("SAT")
    meets: dict[tuple[str, str], list[pywraplp.Variable]] = defaultdict(list)
    serves: dict[str, list[pywraplp.Variable]] = defaultdict(list)
    takes: dict[str, list[pywraplp.Variable]] = defaultdict(list)
    for mentors, mentee in _one_to_one_and_flash(pool):
        sits = solver.BoolVar("")
        serves[mentee].append(sits)
        for mentor in mentors:
            takes[mentor].append(sits)
            meets[mentor, mentee].append(sits)
    for leader in pool.mentors:
        opened = []
        for topic in leader.topics_offered:
            opened.append(solver.BoolVar(""))
            group = {key: solver.BoolVar("") for key in _could_sit(leader, topic, pool)}
            solver.Add(solver.Sum(list(group.values())) <= pool.largest_group * opened[-1])
            solver.Add(solver.Sum(list(group.values())) >= pool.smallest_group * opened[-1])
            for one, other in combinations(group, 2):
                if kept_apart(one, other, pool):
                    solver.Add(group[one] + group[other] <= 1)
            for key, sits in group.items():
                serves[key].append(sits)
                meets[leader.key, key].append(sits)
        solver.Add(solver.Sum(opened) <= leader.group_sessions)
        solver.Add(solver.Sum(takes[leader.key]) <= leader.seats)
    for mine in serves.values():
        solver.Add(solver.Sum(mine) <= 1)
    for (one, other), there in list(meets.items()):
        for sits, back in product(there, meets.get((other, one), [])):
            solver.Add(sits + back <= 1)
    solver.Maximize(solver.Sum([sits for mine in serves.values() for sits in mine]))
    assert solver.Solve() == pywraplp.Solver.OPTIMAL
    return sum(sits.solution_value() > 0.5 for mine in serves.values() for sits in mine)


def _one_to_one_and_flash(pool: Pool) -> Iterator[tuple[tuple[str, ...], str]]:
    for format_, number in ((Format.PATH, 1), (Format.FLASH, 2)):
        facing = taking_part(pool, format_)
        for mentee in facing.mentees:
            suiting = [mentor.key for mentor in facing.mentors if mentee.needs and may_meet(mentor, mentee, pool)]
            for mentors in combinations(suiting, number):
                if not any(kept_apart(one, other, pool) for one, other in combinations(mentors, 2)):
                    yield mentors, mentee.key


def _could_sit(leader: Candidate, topic: str, pool: Pool) -> list[str]:
    level = leader.topics_offered[topic]
    return [
        mentee.key
        for mentee in pool.mentees
        if mentee.needs
        and Format.COLLECTIVE in leader.formats & mentee.formats
        and mentee.topics_wanted.get(topic, level) < level
        and may_meet(leader, mentee, pool)
    ]
