"""What people mean to do, and when: the events of the simulation."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime

Act = Callable[[], None]


class Agenda:
    """Acts to come. Those of one instant are given in the order in which they were noted."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Act]] = []
        self._count = itertools.count()

    def note(self, at: datetime, act: Act) -> None:
        """Note that somebody will do *act* at *at*."""
        heapq.heappush(self._heap, (at, next(self._count), act))

    @property
    def next_at(self) -> datetime | None:
        """When the next act is due, if any is."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> list[Act]:
        """Take out everything due by *now*, in order."""
        acts = []
        while self._heap and self._heap[0][0] <= now:
            acts.append(heapq.heappop(self._heap)[-1])
        return acts
