from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain.access import Actor
from bot.domain.forecast import Stop
from bot.domain.nudges import MOST_A_MINUTE, Nudge, NudgeKind, NudgeState, after_asking, after_planning
from bot.domain.outbox import OutboxState
from bot.domain.people import Role
from bot.domain.policy import NudgePolicy
from bot.domain.rounds import Proposal
from bot.domain.working_time import CLOSES, OPENS, WorkingTime
from bot.errors import TooFewHours
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from bot.services.nudging import NudgingService
from bot.services.settings import SettingsService
from tests.builders import (
    LEAD,
    MENTEE,
    MENTOR,
    NOW,
    a_mentee,
    a_nudge,
    a_pairing,
    a_person,
    a_proposal,
    a_round,
    a_session,
    an_actor,
)
from tests.fakes.slack import FakeClock, FakeMessenger
from tests.fakes.storage import InMemoryStorage

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")


def lead(person_id: str = LEAD) -> Actor:
    return an_actor(person_id, is_lead=True)


@pytest.fixture
def storage(storage: InMemoryStorage) -> InMemoryStorage:
    with storage.begin() as uow:
        uow.people.add(a_person(LEAD))
        uow.people.add(a_person("max"))
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
    assert settings.shown().stop is None
    settings.stop_nudges(lead(), now=NOW)
    assert settings.stop_nudges(lead("max"), now=NOW + DAY) == settings.shown().stop == Stop(by="ULEAD", at=NOW)
    settings.start_nudges(lead("max"), now=NOW + DAY)
    settings.start_nudges(lead(), now=NOW + DAY)
    assert settings.shown().stop is None
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


def policy(settings: SettingsService, **changes: Any) -> None:
    wanted = {"opens": OPENS, "closes": CLOSES, "a_week": 3, "never": (), **changes}
    settings.set_policy(lead(), now=NOW, **wanted)


def test_a_policy_narrows_hours_and_numbers_and_never_widens_them(
    storage: InMemoryStorage, settings: SettingsService, nudging: NudgingService
) -> None:
    plan(storage, a_nudge("one"), a_nudge("two", due_at=NOW + 2 * DAY))
    policy(settings, opens=time(14), closes=time(20), a_week=9)
    assert settings.shown().policy == NudgePolicy(opens=time(14), a_week=3)
    policy(settings, opens=time(14), a_week=1)
    assert nudging.queue_due(NOW) == 0, "it is morning"
    sent = [hour for hour in range(8 * 24) if nudging.queue_due(NOW + hour * timedelta(hours=1))]
    assert len(sent) == 2
    assert sent[1] - sent[0] >= 7 * 24
    local = (NOW + sent[0] * timedelta(hours=1)).astimezone(PARIS)
    assert time(14) <= local.time() < CLOSES


def test_a_kind_that_is_never_sent_is_cancelled_when_due(
    storage: InMemoryStorage, settings: SettingsService, nudging: NudgingService
) -> None:
    plan(storage, a_nudge())
    policy(settings, never=[NudgeKind.FIRST_SESSION_UNPLANNED])
    assert (nudging.queue_due(NOW), state(storage)) == (0, NudgeState.CANCELLED)


def test_no_nudge_comes_on_a_day_off(
    storage: InMemoryStorage, settings: SettingsService, nudging: NudgingService
) -> None:
    plan(storage, a_nudge())
    settings.add_days_off(lead(), NOW.date(), NOW.date() + DAY, now=NOW)
    sent = [hour for hour in range(4 * 24) if nudging.queue_due(NOW + hour * timedelta(hours=1))]
    assert [(NOW + hour * timedelta(hours=1)).date() for hour in sent] == [NOW.date() + 2 * DAY]


def test_a_lead_who_adds_days_off_is_told_how_many_planned_sessions_fall_on_them(
    storage: InMemoryStorage, settings: SettingsService
) -> None:
    tuesday = NOW.date() + DAY
    with storage.begin() as uow:
        for name, starts_at in (("before", NOW + DAY), ("on", NOW + 2 * DAY), ("saturday", NOW + 5 * DAY)):
            uow.sessions.add(a_session(name, starts_at=starts_at))
        uow.sessions.add(a_session("off", starts_at=NOW + 2 * DAY).cancelled(by=MENTEE, now=NOW))
        uow.commit()
    assert settings.shown().falls_on == 0
    assert settings.add_days_off(lead(), tuesday + DAY, tuesday + 4 * DAY, now=NOW).falls_on == 1
    assert settings.add_days_off(lead(), tuesday, tuesday + 4 * DAY, now=NOW).falls_on == 1, "the others were told"
    assert settings.shown().falls_on == 0


def test_a_reminder_moves_to_before_the_days_off_and_back(storage: InMemoryStorage, settings: SettingsService) -> None:
    session = a_session(starts_at=NOW + 3 * DAY)
    times = {one: WorkingTime(tz="Europe/Paris", country="FR") for one in session.person_ids}
    planned = after_planning(session, times, now=NOW)
    reminder = next(one for one in planned if one.kind is NudgeKind.BEFORE_SESSION and one.person_id == MENTEE)
    snoozed = replace(reminder, id="snoozed", period="snoozed")
    with storage.begin() as uow:
        uow.sessions.add(session)
        uow.commit()
    plan(storage, *planned, snoozed)
    before = session.starts_at.date() - DAY
    settings.add_days_off(lead(), before, before, now=NOW)
    assert due_on(storage, reminder.id) == before - DAY
    assert due_on(storage, "snoozed") == before, "whoever chose a day keeps it, or the next one that is open"
    settings.remove_days_off(lead(), before, now=NOW)
    assert due_on(storage, reminder.id) == before


def test_whoever_was_asked_gets_three_working_days_whatever_days_off_come_and_keeps_them(
    storage: InMemoryStorage, settings: SettingsService
) -> None:
    proposal, reminder = ask(storage)
    plan(storage, reminder)
    settings.add_days_off(lead(), NOW.date() + DAY, NOW.date() + DAY, now=NOW)
    assert expires_at(storage, proposal.id) == NOW + 4 * DAY
    assert due_on(storage, reminder.id) == NOW.date() + 3 * DAY
    settings.remove_days_off(lead(), NOW.date() + DAY, now=NOW)
    assert expires_at(storage, proposal.id) == NOW + 4 * DAY, "nobody gets less time than they were told"
    assert due_on(storage, reminder.id) == NOW.date() + 2 * DAY


def test_no_reminder_is_moved_to_when_it_was_in_the_outbox_before(
    storage: InMemoryStorage, settings: SettingsService
) -> None:
    """It was handed over, held back by the stop, and is due anew: at its first time it would have its first key."""
    _, reminder = ask(storage)
    plan(storage, reminder.put_off(reminder.due_at + 3 * MINUTE))
    settings.set_policy(lead(), opens=OPENS, closes=CLOSES, a_week=2, never=(), now=reminder.due_at + 2 * MINUTE)
    with storage.read() as uow:
        assert uow.nudges.get(reminder.id).due_at == reminder.due_at + 3 * MINUTE


def test_a_refused_policy_changes_nothing(storage: InMemoryStorage, settings: SettingsService) -> None:
    with pytest.raises(TooFewHours):
        policy(settings, opens=time(11), closes=time(12))
    assert settings.shown().policy == NudgePolicy()
    with storage.read() as uow:
        assert uow.audit.latest(limit=9) == []


def ask(storage: InMemoryStorage) -> tuple[Proposal, Nudge]:
    """Have the mentee asked at NOW; return the proposal and its reminder, not planned yet."""
    proposal = a_proposal().asked(role=Role.MENTEE, now=NOW, expires_at=NOW + 3 * DAY)
    with storage.begin() as uow:
        uow.rounds.add(a_round(), [proposal])
        uow.commit()
    [reminder] = after_asking(proposal, [MENTEE], {MENTEE: WorkingTime(tz="Europe/Paris", country="FR")}, now=NOW)
    return proposal, reminder


def due_on(storage: InMemoryStorage, nudge_id: str) -> date:
    with storage.read() as uow:
        return uow.nudges.get(nudge_id).due_at.astimezone(PARIS).date()


def expires_at(storage: InMemoryStorage, proposal_id: str) -> datetime | None:
    with storage.read() as uow:
        return uow.rounds.proposal(proposal_id).expires_at
