from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.working_time import CLOSES, OPENS, WorkingTime, public_holidays

PARIS = WorkingTime(tz="Europe/Paris", country="FR")
ZONES = ("Europe/Paris", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "America/New_York", "Asia/Kolkata")


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("moment", "at_work"),
    [
        ("2027-03-01 09:29", False),
        ("2027-03-01 09:30", True),
        ("2027-03-01 17:29", True),
        ("2027-03-01 17:30", False),
        ("2027-02-28 11:00", False),
        ("2027-05-06 11:00", False),
    ],
)
def test_working_hours_are_half_past_nine_to_half_past_five_on_working_days(moment: str, at_work: bool) -> None:
    assert PARIS.is_at_work(paris(moment)) is at_work


@pytest.mark.parametrize("day", [date(2027, 3, 26), date(2028, 12, 26)])
def test_good_friday_and_the_day_after_christmas_are_holidays_in_alsace_moselle_alone(day: date) -> None:
    assert PARIS.is_working_day(day)
    for region in ("57", "6AE"):
        assert not WorkingTime(tz="Europe/Paris", country="FR", region=region).is_working_day(day)


@pytest.mark.parametrize("department", ["67", "68"])
def test_the_departments_of_alsace_have_the_holidays_of_alsace(department: str) -> None:
    assert public_holidays("FR", department, 2027) == public_holidays("FR", "6AE", 2027)


def test_a_company_day_is_no_working_day() -> None:
    closed = WorkingTime(tz="Europe/Paris", country="FR", company_days=frozenset({date(2027, 3, 1)}))
    assert closed.next_open(paris("2027-03-01 11:00")) == paris("2027-03-02 09:30")


def test_france_has_eleven_holidays_and_alsace_moselle_thirteen() -> None:
    assert len(public_holidays("FR", None, 2027)) == 11
    assert len(public_holidays("FR", "57", 2027)) == len(public_holidays("FR", "6AE", 2027)) == 13


def test_an_unknown_region_counts_as_its_country_and_an_unknown_country_has_no_holidays() -> None:
    assert public_holidays("FR", "nowhere", 2027) == public_holidays("FR", None, 2027)
    assert public_holidays("ZZ", None, 2027) == frozenset()


def test_working_days_are_counted_over_weekends_and_holidays() -> None:
    # 6 May 2027 is Ascension Day, a Thursday.
    assert PARIS.add_working_days(date(2027, 5, 5), 1) == date(2027, 5, 7)
    assert PARIS.add_working_days(date(2027, 5, 10), -2) == date(2027, 5, 5)


def test_the_time_of_day_is_kept_over_the_change_to_summer_time() -> None:
    assert PARIS.after_working_days(paris("2027-03-26 11:00"), 1) == paris("2027-03-30 11:00")


@given(
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - in UTC
)
def test_the_next_opening_is_open_and_none_comes_before_it(zone: str, moment: datetime) -> None:
    hours = WorkingTime(tz=zone, country="FR")
    opening = hours.next_open(moment)
    assert opening >= moment
    assert hours.is_at_work(opening)
    assert opening == moment or not hours.is_at_work(opening - timedelta(seconds=1))
    local = hours.local(opening)
    assert OPENS <= local.time() < CLOSES
    assert not any(
        hours.is_at_work(moment + step * timedelta(hours=1))
        for step in range(int((opening - moment) / timedelta(hours=1)))
    )
