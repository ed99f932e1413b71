"""The verdict: what people really received, held against what they were owed and what they must be spared.

Everything here reads the playground's own record and what the people themselves did; nothing asks the bot what it
believes it sent.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from playground.company import Company, Member

PROACTIVE = "tandem_nudge"
"""How the metadata type of everything nobody asked for begins: nudges and reminders."""
OPENS, CLOSES = time(9, 30), time(17, 30)
BUDGET = ((1, timedelta(hours=24)), (3, timedelta(days=7)))
"""At most so many proactive messages a person in each span."""
_ECHO = timedelta(hours=24)
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as one person got it. `kind` is its metadata type, `message_id` the sender's own id of it, if any."""

    user: str
    at: datetime
    kind: str
    message_id: str | None
    content: str

    @classmethod
    def of(
        cls, user: str, at: datetime, text: str, blocks: Sequence[Mapping[str, Any]], metadata: Mapping[str, Any] | None
    ) -> Received:
        """Return what *user* got as a message with this text, these blocks and this metadata."""
        metadata = metadata or {}
        payload = metadata.get("event_payload") or {}
        return cls(
            user=user,
            at=at,
            kind=str(metadata.get("event_type") or ""),
            message_id=None if payload.get("id") is None else str(payload["id"]),
            content=json.dumps([text, list(blocks)], ensure_ascii=False, sort_keys=True),
        )

    @property
    def proactive(self) -> bool:
        return self.kind.startswith(PROACTIVE)

    @property
    def mentions(self) -> frozenset[str]:
        """Ids of the other people it names."""
        return frozenset(_MENTION.findall(self.content)) - {self.user}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What *to* must be told between *since* and *by*: a message of one of *kinds*, naming *about* if given."""

    to: str
    kinds: frozenset[str]
    since: datetime
    by: datetime
    because: str
    about: str | None = None

    def met_by(self, message: Received) -> bool:
        """Whether *message* is what was owed."""
        return (
            message.user == self.to
            and message.kind in self.kinds
            and self.since <= message.at <= self.by
            and (self.about is None or self.about in message.mentions)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """When somebody must be left in peace: paused, or gone for good (*until* is None)."""

    user: str
    since: datetime
    until: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """Whether *moment* is strictly after its start and before its end."""
        return self.since < moment and (self.until is None or moment < self.until)


def doubled(messages: Iterable[Received]) -> list[str]:
    """Return a sentence for every message that came twice to the same person.

    Twice means under the sender's same id at any time, or word for word within a day.
    """
    found = []
    ids: set[tuple[str, str]] = set()
    last: dict[tuple[str, str, str], datetime] = {}
    for message in messages:
        same_id = message.message_id is not None and (message.user, message.message_id) in ids
        before = last.get((message.user, message.kind, message.content))
        if same_id or (before is not None and message.at - before < _ECHO):
            found.append(f"{message.user} got {_named(message)} again")
        if message.message_id is not None:
            ids.add((message.user, message.message_id))
        last[message.user, message.kind, message.content] = message.at
    return found


def lost(messages: Iterable[Received], owed: Iterable[Owed], *, until: datetime) -> list[str]:
    """Return a sentence for everything owed by *until* (the end of the play) that never came."""
    inbox: dict[str, list[Received]] = defaultdict(list)
    for message in messages:
        inbox[message.user].append(message)
    return [
        f"{debt.to} was owed {' or '.join(sorted(debt.kinds))}{_about(debt)} by {debt.by:%d %b %H:%M}: {debt.because}"
        for debt in owed
        if debt.by <= until and not any(map(debt.met_by, inbox[debt.to]))
    ]


def budget_violations(messages: Iterable[Received]) -> list[str]:
    """Return a sentence for every proactive message over somebody's budget."""
    found = []
    got: dict[str, list[datetime]] = defaultdict(list)
    for message in sorted(messages, key=lambda message: message.at):
        if not message.proactive:
            continue
        earlier = got[message.user]
        for most, span in BUDGET:
            if len(earlier) >= most and message.at - earlier[-most] < span:
                found.append(f"{message.user} got {_named(message)}, number {most + 1} in {span}")
                break
        earlier.append(message.at)
    return found


def quiet_hour_violations(messages: Iterable[Received], company: Company) -> list[str]:
    """Return a sentence for every proactive message outside working hours, at a weekend or on a public holiday."""
    found = []
    for message in messages:
        if message.proactive:
            member = company.member(message.user)
            local = message.at.astimezone(ZoneInfo(member.tz))
            if not (OPENS <= local.time() < CLOSES and is_working_day(local.date(), member)):
                found.append(f"{message.user} got {_named(message)}, {local:%A %H:%M} in {member.site}")
    return found


def absence_violations(messages: Iterable[Received], absences: Iterable[Absence]) -> list[str]:
    """Return a sentence for every proactive message to somebody who had paused or left."""
    away: dict[str, list[Absence]] = defaultdict(list)
    for absence in absences:
        away[absence.user].append(absence)
    return [
        f"{message.user} got {_named(message)} while away"
        for message in messages
        if message.proactive and any(absence.covers(message.at) for absence in away[message.user])
    ]


def introduced(messages: Iterable[Received], kind: str) -> set[frozenset[str]]:
    """Return the pairs of user ids that messages of *kind* introduced to each other."""
    return {
        frozenset((message.user, other)) for message in messages if message.kind == kind for other in message.mentions
    }


def reporting_line_violations(pairs: Iterable[frozenset[str]], company: Company) -> list[str]:
    """Return a sentence for every pair of which one is anywhere above the other."""
    found = []
    for pair in sorted(map(sorted, pairs)):
        one, other = map(company.member, pair)
        if company.share_a_reporting_line(one, other):
            found.append(f"{one.email} and {other.email} were introduced, and one reports to the other")
    return found


def is_working_day(day: date, member: Member) -> bool:
    """Whether *day* is neither at a weekend nor a public holiday where *member* works."""
    return day.weekday() < 5 and day not in _public_holidays(member.country, member.region, day.year)


@lru_cache(maxsize=256)
def _public_holidays(country: str, region: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))


def _about(debt: Owed) -> str:
    return f" about {debt.about}" if debt.about else ""


def _named(message: Received) -> str:
    return f"{message.kind or 'a message'} of {message.at:%d %b %H:%M}"
