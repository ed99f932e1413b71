"""Days as people type them, in English or in French: until when a pause lasts (each has an end), or one just past."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import DateInPast, DateTooFar, UnreadableDate

LONGEST_PAUSE = timedelta(days=183)

_WEEKDAYS = (
    ("monday", "lundi"), ("tuesday", "mardi"), ("wednesday", "mercredi"), ("thursday", "jeudi"), ("friday", "vendredi"),
    ("saturday", "samedi"), ("sunday", "dimanche"),
)  # fmt: skip
_MONTHS = (
    ("january", "janvier"), ("february", "fevrier"), ("march", "mars"), ("april", "avril"), ("may", "mai"),
    ("june", "juin"), ("july", "juillet"), ("august", "aout"), ("september", "septembre"), ("october", "octobre"),
    ("november", "novembre"), ("december", "decembre"),
)  # fmt: skip
_NUMBERS = (
    ("a", "an", "one", "un", "une"), ("two", "deux"), ("three", "trois"), ("four", "quatre"), ("five", "cinq"),
    ("six",), ("seven", "sept"), ("eight", "huit"), ("nine", "neuf"), ("ten", "dix"),
)  # fmt: skip
_DAYS_AGO = {"yesterday": 1, "hier": 1, "avant-hier": 2, "avant hier": 2}
_DAYS = {"d": 1, "day": 1, "days": 1, "j": 1, "jour": 1, "jours": 1}
_WEEKS = {"w": 7, "week": 7, "weeks": 7, "semaine": 7, "semaines": 7, "sem": 7}
_MONTH_UNITS = {"month", "months", "mois"}
_LEADING = re.compile(r"(?:(?:until|till|til|for|on|the|jusqu'(?:a|au|en)|pendant|pour|au|le|la)\s+)*")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-](\d{4}|\d{2}))?")
_COUNT = re.compile(r"(\d{1,3}|[a-z]+)\s*([a-z]+)")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)?\s+([a-z]+)\.?(?:\s+(\d{4}))?")
_MONTH_DAY = re.compile(r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?")


def parse_until(text: str, *, today: date) -> date:
    """Return the first day back that *text* means: ``2 weeks``, ``31/03``, ``2027-03-31``, ``until friday``.

    A day without a year is the next such day after *today*; a number with slashes is day first. Raises
    UnreadableDate, DateInPast or DateTooFar.
    """
    words = _LEADING.sub("", _plain(text), count=1)
    try:
        until = _counted(words, today) or _named(words, today) or _written(words, today)
    except (ValueError, OverflowError):
        until = None
    if until is None:
        raise UnreadableDate(field="until", text=text[:40])
    check_until(until, today=today)
    return until


def last_named(word: str, *, today: date) -> date | None:
    """Return the day before *today* that *word* means: ``yesterday``, ``avant-hier``, ``lundi``; None for other words.

    The name of today's own weekday is none of them, since it may mean today or a week ago.
    """
    word = _plain(word)
    weekday = _position(word, _WEEKDAYS)
    ago = _DAYS_AGO.get(word) or (weekday and (today.weekday() + 1 - weekday) % 7)
    return today - timedelta(days=ago) if ago else None


def check_until(until: date, *, today: date) -> None:
    """Raise DateInPast or DateTooFar unless a pause can end on *until*."""
    if until <= today:
        raise DateInPast(field="until")
    if until > today + LONGEST_PAUSE:
        raise DateTooFar(field="until", limit=today + LONGEST_PAUSE)


def back_at(until: date, tz: str) -> datetime:
    """Return the instant (UTC) at which a pause until *until* is over for somebody who lives in *tz*."""
    return datetime.combine(until, time(), ZoneInfo(tz)).astimezone(UTC)


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return " ".join("".join(one for one in decomposed if not unicodedata.combining(one)).split())


def _counted(words: str, today: date) -> date | None:
    """Read ``2 weeks``, ``une semaine``, ``10j``."""
    if not (match := _COUNT.fullmatch(words)):
        return None
    number, unit = match.groups()
    count = int(number) if number.isdecimal() else _position(number, _NUMBERS)
    if count is None:
        return None
    if unit in _MONTH_UNITS:
        return _months_later(today, count)
    days = (_DAYS | _WEEKS).get(unit)
    return today + timedelta(days=count * days) if days else None


def _named(words: str, today: date) -> date | None:
    """Read ``tomorrow``, ``next week``, ``vendredi``."""
    if words in ("tomorrow", "demain"):
        return today + timedelta(days=1)
    if words in ("next week", "semaine prochaine"):
        return today + timedelta(days=7 - today.weekday())
    if words in ("next month", "mois prochain"):
        return _months_later(today.replace(day=1), 1)
    weekday = _position(words.removeprefix("next ").removesuffix(" prochain"), _WEEKDAYS, shortest=3)
    if weekday is None:
        return None
    return today + timedelta(days=(weekday - 1 - today.weekday() - 1) % 7 + 1)


def _written(words: str, today: date) -> date | None:
    """Read a date written out, in figures or with its month in words."""
    if match := _ISO.fullmatch(words):
        year, month, day = map(int, match.groups())
        return date(year, month, day)
    if match := _NUMERIC.fullmatch(words):
        return _dated(int(match[1]), int(match[2]), match[3], today)
    if match := _DAY_MONTH.fullmatch(words):
        return _dated(int(match[1]), _position(match[2], _MONTHS, shortest=3), match[3], today)
    if match := _MONTH_DAY.fullmatch(words):
        return _dated(int(match[2]), _position(match[1], _MONTHS, shortest=3), match[3], today)
    return None


def _dated(day: int, month: int | None, year: str | None, today: date) -> date | None:
    if month is None:
        return None
    if year is not None:
        return date(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    if day > monthrange(2000, month)[1]:
        return None
    coming = (date(one, month, day) for one in range(today.year, today.year + 9) if day <= monthrange(one, month)[1])
    return next((one for one in coming if one > today), None)


def _months_later(day: date, count: int) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _position(word: str, names: Iterable[tuple[str, ...]], *, shortest: int | None = None) -> int | None:
    """Return the place of *word* among *names*, from 1; with *shortest*, of an abbreviation so long too."""
    for place, spellings in enumerate(names, start=1):
        if any(word == one or (shortest and len(word) >= shortest and one.startswith(word)) for one in spellings):
            return place
    return None
