"""Closing a cohort holds the one writer: it takes as many statements for many people as for few."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from bot.domain.nudges import NudgeState
from bot.domain.pairings import PairingState
from bot.domain.sessions import SessionState
from bot.services.base import Programme
from bot.services.cohorts import CohortService
from storage import SqlStorage, open_storage
from tests.builders import (
    COHORT,
    LEAD,
    MENTEE,
    NOW,
    a_cohort,
    a_mentee,
    a_mentor,
    a_nudge,
    a_pairing,
    a_person,
    a_session,
    an_actor,
)


def statements_of_closing(storage: SqlStorage, *, pairs: int) -> int:
    """Return how many statements closing a cohort of so many pairs takes."""
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        for person_id in (LEAD, MENTEE):
            uow.people.add(a_person(person_id))
        for n in range(pairs):
            for person_id in (f"a{n}", f"b{n}"):
                uow.people.add(a_person(person_id, home_opened_at=NOW))
            uow.participants.put_many([a_mentor(f"a{n}"), a_mentee(f"b{n}")])
            uow.pairings.add(a_pairing(f"p{n}", mentors=[f"a{n}"], mentees=[f"b{n}"]))
            uow.sessions.add(a_session(f"s{n}", pairing_id=f"p{n}", mentors=[f"a{n}"], mentees=[f"b{n}"]))
            uow.nudges.plan([a_nudge(f"n{n}", person_id=f"b{n}", subject_id=f"p{n}")])
        uow.commit()
    seen: list[str] = []

    def see(*of_statement: object) -> None:
        seen.append(str(of_statement[2]))

    event.listen(Engine, "before_cursor_execute", see)
    try:
        CohortService(storage=storage, programme=Programme()).close(an_actor(LEAD, is_lead=True), COHORT, now=NOW)
    finally:
        event.remove(Engine, "before_cursor_execute", see)
    with storage.read() as uow:
        for n in range(pairs):
            assert uow.pairings.get(f"p{n}").state is PairingState.ENDED
            assert uow.sessions.get(f"s{n}").state is SessionState.CANCELLED
            assert uow.nudges.get(f"n{n}").state is NudgeState.CANCELLED
    return len(seen)


@pytest.fixture
def storages(tmp_path: Path) -> list[SqlStorage]:
    storages = [open_storage(f"sqlite:///{tmp_path / name}.db") for name in ("small", "large")]
    for storage in storages:
        storage.migrate()
    return storages


def test_closing_a_cohort_takes_no_more_statements_for_more_people(storages: list[SqlStorage]) -> None:
    small, large = storages
    with closing(small), closing(large):
        assert statements_of_closing(small, pairs=2) == statements_of_closing(large, pairs=9)
