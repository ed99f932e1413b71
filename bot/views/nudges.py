"""Nudges and reminders as their readers see them: why it came, what to do about it, when to hear again, or never."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from bot.domain.letters import (
    BeforeSession,
    FirstSessionUnplanned,
    HowDidItGo,
    NextTry,
    NothingPlanned,
    NudgeLetter,
    PairingCloses,
    PairingLightened,
    ProposalUnanswered,
    PulseUnanswered,
    StillGoing,
    ToPlan,
    Undated,
)
from bot.domain.nudges import NudgeKind
from bot.domain.overviews import Partnership
from bot.domain.pairings import GoneOn, GoOn
from bot.domain.people import Role
from bot.domain.sessions import Session
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids, words
from bot.views.proposals import change_button, proposal_blocks, proposal_row
from bot.views.sessions import choose_a_moment, confirm_not_held, dated, move_or_cancel, slot_buttons

SNOOZES = {"1": timedelta(days=1), "3": timedelta(days=3), "7": timedelta(weeks=1)}
"""What the menu offers, by value; ``date`` asks for another."""
UNTIL_DATE = "date"


def first_session_unplanned(letter: FirstSessionUnplanned, t: Texts) -> dict[str, Any]:
    """Draw the nudge to plan a first session, or several."""
    if letter.also:
        first = ToPlan(
            pairing_id=letter.pairing_id, partners=letter.partners, since=letter.introduced_on, slots=letter.slots
        )
        return nudge(
            t("Your first sessions have no date yet"),
            [
                blocks.section(t.md("You have several first sessions without a date. One at a time is fine:")),
                *_each(
                    t,
                    [
                        (t.md("{partners}, introduced on {day}", **_places(t, one)), one)
                        for one in (first, *letter.also)
                    ],
                ),
            ],
            t.md("Everybody in these pairings gets this, since any of you can plan."),
            letter,
            t,
        )
    undated = _undated(letter, t)
    invitation = t.md("One tap plans it:") if letter.slots else choose_a_moment(t, len(letter.partners))
    sentence = Mrkdwn(f"{undated} {invitation}")
    return nudge(
        t("Your first session still has no date")
        if letter.undated is Undated.NUDGED
        else t("Your first session has no date yet"),
        _with_slots(t, letter, sentence),
        t.nmd(
            "You both get this, since either of you can plan.",
            "You all get this, since any of you can plan.",
            len(letter.partners),
        ),
        letter,
        t,
    )


def _undated(letter: FirstSessionUnplanned, t: Texts) -> Mrkdwn:
    partners = t.mentions(letter.partners)
    match letter.undated:
        case Undated.INTRODUCED:
            return t.md(
                "You and {partners} were introduced on {day}, and your first session has no date yet.",
                partners=partners,
                day=t.date(letter.introduced_on),
            )
        case Undated.CALLED_OFF:
            return t.md(
                "Your first session with {partners} could not take place, and has no new date yet.", partners=partners
            )
        case Undated.KEPT:
            return t.md("You go on with {partners}, and your first session has no date yet.", partners=partners)
        case Undated.NUDGED:
            return t.md(
                "Your first session with {partners} still has no date. It need be neither long nor prepared.",
                partners=partners,
            )


def nothing_planned(letter: NothingPlanned, t: Texts) -> dict[str, Any]:
    """Draw the nudge to plan the next session, or several."""
    if letter.also:
        first = ToPlan(
            pairing_id=letter.pairing_id, partners=letter.partners, since=letter.last_met_on, slots=letter.slots,
            unconfirmed_id=letter.unconfirmed_id,
        )  # fmt: skip
        return nudge(
            t("Your next sessions have no date yet"),
            [
                blocks.section(t.md("Nothing is planned in several of your pairings. When would you like to go on?")),
                *_each(t, [(_last_met(t, one), one) for one in (first, *letter.also)]),
            ],
            t.md("Everybody in these pairings gets this after two weeks or more without a date."),
            letter,
            t,
        )
    places = {"partners": t.mentions(letter.partners), "day": t.date(letter.last_met_on)}
    if letter.unconfirmed_id is not None:
        sentence = (
            t.md(
                "Your session with {partners} was planned for {day}. It is not confirmed, and no other is planned. If "
                "you met, log it. If not, when will you meet?",
                **places,
            )
            if letter.meets_once
            else t.md(
                "Your session with {partners} was planned for {day}. It is not confirmed, and nothing is planned. If "
                "you met, log it. When would you like to go on?",
                **places,
            )
        )
        return nudge(
            t("Your session has no new date yet") if letter.meets_once else t("Your next session has no date yet"),
            _with_slots(t, letter, sentence),
            t.nmd(
                "You both get this two weeks after a session that nobody logged, when nothing is planned.",
                "You all get this two weeks after a session that nobody logged, when nothing is planned.",
                len(letter.partners),
            ),
            letter,
            t,
        )
    sentence = t.md(
        "You last met {partners} on {day}, and nothing is planned for now. When would you like to go on?", **places
    )
    return nudge(
        t("Your next session has no date yet"),
        _with_slots(t, letter, sentence),
        t.nmd(
            "You both get this when you last met two weeks ago or more, and nothing is planned.",
            "You all get this when you last met two weeks ago or more, and nothing is planned.",
            len(letter.partners),
        ),
        letter,
        t,
    )


def still_going(letter: StillGoing, t: Texts) -> dict[str, Any]:
    """Draw the question whether to go on, or several: keep, lighten or close; a group meets once, so not less often."""
    if letter.also:
        shown = [blocks.section(t.md("Would you like to go on? Each of these is answered on its own:"))]
        for one in (letter, *letter.also):
            shown += [blocks.divider(), *_asked_to_go_on(one, t, with_day=True)]
        return nudge(
            t("Keep going, or end it?"),
            shown,
            t.md(
                "Everybody concerned gets this after a month without a date. What ends does so with nobody at fault, "
                "so that the seats are free for others."
            ),
            letter,
            t,
        )
    if letter.twice_cancelled:
        why = t.md("Only your side is asked. Whatever you choose needs no reason.")
    else:
        why = _ends_by_itself(t, letter.closes_on, is_pair=letter.format.is_pair)
    return nudge(
        t("Keep going, meet less often, or end it?") if _can_lighten(letter) else t("Keep going, or end it?"),
        _asked_to_go_on(letter, t),
        why, letter, t,
    )  # fmt: skip


def _ends_by_itself(t: Texts, closes_on: date | None, *, is_pair: bool) -> Mrkdwn:
    if closes_on is None:
        return (
            t.md("You both get this after a month without a date.")
            if is_pair
            else t.md("You all get this after a month without a date.")
        )
    day = t.date(closes_on)
    return (
        t.md(
            "You both get this after a month without a date. Without an answer the pairing ends on {day}, with "
            "nobody at fault, so that the seats are free for others.",
            day=day,
        )
        if is_pair
        else t.md(
            "You all get this after a month without a date. Without an answer the group ends on {day}, with "
            "nobody at fault, so that the seats are free for others.",
            day=day,
        )
    )


def pairing_closes(letter: PairingCloses, t: Texts) -> dict[str, Any]:
    """Draw the word to somebody who stopped the question whether to go on that their pairing is about to end."""
    why = t.md(
        "You stopped the questions whether to go on. This is no such question: it comes once, so that nothing ends "
        "without your knowing."
    )
    text = t("Without an answer it ends on {day}.", day=t.date(letter.closes_on))
    return blocks.message(text, [*_asked_to_go_on(letter, t, with_day=True), blocks.context(why)])


def _asked_to_go_on(letter: StillGoing | PairingCloses, t: Texts, *, with_day: bool = False) -> list[blocks.Block]:
    """Ask about one pairing; whom it is about stays to be read once it was answered."""
    sentence = _quiet(letter, t)
    if with_day and letter.closes_on is not None:
        until = t.md("Without an answer it ends on {day}.", day=t.date(letter.closes_on))
        sentence = Mrkdwn(f"{sentence} {until}")
    return [
        blocks.section(sentence),
        *blocks.row(letter.pairing_id, blocks.actions(*_ways_to_go_on(letter, t))),
    ]


def _quiet(letter: StillGoing | PairingCloses, t: Texts) -> Mrkdwn:
    partners = t.mentions(letter.partners)
    if isinstance(letter, StillGoing) and letter.twice_cancelled:
        if _can_lighten(letter):
            return t.md(
                "Two sessions with {partners} in a row could not take place. Would another rhythm suit you better?",
                partners=partners,
            )
        return t.md(
            "Two sessions in a row with {partners} could not take place. Would you still like to meet?",
            partners=partners,
        )
    if letter.has_met:
        return t.md(
            "You and {partners} have not met for a while, and nothing is planned. Do you want to go on?",
            partners=partners,
        )
    return t.md(
        "You and {partners} have not met yet, and nothing is planned. Would you still like to?", partners=partners
    )


def _can_lighten(letter: StillGoing | PairingCloses) -> bool:
    """True where there is a rhythm: a group meets once, and who has never met has none."""
    return letter.format.is_pair and letter.has_met


def _ways_to_go_on(letter: StillGoing | PairingCloses, t: Texts) -> list[blocks.Element]:
    is_pair = letter.format.is_pair
    # The other of a pair may have answered by the time this one does: with the rhythm, the same wish counts once.
    asked_about = f"{letter.pairing_id}:{letter.cadence_weeks}"
    keep = blocks.button(t("Keep going"), f"{ids.GO_ON}_{GoOn.KEEP}", value=letter.pairing_id, style="primary")
    lighten = blocks.button(t("Meet less often"), f"{ids.GO_ON}_{GoOn.LIGHTEN}", value=asked_about)
    end = blocks.button(
        t("End it here"),
        f"{ids.GO_ON}_{GoOn.CLOSE}",
        value=letter.pairing_id,
        confirm=blocks.confirm(
            t("End this pairing?") if is_pair else t("End this group?"),
            t("The other is told that it has ended, and not by whom. You are both free to be paired again.")
            if is_pair
            else t("The others are told that it has ended, and not by whom. Everybody is free to be paired again."),
            yes=t("End it"),
            no=t("Not yet"),
        ),
    )
    return [keep, lighten, end] if _can_lighten(letter) else [keep, end]


def gone_on(t: Texts, gone: GoneOn) -> dict[str, Any]:
    """Return what stands in the place of the question once it was answered."""
    pairing = gone.pairing
    if gone.answer is GoOn.CLOSE:
        return blocks.notice(
            t.md("The pairing has ended, with nobody at fault. Thank you for saying so.")
            if pairing.format.is_pair
            else t.md("The group has ended, with nobody at fault. Thank you for saying so.")
        )
    if gone.answer is GoOn.KEEP:
        sentence = _glad(t, gone)
    elif gone.is_news:
        sentence = t.md(
            "From now on you meet every {weeks} weeks or so. When is the next time?", weeks=pairing.cadence_weeks
        )
    else:
        sentence = t.md(
            "That is so already: every {weeks} weeks or so. When is the next time?", weeks=pairing.cadence_weeks
        )
    plan = blocks.button(t("Plan"), ids.OPEN_PLAN, value=pairing.id, style="primary")
    return blocks.message(str(sentence), blocks.row(pairing.id, blocks.section(sentence, accessory=plan)))


def goes_on(t: Texts, partnership: Partnership) -> dict[str, Any]:
    """Return what stands in the place of an old question by which a pairing that goes on since was to be ended."""
    pairing = partnership.pairing
    if partnership.planned:
        why = t.md(
            "A session has been planned since: *{when}*. So nothing was ended.",
            when=t.when(partnership.planned[0].starts_at),
        )
    else:
        why = t.md("This was answered since: you go on. So nothing was ended.")
    way_out = t.md("If you would rather not, that needs no reason:")
    sentence = Mrkdwn(f"{why} {way_out}")
    shown = [blocks.section(sentence), blocks.actions(change_button(t, pairing.id, pairing.format))]
    return blocks.message(str(sentence), blocks.row(pairing.id, *shown))


def _glad(t: Texts, gone: GoneOn) -> Mrkdwn:
    """Say the rhythm too, where there is one: the other may have made it less frequent meanwhile."""
    pairing = gone.pairing
    if not gone.has_met:
        return t.md("Glad that you would still like to. When do you meet?")
    if not pairing.format.is_pair or pairing.cadence_weeks == 1:
        return t.md("Glad that you go on. When do you meet next?")
    return t.md("Glad that you go on, every {weeks} weeks or so. When do you meet next?", weeks=pairing.cadence_weeks)


def pairing_lightened(letter: PairingLightened, t: Texts) -> dict[str, Any]:
    """Draw the word that a pairing meets less often from now on."""
    sentence = t.md(
        "You and {partners} meet less often from now on: every {weeks} weeks or so.",
        partners=t.mentions(letter.partners), weeks=letter.weeks,
    )  # fmt: skip
    plan = blocks.button(t("Plan"), ids.OPEN_PLAN, value=letter.pairing_id)
    shown = [blocks.section(sentence), *blocks.row(letter.pairing_id, blocks.actions(plan))]
    return blocks.message(t("You meet less often from now on"), shown)


def next_try(letter: NextTry, t: Texts) -> dict[str, Any]:
    """Draw the nudge to try what was agreed."""
    sentence = t.md(
        "With {partners} you agreed on something to try next:\n{next_try}",
        partners=t.mentions(letter.partners),
        next_try=blocks.cut(letter.next_try, 1000),
    )
    shown = [blocks.section(sentence)]
    if letter.pairing_id is not None:
        ways = blocks.actions(
            blocks.button(t("Plan the next session"), ids.OPEN_PLAN, value=letter.pairing_id, style="primary"),
            blocks.button(t("Log a session"), ids.OPEN_LOG, value=letter.pairing_id),
        )
        shown += blocks.row(letter.pairing_id, ways)
    return nudge(
        t("Something to try before your next session")
        if letter.pairing_id is not None
        else t("Something you wanted to try"),
        shown,
        t.md("You get this five working days after you agreed on it. Nobody is told whether you tried."),
        letter,
        t,
    )


def before_session(letter: BeforeSession, t: Texts) -> dict[str, Any]:
    """Draw the reminder of a session, or several; the mentor gets the topic's kit with it."""
    if letter.also:
        shown, guided = [], set[str]()
        for one in (letter, *letter.also):
            with_kit = one.role is Role.MENTOR and one.topic.id not in guided
            if with_kit:
                guided.add(one.topic.id)
            shown += [blocks.divider(), *_reminded(one, t, with_kit=with_kit)]
        return nudge(t("Your next sessions"), shown[1:], t.md("You get this before each of your sessions."), letter, t)
    return nudge(
        t("Your session is on {moment}", moment=t.moment(letter.starts_at)),
        _reminded(letter, t, with_kit=letter.role is Role.MENTOR),
        t.md("You get this before each of your sessions."),
        letter,
        t,
    )


def _reminded(letter: BeforeSession, t: Texts, *, with_kit: bool) -> list[blocks.Block]:
    shown = [
        blocks.section(
            t.md(
                "You meet {partners} about {topic}: *{when}*, for {duration}.",
                partners=t.mentions(letter.partners),
                when=t.when(letter.starts_at),
                duration=t.duration(letter.minutes),
                topic=letter.topic.name(t.language),
            )
        )
    ]
    if letter.on_day_off:
        shown.append(blocks.context(words.day_off(t)))
    if letter.place:
        shown.append(blocks.context(t.md("Where: {place}", place=letter.place)))
    if letter.next_try:
        shown.append(
            blocks.section(t.md("*You wanted to try next*\n{next_try}", next_try=blocks.cut(letter.next_try, 1000)))
        )
    if with_kit:
        shown += _kit(letter, t)
    shown.append(blocks.actions(*move_or_cancel(t, letter.session_id, letter.sequence, letter.starts_at)))
    return blocks.row(letter.session_id, *shown)


def how_did_it_go(letter: HowDidItGo, t: Texts) -> dict[str, Any]:
    """Draw the question after a session, or several, each with its four answers."""
    shown = [block for one in (letter, *letter.also) for block in _asked(one, t)]
    return nudge(
        t("How did your sessions go?") if letter.also else t("How did your session go?"),
        shown,
        t.md("Any answer will do, and one person's is enough. Logging a session takes twenty seconds."),
        letter,
        t,
    )


def _asked(letter: HowDidItGo, t: Texts) -> list[blocks.Block]:
    sentence = t.md(
        "How did it go with {partners}? Your session was planned for {when}.",
        partners=t.mentions(letter.partners),
        when=t.when(letter.starts_at),
    )
    value = dated(letter.session_id, letter.sequence)
    answers = blocks.actions(
        blocks.button(t("We met"), ids.WENT_HELD, value=letter.session_id, style="primary"),
        blocks.button(t("We moved it"), ids.WENT_MOVED, value=value),
        blocks.button(t("Not yet"), ids.WENT_NOT_YET, value=value),
        blocks.button(t("Cancelled"), ids.WENT_CANCELLED, value=value, confirm=confirm_not_held(t, letter.starts_at)),
    )
    return blocks.row(letter.session_id, blocks.section(sentence), answers)


def pulse_unanswered(letter: PulseUnanswered, t: Texts) -> dict[str, Any]:
    """Draw the reminder of a pulse, or several."""
    if letter.also:
        lines = [block for one in (letter, *letter.also) for block in _to_rate(one, t)]
        return nudge(
            t("Were your sessions useful?"),
            [blocks.section(t.md("Three taps about each of these sessions: was it useful?")), *lines],
            t.md("Your answers only count in totals, nobody sees who said what."),
            letter,
            t,
        )
    sentence = t.md(
        "Three taps about your session with {partners} ({when}): was it useful?",
        partners=t.mentions(letter.partners),
        when=t.when(letter.held_at),
    )
    return nudge(
        t("Was your session useful?"),
        blocks.row(
            letter.session_id,
            blocks.section(sentence),
            blocks.actions(blocks.button(t("How was it?"), ids.OPEN_PULSE, value=letter.session_id, style="primary")),
        ),
        t.md(
            "Your answer only counts in totals, nobody sees who said what. It can be given until {day}.",
            day=t.date(letter.closes_on),
        ),
        letter,
        t,
    )


def _to_rate(one: PulseUnanswered, t: Texts) -> list[blocks.Block]:
    line = t.md(
        "With {partners}, {when}: until {day}", partners=t.mentions(one.partners), when=t.when(one.held_at),
        day=t.date(one.closes_on),
    )  # fmt: skip
    how = blocks.button(t("How was it?"), ids.OPEN_PULSE, value=one.session_id)
    return blocks.row(one.session_id, blocks.section(line, accessory=how))


def proposal_unanswered(letter: ProposalUnanswered, t: Texts) -> dict[str, Any]:
    """Draw the reminder of a proposal, the question again as it was asked, or of several."""
    if letter.also:
        shown = [blocks.section(t.md("These proposals wait for your answer, each on its own:"))]
        for one in (letter.asked, *letter.also):
            shown += [blocks.divider(), *proposal_row(one, t)]
        return nudge(
            t("Proposals wait for your answer"),
            shown,
            t.md(
                "Only you see this. Somebody may be waiting for your answer; no is a fine one, needs no reason, and "
                "nobody is told."
            ),
            letter,
            t,
        )
    *question, _ = proposal_blocks(letter.asked, t)
    return nudge(
        t("A proposal waits for your answer"),
        question,
        t.md(
            "Somebody may be waiting for your answer; no is a fine one, and needs no reason. The proposal stays open "
            "until {when}.",
            when=t.when(letter.asked.expires_at),
        ),
        letter,
        t,
    )


def snooze_modal(t: Texts, nudge_id: str, *, today: date, last: date) -> blocks.View:
    """Return the modal that asks until when: until *last* at most."""
    picker = blocks.date_picker("until", chosen=min(today + timedelta(weeks=2), last))
    return blocks.modal(
        t,
        title=t("Remind me later"),
        submit=t("Remind me"),
        callback_id=ids.SNOOZE,
        blocks=[
            blocks.input_(
                t("On which day?"), picker, block_id="until", hint=t("On {day} at the latest.", day=t.date(last))
            )
        ],
        metadata=json.dumps({"nudge": nudge_id}),
    )


def snoozed(t: Texts, again_at: datetime) -> Mrkdwn:
    """Return what stands in the place of a message that was put off."""
    return t.md("Understood. Next reminder: {when}.", when=t.when(again_at))


def not_yet(t: Texts, session: Session, again_at: datetime | None) -> dict[str, Any]:
    """Return what stands in the place of the question when the session has not taken place yet."""
    sentence = (
        t.md(
            "No harm done. I will not ask again before {when}. If you have a new date, move it there:",
            when=t.when(again_at),
        )
        if again_at
        else t.md("No harm done. Once you have a new date, move it there:")
    )
    move = blocks.button(t("Move"), ids.OPEN_MOVE, value=dated(session.id, session.sequence))
    return blocks.message(str(sentence), [blocks.section(sentence, accessory=move)])


def restarted(t: Texts, kind: NudgeKind) -> Mrkdwn:
    """Return what stands in the place of the way back once it was taken."""
    return t.md("Done: {kind} will come again.", kind=kind_name(t, kind))


def stopped(t: Texts, kind: NudgeKind) -> dict[str, Any]:
    """Return what stands in the place of the foot of a message whose kind was stopped, with the way back."""
    sentence = t.md("Understood: no more {kind} for you.", kind=kind_name(t, kind))
    where = t.md("If you change your mind: your Home tab and `/tandem profile` list what you stopped.")
    shown = [blocks.section(sentence, accessory=_restart(t, kind)), blocks.context(where)]
    return blocks.message(str(sentence), shown)


def stopped_kinds(t: Texts, kinds: Iterable[NudgeKind]) -> list[blocks.Block]:
    """Return a row for each kind of message that somebody stopped, with the way back."""
    return [
        block
        for kind in sorted(kinds, key=lambda kind: kind.usefulness)
        for block in blocks.row(
            kind,
            blocks.section(
                t.md("You get no more {kind}.", kind=kind_name(t, kind)), accessory=_restart(t, kind)
            ),
        )
    ]  # fmt: skip


def _restart(t: Texts, kind: NudgeKind) -> blocks.Element:
    return blocks.button(t("Send me these again"), ids.NUDGE_RESTART, value=kind)


def kind_name(t: Texts, kind: NudgeKind) -> str:
    """Return what a kind of message is called, in the middle of a sentence: to whoever gets it, and to leads."""
    names = {
        NudgeKind.HOW_DID_IT_GO: t("questions after a session"),
        NudgeKind.BEFORE_SESSION: t("reminders before a session"),
        NudgeKind.PROPOSAL_UNANSWERED: t("reminders of a proposal"),
        NudgeKind.FIRST_SESSION_UNPLANNED: t("nudges to plan a first session"),
        NudgeKind.TWICE_CANCELLED: t("questions about the rhythm of sessions"),
        NudgeKind.STILL_GOING: t("questions whether to go on"),
        NudgeKind.COHORT_ENDING: t("reminders of the end of a cohort"),
        NudgeKind.CLOSE_SURVEY: t("questions at the end of a cohort"),
        NudgeKind.USAGE_QUESTION: t("questions about use a month later"),
        NudgeKind.NEXT_TRY: t("nudges to try what was agreed"),
        NudgeKind.PULSE_UNANSWERED: t("reminders to say how it was"),
        NudgeKind.NOTHING_PLANNED: t("nudges to plan the next session"),
    }
    return names[kind]


def nudge(text: str, shown: list[blocks.Block], why: Mrkdwn, letter: NudgeLetter, t: Texts) -> dict[str, Any]:
    """Return *shown* with what every nudge ends with: why it came, and how to hear of it later or not at all."""
    stop = blocks.button(t("Stop these"), ids.NUDGE_STOP, value=letter.nudge_id)
    foot = blocks.row(blocks.FOOT, blocks.context(why), blocks.actions(*_later(letter, t), stop))
    return blocks.message(text, [*shown, *foot])


def _later(letter: NudgeLetter, t: Texts) -> list[blocks.Element]:
    """Return the menu that puts a nudge off for as long as it is of use; none where that is not until tomorrow."""
    names = {"1": t("Tomorrow"), "3": t("In three days"), "7": t("In a week")}
    most = timedelta.max if letter.most_days is None else timedelta(days=letter.most_days)
    choices = [(name, choice) for choice, name in names.items() if SNOOZES[choice] <= most]
    if not choices:
        return []
    if most > min(SNOOZES.values()):
        choices.append((t("On another day…"), UNTIL_DATE))
    options = [blocks.option(name, f"{choice}:{letter.nudge_id}") for name, choice in choices]
    return [blocks.choice("static_select", ids.NUDGE_SNOOZE, options, placeholder=t("Remind me later"))]


def _last_met(t: Texts, one: ToPlan) -> Mrkdwn:
    if one.unconfirmed_id is not None:
        return t.md("{partners}, session planned for {day}, not confirmed", **_places(t, one))
    return t.md("{partners}, last met on {day}", **_places(t, one))


def _places(t: Texts, one: ToPlan) -> dict[str, str]:
    return {"partners": t.mentions(one.partners), "day": t.date(one.since)}


def _each(t: Texts, pairings: Iterable[tuple[Mrkdwn, ToPlan]]) -> list[blocks.Block]:
    """Return a line for each pairing, with its own moments."""
    return [block for line, one in pairings for block in (blocks.divider(), *_with_slots(t, one, line))]


def _with_slots(t: Texts, one: FirstSessionUnplanned | NothingPlanned | ToPlan, line: Mrkdwn) -> list[blocks.Block]:
    ways = slot_buttons(t, one.pairing_id, one.slots)
    if not isinstance(one, FirstSessionUnplanned) and one.unconfirmed_id is not None:
        ways.append(blocks.button(t("Log it"), ids.OPEN_LOG_SESSION, value=one.unconfirmed_id))
    return blocks.row(one.pairing_id, blocks.section(line), blocks.actions(*ways))


def _kit(letter: BeforeSession, t: Texts) -> list[blocks.Block]:
    kit = letter.topic.kits.get(t.language) or letter.topic.kits.get("en") or ()
    tip = letter.topic.tips.get(t.language) or letter.topic.tips.get("en")
    shown = []
    if kit:
        lines = Mrkdwn("\n".join(t.md("•  {thing}", thing=thing) for thing in kit))
        shown.append(blocks.section(t.md("*Three things to try together*\n{kit}", kit=lines)))
    if tip:
        shown.append(blocks.context(t.md("{tip}", tip=tip)))
    return shown
