"""What every method shares: arguments, tokens, scopes, tiers, pages, and the register of methods."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from playground.errors import SlackError
from playground.rates import Rate
from playground.workspace import Json, OpenView, Workspace

T = TypeVar("T")
Tier = Literal["tier2", "tier3", "tier4"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What methods need of the server around the workspace."""

    bot_token: str
    app_token: str
    new_socket_url: Callable[[], str]
    emit: Callable[[Json], object]
    views_closed: Callable[[list[OpenView]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: its arguments and where it is made."""

    workspace: Workspace
    server: Server
    args: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        """A string argument; numbers are taken as their digits."""
        value = self.args.get(name)
        if value is None:
            return default
        if isinstance(value, (dict, list)):
            raise _bad_argument("must be a string", name)
        return str(value)

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """A string argument that must be there, or *error*."""
        value = self.text(name)
        if not value:
            raise (
                _bad_argument(f"missing required field: {name}", name)
                if error == "invalid_arguments"
                else SlackError(error, f"{name} is missing.")
            )
        return value

    def flag(self, name: str) -> bool:
        """A boolean argument, false when absent: forms spell it "true" or "1"."""
        value = self.args.get(name)
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        value = self.text(name)
        try:
            return int(value) if value else default
        except ValueError:
            raise _bad_argument("must be an integer", name) from None

    def json(self, name: str) -> Any:
        """A structured argument, which a form carries as a string of JSON; None when absent."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            code = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
            raise SlackError(code, f"{name} is not JSON.") from None

    def page(self, items: list[T], *, default: int, most: int) -> tuple[list[T], Json]:
        """The part of *items* that `cursor` and `limit` ask for, and the metadata that leads to the next one."""
        limit = self.number("limit", default) or default
        if not 1 <= limit <= most:
            raise SlackError("invalid_limit", f"limit is {limit}, not 1 to {most}.")
        cursor, start = self.text("cursor"), 0
        if cursor:
            try:
                start = int(bytes.fromhex(cursor).decode().removeprefix("next:"))
            except ValueError:
                raise SlackError("invalid_cursor", f"{cursor!r} is no cursor of this workspace.") from None
        end = start + limit
        return items[start:end], {"next_cursor": f"next:{end}".encode().hex() if end < len(items) else ""}

    def need(self, scope: str) -> None:
        """Refuse when the app was not granted *scope*."""
        if scope not in self.workspace.scopes:
            raise missing_scope(self.workspace, scope)


Handler = Callable[[Call], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method, any one of the scopes it needs, and how often it may be called."""

    handle: Handler
    scopes: tuple[str, ...]
    tier: Tier | None
    app_token: bool


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str, tier: Tier | None = None, app_token: bool = False) -> Callable[[Handler], Handler]:
    """Register a method of the Web API."""

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
            known = _known(name)
            _authorize(workspace, server, known, token)
            _check_tier(workspace, known, name)
            body = known.handle(Call(workspace=workspace, server=server, args=args))
        except SlackError as error:
            workspace.refuse(name, error.code, error.detail)
            raise
        headers = {"x-oauth-scopes": ",".join(sorted(workspace.scopes)), "x-slack-req-id": workspace.new_id("R")}
        if known.scopes:
            headers["x-accepted-oauth-scopes"] = ",".join(known.scopes)
        return {"ok": True, **body}, headers


def rate_limited(seconds: int, detail: str) -> SlackError:
    """The 429 that asks to wait."""
    return SlackError("ratelimited", detail, status=429, headers={"Retry-After": str(seconds)})


def missing_scope(workspace: Workspace, *needed: str) -> SlackError:
    """The refusal that names the scopes."""
    return SlackError(
        "missing_scope",
        f"needs {' or '.join(needed)}",
        needed=",".join(needed),
        provided=",".join(sorted(workspace.scopes)),
    )


def _known(name: str) -> Method:
    if name not in METHODS:
        raise SlackError("unknown_method", name, req_method=name)
    return METHODS[name]


def _authorize(workspace: Workspace, server: Server, known: Method, token: str | None) -> None:
    if not token:
        raise SlackError("not_authed", "No token was sent.")
    expected, other = server.bot_token, server.app_token
    if known.app_token:
        expected, other = other, expected
    if token == other:
        raise SlackError("not_allowed_token_type", "This method takes the app's other token.")
    if token != expected:
        raise SlackError("invalid_auth", "The token is not this app's.")
    if workspace.uninstalled:
        raise SlackError("account_inactive", "The app was uninstalled.")
    if workspace.token_revoked and not known.app_token:
        raise SlackError("token_revoked", "The token was revoked.")
    if known.scopes and not workspace.scopes.intersection(known.scopes):
        raise missing_scope(workspace, *known.scopes)


def _check_tier(workspace: Workspace, known: Method, name: str) -> None:
    limits = workspace.limits
    if known.tier is None or (workspace.clock.frozen and not limits.tiers_when_frozen):
        return
    rate: Rate = getattr(limits, known.tier)
    now = workspace.clock.now()
    wait = workspace.buckets.wait_for(("method", name), rate, now)
    if wait:
        raise rate_limited(wait, f"{name} is called too often")
    workspace.buckets.take(("method", name), rate, now)


def _bad_argument(what: str, name: str) -> SlackError:
    return SlackError("invalid_arguments", messages=[f"[ERROR] {what} [json-pointer:/{name}]"])
