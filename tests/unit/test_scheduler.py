from __future__ import annotations

import logging
import threading
from datetime import timedelta

import pytest

from bot.domain.outbox import OutboxMessage, OutboxState
from bot.domain.participants import ParticipantState
from bot.domain.rounds import ProposalState
from bot.domain.sessions import UNCONFIRMED_AFTER, SessionState
from bot.ports import Sent
from bot.scheduler import Timetable
from bot.services import Services
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from tests.builders import (
    MENTEE,
    MENTOR,
    NOW,
    PROPOSAL,
    SESSION,
    a_cohort,
    a_mentee,
    a_mentor,
    a_message,
    a_nudge,
    a_pairing,
    a_person,
    a_round,
    a_session,
    an_asked_proposal,
)
from tests.fakes.slack import FakeClock, FakeDirectory, FakeMessenger
from tests.fakes.storage import InMemoryStorage

DAY = timedelta(days=1)


class Office:
    """A timetable, what it runs on, and what came of it."""

    def __init__(self, messenger: FakeMessenger | None = None) -> None:
        self.storage = InMemoryStorage()
        self.clock = FakeClock()
        self.slack = messenger or FakeMessenger()
        services = Services(storage=self.storage, programme=Programme(), directory=FakeDirectory())
        delivery = DeliveryService(
            storage=self.storage, programme=services.programme, messenger=self.slack, clock=self.clock
        )
        self.timetable = Timetable(services, delivery, self.clock)
        with self.storage.begin() as uow:
            uow.cohorts.add(a_cohort())
            for person_id, participant in ((MENTOR, a_mentor()), (MENTEE, a_mentee())):
                uow.people.add(a_person(person_id))
                uow.participants.put(participant)
            uow.pairings.add(a_pairing())
            uow.commit()

    def post(self, *messages: OutboxMessage) -> None:
        with self.storage.begin() as uow:
            uow.outbox.add_many(messages)
            uow.commit()


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_tick_does_everything_that_is_due(office: Office) -> None:
    with office.storage.begin() as uow:
        uow.rounds.add(a_round(), [an_asked_proposal(asked_at=NOW - 5 * DAY, expires_at=NOW)])
        uow.participants.put(a_mentee().paused(until=NOW.date()))
        uow.sessions.add(a_session(starts_at=NOW - UNCONFIRMED_AFTER - DAY))
        uow.nudges.plan([a_nudge("mentor", person_id=MENTOR)])
        uow.commit()
    office.post(a_message(to=MENTOR))
    office.timetable.tick()
    with office.storage.read() as uow:
        assert uow.rounds.proposal(PROPOSAL).state is ProposalState.EXPIRED
        mentee = uow.participants.get(MENTEE)
        assert mentee is not None
        assert mentee.state is ParticipantState.ACTIVE
        assert uow.sessions.get(SESSION).state is SessionState.UNCONFIRMED
        assert uow.outbox.get("message").state is OutboxState.SENT


def test_with_nothing_to_come_there_is_nothing_to_wait_for() -> None:
    clock = FakeClock()
    services = Services(storage=InMemoryStorage(), programme=Programme(), directory=FakeDirectory())
    delivery = DeliveryService(
        storage=services.storage, programme=services.programme, messenger=FakeMessenger(), clock=clock
    )
    assert Timetable(services, delivery, clock).next_due() is None


def test_the_next_instant_is_the_earliest_of_all_and_always_later_than_now(office: Office) -> None:
    with office.storage.begin() as uow:
        uow.nudges.plan([a_nudge(due_at=NOW + 3 * DAY)])
        uow.sessions.add(a_session(starts_at=NOW + DAY))
        uow.commit()
    assert office.timetable.next_due() == NOW + 3 * DAY
    office.post(a_message(due_at=NOW))
    assert office.timetable.next_due() == NOW + timedelta(seconds=1)


def test_moving_time_stops_wherever_something_is_due(office: Office) -> None:
    with office.storage.begin() as uow:
        uow.nudges.plan([a_nudge("first", due_at=NOW + DAY), a_nudge("second", due_at=NOW + 3 * DAY)])
        uow.commit()
    office.timetable.run_until(NOW + 7 * DAY, office.clock.move_to)
    assert office.clock.now() == NOW + 7 * DAY
    with office.storage.read() as uow:
        sent = [uow.outbox.get(message_id).sent_at for message_id in office.slack.ids]
    assert sent == [NOW + DAY, NOW + 3 * DAY]


def test_a_tick_that_fails_is_noted_by_its_place_and_the_others_go_on(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("what somebody wrote")

    monkeypatch.setattr("tests.fakes.storage.Nudges.due", fail)
    office.post(a_message())
    office.timetable.tick()
    assert office.slack.ids == ["message"]
    assert "nudging.queue_due failed: RuntimeError" in caplog.text
    assert "what somebody wrote" not in caplog.text


class WaitingMessenger(FakeMessenger):
    """Tells when a call comes, and answers when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.called, self.may_answer = threading.Event(), threading.Event()

    def send(self, message: OutboxMessage, *args: object, **kwargs: object) -> Sent:
        self.called.set()
        assert self.may_answer.wait(5)
        return super().send(message, *args, **kwargs)  # type: ignore[arg-type]


def test_in_the_background_it_ticks_at_once_and_stopping_waits_for_what_is_under_way() -> None:
    slack = WaitingMessenger()
    office = Office(slack)
    office.post(a_message(), a_message("other", to=MENTOR))
    office.timetable.start()
    assert slack.called.wait(5)
    stopping = threading.Thread(target=office.timetable.stop)
    stopping.start()
    stopping.join(0.05)
    assert stopping.is_alive()
    slack.may_answer.set()
    stopping.join(5)
    assert not stopping.is_alive()
    assert len(slack.posts) == 1
    with office.storage.read() as uow:
        states = {uow.outbox.get(message_id).state for message_id in ("message", "other")}
    assert states == {OutboxState.SENT, OutboxState.PENDING}


def test_stopping_gives_back_what_waits_behind_a_call_that_does_not_end() -> None:
    slack = WaitingMessenger()
    office = Office(slack)
    office.post(a_message(), a_message("other", to=MENTOR))
    office.timetable.start()
    assert slack.called.wait(5)
    office.timetable.delivery.stop()
    with office.storage.read() as uow:
        messages = [uow.outbox.get(message_id) for message_id in ("message", "other")]
    slack.may_answer.set()
    office.timetable.stop()
    assert [(one.state, one.attempts) for one in messages] == [(OutboxState.SENDING, 1), (OutboxState.PENDING, 0)]
    assert len(slack.posts) == 1


def test_a_stop_goes_on_when_nothing_can_be_given_back(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(office.storage, "begin", fail)
    office.timetable.start()
    office.timetable.delivery.waiting["message"] = a_message()
    office.timetable.stop()
    assert "delivery.stop failed: RuntimeError" in caplog.text


def test_the_background_scheduler_does_not_fill_the_log(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    office.timetable.start()
    office.timetable.stop()
    assert [record for record in caplog.records if record.name.startswith("apscheduler")] == []
