"""Draft, review, publish or dismiss a round."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.writing import mentioned, plain
from bot.errors import N_, ChangedSince, TwoNamesMissing, UnknownOfRound
from bot.locales import Texts
from bot.matching.pool import Weights
from bot.services import Services
from bot.views import ids, notices
from bot.views import rounds as views
from handlers import replies
from handlers.routing import Routes

WHY = ("why", "pourquoi")


def register(routes: Routes) -> None:
    """Register the journey."""
    routes.command(
        "round", start, alias="tour", policy=Policy.LEAD, usage=N_("[why @mentor @mentee]"),
        purpose=N_("draft, review and publish a round"),
    )  # fmt: skip
    routes.action(ids.ROUND_OPEN, open_round, policy=Policy.LEAD)
    routes.action(ids.ROUND_DRAFT, draft, policy=Policy.LEAD)
    routes.action(ids.ROUND_REVIEW, review, policy=Policy.LEAD)
    routes.action(re.compile(f"^{ids.ROUND_PAGE}_"), turn_page, policy=Policy.LEAD)
    routes.action(ids.ROUND_PROPOSAL, decide, policy=Policy.LEAD)
    routes.action(ids.ROUND_WHY, open_why, policy=Policy.LEAD)
    routes.view(ids.WHY_NOT, submit_why, policy=Policy.LEAD)
    routes.action(ids.ROUND_WEIGHTS, open_weights, policy=Policy.LEAD)
    routes.view(ids.WEIGHTS, submit_weights, policy=Policy.LEAD)
    routes.view(ids.SWAP, submit_swap, policy=Policy.LEAD)
    routes.action(ids.ROUND_SWAP, swap, policy=Policy.LEAD)
    for action_id in (ids.ROUND_PAIR, ids.ROUND_PAIR_ANYWAY):
        routes.action(action_id, pair_up, policy=Policy.LEAD)
    routes.action(ids.ROUND_PUBLISH, publish, policy=Policy.LEAD)
    routes.action(ids.ROUND_DISMISS, dismiss, policy=Policy.LEAD)


def start(
    ack: Ack,
    body: dict[str, Any],
    client: WebClient,
    respond: Respond,
    rest: str,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Show who could be paired, and the draft if there is one; after two names, why the two are not paired."""
    if not rest:
        client.views_open(trigger_id=body["trigger_id"], view=views.start_modal(t, services.rounds.pool_size(now=now)))
        ack()
        return
    mentor, mentee = _two_named(rest)

    def work() -> dict[str, Any]:
        return views.answer_modal(t, services.rounds.why_not(actor, mentor, mentee, now=now))

    replies.open_when_ready(ack, body, client, respond, t, work)


def open_round(body: dict[str, Any], client: WebClient, services: Services, now: datetime, t: Texts) -> None:
    """Show the same from a button."""
    replies.open_modal(body, client, views.start_modal(t, services.rounds.pool_size(now=now)))


def draft(body: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Solve the pool and show the draft."""

    def work() -> dict[str, Any]:
        return views.review_modal(t, services.rounds.page(services.rounds.draft(actor, now=now), 0))

    replies.show_when_ready(body, client, t, work)


def review(body: dict[str, Any], action: dict[str, Any], client: WebClient, services: Services, t: Texts) -> None:
    """Show the draft there is."""
    replies.show(body, client, views.review_modal(t, services.rounds.page(action["value"], 0)))


def turn_page(body: dict[str, Any], action: dict[str, Any], client: WebClient, services: Services, t: Texts) -> None:
    """Show another page of the draft."""
    round_id, number = _with_number(action["value"])
    replies.show(body, client, views.review_modal(t, services.rounds.page(round_id, number)))


def decide(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Do what the menu of one proposal says, and show the page again."""
    verb, _, rest = action["selected_option"]["value"].partition("@")
    proposal_id, number = _with_number(rest)
    if verb == ids.SWAP_WITH:
        replies.open_modal(body, client, views.swap_modal(t, proposal_id))
        return

    def work() -> dict[str, Any]:
        match verb:
            case ids.LOCK | ids.UNLOCK:
                round_id = services.rounds.lock(proposal_id, locked=verb == ids.LOCK)
            case ids.FORBID:
                round_id = services.rounds.forbid(actor, proposal_id, now=now)
            case ids.LEAVE_OUT:
                round_id = services.rounds.leave_out(proposal_id)
            case _:
                raise ChangedSince
        return views.review_modal(t, services.rounds.page(round_id, number))

    replies.show_when_ready(body, client, t, work)


def open_weights(body: dict[str, Any], client: WebClient, services: Services, t: Texts) -> None:
    """Show how much each part of the score counts."""
    replies.open_modal(body, client, views.weights_modal(t, services.rounds.weights()))


def submit_weights(ack: Ack, view: dict[str, Any], actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Keep what each part counts."""
    values = view["state"]["values"]
    weights = {part: int(values[part][part]["value"]) for part in Weights.parts()}
    services.rounds.set_weights(actor, weights, now=now)
    ack(response_action="update", view=notices.done(t, views.weights_saved(t)))


def open_why(body: dict[str, Any], client: WebClient, t: Texts) -> None:
    """Ask which two."""
    replies.open_modal(body, client, views.why_modal(t))


def submit_why(
    ack: Ack, body: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Say why the two are not paired, or what it would cost."""
    values = body["view"]["state"]["values"]
    mentor, mentee = (values[field][field]["selected_user"] for field in ("mentor", "mentee"))

    def work() -> dict[str, Any]:
        return views.answer_modal(t, services.rounds.why_not(actor, mentor, mentee, now=now))

    replies.submit_when_ready(ack, body, client, t, work)


def submit_swap(
    ack: Ack, body: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Say what the swap would cost."""
    view = body["view"]
    mentee = view["state"]["values"]["mentee"]["mentee"]["selected_user"]

    def work() -> dict[str, Any]:
        answer = services.rounds.swap_answer(actor, view["private_metadata"], mentee, now=now)
        return views.swap_answer_modal(t, answer)

    replies.submit_when_ready(ack, body, client, t, work)


def swap(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Exchange the two mentors, solve the rest again, and show the draft under the answer."""
    first_id, _, second_id = action["value"].partition("@")
    _show_draft_under(
        body, client, t, lambda: services.rounds.swap(actor, first_id, second_id, now=now), services=services
    )


def pair_up(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Lock the two together, solve again, and show the draft under the answer."""
    mentor_id, _, mentee_id = action["value"].partition("@")
    override = action["action_id"] == ids.ROUND_PAIR_ANYWAY
    _show_draft_under(
        body,
        client,
        t,
        lambda: services.rounds.pair_up(actor, mentor_id, mentee_id, override=override, now=now),
        services=services,
    )


def _show_draft_under(
    body: dict[str, Any], client: WebClient, t: Texts, change: Callable[[], str], *, services: Services
) -> None:
    """Make the *change*, which returns the new draft's id; show that draft, and over it that it is done."""

    def work() -> dict[str, Any]:
        review = views.review_modal(t, services.rounds.page(change(), 0))
        # The answer may stand in a message of its own, where there is no draft to show it over.
        held_in = body.get("view", {})
        if held_in.get("root_view_id") == held_in.get("id"):
            return review
        client.views_update(view_id=held_in["root_view_id"], view=review)
        return notices.done(t, views.paired(t))

    replies.show_when_ready(body, client, t, work)


def publish(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Publish the draft: everybody concerned is asked or told."""

    def work() -> dict[str, Any]:
        asked, waiting = services.rounds.publish(actor, action["value"], now=now)
        return notices.done(t, views.published(t, asked, waiting))

    replies.show_when_ready(body, client, t, work, meanwhile=views.publishing(t))


def dismiss(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Dismiss the draft: nobody is told."""
    services.rounds.dismiss(actor, action["value"], now=now)
    replies.show(body, client, notices.done(t, views.dismissed(t)))


def _two_named(rest: str) -> tuple[str, str]:
    """Return the first two people named after the command; raise TwoNamesMissing, or UnknownOfRound."""
    named = mentioned(rest)
    if len(named) >= 2:
        return named[0], named[1]
    if named or plain(rest.split(maxsplit=1)[0]) in WHY:
        raise TwoNamesMissing
    raise UnknownOfRound(text=rest[:40])


def _with_number(value: str) -> tuple[str, int]:
    id_, _, number = value.partition("@")
    if not number.isdecimal():
        raise ChangedSince
    return id_, int(number)
