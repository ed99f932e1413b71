"""The tables. Each row class is a table's typed description; rows never leave storage, and no ORM session is opened.

Invariants that are cheap to hold are held here: what is unique, which words a column may have, what follows from a
state. Migrations write the same tables by hand, and a test holds the two equal.
"""

# Without `from __future__ import annotations`: SQLAlchemy needs the types at import, and reading each one back from a
# string is a sixth of the time that the tables take.
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Annotated, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, MetaData, UniqueConstraint, literal_column
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.domain.cohorts import CohortState, Format
from bot.domain.insights import InsightState
from bot.domain.nudges import NudgeKind, NudgeState
from bot.domain.outbox import OutboxState
from bot.domain.pairings import EndReason, Fit, PairingState
from bot.domain.participants import ParticipantState, Place
from bot.domain.people import Role
from bot.domain.rounds import Answer, ProposalState, RoundState
from bot.domain.sessions import Reuse, SessionState
from bot.domain.surveys import Again, Asked
from storage.columns import Instant, Json, WordSet

Key = Annotated[str, mapped_column(primary_key=True)]
Serial = Annotated[
    int,
    # SQLite numbers rows by itself only where the key's type is exactly INTEGER.
    mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), Identity(), primary_key=True),
]
PersonKey = Annotated[str, mapped_column(ForeignKey("people.id"), primary_key=True)]
PersonId = Annotated[str, mapped_column(ForeignKey("people.id"))]
OptionalPersonId = Annotated[str | None, mapped_column(ForeignKey("people.id"))]
CohortId = Annotated[str, mapped_column(ForeignKey("cohorts.id"))]
TopicId = Annotated[str, mapped_column(ForeignKey("topics.id"))]


def _words(words: type[Enum], *, checked: bool) -> sa.Enum:
    """Return the type of a column of *words*; what is none of them is refused here, and where *checked* by a CHECK."""
    return sa.Enum(
        words,
        native_enum=False,
        create_constraint=checked,
        validate_strings=True,
        length=32,
        values_callable=lambda words: [word.value for word in words],
    )


class BaseRow(DeclarativeBase):
    """The base of every row."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant,
        dict[str, Any]: Json,
        list[Any]: Json,
        frozenset[str]: WordSet,
        Enum: _words(Enum, checked=True),
    }


def word(value: StrEnum) -> sa.ColumnElement[Any]:
    """Return *value* as a literal in the SQL: a partial index serves only a query that says the same literal."""
    return literal_column(f"'{value}'")


def partial(condition: sa.ColumnElement[bool]) -> dict[str, Any]:
    """Return the arguments that make an index partial on both engines."""
    return {"sqlite_where": condition, "postgresql_where": condition}


class PersonRow(BaseRow):
    """Everybody Tandem has met. ``email_key`` is the lower-case e-mail, to find people by."""

    __tablename__ = "people"
    __table_args__ = (
        UniqueConstraint("team_id", "user_id"),
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        Index(None, "email_key"),
    )

    id: Mapped[Key]
    enterprise_id: Mapped[str | None]
    team_id: Mapped[str]
    user_id: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    email_key: Mapped[str | None]
    language: Mapped[str]
    tz: Mapped[str]
    is_guest: Mapped[bool]
    is_deactivated: Mapped[bool]
    created_at: Mapped[datetime]
    welcomed_at: Mapped[datetime | None]
    home_opened_at: Mapped[datetime | None]


class DirectoryRow(BaseRow):
    """The company's directory. E-mails refer to each other without a constraint: managers leave before their teams."""

    __tablename__ = "directory_entries"

    email: Mapped[Key]
    name: Mapped[str]
    manager_email: Mapped[str | None]
    department: Mapped[str | None]
    team: Mapped[str | None]
    site: Mapped[str | None]
    country: Mapped[str | None]
    region: Mapped[str | None]
    grade: Mapped[str | None]
    groups: Mapped[frozenset[str]]
    hr_partner_email: Mapped[str | None]


class TopicRow(BaseRow):
    """The catalogue."""

    __tablename__ = "topics"

    id: Mapped[Key]
    position: Mapped[int]
    names: Mapped[dict[str, Any]]
    kits: Mapped[dict[str, Any]]
    tips: Mapped[dict[str, Any]]
    archived: Mapped[bool]


class CohortRow(BaseRow):
    """Dated runs of the programme, at most one of them open."""

    __tablename__ = "cohorts"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="dates"),
        CheckConstraint("cadence_weeks > 0", name="cadence"),
        CheckConstraint("sessions_planned > 0", name="sessions"),
        CheckConstraint("goal > 0", name="goal"),
    )

    id: Mapped[Key]
    name: Mapped[str]
    state: Mapped[CohortState]
    enrol_until: Mapped[date]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    format: Mapped[Format]
    cadence_weeks: Mapped[int]
    sessions_planned: Mapped[int]
    goal: Mapped[int | None]


Index("uq_cohorts_open", CohortRow.state, unique=True, **partial(CohortRow.state == word(CohortState.OPEN)))


class ParticipantRow(BaseRow):
    """Volunteers, one row a person."""

    __tablename__ = "participants"
    __table_args__ = (
        CheckConstraint("seats >= 0", name="seats"),
        CheckConstraint("collective_seats >= 0", name="collective_seats"),
        CheckConstraint("unserved_rounds >= 0", name="unserved_rounds"),
        CheckConstraint("(state = 'paused') = (paused_until IS NOT NULL)", name="paused"),
        CheckConstraint("state <> 'left' OR left_at IS NOT NULL", name="left"),
        Index(None, "cohort_id"),
    )

    person_id: Mapped[PersonKey]
    cohort_id: Mapped[CohortId]
    roles: Mapped[frozenset[str]]
    languages: Mapped[frozenset[str]]
    formats: Mapped[frozenset[str]]
    place: Mapped[Place]
    half_days: Mapped[frozenset[str]]
    seats: Mapped[int]
    collective_seats: Mapped[int]
    department: Mapped[str | None]
    team: Mapped[str | None]
    site: Mapped[str | None]
    state: Mapped[ParticipantState]
    joined_at: Mapped[datetime]
    paused_until: Mapped[date | None]
    left_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    unserved_rounds: Mapped[int]
    stopped_nudges: Mapped[frozenset[str]]


Index(
    "ix_participants_paused_until",
    ParticipantRow.paused_until,
    **partial(ParticipantRow.state == word(ParticipantState.PAUSED)),
)


class OfferRow(BaseRow):
    """A topic somebody offers, and the level they can show it at (a ``Level``)."""

    __tablename__ = "offers"
    __table_args__ = (CheckConstraint("level BETWEEN 2 AND 4", name="level"),)

    person_id: Mapped[str] = mapped_column(ForeignKey("participants.person_id"), primary_key=True)
    topic_id: Mapped[str] = mapped_column(ForeignKey("topics.id"), primary_key=True)
    level: Mapped[int] = mapped_column(sa.SmallInteger)


class WantRow(BaseRow):
    """A topic somebody wants, and what they do with it today (a ``Use``)."""

    __tablename__ = "wants"
    __table_args__ = (CheckConstraint("present_use BETWEEN 0 AND 3", name="present_use"),)

    person_id: Mapped[str] = mapped_column(ForeignKey("participants.person_id"), primary_key=True)
    topic_id: Mapped[str] = mapped_column(ForeignKey("topics.id"), primary_key=True)
    present_use: Mapped[int] = mapped_column(sa.SmallInteger)


class ExclusionRow(BaseRow):
    """Somebody whom a participant must not be paired with; secret."""

    __tablename__ = "exclusions"

    person_id: Mapped[str] = mapped_column(ForeignKey("participants.person_id"), primary_key=True)
    avoided_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)


class RoundRow(BaseRow):
    """Runs of matching, at most one draft a cohort."""

    __tablename__ = "rounds"
    __table_args__ = (
        CheckConstraint("(state = 'draft') = (settled_at IS NULL)", name="settled"),
        Index(None, "cohort_id", "drafted_at"),
    )

    id: Mapped[Key]
    cohort_id: Mapped[CohortId]
    state: Mapped[RoundState]
    drafted_by: Mapped[PersonId]
    drafted_at: Mapped[datetime]
    served: Mapped[int]
    total_score: Mapped[int]
    settled_by: Mapped[OptionalPersonId]
    settled_at: Mapped[datetime | None]


Index("uq_rounds_draft", RoundRow.cohort_id, unique=True, **partial(RoundRow.state == word(RoundState.DRAFT)))


class DecisionRow(BaseRow):
    """What leads decided about two people in a round: never these two, or these two although a rule forbids it."""

    __tablename__ = "decisions"
    __table_args__ = (CheckConstraint("decision IN ('forbidden', 'overridden')", name="decision"),)

    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    mentor_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    mentee_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    decision: Mapped[str]


class UnplacedRow(BaseRow):
    """Whom a round could not serve, and why."""

    __tablename__ = "unplaced"

    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id"), primary_key=True)
    person_id: Mapped[PersonKey]
    position: Mapped[int]
    rule: Mapped[dict[str, Any]]
    remedy: Mapped[dict[str, Any] | None]


class ProposalRow(BaseRow):
    """Pairings not yet accepted."""

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint("state <> 'asked' OR expires_at IS NOT NULL", name="asked"),
        Index(None, "round_id", "score"),
    )

    id: Mapped[Key]
    round_id: Mapped[str] = mapped_column(ForeignKey("rounds.id"))
    cohort_id: Mapped[CohortId]
    format: Mapped[Format]
    topic_id: Mapped[TopicId]
    score: Mapped[int]
    reasons: Mapped[list[Any]]
    state: Mapped[ProposalState]
    locked: Mapped[bool]
    expires_at: Mapped[datetime | None]


_ASKED = ProposalRow.state == word(ProposalState.ASKED)
Index("ix_proposals_asked_cohort_id", ProposalRow.cohort_id, **partial(_ASKED))
Index("ix_proposals_asked_expires_at", ProposalRow.expires_at, **partial(_ASKED))


class ProposalSeatRow(BaseRow):
    """One person in a proposal; ``position`` keeps the seats in order."""

    __tablename__ = "proposal_seats"
    __table_args__ = (
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
        Index(None, "person_id"),
    )

    proposal_id: Mapped[str] = mapped_column(ForeignKey("proposals.id"), primary_key=True)
    person_id: Mapped[PersonKey]
    position: Mapped[int]
    role: Mapped[Role]
    asked_at: Mapped[datetime | None]
    answer: Mapped[Answer | None]
    answered_at: Mapped[datetime | None]


class PairingRow(BaseRow):
    """Relationships; a proposal becomes at most one."""

    __tablename__ = "pairings"
    __table_args__ = (
        UniqueConstraint("proposal_id"),
        CheckConstraint("cadence_weeks > 0", name="cadence"),
        CheckConstraint("sessions_planned > 0", name="sessions"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
        Index(None, "cohort_id"),
        Index(None, "introduced_at"),
    )

    id: Mapped[Key]
    cohort_id: Mapped[CohortId]
    proposal_id: Mapped[str | None] = mapped_column(ForeignKey("proposals.id"))
    format: Mapped[Format]
    topic_id: Mapped[TopicId]
    state: Mapped[PairingState]
    introduced_at: Mapped[datetime]
    cadence_weeks: Mapped[int]
    sessions_planned: Mapped[int]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[EndReason | None]
    closes_at: Mapped[datetime | None]


Index("ix_pairings_closes_at", PairingRow.closes_at, **partial(PairingRow.closes_at.is_not(None)))


class PairingSeatRow(BaseRow):
    """One person in a pairing."""

    __tablename__ = "pairing_seats"
    __table_args__ = (Index(None, "person_id"),)

    pairing_id: Mapped[str] = mapped_column(ForeignKey("pairings.id"), primary_key=True)
    person_id: Mapped[PersonKey]
    position: Mapped[int]
    role: Mapped[Role]


class PartnerAnswerRow(BaseRow):
    """What people say of their pairings."""

    __tablename__ = "partner_answers"

    pairing_id: Mapped[str] = mapped_column(ForeignKey("pairings.id"), primary_key=True)
    person_id: Mapped[PersonKey]
    fit: Mapped[Fit | None]
    again: Mapped[bool]


class SessionRow(BaseRow):
    """Meetings."""

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
        CheckConstraint("(state = 'held') = (logged_at IS NOT NULL)", name="logged"),
        Index(None, "pairing_id", "starts_at"),
        Index(None, "cohort_id", "starts_at"),
    )

    id: Mapped[Key]
    cohort_id: Mapped[CohortId]
    pairing_id: Mapped[str | None] = mapped_column(ForeignKey("pairings.id"))
    format: Mapped[Format]
    topic_ids: Mapped[list[Any]]
    state: Mapped[SessionState]
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    planned_by: Mapped[PersonId]
    place: Mapped[str]
    sequence: Mapped[int]
    tried: Mapped[str]
    next_try: Mapped[str]
    logged_by: Mapped[OptionalPersonId]
    logged_at: Mapped[datetime | None]
    cancelled_by: Mapped[OptionalPersonId]
    cancelled_at: Mapped[datetime | None]


Index("ix_sessions_planned_starts_at", SessionRow.starts_at, **partial(SessionRow.state == word(SessionState.PLANNED)))


class AttendanceRow(BaseRow):
    """One person's part in a session."""

    __tablename__ = "attendances"
    __table_args__ = (Index(None, "person_id"),)

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    person_id: Mapped[PersonKey]
    position: Mapped[int]
    role: Mapped[Role]
    attended: Mapped[bool | None]


class PulseRow(BaseRow):
    """What one person says of one session."""

    __tablename__ = "pulses"
    __table_args__ = (
        CheckConstraint("useful BETWEEN 1 AND 5", name="useful"),
        CheckConstraint("at_ease BETWEEN 1 AND 5", name="at_ease"),
        CheckConstraint("could_say BETWEEN 1 AND 5", name="could_say"),
    )

    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    person_id: Mapped[PersonKey]
    role: Mapped[Role]
    answered_at: Mapped[datetime]
    useful: Mapped[int | None] = mapped_column(sa.SmallInteger)
    at_ease: Mapped[int | None] = mapped_column(sa.SmallInteger)
    reuse: Mapped[Reuse | None]
    could_say: Mapped[int | None] = mapped_column(sa.SmallInteger)
    learned: Mapped[str]


class InsightRow(BaseRow):
    """Insight cards."""

    __tablename__ = "insights"
    __table_args__ = (Index(None, "cohort_id", "offered_at"),)

    id: Mapped[Key]
    cohort_id: Mapped[CohortId]
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    text: Mapped[str]
    state: Mapped[InsightState]
    offered_by: Mapped[PersonId]
    offered_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]


class CloseAnswerRow(BaseRow):
    """What one person says of a cohort after its end."""

    __tablename__ = "close_answers"
    __table_args__ = (Index(None, "cohort_id"),)

    person_id: Mapped[PersonKey]
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), primary_key=True)
    again: Mapped[Again]
    answered_at: Mapped[datetime]


class UsageRow(BaseRow):
    """What one person says they do with a topic (a ``Use``): on enrolling, as a cohort ends, a month after."""

    __tablename__ = "usages"
    __table_args__ = (CheckConstraint("present_use BETWEEN 0 AND 3", name="present_use"), Index(None, "cohort_id"))

    person_id: Mapped[PersonKey]
    cohort_id: Mapped[str] = mapped_column(ForeignKey("cohorts.id"), primary_key=True)
    topic_id: Mapped[str] = mapped_column(ForeignKey("topics.id"), primary_key=True)
    asked: Mapped[Asked] = mapped_column(primary_key=True)
    present_use: Mapped[int] = mapped_column(sa.SmallInteger)
    answered_at: Mapped[datetime]


class NudgeRow(BaseRow):
    """Messages to come. ``subject_id`` may be of a pairing, a session, a proposal or a cohort, hence no foreign key."""

    __tablename__ = "nudges"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "period"),
        CheckConstraint("(state = 'queued') = (queued_at IS NOT NULL)", name="queued"),
    )

    id: Mapped[Key]
    person_id: Mapped[PersonId]
    # A CHECK would have to be made anew, and on SQLite the table with it, for every kind to come.
    kind: Mapped[NudgeKind] = mapped_column(_words(NudgeKind, checked=False))
    subject_id: Mapped[str]
    period: Mapped[str]
    due_at: Mapped[datetime]
    state: Mapped[NudgeState]
    useful_until: Mapped[datetime | None]
    queued_at: Mapped[datetime | None]


_PENDING = NudgeRow.state == word(NudgeState.PENDING)
Index("ix_nudges_pending_due_at", NudgeRow.due_at, **partial(_PENDING))
Index("ix_nudges_pending_person_id_due_at", NudgeRow.person_id, NudgeRow.due_at, **partial(_PENDING))
Index("ix_nudges_subject_id", NudgeRow.subject_id)
_QUEUED = NudgeRow.state == word(NudgeState.QUEUED)
Index("ix_nudges_queued_queued_at", NudgeRow.queued_at, **partial(_QUEUED))
Index("ix_nudges_queued_person_id_queued_at", NudgeRow.person_id, NudgeRow.queued_at, **partial(_QUEUED))


class OutboxRow(BaseRow):
    """Messages to send. ``seq`` numbers them in the order they were written, which is a conversation's order."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("id"),
        UniqueConstraint("dedupe_key"),
        CheckConstraint("(state = 'sending') = (lease_token IS NOT NULL)", name="token"),
        CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name="lease"),
        CheckConstraint("attempts >= 0", name="attempts"),
    )

    seq: Mapped[Serial]
    id: Mapped[str]
    dedupe_key: Mapped[str]
    kind: Mapped[str]
    conversation: Mapped[str]
    person_id: Mapped[OptionalPersonId]
    args: Mapped[dict[str, Any]]
    proactive: Mapped[bool]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    state: Mapped[OutboxState]
    attempts: Mapped[int]
    maybe_sent: Mapped[bool]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None]
    channel_id: Mapped[str | None]
    ts: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


_UNFINISHED = OutboxRow.state.in_([word(OutboxState.PENDING), word(OutboxState.SENDING)])
Index("ix_outbox_unfinished_due_at_seq", OutboxRow.due_at, OutboxRow.seq, **partial(_UNFINISHED))
Index("ix_outbox_unfinished_conversation_seq", OutboxRow.conversation, OutboxRow.seq, **partial(_UNFINISHED))
Index("ix_outbox_sending_lease_until", OutboxRow.lease_until, **partial(OutboxRow.state == word(OutboxState.SENDING)))
Index("ix_outbox_sent_at", OutboxRow.sent_at, **partial(OutboxRow.sent_at.is_not(None)))
Index(
    "ix_outbox_unsettled_seq",
    OutboxRow.seq,
    **partial(OutboxRow.state.in_([word(OutboxState.PARKED), word(OutboxState.ABANDONED)])),
)


class ProcessedRow(BaseRow):
    """What came in and took effect."""

    __tablename__ = "processed"

    key: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)


class AuditRow(BaseRow):
    """Who did what. Without a foreign key: an act stays on record when its actor was never met or is forgotten."""

    __tablename__ = "audit"

    seq: Mapped[Serial]
    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[str | None]
    action: Mapped[str]
    resource: Mapped[str]
    outcome: Mapped[str]


class SettingRow(BaseRow):
    """Small values by key, as JSON."""

    __tablename__ = "settings"

    key: Mapped[Key]
    value: Mapped[dict[str, Any] | None]
