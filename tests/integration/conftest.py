"""Storages that take long to fill, which the tests of one module share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from storage import SqlStorage, open_storage
from tests.postgres import new_database


@pytest.fixture(scope="module")
def make_storage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], SqlStorage]]:
    """Makes empty, migrated storages, on ``sqlite`` or on ``postgres``."""
    with ExitStack() as stack:

        def make(database: str) -> SqlStorage:
            if database == "postgres":
                # Asked for only here: a run on SQLite alone needs no server.
                url = stack.enter_context(new_database(request.getfixturevalue("postgres_server_url")))
            else:
                url = f"sqlite:///{tmp_path_factory.mktemp(database)}/tandem.db"
            storage = open_storage(url)
            stack.callback(storage.close)
            storage.migrate()
            return storage

        yield make
