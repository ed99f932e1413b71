"""What a person types or picks, and how Slack puts it in `state.values` and in an action.

Values are in human terms: a string for text, dates, times, one choice or one person (an option's value or its label; a
user's id, e-mail or handle), a list of them for checkboxes and multi-selects, None for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from playground.errors import CannotDoThat
from playground.payloads import file_payload
from playground.workspace import Json, Workspace

REQUIRED = "Please complete this required field."

# Where each element keeps its value in the state, and which property gives it its first value.
_TEXTS = frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input"})
_SLOTS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(_TEXTS, ("value", "initial_value")),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "file_input": ("files", "initial_files"),
}
_LISTS = frozenset(kind for kind, (slot, _) in _SLOTS.items() if slot.endswith("s") and kind != "rich_text_input")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://\S+")


class NotAccepted(ValueError):
    """Slack's client shows this under the field and does not send the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One interactive element and the block it stands in."""

    block: Json
    element: Json

    @property
    def block_id(self) -> str:
        return str(self.block["block_id"])

    @property
    def action_id(self) -> str:
        return str(self.element["action_id"])

    @property
    def is_input(self) -> bool:
        return bool(self.block["type"] == "input")

    @property
    def keeps_state(self) -> bool:
        return self.element["type"] in _SLOTS

    @property
    def label(self) -> str:
        text = self.element.get("text")
        return str(text.get("text", "")) if isinstance(text, dict) else ""


def places(blocks: list[Json]) -> Iterator[Place]:
    """Every interactive element of these blocks, in reading order."""
    for block in blocks:
        kind = block.get("type")
        if kind == "input":
            yield Place(block=block, element=block["element"])
        elif kind == "section" and isinstance(block.get("accessory"), dict):
            if "action_id" in block["accessory"]:
                yield Place(block=block, element=block["accessory"])
        elif kind in ("actions", "context_actions"):
            for element in block["elements"]:
                yield Place(block=block, element=element)


def initial_state(blocks: list[Json], kept: Json | None = None) -> Json:
    """The state of a form just shown; what was filled in under the same block and action ids is *kept*."""
    state: Json = {}
    for place in places(blocks):
        if not place.keeps_state:
            continue
        before = (kept or {}).get(place.block_id, {}).get(place.action_id)
        kind = place.element["type"]
        if before is None or before.get("type") != kind:
            slot, initial = _SLOTS[kind]
            before = {"type": kind, slot: place.element.get(initial, [] if kind in _LISTS else None)}
        state.setdefault(place.block_id, {})[place.action_id] = before
    return state


def is_empty(value: Json) -> bool:
    """Whether a state value holds nothing."""
    return value[_SLOTS[value["type"]][0]] in (None, "", [])


def filled(element: Json, human: Any, workspace: Workspace) -> Json:
    """The state value of *element* when a person puts *human* in it.

    NotAccepted when Slack's client would complain under the field, CannotDoThat when the choice does not exist. The
    choice of an external select is given as the option itself: only the app knows what it offers.
    """
    kind = element["type"]
    slot = _SLOTS[kind][0]
    if human is None or human == "" or human == []:
        return {"type": kind, slot: [] if kind in _LISTS else None}
    if kind in _LISTS:
        given = [human] if isinstance(human, (str, int, dict)) else list(human)
        limit = element.get("max_selected_items")
        if limit is not None and len(given) > limit:
            raise NotAccepted(f"You can select up to {limit}.")
        return {"type": kind, slot: [_one(element, item, workspace) for item in given]}
    return {"type": kind, slot: _one(element, human, workspace)}


def action(place: Place, human: Any, workspace: Workspace, action_ts: str) -> Json:
    """The entry of `actions` for using this element."""
    element = place.element
    kind = element["type"]
    entry: Json = {"type": kind, "action_id": place.action_id, "block_id": place.block_id, "action_ts": action_ts}
    if kind in ("button", "workflow_button", "icon_button"):
        entry |= {key: element[key] for key in ("text", "value", "style") if key in element}
    elif kind == "overflow":
        entry["selected_option"] = _option(element, human)
    elif kind == "feedback_buttons":
        chosen = "negative_button" if human in ("negative", "negative_button") else "positive_button"
        entry |= {key: element[chosen][key] for key in ("text", "value") if key in element[chosen]}
    else:
        entry |= filled(element, human, workspace)
        entry |= {key: element[key] for key in ("placeholder", _SLOTS[kind][1]) if key in element}
    return entry


def offered(element: Json) -> list[Json]:
    """The options an element lists, groups flattened."""
    options = list(element.get("options") or ())
    for group in element.get("option_groups") or ():
        options.extend(group["options"])
    return options


def _one(element: Json, human: Any, workspace: Workspace) -> Any:
    reader = _READERS.get(element["type"])
    return reader(element, human, workspace) if reader is not None else _option(element, human)


def _text(element: Json, human: Any, _: Workspace) -> str:
    kind, text = element["type"], str(human)
    low, high = element.get("min_length"), element.get("max_length", 3000)
    if low is not None and len(text) < low:
        raise NotAccepted(f"This must be at least {low} characters long.")
    if len(text) > high:
        raise NotAccepted(f"This must be at most {high} characters long.")
    if kind == "email_text_input" and not _EMAIL.fullmatch(text):
        raise NotAccepted("Please enter a valid email address.")
    if kind == "url_text_input" and not _URL.fullmatch(text):
        raise NotAccepted("Please enter a valid URL.")
    if kind == "number_input":
        _check_number(element, text)
    return text


def _check_number(element: Json, text: str) -> None:
    try:
        number = float(text) if element.get("is_decimal_allowed") else int(text)
    except ValueError:
        raise NotAccepted("Please enter a valid number.") from None
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and number < float(low):
        raise NotAccepted(f"Please enter a number of at least {low}.")
    if high is not None and number > float(high):
        raise NotAccepted(f"Please enter a number of at most {high}.")


def _date(_: Json, human: Any, __: Workspace) -> str:
    text = human.isoformat() if isinstance(human, date) else str(human)
    if not _DATE.fullmatch(text):
        raise CannotDoThat(f"{human!r} is not a date like 2026-03-31.")
    date.fromisoformat(text)
    return text


def _moment(_: Json, human: Any, __: Workspace) -> int:
    if isinstance(human, int):
        return human
    moment = human if isinstance(human, datetime) else datetime.fromisoformat(str(human))
    if moment.tzinfo is None:
        raise CannotDoThat(f"{human!r} has no time zone.")
    return int(moment.timestamp())


def _time(_: Json, human: Any, __: Workspace) -> str:
    text = human.strftime("%H:%M") if isinstance(human, time) else str(human)
    if not _TIME.fullmatch(text):
        raise CannotDoThat(f"{human!r} is not a time like 14:30.")
    return text


def _suggestion(element: Json, human: Any, _: Workspace) -> Json:
    if not isinstance(human, dict):
        raise CannotDoThat(f"{human!r} was not suggested by the app for {element.get('action_id')!r}.")
    return human


def _person(_: Json, human: Any, workspace: Workspace) -> str:
    user = workspace.find_user(str(human))
    if user is None or user.deleted:
        raise CannotDoThat(f"{human!r} cannot be picked: nobody active here is known by that.")
    return user.id


def _conversation(_: Json, human: Any, workspace: Workspace) -> str:
    channel = workspace.find_channel(str(human))
    if channel is None:
        raise CannotDoThat(f"There is no channel {human!r}.")
    return channel.id


def _uploaded(_: Json, human: Any, workspace: Workspace) -> Json:
    if human not in workspace.files:
        raise CannotDoThat(f"There is no file {human!r}.")
    return file_payload(workspace, workspace.files[human])


def _formatted(_: Json, human: Any, __: Workspace) -> Json:
    if isinstance(human, dict):
        return human
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(human)}]}
    return {"type": "rich_text", "elements": [section]}


def _option(element: Json, human: Any) -> Json:
    return picked(offered(element), human, element)


def picked(options: list[Json], human: Any, element: Json) -> Json:
    """The option with this value or label; CannotDoThat when it is not offered."""
    wanted = human.get("value") if isinstance(human, dict) else str(human)
    for option in options:
        if option.get("value") == wanted:
            return option
    for option in options:
        if option["text"]["text"] == wanted:
            return option
    choices = ", ".join(str(option.get("value")) for option in options[:12])
    raise CannotDoThat(f"{wanted!r} is not among the choices of {element.get('action_id')!r}: {choices}.")


# What each element makes of what a person puts in it; all others pick among their options.
_READERS: dict[str, Callable[[Json, Any, Workspace], Any]] = {
    **dict.fromkeys(_TEXTS, _text),
    "rich_text_input": _formatted,
    "datepicker": _date,
    "timepicker": _time,
    "datetimepicker": _moment,
    "external_select": _suggestion,
    "multi_external_select": _suggestion,
    "users_select": _person,
    "multi_users_select": _person,
    "conversations_select": _conversation,
    "multi_conversations_select": _conversation,
    "channels_select": _conversation,
    "multi_channels_select": _conversation,
    "file_input": _uploaded,
}
