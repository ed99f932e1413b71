"""What the manifest asks for is used, and what is used is asked for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

import handlers
from app import SystemClock
from bot.services import Services
from bot.services.base import Programme
from bot.slack import files
from bot.views import ids
from tests.fakes.slack import FakeDirectory
from tests.fakes.storage import InMemoryStorage

ROOT = Path(__file__).parents[2]
MANIFEST = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
SCOPES = MANIFEST["oauth_config"]["scopes"]

NEEDS = {
    "apps_connections_open": set(),
    "auth_test": set(),
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"im:history", "metadata.message:read"},
    "conversations_open": {"im:write"},
    "users_info": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_push": set(),
    "views_update": set(),
}
"""Web API method of the SDK's client → the bot scopes Slack wants for it, as the bot calls it."""
CALL = re.compile(
    r"\b(?:apps|auth|chat|conversations|files|pins|reactions|team|usergroups|users|views)_[a-z][A-Za-z_]+"
)


class Recorder(App):
    """A Bolt app that notes what is registered with it."""

    def __init__(self) -> None:
        client = WebClient(base_url="http://127.0.0.1:9/api/", retry_handlers=[])
        super().__init__(client=client, authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1"))
        self.asked: dict[str, list[Any]] = {"action": [], "view": [], "shortcut": [], "event": [], "command": []}

    def action(self, constraints: Any, *more: Any, **named: Any) -> Any:
        self.asked["action"].append(constraints)
        return super().action(constraints, *more, **named)

    def view(self, constraints: Any, *more: Any, **named: Any) -> Any:
        self.asked["view"].append(constraints)
        return super().view(constraints, *more, **named)

    def shortcut(self, constraints: Any, *more: Any, **named: Any) -> Any:
        self.asked["shortcut"].append(constraints)
        return super().shortcut(constraints, *more, **named)

    def event(self, event: Any, *more: Any, **named: Any) -> Any:
        self.asked["event"].append(event)
        return super().event(event, *more, **named)

    def command(self, command: Any, *more: Any, **named: Any) -> Any:
        self.asked["command"].append(command)
        return super().command(command, *more, **named)


@pytest.fixture(scope="module")
def asked() -> dict[str, list[Any]]:
    """What the bot listens to, by kind, the catch-alls left out."""
    app = Recorder()
    services = Services(storage=InMemoryStorage(), programme=Programme(), directory=FakeDirectory())
    handlers.register(app, services, SystemClock())
    return {kind: [one for one in all_ if getattr(one, "pattern", "") != ".*"] for kind, all_ in app.asked.items()}


def names(constraints: list[Any]) -> set[str]:
    """Return ids as they stand in ``ids``: a pattern by the prefix it begins with."""
    return {one.pattern.strip("^").rstrip("_") if isinstance(one, re.Pattern) else one for one in constraints}


def test_the_slash_command_is_the_one_listened_to_and_escapes_people(asked: dict[str, list[Any]]) -> None:
    [command] = MANIFEST["features"]["slash_commands"]
    assert [command["command"]] == asked["command"] == [ids.COMMAND]
    assert command["should_escape"] is True


def test_shortcuts_are_those_listened_to(asked: dict[str, list[Any]]) -> None:
    assert {one["callback_id"] for one in MANIFEST["features"]["shortcuts"]} == set(asked["shortcut"])


def test_events_are_those_listened_to(asked: dict[str, list[Any]]) -> None:
    listened = {one["type"] if isinstance(one, dict) else one for one in asked["event"]}
    subscribed = {one.partition(".")[0] for one in MANIFEST["settings"]["event_subscriptions"]["bot_events"]}
    assert listened == subscribed


def test_scopes_are_those_that_the_methods_called_need() -> None:
    sources = [ROOT / "app.py", *(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")]
    called = {
        name
        for source in sources
        for name in re.findall(r"client\.(\w+)|\)\.(auth_test|apps_connections_open)\(", source.read_text("utf-8"))
        for name in name
        if CALL.fullmatch(name)
    }
    assert called == set(NEEDS), "say in NEEDS what each method wants"
    assert set(SCOPES["bot"]) == set().union(*NEEDS.values()) | {"commands"}
    assert set(SCOPES["bot_optional"]) == {files.SCOPE, "users:read.email"}


def test_every_id_has_a_listener_and_every_listener_an_id(asked: dict[str, list[Any]]) -> None:
    listened = names(asked["action"]) | names(asked["view"]) | names(asked["shortcut"]) | names(asked["command"])
    verbs = {ids.LOCK, ids.UNLOCK, ids.FORBID, ids.LEAVE_OUT, ids.SWAP_WITH}
    declared = {value for name, value in vars(ids).items() if name.isupper()} - verbs
    # These are shown and never submitted.
    assert declared == listened | {ids.NOTICE, ids.REVIEW}


def test_every_id_is_drawn() -> None:
    drawn = "".join(path.read_text("utf-8") for path in (ROOT / "bot" / "views").glob("*.py"))
    undrawn = {name for name in vars(ids) if name.isupper() and not re.search(rf"\bids\.{name}\b", drawn)}
    assert undrawn == {"COMMAND", "SHORTCUT_LOG"}


def test_texts_fit() -> None:
    about, features = MANIFEST["display_information"], MANIFEST["features"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 174 <= len(about["long_description"]) <= 4000
    assert len(features["bot_user"]["display_name"]) <= 80
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
    for command in features["slash_commands"]:
        assert len(command["description"]) <= 2000
        assert len(command["usage_hint"]) <= 1000
