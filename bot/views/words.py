"""The programme's words in the reader's language: formats, roles, levels, places, half-days, languages."""

from __future__ import annotations

from bot.domain.cohorts import Format
from bot.domain.participants import Place
from bot.domain.topics import Level, Use
from bot.locales import Mrkdwn, Texts


def format_name(t: Texts, format_: Format) -> str:
    """Return what a format is called, as ``path``."""
    names = {
        Format.PATH: t("one-to-one path"),
        Format.COLLECTIVE: t("collective session"),
        Format.FLASH: t("flash session"),
    }
    return names[format_]


def format_detail(t: Texts, format_: Format) -> str:
    """Return who meets in a format, and how often, in a few words."""
    details = {
        Format.PATH: t("one mentor, one mentee, a few sessions of an hour"),
        Format.COLLECTIVE: t("one or two mentors, three to eight mentees, once"),
        Format.FLASH: t("two mentors, one mentee, one hour, once"),
    }
    return details[format_]


def level_name(t: Texts, level: Level) -> str:
    """Return how well a mentor can show a topic, in their own words."""
    names = {
        Level.WEEKLY: t("I use it every week"),
        Level.COULD_SHOW: t("I could show it to others"),
        Level.OTHERS_ASK_ME: t("Others come and ask me"),
    }
    return names[level]


def use_name(t: Texts, use: Use) -> str:
    """Return what a mentee does with a topic today, in their own words."""
    names = {
        Use.NEVER: t("I have never used it"),
        Use.TRIED: t("I have tried it"),
        Use.WEEKLY: t("I use it every week"),
        Use.COULD_SHOW: t("I could show it to others"),
    }
    return names[use]


def place_name(t: Texts, place: Place) -> str:
    """Return where somebody can meet."""
    names = {Place.ON_SITE: t("On site"), Place.REMOTE: t("Remotely"), Place.EITHER: t("Either will do")}
    return names[place]


def half_day_name(t: Texts, half_day: str) -> str:
    """Return a half-day such as ``mon-am`` in words."""
    names = {
        "mon-am": t("Monday morning"),
        "mon-pm": t("Monday afternoon"),
        "tue-am": t("Tuesday morning"),
        "tue-pm": t("Tuesday afternoon"),
        "wed-am": t("Wednesday morning"),
        "wed-pm": t("Wednesday afternoon"),
        "thu-am": t("Thursday morning"),
        "thu-pm": t("Thursday afternoon"),
        "fri-am": t("Friday morning"),
        "fri-pm": t("Friday afternoon"),
    }
    return names[half_day]


def day_off(t: Texts) -> Mrkdwn:
    """Say that a session falls on a public holiday or a company day, which its date alone does not tell."""
    return t.md("That is a public holiday or a day off for one of you at least.")


def on_break(t: Texts) -> Mrkdwn:
    """Say that a session falls into a break of somebody who meets, not whose."""
    return t.md("One of you at least is on a break from the programme that day.")
