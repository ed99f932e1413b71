"""The leads' settings: when reminders come, all of them stopped or going, days off, and what would go this week."""

from __future__ import annotations

from datetime import time
from typing import Any

from bot.domain.forecast import Expected, Forecast, Stop
from bot.domain.nudges import NudgeKind
from bot.domain.policy import EARLIEST_CLOSING, LATEST_OPENING, MOST_A_WEEK, DaysOff, NudgePolicy, Settings, half_hours
from bot.domain.working_time import CLOSES, OPENS
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids
from bot.views.nudges import kind_name


def settings_message(t: Texts, settings: Settings) -> dict[str, Any]:
    """Return the settings: when reminders come, with the switch, and the days off."""
    policy, stop = settings.policy, settings.stop
    change = blocks.button(t("Change"), ids.OPEN_NUDGE_POLICY)
    week = blocks.button(t("What would go this week"), ids.OPEN_WEEK)
    shown = [blocks.header(t("Settings"))]
    said = t.md("*Reminders are on.* {rhythm}", rhythm=_rhythm(t, policy))
    if settings.falls_on:
        shown.append(
            blocks.section(
                t.nmd(
                    "*Added.* {count} planned session falls on these days. It stays as it is; the reminder before it "
                    "says that it is a day off.",
                    "*Added.* {count} planned sessions fall on these days. They stay as they are; the reminder before "
                    "each says that it is a day off.",
                    settings.falls_on,
                )
            )
        )
    if stop is not None:
        shown.append(blocks.section(stopped_sentence(t, stop)))
        said = t.md("*Once they are started again:*\n{rhythm}", rhythm=_rhythm(t, policy))
    shown.append(blocks.section(said, accessory=change))
    if policy.never:
        kinds = t.join(kind_name(t, kind) for kind in sorted(policy.never, key=lambda kind: kind.usefulness))
        shown.append(blocks.context(t.md("Never sent: {kinds}.", kinds=kinds)))
    shown.append(blocks.actions(week, stop_button(t) if stop is None else start_button(t)))
    shown += [blocks.divider(), *_days_off(t, policy)]
    return {"response_type": "ephemeral", **blocks.message(t("Settings"), shown)}


def _rhythm(t: Texts, policy: NudgePolicy) -> Mrkdwn:
    """Say when reminders come and how often at most."""
    return t.nmd(
        "They come between {opens} and {closes} on each person's working days, at most {count} a week.",
        "They come between {opens} and {closes} on each person's working days, at most one a day and {count} a week.",
        policy.a_week, opens=t.clock(policy.opens), closes=t.clock(policy.closes),
    )  # fmt: skip


def _days_off(t: Texts, policy: NudgePolicy) -> list[blocks.Block]:
    said = t.md(
        "*Days off.* On these days nobody gets a reminder, and the time for an answer stands still. Public holidays "
        "are known already, by each person's country and region."
    )
    shown = [blocks.section(said, accessory=blocks.button(t("Add days off"), ids.OPEN_DAYS_OFF))]
    for off in policy.days_off:
        remove = blocks.button(
            t("Remove"), ids.DAYS_OFF_REMOVE, value=off.first.isoformat(),
            confirm=blocks.confirm(
                t("Remove these days off?"), t("They count as working days again."), yes=t("Remove"), no=t("Keep them")
            ),
        )  # fmt: skip
        shown.append(blocks.section(days_sentence(t, off), accessory=remove))
    return shown


def days_sentence(t: Texts, off: DaysOff) -> Mrkdwn:
    """Say from when until when."""
    if off.first == off.last:
        return t.md("•  {day}", day=t.date(off.first, with_year=True))
    first, last = (t.date(day, with_year=True) for day in (off.first, off.last))
    return t.md("•  {first} to {last}", first=first, last=last)


def policy_modal(t: Texts, policy: NudgePolicy) -> blocks.View:
    """Return the form that says when reminders come, how often, and which kinds never do."""

    def hours(field: str, label: str, first: time, last: time, chosen: time) -> blocks.Block:
        options = [blocks.option(t.clock(one), one.isoformat("minutes")) for one in half_hours(first, last)]
        select = blocks.choice("static_select", field, options, chosen=chosen.isoformat("minutes"))
        return blocks.input_(label, select, block_id=field)

    numbers = [
        blocks.option(t.n("at most {count} message", "at most {count} messages", count), str(count))
        for count in range(MOST_A_WEEK, 0, -1)
    ]
    kinds = [blocks.option(kind_name(t, kind), kind.value) for kind in NudgeKind]
    never = blocks.choice(
        "multi_static_select", "never", kinds, chosen=policy.never, placeholder=t("All kinds are sent")
    )
    shown = [
        blocks.context(
            t.md(
                "Within the limits that protect everybody: {opens} to {closes} on the receiver's clock, one message a "
                "day, {most} a week.",
                opens=t.clock(OPENS), closes=t.clock(CLOSES), most=MOST_A_WEEK,
            )
        ),
        hours("opens", t("Not before"), OPENS, LATEST_OPENING, policy.opens),
        hours("closes", t("Not after"), EARLIEST_CLOSING, CLOSES, policy.closes),
        blocks.input_(
            t("In a week, each person gets"),
            blocks.choice("static_select", "a_week", numbers, chosen=str(policy.a_week)), block_id="a_week",
        ),
        blocks.input_(
            t("Never sent"), never, block_id="never", optional=True,
            hint=t("Nobody gets these, whatever is due. Everybody can stop single kinds for themselves."),
        ),
    ]  # fmt: skip
    return blocks.modal(t, title=t("Reminders"), callback_id=ids.NUDGE_POLICY, blocks=shown, submit=t("Save"))


def days_off_modal(t: Texts) -> blocks.View:
    """Return the form that adds days off."""
    shown = [
        blocks.input_(t("First day"), blocks.date_picker("first"), block_id="first"),
        blocks.input_(
            t("Last day"), blocks.date_picker("last"), block_id="last", optional=True,
            hint=t("Leave it empty for a single day."),
        ),
    ]  # fmt: skip
    return blocks.modal(t, title=t("Days off"), callback_id=ids.DAYS_OFF, blocks=shown, submit=t("Add"))


def week_message(t: Texts, forecast: Forecast) -> dict[str, Any]:
    """Return what would be sent within seven days, by kind, in numbers alone."""
    shown = [blocks.header(t("What would go this week"))]
    if forecast.stop is not None:
        shown.append(blocks.section(stopped_sentence(t, forecast.stop), accessory=start_button(t)))
    if forecast.kinds:
        lines = [_total(t, forecast), *(_line(t, one) for one in forecast.kinds)]
        shown.append(blocks.section(Mrkdwn("\n".join(lines))))
    elif forecast.stop is not None:
        shown.append(
            blocks.section(
                t.md("Even if they were started again now, no reminder would go to anybody within the next seven days.")
            )
        )
    else:
        shown.append(blocks.section(t.md("As things stand, no reminder goes to anybody within the next seven days.")))
    why = t.md(
        "Worked out by the rules that send them: working hours, holidays, pauses, how many a day and a week. Nothing "
        "was sent, and what people do meanwhile changes it."
    )
    back = blocks.button(t("Back to the settings"), ids.OPEN_SETTINGS)
    shown += [blocks.context(why), blocks.actions(back)]
    return {"response_type": "ephemeral", **blocks.message(t("What would go this week"), shown)}


def _total(t: Texts, forecast: Forecast) -> Mrkdwn:
    """Say how many messages go to how many people, or would if reminders were not stopped."""
    places = {"messages": _messages(t, forecast.messages), "people": _people(t, forecast.people)}
    if forecast.stop is not None:
        return t.md(
            "If they were started again now, the next seven days would bring *{messages}* to *{people}*:", **places
        )
    return t.md("As things stand, the next seven days bring *{messages}* to *{people}*:", **places)


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
