"""The one place where a failure becomes a reply: one clear sentence, in the person's language, losing nothing typed."""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from http.client import HTTPException
from typing import Any

from slack_bolt import App, BoltContext, BoltResponse, Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from bot.domain.access import Actor
from bot.errors import N_, InvalidField, NoCohort, ProgrammeError
from bot.locales import Texts
from bot.services.once import Repeated
from bot.views import cohorts, notices

logger = logging.getLogger(__name__)

USER_ID = re.compile(r"[UW][A-Z0-9]{2,20}")
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
    # Without texts it failed before anybody was looked up, so nobody's language is known.
    t: Texts = context.get("t") or Texts("en", "UTC")
    what = _what(body, context)
    sentence = sentence_of(error, t, what=what, user_id=_known(context.user_id))
    buttons: list[dict[str, Any]] = []
    if actor := context.get("actor"):
        _audit(error, what, _resource(body), actor, context)
        if isinstance(error, NoCohort) and actor.is_lead:
            sentence, buttons = cohorts.none_open(t), [cohorts.open_button(t)]
    try:
        return _reply(error, sentence, buttons, t, body, client, respond)
    except (SlackClientError, OSError, HTTPException) as unreachable:
        logger.warning("could not tell %s why %s failed: %s", _known(context.user_id), what, type(unreachable).__name__)
    except (LookupError, TypeError, ValueError, AttributeError) as misshapen:
        # Slack sends no such payload; whoever did gets no more of an answer than this.
        logger.error("could not read who asked for %s: %s", what, told(misshapen))  # noqa: TRY400 - no words
    return BoltResponse(status=200)


def sentence_of(error: BaseException, t: Texts, *, what: str, user_id: str | None) -> str:
    """Return what to tell somebody of *error*, and log it: what is no refusal gets a reference to find it by."""
    if isinstance(error, ProgrammeError):
        logger.info("refused %s to %s: %s", what, user_id, type(error).__name__)
        return t(error.sentence, **error.params)
    reference = secrets.token_hex(4)
    logger.error("failed %s for %s, reference %s: %s", what, user_id, reference, told(error))
    return t(UNEXPECTED, reference=reference)


def _known(user_id: object) -> str | None:
    """Return a Slack user id, and nothing else that may stand in its place."""
    return user_id if isinstance(user_id, str) and USER_ID.fullmatch(user_id) else None


def told(error: BaseException) -> str:
    """Return what *error* is and where it was raised; its own words may quote what somebody wrote, so not those."""
    kinds = [type(error).__name__]
    cause = error.__cause__
    while cause is not None:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__
    return " from ".join(kinds) + "\n" + "".join(traceback.format_tb(error.__traceback__))


def _audit(error: Exception, what: str, resource: str, actor: Actor, context: BoltContext) -> None:
    try:
        context["services"].audit.refused(
            actor, action=what, resource=resource, error=type(error).__name__, now=context["now"]
        )
    except Exception as unwritten:  # noqa: BLE001 - a database that fails must not cost the person their answer
        logger.error("could not audit %s for %s: %s", what, _known(context.user_id), told(unwritten))  # noqa: TRY400 - no words


def _reply(
    error: Exception,
    sentence: str,
    buttons: list[dict[str, Any]],
    t: Texts,
    body: dict[str, Any],
    client: WebClient,
    respond: Respond,
) -> BoltResponse:
    if "command" in body:
        typed = f"{body['command']} {body.get('text', '')}".strip()
        return BoltResponse(status=200, body=notices.failed_command(t, sentence, typed=typed, buttons=buttons))
    if body.get("type") == "view_submission":
        field = error.field if isinstance(error, InvalidField) else None
        if block_id := _beside(body["view"], field):
            return BoltResponse(status=200, body={"response_action": "errors", "errors": {block_id: sentence}})
        return BoltResponse(
            status=200, body={"response_action": "push", "view": notices.modal(t, sentence, buttons=buttons)}
        )
    if body.get("response_url"):
        respond(notices.ephemeral(sentence, buttons=buttons))
    elif body.get("trigger_id"):
        opens = client.views_push if body.get("view", {}).get("type") == "modal" else client.views_open
        opens(trigger_id=body["trigger_id"], view=notices.modal(t, sentence, buttons=buttons))
    return BoltResponse(status=200)


def _beside(view: dict[str, Any], field: str | None) -> str | None:
    """Return the input block to put the sentence beside: the field's own, else the first; None without inputs."""
    inputs = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    return field if field in inputs else next(iter(inputs), None)


def _what(body: dict[str, Any], context: BoltContext) -> str:
    """Return what was asked, by id, never what was typed."""
    if "command" in body:
        return f"{body['command']} {context.get('subcommand', '')}".strip()
    if action := _action(body):
        return str(action.get("action_id"))
    for within, key in (("event", "type"), ("view", "callback_id")):
        if isinstance(one := body.get(within), dict):
            return str(one.get(key))
    return str(body.get("callback_id") or body.get("type"))


def _resource(body: dict[str, Any]) -> str:
    """Return the opaque id that a button carried, if any."""
    return str(_action(body).get("value", ""))[:64]


def _action(body: dict[str, Any]) -> dict[str, Any]:
    """Return the button or menu that was used, or nothing."""
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else None
    return first if isinstance(first, dict) else {}
