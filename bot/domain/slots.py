"""Slots: moments to propose for a session, when everybody concerned works and, if possible, said they were free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.participants import HALF_DAYS
from bot.domain.working_time import CLOSES, OPENS, WorkingTime

AM, PM = "am", "pm"
BEST_STARTS = {AM: timedelta(hours=10, minutes=30), PM: timedelta(hours=14, minutes=30)}
"""Where there is a choice, a session starts near these times of each person's day."""
NOON = time(13)
STEP = timedelta(minutes=30)
LOOK_AHEAD_DAYS = 28
FIRST_AFTER_WORKING_DAYS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """When one person can meet: at work, and best on the half-days (``mon-am``…, on their own clock) they named.

    Until ``back_on``, a day on their own clock, they are on a break.
    """

    working: WorkingTime
    half_days: frozenset[str] = frozenset(HALF_DAYS)
    back_on: date | None = None

    def is_at_work(self, start: datetime, length: timedelta) -> bool:
        """True where this person is at work from *start* on for *length*, and not on a break."""
        if self.back_on is not None and self.working.local(start).date() < self.back_on:
            return False
        return self.working.is_at_work(start) and self.working.is_at_work(start + length - timedelta(minutes=1))

    def is_free(self, start: datetime, length: timedelta) -> bool:
        """True where all of it, from *start* on for *length*, lies in half-days this person named."""
        return self._named(start) and self._named(start + length - timedelta(minutes=1))

    def _named(self, moment: datetime) -> bool:
        local = self.working.local(moment)
        weekday = local.weekday()
        return weekday < 5 and HALF_DAYS[weekday * 2 + (_half(local) == PM)] in self.half_days

    def from_best(self, start: datetime) -> timedelta:
        """Return how far *start* is from this person's best times of day."""
        local = self.working.local(start)
        since_midnight = timedelta(hours=local.hour, minutes=local.minute)
        return min(abs(since_midnight - best) for best in BEST_STARTS.values())


def propose_slots(
    people: Sequence[Availability],
    *,
    now: datetime,
    minutes: int,
    taken: Iterable[tuple[datetime, datetime]] = (),
    called_off: Iterable[datetime] = (),
    since: datetime | None = None,
    before: datetime | None = None,
    count: int = 3,
) -> tuple[datetime, ...]:
    """Return up to *count* starts (UTC), soonest first, at most one a day, from two working days ahead on.

    All are *before* the moment given, if one is; none comes sooner than the day of *since*, unless no other is left.
    Starts are whole or half hours of the first person's clock, mornings and afternoons in turn where both suit. All are
    at work from start to end, nobody on a break, and nothing *taken* overlaps. The half-days of what was *called_off*
    do not suit, whoever named them. Half-days that everyone named come first; where they give too few, those that suit
    most people do.
    """
    first = people[0].working
    soonest = max(_earliest(one.working, now=now) for one in people)
    earliest = max(soonest, first.midnight(first.local(since).date())) if since else soonest
    length = timedelta(minutes=minutes)
    busy = list(taken)
    spoilt_by = list(called_off)
    spoilt = {_half_day(first.local(one)) for one in spoilt_by}
    found: dict[date, datetime] = {}
    possible: dict[date, list[tuple[int, datetime]]] = {}
    days = [first.local(earliest).date() + timedelta(days=offset) for offset in range(LOOK_AHEAD_DAYS)]
    for most_kept_from in (0, len(people)):
        for day in days:
            if day in found or not first.is_working_day(day):
                continue
            if day not in possible:
                possible[day] = [
                    (sum(not one.is_free(start, length) for one in people), start)
                    for start in _starts(first, day, length)
                    if start >= earliest
                    and (before is None or start < before)
                    and _half_day(first.local(start)) not in spoilt
                    and not any(begins < start + length and start < ends for begins, ends in busy)
                    and all(one.is_at_work(start, length) for one in people)
                ]
            starts = [(kept_from, start) for kept_from, start in possible[day] if kept_from <= most_kept_from]
            if starts:
                used = [_half(first.local(one)) for one in found.values()]
                found[day] = min((kept_from, *_rank(people, start, used), start) for kept_from, start in starts)[-1]
            if len(found) == count:
                return tuple(sorted(found.values()))
    if not found and earliest > soonest:
        return propose_slots(
            people, now=now, minutes=minutes, taken=busy, called_off=spoilt_by, before=before, count=count
        )
    return tuple(sorted(found.values()))


def _rank(people: Sequence[Availability], start: datetime, used: Sequence[str]) -> tuple[int, timedelta]:
    """Order starts that suit as many: the half-day less *used*, the best times of day."""
    same_half = used.count(_half(people[0].working.local(start)))
    return same_half, sum((one.from_best(start) for one in people), timedelta())


def _earliest(working: WorkingTime, *, now: datetime) -> datetime:
    return working.midnight(working.add_working_days(working.local(now).date(), FIRST_AFTER_WORKING_DAYS))


def _starts(working: WorkingTime, day: date, length: timedelta) -> Iterable[datetime]:
    start, zone = datetime.combine(day, OPENS), ZoneInfo(working.tz)
    while start + length <= datetime.combine(day, CLOSES):
        yield start.replace(tzinfo=zone).astimezone(UTC)
        start += STEP


def _half_day(local: datetime) -> tuple[date, str]:
    return local.date(), _half(local)


def _half(local: datetime) -> str:
    return AM if local.time() < NOON else PM
