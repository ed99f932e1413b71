"""Answers to nudges: later, no more of these, and how a session went."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Any

from slack_bolt import Ack, Respond
from slack_sdk import WebClient

from bot.domain.access import Actor, Policy
from bot.domain.nudges import known_kinds
from bot.domain.pairings import GoOn, PairingState
from bot.domain.sessions import SessionState
from bot.errors import ChangedSince, Required
from bot.locales import Texts
from bot.services import Services
from bot.views import ids, notices
from bot.views import nudges as views
from bot.views.sessions import logged_already_message, moved_already_message
from handlers import replies, sessions
from handlers.routing import Routes


def register(routes: Routes) -> None:
    """Register the journey. That a session was held, moved or cancelled is what its own buttons say elsewhere."""
    everyone = Policy.PARTICIPANT
    routes.action(ids.NUDGE_SNOOZE, snooze, policy=everyone)
    routes.view(ids.SNOOZE, snooze_until, policy=everyone)
    routes.action(ids.NUDGE_STOP, stop, policy=everyone)
    routes.action(ids.NUDGE_RESTART, restart, policy=everyone)
    for answer in (ids.WENT_HELD, ids.WENT_MOVED, ids.WENT_NOT_YET, ids.WENT_CANCELLED):
        routes.action(answer, tell_how_it_went, policy=everyone)
    routes.action(re.compile(f"^{ids.GO_ON}_"), go_on, policy=everyone)


def snooze(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Have the nudge come again after as many days as the menu says, or ask for the day."""
    choice, _, nudge_id = action["selected_option"]["value"].partition(":")
    today = t.local(now).date()
    if choice == views.UNTIL_DATE:
        last = services.nudging.last_snooze(actor, nudge_id, now=now)
        replies.open_form(body, client, views.snooze_modal(t, nudge_id, today=today, last=last))
        return
    if choice not in views.SNOOZES:
        raise ChangedSince
    again_at = services.nudging.snooze(actor, nudge_id, until=today + views.SNOOZES[choice], now=now)
    replies.replace_unanswered(body, client, respond, t, notices.sentence(views.snoozed(t, again_at)))


def snooze_until(
    ack: Ack, view: dict[str, Any], client: WebClient, actor: Actor, services: Services, now: datetime, t: Texts
) -> None:
    """Have the nudge come again on the day submitted, and say so in its message too."""
    until = view["state"]["values"]["until"]["until"]["selected_date"]
    if until is None:
        raise Required(field="until")
    nudge_id = json.loads(view["private_metadata"])["nudge"]
    again_at = services.nudging.snooze(actor, nudge_id, until=date.fromisoformat(until), now=now)
    snoozed = views.snoozed(t, again_at)
    ack(response_action="update", view=notices.done(t, snoozed))
    replies.answer_message(view, client, notices.sentence(snoozed))


def stop(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Send no more of this kind, and say how to get them back; the message stays, since it can still be answered."""
    kind = services.nudging.stop_kind(actor, action["value"], now=now)
    replies.replace_row(body, client, respond, t, views.stopped(t, kind))


def restart(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Send this kind again: from the message it was stopped in, the Home tab or the profile."""
    if not (known := known_kinds([action["value"]])):
        raise ChangedSince
    [kind] = known
    services.nudging.restart_kind(actor, kind, now=now)
    replies.replace_row(body, client, respond, t, notices.sentence(views.restarted(t, kind)))


def go_on(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Keep, lighten or close a pairing; what has planned, or was kept, since it was asked about is not closed."""
    answer = GoOn(action["action_id"].removeprefix(f"{ids.GO_ON}_"))
    pairing_id, _, weeks = action["value"].partition(":")
    asked_at_weeks = int(weeks) if weeks.isdecimal() else None
    gone_on = services.pairings.answer(actor, pairing_id, answer, asked_at_weeks=asked_at_weeks, now=now)
    if answer is GoOn.CLOSE and gone_on.pairing.state is PairingState.ACTIVE:
        partnership = services.sessions.partnership_to_log(actor, pairing_id, now=now)
        replies.replace_row(body, client, respond, t, views.goes_on(t, partnership))
        return
    replies.replace_row(body, client, respond, t, views.gone_on(t, gone_on))


def tell_how_it_went(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Take one of the four answers about a session; to whoever presses once it was logged or moved, say so."""
    button = sessions.SessionButton.from_action(action)
    meeting = services.sessions.meeting(actor, button.session_id)
    if meeting.session.state is SessionState.HELD:
        replies.replace_row(body, client, respond, t, logged_already_message(t, meeting, now=now))
        return
    went_held = action["action_id"] == ids.WENT_HELD
    if not went_held and (meeting.session.is_moved_since(button.sequence) or meeting.session.is_to_come(now=now)):
        replies.replace_row(body, client, respond, t, moved_already_message(t, meeting, now=now))
        return
    match action["action_id"]:
        case ids.WENT_HELD:
            sessions.open_log_session(body, action, client, actor, services, now, t)
        case ids.WENT_MOVED:
            sessions.open_move(body, action, client, respond, actor, services, now, t)
        case ids.WENT_NOT_YET:
            not_yet(body, action, client, respond, actor, services, now, t)
        case ids.WENT_CANCELLED:
            sessions.cancel_session(body, action, client, respond, actor, services, now, t)


def not_yet(
    body: dict[str, Any],
    action: dict[str, Any],
    client: WebClient,
    respond: Respond,
    actor: Actor,
    services: Services,
    now: datetime,
    t: Texts,
) -> None:
    """Ask again on the next working day how the session went."""
    button = sessions.SessionButton.from_action(action)
    again_at = services.nudging.ask_again(actor, button.session_id, sequence=button.sequence, now=now)
    session = services.sessions.meeting(actor, button.session_id).session
    replies.replace_row(body, client, respond, t, views.not_yet(t, session, again_at))
