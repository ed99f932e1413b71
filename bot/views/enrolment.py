"""The enrolment form in its three steps, what comes after it, pausing, leaving."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
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
)
from bot.domain.letters import PairingEnded
from bot.domain.participants import HALF_DAYS, MOST_SEATS, Place
from bot.domain.people import Role
from bot.domain.topics import Level, Topic, Use
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids, words


def about_step(t: Texts, invitation: Invitation, *, metadata: str) -> blocks.View:
    """Return the first step: role, languages, formats, place, half-days, and in secret whom not to meet."""
    form, cohort = invitation.form, invitation.cohort
    roles = [
        blocks.option(t("Mentor"), Role.MENTOR, description=t("I show colleagues how I use digital tools")),
        blocks.option(t("Mentee"), Role.MENTEE, description=t("I want to learn from somebody who uses them daily")),
    ]
    formats = [
        blocks.option(
            words.format_name(t, one).capitalize(), one.value, description=words.format_detail(t, one)
        )
        for one in Format
    ]
    intro = t.md(
        "*{cohort}*: {start} to {end}. Three short steps; you can change everything later with `/tandem profile`.",
        cohort=cohort.name, start=t.date(cohort.starts_on), end=t.date(cohort.ends_on),
    )  # fmt: skip
    return _step(
        t, invitation, ids.JOIN_ABOUT, submit=t("Continue"), metadata=metadata, step=1,
        blocks_=[
            blocks.section(intro),
            blocks.input_(
                t("I would like to be"), blocks.choice("checkboxes", "roles", roles, chosen=form.roles),
                block_id="roles", hint=t("You can be both."),
            ),
            blocks.input_(
                t("Languages I can talk in"),
                blocks.choice(
                    "multi_static_select", "languages",
                    [blocks.option(words.language_name(t, one), one) for one in SPOKEN], chosen=form.languages,
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
        ],
    )  # fmt: skip


def topics_step(t: Texts, invitation: Invitation, form: EnrolmentForm, *, metadata: str) -> blocks.View:
    """Return the second step: topics to show and to learn, seats, and where one works if nobody knows."""
    options = [blocks.option(topic.name(t.language), topic.id) for topic in invitation.topics]
    inputs: list[blocks.Block] = []
    if form.is_mentor:
        inputs += [
            _topics(t, "offers", t("Topics I can show"), options, form.offers),
            blocks.input_(
                t("How many people I can coach at the same time"),
                blocks.choice(
                    "static_select", "seats", [blocks.option(t.number(one), str(one)) for one in _seats()],
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
    return _step(t, invitation, ids.JOIN_TOPICS, submit=t("Continue"), metadata=metadata, step=2, blocks_=inputs)


def levels_step(t: Texts, invitation: Invitation, form: EnrolmentForm, *, metadata: str) -> blocks.View:
    """Return the third step: one level for each topic chosen."""
    levels = [blocks.option(words.level_name(t, one), one.name.lower()) for one in Level]
    uses = [blocks.option(words.use_name(t, one), one.name.lower()) for one in Use]
    inputs: list[blocks.Block] = []
    if form.is_mentor:
        inputs += [
            _level(t.md("*I can show:* {topic}", topic=topic.name(t.language)), OFFER, topic, levels, form.offers, t)
            for topic in _chosen(invitation, form.offers)
        ]
    if form.is_mentee:
        inputs += [
            _level(t.md("*I want:* {topic}", topic=topic.name(t.language)), WANT, topic, uses, form.wants, t)
            for topic in _chosen(invitation, form.wants)
        ]
    submit = t("Save") if invitation.enrolled else t("Join")
    return _step(t, invitation, ids.JOIN_LEVELS, submit=submit, metadata=metadata, step=3, blocks_=inputs)
