"""What a digest may say: nothing of fewer than five people, nor by subtraction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bot.domain.cohorts import Format
from bot.domain.digests import (
    FLOOR,
    Tally,
    Told,
    coverage,
    figures,
    in_fives,
    met_tallies,
    tells_whole,
    will_reuse,
)
from bot.domain.people import Role
from bot.domain.sessions import Attendance, Pulse, Reuse, Session, SessionState
from tests.builders import NOW, a_pairing, a_pulse, a_session

DAY = timedelta(days=1)


def held(number: int, **fields: Any) -> Session:
    """Return a session held by mentor 1 with mentee *number*."""
    return a_session(
        id=f"s{number}",
        state=SessionState.HELD,
        starts_at=NOW,
        minutes=60,
        attendances=(
            Attendance(person_id=f"mentor{number % 5}", role=Role.MENTOR, attended=True),
            Attendance(person_id=f"mentee{number}", role=Role.MENTEE, attended=True),
        ),
        **fields,
    )


def test_none_and_few_are_told_alike_and_more_in_fives() -> None:
    def told(people: int) -> Any:
        return figures([held(n) for n in range(people)], since=NOW - DAY, until=NOW + DAY)

    assert told(0) is told(4) is None
    assert (told(5).coached, told(5).mentors, told(5).held, told(5).hours) == (5, 5, 5, 5)
    assert told(9) == told(5)
    assert told(14).sessions == {Format.PATH: 10}


def test_sessions_of_a_format_of_which_few_were_held_are_not_told_of() -> None:
    trios = [replace(held(n), format=Format.FLASH) for n in range(6, 10)]
    told = figures([held(n) for n in range(6)] + trios, since=NOW - DAY, until=NOW + DAY)
    assert told is not None
    assert (told.held, told.sessions) == (10, {Format.PATH: 5})


@pytest.mark.parametrize(
    ("coached", "told"), [(4, 0), (6, 5), (7, 5), (8, 5), (11, 5), (12, 12)],
)  # fmt: skip
def test_the_whole_executive_committee_is_told_of_but_not_all_but_a_few(coached: int, told: int) -> None:
    committee = {"executive committee": [f"p{n}" for n in range(12)]}
    assert coverage(committee, {f"p{n}" for n in range(coached)})[0].coached == told


@pytest.mark.parametrize(("outside", "told"), [(0, True), (1, False), (4, False), (5, True)])
def test_no_group_is_told_whole_where_the_few_outside_could_be_counted_from_it(outside: int, *, told: bool) -> None:
    claims, rest = [f"c{n}" for n in range(6)], {f"r{n}" for n in range(outside)}
    assert tells_whole([claims, sorted(rest)[:4]], {*claims, *rest}, everyone={*claims, *rest}) is told
    assert coverage({"Claims": claims}, set(claims), whole=told)[0].coached == (6 if told else 0)


@given(size=st.integers(0, 40), coached=st.integers(0, 40))
def test_neither_those_coached_of_a_department_nor_those_who_remain_are_told_to_be_few(size: int, coached: int) -> None:
    members = [f"p{n}" for n in range(size)]
    for one in coverage({"Claims": members}, set(members[:coached])):
        assert one.members >= FLOOR
        assert one.coached <= coached, "at least so many, never more"
        assert one.is_whole or (one.coached % FLOOR == 0 and one.members - one.coached >= FLOOR)


def test_people_who_will_use_it_again_count_once_by_their_latest_word() -> None:
    said = [a_pulse(person_id=f"p{n}", reuse=Reuse.YES) for n in range(9)]
    assert will_reuse(said * 2) == Tally(said=9, yes=9)
    changed = a_pulse("later", "p1", reuse=Reuse.NO, answered_at=NOW + DAY)
    nothing = a_pulse("later", "p2", reuse=None, answered_at=NOW + DAY)
    assert will_reuse([changed, nothing, *said]) == Tally(said=9, yes=8)


def answers(numbers: range, at: datetime, **fields: Any) -> list[Pulse]:
    """Return pulses of their own sessions by the people of these numbers."""
    return [a_pulse(f"s{n}", f"p{n}", answered_at=at, **{"useful": 4, **fields}) for n in numbers]


def test_a_mean_is_told_per_question_once_five_people_answered_it() -> None:
    told = Told()
    told = told.hearing(answers(range(4), NOW), now=NOW)
    told = told.hearing([a_pulse(f"s{n}", "p0") for n in range(9)], now=NOW)
    assert told.mean("useful") is None, "one person's nine answers are one person's"
    told = told.hearing(answers(range(5), NOW, at_ease=None), now=NOW)
    assert told.mean("useful") == pytest.approx(4)
    assert told.mean("at_ease") is None


def test_a_mean_stands_until_five_people_have_answered_anew() -> None:
    told = Told()
    given = answers(range(6), NOW)
    told = told.hearing(given, now=NOW)
    given += answers(range(6, 10), NOW + DAY, useful=1)
    told = told.hearing(given, now=NOW + DAY)
    told = told.hearing(given[2:], now=NOW + DAY)
    assert told.mean("useful") == pytest.approx(4), "four people's answers would be told apart, or two that are gone"
    given += answers(range(1), NOW + 2 * DAY, useful=1)
    told = told.hearing(given, now=NOW + 2 * DAY)
    assert told.mean("useful") == pytest.approx(29 / 11)


def test_the_pairings_that_met_count_the_first_session_of_each() -> None:
    pairings = [a_pairing(id=f"p{n}", introduced_at=NOW - timedelta(days=20)) for n in range(5)]
    sessions = [
        held(1, pairing_id="p0"),
        a_session(id="early", state=SessionState.HELD, pairing_id="p0", starts_at=NOW - timedelta(days=10)),
        a_session(id="late", state=SessionState.HELD, pairing_id="p1", starts_at=NOW),
        a_session(id="planned", state=SessionState.PLANNED, pairing_id="p2", starts_at=NOW),
    ]
    assert met_tallies(pairings, sessions) == (Tally(said=5, yes=2), Tally(said=5, yes=1))


@pytest.mark.parametrize(
    ("tally", "told"),
    [((0, 0), None), ((9, 4), None), ((5, 5), (5, 5)), ((9, 5), (10, 5)), ((14, 6), (15, 5))],
)
def test_a_tally_is_told_in_fives(tally: tuple[int, int], told: tuple[int, int] | None) -> None:
    said, yes = tally
    assert Tally(said=said, yes=yes).in_fives() == (told and Tally(said=told[0], yes=told[1]))


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_nobody_knows_of_a_difference_of_one_to_four(one: int, other: int) -> None:
    difference = in_fives(one) - in_fives(other)
    assert difference % FLOOR == 0
    assert abs(difference - (one - other)) < FLOOR, "what is behind it is near"
