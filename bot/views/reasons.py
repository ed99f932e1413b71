"""Reasons, rules and remedies of matching, in words. Codes and arguments are those of ``bot.matching.outcome``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.cohorts import Format
from bot.domain.rounds import Reason
from bot.domain.topics import Topic
from bot.locales import Mrkdwn, Texts, escape
from bot.views import words

_UNTOLD = frozenset({"kept_apart", "recent_pair"})
"""Rules of which one would tell that somebody avoids somebody: one and the same words for both, to any reader."""
_APART = _UNTOLD | {"reporting_line", "same_team"}
"""Rules that share a sentence to the person concerned, who could otherwise tell that somebody avoids them."""


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
        **dict.fromkeys(_APART, apart),
        "capacity": t.md("All the mentors who would suit you have their seats taken for now."),
        "group_too_small": t.md(
            "Too few people want the same topic for a group to come about, and no other place is free."
        ),
        "both_ways": t.md("The mentors who would suit you are needed otherwise in this round."),
    }
    return sentences.get(rule.code) or t.md("I could not propose anybody to you this time.")


def way_out(t: Texts, rule: Reason, remedy: Reason | None) -> Mrkdwn | None:
    """Return, for the person concerned, what would find them a mentor, if known. Names nobody."""
    if remedy is None:
        return None
    mentors = int(remedy.args.get("candidates", 0))
    match remedy.code:
        case "more_seats":
            return t.md("One more seat with one of them would make room, and the leads of the programme see that.")
        case "a_mentor_for":
            return t.nmd(
                "Another topic in your profile could open a mentor to you.",
                "Another topic in your profile could open up to {count} mentors to you.",
                mentors,
            )
        case "another_language":
            languages = t.either(map(t.language_name, remedy.args["languages"]))
            return t.nmd(
                "If you speak {languages} too, saying so in your profile would open a mentor to you.",
                "If you speak {languages} too, saying so in your profile would open up to {count} mentors to you.",
                mentors,
                languages=languages,
            )
        case "meeting_remotely":
            return t.nmd(
                "A mentor would suit you if the two of you could meet remotely.",
                "{count} mentors would suit you if you and they could meet remotely.",
                mentors,
            )
        case "more_people":
            return t.md("A few more people who want the same would make a group: do tell your colleagues.")
        case "more_mentors" if rule.code in _APART:
            return t.md("One more mentor would change that, and so may time: whoever has met lately may meet again.")
        case "more_mentors":
            return t.md("One more mentor for what you want to learn would change that.")
        case "another_format":
            return t.md("Another way to meet, chosen in your profile, would let me look further.")
        case _:
            return None


def remedy_phrase(t: Texts, rule: Reason, remedy: Reason | None, topics: Mapping[str, Topic]) -> Mrkdwn | None:
    """Return, for leads, what would place somebody left waiting, if known. Who avoids whom stays untold."""
    if remedy is None:
        return None
    args = remedy.args
    mentors = int(args.get("candidates", 0))
    wanted = t.either(_topic_names(t, args.get("topics", ()), topics)) or t("what they want to learn")
    match remedy.code:
        case "more_seats":
            with_ = [f"<@{user_id}>" for user_id in args["mentors"]]
            if others := mentors - len(with_):
                with_.append(t.n("{count} other mentor", "{count} other mentors", others))
            return t.md("one more seat with {mentors}", mentors=Mrkdwn(t.either(with_)))
        case "a_mentor_for":
            return t.nmd(
                "a mentor further on in {topics}, or another topic wanted ({count} mentor is free)",
                "a mentor further on in {topics}, or another topic wanted ({count} mentors are free)",
                mentors,
                topics=wanted,
            )
        case "another_language":
            return t.nmd(
                "a common language, such as {languages} ({count} mentor is free)",
                "a common language, such as {languages} ({count} mentors are free)",
                mentors,
                languages=t.either(map(t.language_name, args["languages"])),
            )
        case "meeting_remotely":
            return t.nmd(
                "meeting remotely ({count} mentor is free)", "meeting remotely ({count} mentors are free)", mentors
            )
        case "more_people":
            return t.md("more people who want {topics}", topics=wanted)
        case "more_mentors" if rule.code in _UNTOLD:
            return t.md("one more mentor for {topics}, or time, where people have met lately", topics=wanted)
        case "more_mentors":
            return t.md("one more mentor for {topics}", topics=wanted)
        case "another_format":
            chosen = t.either(words.format_name(t, Format(one)) for one in args["formats"])
            return t.md("another format than those chosen ({formats})", formats=chosen or t("none"))
        case _:
            return None


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
    said = t("a recent meeting or proposal, the same HR partner, or a wish that stays untold")
    return dict.fromkeys(_UNTOLD, said)


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
    return t.join(_topic_names(t, ids, topics))


def _topic_names(t: Texts, ids: Any, topics: Mapping[str, Topic]) -> list[str]:
    return [topics[one].name(t.language) for one in ids if one in topics]
