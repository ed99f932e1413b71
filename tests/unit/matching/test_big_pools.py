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
    monkeypatch.setattr(pruning, "KEPT", 3)


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
def test_where_the_proof_is_left_out_the_gap_stated_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "MANY_PAIRS", 0)
    monkeypatch.setattr(pruning, "KEPT", 6)
    gaps = []
    for seed in range(25):
        pool = a_pool_to_prune(seed)
        outcome, best = solve(pool), all_pairs_weighed(pool)
        assert outcome.served <= best.served
        if outcome.certified:
            assert (outcome.served, outcome.total_score) == (best.served, best.total_score), f"seed {seed}"
        gaps.append(outcome.gap)
    assert min(gaps) == 0 < max(gaps)


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
    scores = np.full(50, 61, dtype=np.uint8)
    scores[7] = 90
    places, bar = pruning._best_places(scores, start=45)
    assert bar == 61
    assert sorted(places.tolist()) == [*range(15), *range(45, 50)]
