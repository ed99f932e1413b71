"""Signed HTTP: the workspace posts what happens to a request URL, as Slack does without Socket Mode."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

from playground.dispatch import Envelope, NotReached
from playground.workspace import Json

_FORM = "application/x-www-form-urlencoded"
_WORKERS = 16


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The `X-Slack-Signature` of *body* sent at *timestamp* (seconds since 1970, as text)."""
    digest = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


class SignedRequests:
    """The transport over HTTP. Signatures carry the real time, whatever the playground's: that is what apps check."""

    def __init__(self, url: str, secret: str, *, timeout: float) -> None:
        self.url = url
        self._secret = secret
        self._timeout = timeout
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="playground-request")

    def send(self, envelope: Envelope) -> Future[Json | None]:
        """Post *envelope*; the future holds the answer's payload."""
        return self._pool.submit(self._send, envelope)

    def verify(self, token: str) -> None:
        """Ask the URL for the challenge, as Slack does before it uses one; NotReached when it fails."""
        challenge = hashlib.sha256(token.encode()).hexdigest()
        body = json.dumps({"type": "url_verification", "token": token, "challenge": challenge}).encode()
        status, answer = self.post(body, {"Content-Type": "application/json"})
        if status != http.HTTPStatus.OK or challenge not in answer.decode(errors="replace"):
            raise NotReached(f"{self.url} did not answer the challenge ({status}).")

    def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Sign and post any bytes; returns the status and body of the answer. OSError when nobody listens."""
        timestamp = str(int(time.time()))
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=self._timeout)
        try:
            connection.request(
                "POST",
                address.path or "/",
                body,
                {
                    "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
                    "X-Slack-Request-Timestamp": timestamp,
                    "X-Slack-Signature": signature(self._secret, timestamp, body),
                    **headers,
                },
            )
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def close(self) -> None:
        """Send nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _send(self, envelope: Envelope) -> Json | None:
        body, headers = _encoded(envelope)
        try:
            status, answer = self.post(body, headers)
        except TimeoutError:
            raise NotReached("operation_timeout") from None
        except (OSError, http.client.HTTPException):
            raise NotReached("dispatch_failed") from None
        if status != http.HTTPStatus.OK:
            raise NotReached("http_error")
        return _decoded(answer)


def _encoded(envelope: Envelope) -> tuple[bytes, dict[str, str]]:
    if envelope.type == "slash_commands":
        return urlencode(envelope.payload).encode(), {"Content-Type": _FORM}
    encoded = json.dumps(envelope.payload)
    if envelope.type == "interactive":
        return urlencode({"payload": encoded}).encode(), {"Content-Type": _FORM}
    headers = {"Content-Type": "application/json"}
    if envelope.retry:
        headers |= {"X-Slack-Retry-Num": str(envelope.retry), "X-Slack-Retry-Reason": envelope.retry_reason}
    return encoded.encode(), headers


def _decoded(answer: bytes) -> Json | None:
    text = answer.decode(errors="replace").strip()
    if not text:
        return None
    try:
        body = json.loads(text)
    except ValueError:
        return {"text": text}
    return body if isinstance(body, dict) else {"text": text}
