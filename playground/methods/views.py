"""Modals and the Home tab."""

from __future__ import annotations

from typing import Any

from playground import modals
from playground.errors import SlackError
from playground.methods.calls import Call, method
from playground.workspace import Json, OpenView


def _body(call: Call) -> Any:
    body = call.json("view")
    if body is None:
        raise SlackError("invalid_arguments", messages=["[ERROR] missing required field: view"])
    return body


def _who_acted(call: Call) -> str:
    """Whose trigger it is. A trigger is spent even when the view is then refused."""
    return call.workspace.exchange_trigger(call.required("trigger_id")).user


def _shown(call: Call, view: OpenView) -> Json:
    return {"view": call.workspace.view_payload(view)}


@method("views.open", tier="tier4")
def views_open(call: Call) -> Json:
    """Open a modal in place of whatever modals the person has open."""
    body = _body(call)
    view, closed = modals.open_modal(call.workspace, _who_acted(call), body)
    call.server.views_closed(closed)
    return _shown(call, view)


@method("views.push", tier="tier4")
def views_push(call: Call) -> Json:
    """Stack a modal on the one open."""
    body = _body(call)
    return _shown(call, modals.push_modal(call.workspace, _who_acted(call), body))


@method("views.update", tier="tier4")
def views_update(call: Call) -> Json:
    """Replace a view that is still open."""
    workspace = call.workspace
    body = _body(call)
    if call.text("external_id"):
        shown = workspace.view_by_external_id(call.text("external_id"))
    else:
        shown = workspace.views.get(call.required("view_id"))
    if shown is None:
        raise SlackError("not_found", "That view is not open.")
    return _shown(call, modals.update_view(workspace, shown, body, view_hash=call.text("hash") or None))


@method("views.publish", tier="tier4")
def views_publish(call: Call) -> Json:
    """Show somebody their Home tab."""
    workspace = call.workspace
    user = workspace.users.get(call.required("user_id"))
    if user is None or user.is_bot:
        raise SlackError("user_not_found", call.text("user_id"))
    if not workspace.manifest.home_tab:
        raise SlackError("not_enabled", "The Home tab is off in the manifest.")
    view = modals.publish_home(workspace, user.id, _body(call), view_hash=call.text("hash") or None)
    return _shown(call, view)
