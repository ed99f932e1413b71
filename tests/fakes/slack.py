"""Slack in memory: a messenger that posts or fails as it is told, a directory of whoever it was given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.domain.letters import Letter
from bot.domain.outbox import OutboxMessage
from bot.domain.people import SlackUser
from bot.errors import Refused
from bot.ports import Sent
from tests.builders import NOW


class FakeClock:
    """``bot.ports.Clock``, moved by the test."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move_to(self, moment: datetime) -> None:
        self._now = moment

    def move(self, **duration: float) -> None:
        self._now += timedelta(**duration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a conversation shows, since ``at``."""

    message: OutboxMessage
    letter: Letter
    language: str
    tz: str
    ts: str
    at: datetime


@dataclass(slots=True)
class FakeMessenger:
    """``bot.ports.Messenger``. ``failures`` meet the next calls, one each; ``arrives_all_the_same`` posts first.

    ``undrawable`` meets every letter before anything is asked of Slack, ``unreadable`` every look at a conversation.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    posts: list[Post] = field(default_factory=list)
    homes: list[tuple[str, Any]] = field(default_factory=list)
    failures: deque[Exception] = field(default_factory=deque)
    arrives_all_the_same: bool = False
    undrawable: Exception | None = None
    unreadable: Exception | None = None
    calls: int = 0

    @property
    def kinds(self) -> list[str]:
        return [post.message.kind for post in self.posts]

    @property
    def ids(self) -> list[str]:
        return [post.message.id for post in self.posts]

    def fail(self, *errors: Exception) -> None:
        """Let the next calls fail."""
        self.failures.extend(errors)

    def send(
        self, message: OutboxMessage, letter: Letter, *, language: str, tz: str, check: Callable[[], None]
    ) -> Sent:
        if self.undrawable is not None:
            raise self.undrawable
        self.calls += 1
        check()
        post = Post(
            message=message, letter=letter, language=language, tz=tz, ts=f"{len(self.posts) + 1}.0", at=self.clock.now()
        )  # fmt: skip
        if self.failures:
            if self.arrives_all_the_same:
                self.posts.append(post)
            raise self.failures.popleft()
        self.posts.append(post)
        return Sent(channel_id=f"D{message.conversation}", ts=post.ts)

    def find(self, message: OutboxMessage) -> Sent | None:
        self.calls += 1
        if self.unreadable is not None:
            raise self.unreadable
        for post in self.posts:
            if post.message.id == message.id:
                return Sent(channel_id=f"D{message.conversation}", ts=post.ts)
        return None

    def publish_home(self, user_id: str, home: Any, *, language: str, tz: str) -> None:
        self.calls += 1
        if self.failures:
            raise self.failures.popleft()
        self.homes.append((user_id, home))


class FakeDirectory:
    """``bot.ports.Directory``; refuses whom it does not know."""

    def __init__(self, users: Iterable[SlackUser] = ()) -> None:
        self.users = {user.user_id: user for user in users}

    def fetch(self, user_id: str) -> SlackUser:
        if user_id not in self.users:
            raise Refused("user_not_found")
        return self.users[user_id]
