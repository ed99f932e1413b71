"""What a lead asks of a draft: why not these two, and what would proposing them cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.matching.drafts import pairs_of
from bot.matching.explaining import breakdown, main_reasons, score_of
from bot.matching.outcome import Rule, WhyNot
from bot.matching.pool import Format, Pool
from bot.matching.rounds import solve
from bot.matching.scoring import ScoredPool
from bot.matching.solving import takes_no_part


def broken_rules(
    pool: Pool,
    pairs: Iterable[tuple[str, str]],
    *,
    format: Format,  # noqa: A002
) -> dict[tuple[str, str], tuple[Rule, ...]]:
    """Return (mentor, mentee) → the hard rules in the way, for those of *pairs* that have any; places do not count."""
    scored = ScoredPool(pool, format=format)
    found: dict[tuple[str, str], tuple[Rule, ...]] = {}
    for mentor, mentee in pairs:
        mentor_number, mentee_number = scored.mentor_number.get(mentor), scored.mentee_number.get(mentee)
        if mentor_number is None or mentee_number is None:
            found[mentor, mentee] = takes_no_part(scored, mentor, mentee)
        elif rules := scored.broken_rules(mentee_number, mentor_number):
            found[mentor, mentee] = rules
    return found


def explain_pair(pool: Pool, mentor: str, mentee: str, *, format: Format) -> WhyNot:  # noqa: A002
    """Return why the two are not proposed to each other, or what it would cost if they were."""
    scored = ScoredPool(pool, format=format)
    mentor_number, mentee_number = scored.mentor_number.get(mentor), scored.mentee_number.get(mentee)
    if mentor_number is None or mentee_number is None:
        return WhyNot(rules=takes_no_part(scored, mentor, mentee))
    teacher, learner = scored.mentors[mentor_number], scored.mentees[mentee_number]
    rules = scored.broken_rules(mentee_number, mentor_number)
    if not rules and not teacher.seats:
        rules = (Rule.CAPACITY,)
    if rules:
        return WhyNot(rules=rules)
    parts = breakdown(scored.weights, teacher, learner)
    found = WhyNot(rules=(), score=score_of(parts), reasons=main_reasons(parts, [teacher, learner]))
    before = solve(pool, format=format)
    pairs = pairs_of(before)
    if (mentor, mentee) in pairs:
        return replace(found, chosen=True)
    after = solve(replace(pool, locked=pool.locked | {(mentor, mentee)}), format=format)
    if refused := [lock.rules for lock in after.refused_locks if (lock.mentor, lock.mentee) == (mentor, mentee)]:
        return replace(found, rules=refused[0])
    return replace(
        found,
        served_change=after.served - before.served,
        score_change=after.total_score - before.total_score,
        mentor_takes=tuple(sorted(taken for other, taken in pairs if other == mentor)),
        mentee_gets=tuple(sorted(other for other, taken in pairs if taken == mentee)),
    )
