"""What every test may ask for: databases of its own, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests.postgres import PostgresUnavailableError, new_database, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER_VARIABLE = "TEST_DATABASE_URL"
shared_server = pytest.StashKey[ExitStack]()

# How long one example takes says more of who else uses the machine than of the code.
hypothesis.settings.register_profile("tandem", deadline=None)
hypothesis.settings.load_profile("tandem")


def pytest_configure(config: pytest.Config) -> None:
    """Start one server for all the workers of a parallel run, which inherit its address."""
    is_parallel = config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")
    if not is_parallel or config.option.collectonly or SERVER_VARIABLE in os.environ:
        return
    stack = config.stash[shared_server] = ExitStack()
    try:
        os.environ[SERVER_VARIABLE] = stack.enter_context(postgres_server())
    except PostgresUnavailableError as error:
        raise pytest.UsageError(str(error)) from error
    stack.callback(os.environ.pop, SERVER_VARIABLE)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server that was started for the run, however the run went."""
    if stack := config.stash.get(shared_server, None):
        stack.close()


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """The SQLAlchemy URL of a PostgreSQL server on which tests may create databases."""
    if url := os.environ.get(SERVER_VARIABLE):
        yield url
    else:
        with postgres_server() as url:
            yield url


@pytest.fixture
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database, this test's alone."""
    with new_database(postgres_server_url) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The SQLAlchemy URL of an SQLite file that does not exist yet, this test's alone."""
    return f"sqlite:///{tmp_path / 'tandem.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy URL of an empty database, this test's alone: the test runs once on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
