"""The best pair first, then the best of what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pair_instance import Instance, answer

if TYPE_CHECKING:
    from collections.abc import Iterator


def pair(instance: Instance) -> Iterator[tuple[int, int]]:
    """Yield the best pair both of whose people have a place left, until there is none; a first mentor before a second.

    Served people come before any score here as well: all first places are given before any second one.
    """
    needs, seats = list(instance.needs), list(instance.seats)
    taken: set[int] = set()
    order = sorted(range(len(instance.score)), key=lambda edge: -instance.score[edge])
    for wanted_first in (True, False):
        for edge in order:
            mentee, mentor = instance.mentee[edge], instance.mentor[edge]
            first = needs[mentee] == instance.needs[mentee]
            if needs[mentee] and seats[mentor] and first == wanted_first and edge not in taken:
                taken.add(edge)
                needs[mentee] -= 1
                seats[mentor] -= 1
                yield mentee, mentor


answer(pair)
