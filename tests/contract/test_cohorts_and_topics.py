from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.catalogue import CATALOGUE
from bot.domain.cohorts import CohortFigures, CohortState, Format
from bot.domain.pairings import EndReason
from bot.domain.people import Role
from bot.errors import ChangedSince, NotFound
from bot.ports import Storage
from tests.builders import (
    NOW,
    TODAY,
    a_cohort,
    a_held_session,
    a_mentee,
    a_mentor,
    a_pairing,
    a_person,
    a_profile,
    a_session,
    a_topic,
)
from tests.contract.work import committed

CLOSED = CohortState.CLOSED


def test_a_new_storage_has_the_catalogue(new_storage: Storage) -> None:
    with new_storage.read() as work:
        assert work.topics.all() == list(CATALOGUE)


def test_topics_are_added_changed_and_kept_in_their_order(storage: Storage) -> None:
    first = a_topic("drones", position=0)
    archived = replace(CATALOGUE[0], archived=True, position=99)
    with committed(storage) as work:
        work.topics.put(first)
        work.topics.put(archived)

    with storage.read() as work:
        assert work.topics.get("drones") == first
        assert work.topics.all() == [first, *CATALOGUE[1:], archived]


def test_no_topic_has_an_unknown_id(storage: Storage) -> None:
    with storage.read() as work, pytest.raises(NotFound):
        work.topics.get("nothing")


def test_a_cohort_comes_back_as_it_was_added(new_storage: Storage) -> None:
    cohort = a_cohort(format=Format.FLASH, cadence_weeks=1, sessions_planned=1, goal=250)
    with committed(new_storage) as work:
        work.cohorts.add(cohort)

    with new_storage.read() as work:
        assert work.cohorts.get(cohort.id) == cohort
        assert work.cohorts.open() == cohort


def test_no_cohort_has_an_unknown_id(storage: Storage) -> None:
    with storage.read() as work, pytest.raises(NotFound):
        work.cohorts.get("nothing")
    with pytest.raises(NotFound), storage.begin() as work:
        work.cohorts.save(a_cohort("nothing", state=CLOSED))


def test_no_cohort_is_open_once_it_is_closed(storage: Storage) -> None:
    with committed(storage) as work:
        work.cohorts.save(a_cohort(state=CLOSED))

    with storage.read() as work:
        assert work.cohorts.open() is None


def test_a_second_cohort_cannot_be_open(storage: Storage) -> None:
    with pytest.raises(ChangedSince), storage.begin() as work:
        work.cohorts.add(a_cohort("second"))


def test_a_closed_cohort_cannot_be_opened_beside_another(storage: Storage) -> None:
    with committed(storage) as work:
        work.cohorts.add(a_cohort("second", state=CLOSED))

    with pytest.raises(ChangedSince), storage.begin() as work:
        work.cohorts.save(a_cohort("second"))


def test_cohorts_are_listed_the_latest_start_first(storage: Storage) -> None:
    before = a_cohort("before", state=CLOSED, starts_on=TODAY - timedelta(days=200))
    after = a_cohort("after", state=CLOSED, starts_on=TODAY + timedelta(days=200))
    with committed(storage) as work:
        work.cohorts.add(before)
        work.cohorts.add(after)

    with storage.read() as work:
        assert work.cohorts.all() == [after, a_cohort(), before]


def test_a_cohort_is_counted_without_leavers_and_without_other_cohorts(new_storage: Storage) -> None:
    people = ("mentor", "both", "waiting", "paused", "gone", "elsewhere")
    both = a_profile(Role.MENTOR, Role.MENTEE)
    with committed(new_storage) as work:
        work.cohorts.add(a_cohort())
        work.cohorts.add(a_cohort("older", state=CLOSED))
        for person_id in people:
            work.people.add(a_person(person_id))
        work.participants.put_many(
            [
                a_mentor("mentor", waiting_since=None),
                replace(a_mentee("both", waiting_since=None), profile=both),
                a_mentee("waiting"),
                a_mentee("paused").paused(until=TODAY),
                a_mentee("gone").left(now=NOW),
                a_mentee("elsewhere", cohort_id="older"),
            ]
        )
        work.pairings.add(a_pairing("on", mentees=["both"]))
        work.pairings.add(a_pairing("over", mentees=["gone"]).ended(EndReason.LEFT, now=NOW))
        for session_id, mentee in (("first", "both"), ("second", "both"), ("third", "gone")):
            work.sessions.add(a_held_session(session_id, mentees=[mentee], pairing_id="on", planned_by="mentor"))
        work.sessions.add(a_session("planned", mentees=["both"], pairing_id="on", planned_by="mentor"))

    with new_storage.read() as work:
        figures = work.cohorts.figures(a_cohort())
    assert figures == CohortFigures(
        cohort=a_cohort(), mentors=2, mentees=3, paused=1, waiting=1, pairings=1, sessions_held=3, coached=2
    )


def test_an_empty_cohort_counts_nothing(new_storage: Storage) -> None:
    with committed(new_storage) as work:
        work.cohorts.add(a_cohort())
    with new_storage.read() as work:
        figures = work.cohorts.figures(a_cohort())
    assert (figures.mentors, figures.waiting, figures.pairings, figures.coached) == (0, 0, 0, 0)
