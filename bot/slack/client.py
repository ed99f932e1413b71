"""Slack's Web API client, set up for messages that must not be doubled, and its failures told apart."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from errno import EHOSTUNREACH, ENETUNREACH
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.request import Request

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web import SlackResponse

from bot.domain.outbox import HTTP_TIMEOUT
from bot.errors import DeliveryError, InstallationGone, MaybeSent, RateLimited, Refused, Unreachable

IN_DOUBT = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
"""Codes after which the message may have been posted all the same."""
GONE = frozenset(
    {
        "account_inactive",
        "ekm_access_denied",
        "invalid_auth",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "token_expired",
        "token_revoked",
    }
)
"""Codes that are about the installation, not about the message: nothing goes until the operator mends it."""
RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
RETRY_AFTER = 30.0
"""Seconds to wait where Slack does not say how long."""


_check: ContextVar[Callable[[], None] | None] = ContextVar("check", default=None)


@contextmanager
def checked(check: Callable[[], None]) -> Iterator[None]:
    """Call *check* for each request made herein, when its connection stands and before its body goes.

    Without its body Slack does not act on a request, so that an error from *check* means that nothing was done.
    """
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


class _Body:
    """The bytes of a request, checked when they are asked for: the connection stands then, which can take seconds."""

    def __init__(self, data: bytes, check: Callable[[], None]) -> None:
        self._data = data
        self._check = check

    def __iter__(self) -> Iterator[bytes]:
        self._check()
        yield self._data


class _Client(WebClient):
    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        check = _check.get()
        if check is not None and isinstance(req.data, bytes):
            size = len(req.data)
            req.data = _Body(req.data, check)
            # Otherwise urllib would send it in chunks.
            req.add_unredirected_header("Content-length", str(size))
        return super()._perform_urllib_http_request_internal(url, req)


def web_client(*, token: str, base_url: str) -> WebClient:
    """Return a client that never repeats a call by itself: only the outbox knows whether it may."""
    return _Client(token=token, base_url=base_url, timeout=int(HTTP_TIMEOUT.total_seconds()), retry_handlers=[])


def call(method: Callable[..., SlackResponse], **arguments: Any) -> SlackResponse:
    """Call a method of the client; raise the DeliveryError that its failure is."""
    try:
        return method(**arguments)
    except SlackApiError as error:
        raise refusal(error.response) from error
    except URLError as error:
        raise _out_of_reach(error.reason) from error
    except (OSError, HTTPException, SlackRequestError) as error:
        # The request was on its way: only the reply is missing.
        raise MaybeSent(type(error).__name__) from error


def refusal(response: SlackResponse) -> DeliveryError:
    """Return what an answer that is not ``ok`` means for the message."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    code = str(response.get("error", ""))
    if response.status_code == 429 or code in RATE_LIMITED:
        return RateLimited("ratelimited", retry_after=_seconds(headers.get("retry-after")))
    if response.status_code >= 500:
        return MaybeSent(f"http_{response.status_code}")
    if response.status_code >= 400 and "json" not in headers.get("content-type", ""):
        # Something between us and Slack answered in its place, and it keeps the message to itself.
        return Unreachable(f"http_{response.status_code}")
    if code in IN_DOUBT:
        return MaybeSent(code)
    if code in GONE:
        return InstallationGone(code)
    return Refused(code)


def _out_of_reach(reason: object) -> DeliveryError:
    """Return whether the connection failed before anything was sent, or perhaps while it was."""
    name = type(reason).__name__
    if isinstance(reason, (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)):
        return Unreachable(name)
    if isinstance(reason, OSError) and reason.errno in (EHOSTUNREACH, ENETUNREACH):
        return Unreachable(name)
    return MaybeSent(name)


def _seconds(retry_after: str | None) -> float:
    try:
        return max(1.0, float(retry_after)) if retry_after else RETRY_AFTER
    except ValueError:
        return RETRY_AFTER
