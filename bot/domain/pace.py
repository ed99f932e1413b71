"""Pace: how fast messages may go to Slack, and to people.

Slack takes one message a second in a channel and about one a second overall; Home tabs have a limit of their own.
Nudges go at thirty a minute at most, so that a backlog does not reach everybody at once; of several processes together
the database knows. Kept in memory: after a restart one burst more is the worst that can happen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.domain.nudges import MOST_A_MINUTE
from bot.domain.outbox import Lane

BURST = 5
"""Messages at once after a rest; in the long run they go one by one."""
PER_CONVERSATION = timedelta(seconds=1)
MOST_REMEMBERED = 1_000
"""Conversations whose last message is remembered, before those that no longer matter are forgotten."""
ILL_AFTER = 3
"""So many messages that failed one after the other, none of them arriving, say that Slack is ill."""
SHORTEST_REST, LONGEST_REST = timedelta(seconds=15), timedelta(minutes=5)
"""How long nothing is tried while Slack is ill: doubling from one to the other."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Limit:
    """One every *interval* in the long run, *burst* at once after a rest."""

    interval: timedelta
    burst: int
    _full_at: datetime = field(default=LONG_AGO, init=False)
    """When the whole burst is available again."""

    def room(self, now: datetime) -> int:
        """Return how many may go *now*."""
        missing = max(self._full_at - now, timedelta())
        return max(0, self.burst - -(-missing // self.interval))

    def take(self, now: datetime) -> None:
        """Count one that goes *now*."""
        self._full_at = max(self._full_at, now) + self.interval

    def take_all(self, until: datetime) -> None:
        """Leave no room *until* then: the next may go an interval later."""
        self._full_at = max(self._full_at, until + self.interval * self.burst)

    def next_at(self, now: datetime, *, count: int = 1) -> datetime:
        """Return the first moment from *now* on with room for *count*, at most a burst."""
        return max(now, self._full_at - self.interval * (self.burst - count))


@dataclass(slots=True)
class Health:
    """How Slack took the messages of one lane lately, so that a few that always fail make no other lane rest.

    ``failures`` tells how often messages, by id, failed since any arrived; ``rests``, how often the lane rested since.
    """

    failures: dict[str, int] = field(default_factory=dict)
    rests: int = 0
    rests_until: datetime = LONG_AGO

    def fails(self, message_id: str, now: datetime) -> None:
        """Note that a message failed."""
        self.failures[message_id] = self.failures.get(message_id, 0) + 1
        if len(self.failures) >= ILL_AFTER:
            self.rests_until = now + min(SHORTEST_REST * 2 ** min(self.rests, 9), LONGEST_REST)
            self.rests += 1


@dataclass(slots=True)
class Pace:
    """The limits of one process that sends."""

    messages: Limit = field(default_factory=lambda: Limit(timedelta(seconds=1), burst=BURST))
    nudges: Limit = field(default_factory=lambda: Limit(timedelta(minutes=1) / (MOST_A_MINUTE - BURST), burst=BURST))
    homes: Limit = field(default_factory=lambda: Limit(timedelta(seconds=0.7), burst=20))
    held_until: datetime = LONG_AGO
    is_closed: bool = False
    behind: set[Lane] = field(default_factory=set)
    """Lanes in which more was due than might go."""
    _last: dict[str, datetime] = field(default_factory=dict, init=False)
    _health: dict[Lane, Health] = field(default_factory=lambda: {lane: Health() for lane in Lane}, init=False)

    def limits(self, lane: Lane) -> tuple[Limit, ...]:
        """Return what a message of *lane* counts in."""
        match lane:
            case Lane.HOMES:
                return (self.homes,)
            case Lane.NUDGES:
                return self.messages, self.nudges
            case Lane.LETTERS:
                return (self.messages,)

    def room(self, now: datetime, lane: Lane) -> int:
        """Return how many messages of *lane* may go *now*."""
        if self.is_closed or now < self.open_at(lane):
            return 0
        return min(limit.room(now) for limit in self.limits(lane))

    def conversation_at(self, conversation: str, now: datetime) -> datetime:
        """Return the first moment from *now* on when *conversation* may get a message."""
        return max(now, self._last.get(conversation, LONG_AGO) + PER_CONVERSATION)

    def take(self, conversation: str, now: datetime, lane: Lane) -> None:
        """Count a message that goes to *conversation* *now*."""
        for limit in self.limits(lane):
            limit.take(now)
        if len(self._last) >= MOST_REMEMBERED:
            self._last = {one: at for one, at in self._last.items() if at + PER_CONVERSATION > now}
        self._last[conversation] = now

    def hold(self, until: datetime) -> None:
        """Let nothing go before *until*."""
        self.held_until = max(self.held_until, until)

    def close(self) -> None:
        """Let nothing go any more."""
        self.is_closed = True

    def fails(self, message_id: str, now: datetime, lane: Lane) -> None:
        """Note that nobody knows whether a message arrived; where it is one of several, its lane rests for a while."""
        self._health[lane].fails(message_id, now)

    def failures(self, message_id: str, lane: Lane) -> int:
        """Return how often a message failed since any arrived last."""
        return self._health[lane].failures.get(message_id, 0)

    def works(self) -> None:
        """Note that a message arrived: Slack is well, and what fails next may be to blame itself."""
        for health in self._health.values():
            health.failures.clear()
            health.rests = 0

    def open_at(self, lane: Lane) -> datetime:
        """Return until when nothing of *lane* may go: Slack asked to wait, or is ill."""
        return max(self.held_until, self._health[lane].rests_until)

    def next_at(self, now: datetime, lane: Lane) -> datetime:
        """Return the first moment from *now* on when a message may go; where many wait, a handful of them."""
        count = BURST if lane in self.behind else 1
        return max(self.open_at(lane), *(limit.next_at(now, count=count) for limit in self.limits(lane)))
