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

NEAR = 2
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
    open_places = seated.view(np.uint8)
    for rows in scored.blocks():
        scores = scored.scores(rows)
        # Multiplying all is several times as fast as picking columns out.
        scores *= open_places
        if not looking[rows].all():
            scores[~looking[rows]] = 0
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


def best_edges(scored: ScoredPool, looking: Truths, seated: Truths, *, each: int) -> Edges:
    """Return the *each* best pairs of every mentee and of every mentor.

    The mentees' alone lose places where mentors are few.
    """
    mentors = len(scored.mentors)
    pairs = [np.zeros(0, dtype=np.int64)]
    scores = [np.zeros(0, dtype=np.uint8)]
    columns = _BestOfColumns(mentors, each=each)
    for rows, block in open_blocks(scored, looking, seated):
        bar = _bars(block, each=each)
        places = _best_places(block, bar, starts=scored.mentee_starts(rows), each=each)
        pairs.append(places + int(rows[0]) * mentors)
        scores.append(block.ravel()[places])
        columns.add(rows, block, bar)
    row, column, score = columns.best()
    pair, first = np.unique(np.concatenate((*pairs, row * mentors + column)), return_index=True)
    return _edges(scored, pair, np.concatenate((*scores, score))[first])


def _bars(block: Bytes, *, each: int) -> Bytes:
    """Return, for every mentee of a block, the score it takes to be among their best; 0 where they have fewer."""
    low = np.zeros((len(block), 1), dtype=np.uint8)
    high = np.full_like(low, BEST_SCORE + 1)
    # The highest score that enough reach: scores are few, so halving them for all rows at once beats sorting.
    while (low < high).any():
        middle = (low + high + 1) // 2
        # Row by row: several times as fast as a sum over an axis.
        count = np.array([np.count_nonzero(reached) for reached in block >= middle])
        enough = count[:, None] >= each
        low = np.where(enough, middle, low)
        high = np.where(enough, high, middle - 1)
    return low


def _best_places(block: Bytes, bar: Bytes, *, starts: Ints, each: int) -> Ints:
    """Return where in the block the best of every mentee are, given their *bar*.

    Equals are taken from each mentee's own start on, round the end: from the first on, everybody would keep the same
    few mentors.
    """
    mentors = block.shape[1]
    places = np.flatnonzero(block >= np.maximum(bar, 1))
    row, column = np.divmod(places, mentors)
    # Packed so that sorting numbers sorts by mentee, then those above the bar before its equals, these from the start.
    equal = block.ravel()[places] == bar[row, 0]
    turn = np.where(equal, mentors + (column - starts[row]) % mentors, column)
    order = np.argsort(row * (2 * mentors) + turn)
    row = row[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    return np.sort(places[order[rank < each]])


class _BestOfColumns:
    """The mentees who would miss every mentor most, as blocks of mentees come by.

    What counts is how far a score lies above the one that the mentee's own best need: by score alone all mentors would
    keep the same mentees, those whom everybody suits.
    """

    def __init__(self, mentors: int, *, each: int) -> None:
        self._each = each
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
        if self._count > 3 * self._each * len(self._to_beat):
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
        self._kept = packed[rank < self._each]
        self._pending, self._count = [], 0
        last = np.flatnonzero(rank == self._each - 1)
        self._to_beat[column[last]] = _MOST_MISSED - (packed[last] >> _SCORE_BITS + _ROW_BITS & _MOST_MISSED)


def _edges(scored: ScoredPool, pair: Ints, score: Bytes) -> Edges:
    mentee, mentor = np.divmod(pair, max(1, len(scored.mentors)))
    return Edges(
        mentee=mentee.astype(np.int32),
        mentor=mentor.astype(np.int32),
        score=score.astype(np.int64) - 1,
        tie=scored.tie_breaks(mentee, mentor).astype(np.int32),
    )


class Missed(NamedTuple):
    """Pairs left out that would better the seating, and by how much at most everything could get better."""

    edges: Edges
    at_most: int


def missed_edges(
    scored: ScoredPool, known: Edges, *, needs: Ints, seated: Truths, prices: tuple[Ints, Ints], each: int
) -> Missed:
    """Return the pairs that promise more than the *prices* of their mentee and mentor, the *each* best of a mentee.

    *known* are the pairs weighed already, in the order of their mentees, *needs* the places each mentee wants.

    Were the prices of mentees raised by what their best pair promises, no pair would be left that betters anything:
    what the raises cost is the most there is still to gain (weak duality). If none promises more, the seating is best.
    Otherwise those that nearly do come along, since new prices would ask for them next.
    """
    mentee_price, mentor_price = prices
    mentors = len(scored.mentors)
    bars, profile = _price_bars(mentee_price, mentor_price)
    pairs = [np.zeros(0, dtype=np.int64)]
    scores = [np.zeros(0, dtype=np.uint8)]
    at_most = 0
    known_from = np.searchsorted(known.mentee, np.arange(len(needs) + 1, dtype=known.mentee.dtype))
    for rows, block in open_blocks(scored, needs > 0, seated):
        weighed = slice(known_from[rows[0]], known_from[rows[-1] + 1])
        block[known.mentee[weighed] - rows[0], known.mentor[weighed]] = 0
        places = np.flatnonzero(block > bars[profile[rows]])
        row, column = np.divmod(places, mentors)
        score = block.ravel()[places]
        # A block has 1 for a score of 0, and 0 for a pair that cannot be.
        gain = score.astype(np.int64) - 1 - mentee_price[rows[row]] + mentor_price[column]
        order = np.lexsort((column, -gain, row))
        row, gain = row[order], gain[order]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        at_most += int((np.maximum(gain[rank == 0], 0) * needs[rows[row[rank == 0]]]).sum())
        kept = order[rank < each]
        pairs.append(places[kept] + int(rows[0]) * mentors)
        scores.append(score[kept])
    if not at_most:
        return Missed(known.only(slice(0)), 0)
    return Missed(_edges(scored, np.concatenate(pairs), np.concatenate(scores)), at_most)


def _price_bars(mentee_price: Ints, mentor_price: Ints) -> tuple[Bytes, Ints]:
    """Return, for each price that mentees have, what a pair with every mentor must exceed to be worth weighing.

    Also the number of each mentee's price. Prices are few, since scores are: looking a row up is far cheaper than
    comparing the prices of every pair.
    """
    prices, profile = np.unique(mentee_price, return_inverse=True)
    bars = np.empty((len(prices), len(mentor_price)), dtype=np.uint8)
    for number, price in enumerate(prices.tolist()):
        bars[number] = np.clip(price - mentor_price + 1 - NEAR, 0, BEST_SCORE + 1)
    return bars, profile
