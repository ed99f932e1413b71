from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage import SqlStorage, open_storage


@pytest.fixture
def storage(sqlite_url: str) -> Iterator[SqlStorage]:
    """A migrated SQLite database."""
    storage = open_storage(sqlite_url)
    storage.migrate()
    yield storage
    storage.close()
