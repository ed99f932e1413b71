"""Socket Mode: up to ten connections, each payload to any one of them."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from concurrent.futures import Future, InvalidStateError
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from playground.dispatch import Envelope, NotReached
from playground.workspace import Change, Json, Workspace

MOST_CONNECTIONS = 10
_TICKETS_KEPT = 100


class _Connection:
    """One connection of the app. Lives in the event loop's thread alone."""

    def __init__(self, websocket: WebSocket, connection_id: str) -> None:
        self.id = connection_id
        self.websocket = websocket
        self.outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self.waiting: dict[str, Future[Json | None]] = {}
        self.draining = False


class Sockets:
    """The app's Socket Mode connections, and the transport over them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._connections: list[_Connection] = []
        self._tickets: dict[str, None] = {}
        self._next = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use *loop*, the server's, for everything."""
        self._loop = loop

    @property
    def connected(self) -> int:
        """How many connections can take a payload now."""
        return sum(not connection.draining for connection in tuple(self._connections))

    def new_ticket(self) -> str:
        """A single-use ticket for one connection, as `apps.connections.open` gives in its URL."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = None
        while len(self._tickets) > _TICKETS_KEPT:
            del self._tickets[next(iter(self._tickets))]
        return ticket

    def send(self, envelope: Envelope) -> Future[Json | None]:
        """Give *envelope* to one connection, in turn."""
        future: Future[Json | None] = Future()
        message = {
            "envelope_id": str(uuid.uuid4()),
            "type": envelope.type,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.accepts_response,
        }
        if envelope.type == "events_api":
            message |= {"retry_attempt": envelope.retry, "retry_reason": envelope.retry_reason}
        if self._loop is None or self._loop.is_closed():
            future.set_exception(NotReached("dispatch_failed"))
        else:
            # Serialised here, in the caller's thread: the event loop serves everybody.
            self._loop.call_soon_threadsafe(self._put, str(message["envelope_id"]), json.dumps(message), future)
        return future

    def disconnect(self, reason: str) -> None:
        """Ask the app to reconnect ("warning", "refresh_requested", "link_disabled"), then hang up unless a warning."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._disconnect, reason)

    def cut(self) -> None:
        """Break every connection without a word, as a failing network does."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._cut)

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one connection until either side ends it."""
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await websocket.close(code=1008)
            return
        del self._tickets[ticket]
        await websocket.accept()
        if len(self._connections) >= MOST_CONNECTIONS:
            await websocket.send_text(json.dumps({"type": "disconnect", "reason": "too_many_websockets"}))
            await websocket.close()
            return
        connection = _Connection(websocket, ticket)
        connection.outbox.put_nowait(self._hello(len(self._connections) + 1))
        writer = asyncio.create_task(self._write(connection))
        self._connections.append(connection)
        self._changed()
        try:
            await self._read(connection)
        finally:
            if connection in self._connections:
                self._connections.remove(connection)
            connection.outbox.put_nowait(None)
            for future in connection.waiting.values():
                _fail(future)
            connection.waiting.clear()
            self._changed()
            await asyncio.wait({writer})

    async def _read(self, connection: _Connection) -> None:
        while True:
            try:
                text = await connection.websocket.receive_text()
            except (WebSocketDisconnect, RuntimeError, KeyError):
                return
            try:
                message = json.loads(text)
            except ValueError:
                continue
            if isinstance(message, dict):
                self._acknowledged(connection, message)

    def _acknowledged(self, connection: _Connection, message: Json) -> None:
        future = connection.waiting.pop(str(message.get("envelope_id")), None)
        if future is not None:
            payload = message.get("payload")
            try:
                future.set_result(_as_body(payload))
            except InvalidStateError:
                # The waiter has given up meanwhile: an ack after three seconds is as good as none.
                return

    async def _write(self, connection: _Connection) -> None:
        while (text := await connection.outbox.get()) is not None:
            try:
                await connection.websocket.send_text(text)
            except (WebSocketDisconnect, RuntimeError):
                return
        try:
            await connection.websocket.close()
        except (WebSocketDisconnect, RuntimeError):
            return

    def _put(self, envelope_id: str, text: str, future: Future[Json | None]) -> None:
        ready = [connection for connection in self._connections if not connection.draining]
        if not ready:
            _fail(future)
            return
        self._next += 1
        connection = ready[self._next % len(ready)]
        connection.waiting[envelope_id] = future
        connection.outbox.put_nowait(text)

    def _disconnect(self, reason: str) -> None:
        for connection in self._connections:
            connection.outbox.put_nowait(
                json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}})
            )
            if reason != "warning":
                connection.draining = True
                connection.outbox.put_nowait(None)
        self._changed()

    def _cut(self) -> None:
        for connection in self._connections:
            connection.draining = True
            transport = connection.websocket.scope.get("state", {}).get("transport")
            if transport is not None:
                transport.abort()
        self._changed()

    def _changed(self) -> None:
        self._workspace.publish(Change(kind="app", data={"connected": self.connected > 0}))

    def _hello(self, number: int) -> str:
        return json.dumps(
            {
                "type": "hello",
                "num_connections": number,
                "debug_info": {"host": "playground", "build_number": 1, "approximate_connection_time": 18060},
                "connection_info": {"app_id": self._workspace.app_id},
            }
        )


def _as_body(payload: Any) -> Json | None:
    if isinstance(payload, dict):
        return payload
    return {"text": payload} if isinstance(payload, str) and payload else None


def _fail(future: Future[Json | None]) -> None:
    try:
        future.set_exception(NotReached("dispatch_failed"))
    except InvalidStateError:
        return
