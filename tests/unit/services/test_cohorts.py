from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.cohorts import CohortForm, CohortState, Format
from bot.domain.nudges import NudgeKind
from bot.domain.pairings import EndReason
from bot.domain.rounds import ProposalState
from bot.domain.sessions import SessionState
from bot.domain.surveys import after_end, before_end
from bot.domain.working_time import WorkingTime
from bot.errors import (
    AlreadyEnded,
    CohortAlreadyOpen,
    DateInPast,
    DateTooFar,
    EndTooEarly,
    NotFound,
    Required,
    StartTooEarly,
)
from bot.services.base import Programme
from bot.services.cohorts import CohortService
from bot.services.parting import compose_cohort_closed
from tests.builders import (
    COHORT,
    LEAD,
    MENTEE,
    MENTOR,
    NOW,
    PAIRING,
    PROPOSAL,
    SESSION,
    TODAY,
    a_cohort,
    a_held_session,
    a_mentee,
    a_mentor,
    a_nudge,
    a_pairing,
    a_person,
    a_round,
    a_session,
    an_actor,
    an_asked_proposal,
)
from tests.fakes.storage import InMemoryStorage

THE_LEAD = an_actor(LEAD, is_lead=True)


@pytest.fixture
def storage() -> InMemoryStorage:
    storage = InMemoryStorage()
    with storage.begin() as uow:
        for person_id in (MENTOR, MENTEE, LEAD):
            uow.people.add(a_person(person_id))
        uow.commit()
    return storage


@pytest.fixture
def cohorts(storage: InMemoryStorage) -> CohortService:
    return CohortService(storage=storage, programme=Programme())


def a_form(**fields: Any) -> CohortForm:
    filled: dict[str, Any] = {
        "name": "Spring",
        "enrol_until": TODAY,
        "starts_on": TODAY + timedelta(days=1),
        "ends_on": TODAY + timedelta(days=60),
    }
    return CohortForm(**(filled | fields))


def test_a_cohort_is_opened_as_its_form_says(cohorts: CohortService) -> None:
    opened = cohorts.open(THE_LEAD, a_form(format=Format.FLASH, goal=12), now=NOW)
    figures = cohorts.figures()
    assert figures is not None
    assert figures.cohort == opened
    assert (opened.state, opened.format, opened.sessions_planned, opened.goal) == (
        CohortState.OPEN, Format.FLASH, 1, 12,
    )  # fmt: skip


def test_one_cohort_is_open_at_a_time(cohorts: CohortService) -> None:
    cohorts.open(THE_LEAD, a_form(), now=NOW)
    with pytest.raises(CohortAlreadyOpen) as refusal:
        cohorts.open(THE_LEAD, a_form(name="Summer"), now=NOW)
    assert refusal.value.params == {"name": "Spring"}


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"name": ""}, {"name": Required}),
        ({"enrol_until": None}, {"enrol_until": Required}),
        ({"enrol_until": TODAY - timedelta(days=1)}, {"enrol_until": DateInPast}),
        ({"starts_on": TODAY}, {"starts_on": StartTooEarly}),
        ({"ends_on": TODAY + timedelta(days=1)}, {"ends_on": EndTooEarly}),
        ({"ends_on": date(2030, 1, 1)}, {"ends_on": DateTooFar}),
        (
            {"name": "", "starts_on": TODAY - timedelta(days=9), "ends_on": TODAY - timedelta(days=10)},
            {"name": Required, "starts_on": StartTooEarly, "ends_on": EndTooEarly},
        ),
    ],
)
def test_days_that_do_not_follow_each_other_are_all_told(
    cohorts: CohortService, fields: dict[str, Any], problems: dict[str, type[Exception]]
) -> None:
    found = a_form(**fields).problems(today=TODAY)
    assert {field: type(problem) for field, problem in found.items()} == problems
    with pytest.raises(tuple(problems.values())):
        cohorts.open(THE_LEAD, a_form(**fields), now=NOW)
    assert cohorts.figures() is None


def test_closing_a_cohort_ends_what_goes_on_and_keeps_what_was(
    storage: InMemoryStorage, cohorts: CohortService
) -> None:
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        uow.participants.put_many([a_mentor(), a_mentee()])
        uow.pairings.add(a_pairing())
        uow.sessions.add(a_session())
        uow.sessions.add(a_held_session("held"))
        uow.rounds.add(a_round(), [an_asked_proposal()])
        uow.nudges.plan([a_nudge(person_id=MENTOR), a_nudge("other", person_id=MENTEE)])
        uow.commit()
    cohorts.close(THE_LEAD, COHORT, now=NOW)
    with storage.read() as uow:
        assert uow.pairings.get(PAIRING).end_reason is EndReason.COHORT_CLOSED
        assert uow.sessions.get(SESSION).state is SessionState.CANCELLED
        assert uow.sessions.get("held").state is SessionState.HELD
        assert uow.rounds.proposal(PROPOSAL).state is ProposalState.DISMISSED
        left = uow.nudges.due(NOW + timedelta(days=99), limit=10)
        assert {one.kind for one in left} == {NudgeKind.CLOSE_SURVEY}
        thanks = [one for one in storage._tables.outbox.values() if one.kind == "cohort_closed"]
        letters = {one.person_id: compose_cohort_closed(uow, one, Programme(), NOW) for one in thanks}
    assert {person_id: dict(letter.pairings) for person_id, letter in letters.items()} == {
        MENTOR: {PAIRING: ("UMENTEE",)},
        MENTEE: {PAIRING: ("UMENTOR",)},
    }


def test_a_cohort_is_closed_once(storage: InMemoryStorage, cohorts: CohortService) -> None:
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort(state=CohortState.CLOSED))
        uow.commit()
    with pytest.raises(AlreadyEnded):
        cohorts.close(THE_LEAD, COHORT, now=NOW)
    with pytest.raises(NotFound):
        cohorts.close(THE_LEAD, "elsewhere", now=NOW)


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "asked_after"),
    [
        (TODAY - timedelta(days=30), TODAY + timedelta(days=30), [7, 14]),
        (TODAY - timedelta(days=60), TODAY - timedelta(days=3), [4, 11]),
        (TODAY + timedelta(days=3), TODAY + timedelta(days=60), []),
    ],
    ids=["closed early", "closed late", "never begun"],
)
def test_the_survey_comes_a_week_and_two_after_the_end_whoever_brought_it_about(
    storage: InMemoryStorage, cohorts: CohortService, starts_on: date, ends_on: date, asked_after: list[int]
) -> None:
    cohort = a_cohort(starts_on=starts_on, ends_on=ends_on)
    paris = WorkingTime(tz="Europe/Paris", country="FR")
    with storage.begin() as uow:
        uow.cohorts.add(cohort)
        uow.participants.put(a_mentee())
        uow.nudges.plan(after_end(cohort, MENTEE, paris, ended_on=ends_on, now=NOW))
        uow.nudges.plan(before_end(cohort, MENTEE, paris, now=NOW))
        uow.commit()
    cohorts.close(THE_LEAD, COHORT, now=NOW)
    with storage.read() as uow:
        left = uow.nudges.pending_of(MENTEE)
    assert [one.kind for one in left] == [NudgeKind.CLOSE_SURVEY] * len(asked_after)
    assert [(one.due_at - NOW).days + 1 for one in left] == asked_after
