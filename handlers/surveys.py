"""Answers at the end of a cohort, and a month after a last session."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.surveys import Again
from bot.domain.topics import Use
from bot.errors import Required
from bot.locales import Texts
from bot.services import Services
from bot.views import ids, notices
from bot.views import surveys as views
from handlers import replies
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the journey."""
    routes.action(ids.OPEN_SURVEY, open_survey, policy=Policy.PARTICIPANT)
    routes.view(ids.SURVEY, submit, policy=Policy.PARTICIPANT)
    routes.action(re.compile(f"^{ids.USAGE}_"), tell_use, policy=Policy.PARTICIPANT)


def open_survey(
    body: dict[str, Any], action: dict[str, Any], client: WebClient, actor: Actor, services: Services, t: Texts
) -> None:
    """Open the form."""
    replies.open_form(body, client, views.survey_modal(t, services.surveys.survey(actor, action["value"])))


def submit(
    ack: Ack, view: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Keep the submitted answers."""
    values = view["state"]["values"]
    again = values["again"]["again"].get("selected_option")
    if again is None:
        raise Required(field="again")
    uses = {
        block_id.removeprefix(views.TOPIC_FIELD): Use(int(one["use"]["selected_option"]["value"]))
        for block_id, one in values.items()
        if block_id.startswith(views.TOPIC_FIELD) and one["use"].get("selected_option")
    }
    nudge_id = json.loads(view["private_metadata"])["nudge"]
    services.surveys.answer(actor, nudge_id, Again(again["value"]), uses, now=now)
    thanks = views.survey_thanks(t)
    replies.answer_row(view, client, notices.sentence(thanks))
    ack(response_action="update", view=notices.done(t, thanks))


def tell_use(
    body: dict[str, Any], action: dict[str, Any], client: WebClient, respond: Respond, actor: Actor,
    services: Services, now: datetime, t: Texts,
) -> None:  # fmt: skip
    """Keep what somebody does with a topic, and ask for what is left."""
    nudge_id, _, topic_id = action["value"].partition(":")
    use = Use(int(action["action_id"].removeprefix(f"{ids.USAGE}_")))
    left = services.surveys.tell_use(actor, nudge_id, topic_id, use, now=now)
    replies.replace(body, client, respond, t, views.usage_left(t, left))
