from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.desk import FIRST_SESSION_WITHIN, QUIET_AFTER, silent, stands_still_since
from bot.domain.pairings import EndReason
from bot.domain.rounds import Answer
from bot.domain.sessions import Session, SessionState
from bot.domain.working_time import WorkingTime
from tests.builders import MENTEE, NOW, a_held_session, a_pairing, a_session, an_asked_proposal

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
PARIS = {MENTEE: WorkingTime(tz="Europe/Paris", country="FR")}


def test_a_pairing_that_never_met_is_on_the_desk_from_ten_days_on() -> None:
    pairing = a_pairing()
    assert stands_still_since(pairing, [], now=NOW + FIRST_SESSION_WITHIN - SECOND) is None
    assert stands_still_since(pairing, [], now=NOW + FIRST_SESSION_WITHIN) == NOW


def test_a_pairing_that_has_met_is_on_the_desk_after_three_weeks() -> None:
    held = [a_held_session(held_at=NOW)]
    assert stands_still_since(a_pairing(), held, now=NOW + QUIET_AFTER - SECOND) is None
    assert stands_still_since(a_pairing(), held, now=NOW + QUIET_AFTER) == NOW


def test_a_session_that_nobody_confirmed_is_no_first_session_unplanned() -> None:
    nobody_said = [a_session(starts_at=NOW + 2 * DAY, state=SessionState.UNCONFIRMED)]
    assert stands_still_since(a_pairing(), nobody_said, now=NOW + 2 * DAY + QUIET_AFTER - SECOND) is None
    assert stands_still_since(a_pairing(), nobody_said, now=NOW + 2 * DAY + QUIET_AFTER) == NOW + 2 * DAY


def test_a_pairing_that_meets_less_often_has_longer() -> None:
    held = [a_held_session(held_at=NOW)]
    assert stands_still_since(a_pairing(cadence=4), held, now=NOW + QUIET_AFTER + timedelta(days=13)) is None
    assert stands_still_since(a_pairing(cadence=4), held, now=NOW + QUIET_AFTER + timedelta(days=14)) == NOW


@pytest.mark.parametrize(
    "sessions",
    [
        [a_session()],
        [a_held_session("held", held_at=NOW), a_session()],
        [a_held_session(str(one), held_at=NOW) for one in range(4)],
    ],
    ids=["planned a first", "planned the next", "had all of them"],
)
def test_a_pairing_under_way_or_done_is_not_on_the_desk(sessions: list[Session]) -> None:
    assert stands_still_since(a_pairing(), sessions, now=NOW + timedelta(days=90)) is None


def test_an_ended_pairing_is_not_on_the_desk() -> None:
    ended = a_pairing().ended(EndReason.LEFT, now=NOW)
    assert stands_still_since(ended, [], now=NOW + timedelta(days=90)) is None


@pytest.mark.parametrize(("after", "told"), [(timedelta(days=2) - SECOND, False), (timedelta(days=2), True)])
def test_whoever_was_asked_two_working_days_ago_is_on_the_desk(after: timedelta, told: bool) -> None:
    expires_at = NOW + timedelta(days=3)
    waits = silent([an_asked_proposal(expires_at=expires_at)], PARIS, now=NOW + after)
    assert waits == ([(MENTEE, NOW, expires_at)] if told else [])


@pytest.mark.parametrize("now", [NOW + timedelta(days=3), NOW + timedelta(days=2, hours=1)])
def test_neither_an_answer_nor_an_expired_question_is_silence(now: datetime) -> None:
    proposal = an_asked_proposal()
    if now < NOW + timedelta(days=3):
        proposal = proposal.answered(MENTEE, Answer.NO, now=NOW)
    assert silent([proposal], PARIS, now=now) == []
