"""Messages the app gives in answer to something a person did: in the ack, or through a response URL."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from playground import blocks
from playground.errors import SlackError
from playground.workspace import Json, Message, ResponseUrl, Workspace

TEXT_LIMIT = 40_000


def reply(workspace: Workspace, answered: ResponseUrl, body: Json) -> Message | None:
    """Do what *body* says where the interaction happened; returns the message shown, None when one was deleted."""
    acted_on = None
    if answered.message_ts is not None:
        acted_on = workspace.message(answered.channel, answered.message_ts, user=answered.user)
    if body.get("delete_original"):
        if acted_on is None:
            raise SlackError("message_not_found", "There is no message to delete.")
        workspace.remove(acted_on)
        return None
    content = message_content(workspace, body)
    # An answer to a button in an ephemeral message replaces it unless told otherwise; a new one never does.
    replaces = body.get("replace_original", acted_on is not None and "response_type" not in body)
    if replaces and acted_on is not None:
        return workspace.edit(
            replace(acted_on, **content, edited_at=workspace.clock.now()),
            kind="response",
        )
    in_channel = body.get("response_type") == "in_channel"
    message = Message(
        ts=workspace.new_ts(),
        channel=answered.channel,
        user=workspace.bot_user_id,
        bot_id=workspace.bot_id,
        at=workspace.clock.now(),
        ephemeral_to=None if in_channel else answered.user,
        **content,
    )
    return workspace.post(message, kind="response")


def message_content(workspace: Workspace, body: Json) -> dict[str, Any]:
    """The text, blocks and attachments of a message the app sends, checked; SlackError when Slack would refuse."""
    text = body.get("text") or ""
    given = body.get("blocks") or []
    attachments = body.get("attachments") or []
    if not isinstance(text, str):
        raise SlackError("invalid_arguments", messages=["[ERROR] must be a string [json-pointer:/text]"])
    if len(text) > TEXT_LIMIT:
        raise SlackError("msg_too_long", f"{len(text)} characters; {TEXT_LIMIT} are allowed.")
    problems = blocks.problems_of_blocks(given)
    if problems:
        raise SlackError("invalid_blocks", messages=problems)
    if blocks.displayed_length(given) > blocks.LONGEST_MESSAGE:
        raise SlackError("msg_blocks_too_long", f"The blocks show more than {blocks.LONGEST_MESSAGE} characters.")
    if not text.strip() and not given and not attachments:
        raise SlackError("no_text", "A message needs a text, blocks or attachments.")
    return {"text": text, "blocks": blocks.with_ids(given, workspace.new_id), "attachments": attachments}
