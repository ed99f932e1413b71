"""Over HTTP nothing that Slack did not sign reaches Bolt, and nothing malformed gets a server error."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import socket
import threading
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt import App
from slack_sdk import WebClient

import handlers
from app import SystemClock
from bot.services import Services
from bot.services.base import Programme
from handlers.http import LARGEST_BODY, asgi, serve
from tests.fakes.slack import FakeDirectory
from tests.fakes.storage import InMemoryStorage

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TYPED = "what nobody else should read"


class Bot:
    """The real listeners behind the real web application, over a storage of its own."""

    def __init__(self) -> None:
        self.storage = InMemoryStorage()
        # Nothing listens at this address: a call to Slack fails at once.
        client = WebClient(token=None, base_url="http://127.0.0.1:9/api/", timeout=1, retry_handlers=[])
        self.app = App(client=client, signing_secret=SIGNING_SECRET, process_before_response=True, authorize=authorized)
        services = Services(storage=self.storage, programme=Programme(), directory=FakeDirectory())
        handlers.register(self.app, services, SystemClock())
        self.asgi = asgi(self.app, signing_secret=SIGNING_SECRET)

    def post(self, body: bytes, headers: dict[str, bytes], *, chunk: int = 65_536) -> int:
        """Return the status that *body* gets."""
        return asyncio.run(self._post(body, headers, chunk))

    async def _post(self, body: bytes, headers: dict[str, bytes], chunk: int) -> int:
        parts = [body[at : at + chunk] for at in range(0, len(body), chunk)] or [b""]
        coming = [{"type": "http.request", "body": one, "more_body": True} for one in parts]
        coming[-1]["more_body"] = False
        statuses: list[int] = []

        async def receive() -> Any:
            return coming.pop(0)

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": "/slack/events",
            "query_string": b"",
            "headers": [(name.encode(), value) for name, value in headers.items()],
        }
        await self.asgi(scope, receive, send)
        return statuses[0]


def authorized(**_: Any) -> Any:
    from slack_bolt.authorization import AuthorizeResult

    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="UBOT", bot_id="B1", bot_token="xoxb-1")


def signed(body: bytes, kind: bytes) -> dict[str, bytes]:
    timestamp = str(int(time.time())).encode()
    made = hmac.new(SIGNING_SECRET.encode(), b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest()
    return {
        "content-type": kind,
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": f"v0={made}".encode(),
    }


NOW = str(int(time.time())).encode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-slack-request-timestamp": NOW, "x-slack-signature": b"v0=0"},
        {"x-slack-request-timestamp": NOW, "x-slack-signature": "v0=é".encode("latin-1")},
        {"x-slack-request-timestamp": b"9" * 5000, "x-slack-signature": b"v0=0"},
        {"x-slack-request-timestamp": "²".encode("latin-1"), "x-slack-signature": b"v0=0"},
        {"x-slack-request-timestamp": b"12", "x-slack-signature": b"v0=0", "content-length": b"abc"},
    ],
)
@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"payload=%FF"])
def test_what_slack_did_not_sign_is_refused(headers: dict[str, bytes], body: bytes) -> None:
    assert Bot().post(body, headers) == 401


def test_an_old_signature_is_refused() -> None:
    body, then = b"{}", str(int(time.time()) - 301).encode()
    made = hmac.new(SIGNING_SECRET.encode(), b"v0:" + then + b":" + body, hashlib.sha256).hexdigest()
    headers = {"x-slack-request-timestamp": then, "x-slack-signature": f"v0={made}".encode()}
    assert Bot().post(body, headers) == 401


def test_a_body_that_does_not_end_is_not_read_to_its_end() -> None:
    assert Bot().post(b"x" * (LARGEST_BODY + 1), {}) == 413


def test_what_is_signed_and_no_text_is_a_bad_request() -> None:
    body = b"\xff\xfe"
    assert Bot().post(body, signed(body, b"application/json")) == 400


NAMES = st.sampled_from(["type", "command", "callback_id", "action_id"])
KEYS = st.sampled_from(
    [
        *("trigger_id", "user", "user_id", "team", "team_id", "actions", "view", "blocks", "state", "values"),
        *("event", "event_id", "channel", "response_url", "hash", "id"),
    ]
)
TEXTS = st.sampled_from(
    ["", "block_actions", "view_submission", "shortcut", "/tandem", "U1", "T1", "message", "event_callback", "0", "é"]
)
WRITTEN = st.sampled_from([TYPED, f"log {TYPED}", f"<!channel> {TYPED}", f"\u202e{TYPED}\u200b", TYPED * 500, None, 5])
NAMED = st.dictionaries(NAMES, TEXTS | st.none() | st.integers() | st.lists(TEXTS, max_size=2), max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.builds(dict.__or__, st.dictionaries(KEYS, inner, max_size=5), NAMED)
        | st.fixed_dictionaries({"value": WRITTEN, "text": WRITTEN})
    ),
    max_leaves=15,
)
PAYLOADS = st.builds(
    lambda some, named, text: some | named | {"text": text},
    st.dictionaries(KEYS, JSON, max_size=8), NAMED, WRITTEN,
)  # fmt: skip


@settings(max_examples=150)
@given(payload=PAYLOADS, form=st.booleans())
def test_what_is_signed_and_malformed_changes_nothing_and_tells_the_log_nothing(payload: Any, form: bool) -> None:
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(self.format(record))

    body = urlencode({"payload": json.dumps(payload)}).encode() if form else json.dumps(payload).encode()
    kind = b"application/x-www-form-urlencoded" if form else b"application/json"
    bot, ear = Bot(), Ear()
    before = bot.storage._tables
    logging.getLogger().addHandler(ear)
    try:
        status = bot.post(body, signed(body, kind))
    finally:
        logging.getLogger().removeHandler(ear)
    assert status < 500
    assert bot.storage._tables == before
    assert TYPED not in "".join(said)


def test_a_port_that_is_taken_is_told_to_whoever_starts_the_bot() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(Bot().app, signing_secret=SIGNING_SECRET, port=taken.getsockname()[1], stopped=threading.Event())
