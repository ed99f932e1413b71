"""Scoring, solving and explaining: arrays in, proposals out.

`Pool` says who is to be paired and what the leads decided, `solve` answers with an `Outcome`, `why_not` answers for
any named pair. Everything is plain data; sentences are made in `bot.views`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.matching.lines import line_intervals
from bot.matching.outcome import (
    Outcome,
    Proposed,
    Reason,
    ReasonCode,
    RefusedLock,
    Remedy,
    RemedyCode,
    Rule,
    Unplaced,
    WhyNot,
    pairs_of,
)
from bot.matching.pool import Candidate, Format, Pool, Weights

__all__ = [
    "Candidate",
    "Format",
    "Outcome",
    "Pool",
    "Proposed",
    "Reason",
    "ReasonCode",
    "RefusedLock",
    "Remedy",
    "RemedyCode",
    "Rule",
    "Unplaced",
    "Weights",
    "WhyNot",
    "broken_rules",
    "kept_apart",
    "line_intervals",
    "pairs_of",
    "solve",
    "solve_all",
    "why_not",
]


def solve(pool: Pool, *, format: Format | str = Format.PATH) -> Outcome:  # noqa: A002 - the programme's word
    """Return the best proposals for the whole *pool* in one *format*, the same for the same people on every run."""
    # Loading numpy and OR-Tools takes longer than all else at a start, and only rounds need them.
    from bot.matching.rounds import solve as solve_round

    return solve_round(pool, format=Format(format))


def solve_all(pool: Pool) -> Outcome:
    """Return the best proposals for the whole *pool*, everybody in a format they chose, one-to-one places first."""
    from bot.matching.rounds import solve_all as solve_every_format

    return solve_every_format(pool)


def broken_rules(
    pool: Pool,
    pairs: Iterable[tuple[str, str]],
    *,
    format: Format | str = Format.PATH,  # noqa: A002
) -> dict[tuple[str, str], tuple[Rule, ...]]:
    """Return (mentor, mentee) → the hard rules in the way, for those of *pairs* that have any; places do not count."""
    from bot.matching.reviewing import broken_rules as find_broken_rules

    return find_broken_rules(pool, pairs, format=Format(format))


def kept_apart(pool: Pool, groups: Iterable[Sequence[str]], *, format: Format | str) -> set[tuple[str, str]]:  # noqa: A002
    """Return every two people of one role in one of *groups* who are not to sit together, both ways round."""
    from bot.matching.reviewing import kept_apart as find_kept_apart

    return find_kept_apart(pool, groups, format=Format(format))


def why_not(pool: Pool, mentor: str, mentee: str, *, format: Format | str | None = Format.PATH) -> WhyNot:  # noqa: A002
    """Return the rules that keep *mentor* and *mentee* apart, or else what proposing them would cost.

    With no rule in the way the round is solved twice, without and with the pair locked; with None for *format* as
    `solve_all` does.
    """
    from bot.matching.reviewing import explain_pair

    return explain_pair(pool, mentor, mentee, format=None if format is None else Format(format))
