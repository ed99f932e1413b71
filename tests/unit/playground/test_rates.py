"""Buckets give a burst, then as much as time refills."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playground.rates import Buckets, Rate

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RATE = Rate(burst=2, per_second=0.5)


def emptied() -> Buckets:
    buckets = Buckets()
    for _ in range(RATE.burst):
        assert buckets.wait_for("D1", RATE, NOON) == 0
        buckets.take("D1", RATE, NOON)
    return buckets


def test_after_the_burst_one_waits_for_the_refill() -> None:
    assert emptied().wait_for("D1", RATE, NOON) == 2


def test_waiting_as_told_is_enough() -> None:
    assert emptied().wait_for("D1", RATE, NOON + timedelta(seconds=2)) == 0


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    buckets, later = emptied(), NOON + timedelta(days=1)
    for _ in range(RATE.burst):
        buckets.take("D1", RATE, later)

    assert buckets.wait_for("D1", RATE, later) == 2


def test_one_conversation_does_not_hold_up_another() -> None:
    assert emptied().wait_for("D2", RATE, NOON) == 0
