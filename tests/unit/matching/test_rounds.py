"""All formats in one round: everybody who can be placed is, each in a format they chose."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.matching import (
    Format,
    Outcome,
    Pool,
    RefusedLock,
    Remedy,
    RemedyCode,
    Rule,
    pairs_of,
    rounds,
    solve,
    solve_all,
    why_not,
)
from bot.matching.solving import solve_seats
from tests.unit.matching.exact import may_meet
from tests.unit.matching.pools import a_mentee, a_mentor, a_pool, keeping, random_pool


def test_fifty_five_mentors_have_a_place_for_two_hundred_and_fifty() -> None:
    """The insurer's programme: two one-to-one places and one collective session for each mentor."""
    dice = random.Random(1)
    topics = ["ai", "image", "search", "social", "tools"]
    mentors = tuple(
        a_mentor(f"m{number}", topics_offered=dict.fromkeys(dice.sample(topics, 3), 4), group_sessions=1)
        for number in range(55)
    )
    mentees = tuple(
        a_mentee(f"n{number}", topics_wanted={topic: dice.randrange(3) for topic in dice.sample(topics, 2)})
        for number in range(250)
    )
    outcome = solve_all(a_pool(mentors=mentors, mentees=mentees))
    assert (outcome.served, outcome.unplaced) == (250, ())
    assert Counter(proposed.format for proposed in outcome.proposals)[Format.PATH] == 110


@settings(max_examples=25)
@example(seed=8953955)  # A flash session that takes the places of two.
@given(seed=st.integers(0, 10**9))
def test_no_rule_and_no_number_of_places_is_broken_across_formats(seed: int) -> None:
    dice = random.Random(seed)
    pool = random_pool(seed, mentors=dice.randint(2, 7), mentees=dice.randint(2, 14), both=2)

    def choosing(formats: list[Format]) -> frozenset[str]:
        return frozenset(dice.sample(formats, dice.randint(1, 3)))

    pool = replace(pool, mentees=tuple(replace(one, formats=choosing(list(Format))) for one in pool.mentees))
    outcome = solve_all(pool)
    mentors = {person.key: person for person in pool.mentors}
    mentees = {person.key: person for person in pool.mentees}
    seats: Counter[str] = Counter()
    sessions: Counter[str] = Counter()
    for proposed in outcome.proposals:
        assert all(proposed.format in mentees[key].formats for key in proposed.mentees)
        assert all(proposed.format in mentors[key].formats for key in proposed.mentors)
        (sessions if proposed.format is Format.COLLECTIVE else seats).update(proposed.mentors)
    pairs = pairs_of(outcome)
    assert all(may_meet(mentors[mentor], mentees[mentee], pool) for mentor, mentee in pairs)
    assert not {(mentee, mentor) for mentor, mentee in pairs} & pairs
    assert all(count <= mentors[key].seats for key, count in seats.items())
    assert all(count <= mentors[key].group_sessions for key, count in sessions.items())
    served = {mentee for _, mentee in pairs}
    assert served | {person.key for person in outcome.unplaced} == {one.key for one in pool.mentees if one.needs}
    assert not served & {person.key for person in outcome.unplaced}
    assert outcome.served >= solve(pool).served


def test_whoever_only_a_one_to_one_place_can_serve_has_it() -> None:
    """Bo suits Ana better than Zoe does, but Bo finds a group and Zoe, who wants none, does not."""
    ana = a_mentor("ana", seats=1, group_sessions=1)
    others = tuple(a_mentee(key, unserved_last_round=True) for key in ("bo", "cy", "di", "ed"))
    zoe = a_mentee("zoe", formats=frozenset({"path"}))
    outcome = solve_all(a_pool(mentors=(ana,), mentees=(*others, zoe)))
    assert outcome.unplaced == ()
    assert next(one.mentee for one in outcome.proposals if one.format is Format.PATH) == "zoe"


def test_a_flash_session_takes_a_place_of_each_of_its_mentors() -> None:
    mentors = (a_mentor("ana", seats=1), a_mentor("dan", seats=1))
    boss = a_mentee("boss", formats=frozenset({"flash"}))
    outcome = solve_all(a_pool(mentors=mentors, mentees=(boss, a_mentee("bo", formats=frozenset({"path"})))))
    assert [(one.format, sorted(one.mentors)) for one in outcome.proposals] == [(Format.FLASH, ["ana", "dan"])]
    assert [(person.key, person.rule) for person in outcome.unplaced] == [("bo", Rule.CAPACITY)]


def test_whom_one_more_place_would_serve_hears_of_the_place_and_not_of_a_group_too_small() -> None:
    ana = a_mentor("ana", seats=1, group_sessions=1)
    both = frozenset({"path", "collective"})
    outcome = solve_all(a_pool(mentors=(ana,), mentees=(a_mentee("bo", formats=both), a_mentee("cy", formats=both))))
    [left] = outcome.unplaced
    assert (left.rule, left.remedy) == (
        Rule.CAPACITY, Remedy(code=RemedyCode.MORE_SEATS, args={"mentors": ("ana",), "candidates": 1})
    )  # fmt: skip
    only_groups = a_mentee("di", formats=frozenset({"collective"}))
    [left] = solve_all(a_pool(mentors=(ana,), mentees=(only_groups,))).unplaced
    assert left.rule is Rule.GROUP_TOO_SMALL


def test_locks_hold_across_formats() -> None:
    mentors = (a_mentor("ana", seats=1, group_sessions=1), a_mentor("dan", seats=1))
    mentees = (a_mentee("bo"), a_mentee("cy"), a_mentee("di", team="x"))
    pool = a_pool(mentors=mentors, mentees=mentees, locked=frozenset({("dan", "bo"), ("ana", "who")}))
    outcome = solve_all(pool)
    assert ("dan", "bo") in pairs_of(outcome)
    assert outcome.served == 2
    assert outcome.refused_locks == (RefusedLock(mentor="ana", mentee="who", rules=(Rule.NOT_LOOKING,)),)


@settings(max_examples=15)
@given(seed=st.integers(0, 10**9))
def test_a_draft_locked_whole_comes_back_whole_in_the_same_formats(seed: int) -> None:
    dice = random.Random(seed)
    pool = random_pool(seed, mentors=dice.randint(3, 7), mentees=dice.randint(6, 14))
    pool = replace(pool, mentees=tuple(replace(one, formats=frozenset(Format)) for one in pool.mentees))
    draft = solve_all(pool)
    again = solve_all(keeping(pool, draft, free=frozenset()))
    assert again.refused_locks == ()
    assert {(one.format, frozenset(one.mentors), frozenset(one.mentees)) for one in draft.proposals} <= {
        (one.format, frozenset(one.mentors), frozenset(one.mentees)) for one in again.proposals
    }


def test_a_locked_group_is_not_torn_apart_by_one_to_one_places() -> None:
    mentors = (a_mentor("ana", seats=2, group_sessions=1), a_mentor("dan", seats=1))
    mentees = tuple(a_mentee(f"m{number}") for number in range(4))
    group = {("ana", mentee.key): Format.COLLECTIVE for mentee in mentees}
    outcome = solve_all(a_pool(mentors=mentors, mentees=mentees, locked=frozenset(group), locked_in=group))
    assert [(one.format, len(one.mentees)) for one in outcome.proposals] == [(Format.COLLECTIVE, 4)]


def test_why_not_answers_as_everybody_is_paired() -> None:
    ana = a_mentor("ana", seats=0, group_sessions=1)
    mentees = tuple(a_mentee(f"m{number}", formats=frozenset({"collective"})) for number in range(3))
    pool = a_pool(mentors=(ana,), mentees=mentees)
    assert why_not(pool, "ana", "m0", format=None).chosen
    assert why_not(pool, "ana", "m0", format="path").rules == (Rule.FORMAT,)
    full = replace(pool, mentors=(replace(ana, group_sessions=0),))
    assert why_not(full, "ana", "m0", format=None).rules == (Rule.CAPACITY,)


def test_places_are_not_filled_twice_for_somebody_whom_no_mentor_could_take(monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[int] = []

    def counted(pool: Pool, **first: AbstractSet[str]) -> Outcome:
        filled.append(len(pool.mentees))
        return solve_seats(pool, **first)

    monkeypatch.setattr(rounds, "solve_seats", counted)
    ana = a_mentor("ana", seats=1)
    alone = a_mentee("zoe", topics_wanted={"nobody's": 0})
    assert [one.key for one in solve_all(a_pool(mentors=(ana,), mentees=(a_mentee("bo"), alone))).unplaced] == ["zoe"]
    assert filled == [2]
    solve_all(a_pool(mentors=(ana,), mentees=(a_mentee("bo"), a_mentee("cy"))))
    assert filled == [2, 2, 2]
