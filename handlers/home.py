"""The Home tab, the first-run welcome, and who the leads are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.errors import N_
from bot.locales import Texts
from bot.services import Services
from bot.views import home as views
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the journey."""
    anyone = Policy.ANYONE
    routes.command("home", show, alias="accueil", policy=anyone, purpose=N_("where you are, and what waits for you"))
    routes.command("leads", leads, alias="pilotes", policy=anyone, purpose=N_("who runs the programme"))
    routes.event("app_home_opened", opened, policy=anyone)
    routes.event({"type": "message", "subtype": None}, written_to, policy=anyone)


def show(ack: Ack, body: dict[str, Any], actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Show under the command what the Home tab shows."""
    link = f"slack://app?team={actor.team_id}&id={body['api_app_id']}&tab=home"
    ack(views.message(services.home.home(actor.person_id, now), t, link=link))


def leads(ack: Ack, services: Services, actor: Actor, t: Texts) -> None:
    """Say who the programme leads are."""
    ack(views.leads_message(t, services.people.leads(actor.team_id)))


def opened(event: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Draw the Home tab for whoever opens it; welcome them the first time."""
    services.home.opened(actor, now=now)
    if event.get("tab", "home") == "home":
        client.views_publish(user_id=actor.user_id, view=views.home(services.home.home(actor.person_id, now), t))


def written_to(event: dict[str, Any], actor: Actor, services: Services, now: datetime) -> None:
    """Point somebody who writes to Tandem to what they can do."""
    if event.get("channel_type") == "im" and "bot_id" not in event:
        services.home.written_to(actor, now=now)
