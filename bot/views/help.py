"""The help of ``/tandem``: what this person can type, and the nearest word when one is unknown."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, Protocol

from bot.domain.access import Actor, Policy
from bot.domain.writing import plain
from bot.locales import Mrkdwn, Texts
from bot.views import blocks

NEAR = 0.8
"""How alike two words are that one may stand for by a slip: below, “exporter” would be taken for “importer”."""


class Listed(Protocol):
    """A subcommand as the help lists it."""

    @property
    def name(self) -> str: ...
    @property
    def alias(self) -> str: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def usage(self) -> str: ...
    @property
    def purpose(self) -> str: ...


def help_message(t: Texts, subcommands: Iterable[Listed], actor: Actor, *, typed: str | None = None) -> dict[str, Any]:
    """Return the help for *actor*'s roles; *typed* is a word that is no subcommand."""
    shown = [one for one in subcommands if one.policy is not Policy.LEAD or actor.is_lead]
    top: list[blocks.Block] = []
    text = t("What Tandem can do for you")
    if typed is not None:
        near = _near(typed, [_word(t, one) for one in shown])
        sentence = (
            t.md("I do not know “{typed}”. Did you mean `/tandem {near}`?", typed=blocks.cut(typed, 40), near=near)
            if near
            else t.md("I do not know “{typed}”. Here is what I can do.", typed=blocks.cut(typed, 40))
        )
        text = str(sentence)
        top = [blocks.section(sentence)]
    groups = [(t("For everybody"), [one for one in shown if one.policy is not Policy.LEAD])]
    if actor.is_lead:
        groups.append((t("For programme leads"), [one for one in shown if one.policy is Policy.LEAD]))
    for title, listed in groups:
        lines = "\n".join(_line(t, one) for one in listed)
        top.append(blocks.section(Mrkdwn(f"*{title}*\n{lines}")))
    top.append(blocks.context(t.md("Everything is also in Tandem's Home tab, with buttons.")))
    return {"response_type": "ephemeral", **blocks.message(text, top)}


def _near(typed: str, words: Iterable[str]) -> str | None:
    """Return which of the *words* was *typed* with a slip, or letters in the wrong order; None where none is near."""
    by_plain = {plain(word): word for word in words}
    slip = plain(typed)
    swapped = (word for word in by_plain if sorted(word) == sorted(slip))
    near = next(swapped, None) or next(iter(difflib.get_close_matches(slip, by_plain, n=1, cutoff=NEAR)), None)
    return by_plain[near] if near else None


def _word(t: Texts, one: Listed) -> str:
    return one.alias if t.language == "fr" else one.name


def _line(t: Texts, one: Listed) -> Mrkdwn:
    usage = f" {t(one.usage)}" if one.usage else ""
    return t.md("`/tandem {word}{usage}`: {purpose}", word=_word(t, one), usage=Mrkdwn(usage), purpose=t(one.purpose))
