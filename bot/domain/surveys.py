"""What comes at the end: reminders before a cohort ends, a short survey after it, and what people still do a month on.

Nobody rates anybody. What is asked is whether somebody would take part again, and what they do with a topic now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.cohorts import Cohort
from bot.domain.ids import new_id
from bot.domain.nudges import FIRST, SECOND, Nudge, NudgeKind
from bot.domain.pairings import Pairing
from bot.domain.people import Role
from bot.domain.sessions import Session, SessionState
from bot.domain.topics import Topic, Use
from bot.domain.working_time import WorkingTime

BEFORE_END = (timedelta(days=14), timedelta(days=3))
SURVEY_AFTER = (timedelta(days=7), timedelta(days=14))
USAGE_AFTER = timedelta(days=30)
ANSWERED_WITHIN = timedelta(days=14)
"""How long the last question of a kind is still worth sending."""
MOST_TOPICS = 4
"""Topics that one question asks about."""
AT_THE_END = frozenset({NudgeKind.CLOSE_SURVEY, NudgeKind.USAGE_QUESTION})
"""Kinds that come although the cohort is closed."""


class Again(StrEnum):
    """Would somebody take part again?"""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


class Asked(StrEnum):
    """When somebody was asked what they do with a topic they want to learn.

    When they enrolled, at the cohort's end, or a month after their last session.
    """

    AT_START = "at_start"
    AT_CLOSE = "at_close"
    MONTH_AFTER = "month_after"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAnswer:
    """What one person says of a cohort they were in."""

    person_id: str
    cohort_id: str
    again: Again
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one person says they do with a topic now."""

    person_id: str
    cohort_id: str
    topic_id: str
    asked: Asked
    use: Use
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the form of the close survey asks one person: *topics* are those they wanted."""

    nudge_id: str
    cohort_name: str
    topics: tuple[Topic, ...]
    answer: CloseAnswer | None = None


def at_start(
    person_id: str, cohort_id: str, wants: Mapping[str, Use], known: Iterable[Usage], *, now: datetime
) -> list[Usage]:
    """Return what somebody does with the topics they want as they enrol *now*; what they said first stands."""
    said = {one.topic_id for one in known if one.cohort_id == cohort_id and one.asked is Asked.AT_START}
    return [
        Usage(
            person_id=person_id, cohort_id=cohort_id, topic_id=topic_id, asked=Asked.AT_START, use=use, answered_at=now
        )
        for topic_id, use in wants.items()
        if topic_id not in said
    ]  # fmt: skip


def gains(usages: Iterable[Usage]) -> Mapping[str, Mapping[str, bool]]:
    """Return topic id → person id → whether they do more with it by their latest word than when they enrolled.

    Only of those who said both.
    """
    first: dict[tuple[str, str], Use] = {}
    latest: dict[tuple[str, str], Use] = {}
    for one in sorted(usages, key=lambda usage: usage.answered_at):
        said = first if one.asked is Asked.AT_START else latest
        said[one.topic_id, one.person_id] = one.use
    by_topic: dict[str, dict[str, bool]] = {}
    for (topic_id, person_id), use in latest.items():
        if (before := first.get((topic_id, person_id))) is not None:
            by_topic.setdefault(topic_id, {})[person_id] = use > before
    return by_topic


def survey_subject(cohort_id: str, person_id: str) -> str:
    """Return what somebody's survey is about, so that the nudges of one person are found without everybody's."""
    return f"{cohort_id}:{person_id}"


def cohort_of(nudge: Nudge) -> str:
    """Return the cohort of a nudge about its end."""
    return nudge.subject_id.partition(":")[0]


def end_told_on(cohort: Cohort) -> date:
    """Return the day from which on people hear that *cohort* ends: what it leaves open ends with it, not by itself."""
    return cohort.ends_on - max(BEFORE_END)


def before_end(cohort: Cohort, person_id: str, hours: WorkingTime, *, now: datetime) -> list[Nudge]:
    """Return the reminders to somebody enrolled *now* that the cohort ends: two weeks and three days before."""
    early, late = (hours.next_open(hours.opening(cohort.ends_on - before)) for before in BEFORE_END)
    over = hours.midnight(cohort.ends_on + timedelta(days=1))
    return [
        Nudge(
            id=new_id(), person_id=person_id, kind=NudgeKind.COHORT_ENDING, subject_id=cohort.id,
            period=f"{cohort.id}:{before.days}", due_at=due_at, useful_until=until,
        )
        for before, due_at, until in zip(BEFORE_END, (early, late), (late, over), strict=True)
        if now < due_at < until
    ]  # fmt: skip


def after_end(cohort: Cohort, person_id: str, hours: WorkingTime, *, ended_on: date, now: datetime) -> list[Nudge]:
    """Return the survey after a cohort that ended or will end on *ended_on*: a week after, once more a week later.

    Whether the first was delivered, and answered, is checked when the second is due.
    """
    first, second = (hours.next_open(hours.opening(ended_on + after)) for after in SURVEY_AFTER)
    return [
        Nudge(
            id=new_id(), person_id=person_id, kind=NudgeKind.CLOSE_SURVEY,
            subject_id=survey_subject(cohort.id, person_id), period=f"{cohort.id}:{ended_on.isoformat()}:{which}",
            due_at=due_at, useful_until=until,
        )
        for which, due_at, until in ((FIRST, first, second), (SECOND, second, second + ANSWERED_WITHIN))
        if due_at > now
    ]  # fmt: skip


def after_last_session(session: Session, person_id: str, hours: WorkingTime, *, now: datetime) -> list[Nudge]:
    """Return the question to a mentee what they do with the topic a month after *session*, logged *now*.

    Whether it was the last is checked when it is due.
    """
    if session.role_of(person_id) is not Role.MENTEE:
        return []
    due_at = hours.next_open(max(session.starts_at + USAGE_AFTER, now + timedelta(days=1)))
    return [
        Nudge(
            id=new_id(), person_id=person_id, kind=NudgeKind.USAGE_QUESTION, subject_id=session.id,
            period=session.id, due_at=due_at, useful_until=due_at + ANSWERED_WITHIN,
        )
    ]  # fmt: skip


def is_last(session: Session, others: Iterable[Session]) -> bool:
    """True when *session* was held, and its pair neither met since nor plans to."""
    return session.state is SessionState.HELD and not any(
        one.state is SessionState.PLANNED or (one.state is SessionState.HELD and one.starts_at > session.starts_at)
        for one in others
    )


def topics_met(session: Session, pairing: Pairing | None, others: Iterable[Session]) -> tuple[str, ...]:
    """Return the topics to ask about, the pairing's own first, then what its sessions were about."""
    held = [one for one in others if one.state is SessionState.HELD]
    topics = [] if pairing is None else [pairing.topic_id]
    for one in (*held, session):
        topics += one.topic_ids
    return tuple(dict.fromkeys(topics))[:MOST_TOPICS]


def unanswered(topic_ids: Sequence[str], usages: Iterable[Usage], *, session: Session) -> tuple[str, ...]:
    """Return the topics that somebody has not been asked about, a month after *session*, with an answer."""
    answered = {
        one.topic_id
        for one in usages
        if one.asked is Asked.MONTH_AFTER and one.cohort_id == session.cohort_id and one.answered_at > session.starts_at
    }
    return tuple(topic_id for topic_id in topic_ids if topic_id not in answered)
