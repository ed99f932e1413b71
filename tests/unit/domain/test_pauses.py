from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pauses import back_at, parse_until
from bot.errors import DateInPast, DateTooFar, InvalidField, UnreadableDate

WEDNESDAY = date(2027, 2, 3)


@pytest.mark.parametrize(
    ("typed", "back"),
    [
        ("2 weeks", date(2027, 2, 17)),
        ("2w", date(2027, 2, 17)),
        ("for a week", date(2027, 2, 10)),
        ("pour deux semaines", date(2027, 2, 17)),
        ("10j", date(2027, 2, 13)),
        ("un mois", date(2027, 3, 3)),
        ("31/03", date(2027, 3, 31)),
        ("31.03.27", date(2027, 3, 31)),
        ("2027-03-31", date(2027, 3, 31)),
        ("until friday", date(2027, 2, 5)),
        ("jusqu’à vendredi", date(2027, 2, 5)),
        ("Jusqu'au 31 mars", date(2027, 3, 31)),
        ("1er avril", date(2027, 4, 1)),
        ("March 31st", date(2027, 3, 31)),
        ("demain", date(2027, 2, 4)),
        ("la semaine prochaine", date(2027, 2, 8)),
        ("next month", date(2027, 3, 1)),
    ],
)
def test_the_first_day_back_is_read_in_english_and_in_french(typed: str, back: date) -> None:
    assert parse_until(typed, today=WEDNESDAY) == back


def test_the_weekday_of_today_is_the_one_in_a_week() -> None:
    assert parse_until("wednesday", today=WEDNESDAY) == date(2027, 2, 10)


def test_a_month_from_the_last_day_of_january_is_the_last_of_february() -> None:
    assert parse_until("1 month", today=date(2027, 1, 31)) == date(2027, 2, 28)


@pytest.mark.parametrize("typed", ["", "soon", "31/02", "13/13", "2027-02-30", "0x2 weeks", "9999999 weeks"])
def test_what_is_no_date_is_given_back(typed: str) -> None:
    with pytest.raises(UnreadableDate) as refusal:
        parse_until(typed, today=WEDNESDAY)
    assert refusal.value.params["text"] == typed


@pytest.mark.parametrize("typed", ["2027-02-03", "01/02/2027", "0 weeks"])
def test_a_pause_cannot_end_before_it_begins(typed: str) -> None:
    with pytest.raises(DateInPast):
        parse_until(typed, today=WEDNESDAY)


@pytest.mark.parametrize("typed", ["12 months", "02/02", "29/02"])
def test_a_pause_has_an_end_within_six_months(typed: str) -> None:
    with pytest.raises(DateTooFar):
        parse_until(typed, today=WEDNESDAY)


@given(st.text(max_size=60))
def test_whatever_is_typed_gives_a_day_to_come_or_a_sentence(typed: str) -> None:
    try:
        back = parse_until(typed, today=WEDNESDAY)
    except InvalidField:
        return
    assert back > WEDNESDAY


def test_somebody_is_back_at_the_midnight_of_where_they_live() -> None:
    assert back_at(date(2027, 3, 31), "Pacific/Auckland") == datetime(2027, 3, 30, 11, tzinfo=UTC)
