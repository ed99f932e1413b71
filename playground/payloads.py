"""Users, conversations, messages and files as Slack describes them in answers and events."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from playground.workspace import Channel, File, Json, Message, User, Workspace, epoch


def user_payload(workspace: Workspace, user: User, *, with_locale: bool = False) -> Json:
    """A user; the e-mail only with `users:read.email`, the locale only when asked for."""
    profile = _profile(workspace, user)
    payload: Json = {
        "id": user.id,
        "team_id": workspace.team_id,
        "name": user.name,
        "deleted": user.deleted,
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": user.updated,
    }
    if user.deleted:
        return payload
    payload |= {
        "color": "9f69e7",
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": _offset(user.tz, workspace.clock.now()),
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.guest,
        "is_ultra_restricted": False,
        "is_email_confirmed": not user.is_bot,
        "who_can_share_contact_card": "EVERYONE",
    }
    if with_locale:
        payload["locale"] = user.locale
    return payload


def _profile(workspace: Workspace, user: User) -> Json:
    first, _, last = user.real_name.partition(" ")
    profile: Json = {
        "title": user.title,
        "phone": "",
        "skype": "",
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": "",
        "display_name_normalized": "",
        "first_name": first,
        "last_name": last,
        "fields": None,
        "status_text": "",
        "status_emoji": "",
        "status_emoji_display_info": [],
        "status_expiration": 0,
        "avatar_hash": "g" + user.id[-11:].lower(),
        "team": workspace.team_id,
    }
    if user.email and "users:read.email" in workspace.scopes:
        profile["email"] = user.email
    if user.is_bot:
        profile |= {"api_app_id": workspace.app_id, "bot_id": workspace.bot_id, "always_active": True}
    return profile


@lru_cache(maxsize=64)
def _zone(tz: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _offset(tz: str, now: datetime) -> int:
    zone = _zone(tz)
    offset = now.astimezone(zone).utcoffset() if zone is not None else None
    return int(offset.total_seconds()) if offset is not None else 0


def channel_payload(workspace: Workspace, channel: Channel) -> Json:
    """A conversation as the app sees it."""
    payload: Json = {
        "id": channel.id,
        "created": epoch(channel.created),
        "is_archived": channel.archived,
        "is_channel": channel.type == "channel",
        "is_group": False,
        "is_im": channel.is_dm,
        "is_mpim": channel.type == "mpim",
        "is_private": channel.type != "channel",
        "is_org_shared": False,
        "context_team_id": workspace.team_id,
        "updated": epoch(channel.created) * 1000,
    }
    if channel.with_user is not None:
        return payload | {
            "user": channel.with_user,
            "is_user_deleted": workspace.users[channel.with_user].deleted,
            "is_open": True,
            "priority": 0,
        }
    return payload | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_general": False,
        "is_member": workspace.bot_user_id in channel.members,
        "is_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "shared_team_ids": [workspace.team_id],
        "unlinked": 0,
        "creator": workspace.bot_user_id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
        "num_members": len(channel.members),
    }


def message_payload(workspace: Workspace, message: Message, *, with_metadata: bool = False) -> Json:
    """A message; its metadata only when asked for."""
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
    optional = {
        "blocks": message.blocks,
        "attachments": message.attachments,
        "client_msg_id": message.client_msg_id,
        "thread_ts": message.thread_ts,
        "metadata": message.metadata if with_metadata else None,
    }
    payload |= {key: value for key, value in optional.items() if value}
    if message.edited_at is not None:
        payload["edited"] = {"user": message.user, "ts": f"{message.edited_at.timestamp():.6f}"}
    if message.files:
        payload |= {
            "subtype": "file_share",
            "upload": False,
            "files": [file_payload(workspace, workspace.files[file_id]) for file_id in message.files],
        }
    return payload


def message_event(workspace: Workspace, message: Message) -> Json:
    """The event that tells the app of *message*; its `channel_type` decides which subscription it needs."""
    return message_payload(workspace, message, with_metadata=True) | {
        "channel": message.channel,
        "channel_type": _channel_type(workspace, message),
        "event_ts": message.ts,
    }


def changed_event(workspace: Workspace, message: Message, previous: Message, ts: str) -> Json:
    """The event that tells the app that *previous* now reads as *message*; it is itself at *ts*."""
    return _about_message(workspace, message, ts) | {
        "subtype": "message_changed",
        "message": message_payload(workspace, message, with_metadata=True),
        "previous_message": message_payload(workspace, previous, with_metadata=True),
    }


def deleted_event(workspace: Workspace, message: Message, ts: str) -> Json:
    """The event that tells the app that *message* is gone; it is itself at *ts*."""
    return _about_message(workspace, message, ts) | {
        "subtype": "message_deleted",
        "deleted_ts": message.ts,
        "previous_message": message_payload(workspace, message, with_metadata=True),
    }


def _about_message(workspace: Workspace, message: Message, ts: str) -> Json:
    return {
        "type": "message",
        "channel": message.channel,
        "channel_type": _channel_type(workspace, message),
        "hidden": True,
        "ts": ts,
        "event_ts": ts,
    }


def _channel_type(workspace: Workspace, message: Message) -> str:
    kinds = {"app": "im", "im": "im", "mpim": "mpim"}
    return kinds.get(workspace.channels[message.channel].type, "channel")


def file_payload(workspace: Workspace, file: File) -> Json:
    """A file; its addresses need a token with `files:read`."""
    address = f"{workspace.url}/files-pri/{workspace.team_id}-{file.id}"
    return {
        "id": file.id,
        "created": epoch(file.at),
        "timestamp": epoch(file.at),
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": file.mimetype,
        "filetype": file.name.rpartition(".")[2].lower(),
        "pretty_type": file.name.rpartition(".")[2].upper(),
        "user": file.user,
        "user_team": workspace.team_id,
        "size": len(file.content),
        "mode": "hosted",
        "editable": False,
        "is_external": False,
        "is_public": any(workspace.channels[channel].type == "channel" for channel in file.channels),
        "alt_txt": file.alt_text,
        "url_private": f"{address}/{file.name}",
        "url_private_download": f"{address}/download/{file.name}",
        "permalink": f"{workspace.url}/files/{file.user}/{file.id}/{file.name}",
        "channels": [channel for channel in file.channels if channel.startswith("C")],
        "groups": [channel for channel in file.channels if channel.startswith("G")],
        "ims": [channel for channel in file.channels if channel.startswith("D")],
    }
