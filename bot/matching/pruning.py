"""Big pools: the few pairs worth weighing, and the proof that none of the others was missed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.scoring import Bytes, ScoredPool
from bot.matching.seating import BEST_SCORE, Edges

Ints: TypeAlias = NDArray[np.int64]
Truths: TypeAlias = NDArray[np.bool_]

KEPT = 20
"""Pairs kept for each mentee, and again for each mentor: the mentees' alone lose places where mentors are few."""
NEAR = 3
"""Points by which a pair may fall short of the prices and still be weighed: one round less of pricing."""

_SCORE_BITS = 7
_ROW_BITS = 24
_MISSED_BITS = 8
_MOST_MISSED = (1 << _MISSED_BITS) - 1
_WORST = np.uint8(BEST_SCORE + 1)


class Scored(NamedTuple):
    """The scores of a block of mentees with every mentor, 0 where they cannot be proposed."""

    rows: Ints
    scores: Bytes


def open_blocks(scored: ScoredPool, looking: Truths, seated: Truths) -> Iterator[Scored]:
    """Yield the scores of all pairs of mentees who are *looking* and mentors who have a place, block by block."""
    everybody_seated = bool(seated.all())
    for rows in scored.blocks():
        scores = scored.scores(rows)
        scores[~looking[rows]] = 0
        if not everybody_seated:
            scores[:, ~seated] = 0
        yield Scored(rows, scores)


def all_edges(scored: ScoredPool, looking: Truths, seated: Truths) -> Edges:
    """Return every pair that can be proposed."""
    pairs = [np.zeros(0, dtype=np.int64)]
    scores = [np.zeros(0, dtype=np.uint8)]
    mentors = len(scored.mentors)
    for rows, block in open_blocks(scored, looking, seated):
        places = np.flatnonzero(block)
        pairs.append(places + int(rows[0]) * mentors)
        scores.append(block.ravel()[places])
    return _edges(scored, np.concatenate(pairs), np.concatenate(scores))


def best_edges(scored: ScoredPool, looking: Truths, seated: Truths) -> Edges:
    """Return the KEPT best pairs of each mentee and of each mentor."""
    mentors = len(scored.mentors)
    pairs = [np.zeros(0, dtype=np.int64)]
    scores = [np.zeros(0, dtype=np.uint8)]
    columns = _BestOfColumns(mentors)
    for rows, block in open_blocks(scored, looking, seated):
        bar = np.zeros((len(rows), 1), dtype=np.uint8)
        for place, row in enumerate(rows.tolist()):
            best, bar[place] = _best_places(block[place], start=scored.mentee_fingerprint(row) % mentors)
            pairs.append(best + row * mentors)
            scores.append(block[place, best])
        columns.add(rows, block, bar)
    row, column, score = columns.best()
    pair, first = np.unique(np.concatenate((*pairs, row * mentors + column)), return_index=True)
    return _edges(scored, pair, np.concatenate((*scores, score))[first])


def _best_places(scores: Bytes, *, start: int) -> tuple[Ints, int]:
    """Return where the KEPT best of one mentee's *scores* are, and the score it takes to be one of them.

    Equals are taken from *start* on, round the end: from the first on, everybody would keep the same few mentors.
    """
    low, high = 0, BEST_SCORE + 1
    # The highest score that at least KEPT reach: scores are few, so halving them beats sorting the mentors.
    while low < high:
        middle = (low + high + 1) // 2
        if np.count_nonzero(scores >= middle) >= KEPT:
            low = middle
        else:
            high = middle - 1
    if not low:
        return np.flatnonzero(scores), 0
    above = np.flatnonzero(scores > low)
    equal = np.flatnonzero(scores == low)
    first = int(np.searchsorted(equal, start))
    wanted = KEPT - len(above)
    taken = equal[first : first + wanted]
    return np.concatenate((above, taken, equal[: wanted - len(taken)])), low


class _BestOfColumns:
    """The KEPT mentees who would miss every mentor most, as blocks of mentees come by.

    What counts is how far a score lies above the one that the mentee's own best need: by score alone all mentors would
    keep the same mentees, those whom everybody suits.
    """

    def __init__(self, mentors: int) -> None:
        self._to_beat = np.zeros(mentors, dtype=np.uint8)
        self._kept = np.zeros(0, dtype=np.int64)
        self._pending: list[Ints] = []
        self._count = 0

    def add(self, rows: Ints, block: Bytes, bar: Bytes) -> None:
        """Take note of what beats the best so far; *bar* is what it takes to be among the best of each row."""
        missed = block + (_WORST - bar)
        places = np.flatnonzero((missed > self._to_beat) & (block > 0))
        row, column = np.divmod(places, len(self._to_beat))
        # Packed so that sorting numbers sorts by mentor, then from the most missed down, then by mentee.
        packed = column << _MISSED_BITS | (_MOST_MISSED - missed.ravel()[places].astype(np.int64))
        packed = (packed << _ROW_BITS | rows[row]) << _SCORE_BITS | block.ravel()[places]
        self._pending.append(packed)
        self._count += len(packed)
        if self._count > 3 * KEPT * len(self._to_beat):
            self._sift()

    def best(self) -> tuple[Ints, Ints, Bytes]:
        """Return mentee, mentor and score of all that is kept."""
        self._sift()
        score = (self._kept & (1 << _SCORE_BITS) - 1).astype(np.uint8)
        row = self._kept >> _SCORE_BITS & (1 << _ROW_BITS) - 1
        return row, self._kept >> _SCORE_BITS + _ROW_BITS + _MISSED_BITS, score

    def _sift(self) -> None:
        packed = np.sort(np.concatenate((self._kept, *self._pending)))
        column = packed >> _SCORE_BITS + _ROW_BITS + _MISSED_BITS
        rank = np.arange(len(packed)) - np.searchsorted(column, column)
        self._kept = packed[rank < KEPT]
        self._pending, self._count = [], 0
        last = np.flatnonzero(rank == KEPT - 1)
        self._to_beat[column[last]] = _MOST_MISSED - (packed[last] >> _SCORE_BITS + _ROW_BITS & _MOST_MISSED)


def _edges(scored: ScoredPool, pair: Ints, score: Bytes) -> Edges:
    mentee, mentor = np.divmod(pair, max(1, len(scored.mentors)))
    return Edges(mentee=mentee, mentor=mentor, score=score.astype(np.int64) - 1, tie=scored.tie_breaks(mentee, mentor))


class Missed(NamedTuple):
    """Pairs left out that would better the seating, and by how much at most everything could get better."""

    edges: Edges
    at_most: int


def missed_edges(scored: ScoredPool, known: Edges, *, needs: Ints, seated: Truths, prices: tuple[Ints, Ints]) -> Missed:
    """Return the pairs that promise more than the *prices* of their mentee and mentor, the KEPT best of each mentee.

    *known* are the pairs weighed already, in the order of their mentees, *needs* the places each mentee wants.

    Were the prices of mentees raised by what their best pair promises, no pair would be left that betters anything:
    what the raises cost is the most there is still to gain (weak duality). If none promises more, the seating is best.
    Otherwise those that nearly do come along, since new prices would ask for them next.
    """
    mentee_price, mentor_price = prices
    mentors = len(scored.mentors)
    pairs = [np.zeros(0, dtype=np.int64)]
    scores = [np.zeros(0, dtype=np.uint8)]
    at_most = 0
    for rows, block in open_blocks(scored, needs > 0, seated):
        weighed = slice(*np.searchsorted(known.mentee, (rows[0], rows[-1] + 1)))
        block[known.mentee[weighed] - rows[0], known.mentor[weighed]] = 0
        # A block has 1 for a score of 0, and 0 for a pair that cannot be.
        bar = mentee_price[rows, None] - mentor_price[None, :] + 1 - NEAR
        row, column = np.nonzero(block > np.clip(bar, 0, BEST_SCORE + 1).astype(np.uint8))
        gain = block[row, column].astype(np.int64) - bar[row, column] - NEAR
        order = np.lexsort((column, -gain, row))
        row, column, gain = row[order], column[order], gain[order]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        at_most += int((np.maximum(gain[rank == 0], 0) * needs[rows[row[rank == 0]]]).sum())
        kept = rank < KEPT
        pairs.append(rows[row[kept]] * mentors + column[kept])
        scores.append(block[row[kept], column[kept]])
    if not at_most:
        return Missed(known.only(slice(0)), 0)
    return Missed(_edges(scored, np.concatenate(pairs), np.concatenate(scores)), at_most)
