"""The end of a cohort and after: reminders, the survey, and what people do a month after their last session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.access import Actor
from bot.domain.letters import CloseSurvey, CohortEnding, SessionsLeft, UsageQuestion
from bot.domain.nudges import Nudge, NudgeKind
from bot.domain.outbox import OutboxMessage
from bot.domain.sessions import Session, SessionState
from bot.domain.surveys import (
    MOST_TOPICS,
    Again,
    Asked,
    CloseAnswer,
    Survey,
    Usage,
    cohort_of,
    topics_met,
    unanswered,
)
from bot.domain.topics import Use
from bot.errors import ChangedSince
from bot.ports import UnitOfWork
from bot.services.base import Programme, Service
from bot.services.nudging import own_nudge, partners_in


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyService(Service):
    """What people say at the end, each for themselves; nobody rates anybody."""

    def survey(self, actor: Actor, nudge_id: str) -> Survey:
        """Return what the form asks the actor, filled with what they said before; raise NotYours or ChangedSince."""
        with self.storage.read() as uow:
            nudge = _own(uow, actor, nudge_id, NudgeKind.CLOSE_SURVEY)
            cohort = uow.cohorts.get(cohort_of(nudge))
            answers = {one.cohort_id: one for one in uow.surveys.answers_of([actor.person_id])}
            participant = uow.participants.get(actor.person_id)
            wants = participant.profile.wants if participant and participant.is_mentee else {}
            topics = [topic for topic in uow.topics.all() if topic.id in wants and not topic.archived]
            return Survey(
                nudge_id=nudge.id,
                cohort_name=cohort.name,
                topics=tuple(topics[:MOST_TOPICS]),
                answer=answers.get(cohort.id),
            )

    def answer(self, actor: Actor, nudge_id: str, again: Again, uses: Mapping[str, Use], *, now: datetime) -> None:
        """Keep the actor's answer to the survey, in place of any earlier one; nobody asks them again.

        Raises NotYours, or ChangedSince for a topic that does not exist.
        """
        with self.storage.begin() as uow:
            nudge = _own(uow, actor, nudge_id, NudgeKind.CLOSE_SURVEY)
            cohort_id = cohort_of(nudge)
            person_id = actor.person_id
            uow.surveys.put_answer(CloseAnswer(person_id=person_id, cohort_id=cohort_id, again=again, answered_at=now))
            uow.surveys.put_usages(
                Usage(
                    person_id=person_id, cohort_id=cohort_id, topic_id=uow.topics.get(topic_id).id,
                    asked=Asked.AT_CLOSE, use=use, answered_at=now,
                )
                for topic_id, use in uses.items()
            )  # fmt: skip
            uow.nudges.cancel(person_id=person_id, subject_id=nudge.subject_id)
            uow.commit()

    def tell_use(self, actor: Actor, nudge_id: str, topic_id: str, use: Use, *, now: datetime) -> UsageQuestion | None:
        """Keep what the actor does with a topic; return the question that is left, or None once all are answered.

        Raises NotYours, or ChangedSince for a topic that was not asked about.
        """
        with self.storage.begin() as uow:
            nudge = _own(uow, actor, nudge_id, NudgeKind.USAGE_QUESTION)
            session = uow.sessions.get(nudge.subject_id)
            if topic_id not in _topics_of(uow, session):
                raise ChangedSince
            uow.surveys.put_usages(
                [
                    Usage(
                        person_id=actor.person_id, cohort_id=session.cohort_id, topic_id=topic_id,
                        asked=Asked.MONTH_AFTER, use=use, answered_at=now,
                    )
                ]
            )  # fmt: skip
            left = _question(uow, nudge)
            if left is None:
                uow.nudges.cancel(person_id=actor.person_id, subject_id=session.id, kinds=[NudgeKind.USAGE_QUESTION])
            uow.commit()
            return left


def compose_cohort_ending(uow: UnitOfWork, message: OutboxMessage, _: Programme, now: datetime) -> CohortEnding:
    """Return the reminder that the cohort ends, with the reader's pairings that have sessions left."""
    nudge = uow.nudges.get(message.args["nudge_id"])
    cohort = uow.cohorts.get(nudge.subject_id)
    pairings = [one for one in uow.pairings.active_of(nudge.person_id) if one.cohort_id == cohort.id]
    sessions_of = uow.sessions.of_pairings([one.id for one in pairings])
    left = []
    for pairing in pairings:
        sessions = sessions_of.get(pairing.id, ())
        held = sum(session.state is SessionState.HELD for session in sessions)
        if held < pairing.sessions_planned:
            left.append(
                SessionsLeft(
                    pairing_id=pairing.id, partners=partners_in(uow, pairing, nudge.person_id), has_met=held > 0,
                    next_at=_next_of(sessions, now=now),
                )
            )  # fmt: skip
    # One without a date needs the word most.
    left.sort(key=lambda one: one.next_at is not None)
    return CohortEnding(nudge_id=nudge.id, cohort_name=cohort.name, ends_on=cohort.ends_on, pairings=tuple(left))


def compose_close_survey(uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime) -> CloseSurvey:
    """Return the question after a cohort."""
    nudge = uow.nudges.get(message.args["nudge_id"])
    return CloseSurvey(nudge_id=nudge.id, cohort_name=uow.cohorts.get(cohort_of(nudge)).name)


def compose_usage_question(uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime) -> UsageQuestion | None:
    """Return the question what a mentee does with their topics now, or None once they have said."""
    return _question(uow, uow.nudges.get(message.args["nudge_id"]))


def _question(uow: UnitOfWork, nudge: Nudge) -> UsageQuestion | None:
    session = uow.sessions.get(nudge.subject_id)
    usages = uow.surveys.usages_of([nudge.person_id])
    left = unanswered(_topics_of(uow, session), usages, session=session)
    if not left:
        return None
    return UsageQuestion(
        nudge_id=nudge.id,
        partners=partners_in(uow, session, nudge.person_id),
        topics=tuple(uow.topics.get(topic_id) for topic_id in left),
    )


def _topics_of(uow: UnitOfWork, session: Session) -> Sequence[str]:
    if session.pairing_id is None:
        return topics_met(session, None, ())
    pairing = uow.pairings.get(session.pairing_id)
    return topics_met(session, pairing, uow.sessions.of_pairing(pairing.id))


def _next_of(sessions: Sequence[Session], *, now: datetime) -> datetime | None:
    coming = (one.starts_at for one in sessions if one.state is SessionState.PLANNED and one.starts_at > now)
    return min(coming, default=None)


def _own(uow: UnitOfWork, actor: Actor, nudge_id: str, kind: NudgeKind) -> Nudge:
    nudge = own_nudge(uow, actor, nudge_id)
    if nudge.kind is not kind:
        raise ChangedSince
    return nudge
