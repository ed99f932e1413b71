"""Which drawing belongs to which letter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.letters import Letter
from bot.locales import Texts

DRAWINGS: Mapping[type[Letter], Callable[[Any, Texts], dict[str, Any]]] = {}


def draw(letter: Letter, t: Texts) -> dict[str, Any]:
    """Return *letter* as a Slack message in its reader's language; LookupError when nobody draws its type."""
    return DRAWINGS[type(letter)](letter, t)
