"""Look at the open cohort, open one, close it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.cohorts import LONGEST_NAME, CohortForm, Format
from bot.domain.writing import cleaned
from bot.errors import N_
from bot.locales import Texts
from bot.services import Services
from bot.views import cohorts as views
from bot.views import ids, notices
from handlers import replies
from handlers.enrolment import worded
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the journey."""
    routes.command("cohort", show, alias="vague", policy=Policy.LEAD, purpose=N_("open, look at or close a cohort"))
    routes.action(ids.OPEN_COHORT, open_form, policy=Policy.LEAD)
    routes.action(ids.CLOSE_COHORT, close, policy=Policy.LEAD)
    routes.view(ids.COHORT, submit, policy=Policy.LEAD)


def show(ack: Ack, services: Services, t: Texts) -> None:
    """Show the open cohort in figures, or offer to open one."""
    ack(views.cohort_message(t, services.cohorts.figures()))


def open_form(body: dict[str, Any], client: WebClient, now: datetime, t: Texts) -> None:
    """Open the form."""
    replies.open_modal(body, client, views.open_modal(t, today=t.local(now).date()))


def submit(ack: Ack, view: dict[str, Any], actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Open the submitted cohort, or show what to correct."""
    form = cohort_form(view)
    if problems := form.problems(today=t.local(now).date()):
        ack(response_action="errors", errors=worded(problems, t))
        return
    cohort = services.cohorts.open(actor, form, now=now)
    ack(response_action="update", view=notices.done(t, views.opened_sentence(t, cohort)))


def close(
    body: dict[str, Any], action: dict[str, Any], client: WebClient, respond: Respond, actor: Actor,
    services: Services, now: datetime, t: Texts,
) -> None:  # fmt: skip
    """Close the cohort of the button."""

    def work() -> dict[str, Any]:
        cohort = services.cohorts.close(actor, action["value"], now=now)
        return notices.sentence(views.closed_sentence(t, cohort))

    replies.replace_when_ready(body, client, respond, t, work)


def cohort_form(view: dict[str, Any]) -> CohortForm:
    """Read the submitted form."""
    values = {name: one[name] for name, one in view["state"]["values"].items()}
    goal = str(values["goal"].get("value") or "")
    format_ = values["format"].get("selected_option")
    return CohortForm(
        name=cleaned(values["name"].get("value") or "", longest=LONGEST_NAME),
        enrol_until=_date(values["enrol_until"]),
        starts_on=_date(values["starts_on"]),
        ends_on=_date(values["ends_on"]),
        format=Format(format_["value"]) if format_ else Format.PATH,
        goal=int(goal) if goal.isdecimal() else None,
    )


def _date(value: dict[str, Any]) -> date | None:
    chosen = value.get("selected_date")
    return date.fromisoformat(chosen) if chosen else None
