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
    Candidate,
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
from tests.unit.matching.exact import (
    best_groups,
    best_seating,
    best_trios,
    left_after,
    may_meet,
    most_served,
    score,
    taking_part,
)
from tests.unit.matching.pools import a_mentee, a_mentor, a_pool, keeping, random_pool
from tests.unit.matching.rules import check_rules


def the_insurers_programme(seed: int) -> Pool:
    """Fifty-five mentors with two one-to-one places and one collective session each, for two hundred and fifty."""
    dice = random.Random(seed)
    topics = ["ai", "image", "search", "social", "tools"]
    mentors = tuple(
        a_mentor(f"m{number}", topics_offered=dict.fromkeys(dice.sample(topics, 3), 4), group_sessions=1)
        for number in range(55)
    )
    mentees = tuple(
        a_mentee(f"n{number}", topics_wanted={topic: dice.randrange(3) for topic in dice.sample(topics, 2)})
        for number in range(250)
    )
    return a_pool(mentors=mentors, mentees=mentees)


def in_a_company(pool: Pool, seed: int) -> Pool:
    """The same people in a reporting tree: teams of eight under one manager, seven managers under one above them.

    Whoever manages learns; an HR partner for every forty people is among them, and three in a hundred avoid somebody.
    """
    dice = random.Random(seed)
    mentees = [one.key for one in pool.mentees]
    everybody = [*mentees, *(one.key for one in pool.mentors)]
    managers, staff = mentees[:45], [one for one in everybody if one not in set(mentees[:45])]
    dice.shuffle(staff)
    reporting: dict[str, str | None] = {key: managers[(place - 1) // 7] for place, key in enumerate(managers) if place}
    reporting |= {key: managers[7 + place // 8] for place, key in enumerate(staff)}
    hr_partners = dice.sample(staff, 8)

    def placed(one: Candidate) -> Candidate:
        number = everybody.index(one.key)
        return replace(
            one,
            team=reporting.get(one.key),
            hr_partner=hr_partners[number // 40],
            avoids=frozenset(dice.sample(everybody, 1) if dice.random() < 0.03 else ()),
        )

    return replace(
        pool,
        mentors=tuple(map(placed, pool.mentors)),
        mentees=tuple(map(placed, pool.mentees)),
        reporting=reporting,
    )


def test_fifty_five_mentors_have_a_place_for_two_hundred_and_fifty() -> None:
    outcome = solve_all(the_insurers_programme(1))
    assert (outcome.served, outcome.unplaced) == (250, ())
    assert Counter(proposed.format for proposed in outcome.proposals)[Format.PATH] == 110


@pytest.mark.parametrize("seed", range(3))
def test_in_a_company_with_lines_teams_hr_partners_and_avoid_lists_all_have_one_but_the_head(seed: int) -> None:
    """Every mentor reports to the head, however indirectly."""
    pool = in_a_company(the_insurers_programme(seed), seed)
    outcome = solve_all(pool)
    check_rules(pool, outcome)
    assert outcome.served == 249
    assert [(person.key, person.rule) for person in outcome.unplaced] == [("n0", Rule.REPORTING_LINE)]


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


def a_mixed_pool(seed: int) -> Pool:
    dice = random.Random(seed)
    mentors, mentees = dice.randint(3, 7), dice.randint(6, 14)
    pool = random_pool(seed, mentors=mentors, mentees=mentees, both=dice.randint(0, mentors), all_formats=0.5)
    return replace(pool, smallest_group=dice.choice([2, 3]))


def check_turns(
    asked: Pool, turns: list[tuple[Format, Outcome]], *, first: AbstractSet[str], flash_last: bool,
    called: AbstractSet[str] = frozenset(),
) -> None:  # fmt: skip
    """Every turn is as good as an exact solver can make it, with the people and places that those before have left."""
    pool = asked
    left = iter(turns)
    flash_only = frozenset({Format.FLASH})
    for format_, only in (
        *([] if flash_last else [(Format.FLASH, True)]),
        (Format.PATH, False), (Format.FLASH, False), (Format.COLLECTIVE, False),
    ):  # fmt: skip
        mine = tuple(
            one
            for one in pool.mentees
            if one.needs
            and (one.formats == flash_only if only else format_ is Format.COLLECTIVE or one.key not in called)
        )
        facing = taking_part(replace(pool, mentees=mine), format_)
        if not facing.mentees:
            continue
        turn, outcome = next(left)
        assert turn is format_
        mentors = {person.key: person for person in facing.mentors}
        mentees = {person.key: person for person in facing.mentees}
        # Second mentors of a group come after all else, and are held to a test of their own.
        led = [(one, one.mentors[:1] if format_ is Format.COLLECTIVE else one.mentors) for one in outcome.proposals]
        total = sum(
            score(mentors[key], mentees[mentee], facing) for one, by in led for key in by for mentee in one.mentees
        )
        if format_ is Format.PATH:
            assert (outcome.served, total) == best_seating(facing, first=first)
        elif format_ is Format.FLASH:
            assert (total, outcome.served) == best_trios(facing)
        else:
            assert (outcome.served, total) == best_groups(facing)
        pool = left_after(pool, outcome.proposals)
    assert next(left, None) is None


def short_of_places(pool: Pool, turns: list[tuple[Format, Outcome]]) -> set[str]:
    """Who is left out though a mentor could take them one-to-one."""
    served = {mentee for _, outcome in turns for _, mentee in pairs_of(outcome)}
    before = [outcome for format_, outcome in turns[:1] if format_ is Format.FLASH]
    facing = left_after(pool, [one for outcome in before for one in outcome.proposals])
    facing = taking_part(facing, Format.PATH)
    return {
        mentee.key
        for mentee in facing.mentees
        if mentee.needs and mentee.key not in served and any(may_meet(one, mentee, facing) for one in facing.mentors)
    }


@pytest.mark.parametrize("first_seed", range(0, 200, 20))
def test_every_turn_of_a_round_is_at_its_optimum_and_the_best_order_is_the_answer(
    first_seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[AbstractSet[str], bool, AbstractSet[str], list[tuple[Format, Outcome]]]] = []
    in_turn = rounds._in_turn

    def recorded(
        pool: Pool, *, first: AbstractSet[str], flash_last: bool = False, called: AbstractSet[str] = frozenset()
    ) -> list[tuple[Format, Outcome]]:
        turns = in_turn(pool, first=first, flash_last=flash_last, called=called)
        tried.append((first, flash_last, called, turns))
        return turns

    monkeypatch.setattr(rounds, "_in_turn", recorded)
    for seed in range(first_seed, first_seed + 20):
        tried.clear()
        pool = a_mixed_pool(seed)
        outcome = solve_all(pool)
        worth: list[tuple[int, int]] = []
        for first, flash_last, called, turns in tried:
            check_turns(pool, turns, first=first, flash_last=flash_last, called=called)
            served = {mentee for _, turn in turns for _, mentee in pairs_of(turn)}
            if not called or len(served) > worth[0][0]:
                worth.append((len(served), sum(turn.total_score for _, turn in turns)))
        assert (outcome.served, outcome.total_score) == max(worth), f"seed {seed}"
        orders: list[tuple[AbstractSet[str], bool]] = [(frozenset(), False)]
        if short := short_of_places(pool, tried[0][3]):
            orders.append((short, False))
        if worth[0][0] < sum(one.needs > 0 for one in pool.mentees) and any(
            one.formats == {Format.FLASH} for one in pool.mentees
        ):
            orders.append((frozenset(), True))
        assert [(first, last) for first, last, called, _ in tried if not called] == orders, f"seed {seed}"
        met = {mentee for turn, one in tried[0][3] if turn is Format.PATH for _, mentee in pairs_of(one)}
        assert all(called <= met for _, _, called, _ in tried), "nobody is called from elsewhere"


@pytest.mark.parametrize(("waiting", "in_a_group"), [(2, 3), (1, 0)])
def test_a_group_that_lacks_members_is_completed_by_no_more_people_than_wait_for_it(
    waiting: int, in_a_group: int
) -> None:
    group = frozenset({"collective"})
    mentees = [a_mentee(f"w{number}", formats=group) for number in range(waiting)]
    mentees += [a_mentee(f"m{number}", formats=group | {"path"}) for number in range(3 - waiting)]
    ana = a_mentor("ana", seats=2, group_sessions=1)
    outcome = solve_all(a_pool(mentors=(ana,), mentees=tuple(mentees)))
    assert sum(len(one.mentees) for one in outcome.proposals if one.format is Format.COLLECTIVE) == in_a_group
    assert outcome.served == (3 if in_a_group else 2), "one waits rather than that two lose a mentor of their own"


def test_turns_serve_nearly_as_many_as_all_formats_could_together() -> None:
    """What taking the formats in turn costs: somebody may want a group whose others went one-to-one."""
    pools = [a_mixed_pool(seed) for seed in range(60)]
    could_be = [most_served(pool) for pool in pools]
    are = [solve_all(pool).served for pool in pools]
    assert all(served <= most for served, most in zip(are, could_be, strict=True))
    assert sum(are) >= 0.95 * sum(could_be)


def test_nobody_leads_a_group_with_their_own_mentor_in_it() -> None:
    group, path = frozenset({"collective"}), frozenset({"path"})
    mentors = (a_mentor("ana", seats=1), a_mentor("bo", formats=group, seats=0, group_sessions=1))
    others = tuple(a_mentee(key, formats=group) for key in ("cy", "di", "ed"))
    outcome = solve_all(
        a_pool(mentors=mentors, mentees=(a_mentee("ana", formats=group), a_mentee("bo", formats=path), *others))
    )
    assert pairs_of(outcome) == {("ana", "bo"), ("bo", "cy"), ("bo", "di"), ("bo", "ed")}


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
