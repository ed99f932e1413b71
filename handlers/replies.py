"""Answering a button where it was pressed: in a message, in a modal, in the Home tab."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.locales import Texts
from bot.views import notices
from handlers import errors

PATIENCE_SECONDS = 1.5
"""How long a listener waits for slow work; the rest of Slack's three seconds is for showing it."""
_slow_work = ThreadPoolExecutor(2, thread_name_prefix="slow-work")


def replace(body: dict[str, Any], client: WebClient, respond: Respond, t: Texts, message: dict[str, Any]) -> None:
    """Put *message* in the place of what held the button; over the Home tab it opens as a modal."""
    if body.get("response_url"):
        respond({**message, "replace_original": True})
    elif body["view"]["type"] == "modal":
        client.views_update(view_id=body["view"]["id"], view=notices.holding(t, message))
    else:
        client.views_open(trigger_id=body["trigger_id"], view=notices.holding(t, message))


def beside(respond: Respond, message: dict[str, Any]) -> None:
    """Say *message* to whoever pressed a button of a message, which stays as it is."""
    respond({**message, "replace_original": False, "response_type": "ephemeral"})


def open_modal(body: dict[str, Any], client: WebClient, view: dict[str, Any]) -> None:
    """Open *view*, on top of the modal that held the button if one did."""
    opens = client.views_push if body.get("view", {}).get("type") == "modal" else client.views_open
    opens(trigger_id=body["trigger_id"], view=view)


def back(ack: Ack, view: dict[str, Any], client: WebClient, t: Texts, message: dict[str, Any]) -> None:
    """Close the submitted form *view* onto the modal it was opened from, which shows *message* now.

    A form opened from elsewhere becomes that modal. Modals would pile up otherwise, and Slack stacks three.
    """
    shown = notices.holding(t, message)
    if below := view.get("previous_view_id"):
        client.views_update(view_id=below, view=shown)
        ack()
    else:
        ack(response_action="update", view=shown)


def show_when_ready(body: dict[str, Any], client: WebClient, t: Texts, work: Callable[[], dict[str, Any]]) -> None:
    """Show the view that *work* makes: at once if it is quick, else when it is done, since Slack waits three seconds.

    What a quick *work* raises goes on to the error handler; what a slow one raises is told where the view would be.
    """
    making = _slow_work.submit(work)
    done, _ = wait([making], timeout=PATIENCE_SECONDS)
    if done:
        show(body, client, making.result())
        return
    show(body, client, notices.done(t, t.md("Solving… this takes a few seconds with so many people.")))
    making.add_done_callback(lambda made: _show_late(body, client, t, made))


def _show_late(body: dict[str, Any], client: WebClient, t: Texts, made: Future[dict[str, Any]]) -> None:
    error = made.exception()
    if error is None:
        show(body, client, made.result())
    else:
        show(body, client, notices.modal(t, errors.sentence_of(error, t, what="slow work", user_id=body["user"]["id"])))


def show(body: dict[str, Any], client: WebClient, view: dict[str, Any]) -> None:
    """Show *view* in the place of the modal that held the button; elsewhere it opens."""
    if body.get("view", {}).get("type") == "modal":
        client.views_update(view_id=body["view"]["id"], view=view)
    else:
        client.views_open(trigger_id=body["trigger_id"], view=view)
