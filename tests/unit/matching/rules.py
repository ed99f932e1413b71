"""What must hold of every answer in any pool, whatever it is worth."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from bot.matching import Outcome, Pool, pairs_of
from tests.unit.matching.exact import kept_apart, may_meet, score


def check_rules(pool: Pool, outcome: Outcome) -> None:
    """Nobody meets whom they may not, sits beside whom they must not, is placed twice or forgotten."""
    mentors = {person.key: person for person in pool.mentors}
    mentees = {person.key: person for person in pool.mentees}
    pairs = pairs_of(outcome)
    assert all(may_meet(mentors[mentor], mentees[mentee], pool) for mentor, mentee in pairs)
    assert not {(mentee, mentor) for mentor, mentee in pairs} & pairs
    assert outcome.total_score == sum(score(mentors[mentor], mentees[mentee], pool) for mentor, mentee in pairs)
    for proposed in outcome.proposals:
        assert all(proposed.format in mentors[one].formats for one in proposed.mentors)
        assert all(proposed.format in mentees[one].formats for one in proposed.mentees)
        for side in (proposed.mentors, proposed.mentees):
            assert not any(kept_apart(one, other, pool) for one, other in combinations(side, 2))
    everybody = Counter(mentee for proposed in outcome.proposals for mentee in proposed.mentees)
    assert set(everybody.values()) <= {1}
    assert everybody.keys() | {person.key for person in outcome.unplaced} == {
        person.key for person in pool.mentees if person.needs
    }


def check_groups(pool: Pool, outcome: Outcome) -> None:
    """Besides, every group has its size, its topic and its mentors, and no mentor leads more than they can."""
    check_rules(pool, outcome)
    mentors = {person.key: person for person in pool.mentors}
    mentees = {person.key: person for person in pool.mentees}
    for proposed in outcome.proposals:
        assert pool.smallest_group <= len(proposed.mentees) <= pool.largest_group
        assert proposed.topic is not None
        assert len(proposed.mentors) in (1, 2)
        level = min(mentors[mentor].topics_offered[proposed.topic] for mentor in proposed.mentors)
        assert all(mentees[mentee].topics_wanted[proposed.topic] < level for mentee in proposed.mentees)
    led = Counter(mentor for proposed in outcome.proposals for mentor in proposed.mentors)
    assert all(count <= mentors[mentor].group_sessions for mentor, count in led.items())
