"""The Web API: each method the way Slack answers it, refusals included."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from playground import modals, replies
from playground.errors import SlackError
from playground.workspace import Change, Channel, File, Json, Message, OpenView, User, Workspace, epoch

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What methods need to know of the server around the workspace."""

    url: str
    bot_token: str
    app_token: str
    new_socket_url: Callable[[], str]
    emit: Callable[[Json], object]
    view_closed: Callable[[list[OpenView], bool], None]
    connected: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: its arguments and who makes it."""

    workspace: Workspace
    server: Server
    method: str
    args: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        """A string argument; numbers are taken as their digits."""
        value = self.args.get(name)
        if value is None:
            return default
        if isinstance(value, (dict, list)):
            raise SlackError("invalid_arguments", messages=[f"[ERROR] must be a string [json-pointer:/{name}]"])
        return str(value)

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """A string argument that must be there."""
        value = self.text(name)
        if not value:
            messages = [f"[ERROR] missing required field: {name}"] if error == "invalid_arguments" else []
            raise SlackError(error, f"{name} is missing.", messages=messages)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean argument: forms spell it "true" or "1"."""
        value = self.args.get(name)
        if value is None:
            return default
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.text(name)
        if not value:
            return default
        try:
            return int(value)
        except ValueError:
            raise SlackError(
                "invalid_arguments", messages=[f"[ERROR] must be an integer [json-pointer:/{name}]"]
            ) from None

    def json(self, name: str) -> Any:
        """A structured argument, which a form carries as a string of JSON; None when absent."""
        value = self.args.get(name)
        if isinstance(value, str):
            if not value:
                return None
            try:
                return json.loads(value)
            except ValueError:
                raise SlackError(
                    "invalid_blocks_format" if name == "blocks" else "invalid_arguments", f"{name} is not JSON."
                ) from None
        return value

    def page(self, items: list[T], *, default: int, most: int, strict: bool = False) -> tuple[list[T], str]:
        """The part of *items* that `cursor` and `limit` ask for, and the cursor of the next part ("" at the end)."""
        limit = self.number("limit", default) or default
        if limit < 1 or (strict and limit > most):
            raise SlackError("invalid_limit", f"limit is {limit}, not 1 to {most}.")
        cursor = self.text("cursor")
        start = 0
        if cursor:
            try:
                start = int(bytes.fromhex(cursor).decode().removeprefix("next:"))
            except ValueError:
                raise SlackError("invalid_cursor", f"{cursor!r} is no cursor of this workspace.") from None
        end = start + min(limit, most)
        return items[start:end], f"next:{end}".encode().hex() if end < len(items) else ""


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method: what it needs and how often it may be called ("" when its tier does not matter here)."""

    handle: Handler
    scopes: tuple[str, ...] = ()
    tier: str = ""
    app_token: bool = False


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str, tier: str = "", app_token: bool = False) -> Callable[[Handler], Handler]:
    """Register a method; any one of *scopes* is enough."""

    def register(handle: Handler) -> Handler:
        METHODS[name] = Method(handle=handle, scopes=scopes, tier=tier, app_token=app_token)
        return handle

    return register


def call_method(
    workspace: Workspace, server: Server, name: str, args: Mapping[str, Any], token: str | None
) -> tuple[Json, dict[str, str]]:
    """Run a method; returns the body and headers of the answer. SlackError, already on the record, when refused."""
    with workspace.lock:
        try:
            known = METHODS.get(name)
            if known is None:
                raise SlackError("unknown_method", name, req_method=name)
            _authorize(workspace, server, known, token)
            _check_tier(workspace, known, name)
            body = known.handle(Call(workspace=workspace, server=server, method=name, args=args))
        except SlackError as error:
            workspace.refuse(name, error.code, error.detail)
            raise
        headers = {"x-oauth-scopes": ",".join(sorted(workspace.scopes)), "x-slack-req-id": workspace.new_id("R")}
        if known.scopes:
            headers["x-accepted-oauth-scopes"] = ",".join(known.scopes)
        return {"ok": True, **body}, headers


def _authorize(workspace: Workspace, server: Server, known: Method, token: str | None) -> None:
    if not token:
        raise SlackError("not_authed", "No token was sent.")
    if known.app_token:
        if token == server.bot_token:
            raise SlackError("not_allowed_token_type", "An app-level token is needed.")
        if token != server.app_token:
            raise SlackError("invalid_auth", "The token is not this app's.")
        return
    if token == server.app_token:
        raise SlackError("not_allowed_token_type", "A bot token is needed.")
    if token != server.bot_token:
        raise SlackError("invalid_auth", "The token is not this app's.")
    if workspace.uninstalled:
        raise SlackError("account_inactive", "The app was uninstalled.")
    if workspace.token_revoked:
        raise SlackError("token_revoked", "The token was revoked.")
    if known.scopes and not workspace.scopes.intersection(known.scopes):
        raise SlackError(
            "missing_scope",
            f"needs {' or '.join(known.scopes)}",
            needed=",".join(known.scopes),
            provided=",".join(sorted(workspace.scopes)),
        )


def _check_tier(workspace: Workspace, known: Method, name: str) -> None:
    limits = workspace.limits
    if not known.tier or (workspace.clock.frozen and not limits.tiers_when_frozen):
        return
    rate = getattr(limits, known.tier)
    now = workspace.clock.now()
    wait = workspace.buckets.wait_for(("method", name), rate, now)
    if wait:
        raise rate_limited(wait, f"{name} is called too often")
    workspace.buckets.take(("method", name), rate, now)


def rate_limited(seconds: int, detail: str) -> SlackError:
    """The 429 that asks to wait."""
    return SlackError("ratelimited", detail, status=429, headers={"Retry-After": str(seconds)})


# -- auth, api, apps, team


@method("api.test")
def _api_test(call: Call) -> Json:
    return {"args": dict(call.args)}


@method("auth.test")
def _auth_test(call: Call) -> Json:
    workspace = call.workspace
    return {
        "url": call.server.url + "/",
        "team": workspace.name,
        "user": workspace.users[workspace.bot_user_id].name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


@method("auth.revoke")
def _auth_revoke(call: Call) -> Json:
    if not call.flag("test"):
        call.workspace.token_revoked = True
        call.server.emit({"type": "tokens_revoked", "tokens": {"bot": [call.workspace.bot_user_id]}})
    return {"revoked": not call.flag("test")}


@method("apps.connections.open", app_token=True)
def _connections_open(call: Call) -> Json:
    if not call.workspace.manifest.socket_mode:
        raise SlackError("forbidden_team", "Socket Mode is off in the manifest.")
    return {"url": call.server.new_socket_url()}


@method("team.info", "team:read")
def _team_info(call: Call) -> Json:
    workspace = call.workspace
    return {
        "team": {
            "id": workspace.team_id,
            "name": workspace.name,
            "domain": workspace.domain,
            "email_domain": "",
            "icon": {"image_default": True},
        }
    }


@method("bots.info", "users:read", tier="tier3")
def _bots_info(call: Call) -> Json:
    workspace = call.workspace
    wanted = call.text("bot", workspace.bot_id)
    if wanted != workspace.bot_id:
        raise SlackError("bot_not_found", wanted)
    return {
        "bot": {
            "id": workspace.bot_id,
            "deleted": workspace.uninstalled,
            "name": workspace.manifest.bot_name,
            "updated": 0,
            "app_id": workspace.app_id,
            "user_id": workspace.bot_user_id,
            "icons": {},
        }
    }


# -- users


def user_payload(workspace: Workspace, user: User, *, with_email: bool, with_locale: bool) -> Json:
    """A user as `users.info`, `users.list` and the user events give one."""
    if user.deleted:
        return {
            "id": user.id,
            "team_id": workspace.team_id,
            "name": user.name,
            "deleted": True,
            "is_bot": user.is_bot,
            "is_app_user": False,
            "updated": user.updated,
            "profile": _profile(workspace, user, with_email=False),
        }
    offset = _tz_offset(workspace, user.tz)
    payload: Json = {
        "id": user.id,
        "team_id": workspace.team_id,
        "name": user.name,
        "deleted": False,
        "color": "9f69e7",
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": offset,
        "profile": _profile(workspace, user, with_email=with_email),
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.guest,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_email_confirmed": not user.is_bot,
        "updated": user.updated,
    }
    if with_locale:
        payload["locale"] = user.locale
    return payload


def _profile(workspace: Workspace, user: User, *, with_email: bool) -> Json:
    first, _, last = user.real_name.partition(" ")
    profile: Json = {
        "title": user.title,
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": "",
        "display_name_normalized": "",
        "first_name": first,
        "last_name": last,
        "phone": "",
        "skype": "",
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "avatar_hash": "g" + user.id[-11:].lower(),
        "team": workspace.team_id,
    }
    if with_email and user.email:
        profile["email"] = user.email
    if user.is_bot:
        profile |= {"api_app_id": workspace.app_id, "bot_id": workspace.bot_id, "always_active": True}
    return profile


def _tz_offset(workspace: Workspace, tz: str) -> int:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        offset = workspace.clock.now().astimezone(ZoneInfo(tz)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return 0
    return int(offset.total_seconds()) if offset is not None else 0


def _user(call: Call, user: User, *, with_locale: bool = False) -> Json:
    with_email = "users:read.email" in call.workspace.scopes
    return user_payload(call.workspace, user, with_email=with_email, with_locale=with_locale)


@method("users.info", "users:read", tier="tier4")
def _users_info(call: Call) -> Json:
    user = call.workspace.users.get(call.text("user"))
    if user is None:
        raise SlackError("user_not_found", call.text("user"))
    return {"user": _user(call, user, with_locale=call.flag("include_locale"))}


@method("users.list", "users:read", tier="tier2")
def _users_list(call: Call) -> Json:
    everybody = list(call.workspace.users.values())
    members, cursor = call.page(everybody, default=1000, most=1000)
    with_locale = call.flag("include_locale")
    return {
        "members": [_user(call, user, with_locale=with_locale) for user in members],
        "cache_ts": epoch(call.workspace.clock.now()),
        "response_metadata": {"next_cursor": cursor},
    }


@method("users.lookupByEmail", "users:read.email", tier="tier3")
def _users_lookup_by_email(call: Call) -> Json:
    email = call.required("email")
    user = call.workspace.find_user(email) if "@" in email[1:] else None
    if user is None or user.deleted:
        raise SlackError("users_not_found", "Nobody active has this address.")
    return {"user": _user(call, user)}


@method("dnd.info", "dnd:read", tier="tier3")
def _dnd_info(call: Call) -> Json:
    user_id = call.text("user", call.workspace.bot_user_id)
    if user_id not in call.workspace.users:
        raise SlackError("user_not_found", user_id)
    return {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1, "snooze_enabled": False}


# -- conversations

_READ_SCOPES = {"channel": "channels:read", "im": "im:read", "app": "im:read", "mpim": "mpim:read"}
_HISTORY_SCOPES = {"channel": "channels:history", "im": "im:history", "app": "im:history", "mpim": "mpim:history"}
_WRITE_SCOPES = {"im": "im:write", "mpim": "mpim:write"}


def _need(call: Call, scope: str) -> None:
    if scope not in call.workspace.scopes:
        raise SlackError(
            "missing_scope",
            f"needs {scope}",
            needed=scope,
            provided=",".join(sorted(call.workspace.scopes)),
        )


def _channel(call: Call, key: str) -> Channel:
    """A conversation the app may know of; other people's direct messages are `channel_not_found`, as in Slack."""
    workspace = call.workspace
    channel = workspace.channels.get(key)
    if channel is None or (channel.type != "channel" and workspace.bot_user_id not in channel.members):
        raise SlackError("channel_not_found", key)
    return channel


def channel_payload(workspace: Workspace, channel: Channel) -> Json:
    """A conversation as `conversations.info` and `conversations.list` give one."""
    member = workspace.bot_user_id in channel.members
    common: Json = {
        "id": channel.id,
        "created": epoch(channel.created),
        "is_archived": channel.archived,
        "is_im": channel.is_dm,
        "is_mpim": channel.type == "mpim",
        "is_channel": channel.type == "channel",
        "is_group": False,
        "is_private": channel.type != "channel",
        "is_org_shared": False,
        "context_team_id": workspace.team_id,
        "updated": epoch(channel.created) * 1000,
    }
    if channel.is_dm:
        return common | {
            "user": channel.with_user,
            "is_user_deleted": workspace.users[str(channel.with_user)].deleted,
            "is_open": True,
            "priority": 0,
        }
    return common | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_general": False,
        "is_member": member,
        "is_shared": False,
        "is_ext_shared": False,
        "unlinked": 0,
        "creator": workspace.bot_user_id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
        "num_members": len(channel.members),
    }


@method("conversations.open", "im:write", "mpim:write", "channels:manage", "groups:write", tier="tier3")
def _conversations_open(call: Call) -> Json:
    workspace = call.workspace
    if call.text("channel"):
        channel = _channel(call, call.text("channel"))
    else:
        given = call.args.get("users")
        wanted = given if isinstance(given, list) else call.required("users", "users_list_not_supplied").split(",")
        wanted = [str(user).strip() for user in wanted]
        if len(wanted) > 8:
            raise SlackError("too_many_users", f"{len(wanted)} users; 8 are allowed.")
        for user_id in wanted:
            _reachable(workspace, user_id)
        _need(call, _WRITE_SCOPES["im" if len(wanted) == 1 else "mpim"])
        channel = workspace.dm(*wanted, workspace.bot_user_id)
    if call.flag("return_im"):
        return {"channel": channel_payload(workspace, channel)}
    return {"channel": {"id": channel.id}}


def _reachable(workspace: Workspace, user_id: str) -> None:
    user = workspace.users.get(user_id)
    if user is None:
        raise SlackError("user_not_found", user_id)
    if user.deleted:
        raise SlackError("user_disabled", user_id)
    if user.is_bot:
        raise SlackError("cannot_dm_bot", user_id)


# -- chat


def _target(call: Call) -> Channel:
    """The conversation a message goes to; a user's id means the direct message with that person."""
    workspace = call.workspace
    key = call.required("channel", "channel_not_found")
    if key[0] in "UW" and key not in workspace.channels:
        if key not in workspace.users:
            raise SlackError("channel_not_found", key)
        _reachable(workspace, key)
        channel = workspace.app_dm(key)
    elif key.startswith("#"):
        try:
            channel = workspace.channel(key)
        except KeyError:
            raise SlackError("channel_not_found", key) from None
    else:
        channel = _channel(call, key)
    if channel.archived:
        raise SlackError("is_archived", channel.id)
    if channel.type == "app":
        person = workspace.users[str(channel.with_user)]
        if person.deleted:
            raise SlackError("user_disabled", person.id)
        if not workspace.manifest.messages_tab:
            raise SlackError("messages_tab_disabled", "The Messages tab is off in the manifest.")
    elif workspace.bot_user_id not in channel.members:
        if "chat:write.public" not in workspace.scopes:
            raise SlackError("not_in_channel", channel.id)
    return channel


def message_payload(workspace: Workspace, message: Message, *, with_metadata: bool = False) -> Json:
    """A message as `conversations.history`, `chat.postMessage` and message events give one."""
    payload: Json = {
        "type": "message",
        "user": message.user,
        "ts": message.ts,
        "text": message.text,
        "team": workspace.team_id,
    }
    if message.bot_id is not None:
        payload |= {
            "bot_id": message.bot_id,
            "app_id": workspace.app_id,
            "bot_profile": {
                "id": message.bot_id,
                "app_id": workspace.app_id,
                "user_id": message.user,
                "name": workspace.manifest.bot_name,
                "icons": {},
                "deleted": False,
                "updated": 0,
                "team_id": workspace.team_id,
            },
        }
    if message.blocks:
        payload["blocks"] = message.blocks
    if message.attachments:
        payload["attachments"] = message.attachments
    if message.client_msg_id:
        payload["client_msg_id"] = message.client_msg_id
    if message.thread_ts:
        payload["thread_ts"] = message.thread_ts
    if message.edited_at is not None:
        payload["edited"] = {"user": message.user, "ts": f"{message.edited_at.timestamp():.6f}"}
    if message.files:
        payload["files"] = [file_payload(workspace, workspace.files[file_id]) for file_id in message.files]
    if with_metadata and message.metadata is not None:
        payload["metadata"] = message.metadata
    return payload


def _metadata(call: Call) -> Json | None:
    given = call.json("metadata")
    if given is None:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("event_type"), str):
        raise SlackError("invalid_metadata_format", "metadata needs event_type and event_payload.")
    if not isinstance(given.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format", "event_payload must be an object.")
    if len(json.dumps(given)) > 8_000:
        raise SlackError("metadata_too_large", "8,000 characters are allowed.")
    return given


def _content(call: Call) -> dict[str, Any]:
    return replies.message_content(
        call.workspace,
        {
            "text": call.text("text"),
            "blocks": call.json("blocks"),
            "attachments": call.json("attachments"),
        },
    )


def _check_message_rate(call: Call, channel: Channel) -> None:
    workspace = call.workspace
    limits, now = workspace.limits, workspace.clock.now()
    buckets = ((("channel", channel.id), limits.channel), (("workspace",), limits.workspace))
    wait = max(workspace.buckets.wait_for(key, rate, now) for key, rate in buckets)
    if wait:
        raise rate_limited(wait, f"too many messages to {channel.id}")
    for key, rate in buckets:
        workspace.buckets.take(key, rate, now)


@method("chat.postMessage", "chat:write")
def _chat_post_message(call: Call) -> Json:
    workspace = call.workspace
    channel = _target(call)
    content = _content(call)
    metadata = _metadata(call)
    client_msg_id = call.text("client_msg_id") or None
    if client_msg_id is not None and (ts := workspace.posted_as(channel.id, client_msg_id)) is not None:
        earlier = channel.messages.get(ts)
        return {
            "channel": channel.id,
            "ts": ts,
            "message": message_payload(workspace, earlier) if earlier is not None else {},
        }
    _check_message_rate(call, channel)
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
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": message_payload(workspace, message, with_metadata=True),
    }


def _own_message(call: Call, error: str) -> Message:
    channel = _channel(call, call.required("channel", "channel_not_found"))
    message = channel.messages.get(call.required("ts", "message_not_found"))
    if message is None:
        raise SlackError("message_not_found", call.text("ts"))
    if message.user != call.workspace.bot_user_id:
        raise SlackError(error, "The message is not the app's.")
    return message


@method("chat.update", "chat:write", tier="tier3")
def _chat_update(call: Call) -> Json:
    workspace = call.workspace
    message = _own_message(call, "cant_update_message")
    content = _content(call)
    metadata = _metadata(call)
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
        "message": message_payload(workspace, updated),
    }


@method("chat.delete", "chat:write", tier="tier3")
def _chat_delete(call: Call) -> Json:
    message = _own_message(call, "cant_delete_message")
    call.workspace.remove(message)
    return {"channel": message.channel, "ts": message.ts}


@method("chat.postEphemeral", "chat:write", tier="tier4")
def _chat_post_ephemeral(call: Call) -> Json:
    workspace = call.workspace
    channel = _target(call)
    user_id = call.required("user")
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


# -- views


def _view_body(call: Call) -> Any:
    body = call.json("view")
    if body is None:
        raise SlackError("invalid_arguments", messages=["[ERROR] missing required field: view"])
    return body


def _trigger_user(call: Call) -> str:
    exchanged = call.workspace.exchange_trigger(call.required("trigger_id"))
    if isinstance(exchanged, str):
        raise SlackError(exchanged, call.text("trigger_id"))
    return exchanged.user


@method("views.open", tier="tier4")
def _views_open(call: Call) -> Json:
    body = _view_body(call)
    view, closed = modals.open_modal(call.workspace, _trigger_user(call), body)
    call.server.view_closed(closed, True)
    return {"view": call.workspace.view_payload(view)}


@method("views.push", tier="tier4")
def _views_push(call: Call) -> Json:
    body = _view_body(call)
    view = modals.push_modal(call.workspace, _trigger_user(call), body)
    return {"view": call.workspace.view_payload(view)}


@method("views.update", tier="tier4")
def _views_update(call: Call) -> Json:
    workspace = call.workspace
    body = _view_body(call)
    if call.text("external_id"):
        shown = workspace.view_by_external_id(call.text("external_id"))
    else:
        shown = workspace.views.get(call.required("view_id"))
    if shown is None:
        raise SlackError("not_found", "That view is not open.")
    view = modals.update_view(workspace, shown, body, view_hash=call.text("hash") or None)
    return {"view": workspace.view_payload(view)}


@method("views.publish", tier="tier4")
def _views_publish(call: Call) -> Json:
    workspace = call.workspace
    user_id = call.required("user_id")
    user = workspace.users.get(user_id)
    if user is None or user.is_bot:
        raise SlackError("user_not_found", user_id)
    if not workspace.manifest.home_tab:
        raise SlackError("not_enabled", "The Home tab is off in the manifest.")
    view = modals.publish_home(workspace, user_id, _view_body(call), view_hash=call.text("hash") or None)
    return {"view": workspace.view_payload(view)}


# -- files


def file_payload(workspace: Workspace, file: File) -> Json:
    """A file as `files.info` and messages give one, addresses left out."""
    return {
        "id": file.id,
        "created": epoch(file.at),
        "timestamp": epoch(file.at),
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2],
        "user": file.user,
        "size": len(file.content),
        "alt_txt": file.alt_text,
    }
