"""``/tandem``: one command, its subcommands, and the help that knows who is asking."""

from __future__ import annotations

import unicodedata
from typing import Any

from slack_bolt import Ack
from slack_bolt.kwargs_injection.args import Args

from bot.domain.access import Actor, Policy
from bot.errors import N_
from bot.locales import Texts
from bot.views import help as help_views
from bot.views import ids
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the command and its help."""

    def show_help(ack: Ack, actor: Actor, t: Texts) -> None:
        ack(help_views.help_message(t, routes.subcommands.values(), actor))

    def tandem(args: Args) -> None:
        """Run the subcommand typed, by its English or its French name; help for anything else."""
        word, _, rest = (args.command or {}).get("text", "").strip().partition(" ")
        by_word = {plain(word): one for one in routes.subcommands.values() for word in one.words}
        args.context["rest"] = rest.strip()
        if subcommand := by_word.get(plain(word)):
            subcommand.listener(args)
            return
        actor: Actor = args.context["actor"]
        typed: Any = word or None
        args.ack(help_views.help_message(args.context["t"], routes.subcommands.values(), actor, typed=typed))

    routes.app.command(ids.COMMAND)(tandem)
    routes.command("help", show_help, alias="aide", policy=Policy.ANYONE, purpose=N_("what I can do for you"))


def plain(word: str) -> str:
    """Return *word* without case and accents, as people type it in a hurry."""
    return "".join(one for one in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(one))
