"""Every sentence exists in French, with the same places, and nothing is left over."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from bot.errors import DateTooFar
from bot.locales import Mrkdwn, Texts

ROOT = Path(__file__).parents[2]
SOURCES = ("bot", "handlers")
KEYWORDS = {"N_": 1, "t": 1, "md": 1, "n": 2, "nmd": 2}
"""What marks a sentence in the code, as `make texts` knows, and how many forms it has."""


def sentences_in_code() -> set[tuple[str, ...]]:
    """Return every English sentence the code asks for, in the two forms it may have.

    Read from the syntax tree: what Babel extracts leaves out whatever stands inside an f-string, and the second form
    where a call inside its own arguments looks like another sentence.
    """
    paths = [ROOT / "app.py", *(path for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))]
    return {sentence for path in paths for sentence in sentences_in(path.read_text(encoding="utf-8"))}


def sentences_in(source: str) -> Iterator[tuple[str, ...]]:
    """Yield the sentences in one file's *source*, each in its forms."""
    for node in ast.walk(ast.parse(source)):
        name = getattr(node.func, "id", getattr(node.func, "attr", None)) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and name in KEYWORDS:
            given = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if forms := tuple(given[: KEYWORDS[name]]):
                yield forms


def french() -> dict[str, Message]:
    """Return the French catalogue by its English key."""
    return {forms_of(one.id)[0]: one for one in catalogue()}


def catalogue() -> list[Message]:
    """Return the French catalogue."""
    with (ROOT / "bot" / "locales" / "fr.po").open("rb") as source:
        return [one for one in read_po(source, locale="fr") if one.id]


def forms_of(text: str | Sequence[str] | None) -> Sequence[str]:
    """Return the singular and plural, or the one form there is."""
    return (text or "",) if text is None or isinstance(text, str) else text


def places(text: str) -> set[str]:
    """Return the names of a sentence's places."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_is_translated_and_no_translation_is_left_over() -> None:
    assert sentences_in_code() == {tuple(forms_of(one.id)) for one in catalogue()}


def test_a_sentence_inside_an_f_string_is_one_too() -> None:
    found = sentences_in("f\"*{t.md('Pulse')}* {t.n('one', 'many', 2)} {t(name)}\"")
    assert list(found) == [("Pulse",), ("one", "many")]


def test_no_translation_is_missing_or_doubtful() -> None:
    for key, message in french().items():
        assert all(forms_of(message.string)), f"not translated: {key}"
        assert not message.fuzzy, f"doubtful: {key}"


def test_translations_keep_the_places_of_the_sentence() -> None:
    for key, message in french().items():
        for form in forms_of(message.string):
            assert places(form) == places(forms_of(message.id)[-1]), key


def test_french_spaces_do_not_break_before_its_punctuation() -> None:
    for key, message in french().items():
        for form in forms_of(message.string):
            for mark in "?!;:»%":
                assert f" {mark}" not in form, f"a plain space before {mark}: {key}"


def test_no_article_stands_before_a_moment_that_slack_may_write_as_tomorrow() -> None:
    article = re.compile(r"\b(on|of|in|the|le|la|du|de|au|à|jusqu’à|depuis)\s\W?\{when\}")
    for key, message in french().items():
        for text in (*forms_of(message.id), *forms_of(message.string)):
            assert not article.search(text), key


def test_what_people_wrote_is_escaped_in_mrkdwn_and_not_in_plain_text() -> None:
    t = Texts("en", "Europe/Paris")
    assert t.md("{name} wrote", name="<!channel> & co") == "&lt;!channel&gt; &amp; co wrote"
    assert t.md("{name} wrote", name=Mrkdwn("<@U1>")) == "<@U1> wrote"
    assert t("{name} wrote", name="<!channel>") == "<!channel> wrote"


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [("en", "Monday 1 March", "Mon 1 Mar, 10:00"), ("fr", "lundi 1er mars", "lun. 1er mars, 10h00")],
)
def test_days_and_times_are_written_as_the_reader_writes_them(language: str, day: str, moment: str) -> None:
    t = Texts(language, "Europe/Paris")
    assert t.date(date(2027, 3, 1)) == day
    assert t.moment(datetime(2027, 3, 1, 9, 0, tzinfo=UTC)) == moment


def test_french_has_its_own_apostrophes_and_spaces() -> None:
    translated = [text for one in catalogue() for text in forms_of(one.string)]
    assert not [text for text in translated if "'" in text]
    assert not [text for text in translated if re.search(r" [?!;:](\s|$)", text)]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Please choose Wednesday 1 September 2027 or an earlier day."),
        ("fr", "Choisissez une date jusqu’au mercredi 1er septembre 2027 au plus tard."),
    ],
)
def test_the_day_in_a_refusal_is_written_as_the_reader_writes_it(language: str, sentence: str) -> None:
    refusal = DateTooFar(limit=date(2027, 9, 1))
    assert Texts(language, "Europe/Paris")(refusal.sentence, **refusal.params) == sentence
