"""Sessions (meetings): planned, held, logged; and the pulse each person gives afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from bot.domain.cohorts import Format
from bot.domain.pauses import last_named
from bot.domain.people import Role
from bot.domain.writing import MENTION
from bot.errors import (
    AlreadyEnded,
    BadDuration,
    CorrectionOver,
    DateInFuture,
    DateInPast,
    DateTooFar,
    DateTooOld,
    NotYours,
    PulseClosed,
)

SHORTEST, LONGEST = 10, 480
"""Minutes a session can last."""
HORIZON = timedelta(days=366)
"""How far ahead a session can be planned."""
LOOK_BACK = timedelta(days=92)
"""How long ago a session may have been held and still be logged."""
CORRECTION = timedelta(days=7)
"""How long the other side can correct a log."""
PULSE_CLOSES_AFTER = timedelta(days=7)
"""How long after it is logged people can say how it was."""
UNCONFIRMED_AFTER = timedelta(days=7)
"""How long Tandem waits to be told how a session went."""
LONGEST_TEXT = 2_000
"""Characters kept of what somebody writes in one field."""


class SessionState(StrEnum):
    """Unconfirmed: its time has passed and nobody said how it went within seven days."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """One person's part in a session; ``attended`` is None until it is logged."""

    person_id: str
    role: Role
    attended: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A meeting. ``starts_at`` is UTC; ``minutes`` its planned, then its real length.

    ``sequence`` counts the moves (as calendar files do). ``pairing_id`` is None for an offered collective session.
    ``cancelled_by`` is None for one that had begun when somebody said that it did not take place: nobody called it off.
    """

    id: str
    cohort_id: str
    pairing_id: str | None
    format: Format
    topic_ids: tuple[str, ...]
    state: SessionState
    starts_at: datetime
    minutes: int
    attendances: tuple[Attendance, ...]
    planned_by: str
    place: str = ""
    sequence: int = 0
    tried: str = ""
    next_try: str = ""
    logged_by: str | None = None
    logged_at: datetime | None = None
    cancelled_by: str | None = None
    cancelled_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        """True when some of the session lies between *starts_at* and *ends_at*."""
        return self.starts_at < ends_at and starts_at < self.ends_at

    @property
    def person_ids(self) -> tuple[str, ...]:
        return tuple(attendance.person_id for attendance in self.attendances)

    def people(self, role: Role) -> tuple[str, ...]:
        """Return the person ids in *role*."""
        return tuple(attendance.person_id for attendance in self.attendances if attendance.role is role)

    def role_of(self, person_id: str) -> Role:
        """Return *person_id*'s role; raise NotYours when they were not invited."""
        for attendance in self.attendances:
            if attendance.person_id == person_id:
                return attendance.role
        raise NotYours

    def is_to_come(self, *, now: datetime) -> bool:
        """True for a planned session that has not begun."""
        return self.state is SessionState.PLANNED and self.starts_at > now

    def is_moved_since(self, sequence: int | None) -> bool:
        """True for a planned session that was moved since it had that *sequence*; None is not known to be another."""
        return self.state is SessionState.PLANNED and sequence not in (None, self.sequence)

    @property
    def may_have_been_held(self) -> bool:
        """True when it was held, or planned and nobody said how it went: nothing says that it was not held."""
        return self.state in (SessionState.HELD, SessionState.UNCONFIRMED)

    def can_be_corrected(self, *, now: datetime) -> bool:
        """True for a held session while those who held it may still correct its log, *now* on the reader's clock."""
        return self.state is SessionState.HELD and self._is_open(CORRECTION, now=now)

    def takes_pulse(self, *, now: datetime) -> bool:
        """True for a held session while those who held it may say how it was, *now* on the reader's clock."""
        return self.state is SessionState.HELD and self._is_open(PULSE_CLOSES_AFTER, now=now)

    def _is_open(self, window: timedelta, *, now: datetime) -> bool:
        """True until the end of the day that people are told, on the clock of *now*."""
        return self.logged_at is None or now.date() <= (self.logged_at + window).astimezone(now.tzinfo).date()

    def check_correctable(self, *, now: datetime) -> None:
        """Raise CorrectionOver for a held session whose log stands for good."""
        if self.state is SessionState.HELD and not self.can_be_corrected(now=now):
            raise CorrectionOver

    def check_takes_pulse(self, *, now: datetime) -> None:
        """Raise AlreadyEnded for a session that was not held, PulseClosed after its time."""
        if self.state is not SessionState.HELD:
            raise AlreadyEnded
        if not self.takes_pulse(now=now):
            raise PulseClosed

    def moved(self, *, starts_at: datetime, minutes: int, place: str) -> Session:
        """Return the session at another time or place; only a planned one changes, and a place alone is no move."""
        if self.state is not SessionState.PLANNED:
            raise AlreadyEnded
        moves = (starts_at, minutes) != (self.starts_at, self.minutes)
        return replace(self, starts_at=starts_at, minutes=minutes, place=place, sequence=self.sequence + moves)

    def without(self, person_id: str) -> Session:
        """Return the session for everybody but *person_id*."""
        stay = tuple(attendance for attendance in self.attendances if attendance.person_id != person_id)
        return replace(self, attendances=stay)

    def cancelled(self, *, by: str, now: datetime) -> Session:
        """Return the session cancelled; only a planned one can be.

        Whoever says so once it has begun only tells that it did not take place, which may have been the other's doing.
        """
        if self.state is not SessionState.PLANNED:
            raise AlreadyEnded
        return replace(
            self,
            state=SessionState.CANCELLED,
            cancelled_by=by if self.is_to_come(now=now) else None,
            cancelled_at=now,
            sequence=self.sequence + 1,
        )

    @property
    def fell_through(self) -> bool:
        """True when it did not take place, and nobody is known to have cancelled it."""
        return self.state is SessionState.CANCELLED and self.cancelled_by is None

    def unconfirmed(self) -> Session:
        """Return the session that nobody confirmed; one that was settled meanwhile stays as it is."""
        return replace(self, state=SessionState.UNCONFIRMED) if self.state is SessionState.PLANNED else self

    def held(
        self, *, held_at: datetime, minutes: int, topic_ids: tuple[str, ...], tried: str, next_try: str, by: str,
        now: datetime,
    ) -> Session:  # fmt: skip
        """Return the session logged as held by everyone; logging again within seven days corrects it."""
        if self.state is SessionState.CANCELLED:
            raise AlreadyEnded
        self.check_correctable(now=now)
        return replace(
            self,
            state=SessionState.HELD,
            starts_at=held_at,
            minutes=minutes,
            topic_ids=topic_ids,
            tried=tried,
            next_try=next_try,
            attendances=tuple(replace(attendance, attended=True) for attendance in self.attendances),
            logged_by=by,
            logged_at=self.logged_at or now.astimezone(UTC),
        )


def twice_cancelled_by(together: Iterable[Session], session: Session) -> Role | None:
    """Return the side that cancelled *session*, if it did so with the last of the pairing's sessions before it too.

    What fell through counts for neither side, as if it had not been planned.
    """
    last: tuple[datetime, Session] | None = None
    for one in together:
        settled_at = one.logged_at or one.cancelled_at
        is_before = one.id != session.id and not one.fell_through
        if is_before and settled_at is not None and (last is None or settled_at > last[0]):
            last = settled_at, one
    if session.cancelled_by is None or last is None or last[1].state is not SessionState.CANCELLED:
        return None
    side = session.role_of(session.cancelled_by)
    return side if last[1].cancelled_by in last[1].people(side) else None


class Reuse(StrEnum):
    """Will the mentee use it again?"""

    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What one person says of one session, 1–5; ``could_say`` is the mentors' own. Shown to nobody, only counted."""

    session_id: str
    person_id: str
    role: Role
    answered_at: datetime
    useful: int | None = None
    at_ease: int | None = None
    reuse: Reuse | None = None
    could_say: int | None = None
    learned: str = ""

    @property
    def is_empty(self) -> bool:
        """True when none of its questions was answered."""
        return not self.learned and all(
            answer is None for answer in (self.useful, self.at_ease, self.reuse, self.could_say)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """What ``/tandem log`` was given: Slack user ids of the partners named, minutes or None, and what was tried.

    ``day`` is a day before today, if one was named. A line ``in_doubt`` is shown to whoever typed it before it counts.
    """

    user_ids: tuple[str, ...]
    minutes: int | None
    tried: str
    day: date | None = None
    in_doubt: bool = False

    @property
    def is_complete(self) -> bool:
        """True when the session can be logged at once, with no modal."""
        return self.minutes is not None and bool(self.tried) and not self.in_doubt

    def held_at(self, *, now: datetime) -> datetime:
        """Return when the session began (UTC) as far as the line says, *now* on the reader's clock.

        It has just ended; on another day it did so at the same time.
        """
        began = (now.astimezone(UTC) - timedelta(minutes=self.minutes or 0)).astimezone(now.tzinfo)
        return (datetime.combine(self.day, began.timetz()) if self.day else began).astimezone(UTC)


_MINUTES = r"(?:m|mn|mins?|minutes?)"
_DURATION = re.compile(
    rf"""
    (?<!\S)
    (?:
        (?P<hours>\d{{1,2}}) (?:[.,](?P<part>\d{{1,2}}))? \s?(?:h|hrs?|hours?|heures?)
        (?:\s?(?P<beyond>[0-5]\d) (?:\s?{_MINUTES})?)?
        | (?P<minutes>\d{{1,3}}) \s?{_MINUTES}
    )
    (?=[\s,;:.!)]|$)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NAMED = re.compile(rf"(?:[\s,;&+]|(?:and|et)\b)*{MENTION.pattern}[\s,;]*", re.IGNORECASE)
_TRIED = re.compile(
    r"(?:(?:(?:we|i)(?: have|['’]ve)? )?tried|(?:(?:on a|nous avons|j['’]ai) )?essayé) ?:? (?=\w)", re.IGNORECASE
)
"""How people begin to say what they tried, which every answer says again before their words."""
_DAY = re.compile(
    r"(?:(?:on|last|le) )?(avant[- ]hier|[^\W\d_]+)(?: dernier)?(?=[ ,;:]|$)"
    r"(?! (?:morning|afternoon|evening|night|matin|midi|après-midi|soir)\b)[ ,;:]*",
    re.IGNORECASE,
)
_RECENTLY = re.compile(r"(?<![\w'’-])(?:yesterday|(?:avant[- ])?hier)(?![\w'’-])", re.IGNORECASE)
_UNKNOWN = re.compile(r"(?<!\S)@\w")
"""Somebody named whom Slack does not know, so that it leaves the name as it is."""


def parse_log_line(text: str, *, today: date) -> LogLine:
    """Read ``[@partner] [45m|1.5h|1h30] [what we tried]``, with one partner or several, on the reader's *today*.

    They may come after the duration too. Where nobody is named there, a mention anywhere else is the partner; those
    that follow the partners are part of what was tried. The duration may come last as well; in the midst of the words
    it is only a guess, which puts the line in doubt and stays among them. So it is with a day, such as ``yesterday`` or
    ``lundi``, anywhere but beside a duration at the beginning. A name that Slack does not know puts in doubt too.

    Raises BadDuration when a duration at the beginning is too short or too long.
    """
    user_ids, rest = _named_first(" ".join(text.split()))
    minutes: int | None = None
    in_doubt = False
    day, after_day = _day_first(rest, today)
    if match := _DURATION.match(after_day):
        minutes, rest = _minutes(match), after_day[match.end() :].lstrip(" ,;:")
        check_minutes(minutes)
        if day is None:
            day, rest = _day_first(rest, today)
    else:
        day = None
    if not user_ids:
        user_ids, rest = _named_first(rest)
    if not user_ids and (mention := MENTION.search(rest)):
        user_ids, rest = [mention.group(1)], " ".join(MENTION.sub(" ", rest, count=1).split())
    if minutes is None:
        lengths = [match for match in _DURATION.finditer(rest) if SHORTEST <= _minutes(match) <= LONGEST]
        if lengths:
            minutes = _minutes(lengths[-1])
            in_doubt = lengths[-1].end() < len(rest)
            rest = rest if in_doubt else rest[: lengths[-1].start()].rstrip(" ,;:")
    if day is None and (match := _RECENTLY.search(rest)):
        day, in_doubt = last_named(match[0], today=today), True
    if match := _TRIED.match(rest):
        rest = rest[match.end() :]
    if not user_ids and _UNKNOWN.search(rest):
        in_doubt = True
    return LogLine(
        user_ids=tuple(dict.fromkeys(user_ids)), minutes=minutes, day=day, tried=rest[:LONGEST_TEXT], in_doubt=in_doubt
    )


def _day_first(text: str, today: date) -> tuple[date | None, str]:
    """Return the day named at the beginning of *text*, if one is, and what follows it."""
    match = _DAY.match(text)
    day = last_named(match[1], today=today) if match else None
    return (day, text[match.end() :]) if match and day else (None, text)


def _minutes(duration: re.Match[str]) -> int:
    if duration["minutes"]:
        return int(duration["minutes"])
    return round(60 * float(f"{duration['hours']}.{duration['part'] or 0}")) + int(duration["beyond"] or 0)


def _named_first(text: str) -> tuple[list[str], str]:
    """Return the Slack user ids named at the beginning of *text*, and what follows them."""
    user_ids = []
    while match := _NAMED.match(text):
        user_ids.append(match.group(1))
        text = text[match.end() :]
    return user_ids, text


def check_minutes(minutes: int) -> None:
    """Raise BadDuration unless *minutes* is a length a session can have."""
    if not SHORTEST <= minutes <= LONGEST:
        raise BadDuration(field="minutes", least=SHORTEST, most=LONGEST)


def check_planned(starts_at: datetime, *, now: datetime) -> None:
    """Raise DateInPast or DateTooFar unless a session can be planned at *starts_at*."""
    if starts_at <= now:
        raise DateInPast(field="date")
    if starts_at > now + HORIZON:
        raise DateTooFar(field="date", limit=(now + HORIZON).date())


def check_held(held_at: datetime, *, now: datetime) -> None:
    """Raise DateInFuture or DateTooOld unless a session that started at *held_at* can be logged."""
    if held_at > now:
        raise DateInFuture(field="date")
    if held_at < now - LOOK_BACK:
        raise DateTooOld(field="date", limit=(now - LOOK_BACK).date())
