from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.nudges import Nudge, NudgeKind, NudgeState
from bot.domain.outbox import OutboxMessage
from bot.domain.surveys import Again, Asked, after_end, after_last_session, before_end
from bot.domain.topics import Use
from bot.domain.working_time import WorkingTime
from bot.errors import ChangedSince, NotYours
from bot.services.base import Programme
from bot.services.nudging import NudgingService
from bot.services.surveys import (
    SurveyService,
    compose_close_survey,
    compose_cohort_ending,
    compose_usage_question,
)
from tests.builders import (
    COHORT,
    MENTEE,
    MENTOR,
    NOW,
    PAIRING,
    TODAY,
    TOPIC,
    a_cohort,
    a_held_session,
    a_mentor,
    a_message,
    a_nudge,
    a_pairing,
    a_person,
    a_session,
    an_actor,
)
from tests.fakes.storage import InMemoryStorage

DAY = timedelta(days=1)
PARIS = WorkingTime(tz="Europe/Paris", country="FR")


@pytest.fixture
def surveys(storage: InMemoryStorage) -> SurveyService:
    return SurveyService(storage=storage, programme=Programme())


def plan(storage: InMemoryStorage, nudges: list[Nudge]) -> list[Nudge]:
    with storage.begin() as uow:
        uow.nudges.plan(nudges)
        uow.commit()
    return nudges


def queue(storage: InMemoryStorage, now: datetime) -> int:
    return NudgingService(storage=storage, programme=Programme()).queue_due(now)


def state(storage: InMemoryStorage, nudge: Nudge) -> NudgeState:
    with storage.read() as uow:
        return uow.nudges.get(nudge.id).state


def message(nudge: Nudge) -> OutboxMessage:
    return a_message(args={"nudge_id": nudge.id})


def the_survey(storage: InMemoryStorage) -> tuple[Nudge, Nudge]:
    first, second = plan(storage, after_end(a_cohort(), MENTEE, PARIS, ended_on=TODAY, now=NOW))
    return first, second


def test_the_second_survey_comes_where_the_first_was_delivered_and_not_answered(storage: InMemoryStorage) -> None:
    first, second = the_survey(storage)
    assert [queue(storage, one.due_at) for one in (first, second)] == [1, 1]


def test_an_answer_is_kept_and_nobody_is_asked_again(storage: InMemoryStorage, surveys: SurveyService) -> None:
    first, second = the_survey(storage)
    queue(storage, first.due_at)
    surveys.answer(an_actor(), first.id, Again.MAYBE, {TOPIC: Use.WEEKLY}, now=first.due_at)
    assert (queue(storage, second.due_at), state(storage, second)) == (0, NudgeState.CANCELLED)
    with storage.read() as uow:
        ((answer,), (usage,)) = uow.surveys.in_cohort(COHORT)
    assert (answer.person_id, answer.again, answer.answered_at) == (MENTEE, Again.MAYBE, first.due_at)
    assert (usage.topic_id, usage.use, usage.asked) == (TOPIC, Use.WEEKLY, Asked.AT_CLOSE)


def test_the_second_survey_is_nobody_s_first(storage: InMemoryStorage) -> None:
    first, second = the_survey(storage)
    with storage.begin() as uow:
        uow.nudges.save(first.failed())
        uow.commit()
    assert (queue(storage, second.due_at), state(storage, second)) == (0, NudgeState.CANCELLED)


def test_a_survey_missed_in_a_pause_is_not_made_up_for_by_the_second(storage: InMemoryStorage) -> None:
    first, second = the_survey(storage)
    with storage.begin() as uow:
        uow.nudges.save(first.missed())
        uow.commit()
    assert (queue(storage, second.due_at), state(storage, second)) == (0, NudgeState.CANCELLED)


def test_a_survey_asks_mentees_about_the_topics_they_wanted_and_mentors_about_none(
    storage: InMemoryStorage, surveys: SurveyService
) -> None:
    first, _ = the_survey(storage)
    asked = surveys.survey(an_actor(), first.id)
    assert ([topic.id for topic in asked.topics], asked.cohort_name, asked.answer) == ([TOPIC], "Spring", None)
    surveys.answer(an_actor(), first.id, Again.YES, {}, now=NOW)
    again = surveys.survey(an_actor(), first.id)
    assert again.answer is not None
    assert again.answer.again is Again.YES
    (of_mentor, _) = plan(storage, after_end(a_cohort(), MENTOR, PARIS, ended_on=TODAY, now=NOW))
    assert surveys.survey(an_actor(MENTOR), of_mentor.id).topics == ()


def test_nobody_answers_for_somebody_else_or_by_another_button(
    storage: InMemoryStorage, surveys: SurveyService
) -> None:
    first, _ = the_survey(storage)
    (other,) = plan(storage, [a_nudge(kind=NudgeKind.NOTHING_PLANNED)])
    with pytest.raises(NotYours):
        surveys.answer(an_actor(MENTOR), first.id, Again.NO, {}, now=NOW)
    with pytest.raises(ChangedSince):
        surveys.survey(an_actor(), other.id)
    with pytest.raises(ChangedSince):
        surveys.answer(an_actor(), first.id, Again.NO, {"made up": Use.NEVER}, now=NOW)
    with storage.read() as uow:
        assert uow.surveys.in_cohort(COHORT) == ([], [])


def met(storage: InMemoryStorage) -> Nudge:
    """Have the pair meet, and return the question that comes a month later."""
    session = a_held_session(held_at=NOW)
    with storage.begin() as uow:
        uow.sessions.add(session)
        uow.commit()
    (question,) = plan(storage, after_last_session(session, MENTEE, PARIS, now=NOW))
    return question


def test_a_month_after_the_last_session_its_mentee_says_what_they_do_in_one_tap(
    storage: InMemoryStorage, surveys: SurveyService
) -> None:
    question = met(storage)
    assert queue(storage, question.due_at) == 1
    with storage.read() as uow:
        letter = compose_usage_question(uow, message(question), Programme(), NOW)
    assert letter is not None
    assert (letter.partners, [topic.id for topic in letter.topics]) == (("UMENTOR",), [TOPIC])
    assert surveys.tell_use(an_actor(), question.id, TOPIC, Use.COULD_SHOW, now=question.due_at) is None
    with storage.read() as uow:
        (usage,) = uow.surveys.usages_of([MENTEE])
        assert compose_usage_question(uow, message(question), Programme(), NOW) is None
    assert (usage.use, usage.asked, usage.cohort_id) == (Use.COULD_SHOW, Asked.MONTH_AFTER, COHORT)


def test_with_several_topics_what_is_left_is_asked_next(storage: InMemoryStorage, surveys: SurveyService) -> None:
    with storage.begin() as uow:
        other = next(topic.id for topic in uow.topics.all() if topic.id != TOPIC)
        uow.pairings.save(a_pairing(topic_id=other))
        uow.commit()
    question = met(storage)
    left = surveys.tell_use(an_actor(), question.id, other, Use.NEVER, now=question.due_at)
    assert left is not None
    assert [topic.id for topic in left.topics] == [TOPIC]
    with pytest.raises(ChangedSince):
        surveys.tell_use(an_actor(), question.id, "made up", Use.NEVER, now=question.due_at)
    with pytest.raises(NotYours):
        surveys.tell_use(an_actor(MENTOR), question.id, TOPIC, Use.NEVER, now=question.due_at)


def test_a_pair_that_goes_on_is_not_asked_yet(storage: InMemoryStorage) -> None:
    question = met(storage)
    with storage.begin() as uow:
        uow.sessions.add(a_session("next", starts_at=NOW + 40 * DAY))
        uow.commit()
    assert (queue(storage, question.due_at), state(storage, question)) == (0, NudgeState.CANCELLED)


def test_the_reminder_before_the_end_names_every_pairing_with_sessions_left_those_without_a_date_first(
    storage: InMemoryStorage,
) -> None:
    with storage.begin() as uow:
        for number, mentor in enumerate(("ana", "ben", "cleo"), 1):
            uow.people.add(a_person(mentor))
            uow.pairings.add(a_pairing(mentor, mentors=[mentor], introduced_at=NOW + number * DAY))
        uow.pairings.save(a_pairing("cleo", mentors=["cleo"], sessions_planned=1))
        uow.sessions.add(a_session())
        uow.sessions.add(a_held_session("met", pairing_id="ben", mentors=["ben"]))
        uow.sessions.add(a_held_session("done", pairing_id="cleo", mentors=["cleo"]))
        uow.commit()
    early, _ = plan(storage, before_end(a_cohort(), MENTEE, PARIS, now=NOW))
    with storage.read() as uow:
        letter = compose_cohort_ending(uow, message(early), Programme(), NOW)
    assert [(one.pairing_id, one.partners, one.has_met, one.next_at) for one in letter.pairings] == [
        ("ana", ("UANA",), False, None),
        ("ben", ("UBEN",), True, None),
        (PAIRING, ("UMENTOR",), False, a_session().starts_at),
    ]


def test_whoever_has_no_pairing_is_reminded_too(storage: InMemoryStorage) -> None:
    with storage.begin() as uow:
        uow.people.add(a_person("ana"))
        uow.participants.put(a_mentor("ana"))
        uow.commit()
    early, _ = plan(storage, before_end(a_cohort(), "ana", PARIS, now=NOW))
    assert queue(storage, early.due_at) == 1
    with storage.read() as uow:
        letter = compose_cohort_ending(uow, message(early), Programme(), NOW)
    assert (letter.cohort_name, letter.pairings) == ("Spring", ())


def test_the_survey_names_its_cohort(storage: InMemoryStorage) -> None:
    first, _ = the_survey(storage)
    with storage.read() as uow:
        assert compose_close_survey(uow, message(first), Programme(), NOW).cohort_name == "Spring"
