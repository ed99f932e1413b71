"""Working time: which moments are fit to write to somebody, and how working days are counted.

Working hours are 9:30 to 17:30 in the receiver's zone (narrower where leads say so), Monday to Friday, not on public
holidays of their country and region (as the ``holidays`` package has them) nor on company days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

OPENS = time(9, 30)
CLOSES = time(17, 30)
_KNOWN_AS = {("FR", "67"): "6AE", ("FR", "68"): "6AE"}
"""The ``holidays`` package has Alsace as a whole, while HR directories have its two departments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTime:
    """One person's working time. ``tz`` is an IANA name, ``country`` ISO 3166-1, ``region`` a subdivision or None.

    Messages come from ``opens`` to ``closes`` on their clock.
    """

    tz: str
    country: str
    region: str | None = None
    company_days: frozenset[date] = frozenset()
    opens: time = OPENS
    closes: time = CLOSES

    def is_working_day(self, day: date) -> bool:
        """True from Monday to Friday unless *day* is a public holiday or a company day."""
        return (
            day.weekday() < 5
            and day not in self.company_days
            and day not in public_holidays(self.country, self.region, day.year)
        )

    def is_day_off(self, day: date) -> bool:
        """True for a public holiday or a company day that is no weekend: what a date alone does not tell."""
        return day.weekday() < 5 and not self.is_working_day(day)

    def local(self, moment: datetime) -> datetime:
        """Return *moment* on this person's clock."""
        return moment.astimezone(ZoneInfo(self.tz))

    def is_at_work(self, moment: datetime) -> bool:
        """True when this person may meet somebody at *moment*, however narrow the hours for messages are."""
        local = self.local(moment)
        return OPENS <= local.time() < CLOSES and self.is_working_day(local.date())

    def next_open(self, moment: datetime) -> datetime:
        """Return *moment* if it is working time, else the next opening, in UTC."""
        local = self.local(moment)
        if self.is_working_day(local.date()) and local.time() < self.closes:
            return max(moment, self.opening(local.date())).astimezone(UTC)
        return self.opening(self.add_working_days(local.date(), 1))

    def midnight(self, day: date) -> datetime:
        """Return the beginning of *day*, in UTC."""
        return datetime.combine(day, time(), ZoneInfo(self.tz)).astimezone(UTC)

    def opening(self, day: date) -> datetime:
        """Return the beginning of working hours on *day*, in UTC."""
        return datetime.combine(day, self.opens, ZoneInfo(self.tz)).astimezone(UTC)

    def closing(self, day: date) -> datetime:
        """Return the end of working hours on *day*, in UTC."""
        return datetime.combine(day, self.closes, ZoneInfo(self.tz)).astimezone(UTC)

    def add_working_days(self, day: date, count: int) -> date:
        """Return the *count*-th working day after *day* (before it when negative)."""
        step = timedelta(days=1 if count > 0 else -1)
        for _ in range(abs(count)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def after_working_days(self, moment: datetime, count: int) -> datetime:
        """Return the same local time *count* working days after *moment*, in UTC."""
        local = self.local(moment)
        day = self.add_working_days(local.date(), count)
        return datetime.combine(day, local.time(), ZoneInfo(self.tz)).astimezone(UTC)


@lru_cache(maxsize=512)
def public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    """Return the public holidays of a country and region.

    A country that nobody knows has none; a region unknown is ignored.
    """
    subdivision = _KNOWN_AS.get((country, region), region) if region else None
    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year))
    except NotImplementedError:
        if region is None:
            return frozenset()
        return public_holidays(country, None, year)
