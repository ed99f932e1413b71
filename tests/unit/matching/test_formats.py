"""Flash sessions have exactly two mentors, groups three to eight mentees, both at the optimum."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching import (
    Candidate,
    Format,
    Pool,
    ReasonCode,
    RefusedLock,
    Remedy,
    RemedyCode,
    Rule,
    pairs_of,
    solve,
    why_not,
)
from tests.unit.matching.exact import best_groups, best_seconds, best_trios, score
from tests.unit.matching.pools import a_mentee, a_mentor, a_pool, keeping, random_pool
from tests.unit.matching.rules import check_groups, check_rules


def a_small_pool(seed: int) -> Pool:
    dice = random.Random(seed)
    mentors, mentees = dice.randint(2, 7), dice.randint(1, 14)
    pool = random_pool(seed, mentors=mentors, mentees=mentees, both=dice.randint(0, min(mentors, mentees)))
    return replace(pool, smallest_group=dice.choice([2, 3]), largest_group=dice.choice([4, 8]))


@pytest.mark.parametrize("first_seed", range(0, 200, 20))
def test_flash_reaches_the_total_of_an_independent_exact_solver(first_seed: int) -> None:
    for seed in range(first_seed, first_seed + 20):
        pool = a_small_pool(seed)
        outcome = solve(pool, format="flash")
        assert (outcome.total_score, outcome.served) == best_trios(pool), f"seed {seed}"
        assert outcome.certified


@pytest.mark.parametrize("first_seed", range(0, 200, 20))
def test_groups_serve_as_many_with_the_total_of_an_independent_exact_solver(first_seed: int) -> None:
    for seed in range(first_seed, first_seed + 20):
        pool = a_small_pool(seed)
        outcome = solve(pool, format="collective")
        mentors = {person.key: person for person in pool.mentors}
        mentees = {person.key: person for person in pool.mentees}
        total = sum(
            score(mentors[proposed.mentor], mentees[mentee], pool)
            for proposed in outcome.proposals
            for mentee in proposed.mentees
        )
        assert (outcome.served, total) == best_groups(pool), f"seed {seed}"
        assert outcome.certified


@settings(max_examples=40)
@given(seed=st.integers(0, 10**9))
def test_no_trio_breaks_a_rule_or_lacks_a_mentor(seed: int) -> None:
    pool = a_small_pool(seed)
    outcome = solve(pool, format="flash")
    check_rules(pool, outcome)
    assert all(len(set(proposed.mentors)) == 2 for proposed in outcome.proposals)
    seats = {mentor.key: mentor.seats for mentor in pool.mentors}
    taken = Counter(mentor for proposed in outcome.proposals for mentor in proposed.mentors)
    assert all(count <= seats[mentor] for mentor, count in taken.items())


@settings(max_examples=40)
@given(seed=st.integers(0, 10**9))
def test_no_group_breaks_a_rule_or_its_size(seed: int) -> None:
    pool = a_small_pool(seed)
    outcome = solve(pool, format="collective")
    check_groups(pool, outcome)


@pytest.mark.parametrize("format_", ["flash", "collective"])
def test_the_order_people_come_in_changes_no_trio_and_no_group(format_: str) -> None:
    for seed in range(8):
        pool = a_small_pool(seed)
        turned = replace(pool, mentors=pool.mentors[::-1], mentees=pool.mentees[::-1])
        assert solve(turned, format=format_) == solve(pool, format=format_)


def test_one_mentor_alone_is_no_flash_session() -> None:
    pool = a_pool(mentors=(a_mentor("ana", seats=5),), mentees=(a_mentee("bo"),))
    outcome = solve(pool, format="flash")
    assert outcome.proposals == ()
    assert [(person.rule, person.candidates_before) for person in outcome.unplaced] == [(Rule.NO_MENTORS, 1)]


def test_an_executive_committee_is_met_by_two_mentors_each() -> None:
    mentors = tuple(a_mentor(f"student {number}", seats=2) for number in range(12))
    committee = tuple(a_mentee(f"executive {number}") for number in range(12))
    outcome = solve(a_pool(mentors=mentors, mentees=committee), format=Format.FLASH)
    assert (outcome.served, outcome.unplaced) == (12, ())
    assert {len(proposed.mentors) for proposed in outcome.proposals} == {2}


def test_a_locked_flash_mentor_gets_a_second_one_or_the_lock_is_refused() -> None:
    ana, dan = a_mentor("ana"), a_mentor("dan", topics_offered={"ai": 4})
    bo = a_mentee("bo", topics_wanted={"social": 0, "ai": 0})
    locked = frozenset({("ana", "bo")})
    [trio] = solve(a_pool(mentors=(ana, dan), mentees=(bo,), locked=locked), format="flash").proposals
    assert (sorted(trio.mentors), trio.locked) == (["ana", "dan"], True)
    alone = solve(a_pool(mentors=(ana,), mentees=(bo,), locked=locked), format="flash")
    assert alone.refused_locks == (RefusedLock(mentor="ana", mentee="bo", rules=(Rule.CAPACITY,)),)


def test_a_group_names_only_what_is_true_of_all_of_it() -> None:
    days = {"half_days": frozenset({"mon-am", "tue-am"})}
    leader = a_mentor("ana", group_sessions=1, **days)
    members = (
        a_mentee("bo", **days),
        a_mentee("cy", half_days=frozenset({"tue-am"})),
        a_mentee("di", half_days=frozenset({"tue-am", "fri-am"})),
    )
    [group] = solve(a_pool(mentors=(leader,), mentees=members), format="collective").proposals
    assert (group.mentors, sorted(group.mentees), group.topic) == (("ana",), ["bo", "cy", "di"], "social")
    facts = {reason.code: reason.args for reason in group.reasons}
    assert facts[ReasonCode.TEACHES]["topics"] == ("social",)
    assert facts[ReasonCode.SHARED_HALF_DAYS] == {"half_days": ("tue-am",)}


def a_sociable_pool(seed: int) -> Pool:
    """A pool whose people nearly all suit each other, so that groups get big and second mentors can join."""
    dice = random.Random(seed)
    keys = [f"p{number}" for number in range(20)]
    mentors = tuple(
        a_mentor(
            key, topics_offered={"social": dice.choice((2, 4)), "search": 4}, group_sessions=dice.choice((0, 1, 1))
        )
        for key in keys[:6]
    )
    mentees = tuple(
        a_mentee(key, topics_wanted={dice.choice(("social", "search")): dice.choice((0, 0, 0, 2))}) for key in keys[4:]
    )
    pairs = [(mentor.key, mentee.key) for mentor in mentors for mentee in mentees]
    reporting: dict[str, str | None] = {dice.choice(keys[1:6]): keys[0]}
    forbidden = frozenset(dice.sample(pairs, 3))
    return a_pool(mentors=mentors, mentees=mentees, forbidden=forbidden, reporting=reporting, smallest_group=5)


@pytest.mark.parametrize("first_seed", range(0, 60, 20))
def test_as_many_people_as_can_be_have_a_second_mentor_at_the_best_total(first_seed: int) -> None:
    joined = 0
    for seed in range(first_seed, first_seed + 20):
        pool = a_sociable_pool(seed)
        outcome = solve(pool, format="collective")
        check_rules(pool, outcome)
        duos = [one for one in outcome.proposals if len(one.mentors) == 2]
        alone = [replace(one, mentors=one.mentors[:1]) for one in outcome.proposals]
        mentors = {person.key: person for person in pool.mentors}
        mentees = {person.key: person for person in pool.mentees}
        total = sum(score(mentors[one.mentors[1]], mentees[mentee], pool) for one in duos for mentee in one.mentees)
        assert (sum(len(one.mentees) for one in duos), total) == best_seconds(pool, alone), f"seed {seed}"
        joined += len(duos)
    assert joined > 5


def test_a_big_group_gets_a_second_mentor_and_a_small_one_does_not() -> None:
    mentors = tuple(a_mentor(key, group_sessions=1) for key in ("ana", "dan"))
    for size, expected in ((4, 1), (5, 2), (8, 2)):
        pool = a_pool(mentors=mentors, mentees=tuple(a_mentee(f"m{number}") for number in range(size)))
        [group] = solve(pool, format="collective").proposals
        assert (len(group.mentees), len(group.mentors)) == (size, expected)


def test_a_group_with_two_mentors_is_kept_when_it_is_locked() -> None:
    mentors = tuple(a_mentor(key, group_sessions=1) for key in ("ana", "dan", "eve"))
    pool = a_pool(mentors=mentors, mentees=tuple(a_mentee(f"m{number}") for number in range(5)))
    draft = solve(pool, format="collective")
    [group] = draft.proposals
    again = solve(keeping(pool, draft, free=frozenset()), format="collective")
    assert (again.refused_locks, pairs_of(again)) == ((), pairs_of(draft))
    assert again.proposals[0].locked
    fewer = solve(keeping(pool, draft, free=frozenset(group.mentees[:2])), format="collective")
    assert (fewer.refused_locks, set(fewer.proposals[0].mentors)) == ((), set(group.mentors))


def test_two_people_are_no_group_and_are_told_what_is_missing() -> None:
    pool = a_pool(mentors=(a_mentor("ana", group_sessions=1),), mentees=(a_mentee("bo"), a_mentee("cy")))
    [bo, _] = solve(pool, format="collective").unplaced
    assert bo.rule is Rule.GROUP_TOO_SMALL
    assert bo.remedy == Remedy(code=RemedyCode.MORE_PEOPLE, args={"topics": ("social",)})


def test_nobody_sits_in_a_group_with_their_own_boss() -> None:
    members = tuple(a_mentee(key) for key in ("boss", "report", "x", "y", "z"))
    pool = a_pool(
        mentors=(a_mentor("ana", group_sessions=1),), mentees=members, reporting={"report": "middle", "middle": "boss"}
    )
    [group] = solve(pool, format="collective").proposals
    assert len(group.mentees) == 4
    assert not {"boss", "report"} <= set(group.mentees)


@pytest.mark.parametrize("format_", ["flash", "collective"])
def test_nobody_sits_beside_somebody_one_of_them_avoids(format_: str) -> None:
    mentors = (
        a_mentor("ana", group_sessions=1, avoids=frozenset({"dan"})), a_mentor("dan"), a_mentor("eve", group_sessions=1)
    )  # fmt: skip
    mentees = tuple(a_mentee(f"m{number}", avoids=frozenset({"m1"} if number == 5 else ())) for number in range(6))
    outcome = solve(a_pool(mentors=mentors, mentees=mentees), format=format_)
    together = [set(side) for proposed in outcome.proposals for side in (proposed.mentors, proposed.mentees)]
    assert outcome.proposals
    assert not any({"ana", "dan"} <= side or {"m1", "m5"} <= side for side in together)


def test_why_not_answers_in_every_format() -> None:
    def company(*, seats: int) -> tuple[Candidate, ...]:
        return tuple(a_mentor(key, seats=seats) for key in ("ana", "dan", "eve"))

    pool = a_pool(mentors=company(seats=1), mentees=(a_mentee("bo"),))
    answers = [why_not(pool, key, "bo", format="flash") for key in ("ana", "dan", "eve")]
    assert sorted(answer.chosen for answer in answers) == [False, True, True]
    [other] = [answer for answer in answers if not answer.chosen]
    assert (other.allowed, other.served_change, other.score_change) == (True, 0, 0)
