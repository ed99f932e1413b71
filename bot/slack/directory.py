"""Who somebody is, as Slack says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient

from bot.domain.people import SlackUser
from bot.slack.client import call


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackDirectory:
    """``bot.ports.Directory`` over the Web API."""

    client: WebClient

    def fetch(self, user_id: str) -> SlackUser:
        """Return the user; raise DeliveryError when Slack cannot say."""
        return slack_user(call(self.client.users_info, user=user_id, include_locale=True)["user"])


def slack_user(user: Mapping[str, Any]) -> SlackUser:
    """Return a user as ``users.info``, ``user_change`` and ``team_join`` describe them.

    Of a deactivated one Slack says little, and of the e-mail nothing without the scope for it.
    """
    profile = user.get("profile", {})
    return SlackUser(
        enterprise_id=user.get("enterprise_user", {}).get("enterprise_id"),
        team_id=user["team_id"],
        user_id=user["id"],
        name=user.get("real_name") or profile.get("real_name") or profile.get("display_name") or user["name"],
        email=profile.get("email"),
        locale=user.get("locale"),
        tz=user.get("tz"),
        is_guest=user.get("is_restricted", False) or user.get("is_ultra_restricted", False),
        is_bot=user.get("is_bot", False) or user["id"] == "USLACKBOT",
        is_deactivated=user.get("deleted", False),
    )
