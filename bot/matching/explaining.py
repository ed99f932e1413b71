"""Why a pair is proposed, why somebody is left out, and what would place them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.matching.outcome import Fact, Reason, ReasonCode, Remedy, RemedyCode, Rule, Unplaced
from bot.matching.pool import Candidate, Format, Weights
from bot.matching.scoring import (
    ENOUGH_HALF_DAYS,
    ENOUGH_TOPICS,
    ScoredPool,
    department_points,
    place_of,
    place_points,
    waiting_points,
)

Ints: TypeAlias = NDArray[np.int64]

MAIN_REASONS = 3
NAMED_MENTORS = 3
"""Mentors named at most where any of many would do."""


def teachable(mentor: Candidate, mentee: Candidate) -> tuple[str, ...]:
    """Return the topics wanted which the mentor is above, most to learn first, then the newest to the mentee."""
    above = [
        (use - mentor.topics_offered[topic], use, topic)
        for topic, use in mentee.topics_wanted.items()
        if mentor.topics_offered.get(topic, 0) > use
    ]
    return tuple(topic for _, _, topic in sorted(above))


def breakdown(weights: Weights, mentor: Candidate, mentee: Candidate) -> tuple[Reason, ...]:
    """Return every part of a pair's score, in the order of the weights, those that bring nothing included.

    *weights* add up to 100. The points add up to the score that `ScoredPool.scores` gives.
    """
    topics = teachable(mentor, mentee)
    enough = max(1, min(ENOUGH_TOPICS, len(mentee.topics_wanted)))
    covered = min(len(topics), enough)
    fit = weights.topic_fit if covered == enough else weights.topic_fit // enough * covered
    teaches: dict[str, Fact] = {"topics": topics, "wanted": len(mentee.topics_wanted)}
    gap = 0
    gap_args: dict[str, Fact] = {}
    if topics:
        level, use = mentor.topics_offered[topics[0]], mentee.topics_wanted[topics[0]]
        gap = level - use
        gap_args = {"topic": topics[0], "level": level, "use": use}
    shared = mentor.half_days & mentee.half_days
    free = weights.availability * min(len(shared), ENOUGH_HALF_DAYS) // ENOUGH_HALF_DAYS
    departments: dict[str, Fact] = {}
    if mentor.department is not None and mentee.department is not None:
        departments = {"mentor": mentor.department, "mentee": mentee.department}
    return (
        Reason(code=ReasonCode.TEACHES, points=fit, out_of=weights.topic_fit, args=teaches),
        Reason(code=ReasonCode.LEVEL_GAP, points=weights.level_gap * gap // 4, out_of=weights.level_gap, args=gap_args),
        Reason(
            code=ReasonCode.SHARED_HALF_DAYS,
            points=free,
            out_of=weights.availability,
            args={"half_days": tuple(sorted(shared))},
        ),
        Reason(
            code=ReasonCode.DIFFERENT_DEPARTMENTS,
            points=department_points(weights.department, mentee.department, mentor.department),
            out_of=weights.department,
            args=departments,
        ),
        _place_reason(weights, mentor, mentee),
        _waiting_reason(weights, mentee),
    )


def score_of(parts: Sequence[Reason]) -> int:
    """Return the score out of 100 that the *parts* of a breakdown add up to."""
    return sum(part.points for part in parts)


def main_reasons(parts: Sequence[Reason], people: Sequence[Candidate]) -> tuple[Reason, ...]:
    """Return the three reasons that bring most, what is taught always first, a language all *people* share if short."""
    telling = [part for part in parts if part.points > 0 and _says_something(part)]
    ranked = sorted(telling, key=lambda part: (part.code is not ReasonCode.TEACHES, -part.points))
    languages = frozenset.intersection(*(person.languages for person in people))
    if len(ranked) < MAIN_REASONS and languages:
        shared: dict[str, Fact] = {"languages": tuple(sorted(languages))}
        ranked.append(Reason(code=ReasonCode.COMMON_LANGUAGE, points=0, out_of=0, args=shared))
    return tuple(ranked[:MAIN_REASONS])


def _says_something(part: Reason) -> bool:
    """Tell a reason from points given for want of knowledge, as where a department is not known."""
    return part.code is not ReasonCode.DIFFERENT_DEPARTMENTS or bool(part.args)


def _place_reason(weights: Weights, mentor: Candidate, mentee: Candidate) -> Reason:
    points = place_points(weights.place, place_of(mentee), place_of(mentor))
    if mentor.site is not None and mentor.site == mentee.site:
        return Reason(code=ReasonCode.SAME_SITE, points=points, out_of=weights.place, args={"site": mentor.site})
    apart = abs(mentor.utc_offset_minutes - mentee.utc_offset_minutes)
    return Reason(code=ReasonCode.CLOSE_TIME_ZONES, points=points, out_of=weights.place, args={"minutes_apart": apart})


def _waiting_reason(weights: Weights, mentee: Candidate) -> Reason:
    points = waiting_points(weights.waiting, mentee)
    if mentee.unserved_last_round:
        return Reason(code=ReasonCode.LEFT_OUT_LAST_ROUND, points=points, out_of=weights.waiting)
    return Reason(code=ReasonCode.WAITED, points=points, out_of=weights.waiting, args={"days": mentee.waiting_days})


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """How a round ended, as far as those left out are concerned."""

    free_places: Ints
    """Places each mentor has left."""
    taught: Mapping[str, AbstractSet[str]]
    """Whom each person mentors in this round."""
    mentors_needed: int = 1


def explain_unplaced(scored: ScoredPool, rows: Ints, aftermath: Aftermath) -> Iterator[Unplaced]:
    """Yield why each of the mentees *rows* is left out."""
    for start in range(0, len(rows), 256):
        block = rows[start : start + 256]
        bans, scores = scored.bans(block), scored.scores(block)
        for place, row in enumerate(block):
            mine = {rule: banned[place] for rule, banned in bans.items()}
            yield _explain(scored, scored.mentees[row], mine, scores[place], aftermath)


def _explain(
    scored: ScoredPool,
    mentee: Candidate,
    bans: dict[Rule, NDArray[np.bool_]],
    scores: NDArray[np.uint8],
    aftermath: Aftermath,
) -> Unplaced:
    if len(scored.mentors) < aftermath.mentors_needed:
        return _unplaced(mentee, Rule.NO_MENTORS, len(scored.mentors), _more_mentors(mentee))
    own_mentees = aftermath.taught.get(mentee.key, frozenset())
    both_ways = np.zeros(len(scored.mentors), dtype=np.bool_)
    both_ways[[scored.mentor_number[key] for key in own_mentees if key in scored.mentor_number]] = True
    left = np.ones(len(scored.mentors), dtype=np.bool_)
    for rule, banned in (*bans.items(), (Rule.BOTH_WAYS, both_ways)):
        before = int(left.sum())
        left &= ~banned
        if int(left.sum()) < aftermath.mentors_needed:
            return _unplaced(
                mentee, rule, before, _remedy(scored, mentee, bans, (aftermath.free_places > 0) & ~both_ways)
            )
    candidates = np.flatnonzero(left)
    if scored.format is Format.COLLECTIVE and aftermath.free_places[candidates].any():
        more_people = Remedy(code=RemedyCode.MORE_PEOPLE, args={"topics": tuple(sorted(mentee.topics_wanted))})
        return _unplaced(mentee, Rule.GROUP_TOO_SMALL, len(candidates), more_people)
    best_first = candidates[np.argsort(-scores[candidates].astype(np.int64), kind="stable")]
    named = tuple(scored.mentors[number].key for number in best_first[:NAMED_MENTORS])
    more_seats = Remedy(code=RemedyCode.MORE_SEATS, args={"mentors": named, "candidates": len(best_first)})
    return _unplaced(mentee, Rule.CAPACITY, len(best_first), more_seats)


def _unplaced(mentee: Candidate, rule: Rule, candidates_before: int, remedy: Remedy) -> Unplaced:
    return Unplaced(key=mentee.key, rule=rule, candidates_before=candidates_before, remedy=remedy)


def _more_mentors(mentee: Candidate) -> Remedy:
    return Remedy(code=RemedyCode.MORE_MENTORS, args={"topics": tuple(sorted(mentee.topics_wanted))})


def _remedy(
    scored: ScoredPool, mentee: Candidate, bans: dict[Rule, NDArray[np.bool_]], free: NDArray[np.bool_]
) -> Remedy:
    """Return the change that opens most mentors who are *free* for the mentee, out of those a person can make.

    That two have met lately counts for no more here than that they are kept apart, so that nothing tells the two apart.
    """
    reasons_against = np.sum(list(bans.values()), axis=0)
    within_reach = {
        rule: np.flatnonzero(bans[rule] & (reasons_against == 1) & free)
        for rule in (Rule.TOPIC, Rule.LANGUAGE, Rule.SITE)
    }
    rule, mentors = max(within_reach.items(), key=lambda item: len(item[1]))
    if not len(mentors):
        return _more_mentors(mentee)
    candidates = len(mentors)
    if rule is Rule.TOPIC:
        wanted = tuple(sorted(mentee.topics_wanted))
        return Remedy(code=RemedyCode.A_MENTOR_FOR, args={"topics": wanted, "candidates": candidates})
    if rule is Rule.LANGUAGE:
        spoken = frozenset[str]().union(*(scored.mentors[number].languages for number in mentors))
        return Remedy(
            code=RemedyCode.ANOTHER_LANGUAGE, args={"languages": tuple(sorted(spoken)), "candidates": candidates}
        )
    return Remedy(code=RemedyCode.MEETING_REMOTELY, args={"candidates": candidates})
