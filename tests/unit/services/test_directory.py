from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.domain.nudges import NudgeKind, after_planning
from bot.errors import DirectoryChanged, ImportRefused
from bot.services.base import Programme
from bot.services.directory import DirectoryService
from tests.builders import (
    MENTEE,
    MENTOR,
    NOW,
    a_cohort,
    a_directory_entry,
    a_mentee,
    a_mentor,
    a_pairing,
    a_person,
    a_session,
)
from tests.fakes.storage import InMemoryStorage

FILE = b"""E-mail,Name,Manager's e-mail,Department
top@example.com,Top,,Board
ana@example.com,Ana,top@example.com,Claims
lost@example.com,Lost,nobody@example.com,Claims
"""


@pytest.fixture
def storage() -> InMemoryStorage:
    storage = InMemoryStorage()
    with storage.begin() as uow:
        uow.directory.put_many([a_directory_entry("ana"), a_directory_entry("gone"), a_directory_entry("lost")])
        uow.commit()
    return storage


@pytest.fixture
def directory(storage: InMemoryStorage) -> DirectoryService:
    return DirectoryService(storage=storage, programme=Programme())


def test_a_dry_run_changes_nothing_and_says_what_applying_will(
    storage: InMemoryStorage, directory: DirectoryService
) -> None:
    with storage.read() as uow:
        before = uow.directory.all()
    plan = directory.dry_run(FILE)
    with storage.read() as uow:
        assert uow.directory.all() == before
    assert directory.apply(None, FILE, now=NOW) == plan


def test_good_lines_are_applied_and_whoever_is_on_a_wrong_one_keeps_their_entry(
    storage: InMemoryStorage, directory: DirectoryService
) -> None:
    directory.apply(None, FILE, now=NOW)
    with storage.read() as uow:
        entries = {entry.email: entry for entry in uow.directory.all()}
        assert [entry.action for entry in uow.audit.latest(limit=1)] == ["import"]
    assert set(entries) == {"top@example.com", "ana@example.com", "lost@example.com"}
    assert entries["ana@example.com"].manager_email == "top@example.com"
    assert entries["lost@example.com"] == a_directory_entry("lost")


def test_the_same_file_twice_changes_nothing_more(directory: DirectoryService) -> None:
    directory.apply(None, FILE, now=NOW)
    again = directory.apply(None, FILE, now=NOW).plan
    assert (again.added, again.changed, again.left, again.unchanged) == ((), (), (), 2)


def test_a_file_is_not_applied_over_another_directory_than_it_was_checked_against(
    storage: InMemoryStorage, directory: DirectoryService
) -> None:
    checked = directory.dry_run(FILE).before
    other = FILE.replace(b"Claims", b"IT")
    directory.apply(None, other, checked=checked, now=NOW)
    with pytest.raises(DirectoryChanged):
        directory.apply(None, FILE, checked=checked, now=NOW)
    with storage.read() as uow:
        assert {one.department for one in uow.directory.all() if one.email == "ana@example.com"} == {"IT"}
    directory.apply(None, FILE, checked=directory.dry_run(FILE).before, now=NOW)
    assert not directory.apply(None, FILE, checked=checked, now=NOW).plan.changes, "pressed twice, it is there already"


def test_a_file_that_cannot_be_read_changes_nothing(storage: InMemoryStorage, directory: DirectoryService) -> None:
    with storage.read() as uow:
        before = uow.directory.all()
    with pytest.raises(ImportRefused):
        directory.apply(None, b"Name\nAna\n", now=NOW)
    with storage.read() as uow:
        assert uow.directory.all() == before


def test_reminders_are_counted_anew_by_the_holidays_of_a_region_that_the_directory_now_names(
    directory: DirectoryService,
) -> None:
    """Before Tuesday after Easter comes Good Friday in France, and Thursday in Moselle, where that is a holiday."""
    storage = directory.storage
    session = a_session(starts_at=datetime(2027, 3, 30, 7, 30, tzinfo=UTC))
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        for person_id, participant in ((MENTOR, a_mentor()), (MENTEE, a_mentee())):
            uow.people.add(a_person(person_id))
            uow.participants.put(participant)
        uow.pairings.add(a_pairing())
        uow.sessions.add(session)
        people = uow.people.get_many(session.person_ids).values()
        uow.nudges.plan(after_planning(session, directory.working_times(uow, people), now=NOW))
        uow.commit()

    def reminded_on(person_id: str) -> date:
        with storage.read() as uow:
            (on,) = (
                one.due_at.date() for one in uow.nudges.pending_of(person_id) if one.kind is NudgeKind.BEFORE_SESSION
            )
        return on

    assert (reminded_on(MENTOR), reminded_on(MENTEE)) == (date(2027, 3, 26), date(2027, 3, 26))
    places = {MENTOR: "", MENTEE: "57"}
    file = "email,name,manager,country,region\n" + "".join(
        f"{one}@example.com,{one},,FR,{places[one]}\n" for one in places
    )
    directory.apply(None, file.encode(), now=NOW)
    assert (reminded_on(MENTOR), reminded_on(MENTEE)) == (date(2027, 3, 26), date(2027, 3, 25))
    directory.apply(None, file.replace("57", "").encode(), now=NOW)
    assert reminded_on(MENTEE) == date(2027, 3, 26)
