"""The manifest is read as far as a workspace acts on it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playground.manifest import Manifest

YAML = """
display_information: {name: Tandem}
features:
  app_home: {home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: true}
  bot_user: {display_name: tandem}
  slash_commands:
    - {command: /tandem, description: Reverse mentoring, usage_hint: join, should_escape: true}
  shortcuts:
    - {name: Log a session, type: global, callback_id: log, description: Log it}
oauth_config:
  scopes: {bot: [chat:write], bot_optional: [files:read]}
settings:
  event_subscriptions: {bot_events: [message.im]}
  interactivity: {is_enabled: true}
  socket_mode_enabled: true
"""


def test_a_yaml_manifest_is_read(tmp_path: Path) -> None:
    (tmp_path / "manifest.yml").write_text(YAML)

    manifest = Manifest.read(tmp_path / "manifest.yml")

    assert (manifest.name, manifest.bot_name) == ("Tandem", "tandem")
    assert manifest.commands["/tandem"].should_escape
    assert manifest.shortcuts["log"].type == "global"
    assert manifest.scopes == {"chat:write", "files:read"}
    assert manifest.bot_events == {"message.im"}
    assert manifest.interactive
    assert manifest.socket_mode
    assert manifest.messages_tab_read_only


def test_a_json_manifest_and_a_mapping_are_the_same(tmp_path: Path) -> None:
    raw = {"display_information": {"name": "Tandem"}}
    (tmp_path / "manifest.json").write_text(json.dumps(raw))

    assert Manifest.read(tmp_path / "manifest.json") == Manifest.read(raw)


def test_what_is_not_said_is_off() -> None:
    manifest = Manifest.read({})

    assert not manifest.interactive
    assert not manifest.home_tab
    assert manifest.commands == {}


def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.yml").write_text("- a list")

    with pytest.raises(ValueError, match="not an app manifest"):
        Manifest.read(tmp_path / "manifest.yml")
