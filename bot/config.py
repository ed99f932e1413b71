"""Settings, read once from the environment and ``.env``. The only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from dotenv import dotenv_values

SLACK_API_URL = "https://slack.com/api/"


class ConfigError(ValueError):
    """A setting that cannot be used; the message names it and says what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the operator decides. ``leads`` are Slack ids or lower-case e-mails; secrets never show in repr."""

    bot_token: str | None = field(default=None, repr=False)
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    slack_api_url: str = SLACK_API_URL
    database_url: str = field(default="sqlite:///data/tandem.db", repr=False)
    leads: frozenset[str] = frozenset()
    channel: str | None = None
    language: str = "en"
    tz: str = "Europe/Paris"
    country: str = "FR"
    region: str | None = None
    port: int = 3000
    playground_port: int = 3000

    @property
    def has_slack(self) -> bool:
        """True when there are tokens to connect with; without, the playground opens."""
        return self.bot_token is not None

    @classmethod
    def load(cls, env: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> Config:
        """Read *env* (the process's by default) over *dotenv*; raise ConfigError on a value that cannot be used."""
        values = {key: value for key, value in dotenv_values(dotenv).items() if value}
        values |= {key: value for key, value in (os.environ if env is None else env).items() if value}
        country, _, region = values.get("TANDEM_COUNTRY", "FR").partition("-")
        config = cls(
            bot_token=values.get("SLACK_BOT_TOKEN"),
            app_token=values.get("SLACK_APP_TOKEN"),
            signing_secret=values.get("SLACK_SIGNING_SECRET"),
            slack_api_url=values.get("SLACK_API_URL", SLACK_API_URL).rstrip("/") + "/",
            database_url=values.get("DATABASE_URL", "sqlite:///data/tandem.db"),
            leads=frozenset(_lead(item) for item in values.get("TANDEM_LEADS", "").split(",") if item.strip()),
            channel=values.get("TANDEM_CHANNEL"),
            language=_language(values.get("TANDEM_LOCALE", "en")),
            tz=_zone(values.get("TANDEM_TIMEZONE", "Europe/Paris")),
            country=country.upper(),
            region=region or None,
            port=_port("PORT", values.get("PORT", "3000")),
            playground_port=_port("PLAYGROUND_PORT", values.get("PLAYGROUND_PORT", "3000")),
        )
        if not config.slack_api_url.startswith(("https://", "http://")):
            raise ConfigError(f"SLACK_API_URL is {config.slack_api_url!r}; use an address such as {SLACK_API_URL}")
        if not config.bot_token and (config.app_token or config.signing_secret):
            raise ConfigError("SLACK_BOT_TOKEN is not set, and SLACK_APP_TOKEN or SLACK_SIGNING_SECRET need it")
        if config.bot_token and not (config.app_token or config.signing_secret):
            raise ConfigError(
                "SLACK_BOT_TOKEN needs SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) beside it"
            )
        return config


def _lead(item: str) -> str:
    item = item.strip()
    return item.lower() if "@" in item else item


def _language(locale: str) -> str:
    language = locale.replace("_", "-").partition("-")[0].lower()
    if language not in ("fr", "en"):
        raise ConfigError(f"TANDEM_LOCALE is {locale!r}; Tandem speaks fr and en")
    return language


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError) as error:
        raise ConfigError(f"TANDEM_TIMEZONE is {name!r}; use an IANA name such as Europe/Paris") from error


def _port(name: str, text: str) -> int:
    if text.isdecimal() and 0 <= int(text) < 65536:
        return int(text)
    raise ConfigError(f"{name} is {text!r}; use a port number")
