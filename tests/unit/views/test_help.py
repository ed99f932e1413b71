"""The help offers another word only where what was typed is a slip of one, in the reader's own language."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.domain.access import Policy
from bot.locales import Texts
from bot.views.help import help_message
from tests.builders import LEAD, an_actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A subcommand as the help lists it."""

    name: str
    alias: str
    policy: Policy = Policy.ANYONE
    usage: str = ""
    purpose: str = ""


WORDS = {
    "pause": "pause", "resume": "reprendre", "plan": "planifier", "log": "noter", "sessions": "séances",
    "import": "importer", "leave": "quitter", "home": "accueil", "change": "changer",
}  # fmt: skip
COMMANDS = [Command(name=name, alias=alias) for name, alias in WORDS.items()]


@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [
        ("en", "forget-me", None),
        ("en", "offer", None),
        ("en", "ask", None),
        ("en", "export", None),
        ("en", "planifie", None),
        ("en", "Sesion", "sessions"),
        ("en", "resme", "resume"),
        ("en", "hoem", "home"),
        ("fr", "exporter", None),
        ("fr", "oublier", None),
        ("fr", "sesions", None),
        ("fr", "séance", "séances"),
        ("fr", "planifer", "planifier"),
    ],
)
def test_an_unknown_word_is_only_taken_for_one_that_is_near(language: str, typed: str, meant: str | None) -> None:
    said = help_message(Texts(language, "Europe/Paris"), COMMANDS, an_actor(LEAD, is_lead=True), typed=typed)["text"]
    offered = [word for word in {*WORDS, *WORDS.values()} if f"`/tandem {word}`" in said]
    assert offered == ([meant] if meant else [])
