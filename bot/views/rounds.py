"""Rounds as leads see them: who could be paired, the draft page by page."""

from __future__ import annotations

from collections import defaultdict

from bot.domain.overviews import DraftPage, PairAnswer, PoolSize, SwapAnswer, SwappedPair
from bot.domain.people import Role
from bot.domain.rounds import Proposal
from bot.locales import Mrkdwn, Texts
from bot.matching.pool import Weights
from bot.views import blocks, ids, notices, reasons

UNPLACED_SHOWN = 5
WAYS_SHOWN = 30
"""Reasons for waiting told at most, with what would help: more would not fit a modal with the proposals."""
MOST_POINTS = 100


def start_modal(t: Texts, size: PoolSize) -> blocks.View:
    """Return the modal that offers to draft a round, or to go on with the draft there is."""
    shown = [
        blocks.section(t.md("*{cohort}*", cohort=size.cohort.name)),
        blocks.section(
            t.md(
                "Free to be paired now: {mentors} with {seats}, and {mentees}.",
                mentors=t.n("{count} mentor", "{count} mentors", size.mentors),
                seats=t.n("{count} seat", "{count} seats", size.seats),
                mentees=t.n("{count} mentee waiting", "{count} mentees waiting", size.mentees),
            )
        ),
        blocks.context(t.md("A draft asks and tells nobody. You review it, then publish or dismiss it.")),
    ]
    buttons = [blocks.button(t("Draft a round"), ids.ROUND_DRAFT, style="primary")]
    if size.draft_id:
        buttons = [
            blocks.button(t("Review the draft"), ids.ROUND_REVIEW, value=size.draft_id, style="primary"),
            blocks.button(t("Draft anew"), ids.ROUND_DRAFT),
        ]
    buttons.append(blocks.button(t("What counts"), ids.ROUND_WEIGHTS))
    shown.append(blocks.actions(*buttons))
    return blocks.modal(t, title=t("Round"), callback_id=ids.REVIEW, blocks=shown)


def weights_modal(t: Texts, weights: Weights) -> blocks.View:
    """Return the form that says how much each part of the score counts."""
    labels = {
        "topic_fit": (t("Topics"), t("How much of what the mentee wants the mentor can show.")),
        "level_gap": (t("Level"), t("How far the mentor is ahead on the best of these topics.")),
        "availability": (t("Half-days"), t("How many half-days both are free.")),
        "department": (t("Departments"), t("That they work in different departments.")),
        "place": (t("Place"), t("That they share a site, or are close in time.")),
        "waiting": (t("Waiting"), t("How long the mentee has waited.")),
    }
    points = dict(zip(Weights.parts(), weights.as_tuple(), strict=True))
    shown: list[blocks.Block] = [
        blocks.context(
            t.md(
                "Scores stay out of 100 whatever these add up to. The hard rules hold in any case: reporting line, "
                "team, secret lists, language, seats."
            )
        )
    ]
    for part, (label, hint) in labels.items():
        number = blocks.number_input(part, value=points[part], least=0, most=MOST_POINTS)
        shown.append(blocks.input_(label, number, block_id=part, hint=hint))
    return blocks.modal(t, title=t("What counts"), callback_id=ids.WEIGHTS, blocks=shown, submit=t("Save"))


def weights_saved(t: Texts) -> Mrkdwn:
    """Say from when on the weights count."""
    return t.md("Saved. They count from the next draft on.")


def review_modal(t: Texts, page: DraftPage) -> blocks.View:
    """Return one page of the draft: publish or dismiss it; each proposal with its score and three reasons."""
    shown: list[blocks.Block] = [blocks.section(_summary(t, page)), _decision(t, page)]
    if page.proposals:
        shown.append(blocks.divider())
    for proposal in page.proposals:
        shown += _proposal(t, page, proposal)
    if page.pages > 1:
        shown.append(blocks.actions(*_turns(t, page)))
    if page.number == page.pages - 1 and page.waiting:
        shown += _unplaced(t, page)
    return blocks.modal(t, title=t("Review the round"), callback_id=ids.REVIEW, blocks=shown)


def _decision(t: Texts, page: DraftPage) -> blocks.Block:
    dismiss = blocks.confirm(
        t("Dismiss this draft?"), t("Nobody is told."), yes=t("Dismiss"), no=t("Keep it"), danger=True
    )
    return blocks.actions(
        *_publish(t, page),
        blocks.button(t("Draft anew"), ids.ROUND_DRAFT),
        blocks.button(t("Why not these two?"), ids.ROUND_WHY),
        blocks.button(t("Dismiss"), ids.ROUND_DISMISS, value=page.round.id, confirm=dismiss),
    )


def _publish(t: Texts, page: DraftPage) -> list[blocks.Element]:
    """Return the button that publishes the draft; of one that proposes nobody, that tells whoever waits, if any."""
    if page.kept:
        sure = blocks.confirm(
            t("Publish this round?"),
            t("Mentees are asked first, privately, then mentors. Everyone left waiting is told kindly."),
            yes=t("Publish"), no=t("Not yet"),
        )  # fmt: skip
        return [blocks.button(t("Publish"), ids.ROUND_PUBLISH, value=page.round.id, style="primary", confirm=sure)]
    if not page.waiting:
        return []
    sure = blocks.confirm(
        t("Tell those who wait?"),
        t("They are told kindly why nobody was found, and go first in the next round. Nobody is asked anything."),
        yes=t("Tell them"), no=t("Not yet"),
    )  # fmt: skip
    return [blocks.button(t("Tell those who wait"), ids.ROUND_PUBLISH, value=page.round.id, confirm=sure)]


def why_modal(t: Texts) -> blocks.View:
    """Return the form that asks about two named people."""
    shown = [
        blocks.input_(t("Mentor"), blocks.person_select("mentor"), block_id="mentor"),
        blocks.input_(t("Mentee"), blocks.person_select("mentee"), block_id="mentee"),
    ]
    return blocks.modal(t, title=t("Why not these two?"), callback_id=ids.WHY_NOT, blocks=shown, submit=t("Ask"))


def answer_modal(t: Texts, answer: PairAnswer) -> blocks.View:
    """Return why two people are not proposed to each other, or what it would cost, with the button that does it."""
    mentor, mentee = t.mentions([answer.mentor.user_id]), t.mentions([answer.mentee.user_id])
    shown: list[blocks.Block] = [blocks.section(t.md("{mentor} → {mentee}", mentor=mentor, mentee=mentee))]
    pair = f"{answer.mentor.id}@{answer.mentee.id}"
    if answer.chosen:
        shown.append(
            blocks.section(t.md("They are proposed to each other in this draft, at {score}/100.", score=answer.score))
        )
    elif answer.rules:
        rules = reasons.pair_rules(t, answer.rules)
        shown.append(blocks.section(t.md("*They cannot be paired:*\n{rules}", rules=rules)))
        if answer.can_override:
            anyway = blocks.confirm(
                t("Set the rule aside?"),
                t("Only for these two, only in this round. It is noted that you decided so."),
                yes=t("Pair them anyway"),
                no=t("Leave it"),
                danger=True,
            )
            shown.append(
                blocks.actions(
                    blocks.button(
                        t("Pair them anyway"), ids.ROUND_PAIR_ANYWAY, value=pair, style="danger", confirm=anyway
                    )
                )
            )
    else:
        shown += [blocks.section(_cost(t, answer)), blocks.context(_why(t, answer))]
        shown.append(blocks.actions(blocks.button(t("Pair them"), ids.ROUND_PAIR, value=pair, style="primary")))
    return blocks.modal(t, title=t("Why not these two?"), callback_id=ids.NOTICE, blocks=shown)


def swap_modal(t: Texts, proposal_id: str) -> blocks.View:
    """Return the form that asks with whose mentor a proposal's mentor changes places."""
    shown = [
        blocks.section(t.md("Two mentors change places. You see what it costs before anything moves.")),
        blocks.input_(
            t("Swap with the mentor proposed to"),
            blocks.person_select("mentee"),
            block_id="mentee",
            hint=t("The mentee of another one-to-one proposal of this draft."),
        ),
    ]
    return blocks.modal(
        t, title=t("Swap mentors"), callback_id=ids.SWAP, blocks=shown, submit=t("See the cost"), metadata=proposal_id
    )


def swap_answer_modal(t: Texts, answer: SwapAnswer) -> blocks.View:
    """Return what a swap would change, with the button that does it, or the rules in its way."""
    shown: list[blocks.Block] = [blocks.section(_swapped(t, pair)) for pair in answer.pairs]
    if answer.allowed:
        shown.append(blocks.section(_swap_cost(t, answer)))
        if answer.others_changed:
            shown.append(
                blocks.context(
                    t.nmd(
                        "Around it, {count} other mentee would be proposed somebody else.",
                        "Around it, {count} other mentees would be proposed somebody else.",
                        answer.others_changed,
                    )
                )
            )
        value = "@".join(answer.proposal_ids)
        shown.append(blocks.actions(blocks.button(t("Swap them"), ids.ROUND_SWAP, value=value, style="primary")))
    return blocks.modal(t, title=t("Swap mentors"), callback_id=ids.NOTICE, blocks=shown)


def _swap_cost(t: Texts, answer: SwapAnswer) -> Mrkdwn:
    if not answer.served_change and not answer.score_change:
        return t.md("The swap costs nothing: as many people served, and the same total score.")
    return t.md("The swap would mean {change}.", change=_change(t, answer.served_change, answer.score_change))


def _change(t: Texts, served: int, score: int) -> Mrkdwn:
    """Say by how much people served and the total score would change."""
    if served > 0:
        people = t.nmd("*{count} person more* served", "*{count} people more* served", served)
    elif served < 0:
        people = t.nmd("*{count} person fewer* served", "*{count} people fewer* served", -served)
    else:
        people = t.md("as many people served")
    if score > 0:
        points = t.nmd("*{count} point more* in all", "*{count} points more* in all", score)
    elif score < 0:
        points = t.nmd("*{count} point less* in all", "*{count} points less* in all", -score)
    else:
        points = t.md("the same total score")
    return t.md("{people} and {points}", people=people, points=points)


def _swapped(t: Texts, pair: SwappedPair) -> Mrkdwn:
    mentor, mentee = t.mentions([pair.mentor.user_id]), t.mentions([pair.mentee.user_id])
    if not pair.rules:
        return t.md("{mentor} → {mentee} · {score}/100", mentor=mentor, mentee=mentee, score=pair.score)
    head = t.md("{mentor} → {mentee}", mentor=mentor, mentee=mentee)
    why = t.md("*They cannot be paired:*\n{rules}", rules=reasons.pair_rules(t, pair.rules))
    return Mrkdwn(f"{head}\n{why}")


def paired(t: Texts) -> Mrkdwn:
    """Return what stands in the place of the question once the two were locked together."""
    return t.md("Done: they are locked together, and the rest of the draft was solved again around them.")


def _cost(t: Texts, answer: PairAnswer) -> Mrkdwn:
    change = (answer.served_change, answer.score_change)
    lines = [t.md("No rule keeps them apart; they would score {score}/100.", score=answer.score)]
    if answer.mentor_takes or answer.mentee_gets:
        lines.append(t.md("The draft does better without:") if change < (0, 0) else t.md("In the draft as it is:"))
    if answer.mentor_takes:
        takes = t.mentions(person.user_id for person in answer.mentor_takes)
        lines.append(t.md("•  the mentor is proposed to {takes} instead", takes=takes))
    if answer.mentee_gets:
        gets = t.mentions(person.user_id for person in answer.mentee_gets)
        lines.append(t.md("•  the mentee is proposed {gets} instead", gets=gets))
    if change == (0, 0):
        lines.append(t.md("Pairing them would cost nothing: as many people served, and the same total score."))
    else:
        lines.append(t.md("Pairing them would mean {change}.", change=_change(t, *change)))
    return Mrkdwn("\n".join(lines))


def _why(t: Texts, answer: PairAnswer) -> Mrkdwn:
    return Mrkdwn(" · ".join(reasons.reason(t, one, answer.topics) for one in answer.reasons[:3]))


def publishing(t: Texts) -> Mrkdwn:
    """Return what stands in the place of a draft while it is being published."""
    return notices.meanwhile(t, t.md("Publishing… this takes a few seconds with so many people."))


def published(t: Texts, asked: int, waiting: int) -> Mrkdwn:
    """Return what was sent when a round was published."""
    if not asked:
        return t.nmd("{count} person left waiting is told.", "{count} people left waiting are told.", waiting)
    sent = t.nmd("Published: {count} proposal is on its way.", "Published: {count} proposals are on their way.", asked)
    if not waiting:
        return sent
    told = t.nmd("{count} person left waiting is told too.", "{count} people left waiting are told too.", waiting)
    return Mrkdwn(f"{sent} {told}")


def dismissed(t: Texts) -> Mrkdwn:
    """Return what stands in the place of a draft that was dismissed."""
    return t.md("Dismissed. Nobody was told.")


def _summary(t: Texts, page: DraftPage) -> Mrkdwn:
    waiting = t.nmd("{count} mentee waiting", "{count} mentees waiting", len(page.waiting))
    if not page.kept:
        return t.md("*This draft proposes nobody* · {waiting}", waiting=waiting)
    kept = t.nmd("*{count} proposal*", "*{count} proposals*", page.kept)
    return t.md(
        "{kept} · {waiting} · mean score {mean} of 100 · page {number} of {pages}",
        kept=kept, waiting=waiting, mean=page.mean_score, number=page.number + 1, pages=page.pages,
    )  # fmt: skip


def _proposal(t: Texts, page: DraftPage, proposal: Proposal) -> list[blocks.Block]:
    def named(role: Role) -> Mrkdwn:
        return t.mentions(page.people[one].user_id for one in proposal.people(role))

    head = t.md(
        "{mentor} → {mentee} · *{topic}* · {score}/100",
        mentor=named(Role.MENTOR),
        mentee=named(Role.MENTEE),
        topic=page.topics[proposal.topic_id].name(t.language),
        score=proposal.score,
    )
    shown = proposal.reasons[:3]
    why = " · ".join(reasons.reason(t, one, page.topics, is_pair=proposal.is_pair) for one in shown)
    if proposal.locked:
        head = Mrkdwn(f":lock: {head}")
    lock = (ids.UNLOCK, t("Let it go again")) if proposal.locked else (ids.LOCK, t("Keep it"))
    verbs = [lock, (ids.FORBID, t("Never these two")), (ids.LEAVE_OUT, t("Leave out of this round"))]
    if proposal.is_pair:
        verbs.insert(1, (ids.SWAP_WITH, t("Swap mentors with…")))
    options = [blocks.option(text, f"{verb}@{proposal.id}@{page.number}") for verb, text in verbs]
    menu = blocks.choice("overflow", ids.ROUND_PROPOSAL, options)
    return [blocks.section(head, accessory=menu), blocks.context(Mrkdwn(why))]


def _turns(t: Texts, page: DraftPage) -> list[blocks.Element]:
    turns = []
    if page.number > 0:
        turns.append(
            blocks.button(t("Previous page"), f"{ids.ROUND_PAGE}_back", value=f"{page.round.id}@{page.number - 1}")
        )
    if page.number < page.pages - 1:
        turns.append(blocks.button(t("Next page"), f"{ids.ROUND_PAGE}_on", value=f"{page.round.id}@{page.number + 1}"))
    return turns


def _unplaced(t: Texts, page: DraftPage) -> list[blocks.Block]:
    # By what is said and not by code: rules that share a phrase are not to be told apart.
    alike: dict[tuple[str, Mrkdwn | None], list[str]] = defaultdict(list)
    for one in page.waiting:
        remedy = reasons.remedy_phrase(t, one.rule, one.remedy, page.topics)
        alike[reasons.rule_phrase(t, one.rule), remedy].append(one.person_id)
    most_first = sorted(alike.items(), key=lambda said: -len(said[1]))
    shown = [blocks.divider(), blocks.section(t.md("*Left waiting, why, and what would place them*"))]
    for (rule, remedy), people in most_first[:WAYS_SHOWN]:
        named = t.mentions(page.people[one].user_id for one in people[:UNPLACED_SHOWN] if one in page.people)
        more = t.md(" and {count} more", count=len(people) - UNPLACED_SHOWN) if len(people) > UNPLACED_SHOWN else ""
        line = t.md("•  {rule}: {named}{more}", rule=rule, named=named, more=more)
        shown.append(blocks.section(Mrkdwn(f"{line}\n→ {remedy}") if remedy else line))
    if others := sum(len(people) for _, people in most_first[WAYS_SHOWN:]):
        shown.append(blocks.context(t.nmd("…and {count} more.", "…and {count} more.", others)))
    return shown
