"""The leads' settings: all reminders stopped or going, and what would go this week."""

from __future__ import annotations

from typing import Any

from bot.domain.forecast import Expected, Forecast, Stop
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids
from bot.views.nudges import kind_name


def settings_message(t: Texts, stop: Stop | None) -> dict[str, Any]:
    """Return the settings, with the switch."""
    week = blocks.button(t("What would go this week"), ids.OPEN_WEEK)
    if stop is None:
        said = t.md("*Reminders are on.* They come in each person's working hours, at most one a day and three a week.")
        switch = stop_button(t)
    else:
        said = stopped_sentence(t, stop)
        switch = start_button(t)
    shown = [blocks.header(t("Settings")), blocks.section(said), blocks.actions(week, switch)]
    return {"response_type": "ephemeral", **blocks.message(t("Settings"), shown)}


def week_message(t: Texts, forecast: Forecast) -> dict[str, Any]:
    """Return what would be sent within seven days, by kind, in numbers alone."""
    shown = [blocks.header(t("What would go this week"))]
    if forecast.stop is not None:
        shown.append(blocks.section(stopped_sentence(t, forecast.stop), accessory=start_button(t)))
    if forecast.kinds:
        total = t.md(
            "As things stand, the next seven days bring *{messages}* to *{people}*:",
            messages=_messages(t, forecast.messages), people=_people(t, forecast.people),
        )  # fmt: skip
        shown.append(blocks.section(Mrkdwn("\n".join([total, *(_line(t, one) for one in forecast.kinds)]))))
    else:
        shown.append(blocks.section(t.md("As things stand, no reminder goes to anybody within the next seven days.")))
    why = t.md(
        "Worked out by the rules that send them: working hours, holidays, pauses, at most one a day and three a week. "
        "Nothing was sent, and what people do meanwhile changes it."
    )
    back = blocks.button(t("Back to the settings"), ids.OPEN_SETTINGS)
    shown += [blocks.context(why), blocks.actions(back)]
    return {"response_type": "ephemeral", **blocks.message(t("What would go this week"), shown)}


def stopped_sentence(t: Texts, stop: Stop) -> Mrkdwn:
    """Say that all reminders are stopped, by whom and since when."""
    return t.md(
        "*All reminders are stopped*, by {lead}, since {when}. Proposals, introductions and answers still arrive.",
        lead=t.mentions([stop.by]), when=t.when(stop.at),
    )  # fmt: skip


def stop_button(t: Texts) -> blocks.Element:
    """Return the button that stops all reminders, once confirmed."""
    return blocks.button(
        t("Stop all reminders"), ids.ALL_NUDGES_STOP, style="danger",
        confirm=blocks.confirm(
            t("Stop all reminders?"),
            t(
                "Nobody gets a reminder or a question unasked, until a lead starts them again. What has lost its point "
                "by then never goes."
            ),
            yes=t("Stop them"), no=t("Leave them on"), danger=True,
        ),
    )  # fmt: skip


def start_button(t: Texts) -> blocks.Element:
    """Return the button that starts them again."""
    return blocks.button(t("Start reminders again"), ids.ALL_NUDGES_START, style="primary")


def _line(t: Texts, one: Expected) -> Mrkdwn:
    return t.md(
        "•  {kind}: {messages} to {people}",
        kind=kind_name(t, one.kind), messages=_messages(t, one.messages), people=_people(t, one.people),
    )  # fmt: skip


def _messages(t: Texts, count: int) -> str:
    return t.n("{count} message", "{count} messages", count)


def _people(t: Texts, count: int) -> str:
    return t.n("{count} person", "{count} people", count)
