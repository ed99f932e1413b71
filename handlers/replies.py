"""Answering a button where it was pressed: in a message, in a modal, in the Home tab."""

from __future__ import annotations

from typing import Any

from slack_bolt import Respond
from slack_sdk import WebClient

from bot.locales import Texts
from bot.views import notices


def replace(body: dict[str, Any], client: WebClient, respond: Respond, t: Texts, message: dict[str, Any]) -> None:
    """Put *message* in the place of what held the button; over the Home tab it opens as a modal."""
    if body.get("response_url"):
        respond({**message, "replace_original": True})
    elif body["view"]["type"] == "modal":
        client.views_update(view_id=body["view"]["id"], view=notices.holding(t, message))
    else:
        client.views_open(trigger_id=body["trigger_id"], view=notices.holding(t, message))


def open_modal(body: dict[str, Any], client: WebClient, view: dict[str, Any]) -> None:
    """Open *view*, on top of the modal that held the button if one did."""
    opens = client.views_push if body.get("view", {}).get("type") == "modal" else client.views_open
    opens(trigger_id=body["trigger_id"], view=view)


def show(body: dict[str, Any], client: WebClient, view: dict[str, Any]) -> None:
    """Show *view* in the place of the modal that held the button; elsewhere it opens."""
    if body.get("view", {}).get("type") == "modal":
        client.views_update(view_id=body["view"]["id"], view=view)
    else:
        client.views_open(trigger_id=body["trigger_id"], view=view)
