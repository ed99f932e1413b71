"""Builders: each gives a record that makes sense as it is, and takes by name what a test cares about.

Ids are plain words, so that a failure reads well. Defaults fit together: the people, the cohort, the topic, the
pairing and the session that one record names are what the other builders give.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.domain.access import Actor
from bot.domain.audit import AuditEntry
from bot.domain.cohorts import Cohort, CohortState, Format
from bot.domain.insights import Insight, InsightState
from bot.domain.nudges import Nudge, NudgeKind
from bot.domain.outbox import OutboxMessage
from bot.domain.pairings import Pairing, PairingState, Seat
from bot.domain.participants import HALF_DAYS, Participant, ParticipantState, Place, Profile
from bot.domain.people import DirectoryEntry, Person, Role
from bot.domain.rounds import Proposal, ProposalState, ProposedSeat, Reason, Round, RoundState, Unplaced
from bot.domain.sessions import Attendance, Pulse, Session, SessionState
from bot.domain.surveys import Again, Asked, CloseAnswer, Usage
from bot.domain.topics import Level, Topic, Use

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
"""A Monday morning, 10:00 in Paris, that is no holiday."""
TODAY = NOW.date()
MENTOR, MENTEE, LEAD = "mentor", "mentee", "lead"
COHORT, TOPIC, ROUND, PROPOSAL, PAIRING, SESSION = (
    "cohort",
    "social_networks",
    "round",
    "proposal",
    "pairing",
    "session",
)


def a_person(person_id: str = MENTOR, **fields: Any) -> Person:
    person = Person(
        id=person_id,
        enterprise_id=None,
        team_id="T1",
        user_id=f"U{person_id.upper()}",
        name=person_id.title(),
        email=f"{person_id}@example.com",
        language="en",
        tz="Europe/Paris",
        is_guest=False,
        is_deactivated=False,
        created_at=NOW,
    )
    return replace(person, **fields)


def a_directory_entry(name: str = MENTOR, **fields: Any) -> DirectoryEntry:
    entry = DirectoryEntry(
        email=f"{name}@example.com",
        name=name.title(),
        manager_email=None,
        department="Claims",
        team=f"{name}’s team",
        site="Paris",
        country="FR",
        grade="5",
        groups=frozenset({"executive committee"}),
    )
    return replace(entry, **fields)


def a_topic(topic_id: str = TOPIC, **fields: Any) -> Topic:
    topic = Topic(
        id=topic_id,
        position=1,
        names={"en": "Social networks", "fr": "Réseaux sociaux"},
        kits={"en": ("Follow", "Write", "Compare"), "fr": ("Suivre", "Écrire", "Comparer")},
        tips={"en": "Before you publish: read it again.", "fr": "Avant de publier : relisez."},
    )
    return replace(topic, **fields)


def a_cohort(cohort_id: str = COHORT, *, starts_on: date = TODAY, **fields: Any) -> Cohort:
    cohort = Cohort(
        id=cohort_id,
        name="Spring",
        state=CohortState.OPEN,
        enrol_until=starts_on - timedelta(days=1),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(weeks=8) - timedelta(days=1),
    )
    return replace(cohort, **fields)


def a_profile(*roles: Role, **fields: Any) -> Profile:
    """Build a profile: without *roles* a mentee's, who wants one topic; a mentor offers it."""
    chosen = frozenset(roles or {Role.MENTEE})
    profile = Profile(
        roles=chosen,
        offers={TOPIC: Level.OTHERS_ASK_ME} if Role.MENTOR in chosen else {},
        wants={TOPIC: Use.TRIED} if Role.MENTEE in chosen else {},
        languages=frozenset({"en", "fr"}),
        formats=frozenset({Format.PATH}),
        place=Place.EITHER,
        half_days=frozenset(HALF_DAYS),
    )
    return replace(profile, **fields)


def a_mentor(person_id: str = MENTOR, **fields: Any) -> Participant:
    """Build a participant who offers a topic; a field of the profile may be given like any other."""
    return _participant(person_id, Role.MENTOR, fields)


def a_mentee(person_id: str = MENTEE, **fields: Any) -> Participant:
    """Build a participant who wants a topic; a field of the profile may be given like any other."""
    return _participant(person_id, Role.MENTEE, fields)


def _participant(person_id: str, role: Role, fields: dict[str, Any]) -> Participant:
    of_profile = {name: fields.pop(name) for name in list(fields) if name in Profile.__dataclass_fields__}
    participant = Participant(
        person_id=person_id,
        cohort_id=COHORT,
        profile=a_profile(role, **of_profile),
        state=ParticipantState.ACTIVE,
        joined_at=NOW,
        waiting_since=NOW,
    )
    return replace(participant, **fields)


def an_actor(person_id: str = MENTEE, **fields: Any) -> Actor:
    """Build somebody enrolled who acts; a lead with ``is_lead=True``."""
    actor = Actor(
        person_id=person_id, user_id=f"U{person_id.upper()}", team_id="T1", name=person_id, language="en",
        tz="Europe/Paris", is_participant=True,
    )  # fmt: skip
    return replace(actor, **fields)


def a_round(round_id: str = ROUND, **fields: Any) -> Round:
    round_ = Round(
        id=round_id,
        cohort_id=COHORT,
        state=RoundState.DRAFT,
        drafted_by=LEAD,
        drafted_at=NOW,
        served=1,
        total_score=80,
    )
    return replace(round_, **fields)


def an_unplaced(person_id: str = MENTEE, **fields: Any) -> Unplaced:
    return replace(Unplaced(person_id=person_id, rule=Reason(code="no_mentor", args={"topics": [TOPIC]})), **fields)


def a_proposal(
    proposal_id: str = PROPOSAL,
    *,
    mentors: Iterable[str] = (MENTOR,),
    mentees: Iterable[str] = (MENTEE,),
    **fields: Any,
) -> Proposal:
    """Build a drafted proposal; see :func:`an_asked_proposal` for one that waits for an answer."""
    proposal = Proposal(
        id=proposal_id,
        round_id=ROUND,
        cohort_id=COHORT,
        format=Format.PATH,
        topic_id=TOPIC,
        score=80,
        reasons=(Reason(code="topic", args={"topic": TOPIC}), Reason(code="department")),
        state=ProposalState.DRAFT,
        seats=(
            *(ProposedSeat(person_id=person_id, role=Role.MENTOR) for person_id in mentors),
            *(ProposedSeat(person_id=person_id, role=Role.MENTEE) for person_id in mentees),
        ),
    )
    return replace(proposal, **fields)


def an_asked_proposal(
    proposal_id: str = PROPOSAL, *, asked_at: datetime = NOW, expires_at: datetime | None = None, **fields: Any
) -> Proposal:
    """Build a proposal that waits for its mentees' answers, three days unless *expires_at* says otherwise."""
    return a_proposal(proposal_id, **fields).asked(
        role=Role.MENTEE, now=asked_at, expires_at=expires_at or asked_at + timedelta(days=3)
    )


def a_pairing(
    pairing_id: str = PAIRING,
    *,
    mentors: Iterable[str] = (MENTOR,),
    mentees: Iterable[str] = (MENTEE,),
    cadence: int = 2,
    **fields: Any,
) -> Pairing:
    """Build an active pairing that meets every *cadence* weeks."""
    pairing = Pairing(
        id=pairing_id,
        cohort_id=COHORT,
        proposal_id=None,
        format=Format.PATH,
        topic_id=TOPIC,
        state=PairingState.ACTIVE,
        seats=(
            *(Seat(person_id=person_id, role=Role.MENTOR) for person_id in mentors),
            *(Seat(person_id=person_id, role=Role.MENTEE) for person_id in mentees),
        ),
        introduced_at=NOW,
        cadence_weeks=cadence,
    )
    return replace(pairing, **fields)


def a_session(
    session_id: str = SESSION,
    *,
    mentors: Iterable[str] = (MENTOR,),
    mentees: Iterable[str] = (MENTEE,),
    **fields: Any,
) -> Session:
    """Build a session planned for tomorrow; see :func:`a_held_session` for one that took place."""
    session = Session(
        id=session_id,
        cohort_id=COHORT,
        pairing_id=PAIRING,
        format=Format.PATH,
        topic_ids=(TOPIC,),
        state=SessionState.PLANNED,
        starts_at=NOW + timedelta(days=1),
        minutes=60,
        attendances=(
            *(Attendance(person_id=person_id, role=Role.MENTOR) for person_id in mentors),
            *(Attendance(person_id=person_id, role=Role.MENTEE) for person_id in mentees),
        ),
        planned_by=MENTEE,
        place="Room 4",
    )
    return replace(session, **fields)


def a_held_session(session_id: str = SESSION, *, held_at: datetime = NOW - timedelta(days=1), **fields: Any) -> Session:
    """Build a session logged an hour and a half after it began."""
    return a_session(session_id, starts_at=held_at, **fields).held(
        held_at=held_at,
        minutes=45,
        topic_ids=(TOPIC,),
        tried="Advanced search",
        next_try="An alert",
        by=fields.get("planned_by", MENTEE),
        now=held_at + timedelta(minutes=90),
    )


def a_pulse(session_id: str = SESSION, person_id: str = MENTEE, **fields: Any) -> Pulse:
    pulse = Pulse(
        session_id=session_id, person_id=person_id, role=Role.MENTEE, answered_at=NOW, useful=4, at_ease=5, learned=""
    )
    return replace(pulse, **fields)


def an_insight(insight_id: str = "insight", **fields: Any) -> Insight:
    insight = Insight(
        id=insight_id,
        cohort_id=COHORT,
        session_id=SESSION,
        text="They read the reviews before the brochure.",
        state=InsightState.OFFERED,
        offered_by=MENTOR,
        offered_at=NOW,
    )
    return replace(insight, **fields)


def a_nudge(nudge_id: str = "nudge", **fields: Any) -> Nudge:
    """Build a pending nudge due now; its period is its own id, so that several can be planned together.

    Of a session that was not moved, where it is about one's time.
    """
    nudge = Nudge(
        id=nudge_id,
        person_id=MENTEE,
        kind=NudgeKind.FIRST_SESSION_UNPLANNED,
        subject_id=PAIRING,
        period=nudge_id,
        due_at=NOW,
    )
    nudge = replace(nudge, **fields)
    if nudge.kind in {NudgeKind.BEFORE_SESSION, NudgeKind.HOW_DID_IT_GO} and "period" not in fields:
        nudge = replace(nudge, period=f"{nudge.subject_id}:0:{nudge_id}")
    return nudge


def a_close_answer(person_id: str = MENTEE, **fields: Any) -> CloseAnswer:
    answer = CloseAnswer(person_id=person_id, cohort_id=COHORT, again=Again.YES, answered_at=NOW)
    return replace(answer, **fields)


def a_usage(person_id: str = MENTEE, **fields: Any) -> Usage:
    usage = Usage(
        person_id=person_id,
        cohort_id=COHORT,
        topic_id=TOPIC,
        asked=Asked.MONTH_AFTER,
        use=Use.WEEKLY,
        answered_at=NOW,
    )
    return replace(usage, **fields)


def a_message(message_id: str = "message", *, to: str | None = MENTEE, **fields: Any) -> OutboxMessage:
    """Build a message to a person's own conversation, due now; its dedupe key is its own id."""
    message = OutboxMessage(
        id=message_id,
        dedupe_key=message_id,
        kind="introduction",
        conversation=f"U{to.upper()}" if to else "C1",
        person_id=to,
        args={"pairing_id": PAIRING},
        due_at=NOW,
        created_at=NOW,
    )
    return replace(message, **fields)


def an_audit_entry(**fields: Any) -> AuditEntry:
    entry = AuditEntry(at=NOW, person_id=LEAD, action="round.publish", resource=ROUND, outcome="done")
    return replace(entry, **fields)
