"""Sending letters to Slack, and finding out whether one arrived."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient

from bot.domain.letters import Letter
from bot.domain.outbox import OutboxMessage
from bot.errors import InstallationGone, Refused
from bot.locales import Texts
from bot.ports import Sent
from bot.slack.client import call, checked
from bot.views.home import home as draw_home
from bot.views.letters import draw

NAMESPACE = uuid.UUID("5f0c1f0e-7e0a-4a53-9d4b-0b6f3f6b7c11")
"""Makes a message's ``client_msg_id`` from its id, the same at every attempt."""
PAGE = 200
CLOCK_SKEW = timedelta(minutes=10)
"""How far our clock and Slack's may be apart when looking for a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackMessenger:
    """``bot.ports.Messenger`` over the Web API. Every failure is a DeliveryError."""

    client: WebClient

    def send(
        self, message: OutboxMessage, letter: Letter, *, language: str, tz: str, check: Callable[[], None]
    ) -> Sent:
        """Post *letter* in the message's conversation, marked with its id; *check* can stop it to the last moment."""
        drawn = draw(letter, Texts(language, tz))
        with checked(check):
            posted = call(
                self.client.chat_postMessage,
                channel=message.conversation,
                metadata={"event_type": event_type(message), "event_payload": {"id": message.id}},
                client_msg_id=str(uuid.uuid5(NAMESPACE, message.id)),
                **drawn,
            )
        return Sent(channel_id=posted["channel"], ts=posted["ts"])

    def find(self, message: OutboxMessage) -> Sent | None:
        """Look in the conversation for a post marked with the message's id; None when it is certainly not there.

        Raises Refused when the conversation cannot be read, and so nothing can be known.
        """
        try:
            channel_id = self._channel_of(message.conversation)
            for posted in self._posts(channel_id, since=message.created_at - CLOCK_SKEW):
                if posted.get("metadata", {}).get("event_payload", {}).get("id") == message.id:
                    return Sent(channel_id=channel_id, ts=posted["ts"])
        except InstallationGone as error:
            if error.code == "missing_scope":
                raise Refused(error.code) from error
            raise
        return None

    def publish_home(self, user_id: str, home: Any, *, language: str, tz: str) -> None:
        """Publish the person's Home tab."""
        call(self.client.views_publish, user_id=user_id, view=draw_home(home, Texts(language, tz)))

    def _channel_of(self, conversation: str) -> str:
        """Return the conversation's channel; the direct message with a user has one of its own."""
        if conversation[0] not in "UW":
            return conversation
        opened: str = call(self.client.conversations_open, users=conversation)["channel"]["id"]
        return opened

    def _posts(self, channel_id: str, *, since: datetime) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            page = call(
                self.client.conversations_history,
                channel=channel_id,
                oldest=f"{since.timestamp():.6f}",
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor,
            )
            yield from page["messages"]
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return


def event_type(message: OutboxMessage) -> str:
    """Return what the post's metadata says it is, for audits: a nudge, or something that somebody's act caused."""
    return f"tandem_nudge_{message.kind}" if message.proactive else f"tandem_{message.kind}"
