"""The Home tab: what it shows, the first-run welcome, and the answer to somebody who writes in their own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.access import Actor
from bot.domain.cohorts import CohortState
from bot.domain.home import Home, HomePairing, HomeSession, LeadPart, Standing
from bot.domain.letters import Pointer, Welcome
from bot.domain.outbox import OutboxMessage
from bot.domain.pairings import Pairing
from bot.domain.participants import Participant, ParticipantState
from bot.domain.people import Person
from bot.domain.rounds import Answer
from bot.domain.sessions import Session, SessionState
from bot.domain.topics import Topic
from bot.ports import UnitOfWork
from bot.services.base import Programme, Service
from bot.services.cohorts import figures_of
from bot.services.proposals import proposal_asked

RECENT = 60
"""How many of somebody's sessions, the latest first, are looked through."""
POINTER_USEFUL_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeService(Service):
    """Everybody's front door."""

    def home(self, person_id: str, now: datetime) -> Home:
        """Return what the person's Home tab shows *now*; raise NotFound."""
        with self.storage.read() as uow:
            return home_of(uow, self.programme, uow.people.get(person_id), now=now)

    def opened(self, actor: Actor, *, now: datetime) -> None:
        """Note that the actor opened the app; the first time, they are welcomed."""
        with self.storage.read() as uow:
            person = uow.people.get(actor.person_id)
            if person.home_opened_at is not None and person.welcomed_at is not None:
                return
        with self.storage.begin() as uow:
            person = uow.people.get(actor.person_id)
            if person.welcomed_at is None:
                uow.outbox.add(OutboxMessage.to(person, "welcome", "tandem", now=now))
            uow.people.save(
                replace(person, home_opened_at=person.home_opened_at or now, welcomed_at=person.welcomed_at or now)
            )
            uow.commit()

    def written_to(self, actor: Actor, *, now: datetime) -> None:
        """Point somebody who wrote to Tandem to what they can do, at most once a day of theirs."""
        day = now.astimezone(ZoneInfo(actor.tz)).date().isoformat()
        with self.storage.begin() as uow:
            person = uow.people.get(actor.person_id)
            uow.outbox.add(OutboxMessage.to(person, "pointer", day, now=now, expires_at=now + POINTER_USEFUL_FOR))
            uow.commit()


def home_of(uow: UnitOfWork, programme: Programme, person: Person, *, now: datetime) -> Home:
    """Return what *person*'s Home tab shows *now*."""
    cohort = uow.cohorts.open()
    participant = uow.participants.get(person.id)
    home = Home(
        today=_today(person, now),
        standing=Standing.STRANGER,
        cohort=cohort,
        lead=_lead_part(uow) if programme.is_lead(person) else None,
    )
    if participant is None or participant.state is ParticipantState.LEFT:
        return home
    if uow.cohorts.get(participant.cohort_id).state is CohortState.CLOSED:
        return home
    topics = {topic.id: topic for topic in uow.topics.all()}
    sessions = uow.sessions.of_person(person.id, limit=RECENT)
    pairings = uow.pairings.active_of(person.id)
    users = _user_ids(uow, sessions, pairings)
    open_to_answers = uow.rounds.open_proposals_of(person.id)
    said_yes = any(one.seat_of(person.id).answer is Answer.YES for one in open_to_answers)
    proposals = tuple(
        proposal_asked(uow, one, person.id)
        for one in open_to_answers
        if person.id in one.waiting_for and one.expires_at is not None and one.expires_at > now
    )

    def shown(session: Session) -> HomeSession:
        partners = tuple(users[one] for one in session.person_ids if one != person.id and one in users)
        return HomeSession(
            session_id=session.id, sequence=session.sequence, partners=partners,
            topic=topics[session.topic_ids[0]], starts_at=session.starts_at, minutes=session.minutes,
            place=session.place,
        )  # fmt: skip

    active = {None, *(pairing.id for pairing in pairings)}
    planned = sorted((one for one in sessions if one.state is SessionState.PLANNED), key=lambda one: one.starts_at)
    return replace(
        home,
        standing=Standing.PAUSED if participant.state is ParticipantState.PAUSED else Standing.ACTIVE,
        paused_until=participant.paused_until,
        profile=replace(participant.profile, avoids=frozenset()),
        topics=tuple(topics.values()),
        waiting=participant.is_mentee and participant.waiting_since is not None and not proposals and not said_yes,
        said_yes=said_yes,
        proposals=proposals,
        to_confirm=tuple(shown(one) for one in planned if one.ends_at <= now),
        to_rate=tuple(shown(one) for one in sessions if _waits_for_pulse(uow, one, person, now=now)),
        pairings=tuple(_pairing(uow, one, person, users, topics, now=now) for one in pairings),
        upcoming=tuple(shown(one) for one in planned if one.ends_at > now and one.pairing_id in active),
        stopped=participant.stopped_nudges,
    )


def compose_welcome(uow: UnitOfWork, message: OutboxMessage, _: Programme, now: datetime) -> Welcome | None:
    """Return the welcome, or None for somebody who has found their way in already."""
    assert message.person_id is not None, "a letter to one person"
    if _is_enrolled(uow.participants.get(message.person_id)):
        return None
    cohort, today = uow.cohorts.open(), _today(uow.people.get(message.person_id), now)
    if cohort is None or cohort.is_over(today):
        return Welcome(cohort_name=None, enrol_until=None)
    is_early = today <= cohort.enrol_until
    return Welcome(cohort_name=cohort.name, enrol_until=cohort.enrol_until if is_early else None)


def compose_pointer(uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime) -> Pointer:
    """Return the answer to somebody who wrote to Tandem."""
    assert message.person_id is not None, "a letter to one person"
    return Pointer(enrolled=_is_enrolled(uow.participants.get(message.person_id)))


def _today(person: Person, now: datetime) -> date:
    return now.astimezone(ZoneInfo(person.tz)).date()


def _is_enrolled(participant: Participant | None) -> bool:
    return participant is not None and participant.state is not ParticipantState.LEFT


def _lead_part(uow: UnitOfWork) -> LeadPart:
    cohort = uow.cohorts.open()
    if cohort is None:
        return LeadPart(figures=None, draft_id=None, has_digest=bool(uow.cohorts.all()))
    draft = uow.rounds.draft(cohort.id)
    return LeadPart(figures=figures_of(uow, cohort), draft_id=draft.id if draft else None)


def _user_ids(uow: UnitOfWork, sessions: Sequence[Session], pairings: Sequence[Pairing]) -> Mapping[str, str]:
    ids = {one for session in sessions for one in session.person_ids}
    ids |= {one for pairing in pairings for one in pairing.person_ids}
    return {person.id: person.user_id for person in uow.people.get_many(ids).values()}


def _waits_for_pulse(uow: UnitOfWork, session: Session, person: Person, *, now: datetime) -> bool:
    return (
        session.takes_pulse(now=now.astimezone(ZoneInfo(person.tz)))
        and uow.sessions.pulse(session.id, person.id) is None
    )


def _pairing(
    uow: UnitOfWork,
    pairing: Pairing,
    person: Person,
    users: Mapping[str, str],
    topics: Mapping[str, Topic],
    *,
    now: datetime,
) -> HomePairing:
    sessions = uow.sessions.of_pairing(pairing.id)
    coming = [one.starts_at for one in sessions if one.state is SessionState.PLANNED and one.ends_at > now]
    return HomePairing(
        pairing_id=pairing.id,
        role=pairing.role_of(person.id),
        partners=tuple(users[one] for one in pairing.opposite(person.id) if one in users),
        format=pairing.format,
        topic=topics[pairing.topic_id],
        held=sum(one.state is SessionState.HELD for one in sessions),
        planned=pairing.sessions_planned,
        next_at=min(coming, default=None),
    )
