from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from bot.domain.cohorts import Format
from bot.domain.nudges import NOTHING_PLANNED_AFTER, NudgeKind
from bot.domain.outbox import LEASE
from bot.domain.overviews import Meeting, Partnership, SameDay
from bot.domain.pairings import EndReason
from bot.domain.sessions import LogLine, Session, SessionState
from bot.errors import (
    AfterTheCohort,
    AlreadyBooked,
    AlreadyEnded,
    AlreadyLogged,
    ChangedSince,
    CorrectionOver,
    HeldAfterTheEnd,
    HeldBeforeTheStart,
    NotTogether,
    NotYourPartner,
    PulseClosed,
)
from bot.services.base import Programme
from bot.services.nudging import NudgingService, compose_before_session
from bot.services.sessions import (
    SessionService,
    compose_session_cancelled,
    compose_session_logged,
    compose_session_planned,
)
from bot.services.settings import SettingsService
from tests.builders import (
    COHORT,
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

PARIS = ZoneInfo("Europe/Paris")
LONG_AGO = NOW - timedelta(days=30)


@pytest.fixture
def sessions(storage: InMemoryStorage) -> SessionService:
    return SessionService(storage=storage, programme=Programme())


@pytest.fixture
def introduced_long_ago(storage: InMemoryStorage) -> None:
    with storage.begin() as uow:
        uow.pairings.save(a_pairing(introduced_at=LONG_AGO))
        uow.commit()


def log(
    sessions: SessionService, by: str, *, session_id: str | None = None, held_at: datetime = NOW - timedelta(hours=1),
    minutes: int = 45, now: datetime = NOW,
) -> str:  # fmt: skip
    logged = sessions.log(
        an_actor(by), pairing_id=None if session_id else PAIRING, session_id=session_id, held_at=held_at,
        minutes=minutes, topic_ids=(), tried="Advanced search", next_try="An alert", is_another=True, now=now,
    )  # fmt: skip
    assert isinstance(logged, Meeting)
    return logged.session.id


def log_line(sessions: SessionService, by: str, line: LogLine, *, now: datetime = NOW) -> Session:
    logged = sessions.log_line(an_actor(by), line, now=now)
    assert isinstance(logged, Meeting)
    return logged.session


def cancel_another(storage: InMemoryStorage, sessions: SessionService, *, cadence: int) -> None:
    """Have the pair meet every *cadence* weeks, plan its next session and cancel it."""
    with storage.begin() as uow:
        uow.pairings.save(a_pairing(cadence=cadence))
        uow.commit()
    starts_at = NOW + timedelta(days=5)
    planned = sessions.plan(an_actor(MENTOR), PAIRING, starts_at=starts_at, minutes=60, place="", now=NOW)
    sessions.cancel(an_actor(MENTOR), planned.session.id, now=NOW)


def end_pairing(storage: InMemoryStorage, *, days_ago: float) -> None:
    with storage.begin() as uow:
        uow.pairings.save(
            a_pairing(introduced_at=LONG_AGO).ended(EndReason.CHANGED, now=NOW - timedelta(days=days_ago))
        )
        uow.commit()


def add_session(storage: InMemoryStorage, *, starts_at: datetime) -> None:
    with storage.begin() as uow:
        uow.sessions.add(a_session(starts_at=starts_at))
        uow.commit()


def to_come(storage: InMemoryStorage, person_id: str) -> dict[NudgeKind, datetime]:
    with storage.read() as uow:
        return {nudge.kind: nudge.due_at for nudge in uow.nudges.pending_of(person_id)}


def test_a_log_corrected_by_the_other_side_is_followed_by_the_same_nudges(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    session_id = log(sessions, MENTOR)
    before = {person_id: to_come(storage, person_id) for person_id in (MENTOR, MENTEE)}
    log(sessions, MENTEE, session_id=session_id, minutes=60, now=NOW + timedelta(minutes=5))
    assert {NudgeKind.NOTHING_PLANNED, NudgeKind.STILL_GOING} <= before[MENTOR].keys()
    assert {person_id: to_come(storage, person_id) for person_id in (MENTOR, MENTEE)} == before


@pytest.mark.usefixtures("introduced_long_ago")
def test_a_session_logged_after_a_later_one_lets_the_quiet_count_from_the_later_one(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    log(sessions, MENTOR)
    before = to_come(storage, MENTOR)
    log(sessions, MENTEE, held_at=NOW - timedelta(days=10))
    after = to_come(storage, MENTOR)
    for kind in (NudgeKind.NOTHING_PLANNED, NudgeKind.STILL_GOING):
        assert after[kind] == before[kind], kind


@pytest.mark.parametrize(("cadence", "quiet_days"), [(2, 14), (3, 21)])
def test_a_cancelled_session_is_followed_as_late_as_its_pairs_cadence_allows(
    storage: InMemoryStorage, sessions: SessionService, cadence: int, quiet_days: int
) -> None:
    log(sessions, MENTOR)
    cancel_another(storage, sessions, cadence=cadence)
    due_at = to_come(storage, MENTOR)[NudgeKind.NOTHING_PLANNED]
    assert due_at.date() == (NOW + timedelta(days=quiet_days)).date()
    assert NudgingService(storage=storage, programme=Programme()).queue_due(due_at) > 0


def test_a_session_held_before_the_pairing_ended_is_logged_and_told_and_followed_by_no_nudge_about_it(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    end_pairing(storage, days_ago=1)
    session_id = log(sessions, MENTOR, held_at=NOW - timedelta(days=2))
    with storage.begin() as uow:
        assert uow.sessions.get(session_id).state is SessionState.HELD
        told = [message.kind for message in uow.outbox.claim_due(now=NOW, limit=9, lease=timedelta(minutes=1))]
    assert told == ["session_logged"]
    assert to_come(storage, MENTOR) == {}
    # What somebody does with the topic a month on is about the topic, and asked after closed cohorts too.
    assert to_come(storage, MENTEE).keys() == {NudgeKind.USAGE_QUESTION}


def test_a_session_that_was_planned_before_the_pairing_ended_can_still_be_logged_and_corrected(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    held_at = NOW - timedelta(days=2)
    add_session(storage, starts_at=held_at)
    end_pairing(storage, days_ago=1)
    for person_id in (MENTOR, MENTEE):
        meeting, partnership = sessions.loggable(an_actor(person_id), SESSION, now=NOW)
        assert (meeting.session.id, partnership.pairing.id) == (SESSION, PAIRING)
        assert log(sessions, person_id, session_id=SESSION, held_at=held_at) == SESSION


def test_what_can_only_be_refused_is_refused_before_its_form_opens(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    """What people are told is a day, and the whole of it counts on their own clock."""
    session_id = log(sessions, MENTOR)
    last_moment = (NOW + timedelta(days=8)).astimezone(PARIS).replace(hour=0) - timedelta(seconds=1)
    with storage.read() as uow:
        letter = compose_session_logged(uow, a_message(args={"session_id": session_id, "by": "UMENTOR"}),
                                        Programme(), NOW)  # fmt: skip
    assert letter is not None
    assert letter.correct_until == last_moment.date()
    give = partial(
        sessions.give_pulse, an_actor(), session_id, useful=4, at_ease=None, reuse=None, could_say=None, learned=""
    )
    for now, ends in ((last_moment, False), (last_moment + timedelta(seconds=1), True)):
        for error, act in (
            (CorrectionOver, lambda now: sessions.loggable(an_actor(), session_id, now=now)),
            (CorrectionOver, lambda now: log(sessions, MENTEE, session_id=session_id, now=now)),
            (PulseClosed, lambda now: sessions.rateable(an_actor(), session_id, now=now)),
            (PulseClosed, lambda now: give(now=now)),
        ):
            with pytest.raises(error) if ends else nullcontext():
                act(now.astimezone(UTC))


@pytest.mark.parametrize(
    ("days_ahead", "is_off"), [(1, True), (2, False), (5, False)], ids=["a day off", "a working day", "a Saturday"]
)
def test_a_session_on_a_day_off_may_be_planned_and_everybody_is_told(
    storage: InMemoryStorage, sessions: SessionService, days_ahead: int, is_off: bool
) -> None:
    off = (NOW + timedelta(days=1)).date()
    starts_at = NOW + timedelta(days=days_ahead)
    SettingsService(storage=storage, programme=Programme()).add_days_off(an_actor(MENTOR), off, off, now=NOW)
    planned = sessions.plan(an_actor(), PAIRING, starts_at=starts_at, minutes=60, place="", now=NOW)
    moved = sessions.move(
        an_actor(), planned.session.id, starts_at=starts_at + timedelta(hours=1), minutes=60, place="", now=NOW
    )
    told = a_message(args={"session_id": planned.session.id, "by": "UMENTEE", "moved": False})
    reminder = a_nudge(kind=NudgeKind.BEFORE_SESSION, subject_id=planned.session.id)
    with storage.begin() as uow:
        uow.nudges.plan([reminder])
        letter = compose_session_planned(uow, told, Programme(), NOW)
        reminded = compose_before_session(uow, a_message(args={"nudge_id": reminder.id}), Programme(), NOW)
    assert letter is not None
    assert [one.on_day_off for one in (planned, moved, letter, reminded)] == [is_off] * 4


@pytest.mark.parametrize("moved_by", [MENTOR, MENTEE])
def test_a_session_moved_before_its_first_letter_went_is_told_once(
    storage: InMemoryStorage, sessions: SessionService, moved_by: str
) -> None:
    starts_at = NOW + timedelta(days=2)
    planned = plan(sessions, starts_at)
    later = starts_at + timedelta(days=1)
    sessions.move(an_actor(moved_by), planned, starts_at=later, minutes=60, place="", now=NOW + timedelta(seconds=1))
    told = []
    with storage.begin() as uow:
        # One of each conversation at a time.
        while messages := uow.outbox.claim_due(now=NOW + timedelta(minutes=1), limit=9, lease=LEASE):
            for message in messages:
                letter = compose_session_planned(uow, message, Programme(), NOW)
                told += [(message.person_id, letter.starts_at, letter.moved_from)] if letter else []
                uow.outbox.finish(message.obsolete("read"))
    assert told == [(MENTEE if moved_by == MENTOR else MENTOR, later, starts_at)]


@pytest.mark.parametrize(("days_ahead", "is_on_break"), [(8, True), (9, False)], ids=["the last day", "the day back"])
def test_no_slot_lies_in_a_break_and_whoever_plans_into_one_all_the_same_is_told(
    storage: InMemoryStorage, sessions: SessionService, days_ahead: int, is_on_break: bool
) -> None:
    back_on = NOW.date() + timedelta(days=9)
    with storage.begin() as uow:
        uow.participants.put(a_mentor().paused(until=back_on))
        uow.commit()
    slots = sessions.partnership(an_actor(), PAIRING, now=NOW).slots
    assert min(slot.date() for slot in slots) == back_on
    starts_at = NOW + timedelta(days=days_ahead)
    planned = sessions.plan(an_actor(), PAIRING, starts_at=starts_at, minutes=60, place="", now=NOW)
    moved = sessions.move(
        an_actor(), planned.session.id, starts_at=starts_at + timedelta(hours=1), minutes=60, place="", now=NOW
    )
    told = a_message(args={"session_id": planned.session.id, "by": "UMENTEE", "moved": False})
    with storage.begin() as uow:
        letter = compose_session_planned(uow, told, Programme(), NOW)
    assert letter is not None
    assert [one.on_break for one in (planned, moved, letter)] == [is_on_break] * 3


def test_nothing_is_proposed_planned_or_moved_after_the_last_day_of_the_cohort(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    """The last day is whole where the company is at home."""
    last_day = NOW.date() + timedelta(days=3)
    end = datetime.combine(last_day + timedelta(days=1), time(), PARIS)
    with storage.begin() as uow:
        uow.cohorts.save(a_cohort(ends_on=last_day))
        uow.commit()
    slots = sessions.partnership(an_actor(), PAIRING, now=NOW).slots
    assert [slot.date() for slot in slots] == [last_day - timedelta(days=1), last_day]
    planned = plan(sessions, end - timedelta(minutes=30))
    for act in (
        lambda: plan(sessions, end),
        lambda: sessions.move(an_actor(), planned, starts_at=end, minutes=60, place="", now=NOW),
        lambda: sessions.partnership(an_actor(), PAIRING, now=end),
        lambda: sessions.partnerships_to_plan(an_actor(), now=end),
        lambda: sessions.planned(an_actor(), planned, now=end),
    ):
        with pytest.raises(AfterTheCohort) as refused:
            act()
        assert (refused.value.field, refused.value.params) == ("date", {"day": last_day})
    instead = sessions.take_slot(an_actor(), PAIRING, starts_at=end + timedelta(hours=10), now=NOW)
    assert isinstance(instead, Partnership)
    assert log(sessions, MENTEE, session_id=planned, held_at=end - timedelta(minutes=30), now=end) == planned


@pytest.mark.parametrize(
    ("weeks", "ends_on", "first_on"),
    [
        (2, date(2027, 4, 25), date(2027, 3, 3)),
        (4, date(2027, 4, 25), date(2027, 3, 22)),
        (8, date(2027, 4, 18), date(2027, 3, 3)),
    ],
    ids=["as often as the cohort", "less often", "so rarely that the cohort ends before"],
)
def test_who_chose_to_meet_less_often_is_offered_moments_from_then_on(
    storage: InMemoryStorage, sessions: SessionService, weeks: int, ends_on: date, first_on: date
) -> None:
    with storage.begin() as uow:
        uow.cohorts.save(replace(uow.cohorts.get(COHORT), ends_on=ends_on))
        uow.pairings.save(replace(uow.pairings.get(PAIRING), cadence_weeks=weeks))
        uow.sessions.add(a_held_session("held", held_at=NOW - timedelta(days=7)))
        uow.commit()
    assert sessions.partnership(an_actor(), PAIRING, now=NOW).slots[0].date() == first_on


def test_a_session_without_a_plan_can_be_logged_from_any_button_of_a_pairing_that_ended(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    end_pairing(storage, days_ago=1)
    assert sessions.partnership_to_log(an_actor(MENTEE), PAIRING, now=NOW).pairing.id == PAIRING
    with pytest.raises(AlreadyEnded):
        sessions.partnership(an_actor(MENTEE), PAIRING, now=NOW)


@pytest.mark.parametrize("is_planned", [True, False])
def test_a_session_dated_after_the_end_of_its_pairing_is_refused_beside_the_date(
    storage: InMemoryStorage, sessions: SessionService, is_planned: bool
) -> None:
    add_session(storage, starts_at=NOW - timedelta(days=2))
    end_pairing(storage, days_ago=1)
    with pytest.raises(HeldAfterTheEnd) as refused:
        log(sessions, MENTOR, session_id=SESSION if is_planned else None, held_at=NOW - timedelta(hours=3))
    assert refused.value.field == "date"
    with storage.read() as uow:
        assert uow.sessions.get(SESSION).state is SessionState.PLANNED


def test_a_session_dated_before_the_day_of_the_introduction_is_refused_beside_the_date(
    sessions: SessionService,
) -> None:
    introduced_on = NOW.astimezone(PARIS).replace(hour=0)
    first = log(sessions, MENTOR, held_at=introduced_on, minutes=30)
    too_early = introduced_on - timedelta(hours=1)
    for session_id in (None, first):
        with pytest.raises(HeldBeforeTheStart) as refused:
            log(sessions, MENTEE, session_id=session_id, held_at=too_early, minutes=30)
        assert (refused.value.field, refused.value.params) == ("date", {"day": introduced_on.date()})
    [meeting] = sessions.meetings(an_actor(MENTEE))
    assert (meeting.session.id, meeting.session.starts_at) == (first, introduced_on)


def test_nothing_is_planned_or_moved_in_a_pairing_that_ended(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    add_session(storage, starts_at=NOW - timedelta(days=2))
    end_pairing(storage, days_ago=1)
    later = NOW + timedelta(days=3)
    with pytest.raises(AlreadyEnded):
        sessions.plan(an_actor(MENTOR), PAIRING, starts_at=later, minutes=60, place="", now=NOW)
    with pytest.raises(AlreadyEnded):
        sessions.move(an_actor(MENTOR), SESSION, starts_at=later, minutes=60, place="", now=NOW)


def test_a_session_that_came_to_nothing_in_a_pairing_that_ended_is_followed_by_no_nudge(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    add_session(storage, starts_at=NOW - timedelta(days=8))
    end_pairing(storage, days_ago=1)
    assert sessions.unconfirm_due(NOW) == 1
    assert to_come(storage, MENTOR) == to_come(storage, MENTEE) == {}


def test_a_session_that_nobody_confirmed_is_followed_like_one_that_was_held(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    starts_at = NOW - timedelta(days=7, seconds=1)
    add_session(storage, starts_at=starts_at)
    assert sessions.unconfirm_due(NOW) == 1
    assert (
        to_come(storage, MENTOR)
        == to_come(storage, MENTEE)
        == {
            NudgeKind.NOTHING_PLANNED: starts_at + timedelta(days=14),
            NudgeKind.STILL_GOING: starts_at + timedelta(days=30),
        }
    )


def test_a_session_that_nobody_confirmed_counts_for_less_than_one_held_after_it(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    """Counted from the earlier one, both nudges would come too soon, be pointless then, and never come again."""
    met_at = NOW - timedelta(days=4)
    add_session(storage, starts_at=NOW - timedelta(days=7, seconds=1))
    with storage.begin() as uow:
        uow.sessions.add(a_held_session("held", held_at=met_at))
        uow.commit()
    assert sessions.unconfirm_due(NOW) == 1
    for person_id in (MENTOR, MENTEE):
        assert to_come(storage, person_id)[NudgeKind.NOTHING_PLANNED] >= met_at + timedelta(days=14)
        assert to_come(storage, person_id)[NudgeKind.STILL_GOING] >= met_at + timedelta(days=30)


def test_cancelling_twice_what_lay_before_the_end_asks_nobody_whether_to_go_on(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    starts_at = NOW - timedelta(days=2)
    with storage.begin() as uow:
        uow.sessions.add(a_session("first", starts_at=starts_at - timedelta(days=3)))
        uow.sessions.add(a_session(starts_at=starts_at))
        uow.commit()
    sessions.cancel(an_actor(MENTOR), "first", now=NOW - timedelta(days=6))
    with storage.begin() as uow:
        uow.nudges.cancel(subject_id=PAIRING)
        uow.commit()
    end_pairing(storage, days_ago=1)
    assert sessions.cancel(an_actor(MENTOR), SESSION, now=NOW) is None
    assert to_come(storage, MENTOR) == to_come(storage, MENTEE) == {}


@pytest.mark.parametrize("place", ["", "Room 4"])
def test_a_move_that_changes_nothing_tells_nobody_and_a_place_alone_moves_no_reminder(
    storage: InMemoryStorage, sessions: SessionService, place: str
) -> None:
    starts_at, later = NOW + timedelta(days=3), NOW + timedelta(hours=1)
    before = sessions.meeting(an_actor(MENTEE), plan(sessions, starts_at)).session
    reminders = to_come(storage, MENTEE)
    with storage.begin() as uow:
        for message in uow.outbox.claim_due(now=NOW, limit=9, lease=timedelta(days=1)):
            uow.outbox.finish(message.obsolete("read"))
        uow.commit()
    after = sessions.move(an_actor(MENTEE), before.id, starts_at=starts_at, minutes=60, place=place, now=later)
    assert after.session == sessions.meeting(an_actor(), before.id).session == replace(before, place=place)
    assert after.is_unchanged is (not place)
    assert to_come(storage, MENTEE) == reminders
    with storage.begin() as uow:
        told = uow.outbox.claim_due(now=later, limit=9, lease=timedelta(days=1))
        composed = [compose_session_planned(uow, one, Programme(), later) for one in told]
    assert [one.person_id for one in told] == [MENTOR] * bool(place)
    assert all(letter is not None and letter.only_place and letter.place == place for letter in composed)


def test_what_would_cancel_a_session_of_another_date_leaves_it_planned(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    session_id = plan(sessions, NOW + timedelta(days=1))
    moved = sessions.move(
        an_actor(MENTOR), session_id, starts_at=NOW + timedelta(days=6), minutes=60, place="", now=NOW
    )
    with pytest.raises(ChangedSince):
        sessions.cancel(an_actor(MENTEE), session_id, sequence=0, now=NOW)
    assert sessions.meeting(an_actor(MENTEE), session_id).session == moved.session
    sessions.cancel(an_actor(MENTEE), session_id, sequence=moved.session.sequence, now=NOW)
    assert sessions.meeting(an_actor(MENTEE), session_id).session.state is SessionState.CANCELLED


@pytest.mark.parametrize(
    ("which", "asked"),
    [
        ("cancelled, cancelled", True),
        ("told of, told of", False),
        ("cancelled, told of", False),
        ("told of, cancelled", False),
        ("cancelled, told of, cancelled", True),
    ],
)
def test_who_tells_that_a_session_did_not_take_place_has_not_cancelled_it(
    storage: InMemoryStorage, sessions: SessionService, which: str, asked: bool
) -> None:
    now = NOW
    for how in which.split(", "):
        starts_at = now + timedelta(days=1)
        session_id = plan(sessions, starts_at, now=now)
        now = starts_at + timedelta(hours=2 if how == "told of" else -2)
        sessions.cancel(an_actor(MENTOR), session_id, now=now)
        told = a_message(args={"session_id": session_id, "by": "UMENTOR"})
        with storage.read() as uow:
            letter = compose_session_cancelled(uow, told, Programme(), now)
        assert letter is not None
        assert letter.by == (None if how == "told of" else "UMENTOR")
        assert letter.partners == ("UMENTOR",)
    assert (NudgeKind.TWICE_CANCELLED in to_come(storage, MENTOR)) is asked
    assert NudgeKind.TWICE_CANCELLED not in to_come(storage, MENTEE)


def a_line(minutes: int = 90, tried: str = "Alerts") -> LogLine:
    return LogLine(user_ids=(), minutes=minutes, tried=tried)


def plan(sessions: SessionService, starts_at: datetime, *, now: datetime = NOW, pairing_id: str = PAIRING) -> str:
    planned = sessions.plan(an_actor(MENTEE), pairing_id, starts_at=starts_at, minutes=60, place="", now=now)
    return planned.session.id


@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=1), timedelta(days=6)])
def test_a_line_without_a_date_settles_the_planned_session_that_nobody_has_told_of(
    storage: InMemoryStorage, sessions: SessionService, later: timedelta
) -> None:
    starts_at = NOW + timedelta(days=2)
    planned = plan(sessions, starts_at)
    to_come_later = plan(sessions, starts_at + timedelta(days=9))
    logged = log_line(sessions, MENTOR, a_line(), now=starts_at + later)
    assert (logged.id, logged.starts_at, logged.minutes) == (planned, starts_at, 90)
    assert [one.session.id for one in sessions.meetings(an_actor(MENTOR))] == [to_come_later, planned]
    with storage.read() as uow:
        waiting = [(one.kind, one.subject_id) for one in uow.nudges.pending_of(MENTEE)]
    assert (NudgeKind.HOW_DID_IT_GO, planned) not in waiting


def test_a_line_typed_before_a_session_to_come_does_not_settle_one_of_another_day(sessions: SessionService) -> None:
    planned = plan(sessions, NOW + timedelta(days=2))
    logged = log_line(sessions, MENTOR, a_line())
    assert logged.id != planned
    assert logged.starts_at == NOW - timedelta(minutes=90)


@pytest.mark.parametrize(
    ("typed_at", "planned_in"),
    [(NOW, timedelta(hours=4)), (NOW.replace(hour=21), timedelta(hours=11)), (NOW, timedelta(minutes=5))],
    ids=["this afternoon", "tomorrow morning", "in a moment"],
)
@pytest.mark.parametrize("by_form", [False, True], ids=["a line", "a form"])
def test_a_log_leaves_a_session_still_to_come_as_it_is_and_names_it(
    storage: InMemoryStorage, sessions: SessionService, typed_at: datetime, planned_in: timedelta, by_form: bool
) -> None:
    planned = plan(sessions, typed_at + planned_in, now=typed_at)
    logged = (
        sessions.log(
            an_actor(MENTOR), pairing_id=PAIRING, session_id=None, held_at=typed_at - timedelta(minutes=45),
            minutes=45, topic_ids=(), tried="A chat", next_try="", is_another=False, now=typed_at,
        )
        if by_form
        else sessions.log_line(an_actor(MENTOR), a_line(45, "A chat"), now=typed_at)
    )  # fmt: skip
    assert isinstance(logged, Meeting)
    assert logged.session.id != planned
    assert logged.to_come is not None
    assert logged.to_come.id == planned
    with storage.read() as uow:
        assert uow.sessions.get(planned).state is SessionState.PLANNED
        waiting = [(one.kind, one.subject_id) for one in uow.nudges.pending_of(MENTOR)]
    assert (NudgeKind.HOW_DID_IT_GO, planned) in waiting


def test_the_button_of_a_session_that_was_moved_since_logs_another_and_leaves_it_planned(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    planned, later = plan(sessions, NOW + timedelta(hours=1)), NOW + timedelta(hours=3)
    sessions.move(an_actor(), planned, starts_at=later + timedelta(days=1), minutes=60, place="", now=NOW)
    assert log(sessions, MENTOR, session_id=planned, held_at=later - timedelta(hours=1), now=later) != planned
    with storage.read() as uow:
        assert uow.sessions.get(planned).state is SessionState.PLANNED


@pytest.mark.usefixtures("introduced_long_ago")
def test_a_line_with_a_day_settles_what_was_planned_on_that_day_of_the_reader_and_nothing_else(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    day = NOW.date() - timedelta(days=1)
    # Half past midnight in Paris, which is the day before in UTC.
    for session_id, starts_at in (
        ("that day", datetime.combine(day, time(0, 30), PARIS)),
        ("today", NOW.replace(hour=8)),
    ):
        with storage.begin() as uow:
            uow.sessions.add(a_session(session_id, starts_at=starts_at.astimezone(UTC)))
            uow.commit()
    line = replace(a_line(), day=day)
    settled = log_line(sessions, MENTOR, line)
    assert (settled.id, settled.starts_at.astimezone(PARIS).date()) == ("that day", day)
    before = log_line(sessions, MENTOR, replace(line, day=day - timedelta(days=1)))
    assert before.starts_at == NOW - timedelta(days=2, minutes=90)
    with storage.read() as uow:
        assert uow.sessions.get("today").state is SessionState.PLANNED


def test_a_line_of_a_day_before_the_introduction_is_refused(sessions: SessionService) -> None:
    with pytest.raises(HeldBeforeTheStart):
        sessions.log_line(an_actor(MENTEE), replace(a_line(), day=NOW.date() - timedelta(days=1)), now=NOW)


@pytest.fixture
def another(storage: InMemoryStorage) -> str:
    """A second pairing of the mentor's, with Ben."""
    with storage.begin() as uow:
        uow.people.add(a_person("ben"))
        uow.participants.put(a_mentee("ben"))
        uow.pairings.add(a_pairing("another", mentees=("ben",)))
        uow.commit()
    return "another"


def test_two_partners_in_one_line_are_those_of_one_pairing(
    storage: InMemoryStorage, sessions: SessionService, another: str
) -> None:
    with storage.begin() as uow:
        uow.people.add(a_person("ana"))
        uow.people.add(a_person("zoe"))
        uow.pairings.add(a_pairing("flash", mentors=(MENTOR, "ana"), format=Format.FLASH, sessions_planned=1))
        uow.commit()

    def log_with(by: str, *names: str) -> str | None:
        line = LogLine(user_ids=tuple(f"U{name.upper()}" for name in names), minutes=45, tried="Alerts")
        return log_line(sessions, by, line).pairing_id

    assert log_with(MENTEE, MENTOR, "ana") == "flash"
    with pytest.raises(NotTogether):
        log_with(MENTOR, MENTEE, "ben")
    with pytest.raises(NotYourPartner):
        log_with(MENTOR, MENTEE, "zoe")
    assert [one.pairing.id for one in sessions.partnerships(an_actor(MENTOR), with_users=["UBEN"], now=NOW)] == [
        another
    ]


def test_what_anybody_concerned_has_planned_is_not_proposed_nor_planned_over(
    sessions: SessionService, another: str
) -> None:
    free = sessions.partnership(an_actor("ben"), another, now=NOW).slots
    planned = plan(sessions, free[0] - timedelta(minutes=30))
    assert free[0] not in sessions.partnership(an_actor("ben"), another, now=NOW).slots
    assert free[0] not in sessions.partnership(an_actor(MENTEE), PAIRING, now=NOW).slots

    for minutes in (-89, 0, 29):
        with pytest.raises(AlreadyBooked):
            sessions.plan(
                an_actor("ben"), another, starts_at=free[0] + timedelta(minutes=minutes), minutes=60, place="", now=NOW
            )
    before = sessions.plan(
        an_actor("ben"), another, starts_at=free[0] - timedelta(minutes=90), minutes=60, place="", now=NOW
    ).session
    with pytest.raises(AlreadyBooked):
        sessions.move(an_actor(MENTOR), before.id, starts_at=free[0], minutes=60, place="", now=NOW)
    moved = sessions.move(an_actor(MENTEE), planned, starts_at=free[0], minutes=60, place="", now=NOW).session
    assert moved.starts_at == free[0]


def test_a_pair_in_paris_and_new_york_is_offered_three_moments_when_both_work(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    with storage.begin() as uow:
        uow.people.save(a_person(MENTOR, tz="America/New_York"))
        uow.commit()
    slots = sessions.partnership(an_actor(MENTEE), PAIRING, now=NOW).slots
    assert [slot.astimezone(ZoneInfo("America/New_York")).time() for slot in slots] == [time(9, 30)] * 3


def test_a_slot_pressed_once_it_is_past_gives_way_to_new_ones(sessions: SessionService) -> None:
    slot = sessions.partnership(an_actor(MENTEE), PAIRING, now=NOW).slots[0]
    later = slot + timedelta(hours=1)
    instead = sessions.take_slot(an_actor(MENTEE), PAIRING, starts_at=slot, now=later)
    assert isinstance(instead, Partnership)
    assert len(instead.slots) == 3
    assert min(instead.slots) > later
    taken = sessions.take_slot(an_actor(MENTEE), PAIRING, starts_at=instead.slots[0], now=later)
    assert isinstance(taken, Meeting)


def test_a_slot_pressed_once_the_only_session_has_a_date_plans_no_second_one(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    with storage.begin() as uow:
        uow.people.add(a_person("ben"))
        uow.pairings.save(a_pairing(mentors=(MENTOR, "ben"), format=Format.FLASH, sessions_planned=1))
        uow.commit()
    first, second, _ = sessions.partnership(an_actor(MENTEE), PAIRING, now=NOW).slots
    taken = sessions.take_slot(an_actor(MENTEE), PAIRING, starts_at=first, now=NOW)
    again = sessions.take_slot(an_actor("ben"), PAIRING, starts_at=second, now=NOW)
    assert isinstance(taken, Meeting)
    assert isinstance(again, Meeting)
    assert again.session == taken.session
    assert again.is_only
    assert len(sessions.meetings(an_actor(MENTOR))) == 1


def test_a_slot_pressed_once_the_other_has_a_date_is_planned_beside_it_only_on_demand(
    sessions: SessionService,
) -> None:
    first, second, third = sessions.partnership(an_actor(MENTEE), PAIRING, now=NOW).slots

    def take(by: str, starts_at: datetime, *, is_another: bool = False) -> Session:
        taken = sessions.take_slot(an_actor(by), PAIRING, starts_at=starts_at, is_another=is_another, now=NOW)
        assert isinstance(taken, Meeting)
        assert not taken.is_only
        return taken.session

    theirs = take(MENTEE, second)
    assert take(MENTOR, first) == take(MENTOR, third) == theirs
    assert take(MENTOR, first + timedelta(minutes=30)) == theirs, "half an hour later as well"
    assert take(MENTOR, second) == theirs
    assert take(MENTEE, third).starts_at == third, "whoever has planned one may go on"
    assert take(MENTOR, first, is_another=True).starts_at == first
    assert take(MENTOR, first).starts_at == first, "their own"
    assert len(sessions.meetings(an_actor(MENTEE))) == 3


def test_nothing_is_offered_to_plan_once_the_only_session_was_held(
    storage: InMemoryStorage, sessions: SessionService, another: str
) -> None:
    with storage.begin() as uow:
        uow.pairings.save(a_pairing(sessions_planned=1))
        uow.commit()
    log(sessions, MENTOR)
    once_more = plan(sessions, NOW + timedelta(days=2))
    assert [one.pairing.id for one in sessions.partnerships_to_plan(an_actor(MENTOR), now=NOW)] == [another]
    assert [one.pairing.id for one in sessions.partnerships_to_plan(an_actor(MENTEE), now=NOW)] == [PAIRING]
    assert sessions.cancel(an_actor(MENTEE), once_more, now=NOW) is None
    assert not {NudgeKind.FIRST_SESSION_UNPLANNED, NudgeKind.NOTHING_PLANNED} & to_come(storage, MENTEE).keys()


@pytest.mark.parametrize(("sessions_planned", "asked"), [(1, None), (4, PAIRING)])
def test_how_a_pairing_fits_is_asked_only_where_it_can_go_on(
    storage: InMemoryStorage, sessions: SessionService, sessions_planned: int, asked: str | None
) -> None:
    with storage.begin() as uow:
        uow.pairings.save(a_pairing(sessions_planned=sessions_planned))
        uow.commit()
    session_id = log(sessions, MENTOR)
    given = sessions.give_pulse(
        an_actor(MENTEE), session_id, useful=5, at_ease=None, reuse=None, could_say=None, learned="", now=NOW
    )
    assert given == asked


@pytest.mark.usefixtures("introduced_long_ago")
@pytest.mark.parametrize(
    ("held_at", "asked"),
    [
        (NOW - timedelta(hours=3), True),
        (NOW - timedelta(days=1), False),
        (NOW.replace(hour=0, minute=30), True),
        # Half past eleven the day before in UTC, half past midnight in Paris.
        (NOW.replace(hour=0) - timedelta(minutes=30), True),
    ],
)
def test_a_log_of_the_same_day_is_in_doubt_unless_it_overlaps(
    sessions: SessionService, held_at: datetime, asked: bool
) -> None:
    earlier = log(sessions, MENTOR, held_at=NOW - timedelta(hours=1))
    logged = sessions.log(
        an_actor(MENTEE), pairing_id=PAIRING, session_id=None, held_at=held_at, minutes=45, topic_ids=(), tried="x",
        next_try="", is_another=False, now=NOW,
    )  # fmt: skip
    assert isinstance(logged, SameDay) is asked
    assert not isinstance(logged, SameDay) or logged.earlier.id == earlier
    assert len(sessions.meetings(an_actor(MENTEE))) == (1 if asked else 2)


def test_a_planned_session_is_logged_without_a_doubt_about_another_of_its_day(sessions: SessionService) -> None:
    log(sessions, MENTOR, held_at=NOW - timedelta(hours=1))
    plan(sessions, NOW + timedelta(hours=3))
    log_line(sessions, MENTEE, a_line(), now=NOW + timedelta(hours=5))
    doubtful = sessions.log_line(an_actor(MENTEE), a_line(30), now=NOW + timedelta(hours=8))
    assert isinstance(doubtful, SameDay), "nothing was planned then"


def test_what_was_cancelled_is_offered_to_others_and_not_to_the_same_people(
    sessions: SessionService, another: str
) -> None:
    slots = sessions.partnership(an_actor(MENTEE), PAIRING, now=NOW).slots
    for slot in slots[:2]:
        partnership = sessions.cancel(an_actor(MENTEE), plan(sessions, slot), now=NOW)
        assert partnership is not None
        assert len(partnership.slots) == 3
        assert slot not in partnership.slots
    assert not {*partnership.slots} & {*slots[:2]}, "the one before the last neither"
    assert sessions.partnership(an_actor("ben"), another, now=NOW).slots == slots


def test_a_cancelled_session_frees_its_time(sessions: SessionService, another: str) -> None:
    starts_at = NOW + timedelta(days=3)
    sessions.cancel(an_actor(MENTEE), plan(sessions, starts_at), now=NOW)
    instead = sessions.plan(an_actor("ben"), another, starts_at=starts_at, minutes=60, place="", now=NOW)
    assert instead.session.starts_at == starts_at


def test_what_one_side_has_logged_is_not_logged_once_more(sessions: SessionService) -> None:
    first = log_line(sessions, MENTOR, a_line(60, "Advanced search"))
    for by, later in ((MENTEE, 5), (MENTOR, 15), (MENTEE, 59)):
        with pytest.raises(AlreadyLogged):
            sessions.log_line(an_actor(by), a_line(60), now=NOW + timedelta(minutes=later))
    with pytest.raises(AlreadyLogged):
        log(sessions, MENTEE, held_at=first.starts_at - timedelta(minutes=44))
    assert [one.session.tried for one in sessions.meetings(an_actor(MENTEE))] == ["Advanced search"]

    log(sessions, MENTEE, held_at=first.starts_at - timedelta(minutes=45))
    log(sessions, MENTEE, session_id=first.id, held_at=first.starts_at + timedelta(minutes=10))
    with pytest.raises(AlreadyLogged):
        log(sessions, MENTEE, session_id=first.id, held_at=first.starts_at - timedelta(minutes=10))


def test_a_log_of_an_earlier_day_does_not_forget_the_pair_since_whose_session_nobody_said_anything(
    storage: InMemoryStorage, sessions: SessionService
) -> None:
    """Nudges count from the session that may have been held last, when they are planned as when they are due."""
    later = a_session(state=SessionState.UNCONFIRMED, starts_at=NOW - timedelta(days=10))
    with storage.begin() as uow:
        uow.pairings.save(a_pairing(introduced_at=NOW - timedelta(days=40)))
        uow.sessions.add(later)
        uow.commit()
    log(sessions, MENTEE, held_at=NOW - timedelta(days=21))
    with storage.read() as uow:
        quiet = [one for one in uow.nudges.about([PAIRING]) if one.kind is NudgeKind.NOTHING_PLANNED]
    assert {one.person_id for one in quiet} == {MENTOR, MENTEE}
    assert all(one.due_at >= later.starts_at + NOTHING_PLANNED_AFTER for one in quiet)
