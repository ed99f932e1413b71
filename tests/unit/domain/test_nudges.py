from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.nudges import (
    AGAIN,
    BUDGET,
    CLOSES_AFTER,
    MOST_TOGETHER,
    Nudge,
    NudgeKind,
    NudgeState,
    Receiver,
    after_asking,
    after_cancelling,
    after_introduction,
    after_logging,
    after_not_yet,
    after_planning,
    budget_frees_at,
    closes_at,
    decide,
)
from bot.domain.working_time import WorkingTime
from tests.builders import MENTEE, MENTOR, NOW, PAIRING, SESSION, a_nudge, a_pairing, a_session, an_asked_proposal

HOURS = WorkingTime(tz="Europe/Paris", country="FR")
BOTH = {MENTOR: HOURS, MENTEE: HOURS}
RECEIVER = Receiver(hours=HOURS)
DAY = timedelta(days=1)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris"))


def dues(nudges: Iterable[Nudge], person_id: str, kind: NudgeKind) -> list[datetime]:
    return [nudge.due_at for nudge in nudges if (nudge.person_id, nudge.kind) == (person_id, kind)]


def decided(
    *due: Nudge, receiver: Receiver = RECEIVER, pointless: Iterable[str] = (), now: datetime = NOW
) -> dict[str, Nudge]:
    gone = set(pointless)
    return {nudge.id: nudge for nudge in decide(due, receiver, is_pointless=lambda nudge: nudge.id in gone, now=now)}


# -- which follow what


def test_somebody_asked_is_reminded_two_working_days_later_while_the_proposal_is_open() -> None:
    friday = paris("2027-03-05 16:00")
    proposal = an_asked_proposal(asked_at=friday, expires_at=HOURS.after_working_days(friday, 3))
    (nudge,) = after_asking(proposal, [MENTEE], BOTH, now=friday)
    assert (nudge.kind, nudge.subject_id, nudge.person_id) == (NudgeKind.PROPOSAL_UNANSWERED, proposal.id, MENTEE)
    assert nudge.due_at == paris("2027-03-09 16:00")
    assert nudge.useful_until == proposal.expires_at


def test_nobody_is_reminded_of_a_proposal_that_has_expired_by_then() -> None:
    proposal = an_asked_proposal(asked_at=NOW, expires_at=NOW + timedelta(days=1))
    assert after_asking(proposal, [MENTEE], BOTH, now=NOW) == []


def test_both_are_nudged_to_plan_a_first_session_after_three_and_after_seven_days() -> None:
    nudges = after_introduction(a_pairing(), BOTH, now=paris("2027-03-01 10:00"))
    for person in (MENTOR, MENTEE):
        assert dues(nudges, person, NudgeKind.FIRST_SESSION_UNPLANNED) == [
            paris("2027-03-04 10:00"),
            paris("2027-03-08 10:00"),
        ]
    assert len({(nudge.person_id, nudge.kind, nudge.occasion) for nudge in nudges}) == len(nudges)


def test_the_first_nudge_to_plan_is_missed_once_the_second_is_due() -> None:
    first, second = after_introduction(a_pairing(), BOTH, now=NOW)[:2]
    assert first.put_off(second.due_at).state is NudgeState.MISSED


def test_both_are_reminded_one_working_day_before_a_session() -> None:
    monday = a_session(starts_at=paris("2027-03-15 14:00"))
    nudges = after_planning(monday, BOTH, now=NOW)
    for person in (MENTOR, MENTEE):
        assert dues(nudges, person, NudgeKind.BEFORE_SESSION) == [paris("2027-03-12 14:00")]
    assert all(nudge.useful_until == monday.starts_at for nudge in nudges if nudge.kind is NudgeKind.BEFORE_SESSION)


@pytest.mark.parametrize(("starts", "reminded"), [("08:00", "09:30"), ("19:00", "16:30")])
def test_a_session_out_of_hours_is_reminded_within_them(starts: str, reminded: str) -> None:
    nudges = after_planning(a_session(starts_at=paris(f"2027-03-16 {starts}")), BOTH, now=NOW)
    assert dues(nudges, MENTEE, NudgeKind.BEFORE_SESSION) == [paris(f"2027-03-15 {reminded}")]


def test_a_session_planned_for_tomorrow_needs_no_reminder() -> None:
    nudges = after_planning(a_session(starts_at=NOW + timedelta(hours=22)), BOTH, now=NOW)
    assert dues(nudges, MENTEE, NudgeKind.BEFORE_SESSION) == []


def test_the_mentor_is_asked_first_how_it_went_and_everybody_on_the_next_working_day() -> None:
    session = a_session(starts_at=paris("2027-03-05 14:00"), minutes=60)
    nudges = after_planning(session, BOTH, now=NOW)
    assert dues(nudges, MENTOR, NudgeKind.HOW_DID_IT_GO) == [paris("2027-03-05 15:30"), paris("2027-03-08 15:30")]
    assert dues(nudges, MENTEE, NudgeKind.HOW_DID_IT_GO) == [paris("2027-03-08 15:30")]


def test_a_moved_session_has_reminders_of_its_own() -> None:
    session = a_session(starts_at=NOW + timedelta(days=7))
    moved = session.moved(starts_at=NOW + timedelta(days=8), minutes=60, place="")
    before, after = after_planning(session, BOTH, now=NOW), after_planning(moved, BOTH, now=NOW)
    assert not {nudge.occasion for nudge in before} & {nudge.occasion for nudge in after}


def test_not_yet_asks_again_on_the_next_working_day_until_the_session_counts_as_unconfirmed() -> None:
    friday = a_session(starts_at=paris("2027-03-05 14:00"))
    (again,) = after_not_yet(friday, MENTOR, HOURS, now=paris("2027-03-05 16:00"))
    assert again.due_at == paris("2027-03-08 16:00")
    assert after_not_yet(friday, MENTOR, HOURS, now=paris("2027-03-11 16:00")) == []


def test_whoever_is_asked_how_it_went_has_a_day_to_say_so_before_it_counts_as_unconfirmed() -> None:
    friday = a_session(starts_at=paris("2027-03-05 14:00"))
    asked = [one for one in after_planning(friday, BOTH, now=NOW) if one.kind is NudgeKind.HOW_DID_IT_GO]
    asked += after_not_yet(friday, MENTOR, HOURS, now=paris("2027-03-08 16:00"))
    assert all(one.put_off(paris("2027-03-11 14:00")).state is NudgeState.MISSED for one in asked)
    assert after_not_yet(friday, MENTOR, HOURS, now=paris("2027-03-10 15:00")) == []


def test_a_log_is_followed_by_the_pulse_two_days_later_and_by_the_next_date_after_two_weeks() -> None:
    held = a_session(starts_at=paris("2027-03-01 14:00"))
    nudges = after_logging(held, BOTH, now=paris("2027-03-01 15:10"))
    for person in (MENTOR, MENTEE):
        assert dues(nudges, person, NudgeKind.PULSE_UNANSWERED) == [paris("2027-03-03 15:10")]
        assert dues(nudges, person, NudgeKind.NOTHING_PLANNED) == [paris("2027-03-15 14:00")]
    assert {nudge.subject_id for nudge in nudges} == {SESSION, PAIRING}


def test_a_session_logged_late_is_not_followed_by_a_nudge_at_once() -> None:
    now = paris("2027-03-29 15:00") - timedelta(days=5)
    held = a_session(starts_at=now - timedelta(days=20))
    assert min(dues(after_logging(held, BOTH, now=now), MENTEE, NudgeKind.NOTHING_PLANNED)) == now + timedelta(days=1)


def test_a_cancelled_session_is_followed_by_nudges_to_plan_another() -> None:
    nudges = after_cancelling(a_session(), BOTH, now=paris("2027-03-01 10:00"))
    assert dues(nudges, MENTEE, NudgeKind.FIRST_SESSION_UNPLANNED) == [
        paris("2027-03-04 10:00"),
        paris("2027-03-08 10:00"),
    ]
    assert dues(nudges, MENTEE, NudgeKind.NOTHING_PLANNED) == [paris("2027-03-15 10:00")]
    assert after_cancelling(a_session(pairing_id=None), BOTH, now=NOW) == []


def test_every_nudge_is_due_in_its_receivers_working_hours() -> None:
    hours = {
        MENTOR: WorkingTime(tz="America/New_York", country="US"),
        MENTEE: WorkingTime(tz="Asia/Tokyo", country="JP"),
    }
    start = NOW + timedelta(days=9)
    session = a_session(starts_at=start)
    for nudge in (
        *after_introduction(a_pairing(), hours, now=NOW),
        *after_planning(session, hours, now=NOW),
        *after_logging(session, hours, now=start + timedelta(hours=2)),
        *after_cancelling(session, hours, now=NOW),
    ):
        assert hours[nudge.person_id].is_at_work(nudge.due_at), nudge


# -- whether it goes now


def test_of_several_due_the_most_useful_goes_and_the_others_wait_a_day() -> None:
    quiet = a_nudge("quiet", kind=NudgeKind.NOTHING_PLANNED)
    ask = a_nudge("ask", kind=NudgeKind.HOW_DID_IT_GO)
    becomes = decided(quiet, ask)
    assert (becomes["ask"].state, becomes["ask"].queued_at) == (NudgeState.QUEUED, NOW)
    assert (becomes["quiet"].state, becomes["quiet"].due_at) == (NudgeState.PENDING, NOW + timedelta(hours=24))


def reminder(nudge_id: str, **fields: Any) -> Nudge:
    """Build the reminder of a session of its own."""
    return a_nudge(nudge_id, kind=NudgeKind.BEFORE_SESSION, subject_id=nudge_id, **fields)


def test_the_reminder_of_a_session_goes_before_a_question_that_comes_again() -> None:
    asked = a_nudge("ask", kind=NudgeKind.HOW_DID_IT_GO, period=f"session:0{AGAIN}")
    first = a_nudge("first", kind=NudgeKind.HOW_DID_IT_GO)
    proposal = a_nudge("proposal", kind=NudgeKind.PROPOSAL_UNANSWERED)
    becomes = decided(asked, proposal, first, reminder("remind"))
    assert {one for one, nudge in becomes.items() if nudge.state is NudgeState.QUEUED} == {"remind"}
    ranked = sorted(becomes.values(), key=lambda one: one.rank)
    assert [one.id for one in ranked] == ["remind", "first", "proposal", "ask"]


@pytest.mark.parametrize(
    ("days_ago", "comes_in", "goes"),
    [
        ([], timedelta(hours=22), False),
        ([], timedelta(hours=23, minutes=30), True),
        ([1, 2], timedelta(days=3), False),
        ([1, 2], timedelta(days=6, hours=23, minutes=30), True),
        ([3, 5], timedelta(days=3), True),
    ],
    ids=["within the day", "hardly late", "within the week", "a week later", "they are past by then"],
)
def test_a_general_nudge_leaves_the_budget_to_a_reminder_to_come(
    days_ago: list[int], comes_in: timedelta, goes: bool
) -> None:
    now = paris("2027-03-01 14:00")
    receiver = replace(RECEIVER, received=tuple(now - timedelta(days=days) for days in days_ago))
    becomes = decided(a_nudge("plan"), reminder("remind", due_at=now + comes_in), receiver=receiver, now=now)
    assert becomes.keys() == {"plan"}, "what is to come stays as it is"
    assert becomes["plan"].state is (NudgeState.QUEUED if goes else NudgeState.PENDING)
    if not goes:
        assert becomes["plan"].due_at == now + timedelta(days=1)


@pytest.mark.parametrize("kind", [NudgeKind.HOW_DID_IT_GO, NudgeKind.PROPOSAL_UNANSWERED])
@pytest.mark.parametrize(
    ("days_ago", "comes", "goes"),
    [
        ([], "2027-03-02 11:00", True),
        ([], "2027-03-02 15:00", True),
        ([1, 2], "2027-03-02 11:00", False),
        ([1, 2], "2027-03-05 11:00", False),
        ([1, 2], "2027-03-08 12:00", True),
    ],
    ids=["some hours later", "in time", "the week is full", "later that week", "a week later"],
)
def test_what_has_its_moment_leaves_the_reminder_of_a_session_its_day(
    kind: NudgeKind, days_ago: list[int], comes: str, goes: bool
) -> None:
    now = paris("2027-03-01 14:00")
    receiver = replace(RECEIVER, received=tuple(now - timedelta(days=days) for days in days_ago))
    becomes = decided(a_nudge("ask", kind=kind), reminder("remind", due_at=paris(comes)), receiver=receiver, now=now)
    assert becomes["ask"].state is (NudgeState.QUEUED if goes else NudgeState.PENDING)


def test_no_place_is_kept_for_a_reminder_that_will_not_go() -> None:
    coming = reminder("remind", due_at=NOW + timedelta(hours=20))
    assert decided(a_nudge("plan"), coming, pointless=["remind"])["plan"].state is NudgeState.QUEUED
    stopped = replace(RECEIVER, stopped=frozenset({NudgeKind.BEFORE_SESSION}))
    assert decided(a_nudge("plan"), coming, receiver=stopped)["plan"].state is NudgeState.QUEUED


def test_what_is_to_be_planned_is_told_together_where_it_is_due_within_a_day() -> None:
    soon = a_nudge("soon", subject_id="soon", due_at=NOW + timedelta(hours=20))
    later = a_nudge("later", subject_id="later", due_at=NOW + timedelta(days=1))
    again = a_nudge("again", due_at=NOW + timedelta(hours=1))
    other = a_nudge("other", kind=NudgeKind.NOTHING_PLANNED, subject_id="other")
    becomes = decided(a_nudge("one"), a_nudge("two", subject_id="two"), soon, later, again, other)
    assert {one: nudge.queued_at for one, nudge in becomes.items() if nudge.state is NudgeState.QUEUED} == {
        "one": NOW, "two": NOW, "soon": NOW,
    }  # fmt: skip
    assert becomes["other"].due_at == NOW + timedelta(days=1)
    assert not becomes.keys() & {"later", "again"}


def test_what_does_not_fit_in_one_message_waits_for_the_next() -> None:
    becomes = decided(*(a_nudge(f"{number}", subject_id=f"{number}") for number in range(MOST_TOGETHER + 1)))
    waits = [nudge for nudge in becomes.values() if nudge.state is NudgeState.PENDING]
    assert [nudge.due_at for nudge in waits] == [NOW + timedelta(days=1)]


def test_the_reminders_of_one_day_are_told_together_and_take_one_place_in_the_budget() -> None:
    late, tomorrow = NOW + timedelta(hours=5), NOW + timedelta(hours=23)
    becomes = decided(reminder("now"), reminder("late", due_at=late), reminder("tomorrow", due_at=tomorrow))
    assert {one: nudge.queued_at for one, nudge in becomes.items()} == {"now": NOW, "late": NOW}
    received = replace(RECEIVER, received=(NOW - timedelta(days=2),))
    in_two_days = [reminder(f"{hours}", due_at=NOW + timedelta(days=2, hours=hours)) for hours in (0, 3)]
    assert decided(a_nudge("plan"), *in_two_days, receiver=received)["plan"].state is NudgeState.QUEUED


def question(nudge_id: str, **fields: Any) -> Nudge:
    """Build the question after a session of its own."""
    return a_nudge(nudge_id, kind=NudgeKind.HOW_DID_IT_GO, subject_id=nudge_id, **fields)


def test_the_questions_after_sessions_are_told_together_and_none_before_its_session_is_over() -> None:
    again = question("again", period=f"again:0{AGAIN}", due_at=NOW - timedelta(hours=1))
    becomes = decided(question("now"), again, question("later", due_at=NOW + timedelta(hours=5)))
    assert {one: nudge.queued_at for one, nudge in becomes.items()} == {"now": NOW, "again": NOW}


@pytest.mark.parametrize(("days_ago", "asked_at"), [([1, 2], NOW + timedelta(hours=5)), ([2], None)])
def test_a_question_waits_for_those_of_its_day_where_the_week_has_no_room_for_theirs(
    days_ago: list[int], asked_at: datetime | None
) -> None:
    receiver = replace(RECEIVER, received=tuple(NOW - timedelta(days=days) for days in days_ago))
    coming = [question("noon", due_at=NOW + timedelta(hours=2)), question("late", due_at=NOW + timedelta(hours=5))]
    becomes = decided(question("now"), *coming, receiver=receiver)["now"]
    if asked_at is None:
        assert becomes.state is NudgeState.QUEUED
    else:
        assert (becomes.state, becomes.due_at) == (NudgeState.PENDING, asked_at)


def test_nothing_goes_to_those_who_left() -> None:
    assert decided(a_nudge("one"), receiver=replace(RECEIVER, is_here=False))["one"].state is NudgeState.CANCELLED


def test_a_kind_that_was_stopped_does_not_go() -> None:
    stopped = replace(RECEIVER, stopped=frozenset({NudgeKind.NOTHING_PLANNED}))
    assert (
        decided(a_nudge("one", kind=NudgeKind.NOTHING_PLANNED), receiver=stopped)["one"].state is NudgeState.CANCELLED
    )


def test_what_has_become_pointless_does_not_go() -> None:
    assert decided(a_nudge("one"), pointless=["one"])["one"].state is NudgeState.CANCELLED


def test_what_comes_too_late_is_missed() -> None:
    assert decided(a_nudge("one", useful_until=NOW))["one"].state is NudgeState.MISSED


def test_a_pause_puts_off_to_its_end() -> None:
    paused = replace(RECEIVER, paused_until=date(2027, 3, 13))
    assert decided(a_nudge("one"), receiver=paused)["one"].due_at == paris("2027-03-15 09:30")


def test_out_of_hours_puts_off_to_the_next_opening() -> None:
    assert decided(a_nudge("one"), now=paris("2027-03-05 18:00"))["one"].due_at == paris("2027-03-08 09:30")


def test_a_message_within_the_last_24_hours_puts_off_until_they_are_over() -> None:
    received = replace(RECEIVER, received=(NOW - timedelta(hours=23),))
    assert decided(a_nudge("one"), receiver=received)["one"].due_at == NOW + timedelta(hours=1)


def test_three_messages_within_seven_days_put_off_until_the_first_of_them_is_outside() -> None:
    received = (NOW - timedelta(days=6), NOW - timedelta(days=4), NOW - timedelta(days=2))
    due_at = decided(a_nudge("one"), receiver=replace(RECEIVER, received=received))["one"].due_at
    assert due_at == NOW + timedelta(days=1)


def a_question(person_id: str, **fields: Any) -> Nudge:
    return a_nudge(person_id, person_id=person_id, kind=NudgeKind.STILL_GOING, **fields)


def asked(person_id: str, at: datetime, **fields: Any) -> Nudge:
    return replace(a_question(person_id, due_at=at, **fields), state=NudgeState.QUEUED, queued_at=at)


def ends_at(*questions: Nudge, now: datetime = NOW, mentor: Receiver = RECEIVER) -> datetime | None:
    return closes_at(questions, {MENTOR: mentor, MENTEE: RECEIVER}, under_way=(), now=now)


def test_a_quiet_pairing_ends_a_week_after_the_last_of_its_people_was_asked() -> None:
    assert ends_at(asked(MENTOR, NOW - 6 * DAY), asked(MENTEE, NOW - 9 * DAY)) == NOW + DAY
    assert ends_at() is None


@pytest.mark.parametrize("due_at", [NOW - 20 * DAY, NOW - 8 * DAY], ids=["before the other", "after the other"])
def test_a_question_that_was_due_while_nothing_went_has_its_week_from_now_on(due_at: datetime) -> None:
    assert ends_at(asked(MENTEE, NOW - 15 * DAY), a_question(MENTOR, due_at=due_at)) == NOW + CLOSES_AFTER


def test_a_question_in_the_outbox_has_its_week_from_now_on() -> None:
    questions = [asked(MENTEE, NOW - 9 * DAY), asked(MENTOR, NOW - 8 * DAY)]
    receivers = {MENTOR: RECEIVER, MENTEE: RECEIVER}
    assert closes_at(questions, receivers, under_way=[questions[1].id], now=NOW) == NOW + CLOSES_AFTER


def test_a_question_that_was_put_off_moves_no_day_that_anybody_was_told() -> None:
    both = asked(MENTOR, NOW - 6 * DAY), asked(MENTEE, NOW - 6 * DAY)
    again: dict[str, Any] = {"period": "again", "useful_until": NOW + DAY}
    assert ends_at(*both, a_question(MENTOR, due_at=NOW + DAY / 2, **again)) == NOW + DAY
    assert ends_at(*both, asked(MENTOR, NOW, **again)) == NOW + DAY


def test_a_question_that_nobody_put_off_is_waited_for_however_long_it_takes() -> None:
    due_at = NOW + 22 * DAY
    assert ends_at(asked(MENTEE, NOW - DAY), a_question(MENTOR, due_at=due_at)) == due_at + CLOSES_AFTER


def test_a_pairing_goes_on_while_one_of_its_people_is_not_asked_any_more() -> None:
    assert ends_at(asked(MENTEE, NOW - 9 * DAY), a_question(MENTOR, due_at=NOW - DAY).cancelled()) is None
    assert ends_at(asked(MENTEE, NOW - 9 * DAY)) is None


def test_a_pairing_does_not_wait_for_those_who_stopped_the_question_or_cannot_get_it() -> None:
    cancelled, failed = a_question(MENTOR).cancelled(), a_question(MENTOR).failed()
    stopped = replace(RECEIVER, stopped=frozenset({NudgeKind.STILL_GOING}))
    assert ends_at(asked(MENTEE, NOW - 9 * DAY), cancelled, mentor=stopped) == NOW - 2 * DAY
    assert ends_at(asked(MENTEE, NOW - 9 * DAY), failed) == NOW - 2 * DAY


def test_questions_answered_before_do_not_count() -> None:
    answered = [asked(MENTOR, NOW - 40 * DAY, period="answered"), asked(MENTEE, NOW - 40 * DAY, period="answered")]
    assert ends_at(*answered, asked(MENTEE, NOW - DAY)) is None
    failed = [a_question(MENTEE).failed(), a_question(MENTOR).failed()]
    assert ends_at(*answered, *failed) is None


def test_a_snoozed_nudge_comes_on_the_day_and_is_a_row_of_its_own() -> None:
    nudge = a_nudge("one").queued(now=NOW)
    snoozed = nudge.snoozed(date(2027, 3, 6), RECEIVER, useful_until=None)
    assert (snoozed.state, snoozed.due_at, snoozed.queued_at) == (NudgeState.PENDING, paris("2027-03-08 09:30"), None)
    assert snoozed.id != nudge.id
    assert snoozed.period != nudge.period


@given(sent=st.lists(st.integers(0, 20 * 24), max_size=12).map(sorted), now=st.integers(0, 20 * 24))
def test_whatever_was_sent_before_one_more_at_the_time_told_keeps_the_budget(sent: list[int], now: int) -> None:
    start = datetime(2027, 1, 1, tzinfo=UTC)
    kept: list[datetime] = []
    for hour in (hour for hour in sent if hour <= now):
        moment = start + timedelta(hours=hour)
        if budget_frees_at(kept, now=moment) == moment:
            kept.append(moment)
    kept.append(budget_frees_at(kept, now=start + timedelta(hours=now)))
    for window, most in BUDGET:
        assert all(sum(last - window < moment <= last for moment in kept) <= most for last in kept)
