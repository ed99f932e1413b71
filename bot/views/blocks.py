"""Block Kit, as plain dicts. Texts arrive translated; these functions only keep Slack's lengths and shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from bot.locales import Mrkdwn, Texts

Block = dict[str, Any]
Element = dict[str, Any]
View = dict[str, Any]
FOOT = "foot"
"""The name of the row that is about a whole message: why it came, and how to hear of it later."""
_ROW = "::"
"""Between a row's name and a block's place in it."""


def cut(text: str, longest: int) -> str:
    """Return *text* in at most *longest* characters, an ellipsis telling of the rest."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def plain(text: str, longest: int = 3000) -> dict[str, Any]:
    """Return a plain_text object of at most *longest* characters."""
    return {"type": "plain_text", "text": cut(text, longest), "emoji": True}


def mrkdwn(text: Mrkdwn) -> dict[str, Any]:
    """Return a mrkdwn object."""
    return {"type": "mrkdwn", "text": cut(text, 3000)}


def header(text: str) -> Block:
    """Return a header block."""
    return {"type": "header", "text": plain(text, 150)}


def section(text: Mrkdwn, *, accessory: Element | None = None, block_id: str | None = None) -> Block:
    """Return a section, with an element beside its text if one is given."""
    block: Block = {"type": "section", "text": mrkdwn(text)}
    if accessory is not None:
        block["accessory"] = accessory
    if block_id is not None:
        block["block_id"] = block_id
    return block


def fields(texts: Sequence[Mrkdwn]) -> Block:
    """Return a section of up to ten short texts in two columns."""
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": cut(text, 2000)} for text in texts[:10]]}


def context(*texts: Mrkdwn) -> Block:
    """Return a line of small print."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts[:10]]}


def divider() -> Block:
    """Return a rule between blocks."""
    return {"type": "divider"}


def actions(*elements: Element, block_id: str | None = None) -> Block:
    """Return a row of buttons and menus."""
    block: Block = {"type": "actions", "elements": list(elements)}
    if block_id is not None:
        block["block_id"] = block_id
    return block


def button(
    text: str, action_id: str, *, value: str | None = None, style: str | None = None, url: str | None = None,
    confirm: Mapping[str, Any] | None = None,
) -> Element:  # fmt: skip
    """Return a button; *style* is ``primary`` or ``danger``."""
    element: Element = {"type": "button", "text": plain(text, 75), "action_id": action_id}
    for key, given in (("value", value), ("style", style), ("url", url), ("confirm", confirm)):
        if given is not None:
            element[key] = given
    return element


def confirm(title: str, text: str, *, yes: str, no: str, danger: bool = False) -> dict[str, Any]:
    """Return the question a button asks before it acts."""
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
        **({"style": "danger"} if danger else {}),
    }


def option(text: str, value: str, *, description: str | None = None) -> dict[str, Any]:
    """Return an option of a menu; *value* is what comes back."""
    made = {"text": plain(text, 75), "value": value}
    if description:
        made["description"] = plain(description, 75)
    return made


def choice(
    kind: str, action_id: str, options: Sequence[dict[str, Any]], *, chosen: str | Iterable[str] | None = None,
    placeholder: str | None = None, most: int | None = None,
) -> Element:  # fmt: skip
    """Return a ``static_select``, ``multi_static_select``, ``radio_buttons``, ``checkboxes`` or ``overflow``.

    *chosen* is a value, or values where several can be; those not among the options are left out.
    """
    element: Element = {"type": kind, "action_id": action_id, "options": list(options)}
    if kind in ("multi_static_select", "checkboxes"):
        wanted = set(chosen or ())
        if initial := [one for one in options if one["value"] in wanted]:
            element["initial_options"] = initial
    elif initial_one := next((one for one in options if one["value"] == chosen), None):
        element["initial_option"] = initial_one
    if placeholder is not None:
        element["placeholder"] = plain(placeholder, 150)
    if most is not None:
        element["max_selected_items"] = most
    return element


def text_input(
    action_id: str, *, value: str = "", multiline: bool = False, longest: int | None = None,
    placeholder: str | None = None,
) -> Element:  # fmt: skip
    """Return a text field, filled with *value*."""
    element: Element = {"type": "plain_text_input", "action_id": action_id, "multiline": multiline}
    if value:
        element["initial_value"] = value
    if longest is not None:
        element["max_length"] = longest
    if placeholder is not None:
        element["placeholder"] = plain(placeholder, 150)
    return element


def date_picker(action_id: str, *, chosen: date | None = None) -> Element:
    """Return a date picker."""
    element: Element = {"type": "datepicker", "action_id": action_id}
    if chosen is not None:
        element["initial_date"] = chosen.isoformat()
    return element


def person_select(action_id: str) -> Element:
    """Return a ``users_select``."""
    return {"type": "users_select", "action_id": action_id}


def people_select(action_id: str, *, chosen: Sequence[str] = (), most: int, placeholder: str) -> Element:
    """Return a ``multi_users_select``; *chosen* are Slack user ids."""
    element: Element = {
        "type": "multi_users_select",
        "action_id": action_id,
        "max_selected_items": most,
        "placeholder": plain(placeholder, 150),
    }
    if chosen:
        element["initial_users"] = list(chosen)
    return element


def number_input(action_id: str, *, value: int | None = None, least: int, most: int) -> Element:
    """Return an input for a whole number; Slack wants its bounds as strings."""
    element: Element = {
        "type": "number_input",
        "action_id": action_id,
        "is_decimal_allowed": False,
        "min_value": str(least),
        "max_value": str(most),
    }
    if value is not None:
        element["initial_value"] = str(value)
    return element


def file_input(action_id: str, *, filetypes: Sequence[str]) -> Element:
    """Return an input for one file."""
    return {"type": "file_input", "action_id": action_id, "filetypes": list(filetypes), "max_files": 1}


def input_(label: str, element: Element, *, block_id: str, optional: bool = False, hint: str | None = None) -> Block:
    """Return a form field; its block_id is the name of the field."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "element": element,
        "optional": optional,
    }
    if hint:
        block["hint"] = plain(hint, 2000)
    return block


def modal(
    t: Texts, *, title: str, blocks: Sequence[Block], callback_id: str, submit: str | None = None,
    metadata: str = "", close: str | None = None,
) -> View:  # fmt: skip
    """Return a modal; with *submit*, the word on its button, it is a form."""
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, 24),
        "close": plain(close or (t("Cancel") if submit else t("Close")), 24),
        "blocks": list(blocks),
        "private_metadata": metadata,
    }
    if submit is not None:
        view["submit"] = plain(submit, 24)
    return view


def row(name: str, *shown: Block) -> list[Block]:
    """Return *shown* as a row of its message: what is pressed in one of them is answered in the place of them all.

    *name* is no other row's of that message.
    """
    return _named(name, shown, start=0)


def is_in_row(block_id: str) -> bool:
    """True for the id of a block that :func:`row` made, and not Slack."""
    return _ROW in block_id


def answer_row(shown: Sequence[Block], pressed: str, answer: Sequence[Block]) -> list[Block]:
    """Return *shown* with *answer* in the place of the row of the block *pressed*, which it becomes.

    A block of no row is replaced alone. The foot goes with the last row that asks something.
    """
    name = pressed.partition(_ROW)[0]
    places = [index for index, block in enumerate(shown) if _row_name(block) == name]
    if not places:
        return list(answer)
    # Slack wants other ids after a change, and the rows of a message to have ids of their own.
    start = 1 + max(_place_in_row(shown[index]) for index in places)
    rest = [block for index, block in enumerate(shown) if index not in places]
    others = [block for block in rest if _row_name(block) != FOOT]
    if not _asks(others):
        rest = others
    return [*rest[: places[0]], *_named(name, answer, start=start), *rest[places[0] :]]


def has_row(shown: Sequence[Block], pressed: str) -> bool:
    """True while the row of the block *pressed* is shown, whatever was answered in it since."""
    return bool(_row_of(shown, pressed))


def has_answers(shown: Sequence[Block]) -> bool:
    """True where a row was answered in *shown*: what was asked first in it, at its place 0, is gone."""
    rows = {_row_name(block) for block in shown if is_in_row(str(block.get("block_id", "")))}
    first = {_row_name(block) for block in shown if _place_in_row(block) == 0}
    return not rows <= first


def without_button(shown: Sequence[Block], pressed: str, action_id: str) -> list[Block]:
    """Return the row of the block *pressed* without its buttons *action_id*; nothing where it offers nothing else."""
    kept: list[Block] = []
    for block in _row_of(shown, pressed):
        rest = [element for element in block.get("elements", ()) if element.get("action_id") != action_id]
        if block["type"] != "actions":
            is_its_own = block.get("accessory", {}).get("action_id") == action_id
            kept.append({key: value for key, value in block.items() if key != "accessory" or not is_its_own})
        elif rest:
            kept.append({**block, "elements": rest})
    return kept if _asks(kept) else []


def _asks(shown: Iterable[Block]) -> bool:
    """True where something can be pressed."""
    return any(block["type"] == "actions" or "accessory" in block for block in shown)


def _row_of(shown: Sequence[Block], pressed: str) -> list[Block]:
    name = pressed.partition(_ROW)[0]
    return [block for block in shown if _row_name(block) == name]


def _named(name: str, shown: Sequence[Block], *, start: int) -> list[Block]:
    return [{**block, "block_id": f"{name}{_ROW}{index}"} for index, block in enumerate(shown, start)]


def _row_name(block: Block) -> str:
    return str(block.get("block_id", "")).partition(_ROW)[0]


def _place_in_row(block: Block) -> int:
    place = str(block["block_id"]).partition(_ROW)[2]
    return int(place) if place else 0


def message(text: str, blocks: Sequence[Block]) -> dict[str, Any]:
    """Return a message; *text* is what notifications and screen readers give."""
    return {"text": text, "blocks": list(blocks), "unfurl_links": False, "unfurl_media": False}


def notice(text: Mrkdwn, **extra: Any) -> dict[str, Any]:
    """Return a one-sentence reply."""
    return {"text": str(text), "blocks": [section(text)], **extra}
