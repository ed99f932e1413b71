"""A clock that runs fast, the same in every process of one run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import playground


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """*speed* seconds pass in each real one; it was *start* when the machine's monotonic clock said *origin*."""

    start: str
    origin: float
    speed: float

    @classmethod
    def from_now(cls, start: datetime, speed: float) -> Tempo:
        """Return the tempo of a time that is *start* now."""
        return cls(start=start.isoformat(), origin=time.monotonic(), speed=speed)

    def real(self, duration: timedelta) -> float:
        """Return the real seconds that *duration* takes."""
        return duration.total_seconds() / self.speed


class FastClock(playground.Clock):
    """The playground's clock and the bot's: both must agree, since the bot looks for messages by their time."""

    def __init__(self, tempo: Tempo) -> None:
        super().__init__()
        self._tempo = tempo
        self._start = datetime.fromisoformat(tempo.start).astimezone(UTC)

    def _now(self) -> datetime:
        # The monotonic clock is one for all processes, whenever they started.
        passed = (time.monotonic() - self._tempo.origin) * self._tempo.speed
        return self._start + timedelta(seconds=passed) + self._offset
