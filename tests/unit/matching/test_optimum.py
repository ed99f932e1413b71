"""The engine's answers held to a second, slow and independent formulation, and to every rule on any pool."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.matching import Pool, solve
from tests.unit.matching.exact import best_by_every_goal, best_seating, goals, may_meet, score
from tests.unit.matching.pools import a_mentee, a_mentor, random_pool


def a_small_pool(seed: int) -> Pool:
    dice = random.Random(seed)
    mentors, mentees = dice.randint(1, 12), dice.randint(1, 16)
    return random_pool(seed, mentors=mentors, mentees=mentees, both=dice.randint(0, min(mentors, mentees)))


@pytest.mark.parametrize("first_seed", range(0, 200, 20))
def test_as_many_are_served_with_as_high_a_total_as_an_independent_exact_solver_finds(first_seed: int) -> None:
    for seed in range(first_seed, first_seed + 20):
        pool = a_small_pool(seed)
        outcome = solve(pool)
        assert (outcome.served, outcome.total_score) == best_seating(pool), f"seed {seed}"
        assert outcome.certified


def test_every_goal_is_met_in_its_order_as_trying_all_seatings_shows() -> None:
    """Few levels and few half-days, so that ties abound."""
    for seed in range(60):
        dice = random.Random(seed)
        slots = ["mon-am", "tue-am", "wed-am"]
        pool = Pool(
            mentors=tuple(
                a_mentor(f"m{number}", seats=dice.randint(1, 3), half_days=frozenset(dice.sample(slots, 2)))
                for number in range(3)
            ),
            mentees=tuple(
                a_mentee(f"n{number}", needs=dice.choice([1, 1, 2]), half_days=frozenset(dice.sample(slots, 2)))
                for number in range(4)
            ),
            forbidden=frozenset({(f"m{dice.randrange(3)}", f"n{dice.randrange(4)}") for _ in range(3)}),
        )
        outcome = solve(pool)
        chosen = [(proposed.mentor, proposed.mentee, proposed.score) for proposed in outcome.proposals]
        assert goals(chosen) == best_by_every_goal(pool), f"seed {seed}"


@settings(max_examples=60)
@given(seed=st.integers(0, 10**9))
def test_no_hard_rule_and_no_number_of_seats_is_ever_broken(seed: int) -> None:
    pool = a_small_pool(seed)
    outcome = solve(pool)
    mentors = {person.key: person for person in pool.mentors}
    mentees = {person.key: person for person in pool.mentees}
    pairs = [(proposed.mentor, proposed.mentee) for proposed in outcome.proposals]
    assert len(set(pairs)) == len(pairs)
    assert not {(mentee, mentor) for mentor, mentee in pairs} & set(pairs)
    for proposed in outcome.proposals:
        mentor, mentee = mentors[proposed.mentor], mentees[proposed.mentee]
        assert may_meet(mentor, mentee, pool)
        assert "path" in mentor.formats & mentee.formats
        assert proposed.score == score(mentor, mentee, pool)
        assert proposed.topic is not None
        assert mentor.topics_offered[proposed.topic] > mentee.topics_wanted[proposed.topic]
        assert len(proposed.reasons) == 3
    assert all(count <= mentors[key].seats for key, count in Counter(mentor for mentor, _ in pairs).items())
    assert all(count <= mentees[key].needs for key, count in Counter(mentee for _, mentee in pairs).items())
    everybody = {person.key for person in pool.mentees if person.needs}
    assert {mentee for _, mentee in pairs} | {person.key for person in outcome.unplaced} == everybody


@settings(max_examples=30)
@given(seed=st.integers(0, 10**9))
def test_the_order_people_come_in_changes_nothing(seed: int) -> None:
    pool = a_small_pool(seed)
    dice = random.Random(seed)
    shuffled = replace(
        pool,
        mentors=tuple(dice.sample(pool.mentors, len(pool.mentors))),
        mentees=tuple(dice.sample(pool.mentees, len(pool.mentees))),
        reporting=dict(dice.sample(sorted(pool.reporting.items()), len(pool.reporting))),
    )
    assert solve(shuffled) == solve(pool)


def test_a_whole_cohort_is_answered_the_same_however_it_comes_in() -> None:
    pool = random_pool(7, mentors=55, mentees=250, both=10)
    first = solve(pool)
    assert solve(replace(pool, mentors=pool.mentors[::-1], mentees=pool.mentees[::-1])) == first
    assert first.certified
