"""Pull a digest, look at it, post it in the channel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.cohorts import Cohort, named
from bot.domain.digests import Period
from bot.domain.writing import plain
from bot.errors import N_, NoChannel, UnknownOfDigest
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
MOST_NAMED = 10
"""Cohorts named to somebody who asked for one there is none of."""


def register(routes: Routes) -> None:
    """Register the journey."""
    routes.command(
        "digest", preview, alias="bilan", policy=Policy.LEAD, usage=N_("[week|month|cohort] [name of a cohort]"),
        purpose=N_("how it is going, to post in the channel"),
    )  # fmt: skip
    routes.action(ids.OPEN_DIGEST, open_preview, policy=Policy.LEAD)
    routes.action(re.compile(f"^{ids.DIGEST_PERIOD}_"), other, policy=Policy.LEAD)
    routes.action(ids.DIGEST_COHORT, other, policy=Policy.LEAD)
    routes.action(ids.DIGEST_POST, post, policy=Policy.LEAD)
    routes.action(re.compile(f"^{ids.DIGEST_WEEKLY}_"), weekly, policy=Policy.LEAD)


def preview(ack: Ack, body: dict[str, Any], rest: str, services: Services, now: datetime, t: Texts) -> None:
    """Show the digest to the lead alone, with a button to post it."""
    period, cohort_id = asked(rest, services.digests.cohorts())
    ack(_preview(t, services, period, cohort_id, _channel(body["channel_id"], services), now=now))


def open_preview(
    body: dict[str, Any], client: WebClient, respond: Respond, services: Services, now: datetime, t: Texts
) -> None:
    """Show the digest from the Home tab."""
    shown = _preview(t, services, Period.COHORT, None, services.programme.channel, now=now)
    replies.replace(body, client, respond, t, shown)


def other(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Show another period, by a button, or another cohort, by the menu, in the place of the preview."""
    channel = _channel(body.get("channel", {}).get("id"), services)
    of = _of((action.get("selected_option") or action)["value"])
    replies.replace(body, client, respond, t, _preview(t, services, *of, channel, now=now))


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
    services.digests.post(actor, channel, *_of(action["value"]), now=now)
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
    replies.replace(body, client, respond, t, _preview(t, services, *_of(action["value"]), channel, now=now))


def asked(text: str, cohorts: Sequence[Cohort]) -> tuple[Period, str | None]:
    """Return the period and the id of the cohort (None: the current one) that *text* names; raise UnknownOfDigest.

    A cohort may be called by a name that begins with a period, as “Vague 3”.
    """
    word, name = [*text.split(maxsplit=1), "", ""][:2]
    period = WORDS.get(plain(word))
    if period is not None and not name:
        return period, None
    if (cohort := named(cohorts, text)) is not None:
        return Period.COHORT, cohort.id
    if period is not None and (cohort := named(cohorts, name)) is not None:
        return period, cohort.id
    raise UnknownOfDigest(text=text[:40], cohorts=", ".join(one.name for one in cohorts[:MOST_NAMED]))


def _of(value: str) -> tuple[Period, str | None]:
    """Return the period and the cohort's id of a *value* pressed, which is the period alone in older messages."""
    period, _, cohort_id = value.partition("@")
    return Period(period), cohort_id or None


def _preview(
    t: Texts, services: Services, period: Period, cohort_id: str | None, channel: str | None, *, now: datetime
) -> dict[str, Any]:
    weekly = channel is not None and services.digests.is_weekly(channel)
    digest = services.digests.preview(period, cohort_id, now=now)
    cohorts = services.digests.cohorts()
    return views.preview_message(
        t, digest, posted_in=services.programme.language, channel=channel, cohorts=cohorts, weekly=weekly
    )


def _where(body: dict[str, Any], services: Services) -> str:
    """Return where a digest goes that was asked for by a button; raise NoChannel when that is nowhere."""
    channel = _channel(body.get("channel", {}).get("id"), services)
    if channel is None:
        raise NoChannel
    return channel


def _channel(asked_in: str | None, services: Services) -> str | None:
    """Return where a digest goes: the channel it was asked for in, else the programme's own."""
    return asked_in if asked_in and not asked_in.startswith("D") else services.programme.channel
