"""How a listener is registered: always with the policy it declares, always through the same door.

The door checks the policy, then calls the listener with the arguments it names: Bolt's own (``ack``, ``body``,
``client``, ``respond``, ``view``, ``action``, ``event``) and ours (``actor``, ``services``, ``now``, ``t``, ``rest``).
Nothing is caught here; ``handlers.errors`` turns a failure into a reply.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from slack_bolt import App
from slack_bolt.kwargs_injection.args import Args

from bot.domain.access import Policy, authorize
from bot.domain.writing import plain

Listener = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcommand:
    """One word after ``/tandem``; ``usage`` and ``purpose`` are sentences for the help, by their English text."""

    name: str
    alias: str
    policy: Policy
    usage: str
    purpose: str
    listener: Callable[[Args], None]

    @property
    def words(self) -> tuple[str, str]:
        return self.name, self.alias


class Routes:
    """Registers listeners with Bolt, each behind its policy; keeps the subcommands for ``handlers.command``."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.subcommands: dict[str, Subcommand] = {}
        self.by_word: dict[str, Subcommand] = {}

    def command(
        self, name: str, listener: Listener, *, alias: str, policy: Policy, usage: str = "", purpose: str
    ) -> None:
        """Add ``/tandem name``, and its French *alias*."""
        subcommand = Subcommand(
            name=name, alias=alias, policy=policy, usage=usage, purpose=purpose, listener=behind(policy, listener)
        )
        self.subcommands[name] = subcommand
        self.by_word |= {plain(word): subcommand for word in subcommand.words}

    def action(self, action_id: str | re.Pattern[str], listener: Listener, *, policy: Policy) -> None:
        """Listen to a button or a menu."""
        self.app.action(action_id)(behind(policy, listener))

    def view(self, callback_id: str | re.Pattern[str], listener: Listener, *, policy: Policy) -> None:
        """Listen to a modal being submitted."""
        self.app.view(callback_id)(behind(policy, listener))

    def shortcut(self, callback_id: str | re.Pattern[str], listener: Listener, *, policy: Policy) -> None:
        """Listen to a global shortcut."""
        self.app.shortcut(callback_id)(behind(policy, listener))

    def event(self, event: str | dict[str, Any], listener: Listener, *, policy: Policy | None) -> None:
        """Listen to an event; *policy* is None for those that nobody in particular causes."""
        self.app.event(event)(behind(policy, listener))


def behind(policy: Policy | None, listener: Listener) -> Callable[[Args], None]:
    """Return *listener* behind *policy*, taking all of Bolt's arguments at once."""
    names: Sequence[str] = tuple(inspect.signature(listener).parameters)

    def door(args: Args) -> None:
        if policy is not None:
            authorize(args.context["actor"], policy)
        listener(**{name: args.context[name] if name in args.context else getattr(args, name) for name in names})
        if args.ack.response is None:
            # Unacknowledged, the request would go on to the catch-alls and the person would see an error.
            args.ack()

    door.__name__ = listener.__name__
    return door
