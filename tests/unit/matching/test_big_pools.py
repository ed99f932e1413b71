"""Weighing only the best pairs loses nothing, which prices prove; where they are not asked, the gap stated is true."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bot.matching import Outcome, Pool, pairs_of, pruning, solve, solving
from tests.unit.matching.exact import may_meet
from tests.unit.matching.pools import random_pool


@pytest.fixture
def few_pairs_weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pairs for each person, however small the pool."""
    monkeypatch.setattr(solving, "FEW_PAIRS", 0)
    monkeypatch.setattr(solving, "KEPT", 3)


def a_pool_to_prune(seed: int) -> Pool:
    dice = random.Random(seed)
    return random_pool(seed, mentors=dice.randint(10, 30), mentees=dice.randint(30, 90))


def all_pairs_weighed(pool: Pool) -> Outcome:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solving, "FEW_PAIRS", 10**9)
        return solve(pool)


@pytest.mark.usefixtures("few_pairs_weighed")
def test_weighing_few_pairs_serves_as_many_with_the_same_total() -> None:
    for seed in range(25):
        pool = a_pool_to_prune(seed)
        outcome, best = solve(pool), all_pairs_weighed(pool)
        assert outcome.certified
        assert (outcome.served, outcome.total_score) == (best.served, best.total_score), f"seed {seed}"


@pytest.mark.usefixtures("few_pairs_weighed")
def test_where_the_proof_ends_early_the_gap_stated_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "MANY_PAIRS", 0)
    monkeypatch.setattr(solving, "ONE_IN", 50)
    monkeypatch.setattr(solving, "KEPT_OF_MANY", 6)
    gaps = []
    for seed in range(25):
        pool = a_pool_to_prune(seed)
        outcome, best = solve(pool), all_pairs_weighed(pool)
        assert outcome.served == best.served
        assert best.total_score - outcome.total_score <= outcome.gap * outcome.total_score + 1e-6, f"seed {seed}"
        gaps.append(outcome.gap)
    assert min(gaps) == 0 < max(gaps) < 1 / 40


@pytest.mark.usefixtures("few_pairs_weighed")
def test_people_who_are_mentor_and_mentee_break_no_rule_in_a_big_pool() -> None:
    for seed in range(10):
        pool = random_pool(seed, mentors=30, mentees=40, both=20)
        outcome, best = solve(pool), all_pairs_weighed(pool)
        pairs = pairs_of(outcome)
        assert not {(mentee, mentor) for mentor, mentee in pairs} & pairs
        mentors = {person.key: person for person in pool.mentors}
        mentees = {person.key: person for person in pool.mentees}
        assert all(may_meet(mentors[mentor], mentees[mentee], pool) for mentor, mentee in pairs)
        assert outcome.served <= best.served
        if outcome.certified:
            assert (outcome.served, outcome.total_score) == (best.served, best.total_score)


def test_among_equals_each_mentee_keeps_other_mentors() -> None:
    block = np.full((3, 50), 61, dtype=np.uint8)
    block[0, 7] = 90
    block[2, 12:] = 0
    bars = pruning._bars(block, each=20)
    places = pruning._best_places(block, bars, starts=np.array([45, 10, 0]), each=20)
    assert bars.tolist() == [[61], [61], [0]]
    assert [places[places // 50 == row].tolist() for row in range(3)] == [
        [*range(15), *range(45, 50)],
        [*range(60, 80)],
        [*range(100, 112)],
    ]
