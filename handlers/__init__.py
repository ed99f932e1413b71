"""Slack listeners, one file per journey. Thin: read the payload, check, call one service, answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from slack_bolt import App, BoltContext

from bot.locales import Texts
from bot.ports import Clock
from bot.services import Services
from handlers import (
    cohorts,
    command,
    desk,
    digests,
    directory,
    enrolment,
    errors,
    events,
    home,
    nudges,
    pairings,
    proposals,
    rounds,
    sessions,
    settings,
    surveys,
    unknown,
)
from handlers.routing import Routes

JOURNEYS = (
    command,
    sessions,
    nudges,
    proposals,
    pairings,
    rounds,
    digests,
    desk,
    settings,
    surveys,
    enrolment,
    home,
    cohorts,
    directory,
    events,
)


def register(app: App, services: Services, clock: Clock) -> Routes:
    """Register everything Tandem listens to, the catch-alls last."""
    app.use(introduce(services, clock))
    errors.register(app)
    routes = Routes(app)
    for journey in JOURNEYS:
        journey.register(routes)
    unknown.register(routes)
    return routes


def introduce(services: Services, clock: Clock) -> Callable[..., None]:
    """Return the middleware that gives every listener ``actor``, ``services``, ``now`` and ``t``.

    Who acts comes from the payload that Slack signed, never from a button's value.
    """

    def middleware(body: dict[str, Any], context: BoltContext, next: Callable[[], None]) -> None:  # noqa: A002 - Bolt's name
        now = clock.now()
        context["now"] = now
        context["t"] = Texts(services.programme.language, services.programme.tz)
        key = request_key(body)
        context["services"] = services.once(key, now=now) if key else services
        # Some events are about somebody rather than by them, and most of those Tandem has never met.
        is_about = isinstance((body.get("event") or {}).get("user"), dict)
        if context.user_id and context.team_id and not is_about:
            actor = services.people.actor(team_id=context.team_id, user_id=context.user_id, now=now)
            context["actor"] = actor
            context["t"] = Texts(actor.language, actor.tz)
        next()

    return middleware


def request_key(body: dict[str, Any]) -> str | None:
    """Return what tells one request from a second copy of it, or None where Slack gives nothing to tell by."""
    if event_id := body.get("event_id"):
        return f"event:{event_id}"
    user = body.get("user", {}).get("id") or body.get("user_id")
    if body.get("type") == "view_submission":
        return f"view:{body['view']['id']}:{body['view']['hash']}:{user}"
    if actions := body.get("actions"):
        return f"action:{actions[0]['action_ts']}:{actions[0]['action_id']}:{user}"
    if trigger_id := body.get("trigger_id"):
        return f"trigger:{trigger_id}"
    return None
