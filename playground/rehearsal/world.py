"""What is true outside the bot: who met whom, who is owed what, who is away. People share it; the bot never sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from playground import Delivery, Playground
from playground.company import Company
from playground.rehearsal.agenda import Agenda
from playground.rehearsal.judge import Absence, Owed

if TYPE_CHECKING:
    from playground.rehearsal.volunteers import Volunteer

PATH = "path"
"""The format of one mentor and one mentee, the only one these people are asked to."""
PROMPTLY = timedelta(hours=1)
"""How long what answers somebody's act may take to reach the other person."""


@dataclass(slots=True, kw_only=True)
class Meeting:
    """A planned session of a pair; *held* once it took place."""

    starts_at: datetime
    minutes: int
    held: bool = False
    logged: bool = False

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


@dataclass(slots=True, kw_only=True)
class Pair:
    """Two people who were introduced to each other, by user id."""

    mentor: str
    mentee: str
    introduced_at: datetime
    meeting: Meeting | None = None
    met: int = 0
    ended: bool = False
    _known: dict[str, set[datetime]] = field(default_factory=dict)

    def known_to(self, user: str) -> set[datetime]:
        """Return the moments at which *user* knows a session of the pair to be planned."""
        return self._known.setdefault(user, set())

    def call_off(self, moment: datetime) -> None:
        """Let no session be planned at *moment* any more."""
        if self.meeting is not None and self.meeting.starts_at == moment:
            self.meeting = None
        for known in self._known.values():
            known.discard(moment)

    def other(self, user: str) -> str:
        """Return the partner of *user*."""
        return self.mentee if user == self.mentor else self.mentor


@dataclass(slots=True, kw_only=True)
class World:
    """The state of the play.

    `ends_at` is when the cohort does; `refused` are acts the bot said no to, `failures` those it did not answer.
    """

    playground: Playground
    company: Company
    seed: int
    ends_at: datetime
    agenda: Agenda = field(default_factory=Agenda)
    pairs: dict[frozenset[str], Pair] = field(default_factory=dict)
    owed: list[Owed] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    sessions: Counter[str] = field(default_factory=Counter)
    coached: dict[str, datetime] = field(default_factory=dict)
    volunteers: dict[str, Volunteer] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.playground.clock.now()

    def introduce(self, mentor: str, mentee: str) -> Pair:
        """Return the pair of these two, which begins now unless it did before."""
        key = frozenset((mentor, mentee))
        pair = self.pairs.get(key)
        if pair is None or pair.ended:
            pair = self.pairs[key] = Pair(mentor=mentor, mentee=mentee, introduced_at=self.now)
        return pair

    def pair_of(self, one: str, others: Iterable[str]) -> Pair | None:
        """Return the pair of *one* and the first of *others* they are paired with now."""
        for other in others:
            pair = self.pairs.get(frozenset((one, other)))
            if pair is not None and not pair.ended:
                return pair
        return None

    def pairs_of(self, user: str) -> list[Pair]:
        """Return the pairs *user* is in now."""
        return [pair for pair in self.pairs.values() if not pair.ended and user in (pair.mentor, pair.mentee)]

    def owe(
        self,
        to: str,
        kinds: Iterable[str],
        *,
        because: str,
        about: str | None = None,
        within: timedelta = PROMPTLY,
    ) -> None:
        """Note that *to* must be told, from now on and *within* this long."""
        now = self.now
        self.owed.append(Owed(to=to, kinds=frozenset(kinds), since=now, by=now + within, because=because, about=about))

    def people_of(self, pair: Pair) -> list[Volunteer]:
        """Return the mentor and the mentee of *pair*."""
        return [self.volunteers[user] for user in (pair.mentor, pair.mentee)]

    def readers(self, delivery: Delivery) -> list[str]:
        """Return the user ids of the people who got *delivery* directly, rather than in a channel."""
        if delivery.user is not None:
            return [delivery.user]
        workspace = self.playground.workspace
        channel = workspace.channel(delivery.channel) if delivery.channel else None
        if channel is None or channel.type == "channel":
            return []
        return sorted(channel.members - {workspace.bot_user_id})

    def log(self, pair: Pair, held_at: datetime) -> None:
        """Count a session of *pair* that the bot has taken note of."""
        self.sessions[PATH] += 1
        self.coached.setdefault(pair.mentee, held_at)

    def leave(self, user: str) -> None:
        """Take *user* out for good: their pairs end, and what they or their partners still expected is void."""
        now = self.now
        self.absences.append(Absence(user=user, since=now))
        for pair in self.pairs_of(user):
            pair.ended = True
            pair.meeting = None
        self.owed = [debt for debt in self.owed if debt.by < now or user not in (debt.to, debt.about)]
