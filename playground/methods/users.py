"""Who is in the workspace."""

from __future__ import annotations

from playground.errors import SlackError
from playground.methods.calls import Call, method
from playground.payloads import user_payload
from playground.workspace import Json, epoch


@method("users.info", "users:read", tier="tier4")
def users_info(call: Call) -> Json:
    """One user, deactivated ones included."""
    user = call.workspace.users.get(call.required("user", "user_not_found"))
    if user is None:
        raise SlackError("user_not_found", call.text("user"))
    return {"user": user_payload(call.workspace, user, with_locale=call.flag("include_locale"))}


@method("users.list", "users:read", tier="tier2")
def users_list(call: Call) -> Json:
    """Everybody, page by page."""
    members, metadata = call.page(list(call.workspace.users.values()), default=1000, most=1000)
    with_locale = call.flag("include_locale")
    return {
        "members": [user_payload(call.workspace, user, with_locale=with_locale) for user in members],
        "cache_ts": epoch(call.workspace.clock.now()),
        "response_metadata": metadata,
    }


@method("users.lookupByEmail", "users:read.email", tier="tier3")
def users_lookup_by_email(call: Call) -> Json:
    """Who has this address."""
    user = call.workspace.user_by_email(call.required("email"))
    if user is None or user.deleted:
        raise SlackError("users_not_found", "Nobody active has this address.")
    return {"user": user_payload(call.workspace, user)}


@method("dnd.info", "dnd:read", tier="tier3")
def dnd_info(call: Call) -> Json:
    """Whether somebody wants to be left in peace."""
    user = call.workspace.users.get(call.text("user", call.workspace.bot_user_id))
    if user is None:
        raise SlackError("user_not_found", call.text("user"))
    start, end = (epoch(user.do_not_disturb[0]), epoch(user.do_not_disturb[1])) if user.do_not_disturb else (1, 1)
    return {
        "dnd_enabled": user.do_not_disturb is not None,
        "next_dnd_start_ts": start,
        "next_dnd_end_ts": end,
        "snooze_enabled": False,
    }
