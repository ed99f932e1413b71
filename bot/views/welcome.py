"""First words: the welcome, the answer to somebody who writes to Tandem, the thanks at the end."""

from __future__ import annotations

from typing import Any

from bot.domain.letters import CohortClosed, Pointer, Welcome
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids

MOST_PAIRINGS = 20


def what_it_is(t: Texts) -> Mrkdwn:
    """Say in three lines what Tandem is."""
    return Mrkdwn(
        "\n".join(
            (
                t.md("Colleagues who grew up with digital tools show them to experienced colleagues, as equals."),
                t.md("Say what you could show or would like to learn: I propose somebody, and you decide."),
                t.md("It all happens here in Slack, and what you say to each other stays between you."),
            )
        )
    )


def join_button(t: Texts) -> blocks.Element:
    """Return the button that opens the enrolment form."""
    return blocks.button(t("Join"), ids.OPEN_JOIN, style="primary")


def welcome(letter: Welcome, t: Texts) -> dict[str, Any]:
    """Welcome somebody who opened Tandem for the first time."""
    greeting = t("Welcome to Tandem, reverse mentoring at work")
    shown = [blocks.section(Mrkdwn(f"*{greeting}*\n{what_it_is(t)}"))]
    if letter.cohort_name is None:
        shown.append(blocks.section(t.md("No cohort is open right now. The next one will be in the Home tab.")))
    else:
        when = (
            t.md(
                "*{cohort}* takes volunteers until {day}. Joining takes two minutes.",
                cohort=letter.cohort_name, day=t.date(letter.enrol_until),
            )
            if letter.enrol_until is not None
            else t.md("*{cohort}* has begun, and you can still join. It takes two minutes.", cohort=letter.cohort_name)
        )  # fmt: skip
        shown += [blocks.section(when), blocks.actions(join_button(t))]
    shown.append(blocks.context(t.md("You get this message once, because you opened Tandem for the first time.")))
    return blocks.message(greeting, shown)


def pointer(letter: Pointer, t: Texts) -> dict[str, Any]:
    """Answer somebody who wrote to Tandem in their own words."""
    text = t("I am a bot, and I cannot follow a conversation")
    if letter.enrolled:
        said = t.md("`/tandem log` notes a session, `/tandem home` shows where you are, `/tandem help` all the rest.")
        buttons = [blocks.button(t("My profile"), ids.OPEN_PROFILE)]
    else:
        said = t.md("`/tandem join` makes you a mentor, a mentee or both; `/tandem help` tells all that I can do.")
        buttons = [join_button(t)]
    return blocks.message(
        text,
        [
            blocks.section(t.md("I am a bot, and I cannot follow a conversation; nobody else reads this one either.")),
            blocks.actions(*buttons),
            blocks.context(said),
        ],
    )


def cohort_closed(letter: CohortClosed, t: Texts) -> dict[str, Any]:
    """Thank somebody at the end of their cohort."""
    text = t("{cohort} has come to its end", cohort=letter.cohort_name)
    shown = [
        blocks.section(t.md("*{cohort}* has come to its end. Thank you for taking part.", cohort=letter.cohort_name))
    ]
    for pairing_id, partners in list(letter.pairings.items())[:MOST_PAIRINGS]:
        ends = t.md(
            "What we planned for you and {partners} ends with it. Nothing keeps you from meeting again.",
            partners=t.mentions(partners),
        )
        shown.append(blocks.section(ends, accessory=blocks.button(t("Gladly again"), ids.AGAIN, value=pairing_id)))
    shown.append(blocks.context(t.md("The next cohort will be in Tandem's Home tab, for you to join if you like.")))
    return blocks.message(text, shown)
