"""Block Kit is checked as Slack checks it."""

from __future__ import annotations

from typing import Any

import pytest

from playground.blocks import displayed_length, problems_of_blocks, problems_of_view, with_ids

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str = "Hello", **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(text: str = "Go", **more: Any) -> Json:
    return {"type": "button", "text": plain(text), **more}


def option(text: str = "One", value: str = "1", **more: Any) -> Json:
    return {"text": plain(text), "value": value, **more}


def select(**more: Any) -> Json:
    return {"type": "static_select", "options": [option()], **more}


def labelled(element: Json, **more: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "submit": plain("Send"), "blocks": list(blocks), **more}


def chart(**more: Any) -> Json:
    series = {"name": "Sessions", "data": [{"label": "Mon", "value": 3}, {"label": "Tue", "value": 5}]}
    plot = {"type": "bar", "series": [series], "axis_config": {"categories": ["Mon", "Tue"]}, **more}
    return {"type": "data_visualization", "title": "Sessions held", "chart": plot}


def table(rows: int = 2, columns: int = 2) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns] * rows}


PARAGRAPH = {"type": "rich_text_section", "elements": [{"type": "text", "text": "Hi", "style": {"bold": True}}]}
PICTURE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A chart"}


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(section(), id="section"),
        pytest.param({"type": "section", "fields": [mrkdwn("a"), plain("b")]}, id="fields"),
        pytest.param(section(accessory=button()), id="accessory"),
        pytest.param(
            section(accessory={"type": "image", "image_url": "http://x.example/y", "alt_text": "y"}), id="thumb"
        ),
        pytest.param({"type": "divider", "block_id": "line"}, id="divider"),
        pytest.param({"type": "header", "text": plain("H" * 150)}, id="header"),
        pytest.param({"type": "context", "elements": [PICTURE, mrkdwn("small")]}, id="context"),
        pytest.param(actions(button(value="v" * 2000, style="primary"), select()), id="actions"),
        pytest.param(labelled({"type": "plain_text_input", "multiline": True}, optional=True), id="input"),
        pytest.param(PICTURE, id="image"),
        pytest.param({"type": "markdown", "text": "# Hello"}, id="markdown"),
        pytest.param({"type": "rich_text", "elements": [PARAGRAPH]}, id="rich text"),
        pytest.param(
            {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": [PARAGRAPH]}]},
            id="list",
        ),
        pytest.param(table(rows=100, columns=20), id="table"),
        pytest.param(chart(), id="chart"),
        pytest.param(
            {
                "type": "context_actions",
                "elements": [{"type": "icon_button", "icon": "trash", "text": plain("Delete")}],
            },
            id="context actions",
        ),
    ],
)
def test_a_sound_block_passes_in_a_message(block: Json) -> None:
    assert problems_of_blocks([block]) == []


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ({"text": mrkdwn("x")}, "missing required field: type [json-pointer:/blocks/0]"),
        ({"type": "blink"}, "unsupported type: blink [json-pointer:/blocks/0/type]"),
        ({"type": "section"}, "must define either `text` or `fields` [json-pointer:/blocks/0]"),
        (section("x" * 3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        (section(colour="red"), "invalid additional property: colour [json-pointer:/blocks/0]"),
        (section(block_id="b" * 256), "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
        (section(accessory={"type": "datetimepicker"}), "unsupported type: datetimepicker"),
        (section(accessory={"type": "plain_text_input"}), "unsupported type: plain_text_input"),
        ({"type": "section", "fields": [mrkdwn("x")] * 11}, "no more than 10 items allowed"),
        ({"type": "section", "fields": [mrkdwn("x" * 2001)]}, "must be less than 2001 characters"),
        ({"type": "section", "text": "x"}, "must be an object [json-pointer:/blocks/0/text]"),
        (
            {"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}},
            "invalid additional property: emoji",
        ),
        ({"type": "header", "text": mrkdwn("x")}, "must be one of: plain_text [json-pointer:/blocks/0/text/type]"),
        ({"type": "header", "text": plain("x" * 151)}, "must be less than 151 characters"),
        ({"type": "context", "elements": [mrkdwn("x")] * 11}, "no more than 10 items allowed"),
        ({"type": "context", "elements": []}, "no fewer than 1 items allowed"),
        (actions(*[button(action_id=str(n)) for n in range(26)]), "no more than 25 items allowed"),
        (actions(button("x" * 76)), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"),
        (actions({"type": "button", "text": mrkdwn("x")}), "must be one of: plain_text"),
        (actions(button(value="v" * 2001)), "must be less than 2001 characters"),
        (actions(button(style="loud")), "must be one of: primary, danger"),
        (actions(button(url="javascript:alert(1)")), "must be a valid url"),
        (actions(button(action_id="a"), button(action_id="a")), "`action_id` already exists in this block: a"),
        (actions({"type": "plain_text_input"}), "unsupported type: plain_text_input"),
        (actions(select(options=[option()] * 101)), "no more than 100 items allowed"),
        (actions(select(options=[option("x" * 76)])), "must be less than 76 characters"),
        (actions(select(options=[option(value="v" * 151)])), "must be less than 151 characters"),
        (actions(select(options=[option("A", "1"), option("B", "1")])), "option values must be unique: 1"),
        (actions(select(initial_option=option("Two", "2"))), "initial option does not match any option"),
        (actions(select(placeholder=plain("p" * 151))), "must be less than 151 characters"),
        (actions({"type": "static_select"}), "must define either `options` or `option_groups`"),
        (actions({"type": "checkboxes", "options": [option(str(n), str(n)) for n in range(11)]}), "no more than 10"),
        (actions({"type": "overflow", "options": [option(str(n), str(n)) for n in range(6)]}), "no more than 5 items"),
        (actions({"type": "datepicker", "initial_date": "31/03/2026"}), "must be a valid date (YYYY-MM-DD)"),
        (actions(button(confirm={"title": plain("Sure?")})), "missing required field: text"),
        (labelled(button()), "unsupported type: button"),
        (labelled({"type": "number_input"}), "unsupported type: number_input"),
        ({"type": "input", "element": {"type": "plain_text_input"}}, "missing required field: label"),
        ({**PICTURE, "alt_text": ""}, "must be more than 0 characters"),
        ({"type": "image", "image_url": "https://x.example/a.png"}, "missing required field: alt_text"),
        ({"type": "image", "alt_text": "x"}, "must define either `slack_file` or `image_url`"),
        ({"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters"),
        ({"type": "alert", "text": plain("x")}, "unsupported type: alert"),
        (table(rows=101), "no more than 100 items allowed"),
        (table(columns=21), "no more than 20 items allowed"),
        (chart(type="radar"), "unsupported type: radar"),
        (chart(axis_config={"categories": ["Mon"]}), "data labels must match the categories"),
        (
            {"type": "data_visualization", "title": "x" * 51, "chart": chart()["chart"]},
            "must be less than 51 characters",
        ),
        (section(expand="yes"), "must be a boolean"),
    ],
)
def test_a_faulty_block_is_refused_in_slacks_words(block: Json, problem: str) -> None:
    assert any(problem in each for each in problems_of_blocks([block]))


def test_a_message_holds_50_blocks_and_a_view_100() -> None:
    fifty_one, hundred_one = [section()] * 51, [section()] * 101

    assert problems_of_blocks(fifty_one) == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
    assert problems_of_view(modal(*fifty_one), "modal") == []
    assert problems_of_view(modal(*hundred_one), "modal") == [
        "[ERROR] no more than 100 items allowed [json-pointer:/view/blocks]"
    ]


def test_a_block_id_is_used_once_in_a_message() -> None:
    problems = problems_of_blocks([section(block_id="b"), section(block_id="b")])

    assert problems == ["[ERROR] `block_id` already exists: b [json-pointer:/blocks/1/block_id]"]


def test_the_same_action_id_may_stand_in_two_blocks() -> None:
    assert problems_of_blocks([actions(button(action_id="a")), actions(button(action_id="a"))]) == []


def test_a_message_holds_one_table_and_two_charts() -> None:
    assert problems_of_blocks([table(), chart(), chart()]) == []
    assert len(problems_of_blocks([table(), table()])) == 1
    assert len(problems_of_blocks([chart(), chart(), chart()])) == 1


def test_blocks_that_are_not_a_list_of_objects_are_refused() -> None:
    assert problems_of_blocks({"type": "section"}) == ["[ERROR] must be an array [json-pointer:/blocks]"]
    assert problems_of_blocks(["section"]) == ["[ERROR] must be an object [json-pointer:/blocks/0]"]


@pytest.mark.parametrize("kind", ["number_input", "email_text_input", "url_text_input", "file_input"])
def test_some_inputs_stand_in_modals_alone(kind: str) -> None:
    element = {"type": kind} | ({"is_decimal_allowed": False} if kind == "number_input" else {})

    assert problems_of_view(modal(labelled(element)), "modal") == []
    assert problems_of_view({"type": "home", "blocks": [labelled(element)]}, "home") != []
    assert problems_of_blocks([labelled(element)]) != []


@pytest.mark.parametrize("block", [table(), chart(), {"type": "markdown", "text": "x"}])
def test_some_blocks_stand_in_messages_alone(block: Json) -> None:
    assert problems_of_blocks([block], "message") == []
    assert problems_of_blocks([block], "modal") != []
    assert problems_of_blocks([block], "home") != []


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        (modal(section(), title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(section(), submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
        (modal(section(), private_metadata="x" * 3001), "must be less than 3001 characters"),
        (modal(section(), callback_id="x" * 256), "must be less than 256 characters"),
        (modal(section(), colour="red"), "invalid additional property: colour [json-pointer:/view]"),
        ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
        ({"type": "modal", "title": plain("x")}, "missing required field: blocks [json-pointer:/view]"),
        ({"type": "home", "blocks": []}, "unsupported type: home [json-pointer:/view/type]"),
        (
            {"type": "modal", "title": plain("x"), "blocks": [labelled({"type": "plain_text_input"})]},
            "missing required field: submit [json-pointer:/view]",
        ),
        (
            modal(
                labelled({"type": "plain_text_input", "focus_on_load": True}),
                labelled({"type": "plain_text_input", "focus_on_load": True}),
            ),
            "only one element can have `focus_on_load`",
        ),
        (modal(labelled({"type": "plain_text_input", "min_length": 9, "max_length": 3})), "`min_length` must not be"),
        (modal(labelled({"type": "file_input"}, dispatch_action=True)), "`dispatch_action` cannot be used"),
    ],
)
def test_a_faulty_modal_is_refused_in_slacks_words(view: Json, problem: str) -> None:
    assert any(problem in each for each in problems_of_view(view, "modal"))


def test_blocks_and_elements_without_an_id_get_one() -> None:
    names = iter("abcdefgh")

    filled = with_ids(
        [actions(button(), button(action_id="mine")), section(accessory=button()), section(accessory=PICTURE)],
        lambda prefix: prefix + next(names),
    )

    assert [block["block_id"] for block in filled] == ["a", "c", "e"]
    assert [element["action_id"] for element in filled[0]["elements"]] == ["b", "mine"]
    assert filled[1]["accessory"]["action_id"] == "d"
    assert "action_id" not in filled[2]["accessory"]


def test_the_length_shown_counts_every_text() -> None:
    assert displayed_length([section("four"), actions(button("two")), {"type": "divider"}]) == len("four") + len("two")
