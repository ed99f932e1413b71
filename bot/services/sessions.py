"""Sessions: plan, move, cancel, log, and the pulse afterwards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.access import Actor
from bot.domain.cohorts import SEATS
from bot.domain.ids import new_id
from bot.domain.letters import SessionCancelled, SessionLogged, SessionPlanned
from bot.domain.nudges import (
    Nudge,
    NudgeKind,
    after_cancelling,
    after_cancelling_twice,
    after_logging,
    after_planning,
    after_unconfirmed,
)
from bot.domain.outbox import OutboxMessage
from bot.domain.overviews import Meeting, Partnership, SameDay
from bot.domain.pairings import Pairing, PairingState
from bot.domain.pauses import back_at
from bot.domain.people import Person, Role
from bot.domain.sessions import (
    CORRECTION,
    LONGEST,
    UNCONFIRMED_AFTER,
    Attendance,
    LogLine,
    Pulse,
    Reuse,
    Session,
    SessionState,
    check_held,
    check_minutes,
    check_planned,
    twice_cancelled_by,
)
from bot.domain.slots import Availability, propose_slots
from bot.domain.surveys import after_last_session
from bot.domain.topics import Topic
from bot.errors import (
    AfterTheCohort,
    AlreadyBooked,
    AlreadyEnded,
    AlreadyLogged,
    ChangedSince,
    DateInPast,
    NoPartner,
    NothingGiven,
    NotTogether,
    NotYourPartner,
    SamePerson,
    WhichPartner,
)
from bot.ports import UnitOfWork
from bot.services.base import Programme, Service, working_times
from bot.services.standing import without_pairing

SAME_MEETING = timedelta(hours=12)
"""A log this close to a planned session that has begun is that session's."""
LONGEST_SESSION = timedelta(minutes=LONGEST)
UNCONFIRMED_BATCH = 200
ABOUT_PLANNING = (
    NudgeKind.FIRST_SESSION_UNPLANNED, NudgeKind.NOTHING_PLANNED, NudgeKind.STILL_GOING, NudgeKind.TWICE_CANCELLED,
)  # fmt: skip
"""What a date, or a session held, makes pointless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionService(Service):
    """The journey from "when do we meet?" to "what did we try?"."""

    def partnerships(self, actor: Actor, *, now: datetime, with_users: Collection[str] = ()) -> Sequence[Partnership]:
        """Return the actor's active pairings with all the Slack users *with_users*, with slots to propose.

        Raises NoPartner or its children, NotEnrolled, SamePerson, NotYourPartner, or NotTogether.
        """
        with self.storage.read() as uow:
            pairings, _ = self._pairings_with(uow, actor, with_users, now=now)
            return [self._partnership(uow, pairing, actor.person_id, now=now) for pairing in pairings]

    def partnerships_to_plan(
        self, actor: Actor, *, now: datetime, with_users: Collection[str] = ()
    ) -> Sequence[Partnership]:
        """Return those of :meth:`partnerships` that have a session left; all where none has, since it was asked for.

        Raises AfterTheCohort too.
        """
        partnerships = self.partnerships(actor, now=now, with_users=with_users)
        with self.storage.read() as uow:
            for one in partnerships:
                self._check_within(uow, one.pairing.cohort_id, now)
        return [one for one in partnerships if not one.is_done] or partnerships

    def partnership(self, actor: Actor, pairing_id: str, *, now: datetime) -> Partnership:
        """Return one of the actor's active pairings, to plan a session.

        Raises NotFound, NotYours, AlreadyEnded, or AfterTheCohort.
        """
        with self.storage.read() as uow:
            pairing = uow.pairings.get(pairing_id)
            pairing.role_of(actor.person_id)
            if pairing.state is not PairingState.ACTIVE:
                raise AlreadyEnded
            self._check_within(uow, pairing.cohort_id, now)
            return self._partnership(uow, pairing, actor.person_id, now=now)

    def partnership_to_log(self, actor: Actor, pairing_id: str, *, now: datetime) -> Partnership:
        """Return one of the actor's pairings, ended or not, to log a session; raise NotFound, or NotYours."""
        with self.storage.read() as uow:
            pairing = uow.pairings.get(pairing_id)
            pairing.role_of(actor.person_id)
            return self._partnership(uow, pairing, actor.person_id, now=now)

    def planned(self, actor: Actor, session_id: str, *, now: datetime) -> tuple[Meeting, Partnership]:
        """Return one of the actor's sessions that can still be moved, and its pairing; raise as its parts do."""
        meeting = self.meeting(actor, session_id)
        if meeting.session.state is not SessionState.PLANNED or meeting.session.pairing_id is None:
            raise AlreadyEnded
        return meeting, self.partnership(actor, meeting.session.pairing_id, now=now)

    def loggable(self, actor: Actor, session_id: str, *, now: datetime) -> tuple[Meeting, Partnership]:
        """Return one of the actor's sessions that can be logged or corrected, and its pairing, ended or not.

        Raises NotFound, NotYours, AlreadyEnded or CorrectionOver.
        """
        meeting = self.meeting(actor, session_id)
        meeting.session.check_correctable(now=_on_clock_of(actor, now))
        if meeting.session.state is SessionState.CANCELLED or meeting.session.pairing_id is None:
            raise AlreadyEnded
        return meeting, self.partnership_to_log(actor, meeting.session.pairing_id, now=now)

    def rateable(self, actor: Actor, session_id: str, *, now: datetime) -> Meeting:
        """Return one of the actor's sessions that takes their pulse.

        Raises NotFound, NotYours, AlreadyEnded or PulseClosed.
        """
        meeting = self.meeting(actor, session_id)
        meeting.session.check_takes_pulse(now=_on_clock_of(actor, now))
        return meeting

    def topics(self) -> Sequence[Topic]:
        """Return the topics that can be chosen."""
        with self.storage.read() as uow:
            return [topic for topic in uow.topics.all() if not topic.archived]

    def meetings(self, actor: Actor, *, limit: int = 20) -> Sequence[Meeting]:
        """Return the actor's sessions, the latest start first."""
        with self.storage.read() as uow:
            return [
                self._meeting(uow, session, actor.person_id)
                for session in uow.sessions.of_person(actor.person_id, limit=limit)
            ]

    def meeting(self, actor: Actor, session_id: str) -> Meeting:
        """Return one of the actor's sessions; raise NotFound, or NotYours."""
        with self.storage.read() as uow:
            return self._meeting(uow, uow.sessions.get(session_id), actor.person_id)

    def plan(
        self,
        actor: Actor,
        pairing_id: str | None,
        *,
        starts_at: datetime,
        minutes: int | None,
        place: str,
        is_another: bool = True,
        now: datetime,
    ) -> Meeting:
        """Plan a session of the pairing and tell the others; without *minutes* it is as long as the format says.

        The same moment twice is planned once, and a pairing of one session has one date: what is planned is returned.
        So is what somebody else has planned, unless this *is_another* beside it.
        Raises DateInPast, DateTooFar, AfterTheCohort, AlreadyBooked, BadDuration, NotYours or AlreadyEnded.
        """
        with self.storage.begin() as uow:
            if pairing_id is None:
                raise NoPartner
            pairing = uow.pairings.get(pairing_id)
            pairing.role_of(actor.person_id)
            if pairing.state is not PairingState.ACTIVE:
                raise AlreadyEnded
            planned = [one for one in uow.sessions.of_pairing(pairing.id) if one.state is SessionState.PLANNED]
            coming = sorted((one for one in planned if one.is_to_come(now=now)), key=lambda one: one.starts_at)
            if same := [one for one in planned if one.starts_at == starts_at]:
                return self._meeting(uow, same[0], actor.person_id)
            if coming and pairing.meets_once:
                return replace(self._meeting(uow, coming[0], actor.person_id), is_only=True)
            minutes = minutes or SEATS[pairing.format].minutes
            check_planned(starts_at, now=now)
            if not is_another and (theirs := [one for one in coming if one.planned_by != actor.person_id]):
                return self._meeting(uow, theirs[0], actor.person_id)
            check_minutes(minutes)
            self._check_within(uow, pairing.cohort_id, starts_at)
            _check_free(uow, pairing.person_ids, starts_at, minutes)
            session = _session_of(pairing, starts_at=starts_at, minutes=minutes, by=actor.person_id, place=place)
            uow.sessions.add(session)
            if pairing.closes_at is not None:
                uow.pairings.save(replace(pairing, closes_at=None))
            uow.nudges.cancel(subject_id=pairing.id, kinds=ABOUT_PLANNING)
            people = self._plan_nudges(uow, session, now=now)
            self._tell_others(uow, session, people, actor, kind="session_planned", now=now, moved=False)
            meeting = self._dated(uow, session, actor.person_id)
            uow.commit()
            return meeting

    def take_slot(
        self, actor: Actor, pairing_id: str, *, starts_at: datetime, is_another: bool = False, now: datetime
    ) -> Meeting | Partnership:
        """Plan the slot of a button; where it cannot be had any more, return the pairing with new slots instead.

        Everybody is offered the same slots at once: what another has planned by then is returned, unless this
        *is_another*. Raises DateTooFar, AfterTheCohort, NotYours or AlreadyEnded.
        """
        try:
            return self.plan(
                actor, pairing_id, starts_at=starts_at, minutes=None, place="", is_another=is_another, now=now
            )
        except (AlreadyBooked, DateInPast, AfterTheCohort):
            return self.partnership(actor, pairing_id, now=now)

    def move(
        self, actor: Actor, session_id: str, *, starts_at: datetime, minutes: int, place: str, now: datetime
    ) -> Meeting:
        """Move a planned session and tell the others, where that changes anything; raise as :meth:`plan` does."""
        with self.storage.begin() as uow:
            session = uow.sessions.get(session_id)
            session.role_of(actor.person_id)
            check_planned(starts_at, now=now)
            check_minutes(minutes)
            if is_over(uow, session.pairing_id):
                raise AlreadyEnded
            self._check_within(uow, session.cohort_id, starts_at)
            moved = session.moved(starts_at=starts_at, minutes=minutes, place=place)
            if moved == session:
                return replace(self._meeting(uow, session, actor.person_id), is_unchanged=True)
            _check_free(uow, session.person_ids, starts_at, minutes, moving=session.id)
            uow.sessions.save(moved)
            only_place = moved.sequence == session.sequence
            if only_place:
                people: Collection[Person] = uow.people.get_many(moved.person_ids).values()
            else:
                uow.nudges.cancel(subject_id=session.id)
                people = self._plan_nudges(uow, moved, now=now)
            self._tell_others(
                uow, moved, people, actor, kind="session_planned", now=now, moved=True,
                moved_from=session.starts_at.isoformat(), only_place=only_place,
            )  # fmt: skip
            meeting = self._dated(uow, moved, actor.person_id)
            uow.commit()
            return meeting

    def cancel(
        self, actor: Actor, session_id: str, *, sequence: int | None = None, now: datetime
    ) -> Partnership | None:
        """Cancel a planned session, tell the others with three new slots; return the pairing with them too.

        One that has begun did not take place then, and is nobody's doing. Raises NotYours, AlreadyEnded, or
        ChangedSince when it was moved since *sequence*.
        """
        with self.storage.begin() as uow:
            session = uow.sessions.get(session_id)
            session.role_of(actor.person_id)
            if session.is_moved_since(sequence):
                raise ChangedSince
            cancelled = session.cancelled(by=actor.person_id, now=now)
            uow.sessions.save(cancelled)
            uow.nudges.cancel(subject_id=session.id)
            people = uow.people.get_many(session.person_ids)
            together = uow.sessions.of_pairing(session.pairing_id) if session.pairing_id else ()
            side = twice_cancelled_by(together, cancelled)
            asked = session.people(side) if side is not None else ()
            follows = partial(after_cancelling, asked=asked)
            self._nudge_to_plan_again(uow, session, people.values(), follows, now=now)
            uow.nudges.plan(after_cancelling_twice(session, asked, self.working_times(uow, people.values()), now=now))
            self._tell_others(uow, session, people.values(), actor, kind="session_cancelled", now=now)
            partnership = None
            if session.pairing_id:
                pairing = uow.pairings.get(session.pairing_id)
                if pairing.state is PairingState.ACTIVE and not is_done(pairing, together):
                    partnership = self._partnership(uow, pairing, actor.person_id, now=now)
            uow.commit()
            return partnership

    def log_line(self, actor: Actor, line: LogLine, *, now: datetime) -> Meeting | SameDay:
        """Log at once what a complete ``/tandem log`` line says; the partner may be left out when there is only one.

        Nothing is logged where it may be the same session as another of its day, which is returned. Raises SamePerson,
        NotYourPartner, NotTogether, NoPartner or its children, NotEnrolled, WhichPartner, HeldBeforeTheStart or
        AlreadyLogged.
        """
        assert line.minutes is not None, "only a complete line is logged at once"
        with self.storage.begin() as uow:
            pairings, people = self._pairings_with(uow, actor, line.user_ids, now=now)
            if len(pairings) > 1 and not line.user_ids:
                raise WhichPartner(partners=_names(pairings, people, actor))
            # A line typed after the meeting says how long, not when: the planned start is the better knowledge.
            here = _on_clock_of(actor, now)
            planned = _lately_begun(uow.sessions.of_pairing(pairings[0].id), day=line.day, now=here)
            held_at = planned.starts_at if planned else line.held_at(now=here)
            logged = self._log(
                uow, actor, pairings[0], people, planned, held_at=held_at, minutes=line.minutes, topic_ids=(),
                tried=line.tried, next_try="", is_another=False, now=now,
            )  # fmt: skip
            if isinstance(logged, Meeting):
                uow.commit()
            return logged

    def log(
        self, actor: Actor, *, pairing_id: str | None, session_id: str | None, held_at: datetime, minutes: int,
        topic_ids: tuple[str, ...], tried: str, next_try: str, is_another: bool, now: datetime,
    ) -> Meeting | SameDay:  # fmt: skip
        """Log a session of a pairing, or one that was planned; logging a held one again corrects it.

        Each side may note the same meeting at another time: unless it *is_another*, nothing is logged where the pairing
        has held one on the actor's same day, which is returned, but for one that was planned.

        A pairing that has ended keeps what was held before its end. Raises DateInFuture, DateTooOld,
        HeldBeforeTheStart, HeldAfterTheEnd, AlreadyLogged, BadDuration, NotYours, AlreadyEnded or CorrectionOver.
        """
        with self.storage.begin() as uow:
            check_held(held_at, now=now)
            check_minutes(minutes)
            known = uow.sessions.get(session_id) if session_id else None
            of = pairing_id or (known.pairing_id if known else None)
            pairing = uow.pairings.get(of) if of else None
            if pairing is None:
                raise NoPartner
            pairing.role_of(actor.person_id)
            # An older message may ask about a session that was moved since: that one cannot have been held yet.
            if known is None or known.is_to_come(now=now):
                known = _begun_near(uow.sessions.of_pairing(pairing.id), held_at, now=now)
            people = uow.people.get_many(known.person_ids if known else pairing.person_ids)
            logged = self._log(
                uow, actor, pairing, people, known, held_at=held_at, minutes=minutes, topic_ids=topic_ids,
                tried=tried, next_try=next_try, is_another=is_another, now=now,
            )  # fmt: skip
            if isinstance(logged, Meeting):
                uow.commit()
            return logged

    def give_pulse(
        self, actor: Actor, session_id: str, *, useful: int | None, at_ease: int | None, reuse: Reuse | None,
        could_say: int | None, learned: str, now: datetime,
    ) -> str | None:  # fmt: skip
        """Keep the actor's pulse of a held session; giving it again replaces it.

        Raises NothingGiven where no question was answered, NotYours, AlreadyEnded or PulseClosed.
        Return the pairing of which the actor has not said for good how it fits, if it goes on.
        """
        with self.storage.begin() as uow:
            session = uow.sessions.get(session_id)
            role = session.role_of(actor.person_id)
            session.check_takes_pulse(now=_on_clock_of(actor, now))
            pulse = Pulse(
                session_id=session.id, person_id=actor.person_id, role=role, answered_at=now, useful=useful,
                at_ease=at_ease, reuse=reuse, could_say=could_say, learned=learned,
            )  # fmt: skip
            if pulse.is_empty:
                raise NothingGiven(field="useful")
            uow.sessions.put_pulse(pulse)
            uow.nudges.cancel(
                subject_id=session.id, person_id=actor.person_id, kinds=[NudgeKind.PULSE_UNANSWERED]
            )  # fmt: skip
            self.refresh_home(uow, [uow.people.get(actor.person_id)], now=now)
            asks_fit = self._asks_fit(uow, session, actor)
            uow.commit()
            return session.pairing_id if asks_fit else None

    def _asks_fit(self, uow: UnitOfWork, session: Session, actor: Actor) -> bool:
        if session.pairing_id is None or uow.pairings.answer_of(session.pairing_id, actor.person_id).is_settled:
            return False
        pairing = uow.pairings.get(session.pairing_id)
        # Where one session was all there is to it, nothing goes on that could fit or be changed.
        return pairing.state is PairingState.ACTIVE and pairing.sessions_planned > 1

    def unconfirm_due(self, now: datetime) -> int:
        """Mark sessions that nobody confirmed within seven days; return how many."""
        with self.storage.read() as uow:
            if not uow.sessions.unconfirmed_by(now - UNCONFIRMED_AFTER, limit=1):
                return 0
        with self.storage.begin() as uow:
            due = uow.sessions.unconfirmed_by(now - UNCONFIRMED_AFTER, limit=UNCONFIRMED_BATCH)
            for session in due:
                uow.sessions.save(session.unconfirmed())
                uow.nudges.cancel(subject_id=session.id)
                people = uow.people.get_many(session.person_ids)
                together = uow.sessions.of_pairing(session.pairing_id) if session.pairing_id else ()
                met_at = max((one.starts_at for one in together if one.may_have_been_held), default=None)
                follows = partial(after_unconfirmed, met_since_at=met_at)
                self._nudge_to_plan_again(uow, session, people.values(), follows, now=now)
                self.refresh_home(uow, people.values(), now=now)
            uow.commit()
        return len(due)

    def next_unconfirm(self) -> datetime | None:
        """Return when :meth:`unconfirm_due` next has something to do."""
        with self.storage.read() as uow:
            earliest = uow.sessions.next_unconfirmed_start()
        return earliest + UNCONFIRMED_AFTER if earliest else None

    def _pairings_with(
        self, uow: UnitOfWork, actor: Actor, user_ids: Collection[str], *, now: datetime
    ) -> tuple[Sequence[Pairing], Mapping[str, Person]]:
        """Return the actor's pairings with all of these Slack users, and everybody in any pairing of the actor's."""
        if actor.user_id in user_ids:
            raise SamePerson
        pairings = uow.pairings.active_of(actor.person_id)
        if not pairings:
            raise without_pairing(uow, self.programme, actor.person_id, now=now)
        people = uow.people.get_many({person_id for one in pairings for person_id in one.person_ids})
        met = {one.id: {people[partner].user_id for partner in one.partners_of(actor.person_id)} for one in pairings}
        if chosen := [one for one in pairings if met[one.id].issuperset(user_ids)]:
            return chosen, people
        if set().union(*met.values()).issuperset(user_ids):
            raise NotTogether
        raise NotYourPartner(partners=_names(pairings, people, actor))

    def _log(
        self, uow: UnitOfWork, actor: Actor, pairing: Pairing, people: Mapping[str, Person], known: Session | None, *,
        held_at: datetime, minutes: int, topic_ids: tuple[str, ...], tried: str, next_try: str,
        is_another: bool, now: datetime,
    ) -> Meeting | SameDay:  # fmt: skip
        """Log the session *known* already, planned or held, else a new one."""
        others = [one for one in uow.sessions.of_pairing(pairing.id) if known is None or one.id != known.id]
        ends_at, zone = held_at + timedelta(minutes=minutes), ZoneInfo(actor.tz)
        pairing.check_met(held_at, ends_at, zone=zone)
        if any(one.state is SessionState.HELD and one.overlaps(held_at, ends_at) for one in others):
            raise AlreadyLogged(field="date")
        if known is None and not is_another and (earlier := _held_on_day(others, held_at, zone)):
            partnership = self._partnership(uow, pairing, actor.person_id, now=now)
            return SameDay(partnership=partnership, earlier=earlier)
        base = known or _session_of(pairing, starts_at=held_at, minutes=minutes, by=actor.person_id, place="")
        held = base.held(
            held_at=held_at, minutes=minutes, topic_ids=topic_ids or (pairing.topic_id,), tried=tried,
            next_try=next_try, by=actor.person_id, now=_on_clock_of(actor, now),
        )  # fmt: skip
        if known:
            uow.sessions.save(held)
            uow.nudges.cancel(subject_id=held.id, kinds=[NudgeKind.HOW_DID_IT_GO, NudgeKind.BEFORE_SESSION])
        else:
            uow.sessions.add(held)
        if pairing.closes_at is not None:
            uow.pairings.save(replace(pairing, closes_at=None))
        uow.nudges.cancel(subject_id=pairing.id, kinds=ABOUT_PLANNING)
        is_last = sum(one.state is SessionState.HELD for one in others) + 1 >= pairing.sessions_planned
        goes_on_anyway = is_last or any(one.state is SessionState.PLANNED for one in others)
        present = [people[person_id] for person_id in held.person_ids]
        times = self.working_times(uow, present)
        follows = [
            one for person_id, hours in times.items() for one in after_last_session(held, person_id, hours, now=now)
        ]
        if pairing.state is PairingState.ACTIVE:
            logged = after_logging(
                held, times, now=now, cadence_weeks=pairing.cadence_weeks,
                # One of which nobody said how it went counts as when they may have met last, as it does when due.
                met_since_at=max((one.starts_at for one in others if one.may_have_been_held), default=None),
            )  # fmt: skip
            follows += [one for one in logged if one.kind not in ABOUT_PLANNING or not goes_on_anyway]
        uow.nudges.plan(follows)
        corrected = known is not None and known.state is SessionState.HELD
        self._tell_others(uow, held, present, actor, kind="session_logged", now=now, corrected=corrected)
        return Meeting(
            session=held,
            partners=tuple(person for person in present if person.id != actor.person_id),
            role=held.role_of(actor.person_id),
            pulse=uow.sessions.pulse(held.id, actor.person_id) if known else None,
            to_come=next((one for one in others if one.is_to_come(now=now)), None),
        )

    def _nudge_to_plan_again(
        self, uow: UnitOfWork, over: Session, people: Collection[Person], follows: Callable[..., list[Nudge]], *,
        now: datetime,
    ) -> None:  # fmt: skip
        """Plan what *follows* a session that is not planned any more, if its pairing goes on and has no other."""
        if over.pairing_id is None or is_over(uow, over.pairing_id):
            return
        pairing, together = uow.pairings.get(over.pairing_id), uow.sessions.of_pairing(over.pairing_id)
        if any(one.state is SessionState.PLANNED for one in together) or is_done(pairing, together):
            return
        times = self.working_times(uow, people)
        uow.nudges.plan(follows(over, times, now=now, cadence_weeks=pairing.cadence_weeks))

    def _plan_nudges(self, uow: UnitOfWork, session: Session, *, now: datetime) -> Collection[Person]:
        people = uow.people.get_many(session.person_ids).values()
        uow.nudges.plan(after_planning(session, self.working_times(uow, people), now=now))
        return people

    def _tell_others(
        self,
        uow: UnitOfWork,
        session: Session,
        people: Collection[Person],
        actor: Actor,
        *,
        kind: str,
        now: datetime,
        **args: Any,
    ) -> None:
        for person in people:
            if person.id == actor.person_id:
                continue
            uow.outbox.add(
                OutboxMessage.to(
                    person, kind, f"{session.id}:{session.sequence}:{now.isoformat()}", now=now,
                    session_id=session.id, sequence=session.sequence, by=actor.user_id, **args,
                )
            )  # fmt: skip
        self.refresh_home(uow, people, now=now)

    def _partnership(self, uow: UnitOfWork, pairing: Pairing, person_id: str, *, now: datetime) -> Partnership:
        people = uow.people.get_many(pairing.person_ids)
        together = uow.sessions.of_pairing(pairing.id)
        return Partnership(
            pairing=pairing,
            partners=tuple(people[one] for one in pairing.partners_of(person_id)),
            topic=uow.topics.get(pairing.topic_id),
            role=pairing.role_of(person_id),
            slots=slots_for(uow, self.programme, pairing, now=now),
            planned=tuple(one for one in together if one.state is SessionState.PLANNED),
            is_done=is_done(pairing, together),
        )

    def _check_within(self, uow: UnitOfWork, cohort_id: str, moment: datetime) -> None:
        """Raise AfterTheCohort for a moment after the cohort's last day."""
        cohort = uow.cohorts.get(cohort_id)
        if self.programme.is_over(cohort, now=moment):
            raise AfterTheCohort(field="date", day=cohort.ends_on)

    def _dated(self, uow: UnitOfWork, session: Session, person_id: str) -> Meeting:
        """Return a session that was just planned or moved."""
        meeting = self._meeting(uow, session, person_id)
        return replace(meeting, on_day_off=on_day_off(uow, self.programme, session), on_break=_on_break(uow, session))

    def _meeting(self, uow: UnitOfWork, session: Session, person_id: str) -> Meeting:
        role = session.role_of(person_id)
        people = uow.people.get_many(session.person_ids)
        return Meeting(
            session=session,
            partners=tuple(people[one] for one in session.person_ids if one != person_id),
            role=role,
            pulse=uow.sessions.pulse(session.id, person_id),
        )


def _on_clock_of(actor: Actor, now: datetime) -> datetime:
    return now.astimezone(ZoneInfo(actor.tz))


def is_over(uow: UnitOfWork, pairing_id: str | None) -> bool:
    """True for a pairing that has ended; a session without one goes by itself."""
    return pairing_id is not None and uow.pairings.get(pairing_id).state is PairingState.ENDED


def _held_on_day(sessions: Iterable[Session], held_at: datetime, zone: ZoneInfo) -> Session | None:
    """Return the last session held on the same day as *held_at* in *zone*."""
    day = held_at.astimezone(zone).date()
    held = [one for one in sessions if one.state is SessionState.HELD and one.starts_at.astimezone(zone).date() == day]
    return max(held, key=lambda one: one.starts_at, default=None)


def is_done(pairing: Pairing, sessions: Iterable[Session]) -> bool:
    """True for a pairing of one session that was held; a path may go on for as long as both like."""
    return pairing.meets_once and any(one.state is SessionState.HELD for one in sessions)


def _lately_begun(sessions: Iterable[Session], *, day: date | None, now: datetime) -> Session | None:
    """Return the last session that has begun of which nobody has said how it went: on *day*, if one is named.

    *now* is on the reader's clock. One still to come is none of them, since nobody can say yet how it went.
    """
    begun = [
        one
        for one in sessions
        if one.state is SessionState.PLANNED
        and now - UNCONFIRMED_AFTER <= one.starts_at <= now
        and day in (None, one.starts_at.astimezone(now.tzinfo).date())
    ]
    return max(begun, key=lambda one: one.starts_at, default=None)


def _begun_near(sessions: Iterable[Session], held_at: datetime, *, now: datetime) -> Session | None:
    """Return the planned session that one held at *held_at* settles: the nearest, if it has begun."""
    near = [
        one
        for one in sessions
        if one.state is SessionState.PLANNED and one.starts_at <= now and abs(one.starts_at - held_at) <= SAME_MEETING
    ]
    return min(near, key=lambda one: abs(one.starts_at - held_at), default=None)


def _check_free(
    uow: UnitOfWork, person_ids: Collection[str], starts_at: datetime, minutes: int, *, moving: str | None = None
) -> None:
    """Raise AlreadyBooked where one of these people has something else planned then, in any pairing."""
    ends_at = starts_at + timedelta(minutes=minutes)
    for other in uow.sessions.planned_with(person_ids, since=starts_at - LONGEST_SESSION):
        if other.id != moving and other.overlaps(starts_at, ends_at):
            raise AlreadyBooked(field="date")


def slots_for(
    uow: UnitOfWork,
    programme: Programme,
    pairing: Pairing,
    *,
    now: datetime,
    besides: Iterable[tuple[datetime, datetime]] = (),
) -> tuple[datetime, ...]:
    """Return up to three starts (UTC) when everybody in *pairing* works, best when they said they are free.

    What any of them has planned already, in this pairing or another, is left out, any break of theirs, the half-days
    of the sessions they cancelled, what comes after their cohort, and what is offered *besides*. Those who chose to
    meet less often than their cohort does are offered no day sooner than that, as long as there is a later one.
    """
    cohort = uow.cohorts.get(pairing.cohort_id)
    sessions = uow.sessions.of_pairing(pairing.id)
    met_at = max((one.starts_at for one in sessions if one.may_have_been_held), default=None)
    is_lightened = pairing.cadence_weeks > cohort.cadence_weeks
    people = uow.people.get_many(pairing.person_ids)
    times = working_times(uow, programme, people.values())
    participants = uow.participants.get_many(pairing.person_ids)
    return propose_slots(
        [
            Availability(
                working=times[one],
                half_days=participants[one].profile.half_days,
                back_on=participants[one].paused_until,
            )
            if one in participants
            else Availability(working=times[one])
            for one in (*pairing.people(Role.MENTEE), *pairing.people(Role.MENTOR))
            if one in times
        ],
        now=now,
        minutes=SEATS[pairing.format].minutes,
        taken=[
            *besides,
            *(
                (one.starts_at, one.ends_at)
                for one in uow.sessions.planned_with(pairing.person_ids, since=now - LONGEST_SESSION)
            ),
        ],
        called_off=[one.starts_at for one in sessions if one.state is SessionState.CANCELLED],
        since=met_at + timedelta(weeks=pairing.cadence_weeks) if met_at and is_lightened else None,
        before=programme.end_of(cohort),
    )


def on_day_off(uow: UnitOfWork, programme: Programme, session: Session) -> bool:
    """True when one of those who meet has a public holiday or a company day then."""
    times = working_times(uow, programme, uow.people.get_many(session.person_ids).values())
    return any(hours.is_day_off(hours.local(session.starts_at).date()) for hours in times.values())


def _on_break(uow: UnitOfWork, session: Session) -> bool:
    """True when one of those who meet is on a break then."""
    participants = uow.participants.get_many(session.person_ids)
    people = uow.people.get_many(session.person_ids)
    return any(
        one.paused_until is not None and session.starts_at < back_at(one.paused_until, people[one.person_id].tz)
        for one in participants.values()
    )


def _session_of(pairing: Pairing, *, starts_at: datetime, minutes: int, by: str, place: str) -> Session:
    return Session(
        id=new_id(), cohort_id=pairing.cohort_id, pairing_id=pairing.id, format=pairing.format,
        topic_ids=(pairing.topic_id,), state=SessionState.PLANNED, starts_at=starts_at, minutes=minutes,
        attendances=tuple(Attendance(person_id=seat.person_id, role=seat.role) for seat in pairing.seats),
        planned_by=by, place=place,
    )  # fmt: skip


def _names(pairings: Iterable[Pairing], people: Mapping[str, Person], actor: Actor) -> str:
    return ", ".join(people[partner].name for one in pairings for partner in one.partners_of(actor.person_id))


def compose_session_planned(
    uow: UnitOfWork, message: OutboxMessage, programme: Programme, now: datetime
) -> SessionPlanned | None:
    """Return the letter, or None when the session is no longer planned, has begun, or was moved since.

    Whoever moved it knows the new date, and a newer letter tells everybody else.
    """
    session = uow.sessions.get(message.args["session_id"])
    if session.state is not SessionState.PLANNED or session.starts_at <= now:
        return None
    if message.args.get("sequence", session.sequence) != session.sequence:
        return None
    moved_from = message.args.get("moved_from")
    return SessionPlanned(
        session_id=session.id, sequence=session.sequence, by=message.args["by"], starts_at=session.starts_at,
        minutes=session.minutes, place=session.place, moved=message.args["moved"],
        moved_from=datetime.fromisoformat(moved_from) if moved_from else None,
        only_place=message.args.get("only_place", False), on_day_off=on_day_off(uow, programme, session),
        on_break=_on_break(uow, session),
    )  # fmt: skip


def compose_session_cancelled(
    uow: UnitOfWork, message: OutboxMessage, programme: Programme, now: datetime
) -> SessionCancelled | None:
    """Return the letter, or None for a session without a pairing."""
    session = uow.sessions.get(message.args["session_id"])
    if session.pairing_id is None or message.person_id is None:
        return None
    pairing = uow.pairings.get(session.pairing_id)
    goes_on = pairing.state is PairingState.ACTIVE and not is_done(pairing, uow.sessions.of_pairing(pairing.id))
    partners = pairing.partners_of(message.person_id)
    people = uow.people.get_many(partners)
    return SessionCancelled(
        pairing_id=pairing.id, by=None if session.fell_through else message.args["by"],
        partners=tuple(people[one].user_id for one in partners), starts_at=session.starts_at, goes_on=goes_on,
        slots=slots_for(uow, programme, pairing, now=now) if goes_on else (),
    )  # fmt: skip


def compose_session_logged(uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime) -> SessionLogged | None:
    """Return the letter, or None when the session is no longer held."""
    session = uow.sessions.get(message.args["session_id"])
    if session.state is not SessionState.HELD or session.logged_at is None or message.person_id is None:
        return None
    tz = ZoneInfo(uow.people.get(message.person_id).tz)
    return SessionLogged(
        session_id=session.id, by=message.args["by"], role=session.role_of(message.person_id),
        held_at=session.starts_at, minutes=session.minutes, tried=session.tried, next_try=session.next_try,
        correct_until=(session.logged_at + CORRECTION).astimezone(tz).date(),
        pulse_given=uow.sessions.pulse(session.id, message.person_id) is not None,
        corrected=message.args.get("corrected", False),
    )  # fmt: skip
