"""Slack over HTTP, where Socket Mode is not wanted: a request is checked by its raw bytes before Bolt reads it."""

from __future__ import annotations

import hashlib
import hmac
import socket
import threading
import time

import uvicorn
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

LARGEST_BODY = 1_048_576
"""Bytes; Slack's payloads are far smaller, a modal's 250 KB included."""
SIGNED_WITHIN_SECONDS = 300
LAST_REQUESTS_SECONDS = 5
"""How long requests under way may take once the server was told to stop."""


def asgi(app: App, *, signing_secret: str) -> Starlette:
    """Return the web application: Slack's requests at ``/slack/events``, ``/livez`` for a supervisor."""

    async def slack(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return PlainTextResponse("too large", status_code=413)
        raw = bytes(body)
        # Bolt parses before it checks, and so answers a malformed body with a 500 and logs it.
        if not is_signed(
            raw,
            timestamp=request.headers.get("x-slack-request-timestamp", ""),
            signature=request.headers.get("x-slack-signature", ""),
            signing_secret=signing_secret,
            now=time.time(),
        ):
            return PlainTextResponse("not signed by Slack", status_code=401)
        try:
            # Listeners write to the database: in the event loop, one that waits would hold up all others.
            answered = await run_in_threadpool(app.dispatch, to_bolt_request(request, raw))
        except (ValueError, TypeError, AttributeError, LookupError):
            # What a listener raises is answered in its place; this is Bolt, reading a shape that Slack never sends.
            return PlainTextResponse("not a request of Slack's", status_code=400)
        return to_starlette_response(answered)

    async def livez(_: Request) -> Response:
        return PlainTextResponse("alive")

    return Starlette(routes=[Route("/slack/events", slack, methods=["POST"]), Route("/livez", livez, methods=["GET"])])


def is_signed(body: bytes, *, timestamp: str, signature: str, signing_secret: str, now: float) -> bool:
    """True when *signature* is that of *body*, made less than five minutes before *now* (seconds since 1970).

    The SDK's own verifier raises on bytes that are no UTF-8, on signatures that are no ASCII and on endless timestamps.
    """
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    if abs(now - int(timestamp)) > SIGNED_WITHIN_SECONDS:
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(signing_secret.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def serve(app: App, *, signing_secret: str, port: int, stopped: threading.Event) -> None:
    """Serve on *port* until *stopped* is set; raise OSError when the port is taken."""
    config = uvicorn.Config(
        asgi(app, signing_secret=signing_secret), log_config=None, timeout_graceful_shutdown=LAST_REQUESTS_SECONDS
    )
    server = uvicorn.Server(config)
    # Bound here: in its thread the server would end the thread alone, and the program would stay without it.
    with socket.create_server(("0.0.0.0", port), backlog=2048) as listener:  # noqa: S104 - Slack comes from outside
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="http")
        thread.start()
        stopped.wait()
        server.should_exit = True
        thread.join()
