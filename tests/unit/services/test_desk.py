from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.access import Actor
from bot.domain.desk import MESSAGES_A_PAGE
from bot.domain.nudges import NudgeState
from bot.domain.outbox import LEASE, UNREADABLE, OutboxMessage, OutboxState
from bot.domain.pairings import EndReason
from bot.domain.rounds import Answer
from bot.domain.sessions import SessionState
from bot.errors import AlreadySettled, MaybeSent, NotFound, Refused
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from bot.services.desk import DeskService
from bot.services.home import HomeService
from bot.services.nudging import NudgingService
from tests.builders import (
    COHORT,
    LEAD,
    MENTEE,
    MENTOR,
    NOW,
    a_cohort,
    a_held_session,
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
from tests.fakes.slack import FakeClock, FakeMessenger
from tests.fakes.storage import InMemoryStorage

DAY = timedelta(days=1)
LEA = Actor(person_id=LEAD, user_id="ULEAD", team_id="T1", name="Léa", language="en", tz="Europe/Paris", is_lead=True)


class Office:
    """The desk, the delivery it looks after, and what they run on."""

    def __init__(self) -> None:
        self.storage = InMemoryStorage()
        self.clock = FakeClock()
        self.slack = FakeMessenger()
        self.delivery = DeliveryService(
            storage=self.storage, programme=Programme(), messenger=self.slack, clock=self.clock, chance=random.Random(1)
        )
        self.desk = DeskService(storage=self.storage, programme=Programme())
        with self.storage.begin() as uow:
            uow.cohorts.add(a_cohort())
            for person_id, participant in ((MENTOR, a_mentor()), (MENTEE, a_mentee())):
                uow.people.add(a_person(person_id))
                uow.participants.put(participant)
            uow.people.add(a_person(LEAD))
            uow.pairings.add(a_pairing())
            uow.commit()

    def post(self, *messages: OutboxMessage) -> None:
        with self.storage.begin() as uow:
            uow.outbox.add_many(messages)
            uow.commit()

    def row(self, message_id: str = "message") -> OutboxMessage:
        with self.storage.read() as uow:
            return uow.outbox.get(message_id)

    def park_in_doubt(self) -> None:
        """Have a message that may have arrived parked, since its conversation cannot be read."""
        self.slack.fail(MaybeSent("TimeoutError"))
        self.slack.unreadable = Refused("missing_scope")
        self.delivery.deliver()
        self.clock.move(seconds=LEASE.total_seconds())
        self.delivery.deliver()
        self.slack.unreadable = None


@pytest.fixture
def office() -> Office:
    return Office()


def test_what_was_refused_is_on_the_desk_without_what_it_says(office: Office) -> None:
    office.post(a_message(args={"pairing_id": "pairing"}))
    office.slack.fail(Refused("user_disabled"))
    office.delivery.deliver()
    desk = office.desk.desk(now=NOW)
    (one,) = desk.undelivered
    assert (one.conversation, one.kind, one.since, one.why) == ("UMENTEE", "introduction", NOW, "user_disabled")
    assert (one.may_be_there, one.is_ours, one.can_be_sent_again, desk.is_clear) == (False, False, True, False)


def test_what_was_refused_is_sent_again_once_asked_for(office: Office) -> None:
    office.post(a_message())
    office.slack.fail(Refused("user_disabled"))
    office.delivery.deliver()
    office.clock.move(minutes=1)
    office.desk.send_again(LEA, "message", now=office.clock.now())
    assert office.desk.desk(now=NOW).undelivered == ()
    office.delivery.deliver()
    assert (office.slack.ids, office.row().state, office.row().attempts) == (["message"], OutboxState.SENT, 1)


@pytest.mark.parametrize("arrived", [True, False])
def test_what_may_have_arrived_is_looked_for_before_it_is_posted_again(office: Office, arrived: bool) -> None:
    office.post(a_message())
    office.slack.arrives_all_the_same = arrived
    office.park_in_doubt()
    (one,) = office.desk.desk(now=NOW).undelivered
    assert (one.why, one.may_be_there) == (f"{UNREADABLE}: missing_scope", True)
    office.desk.send_again(LEA, "message", now=office.clock.now())
    office.delivery.deliver()
    assert (office.slack.ids, office.row().state) == (["message"], OutboxState.SENT)


def test_what_may_have_arrived_goes_back_on_the_desk_while_nothing_can_be_read(office: Office) -> None:
    office.post(a_message())
    office.slack.arrives_all_the_same = True
    office.park_in_doubt()
    office.slack.unreadable = Refused("missing_scope")
    office.desk.send_again(LEA, "message", now=office.clock.now())
    office.delivery.deliver()
    assert (len(office.slack.posts), office.row().state) == (1, OutboxState.PARKED)


def test_a_fault_of_ours_is_told_as_one_and_goes_once_mended(office: Office) -> None:
    office.post(a_message())
    office.slack.undrawable = ValueError("what somebody wrote")
    office.delivery.deliver()
    office.slack.undrawable = None
    (one,) = office.desk.desk(now=NOW).undelivered
    assert (one.is_ours, one.why) == (True, "ValueError")
    office.clock.move(minutes=1)
    office.desk.send_again(LEA, "message", now=office.clock.now())
    office.delivery.deliver()
    assert office.slack.ids == ["message"]


def test_what_may_stand_in_a_channel_can_only_be_dropped(office: Office) -> None:
    office.post(a_message(to=None, kind="digest_posted", args={"cohort_id": COHORT, "period": "week", "by": LEAD}))
    office.park_in_doubt()
    (one,) = office.desk.desk(now=NOW).undelivered
    assert (one.conversation, one.may_be_there, one.can_be_sent_again) == ("C1", True, False)
    with pytest.raises(AlreadySettled):
        office.desk.send_again(LEA, "message", now=NOW)
    office.desk.drop(LEA, "message", now=NOW)
    assert office.desk.desk(now=NOW).undelivered == ()


def test_a_message_sent_again_goes_before_those_that_wait_behind_it(office: Office) -> None:
    office.post(a_message("older"))
    office.slack.fail(Refused("user_disabled"))
    office.delivery.deliver()
    office.post(a_message("newer"))
    office.desk.send_again(LEA, "older", now=NOW)
    for _ in range(2):
        office.clock.move(seconds=1)
        office.delivery.deliver()
    assert office.slack.ids == ["older", "newer"]


def test_it_is_checked_again_that_the_message_should_still_go(office: Office) -> None:
    office.post(a_message())
    office.slack.fail(Refused("user_disabled"))
    office.delivery.deliver()
    with office.storage.begin() as uow:
        uow.pairings.save(a_pairing().ended(EndReason.CHANGED, now=NOW))
        uow.commit()
    office.desk.send_again(LEA, "message", now=NOW)
    office.clock.move(seconds=1)
    office.delivery.deliver()
    assert (office.slack.posts, office.row().state) == ([], OutboxState.OBSOLETE)


def test_a_nudge_sent_again_counts_in_the_budget_and_waits_for_working_hours(office: Office) -> None:
    with office.storage.begin() as uow:
        uow.nudges.plan([a_nudge()])
        uow.commit()
    assert NudgingService(storage=office.storage, programme=Programme()).queue_due(NOW) == 1
    office.slack.fail(Refused("user_disabled"))
    office.delivery.deliver()
    (one,) = office.desk.desk(now=NOW).undelivered
    office.clock.move(hours=12)
    office.desk.send_again(LEA, one.message_id, now=office.clock.now())
    office.delivery.deliver()
    with office.storage.read() as uow:
        nudge = uow.nudges.get("nudge")
    assert (office.slack.posts, nudge.state) == ([], NudgeState.PENDING), "it comes by itself in the morning"
    assert nudge.due_at == NOW + timedelta(hours=23, minutes=30)


@pytest.mark.parametrize("act", [DeskService.send_again, DeskService.drop], ids=["again", "drop"])
def test_a_message_is_seen_to_once(office: Office, act: Callable[..., None]) -> None:
    office.post(a_message())
    office.slack.fail(Refused("user_disabled"))
    office.delivery.deliver()
    office.desk.drop(LEA, "message", now=NOW)
    with pytest.raises(AlreadySettled):
        act(office.desk, LEA, "message", now=NOW)
    with pytest.raises(NotFound):
        act(office.desk, LEA, "made up", now=NOW)


def test_a_message_that_arrived_cannot_be_sent_again(office: Office) -> None:
    office.post(a_message())
    office.delivery.deliver()
    with pytest.raises(AlreadySettled):
        office.desk.send_again(LEA, "message", now=NOW)


def test_both_ways_are_audited_by_id_alone(office: Office) -> None:
    office.post(a_message("one"), a_message("other", to=MENTOR))
    office.slack.fail(Refused("user_disabled"), Refused("user_disabled"))
    office.delivery.deliver()
    office.desk.send_again(LEA, "one", now=NOW)
    office.desk.drop(LEA, "other", now=NOW)
    with office.storage.read() as uow:
        entries = [(one.person_id, one.action, one.resource, one.outcome) for one in uow.audit.latest(limit=9)]
    assert entries == [(LEAD, "message_dropped", "other", "done"), (LEAD, "message_sent_again", "one", "done")]


def test_home_tabs_and_what_has_expired_are_not_missed(office: Office) -> None:
    office.post(a_message("home", kind="home", state=OutboxState.ABANDONED))
    office.post(a_message("late", state=OutboxState.ABANDONED, expires_at=NOW))
    assert office.desk.desk(now=NOW).undelivered_in_all == 0


def test_messages_come_in_pages_and_a_page_gone_is_the_last_there_is(office: Office) -> None:
    office.post(*(a_message(str(one), state=OutboxState.ABANDONED) for one in range(MESSAGES_A_PAGE + 1)))
    desk = office.desk.desk(now=NOW, page=7)
    assert (desk.page, desk.pages, desk.undelivered_in_all) == (1, 2, MESSAGES_A_PAGE + 1)
    assert [one.message_id for one in desk.undelivered] == ["0"], "the latest come first"


def test_pairings_that_stand_still_silence_and_who_waits_are_on_the_desk(office: Office) -> None:
    with office.storage.begin() as uow:
        for person_id in ("ana", "ben", "chloe"):
            uow.people.add(a_person(person_id))
        uow.pairings.add(a_pairing("met", mentors=["ana"], mentees=["ben"]))
        uow.sessions.add(a_held_session(pairing_id="met", mentors=["ana"], mentees=["ben"], held_at=NOW))
        asked = [an_asked_proposal(one, mentees=["chloe"], asked_at=NOW + 20 * DAY) for one in ("one", "another")]
        uow.rounds.add(a_round(), asked)
        uow.pairings.add(a_pairing("perhaps", mentors=["ana"], mentees=["chloe"]))
        perhaps = a_session("perhaps", pairing_id="perhaps", mentors=["ana"], mentees=["chloe"])
        uow.sessions.add(replace(perhaps, state=SessionState.UNCONFIRMED))
        uow.commit()
    desk = office.desk.desk(now=NOW + 22 * DAY)
    assert [(one.mentors, one.mentees, one.since) for one in desk.unplanned] == [(("UMENTOR",), ("UMENTEE",), NOW)]
    assert [(one.mentors, one.mentees, one.since, one.unconfirmed) for one in desk.quiet] == [
        (("UANA",), ("UBEN",), NOW, False),
        (("UANA",), ("UCHLOE",), NOW + DAY, True),
    ]
    assert [(one.user_id, one.asked_at, one.proposals) for one in desk.unanswered] == [("UCHLOE", NOW + 20 * DAY, 2)]
    assert desk.waiting == 1


def test_after_the_last_day_who_waits_is_promised_no_round(office: Office) -> None:
    until = a_cohort().ends_on - NOW.date()
    last, after = (office.desk.desk(now=NOW + until + days * DAY) for days in (0, 1))
    assert (last.waiting, last.no_more_rounds) == (after.waiting, False)
    assert after.no_more_rounds


def test_whoever_was_asked_about_somebody_is_not_waiting_until_they_say_no(office: Office) -> None:
    with office.storage.begin() as uow:
        for person_id in ("ben", "chloe"):
            uow.people.add(a_person(person_id))
            uow.participants.put(a_mentee(person_id))
        asked = an_asked_proposal(mentees=["ben"])
        uow.rounds.add(a_round(), [asked])
        uow.commit()
    assert office.desk.desk(now=NOW).waiting == 2, "the mentee of the office and Chloé"
    home = HomeService(storage=office.storage, programme=Programme(leads=frozenset({"ULEAD"}))).home(LEAD, NOW)
    assert home.lead is not None
    assert home.lead.figures is not None
    assert home.lead.figures.waiting == 2
    with office.storage.begin() as uow:
        uow.rounds.save_proposal(asked.answered("ben", Answer.NO, now=NOW))
        uow.commit()
    assert office.desk.desk(now=NOW).waiting == 3


def test_a_seat_that_a_proposal_gives_back_is_on_the_desk_while_somebody_waits(office: Office) -> None:
    with office.storage.begin() as uow:
        uow.people.add(a_person("ben"))
        uow.participants.put(a_mentee("ben"))
        uow.participants.put(a_mentor(seats=2))
        asked = an_asked_proposal(mentees=["ben"])
        uow.rounds.add(a_round(), [asked])
        uow.commit()
    desk = office.desk.desk(now=NOW)
    assert (desk.waiting, desk.seats) == (1, 0), "one paired, one asked"
    with office.storage.begin() as uow:
        uow.rounds.save_proposal(asked.lapsed(now=NOW + 3 * DAY))
        uow.commit()
    desk = office.desk.desk(now=NOW + 3 * DAY)
    assert (desk.waiting, desk.seats) == (2, 1)
    until = a_cohort().ends_on - NOW.date()
    assert office.desk.desk(now=NOW + until + DAY).seats == 0, "no round is left to fill it"


def test_without_a_cohort_the_desk_still_shows_messages() -> None:
    storage = InMemoryStorage()
    with storage.begin() as uow:
        uow.outbox.add(a_message(state=OutboxState.ABANDONED, last_error="user_disabled"))
        uow.commit()
    desk = DeskService(storage=storage, programme=Programme()).desk(now=NOW)
    assert (desk.undelivered_in_all, desk.waiting) == (1, 0)
