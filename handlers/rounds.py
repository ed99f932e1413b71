"""Draft, review, publish or dismiss a round."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.errors import N_, ChangedSince
from bot.locales import Texts
from bot.services import Services
from bot.views import ids, notices
from bot.views import rounds as views
from handlers import replies
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the journey."""
    routes.command("round", start, alias="tour", policy=Policy.LEAD, purpose=N_("draft, review and publish a round"))
    routes.action(ids.ROUND_OPEN, open_round, policy=Policy.LEAD)
    routes.action(ids.ROUND_DRAFT, draft, policy=Policy.LEAD)
    routes.action(ids.ROUND_REVIEW, review, policy=Policy.LEAD)
    routes.action(re.compile(f"^{ids.ROUND_PAGE}_"), turn_page, policy=Policy.LEAD)
    routes.action(ids.ROUND_LEAVE_OUT, leave_out, policy=Policy.LEAD)
    routes.action(ids.ROUND_PUBLISH, publish, policy=Policy.LEAD)
    routes.action(ids.ROUND_DISMISS, dismiss, policy=Policy.LEAD)


def start(ack: Ack, body: dict[str, Any], client: WebClient, services: Services, now: datetime, t: Texts) -> None:
    """Show who could be paired, and the draft if there is one."""
    view = views.start_modal(t, services.rounds.pool_size(now=now))
    client.views_open(trigger_id=body["trigger_id"], view=view)
    ack()


def open_round(body: dict[str, Any], client: WebClient, services: Services, now: datetime, t: Texts) -> None:
    """Show the same from a button."""
    replies.open_modal(body, client, views.start_modal(t, services.rounds.pool_size(now=now)))


def draft(body: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Solve the pool and show the draft."""
    round_id = services.rounds.draft(actor, now=now)
    replies.show(body, client, views.review_modal(t, services.rounds.page(round_id, 0)))


def review(body: dict[str, Any], action: dict[str, Any], client: WebClient, services: Services, t: Texts) -> None:
    """Show the draft there is."""
    replies.show(body, client, views.review_modal(t, services.rounds.page(action["value"], 0)))


def turn_page(body: dict[str, Any], action: dict[str, Any], client: WebClient, services: Services, t: Texts) -> None:
    """Show another page of the draft."""
    round_id, number = _with_number(action["value"])
    replies.show(body, client, views.review_modal(t, services.rounds.page(round_id, number)))


def leave_out(body: dict[str, Any], action: dict[str, Any], client: WebClient, services: Services, t: Texts) -> None:
    """Take one proposal out of the draft and show the page again."""
    proposal_id, number = _with_number(action["value"])
    round_id = services.rounds.leave_out(proposal_id)
    replies.show(body, client, views.review_modal(t, services.rounds.page(round_id, number)))


def publish(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Publish the draft: everybody concerned is asked or told."""
    asked, waiting = services.rounds.publish(actor, action["value"], now=now)
    replies.show(body, client, notices.done(t, views.published(t, asked, waiting)))


def dismiss(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Dismiss the draft: nobody is told."""
    services.rounds.dismiss(actor, action["value"], now=now)
    replies.show(body, client, notices.done(t, views.dismissed(t)))


def _with_number(value: str) -> tuple[str, int]:
    id_, _, number = value.partition("@")
    if not number.isdecimal():
        raise ChangedSince
    return id_, int(number)
