"""Slack over HTTP, where Socket Mode is not wanted: a request is checked by its raw bytes before Bolt reads it."""

from __future__ import annotations

import threading

import uvicorn
from slack_bolt import App
from slack_bolt.adapter.starlette import SlackRequestHandler
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

LARGEST_BODY = 1_048_576
"""Bytes; Slack's payloads are far smaller, a modal's 250 KB included."""


def asgi(app: App, *, signing_secret: str) -> Starlette:
    """Return the web application: Slack's requests at ``/slack/events``, ``/livez`` for a supervisor."""
    verifier = SignatureVerifier(signing_secret)
    handler = SlackRequestHandler(app)

    async def slack(request: Request) -> Response:
        if int(request.headers.get("content-length") or 0) > LARGEST_BODY:
            return PlainTextResponse("too large", status_code=413)
        body = await request.body()
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        # Bolt parses before it checks, and so answers a malformed body with a 500 and logs it.
        if not timestamp.isdecimal() or not verifier.is_valid(body, timestamp, signature):
            return PlainTextResponse("not signed by Slack", status_code=401)
        return await handler.handle(request)

    async def livez(_: Request) -> Response:
        return PlainTextResponse("alive")

    return Starlette(routes=[Route("/slack/events", slack, methods=["POST"]), Route("/livez", livez, methods=["GET"])])


def serve(app: App, *, signing_secret: str, port: int, stopped: threading.Event) -> None:
    """Serve on *port* until *stopped* is set."""
    config = uvicorn.Config(asgi(app, signing_secret=signing_secret), host="0.0.0.0", port=port, log_config=None)  # noqa: S104 - Slack comes from outside
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="http")
    thread.start()
    stopped.wait()
    server.should_exit = True
    thread.join()
