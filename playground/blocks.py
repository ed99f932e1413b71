"""Block Kit as Slack accepts it: what each block may hold, on which surface, and how long.

After docs.slack.dev/reference/block-kit/blocks. Where Slack's own limit is undisclosed the strictest reported one is
used, so that what passes here passes there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from playground.elements import (
    BLOCK_ID,
    EITHER,
    ELEMENTS,
    IDENTIFIER,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    SLACK_FILE,
    URL,
    context_element,
    one_picture,
    placed,
    text_object,
)
from playground.rules import (
    Check,
    Rule,
    Shape,
    anything,
    array,
    boolean,
    integer,
    matching,
    number,
    one_of,
    positive,
    string,
    structure,
    typed,
)
from playground.workspace import Json

MOST_BLOCKS: Mapping[str, int] = {"message": 50, "modal": 100, "home": 100}
LARGEST_VIEW = 250_000
# Undisclosed; the sum of texts at which `msg_blocks_too_long` has been reported.
LONGEST_MESSAGE = 13_200

_ANYWHERE = frozenset({"message", "modal", "home"})
_MESSAGES = frozenset({"message"})

# -- rich text

_STYLE = structure(
    Shape(dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight"), boolean))
)


def _inline(*required: str, **fields: Rule) -> Rule:
    return structure(Shape({"type": anything, "style": _STYLE, **fields}, required))


_INLINE: Mapping[str, Rule] = {
    "text": _inline("text", text=string(40_000, least=1)),
    "link": _inline("url", url=string(3000, least=1), text=string(40_000), unsafe=boolean),
    "user": _inline("user_id", user_id=IDENTIFIER),
    "usergroup": _inline("usergroup_id", usergroup_id=IDENTIFIER),
    "channel": _inline("channel_id", channel_id=IDENTIFIER),
    "team": _inline("team_id", team_id=IDENTIFIER),
    "emoji": _inline("name", name=string(255, least=1), unicode=string(255), skin_tone=integer(1, 6)),
    "broadcast": _inline("range", range=one_of("here", "channel", "everyone")),
    "color": _inline("value", value=string(255)),
    "date": _inline(
        "timestamp",
        "format",
        timestamp=integer(0, 9_999_999_999),
        format=string(255, least=1),
        url=string(3000),
        fallback=string(3000),
    ),
}
_INLINES = array(typed(_INLINE), 10_000, least=0)
_BORDER = integer(0, 1)
_RICH_SECTION = structure(Shape({"type": anything, "elements": _INLINES}, ("elements",)))
_RICH: Mapping[str, Rule] = {
    "rich_text_section": _RICH_SECTION,
    "rich_text_quote": structure(Shape({"type": anything, "elements": _INLINES, "border": _BORDER}, ("elements",))),
    "rich_text_preformatted": structure(
        Shape(
            {
                "type": anything,
                "elements": array(typed(_INLINE, ("text", "link")), 10_000, least=0),
                "border": _BORDER,
                "language": string(255),
            },
            ("elements",),
        )
    ),
    "rich_text_list": structure(
        Shape(
            {
                "type": anything,
                "style": one_of("bullet", "ordered"),
                "elements": array(typed({"rich_text_section": _RICH_SECTION}), 10_000),
                "indent": integer(0, 8),
                "offset": integer(0, 1_000_000),
                "border": _BORDER,
            },
            ("style", "elements"),
        )
    ),
}
_RICH_ELEMENTS = array(typed(_RICH), 1_000)

# -- tables and charts

_RAW_TEXT = structure(Shape({"type": anything, "text": string(10_000, least=1)}, ("text",)))
_RICH_CELL = structure(Shape({"type": anything, "elements": _RICH_ELEMENTS, "block_id": BLOCK_ID}, ("elements",)))
_CELLS: Mapping[str, Rule] = {"raw_text": _RAW_TEXT, "rich_text": _RICH_CELL}
_DATA_CELLS: Mapping[str, Rule] = {
    **_CELLS,
    "raw_number": structure(Shape({"type": anything, "value": number, "text": string(10_000)}, ("value",))),
}
_COLUMN = structure(Shape({"align": one_of("left", "center", "right"), "is_wrapped": boolean}))


def _rectangular(check: Check, value: Json, at: str) -> None:
    if len({len(row) for row in value["rows"]}) > 1:
        check.complain("all rows must have the same number of cells", f"{at}/rows")


def _plots_its_categories(check: Check, value: Json, at: str) -> None:
    categories = value["axis_config"]["categories"]
    names = [series["name"] for series in value["series"]]
    if len(set(names)) < len(names):
        check.complain("series names must be unique", f"{at}/series")
    for index, series in enumerate(value["series"]):
        if sorted(point["label"] for point in series["data"]) != sorted(categories):
            check.complain("data labels must match the categories", f"{at}/series/{index}/data")


_POINT = structure(Shape({"label": string(20, least=1), "value": number}, ("label", "value")))
_SERIES = structure(Shape({"name": string(20, least=1), "data": array(_POINT, 20)}, ("name", "data")))
_AXES = structure(
    Shape(
        {"categories": array(string(20, least=1), 20), "x_label": string(50), "y_label": string(50)},
        ("categories",),
    )
)
_XY_CHART = structure(
    Shape(
        {"type": anything, "series": array(_SERIES, 6), "axis_config": _AXES},
        ("series", "axis_config"),
        _plots_its_categories,
    )
)
_SEGMENT = structure(Shape({"label": string(20, least=1), "value": positive}, ("label", "value")))
_CHARTS: Mapping[str, Rule] = {
    "pie": structure(Shape({"type": anything, "segments": array(_SEGMENT, 6)}, ("segments",))),
    "bar": _XY_CHART,
    "area": _XY_CHART,
    "line": _XY_CHART,
}

# -- blocks


def _block(*required: str, also: Rule | None = None, **fields: Rule) -> Rule:
    return structure(Shape({"type": anything, "block_id": BLOCK_ID, **fields}, required, also))


def _section(check: Check, value: Json, at: str) -> None:
    if "text" not in value and "fields" not in value:
        check.complain("must define either `text` or `fields`", at)


def _input(check: Check, value: Json, at: str) -> None:
    if value.get("dispatch_action") and value["element"]["type"] == "file_input":
        check.complain("`dispatch_action` cannot be used with file_input", at)


def _card(check: Check, value: Json, at: str) -> None:
    if not value.keys() & {"hero_image", "title", "actions", "body"}:
        check.complain("must define one of `hero_image`, `title`, `actions`, `body`", at)


def _children(check: Check, value: Any, at: str) -> None:
    if check.nested:
        check.complain("unsupported type: container", at)
        return
    check.nested = True
    array(_checked_block, 10)(check, value, at)
    check.nested = False


_PICTURE = ELEMENTS["image"]
_CARD_FIELDS: dict[str, Rule] = {
    "hero_image": _PICTURE,
    "icon": _PICTURE,
    "title": text_object(150, EITHER),
    "subtitle": text_object(150, EITHER),
    "body": text_object(200, EITHER),
    "actions": array(placed({"button"}), 5),
}
_CARD = _block(also=_card, **_CARD_FIELDS)

BLOCKS: Mapping[str, Rule] = {
    "actions": _block("elements", elements=array(placed(IN_ACTIONS), 25)),
    "alert": _block(
        "text", text=text_object(3000, EITHER), level=one_of("default", "info", "warning", "error", "success")
    ),
    "card": _CARD,
    "carousel": _block("elements", elements=array(typed({"card": _CARD}), 10)),
    "container": _block(
        "child_blocks",
        title=text_object(150),
        rich_text_title=anything,
        subtitle=text_object(150),
        child_blocks=_children,
        width=one_of("narrow", "standard", "wide", "full"),
        icon=_PICTURE,
        is_collapsible=boolean,
        default_collapsed=boolean,
        has_header_divider=boolean,
    ),
    "context": _block("elements", elements=array(context_element, 10)),
    "context_actions": _block("elements", elements=array(placed({"feedback_buttons", "icon_button"}), 5)),
    "data_table": _block(
        "rows",
        "caption",
        also=_rectangular,
        rows=array(array(typed(_DATA_CELLS), 20), 101, least=2),
        caption=string(255, least=1),
        page_size=integer(1, 100),
        row_header_column_index=integer(0, 19),
    ),
    "data_visualization": _block("title", "chart", title=string(50, least=1), chart=typed(_CHARTS)),
    "divider": _block(),
    "header": _block("text", text=text_object(150)),
    "image": _block(
        "alt_text",
        also=one_picture,
        alt_text=string(2000, least=1),
        image_url=matching(URL, "url"),
        slack_file=SLACK_FILE,
        title=text_object(2000),
    ),
    "input": _block(
        "label",
        "element",
        also=_input,
        label=text_object(2000),
        element=placed(IN_INPUT),
        hint=text_object(2000),
        optional=boolean,
        dispatch_action=boolean,
    ),
    "markdown": _block("text", text=string(12_000, least=1)),
    "rich_text": _block("elements", elements=_RICH_ELEMENTS),
    "section": _block(
        also=_section,
        text=text_object(3000, EITHER),
        fields=array(text_object(2000, EITHER), 10),
        accessory=placed(IN_SECTION),
        expand=boolean,
    ),
    "table": _block(
        "rows",
        rows=array(array(typed(_CELLS), 20), 100),
        column_settings=array(_COLUMN, 20),
    ),
    "video": _block(
        "alt_text",
        "title",
        "thumbnail_url",
        "video_url",
        alt_text=string(2000, least=1),
        title=text_object(200),
        title_url=matching(URL, "url"),
        description=text_object(200),
        thumbnail_url=matching(URL, "url"),
        video_url=matching(URL, "url"),
        author_name=string(50),
        provider_name=string(255),
        provider_icon_url=matching(URL, "url"),
    ),
}
_BLOCK_SURFACES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(BLOCKS, _ANYWHERE),
    **dict.fromkeys(
        (
            "card",
            "carousel",
            "container",
            "context_actions",
            "data_table",
            "data_visualization",
            "markdown",
            "table",
        ),
        _MESSAGES,
    ),
    "alert": frozenset({"modal"}),
}
# How many of a kind one message may hold.
_MOST_OF_A_KIND: Mapping[str, int] = {"table": 1, "data_visualization": 2}


def _checked_block(check: Check, block: Any, at: str) -> None:
    if not isinstance(block, dict):
        check.complain("must be an object", at)
        return
    kind = block.get("type")
    if kind is None:
        check.complain("missing required field: type", at)
    elif not isinstance(kind, str) or check.surface not in _BLOCK_SURFACES.get(kind, ()):
        check.complain(f"unsupported type: {kind}", f"{at}/type")
    else:
        check.action_ids.clear()
        BLOCKS[kind](check, block, at)
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id:
            if block_id in check.block_ids:
                check.complain(f"`block_id` already exists: {block_id}", f"{at}/block_id")
            check.block_ids.add(block_id)


def problems_of_blocks(blocks: Any, surface: str = "message", *, at: str = "/blocks") -> list[str]:
    """What Slack would say is wrong with these blocks; empty when nothing is."""
    check = Check(surface)
    if not isinstance(blocks, list):
        check.complain("must be an array", at)
        return check.problems
    if len(blocks) > MOST_BLOCKS[surface]:
        check.complain(f"no more than {MOST_BLOCKS[surface]} items allowed", at)
    for index, block in enumerate(blocks):
        _checked_block(check, block, f"{at}/{index}")
    kinds = Counter(block["type"] for block in blocks if isinstance(block, dict) and isinstance(block.get("type"), str))
    for kind, most in _MOST_OF_A_KIND.items():
        if kinds[kind] > most:
            check.complain(f"no more than {most} blocks of type {kind} allowed", at)
    return check.problems


def displayed_length(blocks: Any) -> int:
    """How many characters of text these blocks show."""
    if isinstance(blocks, dict):
        return sum(
            len(part) if key == "text" and isinstance(part, str) else displayed_length(part)
            for key, part in blocks.items()
        )
    return sum(map(displayed_length, blocks)) if isinstance(blocks, list) else 0


_VIEW_FIELDS: dict[str, Rule] = {
    "type": anything,
    "blocks": anything,
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
_VIEWS: Mapping[str, Rule] = {
    "home": structure(Shape(_VIEW_FIELDS, ("blocks",))),
    "modal": structure(
        Shape(
            _VIEW_FIELDS
            | {
                "title": text_object(24),
                "close": text_object(24),
                "submit": text_object(24),
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
            ("title", "blocks"),
        )
    ),
}


def problems_of_view(view: Any, surface: str) -> list[str]:
    """What Slack would say is wrong with this view on *surface* ("modal" or "home")."""
    check = Check(surface)
    if not isinstance(view, dict):
        check.complain("must be an object", "/view")
        return check.problems
    if view.get("type") != surface:
        check.complain(f"unsupported type: {view.get('type')}", "/view/type")
        return check.problems
    _VIEWS[surface](check, view, "/view")
    blocks = view.get("blocks")
    if blocks is not None:
        check.problems += problems_of_blocks(blocks, surface, at="/view/blocks")
    inputs = (isinstance(block, dict) and block.get("type") == "input" for block in blocks or ())
    if surface == "modal" and "submit" not in view and any(inputs):
        check.complain("missing required field: submit", "/view")
    return check.problems


def size_of_view(view: Json) -> int:
    """How many bytes the view takes, of the 250 KB it may."""
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode())


def with_ids(blocks: list[Json], new_id: Callable[[str], str]) -> list[Json]:
    """The same blocks, each block and interactive element with an id, as Slack gives one where the app did not."""
    return [_with_ids(block, new_id) for block in blocks]


def _with_ids(block: Json, new_id: Callable[[str], str]) -> Json:
    filled = dict(block)
    if not filled.get("block_id"):
        filled["block_id"] = new_id("")[-5:].lower()
    for slot in ("element", "accessory"):
        if isinstance(filled.get(slot), dict):
            filled[slot] = _with_action_id(filled[slot], new_id)
    if filled["type"] in ("actions", "context_actions"):
        filled["elements"] = [_with_action_id(element, new_id) for element in filled["elements"]]
    return filled


def _with_action_id(element: Json, new_id: Callable[[str], str]) -> Json:
    if element.get("type") == "image" or element.get("action_id"):
        return element
    return {**element, "action_id": new_id("")[-5:].lower()}
