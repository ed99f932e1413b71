"""The leads' settings: stop all reminders, start them again, look at what would go this week."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.errors import N_
from bot.locales import Texts
from bot.services import Services
from bot.views import ids
from bot.views import settings as views
from handlers import replies
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the journey."""
    routes.command(
        "settings", show, alias="réglages", policy=Policy.LEAD, purpose=N_("stop all reminders, see what would go out")
    )
    routes.action(ids.OPEN_SETTINGS, open_settings, policy=Policy.LEAD)
    routes.action(ids.OPEN_WEEK, week, policy=Policy.LEAD)
    routes.action(ids.ALL_NUDGES_STOP, stop, policy=Policy.LEAD)
    routes.action(ids.ALL_NUDGES_START, start, policy=Policy.LEAD)


def show(ack: Ack, services: Services, t: Texts) -> None:
    """Show the settings to the lead alone."""
    ack(views.settings_message(t, services.settings.stop()))


def open_settings(body: dict[str, Any], client: WebClient, respond: Respond, services: Services, t: Texts) -> None:
    """Show the settings from a button."""
    replies.replace(body, client, respond, t, views.settings_message(t, services.settings.stop()))


def week(
    body: dict[str, Any], client: WebClient, respond: Respond, services: Services, now: datetime, t: Texts
) -> None:
    """Show what would go this week."""
    replies.replace(body, client, respond, t, views.week_message(t, services.settings.this_week(now=now)))


def stop(
    body: dict[str, Any], client: WebClient, respond: Respond, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Stop all reminders."""
    stopped = services.settings.stop_nudges(actor, now=now)
    replies.replace(body, client, respond, t, views.settings_message(t, stopped))


def start(
    body: dict[str, Any], client: WebClient, respond: Respond, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Start them again."""
    services.settings.start_nudges(actor, now=now)
    replies.replace(body, client, respond, t, views.settings_message(t, services.settings.stop()))
