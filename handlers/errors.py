"""The one place where a failure becomes a reply: one clear sentence, in the person's language, losing nothing typed."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from slack_bolt import App, BoltContext, BoltResponse, Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.errors import N_, InvalidField, ProgrammeError
from bot.locales import Texts
from bot.services.once import Repeated
from bot.views import notices

logger = logging.getLogger(__name__)

UNEXPECTED = N_(
    "Something went wrong on our side. Please try again; if it happens again, give your programme lead this "
    "reference: {reference}"
)


def register(app: App) -> None:
    """Make :func:`reply_to_failure` the answer to everything a listener or a middleware raises."""
    app.error(reply_to_failure)


def reply_to_failure(
    error: Exception, body: dict[str, Any], context: BoltContext, client: WebClient, respond: Respond
) -> BoltResponse:
    """Tell the person what went wrong, where they are looking: beside the field, in the modal, under the command."""
    if isinstance(error, Repeated):
        return BoltResponse(status=200)
    t: Texts = context["t"]
    if isinstance(error, ProgrammeError):
        sentence = t(error.sentence, **error.params)
        logger.info("refused %s to %s: %s", _what(body), context.user_id, type(error).__name__)
    else:
        reference = secrets.token_hex(4)
        sentence = t(UNEXPECTED, reference=reference)
        logger.error("failed %s for %s, reference %s", _what(body), context.user_id, reference, exc_info=error)
    if actor := context.get("actor"):
        context["services"].audit.refused(
            actor, action=_what(body), resource=_resource(body), error=type(error).__name__, now=context["now"]
        )
    try:
        return _reply(error, sentence, t, body, client, respond)
    except (SlackClientError, OSError) as unreachable:
        logger.warning("could not tell %s why %s failed: %s", context.user_id, _what(body), type(unreachable).__name__)
        return BoltResponse(status=200)


def _reply(
    error: Exception, sentence: str, t: Texts, body: dict[str, Any], client: WebClient, respond: Respond
) -> BoltResponse:
    if "command" in body:
        typed = f"{body['command']} {body.get('text', '')}".strip()
        return BoltResponse(status=200, body=notices.failed_command(t, sentence, typed=typed))
    if body.get("type") == "view_submission":
        field = error.field if isinstance(error, InvalidField) else None
        if block_id := _beside(body["view"], field):
            return BoltResponse(status=200, body={"response_action": "errors", "errors": {block_id: sentence}})
        return BoltResponse(status=200, body={"response_action": "push", "view": notices.modal(t, sentence)})
    if body.get("response_url"):
        respond(notices.ephemeral(sentence))
    elif body.get("trigger_id"):
        opens = client.views_push if body.get("view", {}).get("type") == "modal" else client.views_open
        opens(trigger_id=body["trigger_id"], view=notices.modal(t, sentence))
    return BoltResponse(status=200)


def _beside(view: dict[str, Any], field: str | None) -> str | None:
    """Return the input block to put the sentence beside: the field's own, else the first; None without inputs."""
    inputs = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    return field if field in inputs else next(iter(inputs), None)


def _what(body: dict[str, Any]) -> str:
    """Return what was asked, by id, never what was typed."""
    if "command" in body:
        return f"{body['command']} {body.get('text', '').partition(' ')[0][:20]}".strip()
    if "actions" in body:
        return str(body["actions"][0]["action_id"])
    if "event" in body:
        return str(body["event"]["type"])
    return str(body.get("view", {}).get("callback_id") or body.get("callback_id") or body.get("type"))


def _resource(body: dict[str, Any]) -> str:
    """Return the opaque id that a button carried, if any."""
    return str(body["actions"][0].get("value", ""))[:64] if "actions" in body else ""
