"""The leads' policy on nudges: fewer, in narrower hours, on fewer days than the limits that protect people, never more.

Nothing here can loosen a limit: one proactive message a day, three a week, within 9:30 to 17:30 on working days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from bot.domain.forecast import Stop
from bot.domain.nudges import BUDGET, Budget, NudgeKind, known_kinds
from bot.domain.working_time import CLOSES, OPENS
from bot.errors import DateInPast, DateTooFar, LastBeforeFirst, TooFewHours, TooManyDaysOff

_WEEK, MOST_A_WEEK = BUDGET[-1]
FEWEST_HOURS = timedelta(hours=2)
"""What working hours must leave, so that what is due on a day can go on that day."""
LATEST_OPENING, EARLIEST_CLOSING = time(15, 30), time(11, 30)
HALF_HOUR = timedelta(minutes=30)
MOST_DAYS_OFF = 20
"""Entries in the list of days off; one can be many days long."""
DAYS_OFF_AHEAD = timedelta(days=730)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DaysOff:
    """Days on which the whole company is off, the first and the last included."""

    first: date
    last: date

    @property
    def days(self) -> Iterable[date]:
        """Every day of them."""
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgePolicy:
    """When nudges may come, on each receiver's clock, how many a week, which kinds never do, and on which days none.

    The days off hold for every deadline that counts working days, too.
    """

    opens: time = OPENS
    closes: time = CLOSES
    a_week: int = MOST_A_WEEK
    never: frozenset[NudgeKind] = frozenset()
    days_off: tuple[DaysOff, ...] = ()

    @property
    def budget(self) -> Budget:
        """At most so many proactive messages a person within each window."""
        return (*BUDGET[:-1], (_WEEK, self.a_week))

    @property
    def company_days(self) -> frozenset[date]:
        """Every single day off."""
        return frozenset(day for off in self.days_off for day in off.days)

    def with_hours(self, opens: time, closes: time) -> NudgePolicy:
        """Return the policy with other hours, cut to the widest there are; raise TooFewHours."""
        opens, closes = max(opens, OPENS), min(closes, CLOSES)
        if _since_midnight(closes) - _since_midnight(opens) < FEWEST_HOURS:
            raise TooFewHours(field="closes", hours=FEWEST_HOURS // timedelta(hours=1))
        return replace(self, opens=opens, closes=closes)

    def with_days_off(self, first: date, last: date, *, today: date) -> NudgePolicy:
        """Return the policy with more days off, joined with those they touch; what is over is forgotten.

        A single day has the same *first* and *last*, and what is wrong with it is wrong with its first. Raises
        DateInPast, DateTooFar, LastBeforeFirst or TooManyDaysOff.
        """
        if last < first:
            raise LastBeforeFirst(field="last")
        field = "first" if last == first else "last"
        if last < today:
            raise DateInPast(field=field)
        if last > today + DAYS_OFF_AHEAD:
            raise DateTooFar(field=field, limit=today + DAYS_OFF_AHEAD)
        to_come = [off for off in self.days_off if off.last >= today]
        joined = _joined([*to_come, DaysOff(first=max(first, today), last=last)])
        if len(joined) > MOST_DAYS_OFF:
            raise TooManyDaysOff(field="first", limit=MOST_DAYS_OFF)
        return replace(self, days_off=joined)

    def without_days_off(self, first: date) -> NudgePolicy:
        """Return the policy less the days off that begin on *first*."""
        return replace(self, days_off=tuple(off for off in self.days_off if off.first != first))

    def as_plain(self) -> dict[str, Any]:
        """Return the policy as JSON can keep it."""
        return {
            "opens": self.opens.isoformat("minutes"),
            "closes": self.closes.isoformat("minutes"),
            "a_week": self.a_week,
            "never": sorted(self.never),
            "days_off": [[off.first.isoformat(), off.last.isoformat()] for off in self.days_off],
        }

    @classmethod
    def from_plain(cls, kept: dict[str, Any] | None) -> Self:
        """Return the policy kept; the widest there is where none is."""
        if kept is None:
            return cls()
        return cls(
            opens=time.fromisoformat(kept["opens"]),
            closes=time.fromisoformat(kept["closes"]),
            a_week=kept["a_week"],
            never=known_kinds(kept["never"]),
            days_off=tuple(
                DaysOff(first=date.fromisoformat(first), last=date.fromisoformat(last))
                for first, last in kept["days_off"]
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What leads decided for everybody; ``stop`` tells who holds all nudges back (a Slack user id) and since when.

    ``falls_on`` is how many planned sessions the days off just added fall on.
    """

    policy: NudgePolicy
    stop: Stop | None = None
    falls_on: int = 0


def half_hours(first: time, last: time) -> Sequence[time]:
    """Return every half hour from *first* to *last*, both included."""
    start, end = (datetime.combine(date.min, moment) for moment in (first, last))
    return [(start + number * HALF_HOUR).time() for number in range((end - start) // HALF_HOUR + 1)]


def _joined(many: Iterable[DaysOff]) -> tuple[DaysOff, ...]:
    joined: list[DaysOff] = []
    for off in sorted(many):
        if joined and off.first <= joined[-1].last + timedelta(days=1):
            joined[-1] = replace(joined[-1], last=max(joined[-1].last, off.last))
        else:
            joined.append(off)
    return tuple(joined)


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)
