"""Companies of any size to pair: one-to-one with places for 97 % of what is wanted, or in every format at once."""

from __future__ import annotations

import random
from dataclasses import replace

from bot.matching import Candidate, Pool

TOPICS = tuple(f"topic {number}" for number in range(10))
LANGUAGES = (("fr",), ("en",), ("fr", "en"), ("fr", "en"))
HALF_DAYS = tuple(f"{day}-{half}" for day in ("mon", "tue", "wed", "thu", "fri") for half in ("am", "pm"))
SITES = ("Paris", "Lyon", "Lille", None)
DEPARTMENTS = tuple(f"department {number}" for number in range(15))
REPORTS = 7
A_TEAM = 9
TWO_MENTORS = 0.08  # share of mentees who want two
PLACES = 0.97  # for each mentor wanted
RECENT_PAIRS = 0.2  # for each mentee


def pool_of(mentees: int, mentors: int, *, seed: int = 1) -> Pool:
    """Return the pool of *mentees* and *mentors*: the same one for the same numbers and *seed*, on every machine."""
    dice = random.Random(seed)
    people = [f"U{number:07}" for number in range(mentees + mentors)]
    dice.shuffle(people)
    learners, teachers = people[:mentees], people[mentees:]
    needs = [2 if dice.random() < TWO_MENTORS else 1 for _ in learners]
    seats = _spread(dice, round(PLACES * sum(needs)), mentors)
    return Pool(
        mentors=tuple(_person(dice, key, people, seats=taken) for key, taken in zip(teachers, seats, strict=True)),
        mentees=tuple(_person(dice, key, people, needs=wanted) for key, wanted in zip(learners, needs, strict=True)),
        reporting=_hierarchy(dice, people),
        recent_pairs=frozenset(
            (dice.choice(teachers), dice.choice(learners)) for _ in range(round(RECENT_PAIRS * mentees))
        ),
    )


def every_format_pool_of(mentees: int, mentors: int, *, seed: int = 1) -> Pool:
    """Return the same company where everybody takes part in every format, on three of nine topics.

    Mentors have two one-to-one places and one collective session; each mentee wants one mentor.
    """
    pool = pool_of(mentees, mentors, seed=seed)
    dice = random.Random(seed)

    def three_topics(lowest: int) -> dict[str, int]:
        return {topic: dice.randint(lowest, lowest + 3) for topic in dice.sample(TOPICS[:9], 3)}

    return replace(
        pool,
        mentors=tuple(replace(one, seats=2, group_sessions=1, topics_offered=three_topics(1)) for one in pool.mentors),
        mentees=tuple(replace(one, needs=1, topics_wanted=three_topics(0)) for one in pool.mentees),
    )


def _spread(dice: random.Random, places: int, mentors: int) -> list[int]:
    """Return the seats of each mentor: *places* altogether, at random."""
    seats = [0] * mentors
    for mentor in dice.choices(range(mentors), k=places):
        seats[mentor] += 1
    return seats


def _hierarchy(dice: random.Random, people: list[str]) -> dict[str, str | None]:
    """Return each person's manager: one head of all, a handful of reports each."""
    order = dice.sample(people, len(people))
    return {order[0]: None} | {person: order[place // REPORTS] for place, person in enumerate(order[1:])}


def _person(dice: random.Random, key: str, people: list[str], *, seats: int = 0, needs: int = 0) -> Candidate:
    topics = dice.sample(TOPICS, dice.randint(1, 4))
    return Candidate(
        key=key,
        topics_offered={topic: dice.randint(1, 4) for topic in topics},
        topics_wanted={topic: dice.randint(0, 3) for topic in topics},
        languages=frozenset(dice.choice(LANGUAGES)),
        half_days=frozenset(dice.sample(HALF_DAYS, dice.randint(1, 5))),
        onsite_only=dice.random() < 0.1,
        site=dice.choice(SITES),
        utc_offset_minutes=dice.choice((0, 60, 60, 60, 330)),
        department=dice.choice(DEPARTMENTS),
        team=f"team {dice.randrange(1 + len(people) // A_TEAM)}",
        hr_partner=dice.choice(people) if dice.random() < 0.5 else None,
        avoids=frozenset(dice.sample(people, 1)) if dice.random() < 0.05 else frozenset(),
        seats=seats,
        needs=needs,
        waiting_days=dice.randrange(80),
        unserved_last_round=dice.random() < 0.1,
    )
