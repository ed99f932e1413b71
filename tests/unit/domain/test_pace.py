from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.nudges import MOST_A_MINUTE
from bot.domain.outbox import Lane
from bot.domain.pace import (
    BURST,
    LONGEST_REST,
    MOST_REMEMBERED,
    PER_CONVERSATION,
    SHORTEST_REST,
    Limit,
    Pace,
)
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
        for index in range(pace.room(now, Lane.NUDGES)):
            pace.take(f"U{index}", now, Lane.NUDGES)
            sent.append(now)
    for start in sent:
        assert sum(start <= moment < start + timedelta(minutes=1) for moment in sent) <= MOST_A_MINUTE


def test_nudges_leave_room_for_everything_else() -> None:
    pace = Pace()
    for index in range(3):
        pace.take(f"U{index}", NOW, Lane.NUDGES)
    assert pace.room(NOW, Lane.LETTERS) == BURST - 3


def test_a_conversation_gets_one_a_second() -> None:
    pace = Pace()
    pace.take("UANA", NOW, Lane.LETTERS)
    assert pace.conversation_at("UANA", NOW) == NOW + PER_CONVERSATION
    assert pace.conversation_at("UBEN", NOW) == NOW


def test_only_conversations_that_matter_are_remembered() -> None:
    pace = Pace()
    for index in range(3 * MOST_REMEMBERED):
        pace.take(f"U{index}", NOW + index * SECOND, Lane.LETTERS)
    assert len(pace._last) <= MOST_REMEMBERED
    assert pace.conversation_at(f"U{3 * MOST_REMEMBERED - 1}", NOW) > NOW


def test_while_it_is_held_nothing_goes_and_a_shorter_hold_does_not_shorten_it() -> None:
    pace = Pace()
    pace.hold(NOW + 60 * SECOND)
    pace.hold(NOW + SECOND)
    assert pace.room(NOW + 59 * SECOND, Lane.LETTERS) == 0
    assert pace.next_at(NOW, Lane.LETTERS) == NOW + 60 * SECOND
    assert pace.room(NOW + 60 * SECOND, Lane.LETTERS) == BURST


def test_once_closed_nothing_goes_any_more() -> None:
    pace = Pace()
    pace.close()
    assert pace.room(NOW + timedelta(days=365), Lane.LETTERS) == 0


def test_home_tabs_take_no_room_from_messages() -> None:
    pace = Pace()
    for index in range(3):
        pace.take(f"home:U{index}", NOW, Lane.HOMES)
    assert pace.room(NOW, Lane.LETTERS) == BURST
    assert pace.room(NOW, Lane.HOMES) == pace.homes.burst - 3


def test_one_message_that_fails_again_and_again_makes_no_other_wait() -> None:
    pace = Pace()
    for _ in range(20):
        pace.fails("bad", NOW, Lane.LETTERS)
    assert pace.room(NOW, Lane.LETTERS) == BURST


def test_three_that_fail_one_after_the_other_let_their_lane_rest_ever_longer_until_one_arrives() -> None:
    pace, now = Pace(), NOW
    for one in ("ana", "ana", "ana", "ben", "eve"):
        assert pace.room(now, Lane.LETTERS)
        pace.fails(one, now, Lane.LETTERS)
    rests = []
    for _ in range(8):
        rests.append(pace.open_at(Lane.LETTERS) - now)
        assert pace.room(now, Lane.LETTERS) == 0
        assert pace.room(now, Lane.NUDGES) > 0
        now = pace.open_at(Lane.LETTERS)
        pace.fails("ana", now, Lane.LETTERS)
    assert rests[0] == SHORTEST_REST
    assert rests == sorted(rests)
    assert rests[-1] == LONGEST_REST
    assert pace.failures("ana", Lane.LETTERS) == 11
    pace.works()
    now = pace.open_at(Lane.LETTERS)
    pace.fails("ana", now, Lane.LETTERS)
    assert pace.room(now, Lane.LETTERS)
