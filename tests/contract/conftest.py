"""One storage after the other: in memory, on SQLite, on PostgreSQL. A contract test runs on each and cannot tell."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.ports import Storage
from storage import SqlStorage, open_storage
from tests.builders import LEAD, MENTEE, MENTOR, a_cohort, a_person
from tests.fakes.storage import InMemoryStorage
from tests.postgres import new_database


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy, since migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgres_server_url: str) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy."""
    with new_database(postgres_server_url) as url:
        migrate(url)
        yield url.rpartition("?")[0].rpartition("/")[2]


def migrate(url: str) -> None:
    storage = open_storage(url)
    storage.migrate()
    storage.close()


@pytest.fixture
def sqlite_storage(tmp_path: Path, migrated_file: Path) -> Iterator[SqlStorage]:
    storage = open_storage(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'tandem.db')}")
    yield storage
    storage.close()


@pytest.fixture
def postgres_storage(postgres_server_url: str, migrated_database: str) -> Iterator[SqlStorage]:
    with new_database(postgres_server_url, template=migrated_database) as url:
        storage = open_storage(url)
        yield storage
        storage.close()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def new_storage(request: pytest.FixtureRequest) -> Storage:
    """A storage with nothing but the catalogue of topics."""
    if request.param == "memory":
        return InMemoryStorage()
    storage: Storage = request.getfixturevalue(f"{request.param}_storage")
    return storage


@pytest.fixture
def storage(new_storage: Storage) -> Storage:
    """A storage with an open cohort, a mentor, a mentee, a lead and three others: ana, ben and chloe."""
    with new_storage.begin() as work:
        for person_id in (MENTOR, MENTEE, LEAD, "ana", "ben", "chloe"):
            work.people.add(a_person(person_id))
        work.cohorts.add(a_cohort())
        work.commit()
    return new_storage
