"""One-sentence replies: in a modal, under a command, only for the person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.writing import with_names
from bot.locales import Mrkdwn, Texts, escape
from bot.views import blocks, ids


def modal(t: Texts, sentence: str, *, title: str | None = None, buttons: Sequence[blocks.Element] = ()) -> blocks.View:
    """Return a small modal that says *sentence* (plain text), with the *buttons* that help, and can be closed."""
    shown = [blocks.section(escape(sentence)), *_actions(buttons)]
    return blocks.modal(t, title=title or "Tandem", callback_id=ids.NOTICE, blocks=shown)


def ephemeral(sentence: str, *, buttons: Sequence[blocks.Element] = ()) -> dict[str, Any]:
    """Return a reply to a button, beside the message, that leaves the message as it is."""
    said = blocks.notice(escape(sentence), response_type="ephemeral", replace_original=False)
    return {**said, "blocks": [*said["blocks"], *_actions(buttons)]}


def _actions(buttons: Sequence[blocks.Element]) -> list[blocks.Block]:
    return [blocks.actions(*buttons)] if buttons else []


def sentence(text: Mrkdwn) -> dict[str, Any]:
    """Return a message of one sentence, as what stands in the place of a button once it was used."""
    return blocks.notice(text)


def done(t: Texts, text: Mrkdwn) -> blocks.View:
    """Return what a modal becomes once it was submitted: one sentence that says what happened."""
    return blocks.modal(t, title="Tandem", callback_id=ids.NOTICE, blocks=[blocks.section(text)], close=t("Close"))


def holding(t: Texts, message: dict[str, Any]) -> blocks.View:
    """Return a modal that shows the blocks of *message*."""
    return blocks.modal(t, title="Tandem", callback_id=ids.NOTICE, blocks=message["blocks"])


def shown(view: blocks.View) -> dict[str, Any]:
    """Return a message that shows the blocks of the modal *view*."""
    return blocks.message(view["title"]["text"], view["blocks"])


def solving(t: Texts) -> Mrkdwn:
    """Say what stands in the place of what is being solved."""
    return meanwhile(t, t.md("Solving… this takes a few seconds with so many people."))


def working(t: Texts) -> Mrkdwn:
    """Say what stands in the place of what is being done."""
    return meanwhile(t, t.md("One moment… this takes a few seconds with so many people."))


def meanwhile(t: Texts, word: Mrkdwn) -> Mrkdwn:
    """Return *word*, with what it means when it stays: a process that is lost replaces it no more."""
    if_it_stays = t.md(
        "If you still read this in two minutes, it was interrupted: please ask again. Nothing is done twice."
    )
    return Mrkdwn(f"{word} {if_it_stays}")


def failed_command(t: Texts, sentence: str, *, typed: str, buttons: Sequence[blocks.Element] = ()) -> dict[str, Any]:
    """Return the reply to a command that was refused, with what was typed, ready to be copied and mended."""
    shown = with_names(typed).replace("`", "ʼ")
    return {
        "response_type": "ephemeral",
        "text": escape(sentence),
        "blocks": [
            blocks.section(escape(sentence)),
            *_actions(buttons),
            blocks.context(t.md("You typed: {typed}", typed=Mrkdwn(f"`{blocks.cut(shown, 1000)}`"))),
        ],
    }
