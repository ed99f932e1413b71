"""What comes in twice takes effect once: the key of a request is recorded in the transaction of its effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.ports import Storage, UnitOfWork


class Repeated(Exception):
    """A second copy of a request that took effect; it is acknowledged and does nothing."""


@dataclass(slots=True, kw_only=True)
class OnceStorage:
    """A storage for one request: its first unit of work records the request's key, and fails if it is there."""

    storage: Storage
    key: str
    now: datetime
    _recorded: bool = field(default=False, init=False)

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a unit of work for reading only."""
        return self.storage.read()

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """Open a unit of work; raise Repeated when the request took effect before."""
        with self.storage.begin() as uow:
            if not self._recorded:
                if not uow.processed.first_time(self.key, now=self.now):
                    raise Repeated
                self._recorded = True
            yield uow
