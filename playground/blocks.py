"""Block Kit as Slack accepts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playground.workspace import Json


def problems_of_blocks(blocks: Any, surface: str = "message", *, at: str = "/blocks") -> list[str]:
    """What Slack would say is wrong with these blocks; empty when nothing is."""
    if not isinstance(blocks, list):
        return [f"[ERROR] must be an array [json-pointer:{at}]"]
    return []


def problems_of_view(view: Any, surface: str) -> list[str]:
    """What Slack would say is wrong with this view on *surface* ("modal" or "home")."""
    if not isinstance(view, dict):
        return ["[ERROR] must be an object [json-pointer:/view]"]
    if view.get("type") != surface:
        return [f"[ERROR] unsupported type: {view.get('type')} [json-pointer:/view/type]"]
    return problems_of_blocks(view.get("blocks"), surface, at="/view/blocks")


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
