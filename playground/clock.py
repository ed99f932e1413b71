"""The playground's time, which can be moved forward but never back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time plus an offset, or, when made with *frozen_at*, a time that only moves when told to.

    Moving back would put messages out of order (a message's `ts` is its identity in Slack), so it is refused.
    """

    def __init__(self, frozen_at: datetime | None = None) -> None:
        if frozen_at is not None and frozen_at.tzinfo is None:
            raise ValueError("The clock needs an aware datetime.")
        self._lock = threading.Lock()
        self._frozen = None if frozen_at is None else frozen_at.astimezone(UTC)
        self._offset = timedelta(0)
        self._listeners: list[Callable[[datetime], None]] = []

    @property
    def frozen(self) -> bool:
        """Whether time stands still between two moves."""
        return self._frozen is not None

    def now(self) -> datetime:
        """The present moment of the playground, aware and in UTC."""
        with self._lock:
            return self._now()

    def move_to(self, moment: datetime) -> None:
        """Move to *moment*; ValueError when it has no time zone or is already past."""
        if moment.tzinfo is None:
            raise ValueError("The clock needs an aware datetime.")
        target = moment.astimezone(UTC)
        with self._lock:
            present = self._now()
            if target < present:
                raise ValueError(f"Time never goes back: it is {present.isoformat()}, not {target.isoformat()}.")
            if self._frozen is not None:
                self._frozen = target
            else:
                self._offset += target - present
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(target)

    def move_by(self, duration: timedelta) -> None:
        """Move forward by *duration*."""
        self.move_to(self.now() + duration)

    def on_move(self, listener: Callable[[datetime], None]) -> None:
        """Call *listener* with the new time after every move, in the thread that moved it."""
        with self._lock:
            self._listeners.append(listener)

    def _now(self) -> datetime:
        return self._frozen if self._frozen is not None else datetime.now(UTC) + self._offset
