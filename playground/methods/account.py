"""The app itself: its tokens, its socket, its team."""

from __future__ import annotations

from playground.errors import SlackError
from playground.methods.calls import Call, method
from playground.workspace import Json


@method("api.test")
def api_test(call: Call) -> Json:
    """Answer with the arguments."""
    return {"args": dict(call.args)}


@method("auth.test")
def auth_test(call: Call) -> Json:
    """Who the token belongs to."""
    workspace = call.workspace
    return {
        "url": workspace.url + "/",
        "team": workspace.name,
        "user": workspace.users[workspace.bot_user_id].name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


@method("auth.revoke")
def auth_revoke(call: Call) -> Json:
    """Revoke the token, unless `test`."""
    test = call.flag("test")
    if not test:
        call.server.emit({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [call.workspace.bot_user_id]}})
        call.workspace.token_revoked = True
    return {"revoked": not test}


@method("apps.connections.open", app_token=True)
def connections_open(call: Call) -> Json:
    """The address of one Socket Mode connection."""
    if not call.workspace.manifest.socket_mode:
        raise SlackError("forbidden_team", "Socket Mode is off in the manifest.")
    return {"url": call.server.new_socket_url()}


@method("team.info", "team:read", tier="tier3")
def team_info(call: Call) -> Json:
    """The workspace."""
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
def bots_info(call: Call) -> Json:
    """The app's bot."""
    workspace = call.workspace
    if call.text("bot", workspace.bot_id) != workspace.bot_id:
        raise SlackError("bot_not_found", call.text("bot"))
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
