from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.nudges import MOST_A_MINUTE
from bot.domain.pace import BURST, MOST_REMEMBERED, PER_CONVERSATION, Limit, Pace
from tests.builders import NOW

SECOND = timedelta(seconds=1)


def test_a_burst_goes_at_once_and_then_one_each_interval() -> None:
    limit = Limit(SECOND, burst=3)
    for left in (3, 2, 1):
        assert limit.room(NOW) == left
        limit.take(NOW)
    assert limit.room(NOW) == 0
    assert limit.next_at(NOW) == NOW + SECOND
    assert limit.room(NOW + SECOND) == 1
    assert limit.next_at(NOW, count=3) == NOW + 3 * SECOND


def test_taking_everything_leaves_room_again_an_interval_later() -> None:
    limit = Limit(SECOND, burst=3)
    limit.take_all(NOW)
    assert (limit.room(NOW), limit.next_at(NOW)) == (0, NOW + SECOND)


@given(waits=st.lists(st.floats(0, 20), min_size=1, max_size=150))
def test_whenever_asked_nudges_never_exceed_thirty_in_a_minute(waits: list[float]) -> None:
    pace, now, sent = Pace(), NOW, []
    for seconds in waits:
        now += timedelta(seconds=seconds)
        for index in range(pace.room(now, proactive=True)):
            pace.take(f"U{index}", now, proactive=True)
            sent.append(now)
    for start in sent:
        assert sum(start <= moment < start + timedelta(minutes=1) for moment in sent) <= MOST_A_MINUTE


def test_nudges_leave_room_for_everything_else() -> None:
    pace = Pace()
    for index in range(3):
        pace.take(f"U{index}", NOW, proactive=True)
    assert pace.room(NOW, proactive=False) == BURST - 3


def test_a_conversation_gets_one_a_second() -> None:
    pace = Pace()
    pace.take("UANA", NOW, proactive=False)
    assert pace.conversation_at("UANA", NOW) == NOW + PER_CONVERSATION
    assert pace.conversation_at("UBEN", NOW) == NOW


def test_only_conversations_that_matter_are_remembered() -> None:
    pace = Pace()
    for index in range(3 * MOST_REMEMBERED):
        pace.take(f"U{index}", NOW + index * SECOND, proactive=False)
    assert len(pace._last) <= MOST_REMEMBERED
    assert pace.conversation_at(f"U{3 * MOST_REMEMBERED - 1}", NOW) > NOW


def test_while_it_is_held_nothing_goes_and_a_shorter_hold_does_not_shorten_it() -> None:
    pace = Pace()
    pace.hold(NOW + 60 * SECOND)
    pace.hold(NOW + SECOND)
    assert pace.room(NOW + 59 * SECOND, proactive=False) == 0
    assert pace.next_at(NOW, proactive=False) == NOW + 60 * SECOND
    assert pace.room(NOW + 60 * SECOND, proactive=False) == BURST


def test_once_closed_nothing_goes_any_more() -> None:
    pace = Pace()
    pace.close()
    assert pace.room(NOW + timedelta(days=365), proactive=False) == 0
