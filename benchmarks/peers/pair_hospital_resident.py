"""PyPI's `matching`: mentees as residents (a second copy of those who want two mentors), mentors as hospitals."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from matching.games import HospitalResident
from pair_instance import Instance, answer

if TYPE_CHECKING:
    from collections.abc import Iterator


def pair(instance: Instance) -> Iterator[tuple[int, int]]:
    """Yield the pairs of the stable matching that suits mentees best; both sides prefer by score, then by number."""
    residents: dict[tuple[int, int], list[int]] = {}
    hospitals: dict[int, list[tuple[int, int]]] = {}
    order = sorted(range(len(instance.score)), key=lambda edge: -instance.score[edge])
    for edge in order:
        mentee, mentor = instance.mentee[edge], instance.mentor[edge]
        for copy in range(instance.needs[mentee]):
            residents.setdefault((mentee, copy), []).append(mentor)
            hospitals.setdefault(mentor, []).append((mentee, copy))
    capacities = {mentor: instance.seats[mentor] for mentor in hospitals}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        game = HospitalResident.create_from_dictionaries(residents, hospitals, capacities)
        for hospital, taken in game.solve(optimal="resident").items():
            for resident in taken:
                yield resident.name[0], hospital.name


answer(pair)
