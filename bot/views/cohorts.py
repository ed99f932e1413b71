"""Cohorts as their leads see them: the open one in figures, the form that opens one."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.domain.cohorts import LARGEST_GOAL, LONGEST_NAME, Cohort, CohortFigures, Format
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids, words
from bot.views.home import figures_blocks


def cohort_message(t: Texts, figures: CohortFigures | None) -> dict[str, Any]:
    """Return the open cohort in figures, with the button that closes it; without one, the button that opens one."""
    if figures is None:
        said = none_open(t)
        shown = [blocks.section(Mrkdwn(said)), blocks.actions(open_button(t))]
        return {"response_type": "ephemeral", **blocks.message(said, shown)}
    close = blocks.button(
        t("Close the cohort"), ids.CLOSE_COHORT, value=figures.cohort.id, style="danger",
        confirm=blocks.confirm(
            t("Close this cohort?"),
            t(
                "Its pairings end, planned sessions are cancelled, and everybody enrolled is thanked. What was held "
                "stays in the digests. This cannot be undone."
            ),
            yes=t("Close it"), no=t("Keep it open"), danger=True,
        ),
    )  # fmt: skip
    shown = [*figures_blocks(figures, t), blocks.actions(close)]
    return {"response_type": "ephemeral", **blocks.message(t("The open cohort"), shown)}


def none_open(t: Texts) -> str:
    """Say to a lead that no cohort is open."""
    return t("No cohort is open. Opening one lets volunteers join.")


def open_button(t: Texts) -> blocks.Element:
    """Return the button that asks for a cohort to open."""
    return blocks.button(t("Open a cohort"), ids.OPEN_COHORT, style="primary")


def open_modal(t: Texts, *, today: date) -> blocks.View:
    """Return the form that opens a cohort, two weeks to enrol and eight to run unless the lead says otherwise."""
    enrol_until, starts_on, ends_on = Cohort.default_dates(today)
    formats = [
        blocks.option(words.format_name(t, one).capitalize(), one.value, description=words.format_detail(t, one))
        for one in Format
    ]
    return blocks.modal(
        t, title=t("Open a cohort"), callback_id=ids.COHORT, submit=t("Open"),
        blocks=[
            blocks.input_(
                t("Name"), blocks.text_input("name", longest=LONGEST_NAME, placeholder=t("Spring 2027")),
                block_id="name",
            ),
            blocks.input_(
                t("Volunteers can join until"), blocks.date_picker("enrol_until", chosen=enrol_until),
                block_id="enrol_until",
            ),
            blocks.input_(t("First day"), blocks.date_picker("starts_on", chosen=starts_on), block_id="starts_on"),
            blocks.input_(t("Last day"), blocks.date_picker("ends_on", chosen=ends_on), block_id="ends_on"),
            blocks.input_(
                t("People meet as"), blocks.choice("static_select", "format", formats, chosen=Format.PATH),
                block_id="format",
            ),
            blocks.input_(
                t("People to coach"), blocks.number_input("goal", least=1, most=LARGEST_GOAL), block_id="goal",
                optional=True, hint=t("A goal for the digests; leave it empty for none."),
            ),
        ],
    )  # fmt: skip


def opened_sentence(t: Texts, cohort: Cohort) -> Mrkdwn:
    """Say that a cohort is open, and what the lead may do next."""
    return t.md(
        "*{cohort}* is open. People can join with `/tandem join` or from Tandem's Home tab until {until}; then draft "
        "the first round with `/tandem round`.",
        cohort=cohort.name, until=t.date(cohort.enrol_until),
    )  # fmt: skip


def closed_sentence(t: Texts, cohort: Cohort) -> Mrkdwn:
    """Say that a cohort is closed, and where its figures are."""
    return t.md(
        "*{cohort}* is closed, and everybody enrolled is being thanked. `/tandem digest cohort {cohort}` tells what "
        "came of it, also once the next one is open.",
        cohort=cohort.name,
    )
