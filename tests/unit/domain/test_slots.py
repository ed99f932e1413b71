"""Slots are moments when everybody works and is free."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.domain.slots import propose_slots
from bot.domain.working_time import WorkingTime

PARIS = WorkingTime(tz="Europe/Paris", country="FR")
MONTREAL = WorkingTime(tz="America/Montreal", country="CA", region="QC")
SINGAPORE = WorkingTime(tz="Asia/Singapore", country="SG")
FRIDAY = datetime(2027, 3, 19, 9, 0, tzinfo=UTC)


def test_slots_are_on_the_half_days_that_suit_at_most_one_a_day_from_two_working_days_on() -> None:
    slots = propose_slots([PARIS, PARIS], {"tue-am", "thu-pm"}, now=FRIDAY, minutes=60)
    assert [slot.astimezone(UTC).isoformat() for slot in slots] == [
        "2027-03-23T09:30:00+00:00",
        "2027-03-25T13:30:00+00:00",
        "2027-03-30T08:30:00+00:00",
    ], "the last one is after the clocks went forward"


def test_slots_skip_holidays_and_what_is_taken() -> None:
    easter = datetime(2027, 3, 25, 9, 0, tzinfo=UTC)
    slots = propose_slots([PARIS], {"mon-am", "tue-am"}, now=easter, minutes=60, count=1)
    assert slots[0].date().isoformat() == "2027-03-30", "Easter Monday is the 29th"
    taken = [(slots[0], slots[0] + timedelta(minutes=30))]
    assert propose_slots([PARIS], {"mon-am", "tue-am"}, now=easter, minutes=60, count=1, taken=taken)[0] > slots[0]


def test_without_enough_common_half_days_any_half_day_does() -> None:
    assert len(propose_slots([PARIS, PARIS], (), now=FRIDAY, minutes=60)) == 3


def test_people_far_apart_meet_when_both_work() -> None:
    for slot in propose_slots([PARIS, MONTREAL], (), now=FRIDAY, minutes=60):
        assert PARIS.is_open(slot)
        assert MONTREAL.is_open(slot)


def test_where_nobody_works_at_the_same_time_nothing_is_proposed() -> None:
    assert propose_slots([MONTREAL, SINGAPORE], (), now=FRIDAY, minutes=60) == ()
