"""Storage in memory: what the services' tests run on. It passes the same contract suite as the databases.

It does not check references between records, nor the values that the databases' own checks refuse.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count, islice
from types import MappingProxyType
from typing import Any, TypeVar, cast

from bot import ports
from bot.domain.audit import AuditEntry
from bot.domain.catalogue import CATALOGUE
from bot.domain.cohorts import Cohort, CohortFigures, CohortState
from bot.domain.insights import Insight
from bot.domain.nudges import Nudge, NudgeKind, NudgeState
from bot.domain.outbox import Lane, OutboxMessage, OutboxState
from bot.domain.pairings import Pairing, PairingState, PartnerAnswer
from bot.domain.participants import Participant, ParticipantState
from bot.domain.people import DirectoryEntry, Person, Role
from bot.domain.rounds import Answer, Pair, Proposal, ProposalState, Round, RoundState
from bot.domain.sessions import Pulse, Session, SessionState
from bot.domain.surveys import CloseAnswer, Usage
from bot.domain.topics import Topic
from bot.errors import ChangedSince, NotFound

Record = TypeVar("Record")
Key = TypeVar("Key")

UNFINISHED = {OutboxState.PENDING, OutboxState.SENDING}


@dataclass
class Tables:
    """Everything, by key. Records are frozen, so that copying the dicts copies the database."""

    people: dict[str, Person] = field(default_factory=dict)
    directory: dict[str, DirectoryEntry] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    cohorts: dict[str, Cohort] = field(default_factory=dict)
    participants: dict[str, Participant] = field(default_factory=dict)
    rounds: dict[str, Round] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    pairings: dict[str, Pairing] = field(default_factory=dict)
    partner_answers: dict[tuple[str, str], PartnerAnswer] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    pulses: dict[tuple[str, str], Pulse] = field(default_factory=dict)
    insights: dict[str, Insight] = field(default_factory=dict)
    answers: dict[tuple[str, str], CloseAnswer] = field(default_factory=dict)
    usages: dict[tuple[str, ...], Usage] = field(default_factory=dict)
    nudges: dict[str, Nudge] = field(default_factory=dict)
    outbox: dict[str, OutboxMessage] = field(default_factory=dict)
    dedupe_keys: dict[str, str] = field(default_factory=dict)
    processed: dict[str, datetime] = field(default_factory=dict)
    audit: dict[int, AuditEntry] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def each(self, change: Callable[[dict[Any, Any]], Any]) -> Tables:
        return Tables(**{name: change(table) for name, table in vars(self).items()})


class InMemoryStorage:
    """``bot.ports.Storage``: one writer at a time, on a copy that replaces the original when it is committed."""

    def __init__(self, topics: Iterable[Topic] = CATALOGUE) -> None:
        self._take(Tables(topics={topic.id: topic for topic in topics}))
        self._lock = threading.Lock()
        self._owner: int | None = None

    @contextmanager
    def begin(self) -> Iterator[ports.UnitOfWork]:
        if self._owner == threading.get_ident():
            raise RuntimeError("a unit of work was begun inside another: it would wait for itself")
        with self._lock:
            self._owner = threading.get_ident()
            try:
                yield InMemoryUnitOfWork(self._tables.each(dict), self._take)
            finally:
                self._owner = None

    @contextmanager
    def read(self) -> Iterator[ports.UnitOfWork]:
        yield self._shown

    def _take(self, tables: Tables) -> None:
        self._tables = tables
        # Whoever reads changes nothing, so that all readers up to the next commit share one unit of work.
        shown = tables.each(lambda table: cast("dict[Any, Any]", MappingProxyType(table)))
        self._shown = InMemoryUnitOfWork(shown, None)


class InMemoryUnitOfWork:
    """``bot.ports.UnitOfWork``. Once committed it is finished: using it further is an error."""

    def __init__(self, tables: Tables, take: Callable[[Tables], None] | None) -> None:
        self._tables = tables
        self._take = take
        self.people: ports.People = People(tables)
        self.directory: ports.DirectoryEntries = DirectoryEntries(tables)
        self.topics: ports.Topics = Topics(tables)
        self.cohorts: ports.Cohorts = Cohorts(tables)
        self.participants: ports.Participants = Participants(tables)
        self.rounds: ports.Rounds = Rounds(tables)
        self.pairings: ports.Pairings = Pairings(tables)
        self.sessions: ports.Sessions = Sessions(tables)
        self.insights: ports.Insights = Insights(tables)
        self.surveys: ports.Surveys = Surveys(tables)
        self.nudges: ports.Nudges = Nudges(tables)
        self.outbox: ports.Outbox = Outbox(tables)
        self.processed: ports.Processed = Processed(tables)
        self.audit: ports.Audit = Audit(tables)
        self.settings: ports.Settings = Settings(tables)

    def commit(self) -> None:
        if self._take is None:
            raise RuntimeError("a unit of work opened for reading cannot be committed")
        self._take(replace(self._tables))
        vars(self._tables).clear()


def found(table: Mapping[Key, Record], key: Key) -> Record:
    try:
        return table[key]
    except KeyError:
        raise NotFound from None


def add(table: dict[str, Record], key: str, record: Record) -> None:
    if key in table:
        raise ChangedSince
    table[key] = record


def save(table: dict[str, Record], key: str, record: Record) -> None:
    found(table, key)
    table[key] = record


def those(table: Mapping[str, Record], keys: Iterable[str]) -> dict[str, Record]:
    return {key: table[key] for key in keys if key in table}


class Repository:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables


class People(Repository):
    def get(self, person_id: str) -> Person:
        return found(self._tables.people, person_id)

    def get_many(self, person_ids: Iterable[str]) -> Mapping[str, Person]:
        return those(self._tables.people, person_ids)

    def by_user_id(self, team_id: str, user_id: str) -> Person | None:
        return self.by_user_ids(team_id, [user_id]).get(user_id)

    def by_user_ids(self, team_id: str, user_ids: Iterable[str]) -> Mapping[str, Person]:
        wanted = set(user_ids)
        people = self._tables.people.values()
        return {person.user_id: person for person in people if person.team_id == team_id and person.user_id in wanted}

    def acting(self, team_id: str, user_id: str) -> tuple[Person, ParticipantState | None] | None:
        person = self.by_user_id(team_id, user_id)
        if person is None:
            return None
        participant = self._tables.participants.get(person.id)
        return person, participant.state if participant else None

    def by_emails(self, emails: Iterable[str]) -> Mapping[str, Person]:
        found = {email.lower(): self.by_email(email) for email in emails}
        return {email: person for email, person in found.items() if person is not None}

    def by_email(self, email: str) -> Person | None:
        same = [person for person in self._tables.people.values() if (person.email or "").lower() == email.lower()]
        same.sort(key=lambda person: (person.is_deactivated, -person.created_at.timestamp(), person.id))
        return same[0] if same else None

    def add(self, person: Person) -> None:
        if self.by_user_id(person.team_id, person.user_id):
            raise ChangedSince
        add(self._tables.people, person.id, person)

    def save(self, person: Person) -> None:
        save(self._tables.people, person.id, person)


class DirectoryEntries(Repository):
    def get(self, email: str) -> DirectoryEntry | None:
        return self._tables.directory.get(email)

    def get_many(self, emails: Iterable[str]) -> Mapping[str, DirectoryEntry]:
        return those(self._tables.directory, emails)

    def all(self) -> Sequence[DirectoryEntry]:
        return sorted(self._tables.directory.values(), key=lambda entry: entry.email)

    def managers(self) -> Mapping[str, str | None]:
        return {entry.email: entry.manager_email for entry in self._tables.directory.values()}

    def put_many(self, entries: Iterable[DirectoryEntry]) -> None:
        self._tables.directory.update({entry.email: entry for entry in entries})

    def remove_many(self, emails: Iterable[str]) -> None:
        for email in emails:
            self._tables.directory.pop(email, None)


class Topics(Repository):
    def all(self) -> Sequence[Topic]:
        return sorted(self._tables.topics.values(), key=lambda topic: (topic.position, topic.id))

    def get(self, topic_id: str) -> Topic:
        return found(self._tables.topics, topic_id)

    def put(self, topic: Topic) -> None:
        self._tables.topics[topic.id] = topic


class Cohorts(Repository):
    def open(self) -> Cohort | None:
        return next((cohort for cohort in self._tables.cohorts.values() if cohort.state is CohortState.OPEN), None)

    def get(self, cohort_id: str) -> Cohort:
        return found(self._tables.cohorts, cohort_id)

    def all(self) -> Sequence[Cohort]:
        cohorts = sorted(self._tables.cohorts.values(), key=lambda cohort: cohort.id)
        return sorted(cohorts, key=lambda cohort: cohort.starts_on, reverse=True)

    def figures(self, cohort: Cohort) -> CohortFigures:
        of_cohort = [one for one in self._tables.participants.values() if one.cohort_id == cohort.id]
        enrolled = [one for one in of_cohort if one.state is not ParticipantState.LEFT]
        pairings = [one for one in self._tables.pairings.values() if one.cohort_id == cohort.id]
        sessions = [one for one in self._tables.sessions.values() if one.cohort_id == cohort.id]
        held = [one for one in sessions if one.state is SessionState.HELD]
        return CohortFigures(
            cohort=cohort,
            mentors=sum(one.is_mentor for one in enrolled),
            mentees=sum(one.is_mentee for one in enrolled),
            paused=sum(one.state is ParticipantState.PAUSED for one in enrolled),
            waiting=sum(
                one.is_mentee and one.waiting_since is not None and one.state is ParticipantState.ACTIVE
                for one in enrolled
            ),
            pairings=sum(one.state is PairingState.ACTIVE for one in pairings),
            sessions_held=len(held),
            coached=len({person_id for one in held for person_id in one.people(Role.MENTEE)}),
        )

    def add(self, cohort: Cohort) -> None:
        self._refuse_second_open(cohort)
        add(self._tables.cohorts, cohort.id, cohort)

    def save(self, cohort: Cohort) -> None:
        self._refuse_second_open(cohort)
        save(self._tables.cohorts, cohort.id, cohort)

    def _refuse_second_open(self, cohort: Cohort) -> None:
        opened = self.open()
        if cohort.state is CohortState.OPEN and opened is not None and opened.id != cohort.id:
            raise ChangedSince


class Participants(Repository):
    def get(self, person_id: str) -> Participant | None:
        return self._tables.participants.get(person_id)

    def get_many(self, person_ids: Iterable[str]) -> Mapping[str, Participant]:
        return those(self._tables.participants, person_ids)

    def in_cohort(self, cohort_id: str) -> Sequence[Participant]:
        inside = [
            participant for participant in self._tables.participants.values() if participant.cohort_id == cohort_id
        ]
        return sorted(inside, key=lambda participant: participant.person_id)

    def offering_in(self, cohort_id: str) -> Sequence[Participant]:
        return [participant for participant in self.in_cohort(cohort_id) if participant.profile.offers]

    def who_stay_in(self, cohort_id: str) -> Sequence[str]:
        return [one.person_id for one in self.in_cohort(cohort_id) if one.state is not ParticipantState.LEFT]

    def put(self, participant: Participant) -> None:
        self._tables.participants[participant.person_id] = participant

    def put_many(self, participants: Iterable[Participant]) -> None:
        for participant in participants:
            self.put(participant)

    def resuming_by(self, day: date) -> Sequence[Participant]:
        ends = sorted((until, participant.person_id) for until, participant in self._pauses() if until <= day)
        return [self._tables.participants[person_id] for _, person_id in ends]

    def next_resume(self) -> date | None:
        return min((until for until, _ in self._pauses()), default=None)

    def _pauses(self) -> Iterator[tuple[date, Participant]]:
        for participant in self._tables.participants.values():
            if participant.state is ParticipantState.PAUSED and participant.paused_until is not None:
                yield participant.paused_until, participant


class Rounds(Repository):
    def get(self, round_id: str) -> Round:
        return found(self._tables.rounds, round_id)

    def latest(self, cohort_id: str) -> Round | None:
        of_cohort = [round_ for round_ in self._tables.rounds.values() if round_.cohort_id == cohort_id]
        return max(of_cohort, key=lambda round_: (round_.drafted_at, round_.id), default=None)

    def draft(self, cohort_id: str) -> Round | None:
        for round_ in self._tables.rounds.values():
            if round_.cohort_id == cohort_id and round_.state is RoundState.DRAFT:
                return round_
        return None

    def add(self, round_: Round, proposals: Sequence[Proposal]) -> None:
        if round_.state is RoundState.DRAFT and self.draft(round_.cohort_id):
            raise ChangedSince
        add(self._tables.rounds, round_.id, round_)
        self.add_proposals(proposals)

    def add_proposals(self, proposals: Iterable[Proposal]) -> None:
        for proposal in proposals:
            add(self._tables.proposals, proposal.id, proposal)

    def settle(self, round_: Round) -> bool:
        kept = self._tables.rounds.get(round_.id)
        if kept is None or kept.state is not RoundState.DRAFT:
            return False
        self._tables.rounds[round_.id] = round_
        return True

    def proposal(self, proposal_id: str) -> Proposal:
        return found(self._tables.proposals, proposal_id)

    def proposals_by_id(self, proposal_ids: Iterable[str]) -> Mapping[str, Proposal]:
        return those(self._tables.proposals, proposal_ids)

    def proposals(self, round_id: str) -> Sequence[Proposal]:
        of_round = [proposal for proposal in self._tables.proposals.values() if proposal.round_id == round_id]
        return sorted(of_round, key=lambda proposal: (-proposal.score, proposal.id))

    def save_proposal(self, proposal: Proposal) -> None:
        save(self._tables.proposals, proposal.id, proposal)

    def save_proposals(self, proposals: Iterable[Proposal]) -> None:
        for proposal in proposals:
            self.save_proposal(proposal)

    def forbidden_in(self, round_ids: Iterable[str]) -> frozenset[Pair]:
        return frozenset(pair for one in those(self._tables.rounds, round_ids).values() for pair in one.forbidden)

    def overridden_in(self, round_ids: Iterable[str]) -> frozenset[Pair]:
        return frozenset(pair for one in those(self._tables.rounds, round_ids).values() for pair in one.overridden)

    def open_proposals_of(self, person_id: str) -> Sequence[Proposal]:
        return [
            proposal for _, proposal in self._asked() if any(seat.person_id == person_id for seat in proposal.going)
        ]

    def open_proposals(self, cohort_id: str) -> Sequence[Proposal]:
        return [proposal for _, proposal in self._asked() if proposal.cohort_id == cohort_id]

    def expiring_by(self, moment: datetime, *, limit: int) -> Sequence[Proposal]:
        return [proposal for expires_at, proposal in self._asked() if expires_at <= moment][:limit]

    def next_expiry(self) -> datetime | None:
        return next((expires_at for expires_at, _ in self._asked()), None)

    def recent_pairs(self, since: datetime) -> Sequence[tuple[str, str]]:
        paired = [pairing for pairing in self._tables.pairings.values() if pairing.introduced_at >= since]
        recent: list[tuple[str, Pairing | Proposal]] = [(pairing.id, pairing) for pairing in paired]
        proposals = self._tables.proposals
        recent += [(one.id, _heard(proposals[one.proposal_id])) for one in paired if one.proposal_id in proposals]
        recent += [("", proposal) for proposal in proposals.values() if _came_to_nothing(proposal, since)]
        again = {key for key, answer in self._tables.partner_answers.items() if answer.again}
        return sorted(
            {
                (mentor, mentee)
                for pairing_id, together in recent
                for mentor in together.people(Role.MENTOR)
                for mentee in together.people(Role.MENTEE)
                if not {(pairing_id, mentor), (pairing_id, mentee)} <= again
            }
        )

    def _asked(self) -> list[tuple[datetime, Proposal]]:
        asked = [
            (proposal.expires_at, proposal)
            for proposal in self._tables.proposals.values()
            if proposal.state is ProposalState.ASKED and proposal.expires_at is not None
        ]
        return sorted(asked, key=lambda pair: (pair[0], pair[1].id))


def _heard(proposal: Proposal) -> Proposal:
    """Return the proposal without those who kept silent or withdrew."""
    return proposal.among({seat.person_id for seat in proposal.seats if seat.answer is not Answer.SILENCE})


def _came_to_nothing(proposal: Proposal, since: datetime) -> bool:
    if proposal.state is ProposalState.EXPIRED:
        return proposal.expires_at is not None and proposal.expires_at >= since
    return proposal.state is ProposalState.DECLINED and any(
        seat.answer is Answer.NO and seat.answered_at is not None and seat.answered_at >= since
        for seat in proposal.seats
    )


class Pairings(Repository):
    def get(self, pairing_id: str) -> Pairing:
        return found(self._tables.pairings, pairing_id)

    def get_many(self, pairing_ids: Iterable[str]) -> Mapping[str, Pairing]:
        return those(self._tables.pairings, pairing_ids)

    def add(self, pairing: Pairing) -> None:
        if pairing.proposal_id is not None and any(
            other.proposal_id == pairing.proposal_id for other in self._tables.pairings.values()
        ):
            raise ChangedSince
        add(self._tables.pairings, pairing.id, pairing)

    def save(self, pairing: Pairing) -> None:
        save(self._tables.pairings, pairing.id, pairing)

    def save_many(self, pairings: Iterable[Pairing]) -> None:
        for pairing in pairings:
            self.save(pairing)

    def answer_of(self, pairing_id: str, person_id: str) -> PartnerAnswer:
        nothing = PartnerAnswer(pairing_id=pairing_id, person_id=person_id)
        return self._tables.partner_answers.get((pairing_id, person_id), nothing)

    def put_answer(self, answer: PartnerAnswer) -> None:
        self._tables.partner_answers[answer.pairing_id, answer.person_id] = answer

    def active_with(self, person_ids: Iterable[str]) -> Sequence[Pairing]:
        wanted = set(person_ids)
        return self._oldest_first(
            lambda pairing: pairing.state is PairingState.ACTIVE and not wanted.isdisjoint(pairing.person_ids)
        )

    def active_of(self, person_id: str) -> Sequence[Pairing]:
        return self._oldest_first(
            lambda pairing: pairing.state is PairingState.ACTIVE and person_id in pairing.person_ids
        )

    def in_cohort(self, cohort_id: str) -> Sequence[Pairing]:
        return self._oldest_first(lambda pairing: pairing.cohort_id == cohort_id)

    def closing_by(self, moment: datetime) -> Sequence[Pairing]:
        return [pairing for closes_at, pairing in self._closing() if closes_at <= moment]

    def next_closing(self) -> datetime | None:
        return next((closes_at for closes_at, _ in self._closing()), None)

    def _closing(self) -> list[tuple[datetime, Pairing]]:
        closing = [(one.closes_at, one) for one in self._tables.pairings.values() if one.closes_at is not None]
        return sorted(closing, key=lambda pair: (pair[0], pair[1].id))

    def _oldest_first(self, fits: Callable[[Pairing], bool]) -> list[Pairing]:
        fitting = filter(fits, self._tables.pairings.values())
        return sorted(fitting, key=lambda pairing: (pairing.introduced_at, pairing.id))


class Sessions(Repository):
    def get(self, session_id: str) -> Session:
        return found(self._tables.sessions, session_id)

    def get_many(self, session_ids: Iterable[str]) -> Mapping[str, Session]:
        return those(self._tables.sessions, session_ids)

    def add(self, session: Session) -> None:
        add(self._tables.sessions, session.id, session)

    def save(self, session: Session) -> None:
        save(self._tables.sessions, session.id, session)

    def save_many(self, sessions: Iterable[Session]) -> None:
        for session in sessions:
            self.save(session)

    def of_pairing(self, pairing_id: str) -> Sequence[Session]:
        return self._by_start(lambda session: session.pairing_id == pairing_id)

    def of_pairings(self, pairing_ids: Iterable[str]) -> Mapping[str, Sequence[Session]]:
        of_each = {pairing_id: self.of_pairing(pairing_id) for pairing_id in pairing_ids}
        return {pairing_id: sessions for pairing_id, sessions in of_each.items() if sessions}

    def of_person(self, person_id: str, *, limit: int) -> Sequence[Session]:
        theirs = self._by_start(lambda session: person_id in session.person_ids)
        return sorted(theirs, key=lambda session: session.starts_at, reverse=True)[:limit]

    def planned_with(self, person_ids: Iterable[str], *, since: datetime) -> Sequence[Session]:
        wanted = set(person_ids)
        return self._by_start(
            lambda session: (
                session.state is SessionState.PLANNED
                and session.starts_at >= since
                and not wanted.isdisjoint(session.person_ids)
            )
        )

    def in_cohort(self, cohort_id: str) -> Sequence[Session]:
        return self._by_start(lambda session: session.cohort_id == cohort_id)

    def met_in(self, cohort_id: str) -> frozenset[str]:
        held = [one for one in self.in_cohort(cohort_id) if one.state is SessionState.HELD]
        return frozenset(one.pairing_id for one in held if one.pairing_id)

    def unconfirmed_by(self, moment: datetime, *, limit: int) -> Sequence[Session]:
        return self._by_start(lambda session: session.state is SessionState.PLANNED and session.starts_at < moment)[
            :limit
        ]

    def next_unconfirmed_start(self) -> datetime | None:
        planned = self._by_start(lambda session: session.state is SessionState.PLANNED)
        return planned[0].starts_at if planned else None

    def put_pulse(self, pulse: Pulse) -> None:
        self._tables.pulses[pulse.session_id, pulse.person_id] = pulse

    def pulse(self, session_id: str, person_id: str) -> Pulse | None:
        return self._tables.pulses.get((session_id, person_id))

    def pulses_of(self, session_ids: Iterable[str]) -> Sequence[Pulse]:
        wanted = set(session_ids)
        pulses = [pulse for pulse in self._tables.pulses.values() if pulse.session_id in wanted]
        return sorted(pulses, key=lambda pulse: (pulse.answered_at, pulse.session_id, pulse.person_id))

    def pulses_in_cohort(self, cohort_id: str) -> Sequence[Pulse]:
        return self.pulses_of(session.id for session in self.in_cohort(cohort_id))

    def _by_start(self, fits: Callable[[Session], bool]) -> list[Session]:
        fitting = filter(fits, self._tables.sessions.values())
        return sorted(fitting, key=lambda session: (session.starts_at, session.id))


class Insights(Repository):
    def add(self, insight: Insight) -> None:
        add(self._tables.insights, insight.id, insight)

    def get(self, insight_id: str) -> Insight:
        return found(self._tables.insights, insight_id)

    def save(self, insight: Insight) -> None:
        save(self._tables.insights, insight.id, insight)

    def in_cohort(self, cohort_id: str) -> Sequence[Insight]:
        inside = [insight for insight in self._tables.insights.values() if insight.cohort_id == cohort_id]
        return sorted(inside, key=lambda insight: (insight.offered_at, insight.id))


class Surveys(Repository):
    def put_answer(self, answer: CloseAnswer) -> None:
        self._tables.answers[answer.person_id, answer.cohort_id] = answer

    def answers_of(self, person_ids: Iterable[str]) -> Sequence[CloseAnswer]:
        wanted = set(person_ids)
        return [self._tables.answers[key] for key in sorted(self._tables.answers) if key[0] in wanted]

    def put_usages(self, usages: Iterable[Usage]) -> None:
        for usage in usages:
            self._tables.usages[usage.person_id, usage.cohort_id, usage.topic_id, usage.asked] = usage

    def usages_of(self, person_ids: Iterable[str]) -> Sequence[Usage]:
        wanted = set(person_ids)
        return self._usages(lambda usage: usage.person_id in wanted)

    def in_cohort(self, cohort_id: str) -> tuple[Sequence[CloseAnswer], Sequence[Usage]]:
        answers = [answer for answer in self._tables.answers.values() if answer.cohort_id == cohort_id]
        answers.sort(key=lambda answer: (answer.answered_at, answer.person_id))
        return answers, self._usages(lambda usage: usage.cohort_id == cohort_id)

    def _usages(self, fits: Callable[[Usage], bool]) -> list[Usage]:
        fitting = filter(fits, self._tables.usages.values())
        return sorted(fitting, key=lambda usage: (usage.answered_at, usage.person_id, usage.topic_id, usage.asked))


class Nudges(Repository):
    def get(self, nudge_id: str) -> Nudge:
        return found(self._tables.nudges, nudge_id)

    def get_many(self, nudge_ids: Sequence[str]) -> Sequence[Nudge]:
        return [self._tables.nudges[one] for one in nudge_ids if one in self._tables.nudges]

    def plan(self, nudges: Iterable[Nudge]) -> None:
        planned = {_period(nudge): nudge for nudge in self._tables.nudges.values()}
        for nudge in nudges:
            there = planned.get(_period(nudge))
            if there is not None and there.state is not NudgeState.CANCELLED:
                continue
            if there is not None:
                del self._tables.nudges[there.id]
            planned[_period(nudge)] = nudge
            add(self._tables.nudges, nudge.id, nudge)

    def due(self, moment: datetime, *, limit: int) -> Sequence[Nudge]:
        assert limit >= 0, "PostgreSQL refuses a negative one, and SQLite takes it for none"
        return [nudge for nudge in self._pending() if nudge.due_at <= moment][:limit]

    def about(self, subject_ids: Iterable[str]) -> Sequence[Nudge]:
        wanted = set(subject_ids)
        return sorted(
            (nudge for nudge in self._tables.nudges.values() if nudge.subject_id in wanted),
            key=lambda nudge: (nudge.due_at, nudge.id),
        )

    def pending_of(self, person_id: str) -> Sequence[Nudge]:
        return [nudge for nudge in self._pending() if nudge.person_id == person_id]

    def save(self, nudge: Nudge) -> None:
        save(self._tables.nudges, nudge.id, nudge)

    def save_many(self, nudges: Iterable[Nudge]) -> None:
        for nudge in nudges:
            self.save(nudge)

    def cancel(
        self, *, person_id: str | None = None, subject_id: str | None = None, kinds: Iterable[NudgeKind] | None = None
    ) -> int:
        if person_id is None and subject_id is None:
            raise ValueError("say whose nudges, or about what, to cancel")
        only = None if kinds is None else set(kinds)
        unsent = {
            nudge_id
            for message in self._tables.outbox.values()
            if message.state is OutboxState.PENDING and not message.maybe_sent
            for nudge_id in message.nudge_ids
        }
        queued = [self._tables.nudges[one] for one in unsent if one in self._tables.nudges]
        pointless = [
            nudge
            for nudge in (*self._pending(), *(one for one in queued if one.state is NudgeState.QUEUED))
            if person_id in {None, nudge.person_id}
            and subject_id in {None, nudge.subject_id}
            and (only is None or nudge.kind in only)
        ]
        for nudge in pointless:
            self.save(nudge.cancelled())
        return len(pointless)

    def cancel_of(self, person_ids: Iterable[str], *, kinds: Iterable[NudgeKind]) -> None:
        wanted, only = set(person_ids), set(kinds)
        for nudge in self._pending():
            if nudge.person_id in wanted and nudge.kind in only:
                self.save(nudge.cancelled())

    def cancel_about(self, subject_ids: Iterable[str]) -> None:
        wanted = set(subject_ids)
        for nudge in self._pending():
            if nudge.subject_id in wanted:
                self.save(nudge.cancelled())

    def queued_since(self, person_ids: Iterable[str], moment: datetime) -> Mapping[str, Sequence[datetime]]:
        queued: dict[str, list[datetime]] = {person_id: [] for person_id in person_ids}
        for queued_at, person_id in self._queued(moment):
            if person_id in queued:
                queued[person_id].append(queued_at)
        return queued

    def queued_with(self, nudge: Nudge) -> Sequence[Nudge]:
        def same(one: Nudge) -> tuple[str, NudgeKind, datetime | None]:
            return one.person_id, one.kind, one.queued_at

        queued = [one for one in self._tables.nudges.values() if one.state is NudgeState.QUEUED]
        return sorted((one for one in queued if same(one) == same(nudge)), key=lambda one: (one.due_at, one.id))

    def queued_times(self, moment: datetime) -> Sequence[datetime]:
        return [queued_at for queued_at, _ in self._queued(moment)]

    def next_due(self) -> datetime | None:
        pending = (one.due_at for one in self._tables.nudges.values() if one.state is NudgeState.PENDING)
        return min(pending, default=None)

    def _pending(self) -> list[Nudge]:
        pending = [nudge for nudge in self._tables.nudges.values() if nudge.state is NudgeState.PENDING]
        return sorted(pending, key=lambda nudge: (nudge.due_at, nudge.id))

    def _queued(self, moment: datetime) -> list[tuple[datetime, str]]:
        return sorted(
            {
                (nudge.queued_at, nudge.person_id)
                for nudge in self._tables.nudges.values()
                if nudge.state is NudgeState.QUEUED and nudge.queued_at is not None and nudge.queued_at >= moment
            }
        )


def _period(nudge: Nudge) -> tuple[str, NudgeKind, str]:
    return nudge.person_id, nudge.kind, nudge.period


class Outbox(Repository):
    _tokens = count(1)

    def add(self, message: OutboxMessage) -> bool:
        if message.dedupe_key in self._tables.dedupe_keys:
            return False
        self._tables.dedupe_keys[message.dedupe_key] = message.id
        add(self._tables.outbox, message.id, replace(message, args=json.loads(json.dumps(dict(message.args)))))
        return True

    def add_many(self, messages: Iterable[OutboxMessage]) -> None:
        for message in messages:
            self.add(message)

    def get(self, message_id: str) -> OutboxMessage:
        return found(self._tables.outbox, message_id)

    def claim_due(
        self, *, now: datetime, limit: int, lease: timedelta, lane: Lane | None = None
    ) -> Sequence[OutboxMessage]:
        due = [
            message
            for message in self._first_of_each_conversation(lane)
            if message.due_at <= now and (message.lease_until is None or message.lease_until <= now)
        ]
        token = f"token-{next(self._tokens)}"
        claimed = [
            replace(
                message,
                state=OutboxState.SENDING,
                attempts=message.attempts + 1,
                maybe_sent=message.maybe_sent or message.state is OutboxState.SENDING,
                lease_until=now + lease,
                lease_token=token,
            )
            for message in islice(sorted(due, key=lambda message: message.due_at), limit)
        ]
        self._tables.outbox.update({message.id: message for message in claimed})
        return claimed

    def finish(self, message: OutboxMessage) -> bool:
        kept = self._tables.outbox.get(message.id)
        if kept is None or kept.lease_token is None or kept.lease_token != message.lease_token:
            return False
        if message.state is not OutboxState.SENDING:
            message = replace(message, lease_until=None, lease_token=None)
        self._tables.outbox[message.id] = message
        return True

    def next_due(self, lane: Lane | None = None) -> datetime | None:
        first = self._first_of_each_conversation(lane)
        return min((message.lease_until or message.due_at for message in first), default=None)

    def nudges_since(self, moment: datetime, *, now: datetime) -> int:
        nudges = [one for one in self._tables.outbox.values() if one.proactive]
        sent = sum(one.sent_at is not None and one.sent_at > moment for one in nudges)
        return sent + sum(one.lease_until is not None and one.lease_until > now for one in nudges)

    def nudges_under_way(self) -> frozenset[str]:
        unfinished = [one for one in self._tables.outbox.values() if one.state in UNFINISHED]
        return frozenset(nudge_id for one in unfinished for nudge_id in one.nudge_ids)

    def unsettled(self, *, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        newest_first = reversed(list(self._tables.outbox.values()))
        return [
            message
            for message in newest_first
            if not message.is_settled and message.lane is not Lane.HOMES
            if message.expires_at is None or message.expires_at > now
        ][:limit]

    def settle(self, message: OutboxMessage) -> bool:
        kept = self._tables.outbox.get(message.id)
        if kept is None or kept.is_settled:
            return False
        self._tables.outbox[message.id] = message
        return True

    def _first_of_each_conversation(self, lane: Lane | None) -> list[OutboxMessage]:
        # A dict keeps the order in which messages were written, which is a conversation's order.
        first: dict[str, OutboxMessage] = {}
        for message in self._tables.outbox.values():
            if message.state in UNFINISHED:
                first.setdefault(message.conversation, message)
        return [message for message in first.values() if lane in {None, message.lane}]


class Processed(Repository):
    def first_time(self, key: str, *, now: datetime) -> bool:
        if key in self._tables.processed:
            return False
        self._tables.processed[key] = now
        return True


class Audit(Repository):
    def add(self, entry: AuditEntry) -> None:
        self._tables.audit[len(self._tables.audit)] = entry

    def latest(self, *, limit: int) -> Sequence[AuditEntry]:
        return list(islice(reversed(self._tables.audit.values()), limit))


class Settings(Repository):
    def get(self, key: str) -> Any | None:
        return json.loads(self._tables.settings.get(key, "null"))

    def put(self, key: str, value: Any) -> None:
        self._tables.settings[key] = json.dumps(value)
