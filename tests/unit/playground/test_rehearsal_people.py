"""The people of a rehearsal: who they are, when they act, how a rehearsal is summed up."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from playground.company import EXECUTIVE_COMMITTEE, Company, sample_company
from playground.rehearsal.agenda import Agenda
from playground.rehearsal.play import Plan, choose
from playground.rehearsal.report import Outcome, days_to_share
from playground.rehearsal.temper import TEMPERS, a_temper, acts_at

MONDAY = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def company() -> Company:
    return sample_company()


def test_acts_come_in_order_and_each_once() -> None:
    agenda, done = Agenda(), []
    for hour, name in ((2, "late"), (1, "first"), (1, "second")):
        agenda.note(MONDAY + timedelta(hours=hour), lambda name=name: done.append(name))  # type: ignore[misc]
    assert agenda.next_at == MONDAY + timedelta(hours=1)
    for act in agenda.due(MONDAY + timedelta(hours=3)):
        act()
    assert done == ["first", "second", "late"]
    assert agenda.next_at is None


@pytest.mark.parametrize(
    ("site", "hours", "expected"),
    [
        ("Paris", 2, datetime(2027, 3, 1, 11, 0, tzinfo=UTC)),
        # Ten hours from ten in the morning in Paris: 8 h 30 that day, the rest from 8:30 the next.
        ("Paris", 10, datetime(2027, 3, 2, 9, 0, tzinfo=UTC)),
        # Montréal begins its day at 13:30 UTC.
        ("Montréal", 1, datetime(2027, 3, 1, 14, 30, tzinfo=UTC)),
        # Singapore has an hour and a half left.
        ("Singapore", 2, datetime(2027, 3, 2, 1, 0, tzinfo=UTC)),
    ],
)
def test_people_act_in_their_own_working_hours(company: Company, site: str, hours: float, expected: datetime) -> None:
    member = next(m for m in company.members if m.site == site)
    found = acts_at(MONDAY, member, hours)
    assert found - expected < timedelta(minutes=30)
    assert found >= expected


def test_nobody_acts_on_a_public_holiday_of_their_region(company: Company) -> None:
    strasbourg = next(m for m in company.members if m.site == "Strasbourg")
    thursday_evening = datetime(2027, 3, 25, 17, 0, tzinfo=UTC)
    # Good Friday, the weekend, Easter Monday; summer time has begun meanwhile.
    assert acts_at(thursday_evening, strasbourg, 2) == datetime(2027, 3, 30, 8, 0, tzinfo=UTC)


def test_the_shares_of_the_tempers_add_up_and_most_people_do_answer() -> None:
    assert sum(temper.share for temper in TEMPERS) == 100
    drawn = [a_temper(random.Random(seed)) for seed in range(300)]
    assert sum(temper.quiet_after is None and temper.leaves_after is None for temper in drawn) > 240


@pytest.mark.parametrize(("mentors", "mentees"), [(55, 250), (4, 9), (150, 100)])
def test_juniors_mentor_and_seniors_learn(mentors: int, mentees: int) -> None:
    plan = Plan(mentors=mentors, mentees=mentees)
    company = sample_company(max(600, 2 * (mentors + mentees)))
    chosen_mentors, chosen_mentees = choose(plan, company, random.Random(1))
    assert (len(chosen_mentors), len(chosen_mentees)) == (mentors, mentees)
    people = [member.user_id for member in (*chosen_mentors, *chosen_mentees)]
    assert len(set(people)) == mentors + mentees
    assert company.played_by("lead").user_id not in people
    assert max(m.age for m in chosen_mentors) <= min(m.age for m in chosen_mentees)
    assert company.played_by("mentor") in chosen_mentors
    committee = [m for m in chosen_mentees if EXECUTIVE_COMMITTEE in m.groups]
    assert len(committee) == min(12, mentees)


@pytest.mark.parametrize(
    ("days", "people", "expected"),
    [([1, 2, 3, 9], 5, 9), ([1, 2, 3], 5, None), ([0.5, 0.6, 0.7, 0.8], 5, 1), ([], 0, None)],
)
def test_days_to_a_share_count_from_the_start(days: list[float], people: int, expected: int | None) -> None:
    assert days_to_share([MONDAY + timedelta(days=day) for day in days], people, MONDAY, 0.8) == expected


def test_a_single_violation_fails_the_rehearsal_and_a_note_does_not() -> None:
    figures = {"mentors": 1}
    assert Outcome(figures=figures, violations={"lost": ["U1 was owed"]}, notes={}).failed
    assert not Outcome(figures=figures, violations={"lost": []}, notes={"refused": ["no"]}).failed


def test_the_json_counts_each_kind_of_violation() -> None:
    outcome = Outcome(figures={"mentors": 1}, violations={"lost": ["a", "b"], "doubled": []}, notes={})
    assert outcome.as_json() == '{"mentors": 1, "lost": 2, "doubled": 0}'
