"""What people write, made safe to keep: no control, bidirectional or invisible characters, no more than a cap."""

from __future__ import annotations

import re
import unicodedata

from bot.errors import TooLong

_KEPT = {"\n", "\t"}


def cleaned(text: str, *, longest: int = 2_000) -> str:
    """Return *text* normalised (NFC), trimmed, without control, bidirectional and zero-width characters.

    Raises TooLong over *longest* characters, rather than cutting what somebody wrote.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    text = "".join(
        one for one in text if one in _KEPT or unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co")
    ).strip()
    if len(text) > longest:
        raise TooLong(limit=longest)
    return text


MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
"""Somebody named in a command, as Slack escapes it; the group is their user id."""


def mentioned(text: str) -> list[str]:
    """Return the Slack user ids of everybody named in *text*, in order."""
    return MENTION.findall(text)


_LINK = re.compile(r"<((?:https?://|mailto:)[^|>]+)(?:\|([^>]*))?>")


def as_typed(text: str) -> str:
    """Return a command's *text* as somebody typed it: Slack escapes ``&``, ``<`` and ``>``, and wraps links.

    Mentions stay as Slack sends them. What is typed into a form comes as it is and must not go through here.
    """
    text = _LINK.sub(lambda link: link[2] or link[1], text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


_NAMED = re.compile(r"<@\w+\|([^>]+)>")


def with_names(text: str) -> str:
    """Return a command's *text* with people by the name that Slack sends along, as ``@ana``: code shows no mentions."""
    return _NAMED.sub(r"@\1", text)


def plain(text: str) -> str:
    """Return *text* without case, accents and invisible characters, as people type and paste it in a hurry."""
    return "".join(
        one
        for one in unicodedata.normalize("NFD", text.lower())
        if not unicodedata.combining(one) and unicodedata.category(one) != "Cf"
    )
