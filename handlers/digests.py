"""Pull a digest, look at it, post it in the channel."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.digests import Period
from bot.errors import N_, NoChannel, UnknownPeriod
from bot.locales import Texts
from bot.services import Services
from bot.views import digests as views
from bot.views import ids, notices
from handlers import replies
from handlers.routing import Routes

WORDS = {
    "": Period.COHORT,
    "week": Period.WEEK,
    "semaine": Period.WEEK,
    "month": Period.MONTH,
    "mois": Period.MONTH,
    "cohort": Period.COHORT,
    "vague": Period.COHORT,
}


def register(routes: Routes) -> None:
    """Register the journey."""
    routes.command(
        "digest", preview, alias="bilan", policy=Policy.LEAD, usage=N_("[week|month|cohort]"),
        purpose=N_("how it is going, to post in the channel"),
    )  # fmt: skip
    routes.action(ids.OPEN_DIGEST, open_preview, policy=Policy.LEAD)
    routes.action(re.compile(f"^{ids.DIGEST_PERIOD}_"), other_period, policy=Policy.LEAD)
    routes.action(ids.DIGEST_POST, post, policy=Policy.LEAD)
    routes.action(re.compile(f"^{ids.DIGEST_WEEKLY}_"), weekly, policy=Policy.LEAD)


def preview(ack: Ack, body: dict[str, Any], rest: str, services: Services, now: datetime, t: Texts) -> None:
    """Show the digest to the lead alone, with a button to post it."""
    period = WORDS.get(rest.lower())
    if period is None:
        raise UnknownPeriod(text=rest[:40])
    ack(_preview(t, services, period, _channel(body["channel_id"], services), now=now))


def open_preview(
    body: dict[str, Any], client: WebClient, respond: Respond, services: Services, now: datetime, t: Texts
) -> None:
    """Show the digest from the Home tab."""
    shown = _preview(t, services, Period.COHORT, services.programme.channel, now=now)
    replies.replace(body, client, respond, t, shown)


def other_period(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Show another period in the place of the preview."""
    channel = _channel(body.get("channel", {}).get("id"), services)
    replies.replace(body, client, respond, t, _preview(t, services, Period(action["value"]), channel, now=now))


def post(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Post the digest that was previewed."""
    channel = _where(body, services)
    services.digests.post(actor, channel, Period(action["value"]), now=now)
    replies.replace(body, client, respond, t, notices.sentence(views.posted(t, channel)))


def weekly(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Post a digest in the channel every Monday, or no longer."""
    channel = _where(body, services)
    services.digests.set_weekly(actor, channel, wanted=action["action_id"].endswith("_start"), now=now)
    replies.replace(body, client, respond, t, _preview(t, services, Period(action["value"]), channel, now=now))


def _preview(t: Texts, services: Services, period: Period, channel: str | None, *, now: datetime) -> dict[str, Any]:
    weekly = channel is not None and services.digests.is_weekly(channel)
    public = Texts(services.programme.language, services.programme.tz)
    digest = services.digests.preview(period, now=now)
    return views.preview_message(t, digest, public=public, channel=channel, weekly=weekly)


def _where(body: dict[str, Any], services: Services) -> str:
    """Return where a digest goes that was asked for by a button; raise NoChannel when that is nowhere."""
    channel = _channel(body.get("channel", {}).get("id"), services)
    if channel is None:
        raise NoChannel
    return channel


def _channel(asked_in: str | None, services: Services) -> str | None:
    """Return where a digest goes: the channel it was asked for in, else the programme's own."""
    return asked_in if asked_in and not asked_in.startswith("D") else services.programme.channel
