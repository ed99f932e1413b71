"""What all letters have in common."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.pairings import GoneOn, GoOn
from bot.locales import Texts
from bot.views import blocks, ids, nudges
from bot.views.letters import draw
from tests.builders import a_pairing
from tests.unit.views.test_nudges import LETTERS as NUDGES
from tests.unit.views.test_pairing_and_sessions import LETTERS

T = Texts("en", "Europe/Paris")
OPEN_A_FORM = {ids.OPEN_PLAN, ids.OPEN_MOVE, ids.OPEN_LOG, ids.OPEN_LOG_SESSION, ids.OPEN_PULSE, ids.OPEN_SURVEY}
MESSAGES = {
    **{name: draw(letter, T) for name, letter in {**LETTERS, **NUDGES}.items()},
    **{
        f"gone on: {answer}": nudges.gone_on(T, GoneOn(pairing=a_pairing(), answer=answer, is_news=True))
        for answer in GoOn
    },
}


def pressed(block: blocks.Block) -> Iterator[str]:
    """Return the action ids of what can be pressed in *block*."""
    for element in (*block.get("elements", ()), block.get("accessory", {})):
        if "action_id" in element:
            yield element["action_id"]


@pytest.mark.parametrize("name", MESSAGES)
def test_what_a_form_answers_is_found_again_by_it(name: str) -> None:
    """A form puts its answer in the place of the row that it was opened from; elsewhere the question would stay."""
    for block in MESSAGES[name]["blocks"]:
        if OPEN_A_FORM.intersection(pressed(block)):
            assert blocks.is_in_row(block["block_id"])
