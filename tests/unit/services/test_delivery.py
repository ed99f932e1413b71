from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from bot.domain.nudges import MOST_A_MINUTE, Nudge, NudgeKind, NudgeState
from bot.domain.outbox import HOME, HTTP_TIMEOUT, LEASE, MOST_ATTEMPTS, Lane, OutboxMessage, OutboxState, wait_after
from bot.domain.pace import BURST, Pace
from bot.domain.pairings import EndReason, GoOn
from bot.errors import InstallationGone, MaybeSent, RateLimited, Refused, Unreachable
from bot.ports import Sent
from bot.services.base import Programme
from bot.services.delivery import DeliveryService, Outcome
from bot.services.nudging import NudgingService
from bot.services.pairings import PairingService
from bot.services.sessions import SessionService
from tests.builders import (
    MENTEE,
    MENTOR,
    NOW,
    PAIRING,
    SESSION,
    a_cohort,
    a_mentee,
    a_mentor,
    a_message,
    a_nudge,
    a_pairing,
    a_person,
    a_session,
    an_actor,
)
from tests.fakes.slack import FakeClock, FakeMessenger
from tests.fakes.storage import InMemoryStorage

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Office:
    """A delivery service, what it runs on, and what came of it."""

    def __init__(self) -> None:
        self.storage = InMemoryStorage()
        self.clock = FakeClock()
        self.slack = FakeMessenger(clock=self.clock)
        self.service = DeliveryService(
            storage=self.storage, programme=Programme(), messenger=self.slack, clock=self.clock, chance=random.Random(1)
        )
        with self.storage.begin() as uow:
            uow.cohorts.add(a_cohort())
            for person_id, participant in ((MENTOR, a_mentor()), (MENTEE, a_mentee())):
                uow.people.add(a_person(person_id, language="fr" if person_id == MENTEE else "en"))
                uow.participants.put(participant)
            uow.pairings.add(a_pairing())
            uow.commit()

    def post(self, *messages: OutboxMessage) -> None:
        with self.storage.begin() as uow:
            uow.outbox.add_many(messages)
            uow.commit()

    def introduce(self, count: int) -> None:
        """Have a message each for *count* people in the outbox: ``message0`` and so on."""
        people = [f"mentee{index}" for index in range(count)]
        self.pair_up(*people)
        self.post(
            *(a_message(f"message{n}", to=one, args={"pairing_id": one}) for n, one in enumerate(people)),
        )

    def pair_up(self, *people: str) -> None:
        """Have *people* take part, each in a pairing with the mentor that is called as they are."""
        with self.storage.begin() as uow:
            for person in people:
                uow.people.add(a_person(person))
                uow.participants.put(a_mentee(person))
                uow.pairings.add(a_pairing(person, mentees=[person]))
            uow.commit()

    def row(self, message_id: str = "message") -> OutboxMessage:
        with self.storage.read() as uow:
            return uow.outbox.get(message_id)

    def run(self, duration: timedelta) -> None:
        """Deliver as the timetable would, whenever something is due."""
        end = self.clock.now() + duration
        while (due := self.service.next_due(self.clock.now())) is not None:
            moment = max(due, self.clock.now() + SECOND)
            if moment > end:
                self.clock.move_to(end)
                break
            self.clock.move_to(moment)
            self.service.deliver()


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_due_message_is_composed_posted_and_finished(office: Office) -> None:
    office.post(a_message())
    assert office.service.deliver() == 1
    (post,) = office.slack.posts
    assert (type(post.letter).__name__, post.language, post.tz) == ("Introduction", "fr", "Europe/Paris")
    row = office.row()
    assert (row.state, row.ts, row.channel_id, row.sent_at) == (OutboxState.SENT, "1.0", "DUMENTEE", NOW)


def test_delivering_again_sends_nothing_again(office: Office) -> None:
    office.post(a_message())
    assert [office.service.deliver(), office.service.deliver()] == [1, 0]
    assert len(office.slack.posts) == 1


def test_a_conversation_keeps_its_order_one_a_second(office: Office) -> None:
    office.post(*(a_message(f"message{index}") for index in range(3)))
    office.service.deliver()
    assert office.slack.ids == ["message0"]
    office.run(timedelta(seconds=5))
    assert office.slack.ids == ["message0", "message1", "message2"]
    assert office.clock.now() == NOW + 2 * SECOND


def test_a_burst_is_small_and_then_one_goes_a_second(office: Office) -> None:
    office.introduce(20)
    office.service.deliver()
    assert len(office.slack.posts) == 5
    office.clock.move(seconds=3)
    office.service.deliver()
    assert len(office.slack.posts) == 8
    office.run(timedelta(seconds=15))
    assert len(office.slack.posts) == 20


def test_what_has_nothing_to_say_any_more_is_obsolete(office: Office) -> None:
    with office.storage.begin() as uow:
        uow.pairings.save(a_pairing().ended(EndReason.CHANGED, now=NOW))
        uow.commit()
    office.post(a_message())
    office.service.deliver()
    assert (office.slack.posts, office.row().state) == ([], OutboxState.OBSOLETE)


def test_what_it_was_about_being_gone_makes_it_obsolete(office: Office) -> None:
    office.post(a_message(args={"pairing_id": "nowhere"}))
    office.service.deliver()
    assert (office.slack.posts, office.row().state) == ([], OutboxState.OBSOLETE)


@pytest.mark.parametrize("how", ["left", "deactivated"])
def test_nothing_is_sent_to_those_who_left_since(office: Office, how: str) -> None:
    office.post(a_message())
    with office.storage.begin() as uow:
        if how == "left":
            uow.participants.put(a_mentee().left(now=NOW))
        else:
            uow.people.save(a_person(MENTEE, is_deactivated=True))
        uow.commit()
    office.service.deliver()
    assert (office.slack.posts, office.row().state) == ([], OutboxState.OBSOLETE)


def test_an_expired_message_is_not_sent(office: Office) -> None:
    office.post(a_message(expires_at=NOW))
    office.service.deliver()
    assert (office.slack.posts, office.row().last_error) == ([], "expired")


def test_a_message_that_cannot_be_composed_is_parked_and_holds_up_nobody(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.post(a_message("broken", args={}), a_message("fine", to=MENTOR))
    office.service.deliver()
    assert (office.row("broken").state, office.row("broken").last_error) == (OutboxState.PARKED, "KeyError")
    assert office.slack.ids == ["fine"]
    assert "broken" in caplog.text


def test_a_fault_of_ours_in_drawing_parks_too(office: Office) -> None:
    office.post(a_message())
    office.slack.undrawable = ValueError("what somebody wrote")
    office.service.deliver()
    assert (office.row().state, office.row().last_error) == (OutboxState.PARKED, "ValueError")


@pytest.mark.parametrize("arrived", [True, False])
def test_after_a_fault_of_ours_while_it_was_sent_a_message_is_looked_up_and_posted_once(
    office: Office, arrived: bool, caplog: pytest.LogCaptureFixture
) -> None:
    office.post(a_message(), a_message("behind"))
    office.slack.arrives_all_the_same = arrived
    office.slack.fail(ValueError("what somebody wrote"))
    office.service.deliver()
    assert (office.row().state, office.row().last_error) == (OutboxState.SENDING, "ValueError")
    assert "ValueError" in caplog.text
    assert "what somebody wrote" not in caplog.text
    office.run(LEASE + MINUTE)
    assert office.slack.ids == ["message", "behind"]
    assert office.row().state is OutboxState.SENT


def test_a_message_whose_sending_fails_by_a_fault_of_ours_each_time_is_abandoned_and_told(office: Office) -> None:
    office.post(a_message())
    office.slack.fail(*[ValueError("what somebody wrote")] * 20)
    office.run(timedelta(hours=2))
    assert (office.row().state, office.row().last_error) == (OutboxState.ABANDONED, "ValueError")


def test_a_fault_of_ours_in_looking_a_message_up_is_no_reason_to_post_it_again(office: Office) -> None:
    office.post(a_message())
    office.slack.fail(MaybeSent("TimeoutError"))
    office.slack.unreadable = ValueError("what somebody wrote")
    office.run(timedelta(minutes=2))
    assert office.row().state is OutboxState.PENDING, "it may be mended by the next try"
    office.run(timedelta(hours=8))
    assert (office.row().state, office.row().last_error) == (OutboxState.PARKED, "unreadable history: ValueError")
    assert office.slack.posts == []


def test_a_refusal_abandons(office: Office) -> None:
    office.post(a_message())
    office.slack.fail(Refused("user_disabled"))
    office.service.deliver()
    assert (office.row().state, office.row().last_error) == (OutboxState.ABANDONED, "user_disabled")


def test_a_rate_limit_is_waited_out_while_others_go_on(office: Office) -> None:
    office.post(a_message("limited"), a_message("behind"), a_message("other", to=MENTOR))
    office.slack.fail(RateLimited("ratelimited", retry_after=30))
    office.service.deliver()
    row = office.row("limited")
    assert (row.state, row.due_at, row.attempts) == (OutboxState.PENDING, NOW + 30 * SECOND, 0)
    office.run(timedelta(seconds=20))
    assert office.slack.ids == ["other"]
    office.run(timedelta(seconds=20))
    assert office.slack.ids == ["other", "limited", "behind"]
    assert office.row("limited").sent_at == NOW + 30 * SECOND


def test_waits_double_to_an_hour_with_chance() -> None:
    chance = random.Random(1)
    for attempts in range(1, 20):
        longest = min(timedelta(seconds=30 * 2 ** (attempts - 1)), timedelta(hours=1))
        assert longest / 2 <= wait_after(attempts, chance=chance) <= longest


def test_while_slack_is_out_of_reach_nothing_is_tried_and_no_try_counts(office: Office) -> None:
    office.post(a_message(), a_message("other", to=MENTOR))
    office.slack.fail(*[Unreachable("ConnectionRefusedError")] * 1_000)
    office.run(timedelta(hours=2))
    assert office.slack.posts == []
    assert office.slack.calls <= 2 * 60 * 4 + 1
    office.slack.failures.clear()
    office.run(timedelta(minutes=1))
    assert sorted(office.slack.ids) == ["message", "other"]


def test_a_revoked_installation_stops_delivery_for_a_minute_and_keeps_everything(office: Office) -> None:
    office.post(a_message(), a_message("other", to=MENTOR))
    office.slack.fail(InstallationGone("token_revoked"))
    office.service.deliver()
    assert office.slack.calls == 1
    assert {office.row().state, office.row("other").state} == {OutboxState.PENDING}
    assert office.service.next_due(NOW) == NOW + timedelta(minutes=1)
    office.run(timedelta(minutes=2))
    assert sorted(office.slack.ids) == ["message", "other"]
    assert office.row().attempts == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_what_may_have_arrived_is_looked_up_when_its_lease_ends_and_is_posted_once(
    office: Office, arrived: bool
) -> None:
    office.post(a_message(), a_message("behind"))
    office.slack.arrives_all_the_same = arrived
    office.slack.fail(MaybeSent("TimeoutError"))
    office.service.deliver()
    assert office.row().state is OutboxState.SENDING
    office.run(LEASE - SECOND)
    assert office.slack.calls == 1, "nothing is asked before the lease has ended, and nothing overtakes"
    office.run(MINUTE)
    assert office.slack.ids == ["message", "behind"]
    assert (office.row().state, office.row().ts) == (OutboxState.SENT, "1.0")


def test_a_message_whose_sender_died_is_looked_up(office: Office) -> None:
    office.post(a_message())
    with office.storage.begin() as uow:
        uow.outbox.claim_due(now=NOW, limit=1, lease=LEASE)
        uow.commit()
    office.run(LEASE + SECOND)
    assert office.slack.ids == ["message"]
    assert office.slack.calls == 2
    assert office.row().state is OutboxState.SENT


class IllMessenger(FakeMessenger):
    """On the days when Slack answers 503 to every post until *well_at*; what was posted can be read."""

    def __init__(self, clock: FakeClock, *, well_at: datetime) -> None:
        super().__init__(clock=clock)
        self.well_at = well_at
        self.tried: list[datetime] = []

    def send(self, message: OutboxMessage, *args: object, **kwargs: object) -> Sent:
        self.tried.append(self.clock.now())
        if self.clock.now() < self.well_at:
            raise MaybeSent("http_503")
        return super().send(message, *args, **kwargs)  # type: ignore[arg-type]


def falls_ill(office: Office, duration: timedelta) -> IllMessenger:
    office.slack = ill = IllMessenger(office.clock, well_at=NOW + duration)
    office.service = replace(office.service, messenger=ill)
    return ill


class PickyMessenger(IllMessenger):
    """Fails each time on those that are *bad*, and takes all others."""

    def __init__(self, clock: FakeClock, bad: set[str]) -> None:
        super().__init__(clock, well_at=NOW)
        self.bad = bad

    def send(self, message: OutboxMessage, *args: object, **kwargs: object) -> Sent:
        self.well_at = NOW + timedelta(days=1) if message.id in self.bad else NOW
        return super().send(message, *args, **kwargs)


def fails_for(office: Office, *bad: str) -> PickyMessenger:
    office.slack = picky = PickyMessenger(office.clock, set(bad))
    office.service = replace(office.service, messenger=picky)
    return picky


def test_what_fails_while_others_arrive_is_tried_eight_times_then_abandoned(office: Office) -> None:
    slack = fails_for(office, "message")
    others = [a_message(f"other{n}", to=MENTOR, due_at=NOW + n * MINUTE) for n in range(240)]
    office.post(a_message(), *others)
    office.run(timedelta(hours=4))
    assert len(slack.posts) == len(others)
    assert len(slack.tried) - len(slack.posts) == MOST_ATTEMPTS
    assert (office.row().state, office.row().last_error) == (OutboxState.ABANDONED, "http_503")


def test_what_fails_while_nothing_arrives_is_tried_ever_later_and_not_given_up(office: Office) -> None:
    slack = falls_ill(office, timedelta(hours=9))
    office.post(a_message())
    office.run(timedelta(hours=11))
    *in_vain, arrived = slack.tried
    waits = [later - sooner - LEASE for sooner, later in pairwise(in_vain)]
    longest = [min(30 * SECOND * 2**n, timedelta(hours=1)) for n in range(len(waits))]
    assert all(most / 2 <= wait <= most + 2 * SECOND for wait, most in zip(waits, longest, strict=True))
    assert arrived - slack.well_at <= timedelta(hours=1) + LEASE
    assert slack.ids == ["message"]


def test_some_that_always_fail_do_not_keep_others_from_arriving(office: Office) -> None:
    slack = fails_for(office, "message0", "message1", "message2")
    office.introduce(4)
    office.run(MINUTE)
    assert slack.ids == ["message3"]
    for hours in range(1, 6):
        office.post(a_message(f"later{hours}", to=MENTOR, due_at=NOW + hours * timedelta(hours=1)))
    office.run(timedelta(hours=6))
    late = [post.at - post.message.due_at for post in slack.posts[1:]]
    assert len(late) == 5
    assert max(late) <= timedelta(minutes=10)


@pytest.mark.parametrize("ill_for", [timedelta(minutes=15), timedelta(hours=9)], ids=str)
def test_while_slack_itself_is_ill_no_message_is_given_up_and_few_are_tried(office: Office, ill_for: timedelta) -> None:
    slack = falls_ill(office, ill_for)
    office.introduce(20)
    office.run(ill_for + timedelta(hours=1))
    rows = [office.row(f"message{index}") for index in range(20)]
    assert {row.state for row in rows} == {OutboxState.SENT}
    assert len(slack.posts) == 20
    in_vain = [moment for moment in slack.tried if moment < slack.well_at]
    assert len(in_vain) <= 10 + ill_for / timedelta(minutes=4)


def test_nudges_that_always_fail_keep_no_letter_waiting(office: Office) -> None:
    people = [f"mentee{number}" for number in range(5)]
    slack = fails_for(office)
    office.pair_up(*people)
    with office.storage.begin() as uow:
        uow.nudges.plan(a_nudge(person, person_id=person, subject_id=person) for person in people)
        uow.commit()
    NudgingService(storage=office.storage, programme=Programme()).queue_due(NOW)
    slack.bad = {one.id for one in office.storage._tables.outbox.values()}
    office.run(timedelta(minutes=10))
    office.post(
        *(
            a_message(
                f"letter{n}",
                to=f"one{n}",
                person_id=None,
                kind="not_posted",
                args={"channel_id": "C1", "code": "x"},
                due_at=office.clock.now(),
            )
            for n in range(20)
        )
    )
    posted_at = office.clock.now()
    office.run(timedelta(minutes=5))
    assert len(slack.posts) == 20
    assert max(post.at for post in slack.posts) <= posted_at + timedelta(seconds=40)


def test_what_fails_though_nothing_else_arrives_is_told_of_after_a_day(office: Office) -> None:
    slack = falls_ill(office, timedelta(days=3))
    office.post(a_message())
    office.run(timedelta(days=1))
    assert office.row().state in {OutboxState.PENDING, OutboxState.SENDING}
    office.run(timedelta(hours=12))
    assert office.row().state is OutboxState.ABANDONED
    assert slack.posts == []


def test_a_failure_now_and_then_lets_nothing_rest_while_others_arrive(office: Office) -> None:
    slack = fails_for(office, "message0", "message9", "message18", "message27")
    office.introduce(40)
    office.run(MINUTE)
    assert len(slack.posts) == 36
    assert max(post.at for post in slack.posts) <= NOW + 40 * SECOND
    slack.bad.clear()
    office.run(timedelta(minutes=10))
    assert len(slack.posts) == 40


def test_where_history_cannot_be_read_a_message_in_doubt_is_parked_never_sent_again(office: Office) -> None:
    office.post(a_message(), a_message("behind"))
    office.slack.fail(MaybeSent("TimeoutError"))
    office.slack.unreadable = Refused("missing_scope")
    office.service.deliver()
    office.run(timedelta(minutes=5))
    assert (office.row().state, office.row().last_error) == (OutboxState.PARKED, "unreadable history: missing_scope")
    assert office.slack.ids == ["behind"]


def test_history_out_of_order_is_tried_again_before_giving_up(office: Office) -> None:
    office.post(a_message())
    office.slack.arrives_all_the_same = True
    office.slack.fail(MaybeSent("TimeoutError"))
    office.slack.unreadable = MaybeSent("http_503")
    office.service.deliver()
    office.run(timedelta(minutes=2))
    assert office.row().state is OutboxState.PENDING
    office.slack.unreadable = None
    office.run(timedelta(hours=4))
    assert (len(office.slack.posts), office.row().state) == (1, OutboxState.SENT)


class SlowMessenger(FakeMessenger):
    """Takes as long as it may, so that the lease of what waits behind runs out."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock

    def send(self, message: OutboxMessage, *args: object, **kwargs: object) -> Sent:
        sent = super().send(message, *args, **kwargs)  # type: ignore[arg-type]
        self.clock.move(seconds=40)
        return sent


def test_nothing_is_sent_on_a_lease_that_is_about_to_end(office: Office) -> None:
    slow = SlowMessenger(office.clock)
    service = DeliveryService(storage=office.storage, programme=Programme(), messenger=slow, clock=office.clock)
    office.introduce(3)
    service.deliver(limit=3)
    assert LEASE - 2 * timedelta(seconds=40) < 2 * HTTP_TIMEOUT
    assert slow.ids == ["message0", "message1"]
    row = office.row("message2")
    assert (row.state, row.attempts) == (OutboxState.PENDING, 0)


class SleepyMessenger(FakeMessenger):
    """On a machine that falls asleep when a message is about to go, past its lease."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock

    def send(self, message: OutboxMessage, *args: object, **kwargs: object) -> Sent:
        self.clock.move(seconds=100)
        return super().send(message, *args, **kwargs)  # type: ignore[arg-type]


def test_what_a_sleep_has_held_up_is_not_sent_on_waking(office: Office) -> None:
    sleepy = SleepyMessenger(office.clock)
    service = DeliveryService(storage=office.storage, programme=Programme(), messenger=sleepy, clock=office.clock)
    office.introduce(1)
    service.deliver(limit=1)
    assert sleepy.posts == []
    row = office.row("message0")
    assert (row.state, row.attempts) == (OutboxState.PENDING, 0)


def test_a_sender_that_stops_gives_back_what_it_holds(office: Office) -> None:
    office.post(a_message())
    office.service.stop()
    assert office.service.deliver() == 0
    assert office.row().state is OutboxState.PENDING


def test_a_sender_that_stops_begins_nothing_it_has_claimed(office: Office) -> None:
    class Stopping(FakeMessenger):
        def send(self, message: OutboxMessage, *args: object, **kwargs: object) -> Sent:
            office.service.pace.close()
            return super().send(message, *args, **kwargs)  # type: ignore[arg-type]

    office.slack = Stopping(clock=office.clock)
    office.service = replace(office.service, messenger=office.slack)
    office.introduce(3)
    office.service.deliver()
    assert office.slack.ids == ["message0"]
    assert [office.row(f"message{n}").state for n in (1, 2)] == [OutboxState.PENDING] * 2


def test_a_conversation_gets_one_a_second_however_much_room_there_is(office: Office) -> None:
    # Nothing is said to these four, so that there is room to claim once more at once.
    pointless = [a_message(f"gone{n}", to=MENTOR, conversation=f"U{n}", args={"pairing_id": "none"}) for n in range(4)]
    office.post(*pointless, a_message("first"), a_message("second"))
    office.service.deliver()
    assert office.slack.ids == ["first"]
    office.run(2 * SECOND)
    assert [post.at for post in office.slack.posts] == [NOW, NOW + SECOND]


def test_after_a_rate_limit_others_go_one_by_one(office: Office) -> None:
    office.post(a_message())
    office.slack.fail(RateLimited("ratelimited", retry_after=30))
    office.service.deliver()
    office.introduce(6)
    for _ in range(4):
        office.clock.move(seconds=1)
        office.service.deliver()
    assert [post.at for post in office.slack.posts] == [NOW + n * SECOND for n in range(1, 5)]


# -- Home tabs


def a_home(name: str = "home", to: str = MENTEE) -> OutboxMessage:
    return a_message(name, kind=HOME, to=to, conversation=f"{HOME}:{to}", args={})


class HomelessMessenger(FakeMessenger):
    """Takes messages, and fails every Home tab in one way."""

    def __init__(self, clock: FakeClock, failure: Exception) -> None:
        super().__init__(clock=clock)
        self.failure = failure
        self.tried: list[datetime] = []

    def publish_home(self, *_: object, **__: object) -> None:
        self.tried.append(self.clock.now())
        raise self.failure


def test_home_tabs_that_fail_hold_up_no_message_and_nobody_has_to_see_to_them(office: Office) -> None:
    office.slack = HomelessMessenger(office.clock, MaybeSent("http_500"))
    office.service = replace(office.service, messenger=office.slack)
    office.post(a_home(), a_message())
    office.run(5 * SECOND)
    assert office.slack.ids == ["message"]
    office.run(timedelta(hours=3))
    assert office.row("home").state is OutboxState.OBSOLETE


def test_a_rate_limit_on_home_tabs_makes_home_tabs_wait_and_no_message(office: Office) -> None:
    office.slack = slack = HomelessMessenger(office.clock, RateLimited("ratelimited", retry_after=60))
    office.service = replace(office.service, messenger=slack)
    office.introduce(5)
    office.post(*(a_home(f"home{n}", f"mentee{n}") for n in range(5)))
    office.run(59 * SECOND)
    assert len(slack.posts) == 5
    assert slack.posts[-1].at == NOW + SECOND
    assert slack.tried == [NOW + SECOND]


def test_home_tabs_keep_a_pace_of_their_own(office: Office) -> None:
    office.introduce(30)
    office.post(*(a_home(f"home{n}", f"mentee{n}") for n in range(30)))
    office.service.deliver(Lane.HOMES)
    assert len(office.slack.homes) == 20
    assert office.slack.posts == []
    assert office.service.next_due(NOW, Lane.HOMES) == NOW + 5 * timedelta(seconds=0.7)


def test_a_home_tab_is_drawn_as_it_is_now_and_again_when_that_may_have_failed(office: Office) -> None:
    office.post(a_message("home", kind="home", args={}))
    office.slack.fail(MaybeSent("TimeoutError"))
    office.run(timedelta(minutes=2))
    assert [user_id for user_id, _ in office.slack.homes] == ["UMENTEE"]
    assert office.row("home").state is OutboxState.SENT


# -- nudges


def nudged(office: Office, *, now: datetime = NOW) -> OutboxMessage:
    """Have the mentee's nudge in the outbox."""
    with office.storage.begin() as uow:
        uow.nudges.plan([a_nudge()])
        uow.commit()
    assert NudgingService(storage=office.storage, programme=Programme()).queue_due(now) == 1
    with office.storage.begin() as uow:
        (message,) = uow.outbox.claim_due(now=now, limit=1, lease=LEASE)
    return message


def nudge_state(office: Office) -> tuple[NudgeState, datetime | None]:
    with office.storage.read() as uow:
        nudge = uow.nudges.get("nudge")
        return nudge.state, nudge.queued_at


def test_a_nudge_counts_in_the_budget_from_when_it_arrived(office: Office) -> None:
    nudged(office)
    office.clock.move(minutes=40)
    office.service.deliver()
    assert office.slack.kinds == ["first_session_unplanned"]
    assert nudge_state(office) == (NudgeState.QUEUED, NOW + timedelta(minutes=40))


def test_a_nudge_that_comes_out_of_the_outbox_too_late_in_the_day_waits_for_the_morning(office: Office) -> None:
    message = nudged(office)
    office.clock.move_to(datetime(2027, 3, 1, 18, tzinfo=UTC))
    office.service.deliver()
    assert office.slack.posts == []
    assert office.row(message.id).state is OutboxState.OBSOLETE
    assert nudge_state(office) == (NudgeState.PENDING, None)
    morning = datetime(2027, 3, 2, 8, 30, tzinfo=UTC)
    office.clock.move_to(morning)
    assert NudgingService(storage=office.storage, programme=Programme()).queue_due(morning) == 1
    office.service.deliver()
    assert len(office.slack.posts) == 1


def test_a_nudge_answered_while_it_waited_is_not_sent(office: Office) -> None:
    nudged(office)
    with office.storage.begin() as uow:
        uow.pairings.save(a_pairing().ended(EndReason.CHANGED, now=NOW))
        uow.commit()
    office.service.deliver()
    assert (office.slack.posts, nudge_state(office)) == ([], (NudgeState.CANCELLED, None))


def handed_over(office: Office, *nudges: Nudge) -> SessionService:
    """Have *nudges* in the outbox, each in a message that Slack has not taken yet."""
    with office.storage.begin() as uow:
        uow.nudges.plan(nudges)
        uow.commit()
    assert NudgingService(storage=office.storage, programme=Programme()).queue_due(NOW) == len(nudges)
    return SessionService(storage=office.storage, programme=Programme())


def proactive(office: Office) -> list[tuple[str, str | None]]:
    return [(post.message.kind, post.message.person_id) for post in office.slack.posts if post.message.proactive]


@pytest.mark.parametrize("in_doubt", [False, True])
@pytest.mark.parametrize("kind", [NudgeKind.BEFORE_SESSION, NudgeKind.HOW_DID_IT_GO])
def test_what_was_about_the_earlier_date_of_a_session_moved_meanwhile_is_not_sent(
    office: Office, kind: NudgeKind, in_doubt: bool
) -> None:
    with office.storage.begin() as uow:
        uow.sessions.add(a_session(starts_at=NOW + timedelta(hours=3)))
        uow.commit()
    sessions = handed_over(office, a_nudge(person_id=MENTOR, kind=kind, subject_id=SESSION))
    if in_doubt:
        office.slack.fail(MaybeSent("http_503"))
        office.service.deliver()
    sessions.move(an_actor(), SESSION, starts_at=NOW + timedelta(days=3), minutes=60, place="", now=NOW)
    office.run(timedelta(minutes=5))
    assert proactive(office) == []


def test_a_kind_that_only_a_newer_program_knows_is_left_to_it_and_then_told_and_holds_up_nobody(office: Office) -> None:
    office.post(a_message("newer", kind="of_tomorrow", proactive=True, args={"nudge_id": "unknown"}))
    office.introduce(2)
    office.run(timedelta(minutes=59))
    assert office.slack.ids == ["message0", "message1"]
    assert (office.row("newer").state, office.row("newer").attempts) == (OutboxState.PENDING, 0)
    office.run(timedelta(minutes=2))
    assert office.row("newer").state is OutboxState.PARKED


def test_what_cannot_be_finished_leaves_the_others_their_turn(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.introduce(3)
    finish = DeliveryService._finish

    def finish_all_but_one(service: DeliveryService, claimed: OutboxMessage, outcome: Outcome) -> None:
        if claimed.id == "message0":
            raise OSError("disk full")
        finish(service, claimed, outcome)

    monkeypatch.setattr(DeliveryService, "_finish", finish_all_but_one)
    with pytest.raises(OSError, match="disk full"):
        office.service.deliver()
    assert [office.row(f"message{n}").state for n in range(3)] == [
        OutboxState.SENDING, OutboxState.SENT, OutboxState.SENT,
    ]  # fmt: skip


@pytest.mark.parametrize("answer", [GoOn.KEEP, GoOn.LIGHTEN])
@pytest.mark.parametrize("in_doubt", [False, True])
def test_nobody_is_asked_whether_to_go_on_once_their_partner_has_answered(
    office: Office, answer: GoOn, in_doubt: bool
) -> None:
    with office.storage.begin() as uow:
        uow.pairings.save(a_pairing(introduced_at=NOW - timedelta(days=60)))
        uow.cohorts.save(a_cohort(ends_on=(NOW + timedelta(days=60)).date()))
        uow.commit()
    handed_over(office, *(a_nudge(one, person_id=one, kind=NudgeKind.STILL_GOING) for one in (MENTOR, MENTEE)))
    if in_doubt:
        office.slack.fail(*[MaybeSent("http_503")] * 2)
        office.service.deliver()
    pairings = PairingService(storage=office.storage, programme=Programme())
    pairings.answer(an_actor(MENTEE), PAIRING, answer, now=NOW)
    office.run(timedelta(minutes=5))
    assert proactive(office) == []


def test_what_was_cancelled_and_planned_anew_while_it_waited_comes_at_its_new_time_alone(office: Office) -> None:
    others = ("ana", "ben")
    office.pair_up(*others)
    with office.storage.begin() as uow:
        uow.nudges.plan(a_nudge(f"about {one}", person_id=MENTOR, subject_id=one, period=one) for one in others)
        uow.commit()
    assert NudgingService(storage=office.storage, programme=Programme()).queue_due(NOW) == 1
    anew = a_nudge("anew", person_id=MENTOR, subject_id="ana", period="ana", due_at=NOW + timedelta(days=3))
    with office.storage.begin() as uow:
        uow.nudges.cancel(subject_id="ana")
        uow.nudges.plan([anew])
        uow.commit()
    office.run(timedelta(minutes=1))
    (post,) = office.slack.posts
    assert post.message.nudge_ids == ("about ben",)
    with office.storage.read() as uow:
        assert uow.nudges.get("anew") == anew


@pytest.mark.parametrize("arrived", [True, False])
def test_what_is_left_out_of_a_message_is_not_told_by_it_however_its_sending_ends(
    office: Office, arrived: bool
) -> None:
    others = ("ana", "ben")
    office.pair_up(*others)
    with office.storage.begin() as uow:
        uow.nudges.plan(a_nudge(f"about {one}", person_id=MENTOR, subject_id=one, period=one) for one in others)
        uow.commit()
    assert NudgingService(storage=office.storage, programme=Programme()).queue_due(NOW) == 1
    with office.storage.begin() as uow:
        uow.participants.put(a_mentee("ana").paused(until=(NOW + timedelta(days=7)).date()))
        uow.commit()
    office.slack.arrives_all_the_same = arrived
    office.slack.fail(MaybeSent("TimeoutError"))
    office.service.deliver()
    office.run(2 * LEASE)
    (post,) = office.slack.posts
    assert post.message.nudge_ids == ("about ben",)
    with office.storage.read() as uow:
        assert uow.nudges.get("about ben").state is NudgeState.QUEUED
        left_out = uow.nudges.get("about ana")
        assert (left_out.state, left_out.due_at) == (NudgeState.PENDING, datetime(2027, 3, 8, 8, 30, tzinfo=UTC))


def test_a_nudge_in_doubt_is_let_go_where_history_cannot_be_read(office: Office) -> None:
    message = nudged(office)
    office.slack.fail(MaybeSent("TimeoutError"))
    office.slack.unreadable = Refused("missing_scope")
    office.service.deliver()
    office.run(timedelta(minutes=3))
    assert (office.slack.posts, office.row(message.id).state) == ([], OutboxState.OBSOLETE)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_nudge_counts_in_the_budget_while_a_fault_of_ours_leaves_open_whether_it_arrived(
    office: Office, arrived: bool
) -> None:
    nudged(office)
    office.slack.arrives_all_the_same = arrived
    office.slack.fail(ValueError("what somebody wrote"))
    office.service.deliver()
    assert nudge_state(office) == (NudgeState.QUEUED, NOW)
    office.run(LEASE + MINUTE)
    (post,) = office.slack.posts
    assert nudge_state(office) == (NudgeState.QUEUED, NOW + LEASE if arrived else post.at)


def test_a_nudge_that_may_have_arrived_counts_even_where_a_fault_of_ours_keeps_us_from_looking(office: Office) -> None:
    message = nudged(office)
    office.slack.fail(MaybeSent("TimeoutError"))
    office.slack.unreadable = ValueError("what somebody wrote")
    office.run(timedelta(hours=8))
    assert (office.slack.posts, office.row(message.id).state) == ([], OutboxState.OBSOLETE)
    state, queued_at = nudge_state(office)
    assert state is NudgeState.QUEUED
    assert queued_at is not None
    assert queued_at > NOW + LEASE


def test_a_nudge_that_cannot_be_drawn_leaves_the_budget(office: Office) -> None:
    nudged(office)
    office.slack.undrawable = ValueError("what somebody wrote")
    office.service.deliver()
    assert nudge_state(office) == (NudgeState.FAILED, None)


def test_a_nudge_that_may_have_arrived_counts_in_the_budget_from_when_it_was_let_go(office: Office) -> None:
    message = nudged(office)
    office.slack.fail(Unreachable("refused"), MaybeSent("TimeoutError"))
    office.slack.unreadable = Refused("missing_scope")
    office.run(timedelta(minutes=5))
    assert office.row(message.id).state is OutboxState.OBSOLETE
    with office.storage.read() as uow:
        queued_at = uow.nudges.get(message.args["nudge_id"]).queued_at
    assert queued_at is not None
    assert queued_at > NOW + LEASE


def test_nudges_go_at_thirty_a_minute_and_hold_up_nothing_else(office: Office) -> None:
    people = [f"mentee{index}" for index in range(40)]
    office.pair_up(*people)
    with office.storage.begin() as uow:
        for index, person in enumerate(people):
            nudge = a_nudge(f"nudge{index}", person_id=person, subject_id=person).queued(now=NOW)
            uow.nudges.plan([nudge])
            long_ago = NOW - timedelta(hours=1)
            message = a_message(nudge.id, to=person, kind=nudge.kind, proactive=True, args={"nudge_id": nudge.id})
            uow.outbox.add(replace(message, created_at=long_ago, due_at=long_ago))
        uow.commit()
    office.post(a_message())
    office.run(timedelta(minutes=2))
    assert office.slack.ids.index("message") <= BURST
    sent = [office.row(f"nudge{index}").sent_at for index in range(40)]
    came = sorted(moment for moment in sent if moment is not None)
    assert len(came) == 40
    assert MOST_A_MINUTE - 5 <= busiest_minute(came) <= MOST_A_MINUTE


def busiest_minute(moments: Sequence[datetime]) -> int:
    return max(sum(start <= moment < start + MINUTE for moment in moments) for start in moments)


def test_a_backlog_of_other_messages_does_not_hold_nudges_up(office: Office) -> None:
    office.introduce(200)
    with office.storage.begin() as uow:
        uow.nudges.plan([a_nudge()])
        uow.commit()
    NudgingService(storage=office.storage, programme=Programme()).queue_due(NOW)
    office.run(MINUTE)
    (nudge,) = (post for post in office.slack.posts if post.message.proactive)
    assert nudge.at <= NOW + 10 * SECOND


def test_three_that_send_keep_to_thirty_nudges_a_minute_together_after_slack_was_out_of_reach(office: Office) -> None:
    slack = falls_ill(office, timedelta(minutes=20))
    people = [f"mentee{number}" for number in range(100)]
    office.pair_up(*people)
    with office.storage.begin() as uow:
        uow.nudges.plan(a_nudge(person, person_id=person, subject_id=person) for person in people)
        uow.commit()
    nudging = NudgingService(storage=office.storage, programme=Programme())
    senders = [replace(office.service, pace=Pace(), waiting={}) for _ in range(3)]
    while len(slack.posts) < len(people):
        if office.clock.now().second == 0:
            nudging.queue_due(office.clock.now())
        for sender in senders:
            sender.deliver()
        office.clock.move(seconds=1)
    assert busiest_minute([post.at for post in slack.posts]) == MOST_A_MINUTE
