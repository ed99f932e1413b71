"""Time in the playground goes forward, and only forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from playground import Clock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_frozen_clock_moves_only_when_told() -> None:
    clock = Clock(frozen_at=NOON)

    assert clock.now() == clock.now() == NOON
    clock.move_by(timedelta(days=1))
    assert clock.now() == NOON + timedelta(days=1)
    clock.move_to(datetime(2026, 3, 5, 9, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == datetime(2026, 3, 5, 7, tzinfo=UTC)


def test_a_running_clock_is_ahead_by_what_it_was_moved() -> None:
    clock = Clock()
    before = datetime.now(UTC)

    clock.move_by(timedelta(weeks=1))

    assert timedelta(0) <= clock.now() - before - timedelta(weeks=1) < timedelta(seconds=5)
    assert not clock.frozen


def test_time_never_goes_back() -> None:
    clock = Clock(frozen_at=NOON)

    with pytest.raises(ValueError, match="never goes back"):
        clock.move_to(NOON - timedelta(seconds=1))

    assert clock.now() == NOON


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Clock(frozen_at=datetime(2026, 3, 2, 12))  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        Clock(frozen_at=NOON).move_to(datetime(2026, 3, 3, 12))  # noqa: DTZ001


def test_who_listens_hears_of_every_move() -> None:
    clock = Clock(frozen_at=NOON)
    moves: list[datetime] = []
    clock.on_move(moves.append)

    clock.move_by(timedelta(hours=1))
    clock.move_by(timedelta(hours=1))

    assert moves == [NOON + timedelta(hours=1), NOON + timedelta(hours=2)]
