"""Slots: moments to propose for a session, when everybody concerned works and, if possible, said they were free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.participants import HALF_DAYS
from bot.domain.working_time import WorkingTime

STARTS = {"am": time(10, 30), "pm": time(14, 30)}
LOOK_AHEAD_DAYS = 28
FIRST_AFTER_WORKING_DAYS = 2


def propose_slots(
    working_times: Sequence[WorkingTime],
    half_days: Iterable[str],
    *,
    now: datetime,
    minutes: int,
    taken: Iterable[tuple[datetime, datetime]] = (),
    count: int = 3,
) -> tuple[datetime, ...]:
    """Return up to *count* starts (UTC), soonest first, at most one a day, from two working days ahead on.

    Times of day are those of the first of *working_times*; every one must be at work from start to end, and nothing
    *taken* may overlap. Half-days that everyone named come first; where they give too few, any half-day does.
    """
    busy = list(taken)
    found: list[datetime] = []
    for wanted in (frozenset(half_days), frozenset(HALF_DAYS)):
        for start in _starts(working_times[0], wanted, now=now):
            if len(found) == count:
                break
            end = start + timedelta(minutes=minutes)
            if (
                all(one.is_at_work(start) and one.is_at_work(end - timedelta(minutes=1)) for one in working_times)
                and not any(begins < end and start < ends for begins, ends in busy)
                and all(abs(start - other) >= timedelta(hours=20) for other in found)
            ):
                found.append(start)
    return tuple(sorted(found))


def _starts(clock: WorkingTime, half_days: frozenset[str], *, now: datetime) -> Iterable[datetime]:
    first = clock.add_working_days(clock.local(now).date(), FIRST_AFTER_WORKING_DAYS)
    for offset in range(LOOK_AHEAD_DAYS):
        day = first + timedelta(days=offset)
        for half, start in STARTS.items():
            if day.weekday() < 5 and HALF_DAYS[day.weekday() * 2 + (half == "pm")] in half_days:
                yield datetime.combine(day, start, ZoneInfo(clock.tz)).astimezone(UTC)
