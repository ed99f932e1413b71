"""Digests as leads preview them and channels read them: figures as sentences, no names, nothing of fewer than five."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.cohorts import Cohort, Format
from bot.domain.digests import FLOOR, Coverage, Digest, Figures, Period, Tally
from bot.domain.letters import DigestPosted, NotPosted
from bot.locales import Mrkdwn, Texts
from bot.views import blocks, ids

BAR = 10
"""Characters of a coverage bar."""
GROUPS_SHOWN = 8
MOST_COHORTS = 100
"""Options that Slack takes in a menu; earlier cohorts are reached by their name."""


def digest_posted(letter: DigestPosted, t: Texts) -> dict[str, Any]:
    """Draw the digest as it stands in the channel."""
    return blocks.message(headline(t, letter.digest), digest_blocks(t, letter.digest))


def not_posted(letter: NotPosted, t: Texts) -> dict[str, Any]:
    """Draw the word to the lead whose digest could not be posted."""
    channel = Mrkdwn(f"<#{letter.channel_id}>")
    sentence = (
        t.md(
            "I could not post in {channel}: I am not a member there. Type `/invite @Tandem` in it, then post again.",
            channel=channel,
        )
        if letter.code == "not_in_channel"
        else t.md("I could not post in {channel}: Slack answered “{code}”.", channel=channel, code=letter.code)
    )
    return blocks.message(t("Your digest was not posted"), [blocks.section(sentence)])


def preview_message(
    t: Texts, digest: Digest, *, posted_in: str, channel: str | None, cohorts: Sequence[Cohort], weekly: bool = False
) -> dict[str, Any]:
    """Return the preview only the lead sees, with other periods and *cohorts* under it, and buttons to post it.

    All of it is in the lead's language, *t*; where the one it is *posted_in* (a code) is another, that is said.
    The first of the *cohorts* is that of weekly digests; *weekly*: the *channel* gets one every Monday already.
    """
    value = f"{digest.period}@{digest.cohort_id}"
    ways: list[blocks.Element] = [
        blocks.button(_period_name(t, period), f"{ids.DIGEST_PERIOD}_{period}", value=f"{period}@{digest.cohort_id}")
        for period in Period
        if period is not digest.period
    ]
    if len(cohorts) > 1:
        options = [blocks.option(one.name, f"{Period.COHORT}@{one.id}") for one in cohorts[:MOST_COHORTS]]
        chosen = f"{Period.COHORT}@{digest.cohort_id}"
        ways.append(blocks.choice("static_select", ids.DIGEST_COHORT, options, chosen=chosen))
    where = t.md("A preview: only you see it. Type `/tandem digest` in a channel to post it there.")
    if channel is not None:
        place = Mrkdwn(f"<#{channel}>")
        where = t.md("A preview: only you see it until you post it in {channel}.", channel=place)
        post = blocks.button(t("Post it"), ids.DIGEST_POST, value=value, style="primary")
        often = []
        if digest.cohort_id == cohorts[0].id:
            often = [_often(t, value, weekly=weekly)]
            where = Mrkdwn(f"{where} {_every(t)}") if weekly else where
        ways = [post, *often, *ways]
    said = [where]
    if posted_in != t.language:
        said.append(t.md("In the channel it is in another language: {language}.", language=t.language_name(posted_in)))
    shown = [*digest_blocks(t, digest), blocks.divider(), blocks.context(*said), blocks.actions(*ways)]
    return {"response_type": "ephemeral", **blocks.message(headline(t, digest), shown)}


def _often(t: Texts, value: str, *, weekly: bool) -> blocks.Element:
    if weekly:
        return blocks.button(t("No more every Monday"), f"{ids.DIGEST_WEEKLY}_stop", value=value)
    return blocks.button(t("Every Monday"), f"{ids.DIGEST_WEEKLY}_start", value=value)


def _every(t: Texts) -> Mrkdwn:
    return t.md(
        "A digest is posted there every Monday at 9, unless fewer than {floor} people were coached that week.",
        floor=FLOOR,
    )


def posted(t: Texts, channel: str) -> Mrkdwn:
    """Return what stands in the place of the preview once it was posted."""
    return t.md("Posted: it appears in {channel} in a moment.", channel=Mrkdwn(f"<#{channel}>"))


def headline(t: Texts, digest: Digest) -> str:
    """Return the digest in one line, for notifications and screen readers."""
    if digest.coached_so_far:
        coached = t.number(digest.coached_so_far)
        return t("{cohort}: at least {coached} people coached so far", cohort=digest.cohort_name, coached=coached)
    return t("{cohort}: how it is going", cohort=digest.cohort_name)


def digest_blocks(t: Texts, digest: Digest) -> list[blocks.Block]:
    """Return the figures, coverage and pulse."""
    shown: list[blocks.Block] = [
        blocks.header(t("Reverse mentoring: {cohort}", cohort=digest.cohort_name)),
        blocks.context(_days(t, digest)),
    ]
    # Of a cohort that has not begun, that nobody was coached goes without saying.
    if not digest.is_early:
        shown.append(blocks.section(_figures(t, digest)))
    if digest.coached_so_far:
        shown.append(blocks.section(_goal(t, digest)))
    if digest.met is not None:
        shown.append(blocks.section(_met(t, digest.met, digest.first_within_14_days)))
    for title, coverages in ((t("Departments"), digest.departments), (t("Groups"), digest.groups)):
        if lines := _coverage(t, coverages):
            shown.append(blocks.section(Mrkdwn(f"*{title}*\n{lines}")))
    if pulse := _pulse(t, digest):
        shown.append(blocks.section(pulse))
    if adopted := _adopted(t, digest):
        shown.append(blocks.section(adopted))
    shown.append(
        blocks.context(
            t.md(
                "Totals only, rounded to multiples of {floor}: no names, nothing that would tell of fewer than "
                "{floor} people.",
                floor=FLOOR,
            )
        )
    )
    return shown


def _days(t: Texts, digest: Digest) -> Mrkdwn:
    """Say what the digest covers, or that the cohort is still to begin."""
    if digest.starts_on is not None and digest.is_early:
        return t.md("The cohort has not begun yet: its first day is {day}.", day=t.date(digest.starts_on))
    return t.md(
        "{period}, {first} to {last}",
        period=_period_name(t, digest.period), first=t.date(digest.first_day), last=t.date(digest.last_day),
    )  # fmt: skip


def _figures(t: Texts, digest: Digest) -> Mrkdwn:
    figures = digest.figures
    if figures is None:
        return t.md("Fewer than {floor} people were coached in this period: too few to tell of.", floor=FLOOR)
    lines = [_people(t, figures)]
    if figures.held:
        lines.append(_sessions(t, figures))
    if figures.hours:
        lines.append(t.md("At least {hours} hours together.", hours=t.number(figures.hours)))
    if digest.before is not None and digest.before.held:
        held = t.number(digest.before.held)
        lines.append(t.md("The period before: at least {held} sessions.", held=held))
    return Mrkdwn("\n".join(lines))


def _people(t: Texts, figures: Figures) -> Mrkdwn:
    coached = t.number(figures.coached)
    if not figures.mentors:
        return t.md("*At least {coached} people coached*.", coached=coached)
    mentors = t.number(figures.mentors)
    return t.md("*At least {coached} people coached* by at least {mentors} mentors.", coached=coached, mentors=mentors)


def _sessions(t: Texts, figures: Figures) -> Mrkdwn:
    held = t.number(figures.held)
    if not figures.sessions:
        return t.md("*At least {held} sessions* held.", held=held)
    kinds = t.join(_kind(t, format_, count) for format_, count in figures.sessions.items())
    return t.md("*At least {held} sessions* held, including {kinds}.", held=held, kinds=kinds)


def _goal(t: Texts, digest: Digest) -> Mrkdwn:
    coached = t.number(digest.coached_so_far)
    if digest.goal:
        return t.md(
            "In the whole cohort: at least {coached} people coached, of the {goal} aimed at.  {bar}",
            coached=coached, goal=t.number(digest.goal), bar=_bar(digest.coached_so_far / digest.goal),
        )  # fmt: skip
    return t.md("In the whole cohort: at least {coached} people coached.", coached=coached)


def _met(t: Texts, met: Tally, soon: Tally | None) -> Mrkdwn:
    """Say how many pairings have met, and how many of them soon."""
    pairings, yes = t.number(met.said), t.number(met.yes)
    if soon is None:
        return t.md("Of at most {pairings} pairings, at least {met} have met.", pairings=pairings, met=yes)
    return t.md(
        "Of at most {pairings} pairings, at least {met} have met, at least {soon} of them within 14 days.",
        pairings=pairings, met=yes, soon=t.number(soon.yes),
    )  # fmt: skip


def _coverage(t: Texts, coverages: tuple[Coverage, ...]) -> str:
    told = sorted((one for one in coverages if one.coached), key=lambda one: -one.coached / one.members)
    return "\n".join(_covered(t, one) for one in told[:GROUPS_SHOWN])


def _covered(t: Texts, one: Coverage) -> Mrkdwn:
    bar, coached, members = _bar(one.coached / one.members), t.number(one.coached), t.number(one.members)
    if one.is_whole:
        return t.md(
            "{bar}  {name}: {coached} of {members} coached", bar=bar, name=one.name, coached=coached, members=members
        )
    return t.md(
        "{bar}  {name}: at least {coached} of {members} coached",
        bar=bar, name=one.name, coached=coached, members=members,
    )  # fmt: skip


def _adopted(t: Texts, digest: Digest) -> Mrkdwn | None:
    """Say what people do more than when they enrolled, and whether they would take part again."""
    lines = [
        t.md(
            "{bar}  {topic}: of at most {said} people, at least {gained} do more with it than when they enrolled",
            bar=_bar(tally.yes / tally.said), topic=topic.name(t.language), gained=t.number(tally.yes),
            said=t.number(tally.said),
        )
        for topic, tally in digest.usages
    ]  # fmt: skip
    if lines:
        lines.insert(0, t.md("*Usages adopted*"))
    if digest.again is not None:
        yes, said = t.number(digest.again.yes), t.number(digest.again.said)
        lines.append(
            t.md("Of at most {said} people who answered, at least {yes} would take part again.", yes=yes, said=said)
        )
    return Mrkdwn("\n".join(lines)) if lines else None


def _pulse(t: Texts, digest: Digest) -> Mrkdwn | None:
    pulse = digest.pulse
    parts = []
    if pulse.useful is not None:
        parts.append(t.md("useful {score} of 5", score=t.number(round(pulse.useful, 1))))
    if pulse.at_ease is not None:
        parts.append(t.md("at ease {score} of 5", score=t.number(round(pulse.at_ease, 1))))
    if pulse.reuse is not None:
        yes, said = t.number(pulse.reuse.yes), t.number(pulse.reuse.said)
        parts.append(t.md("of at most {said} people, at least {yes} will use it again", yes=yes, said=said))
    if pulse.could_say is not None:
        parts.append(
            t.md("mentors could say what they thought {score} of 5", score=t.number(round(pulse.could_say, 1)))
        )
    return Mrkdwn("\n".join([t.md("*Pulse of the whole cohort*"), " · ".join(parts)])) if parts else None


def _kind(t: Texts, format_: Format, count: int) -> str:
    match format_:
        case Format.PATH:
            return t.n("at least {count} one-to-one", "at least {count} one-to-one", count)
        case Format.COLLECTIVE:
            return t.n("at least {count} collective", "at least {count} collective", count)
        case Format.FLASH:
            return t.n("at least {count} flash", "at least {count} flash", count)


def _period_name(t: Texts, period: Period) -> str:
    match period:
        case Period.WEEK:
            return t("The last 7 days")
        case Period.MONTH:
            return t("The last 30 days")
        case Period.COHORT:
            return t("The whole cohort")


def _bar(share: float) -> Mrkdwn:
    full = round(min(max(share, 0), 1) * BAR)
    return Mrkdwn("▰" * full + "▱" * (BAR - full))
