"""The end of a cohort as its people see it: reminders, the survey, and what they do a month on."""

from __future__ import annotations

import json
from typing import Any

from bot.domain.letters import CloseSurvey, CohortEnding, SessionsLeft, UsageQuestion
from bot.domain.surveys import Again, Survey
from bot.domain.topics import Use
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids
from bot.views.nudges import nudge
from bot.views.words import use_name

TOPIC_FIELD = "topic:"
"""How the block id of a topic's field begins."""


def cohort_ending(letter: CohortEnding, t: Texts) -> dict[str, Any]:
    """Draw the reminder that the cohort ends soon."""
    places = {"cohort": letter.cohort_name, "day": t.date(letter.ends_on)}
    if not letter.pairings:
        sentence = t.md(
            "*{cohort}* ends on {day}. There is nothing you have to do; your profile says what you would like next.",
            **places,
        )
        shown = [blocks.section(sentence), blocks.actions(blocks.button(t("My profile"), ids.OPEN_PROFILE))]
    elif len(letter.pairings) == 1:
        shown = _last_days(letter.pairings[0], places, t)
    else:
        sentence = t.md(
            "*{cohort}* ends on {day}. Until then there is time to meet, and to log what you did together with "
            "`/tandem log`.",
            **places,
        )
        shown = [blocks.section(sentence)]
        for one in letter.pairings:
            shown += _last_days_with(one, t)
    return nudge(
        t("{cohort} ends on {day}", **places),
        shown,
        t.md("Everybody in the cohort gets this two weeks before its end, and three days before."),
        letter,
        t,
    )


def _last_days(one: SessionsLeft, places: dict[str, str], t: Texts) -> list[blocks.Block]:
    """Say what there is time for in somebody's only pairing."""
    places = {**places, "partners": t.mentions(one.partners)}
    if one.next_at is not None:
        sentence = t.md(
            "*{cohort}* ends on {day}. Your next session with {partners}: {when}. Logging it takes twenty seconds.",
            when=t.when(one.next_at), **places,
        )  # fmt: skip
        ways = [
            blocks.button(t("Log a session"), ids.OPEN_LOG, value=one.pairing_id, style="primary"),
            blocks.button(t("Plan another"), ids.OPEN_PLAN, value=one.pairing_id),
        ]
        return [blocks.section(sentence), *blocks.row(one.pairing_id, blocks.actions(*ways))]
    sentence = (
        t.md(
            "*{cohort}* ends on {day}. There is time to meet {partners} once more, and to log what you did together.",
            **places,
        )
        if one.has_met
        else t.md("*{cohort}* ends on {day}. There is time to meet {partners} before then.", **places)
    )
    ways = [
        blocks.button(t("Plan"), ids.OPEN_PLAN, value=one.pairing_id, style="primary"),
        blocks.button(t("Log a session"), ids.OPEN_LOG, value=one.pairing_id),
    ]
    return [blocks.section(sentence), *blocks.row(one.pairing_id, blocks.actions(*ways))]


def _last_days_with(one: SessionsLeft, t: Texts) -> list[blocks.Block]:
    """Say what there is time for in one of somebody's pairings."""
    partners = t.mentions(one.partners)
    if one.next_at is not None:
        line = t.md("{partners}: next session {when}", partners=partners, when=t.when(one.next_at))
    elif one.has_met:
        line = t.md("{partners}: no date for another session yet", partners=partners)
    else:
        line = t.md("{partners}: no first session logged, and none planned", partners=partners)
    label = t("Plan") if one.next_at is None else t("Plan another")
    plan = blocks.button(label, ids.OPEN_PLAN, value=one.pairing_id)
    return blocks.row(one.pairing_id, blocks.section(line, accessory=plan))


def close_survey(letter: CloseSurvey, t: Texts) -> dict[str, Any]:
    """Draw the question after a cohort."""
    sentence = t.md(
        "*{cohort}* has come to its end. Would you take part again? It takes half a minute to say.",
        cohort=letter.cohort_name,
    )
    answer = blocks.button(t("Answer"), ids.OPEN_SURVEY, value=letter.nudge_id, style="primary")
    return nudge(
        t("Would you take part again?"),
        blocks.row(letter.nudge_id, blocks.section(sentence), blocks.actions(answer)),
        t.md(
            "Everybody in the cohort gets this a week after its end, and once more if it stays unanswered. Answers "
            "only count in totals, and nobody is rated."
        ),
        letter,
        t,
    )


def usage_question(letter: UsageQuestion, t: Texts) -> dict[str, Any]:
    """Draw the question what a mentee does with their topics now: one tap each."""
    sentence = t.md(
        "A month ago you last met {partners}. One tap: what do you do with it today?",
        partners=t.mentions(letter.partners),
    )
    return nudge(
        t("What do you do with it today?"),
        [blocks.section(sentence), *_topics(letter, t)],
        t.md("You get this once, a month after your last session. Your answer only counts in totals."),
        letter,
        t,
    )


def usage_left(t: Texts, letter: UsageQuestion | None) -> dict[str, Any]:
    """Return what stands in the place of the question after a tap: what is left to say, or thanks."""
    if letter is None:
        return blocks.notice(t.md("Thank you. It counts, and nobody sees who said what."))
    sentence = t.md("Thank you. And what do you do with this?")
    return blocks.message(str(sentence), [blocks.section(sentence), *_topics(letter, t)])


def survey_modal(t: Texts, survey: Survey) -> blocks.View:
    """Return the form of the survey: would you take part again, and what you do with the topics you wanted."""
    again = blocks.choice(
        "radio_buttons", "again",
        [
            blocks.option(t("Yes"), Again.YES),
            blocks.option(t("Maybe"), Again.MAYBE),
            blocks.option(t("No"), Again.NO),
        ],
        chosen=survey.answer.again if survey.answer else None,
    )  # fmt: skip
    shown = [blocks.input_(t("Would you take part again?"), again, block_id="again")]
    shown += [
        blocks.input_(
            t("{topic}: what do you do with it today?", topic=topic.name(t.language)),
            blocks.choice("static_select", "use", [blocks.option(use_name(t, use), str(use.value)) for use in Use],
                          placeholder=t("Choose")),
            block_id=f"{TOPIC_FIELD}{topic.id}", optional=True,
        )
        for topic in survey.topics
    ]  # fmt: skip
    shown.append(
        blocks.context(t.md("Nobody sees your answers. They are counted only where five people or more gave theirs."))
    )
    return blocks.modal(
        t, title=blocks.cut(survey.cohort_name, 24), submit=t("Send"), callback_id=ids.SURVEY, blocks=shown,
        metadata=json.dumps({"nudge": survey.nudge_id}),
    )  # fmt: skip


def survey_thanks(t: Texts) -> Mrkdwn:
    """Return what stands in the place of the form, and of the question, once it was sent."""
    return t.md("Thank you. It counts, and nobody sees who said what.")


def _topics(letter: UsageQuestion, t: Texts) -> list[blocks.Block]:
    shown: list[blocks.Block] = []
    for topic in letter.topics:
        taps = [
            blocks.button(use_name(t, use), f"{ids.USAGE}_{use.value}", value=f"{letter.nudge_id}:{topic.id}")
            for use in Use
        ]
        shown += [blocks.section(t.md("*{topic}*", topic=topic.name(t.language))), blocks.actions(*taps)]
    return shown
