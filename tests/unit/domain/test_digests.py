"""What a digest may say: nothing of fewer than five people, nor by subtraction."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bot.domain.digests import FLOOR, Tally, Told, coverage, figures, met_tallies, pulse_figures, steady, steady_tally
from bot.domain.people import Role
from bot.domain.sessions import Attendance, Pulse, Reuse, Session, SessionState
from tests.builders import NOW, a_pairing, a_session

WEEKS = (
    (10, date(2027, 3, 1), date(2027, 3, 7)), (12, date(2027, 3, 2), date(2027, 3, 8)),
    (12, date(2027, 3, 9), date(2027, 3, 15)),
)  # fmt: skip


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


def test_figures_of_fewer_than_five_people_are_not_told() -> None:
    day = timedelta(days=1)
    assert figures([held(n) for n in range(4)], since=NOW - day, until=NOW + day) is None
    told = figures([held(n) for n in range(5)], since=NOW - day, until=NOW + day)
    assert told is not None
    assert (told.coached, told.mentors, told.held, told.minutes) == (5, 5, 5, 300)


def test_nothing_held_is_told_as_nothing() -> None:
    told = figures([], since=NOW, until=NOW)
    assert told is not None
    assert told.held == 0


def test_a_figure_stands_still_until_five_people_more_are_behind_it() -> None:
    assert [steady(count, 20) for count in (20, 21, 24, 25, 16, 15)] == [20, 20, 20, 25, 20, 15]
    assert steady(7, None) == 7
    assert steady(None, 20) is None


def test_the_whole_executive_committee_may_be_told_but_not_all_but_one() -> None:
    committee = {"executive committee": [f"p{n}" for n in range(12)]}
    assert coverage(committee, {f"p{n}" for n in range(12)}, total=None)[0].coached == 12
    assert coverage(committee, {f"p{n}" for n in range(11)}, total=None)[0].coached is None


@given(
    sizes=st.lists(st.integers(0, 14), min_size=1, max_size=6),
    chosen=st.data(),
)
def test_no_coverage_tells_of_one_to_four_people_even_by_subtraction(sizes: list[int], chosen: st.DataObject) -> None:
    members = {f"d{d}": [f"d{d}p{p}" for p in range(size)] for d, size in enumerate(sizes)}
    everybody = [one for people in members.values() for one in people]
    coached = chosen.draw(st.sets(st.sampled_from(everybody))) if everybody else set()
    told = coverage(members, coached, total=len(coached))
    for one in told:
        assert one.members >= FLOOR
        if one.coached is not None:
            assert one.coached == 0 or one.coached >= FLOOR
            assert one.members - one.coached == 0 or one.members - one.coached >= FLOOR
    shown = [one.coached for one in told if one.coached]
    rest = len(coached) - sum(shown)
    assert not shown or rest == 0 or rest >= FLOOR


def test_a_pulse_is_told_per_question_once_five_people_answered_it() -> None:
    def pulse(number: int, **answers: Any) -> Pulse:
        return Pulse(session_id=f"s{number}", person_id=f"p{number}", role=Role.MENTEE, answered_at=NOW, **answers)

    assert pulse_figures([pulse(n, useful=4) for n in range(4)]) is None
    told = pulse_figures([pulse(n, useful=4, reuse=Reuse.YES if n else Reuse.NO) for n in range(5)])
    assert told is not None
    assert told.useful == pytest.approx(4)
    assert told.reuse_yes == pytest.approx(0.8)
    assert told.at_ease is None
    assert pulse_figures([pulse(0, useful=4)] * 9) is None, "one person's nine answers are one person's"


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
    ("tally", "shown"),
    [((0, 0), False), ((4, 4), False), ((5, 5), True), ((5, 0), True), ((9, 5), False), ((10, 5), True)],
)
def test_a_tally_is_told_when_neither_answer_is_of_one_to_four_people(tally: tuple[int, int], *, shown: bool) -> None:
    said, yes = tally
    one = Tally(said=said, yes=yes)
    assert steady_tally(one, None) == (one if shown else None)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12))
def test_no_two_tallies_told_one_after_the_other_tell_of_one_to_four_people(counts: list[tuple[int, int]]) -> None:
    before: Tally | None = None
    for yes, no in counts:
        told = steady_tally(Tally(said=yes + no, yes=yes), before)
        if told is not None and before is not None:
            for change in (told.yes - before.yes, (told.said - told.yes) - (before.said - before.yes)):
                assert change == 0 or abs(change) >= FLOOR
        before = told


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), max_size=12))
def test_no_two_counts_of_days_that_overlap_tell_of_one_to_four_people(counts: list[tuple[int, int]]) -> None:
    told = Told()
    last: tuple[int, date] | None = None
    day = date(2027, 3, 1)
    for count, days in counts:
        day += timedelta(days=days)
        shown = told.count("coached:week", count, first_day=day - timedelta(days=6), last_day=day)
        if shown is not None and last is not None and last[1] >= day - timedelta(days=6):
            assert shown == last[0] or abs(shown - last[0]) >= FLOOR
        if shown is not None:
            last = (shown, day)


def test_a_count_of_days_that_none_told_has_covered_is_told_as_it_is() -> None:
    told = Told()
    counts = [told.count("coached:week", n, first_day=a, last_day=b) for n, a, b in WEEKS]
    assert counts == [10, 10, 12]


def test_the_coverage_of_a_department_moves_by_five_people_at_least() -> None:
    members = {"Claims": [f"p{n}" for n in range(40)]}

    def told(coached: int, *, total: int) -> int | None:
        everybody = {f"p{n}" for n in range(coached)}
        return coverage(members, everybody, total=total, before={"Claims": 10})[0].coached

    assert (told(11, total=10), told(15, total=15)) == (10, 15)
