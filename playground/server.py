"""The playground put together: one server in a thread of its own, and the people to play with."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from uvicorn.protocols.http.h11_impl import H11Protocol

from playground import replies
from playground.clock import Clock
from playground.dispatch import Dispatcher, NotReached
from playground.errors import SlackError
from playground.faults import Fault, Faults
from playground.manifest import Manifest
from playground.methods import Server, call_method
from playground.methods.calls import rate_limited
from playground.payloads import changed_event, deleted_event, message_event, user_payload
from playground.people import Person
from playground.rates import RateLimits
from playground.signed import SignedRequests
from playground.sockets import Sockets
from playground.workspace import Change, Channel, Json, Message, OpenView, Upload, User, Workspace

if TYPE_CHECKING:
    from playground.company import Company

_LARGEST_MESSAGE = 16 * 1024 * 1024
# More often than Slack: a client that reads looks only between two frames whether it is to close.
_PING_INTERVAL = 0.5


class _Protocol(H11Protocol):
    """HTTP that lets a handler break its connection: the transport is in `request.state`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Playground:
    """A workspace with one app installed, served on 127.0.0.1. Also a context manager.

    `company` None is an empty workspace, filled with `add_member` and `create_channel`. `missing_scopes` are scopes of
    the manifest that were not granted. What happens is sent over Socket Mode unless `deliver_to` names a request URL.
    Without `knows_client_msg_ids` a message that is posted again is shown again: Slack nowhere promises better. `seed`
    is for faults that strike with a probability.
    """

    def __init__(
        self,
        manifest: Mapping[str, Any] | Path,
        company: Company | None = None,
        *,
        clock: Clock | None = None,
        port: int = 0,
        page: bool = True,
        ack_timeout: float = 3.0,
        limits: RateLimits | None = None,
        missing_scopes: Iterable[str] = (),
        knows_client_msg_ids: bool = True,
        seed: int = 0,
        bot_token: str | None = None,
        app_token: str | None = None,
        signing_secret: str | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.workspace = Workspace(
            Manifest.read(manifest),
            company,
            clock=self.clock,
            limits=limits,
            missing_scopes=missing_scopes,
            knows_client_msg_ids=knows_client_msg_ids,
        )
        self.bot_token = bot_token or f"xoxb-{secrets.randbelow(10**12)}-{secrets.token_urlsafe(18)}"
        self.app_token = app_token or f"xapp-1-{self.workspace.app_id}-{secrets.token_hex(16)}"
        self.signing_secret = signing_secret or secrets.token_hex(16)
        self.faults = Faults(seed)
        self.sockets = Sockets(self.workspace)
        self.dispatcher = Dispatcher(
            self.workspace, self.faults, ack_timeout, verification_token=secrets.token_urlsafe(18)
        )
        self.dispatcher.transport = self.sockets
        self.workspace.subscribe(self._tell_app)
        self.on_move: Callable[[datetime], None] | None = None
        self.guide: list[str] | dict[str, list[str]] = []
        self.page = page
        self.stopping = threading.Event()
        self._port = port
        self._signed: SignedRequests | None = None
        self._closing: asyncio.Event | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._people: dict[str, Person] = {}

    def __enter__(self) -> Playground:
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()

    # -- running

    @property
    def url(self) -> str:
        """The page's address; known once started."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """What an app takes as Slack's API base."""
        return self.url + "/api/"

    def start(self) -> None:
        """Listen and serve; returns when the first request can come. OSError when the port is taken."""
        application = self._application()
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self._port))
            listener.listen(2048)
        except OSError:
            listener.close()
            raise
        self._port = listener.getsockname()[1]
        self.workspace.url = self.url
        self.stopping.clear()
        config = uvicorn.Config(
            application,
            http=_Protocol,
            ws="websockets-sansio",
            ws_max_size=_LARGEST_MESSAGE,
            ws_per_message_deflate=False,
            ws_ping_interval=_PING_INTERVAL,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(self._server, listener, ready), name="playground")
        self._thread.start()
        ready.result(10)

    def stop(self) -> None:
        """Hang up on everybody and stop serving. Harmless when not running."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self.stopping.set()
        self.workspace.publish(Change(kind="closing"))
        if (loop := self.dispatcher.loop) is not None and self._closing is not None:
            loop.call_soon_threadsafe(self._closing.set)
        server.should_exit = True
        thread.join()
        self._server = self._thread = None
        if self._signed is not None:
            self._signed.close()

    def wait_until_connected(self, timeout: float = 10.0) -> None:
        """Return once an app holds a Socket Mode connection; TimeoutError otherwise."""
        self.workspace.wait_for(
            lambda: True if self.sockets.connected else None, timeout, what="an app to connect over Socket Mode"
        )

    def deliver_to(self, request_url: str) -> None:
        """Deliver over signed HTTP from now on, once the URL has answered Slack's challenge; NotReached otherwise."""
        signed = SignedRequests(request_url, self.signing_secret, timeout=self.dispatcher.ack_timeout)
        try:
            signed.verify(self.dispatcher.verification_token)
        except NotReached:
            signed.close()
            raise
        self._signed = self.dispatcher.transport = signed
        self.workspace.publish(Change(kind="app", data={"connected": True}))

    @property
    def connected(self) -> bool:
        """Whether an app would hear what people do now."""
        return self._signed is not None or self.sockets.connected > 0

    # -- people and places

    def person(self, key: str) -> Person:
        """What the person with this id, e-mail or handle can do; KeyError when there is none."""
        user = self.workspace.user(key)
        person = self._people.get(user.id)
        if person is None:
            person = self._people[user.id] = Person(self.workspace, self.dispatcher, user.id)
        return person

    def add_member(self, username: str, real_name: str, **fields: Any) -> Person:
        """Let somebody join; *fields* as in `workspace.User`. The app hears `team_join`."""
        workspace = self.workspace
        user = User(id=fields.pop("id", None) or workspace.new_id("U"), name=username, real_name=real_name, **fields)
        stored = workspace.put_user(user)
        self._tell_of_user("team_join", stored)
        return self.person(stored.id)

    def change_user(self, key: str, **fields: Any) -> User:
        """Change somebody (tz, locale, deleted, real_name…). The app hears `user_change`."""
        stored = self.workspace.put_user(replace(self.workspace.user(key), **fields))
        self._tell_of_user("user_change", stored)
        return stored

    def create_channel(
        self, name: str, members: Iterable[str] = (), *, app_member: bool = False, topic: str = ""
    ) -> Channel:
        """Make a public channel."""
        return self.workspace.create_channel(name, members, app_member=app_member, topic=topic)

    def move_to(self, moment: datetime) -> None:
        """Move time: by `on_move` when the wiring has set it, so that the app's clock goes along."""
        if self.on_move is not None:
            self.on_move(moment)
        else:
            self.clock.move_to(moment)

    def revoke_token(self) -> None:
        """Revoke the app's bot token, as an administrator can. The app hears `tokens_revoked`."""
        tokens = {"oauth": [], "bot": [self.workspace.bot_user_id]}
        self.dispatcher.emit_and_wait({"type": "tokens_revoked", "tokens": tokens})
        self.workspace.token_revoked = True

    def uninstall(self) -> None:
        """Uninstall the app. It hears `app_uninstalled`, then every call is refused and the sockets are closed."""
        self.dispatcher.emit_and_wait({"type": "app_uninstalled"})
        self.workspace.uninstalled = True
        self.sockets.disconnect("link_disabled")

    def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        """Send `disconnect` on every connection; the app is expected to come back."""
        self.sockets.disconnect(reason)

    def cut_sockets(self) -> None:
        """Break every connection without a word, as a failing network does."""
        self.sockets.cut()

    # -- inside

    def _tell_app(self, change: Change) -> None:
        """Let the app hear of its own messages and what becomes of them, as Slack does; people's are sent by them."""
        message = change.data.get("message")
        if not isinstance(message, Message) or not message.is_app or message.ephemeral_to is not None:
            return
        workspace = self.workspace
        if workspace.bot_user_id not in workspace.channels[message.channel].members:
            return
        match change.kind:
            case "message":
                event = message_event(workspace, message)
            case "message_changed":
                event = changed_event(workspace, message, change.data["previous"], workspace.new_ts())
            case _:
                event = deleted_event(workspace, message, workspace.new_ts())
        self.dispatcher.emit(event)

    def _tell_of_user(self, kind: str, user: User) -> None:
        workspace = self.workspace
        self.dispatcher.emit_and_wait(
            {
                "type": kind,
                "user": user_payload(workspace, user, with_locale=True),
                "cache_ts": user.updated,
                "event_ts": workspace.new_ts(),
            }
        )

    def _run(self, server: uvicorn.Server, listener: socket.socket, ready: Future[None]) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._serve(server, listener, ready))

    async def _serve(self, server: uvicorn.Server, listener: socket.socket, ready: Future[None]) -> None:
        loop = asyncio.get_running_loop()
        self.sockets.start(loop)
        self.dispatcher.loop = loop
        self._closing = asyncio.Event()
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        ready.set_result(None)
        try:
            await serving
        finally:
            self.dispatcher.loop = None
            listener.close()

    def _application(self) -> Starlette:
        routes: list[BaseRoute] = [
            Route("/api/{method:path}", self._api, methods=["GET", "POST"]),
            Route("/commands/{answer:path}", self._response_url, methods=["POST"]),
            Route("/actions/{answer:path}", self._response_url, methods=["POST"]),
            Route("/app/{answer:path}", self._response_url, methods=["POST"]),
            Route("/upload/{file}", self._upload, methods=["POST"]),
            Route("/files-pri/{file}/{name:path}", self._download),
            WebSocketRoute("/socket", self.sockets.serve),
        ]
        if self.page and importlib.util.find_spec("playground.ui") is not None:
            routes.extend(importlib.import_module("playground.ui").routes(self))
        return Starlette(routes=routes)

    @cached_property
    def _as_server(self) -> Server:
        return Server(
            bot_token=self.bot_token,
            app_token=self.app_token,
            new_socket_url=self._new_socket_url,
            emit=self.dispatcher.emit,
            views_closed=self._views_closed,
        )

    def _new_socket_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/socket?ticket={self.sockets.new_ticket()}"

    def _views_closed(self, views: list[OpenView]) -> None:
        """Tell the app of modals another one has taken the place of; nobody waits for its ack."""
        for view in views:
            if view.body.get("notify_on_close"):
                payload = self.person(view.user).closed_payload(view, cleared=True)
                self.dispatcher.send_off(payload)

    async def _api(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            args, token = await _arguments(request)
        except SlackError as error:
            self.workspace.refuse(method, error.code, error.detail)
            return JSONResponse(error.body())
        except ClientDisconnect:
            # Whoever called is gone in the middle of it, and hears nothing.
            return Response()
        fault = self.faults.strike(method, _channel_of(args))
        return await self._with_fault(request, fault, lambda: self._call(method, args, token))

    def _call(self, method: str, args: Mapping[str, Any], token: str | None) -> Response:
        try:
            body, headers = call_method(self.workspace, self._as_server, method, args, token)
        except SlackError as error:
            return JSONResponse(error.body(), status_code=error.status, headers=error.headers)
        return JSONResponse(body, headers=headers)

    async def _with_fault(self, request: Request, fault: Fault | None, answer: Callable[[], Response]) -> Response:
        """What *answer* gives, or what is left of it after *fault*."""
        if fault is None:
            return answer()
        accepted = answer() if fault.kind in ("5xx_after", "drop_after", "hang_after") else None
        match fault.kind:
            case "429":
                refusal = rate_limited(fault.retry_after, "a fault")
                return JSONResponse(refusal.body(), status_code=refusal.status, headers=refusal.headers)
            case "5xx_before" | "5xx_after":
                return PlainTextResponse("upstream connect error", status_code=fault.status)
            case "slow":
                await self._pause(fault.seconds)
                return answer()
            case "hang" | "hang_after":
                await self._pause(fault.seconds)
        request.state.transport.abort()
        # Goes nowhere: the connection is gone.
        return accepted or Response()

    async def _pause(self, seconds: float) -> None:
        """Wait, but no longer than the playground runs."""
        if self._closing is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), seconds)

    async def _upload(self, request: Request) -> Response:
        upload = self.workspace.uploads.get(request.path_params["file"])
        if upload is None:
            return PlainTextResponse("no such upload", status_code=404)
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            async with request.form() as form:
                parts = [part for part in form.values() if isinstance(part, UploadFile)]
                content = await parts[0].read() if parts else b""
        else:
            content = await request.body()
        fault = self.faults.strike("upload")
        return await self._with_fault(request, fault, lambda: _received(upload, content))

    async def _download(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        file = self.workspace.files.get(request.path_params["file"].partition("-")[2])
        if token != self.bot_token or "files:read" not in self.workspace.scopes or file is None:
            # Slack sends a page to sign in on, with status 200 after a redirect; apps must look at the type.
            return HTMLResponse("<!DOCTYPE html><title>Sign in</title>")
        return Response(file.content, media_type=file.mimetype)

    async def _response_url(self, request: Request) -> Response:
        raw = await request.body()
        fault = self.faults.strike("response_url")
        return await self._with_fault(request, fault, lambda: self._answer(request.path_params["answer"], raw))

    def _answer(self, answer_id: str, raw: bytes) -> Response:
        workspace = self.workspace
        with workspace.lock:
            try:
                replies.reply(workspace, workspace.use_response_url(answer_id), _object(raw))
            except SlackError as error:
                workspace.refuse("response_url", error.code, error.detail)
                status = error.status if error.status != HTTPStatus.OK else HTTPStatus.BAD_REQUEST
                return JSONResponse(error.body(), status_code=status)
        return PlainTextResponse("ok")


def _object(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise SlackError("invalid_payload", "The body is not a JSON object.")
    return body


def _received(upload: Upload, content: bytes) -> Response:
    if len(content) != upload.length:
        return PlainTextResponse(f"{upload.length} bytes were announced, {len(content)} came", status_code=400)
    upload.content = content
    return PlainTextResponse(f"OK - {len(content)}")


def _json_arguments(raw: bytes) -> Json:
    # The SDK sends JSON with nothing in it for calls without arguments.
    if not raw.strip():
        return {}
    try:
        given = json.loads(raw)
    except ValueError:
        raise SlackError("invalid_json", "The body is not JSON.") from None
    if not isinstance(given, dict):
        raise SlackError("json_not_object", "The body is not a JSON object.")
    return given


async def _arguments(request: Request) -> tuple[dict[str, Any], str | None]:
    """The arguments of a Web API call, wherever they are, and the token it carries."""
    args: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        args |= _json_arguments(await request.body())
    elif request.method == "POST":
        async with request.form() as form:
            args |= {key: value for key, value in form.items() if isinstance(value, str)}
    authorization = request.headers.get("authorization", "")
    token = authorization.removeprefix("Bearer ").strip() or str(args.get("token", ""))
    args.pop("token", None)
    return args, token or None


def _channel_of(args: Mapping[str, Any]) -> str | None:
    channel = args.get("channel") or args.get("user_id") or args.get("users")
    return channel if isinstance(channel, str) else None
