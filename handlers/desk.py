"""The desk: who needs attention, and messages that did not arrive sent again or dropped."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.errors import N_, ChangedSince
from bot.locales import Texts
from bot.services import Services
from bot.views import desk as views
from bot.views import ids
from handlers import replies
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the journey."""
    routes.command("desk", show, alias="bureau", policy=Policy.LEAD, purpose=N_("who needs your attention"))
    routes.action(ids.OPEN_DESK, open_desk, policy=Policy.LEAD)
    routes.action(re.compile(f"^{ids.DESK_PAGE}_"), turn, policy=Policy.LEAD)
    routes.action(ids.DESK_RETRY, retry, policy=Policy.LEAD)
    routes.action(ids.DESK_DROP, drop, policy=Policy.LEAD)


def show(ack: Ack, services: Services, now: datetime, t: Texts) -> None:
    """Show the desk to the lead alone."""
    ack(views.desk_message(t, services.desk.desk(now=now)))


def open_desk(
    body: dict[str, Any], client: WebClient, respond: Respond, services: Services, now: datetime, t: Texts
) -> None:
    """Show the desk from the Home tab."""
    replies.replace(body, client, respond, t, views.desk_message(t, services.desk.desk(now=now)))


def turn(
    body: dict[str, Any], action: dict[str, Any], client: WebClient, respond: Respond, services: Services,
    now: datetime, t: Texts,
) -> None:  # fmt: skip
    """Turn to another page of messages."""
    if not action["value"].isdecimal():
        raise ChangedSince
    desk = services.desk.desk(now=now, page=int(action["value"]))
    replies.replace(body, client, respond, t, views.desk_message(t, desk))


def retry(
    body: dict[str, Any], action: dict[str, Any], client: WebClient, respond: Respond, actor: Actor,
    services: Services, now: datetime, t: Texts,
) -> None:  # fmt: skip
    """Send a message again, and show what is left."""
    services.desk.send_again(actor, action["value"], now=now)
    replies.replace(body, client, respond, t, views.desk_message(t, services.desk.desk(now=now), views.sent_again(t)))


def drop(
    body: dict[str, Any], action: dict[str, Any], client: WebClient, respond: Respond, actor: Actor,
    services: Services, now: datetime, t: Texts,
) -> None:  # fmt: skip
    """Give a message up, and show what is left."""
    services.desk.drop(actor, action["value"], now=now)
    replies.replace(body, client, respond, t, views.desk_message(t, services.desk.desk(now=now), views.dropped(t)))
