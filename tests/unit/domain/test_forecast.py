from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.domain.forecast import AHEAD, Expected, forecast, foresee
from bot.domain.nudges import Nudge, NudgeKind, Receiver
from bot.domain.working_time import WorkingTime
from tests.builders import MENTOR, NOW, a_nudge

DAY = timedelta(days=1)
PARIS = Receiver(hours=WorkingTime(tz="Europe/Paris", country="FR"))


def of(nudges: list[Nudge], receiver: Receiver = PARIS, **changes: object) -> list[tuple[str, datetime | None]]:
    """Return what would be sent within a week, and when."""
    given = {"is_pointless": lambda _, __: False, "now": NOW, "until": NOW + AHEAD} | changes
    return [(one.id, one.queued_at) for one in foresee(nudges, receiver, **given)]  # type: ignore[arg-type]


def test_what_is_due_later_is_foreseen_at_its_time_and_what_is_due_after_the_week_is_not() -> None:
    nudges = [a_nudge("soon", due_at=NOW + DAY), a_nudge("beyond", due_at=NOW + AHEAD)]
    assert of(nudges) == [("soon", NOW + DAY)]


def test_of_several_due_at_once_the_most_useful_goes_first_and_the_others_on_the_next_days() -> None:
    nudges = [a_nudge("plan"), a_nudge("went", kind=NudgeKind.HOW_DID_IT_GO)]
    assert of(nudges) == [("went", NOW), ("plan", NOW + DAY)]


def test_a_week_holds_three_and_what_was_received_before_counts() -> None:
    nudges = [a_nudge(str(number)) for number in range(5)]
    assert len(of(nudges)) == 3
    before = Receiver(hours=PARIS.hours, received=(NOW - 2 * DAY, NOW - DAY))
    assert [when for _, when in of(nudges, before)] == [NOW, NOW + 7 * DAY - timedelta(minutes=30)]


def test_a_pause_a_stopped_kind_and_a_departure_are_heeded() -> None:
    assert of([a_nudge()], Receiver(hours=PARIS.hours, paused_until=date(2027, 3, 30))) == []
    assert of([a_nudge()], Receiver(hours=PARIS.hours, stopped=frozenset({a_nudge().kind}))) == []
    assert of([a_nudge()], Receiver(hours=PARIS.hours, is_here=False)) == []


def test_what_will_have_lost_its_point_by_then_is_left_out() -> None:
    gone_by = NOW + 2 * DAY
    nudges = [a_nudge("before", due_at=NOW + DAY), a_nudge("after", due_at=NOW + 3 * DAY)]
    assert of(nudges, is_pointless=lambda _, at: at >= gone_by) == [("before", NOW + DAY)]


def test_a_pairing_that_waits_for_somebody_is_foreseen_for_their_return() -> None:
    nudge = a_nudge()
    ((_, when),) = of([nudge], waits_until={nudge.subject_id: date(2027, 3, 4)})
    assert when == datetime.fromisoformat("2027-03-04T08:30:00+00:00")


def test_a_forecast_is_numbers_alone_by_kind_the_most_first() -> None:
    went = NudgeKind.HOW_DID_IT_GO
    told = forecast([a_nudge("1"), a_nudge("2", kind=went), a_nudge("3", kind=went, person_id=MENTOR)])
    assert told.kinds == (
        Expected(kind=went, messages=2, people=2),
        Expected(kind=NudgeKind.FIRST_SESSION_UNPLANNED, messages=1, people=1),
    )
    assert (told.messages, told.people) == (3, 2)
