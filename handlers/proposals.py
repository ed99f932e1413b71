"""Answers to proposals."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from slack_bolt import Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.rounds import Answer
from bot.locales import Texts
from bot.services import Services
from bot.views import ids, notices
from bot.views import proposals as views
from handlers import replies
from handlers.routing import Routes

ANSWERS = {ids.PROPOSAL_ACCEPT: Answer.YES, ids.PROPOSAL_DECLINE: Answer.NO}


def register(routes: Routes) -> None:
    """Register the journey."""
    for action_id in ANSWERS:
        routes.action(action_id, answer, policy=Policy.PARTICIPANT)


def answer(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Take the answer of the button, and put a word about what follows in its place."""
    given = ANSWERS[action["action_id"]]
    proposal = services.proposals.answer(actor, action["value"], given, now=now)
    sentence = views.answered(t, proposal, given, proposal.seat_of(actor.person_id).role)
    replies.replace_row(body, client, respond, t, notices.sentence(sentence))
