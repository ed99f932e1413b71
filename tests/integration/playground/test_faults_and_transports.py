"""Bad days on demand, and the two ways payloads come: Socket Mode and signed HTTP."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from playground import Person, Playground
from playground.dispatch import NotReached
from tests.integration.playground.tiny_app import MANIFEST, TinyApp

Json = dict[str, Any]


@pytest.fixture
def caller(pg: Playground) -> WebClient:
    """A client that never retries by itself and gives up after half a second."""
    return WebClient(token=pg.bot_token, base_url=pg.api_url, retry_handlers=[], timeout=0.5)  # type: ignore[arg-type]


# -- faults


def test_a_429_says_when_to_come_back(pg: Playground, ana: Person, caller: WebClient) -> None:
    pg.faults.add(method="chat.postMessage", kind="429", retry_after=7)

    with pytest.raises(SlackApiError) as refusal:
        caller.chat_postMessage(channel=ana.id, text="x")

    assert refusal.value.response.headers["Retry-After"] == "7"
    assert ana.inbox == []
    caller.chat_postMessage(channel=ana.id, text="x")
    assert len(ana.inbox) == 1


@pytest.mark.parametrize(("kind", "arrived"), [("5xx_before", 0), ("5xx_after", 1)])
def test_a_server_error_comes_before_or_after_the_message_is_accepted(
    pg: Playground, ana: Person, caller: WebClient, kind: Any, arrived: int
) -> None:
    pg.faults.add(method="chat.postMessage", kind=kind)

    with pytest.raises(SlackApiError) as refusal:
        caller.chat_postMessage(channel=ana.id, text="x")

    assert refusal.value.response.status_code == 503
    assert len(ana.inbox) == len(pg.workspace.record) == arrived


@pytest.mark.parametrize(("kind", "arrived"), [("drop_before", 0), ("drop_after", 1)])
def test_a_connection_drops_before_or_after_the_message_is_accepted(
    pg: Playground, ana: Person, caller: WebClient, kind: Any, arrived: int
) -> None:
    pg.faults.add(method="chat.postMessage", kind=kind)

    with pytest.raises(ConnectionError):
        caller.chat_postMessage(channel=ana.id, text="x")

    assert len(ana.inbox) == arrived


@pytest.mark.parametrize(("kind", "arrived"), [("hang", 0), ("hang_after", 1)])
def test_an_answer_never_comes(pg: Playground, ana: Person, caller: WebClient, kind: Any, arrived: int) -> None:
    caller = WebClient(token=pg.bot_token, base_url=pg.api_url, retry_handlers=[], timeout=0.1)  # type: ignore[arg-type]
    pg.faults.add(method="chat.postMessage", kind=kind)

    with pytest.raises(TimeoutError):
        caller.chat_postMessage(channel=ana.id, text="x")

    assert len(ana.inbox) == arrived


def test_a_fault_hits_the_conversation_and_the_number_of_calls_it_is_for(
    pg: Playground, ana: Person, caller: WebClient
) -> None:
    bob = pg.add_member("bob", "Bob Stone")
    fault = pg.faults.add(method="chat.postMessage", kind="5xx_before", channel=bob.id, times=2)

    caller.chat_postMessage(channel=ana.id, text="x")
    for _ in range(2):
        with pytest.raises(SlackApiError):
            caller.chat_postMessage(channel=bob.id, text="x")
    caller.chat_postMessage(channel=bob.id, text="x")

    assert (len(ana.inbox), len(bob.inbox), fault.hits) == (1, 1, 2)


def test_a_fault_of_an_unknown_kind_is_refused(pg: Playground) -> None:
    with pytest.raises(ValueError, match="explosion"):
        pg.faults.add(method="chat.postMessage", kind="explosion")  # type: ignore[arg-type]


def test_faults_strike_as_often_as_their_probability_says(pg: Playground, caller: WebClient) -> None:
    fault = pg.faults.add(method="auth.test", kind="5xx_before", times=None, probability=0.5)
    failures = 0
    for _ in range(40):
        try:
            caller.auth_test()
        except SlackApiError:
            failures += 1

    assert failures == fault.hits
    assert 5 < failures < 35


# -- Socket Mode


def test_an_app_comes_back_after_a_disconnect(pg: Playground, ana: Person, tiny: TinyApp) -> None:
    pg.disconnect_sockets("refresh_requested")
    pg.workspace.wait_for(lambda: None if pg.sockets.connected else True, 3, what="the old connection to end")
    pg.wait_until_connected(10)

    assert ana.slash("/tiny hello").acked


def test_a_connection_needs_a_ticket_that_is_used_once(pg: Playground) -> None:
    assert _upgrade(pg, "/socket?ticket=wrong").startswith("HTTP/1.1 403")
    url = WebClient(base_url=pg.api_url).apps_connections_open(app_token=pg.app_token)["url"]
    path = "/" + url.split("/", 3)[3]

    assert _upgrade(pg, path).startswith("HTTP/1.1 101")
    assert _upgrade(pg, path).startswith("HTTP/1.1 403")


def _upgraded(pg: Playground, path: str) -> socket.socket:
    """A connection on which a WebSocket handshake was sent."""
    connection = socket.create_connection(("127.0.0.1", int(pg.url.rpartition(":")[2])), timeout=5)
    connection.sendall(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    return connection


def _upgrade(pg: Playground, path: str) -> str:
    """The first line a WebSocket handshake is answered with."""
    with _upgraded(pg, path) as connection:
        return connection.recv(1024).decode(errors="replace").splitlines()[0]


def _received_until(connection: socket.socket, awaited: bytes) -> bytes:
    received = b""
    while awaited not in received and (more := connection.recv(4096)):
        received += more
    return received


def test_an_eleventh_connection_is_turned_away(pg: Playground) -> None:
    with ExitStack() as opened:
        for _ in range(10):
            connection = opened.enter_context(_upgraded(pg, f"/socket?ticket={pg.sockets.new_ticket()}"))
            assert b'"hello"' in _received_until(connection, b'"hello"')

        eleventh = opened.enter_context(_upgraded(pg, f"/socket?ticket={pg.sockets.new_ticket()}"))
        received = _received_until(eleventh, b"too_many_websockets")

    assert b"too_many_websockets" in received
    assert b'"hello"' not in received


def test_stopping_does_not_wait_for_calls_that_hang_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    failures: list[Exception] = []

    def call() -> None:
        try:
            WebClient(token=pg.bot_token, base_url=pg.api_url, retry_handlers=[]).auth_test()
        except Exception as error:  # noqa: BLE001 - whatever a broken connection gives
            failures.append(error)

    with Playground(MANIFEST, page=False) as pg:
        fault = pg.faults.add(method="auth.test", kind="hang", seconds=60)
        caller = threading.Thread(target=call)
        caller.start()
        assert fault.struck.wait(3)
        started = time.perf_counter()
    caller.join(5)

    assert time.perf_counter() - started < 2
    assert len(failures) == 1
    assert set(threading.enumerate()) <= before


def test_waiting_for_an_app_that_never_comes_ends(pg: Playground) -> None:
    with pytest.raises(TimeoutError, match="an app to connect"):
        pg.wait_until_connected(0.01)


# -- signed HTTP


class _Endpoint(BaseHTTPRequestHandler):
    """A request URL that checks signatures, remembers what came and answers as told."""

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not server.verifier.is_valid_request(body, {key.lower(): value for key, value in self.headers.items()}):
            server.replies = [(401, b"")]
        with server.coming:
            server.came.append((dict(self.headers), body))
            server.coming.notify_all()
        status, answer = server.replies.pop(0) if server.replies else (200, b"")
        if b'"url_verification"' in body:
            status, answer = 200, json.loads(body)["challenge"].encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Keep quiet."""


@contextmanager
def endpoint(secret: str) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Endpoint)
    server.verifier, server.came, server.replies = SignatureVerifier(secret), [], []
    server.coming = threading.Condition()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_commands_and_interactions_come_signed_as_forms(pg: Playground, ana: Person) -> None:
    with endpoint(pg.signing_secret) as app:
        pg.deliver_to(f"http://127.0.0.1:{app.server_port}/slack/events")
        app.replies = [(200, b'{"text": "Hello"}'), (200, b"")]

        reply = ana.slash("/tiny hello")
        shortcut = ana.shortcut("tiny_form")

    assert (reply.acked, shortcut.acked) == (True, True)
    assert [message.text for message in ana.ephemerals] == ["Hello"]
    assert parse_qs(app.came[1][1].decode())["text"] == ["hello"]
    payload = json.loads(parse_qs(app.came[2][1].decode())["payload"][0])
    assert (payload["type"], payload["callback_id"]) == ("shortcut", "tiny_form")


def test_an_event_that_fails_comes_again_and_says_so(pg: Playground, ana: Person) -> None:
    with endpoint(pg.signing_secret) as app:
        pg.deliver_to(f"http://127.0.0.1:{app.server_port}/slack/events")
        app.replies = [(500, b""), (200, b"")]

        ana.say("Hello")
        with app.coming:
            assert app.coming.wait_for(lambda: len(app.came) == 3, timeout=3)

    headers, body = app.came[2]
    assert (headers["X-Slack-Retry-Num"], headers["X-Slack-Retry-Reason"]) == ("1", "http_error")
    assert json.loads(body)["event_id"] == json.loads(app.came[1][1])["event_id"]


def test_a_command_that_fails_is_not_sent_again(pg: Playground, ana: Person) -> None:
    with endpoint(pg.signing_secret) as app:
        pg.deliver_to(f"http://127.0.0.1:{app.server_port}/slack/events")
        app.replies = [(500, b"")]

        assert ana.slash("/tiny hello").error == "http_error"

        assert len(app.came) == 2


def test_a_request_url_must_answer_the_challenge(pg: Playground) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises((NotReached, OSError)):
            pg.deliver_to(f"http://127.0.0.1:{unused.getsockname()[1]}/")

    assert not pg.connected
