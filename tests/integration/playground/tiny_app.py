"""A bare Bolt app over Socket Mode, for the tests of the playground: it has nothing of Tandem."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_sdk import WebClient

from playground import Playground

Json = dict[str, Any]

MANIFEST: Json = {
    "display_information": {"name": "Tiny", "description": "An app for tests"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "bot_user": {"display_name": "tiny"},
        "slash_commands": [{"command": "/tiny", "description": "Try it", "should_escape": True}],
        "shortcuts": [
            {"name": "Tiny form", "type": "global", "callback_id": "tiny_form", "description": "Open the form"},
            {"name": "About this", "type": "message", "callback_id": "about", "description": "Ask"},
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "channels:read",
                "chat:write",
                "commands",
                "files:read",
                "files:write",
                "im:history",
                "im:write",
                "metadata.message:read",
                "mpim:write",
                "users:read",
                "users:read.email",
            ]
        }
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": ["app_home_opened", "message.im", "team_join", "tokens_revoked", "user_change"]
        },
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str, text: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def options(*values: str) -> list[Json]:
    return [{"text": plain(value.title()), "value": value} for value in values]


def text_input(block_id: str, **more: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": f"{block_id}_text", **more.pop("element", {})}
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, **more}


def modal(*blocks: Json, callback_id: str = "form", **more: Any) -> Json:
    view = {"type": "modal", "callback_id": callback_id, "title": plain("A form"), "blocks": list(blocks), **more}
    if any(block["type"] == "input" for block in blocks):
        view.setdefault("submit", plain("Send"))
    return view


class TinyApp:
    """Opens what it is told to, answers submissions as told, and remembers what it was sent."""

    def __init__(self, pg: Playground) -> None:
        self.client = WebClient(token=pg.bot_token, base_url=pg.api_url)
        self.app = App(client=self.client, process_before_response=True, ignoring_self_events_enabled=False)
        self.form = modal(text_input("name"))
        self.answer: Json = {}
        self.heard: list[Json] = []
        self._hearing = threading.Condition()
        self._listen()
        self.handler = SocketModeHandler(
            self.app, pg.app_token, web_client=WebClient(token=pg.bot_token, base_url=pg.api_url)
        )

    def wait_for_events(self, kind: str, count: int) -> list[Json]:
        """The whole bodies of *count* events of one kind, as soon as they have come."""

        def came() -> list[Json]:
            return [body for body in self.heard if body.get("event", {}).get("type") == kind]

        with self._hearing:
            assert self._hearing.wait_for(lambda: len(came()) >= count, timeout=3)
            return came()

    def events(self, kind: str) -> list[Json]:
        """The events of one kind, in the order they came."""
        return [body["event"] for body in self.heard if body.get("event", {}).get("type") == kind]

    def payloads(self, kind: str) -> list[Json]:
        """The interactions of one type, in the order they came."""
        return [body for body in self.heard if body.get("type") == kind]

    def _listen(self) -> None:
        app = self.app
        app.use(self._remember)
        app.command("/tiny")(self._command)
        app.shortcut("tiny_form")(self._open)
        app.shortcut("about")(self._about)
        app.view("form")(self._submitted)
        app.view_closed("form")(lambda ack: ack())
        app.options("external")(self._suggest)
        app.action("push")(self._push)
        app.action("replace")(self._replace)
        app.action("pick")(lambda ack: ack())
        app.event("app_home_opened")(self._home)
        for name in ("message", "user_change", "team_join", "tokens_revoked"):
            app.event(name)(lambda: None)

    def _remember(self, body: Json, next_: Any) -> None:
        with self._hearing:
            self.heard.append(body)
            self._hearing.notify_all()
        next_()

    def _command(self, ack: Ack, body: Json) -> None:
        if body["text"] == "form":
            self._open(ack, body)
        elif body["text"] != "silence":
            ack(text=f"You said: {body['text']}")

    def _open(self, ack: Ack, body: Json) -> None:
        self.client.views_open(trigger_id=body["trigger_id"], view=self.form)
        ack()

    def _about(self, ack: Ack, respond: Respond, body: Json) -> None:
        ack()
        respond(f"About: {body['message']['text']}")

    def _submitted(self, ack: Ack) -> None:
        ack(**self.answer)

    def _suggest(self, ack: Ack, payload: Json) -> None:
        found = [value for value in ("apple", "apricot", "banana") if value.startswith(payload["value"])]
        ack(options=options(*found))

    def _push(self, ack: Ack, body: Json) -> None:
        self.client.views_push(trigger_id=body["trigger_id"], view=self.form)
        ack()

    def _replace(self, ack: Ack, respond: Respond) -> None:
        ack()
        respond(text="Replaced", replace_original=True)

    def _home(self, event: Json) -> None:
        if event["tab"] == "home":
            self.client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("Welcome")]})


@contextmanager
def connected(pg: Playground) -> Iterator[TinyApp]:
    """A tiny app, connected to *pg* over Socket Mode."""
    tiny = TinyApp(pg)
    tiny.handler.connect()  # type: ignore[no-untyped-call]
    try:
        pg.wait_until_connected(5)
        yield tiny
    finally:
        # Left alone, the client's threads notice only after 3 s and 1 s that they are to end: hang up on the one that
        # reads, and wake the other one with an empty message.
        client = tiny.handler.client
        client.auto_reconnect_enabled = False
        pg.cut_sockets()
        client.message_processor.event.set()
        client.enqueue_message("{}")
        tiny.handler.close()  # type: ignore[no-untyped-call]
        tiny.app.listener_runner.listener_executor.shutdown()
