"""Enrolment: join, change one's profile, pause, come back, leave."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.access import Actor
from bot.domain.audit import AuditEntry
from bot.domain.cohorts import Cohort
from bot.domain.enrolment import Enrolled, EnrolmentForm, Invitation, Paused
from bot.domain.participants import Participant, ParticipantState
from bot.domain.pauses import back_at, check_until
from bot.domain.people import Person, Role, SlackUser
from bot.domain.sessions import SessionState
from bot.domain.surveys import after_end, at_start, before_end
from bot.errors import CohortOver, NoCohort, NotEnrolled
from bot.ports import Directory, UnitOfWork
from bot.services.base import Service
from bot.services.parting import depart
from bot.services.people import person_from, refreshed
from bot.services.proposals import hold_to_rules, take_out
from bot.services.settings import counted_anew

SESSIONS_TOLD = 50
"""How many of somebody's latest sessions are looked through for those still planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentService(Service):
    """Volunteers coming, resting and going. Nobody is enrolled by somebody else."""

    directory: Directory

    def invitation(self, actor: Actor, *, now: datetime) -> Invitation:
        """Return what the enrolment form needs, filled with what the actor said before.

        Raises NoCohort, or CohortOver for somebody who is not in it.
        """
        with self.storage.read() as uow:
            if (cohort := uow.cohorts.open()) is None:
                raise NoCohort
            person = uow.people.get(actor.person_id)
            participant = uow.participants.get(person.id)
            _check_still_open(cohort, participant, actor, now=now)
            form = EnrolmentForm(languages=frozenset({person.language}), formats=frozenset({cohort.format}))
            if participant is not None:
                avoided = uow.people.get_many(participant.profile.avoids).values()
                form = EnrolmentForm.of(participant.profile, avoids=(one.user_id for one in avoided))
            return Invitation(
                cohort=cohort,
                topics=tuple(topic for topic in uow.topics.all() if not topic.archived),
                form=form,
                enrolled=_is_in(participant, cohort.id),
                in_directory=bool(person.email and uow.directory.get(person.email.lower())),
                stopped=participant.stopped_nudges if participant else frozenset(),
            )

    def enrol(self, actor: Actor, form: EnrolmentForm, *, now: datetime) -> Enrolled:
        """Enrol the actor in the open cohort, or change their profile there.

        Raises NoCohort, CohortOver, or the first problem of *form*; DeliveryError when Slack cannot say who somebody
        avoided is.
        """
        strangers = self._fetch_strangers(actor, form.avoids)
        with self.storage.begin() as uow:
            if (cohort := uow.cohorts.open()) is None:
                raise NoCohort
            form.check(user_id=actor.user_id, cohort=cohort, catalogue=uow.topics.all())
            self._meet(uow, strangers, now=now)
            person = uow.people.get(actor.person_id)
            avoided = uow.people.by_user_ids(person.team_id, form.avoids).values()
            before = uow.participants.get(person.id)
            _check_still_open(cohort, before, actor, now=now)
            profile = form.profile(avoids=(one.id for one in avoided))
            if before is not None and _is_in(before, cohort.id):
                profile = replace(profile, collective_seats=before.profile.collective_seats)
                participant = replace(before, profile=profile)
            else:
                participant = Participant(
                    person_id=person.id,
                    cohort_id=cohort.id,
                    profile=profile,
                    state=ParticipantState.ACTIVE,
                    joined_at=now,
                    unserved_rounds=before.unserved_rounds if before else 0,
                    stopped_nudges=before.stopped_nudges if before else frozenset(),
                )
            uow.participants.put(_waiting(uow, participant, now=now))
            known = uow.surveys.usages_of([person.id])
            uow.surveys.put_usages(at_start(person.id, cohort.id, profile.wants, known, now=now))
            # What was proposed on the strength of the old profile may break a rule by the new one.
            open_ = uow.rounds.open_proposals_of(person.id)
            concerned = hold_to_rules(uow, self.programme, open_, now=now)
            running = uow.pairings.active_of(person.id)
            partners = {one for pairing in running for one in pairing.partners_of(person.id)}
            mentored = {
                one
                for pairing in running
                if not participant.is_mentor and pairing.role_of(person.id) is Role.MENTOR
                for one in pairing.people(Role.MENTEE)
            }
            if not _is_in(before, cohort.id):
                hours = self.working_time(uow, person)
                uow.nudges.plan(before_end(cohort, person.id, hours, now=now))
                uow.nudges.plan(after_end(cohort, person.id, hours, ended_on=cohort.ends_on, now=now))
            people = uow.people.get_many({person.id, *concerned, *(partners & profile.avoids), *mentored})
            homes = [people[one] for one in {person.id, *concerned}]
            self._done(uow, homes, person.id, "join", cohort.id, now=now)
            uow.commit()
            return Enrolled(
                cohort=cohort,
                roles=form.roles,
                first_time=not _is_in(before, cohort.id),
                late=now.astimezone(ZoneInfo(actor.tz)).date() > cohort.enrol_until,
                withdrawn=bool(concerned),
                avoided_partners=tuple(sorted(people[one].user_id for one in partners & profile.avoids)),
                still_mentored=tuple(sorted(people[one].user_id for one in mentored)),
            )

    def pause(self, actor: Actor, until: date, *, now: datetime) -> Paused:
        """Pause the actor; what is proposed to them is withdrawn, so that nobody waits for an answer; sessions stay.

        Nudges that are due meanwhile wait for the return, or are dropped when they would be too late.
        Raises NotEnrolled, DateInPast or DateTooFar.
        """
        with self.storage.begin() as uow:
            participant = _enrolled(uow, actor)
            check_until(until, today=now.astimezone(ZoneInfo(actor.tz)).date())
            person = uow.people.get(actor.person_id)
            uow.participants.put(participant.paused(until=until))
            open_ = uow.rounds.open_proposals_of(person.id)
            concerned = take_out(uow, self.programme, [(one, [person.id]) for one in open_], by_choice=True, now=now)
            people = uow.people.get_many({person.id, *concerned})
            self._done(uow, people.values(), person.id, "pause", "", now=now)
            planned = [
                session
                for session in uow.sessions.of_person(person.id, limit=SESSIONS_TOLD)
                if session.state is SessionState.PLANNED and session.starts_at > now
            ]
            uow.commit()
            starts = sorted(session.starts_at for session in planned)
            return Paused(until=until, sessions_at=tuple(starts), withdrawn=bool(open_))

    def resume(self, actor: Actor, *, now: datetime) -> bool:
        """End the actor's pause; return whether there was one. Raises NotEnrolled."""
        with self.storage.begin() as uow:
            participant = _enrolled(uow, actor)
            if participant.state is not ParticipantState.PAUSED:
                return False
            uow.participants.put(participant.resumed())
            self._done(uow, [uow.people.get(actor.person_id)], actor.person_id, "resume", "", now=now)
            uow.commit()
            return True

    def leave(self, actor: Actor, *, now: datetime) -> None:
        """Take the actor out of the programme, free their seats, tell their partners. Raises NotEnrolled."""
        with self.storage.begin() as uow:
            self._leave(uow, _enrolled(uow, actor), "leave", now=now)
            uow.commit()

    def follow(self, user: SlackUser, *, now: datetime) -> None:
        """Keep what Slack now says of somebody Tandem has met; whoever was deactivated leaves the programme."""
        with self.storage.read() as uow:
            if uow.people.by_user_id(user.team_id, user.user_id) is None:
                return
        with self.storage.begin() as uow:
            known = uow.people.by_user_id(user.team_id, user.user_id)
            if known is None:
                return
            with counted_anew(uow, self.programme, [known.id], now=now):
                uow.people.save(refreshed(known, user, self.programme))
            participant = uow.participants.get(known.id)
            gone = participant is not None and participant.state is not ParticipantState.LEFT
            if user.is_deactivated and participant is not None and gone:
                self._leave(uow, participant, "user_change", now=now)
            uow.commit()

    def resume_due(self, now: datetime) -> int:
        """End the pauses that are over where their people live; return how many."""
        with self.storage.read() as uow:
            if not any(back <= now for back, _, _ in _returns(uow, by=now.date() + timedelta(days=1))):
                return 0
        with self.storage.begin() as uow:
            due = [one for one in _returns(uow, by=now.date() + timedelta(days=1)) if one[0] <= now]
            for _, participant, person in due:
                uow.participants.put(participant.resumed())
                self._done(uow, [person], None, "resume", "", now=now)
            uow.commit()
        return len(due)

    def next_resume(self) -> datetime | None:
        """Return when :meth:`resume_due` next has something to do."""
        with self.storage.read() as uow:
            if (day := uow.participants.next_resume()) is None:
                return None
            # Midnight comes up to 26 hours later in one zone than in another, so the day after counts too.
            return min((back for back, _, _ in _returns(uow, by=day + timedelta(days=1))), default=None)

    def _fetch_strangers(self, actor: Actor, user_ids: Iterable[str]) -> Sequence[SlackUser]:
        """Ask Slack, before any transaction, who those are that Tandem has never met."""
        wanted = set(user_ids)
        with self.storage.read() as uow:
            unknown = sorted(wanted - set(uow.people.by_user_ids(actor.team_id, wanted)))
        return [self.directory.fetch(user_id) for user_id in unknown]

    def _meet(self, uow: UnitOfWork, users: Iterable[SlackUser], *, now: datetime) -> None:
        for user in users:
            if not user.is_bot and uow.people.by_user_id(user.team_id, user.user_id) is None:
                uow.people.add(person_from(user, self.programme, now=now))

    def _leave(self, uow: UnitOfWork, participant: Participant, action: str, *, now: datetime) -> None:
        concerned = depart(uow, self.programme, participant, now=now)
        people = uow.people.get_many(concerned)
        self._done(uow, people.values(), participant.person_id, action, participant.cohort_id, now=now)

    def _done(
        self, uow: UnitOfWork, people: Iterable[Person], by: str | None, action: str, resource: str, *, now: datetime
    ) -> None:
        uow.audit.add(AuditEntry(at=now, person_id=by, action=action, resource=resource, outcome="done"))
        self.refresh_home(uow, people, now=now)


def _is_in(participant: Participant | None, cohort_id: str) -> bool:
    return (
        participant is not None
        and participant.state is not ParticipantState.LEFT
        and participant.cohort_id == cohort_id
    )


def _check_still_open(cohort: Cohort, participant: Participant | None, actor: Actor, *, now: datetime) -> None:
    """Raise CohortOver for somebody who would join *cohort* after its last day where they are."""
    if cohort.is_over(now.astimezone(ZoneInfo(actor.tz)).date()) and not _is_in(participant, cohort.id):
        raise CohortOver(name=cohort.name)


def _enrolled(uow: UnitOfWork, actor: Actor) -> Participant:
    participant = uow.participants.get(actor.person_id)
    if participant is None or participant.state is ParticipantState.LEFT:
        raise NotEnrolled
    return participant


def _waiting(uow: UnitOfWork, participant: Participant, *, now: datetime) -> Participant:
    """Return *participant* waiting since *now* if they wish to be coached and are not, nor waiting already."""
    if not participant.is_mentee:
        return replace(participant, waiting_since=None)
    active = uow.pairings.active_of(participant.person_id)
    if participant.waiting_since or any(one.role_of(participant.person_id) is Role.MENTEE for one in active):
        return participant
    return replace(participant, waiting_since=now)


def _returns(uow: UnitOfWork, *, by: date) -> list[tuple[datetime, Participant, Person]]:
    """Return who comes back on *by* or before, each with the instant of it."""
    paused = uow.participants.resuming_by(by)
    people = uow.people.get_many(one.person_id for one in paused)
    return [
        (back_at(one.paused_until, people[one.person_id].tz), one, people[one.person_id])
        for one in paused
        if one.paused_until is not None
    ]
