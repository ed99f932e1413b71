"""What happens in the workspace: people change, come, are deactivated; the app is removed."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from slack_bolt import BoltContext

from bot.services import Services
from bot.slack.directory import slack_user
from handlers.routing import Routes

logger = logging.getLogger(__name__)


def register(routes: Routes) -> None:
    """Register the events that nobody in particular causes."""
    routes.event("user_change", follow, policy=None)
    routes.event("team_join", follow, policy=None)
    routes.event("tokens_revoked", uninstalled, policy=None)
    routes.event("app_uninstalled", uninstalled, policy=None)


def follow(event: dict[str, Any], services: Services, now: datetime) -> None:
    """Keep in step with what Slack says of people Tandem has met; somebody deactivated leaves the programme."""
    services.enrolment.follow(slack_user(event["user"]), now=now)


def uninstalled(event: dict[str, Any], context: BoltContext) -> None:
    """Tell the operator, since nothing can be sent any more."""
    logger.error(
        "%s in workspace %s: Tandem cannot reach Slack until it is installed again", event["type"], context.team_id
    )
