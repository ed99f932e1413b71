"""Nudges (nothing has happened) and reminders (something is planned): which, for whom, when.

A nudge is a row with a due time, made in the transaction of what causes it and cancelled in the transaction of what
answers it. (person, kind, period) is unique, so that making it twice makes it once; what was cancelled is made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import TypeAlias

from bot.domain.ids import new_id
from bot.domain.pairings import Pairing
from bot.domain.people import Role
from bot.domain.rounds import Proposal
from bot.domain.sessions import PULSE_CLOSES_AFTER, UNCONFIRMED_AFTER, Session
from bot.domain.working_time import WorkingTime


class NudgeKind(StrEnum):
    """Every proactive message, the more useful first; see :attr:`Nudge.rank` for which of several due goes first."""

    HOW_DID_IT_GO = "how_did_it_go"
    BEFORE_SESSION = "before_session"
    PROPOSAL_UNANSWERED = "proposal_unanswered"
    TWICE_CANCELLED = "twice_cancelled"
    STILL_GOING = "still_going"
    FIRST_SESSION_UNPLANNED = "first_session_unplanned"
    COHORT_ENDING = "cohort_ending"
    NEXT_TRY = "next_try"
    PULSE_UNANSWERED = "pulse_unanswered"
    CLOSE_SURVEY = "close_survey"
    USAGE_QUESTION = "usage_question"
    NOTHING_PLANNED = "nothing_planned"

    @property
    def usefulness(self) -> int:
        """Lower is more useful."""
        return list(NudgeKind).index(self)


def known_kinds(words: Iterable[str]) -> frozenset[NudgeKind]:
    """Return the kinds that *words* name; of what only a newer program knows, nothing."""
    return frozenset(kind for kind in NudgeKind if kind in set(words))


class NudgeState(StrEnum):
    """Pending until due, queued once it is in the outbox; cancelled when an answer or a departure made it pointless.

    Failed: Slack would not take it, so that a second reminder would be somebody's first.
    """

    PENDING = "pending"
    QUEUED = "queued"
    CANCELLED = "cancelled"
    MISSED = "missed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudge:
    """One message to come. ``subject_id`` is the pairing, session or proposal; ``period`` tells repeats apart.

    ``useful_until``: past it the nudge is missed rather than sent late (a reminder of a session that has begun).
    """

    id: str
    person_id: str
    kind: NudgeKind
    subject_id: str
    period: str
    due_at: datetime
    state: NudgeState = NudgeState.PENDING
    useful_until: datetime | None = None
    queued_at: datetime | None = None

    @property
    def has_its_moment(self) -> bool:
        """True for what is of use for a day or so: before a session, the first question after it, before an expiry."""
        return self.kind in _OF_A_MOMENT and not self.period.endswith(AGAIN)

    @property
    def rank(self) -> tuple[bool, bool, int, datetime, str]:
        """Lower goes first: a reminder, which does not come again; the question of its moment; the more useful kind."""
        is_reminder = self.kind is NudgeKind.BEFORE_SESSION
        return not is_reminder, not self.has_its_moment, self.kind.usefulness, self.due_at, self.id

    @property
    def occasion(self) -> str:
        """What its message is about. A nudge that comes back from the outbox, unsent, is due anew and gets another."""
        return f"{self.period}:{self.due_at.isoformat()}"

    def queued(self, *, now: datetime) -> Nudge:
        """Return the nudge handed to the outbox."""
        return replace(self, state=NudgeState.QUEUED, queued_at=now)

    def put_off(self, due_at: datetime) -> Nudge:
        """Return the nudge pending until later, or missed when later is too late."""
        if self.useful_until is not None and due_at >= self.useful_until:
            return self.missed()
        return replace(self, state=NudgeState.PENDING, due_at=due_at, queued_at=None)

    def missed(self) -> Nudge:
        """Return the nudge that is too late to be of use."""
        return replace(self, state=NudgeState.MISSED, queued_at=None)

    def failed(self) -> Nudge:
        """Return the nudge that could not be delivered."""
        return replace(self, state=NudgeState.FAILED, queued_at=None)

    def cancelled(self) -> Nudge:
        """Return the nudge that has become pointless."""
        return replace(self, state=NudgeState.CANCELLED, queued_at=None)

    def snoozed(self, until: date, receiver: Receiver, *, useful_until: datetime | None) -> Nudge:
        """Return a nudge that comes again on *until*, or when *receiver* may next get a message after its beginning."""
        return replace(
            self,
            id=new_id(),
            period=f"{self.period}:{until.isoformat()}",
            due_at=receiver.fit_at(receiver.hours.midnight(until)),
            state=NudgeState.PENDING,
            useful_until=useful_until,
            queued_at=None,
        )


FIRST_SESSION_AFTER = (timedelta(days=3), timedelta(days=7))
NOTHING_PLANNED_AFTER = timedelta(days=14)
HOW_DID_IT_GO_AFTER = timedelta(minutes=30)
PULSE_AFTER = timedelta(days=2)
STILL_GOING_AFTER = timedelta(days=30)
"""From then on something else is asked of a quiet pairing than to plan the next session."""
CLOSES_AFTER = timedelta(days=7)
"""How long a quiet pairing waits for an answer before it ends by itself."""
USUAL_CADENCE_WEEKS = 2
NEXT_TRY_WORKING_DAYS = 5
FIRST, SECOND = "first", "second"
ASKED_WITHIN = UNCONFIRMED_AFTER - timedelta(days=1)
"""Of a session's start: whoever is asked how it went has a day to say so before it counts as unconfirmed."""
AGAIN = ":again"
"""How the period of the question ends that comes once more, where nobody answered the first."""
NOT_YET = ":not_yet"
"""How the period of the question ends that comes because its reader answered that the session has yet to take place."""
ANSWER_REMINDER_WORKING_DAYS = 2
LATEST_REMINDER = timedelta(hours=1)
"""Before working hours end on the day before a session: a late session is still reminded with an hour of work left."""

_OF_A_MOMENT = frozenset({NudgeKind.BEFORE_SESSION, NudgeKind.HOW_DID_IT_GO, NudgeKind.PROPOSAL_UNANSWERED})
_DATED = frozenset({NudgeKind.COHORT_ENDING, NudgeKind.CLOSE_SURVEY})
TOLD_TOGETHER = frozenset(
    {
        NudgeKind.BEFORE_SESSION,
        NudgeKind.HOW_DID_IT_GO,
        NudgeKind.PROPOSAL_UNANSWERED,
        NudgeKind.STILL_GOING,
        NudgeKind.FIRST_SESSION_UNPLANNED,
        NudgeKind.NOTHING_PLANNED,
        NudgeKind.PULSE_UNANSWERED,
    }
)
"""Kinds of which one message tells all that is due to somebody within a day; of sessions that are over, if it asks.

Of proposals it tells all that waited already when the day began: their time would be over before another could come.
"""
MOST_TOGETHER = 5
"""Told in one message: with the guide to each session, more would not fit in one of Slack's."""
MOST_PROPOSALS_TOGETHER = 12
"""A mentor's seats, a group, and a mentor of their own: all that may wait for one person's answer."""
A_DAY = timedelta(days=1)
HARDLY_LATE = timedelta(hours=1)
"""By so much another message may delay what has its moment."""
WAITS_FOR_ROOM = timedelta(days=3)
"""So long a nudge about a pairing leaves the budget to questions after sessions; then it goes before them."""


class Precedence(IntEnum):
    """What goes first of several due, and what each leaves room for: all that is lower."""

    REMINDER = 0
    """Before a session: it does not come again."""
    DATED = 1
    """About the end of a cohort: to everybody, on its days."""
    HAS_WAITED = 2
    OF_A_MOMENT = 3
    ANY_DAY = 4


MOST_A_MINUTE = 30
"""Nudges handed over a minute, to everybody together."""

Budget: TypeAlias = tuple[tuple[timedelta, int], ...]
"""Windows, and how many messages fit in each."""
BUDGET: Budget = ((timedelta(hours=24), 1), (timedelta(days=7), 3))
"""At most so many proactive messages a person within each window."""


def budget_frees_at(sent: Sequence[datetime], *, now: datetime, budget: Budget = BUDGET) -> datetime:
    """Return when the next proactive message may go to somebody who got *sent*: *now*, or the later of both windows.

    Exactly one window's length after a message counts as outside it.
    """
    frees = now
    ordered = sorted(sent)
    for window, most in budget:
        inside = [moment for moment in ordered if moment > now - window]
        if len(inside) >= most:
            frees = max(frees, inside[-most] + window)
    return frees


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Who gets nudges, as the decision to send one needs them.

    ``is_here`` is False for accounts closed and for those who left; ``paused_until`` a day; ``received`` when their
    latest proactive messages were sent, those of the budget's longest window at least.
    """

    hours: WorkingTime
    is_here: bool = True
    paused_until: date | None = None
    stopped: frozenset[NudgeKind] = frozenset()
    received: tuple[datetime, ...] = ()
    budget: Budget = BUDGET

    def frees_at(self, *sent: datetime, now: datetime) -> datetime:
        """Return when the budget allows the next message, once those *sent* were as well."""
        return budget_frees_at([*self.received, *sent], now=now, budget=self.budget)

    def fit_at(self, moment: datetime) -> datetime:
        """Return when a proactive message may reach them, from *moment* on."""
        fit_at = self.frees_at(now=moment)
        if self.paused_until is not None:
            fit_at = max(fit_at, self.hours.midnight(self.paused_until))
        return self.hours.next_open(fit_at)


def last_day_off(receiver: Receiver, useful_until: datetime, *, now: datetime) -> date:
    """Return until which day of theirs *receiver* can put off what is of use until then; today where it is too late."""
    today, day = receiver.hours.local(now).date(), receiver.hours.local(useful_until).date()
    while day > today and receiver.fit_at(receiver.hours.midnight(day)) >= useful_until:
        day -= A_DAY
    return max(day, today)


def decide(
    pending: Iterable[Nudge], receiver: Receiver, *, is_pointless: Callable[[Nudge], bool], now: datetime,
    waits_until: Mapping[str, date] | None = None, has_waited: Callable[[Nudge], bool] = lambda _: False,
) -> list[Nudge]:  # fmt: skip
    """Return what becomes of those of one person's *pending* nudges that are due *now*: at most one message is queued.

    *waits_until* tells of subjects that wait for a day: pairings in which somebody else is paused. What *has_waited*
    long enough for room goes before what has its moment.
    The others are cancelled (pointless, stopped, or the person is gone), missed (too late to be of use) or put off: to
    the end of the pause, to the next working hours, to when the budget allows another, behind the most useful one, and
    while the budget is needed for what has its moment within the days to come: above all the reminders of sessions.
    A message of the kinds told together takes along what is due or comes within a day: these are queued with it.
    """
    decided: list[Nudge] = []
    fit: list[Nudge] = []
    coming: list[Nudge] = []
    waits = waits_until or {}
    for nudge in pending:
        is_due = nudge.due_at <= now
        if not receiver.is_here or nudge.kind in receiver.stopped or is_pointless(nudge):
            decided += [nudge.cancelled()] if is_due else []
        elif nudge.useful_until is not None and nudge.useful_until <= now:
            decided.append(nudge.missed())
        elif (until := waits.get(nudge.subject_id)) is not None and (back := receiver.hours.midnight(until)) > now:
            decided += [nudge.put_off(receiver.hours.next_open(back))] if is_due else []
        else:
            (fit if is_due else coming).append(nudge)
    if not fit:
        return decided
    if (fit_at := receiver.fit_at(now)) > now:
        return decided + [nudge.put_off(fit_at) for nudge in fit]
    chosen, *others = sorted(fit, key=lambda nudge: (_precedence(nudge, has_waited), nudge.rank))
    tomorrow = receiver.hours.next_open(now + A_DAY)
    precedence = _precedence(chosen, has_waited)
    if chosen.put_off(tomorrow).state is NudgeState.MISSED:
        precedence = min(precedence, Precedence.OF_A_MOMENT)
    first = [nudge for nudge in coming if _precedence(nudge, has_waited) < precedence]
    if not _leaves_room(precedence, first, receiver, now=now):
        return decided + [nudge.put_off(tomorrow) for nudge in fit]
    if (later_today := _asked_together_at(chosen, coming, receiver, now=now)) is not None:
        return decided + [nudge.put_off(later_today) for nudge in fit]
    together = _told_with(chosen, [*others, *coming], receiver.hours, now=now)
    later = receiver.hours.next_open(receiver.frees_at(now, now=now))
    return [
        *decided,
        *(nudge.queued(now=now) for nudge in (chosen, *together)),
        *(nudge.put_off(later) for nudge in others if nudge not in together),
    ]


def _told_with(chosen: Nudge, others: Iterable[Nudge], hours: WorkingTime, *, now: datetime) -> list[Nudge]:
    """Return what the message of *chosen* tells as well: of its kind, each about another subject, due within a day."""
    if chosen.kind not in TOLD_TOGETHER:
        return []
    if chosen.kind is NudgeKind.HOW_DID_IT_GO:
        # Nobody is asked about a session before it is over.
        others = [nudge for nudge in others if nudge.due_at <= now]
    today, most = hours.local(now).date(), MOST_TOGETHER
    if chosen.kind is NudgeKind.PROPOSAL_UNANSWERED:
        before = hours.midnight(hours.add_working_days(today, ANSWER_REMINDER_WORKING_DAYS))
        most = MOST_PROPOSALS_TOGETHER
    else:
        # The reminder of a session comes on the working day before it, not earlier.
        before = hours.midnight(today + A_DAY) if chosen.has_its_moment else now + A_DAY
    alike = {nudge.subject_id: nudge for nudge in others if nudge.kind is chosen.kind and nudge.due_at < before}
    alike.pop(chosen.subject_id, None)
    return list(alike.values())[: most - 1]


def _asked_together_at(chosen: Nudge, coming: Iterable[Nudge], receiver: Receiver, *, now: datetime) -> datetime | None:
    """Return when to ask about all sessions of the day at once, where the week has no room for another message.

    None where *chosen* is better asked *now*: the day has no other, it can come tomorrow, or *chosen* would be missed.
    """
    midnight = receiver.hours.midnight(receiver.hours.local(now).date() + A_DAY)
    today = [nudge for nudge in coming if nudge.kind is chosen.kind and nudge.due_at < midnight]
    others = [nudge.due_at for nudge in today if nudge.subject_id != chosen.subject_id]
    if chosen.kind is not NudgeKind.HOW_DID_IT_GO or not others:
        return None
    last = max(others)
    comes_again = len(others) < len(today)
    if receiver.frees_at(now, now=last) <= last + A_DAY or (
        chosen.put_off(last).state is NudgeState.MISSED and not comes_again
    ):
        return None
    return last


def _precedence(nudge: Nudge, has_waited: Callable[[Nudge], bool]) -> Precedence:
    if nudge.kind is NudgeKind.BEFORE_SESSION:
        return Precedence.REMINDER
    if nudge.kind in _DATED:
        return Precedence.DATED
    if has_waited(nudge):
        return Precedence.HAS_WAITED
    return Precedence.OF_A_MOMENT if nudge.has_its_moment else Precedence.ANY_DAY


def _leaves_room(precedence: Precedence, first: Iterable[Nudge], receiver: Receiver, *, now: datetime) -> bool:
    """True when a message sent *now* does not take the place of those to come that go *first*.

    What could come on any day hardly delays any of these; anything else leaves them their day.
    """
    dues: dict[object, datetime] = {}
    for nudge in sorted(first, key=lambda nudge: nudge.due_at):
        day = receiver.hours.local(nudge.due_at).date()
        dues.setdefault((nudge.kind, day) if nudge.kind in TOLD_TOGETHER else nudge.id, nudge.due_at)
    with_it, without = _sent_at(receiver, dues.values(), now), _sent_at(receiver, dues.values())
    if precedence is not Precedence.ANY_DAY:
        days, days_without = ([receiver.hours.local(at).date() for at in times] for times in (with_it, without))
        return days == days_without
    return all(later - sooner <= HARDLY_LATE for later, sooner in zip(with_it, without, strict=True))


def _sent_at(receiver: Receiver, dues: Iterable[datetime], *sent: datetime) -> list[datetime]:
    """Return when messages due at *dues* can go, one after the other, once those *sent* were as well."""
    times: list[datetime] = []
    for due_at in dues:
        times.append(receiver.hours.next_open(receiver.frees_at(*sent, *times, now=due_at)))
    return times


def after_asking(
    proposal: Proposal, person_ids: Iterable[str], working_times: Mapping[str, WorkingTime], *, now: datetime
) -> list[Nudge]:
    """Return one reminder for each of *person_ids*, asked *now*: two working days later, while the proposal is open."""
    nudges = []
    for person_id in person_ids:
        hours = working_times[person_id]
        due_at = hours.next_open(hours.after_working_days(now, ANSWER_REMINDER_WORKING_DAYS))
        if proposal.expires_at is None or due_at < proposal.expires_at:
            about = _About(NudgeKind.PROPOSAL_UNANSWERED, person_id, proposal.id)
            nudges.append(about.nudge(proposal.id, due_at, until=proposal.expires_at))
    return nudges


def after_introduction(pairing: Pairing, working_times: Mapping[str, WorkingTime], *, now: datetime) -> list[Nudge]:
    """Return, for everyone in *pairing*, the nudges to plan a first session: three and seven days after *now*.

    A month after it they are asked whether to go on, where they have not met by then.
    """
    nudges = []
    go_on_at = now + patience(pairing.cadence_weeks) + STILL_GOING_AFTER
    for person_id in pairing.person_ids:
        hours = working_times[person_id]
        question = _About(NudgeKind.STILL_GOING, person_id, pairing.id)
        nudges += _first_session_unplanned(pairing.id, person_id, hours, since=pairing.id, now=now)
        nudges.append(question.nudge(pairing.id, hours.next_open(go_on_at), until=None))
    return nudges


def _first_session_unplanned(
    pairing_id: str, person_id: str, hours: WorkingTime, *, since: str, now: datetime
) -> list[Nudge]:
    """Return both nudges; the first is missed once the second is due, so that one never follows the other at once."""
    about = _About(NudgeKind.FIRST_SESSION_UNPLANNED, person_id, pairing_id)
    first, second = (hours.next_open(now + after) for after in FIRST_SESSION_AFTER)
    return [
        about.nudge(f"{since}:{FIRST}", first, until=second),
        about.nudge(f"{since}:{SECOND}", second, until=None),
    ]


def after_planning(session: Session, working_times: Mapping[str, WorkingTime], *, now: datetime) -> list[Nudge]:
    """Return the reminders of a session that was planned or moved *now*; those of its earlier time are to be cancelled.

    Everyone is reminded one working day before, unless that has passed already. The mentors are asked how it went
    half an hour after its end; everyone is asked on the next working day if nobody said.
    """
    period = f"{session.id}:{session.sequence}"
    last_asked = session.starts_at + ASKED_WITHIN
    nudges = []
    for person_id in session.person_ids:
        hours = working_times[person_id]
        before = _one_working_day_before(session.starts_at, hours)
        asked = hours.next_open(session.ends_at + HOW_DID_IT_GO_AFTER)
        again = hours.next_open(hours.after_working_days(asked, 1))
        reminder = _About(NudgeKind.BEFORE_SESSION, person_id, session.id)
        question = _About(NudgeKind.HOW_DID_IT_GO, person_id, session.id)
        if before > now:
            nudges.append(reminder.nudge(period, before, until=session.starts_at))
        if session.role_of(person_id) is Role.MENTOR:
            nudges.append(question.nudge(period, asked, until=again))
        nudges.append(question.nudge(f"{period}{AGAIN}", again, until=last_asked))
    return nudges


def after_not_yet(session: Session, person_id: str, working_time: WorkingTime, *, now: datetime) -> list[Nudge]:
    """Return the question to *person_id*, who answered *now* that *session* has not taken place yet, once more.

    It comes on the next working day, as long as there is a day to confirm the session after it.
    """
    due_at = working_time.next_open(working_time.after_working_days(now, 1))
    last_asked = session.starts_at + ASKED_WITHIN
    if due_at >= last_asked:
        return []
    day = working_time.local(due_at).date().isoformat()
    question = _About(NudgeKind.HOW_DID_IT_GO, person_id, session.id)
    return [question.nudge(f"{session.id}:{session.sequence}:{day}{NOT_YET}", due_at, until=last_asked)]


def after_cancelling(
    session: Session, working_times: Mapping[str, WorkingTime], *, now: datetime,
    cadence_weeks: int = USUAL_CADENCE_WEEKS, asked: Collection[str] = (),
) -> list[Nudge]:  # fmt: skip
    """Return the nudges to plan again, for a pairing left *now* without a planned session by a cancellation.

    Whether it has ever met, and so which of the two kinds fits, is checked when they are due. Whoever is *asked*
    whether to go on has a week for that first.
    """
    if session.pairing_id is None:
        return []
    nudges = []
    for person_id in session.person_ids:
        hours = working_times[person_id]
        nudges += _first_session_unplanned(
            session.pairing_id,
            person_id,
            hours,
            since=session.id,
            now=now + CLOSES_AFTER if person_id in asked else now,
        )
        nudges += _quiet(
            session.pairing_id, person_id, hours, period=f"{session.id}:over", since=now, now=now,
            cadence_weeks=cadence_weeks,
        )  # fmt: skip
    return nudges


def after_unconfirmed(
    session: Session, working_times: Mapping[str, WorkingTime], *, now: datetime,
    cadence_weeks: int = USUAL_CADENCE_WEEKS, met_since_at: datetime | None = None,
) -> list[Nudge]:  # fmt: skip
    """Return the nudges of a pairing without a date, of one of whose sessions nobody said *now* how it went.

    They count from its start, as if it had been held, which nothing contradicts, or from *met_since_at* where the
    pair has met since.
    """
    if session.pairing_id is None:
        return []
    return [
        nudge
        for person_id in session.person_ids
        for nudge in _quiet(
            session.pairing_id, person_id, working_times[person_id], period=f"{session.id}:over",
            since=max(session.starts_at, met_since_at or session.starts_at), now=now, cadence_weeks=cadence_weeks,
        )
    ]  # fmt: skip


def after_cancelling_twice(
    session: Session, asked: Iterable[str], working_times: Mapping[str, WorkingTime], *, now: datetime
) -> list[Nudge]:
    """Return the question whether to go on, for those *asked*: the side that cancelled twice in a row, nobody else."""
    if session.pairing_id is None:
        return []
    nudges = []
    for person_id in asked:
        question = _About(NudgeKind.TWICE_CANCELLED, person_id, session.pairing_id)
        due_at = working_times[person_id].next_open(now)
        nudges.append(question.nudge(session.id, due_at, until=due_at + CLOSES_AFTER))
    return nudges


def after_keeping(pairing: Pairing, working_times: Mapping[str, WorkingTime], *, now: datetime) -> list[Nudge]:
    """Return the nudges of a quiet pairing whose people want to go on: the same again, counted from *now*.

    Whether they have ever met, and so which of the two kinds to plan fits, is checked when they are due.
    """
    period = f"{pairing.id}:{now.isoformat()}"
    nudges = []
    for person_id in pairing.person_ids:
        hours = working_times[person_id]
        nudges += _first_session_unplanned(pairing.id, person_id, hours, since=period, now=now)
        nudges += _quiet(
            pairing.id, person_id, hours, period=period, cadence_weeks=pairing.cadence_weeks, since=now, now=now
        )
    return nudges


def closes_at(
    questions: Iterable[Nudge], receivers: Mapping[str, Receiver], *, under_way: Collection[str], now: datetime
) -> datetime | None:
    """Return when a quiet pairing ends by itself: a week after the last of its people was asked; None if it does not.

    *questions* are all that ever asked its people whether to go on, *under_way* the ids of nudges still in the outbox,
    *receivers* its people by id. It ends once everybody was asked, but for those who stopped the question or whom Slack
    would not deliver it to. Whoever is paused has their week from their return on. What somebody put off, which has an
    end to its use, moves no day that anybody was told.
    """
    latest = _since_last_answered((one for one in questions if one.useful_until is None), now=now)
    asked_at = [one.queued_at for one in latest if one.queued_at is not None]
    if not asked_at:
        return None
    back = [one.hours.midnight(one.paused_until) for one in receivers.values() if one.paused_until is not None]
    counts_from = [*asked_at, *back]
    for person_id, receiver in receivers.items():
        theirs = [one for one in latest if one.person_id == person_id]
        asked = [one for one in theirs if one.state is NudgeState.QUEUED]
        to_come = [one.due_at for one in theirs if one.state is NudgeState.PENDING]
        cannot_be = NudgeKind.STILL_GOING in receiver.stopped or any(one.state is NudgeState.FAILED for one in theirs)
        if asked:
            # What is in the outbox arrives now at the earliest.
            counts_from += [now for one in asked if one.id in under_way]
        elif cannot_be:
            continue
        elif to_come:
            # So does what was due while the bot was down, or while a lead held it back.
            counts_from += [max(due_at, now) for due_at in to_come]
        else:
            # Not asked any more, since the cohort ends first, of which they are told instead.
            return None
    return max(counts_from) + CLOSES_AFTER


def _since_last_answered(questions: Iterable[Nudge], *, now: datetime) -> list[Nudge]:
    """Return those of *questions* that are to come, or were in the month up to the last one.

    After an answer nobody is asked for a month, so that what is older was answered.
    """
    moments = [(one, now if one.state is NudgeState.PENDING else one.queued_at or one.due_at) for one in questions]
    past = [moment for one, moment in moments if one.state is not NudgeState.PENDING and moment <= now]
    return [one for one, moment in moments if moment > max(past, default=now) - STILL_GOING_AFTER]


def patience(cadence_weeks: int) -> timedelta:
    """Return how much longer than usual a pairing that meets every *cadence_weeks* may be quiet."""
    return timedelta(weeks=max(0, cadence_weeks - USUAL_CADENCE_WEEKS))


def _quiet(
    pairing_id: str, person_id: str, hours: WorkingTime, *, period: str, since: datetime, now: datetime,
    cadence_weeks: int = USUAL_CADENCE_WEEKS,
) -> list[Nudge]:  # fmt: skip
    """Return what somebody gets when nothing is planned *since*: plan the next, later whether to go on at all."""
    longer = patience(cadence_weeks)
    # A session logged late is not followed by a nudge at once: its writer was just asked for the next date.
    soonest = now + timedelta(days=1)
    plan = hours.next_open(max(since + longer + NOTHING_PLANNED_AFTER, soonest))
    # Both are asked a week before the pairing would end by itself, and never in the days of the nudge to plan.
    go_on = hours.next_open(max(since + longer + STILL_GOING_AFTER, plan + timedelta(days=7)))
    quiet = _About(NudgeKind.NOTHING_PLANNED, person_id, pairing_id)
    question = _About(NudgeKind.STILL_GOING, person_id, pairing_id)
    return [
        quiet.nudge(period, plan, until=go_on),
        question.nudge(period, go_on, until=None),
    ]


def after_logging(
    session: Session, working_times: Mapping[str, WorkingTime], *, now: datetime,
    cadence_weeks: int = USUAL_CADENCE_WEEKS, met_since_at: datetime | None = None,
) -> list[Nudge]:  # fmt: skip
    """Return what follows a session logged *now*: the unanswered pulse, the next thing to try, the next date.

    What is about the next date is about the pairing, so that planning cancels it; whether nothing is planned is
    checked when it is due. It counts from *met_since_at* where the pair has met since and this one is logged late.
    """
    last_met_at = max(session.starts_at, met_since_at or session.starts_at)
    nudges = []
    for person_id in session.person_ids:
        hours = working_times[person_id]
        pulse = _About(NudgeKind.PULSE_UNANSWERED, person_id, session.id)
        nudges.append(pulse.nudge(session.id, hours.next_open(now + PULSE_AFTER), until=now + PULSE_CLOSES_AFTER))
        if session.pairing_id is not None:
            nudges += _quiet(
                session.pairing_id, person_id, hours, period=session.id, since=last_met_at, now=now,
                cadence_weeks=cadence_weeks,
            )  # fmt: skip
        if session.next_try and session.role_of(person_id) is Role.MENTEE:
            agreed = _About(NudgeKind.NEXT_TRY, person_id, session.id)
            due_at = hours.next_open(hours.after_working_days(now, NEXT_TRY_WORKING_DAYS))
            nudges.append(agreed.nudge(session.id, due_at, until=due_at + timedelta(days=14)))
    return nudges


def _one_working_day_before(starts_at: datetime, hours: WorkingTime) -> datetime:
    """Return the session's time of day on the working day before it, brought inside working hours."""
    day = hours.add_working_days(hours.local(starts_at).date(), -1)
    return min(max(hours.after_working_days(starts_at, -1), hours.opening(day)), hours.closing(day) - LATEST_REMINDER)


@dataclass(frozen=True, slots=True)
class _About:
    """Who is nudged about what: the part that the nudges of one rule share."""

    kind: NudgeKind
    person_id: str
    subject_id: str

    def nudge(self, period: str, due_at: datetime, *, until: datetime | None) -> Nudge:
        return Nudge(
            id=new_id(), person_id=self.person_id, kind=self.kind, subject_id=self.subject_id, period=period,
            due_at=due_at, useful_until=until,
        )  # fmt: skip
