"""Text, options and interactive elements, and where each element may stand.

After docs.slack.dev/reference/block-kit/block-elements and composition-objects.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from playground.rules import (
    Check,
    Rule,
    Shape,
    anything,
    array,
    boolean,
    integer,
    matching,
    one_of,
    string,
    structure,
    typed,
)

URL = re.compile(r"https?://[^\s]+")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_MESSAGES = frozenset({"message"})

PLAIN = ("plain_text",)
EITHER = ("plain_text", "mrkdwn")


def text_object(most: int, kinds: tuple[str, ...] = PLAIN, *, least: int = 1) -> Rule:
    """A text object. `emoji` goes with plain text alone, `verbatim` with mrkdwn alone."""

    def rule(check: Check, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            check.complain("must be an object", at)
            return
        kind, text = value.get("type"), value.get("text")
        if kind not in kinds:
            check.complain(f"must be one of: {', '.join(kinds)}", f"{at}/type")
        if not isinstance(text, str):
            check.complain("missing required field: text" if text is None else "must be a string", f"{at}/text")
        elif len(text) > most:
            check.complain(f"must be less than {most + 1} characters", f"{at}/text")
        elif len(text) < least:
            check.complain(f"must be more than {least - 1} characters", f"{at}/text")
        extra = "verbatim" if kind == "mrkdwn" else "emoji"
        for key in value:
            if key not in ("type", "text", extra):
                check.complain(f"invalid additional property: {key}", at)
        if extra in value:
            boolean(check, value[extra], f"{at}/{extra}")

    return rule


BLOCK_ID = string(255)
_CONFIRM = structure(
    Shape(
        {
            "title": text_object(100),
            "text": text_object(300, EITHER),
            "confirm": text_object(30),
            "deny": text_object(30),
            "style": one_of("primary", "danger"),
        },
        ("title", "text", "confirm", "deny"),
    )
)
_DISPATCH_CONFIG = structure(
    Shape({"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2)})
)
_FILTER = structure(
    Shape(
        {
            "include": array(one_of("im", "mpim", "private", "public"), 4),
            "exclude_external_shared_channels": boolean,
            "exclude_bot_users": boolean,
        }
    )
)


def _slack_file(check: Check, value: dict[str, Any], at: str) -> None:
    if ("id" in value) == ("url" in value):
        check.complain("must define either `id` or `url`", at)


SLACK_FILE = structure(Shape({"id": string(255, least=1), "url": matching(URL, "url")}, (), _slack_file))


def _option(kinds: tuple[str, ...], *, url: bool = False) -> Rule:
    fields: dict[str, Rule] = {
        "text": text_object(75, kinds),
        "value": string(150),
        "description": text_object(75, kinds),
    }
    if url:
        fields["url"] = matching(URL, "url")
    return structure(Shape(fields, ("text", "value")))


def _distinct_values(check: Check, options: list[dict[str, Any]], at: str) -> None:
    for value, count in Counter(option["value"] for option in options).items():
        if count > 1:
            check.complain(f"option values must be unique: {value}", at)


def _action_id(check: Check, value: Any, at: str) -> None:
    string(255)(check, value, at)
    if isinstance(value, str) and value:
        if value in check.action_ids:
            check.complain(f"`action_id` already exists in this block: {value}", at)
        check.action_ids.add(value)


def _focus(check: Check, value: Any, at: str) -> None:
    boolean(check, value, at)
    check.focused += value is True
    if check.focused > 1:
        check.complain("only one element can have `focus_on_load`", at)


def _choices(check: Check, value: dict[str, Any], at: str) -> None:
    """Options or groups of options, not both, and initial ones that are among them."""
    if ("options" in value) == ("option_groups" in value):
        check.complain("must define either `options` or `option_groups`", at)
        return
    options = list(value.get("options") or [])
    for group in value.get("option_groups") or []:
        options.extend(group["options"])
    _distinct_values(check, options, at)
    initial = value.get("initial_options") or ([value["initial_option"]] if "initial_option" in value else [])
    for one in initial:
        if one not in options:
            check.complain("initial option does not match any option", at)
    most = value.get("max_selected_items")
    if most is not None and len(initial) > most:
        check.complain(f"no more than {most} initial options allowed", at)


def _element(
    *required: str,
    placeholder: bool = False,
    confirm: bool = False,
    focus: bool = False,
    also: Rule | None = None,
    **fields: Rule,
) -> Rule:
    common: dict[str, Rule] = {"type": anything, "action_id": _action_id}
    if placeholder:
        common["placeholder"] = text_object(150)
    if confirm:
        common["confirm"] = _CONFIRM
    if focus:
        common["focus_on_load"] = _focus
    return structure(Shape(common | fields, required, also))


def _select(*, also: Rule | None = None, **fields: Rule) -> Rule:
    return _element(placeholder=True, confirm=True, focus=True, also=also, **fields)


def _multi_select(*, also: Rule | None = None, **fields: Rule) -> Rule:
    return _select(also=also, max_selected_items=integer(1, 1_000_000), **fields)


_SELECT_OPTION = _option(PLAIN)
_BOX_OPTION = _option(EITHER)
_GROUPS = array(
    structure(Shape({"label": text_object(75), "options": array(_SELECT_OPTION, 100)}, ("label", "options"))), 100
)
IDENTIFIER = string(255, least=1)


def one_picture(check: Check, value: dict[str, Any], at: str) -> None:
    """Whichever way a picture is given, it is given once."""
    if ("image_url" in value) == ("slack_file" in value):
        check.complain("must define either `slack_file` or `image_url`", at)


def _lengths(check: Check, value: dict[str, Any], at: str) -> None:
    if value.get("min_length", 0) > value.get("max_length", 3000):
        check.complain("`min_length` must not be greater than `max_length`", at)


_FEEDBACK = structure(
    Shape(
        {"text": text_object(75), "value": string(2000), "accessibility_label": string(75)},
        ("text", "value"),
    )
)

ELEMENTS: Mapping[str, Rule] = {
    "button": _element(
        "text",
        confirm=True,
        text=text_object(75),
        url=matching(URL, "url"),
        value=string(2000),
        style=one_of("primary", "danger"),
        accessibility_label=string(75),
    ),
    "checkboxes": _element(
        "options",
        confirm=True,
        focus=True,
        also=_choices,
        options=array(_BOX_OPTION, 10),
        initial_options=array(_BOX_OPTION, 10),
    ),
    "radio_buttons": _element(
        "options",
        confirm=True,
        focus=True,
        also=_choices,
        options=array(_BOX_OPTION, 10),
        initial_option=_BOX_OPTION,
    ),
    "overflow": _element("options", confirm=True, also=_choices, options=array(_option(PLAIN, url=True), 5)),
    "datepicker": _element(
        placeholder=True, confirm=True, focus=True, initial_date=matching(_DATE, "date (YYYY-MM-DD)")
    ),
    "timepicker": _element(
        placeholder=True,
        confirm=True,
        focus=True,
        initial_time=matching(_TIME, "time (HH:mm)"),
        timezone=string(255),
    ),
    "datetimepicker": _element(confirm=True, focus=True, initial_date_time=integer(1_000_000_000, 9_999_999_999)),
    "static_select": _select(
        also=_choices,
        options=array(_SELECT_OPTION, 100),
        option_groups=_GROUPS,
        initial_option=_SELECT_OPTION,
    ),
    "multi_static_select": _multi_select(
        also=_choices,
        options=array(_SELECT_OPTION, 100),
        option_groups=_GROUPS,
        initial_options=array(_SELECT_OPTION, 100),
    ),
    "external_select": _select(min_query_length=integer(0, 1000), initial_option=_SELECT_OPTION),
    "multi_external_select": _multi_select(
        min_query_length=integer(0, 1000), initial_options=array(_SELECT_OPTION, 100)
    ),
    "users_select": _select(initial_user=IDENTIFIER),
    "multi_users_select": _multi_select(initial_users=array(IDENTIFIER, 1000)),
    "conversations_select": _select(
        initial_conversation=IDENTIFIER,
        default_to_current_conversation=boolean,
        response_url_enabled=boolean,
        filter=_FILTER,
    ),
    "multi_conversations_select": _multi_select(
        initial_conversations=array(IDENTIFIER, 1000),
        default_to_current_conversation=boolean,
        filter=_FILTER,
    ),
    "channels_select": _select(initial_channel=IDENTIFIER, response_url_enabled=boolean),
    "multi_channels_select": _multi_select(initial_channels=array(IDENTIFIER, 1000)),
    "plain_text_input": _element(
        placeholder=True,
        focus=True,
        also=_lengths,
        initial_value=string(3000),
        multiline=boolean,
        min_length=integer(0, 3000),
        max_length=integer(1, 3000),
        dispatch_action_config=_DISPATCH_CONFIG,
    ),
    "email_text_input": _element(
        placeholder=True, focus=True, initial_value=string(3000), dispatch_action_config=_DISPATCH_CONFIG
    ),
    "url_text_input": _element(
        placeholder=True, focus=True, initial_value=string(3000), dispatch_action_config=_DISPATCH_CONFIG
    ),
    "number_input": _element(
        "is_decimal_allowed",
        placeholder=True,
        focus=True,
        is_decimal_allowed=boolean,
        initial_value=string(255),
        min_value=string(255),
        max_value=string(255),
        dispatch_action_config=_DISPATCH_CONFIG,
    ),
    "rich_text_input": _element(
        placeholder=True, focus=True, initial_value=anything, dispatch_action_config=_DISPATCH_CONFIG
    ),
    "file_input": _element(filetypes=array(string(255), 100), max_files=integer(1, 10)),
    "workflow_button": _element(
        "text",
        "workflow",
        text=text_object(75),
        workflow=anything,
        style=one_of("primary", "danger"),
        accessibility_label=string(75),
    ),
    "feedback_buttons": _element(
        "positive_button", "negative_button", positive_button=_FEEDBACK, negative_button=_FEEDBACK
    ),
    "icon_button": _element(
        "icon",
        "text",
        confirm=True,
        icon=string(75, least=1),
        text=text_object(75),
        value=string(2000),
        accessibility_label=string(75),
        visible_to_user_ids=array(IDENTIFIER, 1000),
    ),
    "image": structure(
        Shape(
            {
                "type": anything,
                "image_url": matching(URL, "url"),
                "slack_file": SLACK_FILE,
                "alt_text": string(2000, least=1),
            },
            ("alt_text",),
            one_picture,
        )
    ),
}
_SELECTS = frozenset(kind for kind in ELEMENTS if kind.endswith("_select"))
IN_ACTIONS = _SELECTS | {
    "button", "checkboxes", "datepicker", "datetimepicker", "overflow", "radio_buttons", "timepicker",
    "workflow_button",
}  # fmt: skip
IN_SECTION = (IN_ACTIONS - {"datetimepicker"}) | {"image"}
IN_INPUT = _SELECTS | {
    "checkboxes", "datepicker", "datetimepicker", "email_text_input", "file_input", "number_input", "plain_text_input",
    "radio_buttons", "rich_text_input", "timepicker", "url_text_input",
}  # fmt: skip
# Elements that do not go wherever their block goes.
_ELEMENT_SURFACES: Mapping[str, frozenset[str]] = {
    "datetimepicker": frozenset({"message", "modal"}),
    "email_text_input": frozenset({"modal"}),
    "file_input": frozenset({"modal"}),
    "number_input": frozenset({"modal"}),
    "rich_text_input": frozenset({"modal", "home"}),
    "url_text_input": frozenset({"modal"}),
    "workflow_button": _MESSAGES,
}


def placed(allowed: Iterable[str]) -> Rule:
    """An element that is one of *allowed* and goes on the surface at hand."""
    one = typed(ELEMENTS, allowed)

    def rule(check: Check, value: Any, at: str) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        surfaces = _ELEMENT_SURFACES.get(kind) if isinstance(kind, str) else None
        if surfaces is not None and check.surface not in surfaces:
            check.complain(f"unsupported type: {kind}", f"{at}/type")
        else:
            one(check, value, at)

    return rule


def context_element(check: Check, value: Any, at: str) -> None:
    """A picture or a text."""
    if isinstance(value, dict) and value.get("type") == "image":
        ELEMENTS["image"](check, value, at)
    else:
        text_object(2000, EITHER)(check, value, at)
