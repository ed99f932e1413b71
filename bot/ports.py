"""What the programme needs from outside, as protocols: storage, Slack, the clock.

``storage`` and ``bot.slack`` implement them; the tests have in-memory fakes that pass the same contract suites.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from bot.domain.audit import AuditEntry
from bot.domain.cohorts import Cohort, CohortFigures
from bot.domain.insights import Insight
from bot.domain.letters import Letter
from bot.domain.nudges import Nudge, NudgeKind
from bot.domain.outbox import Lane, OutboxMessage
from bot.domain.pairings import Pairing, PartnerAnswer
from bot.domain.participants import Participant, ParticipantState
from bot.domain.people import DirectoryEntry, Person, SlackUser
from bot.domain.rounds import Pair, Proposal, Round
from bot.domain.sessions import Pulse, Session
from bot.domain.surveys import CloseAnswer, Usage
from bot.domain.topics import Topic


class Clock(Protocol):
    """Tells the time. Only the wiring ever moves it, in the playground."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class People(Protocol):
    """Everybody Tandem has met."""

    def get(self, person_id: str) -> Person:
        """Return the person; raise NotFound."""
        ...

    def get_many(self, person_ids: Iterable[str]) -> Mapping[str, Person]:
        """Return id → person for those that exist."""
        ...

    def by_user_id(self, team_id: str, user_id: str) -> Person | None: ...

    def by_user_ids(self, team_id: str, user_ids: Iterable[str]) -> Mapping[str, Person]:
        """Return Slack user id → person for those that exist."""
        ...

    def acting(self, team_id: str, user_id: str) -> tuple[Person, ParticipantState | None] | None:
        """Return the person and the state of their enrolment, if they are enrolled: all a request needs to begin."""
        ...

    def by_emails(self, emails: Iterable[str]) -> Mapping[str, Person]:
        """Return e-mail (in lower case) → person for those that are known, whatever the case they were given in."""
        ...

    def by_email(self, email: str) -> Person | None:
        """Return the person with this e-mail, whatever its case."""
        ...

    def add(self, person: Person) -> None: ...

    def save(self, person: Person) -> None: ...


class DirectoryEntries(Protocol):
    """The company's directory, keyed by lower-case e-mail."""

    def get(self, email: str) -> DirectoryEntry | None: ...

    def get_many(self, emails: Iterable[str]) -> Mapping[str, DirectoryEntry]:
        """Return e-mail → entry for those that exist."""
        ...

    def all(self) -> Sequence[DirectoryEntry]:
        """Return every entry, ordered by e-mail."""
        ...

    def managers(self) -> Mapping[str, str | None]:
        """Return e-mail → manager's e-mail for every entry."""
        ...

    def put_many(self, entries: Iterable[DirectoryEntry]) -> None:
        """Insert or replace by e-mail."""
        ...

    def remove_many(self, emails: Iterable[str]) -> None: ...


class Topics(Protocol):
    """The catalogue, which leads edit."""

    def all(self) -> Sequence[Topic]:
        """Return every topic by position, archived ones too."""
        ...

    def get(self, topic_id: str) -> Topic:
        """Return the topic; raise NotFound."""
        ...

    def put(self, topic: Topic) -> None: ...


class Cohorts(Protocol):
    """Dated runs of the programme."""

    def open(self) -> Cohort | None:
        """Return the open cohort, of which there is at most one."""
        ...

    def get(self, cohort_id: str) -> Cohort:
        """Return the cohort; raise NotFound."""
        ...

    def all(self) -> Sequence[Cohort]:
        """Return every cohort, the latest start first."""
        ...

    def figures(self, cohort: Cohort) -> CohortFigures:
        """Return *cohort* in figures; leavers count in what was held, not among the enrolled."""
        ...

    def add(self, cohort: Cohort) -> None: ...

    def save(self, cohort: Cohort) -> None: ...


class Participants(Protocol):
    """Volunteers, one record a person."""

    def get(self, person_id: str) -> Participant | None: ...

    def get_many(self, person_ids: Iterable[str]) -> Mapping[str, Participant]: ...

    def in_cohort(self, cohort_id: str) -> Sequence[Participant]:
        """Return everyone enrolled in it, leavers included, ordered by person id."""
        ...

    def offering_in(self, cohort_id: str) -> Sequence[Participant]:
        """Return those of :meth:`in_cohort` who offer a topic."""
        ...

    def who_stay_in(self, cohort_id: str) -> Sequence[str]:
        """Return the ids of everyone enrolled in it who has not left, in order."""
        ...

    def put(self, participant: Participant) -> None:
        """Insert or replace."""
        ...

    def put_many(self, participants: Iterable[Participant]) -> None: ...

    def resuming_by(self, day: date) -> Sequence[Participant]:
        """Return the paused whose pause ends on *day* or before."""
        ...

    def next_resume(self) -> date | None:
        """Return the earliest end of a pause."""
        ...


class Rounds(Protocol):
    """Runs of matching and their proposals."""

    def get(self, round_id: str) -> Round:
        """Return the round; raise NotFound."""
        ...

    def latest(self, cohort_id: str) -> Round | None: ...

    def draft(self, cohort_id: str) -> Round | None:
        """Return the cohort's draft, of which there is at most one."""
        ...

    def add(self, round_: Round, proposals: Sequence[Proposal]) -> None: ...

    def add_proposals(self, proposals: Sequence[Proposal]) -> None:
        """Insert proposals made after their round was published."""
        ...

    def settle(self, round_: Round) -> bool:
        """Save *round_* only if it is still a draft; False when another lead was quicker."""
        ...

    def proposal(self, proposal_id: str) -> Proposal:
        """Return the proposal; raise NotFound."""
        ...

    def proposals_by_id(self, proposal_ids: Iterable[str]) -> Mapping[str, Proposal]:
        """Return id → proposal for those that exist."""
        ...

    def proposals(self, round_id: str) -> Sequence[Proposal]:
        """Return the round's proposals, the highest score first, then by id."""
        ...

    def save_proposal(self, proposal: Proposal) -> None: ...

    def save_proposals(self, proposals: Iterable[Proposal]) -> None: ...

    def forbidden_in(self, round_ids: Iterable[str]) -> frozenset[Pair]:
        """Return the pairs that leads forbid in these rounds."""
        ...

    def overridden_in(self, round_ids: Iterable[str]) -> frozenset[Pair]:
        """Return the pairs that leads keep in these rounds although a rule forbids it."""
        ...

    def open_proposals_of(self, person_id: str) -> Sequence[Proposal]:
        """Return the asked proposals to which this person said yes, or may still."""
        ...

    def open_proposals(self, cohort_id: str) -> Sequence[Proposal]:
        """Return the cohort's asked proposals."""
        ...

    def expiring_by(self, moment: datetime, *, limit: int) -> Sequence[Proposal]:
        """Return asked proposals whose time is up at *moment*, the oldest first."""
        ...

    def next_expiry(self) -> datetime | None: ...

    def recent_pairs(self, since: datetime) -> Sequence[tuple[str, str]]:
        """Return (mentor, mentee) person ids of everyone paired since then, and of proposals refused or expired.

        Less the pairs that both asked for again, and whoever withdrew from a group or kept silent while it went on.
        """
        ...


class Pairings(Protocol):
    """Relationships, active and ended."""

    def get(self, pairing_id: str) -> Pairing:
        """Return the pairing; raise NotFound."""
        ...

    def get_many(self, pairing_ids: Iterable[str]) -> Mapping[str, Pairing]: ...

    def add(self, pairing: Pairing) -> None: ...

    def save(self, pairing: Pairing) -> None: ...

    def save_many(self, pairings: Iterable[Pairing]) -> None: ...

    def answer_of(self, pairing_id: str, person_id: str) -> PartnerAnswer:
        """Return what the person says of the pairing, an empty answer when they have said nothing."""
        ...

    def put_answer(self, answer: PartnerAnswer) -> None: ...

    def active_of(self, person_id: str) -> Sequence[Pairing]:
        """Return the person's active pairings, the oldest first."""
        ...

    def active_with(self, person_ids: Iterable[str]) -> Sequence[Pairing]:
        """Return the active pairings in which one of these people has a seat."""
        ...

    def in_cohort(self, cohort_id: str) -> Sequence[Pairing]: ...

    def closing_by(self, moment: datetime) -> Sequence[Pairing]:
        """Return the pairings that end by themselves by *moment*, the earliest first."""
        ...

    def next_closing(self) -> datetime | None:
        """Return when the next pairing ends by itself."""
        ...


class Sessions(Protocol):
    """Meetings and their pulses."""

    def get(self, session_id: str) -> Session:
        """Return the session; raise NotFound."""
        ...

    def get_many(self, session_ids: Iterable[str]) -> Mapping[str, Session]: ...

    def add(self, session: Session) -> None: ...

    def save(self, session: Session) -> None: ...

    def save_many(self, sessions: Iterable[Session]) -> None: ...

    def of_pairing(self, pairing_id: str) -> Sequence[Session]:
        """Return the pairing's sessions by start."""
        ...

    def of_pairings(self, pairing_ids: Iterable[str]) -> Mapping[str, Sequence[Session]]:
        """Return pairing id → its sessions by start, for pairings that have some."""
        ...

    def of_person(self, person_id: str, *, limit: int) -> Sequence[Session]:
        """Return the person's sessions, the latest start first."""
        ...

    def planned_with(self, person_ids: Iterable[str], *, since: datetime) -> Sequence[Session]:
        """Return the sessions still planned of any of these people that start at *since* or later, by start."""
        ...

    def in_cohort(self, cohort_id: str) -> Sequence[Session]: ...

    def met_in(self, cohort_id: str) -> frozenset[str]:
        """Return the ids of the cohort's pairings that have held a session."""
        ...

    def unconfirmed_by(self, moment: datetime, *, limit: int) -> Sequence[Session]:
        """Return sessions still planned that started before *moment*, the oldest first."""
        ...

    def next_unconfirmed_start(self) -> datetime | None:
        """Return the earliest start of a session still planned."""
        ...

    def put_pulse(self, pulse: Pulse) -> None:
        """Insert or replace the person's pulse of the session."""
        ...

    def pulse(self, session_id: str, person_id: str) -> Pulse | None: ...

    def pulses_of(self, session_ids: Iterable[str]) -> Sequence[Pulse]:
        """Return every pulse of these sessions."""
        ...

    def pulses_in_cohort(self, cohort_id: str) -> Sequence[Pulse]: ...


class Insights(Protocol):
    """Insight cards."""

    def add(self, insight: Insight) -> None: ...

    def get(self, insight_id: str) -> Insight: ...

    def save(self, insight: Insight) -> None: ...

    def in_cohort(self, cohort_id: str) -> Sequence[Insight]: ...


class Surveys(Protocol):
    """What people say at the end of a cohort, and of what they do a month after their last session."""

    def put_answer(self, answer: CloseAnswer) -> None:
        """Insert or replace the person's answer of the cohort."""
        ...

    def answers_of(self, person_ids: Iterable[str]) -> Sequence[CloseAnswer]:
        """Return every answer of these people, by person and cohort."""
        ...

    def put_usages(self, usages: Iterable[Usage]) -> None:
        """Insert or replace what the person does with each topic, as asked at that moment in the cohort."""
        ...

    def usages_of(self, person_ids: Iterable[str]) -> Sequence[Usage]:
        """Return everything these people said of topics, by time."""
        ...

    def in_cohort(self, cohort_id: str) -> tuple[Sequence[CloseAnswer], Sequence[Usage]]:
        """Return what was said of the cohort, by time."""
        ...


class Nudges(Protocol):
    """Messages to come."""

    def get(self, nudge_id: str) -> Nudge:
        """Return the nudge; raise NotFound."""
        ...

    def get_many(self, nudge_ids: Sequence[str]) -> Sequence[Nudge]:
        """Return those of these nudges that are there, in this order."""
        ...

    def plan(self, nudges: Iterable[Nudge]) -> None:
        """Insert those whose (person, kind, period) is new, or was cancelled; leave the others as they are.

        What was cancelled never went, and when the same is planned anew the reason it was cancelled for has passed.
        """
        ...

    def due(self, moment: datetime, *, limit: int) -> Sequence[Nudge]:
        """Return pending nudges due by *moment*, the oldest first."""
        ...

    def about(self, subject_ids: Iterable[str]) -> Sequence[Nudge]:
        """Return the nudges about these subjects, whatever their state, by due time."""
        ...

    def pending_of(self, person_id: str) -> Sequence[Nudge]:
        """Return the person's pending nudges by due time."""
        ...

    def save(self, nudge: Nudge) -> None: ...

    def save_many(self, nudges: Iterable[Nudge]) -> None: ...

    def cancel(
        self, *, person_id: str | None = None, subject_id: str | None = None, kinds: Iterable[NudgeKind] | None = None
    ) -> int:
        """Cancel the nudges that fit everything given (at least one of person and subject); return how many.

        They are pending, or in the outbox in a message that has certainly not been sent.
        """
        ...

    def cancel_of(self, person_ids: Iterable[str], *, kinds: Iterable[NudgeKind]) -> None:
        """Cancel the pending nudges of these kinds of many people."""
        ...

    def cancel_about(self, subject_ids: Iterable[str]) -> None:
        """Cancel the pending nudges about many subjects."""
        ...

    def queued_since(self, person_ids: Iterable[str], moment: datetime) -> Mapping[str, Sequence[datetime]]:
        """Return person id → when each of their proactive messages was queued, from *moment* on.

        One message may tell several nudges: those of one person that were queued at one moment.
        """
        ...

    def queued_with(self, nudge: Nudge) -> Sequence[Nudge]:
        """Return everything that the message of a queued *nudge* tells, itself included, by due time."""
        ...

    def queued_times(self, moment: datetime) -> Sequence[datetime]:
        """Return when each proactive message was queued, whoever's, from *moment* on, the oldest first."""
        ...

    def next_due(self) -> datetime | None: ...


class Outbox(Protocol):
    """Messages to send."""

    def add(self, message: OutboxMessage) -> bool:
        """Insert unless its dedupe key is there already; return whether it was new."""
        ...

    def add_many(self, messages: Iterable[OutboxMessage]) -> None:
        """Insert those whose dedupe key is new."""
        ...

    def get(self, message_id: str) -> OutboxMessage:
        """Return the message; raise NotFound."""
        ...

    def claim_due(
        self, *, now: datetime, limit: int, lease: timedelta, lane: Lane | None = None
    ) -> Sequence[OutboxMessage]:
        """Claim up to *limit* messages due by *now*, of *lane* or of all, oldest first; what others hold is skipped.

        A message is due when it is pending with ``due_at`` reached, or sending with its lease run out (then its
        ``maybe_sent`` is set). One behind an older unfinished message of the same conversation is not. Each claimed
        row comes back ``sending`` with a new lease and token, and one more attempt.
        """
        ...

    def finish(self, message: OutboxMessage) -> bool:
        """Save *message* only where its lease token is still the row's; False when the lease was lost."""
        ...

    def next_due(self, lane: Lane | None = None) -> datetime | None:
        """Return when the next pending message is due that is not behind another, or the next lease runs out."""
        ...

    def nudges_since(self, moment: datetime, *, now: datetime) -> int:
        """Return how many proactive messages were sent since *moment*, or are being sent *now*."""
        ...

    def nudges_under_way(self) -> frozenset[str]:
        """Return the ids of the nudges whose message is not finished: it waits to be sent, or is being sent."""
        ...

    def unsettled(self, *, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """Return parked and abandoned messages that are of use *now*, the latest first; Home tabs are none."""
        ...

    def settle(self, message: OutboxMessage) -> bool:
        """Save *message* only where its row is still parked or abandoned; False when somebody settled it meanwhile."""
        ...


class Processed(Protocol):
    """What came in and took effect, so that a second copy has none."""

    def first_time(self, key: str, *, now: datetime) -> bool:
        """Record *key*; False when it was recorded before."""
        ...


class Audit(Protocol):
    """Who did what."""

    def add(self, entry: AuditEntry) -> None: ...

    def latest(self, *, limit: int) -> Sequence[AuditEntry]: ...


class Settings(Protocol):
    """Small values that leads or services keep, JSON by key."""

    def get(self, key: str) -> Any | None: ...

    def put(self, key: str, value: Any) -> None: ...


class UnitOfWork(Protocol):
    """One transaction over all the repositories; what is not committed never happened."""

    people: People
    directory: DirectoryEntries
    topics: Topics
    cohorts: Cohorts
    participants: Participants
    rounds: Rounds
    pairings: Pairings
    sessions: Sessions
    insights: Insights
    surveys: Surveys
    nudges: Nudges
    outbox: Outbox
    processed: Processed
    audit: Audit
    settings: Settings

    def commit(self) -> None:
        """Make it last; on return it is on disk."""
        ...


class Storage(Protocol):
    """Opens units of work."""

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """Open one for reading and writing; it rolls back on leaving unless committed."""
        ...

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open one for reading only; it waits for no writer. Committing it is an error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Where a message was posted."""

    channel_id: str
    ts: str


class Messenger(Protocol):
    """Sends letters to Slack. Every failure is a DeliveryError."""

    def send(
        self, message: OutboxMessage, letter: Letter, *, language: str, tz: str, check: Callable[[], None]
    ) -> Sent:
        """Post *letter* in the message's conversation, marked with its id.

        *check* is called at the very last moment, when all is ready to go. What it raises comes out of here, and then
        nothing was posted.
        """
        ...

    def find(self, message: OutboxMessage) -> Sent | None:
        """Look in the conversation for a post marked with the message's id; None when it is certainly not there."""
        ...

    def publish_home(self, user_id: str, home: Any, *, language: str, tz: str) -> None:
        """Publish the person's Home tab (a ``bot.services.home.Home``)."""
        ...


class Directory(Protocol):
    """What Slack says of its users."""

    def fetch(self, user_id: str) -> SlackUser:
        """Return the user; raise DeliveryError when Slack cannot say."""
        ...
