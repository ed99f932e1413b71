"""Opening, stacking and updating views: one set of rules for `views.*` and for the answers to a submission."""

from __future__ import annotations

from typing import Any

from playground import blocks
from playground.errors import SlackError
from playground.forms import initial_state
from playground.workspace import MODAL_STACK, Json, OpenView, Workspace


def open_modal(workspace: Workspace, user_id: str, body: Any) -> tuple[OpenView, list[OpenView]]:
    """Show *body* as this person's only modal; returns it and the modals it closed."""
    body = _checked(workspace, body, "modal")
    _check_external_id(workspace, body)
    view_id = workspace.new_id("V")
    view = _view(workspace, user_id, body, view_id=view_id, root_id=view_id)
    return view, workspace.push_view(view, root=True)


def push_modal(workspace: Workspace, user_id: str, body: Any) -> OpenView:
    """Stack *body* on the modals open; `push_limit_reached` above three, `not_found` when none is open."""
    stack = workspace.stack(user_id)
    if not stack:
        raise SlackError("not_found", "There is no open modal to push onto.")
    if len(stack) >= MODAL_STACK:
        raise SlackError("push_limit_reached", f"A stack holds {MODAL_STACK} modals.")
    body = _checked(workspace, body, "modal")
    _check_external_id(workspace, body)
    view = _view(
        workspace,
        user_id,
        body,
        view_id=workspace.new_id("V"),
        root_id=stack[0].root_id,
        previous_id=stack[-1].id,
    )
    workspace.push_view(view, root=False)
    return view


def update_view(workspace: Workspace, shown: OpenView, body: Any, *, view_hash: str | None = None) -> OpenView:
    """Show *body* in the place of *shown*, keeping what was filled in under the same ids."""
    if view_hash and view_hash != shown.hash:
        raise SlackError("hash_conflict", f"The view is at {shown.hash}, not {view_hash}.")
    body = _checked(workspace, body, shown.type)
    _check_external_id(workspace, body, but=shown)
    view = _view(
        workspace,
        shown.user,
        body,
        view_id=shown.id,
        root_id=shown.root_id,
        previous_id=shown.previous_id,
        kept=shown.state,
    )
    workspace.replace_view(view)
    return view


def publish_home(workspace: Workspace, user_id: str, body: Any, *, view_hash: str | None = None) -> OpenView:
    """Show *body* as this person's Home tab."""
    shown = workspace.homes.get(user_id)
    if view_hash and shown is not None and view_hash != shown.hash:
        raise SlackError("hash_conflict", f"The view is at {shown.hash}, not {view_hash}.")
    body = _checked(workspace, body, "home")
    _check_external_id(workspace, body, but=shown)
    view_id = shown.id if shown is not None else workspace.new_id("V")
    view = _view(workspace, user_id, body, view_id=view_id, root_id=view_id, kept=shown.state if shown else None)
    workspace.put_home(view)
    return view


def _view(
    workspace: Workspace,
    user_id: str,
    body: Json,
    *,
    view_id: str,
    root_id: str,
    previous_id: str | None = None,
    kept: Json | None = None,
) -> OpenView:
    return OpenView(
        id=view_id,
        user=user_id,
        body=body,
        hash=workspace.new_hash(),
        state=initial_state(body["blocks"], kept),
        root_id=root_id,
        previous_id=previous_id,
    )


def _checked(workspace: Workspace, body: Any, surface: str) -> Json:
    problems = blocks.problems_of_view(body, surface)
    if problems:
        raise SlackError("invalid_arguments", messages=problems)
    if blocks.size_of_view(body) > blocks.LARGEST_VIEW:
        raise SlackError("view_too_large", f"A view may take {blocks.LARGEST_VIEW} bytes.")
    return {**body, "blocks": blocks.with_ids(body["blocks"], workspace.new_id)}


def _check_external_id(workspace: Workspace, body: Json, *, but: OpenView | None = None) -> None:
    external_id = body.get("external_id")
    taken = workspace.view_by_external_id(external_id) if external_id else None
    if taken is not None and (but is None or taken.id != but.id):
        raise SlackError("duplicate_external_id", f"{external_id!r} is the external id of an open view.")
