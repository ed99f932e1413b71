"""The Home tab: what waits for you first, then your pairings and sessions, then your profile, then the leads' part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from bot.domain.cohorts import Cohort, CohortFigures
from bot.domain.home import Home, HomePairing, HomeSession, LeadPart, Standing
from bot.domain.participants import MOST_SEATS, Profile
from bot.domain.people import Role
from bot.domain.topics import Topic
from bot.locales import Mrkdwn, Texts, escape
from bot.views import blocks, ids, welcome, words
from bot.views.enrolment import leave_button
from bot.views.nudges import stopped_kinds
from bot.views.proposals import change_button, proposal_blocks
from bot.views.sessions import dated, move_or_cancel

MOST_SHOWN = 5
"""How many of each kind of thing are shown, so that the whole stays within Slack's hundred blocks."""
MOST_PAIRINGS = MOST_SEATS + 1
"""A mentor's, and that with a mentor of their own."""
MOST_IN_MESSAGE = 48


def home(home_: Home, t: Texts) -> blocks.View:
    """Return the Home tab."""
    return {"type": "home", "blocks": home_blocks(home_, t)}


def message(home_: Home, t: Texts, *, link: str) -> dict[str, Any]:
    """Return the same under a command, with a link to the tab; what does not fit in a message is in the tab."""
    shown = home_blocks(home_, t)[:MOST_IN_MESSAGE]
    there = t.md("<{link}|Open the Home tab> to keep it at hand.", link=Mrkdwn(link))
    return {"response_type": "ephemeral", **blocks.message(t("Where you are"), [*shown, blocks.context(there)])}


def leads_message(t: Texts, leads: Sequence[str]) -> dict[str, Any]:
    """Say who the programme leads are: Slack user ids, or e-mails of those Tandem has not met."""
    named = Mrkdwn(t.join(escape(one) if "@" in one else t.mentions([one]) for one in leads))
    said = (
        t.nmd("Your programme lead is {people}.", "Your programme leads are {people}.", len(leads), people=named)
        if leads
        else t.md("No programme lead has been named yet. Whoever installed Tandem can do that.")
    )
    return {"response_type": "ephemeral", **blocks.notice(said)}


def home_blocks(home_: Home, t: Texts) -> list[blocks.Block]:
    """Return the blocks of the Home tab."""
    stranger = home_.standing is Standing.STRANGER
    shown = _stranger(home_, t) if stranger else _participant(home_, t)
    if home_.lead is not None:
        # A lead who has not joined comes for the leads' part.
        lead = _lead(home_.lead, t, today=home_.today)
        parts = (lead, shown) if stranger else (shown, lead)
        shown = [*parts[0], blocks.divider(), *parts[1]]
    return [*shown, blocks.context(t.md("`/tandem help` lists everything you can type."))]


def _stranger(home_: Home, t: Texts) -> list[blocks.Block]:
    shown = [blocks.header(t("Learn from each other")), blocks.section(welcome.what_it_is(t))]
    cohort = home_.cohort
    if cohort is None:
        return [*shown, blocks.section(t.md("No cohort is open right now. The next one will be here."))]
    if cohort.is_over(home_.today):
        over = t.md("*{cohort}* has come to its end. The next cohort will be here.", cohort=cohort.name)
        return [*shown, blocks.section(over)]
    if home_.today <= cohort.enrol_until:
        when = t.md(
            "*{cohort}* runs from {start} to {end}, and takes volunteers until {until}.",
            cohort=cohort.name, start=t.date(cohort.starts_on), end=t.date(cohort.ends_on),
            until=t.date(cohort.enrol_until),
        )  # fmt: skip
    else:
        when = t.md(
            "*{cohort}* has begun and runs to {end}. You can still join: the next round of pairings is yours.",
            cohort=cohort.name, end=t.date(cohort.ends_on),
        )  # fmt: skip
    return [*shown, blocks.section(when), blocks.actions(welcome.join_button(t))]


def _participant(home_: Home, t: Texts) -> list[blocks.Block]:
    shown = [blocks.header(t("Where you are")), *_standing(home_, t)]
    to_do = _to_do(home_, t)
    if to_do:
        shown += [blocks.divider(), blocks.header(t("Waiting for you")), *to_do]
    shown += [blocks.divider(), blocks.header(t("Your pairings")), *_pairings(home_, t)]
    if home_.upcoming:
        shown += [blocks.divider(), blocks.header(t("Coming up")), *_upcoming(home_.upcoming, t)]
    if home_.profile is not None:
        shown += [blocks.divider(), blocks.header(t("Your profile")), *_profile(home_, home_.profile, t)]
    return shown


def _standing(home_: Home, t: Texts) -> list[blocks.Block]:
    shown: list[blocks.Block] = []
    if home_.cohort is not None and home_.profile is not None:
        line = _cohort_line(home_.cohort, t)
        shown.append(blocks.section(Mrkdwn(f"{line}\n{_role_line(home_, home_.profile, t)}")))
    if home_.standing is Standing.PAUSED and home_.paused_until is not None:
        shown.append(
            blocks.section(
                t.md("You are paused, and back on *{day}*.", day=t.date(home_.paused_until)),
                accessory=blocks.button(t("Come back now"), ids.RESUME, style="primary"),
            )
        )
    return shown


def _role_line(home_: Home, profile: Profile, t: Texts) -> Mrkdwn:
    """Say who the reader is: what they would be to somebody else, and what they are to whom they meet."""
    roles = profile.roles | {one.role for one in home_.pairings}
    if roles == {Role.MENTOR}:
        return t.md("You are a mentor.")
    if roles == {Role.MENTEE}:
        return t.md("You are a mentee.")
    return t.md("You are a mentor and a mentee.")


def _cohort_line(cohort: Cohort, t: Texts) -> Mrkdwn:
    return t.md(
        "*{cohort}*, {start} to {end}", cohort=cohort.name, start=t.date(cohort.starts_on), end=t.date(cohort.ends_on)
    )


def _to_do(home_: Home, t: Texts) -> list[blocks.Block]:
    shown: list[blocks.Block] = []
    for asked in home_.proposals[:MOST_SHOWN]:
        shown += proposal_blocks(asked, t)
    for session in home_.to_confirm[:MOST_SHOWN]:
        shown += [
            blocks.section(
                t.md(
                    "How did it go with {partners}? It was planned for {when}.",
                    partners=t.mentions(session.partners), when=t.when(session.starts_at),
                )
            ),
            blocks.actions(
                blocks.button(
                    t("We met: log it"), ids.OPEN_LOG_SESSION, value=session.session_id, style="primary"
                ),
                blocks.button(t("Find another date"), ids.OPEN_MOVE, value=dated(session.session_id, session.sequence)),
                blocks.button(
                    t("It did not happen"), ids.CANCEL_SESSION, value=dated(session.session_id, session.sequence)
                ),
            ),
        ]  # fmt: skip
    shown += [
        blocks.section(
            t.md(
                "Three taps on your session with {partners}, {when}. Only totals are ever shown.",
                partners=t.mentions(session.partners), when=t.when(session.starts_at),
            ),
            accessory=blocks.button(t("Give my pulse"), ids.OPEN_PULSE, value=session.session_id),
        )
        for session in home_.to_rate[:MOST_SHOWN]
    ]  # fmt: skip
    return shown


def _pairings(home_: Home, t: Texts) -> list[blocks.Block]:
    if not home_.pairings:
        return [blocks.section(_no_pairing(home_, t))]
    shown: list[blocks.Block] = []
    for pairing in home_.pairings[:MOST_PAIRINGS]:
        shown += [blocks.section(_pairing(pairing, t)), blocks.actions(*_ways_on(pairing, t))]
    if home_.waiting or home_.said_yes:
        shown.append(blocks.context(_no_pairing(home_, t)))
    return shown


def _ways_on(pairing: HomePairing, t: Texts) -> list[blocks.Element]:
    plan = blocks.button(
        t("Plan"),
        ids.OPEN_PLAN,
        value=pairing.pairing_id,
        style=None if pairing.next_at or pairing.is_done else "primary",
    )
    log = blocks.button(t("Log"), ids.OPEN_LOG, value=pairing.pairing_id)
    # Whoever has had their one session has nothing to plan; a path may go on for as long as both like.
    if pairing.is_done and pairing.planned == 1:
        return [log]
    return [plan, log, change_button(t, pairing.pairing_id, pairing.format)]


def _pairing(pairing: HomePairing, t: Texts) -> Mrkdwn:
    places: dict[str, object] = {
        "partners": t.mentions(pairing.partners),
        "topic": pairing.topic.name(t.language),
    }
    who = (
        t.nmd("{partners} shows you *{topic}*", "{partners} show you *{topic}*", len(pairing.partners), **places)
        if pairing.role is Role.MENTEE
        else t.md("You show {partners} *{topic}*", **places)
    )
    held = (
        t.nmd(
            "{count} session held of {planned}", "{count} sessions held of {planned}", pairing.held,
            planned=pairing.planned,
        )
        if pairing.held
        else t.nmd("{count} session ahead of you", "{count} sessions ahead of you", pairing.planned)
    )  # fmt: skip
    if pairing.next_at:
        coming = t.md("next: {when}", when=t.when(pairing.next_at))
    elif pairing.is_done:
        return Mrkdwn(f"{who}\n{held}")
    else:
        coming = t.md("no date yet")
    return Mrkdwn(f"{who}\n{held} · {coming}")


def _no_pairing(home_: Home, t: Texts) -> Mrkdwn:
    if home_.cohort is not None and home_.cohort.is_over(home_.today):
        return t.md("*{cohort}* has come to its end. The next cohort will be here.", cohort=home_.cohort.name)
    if home_.proposals:
        return t.md("Your answer above is what it takes.")
    if home_.said_yes:
        return t.md("You have said yes. I will write to you as soon as everybody has answered.")
    if home_.standing is Standing.PAUSED:
        return t.md("You are not proposed to anybody while you are paused.")
    if home_.waiting:
        return t.md("You are part of the next round of pairings. I will write to you as soon as I have found somebody.")
    return t.md("Nobody yet. I will write to you as soon as somebody would like to learn from you.")


def _upcoming(sessions: Sequence[HomeSession], t: Texts) -> list[blocks.Block]:
    shown: list[blocks.Block] = []
    for session in sessions[:MOST_SHOWN]:
        details = " · ".join(filter(None, (t.duration(session.minutes), escape(session.place))))
        what = t.md("*{when}* with {partners}", when=t.when(session.starts_at), partners=t.mentions(session.partners))
        shown += [
            blocks.section(Mrkdwn(f"{what}\n{details}")),
            blocks.actions(*move_or_cancel(t, session.session_id, session.sequence, session.starts_at)),
        ]  # fmt: skip
    if len(sessions) > MOST_SHOWN:
        shown.append(blocks.context(t.md("`/tandem sessions` lists them all.")))
    return shown


def _profile(home_: Home, profile: Profile, t: Texts) -> list[blocks.Block]:
    topics = {topic.id: topic for topic in home_.topics}
    said: list[Mrkdwn] = []
    if Role.MENTOR in profile.roles:
        said.append(_named(t("I can show"), _topic_names(topics, profile.offers, t), t))
        said.append(t.nmd("*Seats*\n{count} person at a time", "*Seats*\n{count} people at a time", profile.seats))
    if Role.MENTEE in profile.roles:
        said.append(_named(t("I want to learn"), _topic_names(topics, profile.wants, t), t))
    said.append(_named(t("Languages"), sorted(t.language_name(one) for one in profile.languages), t))
    said.append(_named(t("Where"), [words.place_name(t, profile.place)], t))
    buttons = [blocks.button(t("Change"), ids.OPEN_PROFILE)]
    if home_.standing is Standing.ACTIVE:
        buttons.append(blocks.button(t("Take a break"), ids.OPEN_PAUSE))
    return [blocks.fields(said), blocks.actions(*buttons, leave_button(t)), *stopped_kinds(t, home_.stopped)]


def _topic_names(topics: dict[str, Topic], ids_: Iterable[str], t: Texts) -> list[str]:
    return [topics[one].name(t.language) for one in ids_ if one in topics]


def _named(name: str, items: Sequence[str], t: Texts) -> Mrkdwn:
    return Mrkdwn(f"*{escape(name)}*\n{escape(t.join(items) if items else '—')}")


def _lead(lead: LeadPart, t: Texts, *, today: date) -> list[blocks.Block]:
    shown = [blocks.header(t("For programme leads"))]
    importing = blocks.button(t("Import the directory"), ids.OPEN_IMPORT)
    desk = blocks.button(t("Who needs attention"), ids.OPEN_DESK)
    settings = blocks.button(t("Settings"), ids.OPEN_SETTINGS)
    digest = [blocks.button(t("Digest"), ids.OPEN_DIGEST)] if lead.has_digest else []
    if lead.figures is None:
        return [
            *shown,
            blocks.section(t.md("No cohort is open. Opening one lets volunteers join.")),
            blocks.actions(
                blocks.button(t("Open a cohort"), ids.OPEN_COHORT, style="primary"), *digest, desk, importing, settings
            ),
        ]
    if lead.figures.cohort.is_over(today):
        rounds = []
    elif lead.draft_id is not None:
        rounds = [blocks.button(t("Review the draft"), ids.ROUND_REVIEW, value=lead.draft_id, style="primary")]
    else:
        rounds = [blocks.button(t("New round"), ids.ROUND_OPEN)]
    return [
        *shown,
        *figures_blocks(lead.figures, t),
        blocks.actions(*rounds, *digest, desk, importing, settings),
    ]


def figures_blocks(figures: CohortFigures, t: Texts) -> list[blocks.Block]:
    """Return a cohort in figures, for its leads."""
    mentors = t.n("{count} mentor", "{count} mentors", figures.mentors)
    mentees = t.n("{count} mentee", "{count} mentees", figures.mentees)
    coached = t.number(figures.coached)
    if figures.cohort.goal is not None:
        coached = t("{coached} of {goal}", coached=coached, goal=t.number(figures.cohort.goal))
    cells = (
        (t("Enrolled"), t.join((mentors, mentees))),
        (t("Waiting for a mentor"), t.number(figures.waiting)),
        (t("Pairings"), t.number(figures.pairings)),
        (t("Sessions held"), t.number(figures.sessions_held)),
        (t("People coached"), coached),
        (t("Paused"), t.number(figures.paused)),
    )
    return [
        blocks.section(_cohort_line(figures.cohort, t)),
        blocks.fields([Mrkdwn(f"*{escape(name)}*\n{escape(value)}") for name, value in cells]),
    ]
