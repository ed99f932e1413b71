"""scipy's sparse assignment: mentees and mentors copied as often as they have places, everyone free to go without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pair_instance import Instance, answer
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

if TYPE_CHECKING:
    from collections.abc import Iterator


def pair(instance: Instance) -> Iterator[tuple[int, int]]:
    """Yield the pairs of the best assignment; a first mentor outweighs all scores."""
    mentee, mentor, score, needs, seats = (np.array(column, dtype=np.int64) for column in instance)
    row_mentee = np.repeat(np.arange(len(needs)), needs)
    column_mentor = np.repeat(np.arange(len(seats)), seats)
    first_row, first_column = np.cumsum(needs) - needs, np.cumsum(seats) - seats
    copies = needs[mentee] * seats[mentor]
    edge = np.repeat(np.arange(len(mentee)), copies)
    rank = np.arange(len(edge)) - np.repeat(np.cumsum(copies) - copies, copies)
    which_row, which_column = np.divmod(rank, seats[mentor[edge]])
    served = 100 * len(row_mentee) + 1
    value = score[edge] + served * (which_row == 0)
    nobody = np.arange(len(row_mentee))
    # Each row takes one column, its own "nobody" at worst, so that the same amount added to all changes nothing.
    weights = csr_array(
        (
            np.concatenate((served + 101 - value, np.full(len(nobody), served + 101))).astype(np.float64),
            (
                np.concatenate((first_row[mentee[edge]] + which_row, nobody)),
                np.concatenate((first_column[mentor[edge]] + which_column, len(column_mentor) + nobody)),
            ),
        ),
        shape=(len(row_mentee), len(column_mentor) + len(nobody)),
    )
    rows, columns = min_weight_full_bipartite_matching(weights)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        if column < len(column_mentor):
            yield int(row_mentee[row]), int(column_mentor[column])


answer(pair)
