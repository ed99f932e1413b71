"""Reasons, rules and remedies of matching, in words. Codes and arguments are those of ``bot.matching.outcome``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.rounds import Reason
from bot.domain.topics import Topic
from bot.locales import Mrkdwn, Texts, escape


def reason(t: Texts, one: Reason, topics: Mapping[str, Topic], *, is_pair: bool = True) -> Mrkdwn:
    """Return what speaks for a pair, or for several people together, as a short phrase."""
    args = one.args
    if not is_pair and (said := _of_all(t, one, topics)) is not None:
        return said
    match one.code:
        case "teaches":
            return t.md("{topics}: wanted by one, offered by the other", topics=_topics(t, args["topics"], topics))
        case "level_gap":
            return t.md("there is plenty to show")
        case "shared_half_days":
            return t.md("both free on {half_days}", half_days=half_days(t, args["half_days"][:2]))
        case "different_departments":
            return t.md("different departments ({mentor} and {mentee})", mentor=args["mentor"], mentee=args["mentee"])
        case "same_site":
            return t.md("both in {site}", site=args["site"])
        case "close_time_zones":
            return t.md("the same working hours")
        case "left_out_last_round":
            return t.md("left waiting by the last round")
        case "waited":
            return t.nmd("has waited {count} day", "has waited {count} days", int(args["days"]))
        case "common_language":
            return t.md("both speak {languages}", languages=_languages(t, args["languages"]))
        case _:
            return t.md("within all the rules")


def _of_all(t: Texts, one: Reason, topics: Mapping[str, Topic]) -> Mrkdwn | None:
    """Return what is said otherwise of three people and more than of two."""
    args = one.args
    match one.code:
        case "teaches":
            return t.md("{topics}: what everybody wants, and is offered", topics=_topics(t, args["topics"], topics))
        case "shared_half_days":
            return t.md("all free on {half_days}", half_days=half_days(t, args["half_days"][:2]))
        case "same_site":
            return t.md("all in {site}", site=args["site"])
        case "common_language":
            return t.md("all speak {languages}", languages=_languages(t, args["languages"]))
        case _:
            return None


def waiting_reason(t: Texts, rule: Reason, topics: Mapping[str, Topic], remedy: Reason | None) -> Mrkdwn:
    """Return, for the person concerned, why nobody was found for them this time. Never tells of anybody else."""
    wanted = _topics(t, remedy.args.get("topics", ()), topics) if remedy else ""
    if rule.code == "topic" and wanted:
        return t.md("No mentor is free yet who can show {topics} at the level you need.", topics=wanted)
    # One sentence for several rules, or the person could tell that somebody avoids them.
    apart = t.md(
        "The rules leave you none of the mentors who are free: they keep apart people who work closely together, who "
        "have met lately, and the like."
    )
    sentences = {
        "not_looking": t.md("You are looking for no mentor at the moment, as I understand it."),
        "format": t.md("No mentor who is free meets in a way you have chosen."),
        "no_mentors": t.md("No mentor is free at the moment."),
        "same_person": t.md("No mentor but you is free at the moment."),
        "topic": t.md("No mentor is free yet who can show what you want to learn at the level you need."),
        "language": t.md("No mentor who is free shares a language with you."),
        "site": t.md("No mentor who is free can meet you on your site."),
        "reporting_line": apart,
        "same_team": apart,
        "kept_apart": apart,
        "recent_pair": apart,
        "capacity": t.md("All the mentors who would suit you have their seats taken for now."),
        "group_too_small": t.md(
            "Too few people want the same topic for a group to come about, and no other place is free."
        ),
        "both_ways": t.md("The mentors who would suit you are needed otherwise in this round."),
    }
    return sentences.get(rule.code) or t.md("I could not propose anybody to you this time.")


def rule_phrase(t: Texts, rule: Reason) -> str:
    """Return, for leads, the rule that removed somebody's last candidate."""
    phrases = {
        "not_looking": t("wants no mentor now"),
        "format": t("does not take part in this format"),
        "no_mentors": t("no mentor is free"),
        "same_person": t("the only mentor is the same person"),
        "topic": t("nobody free offers a wanted topic at a higher level"),
        "language": t("no common language"),
        "site": t("meets on site only, and nobody free is there"),
        "reporting_line": t("only people of the same reporting line are left"),
        "same_team": t("only people of the same team are left"),
        **_untold(t),
        "capacity": t("every seat that would do is taken"),
        "group_too_small": t("too few want the same topic for a group, and no other seat would do"),
        "both_ways": t("the two would coach each other"),
        "left_out": t("left out by a lead"),
    }
    return phrases.get(rule.code) or t("nobody is left within the rules")


def pair_rules(t: Texts, rules: Iterable[Reason]) -> Mrkdwn:
    """Return, for leads, the rules that keep two named people apart, one a line, none twice."""
    return Mrkdwn("\n".join(f"•  {escape(said)}" for said in dict.fromkeys(pair_rule(t, one) for one in rules)))


def pair_rule(t: Texts, rule: Reason) -> str:
    """Return, for leads, the rule that keeps two named people apart. Who avoids whom stays untold."""
    phrases = {
        "not_looking": t("the mentee wants no mentor now, or has one"),
        "format": t("one of them does not take part in this format"),
        "no_mentors": t("the mentor is not enrolled as one, or has no seat free"),
        "same_person": t("they are the same person"),
        "topic": t("no topic the mentee wants is offered at a higher level"),
        "language": t("they have no language in common"),
        "site": t("one of them meets on site only, and their sites differ"),
        "reporting_line": t("one is in the other's reporting line"),
        "same_team": t("they are in the same team"),
        **_untold(t),
        "capacity": t("the mentor has no seat left"),
        "group_too_small": t("too few want the same topic for a group"),
        "both_ways": t("they would coach each other in the same round"),
    }
    return phrases.get(rule.code) or t("a rule is in the way")


def _untold(t: Texts) -> dict[str, str]:
    """Return one and the same sentence for the rules of which one would tell that somebody avoids somebody."""
    said = t("a recent meeting or proposal, the same HR partner, or a wish that stays untold")
    return {"kept_apart": said, "recent_pair": said}


def half_days(t: Texts, codes: Iterable[str]) -> str:
    """Return half-days as ``Tuesday mornings and Thursday afternoons``."""
    names = {
        "mon-am": t("Monday mornings"),
        "mon-pm": t("Monday afternoons"),
        "tue-am": t("Tuesday mornings"),
        "tue-pm": t("Tuesday afternoons"),
        "wed-am": t("Wednesday mornings"),
        "wed-pm": t("Wednesday afternoons"),
        "thu-am": t("Thursday mornings"),
        "thu-pm": t("Thursday afternoons"),
        "fri-am": t("Friday mornings"),
        "fri-pm": t("Friday afternoons"),
    }
    return t.join(names[code] for code in codes if code in names)


def _languages(t: Texts, codes: Iterable[str]) -> str:
    return t.join(map(t.language_name, codes))


def _topics(t: Texts, ids: Any, topics: Mapping[str, Topic]) -> str:
    return t.join(topics[one].name(t.language) for one in ids if one in topics)
