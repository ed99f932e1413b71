"""How pairings fit: what people say of them, and a change of partner without a reason."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.pairings import Fit
from bot.domain.writing import mentioned
from bot.errors import N_
from bot.locales import Texts
from bot.services import Services
from bot.views import ids, notices
from bot.views import proposals as views
from handlers import replies
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the journey."""
    routes.command(
        "change", ask, alias="changer", policy=Policy.PARTICIPANT, usage=N_("[@partner]"),
        purpose=N_("change partner or leave a group, with no reason to give"),
    )  # fmt: skip
    routes.action(ids.CHANGE, change, policy=Policy.PARTICIPANT)
    routes.action(re.compile(f"^{ids.FIT}_"), say_fit, policy=Policy.PARTICIPANT)
    routes.action(ids.AGAIN, ask_again, policy=Policy.ANYONE)


def ask(ack: Ack, rest: str, actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Ask which pairing is meant; nothing changes before the button is confirmed."""
    ack(views.change_question(t, services.sessions.partnerships(actor, with_users=mentioned(rest), now=now)))


def change(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """End the pairing and look for somebody else."""
    pairing, following = services.pairings.change(actor, action["value"], now=now)
    replies.replace(body, client, respond, t, notices.sentence(views.changed(t, pairing.format, following)))


def say_fit(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    t: Texts,
) -> None:
    """Keep how the pairing fits."""
    fit = Fit(action["action_id"].removeprefix(f"{ids.FIT}_"))
    services.pairings.say_fit(actor, action["value"], fit)
    replies.replace(body, client, respond, t, notices.sentence(views.fit_said(t, fit)))


def ask_again(action: dict[str, Any], respond: Respond, actor: Actor, services: Services, t: Texts) -> None:
    """Keep that the two might be paired again, and say so beside the message, which may be about others too."""
    pairing = services.pairings.ask_again(actor, action["value"])
    replies.beside(respond, notices.sentence(views.asked_again(t, pairing.format)))
