"""Groups in pools too big for one exact program: nearly as good, the rules as hard, the gap as true, the steps few."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching import (
    Candidate,
    Format,
    Outcome,
    Pool,
    Rule,
    groups,
    mending,
    pairs_of,
    pricing,
    solve,
    solve_all,
)
from bot.matching.flow import Ints, Network
from bot.matching.program import Program
from tests.unit.matching.pools import HALF_DAYS, a_mentee, a_mentor, a_pool, keeping, random_pool
from tests.unit.matching.rules import check_groups

NINE_TOPICS = tuple(f"topic {number}" for number in range(9))


@contextmanager
def by_prices() -> Iterator[None]:
    """However small the pool, no exact program for the whole of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups, "FEW_PLACES", 0)
        patch.setattr(groups, "SOME_PLACES", 0)
        yield


def priced(pool: Pool) -> Outcome:
    with by_prices():
        return solve(pool, format="collective")


def a_sociable_pool(seed: int) -> Pool:
    """One in which most rules bite, and groups come about all the same."""
    dice = random.Random(seed)
    pool = random_pool(seed, mentors=dice.randint(4, 14), mentees=dice.randint(10, 40), both=dice.randint(0, 4))
    return replace(pool, smallest_group=dice.choice([2, 3]), largest_group=dice.choice([4, 8]))


def a_programme(mentees: int, mentors: int, *, seed: int = 1) -> Pool:
    """A company whose people chose all formats; three of nine topics each, and one group for each mentor."""
    dice = random.Random(seed)

    def a_person(key: str) -> dict[str, Any]:
        return {
            "key": key,
            "half_days": frozenset(dice.sample(HALF_DAYS, 4)),
            "department": dice.choice(["sales", "claims", "IT"]),
            "languages": frozenset(dice.choice([["fr"], ["en"], ["fr", "en"]])),
        }

    return a_pool(
        mentors=tuple(
            a_mentor(
                **a_person(f"m{number}"),
                topics_offered={topic: dice.randint(1, 4) for topic in dice.sample(NINE_TOPICS, 3)},
                group_sessions=1,
            )
            for number in range(mentors)
        ),
        mentees=tuple(
            a_mentee(
                **a_person(f"n{number}"),
                topics_wanted={topic: dice.randint(0, 3) for topic in dice.sample(NINE_TOPICS, 3)},
            )
            for number in range(mentees)
        ),
    )


@pytest.mark.parametrize("seed", range(6))
def test_as_many_are_served_as_an_exact_program_serves_with_nearly_its_total(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With no second mentors all of the total is what both maximise.
    monkeypatch.setattr("bot.matching.seconds.MANY_FOR_ONE", 100)
    monkeypatch.setattr(groups, "FEW_PLACES", 10**9)
    pool = a_programme(60, 24, seed=seed)
    exact, near = solve(pool, format="collective"), priced(pool)
    assert exact.certified
    assert near.served == exact.served
    assert near.total_score >= 0.99 * exact.total_score
    assert exact.total_score <= (1 + near.gap) * near.total_score + 1e-6


@settings(max_examples=40)
@given(seed=st.integers(0, 10**9))
def test_no_group_breaks_a_rule_or_its_size_however_it_was_found(seed: int) -> None:
    pool = a_sociable_pool(seed)
    outcome = priced(pool)
    check_groups(pool, outcome)
    assert outcome.gap >= 0


def test_the_gap_stated_holds_where_few_or_none_can_sit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.matching.seconds.MANY_FOR_ONE", 100)
    for seed in range(12):
        pool = a_sociable_pool(seed)
        exact, near = solve(pool, format="collective"), priced(pool)
        person = 100 * sum(one.needs > 0 for one in pool.mentees) + 1
        missing = person * (exact.served - near.served) + exact.total_score - near.total_score
        assert 0 <= missing <= near.gap * max(1, near.total_score) + 1e-6, f"seed {seed}"


def test_the_order_people_come_in_changes_no_group() -> None:
    for pool in (a_sociable_pool(3), a_programme(120, 30)):
        dice = random.Random(5)
        shuffled = replace(
            pool,
            mentors=tuple(dice.sample(pool.mentors, len(pool.mentors))),
            mentees=tuple(dice.sample(pool.mentees, len(pool.mentees))),
        )
        assert priced(shuffled) == priced(pool)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """The sizes of what was solved: arcs of flows, decisions of exact programs."""
    sizes: dict[str, list[int]] = {"flows": [], "programs": []}
    best_flow, begin = Network.best_flow, Program.__init__

    def counted_flow(network: Network, costs: Ints) -> Ints | None:
        sizes["flows"].append(len(costs))
        return best_flow(network, costs)

    def counted_program(program: Program, decisions: int) -> None:
        sizes["programs"].append(decisions)
        begin(program, decisions)

    monkeypatch.setattr(Network, "best_flow", counted_flow)
    monkeypatch.setattr(Program, "__init__", counted_program)
    return sizes


def test_eight_hundred_people_who_chose_every_format_are_paired_in_few_steps(asked: dict[str, list[int]]) -> None:
    pool = a_programme(820, 180)
    outcome = solve_all(pool)
    in_groups = [one for one in outcome.proposals if one.format is Format.COLLECTIVE]
    assert sum(len(one.mentees) for one in in_groups) > 400
    assert outcome.gap < 0.01
    assert len(asked["flows"]) < 600
    assert len(asked["programs"]) < 2 * mending.MOST_PARTS + 10
    assert max(asked["programs"], default=0) < groups.FEW_PLACES + 200


def test_ten_thousand_who_want_one_topic_fill_every_group_there_is(asked: dict[str, list[int]]) -> None:
    dice = np.random.default_rng(1)
    pool = a_pool(
        mentors=tuple(a_mentor(f"m{number}", group_sessions=1) for number in range(300)),
        mentees=tuple(a_mentee(f"n{number}", waiting_days=int(dice.integers(60))) for number in range(10_000)),
    )
    outcome = solve(pool, format="collective")
    assert (outcome.served, len(outcome.proposals)) == (300 * pool.largest_group, 300)
    assert outcome.gap < 0.02
    assert {person.rule for person in outcome.unplaced} == {Rule.CAPACITY}
    assert max(asked["flows"]) < 2 * pricing.MANY_ARCS


def test_a_big_draft_locked_whole_comes_back_whole() -> None:
    pool = a_programme(300, 60)
    draft = priced(pool)
    again = priced(keeping(pool, draft, free=frozenset()))
    assert again.refused_locks == ()
    assert pairs_of(draft) <= pairs_of(again)


def test_locks_that_cannot_all_be_kept_in_a_big_pool_are_kept_as_far_as_can_be_and_the_others_named() -> None:
    pool = a_programme(300, 60)
    ana = a_mentor("ana", topics_offered={"topic 0": 4, "topic 1": 4}, group_sessions=1)
    wanting = [
        a_mentee(f"{topic} {number}", topics_wanted={topic: 0})
        for topic in ("topic 0", "topic 1")
        for number in range(4)
    ]
    locked = frozenset(("ana", one.key) for one in wanting[:7])
    pool = replace(pool, mentors=(*pool.mentors, ana), mentees=(*pool.mentees, *wanting), locked=locked)
    outcome = priced(pool)
    check_groups(pool, outcome)
    kept = locked & pairs_of(outcome)
    assert {mentee for _, mentee in kept} == {f"topic 0 {number}" for number in range(4)}
    assert {(lock.mentee, lock.rules) for lock in outcome.refused_locks} == {
        (f"topic 1 {number}", (Rule.CAPACITY,)) for number in range(3)
    }


def test_people_kept_apart_never_share_a_group_in_a_big_pool() -> None:
    """Somebody above all the others in the line sits with none of them."""
    mentees: tuple[Candidate, ...] = tuple(a_mentee(f"n{number}") for number in range(40))
    pool = a_pool(
        mentors=tuple(a_mentor(f"m{number}", group_sessions=1) for number in range(8)),
        mentees=(*mentees, a_mentee("boss", unserved_last_round=True)),
        reporting={one.key: "boss" for one in mentees[:38]},
    )
    outcome = priced(pool)
    check_groups(pool, outcome)
    assert outcome.served >= 40


def test_every_group_of_many_has_a_second_mentor_where_enough_are_free(asked: dict[str, list[int]]) -> None:
    pool = a_pool(
        mentors=tuple(a_mentor(f"m{number}", group_sessions=1) for number in range(400)),
        mentees=tuple(a_mentee(f"n{number}", topics_wanted={"social": number % 3}) for number in range(900)),
        largest_group=6,
        smallest_group=5,
    )
    outcome = solve(pool, format="collective")
    check_groups(pool, outcome)
    assert len(outcome.proposals) >= 150
    assert {len(one.mentors) for one in outcome.proposals} == {2}
    assert max(asked["programs"], default=0) < groups.FEW_PLACES + 200
