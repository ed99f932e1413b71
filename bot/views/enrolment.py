"""The enrolment form in its three steps, what comes after it, pausing, leaving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.domain.cohorts import Format
from bot.domain.enrolment import (
    LONGEST_PLACE,
    MOST_AVOIDED,
    MOST_TOPICS,
    OFFER,
    SPOKEN,
    WANT,
    Enrolled,
    EnrolmentForm,
    Invitation,
    Paused,
)
from bot.domain.participants import HALF_DAYS, MOST_SEATS, Place
from bot.domain.people import Role
from bot.domain.topics import Level, Use
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids, words
from bot.views.nudges import stopped_kinds

MOST_TOLD = 5
"""Planned sessions named to somebody who pauses."""


def about_step(t: Texts, invitation: Invitation, *, metadata: str) -> blocks.View:
    """Return the first step: role, languages, formats, place, half-days, and in secret whom not to meet."""
    form, cohort = invitation.form, invitation.cohort
    roles = [
        blocks.option(t("Mentor"), Role.MENTOR, description=t("I show colleagues how I use digital tools")),
        blocks.option(t("Mentee"), Role.MENTEE, description=t("I want to learn from somebody who uses them daily")),
    ]
    formats = [
        blocks.option(words.format_name(t, one).capitalize(), one.value, description=words.format_detail(t, one))
        for one in Format
    ]
    intro = t.md(
        "*{cohort}*: {start} to {end}. Three short steps; you can change everything later with `/tandem profile`.",
        cohort=cohort.name, start=t.date(cohort.starts_on), end=t.date(cohort.ends_on),
    )  # fmt: skip
    return _step(
        t, invitation, ids.JOIN_ABOUT, submit=t("Continue"), metadata=metadata, step=1, intro=intro,
        inputs=[
            blocks.input_(
                t("I would like to be"), blocks.choice("checkboxes", "roles", roles, chosen=form.roles),
                block_id="roles", hint=t("You can be both."),
            ),
            blocks.input_(
                t("Languages I can talk in"),
                blocks.choice(
                    "multi_static_select", "languages",
                    [blocks.option(t.language_name(one), one) for one in SPOKEN], chosen=form.languages,
                    placeholder=t("Choose languages"),
                ),
                block_id="languages",
            ),
            blocks.input_(
                t("How I would like to meet"), blocks.choice("checkboxes", "formats", formats, chosen=form.formats),
                block_id="formats",
                hint=t("This cohort meets as: {format}.", format=words.format_name(t, cohort.format)),
            ),
            blocks.input_(
                t("Where"),
                blocks.choice(
                    "static_select", "place", [blocks.option(words.place_name(t, one), one.value) for one in Place],
                    chosen=form.place or Place.EITHER, placeholder=t("Choose a place"),
                ),
                block_id="place",
            ),
            blocks.input_(
                t("Half-days that usually suit me"),
                blocks.choice(
                    "multi_static_select", "half_days",
                    [blocks.option(words.half_day_name(t, one), one) for one in HALF_DAYS], chosen=form.half_days,
                    placeholder=t("Choose half-days"),
                ),
                block_id="half_days", optional=True,
            ),
            blocks.input_(
                t("People I should not be paired with"),
                blocks.people_select(
                    "avoids", chosen=sorted(form.avoids), most=MOST_AVOIDED, placeholder=t("Nobody in particular")
                ),
                block_id="avoids", optional=True,
                hint=t("Nobody ever sees this: not them, not the programme leads."),
            ),
            *stopped_kinds(t, invitation.stopped),
        ],
    )  # fmt: skip


def topics_step(t: Texts, invitation: Invitation, form: EnrolmentForm, *, metadata: str) -> blocks.View:
    """Return the second step: topics to show and to learn, seats, and where one works if nobody knows."""
    options = [blocks.option(topic.name(t.language), topic.id) for topic in invitation.topics]
    seats = [blocks.option(t.number(one), str(one)) for one in range(1, MOST_SEATS + 1)]
    inputs: list[blocks.Block] = []
    if form.is_mentor:
        inputs += [
            _topics(t, "offers", t("Topics I can show"), options, form.offers),
            blocks.input_(
                t("How many people I can coach at the same time"),
                blocks.choice(
                    "static_select", "seats", seats,
                    chosen=str(form.seats),
                ),
                block_id="seats",
            ),
        ]  # fmt: skip
    if form.is_mentee:
        inputs.append(_topics(t, "wants", t("Topics I want to learn"), options, form.wants))
    if not invitation.in_directory:
        known = (
            ("department", t("My department"), form.department),
            ("team", t("My team"), form.team),
            ("site", t("My site"), form.site),
        )
        inputs += [
            blocks.input_(
                label, blocks.text_input(name, value=value, longest=LONGEST_PLACE), block_id=name, optional=True
            )
            for name, label, value in known
        ]
    return _step(t, invitation, ids.JOIN_TOPICS, submit=t("Continue"), metadata=metadata, step=2, inputs=inputs)


def levels_step(t: Texts, invitation: Invitation, form: EnrolmentForm, *, metadata: str) -> blocks.View:
    """Return the third step: one level for each topic chosen."""
    levels = [blocks.option(words.level_name(t, one), level_value(one)) for one in Level]
    uses = [blocks.option(words.use_name(t, one), level_value(one)) for one in Use]
    inputs: list[blocks.Block] = []
    for topic in invitation.topics:
        name = topic.name(t.language)
        if form.is_mentor and topic.id in form.offers:
            label = t("I can show: {topic}", topic=name)
            inputs.append(_level(t, label, f"{OFFER}{topic.id}", levels, form.offers[topic.id]))
        if form.is_mentee and topic.id in form.wants:
            label = t("I want to learn: {topic}. Today:", topic=name)
            inputs.append(_level(t, label, f"{WANT}{topic.id}", uses, form.wants[topic.id]))
    submit = t("Save") if invitation.enrolled else t("Join")
    return _step(t, invitation, ids.JOIN_LEVELS, submit=submit, metadata=metadata, step=3, inputs=inputs)


def level_value(level: Level | Use) -> str:
    """Return what stands for a level in a form."""
    return level.name.lower()


def enrolled_view(t: Texts, enrolled: Enrolled) -> blocks.View:
    """Return the modal's last face: it is done, and this is what happens next."""
    cohort = enrolled.cohort
    if enrolled.first_time:
        title, said = t("Welcome aboard"), t.md("*You are in.* Thank you for joining *{cohort}*.", cohort=cohort.name)
    else:
        title, said = t("My profile"), t.md("*Your profile is saved.* It counts from the next round of pairings on.")
    shown = [blocks.section(said)]
    if enrolled.withdrawn:
        shown.append(
            blocks.section(t.md("What was proposed to you does not fit your new profile any more, and is withdrawn."))
        )
    if enrolled.avoided_partners:
        shown.append(
            blocks.section(
                t.md(
                    "You are paired with {people} at the moment, which your list does not end. `/tandem change` does, "
                    "without a reason.",
                    people=t.mentions(enrolled.avoided_partners),
                )
            )
        )
    if enrolled.still_mentored:
        shown.append(
            blocks.section(
                t.md(
                    "You go on with {people}, whom you mentor already. `/tandem change` ends it, without a reason.",
                    people=t.mentions(enrolled.still_mentored),
                )
            )
        )
    shown += [blocks.section(_what_next(t, enrolled)), blocks.context(_how_to_change(t))]
    return blocks.modal(t, title=title, callback_id=ids.NOTICE, close=t("Done"), blocks=shown)


def _what_next(t: Texts, enrolled: Enrolled) -> Mrkdwn:
    if enrolled.late:
        when = t.md("Pairing for this cohort has begun; you are part of the next round.")
    else:
        when = t.md(
            "Enrolment stays open until {end}. Then everybody is paired at once, and you hear from me around {start}.",
            end=t.date(enrolled.cohort.enrol_until), start=t.date(enrolled.cohort.starts_on),
        )  # fmt: skip
    if Role.MENTEE in enrolled.roles:
        then = t.md("I will propose somebody to you privately, with the reasons; you are free to say no.")
    else:
        then = t.md("When somebody would like to learn from you, I will ask you privately; you are free to say no.")
    return Mrkdwn(f"{when}\n{then}")


def _how_to_change(t: Texts) -> Mrkdwn:
    return t.md("`/tandem profile` changes what you said, `/tandem pause` gives you a rest, `/tandem leave` ends it.")


def pause_modal(t: Texts, *, today: date, suggested: date) -> blocks.View:
    """Return the modal that asks until when to pause."""
    return blocks.modal(
        t, title=t("Take a break"), callback_id=ids.PAUSE, submit=t("Pause"),
        blocks=[
            blocks.section(
                t.md("You get no proposals and no nudges meanwhile, and come back by yourself on the day you choose.")
            ),
            blocks.input_(
                t("First day back"), blocks.date_picker("until", chosen=suggested), block_id="until",
                hint=t("Within six months of {today}.", today=t.date(today)),
            ),
        ],
    )  # fmt: skip


def paused_sentence(t: Texts, paused: Paused) -> Mrkdwn:
    """Say until when somebody is paused, what was withdrawn, and which sessions they still have."""
    day = t.date(paused.until)
    said = [t.md("You are paused, and back on *{day}*. `/tandem resume` brings you back sooner.", day=day)]
    if paused.withdrawn:
        said.append(t.md("What was proposed to you is withdrawn, so that nobody waits; the next round counts you in."))
    if paused.sessions_at:
        moments = Mrkdwn(t.join(t.when(one) for one in paused.sessions_at[:MOST_TOLD]))
        kept = t.nmd(
            "{count} session stays planned: {moments}. Move or cancel it with `/tandem sessions`.",
            "{count} sessions stay planned: {moments}. Move or cancel them with `/tandem sessions`.",
            len(paused.sessions_at),
            moments=moments,
        )
        said.append(kept)
    return Mrkdwn("\n".join(said))


def resumed_sentence(t: Texts, *, was_paused: bool) -> Mrkdwn:
    """Say that somebody is back, or never was away."""
    if was_paused:
        return t.md("Good to have you back: you are counted in again. `/tandem home` shows where you are.")
    return t.md("You were not paused, so nothing changed.")


def leave_question(t: Texts) -> dict[str, Any]:
    """Ask whether somebody really wants to leave, saying what it does."""
    text = t("Leave the programme?")
    return {
        "response_type": "ephemeral",
        **blocks.message(
            text,
            [
                blocks.section(Mrkdwn(f"*{text}*\n{_what_leaving_does(t)}")),
                blocks.actions(
                    leave_button(t, style="danger"),
                    blocks.button(t("Pause instead"), ids.OPEN_PAUSE),
                ),
            ],
        ),
    }


def leave_button(t: Texts, *, style: str | None = None) -> blocks.Element:
    """Return the button that leaves, once confirmed."""
    return blocks.button(
        t("Leave"), ids.LEAVE, style=style,
        confirm=blocks.confirm(
            t("Leave the programme?"), _what_leaving_does(t), yes=t("Leave"), no=t("Stay"), danger=True
        ),
    )  # fmt: skip


def _what_leaving_does(t: Texts) -> str:
    return t(
        "Your partners are told kindly that the pairing has ended, without a reason, and planned sessions are "
        "cancelled; a group large enough goes on without you. You can join again at any time."
    )


def left_sentence(t: Texts) -> Mrkdwn:
    """Say that somebody has left."""
    return t.md(
        "You have left the programme, and you will get no more messages. Thank you for having been part of it. "
        "`/tandem join` brings you back whenever you like."
    )


def _step(
    t: Texts, invitation: Invitation, callback_id: str, *, submit: str, metadata: str, step: int,
    inputs: Sequence[blocks.Block], intro: Mrkdwn | None = None,
) -> blocks.View:  # fmt: skip
    top = [blocks.section(intro)] if intro is not None else []
    return blocks.modal(
        t, title=t("My profile") if invitation.enrolled else t("Join Tandem"), callback_id=callback_id, submit=submit,
        metadata=metadata, blocks=[*top, blocks.context(t.md("Step {step} of 3", step=step)), *inputs],
    )  # fmt: skip


def _topics(
    t: Texts, name: str, label: str, options: Sequence[dict[str, Any]], chosen: Mapping[str, object]
) -> blocks.Block:
    element = blocks.choice(
        "multi_static_select", name, options, chosen=chosen, most=MOST_TOPICS, placeholder=t("Choose up to three")
    )
    return blocks.input_(label, element, block_id=name)


def _level(
    t: Texts, label: str, name: str, options: Sequence[dict[str, Any]], chosen: Level | Use | None
) -> blocks.Block:
    element = blocks.choice(
        "static_select", name, options, chosen=level_value(chosen) if chosen is not None else None,
        placeholder=t("Choose what fits"),
    )  # fmt: skip
    return blocks.input_(label, element, block_id=name)
