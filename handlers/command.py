"""``/tandem``: one command, its subcommands, and the help that knows who is asking."""

from __future__ import annotations

from slack_bolt import Ack
from slack_bolt.kwargs_injection.args import Args

from bot.domain.access import Actor, Policy
from bot.domain.writing import as_typed, plain
from bot.errors import N_
from bot.locales import Texts
from bot.views import help as help_views
from bot.views import ids
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the command and its help."""

    def show_help(ack: Ack, actor: Actor, t: Texts, typed: str | None) -> None:
        ack(help_views.help_message(t, routes.subcommands.values(), actor, typed=typed))

    def tandem(args: Args) -> None:
        """Run the subcommand typed, by its English or its French name; help for anything else."""
        # People paste line ends and no-break spaces too, so any white space ends the word.
        text = as_typed((args.command or {}).get("text") or "")
        word, rest = [*text.split(maxsplit=1), "", ""][:2]
        known = routes.by_word.get(plain(word))
        subcommand = known or routes.subcommands["help"]
        args.context.update(rest=rest.strip(), typed=None if known else word or None, subcommand=subcommand.name)
        subcommand.listener(args)

    routes.app.command(ids.COMMAND)(tandem)
    routes.command("help", show_help, alias="aide", policy=Policy.ANYONE, purpose=N_("what I can do for you"))
