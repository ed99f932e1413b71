"""The leads' settings: when reminders come, days off, stop and start them all, look at what would go this week."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.nudges import NudgeKind
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
        "settings",
        show,
        alias="réglages",
        policy=Policy.LEAD,
        purpose=N_("when reminders come, days off, stop them all"),
    )
    routes.action(ids.OPEN_SETTINGS, open_settings, policy=Policy.LEAD)
    routes.action(ids.OPEN_WEEK, week, policy=Policy.LEAD)
    routes.action(ids.OPEN_NUDGE_POLICY, open_policy, policy=Policy.LEAD)
    routes.view(ids.NUDGE_POLICY, submit_policy, policy=Policy.LEAD)
    routes.action(ids.OPEN_DAYS_OFF, open_days_off, policy=Policy.LEAD)
    routes.view(ids.DAYS_OFF, submit_days_off, policy=Policy.LEAD)
    routes.action(ids.DAYS_OFF_REMOVE, remove_days_off, policy=Policy.LEAD)
    routes.action(ids.ALL_NUDGES_STOP, stop, policy=Policy.LEAD)
    routes.action(ids.ALL_NUDGES_START, start, policy=Policy.LEAD)


def show(ack: Ack, services: Services, t: Texts) -> None:
    """Show the settings to the lead alone."""
    ack(views.settings_message(t, services.settings.shown()))


def open_settings(body: dict[str, Any], client: WebClient, respond: Respond, services: Services, t: Texts) -> None:
    """Show the settings from a button."""
    replies.replace(body, client, respond, t, views.settings_message(t, services.settings.shown()))


def open_policy(body: dict[str, Any], client: WebClient, services: Services, t: Texts) -> None:
    """Ask when reminders may come."""
    replies.open_over(body, client, views.policy_modal(t, services.settings.shown().policy))


def submit_policy(
    ack: Ack, view: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Keep when reminders may come, and show the settings as they stand now."""
    values = {name: one[name] for name, one in view["state"]["values"].items()}
    opens, closes, a_week = (values[field]["selected_option"]["value"] for field in ("opens", "closes", "a_week"))
    settings = services.settings.set_policy(
        actor, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes), a_week=int(a_week),
        never=[NudgeKind(one["value"]) for one in values["never"].get("selected_options") or ()], now=now,
    )  # fmt: skip
    replies.back(ack, view, client, t, views.settings_message(t, settings))


def open_days_off(body: dict[str, Any], client: WebClient, t: Texts) -> None:
    """Ask which days."""
    replies.open_over(body, client, views.days_off_modal(t))


def submit_days_off(
    ack: Ack, view: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Add the days, and show the settings as they stand now."""
    values = view["state"]["values"]
    first = date.fromisoformat(values["first"]["first"]["selected_date"])
    last = values["last"]["last"].get("selected_date")
    settings = services.settings.add_days_off(actor, first, date.fromisoformat(last) if last else first, now=now)
    replies.back(ack, view, client, t, views.settings_message(t, settings))


def remove_days_off(
    body: dict[str, Any], action: dict[str, Any], client: WebClient, respond: Respond, actor: Actor,
    services: Services, now: datetime, t: Texts,
) -> None:  # fmt: skip
    """Make the days of the button days like any other."""
    settings = services.settings.remove_days_off(actor, date.fromisoformat(action["value"]), now=now)
    replies.replace(body, client, respond, t, views.settings_message(t, settings))


def week(
    body: dict[str, Any], client: WebClient, respond: Respond, services: Services, now: datetime, t: Texts
) -> None:
    """Show what would go this week."""

    def work() -> dict[str, Any]:
        return views.week_message(t, services.settings.this_week(now=now))

    replies.replace_when_ready(body, client, respond, t, work)


def stop(
    body: dict[str, Any], client: WebClient, respond: Respond, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Stop all reminders."""
    services.settings.stop_nudges(actor, now=now)
    replies.replace(body, client, respond, t, views.settings_message(t, services.settings.shown()))


def start(
    body: dict[str, Any], client: WebClient, respond: Respond, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Start them again."""
    services.settings.start_nudges(actor, now=now)
    replies.replace(body, client, respond, t, views.settings_message(t, services.settings.shown()))
