"""Sessions as people see them: the modals to plan, log and give a pulse, the list, the letters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.letters import SessionCancelled, SessionLogged, SessionPlanned
from bot.domain.overviews import Meeting, Partnership
from bot.domain.people import Role
from bot.domain.sessions import LONGEST, LONGEST_TEXT, SHORTEST, Reuse, Session, SessionState
from bot.domain.topics import Topic
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids, words

LENGTHS = (30, 45, 60, 90, 120)


def plan_modal(
    t: Texts, partnerships: Sequence[Partnership], *, moving: Session | None = None, start: datetime | None = None,
    now: datetime,
) -> blocks.View:  # fmt: skip
    """Return the modal that plans a session, or moves *moving*; with several partnerships it asks which.

    It shows what else is planned with them, since the button that opens it may be an old one. It begins at
    *start* if one was chosen, else at the time of *moving* where that has not passed, or the first moment that suits.
    """
    first = partnerships[0]
    if start is None or start <= now:
        suits_first = first.slots[0] if first.slots else now + timedelta(days=2)
        start = moving.starts_at if moving and moving.is_to_come(now=now) else suits_first
    minutes = moving.minutes if moving else 60
    lengths = sorted({*LENGTHS, minutes})
    shown: list[blocks.Block] = [_which(t, partnerships, chosen=first.pairing.id)]
    if already := _planned_already(t, partnerships, moving=moving, now=now):
        shown.append(blocks.context(*already))
    shown.append(
        blocks.input_(
            t("When"),
            {"type": "datetimepicker", "action_id": "date", "initial_date_time": int(start.timestamp())},
            block_id="date",
        )
    )
    shown.append(
        blocks.input_(
            t("How long"),
            blocks.choice(
                "static_select",
                "minutes",
                [blocks.option(t.duration(length), str(length)) for length in lengths],
                chosen=str(minutes),
            ),
            block_id="minutes",
        )
    )
    shown.append(
        blocks.input_(
            t("Where"),
            blocks.text_input("place", value=moving.place if moving else "", longest=200),
            block_id="place",
            optional=True,
            hint=t("A room, a café, or a link for a call."),
        )
    )
    if len(partnerships) == 1:
        free = t.join(t.moment(slot) for slot in first.slots)
        suits = t.nmd(
            "Moments that suit you both: {slots}", "Moments that suit you all: {slots}", len(first.partners), slots=free
        )
        shown.append(blocks.context(suits if first.slots else no_moment(t, len(first.partners))))
    return blocks.modal(
        t,
        title=t("Move the session") if moving else t("Plan a session"),
        submit=t("Move") if moving else t("Plan"),
        callback_id=ids.PLAN,
        blocks=shown,
        metadata=_metadata(partnerships, session_id=moving.id if moving else None),
    )


def _planned_already(
    t: Texts, partnerships: Sequence[Partnership], *, moving: Session | None, now: datetime
) -> list[Mrkdwn]:
    """Return a line for each partnership that has sessions to come, other than *moving*."""
    lines = []
    for one in partnerships:
        to_come = [other for other in one.planned if other.is_to_come(now=now) and other != moving]
        if to_come:
            when = Mrkdwn(t.join(t.when(other.starts_at) for other in to_come))
            partners = t.mentions(person.user_id for person in one.partners)
            lines.append(t.md("Planned already with {partners}: {when}.", partners=partners, when=when))
    return lines


def log_modal(
    t: Texts, partnerships: Sequence[Partnership], topics: Sequence[Topic], *, now: datetime,
    session: Session | None = None, tried: str = "", minutes: int | None = None, earlier: Session | None = None,
    held_at: datetime | None = None, topic_ids: Sequence[str] = (), next_try: str = "",
) -> blocks.View:  # fmt: skip
    """Return the modal that logs a session held, prefilled from *session* or from what was typed before.

    With several partnerships it asks which, choosing none of them, nor a date or a topic from any. Where it may be
    the same session as *earlier*, it asks that too.
    """
    only = partnerships[0] if len(partnerships) == 1 else None
    planned = session or (next((one for one in only.planned if one.starts_at <= now), None) if only else None)
    length = minutes or (planned.minutes if planned else 60)
    if held_at is None:
        held_at = planned.starts_at if planned and planned.starts_at <= now else now - timedelta(minutes=length)
    chosen = topic_ids or (session.topic_ids if session else (only.topic.id,) if only else ())
    corrects = session is not None and session.state is SessionState.HELD
    shown: list[blocks.Block] = [
        _which(t, partnerships, chosen=None),
        blocks.input_(
            t("What did you try together?"),
            blocks.text_input(
                "tried", value=tried or (session.tried if session else ""), multiline=True, longest=LONGEST_TEXT
            ),
            block_id="tried",
        ),
        blocks.input_(
            t("When did it start"),
            {"type": "datetimepicker", "action_id": "date", "initial_date_time": int(held_at.timestamp())},
            block_id="date",
        ),
        blocks.input_(
            t("How many minutes"),
            {
                "type": "number_input",
                "action_id": "minutes",
                "is_decimal_allowed": False,
                "initial_value": str(length),
                "min_value": str(SHORTEST),
                "max_value": str(LONGEST),
            },
            block_id="minutes",
        ),
        blocks.input_(
            t("Topics"),
            blocks.choice(
                "multi_static_select",
                "topics",
                [blocks.option(topic.name(t.language), topic.id) for topic in topics],
                chosen=chosen,
            ),
            block_id="topics",
            optional=True,
            hint=None if only else t("Left empty, it is the topic you are paired on."),
        ),
        blocks.input_(
            t("Next thing to try"),
            blocks.text_input(
                "next_try", value=next_try or (session.next_try if session else ""), longest=LONGEST_TEXT
            ),
            block_id="next_try",
            optional=True,
        ),
    ]
    if earlier is not None:
        shown[1:1] = _another(t, earlier, len(partnerships[0].partners))
    return blocks.modal(
        t,
        title=t("Correct a session") if corrects else t("Log a session"),
        submit=t("Correct") if corrects else t("Log"),
        callback_id=ids.LOG,
        blocks=shown,
        metadata=_metadata(partnerships, session_id=session.id if session else None),
    )


def _another(t: Texts, earlier: Session, others: int) -> list[blocks.Block]:
    """Ask whether a session of the day of *earlier* is another one."""
    duration, day = t.duration(earlier.minutes), t.date(t.local(earlier.starts_at).date())
    logged = t.nmd(
        "*You two already logged {duration} on {day}.*", "*You already logged {duration} together on {day}.*", others,
        duration=duration, day=day,
    )  # fmt: skip
    what_to_do = t.md("If it is the same session, just close this form: it counts already.")
    return [
        blocks.section(Mrkdwn(f"{logged} {what_to_do}")),
        blocks.input_(
            t("Is this another session?"),
            blocks.choice("checkboxes", "another", [blocks.option(t("Yes, we met twice that day"), "another")]),
            block_id="another",
        ),
    ]


def pulse_modal(t: Texts, meeting: Meeting, *, just_logged: bool = False, corrected: bool = False) -> blocks.View:
    """Return the three-tap pulse of a held session; mentors have a fourth question."""
    pulse = meeting.pulse
    shown: list[blocks.Block] = []
    if just_logged:
        shown.append(
            blocks.section(
                t.md("*Corrected.* Three taps more, just for the programme's totals:")
                if corrected
                else t.md("*Logged.* Three taps more, just for the programme's totals:")
            )
        )
    if meeting.to_come and not corrected:
        shown.append(blocks.context(_still_planned(t, meeting.to_come)))
    shown += [
        _scale(t, t("Was it useful?"), "useful", pulse.useful if pulse else None),
        _scale(t, t("Were you at ease?"), "at_ease", pulse.at_ease if pulse else None),
    ]
    if meeting.role is Role.MENTEE:
        shown.append(
            blocks.input_(
                t("Will you use it again?"),
                blocks.choice(
                    "radio_buttons",
                    "reuse",
                    [
                        blocks.option(t("Yes"), Reuse.YES),
                        blocks.option(t("Maybe"), Reuse.MAYBE),
                        blocks.option(t("No"), Reuse.NO),
                    ],
                    chosen=pulse.reuse if pulse else None,
                ),
                block_id="reuse",
                optional=True,
            )
        )
    else:
        shown += [
            _scale(t, t("Could you say what you thought?"), "could_say", pulse.could_say if pulse else None),
            blocks.input_(
                t("Something you learned about the business"),
                blocks.text_input("learned", value=pulse.learned if pulse else "", longest=LONGEST_TEXT),
                block_id="learned",
                optional=True,
            ),
        ]
    shown.append(
        blocks.context(t.md("Nobody sees your answers. They are counted only where five people or more gave theirs."))
    )
    return blocks.modal(
        t,
        title=t("How was it?"),
        submit=t("Send"),
        close=t("Not now"),
        callback_id=ids.PULSE,
        blocks=shown,
        metadata=json.dumps({"session": meeting.session.id}),
    )


def pulse_given(t: Texts, meeting: Meeting) -> Mrkdwn:
    """Return what stands in the place of the reminder of a pulse once that was given."""
    return t.md(
        "{partners}, {when}: thank you. It counts, and nobody sees who said what.",
        partners=t.mentions(person.user_id for person in meeting.partners),
        when=t.when(meeting.session.starts_at),
    )


def corrected_sentence(t: Texts, meeting: Meeting) -> Mrkdwn:
    """Return the sentence that confirms a correction to somebody who has given their pulse already."""
    return t.nmd(
        "Corrected, and the other side has been told.",
        "Corrected, and the others have been told.",
        len(meeting.partners),
    )


def sessions_message(t: Texts, meetings: Sequence[Meeting], *, now: datetime) -> dict[str, Any]:
    """Return the actor's sessions: to confirm, to come, held, never confirmed. Those cancelled are not shown."""
    planned = [one for one in meetings if one.session.state is SessionState.PLANNED]
    groups = (
        (t("To confirm"), [one for one in planned if one.session.starts_at <= now]),
        (t("To come"), sorted((one for one in planned if one.session.starts_at > now), key=_start)),
        (t("Held"), [one for one in meetings if one.session.state is SessionState.HELD]),
        (t("Not confirmed"), [one for one in meetings if one.session.state is SessionState.UNCONFIRMED]),
    )
    if not any(group for _, group in groups):
        sentence = t.md("No session planned or held. Plan one with `/tandem plan`, or log one with `/tandem log`.")
        return blocks.notice(sentence, response_type="ephemeral")
    shown: list[blocks.Block] = []
    for title, group in groups:
        if group:
            shown.append(blocks.section(Mrkdwn(f"*{title}*")))
        for one in group[:10]:
            shown += meeting_blocks(t, one, now=now)
    text = t.n("{count} session", "{count} sessions", sum(len(group) for _, group in groups))
    return {"response_type": "ephemeral", **blocks.message(text, shown[:50])}


def meeting_blocks(t: Texts, meeting: Meeting, *, now: datetime) -> list[blocks.Block]:
    """Return one session as a line and its buttons."""
    session = meeting.session
    partners = t.mentions(person.user_id for person in meeting.partners)
    line = t.md(
        "{when} with {partners}, {duration}", when=t.when(session.starts_at), partners=partners,
        duration=t.duration(session.minutes),
    )  # fmt: skip
    details = [escape_line for escape_line in (session.place, session.tried) if escape_line]
    if details:
        line = Mrkdwn(line + "\n" + t.md("{details}", details=blocks.cut(" · ".join(details), 300)))
    buttons: list[blocks.Element] = []
    if session.is_to_come(now=now):
        buttons = move_or_cancel(t, session.id, session.sequence, session.starts_at)
    elif session.state in (SessionState.PLANNED, SessionState.UNCONFIRMED):
        buttons = [blocks.button(t("Log it"), ids.OPEN_LOG_SESSION, value=session.id, style="primary")]
    elif session.state is SessionState.HELD:
        if meeting.pulse is None and session.takes_pulse(now=t.local(now)):
            buttons.append(blocks.button(t("How was it?"), ids.OPEN_PULSE, value=session.id))
        if session.can_be_corrected(now=t.local(now)) and session.pairing_id is not None:
            buttons.append(blocks.button(t("Correct it"), ids.OPEN_LOG_SESSION, value=session.id))
    return [blocks.section(line), *([blocks.actions(*buttons)] if buttons else [])]


def dated(session_id: str, sequence: int, moment: datetime | None = None) -> str:
    """Return the value of a button about a session as it is planned now: pressed once it was moved, it tells so.

    It keeps the *moment* that its reader chose instead, if they did.
    """
    value = f"{session_id}@{sequence}"
    return f"{value}@{int(moment.timestamp())}" if moment else value


def move_or_cancel(t: Texts, session_id: str, sequence: int, starts_at: datetime) -> list[blocks.Element]:
    """Return the buttons of a session to come."""
    value = dated(session_id, sequence)
    return [
        blocks.button(t("Move"), ids.OPEN_MOVE, value=value),
        blocks.button(t("Cancel session"), ids.CANCEL_SESSION, value=value, confirm=_confirm_cancel(t, starts_at)),
    ]


def _still_planned(t: Texts, session: Session) -> Mrkdwn:
    return t.md("Still planned: {when}.", when=t.when(session.starts_at))


def no_moment(t: Texts, others: int) -> Mrkdwn:
    """Say that there is no slot to offer the reader and these *others* (how many)."""
    return t.nmd(
        "I found no moment in the next four weeks, and before your cohort ends, when you are both at work and free.",
        "I found no moment in the next four weeks, and before your cohort ends, when you are all at work and free.",
        others,
    )


def choose_a_moment(t: Texts, others: int) -> Mrkdwn:
    """Invite the reader and these *others* (how many) to find what no slot offers: see :func:`slot_buttons`."""
    none = no_moment(t, others)
    invitation = t.md("Agree on one between you, then tap *Plan a session*.")
    return Mrkdwn(f"{none} {invitation}")


def slot_buttons(t: Texts, pairing_id: str, slots: Sequence[datetime]) -> list[blocks.Element]:
    """Return a button for each slot, which plans it in one tap, and one for another time; without slots that alone."""
    if not slots:
        return [blocks.button(t("Plan a session"), ids.OPEN_PLAN, value=pairing_id, style="primary")]
    return [
        *(
            blocks.button(
                t.moment(slot),
                f"{ids.PLAN_SLOT}_{index}",
                value=_slot(pairing_id, slot),
                **({"style": "primary"} if index == 0 else {}),  # type: ignore[arg-type]
            )
            for index, slot in enumerate(slots)
        ),
        blocks.button(t("Another time"), ids.OPEN_PLAN, value=pairing_id),
    ]


def _slot(pairing_id: str | None, starts_at: datetime) -> str:
    return f"{pairing_id}@{int(starts_at.timestamp())}"


def unchanged_sentence(t: Texts, meeting: Meeting) -> Mrkdwn:
    """Return the sentence that answers a move which changes nothing."""
    return t.md(
        "Nothing was changed, and nobody was told: {when} with {partners}.",
        when=t.when(meeting.session.starts_at),
        partners=t.mentions(person.user_id for person in meeting.partners),
    )


def planned_sentence(t: Texts, meeting: Meeting) -> Mrkdwn:
    """Return the sentence that confirms a planned session to whoever planned it."""
    planned = t.nmd(
        "Planned: {when} with {partners}, {duration}. They have been told.",
        "Planned: {when} with {partners}, {duration}. Everybody has been told.",
        len(meeting.partners),
        when=t.when(meeting.session.starts_at),
        partners=t.mentions(person.user_id for person in meeting.partners),
        duration=t.duration(meeting.session.minutes),
    )
    return Mrkdwn("\n".join([planned, *_cautions(t, meeting)]))


def _cautions(t: Texts, dated: Meeting | SessionPlanned) -> list[Mrkdwn]:
    """Return what speaks against the day of a session, which its date alone does not tell."""
    cautions = [words.day_off(t)] if dated.on_day_off else []
    return [*cautions, words.on_break(t)] if dated.on_break else cautions


def planned_already_message(t: Texts, meeting: Meeting, asked_for: datetime) -> dict[str, Any]:
    """Return what becomes of the message whose slot was pressed once *meeting* was planned at another time.

    Unless that is the only session, the slot *asked_for* can be had beside it.
    """
    if not meeting.is_only:
        return _planned_by_another(t, meeting, asked_for)
    session = meeting.session
    sentence = t.md(
        "Your session with {partners} has a date already: *{when}*. If it does not suit you, move it.",
        partners=t.mentions(person.user_id for person in meeting.partners),
        when=t.when(session.starts_at),
    )
    move = blocks.button(t("Move"), ids.OPEN_MOVE, value=dated(session.id, session.sequence, asked_for))
    return blocks.message(str(sentence), [blocks.section(sentence, accessory=move)])


def _planned_by_another(t: Texts, meeting: Meeting, asked_for: datetime) -> dict[str, Any]:
    session = meeting.session
    sentence = t.md(
        "{by} has planned a session already: *{when}*. Would you like to move it, or to plan another on {moment}?",
        by=t.mentions(person.user_id for person in meeting.partners if person.id == session.planned_by),
        when=t.when(session.starts_at),
        moment=t.moment(asked_for),
    )
    ways = [
        blocks.button(t("Move it"), ids.OPEN_MOVE, value=dated(session.id, session.sequence, asked_for)),
        blocks.button(t("Plan another"), ids.PLAN_ANOTHER, value=_slot(session.pairing_id, asked_for)),
    ]
    return blocks.message(str(sentence), [blocks.section(sentence), blocks.actions(*ways)])


def logged_message(t: Texts, meeting: Meeting) -> dict[str, Any]:
    """Return the reply to a session logged in one line, with the pulse one tap away."""
    session = meeting.session
    sentence = t.md(
        "Logged: {duration} with {partners}, {when}. You tried: {tried}",
        duration=t.duration(session.minutes),
        partners=t.mentions(person.user_id for person in meeting.partners),
        when=t.when(session.starts_at),
        tried=blocks.cut(session.tried, 500),
    )
    buttons = [blocks.button(t("Correct it"), ids.OPEN_LOG_SESSION, value=session.id)]
    if meeting.pulse is None:
        buttons.insert(0, blocks.button(t("How was it?"), ids.OPEN_PULSE, value=session.id, style="primary"))
    shown = [blocks.section(sentence), blocks.actions(*buttons)]
    if meeting.to_come:
        to_come = meeting.to_come
        shown += [
            blocks.section(_still_planned(t, to_come)),
            blocks.actions(*move_or_cancel(t, to_come.id, to_come.sequence, to_come.starts_at)),
        ]
    return {"response_type": "ephemeral", **blocks.message(str(sentence), shown)}


def logged_already_message(t: Texts, meeting: Meeting, *, now: datetime) -> dict[str, Any]:
    """Return what becomes of the question how *meeting* went that is answered once somebody has logged it."""
    by = t.mentions(person.user_id for person in meeting.partners if person.id == meeting.session.logged_by)
    sentence = t.md("{by} has logged this session:", by=by) if by else t.md("This session has been logged:")
    return blocks.message(str(sentence), [blocks.section(sentence), *meeting_blocks(t, meeting, now=now)])


def moved_already_message(t: Texts, meeting: Meeting, *, now: datetime) -> dict[str, Any]:
    """Return what becomes of a row about another date of *meeting* than it has now, when it is answered."""
    sentence = t.md("This session was moved, so nothing was changed. This is its date now:")
    return blocks.message(str(sentence), [blocks.section(sentence), *meeting_blocks(t, meeting, now=now)])


def cancelled_message(t: Texts, meeting: Meeting, partnership: Partnership | None) -> dict[str, Any]:
    """Return the answer to the button that called *meeting* off: which it was, and three new slots at once."""
    others, when = len(meeting.partners), t.when(meeting.session.starts_at)
    partners = t.mentions(person.user_id for person in meeting.partners)
    cancelled = (
        t.nmd(
            "Noted: your session with {partners} ({when}) did not take place. They have been told.",
            "Noted: your session with {partners} ({when}) did not take place. Everybody has been told.",
            others, when=when, partners=partners,
        )
        if meeting.session.fell_through
        else t.nmd(
            "Cancelled: {when} with {partners}. They have been told.",
            "Cancelled: {when} with {partners}. Everybody has been told.",
            others, when=when, partners=partners,
        )
    )  # fmt: skip
    if partnership is None:
        return blocks.notice(cancelled)
    invitation = t.md("Pick a new moment while it is fresh:") if partnership.slots else choose_a_moment(t, others)
    return _with_slots(t, Mrkdwn(f"{cancelled} {invitation}"), partnership)


def gone_message(t: Texts, partnership: Partnership) -> dict[str, Any]:
    """Return what becomes of the message whose slot was pressed too late: three new slots at once."""
    partners = t.mentions(person.user_id for person in partnership.partners)
    if partnership.slots:
        sentence = t.md("That moment with {partners} is gone. Which of these suits you instead?", partners=partners)
    else:
        gone = t.md("That moment with {partners} is gone.", partners=partners)
        sentence = Mrkdwn(f"{gone} {choose_a_moment(t, len(partnership.partners))}")
    return _with_slots(t, sentence, partnership)


def _with_slots(t: Texts, sentence: Mrkdwn, partnership: Partnership) -> dict[str, Any]:
    shown = [blocks.section(sentence), blocks.actions(*slot_buttons(t, partnership.pairing.id, partnership.slots))]
    return blocks.message(str(sentence), shown)


def session_planned(letter: SessionPlanned, t: Texts) -> dict[str, Any]:
    """Draw the letter that tells of a session planned or moved."""
    by = t.mentions([letter.by])
    places = {"by": by, "when": t.when(letter.starts_at), "duration": t.duration(letter.minutes)}
    if not letter.moved:
        sentence = t.md("{by} planned a session with you: *{when}* ({duration}).", **places)
    elif letter.only_place and letter.place:
        sentence = t.md("{by} said where your session takes place: *{when}*.", **places)
    elif letter.only_place:
        sentence = t.md("{by} no longer says where your session takes place. Its date stays: *{when}*.", **places)
    elif letter.moved_from == letter.starts_at:
        sentence = t.md("{by} changed the length of your session: *{when}* ({duration}).", **places)
    elif letter.moved_from is None:
        sentence = t.md("{by} moved your session: *{when}* ({duration}).", **places)
    else:
        before = t.when(letter.moved_from)
        sentence = t.md("{by} moved your session: *{when}* ({duration}), instead of {before}.", before=before, **places)
    shown = [blocks.section(sentence)]
    if cautions := _cautions(t, letter):
        shown.append(blocks.context(*cautions))
    if letter.place:
        shown.append(blocks.context(t.md("Where: {place}", place=letter.place)))
    shown.append(blocks.actions(*move_or_cancel(t, letter.session_id, letter.sequence, letter.starts_at)))
    text = t("Your session is on {moment}", moment=t.moment(letter.starts_at))
    return blocks.message(text, blocks.row(letter.session_id, *shown))


def session_cancelled(letter: SessionCancelled, t: Texts) -> dict[str, Any]:
    """Draw the letter that tells that a session is off and offers three new slots."""
    when = t.when(letter.starts_at)
    if letter.by is None:
        partners = t.mentions(letter.partners)
        off = t.md("Your session with {partners} ({when}) did not take place.", partners=partners, when=when)
        text = t("The session of {moment} did not take place", moment=t.moment(letter.starts_at))
    else:
        off = t.md("{by} had to cancel your session ({when}).", by=t.mentions([letter.by]), when=when)
        text = t("The session of {moment} was cancelled", moment=t.moment(letter.starts_at))
    instead = t.md("It happens. Which of these suits you instead?")
    sentence = Mrkdwn(f"{off} {instead}") if letter.slots else off
    shown = [blocks.section(sentence)]
    if letter.goes_on:
        if not letter.slots:
            shown.append(blocks.section(choose_a_moment(t, len(letter.partners))))
        shown.append(blocks.actions(*slot_buttons(t, letter.pairing_id, letter.slots)))
    return blocks.message(text, blocks.row(letter.pairing_id, *shown))


def session_logged(letter: SessionLogged, t: Texts) -> dict[str, Any]:
    """Draw the letter that tells the other side of a log or its correction, and asks for their pulse."""
    places = {
        "by": t.mentions([letter.by]),
        "when": t.when(letter.held_at),
        "duration": t.duration(letter.minutes),
        "tried": blocks.cut(letter.tried, 1000),
    }
    sentence = (
        t.md("{by} corrected the log of your session ({when}, {duration}).\nYou tried: {tried}", **places)
        if letter.corrected
        else t.md("{by} logged your session ({when}, {duration}).\nYou tried: {tried}", **places)
    )
    shown = [blocks.section(sentence)]
    if letter.next_try:
        shown.append(blocks.section(t.md("Next thing to try: {next_try}", next_try=blocks.cut(letter.next_try, 1000))))
    buttons = [blocks.button(t("Correct it"), ids.OPEN_LOG_SESSION, value=letter.session_id)]
    if not letter.pulse_given:
        buttons.insert(0, blocks.button(t("How was it?"), ids.OPEN_PULSE, value=letter.session_id, style="primary"))
    shown.append(blocks.actions(*buttons))
    shown.append(blocks.context(t.md("You can correct it until {day}.", day=t.date(letter.correct_until))))
    moment = t.moment(letter.held_at)
    text = (
        t("The log of your session of {moment} was corrected", moment=moment)
        if letter.corrected
        else t("Your session of {moment} was logged", moment=moment)
    )
    return blocks.message(text, blocks.row(letter.session_id, *shown))


def chosen_pairing(metadata: str, values: dict[str, dict[str, Any]]) -> tuple[str | None, str | None]:
    """Return (pairing id, session id) of a submitted plan or log modal."""
    kept = json.loads(metadata)
    chosen = values.get("pairing", {}).get("pairing", {}).get("selected_option")
    return (chosen["value"] if chosen else kept.get("pairing")), kept.get("session")


def _metadata(partnerships: Sequence[Partnership], *, session_id: str | None) -> str:
    only = partnerships[0].pairing.id if len(partnerships) == 1 else None
    return json.dumps({"pairing": only, "session": session_id})


def _which(t: Texts, partnerships: Sequence[Partnership], *, chosen: str | None) -> blocks.Block:
    if len(partnerships) == 1:
        one = partnerships[0]
        partners = t.mentions(person.user_id for person in one.partners)
        return blocks.section(t.md("With {partners}, on {topic}", partners=partners, topic=one.topic.name(t.language)))
    options = [
        blocks.option(t.join(person.name for person in one.partners), one.pairing.id) for one in partnerships[:100]
    ]
    return blocks.input_(
        t("With"),
        blocks.choice("static_select", "pairing", options, chosen=chosen),
        block_id="pairing",
    )


def _scale(t: Texts, label: str, field: str, chosen: int | None) -> blocks.Block:
    options = [
        blocks.option(text, str(score))
        for score, text in (
            (5, t("5 · very much")),
            (4, t("4 · rather")),
            (3, t("3 · so-so")),
            (2, t("2 · not much")),
            (1, t("1 · not at all")),
        )
    ]
    return blocks.input_(
        label,
        blocks.choice("radio_buttons", field, options, chosen=str(chosen) if chosen else None),
        block_id=field,
        optional=True,
    )


def _confirm_cancel(t: Texts, starts_at: datetime) -> dict[str, Any]:
    """Return the question before a session is cancelled."""
    return blocks.confirm(
        t("Cancel this session?"),
        _which_is_off(t, starts_at),
        yes=t("Cancel session"),
        no=t("Keep it"),
    )


def confirm_not_held(t: Texts, starts_at: datetime) -> dict[str, Any]:
    """Return the question before a session that is past counts as one that did not take place."""
    return blocks.confirm(
        t("It did not take place?"),
        _which_is_off(t, starts_at),
        yes=t("It did not"),
        no=t("Back"),
    )


def _which_is_off(t: Texts, starts_at: datetime) -> str:
    return t(
        "Your session of {moment}. Whoever you meet is told at once, with new moments to choose from.",
        moment=t.moment(starts_at),
    )


def _start(meeting: Meeting) -> datetime:
    return meeting.session.starts_at
