"""What the workspace sends to the app, and the wait for its ack."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Literal, Protocol

from playground.faults import Faults
from playground.workspace import Json, Workspace, epoch

EnvelopeType = Literal["slash_commands", "interactive", "events_api"]

# After how many seconds Slack sends an event again that nobody acknowledged.
RETRY_DELAYS = (0.0, 60.0, 300.0)

# The subscription each `channel_type` of a message event belongs to.
_MESSAGE_KINDS = {"im": "im", "mpim": "mpim", "channel": "channels", "group": "groups"}


class NotReached(Exception):
    """The app cannot be reached: it is not connected, hung up, or answered with an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One thing to tell the app; `retry` counts earlier attempts (events only)."""

    type: EnvelopeType
    payload: Json
    accepts_response: bool
    retry: int = 0
    retry_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: `body` is the ack's payload; `error` is Slack's word for what went wrong, None when acked."""

    acked: bool
    seconds: float
    body: Json | None = None
    error: str | None = None


class Transport(Protocol):
    """A way to the app: Socket Mode or signed HTTP."""

    def send(self, envelope: Envelope) -> Future[Json | None]:
        """Send without waiting; the future holds the ack's payload, or NotReached."""
        ...


class Dispatcher:
    """Sends interactions and waits for them; sends events and repeats those that stay unacknowledged."""

    def __init__(self, workspace: Workspace, faults: Faults, ack_timeout: float, verification_token: str) -> None:
        self.workspace = workspace
        self.faults = faults
        self.ack_timeout = ack_timeout
        self.verification_token = verification_token
        self.transport: Transport | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    def interact(self, kind: EnvelopeType, payload: Json, *, accepts_response: bool = True) -> Answer:
        """Send a command or an interaction and wait for its ack, at most `ack_timeout`. Never repeated, as in Slack."""
        envelope = Envelope(type=kind, payload=payload, accepts_response=accepts_response)
        return self._wait(lambda: self._send(envelope))

    def send_off(self, payload: Json) -> None:
        """Send an interaction whose ack nobody waits for."""
        self._send(Envelope(type="interactive", payload=payload, accepts_response=True))

    def emit(self, event: Json) -> Future[Json | None]:
        """Send an event if the app subscribes to its kind.

        The future ends with the first ack, or with NotReached at the first failure, after which the event is sent
        again in the background. It ends at once when the app does not want such events. Message events are named by
        where they happen: `message.im`, `message.channels`.
        """
        done: Future[Json | None] = Future()
        name = event["type"]
        if name == "message":
            name = f"message.{_MESSAGE_KINDS[event['channel_type']]}"
        loop = self.loop
        if name not in self.workspace.manifest.bot_events or self.workspace.uninstalled or loop is None:
            done.set_result(None)
            return done
        payload = self._event_payload(event)
        asyncio.run_coroutine_threadsafe(self._emit(payload, done), loop)
        return done

    def emit_and_wait(self, event: Json) -> Answer:
        """Send an event and wait for its first ack, at most `ack_timeout`."""
        return self._wait(lambda: self.emit(event))

    def common(self, user_id: str) -> Json:
        """What every interactive payload carries."""
        workspace = self.workspace
        user = workspace.users[user_id]
        return {
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": workspace.team_id},
            "team": {"id": workspace.team_id, "domain": workspace.domain},
            "enterprise": None,
            "is_enterprise_install": False,
            "api_app_id": workspace.app_id,
            "token": self.verification_token,
        }

    def _wait(self, send: Callable[[], Future[Json | None]]) -> Answer:
        started = time.perf_counter()
        future = send()
        try:
            body = future.result(self.ack_timeout)
        except NotReached as error:
            return Answer(acked=False, seconds=time.perf_counter() - started, error=str(error))
        except (FutureTimeoutError, CancelledError):
            return Answer(acked=False, seconds=time.perf_counter() - started, error="operation_timeout")
        return Answer(acked=True, seconds=time.perf_counter() - started, body=body)

    def _send(self, envelope: Envelope) -> Future[Json | None]:
        if self.transport is None:
            failed: Future[Json | None] = Future()
            failed.set_exception(NotReached("dispatch_failed"))
            return failed
        future = self.transport.send(envelope)
        if self.faults.take_double():
            self.transport.send(envelope)
        return future

    def _event_payload(self, event: Json) -> Json:
        workspace = self.workspace
        return {
            "token": self.verification_token,
            "team_id": workspace.team_id,
            "context_team_id": workspace.team_id,
            "context_enterprise_id": None,
            "api_app_id": workspace.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": workspace.new_id("Ev"),
            "event_time": epoch(workspace.clock.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": workspace.team_id,
                    "user_id": workspace.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": f"4-{workspace.new_id('')}",
        }

    async def _emit(self, payload: Json, done: Future[Json | None]) -> None:
        reason = ""
        for attempt in range(len(RETRY_DELAYS) + 1):
            if attempt:
                await asyncio.sleep(RETRY_DELAYS[attempt - 1])
            sent = self._send(
                Envelope(type="events_api", payload=payload, accepts_response=False, retry=attempt, retry_reason=reason)
            )
            try:
                await asyncio.wait_for(asyncio.wrap_future(sent), self.ack_timeout)
            except NotReached as error:
                reason = "http_error" if str(error) == "http_error" else "connection_failed"
                _settle(done, error)
            except TimeoutError:
                reason = "http_timeout"
                _settle(done, NotReached("operation_timeout"))
            else:
                _settle(done, None)
                return


def _settle(done: Future[Json | None], error: NotReached | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
