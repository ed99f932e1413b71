"""A unit of work that is committed when its block ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.ports import Storage, UnitOfWork


@contextmanager
def committed(storage: Storage) -> Iterator[UnitOfWork]:
    with storage.begin() as work:
        yield work
        work.commit()
