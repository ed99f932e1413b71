from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bot.domain.outbox import (
    HTTP_TIMEOUT,
    LEASE,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    SHORTEST_WAIT,
    OutboxMessage,
    OutboxState,
    wait_after,
)
from tests.builders import NOW, a_message, a_person


@pytest.mark.parametrize(("attempts", "times"), [(1, 1), (2, 2), (3, 4), (7, 64)])
def test_the_wait_doubles_less_up_to_half_by_chance(attempts: int, times: int) -> None:
    longest = SHORTEST_WAIT * times
    waits = [wait_after(attempts, chance=random.Random(seed)) for seed in range(200)]

    assert longest / 2 < min(waits) < longest * 0.55
    assert longest * 0.95 < max(waits) <= longest


@pytest.mark.parametrize("attempts", [8, 50, 100_000])
def test_the_wait_is_never_longer_than_the_longest(attempts: int) -> None:
    assert max(wait_after(attempts, chance=random.Random(seed)) for seed in range(50)) <= LONGEST_WAIT


def test_the_last_attempt_is_the_eighth() -> None:
    assert not a_message(attempts=MOST_ATTEMPTS - 1).is_last_attempt
    assert a_message(attempts=MOST_ATTEMPTS).is_last_attempt


def test_a_message_in_doubt_is_held_until_its_lease_runs_out() -> None:
    sending = a_message(state=OutboxState.SENDING, lease_token="token", lease_until=NOW + LEASE, attempts=1)

    assert sending.in_doubt("timeout") == replace(sending, maybe_sent=True, last_error="timeout")


def test_a_message_that_was_sent_is_no_longer_in_doubt() -> None:
    doubtful = a_message(maybe_sent=True, last_error="timeout")

    assert doubtful.sent(channel_id="D1", ts="1.2", now=NOW) == a_message(
        state=OutboxState.SENT, channel_id="D1", ts="1.2", sent_at=NOW
    )


def test_an_attempt_given_back_does_not_count() -> None:
    tried = a_message(state=OutboxState.SENDING, attempts=3, last_error="ratelimited")

    assert tried.given_back(NOW + LEASE) == replace(
        tried, state=OutboxState.PENDING, attempts=2, due_at=NOW + LEASE, last_error="ratelimited"
    )
    assert tried.retried(NOW + LEASE, "fatal_error").attempts == 3


def test_a_lease_outlives_two_sends() -> None:
    assert LEASE > 2 * HTTP_TIMEOUT


def test_a_message_to_somebody_is_due_at_once_with_its_arguments() -> None:
    message = OutboxMessage.to(a_person("ana"), "welcome", "cohort", now=NOW, cohort_name="Spring")

    assert message == OutboxMessage(
        id=message.id,
        dedupe_key="welcome:cohort:ana",
        kind="welcome",
        conversation="UANA",
        person_id="ana",
        args={"cohort_name": "Spring"},
        due_at=NOW,
        created_at=NOW,
        state=OutboxState.PENDING,
    )
    assert len(message.id) == 16
