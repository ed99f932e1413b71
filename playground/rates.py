"""How often the app may call, in the playground's time."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A bucket of *burst* calls that refills at *per_second*."""

    burst: int
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """Slack's limits on messages, and on methods by tier.

    Slack publishes "1 a second a channel, several hundred a minute a workspace", both with an undisclosed tolerance for
    bursts; these are on the strict side. Tiers count calls a minute for each method; they are lenient in time that
    stands still, where a whole office may click within one instant (see `tiers_when_frozen`).
    """

    channel: Rate = Rate(burst=4, per_second=1.0)
    workspace: Rate = Rate(burst=60, per_second=5.0)
    tier2: Rate = Rate(burst=20, per_second=20 / 60)
    tier3: Rate = Rate(burst=50, per_second=50 / 60)
    tier4: Rate = Rate(burst=100, per_second=100 / 60)
    tiers_when_frozen: bool = False


class Buckets:
    """Token buckets by key. Not locked: the workspace's lock covers it."""

    def __init__(self) -> None:
        self._levels: dict[Hashable, tuple[float, datetime]] = {}

    def wait_for(self, key: Hashable, rate: Rate, now: datetime) -> int:
        """Whole seconds until *key* has a token again, 0 when it has one now. Takes nothing."""
        level = self._level(key, rate, now)
        return 0 if level >= 1 else max(1, math.ceil((1 - level) / rate.per_second))

    def take(self, key: Hashable, rate: Rate, now: datetime) -> None:
        """Spend one token of *key*."""
        self._levels[key] = (self._level(key, rate, now) - 1, now)

    def _level(self, key: Hashable, rate: Rate, now: datetime) -> float:
        level, at = self._levels.get(key, (float(rate.burst), now))
        return min(float(rate.burst), level + (now - at).total_seconds() * rate.per_second)
