from __future__ import annotations

import pytest

from bot.errors import DirectoryChanged, ImportRefused
from bot.services.base import Programme
from bot.services.directory import DirectoryService
from tests.builders import NOW, a_directory_entry
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
