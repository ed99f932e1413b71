"""What leads may decide about nudges: less than the limits allow, never more."""

from __future__ import annotations

import json
from datetime import date, time, timedelta

import pytest

from bot.domain.nudges import BUDGET, NudgeKind
from bot.domain.policy import DAYS_OFF_AHEAD, MOST_DAYS_OFF, DaysOff, NudgePolicy
from bot.domain.working_time import CLOSES, OPENS
from bot.errors import DateInPast, DateTooFar, InvalidField, LastBeforeFirst, TooFewHours, TooManyDaysOff

TODAY = date(2026, 12, 1)
DAY = timedelta(days=1)


def off(first: str, last: str | None = None) -> DaysOff:
    return DaysOff(first=date.fromisoformat(first), last=date.fromisoformat(last or first))


def test_without_a_decision_the_limits_are_the_policy() -> None:
    assert NudgePolicy.from_plain(None) == NudgePolicy()
    assert (NudgePolicy().budget, NudgePolicy().opens, NudgePolicy().closes) == (BUDGET, OPENS, CLOSES)


def test_a_policy_is_read_as_it_was_kept() -> None:
    policy = NudgePolicy(
        opens=time(10), closes=time(16, 30), a_week=2, never=frozenset({NudgeKind.NEXT_TRY}),
        days_off=(off("2026-12-24", "2027-01-01"),),
    )  # fmt: skip
    assert NudgePolicy.from_plain(json.loads(json.dumps(policy.as_plain()))) == policy


def test_a_kind_that_a_newer_program_has_kept_from_going_is_read_past() -> None:
    policy = NudgePolicy(never=frozenset({NudgeKind.NEXT_TRY}))
    kept = policy.as_plain()
    assert NudgePolicy.from_plain({**kept, "never": [*kept["never"], "of_tomorrow"]}) == policy


def test_hours_are_cut_to_the_widest_there_are() -> None:
    wide = NudgePolicy().with_hours(time(7), time(22))
    assert (wide.opens, wide.closes) == (OPENS, CLOSES)


@pytest.mark.parametrize(("opens", "closes"), [(time(10), time(11, 30)), (time(16), time(22)), (time(15), time(11))])
def test_hours_too_narrow_are_refused(opens: time, closes: time) -> None:
    with pytest.raises(TooFewHours) as refused:
        NudgePolicy().with_hours(opens, closes)
    assert refused.value.field == "closes"


def test_fewer_a_week_leaves_the_one_a_day() -> None:
    assert NudgePolicy(a_week=1).budget == ((timedelta(hours=24), 1), (timedelta(days=7), 1))


def test_days_off_that_touch_are_one_and_those_over_are_forgotten() -> None:
    policy = NudgePolicy(days_off=(off("2026-11-02", "2026-11-06"),))
    for first, last in (("2026-12-28", "2026-12-31"), ("2027-05-07", "2027-05-07"), ("2026-12-24", "2026-12-27")):
        policy = policy.with_days_off(date.fromisoformat(first), date.fromisoformat(last), today=TODAY)
    assert policy.days_off == (off("2026-12-24", "2026-12-31"), off("2027-05-07"))
    assert len(policy.company_days) == 9
    assert policy.without_days_off(date(2026, 12, 24)).days_off == (off("2027-05-07"),)


@pytest.mark.parametrize(
    ("first", "last", "error", "field"),
    [
        (TODAY + 2 * DAY, TODAY + DAY, LastBeforeFirst, "last"),
        (TODAY - 2 * DAY, TODAY - DAY, DateInPast, "last"),
        (TODAY - DAY, TODAY - DAY, DateInPast, "first"),
        (TODAY, TODAY + DAYS_OFF_AHEAD + DAY, DateTooFar, "last"),
        (TODAY + DAYS_OFF_AHEAD + DAY, TODAY + DAYS_OFF_AHEAD + DAY, DateTooFar, "first"),
    ],
)
def test_days_that_make_no_sense_are_refused_beside_their_field(
    first: date, last: date, error: type[InvalidField], field: str
) -> None:
    with pytest.raises(error) as refused:
        NudgePolicy().with_days_off(first, last, today=TODAY)
    assert refused.value.field == field


def test_the_list_of_days_off_has_an_end() -> None:
    policy = NudgePolicy()
    for number in range(MOST_DAYS_OFF):
        policy = policy.with_days_off(TODAY + 2 * number * DAY, TODAY + 2 * number * DAY, today=TODAY)
    with pytest.raises(TooManyDaysOff):
        policy.with_days_off(TODAY + 300 * DAY, TODAY + 300 * DAY, today=TODAY)
