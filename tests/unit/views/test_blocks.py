"""Rows of a message: what is pressed in one of them is answered there."""

from __future__ import annotations

from bot.locales import escape
from bot.views import blocks
from playground.blocks import problems_of_blocks


def asking(name: str) -> list[blocks.Block]:
    """Build a row with a button."""
    return blocks.row(name, blocks.section(escape(name)), blocks.actions(blocks.button("Plan", "plan")))


def said(shown: list[blocks.Block]) -> list[str]:
    """Return the texts of the sections."""
    return [block["text"]["text"] for block in shown if block["type"] == "section"]


FOOT = blocks.row(blocks.FOOT, blocks.actions(blocks.button("Stop these", "stop")))
TITLE = {**blocks.section(escape("title")), "block_id": "aB3/x"}
DONE, GONE = blocks.section(escape("done")), [*asking("gone")]


def test_an_answer_takes_the_place_of_its_row_and_leaves_the_others() -> None:
    shown = [TITLE, *asking("bob"), *asking("cleo"), *FOOT]
    answered = blocks.answer_row(shown, "bob::1", [DONE])
    assert said(answered) == ["title", "done", "cleo"]
    assert answered[-1:] == FOOT
    assert problems_of_blocks(answered) == []


def test_what_an_answer_asks_is_answered_in_the_same_place_under_ids_of_its_own() -> None:
    shown = [TITLE, *asking("bob"), *asking("cleo"), *FOOT]
    asked_anew = blocks.answer_row(shown, "bob::1", GONE)
    assert not {block["block_id"] for block in asking("bob")} & {block["block_id"] for block in asked_anew}
    assert problems_of_blocks(asked_anew) == []
    button = asked_anew[2]["block_id"]
    assert said(blocks.answer_row(asked_anew, button, [DONE])) == ["title", "done", "cleo"]


def test_the_foot_goes_with_the_last_row_that_asks_something() -> None:
    shown = [TITLE, *asking("bob"), *FOOT]
    answered = blocks.answer_row(shown, "bob::1", [DONE])
    assert said(answered) == ["title", "done"]
    assert len(answered) == 2


def test_a_block_of_no_row_is_replaced_alone() -> None:
    button = {**blocks.actions(blocks.button("Move", "move")), "block_id": "q/7=:"}
    assert not blocks.is_in_row(button["block_id"])
    assert said(blocks.answer_row([TITLE, button], button["block_id"], [DONE])) == ["title", "done"]


def test_where_it_is_not_told_what_is_shown_the_answer_is_all() -> None:
    assert blocks.answer_row([], "bob::1", [DONE]) == [DONE]


def test_a_row_loses_a_button_that_was_used_and_keeps_its_others() -> None:
    used, other = blocks.button("How was it?", "pulse"), blocks.button("Correct it", "correct")
    shown = [TITLE, *blocks.row("bob", blocks.section(escape("bob")), blocks.actions(used, other)), *asking("cleo")]
    kept = blocks.without_button(shown, "bob::1", "pulse")
    assert said(kept) == ["bob"]
    assert kept[1]["elements"] == [other]
    beside = blocks.row("bob", blocks.section(escape("bob"), accessory=used), blocks.actions(other))
    assert "accessory" not in blocks.without_button(beside, "bob::0", "pulse")[0]


def test_a_row_that_offers_nothing_else_than_the_button_used_keeps_nothing() -> None:
    used = blocks.button("How was it?", "pulse")
    for row in (
        blocks.row("bob", blocks.section(escape("bob"), accessory=used)),
        blocks.row("bob", blocks.section(escape("bob")), blocks.actions(used)),
    ):
        assert blocks.without_button([TITLE, *row, *asking("cleo")], "bob::1", "pulse") == []
