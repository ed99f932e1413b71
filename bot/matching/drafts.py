"""A draft reviewed: two versions compared, two pairs crossed, all kept but those concerned. Nothing is solved here."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from bot.matching.outcome import Outcome
from bot.matching.pool import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What separates two drafts; numbers above zero are in favour of the later one, pairs are (mentor, mentee)."""

    served: int
    score: int
    added: tuple[tuple[str, str], ...]
    dropped: tuple[tuple[str, str], ...]


def pairs_of(outcome: Outcome) -> frozenset[tuple[str, str]]:
    """Return every (mentor, mentee) proposed to meet."""
    return frozenset(
        (mentor, mentee) for proposed in outcome.proposals for mentor in proposed.mentors for mentee in proposed.mentees
    )


def compare(before: Outcome, after: Outcome) -> Change:
    """Return what going from one draft to the other would change."""
    old, new = pairs_of(before), pairs_of(after)
    return Change(
        served=after.served - before.served,
        score=after.total_score - before.total_score,
        added=tuple(sorted(new - old)),
        dropped=tuple(sorted(old - new)),
    )


def crossed(pool: Pool, draft: Outcome, first: tuple[str, str], second: tuple[str, str]) -> Pool:
    """Return the pool in which the two pairs of *draft* exchange their mentors and everything else stays.

    Solving it gives the draft after the swap; a crossing that breaks a rule comes back among its refused locks.
    """
    if not {first, second} <= pairs_of(draft):
        raise ValueError("only pairs of the draft can be crossed")
    crossing = {(second[0], first[1]), (first[0], second[1])}
    return replace(pool, locked=(pairs_of(draft) - {first, second}) | crossing)


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
