"""Every setting is explained, read, and refused by name when it cannot be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.config import SLACK_API_URL, Config, ConfigError

ROOT = Path(__file__).parents[2]
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


def load(tmp_path: Path, env: dict[str, str], dotenv: str = "") -> Config:
    file = tmp_path / ".env"
    file.write_text(dotenv, encoding="utf-8")
    return Config.load(env, file)


def test_every_variable_that_is_explained_is_read_and_no_other() -> None:
    explained = set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE))
    read = set(
        re.findall(
            r'"((?:SLACK|TANDEM|DATABASE|PLAYGROUND)_[A-Z_]+|PORT)"', (ROOT / "bot" / "config.py").read_text("utf-8")
        )
    )
    assert explained == read


def test_without_anything_the_playground_opens(tmp_path: Path) -> None:
    config = load(tmp_path, {})
    assert not config.has_slack
    assert config.slack_api_url == SLACK_API_URL


def test_each_setting_reaches_its_place(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        TOKENS
        | {
            "SLACK_SIGNING_SECRET": "s",
            "SLACK_API_URL": "http://127.0.0.1:1/api",
            "DATABASE_URL": "postgresql+psycopg://x/y",
            "TANDEM_LEADS": " U1 , Ana@Example.com ,",
            "TANDEM_CHANNEL": "C1",
            "TANDEM_LOCALE": "fr_FR.UTF-8",
            "TANDEM_TIMEZONE": "Asia/Tokyo",
            "TANDEM_COUNTRY": "fr-57",
            "PORT": "1",
            "PLAYGROUND_PORT": "2",
        },
    )
    assert config == Config(
        bot_token="xoxb-1", app_token="xapp-1", signing_secret="s", slack_api_url="http://127.0.0.1:1/api/",
        database_url="postgresql+psycopg://x/y", leads=frozenset({"U1", "ana@example.com"}), channel="C1",
        language="fr", tz="Asia/Tokyo", country="FR", region="57", port=1, playground_port=2,
    )  # fmt: skip


def test_the_environment_wins_over_the_file_and_an_empty_value_is_none(tmp_path: Path) -> None:
    dotenv = "TANDEM_LOCALE=fr\nTANDEM_CHANNEL=C1\nPORT=1\n"
    config = load(tmp_path, {"TANDEM_LOCALE": "en", "TANDEM_CHANNEL": ""}, dotenv)
    assert (config.language, config.channel, config.port) == ("en", "C1", 1)


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"TANDEM_LOCALE": "de"}, "TANDEM_LOCALE"),
        ({"TANDEM_TIMEZONE": "Mars/Olympus"}, "TANDEM_TIMEZONE"),
        ({"TANDEM_TIMEZONE": "../../etc/passwd"}, "TANDEM_TIMEZONE"),
        ({"PORT": "http"}, "PORT"),
        ({"PLAYGROUND_PORT": "70000"}, "PLAYGROUND_PORT"),
        ({"SLACK_API_URL": "slack"}, "SLACK_API_URL"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, env: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=named) as refused:
        load(tmp_path, env)
    assert "\n" not in str(refused.value)


def test_secrets_do_not_show(tmp_path: Path) -> None:
    shown = repr(load(tmp_path, TOKENS | {"SLACK_SIGNING_SECRET": "s3cret", "DATABASE_URL": "sqlite:///hidden"}))
    assert not any(one in shown for one in ("xoxb", "xapp", "s3cret", "hidden"))
