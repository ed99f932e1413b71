"""Random within the rules, as the bots that invite two people to a coffee."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pair_instance import Instance, answer

if TYPE_CHECKING:
    from collections.abc import Iterator


def pair(instance: Instance) -> Iterator[tuple[int, int]]:
    """Yield for each mentee, in random order, random mentors who are allowed and have a place: one each, then more."""
    dice = random.Random(1)
    allowed: list[list[int]] = [[] for _ in instance.needs]
    for mentee, mentor in zip(instance.mentee, instance.mentor, strict=True):
        allowed[mentee].append(mentor)
    seats = list(instance.seats)
    order = list(range(len(allowed)))
    for turn in range(max(instance.needs, default=0)):
        dice.shuffle(order)
        for mentee in order:
            if instance.needs[mentee] > turn:
                free = [mentor for mentor in allowed[mentee] if seats[mentor]]
                if free:
                    mentor = dice.choice(free)
                    allowed[mentee].remove(mentor)
                    seats[mentor] -= 1
                    yield mentee, mentor


answer(pair)
