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
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from uvicorn.protocols.http.h11_impl import H11Protocol

from playground import replies
from playground.clock import Clock
from playground.dispatch import Dispatcher
from playground.errors import SlackError
from playground.faults import Fault, Faults
from playground.manifest import Manifest
from playground.methods import Server, call_method, user_payload
from playground.people import Person
from playground.rates import RateLimits
from playground.sockets import Sockets
from playground.workspace import Change, Channel, Json, OpenView, User, Workspace

if TYPE_CHECKING:
    from playground.company import Company

_LARGEST_MESSAGE = 16 * 1024 * 1024


class _Protocol(H11Protocol):
    """HTTP that lets a handler break its connection: the transport is in `request.state`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Drop(Exception):
    """End the connection without an answer."""


class Playground:
    """A workspace with one app installed, served on 127.0.0.1. Also a context manager.

    `company` None is an empty workspace, filled with `add_member` and `create_channel`. `missing_scopes` are scopes of
    the manifest that were not granted. `request_url` delivers over signed HTTP instead of Socket Mode.
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
        request_url: str | None = None,
        bot_token: str | None = None,
        app_token: str | None = None,
        signing_secret: str | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.workspace = Workspace(
            Manifest.read(manifest), company, clock=self.clock, limits=limits, missing_scopes=missing_scopes
        )
        self.bot_token = bot_token or f"xoxb-{secrets.randbelow(10**12)}-{secrets.token_urlsafe(18)}"
        self.app_token = app_token or f"xapp-1-{self.workspace.app_id}-{secrets.token_hex(16)}"
        self.signing_secret = signing_secret or secrets.token_hex(16)
        self.faults = Faults()
        self.sockets = Sockets(self.workspace)
        self.dispatcher = Dispatcher(self.workspace, ack_timeout, verification_token=secrets.token_urlsafe(18))
        self.dispatcher.transport = self.sockets
        self.on_move: Callable[[datetime], None] | None = None
        self.guide: list[str] | dict[str, list[str]] = []
        self.page = page
        self.stopping = threading.Event()
        self._port = port
        self._request_url = request_url
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
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self._port))
            listener.listen(2048)
        except OSError:
            listener.close()
            raise
        self._port = listener.getsockname()[1]
        self.dispatcher.url = self.url
        self.stopping.clear()
        config = uvicorn.Config(
            self._application(),
            http=_Protocol,
            ws="websockets-sansio",
            ws_max_size=_LARGEST_MESSAGE,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(listener, ready), name="playground")
        self._thread.start()
        ready.result(10)

    def stop(self) -> None:
        """Hang up on everybody and stop serving. Harmless when not running."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self.stopping.set()
        self.workspace.publish(Change(kind="closing"))
        server.should_exit = True
        thread.join()
        self._server = self._thread = None

    def wait_until_connected(self, timeout: float = 10.0) -> None:
        """Return once an app holds a Socket Mode connection; TimeoutError otherwise."""
        self.workspace.wait_for(
            lambda: True if self.sockets.connected else None, timeout, what="an app to connect over Socket Mode"
        )

    @property
    def connected(self) -> bool:
        """Whether an app would hear what people do now."""
        return self._request_url is not None or self.sockets.connected > 0

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
        self, name: str, members: Iterable[str] = (), app_member: bool = False, *, topic: str = ""
    ) -> Channel:
        """Make a public channel."""
        return self.workspace.create_channel(name, members, app_member=app_member, topic=topic)

    def move_to(self, moment: datetime) -> None:
        """Move time: by `on_move` when the wiring has set it, so that the app's clock goes along."""
        if self.on_move is not None:
            self.on_move(moment)
        else:
            self.clock.move_to(moment)

    def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        """Send `disconnect` on every connection; the app is expected to come back."""
        self.sockets.disconnect(reason)

    # -- inside

    def _tell_of_user(self, kind: str, user: User) -> None:
        workspace = self.workspace
        with_email = "users:read.email" in workspace.scopes
        payload = user_payload(workspace, user, with_email=with_email, with_locale=True)
        self.dispatcher.emit(
            {"type": kind, "user": payload, "cache_ts": user.updated, "event_ts": workspace.new_ts()}
        ).result(self.dispatcher.ack_timeout + 1)

    def _run(self, listener: socket.socket, ready: Future[None]) -> None:
        assert self._server is not None
        server = self._server
        with asyncio.Runner() as runner:
            runner.run(self._serve(server, listener, ready))

    async def _serve(self, server: uvicorn.Server, listener: socket.socket, ready: Future[None]) -> None:
        loop = asyncio.get_running_loop()
        self.sockets.start(loop)
        self.dispatcher.loop = loop
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
            WebSocketRoute("/socket", self.sockets.serve),
        ]
        if self.page and importlib.util.find_spec("playground.ui") is not None:
            routes.extend(importlib.import_module("playground.ui").routes(self))
        return Starlette(routes=routes)

    def _as_server(self) -> Server:
        return Server(
            url=self.url,
            bot_token=self.bot_token,
            app_token=self.app_token,
            new_socket_url=self._new_socket_url,
            emit=self.dispatcher.emit,
            view_closed=self._views_closed,
            connected=lambda: self.sockets.connected,
        )

    def _new_socket_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/socket?ticket={self.sockets.new_ticket()}"

    def _views_closed(self, views: list[OpenView], cleared: bool) -> None:
        """Tell the app of modals another one has taken the place of; nobody waits for its ack."""
        for view in views:
            if view.body.get("notify_on_close"):
                payload = self.person(view.user).closed_payload(view, cleared=cleared)
                self.dispatcher.send_off(payload)

    async def _api(self, request: Request) -> Response:
        method = request.path_params["method"]
        try:
            args, token = await _arguments(request)
            fault = self.faults.strike(method, _channel_of(args))
            return await self._with_fault(fault, lambda: self._call(method, args, token))
        except _Drop:
            request.state.transport.abort()
            return Response(status_code=500)

    def _call(self, method: str, args: Mapping[str, Any], token: str | None) -> Response:
        try:
            body, headers = call_method(self.workspace, self._as_server(), method, args, token)
        except SlackError as error:
            return JSONResponse(error.body(), status_code=error.status, headers=error.headers)
        return JSONResponse(body, headers=headers)

    async def _with_fault(self, fault: Fault | None, answer: Callable[[], Response]) -> Response:
        if fault is None:
            return answer()
        match fault.kind:
            case "429":
                return JSONResponse(
                    {"ok": False, "error": "ratelimited"},
                    status_code=429,
                    headers={"Retry-After": str(fault.retry_after)},
                )
            case "slow":
                await asyncio.sleep(fault.seconds)
                return answer()
            case "drop_before":
                raise _Drop
            case "hang":
                await asyncio.sleep(fault.seconds)
                raise _Drop
            case "5xx_before":
                return PlainTextResponse("upstream error", status_code=fault.status)
        answer()
        if fault.kind == "5xx_after":
            return PlainTextResponse("upstream error", status_code=fault.status)
        if fault.kind == "hang_after":
            await asyncio.sleep(fault.seconds)
        raise _Drop

    async def _response_url(self, request: Request) -> Response:
        raw = await request.body()
        fault = self.faults.strike("response_url")
        try:
            return await self._with_fault(fault, lambda: self._answer(request.path_params["answer"], raw))
        except _Drop:
            request.state.transport.abort()
            return Response(status_code=500)

    def _answer(self, answer_id: str, raw: bytes) -> Response:
        workspace = self.workspace
        with workspace.lock:
            try:
                answered = workspace.use_response_url(answer_id)
                if isinstance(answered, str):
                    raise SlackError(answered, answer_id, status=404)
                try:
                    body = json.loads(raw or b"{}")
                except ValueError:
                    raise SlackError("invalid_payload", "The body is not JSON.", status=400) from None
                if not isinstance(body, dict):
                    raise SlackError("invalid_payload", "The body is not an object.", status=400)
                replies.reply(workspace, answered, body)
            except SlackError as error:
                workspace.refuse("response_url", error.code, error.detail)
                status = error.status if error.status != 200 else 400 if error.code.startswith("invalid") else 404
                return JSONResponse(error.body(), status_code=status)
        return PlainTextResponse("ok")


async def _arguments(request: Request) -> tuple[dict[str, Any], str | None]:
    """The arguments of a Web API call, wherever they are, and the token it carries."""
    args: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind == "application/json":
        raw = await request.body()
        try:
            given: Json = json.loads(raw) if raw.strip() else {}
        except ValueError:
            given = {}
        if isinstance(given, dict):
            args |= given
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
