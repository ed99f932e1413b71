"""Proposals and introductions as their readers see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.cohorts import Format
from bot.domain.letters import Introduction, MentorLeft, PairingEnded, ProposalAsked, ProposalClosed, Unserved
from bot.domain.overviews import Following, Partnership
from bot.domain.pairings import Fit
from bot.domain.people import Role
from bot.domain.rounds import Answer, Proposal, ProposalState
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids, reasons
from bot.views.sessions import choose_a_moment, slot_buttons

MOST_PARTNERSHIPS = 20


def proposal_asked(letter: ProposalAsked, t: Texts) -> dict[str, Any]:
    """Draw the question: would you meet these people on this topic?"""
    return blocks.message(
        t("Would you like to meet a colleague on {topic}?", topic=letter.topic.name(t.language))
        if letter.role is Role.MENTEE
        else t("A colleague would like to learn {topic} with you", topic=letter.topic.name(t.language)),
        proposal_blocks(letter, t),
    )


def proposal_blocks(letter: ProposalAsked, t: Texts) -> list[blocks.Block]:
    """Return the question and its two buttons, as the message and the Home tab show them.

    The question stays once it was answered, so that whoever answered several reads which is which.
    """
    until = t.md(
        "Only you see this. No reason is asked for a no, and nobody is told. Please answer by {when}.",
        when=t.when(letter.expires_at),
    )
    return [
        blocks.section(_to_answer(letter, t)),
        blocks.section(Mrkdwn("\n".join(_why(letter, t)))),
        *blocks.row(letter.proposal_id, _answers(letter, t), blocks.context(until)),
    ]


def proposal_row(letter: ProposalAsked, t: Texts) -> list[blocks.Block]:
    """Return the same in little room, for a message that asks several."""
    until = t.md("Please answer by {when}.", when=t.when(letter.expires_at))
    said = [_to_answer(letter, t), *_why(letter, t), until]
    return [blocks.section(Mrkdwn("\n".join(said))), *blocks.row(letter.proposal_id, _answers(letter, t))]


def _answers(letter: ProposalAsked, t: Texts) -> blocks.Block:
    return blocks.actions(
        blocks.button(t("Yes, gladly"), ids.PROPOSAL_ACCEPT, value=letter.proposal_id, style="primary"),
        blocks.button(t("Not this time"), ids.PROPOSAL_DECLINE, value=letter.proposal_id),
    )


def _to_answer(letter: ProposalAsked, t: Texts) -> Mrkdwn:
    partners = t.mentions(letter.partners)
    topic = letter.topic.name(t.language)
    question = _question(letter, t, partners=partners, topic=topic)
    if letter.another_mentor:
        second = t.md("A second mentor is asked to join you.")
        question = Mrkdwn(f"{question} {second}")
    return question


def _why(letter: ProposalAsked, t: Texts) -> list[Mrkdwn]:
    commitment = t.nmd(
        "{count} session of {duration}.", "{count} sessions of {duration}, at your own pace.", letter.sessions,
        duration=t.duration(letter.minutes),
    )  # fmt: skip
    said = [reasons.reason(t, one, letter.topics, is_pair=letter.format.is_pair) for one in letter.reasons[:3]]
    return [t.md("Why this could work:"), *(Mrkdwn(f"•  {one}") for one in said), commitment]


def _question(letter: ProposalAsked, t: Texts, *, partners: Mrkdwn, topic: str) -> Mrkdwn:
    if not letter.is_offered and letter.partners:
        return _question_of_a_lead(letter, t, partners=partners, topic=topic)
    if letter.role is Role.MENTOR:
        if letter.format is Format.COLLECTIVE:
            return t.md(
                "{partners} would like to learn *{topic}* with you, together in one session. Shall we?",
                partners=partners,
                topic=topic,
            )
        return t.md(
            "{partners} would like to learn *{topic}* with you. Would you like to meet?", partners=partners, topic=topic
        )
    match letter.format:
        case Format.COLLECTIVE if not letter.partners:
            return t.md(
                "A small group will try *{topic}* together, with two mentors. Would you like to join it?", topic=topic
            )
        case Format.COLLECTIVE:
            return t.md(
                "A small group will try *{topic}* together, with {partners}. Would you like to join it?",
                partners=partners,
                topic=topic,
            )
        case Format.FLASH:
            return t.md(
                "{partners} could show you *{topic}* in one session, the three of you. Would you like to meet?",
                partners=partners,
                topic=topic,
            )
        case _:
            return t.md("{partners} could show you *{topic}*. Would you like to meet?", partners=partners, topic=topic)


def _question_of_a_lead(letter: ProposalAsked, t: Texts, *, partners: Mrkdwn, topic: str) -> Mrkdwn:
    """Ask about people whom a lead proposes although no mentor among them offers the topic."""
    if letter.role is Role.MENTEE:
        return t.md("Would you like to meet {partners}, about *{topic}*?", partners=partners, topic=topic)
    return t.md(
        "{partners} would like to learn *{topic}*, which is not among what you offer. Would you like to meet all the "
        "same?",
        partners=partners, topic=topic,
    )  # fmt: skip


def answered(t: Texts, proposal: Proposal, answer: Answer, role: Role) -> Mrkdwn:
    """Return what stands in the place of the question once it was answered."""
    if answer is Answer.NO:
        return t.md("Understood. Nobody was told why, and you keep your place; I will look for somebody else.")
    if proposal.state is ProposalState.ACCEPTED:
        return t.md("Everybody said yes. Your introduction is on its way.")
    if proposal.state is ProposalState.DISMISSED:
        return t.md("Thank you. Meanwhile something has changed, and this meeting cannot take place after all.")
    if role is Role.MENTEE and (mentors := set(proposal.waiting_for).intersection(proposal.people(Role.MENTOR))):
        return t.nmd(
            "Noted. I am asking the mentor now, and will introduce you as soon as they say yes.",
            "Noted. I am asking the mentors now, and will write to you as soon as they have answered.",
            len(mentors),
        )
    if role is Role.MENTEE:
        return t.md(
            "Noted. The others of the group are being asked too; I will write to you as soon as everybody has answered."
        )
    return t.md("Noted. I will write to you as soon as everybody has answered.")


def proposal_closed(letter: ProposalClosed, t: Texts) -> dict[str, Any]:
    """Draw the kind word when a proposal came to nothing."""
    next_ = {
        Following.ASKED: t.md("I have asked you about somebody else meanwhile."),
        # Only who said yes was promised to go first.
        Following.WAITING: t.md("You keep your place in the next round, with nothing to do.")
        if letter.lapsed
        else t.md("You go first in the next round, with nothing to do."),
        Following.SEAT_FREE: t.md("You keep your place, and will hear when somebody would like to learn from you."),
        Following.NOTHING: Mrkdwn(""),
    }
    topic = letter.topic.name(t.language)
    sentence = (
        t.md(
            "The proposal to meet on *{topic}* is closed: its time was up without an answer, no harm done.", topic=topic
        )
        if letter.lapsed
        else t.md(
            "The meeting on *{topic}* you said yes to cannot take place after all: it happens, mostly for lack of "
            "time.",
            topic=topic,
        )
    )
    said = Mrkdwn(f"{sentence} {next_[letter.following]}".rstrip())
    text = t("A proposal is closed") if letter.lapsed else t("A proposal came to nothing")
    return blocks.message(text, [blocks.section(said)])


def unserved(letter: Unserved, t: Texts) -> dict[str, Any]:
    """Draw the word to somebody left waiting: why, what would help, and what happens next."""
    why = reasons.waiting_reason(t, letter.rule, letter.topics, letter.remedy)
    way_out = reasons.way_out(t, letter.rule, letter.remedy)
    shown = [
        blocks.section(
            t.md("This round found no mentor for you yet, and we would rather tell you than leave you wondering.")
        ),
        blocks.section(Mrkdwn(f"{why} {way_out}") if way_out else why),
        blocks.section(
            t.md(
                "*What happens next:* you go first in the next round, with nothing to do. More topics, languages or "
                "half-days in your profile make a match likelier."
            )
        ),
        blocks.actions(blocks.button(t("Look at my profile"), ids.OPEN_PROFILE)),
    ]
    return blocks.message(t("No mentor yet: you go first in the next round"), shown)


def introduction(letter: Introduction, t: Texts) -> dict[str, Any]:
    """Draw the introduction: who, on what, a first slot, and how a first session goes."""
    topic = letter.topic.name(t.language)
    sentence = _meet(letter, t, topic=topic)
    kit = letter.topic.kits.get(t.language) or letter.topic.kits.get("en") or ()
    is_only = letter.sessions == 1
    advice = [
        t.md("Set the hierarchy aside: ask anything, say what you think."),
        t.md("Do rather than explain: whoever learns holds the mouse."),
        t.md("End with one thing to try afterwards.")
        if is_only
        else t.md("End with one thing to try before you meet again."),
    ]
    guide = Mrkdwn("\n".join(f"•  {one}" for one in advice))
    shown = [
        blocks.section(sentence),
        blocks.section(
            t.md("*A session that works*\n{guide}", guide=guide)
            if is_only
            else t.md("*A first session that works*\n{guide}", guide=guide)
        ),
    ]
    if kit:
        lines = Mrkdwn("\n".join(f"•  {one}" for one in kit))
        shown.append(blocks.section(t.md("*To try together on {topic}*\n{kit}", topic=topic, kit=lines)))
    slots = blocks.actions(*slot_buttons(t, letter.pairing_id, letter.slots))
    shown += [
        *blocks.row(letter.pairing_id, blocks.section(_when(letter, t)), slots),
        blocks.context(t.md("What you say to each other stays between you: nobody else sees it, nobody is rated.")),
    ]
    title = (
        t("You are paired on {topic}", topic=topic)
        if letter.format.is_pair
        else t("You are in a group on {topic}", topic=topic)
    )
    return blocks.message(title, shown)


def _meet(letter: Introduction, t: Texts, *, topic: str) -> Mrkdwn:
    """Say who the reader meets, each in their role."""
    partners, beside = t.mentions(letter.partners), t.mentions(letter.beside)
    if letter.role is Role.MENTEE:
        met = t.nmd(
            "Meet {partners}, your mentor on *{topic}*.", "Meet {partners}, your mentors on *{topic}*.",
            len(letter.partners), partners=partners, topic=topic,
        )  # fmt: skip
        together = t.md("{people} will learn with you.", people=beside)
    else:
        met = t.nmd(
            "Meet {partners}: you are their mentor on *{topic}*.", "Meet {partners}: you mentor them on *{topic}*.",
            len(letter.partners), partners=partners, topic=topic,
        )  # fmt: skip
        together = t.md("{people} mentors with you.", people=beside)
    return Mrkdwn(f"{met} {together}") if letter.beside else met


def _when(letter: Introduction, t: Texts) -> Mrkdwn:
    duration = t.duration(letter.minutes)
    others = len(letter.partners) + len(letter.beside)
    if not letter.slots:
        when = t.md("*When?*")
        return Mrkdwn(f"{when} {choose_a_moment(t, others)}")
    if others == 1:
        return t.md("*When?* These moments suit you both; one tap plans it for {duration}.", duration=duration)
    return t.md("*When?* These moments suit everybody; one tap plans it for {duration}.", duration=duration)


def pairing_ended(letter: PairingEnded, t: Texts) -> dict[str, Any]:
    """Draw the word when a pairing has ended, nobody at fault."""
    sentence = t.md("Your pairing with {partners} has come to an end.", partners=t.mentions(letter.partners))
    shown = [blocks.section(sentence)]
    if letter.cancelled:
        when = Mrkdwn(t.join(t.when(one) for one in letter.cancelled))
        cancelled = t.nmd(
            "Your session is cancelled: {when}.",
            "Your sessions are cancelled: {when}.",
            len(letter.cancelled),
            when=when,
        )
        shown.append(blocks.section(cancelled))
    if letter.was_quiet:
        thanks = t.md(
            "Nothing had been planned for a while, so that the seats are free for others again. Thank you for the time "
            "that you gave it."
        )
        shown.append(blocks.section(thanks))
    if letter.following is Following.WAITING:
        shown.append(blocks.section(t.md("You go first in the next round, with nothing to do.")))
    elif letter.following is Following.SEAT_FREE:
        shown.append(
            blocks.section(t.md("You keep your place, and will hear when somebody would like to learn from you."))
        )
    return blocks.message(t("A pairing has come to an end"), shown)


def mentor_left(letter: MentorLeft, t: Texts) -> dict[str, Any]:
    """Draw the word that a group goes on with one mentor of two, nobody at fault."""
    topic = letter.topic.name(t.language)
    left, staying = t.mentions([letter.left]), t.mentions(letter.staying)
    if letter.is_alone:
        sentence = t.md(
            "{left} no longer mentors the group on *{topic}* with you. It goes on with you, and planned sessions stay.",
            left=left, topic=topic,
        )  # fmt: skip
    else:
        sentence = t.md(
            "{left} no longer mentors your group on *{topic}*. It goes on with {staying}, and planned sessions stay.",
            left=left, topic=topic, staying=staying,
        )  # fmt: skip
    return blocks.message(t("Your group goes on with one mentor"), [blocks.section(sentence)])


def change_question(t: Texts, partnerships: Sequence[Partnership]) -> dict[str, Any]:
    """Ask with whom somebody would rather not go on; no reason is asked for."""
    is_of_pairs = all(one.pairing.format.is_pair for one in partnerships)
    text = t("Change partner") if is_of_pairs else t("Change partner, or leave a group")
    shown: list[blocks.Block] = [blocks.section(Mrkdwn(f"*{text}*\n{_what_changing_does(t, is_pair=is_of_pairs)}"))]
    for one in partnerships[:MOST_PARTNERSHIPS]:
        who = t.md(
            "{partners} · *{topic}*",
            partners=t.mentions(person.user_id for person in one.partners),
            topic=one.topic.name(t.language),
        )
        shown.append(blocks.section(who, accessory=change_button(t, one.pairing.id, one.pairing.format)))
    return {"response_type": "ephemeral", **blocks.message(text, shown)}


def change_button(t: Texts, pairing_id: str, format_: Format) -> blocks.Element:
    """Return the button that parts whoever presses it from a pairing without a reason, once confirmed."""
    is_pair = format_.is_pair
    change = t("Change partner") if is_pair else t("Leave the group")
    return blocks.button(
        change, ids.CHANGE, value=pairing_id,
        confirm=blocks.confirm(
            t("Change partner?") if is_pair else t("Leave the group?"),
            _what_changing_does(t, is_pair=is_pair), yes=change, no=t("Go on together"), danger=True,
        ),
    )  # fmt: skip


def fit_modal(t: Texts, pairing_id: str) -> blocks.View:
    """Thank for the pulse, and ask how the pairing fits: of a path, since a group meets once."""
    shown = [
        blocks.section(t.md("Thank you. It counts, and nobody sees who said what.")),
        blocks.section(t.md("*And how do you get on?* Your answer is for you alone; a change needs no reason.")),
        blocks.actions(
            blocks.button(t("A good fit"), f"{ids.FIT}_{Fit.GOOD}", value=pairing_id, style="primary"),
            blocks.button(t("Still deciding"), f"{ids.FIT}_{Fit.DECIDING}", value=pairing_id),
            change_button(t, pairing_id, Format.PATH),
        ),
    ]
    return blocks.modal(t, title=t("Thank you"), callback_id=ids.NOTICE, blocks=shown)


def fit_said(t: Texts, fit: Fit) -> Mrkdwn:
    """Say what follows from an answer to how the pairing fits."""
    if fit is Fit.GOOD:
        return t.md("Good to hear. Enjoy the next sessions.")
    return t.md("Take your time. `/tandem change` is there whenever you like, with no reason to give.")


def asked_again(t: Texts, format_: Format) -> Mrkdwn:
    """Say what asking for the same partners again does."""
    if format_.is_pair:
        return t.md("Noted, for you alone. If you both ask, you can be proposed to each other again.")
    return t.md("Noted, for you alone. You can be proposed again to those of the group who ask too.")


def changed(t: Texts, format_: Format, following: Following) -> Mrkdwn:
    """Say that somebody has parted from a pairing, and what happens next."""
    next_ = {
        Following.ASKED: t.md("I have just asked you about somebody else."),
        Following.WAITING: t.md("You go first in the next round, with nothing to do."),
        Following.SEAT_FREE: t.md("Your seat is free again for whoever is next."),
        Following.NOTHING: Mrkdwn(""),
    }
    ended = (
        t.md("The pairing has ended, with nobody at fault.")
        if format_.is_pair
        else t.md("You have left the group, with nobody at fault.")
    )
    return Mrkdwn(f"{ended} {next_[following]}".rstrip())


def _what_changing_does(t: Texts, *, is_pair: bool) -> str:
    if is_pair:
        return t(
            "No reason is needed and nobody is at fault. The other is told kindly that the pairing has ended, and "
            "planned sessions are cancelled. I look for somebody else."
        )
    return t(
        "No reason is needed and nobody is at fault. A group large enough goes on without you; otherwise the others "
        "are told kindly that it has ended, and planned sessions are cancelled. I look for somebody else."
    )
