"""Topics: the catalogue, how well one can be shown, how much it is used today."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Use(IntEnum):
    """What somebody does with a topic today."""

    NEVER = 0
    TRIED = 1
    WEEKLY = 2
    COULD_SHOW = 3


class Level(IntEnum):
    """How well a mentor can show a topic; comparable with :class:`Use`: a mentor's level must be above it."""

    WEEKLY = 2
    COULD_SHOW = 3
    OTHERS_ASK_ME = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of the catalogue.

    ``names`` and ``tips`` map a language to a text; ``kits`` a language to three things to try together. A topic is
    archived rather than deleted, since pairings and sessions refer to it.
    """

    id: str
    position: int
    names: dict[str, str]
    kits: dict[str, tuple[str, ...]]
    tips: dict[str, str]
    archived: bool = False

    def name(self, language: str) -> str:
        """Return the topic's name in *language*, else in English, else its id."""
        return self.names.get(language) or self.names.get("en") or self.id
