"""The catch-alls: what nothing else matches is still acknowledged, and answered kindly."""

from __future__ import annotations

import re

from slack_bolt import Ack

from bot.domain.access import Policy
from bot.errors import ChangedSince
from handlers.routing import Routes

ANYTHING = re.compile(".*", re.DOTALL)


def register(routes: Routes) -> None:
    """Register last, since Bolt calls the first listener that matches."""
    routes.action(ANYTHING, changed_since, policy=Policy.ANYONE)
    routes.view(ANYTHING, changed_since, policy=Policy.ANYONE)
    routes.shortcut(ANYTHING, changed_since, policy=Policy.ANYONE)
    routes.app.event(ANYTHING)(acknowledge)


def changed_since() -> None:
    """Answer a button or a form of an older Tandem."""
    raise ChangedSince


def acknowledge(ack: Ack) -> None:
    """Take note of an event that nothing needs."""
    ack()
