"""The desk as leads see it, in private: names and dates, never what a message said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.domain.desk import Clash, Clashing, Desk, Standstill, Unanswered, Undelivered
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids, settings

MOST_LINES = 10
"""How many of a kind are listed; the rest is a number."""


def desk_message(t: Texts, desk: Desk, said: Mrkdwn | None = None) -> dict[str, Any]:
    """Return the desk; *said* tells what the button pressed has done."""
    shown = [blocks.header(t("Who needs attention"))]
    if said is not None:
        shown.append(blocks.section(said))
    if desk.stop is not None:
        shown.append(blocks.section(settings.stopped_sentence(t, desk.stop), accessory=settings.start_button(t)))
    if desk.is_clear:
        shown.append(blocks.section(t.md("Nobody needs you right now: messages arrive, and everybody is under way.")))
    shown += _undelivered(t, desk)
    for title, lines, what_to_do in (
        (
            t.md("*Introduced ten days ago or more, and no first session planned*"),
            [_unplanned(t, one) for one in desk.unplanned],
            t.md(
                "Reminders go out after three and seven days. A word from you, in person, often does more than a third."
            ),
        ),
        (
            t.md("*Not met for three weeks, and nothing planned*"),
            [_quiet(t, one) for one in desk.quiet],
            t.md(
                "After a month its people are asked whether to go on; a pairing that nobody answers for ends by itself."
            ),
        ),
        (
            t.md("*Paired, though the directory would keep them apart by now*"),
            [_clashing(t, one) for one in desk.clashing],
            t.md("They go on as they are: a word with both tells whether that suits. `/tandem change` ends a pairing."),
        ),
        (
            t.md("*No answer to a proposal yet*"),
            [_unanswered(t, one) for one in desk.unanswered],
            t.md(
                "One reminder goes out. A mentee who does not answer waits for the next round; where a mentor does "
                "not, their mentees are asked about the next candidate."
            ),
        ),
    ):
        if lines:
            shown += [blocks.divider(), blocks.section(_listed(t, title, lines)), blocks.context(what_to_do)]
    if desk.waiting:
        shown += [blocks.divider(), _waiting(t, desk)]
    shown.append(blocks.context(t.md("Only programme leads see this. Nobody is told that they are on it.")))
    return {"response_type": "ephemeral", **blocks.message(t("Who needs attention"), shown)}


def _waiting(t: Texts, desk: Desk) -> blocks.Block:
    if desk.no_more_rounds:
        over = t.nmd(
            "{count} person found no mentor. The cohort has come to its end, so no round is left in it: close it with "
            "`/tandem cohort`, and the next one is open to them.",
            "{count} people found no mentor. The cohort has come to its end, so no round is left in it: close it with "
            "`/tandem cohort`, and the next one is open to them.",
            desk.waiting,
        )
        return blocks.section(over)
    if desk.seats:
        seats = t.n("{count} seat is free", "{count} seats are free", desk.seats)
        people = t.n("{count} person waits for a mentor", "{count} people wait for a mentor", desk.waiting)
        free = t.md("{seats}, and {people}: the next round tells whether they fit.", seats=seats, people=people)
        return blocks.section(free, accessory=blocks.button(t("Draft a round"), ids.ROUND_OPEN))
    full = t.nmd(
        "{count} person waits for a mentor: `/tandem round` drafts the next round.",
        "{count} people wait for a mentor: `/tandem round` drafts the next round.",
        desk.waiting,
    )
    return blocks.section(full)


def sent_again(t: Texts) -> Mrkdwn:
    """Say that a message is on its way again."""
    return t.md("The message goes out again now, unless it turns out to have arrived. If it fails, it comes back here.")


def dropped(t: Texts) -> Mrkdwn:
    """Say that a message was given up."""
    return t.md("The message was dropped. Nobody is told.")


def _undelivered(t: Texts, desk: Desk) -> list[blocks.Block]:
    if not desk.undelivered_in_all:
        return []
    title = t.nmd("*{count} message did not arrive*", "*{count} messages did not arrive*", desk.undelivered_in_all)
    shown: list[blocks.Block] = [blocks.divider(), blocks.section(title)]
    for one in desk.undelivered:
        shown += [_message(t, one), _ways(t, one)]
    if desk.pages > 1:
        shown.append(blocks.context(t.md("Page {page} of {pages}", page=desk.page + 1, pages=desk.pages)))
        turns = []
        if desk.page > 0:
            turns.append(blocks.button(t("Later ones"), f"{ids.DESK_PAGE}_back", value=str(desk.page - 1)))
        if desk.page + 1 < desk.pages:
            turns.append(blocks.button(t("Earlier ones"), f"{ids.DESK_PAGE}_on", value=str(desk.page + 1)))
        shown.append(blocks.actions(*turns))
    return shown


def _message(t: Texts, one: Undelivered) -> blocks.Block:
    is_channel = one.conversation[:1] not in ("U", "W")
    receiver = Mrkdwn(f"<#{one.conversation}>") if is_channel else t.mentions([one.conversation])
    return blocks.section(
        t.md(
            "{receiver}: {message}, waiting since {when}.\n{why}",
            receiver=receiver, message=message_name(t, one.kind), when=t.when(one.since), why=_why(t, one),
        )
    )  # fmt: skip


def _ways(t: Texts, one: Undelivered) -> blocks.Block:
    drop = blocks.button(
        t("Drop"), ids.DESK_DROP, value=one.message_id, style="danger",
        confirm=blocks.confirm(
            t("Drop this message?"),
            t("It will not be sent any more, and leaves this list. This cannot be undone."),
            yes=t("Drop it"), no=t("Keep it"), danger=True,
        ),
    )  # fmt: skip
    if not one.can_be_sent_again:
        return blocks.actions(drop)
    return blocks.actions(blocks.button(t("Send again"), ids.DESK_RETRY, value=one.message_id), drop)


def _why(t: Texts, one: Undelivered) -> str:
    """Return in words why a message did not arrive; what has none is told by its code, for the operator."""
    if one.may_be_there and not one.can_be_sent_again:
        return t("It may be in the channel all the same. Please look there before asking for it again.")
    if one.may_be_there:
        return t("It may have arrived all the same: Tandem could not read the conversation to find out.")
    if one.is_ours:
        return t("Tandem could not write it, which is our fault. Tell whoever runs Tandem: {code}", code=one.why)
    match one.why:
        case "user_disabled" | "account_inactive":
            return t("This account has been closed.")
        case "channel_not_found" | "user_not_found" | "user_not_visible":
            return t("Slack does not find the receiver any more.")
        case "not_in_channel" | "is_archived" | "restricted_action":
            return t("Tandem may not write in this channel: invite it, or ask for the message elsewhere.")
        case "messages_tab_disabled":
            return t("Direct messages to Tandem are switched off in this workspace.")
        case code:
            return t("Slack would not take it. Tell whoever runs Tandem: {code}", code=code)


def _listed(t: Texts, title: Mrkdwn, lines: Sequence[Mrkdwn]) -> Mrkdwn:
    shown = [title, *(Mrkdwn(f"•  {line}") for line in lines[:MOST_LINES])]
    if (rest := len(lines) - MOST_LINES) > 0:
        shown.append(t.nmd("…and {count} more.", "…and {count} more.", rest))
    return Mrkdwn("\n".join(shown))


def _pair(t: Texts, mentors: Iterable[str], mentees: Iterable[str]) -> Mrkdwn:
    return t.md("{mentors} with {mentees}", mentors=t.mentions(mentors), mentees=t.mentions(mentees))


def _unplanned(t: Texts, one: Standstill) -> Mrkdwn:
    day = t.date(t.local(one.since).date())
    return t.md("{pair}, introduced on {day}", pair=_pair(t, one.mentors, one.mentees), day=day)


def _quiet(t: Texts, one: Standstill) -> Mrkdwn:
    places = {"pair": _pair(t, one.mentors, one.mentees), "day": t.date(t.local(one.since).date())}
    if one.unconfirmed:
        return t.md("{pair}, session planned for {day}, not confirmed", **places)
    return t.md("{pair}, last met on {day}", **places)


def _clashing(t: Texts, one: Clashing) -> Mrkdwn:
    pair = _pair(t, [one.mentor], [one.mentee])
    if one.clash is Clash.REPORTING_LINE:
        return t.md("{pair}, in one reporting line", pair=pair)
    return t.md("{pair}, in one team", pair=pair)


def _unanswered(t: Texts, one: Unanswered) -> Mrkdwn:
    return t.nmd(
        "{person}, {count} proposal, asked on {day}, can answer until {when}",
        "{person}, {count} proposals, first asked on {day}, can answer until {when}",
        one.proposals,
        person=t.mentions([one.user_id]), day=t.date(t.local(one.asked_at).date()), when=t.when(one.expires_at),
    )  # fmt: skip


def message_name(t: Texts, kind: str) -> str:
    """Return what a message of *kind* is, in the middle of a sentence; never what it says."""
    names = {
        "before_session": t("the reminder of a session"),
        "close_survey": t("the question at the end of a cohort"),
        "cohort_closed": t("the thanks at the end of a cohort"),
        "cohort_ending": t("the reminder of the end of a cohort"),
        "digest_posted": t("a digest"),
        "first_session_unplanned": t("the nudge to plan a first session"),
        "how_did_it_go": t("the question after a session"),
        "introduction": t("an introduction"),
        "mentor_left": t("word that one of two mentors has left"),
        "next_try": t("the nudge to try what was agreed"),
        "not_posted": t("word that a digest could not be posted"),
        "nothing_planned": t("the nudge to plan the next session"),
        "pairing_closes": t("word that a pairing is about to end"),
        "pairing_ended": t("word that a pairing has ended"),
        "pairing_lightened": t("word that a pairing meets less often"),
        "pointer": t("an answer to a message"),
        "proposal_asked": t("a proposal"),
        "proposal_closed": t("word that a proposal came to nothing"),
        "proposal_unanswered": t("the reminder of a proposal"),
        "pulse_unanswered": t("the reminder to say how it was"),
        "session_cancelled": t("word that a session was cancelled"),
        "session_logged": t("word that a session was logged"),
        "session_planned": t("word that a session was planned"),
        "still_going": t("the question whether to go on"),
        "twice_cancelled": t("the question whether to go on"),
        "unserved": t("word that nobody was found yet"),
        "usage_question": t("the question about what is used"),
        "welcome": t("the welcome"),
    }
    return names[kind] if kind in names else t("a message")
