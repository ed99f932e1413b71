"""From numbers back to people: a proposal with its score, topic and main reasons, for two people or a group."""

from __future__ import annotations

from collections.abc import Sequence

from bot.matching.explaining import breakdown, main_reasons, score_of, teachable
from bot.matching.outcome import Fact, Proposed, Reason, ReasonCode
from bot.matching.pool import Candidate
from bot.matching.scoring import ScoredPool


def propose(
    scored: ScoredPool,
    mentors: Sequence[int],
    mentees: Sequence[int],
    *,
    topic: str | None = None,
    locked: bool = False,
) -> Proposed:
    """Return the proposal that people with these numbers meet, on *topic* or else what they have most to learn of."""
    teachers = [scored.mentors[number] for number in mentors]
    learners = [scored.mentees[number] for number in mentees]
    parts = [breakdown(scored.weights, teacher, learner) for teacher in teachers for learner in learners]
    topics = (topic,) if topic is not None else _common_topics(teachers, learners)
    reasons = parts[0] if len(parts) == 1 else _shared_reasons(parts, teachers, learners, topics)
    return Proposed(
        format=scored.format,
        mentors=tuple(teacher.key for teacher in teachers),
        mentees=tuple(learner.key for learner in learners),
        topic=topics[0] if topics else None,
        score=sum(map(score_of, parts)) // len(parts),
        reasons=main_reasons(reasons, [*teachers, *learners]),
        locked=locked,
    )


def pair_scores(scored: ScoredPool, proposed: Proposed) -> int:
    """Return the scores of all pairs of a proposal, added up."""
    if len(proposed.mentors) == len(proposed.mentees) == 1:
        return proposed.score
    return sum(
        score_of(breakdown(scored.weights, _mentor(scored, mentor), _mentee(scored, mentee)))
        for mentor in proposed.mentors
        for mentee in proposed.mentees
    )


def _mentor(scored: ScoredPool, key: str) -> Candidate:
    return scored.mentors[scored.mentor_number[key]]


def _mentee(scored: ScoredPool, key: str) -> Candidate:
    return scored.mentees[scored.mentee_number[key]]


def _common_topics(teachers: Sequence[Candidate], learners: Sequence[Candidate]) -> tuple[str, ...]:
    """Return what the mentors can teach, those topics first that concern most of the pairs, then the best of each."""
    found: dict[str, tuple[int, int]] = {}
    for teacher in teachers:
        for learner in learners:
            for rank, topic in enumerate(teachable(teacher, learner)):
                pairs, ranks = found.get(topic, (0, 0))
                found[topic] = (pairs + 1, ranks + rank)
    return tuple(sorted(found, key=lambda topic: (-found[topic][0], found[topic][1], topic)))


def _shared_reasons(
    parts: Sequence[Sequence[Reason]],
    teachers: Sequence[Candidate],
    learners: Sequence[Candidate],
    topics: tuple[str, ...],
) -> tuple[Reason, ...]:
    """Return the parts of several pairs as one breakdown: mean points, and of the facts only those true of all."""
    people = [*teachers, *learners]
    half_days = frozenset.intersection(*(person.half_days for person in people))
    sites = {person.site for person in people}
    offsets = [person.utc_offset_minutes for person in people]
    facts: dict[ReasonCode, dict[str, Fact]] = {ReasonCode.TEACHES: {"topics": topics, "wanted": len(topics)}}
    if half_days:
        facts[ReasonCode.SHARED_HALF_DAYS] = {"half_days": tuple(sorted(half_days))}
    if len(sites) == 1 and (site := people[0].site) is not None:
        facts[ReasonCode.SAME_SITE] = {"site": site}
    else:
        facts[ReasonCode.CLOSE_TIME_ZONES] = {"minutes_apart": max(offsets) - min(offsets)}
    shared: list[Reason] = []
    for column in zip(*parts, strict=True):
        code = column[0].code
        if code in (ReasonCode.SAME_SITE, ReasonCode.CLOSE_TIME_ZONES):
            code = ReasonCode.SAME_SITE if ReasonCode.SAME_SITE in facts else ReasonCode.CLOSE_TIME_ZONES
        if code in facts:
            points = sum(part.points for part in column) // len(column)
            shared.append(Reason(code=code, points=points, out_of=column[0].out_of, args=facts[code]))
    return tuple(shared)
