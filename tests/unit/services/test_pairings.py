from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.letters import PairingLightened
from bot.domain.nudges import NudgeKind, NudgeState
from bot.domain.overviews import Following
from bot.domain.pairings import EndReason, GoOn, Pairing, PairingState
from bot.domain.sessions import Session, SessionState
from bot.errors import AlreadyEnded, NotYours, SnoozedPastTheEnd
from bot.services.base import Programme
from bot.services.nudging import NudgingService, compose_pairing_closes, compose_still_going
from bot.services.pairings import PairingService, compose_pairing_lightened
from bot.services.parting import compose_pairing_ended
from bot.services.sessions import SessionService
from tests.builders import (
    MENTEE,
    MENTOR,
    NOW,
    PAIRING,
    SESSION,
    a_cohort,
    a_held_session,
    a_mentee,
    a_mentor,
    a_message,
    a_nudge,
    a_pairing,
    a_person,
    a_session,
    an_actor,
)
from tests.fakes.storage import InMemoryStorage

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
QUESTION = a_nudge("question", kind=NudgeKind.STILL_GOING)
ASKED = replace(
    QUESTION, id="asked", person_id=MENTOR, period="asked", state=NudgeState.QUEUED, queued_at=NOW - 2 * DAY
)


@pytest.fixture
def storage() -> InMemoryStorage:
    """A pairing that met 31 days ago and has planned nothing since; its mentor was asked whether to go on."""
    storage = InMemoryStorage()
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        for person_id, participant in ((MENTOR, a_mentor()), (MENTEE, a_mentee(waiting_since=None))):
            uow.people.add(a_person(person_id))
            uow.participants.put(participant)
        uow.pairings.add(a_pairing())
        uow.sessions.add(a_held_session("held", held_at=NOW - 31 * DAY))
        uow.nudges.plan([ASKED, QUESTION])
        uow.commit()
    return storage


@pytest.fixture
def nudging(storage: InMemoryStorage) -> NudgingService:
    return NudgingService(storage=storage, programme=Programme())


@pytest.fixture
def pairings(storage: InMemoryStorage) -> PairingService:
    return PairingService(storage=storage, programme=Programme())


@pytest.fixture
def sessions(storage: InMemoryStorage) -> SessionService:
    return SessionService(storage=storage, programme=Programme())


def pairing(storage: InMemoryStorage) -> Pairing:
    with storage.read() as uow:
        return uow.pairings.get(PAIRING)


def pending(storage: InMemoryStorage, kind: NudgeKind) -> dict[str, datetime]:
    with storage.read() as uow:
        return {
            one.person_id: one.due_at
            for one in uow.nudges.about([PAIRING])
            if one.kind is kind and one.state is NudgeState.PENDING
        }


def delivered(storage: InMemoryStorage, *, now: datetime) -> list[tuple[str | None, str]]:
    """Take everything out of the outbox; return the receiver and the kind of each message."""
    gone: list[tuple[str | None, str]] = []
    with storage.begin() as uow:
        while claimed := uow.outbox.claim_due(now=now, limit=10, lease=DAY):
            assert all(uow.outbox.finish(one.done(now=now)) for one in claimed)
            gone += [(one.person_id, one.kind) for one in claimed]
        uow.commit()
    return gone


def test_a_quiet_pairing_that_was_asked_and_does_not_answer_ends_a_week_later(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService
) -> None:
    assert pairings.next_close() is None
    assert nudging.queue_due(NOW) == 1
    assert pairings.next_close() == NOW + 7 * DAY
    assert delivered(storage, now=NOW) == [(MENTEE, "still_going")]
    assert pairings.close_due(NOW + 7 * DAY - timedelta(seconds=1)) == 0
    assert pairings.close_due(NOW + 7 * DAY) == 1
    ended = pairing(storage)
    assert (ended.state, ended.end_reason, ended.closes_at) == (PairingState.ENDED, EndReason.QUIET, None)
    assert set(delivered(storage, now=NOW + 7 * DAY)) == {(MENTOR, "pairing_ended"), (MENTEE, "pairing_ended")}
    with storage.read() as uow:
        waiting = uow.participants.get(MENTEE)
        assert waiting is not None
        assert waiting.waiting_since == NOW + 7 * DAY


def test_whoever_hears_of_the_end_of_a_quiet_pairing_reads_why_and_what_is_next(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService
) -> None:
    nudging.queue_due(NOW)
    delivered(storage, now=NOW)
    pairings.close_due(NOW + 7 * DAY)
    said = {}
    with storage.read() as uow:
        for person_id in (MENTOR, MENTEE):
            message = a_message(to=person_id, args={"pairing_ids": [PAIRING]})
            letter = compose_pairing_ended(uow, message, Programme(), NOW + 7 * DAY)
            assert letter is not None
            said[person_id] = (letter.was_quiet, letter.following)
    assert said == {MENTOR: (True, Following.SEAT_FREE), MENTEE: (True, Following.WAITING)}


def test_nobody_who_was_not_reached_loses_a_pairing(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService
) -> None:
    nudging.queue_due(NOW)
    with storage.begin() as uow:
        uow.nudges.save_many([uow.nudges.get("question").failed(), ASKED.failed()])
        uow.commit()
    assert pairings.close_due(NOW + 7 * DAY) == 0
    assert (pairing(storage).state, pairings.next_close()) == (PairingState.ACTIVE, None)


def test_a_pairing_does_not_end_while_somebody_s_question_is_still_to_come(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService
) -> None:
    with storage.begin() as uow:
        uow.nudges.save(replace(ASKED, state=NudgeState.PENDING, queued_at=None, due_at=NOW + 9 * DAY))
        uow.commit()
    nudging.queue_due(NOW)
    delivered(storage, now=NOW)
    assert pairings.close_due(NOW + 7 * DAY) == 0
    assert pairings.next_close() == NOW + 16 * DAY
    nudging.queue_due(NOW + 9 * DAY)
    delivered(storage, now=NOW + 9 * DAY)
    with storage.read() as uow:
        message = a_message(kind=NudgeKind.STILL_GOING, args={"nudge_id": "asked"})
        assert compose_still_going(uow, message, Programme(), NOW + 9 * DAY + HOUR).closes_on == date(2027, 3, 17)
    assert [pairings.close_due(NOW + 16 * DAY - HOUR), pairings.close_due(NOW + 16 * DAY)] == [0, 1]


def test_the_question_whether_to_go_on_is_not_put_off_to_the_day_of_the_end_or_beyond(
    nudging: NudgingService,
) -> None:
    nudging.queue_due(NOW)
    for days in (7, 20, 60):
        with pytest.raises(SnoozedPastTheEnd) as refused:
            nudging.snooze(an_actor(), "question", until=(NOW + days * DAY).date(), now=NOW)
        assert refused.value.params["day"] == (NOW + 7 * DAY).date()
    assert nudging.last_snooze(an_actor(), "question", now=NOW) == (NOW + 4 * DAY).date(), "then comes a week-end"


def test_putting_the_question_off_moves_no_day_that_anybody_was_told(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService
) -> None:
    nudging.queue_due(NOW)
    delivered(storage, now=NOW)
    again_at = nudging.snooze(an_actor(), "question", until=(NOW + 4 * DAY).date(), now=NOW)
    assert pairings.next_close() == NOW + 7 * DAY
    nudging.queue_due(again_at)
    delivered(storage, now=again_at)
    with storage.read() as uow:
        again = next(one for one in uow.nudges.about([PAIRING]) if one.queued_at == again_at)
        message = a_message(kind=NudgeKind.STILL_GOING, args={"nudge_id": again.id})
        assert compose_still_going(uow, message, Programme(), again_at + HOUR).closes_on == (NOW + 7 * DAY).date()
    assert [pairings.close_due(NOW + 7 * DAY - HOUR), pairings.close_due(NOW + 7 * DAY)] == [0, 1]


def test_whoever_stopped_the_question_is_told_once_that_the_pairing_is_about_to_end(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService
) -> None:
    with storage.begin() as uow:
        uow.participants.put(a_mentor(stopped_nudges=frozenset({NudgeKind.STILL_GOING})))
        uow.nudges.plan([replace(QUESTION, id="stopped", person_id=MENTOR)])
        uow.commit()
    nudging.queue_due(NOW)
    with storage.begin() as uow:
        letters = {one.person_id: one for one in uow.outbox.claim_due(now=NOW, limit=9, lease=DAY)}
        assert {person_id: one.kind for person_id, one in letters.items()} == {
            MENTEE: "still_going", MENTOR: "pairing_closes",
        }  # fmt: skip
        assert not letters[MENTOR].proactive
        told = compose_pairing_closes(uow, letters[MENTOR], Programme(), NOW)
    assert told is not None
    assert (told.pairing_id, told.closes_on) == (PAIRING, (NOW + 7 * DAY).date())
    pairings.answer(an_actor(MENTOR), PAIRING, GoOn.KEEP, now=NOW)
    with storage.read() as uow:
        assert compose_pairing_closes(uow, letters[MENTOR], Programme(), NOW) is None, "nothing ends any more"


def test_a_pairing_does_not_end_while_the_question_waits_in_the_outbox(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService
) -> None:
    nudging.queue_due(NOW)
    up_again = NOW + 8 * DAY
    assert pairings.close_due(up_again) == 0
    assert pairings.next_close() == up_again + 7 * DAY


@pytest.mark.parametrize(("days_more", "ended"), [(0, 0), (1, 1)])
def test_once_the_end_of_the_cohort_is_told_a_pairing_ends_with_it_and_not_by_itself(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService, days_more: int, ended: int
) -> None:
    """The partner is asked later, and their week would reach the day on which the first reminder of the end comes."""
    first_told_at = NOW + 9 * DAY
    cohort = a_cohort(ends_on=first_told_at.date() + (14 + days_more) * DAY)
    with storage.begin() as uow:
        uow.cohorts.save(cohort)
        uow.nudges.plan([replace(QUESTION, id="later", person_id=MENTOR, due_at=NOW + 2 * DAY)])
        uow.commit()
    for at in (NOW, NOW + 2 * DAY):
        assert nudging.queue_due(at) == 1
        delivered(storage, now=at)
    with storage.read() as uow:
        first, later = (
            compose_still_going(uow, a_message(args={"nudge_id": nudge_id}), Programme(), asked_at)
            for nudge_id, asked_at in (("question", NOW), ("later", NOW + 2 * DAY))
        )
    assert first.closes_on == (NOW + 7 * DAY).date()
    assert later.closes_on == (first_told_at.date() if ended else None), "no end is promised that will not come"
    assert sum(pairings.close_due(NOW + days * DAY) for days in (7, 9)) == ended
    assert pairings.next_close() is None


def test_whoever_is_paused_has_their_week_from_their_return(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService
) -> None:
    nudging.queue_due(NOW)
    delivered(storage, now=NOW)
    with storage.begin() as uow:
        uow.participants.put(a_mentor().paused(until=(NOW + 14 * DAY).date()))
        uow.commit()
    assert pairings.close_due(NOW + 7 * DAY) == 0
    assert pairings.next_close() == datetime(2027, 3, 21, 23, tzinfo=UTC)


def test_the_partners_pause_puts_the_question_off(storage: InMemoryStorage, nudging: NudgingService) -> None:
    with storage.begin() as uow:
        uow.participants.put(a_mentor().paused(until=(NOW + 14 * DAY).date()))
        uow.commit()
    assert nudging.queue_due(NOW) == 0
    assert pending(storage, NudgeKind.STILL_GOING) == {MENTEE: datetime(2027, 3, 15, 8, 30, tzinfo=UTC)}


@pytest.mark.parametrize(("answer", "weeks"), [(GoOn.KEEP, 2), (GoOn.LIGHTEN, 4)])
def test_going_on_starts_the_count_anew(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService, answer: GoOn, weeks: int
) -> None:
    nudging.queue_due(NOW)
    assert pairings.answer(an_actor(MENTOR), PAIRING, answer, now=NOW + DAY).pairing.cadence_weeks == weeks
    assert pairings.close_due(NOW + 8 * DAY) == 0
    longer = timedelta(weeks=weeks - 2)
    for kind, days in ((NudgeKind.NOTHING_PLANNED, 14), (NudgeKind.STILL_GOING, 30)):
        for due_at in pending(storage, kind).values():
            assert timedelta() <= due_at - (NOW + DAY + days * DAY + longer) < 3 * DAY
        assert set(pending(storage, kind)) == {MENTOR, MENTEE}


def test_the_other_alone_hears_that_a_pairing_meets_less_often_and_of_nothing_that_does_not_change(
    storage: InMemoryStorage, pairings: PairingService
) -> None:
    pairings.answer(an_actor(), PAIRING, GoOn.KEEP, now=NOW)
    assert delivered(storage, now=NOW) == []
    for _ in range(2):
        pairings.answer(an_actor(), PAIRING, GoOn.LIGHTEN, now=NOW)
    assert delivered(storage, now=NOW) == [(MENTOR, "pairing_lightened")] * 2
    with storage.read() as uow:
        message = a_message(to=MENTOR, kind="pairing_lightened")
        letter = compose_pairing_lightened(uow, message, Programme(), NOW)
    assert letter == PairingLightened(pairing_id=PAIRING, partners=("UMENTEE",), weeks=8)
    pairings.answer(an_actor(), PAIRING, GoOn.LIGHTEN, now=NOW)
    assert delivered(storage, now=NOW) == [], "it is as rare as can be"
    pairings.answer(an_actor(), PAIRING, GoOn.CLOSE, now=NOW)
    with storage.read() as uow:
        assert compose_pairing_lightened(uow, message, Programme(), NOW) is None


def test_less_often_chosen_by_both_on_one_question_is_one_step(
    storage: InMemoryStorage, pairings: PairingService
) -> None:
    first, second = (
        pairings.answer(an_actor(who), PAIRING, GoOn.LIGHTEN, asked_at_weeks=2, now=NOW) for who in (MENTOR, MENTEE)
    )
    assert (first.pairing.cadence_weeks, first.is_news) == (4, True)
    assert (second.pairing.cadence_weeks, second.is_news) == (4, False)
    assert delivered(storage, now=NOW) == [(MENTEE, "pairing_lightened")], "the other read it, and hears it no more"


def test_an_answer_knows_whether_the_two_have_met(storage: InMemoryStorage, pairings: PairingService) -> None:
    assert pairings.answer(an_actor(), PAIRING, GoOn.KEEP, now=NOW).has_met
    with storage.begin() as uow:
        uow.sessions.save(replace(uow.sessions.get("held"), state=SessionState.CANCELLED))
        uow.commit()
    assert not pairings.answer(an_actor(), PAIRING, GoOn.KEEP, now=NOW).has_met


def test_closing_ends_the_pairing_and_tells_the_other_alone(storage: InMemoryStorage, pairings: PairingService) -> None:
    assert pairings.answer(an_actor(), PAIRING, GoOn.CLOSE, now=NOW).pairing.end_reason is EndReason.QUIET
    assert delivered(storage, now=NOW) == [(MENTOR, "pairing_ended")]
    with pytest.raises(AlreadyEnded):
        pairings.answer(an_actor(MENTOR), PAIRING, GoOn.KEEP, now=NOW)


def asked_to_go_on(storage: InMemoryStorage, nudging: NudgingService) -> None:
    """Ask the mentee, whose question has arrived."""
    nudging.queue_due(NOW)
    assert delivered(storage, now=NOW) == [(MENTEE, "still_going")]


def test_an_old_question_ends_no_pairing_that_the_other_kept_until_it_is_asked_anew(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService
) -> None:
    asked_to_go_on(storage, nudging)
    kept = pairings.answer(an_actor(MENTOR), PAIRING, GoOn.KEEP, now=NOW).pairing
    assert pairings.answer(an_actor(), PAIRING, GoOn.CLOSE, now=NOW + DAY).pairing == kept == pairing(storage)
    assert delivered(storage, now=NOW + DAY) == []
    assert set(pending(storage, NudgeKind.STILL_GOING)) == {MENTOR, MENTEE}, "which waits as it did"
    asked_anew_at = max(pending(storage, NudgeKind.STILL_GOING).values())
    for days in (20, 10, 0):
        nudging.queue_due(asked_anew_at - days * DAY)
    ended = pairings.answer(an_actor(), PAIRING, GoOn.CLOSE, now=asked_anew_at)
    assert ended.pairing.state is PairingState.ENDED


def test_an_old_question_ends_no_pairing_that_has_planned_since(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService
) -> None:
    asked_to_go_on(storage, nudging)
    SessionService(storage=storage, programme=Programme()).plan(
        an_actor(MENTOR), PAIRING, starts_at=NOW + 3 * DAY, minutes=60, place="", now=NOW
    )
    assert pairings.answer(an_actor(), PAIRING, GoOn.CLOSE, now=NOW).pairing.state is PairingState.ACTIVE
    assert pairing(storage).state is PairingState.ACTIVE


def test_nobody_whose_session_was_just_called_off_reads_that_nothing_had_been_planned(
    storage: InMemoryStorage, pairings: PairingService
) -> None:
    sessions = SessionService(storage=storage, programme=Programme())
    session = sessions.plan(an_actor(MENTOR), PAIRING, starts_at=NOW + 3 * DAY, minutes=60, place="", now=NOW).session
    sessions.cancel(an_actor(MENTOR), session.id, now=NOW)
    pairings.answer(an_actor(MENTOR), PAIRING, GoOn.CLOSE, now=NOW)
    with storage.read() as uow:
        message = a_message(to=MENTEE, args={"pairing_ids": [PAIRING]})
        letter = compose_pairing_ended(uow, message, Programme(), NOW)
    assert letter is not None
    assert not letter.was_quiet


def test_somebody_elses_pairing_is_not_theirs_to_close(pairings: PairingService) -> None:
    with pytest.raises(NotYours):
        pairings.answer(an_actor("stranger"), PAIRING, GoOn.CLOSE, now=NOW)


def test_planning_answers_the_question(
    storage: InMemoryStorage, nudging: NudgingService, pairings: PairingService, sessions: SessionService
) -> None:
    nudging.queue_due(NOW)
    sessions.plan(an_actor(), PAIRING, starts_at=NOW + 20 * DAY, minutes=60, place="", now=NOW)
    assert pairings.next_close() is None


def cancel(storage: InMemoryStorage, sessions: SessionService, *sessions_by: tuple[Session, str]) -> None:
    for index, (session, by) in enumerate(sessions_by):
        with storage.begin() as uow:
            uow.sessions.add(session)
            uow.commit()
        sessions.cancel(an_actor(by), session.id, now=NOW + index * DAY)


def test_two_cancellations_in_a_row_ask_the_side_that_cancelled_and_it_alone(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    cancel(storage, sessions, (a_session(), MENTEE), (a_session("next", starts_at=NOW + 9 * DAY), MENTEE))
    assert pending(storage, NudgeKind.TWICE_CANCELLED) == {MENTEE: NOW + DAY}


def test_whoever_is_asked_after_cancelling_twice_has_a_week_for_that_before_they_are_nudged_to_plan(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    cancel(storage, sessions, (a_session(), MENTEE), (a_session("next", starts_at=NOW + 9 * DAY), MENTEE))
    with storage.read() as uow:
        first = {
            person_id: min(
                one.due_at
                for one in uow.nudges.pending_of(person_id)
                if one.kind is NudgeKind.FIRST_SESSION_UNPLANNED and one.period.startswith("next:")
            )
            for person_id in (MENTOR, MENTEE)
        }
    assert first == {MENTOR: NOW + 4 * DAY, MENTEE: NOW + 11 * DAY}


def test_one_cancellation_each_asks_nobody(storage: InMemoryStorage, sessions: SessionService) -> None:
    cancel(storage, sessions, (a_session(), MENTOR), (a_session("next", starts_at=NOW + 9 * DAY), MENTEE))
    assert pending(storage, NudgeKind.TWICE_CANCELLED) == {}


def test_a_session_held_in_between_forgets_the_first(storage: InMemoryStorage, sessions: SessionService) -> None:
    cancel(storage, sessions, (a_session(), MENTEE))
    with storage.begin() as uow:
        uow.sessions.add(a_held_session("between", held_at=NOW + timedelta(hours=1)))
        uow.sessions.add(a_session("next", starts_at=NOW + 9 * DAY))
        uow.commit()
    sessions.cancel(an_actor(), "next", now=NOW + DAY)
    assert pending(storage, NudgeKind.TWICE_CANCELLED) == {}


def test_the_mentee_alone_is_asked_to_try_what_was_agreed_five_working_days_later(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    sessions.log(
        an_actor(MENTOR), pairing_id=PAIRING, session_id=None, held_at=NOW - timedelta(hours=2), minutes=60,
        topic_ids=(), tried="Search", next_try="An alert", is_another=False, now=NOW,
    )  # fmt: skip
    with storage.read() as uow:
        (nudge,) = (
            one
            for person_id in (MENTOR, MENTEE)
            for one in uow.nudges.pending_of(person_id)
            if one.kind is NudgeKind.NEXT_TRY
        )
    assert (nudge.person_id, nudge.due_at) == (MENTEE, NOW + 7 * DAY)


def test_what_was_tried_at_the_next_session_needs_no_nudge(storage: InMemoryStorage, nudging: NudgingService) -> None:
    with storage.begin() as uow:
        uow.sessions.add(a_held_session(SESSION, held_at=NOW - DAY))
        uow.nudges.cancel(subject_id=PAIRING)
        uow.nudges.plan(a_nudge(of, kind=NudgeKind.NEXT_TRY, subject_id=of) for of in ("held", SESSION))
        uow.commit()
    assert nudging.queue_due(NOW) == 1
    with storage.read() as uow:
        assert uow.nudges.get("held").state is NudgeState.CANCELLED


def test_no_second_reminder_follows_a_first_that_could_not_be_delivered(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    with storage.begin() as uow:
        uow.nudges.cancel(subject_id=PAIRING)
        uow.sessions.add(a_session(starts_at=NOW - DAY))
        asked = a_nudge("first", kind=NudgeKind.HOW_DID_IT_GO, subject_id=SESSION, period="s:0", person_id=MENTOR)
        uow.nudges.plan([asked, a_nudge("second", kind=asked.kind, subject_id=SESSION, period="s:0:again",
                                        person_id=MENTOR, due_at=NOW + DAY)])  # fmt: skip
        uow.nudges.save(asked.failed())
        uow.commit()
    assert nudging.queue_due(NOW + DAY) == 0
    with storage.read() as uow:
        assert uow.nudges.get("second").state is NudgeState.CANCELLED
