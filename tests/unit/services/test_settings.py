from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.access import Actor
from bot.domain.forecast import Stop
from bot.domain.nudges import MOST_A_MINUTE, Nudge, NudgeKind, NudgeState
from bot.domain.outbox import OutboxState
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from bot.services.nudging import NudgingService
from bot.services.settings import SettingsService
from tests.builders import (
    LEAD,
    MENTEE,
    MENTOR,
    NOW,
    a_cohort,
    a_mentee,
    a_mentor,
    a_nudge,
    a_pairing,
    a_person,
    a_session,
)
from tests.fakes.slack import FakeClock, FakeMessenger
from tests.fakes.storage import InMemoryStorage

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def lead(person_id: str = LEAD) -> Actor:
    return Actor(
        person_id=person_id, user_id=f"U{person_id.upper()}", team_id="T1", name=person_id, language="en",
        tz="Europe/Paris", is_lead=True,
    )  # fmt: skip


@pytest.fixture
def storage() -> InMemoryStorage:
    storage = InMemoryStorage()
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        for person_id, participant in ((MENTOR, a_mentor()), (MENTEE, a_mentee())):
            uow.people.add(a_person(person_id))
            uow.participants.put(participant)
        uow.people.add(a_person(LEAD))
        uow.people.add(a_person("max"))
        uow.pairings.add(a_pairing())
        uow.commit()
    return storage


@pytest.fixture
def settings(storage: InMemoryStorage) -> SettingsService:
    return SettingsService(storage=storage, programme=Programme())


@pytest.fixture
def nudging(storage: InMemoryStorage) -> NudgingService:
    return NudgingService(storage=storage, programme=Programme())


def plan(storage: InMemoryStorage, *nudges: Nudge) -> None:
    with storage.begin() as uow:
        uow.nudges.plan(nudges)
        uow.commit()


def state(storage: InMemoryStorage, nudge_id: str = "nudge") -> NudgeState:
    with storage.read() as uow:
        return uow.nudges.get(nudge_id).state


def test_while_all_are_stopped_none_is_handed_over_and_the_ticks_have_nothing_to_do(
    storage: InMemoryStorage, settings: SettingsService, nudging: NudgingService
) -> None:
    plan(storage, a_nudge())
    assert settings.stop_nudges(lead(), now=NOW) == Stop(by="ULEAD", at=NOW)
    assert (nudging.next_due(NOW), nudging.queue_due(NOW + DAY), state(storage)) == (None, 0, NudgeState.PENDING)
    settings.start_nudges(lead(), now=NOW + DAY)
    assert (nudging.queue_due(NOW + DAY), state(storage)) == (1, NudgeState.QUEUED)


def test_what_is_in_the_outbox_already_is_held_back_too_and_comes_once_started_again(
    storage: InMemoryStorage, settings: SettingsService, nudging: NudgingService
) -> None:
    clock, slack = FakeClock(), FakeMessenger()
    delivery = DeliveryService(storage=storage, programme=Programme(), messenger=slack, clock=clock)
    plan(storage, a_nudge())
    nudging.queue_due(NOW)
    settings.stop_nudges(lead(), now=NOW)
    delivery.deliver()
    assert (slack.posts, state(storage)) == ([], NudgeState.PENDING)
    settings.start_nudges(lead(), now=NOW)
    clock.move_to(NOW + MINUTE)
    assert nudging.queue_due(clock.now()) == 1
    delivery.deliver()
    assert slack.kinds == ["first_session_unplanned"]
    assert slack.posts[0].message.state is OutboxState.SENDING


def test_what_lost_its_point_or_came_too_late_meanwhile_never_goes(
    storage: InMemoryStorage, settings: SettingsService, nudging: NudgingService
) -> None:
    plan(storage, a_nudge("answered"), a_nudge("late", kind=NudgeKind.STILL_GOING, useful_until=NOW + DAY))
    settings.stop_nudges(lead(), now=NOW)
    with storage.begin() as uow:
        uow.sessions.add(a_session())
        uow.commit()
    settings.start_nudges(lead(), now=NOW + 2 * DAY)
    assert nudging.queue_due(NOW + 2 * DAY) == 0
    assert state(storage, "answered") is NudgeState.CANCELLED


def test_the_first_stop_stands_and_both_ways_are_audited_once(
    storage: InMemoryStorage, settings: SettingsService
) -> None:
    assert settings.stop() is None
    settings.stop_nudges(lead(), now=NOW)
    assert settings.stop_nudges(lead("max"), now=NOW + DAY) == settings.stop() == Stop(by="ULEAD", at=NOW)
    settings.start_nudges(lead("max"), now=NOW + DAY)
    settings.start_nudges(lead(), now=NOW + DAY)
    assert settings.stop() is None
    with storage.read() as uow:
        entries = [(one.person_id, one.action) for one in uow.audit.latest(limit=9)]
    assert entries == [("max", "nudges_started"), (LEAD, "nudges_stopped")]


def test_the_week_is_foreseen_by_the_rules_that_send_and_nothing_is_sent_or_changed(
    storage: InMemoryStorage, settings: SettingsService, nudging: NudgingService
) -> None:
    plan(
        storage,
        a_nudge("first", useful_until=NOW + DAY),
        a_nudge("second", due_at=NOW + 4 * DAY),
        a_nudge("mentor's", person_id=MENTOR),
        a_nudge("pointless", kind=NudgeKind.NOTHING_PLANNED, person_id=MENTOR),
        a_nudge("next week", due_at=NOW + 8 * DAY),
    )
    before = [state(storage, one) for one in ("first", "second", "mentor's", "pointless")]
    week = settings.this_week(now=NOW)
    assert [(one.kind, one.messages, one.people) for one in week.kinds] == [(NudgeKind.FIRST_SESSION_UNPLANNED, 3, 2)]
    assert (week.messages, week.people, week.stop) == (3, 2, None)
    assert [state(storage, one) for one in ("first", "second", "mentor's", "pointless")] == before
    sent = sum(nudging.queue_due(NOW + hours * timedelta(hours=1)) for hours in range(7 * 24))
    assert sent == week.messages, "what was foreseen is what goes"


def test_a_stop_does_not_hide_what_would_go(storage: InMemoryStorage, settings: SettingsService) -> None:
    plan(storage, a_nudge())
    settings.stop_nudges(lead(), now=NOW)
    week = settings.this_week(now=NOW)
    assert (week.messages, week.stop) == (1, Stop(by="ULEAD", at=NOW))


def test_more_than_a_minute_takes_are_foreseen(storage: InMemoryStorage, settings: SettingsService) -> None:
    with storage.begin() as uow:
        for index in range(MOST_A_MINUTE + 5):
            uow.people.add(a_person(f"mentee{index}"))
            uow.participants.put(a_mentee(f"mentee{index}"))
            uow.pairings.add(a_pairing(f"pairing{index}", mentees=[f"mentee{index}"]))
            uow.nudges.plan([a_nudge(f"n{index}", person_id=f"mentee{index}", subject_id=f"pairing{index}")])
        uow.commit()
    assert settings.this_week(now=NOW).people == MOST_A_MINUTE + 5
