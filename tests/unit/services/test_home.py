from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.cohorts import CohortState, Format
from bot.domain.home import Standing
from bot.domain.pairings import EndReason
from bot.domain.people import Role
from bot.domain.rounds import Answer
from bot.services.base import Programme
from bot.services.cohorts import CohortService
from bot.services.home import HomeService, compose_pointer, compose_welcome
from tests.builders import (
    LEAD,
    MENTEE,
    MENTOR,
    NOW,
    PAIRING,
    PROPOSAL,
    SESSION,
    a_cohort,
    a_held_session,
    a_mentee,
    a_mentor,
    a_pairing,
    a_person,
    a_pulse,
    a_round,
    a_session,
    an_actor,
    an_asked_proposal,
)
from tests.fakes.storage import InMemoryStorage

NEWCOMER = "newcomer"
PROGRAMME = Programme(leads=frozenset({"lead@example.com"}))


@pytest.fixture
def storage() -> InMemoryStorage:
    """An open cohort with a mentor and a mentee who are paired, their lead, and somebody new."""
    storage = InMemoryStorage()
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        for person_id in (MENTOR, MENTEE, LEAD, NEWCOMER):
            uow.people.add(a_person(person_id))
        uow.participants.put(a_mentor(avoids=frozenset({LEAD})))
        uow.participants.put(a_mentee(waiting_since=None))
        uow.pairings.add(a_pairing())
        uow.commit()
    return storage


@pytest.fixture
def service(storage: InMemoryStorage) -> HomeService:
    return HomeService(storage=storage, programme=PROGRAMME)


def test_somebody_new_and_somebody_who_left_see_the_same(storage: InMemoryStorage, service: HomeService) -> None:
    with storage.begin() as uow:
        uow.participants.put(a_mentor().left(now=NOW))
        uow.commit()
    assert service.home(NEWCOMER, NOW) == service.home(MENTOR, NOW)
    assert service.home(NEWCOMER, NOW).standing is Standing.STRANGER


def test_a_participant_sees_pairings_and_what_comes_up(storage: InMemoryStorage, service: HomeService) -> None:
    with storage.begin() as uow:
        uow.sessions.add(a_held_session("held", held_at=NOW - timedelta(days=9)))
        uow.sessions.add(a_session())
        uow.commit()
    home = service.home(MENTEE, NOW)
    (pairing,) = home.pairings
    assert (pairing.pairing_id, pairing.role, pairing.partners) == (PAIRING, Role.MENTEE, ("UMENTOR",))
    assert (pairing.held, pairing.planned, pairing.next_at) == (1, 4, NOW + timedelta(days=1))
    assert [session.session_id for session in home.upcoming] == [SESSION]
    assert home.waiting is False


def test_nobody_sees_whom_they_avoid_on_their_screen(service: HomeService) -> None:
    profile = service.home(MENTOR, NOW).profile
    assert profile is not None
    assert profile.avoids == frozenset()


def test_a_session_whose_time_has_passed_waits_to_be_confirmed(storage: InMemoryStorage, service: HomeService) -> None:
    with storage.begin() as uow:
        uow.sessions.add(a_session(starts_at=NOW - timedelta(hours=2)))
        uow.commit()
    home = service.home(MENTOR, NOW)
    assert [session.session_id for session in home.to_confirm] == [SESSION]
    assert home.upcoming == ()


def test_a_session_held_before_its_pairing_ended_waits_to_be_confirmed_too(
    storage: InMemoryStorage, service: HomeService
) -> None:
    with storage.begin() as uow:
        uow.sessions.add(a_session(starts_at=NOW - timedelta(hours=2)))
        uow.pairings.save(a_pairing().ended(EndReason.CHANGED, now=NOW - timedelta(minutes=30)))
        uow.commit()
    home = service.home(MENTOR, NOW)
    assert [session.session_id for session in home.to_confirm] == [SESSION]
    assert (home.pairings, home.upcoming) == ((), ())


def test_a_pulse_is_asked_for_until_it_is_given_or_closes(storage: InMemoryStorage, service: HomeService) -> None:
    with storage.begin() as uow:
        uow.sessions.add(a_held_session())
        uow.commit()
    assert [session.session_id for session in service.home(MENTEE, NOW).to_rate] == [SESSION]
    assert service.home(MENTEE, NOW + timedelta(days=7)).to_rate == ()
    with storage.begin() as uow:
        uow.sessions.put_pulse(a_pulse())
        uow.commit()
    assert service.home(MENTEE, NOW).to_rate == ()
    assert len(service.home(MENTOR, NOW).to_rate) == 1


def test_a_proposal_is_shown_to_whom_it_waits_for_while_it_is_open(
    storage: InMemoryStorage, service: HomeService
) -> None:
    with storage.begin() as uow:
        uow.rounds.add(a_round(), [an_asked_proposal()])
        uow.commit()
    assert [asked.proposal_id for asked in service.home(MENTEE, NOW).proposals] == [PROPOSAL]
    assert service.home(MENTOR, NOW).proposals == ()
    assert service.home(MENTEE, NOW + timedelta(days=3)).proposals == ()


def test_who_said_yes_is_told_so_until_everybody_has_answered(storage: InMemoryStorage, service: HomeService) -> None:
    with storage.begin() as uow:
        uow.people.add(a_person("ben"))
        uow.participants.put(a_mentor("ben"))
        uow.participants.put(a_mentee())
        asked = an_asked_proposal(mentors=[MENTOR, "ben"], format=Format.FLASH)
        uow.rounds.add(a_round(), [asked.answered(MENTEE, Answer.YES, now=NOW)])
        uow.commit()
    home = service.home(MENTEE, NOW)
    assert (home.said_yes, home.waiting, home.proposals) == (True, False, ())
    assert not service.home(MENTOR, NOW).said_yes, "nobody knows of a proposal before they are asked"
    with storage.begin() as uow:
        asked = uow.rounds.proposal(PROPOSAL).asked(role=Role.MENTOR, now=NOW, expires_at=NOW + timedelta(days=3))
        uow.rounds.save_proposal(asked.answered(MENTOR, Answer.YES, now=NOW))
        uow.commit()
    assert service.home(MENTOR, NOW).said_yes, "the second mentor has not answered"
    assert not service.home("ben", NOW).said_yes


def test_only_leads_see_the_figures_of_the_cohort(storage: InMemoryStorage, service: HomeService) -> None:
    with storage.begin() as uow:
        uow.sessions.add(a_held_session())
        uow.rounds.add(a_round("draft"), [])
        uow.commit()
    assert service.home(MENTOR, NOW).lead is None
    part = service.home(LEAD, NOW).lead
    assert part is not None
    assert part.draft_id == "draft"
    assert part.figures is not None
    assert (part.figures.mentors, part.figures.mentees, part.figures.coached) == (1, 1, 1)


def test_the_first_opening_is_welcomed_and_no_other(storage: InMemoryStorage, service: HomeService) -> None:
    service.opened(an_actor(NEWCOMER), now=NOW)
    service.opened(an_actor(NEWCOMER), now=NOW + timedelta(days=1))
    assert [message.kind for message in storage._tables.outbox.values()] == ["welcome"]
    with storage.read() as uow:
        person = uow.people.get(NEWCOMER)
    assert (person.home_opened_at, person.welcomed_at) == (NOW, NOW)


def test_somebody_enrolled_already_needs_no_welcome(storage: InMemoryStorage, service: HomeService) -> None:
    service.opened(an_actor(MENTOR), now=NOW)
    (message,) = storage._tables.outbox.values()
    with storage.read() as uow:
        assert compose_welcome(uow, message, PROGRAMME, NOW) is None
        letter = compose_welcome(uow, replace(message, person_id=NEWCOMER), PROGRAMME, NOW)
    assert letter is not None
    assert letter.cohort_name == "Spring"


def test_who_writes_is_pointed_on_once_a_day_of_theirs(storage: InMemoryStorage, service: HomeService) -> None:
    for hours in (0, 5, 13.9, 14.1):
        service.written_to(an_actor(MENTOR), now=NOW + timedelta(hours=hours))
    days = [message.created_at for message in storage._tables.outbox.values()]
    assert days == [NOW, NOW + timedelta(hours=14.1)]
    with storage.read() as uow:
        message = next(iter(storage._tables.outbox.values()))
        assert compose_pointer(uow, message, PROGRAMME, NOW).enrolled


def test_once_the_cohort_is_closed_its_people_are_strangers_who_may_join_the_next(
    storage: InMemoryStorage, service: HomeService
) -> None:
    closed = CohortService(storage=storage, programme=PROGRAMME).close(an_actor(LEAD), "cohort", now=NOW)
    assert closed.state is CohortState.CLOSED
    assert service.home(MENTOR, NOW).standing is Standing.STRANGER
