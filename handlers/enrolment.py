"""Join, change one's profile, pause, come back, leave."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.cohorts import Format
from bot.domain.enrolment import LONGEST_PLACE, OFFER, WANT, EnrolmentForm, Problems
from bot.domain.participants import Place
from bot.domain.pauses import parse_until
from bot.domain.people import Role
from bot.domain.topics import Level, Use
from bot.domain.writing import cleaned
from bot.errors import N_, Required
from bot.locales import Mrkdwn, Texts
from bot.services import Services
from bot.views import blocks, ids, notices
from bot.views import enrolment as views
from handlers import replies
from handlers.forms import all_chosen, chosen
from handlers.routing import Routes

SUGGESTED_PAUSE = timedelta(weeks=2)


def register(routes: Routes) -> None:
    """Register the journey."""
    anyone, participant = Policy.ANYONE, Policy.PARTICIPANT
    routes.command("join", join, alias="rejoindre", policy=anyone, purpose=N_("join as mentor, mentee or both"))
    routes.command("profile", join, alias="profil", policy=participant, purpose=N_("what you offer, want and prefer"))
    routes.command(
        "pause", pause, alias="pauser", policy=participant, usage=N_("[2 weeks | 31/03 | until friday]"),
        purpose=N_("take a break; you come back by yourself"),
    )  # fmt: skip
    routes.command("resume", resume, alias="reprendre", policy=participant, purpose=N_("end your break now"))
    routes.command("leave", leave, alias="quitter", policy=participant, purpose=N_("leave the programme"))
    routes.action(ids.OPEN_JOIN, open_join, policy=anyone)
    routes.action(ids.OPEN_PROFILE, open_join, policy=anyone)
    routes.view(ids.JOIN_ABOUT, submit_about, policy=anyone)
    routes.view(ids.JOIN_TOPICS, submit_topics, policy=anyone)
    routes.view(ids.JOIN_LEVELS, submit_levels, policy=anyone)
    routes.action(ids.OPEN_PAUSE, open_pause, policy=participant)
    routes.view(ids.PAUSE, submit_pause, policy=participant)
    routes.action(ids.RESUME, press_resume, policy=participant)
    routes.action(ids.LEAVE, press_leave, policy=participant)


def join(
    ack: Ack, body: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Open the enrolment form, filled with what the actor said before."""
    invitation = services.enrolment.invitation(actor, now=now)
    client.views_open(
        trigger_id=body["trigger_id"], view=views.about_step(t, invitation, metadata=packed(invitation.form))
    )
    ack()


def open_join(
    body: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Open the enrolment form from a button."""
    invitation = services.enrolment.invitation(actor, now=now)
    replies.open_modal(body, client, views.about_step(t, invitation, metadata=packed(invitation.form)))


def submit_about(ack: Ack, view: dict[str, Any], actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Take the first step, go on to the topics."""
    form = about_form(view)
    invitation = services.enrolment.invitation(actor, now=now)
    if problems := form.about_problems(user_id=actor.user_id, cohort=invitation.cohort):
        ack(response_action="errors", errors=worded(problems, t))
        return
    ack(response_action="update", view=views.topics_step(t, invitation, form, metadata=packed(form)))


def submit_topics(ack: Ack, view: dict[str, Any], actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Take the second step, go on to the levels."""
    form = topics_form(view)
    invitation = services.enrolment.invitation(actor, now=now)
    if problems := form.topics_problems(invitation.topics):
        ack(response_action="errors", errors=worded(problems, t))
        return
    ack(response_action="update", view=views.levels_step(t, invitation, form, metadata=packed(form)))


def submit_levels(ack: Ack, view: dict[str, Any], actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Take the third step: the actor is enrolled."""
    form = levels_form(view)
    if problems := form.levels_problems():
        ack(response_action="errors", errors=worded(problems, t))
        return
    ack(response_action="update", view=views.enrolled_view(t, services.enrolment.enrol(actor, form, now=now)))


def pause(
    ack: Ack, body: dict[str, Any], client: WebClient, rest: str, actor: Actor, services: Services, now: datetime,
    t: Texts,
) -> None:  # fmt: skip
    """Pause until what was typed; without a date, ask for one."""
    if rest:
        ack(notices.sentence(_paused(parse_until(rest, today=t.local(now).date()), actor, services, now, t)))
        return
    client.views_open(trigger_id=body["trigger_id"], view=_pause_modal(now, t))
    ack()


def open_pause(body: dict[str, Any], client: WebClient, now: datetime, t: Texts) -> None:
    """Ask until when to pause."""
    replies.open_modal(body, client, _pause_modal(now, t))


def submit_pause(ack: Ack, view: dict[str, Any], actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """Pause until the day chosen."""
    until = view["state"]["values"]["until"]["until"].get("selected_date")
    if until is None:
        raise Required(field="until")
    said = _paused(date.fromisoformat(until), actor, services, now, t)
    ack(response_action="update", view=notices.done(t, said))


def resume(ack: Ack, actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """End the actor's break."""
    was_paused = services.enrolment.resume(actor, now=now)
    ack(notices.sentence(views.resumed_sentence(t, was_paused=was_paused)))


def press_resume(
    body: dict[str, Any], client: WebClient, respond: Respond, actor: Actor, services: Services, now: datetime,
    t: Texts,
) -> None:  # fmt: skip
    """End the actor's break from a button."""
    was_paused = services.enrolment.resume(actor, now=now)
    said = notices.sentence(views.resumed_sentence(t, was_paused=was_paused))
    replies.replace(body, client, respond, t, said)


def leave(ack: Ack, t: Texts) -> None:
    """Ask for a confirmation."""
    ack(views.leave_question(t))


def press_leave(
    body: dict[str, Any], client: WebClient, respond: Respond, actor: Actor, services: Services, now: datetime,
    t: Texts,
) -> None:  # fmt: skip
    """Take the actor out of the programme."""
    services.enrolment.leave(actor, now=now)
    replies.replace(body, client, respond, t, notices.sentence(views.left_sentence(t)))


def about_form(view: dict[str, Any]) -> EnrolmentForm:
    """Read the first step."""
    values = view["state"]["values"]
    place = chosen(values, "place")
    return replace(
        unpacked(view["private_metadata"]),
        roles=frozenset(Role(one) for one in all_chosen(values, "roles")),
        languages=frozenset(all_chosen(values, "languages")),
        formats=frozenset(Format(one) for one in all_chosen(values, "formats")),
        place=Place(place) if place else None,
        half_days=frozenset(all_chosen(values, "half_days")),
        avoids=frozenset(values.get("avoids", {}).get("avoids", {}).get("selected_users") or ()),
    )


def topics_form(view: dict[str, Any]) -> EnrolmentForm:
    """Read the second step onto the first; what it did not ask stays as it was."""
    values = view["state"]["values"]
    form = unpacked(view["private_metadata"])
    form = form.with_topics(
        offers=all_chosen(values, "offers") if "offers" in values else form.offers,
        wants=all_chosen(values, "wants") if "wants" in values else form.wants,
    )
    seats = chosen(values, "seats")
    return replace(
        form,
        seats=int(seats) if seats else form.seats,
        department=_text(values, "department", form.department),
        team=_text(values, "team", form.team),
        site=_text(values, "site", form.site),
    )


def levels_form(view: dict[str, Any]) -> EnrolmentForm:
    """Read the third step onto the others."""
    values = view["state"]["values"]
    form = unpacked(view["private_metadata"])
    return replace(
        form,
        offers={one: _level(chosen(values, f"{OFFER}{one}")) for one in form.offers} if form.is_mentor else form.offers,
        wants={one: _use(chosen(values, f"{WANT}{one}")) for one in form.wants} if form.is_mentee else form.wants,
    )


def packed(form: EnrolmentForm) -> str:
    """Return *form* as the few hundred characters that travel with the modal from step to step."""
    return json.dumps(
        {
            "roles": sorted(form.roles), "languages": sorted(form.languages), "formats": sorted(form.formats),
            "place": form.place, "half_days": sorted(form.half_days), "avoids": sorted(form.avoids),
            "offers": dict(form.offers), "wants": dict(form.wants), "seats": form.seats,
            "department": form.department, "team": form.team, "site": form.site,
        },
        ensure_ascii=False, separators=(",", ":"),
    )  # fmt: skip


def unpacked(metadata: str) -> EnrolmentForm:
    """Return the form that :func:`packed` gave to the modal."""
    said = json.loads(metadata)
    return EnrolmentForm(
        roles=frozenset(map(Role, said["roles"])),
        languages=frozenset(said["languages"]),
        formats=frozenset(map(Format, said["formats"])),
        place=Place(said["place"]) if said["place"] else None,
        half_days=frozenset(said["half_days"]),
        avoids=frozenset(said["avoids"]),
        offers={one: None if level is None else Level(level) for one, level in said["offers"].items()},
        wants={one: None if use is None else Use(use) for one, use in said["wants"].items()},
        seats=said["seats"],
        department=said["department"],
        team=said["team"],
        site=said["site"],
    )


def worded(problems: Problems, t: Texts) -> dict[str, str]:
    """Return each problem's sentence by its field, for all of them to show at once."""
    return {field: t(problem.sentence, **problem.params) for field, problem in problems.items()}


def _paused(until: date, actor: Actor, services: Services, now: datetime, t: Texts) -> Mrkdwn:
    return views.paused_sentence(t, services.enrolment.pause(actor, until, now=now))


def _pause_modal(now: datetime, t: Texts) -> blocks.View:
    today = t.local(now).date()
    return views.pause_modal(t, today=today, suggested=today + SUGGESTED_PAUSE)


def _text(values: dict[str, Any], field: str, otherwise: str) -> str:
    if field not in values:
        return otherwise
    return cleaned(values[field][field].get("value") or "", longest=LONGEST_PLACE)


def _level(value: str | None) -> Level | None:
    return Level[value.upper()] if value else None


def _use(value: str | None) -> Use | None:
    return Use[value.upper()] if value else None
