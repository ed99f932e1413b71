"""Pools for the tests of matching: one person in a line, a whole company at random."""

from __future__ import annotations

import random
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from bot.matching import Candidate, Format, Outcome, Pool, Weights

TOPICS = ("ai", "image", "mobile", "search", "social", "tools")
HALF_DAYS = tuple(f"{day}-{half}" for day in ("mon", "tue", "wed", "thu", "fri") for half in ("am", "pm"))


def a_mentor(key: str, **differences: Any) -> Candidate:
    """A mentor of social networks with two places, whom everybody could meet."""
    usual: dict[str, Any] = {"topics_offered": {"social": 4}, "languages": frozenset({"fr"}), "seats": 2}
    return Candidate(key=key, **(usual | differences))


def a_mentee(key: str, **differences: Any) -> Candidate:
    """A mentee who wants to learn about social networks, whom everybody could meet."""
    usual: dict[str, Any] = {"topics_wanted": {"social": 0}, "languages": frozenset({"fr"}), "needs": 1}
    return Candidate(key=key, **(usual | differences))


def a_pool(*, mentors: tuple[Candidate, ...], mentees: tuple[Candidate, ...], **differences: Any) -> Pool:
    return Pool(mentors=mentors, mentees=mentees, **differences)


def random_pool(seed: int, *, mentors: int, mentees: int, both: int = 0, all_formats: float = 0.75) -> Pool:
    """A company in which every rule bites somewhere; *both* of its people are mentor and mentee.

    A share of *all_formats* take part in every format, the others in one or two.
    """
    dice = random.Random(seed)
    people = [f"p{number}" for number in range(mentors + mentees - both)]
    bosses = dict.fromkeys(people) | {person: dice.choice(people) for person in people if dice.random() < 0.7}
    # Dice of their own, so that all else of a seed is as it would be without.
    tastes = random.Random(f"formats of {seed}")
    profiles = {
        key: replace(_random_person(dice, key, people), formats=_random_formats(tastes, all_of_them=all_formats))
        for key in people
    }
    mentor_keys, mentee_keys = people[:mentors], people[mentors - both :]

    def pairs(share: float) -> frozenset[tuple[str, str]]:
        return frozenset((mentor, mentee) for mentor in mentor_keys for mentee in mentee_keys if dice.random() < share)

    return Pool(
        mentors=tuple(replace(profiles[key], needs=0) for key in mentor_keys),
        mentees=tuple(replace(profiles[key], seats=0) for key in mentee_keys),
        reporting=bosses if mentors + mentees < 100 else _a_hierarchy(dice, people),
        recent_pairs=pairs(0.03),
        forbidden=pairs(0.03),
        weights=dice.choice([Weights(), Weights(topic_fit=3, level_gap=1, place=2, waiting=0)]),
    )


def _a_hierarchy(dice: random.Random, people: list[str]) -> dict[str, str | None]:
    """A boss above each but the first, a handful of reports each."""
    reporting: dict[str, str | None] = {people[0]: None}
    shuffled = dice.sample(people, len(people))
    for place, person in enumerate(shuffled[1:], start=1):
        reporting[person] = shuffled[(place - 1) // 7]
    return reporting


def _random_person(dice: random.Random, key: str, people: list[str]) -> Candidate:
    few = max(2, len(people) // 8)
    return Candidate(
        key=key,
        topics_offered={topic: dice.randint(1, 4) for topic in dice.sample(TOPICS, dice.randint(1, 4))},
        topics_wanted={topic: dice.randint(0, 3) for topic in dice.sample(TOPICS, dice.randint(1, 3))},
        languages=frozenset(dice.choice([["fr"], ["en"], ["fr", "en"], ["fr", "en"]])),
        half_days=frozenset(dice.sample(HALF_DAYS, dice.randint(0, 5))),
        onsite_only=dice.random() < 0.15,
        site=dice.choice(["Paris", "Lyon", None]),
        utc_offset_minutes=dice.choice([0, 60, 60, 330]),
        department=dice.choice(["sales", "claims", "IT", None]),
        team=dice.choice([None, f"team {dice.randrange(few)}"]),
        hr_partner=dice.choice([None, None, dice.choice(people)]),
        avoids=frozenset(dice.sample(people, 1)) if dice.random() < 0.15 else frozenset(),
        seats=dice.choice([0, 1, 2, 2, 3]),
        group_sessions=dice.choice([0, 1, 1, 1, 2]),
        needs=dice.choice([0, 1, 1, 1, 2]),
        waiting_days=dice.randrange(80),
        unserved_last_round=dice.random() < 0.1,
    )


def _random_formats(dice: random.Random, *, all_of_them: float) -> frozenset[str]:
    formats = list(Format)
    return frozenset(formats if dice.random() < all_of_them else dice.sample(formats, dice.randint(1, 2)))


def keeping(pool: Pool, draft: Outcome, *, free: AbstractSet[str]) -> Pool:
    """Return the pool in which only the people *free* are paired again: every pair without them is locked."""
    kept = {
        (mentor, mentee): proposed.format
        for proposed in draft.proposals
        for mentor in proposed.mentors
        for mentee in proposed.mentees
        if mentor not in free and mentee not in free
    }
    return replace(pool, locked=pool.locked | kept.keys(), locked_in={**pool.locked_in, **kept})
