from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.letters import (
    BeforeSession,
    FirstSessionUnplanned,
    NudgeLetter,
    ProposalUnanswered,
    PulseUnanswered,
    Undated,
)
from bot.domain.nudges import (
    CLOSES_AFTER,
    MOST_A_MINUTE,
    WAITS_FOR_ROOM,
    Nudge,
    NudgeKind,
    NudgeState,
    after_asking,
    after_cancelling,
    after_introduction,
    after_keeping,
    after_planning,
)
from bot.domain.outbox import OutboxMessage
from bot.domain.pairings import EndReason, GoOn
from bot.domain.participants import MOST_SEATS, Participant
from bot.domain.people import Person, Role
from bot.domain.rounds import ANSWER_WORKING_DAYS, Answer
from bot.domain.sessions import Session, SessionState
from bot.domain.surveys import after_last_session, before_end
from bot.domain.working_time import WorkingTime
from bot.errors import (
    AlreadyEnded,
    ChangedSince,
    DateTooFar,
    NothingToPutOff,
    NotYours,
    SnoozedPastTheCohort,
    SnoozedTooLong,
    SnoozedToToday,
)
from bot.services.base import Programme
from bot.services.composing import COMPOSERS
from bot.services.delivery import DeliveryService
from bot.services.nudging import (
    LONGEST_SNOOZE,
    NudgingService,
    compose_first_session_unplanned,
    compose_nothing_planned,
    compose_proposal_unanswered,
    compose_still_going,
)
from bot.services.pairings import PairingService
from bot.services.sessions import SessionService
from bot.services.settings import SettingsService
from bot.services.weighing import LONGEST_BUDGET
from tests.builders import (
    COHORT,
    MENTEE,
    MENTOR,
    NOW,
    PAIRING,
    PROPOSAL,
    SESSION,
    a_cohort,
    a_directory_entry,
    a_held_session,
    a_mentee,
    a_mentor,
    a_message,
    a_nudge,
    a_pairing,
    a_person,
    a_pulse,
    a_round,
    a_session,
    an_actor,
    an_asked_proposal,
)
from tests.fakes.slack import FakeClock, FakeMessenger
from tests.fakes.storage import InMemoryStorage

DAY = timedelta(days=1)


@pytest.fixture
def nudging(storage: InMemoryStorage) -> NudgingService:
    return NudgingService(storage=storage, programme=Programme())


def plan(storage: InMemoryStorage, *nudges: Nudge) -> None:
    with storage.begin() as uow:
        uow.nudges.plan(nudges)
        uow.commit()


def change(storage: InMemoryStorage, record: Any) -> None:
    with storage.begin() as uow:
        match record:
            case Person():
                uow.people.save(record)
            case Participant():
                uow.participants.put(record)
            case _:
                raise TypeError(record)
        uow.commit()


def nudge(storage: InMemoryStorage, nudge_id: str = "nudge") -> Nudge:
    with storage.read() as uow:
        return uow.nudges.get(nudge_id)


def pending(storage: InMemoryStorage, person_id: str = MENTEE) -> list[Nudge]:
    with storage.read() as uow:
        return list(uow.nudges.pending_of(person_id))


def messages(storage: InMemoryStorage, *, now: datetime = NOW) -> list[OutboxMessage]:
    with storage.begin() as uow:
        return list(uow.outbox.claim_due(now=now, limit=1000, lease=DAY))


def crowd(storage: InMemoryStorage, count: int) -> None:
    """Plan a nudge for each of *count* people, in pairs that have not met."""
    with storage.begin() as uow:
        for index in range(count):
            mentor, mentee = f"mentor{index}", f"mentee{index}"
            uow.people.add(a_person(mentor))
            uow.people.add(a_person(mentee))
            uow.participants.put(a_mentor(mentor))
            uow.participants.put(a_mentee(mentee))
            uow.pairings.add(a_pairing(f"pairing{index}", mentors=[mentor], mentees=[mentee]))
        uow.nudges.plan(
            a_nudge(f"nudge{index}", person_id=f"mentee{index}", subject_id=f"pairing{index}") for index in range(count)
        )
        uow.commit()


def introduce(storage: InMemoryStorage, *mentees: str, at: datetime = NOW) -> None:
    """Pair the mentor with each of *mentees*, introduced at one moment, and plan the nudges that follow."""
    hours = WorkingTime(tz="Europe/Paris", country="FR")
    with storage.begin() as uow:
        for mentee in mentees:
            uow.people.add(a_person(mentee))
            uow.participants.put(a_mentee(mentee))
            pairing = a_pairing(f"with {mentee}", mentees=[mentee], introduced_at=at)
            uow.pairings.add(pairing)
            uow.nudges.plan(after_introduction(pairing, dict.fromkeys(pairing.person_ids, hours), now=at))
        uow.commit()


def pass_time(storage: InMemoryStorage, *, since: float = 0, until: float) -> list[tuple[str, NudgeKind, datetime]]:
    """Let the days from *since* to *until* pass, counted from NOW, hour by hour; return who got what, and when."""
    clock, slack = FakeClock(), FakeMessenger()
    nudging = NudgingService(storage=storage, programme=Programme())
    delivery = DeliveryService(storage=storage, programme=Programme(), messenger=slack, clock=clock)
    for hour in range(round(since * 24), round(until * 24)):
        clock.move_to(NOW + hour * timedelta(hours=1))
        nudging.queue_due(clock.now())
        delivery.deliver()
    posts = (one.message for one in slack.posts if one.message.proactive)
    return [(str(one.person_id), NudgeKind(one.kind), one.created_at) for one in posts]


def this_week(storage: InMemoryStorage, *, now: datetime = NOW) -> dict[NudgeKind, int]:
    week = SettingsService(storage=storage, programme=Programme()).this_week(now=now)
    return {one.kind: one.messages for one in week.kinds}


def test_three_pairings_of_one_day_take_one_message_and_leave_room_for_the_reminder_of_a_session(
    storage: InMemoryStorage,
) -> None:
    introduce(storage, "ana", "ben", "cleo")
    before = pass_time(storage, until=7.1)
    assert [(kind, at) for who, kind, at in before if who == MENTOR] == [
        (NudgeKind.FIRST_SESSION_UNPLANNED, NOW + 3 * DAY),
        (NudgeKind.FIRST_SESSION_UNPLANNED, NOW + 7 * DAY),
    ]
    now = NOW + 7 * DAY + timedelta(hours=2)
    sessions = SessionService(storage=storage, programme=Programme())
    sessions.plan(an_actor(MENTOR), "with ana", starts_at=NOW + 9 * DAY, minutes=60, place="", now=now)
    # Both are reminded, the mentor is asked how it went, and the next day both are once more.
    assert this_week(storage, now=now) == {NudgeKind.BEFORE_SESSION: 2, NudgeKind.HOW_DID_IT_GO: 3}
    after = pass_time(storage, since=7.1, until=14)
    assert [(kind, at) for who, kind, at in after if who == MENTOR] == [
        (NudgeKind.BEFORE_SESSION, NOW + 8 * DAY),
        (NudgeKind.HOW_DID_IT_GO, NOW + 10 * DAY),
    ]


def test_the_reminder_of_a_session_keeps_its_place_and_the_week_foreseen_is_the_week_sent(
    storage: InMemoryStorage,
) -> None:
    """A third message this week would be the last, and the reminder is due just after the week that is foreseen."""
    hours = {one: WorkingTime(tz="Europe/Paris", country="FR") for one in (MENTOR, MENTEE)}
    session = a_session(starts_at=NOW + 8 * DAY + timedelta(hours=5), pairing_id=None)
    held = a_held_session("held", pairing_id=None)
    add(storage, sessions=[session, held])
    pulse = a_nudge(kind=NudgeKind.PULSE_UNANSWERED, subject_id=held.id)
    plan(
        storage,
        *after_planning(session, hours, now=NOW),
        *(replace(pulse, id=f"{day}", period=f"{day}", due_at=NOW + day * DAY) for day in (2, 3, 4)),
    )
    assert this_week(storage) == {NudgeKind.PULSE_UNANSWERED: 2}
    came = [(kind, at) for who, kind, at in pass_time(storage, until=8.9) if who == MENTEE]
    assert came == [
        (NudgeKind.PULSE_UNANSWERED, NOW + 2 * DAY),
        (NudgeKind.PULSE_UNANSWERED, NOW + 3 * DAY),
        (NudgeKind.BEFORE_SESSION, NOW + 7 * DAY + timedelta(hours=5)),
    ]


def test_each_pairing_told_together_is_offered_moments_of_its_own(storage: InMemoryStorage) -> None:
    introduce(storage, "ana", "ben", "cleo")
    with storage.read() as uow:
        told = [one for one in uow.nudges.pending_of(MENTOR) if one.due_at == NOW + 3 * DAY]
        message = a_message(to=MENTOR, args={"nudge_id": told[0].id, "also": [one.id for one in told[1:]]})
        letter = compose_first_session_unplanned(uow, message, Programme(), NOW + 3 * DAY)
    offered = [*letter.slots, *(slot for one in letter.also for slot in one.slots)]
    assert len(offered) == len(set(offered)) == 9


def ask_about(storage: InMemoryStorage, *mentees: str, at: datetime = NOW) -> None:
    """Ask the mentor about each of *mentees*, who said yes."""
    hours = WorkingTime(tz="Europe/Paris", country="FR")
    with storage.begin() as uow:
        if uow.rounds.latest(COHORT) is None:
            uow.rounds.add(a_round(), [])
        for mentee in mentees:
            uow.people.add(a_person(mentee))
            uow.participants.put(a_mentee(mentee))
            proposal = an_asked_proposal(f"about {mentee}", mentees=[mentee]).answered(mentee, Answer.YES, now=at)
            expires_at = hours.after_working_days(at, ANSWER_WORKING_DAYS)
            asked = proposal.asked(role=Role.MENTOR, now=at, expires_at=expires_at)
            uow.rounds.add_proposals([asked])
            uow.nudges.plan(after_asking(asked, [MENTOR], {MENTOR: hours}, now=at))
        uow.commit()


def reminded(storage: InMemoryStorage, *mentees: str) -> dict[str, datetime | None]:
    """Return when the mentor was reminded that they were asked about each of *mentees*."""
    with storage.read() as uow:
        nudges = uow.nudges.about([f"about {mentee}" for mentee in mentees])
        return {one.subject_id.removeprefix("about "): one.queued_at for one in nudges}


def test_all_proposals_that_wait_for_a_mentor_are_reminded_of_in_one_message(storage: InMemoryStorage) -> None:
    mentees = [f"mentee {number}" for number in range(MOST_SEATS)]
    ask_about(storage, *mentees)
    clock, slack = FakeClock(NOW + 2 * DAY), FakeMessenger()
    NudgingService(storage=storage, programme=Programme()).queue_due(clock.now())
    DeliveryService(storage=storage, programme=Programme(), messenger=slack, clock=clock).deliver()
    [letter] = [one.letter for one in slack.posts]
    assert isinstance(letter, ProposalUnanswered)
    assert {one.proposal_id for one in (letter.asked, *letter.also)} == {f"about {mentee}" for mentee in mentees}


def test_whatever_days_proposals_were_asked_on_each_is_reminded_of_once_while_it_is_open(
    storage: InMemoryStorage,
) -> None:
    # Monday to Friday, one a day: two messages of the three that fit in the week.
    mentees = ["mo", "tu", "we", "th", "fr"]
    for day, mentee in enumerate(mentees):
        ask_about(storage, mentee, at=NOW + day * DAY)
    came = [at for who, _, at in pass_time(storage, until=9) if who == MENTOR]
    assert came == [NOW + 2 * DAY, NOW + 4 * DAY, NOW + 8 * DAY]
    assert reminded(storage, *mentees) == dict(zip(mentees, [came[0]] * 2 + [came[1]] * 2 + [came[2]], strict=True))


def test_what_was_answered_on_the_way_is_left_out_of_the_reminder_of_proposals(storage: InMemoryStorage) -> None:
    ask_about(storage, "ana", "ben")
    with storage.begin() as uow:
        told = [one.id for one in uow.nudges.pending_of(MENTOR)]
        answered = uow.rounds.proposal("about ana").answered(MENTOR, Answer.NO, now=NOW)
        uow.rounds.save_proposal(answered)
        uow.commit()
    message = a_message(to=MENTOR, args={"nudge_id": told[0], "also": told[1:]})
    with storage.read() as uow:
        letter = compose_proposal_unanswered(uow, message, Programme(), NOW + DAY)
        assert letter is not None
        assert (letter.asked.proposal_id, letter.also) == ("about ben", ())


def test_two_quiet_pairings_are_asked_about_in_one_message(storage: InMemoryStorage) -> None:
    introduce(storage, "ana", "ben")
    came = [kind for who, kind, _ in pass_time(storage, until=32) if who == MENTOR]
    assert came.count(NudgeKind.STILL_GOING) == 1
    with storage.read() as uow:
        asked = [
            one
            for one in uow.nudges.about(["with ana", "with ben"])
            if one.kind is NudgeKind.STILL_GOING and one.person_id == MENTOR
        ]
        assert {one.state for one in asked} == {NudgeState.QUEUED}
        message = a_message(to=MENTOR, args={"nudge_id": asked[0].id, "also": [asked[1].id]})
        letter = compose_still_going(uow, message, Programme(), NOW + 30 * DAY)
        assert {one.partners for one in (letter, *letter.also)} == {("UANA",), ("UBEN",)}
        asked_about = uow.pairings.get_many(["with ana", "with ben"]).values()
        assert [pairing.closes_at for pairing in asked_about] == [NOW + 37 * DAY] * 2


def test_what_lost_its_point_on_the_way_is_left_out_of_what_is_told_together(storage: InMemoryStorage) -> None:
    introduce(storage, "ana", "ben", "cleo")
    clock, slack = FakeClock(NOW + 3 * DAY), FakeMessenger()
    NudgingService(storage=storage, programme=Programme()).queue_due(clock.now())
    sessions = SessionService(storage=storage, programme=Programme())
    sessions.plan(an_actor(MENTOR), "with ana", starts_at=NOW + 9 * DAY, minutes=60, place="", now=clock.now())
    delivery = DeliveryService(storage=storage, programme=Programme(), messenger=slack, clock=clock)
    while delivery.deliver():
        clock.move(seconds=1)
    (letter,) = [one.letter for one in slack.posts if isinstance(one.letter, FirstSessionUnplanned) and one.letter.also]
    assert {letter.partners, *(one.partners for one in letter.also)} == {("UBEN",), ("UCLEO",)}
    with storage.read() as uow:
        told = [one for one in uow.nudges.about(["with ana", "with ben", "with cleo"]) if one.person_id == MENTOR]
    states = {(one.subject_id, one.state) for one in told if one.due_at == NOW + 3 * DAY}
    assert states == {
        ("with ana", NudgeState.CANCELLED), ("with ben", NudgeState.QUEUED), ("with cleo", NudgeState.QUEUED),
    }  # fmt: skip


def test_what_is_told_together_and_does_not_arrive_is_not_repeated_as_somebody_s_first(
    storage: InMemoryStorage,
) -> None:
    introduce(storage, "ana", "ben")
    clock, slack = FakeClock(NOW + 3 * DAY), FakeMessenger()
    NudgingService(storage=storage, programme=Programme()).queue_due(clock.now())
    slack.undrawable = ValueError("what somebody wrote")
    DeliveryService(storage=storage, programme=Programme(), messenger=slack, clock=clock).deliver()
    with storage.read() as uow:
        told = [one for one in uow.nudges.about(["with ana", "with ben"]) if one.due_at == NOW + 3 * DAY]
    assert {one.state for one in told} == {NudgeState.FAILED}


def test_snoozing_what_was_told_together_puts_it_all_off(storage: InMemoryStorage, nudging: NudgingService) -> None:
    introduce(storage, "ana", "ben")
    nudging.queue_due(NOW + 3 * DAY)
    (message,) = [one for one in messages(storage, now=NOW + 3 * DAY) if one.person_id == MENTOR]
    again_at = nudging.snooze(
        an_actor(MENTOR), message.args["nudge_id"], until=(NOW + 14 * DAY).date(), now=NOW + 3 * DAY
    )
    kind = NudgeKind.FIRST_SESSION_UNPLANNED
    waits = sorted((one.subject_id, one.due_at) for one in pending(storage, MENTOR) if one.kind is kind)
    assert waits == [("with ana", again_at), ("with ben", again_at)]


def test_two_sessions_of_one_day_are_reminded_of_and_rated_in_one_message_each(storage: InMemoryStorage) -> None:
    introduce(storage, "ana", "ben")
    sessions = SessionService(storage=storage, programme=Programme())
    clock, slack = FakeClock(NOW + 3 * DAY), FakeMessenger()
    nudging = NudgingService(storage=storage, programme=Programme())
    delivery = DeliveryService(storage=storage, programme=Programme(), messenger=slack, clock=clock)
    ids = {
        partner: sessions.plan(
            an_actor(MENTOR), f"with {partner}", starts_at=NOW + 4 * DAY + timedelta(hours=hours), minutes=60,
            place="", now=NOW,
        ).session.id
        for partner, hours in (("ana", 0), ("ben", 3))
    }  # fmt: skip
    nudging.queue_due(clock.now())
    delivery.deliver()
    after = NOW + 4 * DAY + timedelta(hours=5)
    for hours, session_id in enumerate(ids.values()):
        sessions.log(
            an_actor(MENTOR), pairing_id=None, session_id=session_id, minutes=60, topic_ids=(), tried="search",
            held_at=NOW + 4 * DAY + timedelta(hours=2 * hours), next_try="", is_another=False,
            now=after + timedelta(minutes=hours),
        )  # fmt: skip
    clock.move_to(NOW + 7 * DAY)
    nudging.queue_due(clock.now())
    delivery.deliver()
    reminded, rated = (one.letter for one in slack.posts if one.message.person_id == MENTOR and one.message.proactive)
    assert isinstance(reminded, BeforeSession)
    assert isinstance(rated, PulseUnanswered)
    for letter in (reminded, rated):
        told: list[BeforeSession | PulseUnanswered] = [letter, *letter.also]
        assert {one.session_id: one.partners for one in told} == {ids["ana"]: ("UANA",), ids["ben"]: ("UBEN",)}


def test_the_reminder_of_a_session_comes_the_day_before_it_whatever_else_the_week_asks(
    storage: InMemoryStorage,
) -> None:
    introduce(storage, "ana", "ben", "cleo")
    sessions = SessionService(storage=storage, programme=Programme())
    starts = [NOW + 8 * DAY, NOW + 9 * DAY + timedelta(hours=2), NOW + 11 * DAY]
    planned = {
        sessions.plan(an_actor(MENTOR), f"with {partner}", starts_at=start, minutes=60, place="", now=NOW).session.id
        for partner, start in zip(("ana", "ben", "cleo"), starts, strict=True)
    }
    pass_time(storage, until=12)
    with storage.read() as uow:
        reminded = [
            one.queued_at.date()
            for one in uow.nudges.about(planned)
            if one.kind is NudgeKind.BEFORE_SESSION and one.person_id == MENTOR and one.queued_at is not None
        ]
    assert sorted(reminded) == [(start - DAY).date() for start in starts]


def test_a_mentor_of_three_is_asked_about_each_session_the_day_after_at_the_latest(storage: InMemoryStorage) -> None:
    introduce(storage, "ana", "ben", "cleo")
    sessions = SessionService(storage=storage, programme=Programme())
    starts = {
        "ana": NOW + 8 * DAY + timedelta(hours=5, minutes=30),
        "ben": NOW + 9 * DAY,
        "cleo": NOW + 9 * DAY + timedelta(hours=4),
    }
    for partner, starts_at in starts.items():
        sessions.plan(an_actor(MENTOR), f"with {partner}", starts_at=starts_at, minutes=60, place="", now=NOW)
    pass_time(storage, until=11)
    with storage.read() as uow:
        asked = [
            (uow.sessions.get(one.subject_id).starts_at, one.queued_at)
            for one in uow.nudges.about([session.id for session in uow.sessions.of_person(MENTOR, limit=9)])
            if one.kind is NudgeKind.HOW_DID_IT_GO and one.person_id == MENTOR and one.queued_at is not None
        ]
    assert {start for start, _ in asked} == set(starts.values())
    assert all(timedelta(hours=1.5) <= at - start < timedelta(days=1, hours=2) for start, at in asked), asked


def test_a_pair_that_never_met_is_asked_after_a_month_whether_to_go_on_and_ends_a_week_later(
    storage: InMemoryStorage,
) -> None:
    introduce(storage, "ana")
    first_month = [(kind, at - NOW) for who, kind, at in pass_time(storage, until=31) if who == MENTOR]
    assert first_month == [
        (NudgeKind.FIRST_SESSION_UNPLANNED, 3 * DAY),
        (NudgeKind.FIRST_SESSION_UNPLANNED, 7 * DAY),
        (NudgeKind.STILL_GOING, 30 * DAY),
    ]
    with storage.read() as uow:
        asked = [one for one in uow.nudges.about(["with ana"]) if one.kind is NudgeKind.STILL_GOING]
        message = a_message(kind=NudgeKind.STILL_GOING, args={"nudge_id": asked[0].id})
        assert compose_still_going(uow, message, Programme(), NOW).has_met is False
    assert {one.person_id for one in asked} == {MENTOR, "ana"}
    assert PairingService(storage=storage, programme=Programme()).close_due(NOW + 38 * DAY) == 1


def meet_twice_a_week(storage: InMemoryStorage) -> list[Session]:
    """Have the mentor meet somebody on two days of each of eight weeks, and never say how it went; return these."""
    hours = WorkingTime(tz="Europe/Paris", country="FR")
    days = [week * 7 + day for week in range(8) for day in (2, 4)]
    busy = [a_session(f"day{day}", starts_at=NOW + day * DAY + timedelta(hours=4), pairing_id=None) for day in days]
    add(storage, sessions=busy)
    for session in busy:
        plan(storage, *after_planning(session, {MENTOR: hours, MENTEE: hours}, now=NOW))
    return busy


def test_who_meets_somebody_twice_a_week_is_asked_what_a_month_ago_was_good_for(storage: InMemoryStorage) -> None:
    meet_twice_a_week(storage)
    last = a_held_session("last", held_at=NOW - DAY)
    add(storage, sessions=[last])
    hours = WorkingTime(tz="Europe/Paris", country="FR")
    plan(storage, *after_last_session(last, MENTEE, hours, now=NOW))
    came = [(kind, at) for who, kind, at in pass_time(storage, until=45) if who == MENTEE]
    (asked_at,) = [at for kind, at in came if kind is NudgeKind.USAGE_QUESTION]
    assert asked_at - (NOW + 29 * DAY) < WAITS_FOR_ROOM + LONGEST_BUDGET


def test_who_meets_somebody_twice_a_week_hears_of_a_quiet_pair_and_is_reminded_of_every_session(
    storage: InMemoryStorage,
) -> None:
    busy = meet_twice_a_week(storage)
    introduce(storage, "ana")
    came = [(kind, at) for who, kind, at in pass_time(storage, until=56) if who == MENTOR]
    (asked_at,) = [at for kind, at in came if kind is NudgeKind.STILL_GOING]
    assert asked_at - (NOW + 30 * DAY) < WAITS_FOR_ROOM + LONGEST_BUDGET
    assert sum(kind is NudgeKind.BEFORE_SESSION for kind, _ in came) == len(busy)


def test_who_meets_somebody_twice_a_week_hears_twice_that_the_cohort_ends(storage: InMemoryStorage) -> None:
    busy = meet_twice_a_week(storage)
    hours = WorkingTime(tz="Europe/Paris", country="FR")
    plan(storage, *before_end(a_cohort(), MENTOR, hours, now=NOW))
    came = [(kind, at) for who, kind, at in pass_time(storage, until=56) if who == MENTOR]
    days_before = [
        (a_cohort().ends_on - hours.local(at).date()).days for kind, at in came if kind is NudgeKind.COHORT_ENDING
    ]
    # Two weeks before is a Sunday, and on the third day before a session is reminded of.
    assert days_before == [13, 2]
    assert sum(kind is NudgeKind.BEFORE_SESSION for kind, _ in came) == len(busy)


def test_no_two_nudges_to_plan_a_first_session_have_the_same_words_in_a_row(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    with storage.begin() as uow:
        times = nudging.working_times(uow, uow.people.get_many((MENTOR, MENTEE)).values())
        uow.nudges.plan(after_introduction(a_pairing(), times, now=NOW))
        uow.nudges.plan(after_cancelling(a_session(), times, now=NOW))
        uow.nudges.plan(after_keeping(a_pairing(), times, now=NOW))
        undated = {
            nudge.period: compose_first_session_unplanned(
                uow, a_message(args={"nudge_id": nudge.id}), Programme(), NOW
            ).undated
            for nudge in uow.nudges.pending_of(MENTEE)
            if nudge.kind is NudgeKind.FIRST_SESSION_UNPLANNED
        }
    since = {PAIRING: Undated.INTRODUCED, SESSION: Undated.CALLED_OFF, f"{PAIRING}:{NOW.isoformat()}": Undated.KEPT}
    first, second = ({f"{one}:{which}": said for one, said in since.items()} for which in ("first", "second"))
    assert undated == {**first, **dict.fromkeys(second, Undated.NUDGED)}


def test_a_pair_that_never_met_and_wants_to_go_on_is_nudged_to_plan_its_first_session(
    storage: InMemoryStorage,
) -> None:
    introduce(storage, "ana")
    pass_time(storage, until=31)
    PairingService(storage=storage, programme=Programme()).answer(
        an_actor("ana"), "with ana", GoOn.KEEP, now=NOW + 31 * DAY
    )
    came = [kind for who, kind, _ in pass_time(storage, since=31, until=46) if who == "ana"]
    assert came == [NudgeKind.FIRST_SESSION_UNPLANNED] * 2


def test_a_due_nudge_becomes_a_proactive_message(storage: InMemoryStorage, nudging: NudgingService) -> None:
    until = NOW + DAY
    plan(storage, a_nudge(useful_until=until))
    assert nudging.queue_due(NOW) == 1
    assert (nudge(storage).state, nudge(storage).queued_at) == (NudgeState.QUEUED, NOW)
    (message,) = messages(storage)
    assert (message.kind, message.conversation, message.proactive) == ("first_session_unplanned", "UMENTEE", True)
    assert (message.expires_at, message.args) == (until, {"nudge_id": "nudge"})


def test_queueing_twice_queues_once(storage: InMemoryStorage, nudging: NudgingService) -> None:
    plan(storage, a_nudge())
    assert [nudging.queue_due(NOW), nudging.queue_due(NOW)] == [1, 0]
    assert len(messages(storage)) == 1


def test_what_is_not_due_yet_stays(storage: InMemoryStorage, nudging: NudgingService) -> None:
    plan(storage, a_nudge(due_at=NOW + DAY))
    assert nudging.queue_due(NOW) == 0
    assert nudging.next_due(NOW) == NOW + DAY


def test_the_night_puts_everything_off_to_the_morning(storage: InMemoryStorage, nudging: NudgingService) -> None:
    plan(storage, a_nudge())
    midnight = datetime(2027, 3, 1, 23, tzinfo=UTC)
    assert nudging.queue_due(midnight) == 0
    assert nudging.next_due(midnight) == datetime(2027, 3, 2, 8, 30, tzinfo=UTC)


def test_the_holidays_are_those_of_the_persons_region(storage: InMemoryStorage, nudging: NudgingService) -> None:
    good_friday = datetime(2027, 3, 26, 10, tzinfo=UTC)
    with storage.begin() as uow:
        uow.directory.put_many([a_directory_entry(MENTEE, country="FR", region="57")])
        uow.commit()
    plan(storage, a_nudge("here", due_at=good_friday), a_nudge("there", person_id=MENTOR, due_at=good_friday))
    assert nudging.queue_due(good_friday) == 1
    assert nudge(storage, "there").state is NudgeState.QUEUED
    # Easter Monday is a holiday too.
    assert nudge(storage, "here").due_at == datetime(2027, 3, 30, 7, 30, tzinfo=UTC)


def test_one_message_a_day_and_three_a_week_over_all_kinds(storage: InMemoryStorage, nudging: NudgingService) -> None:
    plan(storage, *(a_nudge(f"nudge{index}") for index in range(6)))
    queued = []
    now = NOW
    while (due := nudging.next_due(now)) is not None and due < NOW + 13 * DAY:
        now = max(now, due)
        queued += [now] * nudging.queue_due(now)
    assert queued == [NOW, NOW + DAY, NOW + 2 * DAY, NOW + 7 * DAY, NOW + 8 * DAY, NOW + 9 * DAY]


def test_nothing_goes_to_a_closed_account(storage: InMemoryStorage, nudging: NudgingService) -> None:
    plan(storage, a_nudge())
    change(storage, a_person(MENTEE, is_deactivated=True))
    assert nudging.queue_due(NOW) == 0
    assert nudge(storage).state is NudgeState.CANCELLED


def test_nothing_goes_to_those_who_left(storage: InMemoryStorage, nudging: NudgingService) -> None:
    plan(storage, a_nudge())
    change(storage, a_mentee().left(now=NOW))
    assert nudging.queue_due(NOW) == 0
    assert nudge(storage).state is NudgeState.CANCELLED


def test_a_pause_puts_off_to_its_end(storage: InMemoryStorage, nudging: NudgingService) -> None:
    plan(storage, a_nudge())
    change(storage, a_mentee().paused(until=(NOW + 14 * DAY).date()))
    assert nudging.queue_due(NOW) == 0
    assert nudge(storage).due_at == datetime(2027, 3, 15, 8, 30, tzinfo=UTC)


def add(storage: InMemoryStorage, *, sessions: Iterable[Any] = (), pulses: Iterable[Any] = ()) -> None:
    with storage.begin() as uow:
        for session in sessions:
            uow.sessions.add(session)
        for pulse in pulses:
            uow.sessions.put_pulse(pulse)
        uow.commit()


HELD = a_session("held", state=SessionState.HELD, starts_at=NOW - 20 * DAY)
UNCONFIRMED = a_session("unconfirmed", state=SessionState.UNCONFIRMED, starts_at=NOW - 20 * DAY)
PLANNED = a_session(starts_at=NOW + 5 * DAY)


def test_planning_a_session_makes_the_nudges_to_plan_pointless(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    plan(storage, a_nudge(), a_nudge("mentor", person_id=MENTOR, kind=NudgeKind.NOTHING_PLANNED))
    add(storage, sessions=[HELD, PLANNED])
    assert nudging.queue_due(NOW) == 0
    assert {nudge(storage).state, nudge(storage, "mentor").state} == {NudgeState.CANCELLED}


@pytest.mark.parametrize(
    ("held", "planned", "goes"),
    [
        ([], 4, False),
        ([HELD], 4, True),
        ([UNCONFIRMED], 4, True),
        ([HELD], 1, False),
        ([HELD, a_session("later", state=SessionState.HELD, starts_at=NOW - 5 * DAY)], 4, False),
    ],
    ids=[
        "never met",
        "met two weeks ago",
        "nobody said whether they met",
        "met as often as they meant to",
        "met last week",
    ],
)
def test_nothing_planned_goes_to_pairs_that_met_have_sessions_left_and_did_not_meet_lately(
    storage: InMemoryStorage, nudging: NudgingService, held: list[Any], planned: int, goes: bool
) -> None:
    with storage.begin() as uow:
        uow.pairings.save(a_pairing(sessions_planned=planned))
        uow.commit()
    add(storage, sessions=held)
    plan(storage, a_nudge(kind=NudgeKind.NOTHING_PLANNED))
    assert nudging.queue_due(NOW) == goes
    assert nudge(storage).state is (NudgeState.QUEUED if goes else NudgeState.CANCELLED)


@pytest.mark.parametrize(("planned", "meets_once"), [(4, False), (1, True)])
def test_a_session_that_nobody_confirmed_was_planned_and_can_still_be_logged(
    storage: InMemoryStorage, nudging: NudgingService, planned: int, meets_once: bool
) -> None:
    with storage.begin() as uow:
        uow.pairings.save(a_pairing(sessions_planned=planned))
        uow.commit()
    add(storage, sessions=[UNCONFIRMED])
    quiet = a_nudge("quiet", kind=NudgeKind.NOTHING_PLANNED)
    plan(storage, a_nudge(), quiet)
    assert nudging.queue_due(NOW) == 1
    assert nudge(storage).state is NudgeState.CANCELLED, "a first session was planned"
    (message,) = messages(storage)
    with storage.read() as uow:
        letter = compose_nothing_planned(uow, message, Programme(), NOW)
    assert letter is not None
    assert (letter.unconfirmed_id, letter.last_met_on) == (UNCONFIRMED.id, UNCONFIRMED.starts_at.date())
    assert letter.meets_once == meets_once, "there is no next one to speak of"


def test_an_ended_pairing_is_left_in_peace(storage: InMemoryStorage, nudging: NudgingService) -> None:
    add(storage, sessions=[PLANNED, HELD])
    plan(
        storage,
        a_nudge(),
        a_nudge("mentor", person_id=MENTOR, kind=NudgeKind.BEFORE_SESSION, subject_id=SESSION),
        a_nudge("pulse", kind=NudgeKind.PULSE_UNANSWERED, subject_id=HELD.id),
    )
    with storage.begin() as uow:
        uow.pairings.save(a_pairing().ended(EndReason.CHANGED, now=NOW))
        uow.commit()
    assert nudging.queue_due(NOW) == 0
    assert {nudge(storage, one).state for one in ("nudge", "mentor", "pulse")} == {NudgeState.CANCELLED}


@pytest.mark.parametrize("state", [SessionState.HELD, SessionState.CANCELLED, SessionState.UNCONFIRMED])
def test_a_session_that_was_settled_needs_no_reminder_and_no_question(
    storage: InMemoryStorage, nudging: NudgingService, state: SessionState
) -> None:
    add(storage, sessions=[replace(PLANNED, state=state)])
    plan(
        storage,
        a_nudge("reminder", kind=NudgeKind.BEFORE_SESSION, subject_id=SESSION),
        a_nudge("question", person_id=MENTOR, kind=NudgeKind.HOW_DID_IT_GO, subject_id=SESSION),
    )
    assert nudging.queue_due(NOW) == 0


def test_a_pulse_is_asked_for_until_it_is_given(storage: InMemoryStorage, nudging: NudgingService) -> None:
    add(storage, sessions=[HELD], pulses=[a_pulse(HELD.id, MENTOR)])
    plan(
        storage,
        a_nudge("given", person_id=MENTOR, kind=NudgeKind.PULSE_UNANSWERED, subject_id=HELD.id),
        a_nudge("missing", kind=NudgeKind.PULSE_UNANSWERED, subject_id=HELD.id),
    )
    assert nudging.queue_due(NOW) == 1
    assert nudge(storage, "given").state is NudgeState.CANCELLED


def test_a_proposal_is_reminded_until_it_is_answered(storage: InMemoryStorage, nudging: NudgingService) -> None:
    with storage.begin() as uow:
        asked = an_asked_proposal()
        uow.rounds.add(a_round(), [asked, replace(asked, id="other").answered(MENTEE, Answer.YES, now=NOW)])
        uow.commit()
    plan(
        storage,
        a_nudge("open", kind=NudgeKind.PROPOSAL_UNANSWERED, subject_id=PROPOSAL),
        a_nudge("answered", kind=NudgeKind.PROPOSAL_UNANSWERED, subject_id="other"),
        a_nudge("gone", kind=NudgeKind.PROPOSAL_UNANSWERED, subject_id="nowhere"),
    )
    assert nudging.queue_due(NOW) == 1
    assert nudge(storage, "open").state is NudgeState.QUEUED
    assert {nudge(storage, "answered").state, nudge(storage, "gone").state} == {NudgeState.CANCELLED}


def test_thirty_a_minute_go_the_others_stay_due(storage: InMemoryStorage, nudging: NudgingService) -> None:
    crowd(storage, 2 * MOST_A_MINUTE)
    assert nudging.queue_due(NOW) == MOST_A_MINUTE
    assert nudging.queue_due(NOW + timedelta(seconds=59)) == 0
    assert nudging.next_due(NOW) == NOW + timedelta(minutes=1)
    assert nudging.queue_due(NOW + timedelta(minutes=1)) == MOST_A_MINUTE


def arrive(storage: InMemoryStorage, count: int, *, at: datetime) -> None:
    """Let so many nudges that were handed over earlier arrive *at* one instant, which is when they count."""
    plan(storage, *(a_nudge(f"arrived{index}", person_id=f"other{index}").queued(now=at) for index in range(count)))


def test_when_more_than_thirty_arrive_within_a_minute_none_goes(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    crowd(storage, 5)
    arrive(storage, MOST_A_MINUTE + 3, at=NOW)
    assert nudging.queue_due(NOW) == 0
    assert nudging.queue_due(NOW + timedelta(minutes=1)) == 5


def test_when_more_than_thirty_arrive_while_it_waits_for_its_turn_none_goes(
    storage: InMemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd(storage, 5)
    begin = storage.begin

    def begin_late() -> Any:
        monkeypatch.setattr(storage, "begin", begin)
        arrive(storage, MOST_A_MINUTE + 3, at=NOW)
        return begin()

    monkeypatch.setattr(storage, "begin", begin_late)
    assert NudgingService(storage=storage, programme=Programme()).queue_due(NOW) == 0
    assert messages(storage) == []


def test_snoozing_brings_the_nudge_back_on_the_day_in_place_of_its_repeats(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    plan(storage, a_nudge(), a_nudge("repeat", due_at=NOW + 4 * DAY))
    nudging.queue_due(NOW)
    again_at = nudging.snooze(an_actor(), "nudge", until=(NOW + DAY).date(), now=NOW)
    assert again_at == NOW + DAY, "which is a day after the last message, half an hour after work begins"
    assert [one.due_at for one in pending(storage)] == [again_at]
    assert nudge(storage, "repeat").state is NudgeState.CANCELLED


def test_a_session_moved_after_its_reminder_went_is_reminded_of_again(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    sessions = SessionService(storage=storage, programme=Programme())
    moved_on, starts_at = NOW + DAY, NOW + 9 * DAY
    planned = sessions.plan(an_actor(), PAIRING, starts_at=NOW + 2 * DAY, minutes=60, place="", now=NOW).session
    assert nudging.queue_due(moved_on) == 2
    with storage.begin() as uow:
        uow.outbox.claim_due(now=moved_on, limit=9, lease=DAY)
        uow.commit()
    sessions.move(an_actor(), planned.id, starts_at=starts_at, minutes=60, place="", now=moved_on)
    for person_id in (MENTOR, MENTEE):
        reminders = [one for one in pending(storage, person_id) if one.kind is NudgeKind.BEFORE_SESSION]
        assert [one.due_at for one in reminders] == [starts_at - DAY]


def test_snoozing_twice_to_one_day_brings_the_nudge_back_once(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    plan(storage, a_nudge())
    nudging.queue_due(NOW)
    with storage.begin() as uow:
        assert uow.outbox.claim_due(now=NOW, limit=1, lease=DAY), "on its way"
        uow.commit()
    again_at = {nudging.snooze(an_actor(), "nudge", until=(NOW + DAY).date(), now=NOW) for _ in range(2)}
    assert {one.due_at for one in pending(storage)} == again_at
    assert len(pending(storage)) == 1


def test_a_snoozed_nudge_comes_at_the_time_told_within_the_budget(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    plan(storage, *(a_nudge(f"{day}", subject_id=f"other{day}", kind=NudgeKind.NEXT_TRY) for day in (5, 3)))
    with storage.begin() as uow:
        uow.nudges.save_many(uow.nudges.get(f"{day}").queued(now=NOW - day * DAY) for day in (5, 3))
        uow.commit()
    plan(storage, a_nudge())
    nudging.queue_due(NOW)
    again_at = nudging.snooze(an_actor(), "nudge", until=(NOW + DAY).date(), now=NOW)
    assert again_at == NOW + 2 * DAY, "three within seven days"
    assert nudging.queue_due(again_at - timedelta(minutes=1)) == 0
    assert nudging.queue_due(again_at) == 1


def test_the_time_told_leaves_room_for_the_reminder_of_a_session_that_comes_first(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    session = a_session(starts_at=NOW + 3 * DAY, pairing_id=None)
    add(storage, sessions=[session])
    reminder = a_nudge(
        "remind", kind=NudgeKind.BEFORE_SESSION, subject_id=session.id, due_at=NOW + 2 * DAY,
        useful_until=session.starts_at,
    )  # fmt: skip
    plan(storage, a_nudge(), reminder)
    nudging.queue_due(NOW)
    until = NOW + 2 * DAY
    again_at = nudging.snooze(an_actor(), "nudge", until=until.date(), now=NOW)
    came = [(kind, at) for who, kind, at in pass_time(storage, since=1 / 24, until=6) if who == MENTEE]
    assert came[-1][0] is NudgeKind.FIRST_SESSION_UNPLANNED
    assert timedelta() <= came[-1][1] - again_at < timedelta(hours=1), "the test looks once an hour"
    assert again_at > until + timedelta(hours=12)


def test_a_reminder_is_not_put_off_to_when_the_budget_lets_it_come_too_late(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    session = a_session(starts_at=NOW + DAY, pairing_id=None)
    add(storage, sessions=[session])
    plan(storage, a_nudge(kind=NudgeKind.BEFORE_SESSION, subject_id=session.id, useful_until=session.starts_at))
    assert nudging.queue_due(NOW) == 1
    with pytest.raises(SnoozedTooLong):
        nudging.snooze(an_actor(), "nudge", until=(NOW + DAY).date(), now=NOW)
    assert pending(storage) == []


@pytest.mark.parametrize(
    ("until", "error"),
    [(NOW, SnoozedToToday), (NOW + 93 * DAY, DateTooFar), (NOW + 4 * DAY, SnoozedTooLong)],
    ids=["today", "next season", "after the session"],
)
def test_a_snooze_that_makes_no_sense_is_refused(
    storage: InMemoryStorage, nudging: NudgingService, until: datetime, error: type[Exception]
) -> None:
    plan(storage, a_nudge(useful_until=NOW + 3 * DAY))
    with pytest.raises(error):
        nudging.snooze(an_actor(), "nudge", until=until.date(), now=NOW)
    assert [one.id for one in pending(storage)] == ["nudge"]


def test_what_is_settled_cannot_be_put_off(storage: InMemoryStorage, nudging: NudgingService) -> None:
    session = a_held_session(pairing_id=None)
    add(storage, sessions=[session])
    plan(storage, a_nudge(kind=NudgeKind.PULSE_UNANSWERED, subject_id=session.id, useful_until=NOW + 7 * DAY))
    nudging.queue_due(NOW)
    assert nudging.last_snooze(an_actor(), "nudge", now=NOW) == (NOW + 7 * DAY).date()
    with storage.begin() as uow:
        uow.sessions.put_pulse(a_pulse(session.id))
        uow.commit()
    with pytest.raises(NothingToPutOff):
        nudging.snooze(an_actor(), "nudge", until=(NOW + DAY).date(), now=NOW)
    with pytest.raises(NothingToPutOff):
        nudging.last_snooze(an_actor(), "nudge", now=NOW)


def test_no_day_is_asked_for_where_each_would_be_refused(storage: InMemoryStorage, nudging: NudgingService) -> None:
    session = a_session(starts_at=NOW + DAY, pairing_id=None)
    add(storage, sessions=[session])
    plan(storage, a_nudge(kind=NudgeKind.BEFORE_SESSION, subject_id=session.id, useful_until=session.starts_at))
    nudging.queue_due(NOW)
    with pytest.raises(SnoozedTooLong):
        nudging.last_snooze(an_actor(), "nudge", now=NOW)


@pytest.mark.parametrize(("days", "most_days"), [(1, 0), (2, 2), (4, 4)])
def test_a_reminder_says_for_how_many_days_it_can_be_put_off_and_no_day_beyond_is_taken(
    storage: InMemoryStorage, nudging: NudgingService, days: int, most_days: int
) -> None:
    session = a_session(starts_at=NOW + days * DAY, pairing_id=None)
    add(storage, sessions=[session])
    plan(storage, a_nudge(kind=NudgeKind.BEFORE_SESSION, subject_id=session.id, useful_until=session.starts_at))
    nudging.queue_due(NOW)
    [message] = messages(storage)
    with storage.read() as uow:
        letter = COMPOSERS[message.kind](uow, message, Programme(), NOW)
    assert isinstance(letter, BeforeSession)
    assert letter.most_days == most_days
    with pytest.raises(SnoozedTooLong):
        nudging.snooze(an_actor(), "nudge", until=(NOW + (most_days + 1) * DAY).date(), now=NOW)
    if most_days:
        nudging.snooze(an_actor(), "nudge", until=(NOW + most_days * DAY).date(), now=NOW)


@pytest.mark.parametrize(
    ("kind", "subject_id"),
    [
        (NudgeKind.FIRST_SESSION_UNPLANNED, PAIRING),
        (NudgeKind.TWICE_CANCELLED, PAIRING),
        (NudgeKind.NOTHING_PLANNED, PAIRING),
        (NudgeKind.NEXT_TRY, "held"),
    ],
)
def test_what_is_about_meeting_again_is_put_off_to_the_cohort_s_last_working_day_at_the_latest(
    storage: InMemoryStorage, nudging: NudgingService, kind: NudgeKind, subject_id: str
) -> None:
    if kind in (NudgeKind.NOTHING_PLANNED, NudgeKind.NEXT_TRY):
        add(storage, sessions=[a_held_session("held", held_at=NOW - 20 * DAY, next_try="Search in quotes")])
    plan(storage, a_nudge(kind=kind, subject_id=subject_id))
    nudging.queue_due(NOW)
    [message] = messages(storage)
    with storage.read() as uow:
        letter = COMPOSERS[message.kind](uow, message, Programme(), NOW)
        ends_on = uow.cohorts.get(COHORT).ends_on
    assert ends_on.isoweekday() == 7
    last_on = ends_on - 2 * DAY
    assert isinstance(letter, NudgeLetter)
    assert letter.most_days == (last_on - NOW.date()).days
    assert nudging.last_snooze(an_actor(), "nudge", now=NOW) == last_on
    with pytest.raises(SnoozedPastTheCohort) as refused:
        nudging.snooze(an_actor(), "nudge", until=last_on + DAY, now=NOW)
    assert refused.value.params["day"] == ends_on
    assert nudging.snooze(an_actor(), "nudge", until=last_on, now=NOW).date() == last_on


def test_nothing_is_put_off_for_longer_than_the_longest_snooze(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    with storage.begin() as uow:
        uow.cohorts.save(a_cohort(ends_on=(NOW + 200 * DAY).date()))
        uow.commit()
    plan(storage, a_nudge())
    nudging.queue_due(NOW)
    assert nudging.last_snooze(an_actor(), "nudge", now=NOW) == (NOW + LONGEST_SNOOZE).date()


def test_a_stopped_kind_stays_away_until_it_is_wanted_again(storage: InMemoryStorage, nudging: NudgingService) -> None:
    plan(storage, a_nudge("first"), a_nudge("second", due_at=NOW + 2 * DAY), a_nudge("third", due_at=NOW + 4 * DAY))
    nudging.queue_due(NOW)
    assert nudging.stop_kind(an_actor(), "first", now=NOW) is NudgeKind.FIRST_SESSION_UNPLANNED
    assert nudging.queue_due(NOW + 2 * DAY) == 0
    nudging.restart_kind(an_actor(), NudgeKind.FIRST_SESSION_UNPLANNED, now=NOW + 2 * DAY)
    assert nudging.queue_due(NOW + 4 * DAY) == 1


def test_somebody_elses_nudge_is_not_theirs_to_snooze_or_stop(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    plan(storage, a_nudge())
    with pytest.raises(NotYours):
        nudging.snooze(an_actor(MENTOR), "nudge", until=(NOW + DAY).date(), now=NOW)
    with pytest.raises(NotYours):
        nudging.stop_kind(an_actor(MENTOR), "nudge", now=NOW)


def test_not_yet_asks_the_same_person_again_and_nobody_else(storage: InMemoryStorage, nudging: NudgingService) -> None:
    add(storage, sessions=[a_session(starts_at=NOW - timedelta(hours=2))])
    plan(
        storage,
        a_nudge("mentor", person_id=MENTOR, kind=NudgeKind.HOW_DID_IT_GO, subject_id=SESSION, due_at=NOW + DAY),
        a_nudge("mentee", kind=NudgeKind.HOW_DID_IT_GO, subject_id=SESSION, due_at=NOW + DAY),
    )
    again_at = nudging.ask_again(an_actor(MENTOR), SESSION, now=NOW)
    assert again_at == NOW + DAY
    assert [one.due_at for one in pending(storage, MENTOR)] == [NOW + DAY]
    assert pending(storage, MENTEE) == []


def test_a_question_answered_not_yet_keeps_its_day_when_the_message_it_came_in_is_put_off(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    add(storage, sessions=[a_session(starts_at=NOW - timedelta(hours=2))])
    asked = a_nudge(person_id=MENTOR, kind=NudgeKind.HOW_DID_IT_GO, subject_id=SESSION, period=f"{SESSION}:0")
    plan(storage, asked)
    assert nudging.queue_due(NOW) == 1
    again_at = nudging.ask_again(an_actor(MENTOR), SESSION, sequence=0, now=NOW)
    with pytest.raises(NothingToPutOff):
        nudging.snooze(an_actor(MENTOR), "nudge", until=(NOW + 3 * DAY).date(), now=NOW)
    assert [one.due_at for one in pending(storage, MENTOR)] == [again_at]


def test_not_yet_said_twice_asks_again_once(storage: InMemoryStorage, nudging: NudgingService) -> None:
    add(storage, sessions=[a_session(starts_at=NOW - timedelta(hours=2))])
    for minutes in range(2):
        nudging.ask_again(an_actor(MENTOR), SESSION, now=NOW + timedelta(minutes=minutes))
    assert [one.kind for one in pending(storage, MENTOR)] == [NudgeKind.HOW_DID_IT_GO]


def test_not_yet_about_a_session_whose_pairing_has_ended_is_not_followed_by_the_question(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    add(storage, sessions=[a_session(starts_at=NOW - timedelta(hours=2))])
    with storage.begin() as uow:
        uow.pairings.save(a_pairing().ended(EndReason.CHANGED, now=NOW))
        uow.commit()
    assert nudging.ask_again(an_actor(MENTOR), SESSION, now=NOW) is None
    assert pending(storage, MENTOR) == []


def test_not_yet_about_a_session_that_somebody_settled_changes_nothing(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    add(storage, sessions=[HELD])
    with pytest.raises(AlreadyEnded):
        nudging.ask_again(an_actor(MENTOR), HELD.id, now=NOW)


@pytest.mark.parametrize(("starts_at", "sequence"), [(NOW + DAY, None), (NOW - timedelta(hours=2), 0)])
def test_not_yet_about_another_date_than_the_session_has_now_changes_nothing(
    storage: InMemoryStorage, nudging: NudgingService, starts_at: datetime, sequence: int | None
) -> None:
    add(storage, sessions=[a_session(starts_at=starts_at, sequence=1)])
    plan(storage, a_nudge(kind=NudgeKind.HOW_DID_IT_GO, subject_id=SESSION, due_at=NOW + 2 * DAY))
    with pytest.raises(ChangedSince):
        nudging.ask_again(an_actor(MENTOR), SESSION, sequence=sequence, now=NOW)
    assert [one.due_at for one in pending(storage, MENTEE)] == [NOW + 2 * DAY]


def test_the_nudges_of_a_pairing_that_nobody_remembers_are_cancelled(
    storage: InMemoryStorage, nudging: NudgingService
) -> None:
    plan(storage, a_nudge(subject_id="nowhere"), a_nudge("other", kind=NudgeKind.BEFORE_SESSION, subject_id="nowhere"))
    assert nudging.queue_due(NOW) == 0
    assert pending(storage) == []


@pytest.mark.parametrize(
    "kind",
    [
        NudgeKind.FIRST_SESSION_UNPLANNED,
        NudgeKind.NOTHING_PLANNED,
        NudgeKind.TWICE_CANCELLED,
    ],
)
@pytest.mark.parametrize(("days_after", "state"), [(0, NudgeState.QUEUED), (1, NudgeState.CANCELLED)])
def test_nobody_is_asked_to_plan_after_the_last_day_of_their_cohort(
    storage: InMemoryStorage, nudging: NudgingService, kind: NudgeKind, days_after: int, state: NudgeState
) -> None:
    last_day = NOW + 56 * DAY
    with storage.begin() as uow:
        uow.cohorts.save(a_cohort(ends_on=last_day.date()))
        if kind is NudgeKind.NOTHING_PLANNED:
            uow.sessions.add(a_held_session())
        uow.commit()
    now = last_day + days_after * DAY
    plan(storage, a_nudge(kind=kind, due_at=now))
    nudging.queue_due(now)
    assert nudge(storage).state is state


@pytest.mark.parametrize(
    ("days_before", "state", "closes"),
    [(22, NudgeState.QUEUED, True), (21, NudgeState.QUEUED, False), (15, NudgeState.QUEUED, False),
     (14, NudgeState.CANCELLED, False)],
)  # fmt: skip
def test_whether_to_go_on_is_asked_until_the_end_of_the_cohort_is_told_and_ends_nothing_after_that(
    storage: InMemoryStorage, nudging: NudgingService, days_before: int, state: NudgeState, *, closes: bool
) -> None:
    with storage.begin() as uow:
        uow.cohorts.save(a_cohort(ends_on=(NOW + days_before * DAY).date()))
        uow.sessions.add(a_held_session(held_at=NOW - 30 * DAY))
        uow.commit()
    plan(storage, a_nudge(kind=NudgeKind.STILL_GOING))
    nudging.queue_due(NOW)
    assert nudge(storage).state is state
    with storage.read() as uow:
        assert uow.pairings.get(PAIRING).closes_at == (NOW + CLOSES_AFTER if closes else None)
