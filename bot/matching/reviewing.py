"""What a lead asks of a draft: why not these two, and what would proposing them cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from bot.matching.explaining import breakdown, main_reasons, score_of
from bot.matching.outcome import Outcome, Rule, WhyNot, pairs_of
from bot.matching.pool import Format, Pool
from bot.matching.rounds import solve, solve_all
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


def kept_apart(
    pool: Pool,
    groups: Iterable[Sequence[str]],
    *,
    format: Format,  # noqa: A002
) -> set[tuple[str, str]]:
    """Return every two people of one role in one of *groups* who are not to sit together, both ways round."""
    scored = ScoredPool(pool, format=format)
    sides = ((scored.mentor_number, scored.mentors_apart), (scored.mentee_number, scored.mentees_apart))
    found: set[tuple[str, str]] = set()
    for group in groups:
        for number, apart in sides:
            keys = [key for key in group if key in number]
            table = apart.each_two(np.array([number[key] for key in keys], dtype=np.int64))
            found.update((keys[one], keys[other]) for one, other in np.argwhere(table))
    return found


def explain_pair(pool: Pool, mentor: str, mentee: str, *, format: Format | None) -> WhyNot:  # noqa: A002
    """Return why the two are not proposed to each other, or what it would cost if they were.

    Without a *format* everybody is paired in one they chose, as `solve_all` does.
    """

    def solved(pool: Pool) -> Outcome:
        return solve_all(pool) if format is None else solve(pool, format=format)

    answers = [_judged(pool, mentor, mentee, format=one) for one in ([format] if format else _chosen(pool, mentee))]
    # Of several formats the one that lets them meet, else what is in the way where both take part.
    found = min(answers, key=lambda answer: (len(answer.rules), Rule.FORMAT in answer.rules))
    if found.rules:
        return found
    before = solved(pool)
    pairs = pairs_of(before)
    if (mentor, mentee) in pairs:
        return replace(found, chosen=True)
    after = solved(replace(pool, locked=pool.locked | {(mentor, mentee)}))
    if refused := [lock.rules for lock in after.refused_locks if (lock.mentor, lock.mentee) == (mentor, mentee)]:
        return replace(found, rules=refused[0])
    return replace(
        found,
        served_change=after.served - before.served,
        score_change=after.total_score - before.total_score,
        mentor_takes=tuple(sorted(taken for other, taken in pairs if other == mentor)),
        mentee_gets=tuple(sorted(other for other, taken in pairs if taken == mentee)),
    )


def _chosen(pool: Pool, mentee: str) -> list[Format]:
    """Return the formats in which somebody could be paired; one-to-one where they chose none."""
    formats = next((one.formats for one in pool.mentees if one.key == mentee), frozenset())
    return [one for one in Format if one in formats] or [Format.PATH]


def _judged(pool: Pool, mentor: str, mentee: str, *, format: Format) -> WhyNot:  # noqa: A002
    """Return the rules in the way in one format, or the score and its reasons."""
    scored = ScoredPool(pool, format=format)
    mentor_number, mentee_number = scored.mentor_number.get(mentor), scored.mentee_number.get(mentee)
    if mentor_number is None or mentee_number is None:
        return WhyNot(rules=takes_no_part(scored, mentor, mentee))
    teacher, learner = scored.mentors[mentor_number], scored.mentees[mentee_number]
    rules = scored.broken_rules(mentee_number, mentor_number)
    places = teacher.group_sessions if format is Format.COLLECTIVE else teacher.seats
    if not rules and not places:
        rules = (Rule.CAPACITY,)
    if rules:
        return WhyNot(rules=rules)
    parts = breakdown(scored.weights, teacher, learner)
    return WhyNot(rules=(), score=score_of(parts), reasons=main_reasons(parts, [teacher, learner]))
