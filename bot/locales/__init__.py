"""French and English texts: the English sentence is the key, gettext catalogues hold the French, Babel the dates.

Sentences have ``{named}`` places. :meth:`Texts.__call__` gives plain text; :meth:`Texts.md` gives Slack's mrkdwn and
escapes whatever fills the places, so that what people wrote can neither format nor mention.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Iterable
from datetime import date, datetime
from datetime import time as time_of_day
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.errors import Terms

HERE = Path(__file__).parent
BABEL_LOCALES = {"en": "en_GB", "fr": "fr_FR"}


class Mrkdwn(str):
    """Text that is mrkdwn already; it is not escaped again."""

    __slots__ = ()


def escape(text: str) -> Mrkdwn:
    """Return what somebody wrote as mrkdwn that shows it and does nothing else."""
    return Mrkdwn(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


class Texts:
    """One reader's language and zone."""

    def __init__(self, language: str, tz: str) -> None:
        self.language = language if language in BABEL_LOCALES else "en"
        self.tz = ZoneInfo(tz)
        self._locale = BABEL_LOCALES[self.language]
        self._catalogue = _catalogue(self.language)

    def __call__(self, sentence: str, **places: object) -> str:
        """Return *sentence* in the reader's language, as plain text; a day that fills a place gets its year."""
        translated = self._catalogue.gettext(sentence)
        written = {name: self._written(place) for name, place in places.items()}
        return translated.format(**written) if places else translated

    def n(self, one: str, many: str, count: int, **places: object) -> str:
        """Return the form that fits *count*, which also fills ``{count}``, as plain text."""
        return self._catalogue.ngettext(one, many, count).format(count=self.number(count), **places)

    def md(self, sentence: str, **places: object) -> Mrkdwn:
        """Return *sentence* in the reader's language as mrkdwn, its places escaped unless they are mrkdwn."""
        return Mrkdwn(self._catalogue.gettext(sentence).format(**_escaped(places)))

    def nmd(self, one: str, many: str, count: int, **places: object) -> Mrkdwn:
        """Return the form that fits *count* as mrkdwn."""
        return Mrkdwn(self._catalogue.ngettext(one, many, count).format(count=self.number(count), **_escaped(places)))

    def date(self, day: date, *, with_year: bool = False) -> str:
        """Return a day as ``Monday 4 January``, and its year where asked for."""
        return self._first(format_date(day, "EEEE d MMMM y" if with_year else "EEEE d MMMM", locale=self._locale))

    def clock(self, moment: time_of_day) -> str:
        """Return a time of day on anybody's clock."""
        return format_time(moment, "short", locale=self._locale)

    def time(self, moment: datetime) -> str:
        """Return a time of day on the reader's clock."""
        return format_time(moment, "short", tzinfo=self.tz, locale=self._locale)

    def moment(self, moment: datetime) -> str:
        """Return a moment as ``Mon 4 Jan, 14:30`` on the reader's clock, for where Slack cannot write it (buttons)."""
        pattern = "EEE d MMM, HH:mm" if self.language == "en" else "EEE d MMM, HH'h'mm"
        return self._first(format_datetime(moment, pattern, tzinfo=self.tz, locale=self._locale))

    def when(self, moment: datetime) -> Mrkdwn:
        """Return a moment that Slack writes in the zone of whoever reads it."""
        form = "{date_long_pretty} at {time}" if self.language == "en" else "{date_long_pretty} à {time}"
        return Mrkdwn(
            f"<!date^{int(moment.timestamp())}^{form}|{self.date(self.local(moment).date())} {self.time(moment)}>"
        )

    def local(self, moment: datetime) -> datetime:
        """Return *moment* on the reader's clock."""
        return moment.astimezone(self.tz)

    def _written(self, place: object) -> object:
        """Return a day or terms as the reader writes them, since an error has no reader; anything else as it is."""
        if isinstance(place, Terms):
            return ", ".join(self._catalogue.gettext(term) for term in place)
        return self.date(place, with_year=True) if isinstance(place, date) else place

    def _first(self, day: str) -> str:
        """Return *day* with an ordinal where French wants one, on the first of a month alone."""
        return day.replace(" 1 ", " 1er ", 1) if self.language == "fr" else day

    def number(self, number: float) -> str:
        """Return a number as the reader writes it."""
        return format_decimal(number, locale=self._locale)

    def duration(self, minutes: int) -> str:
        """Return minutes as ``45 min`` or ``1 h 30``."""
        hours, rest = divmod(minutes, 60)
        if not hours:
            return f"{minutes} min"
        return f"{hours} h {rest:02}" if rest else f"{hours} h"

    def join(self, items: Iterable[str]) -> str:
        """Return ``a, b and c`` in the reader's language."""
        return format_list(list(items), locale=self._locale)

    def either(self, items: Iterable[str]) -> str:
        """Return ``a, b or c`` in the reader's language."""
        return format_list(list(items), style="or", locale=self._locale)

    def language_name(self, code: str) -> str:
        """Return a language by its ISO 639 code, in the reader's own."""
        return str(Locale.parse(self._locale).languages.get(code, code))

    def mentions(self, user_ids: Iterable[str]) -> Mrkdwn:
        """Return people as mrkdwn mentions, joined."""
        return Mrkdwn(self.join(f"<@{user_id}>" for user_id in user_ids))


def _escaped(places: dict[str, Any]) -> dict[str, object]:
    return {
        name: escape(place) if isinstance(place, str) and not isinstance(place, Mrkdwn) else place
        for name, place in places.items()
    }


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """Read a catalogue straight from its ``.po``, so that there is no compiled copy to fall out of step."""
    path = HERE / f"{language}.po"
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
