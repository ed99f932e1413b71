"""Slots are moments when everybody works and is free."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from bot.domain.slots import Availability, propose_slots
from bot.domain.working_time import WorkingTime

PARIS = WorkingTime(tz="Europe/Paris", country="FR")
NEW_YORK = WorkingTime(tz="America/New_York", country="US", region="NY")
MONTREAL = WorkingTime(tz="America/Montreal", country="CA", region="QC")
SINGAPORE = WorkingTime(tz="Asia/Singapore", country="SG")
KOLKATA = WorkingTime(tz="Asia/Kolkata", country="IN")
TOKYO = WorkingTime(tz="Asia/Tokyo", country="JP")
SYDNEY = WorkingTime(tz="Australia/Sydney", country="AU", region="NSW")
FRIDAY = datetime(2027, 3, 19, 9, 0, tzinfo=UTC)
WINTER = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
"""A Monday, 10:00 in Paris, seven weeks from any change of clocks."""


def on(*half_days: str, working: WorkingTime = PARIS) -> Availability:
    return Availability(working=working, half_days=frozenset(half_days))


def propose(*people: WorkingTime, now: datetime = WINTER, minutes: int = 60) -> list[str]:
    """Return the slots of people who said they are always free, on the first's clock."""
    slots = propose_slots([Availability(working=one) for one in people], now=now, minutes=minutes)
    return [f"{people[0].local(slot):%a %d %H:%M}" for slot in slots]


def test_slots_are_on_the_half_days_that_suit_at_most_one_a_day_from_two_working_days_on() -> None:
    slots = propose_slots([on("tue-am", "thu-pm"), on("tue-am", "thu-pm", "fri-am")], now=FRIDAY, minutes=60)
    assert [slot.astimezone(UTC).isoformat() for slot in slots] == [
        "2027-03-23T09:30:00+00:00",
        "2027-03-25T13:30:00+00:00",
        "2027-03-30T08:30:00+00:00",
    ], "the last one is after the clocks went forward"


def test_slots_skip_holidays_and_what_is_taken() -> None:
    easter = datetime(2027, 3, 25, 9, 0, tzinfo=UTC)
    people = [on("mon-am", "tue-am")]
    slots = propose_slots(people, now=easter, minutes=60, count=1)
    assert slots[0].date().isoformat() == "2027-03-30", "Easter Monday is the 29th"
    taken = [(slots[0], slots[0] + timedelta(minutes=30))]
    instead = propose_slots(people, now=easter, minutes=60, count=1, taken=taken)[0]
    assert instead.date() == slots[0].date(), "the same morning has room enough"
    assert instead + timedelta(hours=1) <= slots[0] or instead >= taken[0][1]
    whole_morning = [(slots[0] - timedelta(hours=2), slots[0] + timedelta(hours=4))]
    assert propose_slots(people, now=easter, minutes=60, count=1, taken=whole_morning)[0] > slots[0] + timedelta(days=1)


def test_slots_skip_the_half_day_of_what_was_called_off_and_no_more_of_that_day() -> None:
    paris, tokyo = Availability(working=PARIS), Availability(working=TOKYO)
    morning, afternoon, _ = propose_slots([paris], now=WINTER, minutes=60)
    instead = propose_slots([paris], now=WINTER, minutes=60, called_off=[morning, afternoon])
    assert [f"{PARIS.local(slot):%a %d %H:%M}" for slot in instead] == ["Wed 13 14:30", "Thu 14 10:30", "Fri 15 10:30"]
    only_then = propose_slots([paris, tokyo], now=FRIDAY, minutes=60)
    assert not set(propose_slots([paris, tokyo], now=FRIDAY, minutes=60, called_off=only_then)) & set(only_then)


def test_slots_skip_the_days_on_which_somebody_is_on_a_break() -> None:
    away = Availability(working=PARIS, back_on=date(2027, 1, 21))
    slots = propose_slots([Availability(working=PARIS), away], now=WINTER, minutes=60)
    assert [f"{PARIS.local(slot):%a %d}" for slot in slots] == ["Thu 21", "Fri 22", "Mon 25"]
    gone = Availability(working=PARIS, back_on=date(2027, 4, 1))
    assert propose_slots([Availability(working=PARIS), gone], now=WINTER, minutes=60) == ()


def test_slots_end_where_they_are_told_to() -> None:
    before = PARIS.midnight(date(2027, 1, 15))
    slots = propose_slots([Availability(working=PARIS)], now=WINTER, minutes=60, before=before)
    assert [f"{PARIS.local(slot):%a %d}" for slot in slots] == ["Wed 13", "Thu 14"]


def test_all_of_a_session_lies_in_the_half_days_somebody_named() -> None:
    taken = [(datetime(2027, 3, 23, 8, 0, tzinfo=UTC), datetime(2027, 3, 23, 11, 0, tzinfo=UTC))]  # to 12:00 in Paris
    first, *_ = propose_slots([on("tue-am")], now=FRIDAY, minutes=90, taken=taken)
    assert PARIS.local(first).date() == date(2027, 3, 30), "half past twelve to two is no morning"


def test_mornings_and_afternoons_take_turns_where_both_suit() -> None:
    assert propose(PARIS, PARIS) == ["Wed 13 10:30", "Thu 14 14:30", "Fri 15 10:30"]


def test_without_enough_common_half_days_any_half_day_does() -> None:
    assert len(propose_slots([on(), on("tue-am")], now=FRIDAY, minutes=60)) == 3


def test_a_half_day_is_one_on_the_clock_of_whoever_named_it() -> None:
    # Half past nine on a Tuesday in New York is the afternoon in Paris.
    slots = propose_slots([on("tue-pm"), on("tue-am", working=NEW_YORK)], now=WINTER, minutes=60)
    assert [f"{PARIS.local(slot):%a %d %H}" for slot in slots] == ["Tue 19 15", "Tue 26 15", "Tue 02 15"]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ((PARIS, NEW_YORK), ["Wed 13 15:30", "Thu 14 15:30", "Fri 15 15:30"]),
        ((NEW_YORK, PARIS), ["Wed 13 09:30", "Thu 14 09:30", "Fri 15 09:30"]),
        ((PARIS, MONTREAL), ["Wed 13 15:30", "Thu 14 15:30", "Fri 15 15:30"]),
        ((PARIS, KOLKATA), ["Wed 13 10:00", "Thu 14 10:00", "Fri 15 10:00"]),
        ((KOLKATA, PARIS), ["Wed 13 14:30", "Thu 14 14:30", "Fri 15 14:30"]),
    ],
)
def test_people_far_apart_meet_in_the_hours_they_have_in_common(
    people: tuple[WorkingTime, ...], expected: list[str]
) -> None:
    assert propose(*people) == expected


def test_everybody_works_from_start_to_end_through_every_change_of_clocks() -> None:
    for week in range(60):
        now = FRIDAY + timedelta(weeks=week)
        for other in (NEW_YORK, KOLKATA, SYDNEY, TOKYO):
            slots = propose_slots([Availability(working=PARIS), Availability(working=other)], now=now, minutes=60)
            assert all(later - earlier > timedelta(hours=12) for earlier, later in pairwise(slots))
            for slot in slots:
                assert slot.minute in (0, 30)
                for one in (PARIS, other):
                    assert one.is_at_work(slot)
                    assert one.is_at_work(slot + timedelta(minutes=59))


@pytest.mark.parametrize("people", [(PARIS, TOKYO), (PARIS, SYDNEY), (MONTREAL, SINGAPORE), (PARIS, NEW_YORK, TOKYO)])
def test_where_nobody_works_at_the_same_time_nothing_is_proposed(people: tuple[WorkingTime, ...]) -> None:
    assert propose(*people) == []


def test_an_hour_that_summer_time_opens_is_found() -> None:
    # From 28 March on, half past nine in Paris is half past four in Tokyo.
    assert propose(PARIS, TOKYO, now=FRIDAY) == ["Tue 30 09:30", "Wed 31 09:30", "Thu 01 09:30"]
    assert propose(PARIS, TOKYO, now=FRIDAY, minutes=90) == []
