"""Messages the app sends."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from playground import replies
from playground.errors import SlackError
from playground.methods.calls import Call, method, rate_limited
from playground.methods.conversations import check_reachable, known_channel
from playground.payloads import message_payload
from playground.workspace import Channel, Json, Message

LONGEST_METADATA = 8_000


def target(call: Call, key: str) -> Channel:
    """Where the app wants to write; a user's id means the direct message with that person."""
    workspace = call.workspace
    if key[0] in "UW":
        if key not in workspace.users:
            raise SlackError("channel_not_found", key)
        check_reachable(workspace, key)
        key = workspace.app_dm(key).id
    elif key.startswith("#"):
        found = workspace.find_channel(key)
        key = found.id if found is not None else key
    channel = known_channel(call, key)
    check_writable(call, channel)
    return channel


def check_writable(call: Call, channel: Channel) -> None:
    """Refuse a conversation the app cannot write in."""
    workspace = call.workspace
    if channel.archived:
        raise SlackError("is_archived", channel.id)
    if channel.with_user is not None:
        check_reachable(workspace, channel.with_user)
        if not workspace.manifest.messages_tab:
            raise SlackError("messages_tab_disabled", "The Messages tab is off in the manifest.")
    elif workspace.bot_user_id not in channel.members and "chat:write.public" not in workspace.scopes:
        raise SlackError("not_in_channel", channel.id)


def check_rate(call: Call, channel: Channel) -> None:
    """Take one message from what the conversation and the workspace may have now."""
    workspace = call.workspace
    limits, now = workspace.limits, workspace.clock.now()
    buckets = ((("channel", channel.id), limits.channel), (("workspace",), limits.workspace))
    wait = max(workspace.buckets.wait_for(key, rate, now) for key, rate in buckets)
    if wait:
        raise rate_limited(wait, f"too many messages to {channel.id}")
    for key, rate in buckets:
        workspace.buckets.take(key, rate, now)


def _metadata(call: Call) -> Json | None:
    given = call.json("metadata")
    if given is None:
        return None
    if (
        not isinstance(given, dict)
        or not isinstance(given.get("event_type"), str)
        or not isinstance(given.get("event_payload"), dict)
    ):
        raise SlackError("invalid_metadata_format", "metadata needs a string event_type and an object event_payload.")
    if len(json.dumps(given)) > LONGEST_METADATA:
        raise SlackError("metadata_too_large", f"{LONGEST_METADATA} characters are allowed.")
    return given


def _content(call: Call) -> dict[str, Any]:
    given = {"text": call.text("text"), "blocks": call.json("blocks"), "attachments": call.json("attachments")}
    if markdown := call.text("markdown_text"):
        if given["text"] or given["blocks"]:
            raise SlackError("markdown_text_conflict", "markdown_text stands alone.")
        given["blocks"] = [{"type": "markdown", "text": markdown}]
    return replies.message_content(call.workspace, given)


@method("chat.postMessage", "chat:write")
def chat_post_message(call: Call) -> Json:
    """Post a message; one with a `client_msg_id` already used in that conversation answers with the first."""
    workspace = call.workspace
    channel = target(call, call.required("channel", "channel_not_found"))
    content, metadata = _content(call), _metadata(call)
    client_msg_id = call.text("client_msg_id") or None
    earlier = workspace.posted_as(channel.id, client_msg_id) if client_msg_id is not None else None
    if earlier is not None:
        return _posted(call, earlier)
    check_rate(call, channel)
    message = workspace.post(
        Message(
            ts=workspace.new_ts(),
            channel=channel.id,
            user=workspace.bot_user_id,
            bot_id=workspace.bot_id,
            at=workspace.clock.now(),
            metadata=metadata,
            client_msg_id=client_msg_id,
            thread_ts=call.text("thread_ts") or None,
            **content,
        )
    )
    return _posted(call, message)


def _posted(call: Call, message: Message) -> Json:
    payload = message_payload(call.workspace, message, with_metadata=True)
    return {"channel": message.channel, "ts": message.ts, "message": payload}


def _own_message(call: Call, error: str) -> Message:
    channel = known_channel(call, call.required("channel", "channel_not_found"))
    message = channel.messages.get(call.required("ts", "message_not_found"))
    if message is None:
        raise SlackError("message_not_found", call.text("ts"))
    if message.user != call.workspace.bot_user_id:
        raise SlackError(error, "The message is not the app's.")
    return message


@method("chat.update", "chat:write", tier="tier3")
def chat_update(call: Call) -> Json:
    """Replace one of the app's messages. Blocks, attachments and metadata that are not given are kept, as in Slack."""
    workspace = call.workspace
    message = _own_message(call, "cant_update_message")
    content, metadata = _content(call), _metadata(call)
    for kept in ("blocks", "attachments"):
        if call.json(kept) is None:
            content[kept] = getattr(message, kept)
    updated = workspace.edit(
        replace(
            message,
            **content,
            metadata=metadata if metadata is not None else message.metadata,
            edited_at=workspace.clock.now(),
        )
    )
    return {
        "channel": message.channel,
        "ts": message.ts,
        "text": updated.text,
        "message": message_payload(workspace, updated, with_metadata=True),
    }


@method("chat.delete", "chat:write", tier="tier3")
def chat_delete(call: Call) -> Json:
    """Delete one of the app's messages."""
    message = _own_message(call, "cant_delete_message")
    call.workspace.remove(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.postEphemeral", "chat:write", tier="tier4")
def chat_post_ephemeral(call: Call) -> Json:
    """Show something to one member of a conversation."""
    workspace = call.workspace
    channel = target(call, call.required("channel", "channel_not_found"))
    user_id = call.required("user", "user_not_found")
    if user_id not in workspace.users:
        raise SlackError("user_not_found", user_id)
    if user_id not in channel.members:
        raise SlackError("user_not_in_channel", user_id)
    message = workspace.post(
        Message(
            ts=workspace.new_ts(),
            channel=channel.id,
            user=workspace.bot_user_id,
            bot_id=workspace.bot_id,
            at=workspace.clock.now(),
            ephemeral_to=user_id,
            **_content(call),
        )
    )
    return {"message_ts": message.ts}


@method("chat.getPermalink")
def chat_get_permalink(call: Call) -> Json:
    """The address of a message."""
    channel = known_channel(call, call.required("channel", "channel_not_found"))
    ts = call.required("message_ts", "message_not_found")
    if ts not in channel.messages:
        raise SlackError("message_not_found", ts)
    return {
        "channel": channel.id,
        "permalink": f"{call.workspace.url}/archives/{channel.id}/p{ts.replace('.', '')}",
    }
