"""The app's manifest, as far as a workspace acts on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command people can type."""

    command: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """A global or message shortcut."""

    callback_id: str
    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an installed app may do and where it appears."""

    name: str
    bot_name: str
    description: str
    background_color: str
    scopes: frozenset[str]
    bot_events: frozenset[str]
    commands: Mapping[str, Command]
    shortcuts: Mapping[str, Shortcut]
    interactive: bool
    socket_mode: bool
    home_tab: bool
    messages_tab: bool
    messages_tab_read_only: bool

    @classmethod
    def read(cls, source: Mapping[str, Any] | Path) -> Manifest:
        """Read a manifest from a mapping or from a YAML or JSON file; optional scopes count as granted."""
        raw = source if isinstance(source, Mapping) else _load(source)
        information = raw.get("display_information", {})
        features = raw.get("features", {})
        settings = raw.get("settings", {})
        home = features.get("app_home", {})
        scopes = raw.get("oauth_config", {}).get("scopes", {})
        name = str(information.get("name", "App"))
        commands = (
            Command(
                command=entry["command"],
                description=entry.get("description", ""),
                usage_hint=entry.get("usage_hint", ""),
                should_escape=bool(entry.get("should_escape", False)),
            )
            for entry in features.get("slash_commands", ())
        )
        shortcuts = (
            Shortcut(
                callback_id=entry["callback_id"],
                name=entry["name"],
                type=entry["type"],
                description=entry.get("description", ""),
            )
            for entry in features.get("shortcuts", ())
        )
        return cls(
            name=name,
            bot_name=str(features.get("bot_user", {}).get("display_name", name)),
            description=str(information.get("description", "")),
            background_color=str(information.get("background_color", "#4a154b")),
            scopes=frozenset(scopes.get("bot", ())) | frozenset(scopes.get("bot_optional", ())),
            bot_events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
            commands={command.command: command for command in commands},
            shortcuts={shortcut.callback_id: shortcut for shortcut in shortcuts},
            interactive=bool(settings.get("interactivity", {}).get("is_enabled", False)),
            socket_mode=bool(settings.get("socket_mode_enabled", False)),
            home_tab=bool(home.get("home_tab_enabled", False)),
            messages_tab=bool(home.get("messages_tab_enabled", True)),
            messages_tab_read_only=bool(home.get("messages_tab_read_only_enabled", False)),
        )


def _load(path: Path) -> Mapping[str, Any]:
    text = path.read_text(encoding="utf-8")
    loaded = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    if not isinstance(loaded, Mapping):
        raise ValueError(f"{path} is not an app manifest.")
    return loaded
