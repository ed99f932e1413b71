"""What leads lock, forbid and swap is kept, and everything else is the best around it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bot.matching import Format, RefusedLock, Rule, pairs_of, solve
from tests.unit.matching.exact import best_seating, may_meet, taking_part
from tests.unit.matching.pools import a_mentee, a_mentor, a_pool, keeping, random_pool


def test_a_locked_pair_is_proposed_whatever_it_costs() -> None:
    ana = a_mentor("ana", seats=1, topics_offered={"social": 4, "ai": 4})
    dan = a_mentor("dan", seats=1)
    pool = a_pool(mentors=(ana, dan), mentees=(a_mentee("bo"), a_mentee("cy", topics_wanted={"ai": 0})))
    locked = solve(replace(pool, locked=frozenset({("ana", "bo")})))
    assert pairs_of(locked) == {("ana", "bo")}
    assert locked.proposals[0].locked
    assert pairs_of(solve(pool)) == {("ana", "cy"), ("dan", "bo")}


@pytest.mark.parametrize("seed", range(25))
def test_the_rest_is_the_best_there_is_around_locked_pairs(seed: int) -> None:
    """Locking is taking the pair's places away beforehand."""
    dice = random.Random(seed)
    pool = taking_part(random_pool(seed, mentors=7, mentees=10), Format.PATH)
    allowed = sorted(
        (mentor.key, mentee.key)
        for mentor in pool.mentors
        for mentee in pool.mentees
        if mentor.seats and mentee.needs == 1 and may_meet(mentor, mentee, pool)
    )
    assert allowed
    mentor_key, mentee_key = dice.choice(allowed)
    outcome = solve(replace(pool, locked=frozenset({(mentor_key, mentee_key)})))
    [kept] = [proposed for proposed in outcome.proposals if proposed.locked]
    rest = replace(
        pool,
        mentors=tuple(replace(mentor, seats=mentor.seats - (mentor.key == mentor_key)) for mentor in pool.mentors),
        mentees=tuple(mentee for mentee in pool.mentees if mentee.key != mentee_key),
    )
    assert (outcome.served - 1, outcome.total_score - kept.score) == best_seating(rest)


def test_a_lock_against_a_rule_is_refused_with_the_rule_unless_a_lead_overrides_it() -> None:
    pool = a_pool(
        mentors=(a_mentor("ana", team="claims"),),
        mentees=(a_mentee("bo", team="claims"),),
        locked=frozenset({("ana", "bo")}),
    )
    refused = solve(pool)
    assert refused.proposals == ()
    assert refused.refused_locks == (RefusedLock(mentor="ana", mentee="bo", rules=(Rule.SAME_TEAM,)),)
    overridden = solve(replace(pool, overridden=pool.locked))
    assert pairs_of(overridden) == {("ana", "bo")}
    assert overridden.refused_locks == ()


def test_locks_beyond_the_places_there_are_are_refused() -> None:
    pool = a_pool(
        mentors=(a_mentor("ana", seats=1), a_mentor("dan")),
        mentees=(a_mentee("bo"), a_mentee("cy")),
        locked=frozenset({("ana", "bo"), ("ana", "cy"), ("dan", "bo"), ("who", "bo")}),
    )
    outcome = solve(pool)
    assert pairs_of(outcome) == {("ana", "bo"), ("dan", "cy")}
    assert {(lock.mentor, lock.mentee, lock.rules) for lock in outcome.refused_locks} == {
        ("ana", "cy", (Rule.CAPACITY,)),
        ("dan", "bo", (Rule.NOT_LOOKING,)),
        ("who", "bo", (Rule.NO_MENTORS,)),
    }


def test_a_locked_pair_is_never_turned_round() -> None:
    both = {"topics_offered": {"ai": 3}, "topics_wanted": {"ai": 1}}
    pool = a_pool(
        mentors=(a_mentor("ana", **both), a_mentor("bo", **both)),
        mentees=(a_mentee("ana", **both), a_mentee("bo", **both)),
        locked=frozenset({("ana", "bo")}),
    )
    assert pairs_of(solve(pool)) == {("ana", "bo")}
    twice = solve(replace(pool, locked=frozenset({("ana", "bo"), ("bo", "ana")})))
    assert [lock.rules for lock in twice.refused_locks] == [(Rule.BOTH_WAYS,)]


def test_pairing_again_touches_only_those_concerned() -> None:
    """Somebody declines: their pair is forbidden, and only the two are paired again."""
    pool = random_pool(4, mentors=12, mentees=30)
    draft = solve(pool)
    declined = min(pairs_of(draft))
    again = solve(keeping(replace(pool, forbidden=pool.forbidden | {declined}), draft, free=frozenset(declined)))
    untouched = {pair for pair in pairs_of(draft) if not set(pair) & set(declined)}
    assert untouched <= pairs_of(again)
    assert declined not in pairs_of(again)


def test_no_lead_sets_aside_that_two_are_kept_apart_or_have_met_lately() -> None:
    pair = frozenset({("ana", "bo")})
    pool = a_pool(mentors=(a_mentor("ana"),), mentees=(a_mentee("bo"),), locked=pair, overridden=pair)
    met, forbidden = replace(pool, recent_pairs=pair), replace(pool, forbidden=pair)
    for rule, apart in ((Rule.RECENT_PAIR, met), (Rule.KEPT_APART, forbidden)):
        assert solve(apart).refused_locks == (RefusedLock(mentor="ana", mentee="bo", rules=(rule,)),)
    team = replace(pool, mentors=(a_mentor("ana", team="x"),), mentees=(a_mentee("bo", team="x"),))
    assert solve(team).served == 1, "a team may be set aside"
