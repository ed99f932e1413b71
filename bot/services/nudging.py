"""Nudges: handed to the outbox at a fit moment, within each person's budget; snoozed and stopped by their receivers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.domain.access import Actor
from bot.domain.cohorts import SEATS, Cohort
from bot.domain.letters import (
    BeforeSession,
    FirstSessionUnplanned,
    HowDidItGo,
    NextTry,
    NothingPlanned,
    NudgeLetter,
    PairingCloses,
    ProposalUnanswered,
    PulseUnanswered,
    StillGoing,
    ToPlan,
    Undated,
)
from bot.domain.nudges import (
    A_DAY,
    CLOSES_AFTER,
    FIRST,
    MOST_A_MINUTE,
    Nudge,
    NudgeKind,
    NudgeState,
    Receiver,
    after_not_yet,
    last_day_off,
)
from bot.domain.outbox import OutboxMessage
from bot.domain.pairings import Pairing
from bot.domain.people import Person
from bot.domain.sessions import PULSE_CLOSES_AFTER, Session, SessionState
from bot.domain.working_time import WorkingTime
from bot.errors import (
    AlreadyEnded,
    ChangedSince,
    DateTooFar,
    NotEnrolled,
    NothingToPutOff,
    NotYours,
    SnoozedPastTheCohort,
    SnoozedPastTheEnd,
    SnoozedTooLong,
    SnoozedToToday,
)
from bot.ports import UnitOfWork
from bot.services.base import Programme, Service
from bot.services.proposals import proposal_asked
from bot.services.sessions import is_over, on_day_off, slots_for
from bot.services.weighing import LONGEST_BUDGET, MINUTE, foresee_all, receivers_of, settled, stop_of, weigh

MOST_DUE = 20_000
PEOPLE_AT_ONCE = MOST_A_MINUTE
"""People weighed in one transaction: few enough that whoever clicks a button meanwhile does not wait."""
HANDFUL = MOST_A_MINUTE // 2
"""Where more are due than may go, they go by as many at least, rather than being weighed again for each one."""
LONGEST_SNOOZE = timedelta(days=92)
NudgeLetterT = TypeVar("NudgeLetterT", bound=NudgeLetter)


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgingService(Service):
    """Decides what goes out when, and listens to those who would rather hear later, or not at all."""

    def queue_due(self, now: datetime, *, limit: int = MOST_DUE) -> int:
        """Hand over what is due and fit, the most useful first, thirty a minute at most; return how many.

        What is due and unfit is put off, missed or cancelled; what goes beyond the minute's thirty stays due, and so
        does everything while a lead holds all nudges back.
        """
        with self.storage.read() as uow:
            room = self._room(uow, now=now)
            if not room or (room < HANDFUL and len(uow.nudges.due(now, limit=room + 1)) > room):
                return 0
            due = uow.nudges.due(now, limit=limit)
        ordered = dict.fromkeys(nudge.person_id for nudge in sorted(due, key=lambda nudge: nudge.rank))
        people = list(ordered)
        queued = 0
        for start in range(0, len(people), PEOPLE_AT_ONCE):
            handed_over, room = self._queue(people[start : start + PEOPLE_AT_ONCE], now=now)
            queued += handed_over
            if not room:
                break
        return queued

    def _queue(self, person_ids: Sequence[str], *, now: datetime) -> tuple[int, int]:
        """Hand over what is due to these people; return how many that was, and how many more may go this minute."""
        with self.storage.begin() as uow:
            room = self._room(uow, now=now)
            pending = [
                nudge
                for person_id in person_ids
                for nudge in uow.nudges.pending_of(person_id)
                if nudge.due_at < now + LONGEST_BUDGET
            ]
            decided = weigh(uow, self.programme, pending, now=now)
            told: dict[str, list[Nudge]] = {}
            for nudge in decided:
                if nudge.state is NudgeState.QUEUED:
                    told.setdefault(nudge.person_id, []).append(nudge)
            fit = sorted(told.values(), key=lambda nudges: nudges[0].rank)
            waiting = {first.person_id for first, *_ in fit[room:]}
            # Those who must wait for their turn keep all their nudges as they are: they are weighed again then.
            uow.nudges.save_many(nudge for nudge in decided if nudge.person_id not in waiting)
            people = uow.people.get_many({first.person_id for first, *_ in fit[:room]})
            uow.outbox.add_many(_message(nudges, people[nudges[0].person_id], now=now) for nudges in fit[:room])
            self._note_questions(uow, (nudge for nudges in fit[:room] for nudge in nudges), now=now)
            uow.commit()
        return len(fit[:room]), max(0, room - len(fit))

    def next_due(self, now: datetime) -> datetime | None:
        """Return when :meth:`queue_due` next has something to do."""
        with self.storage.read() as uow:
            due_at = uow.nudges.next_due()
            if due_at is None or stop_of(uow) is not None:
                return None
            queued = uow.nudges.queued_times(now - MINUTE)
        filled = MOST_A_MINUTE - HANDFUL + 1
        return due_at if len(queued) < filled else max(due_at, queued[-filled] + MINUTE)

    def snooze(self, actor: Actor, nudge_id: str, *, until: date, now: datetime) -> datetime:
        """Have the actor's nudge, and what it told as well, come again on *until*; return when, the budget counted.

        It comes in place of any other of its kind and subject. Raises NotYours, NothingToPutOff, SnoozedToToday,
        DateTooFar, SnoozedPastTheEnd, SnoozedPastTheCohort, or SnoozedTooLong when it would come too late to be of use.
        """
        with self.storage.begin() as uow:
            told = self._open(uow, actor, nudge_id, now=now)
            receiver = receivers_of(uow, self.programme, [actor.person_id], now=now)[actor.person_id]
            today = receiver.hours.local(now).date()
            if until <= today:
                raise SnoozedToToday(field="until")
            if until > today + LONGEST_SNOOZE:
                raise DateTooFar(field="until", limit=today + LONGEST_SNOOZE)
            useful = _ends(uow, self.programme, told, receiver.hours)
            _check_useful(uow, self.programme, told, useful, receiver, until=until, now=now)
            again = [one.snoozed(until, receiver, useful_until=useful[one.id]) for one in told]
            snoozed = [one for one in again if one.useful_until is None or one.due_at < one.useful_until]
            for one in snoozed:
                uow.nudges.cancel(person_id=actor.person_id, subject_id=one.subject_id, kinds=[one.kind])
            again_at = self._told_at(uow, snoozed, now=now)
            uow.nudges.plan(snoozed)
            uow.commit()
            return again_at

    def last_snooze(self, actor: Actor, nudge_id: str, *, now: datetime) -> date:
        """Return until which day the actor can put off their nudge, and what it told as well.

        Raises as :meth:`snooze` does where no day is left.
        """
        with self.storage.read() as uow:
            told = self._open(uow, actor, nudge_id, now=now)
            receiver = receivers_of(uow, self.programme, [actor.person_id], now=now)[actor.person_id]
            useful, today = _ends(uow, self.programme, told, receiver.hours), receiver.hours.local(now).date()
            _check_useful(uow, self.programme, told, useful, receiver, until=today + A_DAY, now=now)
            last = _last_day(told, useful, receiver, now=now)
            return today + LONGEST_SNOOZE if last is None else min(last, today + LONGEST_SNOOZE)

    def stop_kind(self, actor: Actor, nudge_id: str, *, now: datetime) -> NudgeKind:
        """Send the actor no more of the kind of this nudge; return which it is. Raises NotYours or NotEnrolled."""
        with self.storage.begin() as uow:
            kind = own_nudge(uow, actor, nudge_id).kind
            self._set_stopped(uow, actor, kind, stopped=True, now=now)
            uow.commit()
            return kind

    def restart_kind(self, actor: Actor, kind: NudgeKind, *, now: datetime) -> None:
        """Send the actor this kind again. Raises NotEnrolled."""
        with self.storage.begin() as uow:
            self._set_stopped(uow, actor, kind, stopped=False, now=now)
            uow.commit()

    def ask_again(
        self, actor: Actor, session_id: str, *, sequence: int | None = None, now: datetime
    ) -> datetime | None:
        """The session has not taken place yet: ask the actor alone, once more; return when, or None if never.

        Of a pairing that has ended nothing more is asked.

        Raises NotYours, AlreadyEnded when somebody settled it meanwhile, or ChangedSince when it was moved since
        *sequence*, or is still to come.
        """
        with self.storage.begin() as uow:
            session = uow.sessions.get(session_id)
            session.role_of(actor.person_id)
            if session.state is not SessionState.PLANNED:
                raise AlreadyEnded
            if session.is_moved_since(sequence) or session.is_to_come(now=now):
                raise ChangedSince
            uow.nudges.cancel(subject_id=session.id, kinds=[NudgeKind.HOW_DID_IT_GO])
            hours = self.working_time(uow, uow.people.get(actor.person_id))
            over = is_over(uow, session.pairing_id)
            again = [] if over else after_not_yet(session, actor.person_id, hours, now=now)
            uow.nudges.plan(again)
            uow.commit()
            return again[0].due_at if again else None

    def _open(self, uow: UnitOfWork, actor: Actor, nudge_id: str, *, now: datetime) -> list[Nudge]:
        """Return what the message of the actor's nudge told and is not settled; raise NotYours or NothingToPutOff."""
        nudge = own_nudge(uow, actor, nudge_id)
        told = uow.nudges.queued_with(nudge) or [nudge]
        over = settled(uow, self.programme, told, now=now)
        if not (left := [one for one in told if one.id not in over]):
            raise NothingToPutOff
        return left

    def _told_at(self, uow: UnitOfWork, snoozed: Sequence[Nudge], *, now: datetime) -> datetime:
        """Return when the first of *snoozed* would be told, with all that waits; raise SnoozedTooLong where none is."""
        until = snoozed[0].due_at + LONGEST_BUDGET
        pending = uow.nudges.pending_of(snoozed[0].person_id)
        planned = [*snoozed, *(one for one in pending if one.due_at < until + LONGEST_BUDGET)]
        sent = {one.id: one.queued_at for one in foresee_all(uow, self.programme, planned, now=now, until=until)}
        told_at = [at for one in snoozed if (at := sent.get(one.id)) is not None]
        if not told_at and all(one.useful_until is not None for one in snoozed):
            raise SnoozedTooLong(field="until")
        return min(told_at, default=snoozed[0].due_at)

    def _note_questions(self, uow: UnitOfWork, nudges: Iterable[Nudge], *, now: datetime) -> None:
        """Note when the pairings that are asked whether to go on will end by themselves, where their cohort does not.

        Those of their people who stopped the question are told by a letter, once, since nothing else would tell them.
        """
        asked = {nudge.subject_id for nudge in nudges if nudge.kind is NudgeKind.STILL_GOING}
        closes_at = now + CLOSES_AFTER
        for pairing in uow.pairings.get_many(asked).values():
            if pairing.closes_at is None and not _is_told_of_end(uow, self.programme, pairing, now=closes_at):
                uow.pairings.save(replace(pairing, closes_at=closes_at))
                participants = uow.participants.get_many(pairing.person_ids).values()
                unasked = [one.person_id for one in participants if NudgeKind.STILL_GOING in one.stopped_nudges]
                uow.outbox.add_many(
                    OutboxMessage.to(
                        person, "pairing_closes", f"{pairing.id}:{now.isoformat()}", now=now, expires_at=closes_at,
                        pairing_id=pairing.id,
                    )
                    for person in uow.people.get_many(unasked).values()
                )  # fmt: skip

    def _room(self, uow: UnitOfWork, *, now: datetime) -> int:
        if stop_of(uow) is not None:
            return 0
        # A minute's first instant is outside it, so that thirty can follow thirty exactly a minute later.
        lately = sum(moment > now - MINUTE for moment in uow.nudges.queued_times(now - MINUTE))
        # More than thirty where what was handed over in one minute arrives in another, in which more was handed over.
        return max(0, MOST_A_MINUTE - lately)

    def _set_stopped(self, uow: UnitOfWork, actor: Actor, kind: NudgeKind, *, stopped: bool, now: datetime) -> None:
        participant = uow.participants.get(actor.person_id)
        if participant is None:
            raise NotEnrolled
        kinds = participant.stopped_nudges | {kind} if stopped else participant.stopped_nudges - {kind}
        uow.participants.put(replace(participant, stopped_nudges=kinds))
        self.refresh_home(uow, [uow.people.get(actor.person_id)], now=now)


def _is_told_of_end(uow: UnitOfWork, programme: Programme, pairing: Pairing, *, now: datetime) -> bool:
    return programme.is_told_of_end(uow.cohorts.get(pairing.cohort_id), now=now)


def _message(nudges: Sequence[Nudge], person: Person, *, now: datetime) -> OutboxMessage:
    """Return the message that tells *nudges*, of one kind, together."""
    first, *others = nudges
    also = {"also": [one.id for one in others]} if others else {}
    return OutboxMessage.to(
        person, first.kind, first.occasion, now=now, proactive=True, expires_at=_useful_until(nudges),
        nudge_id=first.id, **also,
    )  # fmt: skip


def _useful_until(nudges: Sequence[Nudge]) -> datetime | None:
    """Return until when any of *nudges* is of use; None where one always is."""
    ends = [one.useful_until for one in nudges if one.useful_until is not None]
    return max(ends) if len(ends) == len(nudges) else None


def with_snoozes(
    uow: UnitOfWork, letter: NudgeLetterT, nudge_ids: Sequence[str], programme: Programme, *, now: datetime
) -> NudgeLetterT:
    """Return *letter*, which tells these nudges, with the days that it can be put off."""
    told = [uow.nudges.get(nudge_id) for nudge_id in nudge_ids]
    receiver = receivers_of(uow, programme, [told[0].person_id], now=now)[told[0].person_id]
    last = _last_day(told, _ends(uow, programme, told, receiver.hours), receiver, now=now)
    return letter if last is None else replace(letter, most_days=(last - receiver.hours.local(now).date()).days)


def _ends(
    uow: UnitOfWork, programme: Programme, told: Sequence[Nudge], hours: WorkingTime
) -> Mapping[str, datetime | None]:
    """Return until when each of *told*, put off, would be of use; None for always.

    The question whether to go on is until the day begins on which the pairing ends for want of an answer; what is about
    meeting again, until the cohort's last day is over.
    """
    pending = uow.nudges.pending_of(told[0].person_id)
    pairings = uow.pairings.get_many({one.subject_id for one in told if one.kind is NudgeKind.STILL_GOING})
    ends = {one.id: _useful_until([one, *_same(pending, one)]) for one in told}
    for one in told:
        pairing = pairings.get(one.subject_id)
        if pairing is not None and pairing.closes_at is not None:
            ends_at = _told_to_end_at(one, pairing.closes_at)
            if not _is_told_of_end(uow, programme, pairing, now=ends_at):
                ends[one.id] = hours.midnight(hours.local(ends_at).date())
    for nudge_id, cohort in _cohorts_to_meet_in(uow, told).items():
        ends[nudge_id] = min(ends[nudge_id] or programme.end_of(cohort), programme.end_of(cohort))
    return ends


def _cohorts_to_meet_in(uow: UnitOfWork, told: Sequence[Nudge]) -> Mapping[str, Cohort]:
    """Return the cohorts of those of *told* that are about meeting again, by nudge id."""
    match told[0].kind:
        case NudgeKind.FIRST_SESSION_UNPLANNED | NudgeKind.NOTHING_PLANNED | NudgeKind.TWICE_CANCELLED:
            about: Mapping[str, Pairing | Session] = uow.pairings.get_many({one.subject_id for one in told})
        case NudgeKind.NEXT_TRY:
            about = uow.sessions.get_many({one.subject_id for one in told})
        case _:
            return {}
    return {one.id: uow.cohorts.get(about[one.subject_id].cohort_id) for one in told if one.subject_id in about}


def _told_to_end_at(question: Nudge, closes_at: datetime) -> datetime:
    """Return when a pairing ends without an answer, as *question* says: whoever was asked later has a week as well."""
    if question.useful_until is not None:
        return question.useful_until
    return max(closes_at, (question.queued_at or closes_at - CLOSES_AFTER) + CLOSES_AFTER)


def _last_day(
    told: Sequence[Nudge], ends: Mapping[str, datetime | None], receiver: Receiver, *, now: datetime
) -> date | None:
    """Return until which day *told* can be put off; None for as long as one likes.

    Of questions whether to go on none may be put off past its end; of anything else what is of use then comes.
    """
    days = [None if (end := ends[one.id]) is None else last_day_off(receiver, end, now=now) for one in told]
    limited = [day for day in days if day is not None]
    if told[0].kind is NudgeKind.STILL_GOING:
        return min(limited, default=None)
    return max(limited) if len(limited) == len(days) else None


def _check_useful(
    uow: UnitOfWork, programme: Programme, told: Sequence[Nudge], ends: Mapping[str, datetime | None],
    receiver: Receiver, *, until: date, now: datetime,
) -> None:  # fmt: skip
    """Raise SnoozedPastTheEnd, SnoozedPastTheCohort or SnoozedTooLong where *told* cannot wait *until* that day."""
    last = _last_day(told, ends, receiver, now=now)
    if last is None or until <= last:
        return
    if told[0].kind is NudgeKind.STILL_GOING:
        end = min(end for one in told if (end := ends[one.id]) is not None)
        raise SnoozedPastTheEnd(field="until", day=receiver.hours.local(end).date())
    longest = max(end for end in ends.values() if end is not None)
    for cohort in _cohorts_to_meet_in(uow, told).values():
        if programme.end_of(cohort) == longest:
            raise SnoozedPastTheCohort(field="until", day=cohort.ends_on)
    raise SnoozedTooLong(field="until")


def own_nudge(uow: UnitOfWork, actor: Actor, nudge_id: str) -> Nudge:
    """Return the actor's nudge; raise NotFound, or NotYours."""
    nudge = uow.nudges.get(nudge_id)
    if nudge.person_id != actor.person_id:
        raise NotYours
    return nudge


def _same(nudges: Iterable[Nudge], nudge: Nudge) -> list[Nudge]:
    return [one for one in nudges if (one.kind, one.subject_id) == (nudge.kind, nudge.subject_id)]


def compose_proposal_unanswered(
    uow: UnitOfWork, message: OutboxMessage, _: Programme, now: datetime
) -> ProposalUnanswered | None:
    """Return the reminder of a question or several, or None once all were answered or have expired."""
    asked = []
    for nudge in (uow.nudges.get(nudge_id) for nudge_id in message.nudge_ids):
        proposal = uow.rounds.proposal(nudge.subject_id)
        if nudge.person_id in proposal.waiting_for and proposal.expires_at is not None and proposal.expires_at > now:
            asked.append(proposal_asked(uow, proposal, nudge.person_id))
    if not asked:
        return None
    first, *also = sorted(asked, key=lambda one: one.expires_at)
    return ProposalUnanswered(nudge_id=message.args["nudge_id"], asked=first, also=tuple(also))


def compose_first_session_unplanned(
    uow: UnitOfWork, message: OutboxMessage, programme: Programme, now: datetime
) -> FirstSessionUnplanned:
    """Return the nudge to plan a first session, with three slots, or several first sessions."""
    told = [_to_plan(uow, nudge, pairing, pairing.introduced_at) for nudge, pairing in _told(uow, message)]
    first, *also = _with_slots(uow, programme, told, now=now)
    nudge = uow.nudges.get(message.args["nudge_id"])
    return FirstSessionUnplanned(
        nudge_id=nudge.id,
        pairing_id=first.pairing_id,
        partners=first.partners,
        introduced_on=first.since,
        slots=first.slots,
        undated=_undated(nudge),
        also=tuple(also),
    )


def _undated(nudge: Nudge) -> Undated:
    """Return what came before *nudge* to plan a first session, which its period tells."""
    since, _, which = nudge.period.rpartition(":")
    if which != FIRST:
        return Undated.NUDGED
    if since == nudge.subject_id:
        return Undated.INTRODUCED
    return Undated.KEPT if since.startswith(f"{nudge.subject_id}:") else Undated.CALLED_OFF


def _told(uow: UnitOfWork, message: OutboxMessage) -> Iterable[tuple[Nudge, Pairing]]:
    """Return the nudges that *message* tells, each with the pairing that it is about."""
    for nudge_id in message.nudge_ids:
        nudge = uow.nudges.get(nudge_id)
        yield nudge, uow.pairings.get(nudge.subject_id)


def _to_plan(
    uow: UnitOfWork, nudge: Nudge, pairing: Pairing, since: datetime, *, unconfirmed_id: str | None = None
) -> ToPlan:
    return ToPlan(
        pairing_id=pairing.id, partners=partners_in(uow, pairing, nudge.person_id),
        since=_day(uow, nudge.person_id, since), unconfirmed_id=unconfirmed_id,
    )  # fmt: skip


def _with_slots(uow: UnitOfWork, programme: Programme, told: Iterable[ToPlan], *, now: datetime) -> list[ToPlan]:
    """Return *told* with three slots each, no moment twice: their reader cannot be in two places."""
    offered: list[tuple[datetime, datetime]] = []
    with_slots = []
    for one in told:
        pairing = uow.pairings.get(one.pairing_id)
        slots = slots_for(uow, programme, pairing, now=now, besides=offered)
        offered += [(slot, slot + timedelta(minutes=SEATS[pairing.format].minutes)) for slot in slots]
        with_slots.append(replace(one, slots=slots))
    return with_slots


def compose_before_session(uow: UnitOfWork, message: OutboxMessage, programme: Programme, _: datetime) -> BeforeSession:
    """Return the reminder of a session or several, each with what the pair wanted to try next."""
    told = [_reminder(uow, programme, uow.nudges.get(nudge_id)) for nudge_id in message.nudge_ids]
    first, *also = sorted(told, key=lambda one: one.starts_at)
    return replace(first, also=tuple(also))


def _reminder(uow: UnitOfWork, programme: Programme, nudge: Nudge) -> BeforeSession:
    session = uow.sessions.get(nudge.subject_id)
    earlier = uow.sessions.of_pairing(session.pairing_id) if session.pairing_id else ()
    held = [one for one in earlier if one.state is SessionState.HELD]
    return BeforeSession(
        nudge_id=nudge.id,
        session_id=session.id,
        sequence=session.sequence,
        role=session.role_of(nudge.person_id),
        partners=partners_in(uow, session, nudge.person_id),
        starts_at=session.starts_at,
        minutes=session.minutes,
        place=session.place,
        topic=uow.topics.get(session.topic_ids[0]),
        next_try=held[-1].next_try if held else "",
        on_day_off=on_day_off(uow, programme, session),
    )


def compose_how_did_it_go(uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime) -> HowDidItGo:
    """Return the question after a session or several."""
    told = [_question(uow, uow.nudges.get(nudge_id)) for nudge_id in message.nudge_ids]
    first, *also = sorted(told, key=lambda one: one.starts_at)
    return replace(first, also=tuple(also))


def _question(uow: UnitOfWork, nudge: Nudge) -> HowDidItGo:
    session = uow.sessions.get(nudge.subject_id)
    return HowDidItGo(
        nudge_id=nudge.id,
        session_id=session.id,
        sequence=session.sequence,
        partners=partners_in(uow, session, nudge.person_id),
        starts_at=session.starts_at,
    )


def compose_pulse_unanswered(
    uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime
) -> PulseUnanswered | None:
    """Return the reminder of a pulse or several, or None where none of the sessions is logged any more."""
    asked = [_pulse(uow, uow.nudges.get(nudge_id)) for nudge_id in message.nudge_ids]
    if not (logged := [one for one in asked if one is not None]):
        return None
    first, *also = sorted(logged, key=lambda one: one.held_at)
    return replace(first, nudge_id=message.args["nudge_id"], also=tuple(also))


def _pulse(uow: UnitOfWork, nudge: Nudge) -> PulseUnanswered | None:
    session = uow.sessions.get(nudge.subject_id)
    if session.logged_at is None:
        return None
    return PulseUnanswered(
        nudge_id=nudge.id,
        session_id=session.id,
        role=session.role_of(nudge.person_id),
        partners=partners_in(uow, session, nudge.person_id),
        held_at=session.starts_at,
        closes_on=_day(uow, nudge.person_id, session.logged_at + PULSE_CLOSES_AFTER),
    )


def compose_nothing_planned(
    uow: UnitOfWork, message: OutboxMessage, programme: Programme, now: datetime
) -> NothingPlanned | None:
    """Return the nudge to plan the next session, with three slots, or several; None for pairings that never met."""
    told = []
    for nudge, pairing in _told(uow, message):
        if past := [one for one in uow.sessions.of_pairing(pairing.id) if one.may_have_been_held]:
            last = past[-1]
            unconfirmed_id = last.id if last.state is SessionState.UNCONFIRMED else None
            told.append(_to_plan(uow, nudge, pairing, last.starts_at, unconfirmed_id=unconfirmed_id))
    if not told:
        return None
    first, *also = _with_slots(uow, programme, told, now=now)
    return NothingPlanned(
        nudge_id=message.args["nudge_id"],
        pairing_id=first.pairing_id,
        partners=first.partners,
        last_met_on=first.since,
        slots=first.slots,
        unconfirmed_id=first.unconfirmed_id,
        meets_once=uow.pairings.get(first.pairing_id).meets_once,
        also=tuple(also),
    )


def compose_still_going(uow: UnitOfWork, message: OutboxMessage, programme: Programme, now: datetime) -> StillGoing:
    """Return the question whether to go on, or several; who is asked after their partner has a week of their own.

    Where that week reaches the days in which people hear that the cohort ends, nothing ends by itself.
    """
    first, *also = (_go_on(uow, programme, nudge, pairing, now=now) for nudge, pairing in _told(uow, message))
    return replace(first, also=tuple(also))


def _go_on(uow: UnitOfWork, programme: Programme, nudge: Nudge, pairing: Pairing, *, now: datetime) -> StillGoing:
    # One that was put off says the day that it said before.
    closes_at = nudge.useful_until or max(pairing.closes_at or now, now + CLOSES_AFTER)
    is_quiet = nudge.kind is NudgeKind.STILL_GOING
    closes = is_quiet and not _is_told_of_end(uow, programme, pairing, now=closes_at)
    return StillGoing(
        nudge_id=nudge.id,
        pairing_id=pairing.id,
        partners=partners_in(uow, pairing, nudge.person_id),
        format=pairing.format,
        cadence_weeks=pairing.cadence_weeks,
        closes_on=_day(uow, nudge.person_id, closes_at) if closes else None,
        twice_cancelled=not is_quiet,
        has_met=has_met(uow, pairing),
    )


def compose_pairing_closes(uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime) -> PairingCloses | None:
    """Return word that a quiet pairing is about to end, or None where it is not any more."""
    assert message.person_id is not None, "a letter to one person"
    pairing = uow.pairings.get(message.args["pairing_id"])
    is_planned = any(one.state is SessionState.PLANNED for one in uow.sessions.of_pairing(pairing.id))
    if pairing.closes_at is None or is_planned:
        return None
    return PairingCloses(
        pairing_id=pairing.id,
        partners=partners_in(uow, pairing, message.person_id),
        format=pairing.format,
        cadence_weeks=pairing.cadence_weeks,
        closes_on=_day(uow, message.person_id, pairing.closes_at),
        has_met=has_met(uow, pairing),
    )


def compose_next_try(uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime) -> NextTry | None:
    """Return the nudge to try what was agreed, or None where there is nothing to try."""
    nudge = uow.nudges.get(message.args["nudge_id"])
    session = uow.sessions.get(nudge.subject_id)
    if session.pairing_id is None or not session.next_try:
        return None
    is_only = uow.pairings.get(session.pairing_id).meets_once
    return NextTry(
        nudge_id=nudge.id,
        pairing_id=None if is_only else session.pairing_id,
        partners=partners_in(uow, session, nudge.person_id),
        next_try=session.next_try,
    )


def partners_in(uow: UnitOfWork, together: Pairing | Session, person_id: str) -> tuple[str, ...]:
    """Return the Slack user ids of everyone in a pairing or a session but *person_id*, in the order of their seats."""
    others = [one for one in together.person_ids if one != person_id]
    people = uow.people.get_many(others)
    return tuple(people[one].user_id for one in others if one in people)


def has_met(uow: UnitOfWork, pairing: Pairing) -> bool:
    """True where the people of *pairing* have met, or may have: nobody said how it went."""
    return any(one.may_have_been_held for one in uow.sessions.of_pairing(pairing.id))


def _day(uow: UnitOfWork, person_id: str, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(uow.people.get(person_id).tz)).date()
