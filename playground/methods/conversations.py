"""Channels and direct messages."""

from __future__ import annotations

from collections.abc import Mapping

from playground.errors import SlackError
from playground.methods.calls import Call, method
from playground.payloads import channel_payload, message_payload
from playground.workspace import Channel, ChannelType, Json, Message, Workspace

_SCOPE_GROUP: Mapping[ChannelType, str] = {"channel": "channels", "im": "im", "app": "im", "mpim": "mpim"}
_LISTED_AS: Mapping[ChannelType, str] = {"channel": "public_channel", "im": "im", "app": "im", "mpim": "mpim"}
_LIST_SCOPES = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "mpim": "mpim:read",
    "im": "im:read",
}
MOST_MEMBERS = 8


def known_channel(call: Call, key: str) -> Channel:
    """A conversation the app may know of; other people's direct messages are `channel_not_found`, as in Slack."""
    workspace = call.workspace
    channel = workspace.channels.get(key)
    if channel is None or (channel.type != "channel" and workspace.bot_user_id not in channel.members):
        raise SlackError("channel_not_found", key)
    return channel


def check_reachable(workspace: Workspace, user_id: str) -> None:
    """Refuse who cannot be written to."""
    user = workspace.users.get(user_id)
    if user is None:
        raise SlackError("user_not_found", user_id)
    if user.deleted:
        raise SlackError("user_disabled", user_id)
    if user.is_bot:
        raise SlackError("cannot_dm_bot", user_id)


def _need_group(call: Call, channel: Channel, right: str) -> None:
    call.need(f"{_SCOPE_GROUP[channel.type]}:{right}")


@method("conversations.open", "im:write", "mpim:write", tier="tier3")
def conversations_open(call: Call) -> Json:
    """The direct message with one person, or the group message with several, made when it is not there yet."""
    workspace = call.workspace
    opened = False
    if call.text("channel"):
        channel = known_channel(call, call.text("channel"))
        opened = True
    else:
        given = call.args.get("users")
        wanted = given if isinstance(given, list) else call.required("users", "users_list_not_supplied").split(",")
        people = list(dict.fromkeys(str(user).strip() for user in wanted))
        if len(people) > MOST_MEMBERS:
            raise SlackError("too_many_users", f"{len(people)} users; {MOST_MEMBERS} are allowed.")
        for user_id in people:
            check_reachable(workspace, user_id)
        call.need("im:write" if len(people) == 1 else "mpim:write")
        opened = workspace.has_dm(*people, workspace.bot_user_id)
        channel = workspace.dm(*people, workspace.bot_user_id)
    shown = channel_payload(workspace, channel) if call.flag("return_im") else {"id": channel.id}
    return {"channel": shown} | ({"no_op": True, "already_open": True} if opened else {})


@method("conversations.info", "channels:read", "groups:read", "im:read", "mpim:read", tier="tier3")
def conversations_info(call: Call) -> Json:
    """One conversation."""
    channel = known_channel(call, call.required("channel", "channel_not_found"))
    _need_group(call, channel, "read")
    payload = channel_payload(call.workspace, channel)
    if not call.flag("include_num_members"):
        payload.pop("num_members", None)
    return {"channel": payload}


@method("conversations.list", "channels:read", "groups:read", "im:read", "mpim:read", tier="tier2")
def conversations_list(call: Call) -> Json:
    """The conversations of the kinds in `types` that the app may know of."""
    workspace = call.workspace
    types = {kind.strip() for kind in call.text("types", "public_channel").split(",")}
    if unknown := types - _LIST_SCOPES.keys():
        raise SlackError("invalid_types", ", ".join(sorted(unknown)))
    for kind in sorted(types):
        call.need(_LIST_SCOPES[kind])
    listed = [
        channel
        for channel in workspace.channels.values()
        if _LISTED_AS[channel.type] in types
        and (channel.type == "channel" or workspace.bot_user_id in channel.members)
        and not (channel.archived and call.flag("exclude_archived"))
    ]
    channels, metadata = call.page(listed, default=100, most=1000)
    return {
        "channels": [channel_payload(workspace, channel) for channel in channels],
        "response_metadata": metadata,
    }


@method("conversations.members", "channels:read", "groups:read", "im:read", "mpim:read", tier="tier4")
def conversations_members(call: Call) -> Json:
    """Who is in a conversation."""
    channel = known_channel(call, call.required("channel", "channel_not_found"))
    _need_group(call, channel, "read")
    members, metadata = call.page(sorted(channel.members), default=100, most=1000)
    return {"members": members, "response_metadata": metadata}


@method("conversations.history", "channels:history", "groups:history", "im:history", "mpim:history", tier="tier3")
def conversations_history(call: Call) -> Json:
    """What was said, newest first; ephemeral messages and replies in threads are not part of it."""
    channel = _readable(call)
    found = [message for message in reversed(channel.messages.values()) if message.thread_ts in (None, message.ts)]
    return _messages(call, found)


@method("conversations.replies", "channels:history", "groups:history", "im:history", "mpim:history", tier="tier3")
def conversations_replies(call: Call) -> Json:
    """A message and the replies in its thread, oldest first."""
    channel = _readable(call)
    ts = call.required("ts", "thread_not_found")
    found = [message for message in channel.messages.values() if ts in (message.ts, message.thread_ts)]
    if not found:
        raise SlackError("thread_not_found", ts)
    return _messages(call, found)


def _readable(call: Call) -> Channel:
    channel = known_channel(call, call.required("channel", "channel_not_found"))
    _need_group(call, channel, "history")
    if call.workspace.bot_user_id not in channel.members:
        raise SlackError("not_in_channel", channel.id)
    return channel


def _messages(call: Call, found: list[Message]) -> Json:
    with_metadata = call.flag("include_all_metadata")
    if with_metadata:
        call.need("metadata.message:read")
    oldest, latest, inclusive = call.text("oldest"), call.text("latest"), call.flag("inclusive")
    low, high = _instant(oldest, "oldest"), _instant(latest, "latest")
    kept = [
        message
        for message in found
        if (low is None or (at := float(message.ts)) > low or (inclusive and at == low))
        and (high is None or (at := float(message.ts)) < high or (inclusive and at == high))
    ]
    messages, metadata = call.page(kept, default=100, most=999)
    more = bool(metadata["next_cursor"])
    answer: Json = {
        "messages": [message_payload(call.workspace, each, with_metadata=with_metadata) for each in messages],
        "has_more": more,
        "pin_count": 0,
    }
    return answer | ({"response_metadata": metadata} if more else {})


def _instant(text: str, name: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise SlackError(f"invalid_ts_{name}", text) from None
