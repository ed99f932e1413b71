"""One round, in the format asked for."""

from __future__ import annotations

from bot.matching.groups import solve_groups
from bot.matching.outcome import Outcome
from bot.matching.pool import Format, Pool
from bot.matching.solving import solve_seats
from bot.matching.trios import solve_flash


def solve(pool: Pool, *, format: Format) -> Outcome:  # noqa: A002 - the programme's word
    """Return the best proposals for the whole *pool* in one format."""
    if format is Format.FLASH:
        return solve_flash(pool)
    if format is Format.COLLECTIVE:
        return solve_groups(pool)
    return solve_seats(pool)
