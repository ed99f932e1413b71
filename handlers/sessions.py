"""Plan, move, cancel, log a session; the pulse; the list."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.overviews import Meeting
from bot.domain.sessions import LONGEST_TEXT, Reuse, parse_log_line
from bot.domain.writing import cleaned, mentioned
from bot.errors import N_, ChangedSince, Required
from bot.locales import Texts
from bot.services import Services
from bot.views import ids, notices
from bot.views import sessions as views
from bot.views.proposals import fit_modal
from handlers import replies
from handlers.forms import all_chosen, chosen
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the journey."""
    everyone = Policy.PARTICIPANT
    routes.command(
        "plan", plan, alias="planifier", policy=everyone, usage=N_("[@partner]"), purpose=N_("plan a session")
    )
    routes.command(
        "log", log, alias="noter", policy=everyone, usage=N_("[@partner] [45m] [what we tried]"),
        purpose=N_("log a session you had"),
    )  # fmt: skip
    routes.command(
        "sessions", list_sessions, alias="séances", policy=everyone, purpose=N_("your sessions, past and to come")
    )
    routes.command("cancel", list_sessions, alias="annuler", policy=everyone, purpose=N_("cancel or move a session"))
    routes.shortcut(ids.SHORTCUT_LOG, open_log_shortcut, policy=everyone)
    routes.action(ids.OPEN_PLAN, open_plan, policy=everyone)
    routes.action(re.compile(f"^{ids.PLAN_SLOT}_"), plan_slot, policy=everyone)
    routes.action(ids.PLAN_ANOTHER, plan_slot, policy=everyone)
    routes.action(ids.OPEN_MOVE, open_move, policy=everyone)
    routes.action(ids.CANCEL_SESSION, cancel_session, policy=everyone)
    routes.action(ids.OPEN_LOG, open_log, policy=everyone)
    routes.action(ids.OPEN_LOG_SESSION, open_log_session, policy=everyone)
    routes.action(ids.OPEN_PULSE, open_pulse, policy=everyone)
    routes.view(ids.PLAN, submit_plan, policy=everyone)
    routes.view(ids.LOG, submit_log, policy=everyone)
    routes.view(ids.PULSE, submit_pulse, policy=everyone)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionForm:
    """The plan or the log modal as submitted. ``starts_at`` is UTC."""

    pairing_id: str | None
    session_id: str | None
    starts_at: datetime
    minutes: int
    place: str
    tried: str
    next_try: str
    topic_ids: tuple[str, ...]
    is_another: bool

    @classmethod
    def from_view(cls, view: dict[str, Any]) -> SessionForm:
        """Read a submitted view; raise Required beside a field that says nothing."""
        values = view["state"]["values"]
        pairing_id, session_id = views.chosen_pairing(view["private_metadata"], values)
        minutes = values["minutes"]["minutes"]
        return cls(
            pairing_id=pairing_id,
            session_id=session_id,
            starts_at=datetime.fromtimestamp(values["date"]["date"]["selected_date_time"], UTC),
            minutes=int(minutes.get("value") or minutes["selected_option"]["value"]),
            place=_text(values, "place"),
            tried=_text(values, "tried"),
            next_try=_text(values, "next_try"),
            topic_ids=all_chosen(values, "topics"),
            is_another=bool(all_chosen(values, "another")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionButton:
    """What a button about a planned session says; ``sequence`` is None in messages from before it was told.

    ``moment`` (UTC) is when its reader would rather meet, if they chose one.
    """

    session_id: str
    sequence: int | None
    moment: datetime | None

    @classmethod
    def from_action(cls, action: dict[str, Any]) -> SessionButton:
        """Read a button; raise ChangedSince where it says something else."""
        session_id, *numbers = action["value"].split("@")
        if not all(number.isdecimal() for number in numbers):
            raise ChangedSince
        return cls(
            session_id=session_id,
            sequence=int(numbers[0]) if numbers else None,
            moment=datetime.fromtimestamp(int(numbers[1]), UTC) if len(numbers) > 1 else None,
        )


def plan(
    ack: Ack,
    body: dict[str, Any],
    client: WebClient,
    rest: str,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Open the plan modal, on the partner named if one is."""
    partnerships = services.sessions.partnerships_to_plan(actor, with_users=mentioned(rest), now=now)
    client.views_open(trigger_id=body["trigger_id"], view=views.plan_modal(t, partnerships, now=now))
    ack()


def log(
    ack: Ack,
    body: dict[str, Any],
    client: WebClient,
    rest: str,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Log at once when the line says enough, else open the modal with what it says, and with what is in doubt."""
    here = t.local(now)
    line = parse_log_line(cleaned(rest), today=here.date())
    topics = services.sessions.topics()
    typed: dict[str, Any] = {
        "tried": line.tried,
        "minutes": line.minutes,
        "held_at": line.held_at(now=here) if line.day else None,
    }
    if not line.is_complete:
        partnerships = services.sessions.partnerships(actor, with_users=line.user_ids, now=now)
        view = views.log_modal(t, partnerships, topics, **typed, now=now)
    elif isinstance(logged := services.sessions.log_line(actor, line, now=now), Meeting):
        ack(views.logged_message(t, logged))
        return
    else:
        view = views.log_modal(t, [logged.partnership], topics, earlier=logged.earlier, **typed, now=now)
    client.views_open(trigger_id=body["trigger_id"], view=view)
    ack()


def list_sessions(ack: Ack, actor: Actor, services: Services, now: datetime, t: Texts) -> None:
    """List the actor's sessions, each with its buttons."""
    ack(views.sessions_message(t, services.sessions.meetings(actor), now=now))


def open_plan(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Open the plan modal on the pairing of the button."""
    partnership = services.sessions.partnership(actor, action["value"], now=now)
    replies.open_form(body, client, views.plan_modal(t, [partnership], now=now))


def plan_slot(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Plan the slot of the button in one tap; offer new ones when it is gone, and ask first beside another's date."""
    pairing_id, _, seconds = action["value"].partition("@")
    if not seconds.isdecimal():
        raise ChangedSince
    starts_at = datetime.fromtimestamp(int(seconds), UTC)
    is_another = action["action_id"] == ids.PLAN_ANOTHER
    taken = services.sessions.take_slot(actor, pairing_id, starts_at=starts_at, is_another=is_another, now=now)
    message = _planned(t, taken, starts_at) if isinstance(taken, Meeting) else views.gone_message(t, taken)
    replies.replace_row(body, client, respond, t, message)


def _planned(t: Texts, meeting: Meeting, asked_for: datetime) -> dict[str, Any]:
    """Say that a session is planned, that it stays as it was, or that there was another date already."""
    if meeting.is_unchanged:
        return notices.sentence(views.unchanged_sentence(t, meeting))
    if meeting.session.starts_at == asked_for:
        return notices.sentence(views.planned_sentence(t, meeting))
    return views.planned_already_message(t, meeting, asked_for)


def submit_plan(
    ack: Ack, view: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Plan or move the submitted session."""
    form = SessionForm.from_view(view)
    if form.session_id:
        meeting = services.sessions.move(
            actor, form.session_id, starts_at=form.starts_at, minutes=form.minutes, place=form.place, now=now
        )
    else:
        meeting = services.sessions.plan(
            actor, form.pairing_id, starts_at=form.starts_at, minutes=form.minutes, place=form.place, now=now
        )
    message = _planned(t, meeting, form.starts_at)
    replies.answer_row(view, client, message)
    ack(response_action="update", view=notices.holding(t, message))


def open_move(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Open the plan modal on a planned session, unless it was moved since the button was made."""
    button = SessionButton.from_action(action)
    meeting, partnership = services.sessions.planned(actor, button.session_id, now=now)
    if meeting.session.is_moved_since(button.sequence):
        replies.replace_row(body, client, respond, t, views.moved_already_message(t, meeting, now=now))
        return
    form = views.plan_modal(t, [partnership], moving=meeting.session, start=button.moment, now=now)
    replies.open_form(body, client, form)


def cancel_session(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Cancel a planned session and offer three new slots, unless it was moved since the button was made."""
    button = SessionButton.from_action(action)
    meeting = services.sessions.meeting(actor, button.session_id)
    if meeting.session.is_moved_since(button.sequence):
        replies.replace_row(body, client, respond, t, views.moved_already_message(t, meeting, now=now))
        return
    partnership = services.sessions.cancel(actor, button.session_id, sequence=button.sequence, now=now)
    meeting = services.sessions.meeting(actor, button.session_id)
    replies.replace_row(body, client, respond, t, views.cancelled_message(t, meeting, partnership))


def open_log_shortcut(
    ack: Ack, body: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Open the log modal from the global shortcut."""
    partnerships = services.sessions.partnerships(actor, now=now)
    replies.open_modal(body, client, views.log_modal(t, partnerships, services.sessions.topics(), now=now))
    ack()


def open_log(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Open the log modal on the pairing of the button."""
    partnership = services.sessions.partnership_to_log(actor, action["value"], now=now)
    replies.open_form(body, client, views.log_modal(t, [partnership], services.sessions.topics(), now=now))


def open_log_session(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Open the log modal on the session of the button, to log or to correct it."""
    meeting, partnership = services.sessions.loggable(actor, action["value"], now=now)
    view = views.log_modal(t, [partnership], services.sessions.topics(), session=meeting.session, now=now)
    replies.open_form(body, client, view)


def submit_log(
    ack: Ack, view: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Log or correct the submitted session, then offer the pulse in the same modal unless it was given.

    A second session on the same day is asked about first.
    """
    form = SessionForm.from_view(view)
    if not form.tried:
        raise Required(field="tried")
    logged = services.sessions.log(
        actor,
        pairing_id=form.pairing_id,
        session_id=form.session_id,
        held_at=form.starts_at,
        minutes=form.minutes,
        topic_ids=form.topic_ids,
        tried=form.tried,
        next_try=form.next_try,
        is_another=form.is_another,
        now=now,
    )
    if isinstance(logged, Meeting):
        replies.answer_row(view, client, views.logged_message(t, logged))
        shown = _after_logging(t, view, logged, now=now)
    else:
        again = views.log_modal(
            t,
            [logged.partnership],
            services.sessions.topics(),
            earlier=logged.earlier,
            held_at=form.starts_at,
            minutes=form.minutes,
            topic_ids=form.topic_ids,
            tried=form.tried,
            next_try=form.next_try,
            now=now,
        )
        shown = replies.keep_origin(view, again)
    ack(response_action="update", view=shown)


def _after_logging(t: Texts, view: dict[str, Any], meeting: Meeting, *, now: datetime) -> dict[str, Any]:
    corrected = meeting.session.logged_at != now
    return (
        notices.done(t, views.corrected_sentence(t, meeting))
        if corrected and meeting.pulse is not None
        else replies.keep_origin(view, views.pulse_modal(t, meeting, just_logged=True, corrected=corrected))
    )


def open_pulse(
    body: dict[str, Any], action: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime,
    t: Texts,
) -> None:  # fmt: skip
    """Open the pulse of the session of the button."""
    meeting = services.sessions.rateable(actor, action["value"], now=now)
    replies.open_form(body, client, views.pulse_modal(t, meeting))


def submit_pulse(
    ack: Ack, view: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Keep the submitted pulse."""
    values = view["state"]["values"]
    session_id = json.loads(view["private_metadata"])["session"]
    reuse = chosen(values, "reuse")
    pairing_id = services.sessions.give_pulse(
        actor,
        session_id,
        useful=_score(values, "useful"),
        at_ease=_score(values, "at_ease"),
        reuse=Reuse(reuse) if reuse else None,
        could_say=_score(values, "could_say"),
        learned=_text(values, "learned"),
        now=now,
    )
    given = views.pulse_given(t, services.sessions.meeting(actor, session_id))
    replies.answer_row(view, client, notices.sentence(given), used=ids.OPEN_PULSE)
    thanks = t.md("Thank you. It counts, and nobody sees who said what.")
    ack(response_action="update", view=fit_modal(t, pairing_id) if pairing_id else notices.done(t, thanks))


def _text(values: dict[str, dict[str, Any]], field: str) -> str:
    return cleaned(values.get(field, {}).get(field, {}).get("value") or "", longest=LONGEST_TEXT)


def _score(values: dict[str, dict[str, Any]], field: str) -> int | None:
    score = chosen(values, field)
    return int(score) if score else None
