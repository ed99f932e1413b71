from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.cohorts import CohortState, Format
from bot.domain.insights import InsightState
from bot.domain.people import Role
from bot.domain.sessions import Reuse, Session
from bot.errors import NotFound
from bot.ports import Storage
from tests.builders import (
    MENTEE,
    MENTOR,
    NOW,
    a_cohort,
    a_held_session,
    a_pairing,
    a_pulse,
    a_session,
    an_insight,
)
from tests.contract.work import committed

DAY = timedelta(days=1)


@pytest.fixture
def paired(storage: Storage) -> Storage:
    """The storage with two pairings, one of them of another cohort."""
    with committed(storage) as work:
        work.pairings.add(a_pairing())
        work.cohorts.add(a_cohort("before", state=CohortState.CLOSED))
        work.pairings.add(a_pairing("theirs", cohort_id="before", mentors=("ana",), mentees=("ben",)))
    return storage


def test_a_session_comes_back_with_those_invited_in_order(paired: Storage) -> None:
    planned = a_session(
        pairing_id=None, format=Format.COLLECTIVE, topic_ids=("online_learning", "social_networks"), minutes=90,
        mentors=("chloe", "ana"), mentees=("mentee", "ben"), sequence=2, place="",
    )  # fmt: skip
    with committed(paired) as work:
        work.sessions.add(planned)

    with paired.read() as work:
        assert work.sessions.get("session") == planned
        assert work.sessions.get_many(["session", "nothing"]) == {"session": planned}


def test_no_session_has_an_unknown_id(paired: Storage) -> None:
    with paired.read() as work, pytest.raises(NotFound):
        work.sessions.get("nothing")
    with pytest.raises(NotFound), paired.begin() as work:
        work.sessions.save(a_session("nothing"))


@pytest.mark.parametrize(
    "later",
    [
        a_session().moved(starts_at=NOW + 9 * DAY, minutes=30, place="Online"),
        a_session().cancelled(by=MENTOR, now=NOW),
        a_session().unconfirmed(),
        a_held_session(),
    ],
    ids=lambda session: session.state.value,
)
def test_a_saved_session_comes_back_as_it_is_now(paired: Storage, later: Session) -> None:
    with committed(paired) as work:
        work.sessions.add(a_session())
        work.sessions.save(later)

    with paired.read() as work:
        assert work.sessions.get("session") == later


def test_many_sessions_are_saved_at_once(paired: Storage) -> None:
    sessions = [a_session("a"), a_session("b", mentors=("ana", "ben"))]
    with committed(paired) as work:
        for session in sessions:
            work.sessions.add(session)
        work.sessions.save_many(session.cancelled(by=MENTOR, now=NOW) for session in sessions)
        work.sessions.save_many([])

    with paired.read() as work:
        cancelled = [session.cancelled(by=MENTOR, now=NOW) for session in sessions]
        assert work.sessions.in_cohort("cohort") == cancelled
    with pytest.raises(NotFound), paired.begin() as work:
        work.sessions.save_many([sessions[0], a_session("nothing")])


def test_the_sessions_of_a_pairing_come_by_start(paired: Storage) -> None:
    second, first = a_session("a", starts_at=NOW + 2 * DAY), a_held_session("b")
    theirs = a_session("theirs", pairing_id="theirs", cohort_id="before", mentors=("ana",), mentees=("ben",))
    with committed(paired) as work:
        for session in (second, first, theirs):
            work.sessions.add(session)

    with paired.read() as work:
        assert work.sessions.of_pairing("pairing") == [first, second]
        assert work.sessions.of_pairing("nothing") == []
        assert work.sessions.in_cohort("cohort") == [first, second]
        assert work.sessions.met_in("cohort") == {"pairing"}
        assert work.sessions.met_in("before") == frozenset(), "planned only"
        assert work.sessions.met_in("nothing") == frozenset()
        assert work.sessions.of_pairings(["theirs", "pairing", "nothing"]) == {
            "pairing": [first, second],
            "theirs": [theirs],
        }


def test_the_sessions_of_a_person_come_the_latest_first(paired: Storage) -> None:
    first, second, third = (a_session(f"s{day}", starts_at=NOW + day * DAY) for day in (1, 2, 3))
    not_theirs = a_session("theirs", mentors=("ana",), mentees=("ben",))
    with committed(paired) as work:
        for session in (second, third, first, not_theirs):
            work.sessions.add(session)

    with paired.read() as work:
        assert work.sessions.of_person(MENTEE, limit=9) == [third, second, first]
        assert work.sessions.of_person(MENTOR, limit=2) == [third, second]
        assert work.sessions.of_person("chloe", limit=2) == []


def test_what_people_have_planned_in_any_pairing_comes_by_start(paired: Storage) -> None:
    before, first = (a_session(f"s{day}", starts_at=NOW + day * DAY) for day in (1, 2))
    of_another = a_session(
        "third", pairing_id="theirs", cohort_id="before", mentors=("ana",), mentees=("ben",), starts_at=NOW + 3 * DAY
    )
    others = a_session("others", pairing_id=None, mentors=("chloe",), mentees=("lead",), starts_at=NOW + 3 * DAY)
    over = (
        a_held_session("held", held_at=NOW + 4 * DAY),
        a_session("off", starts_at=NOW + 4 * DAY).cancelled(by=MENTOR, now=NOW),
    )
    with committed(paired) as work:
        for session in (of_another, first, before, others, *over):
            work.sessions.add(session)

    with paired.read() as work:
        assert work.sessions.planned_with([MENTEE, MENTOR, "ana"], since=NOW + 2 * DAY) == [first, of_another]
        assert work.sessions.planned_with(["mickey"], since=NOW) == []
        assert work.sessions.planned_with([], since=NOW) == []


def test_sessions_that_nobody_confirmed_come_the_oldest_first(paired: Storage) -> None:
    first, second, third = (a_session(f"s{day}", starts_at=NOW + day * DAY) for day in (1, 2, 3))
    with committed(paired) as work:
        for session in (second, third, first, a_held_session("held"), a_session("off").cancelled(by=MENTOR, now=NOW)):
            work.sessions.add(session)

    with paired.read() as work:
        assert work.sessions.next_unconfirmed_start() == NOW + DAY
        assert work.sessions.unconfirmed_by(NOW + DAY, limit=9) == []
        assert work.sessions.unconfirmed_by(NOW + 3 * DAY, limit=9) == [first, second]
        assert work.sessions.unconfirmed_by(NOW + 9 * DAY, limit=1) == [first]


def test_without_a_planned_session_none_is_unconfirmed(paired: Storage) -> None:
    with committed(paired) as work:
        work.sessions.add(a_held_session())

    with paired.read() as work:
        assert work.sessions.next_unconfirmed_start() is None
        assert work.sessions.unconfirmed_by(NOW + 9 * DAY, limit=9) == []


def test_a_pulse_is_one_a_person_and_the_last_one_counts(paired: Storage) -> None:
    mentors = a_pulse(
        person_id=MENTOR, role=Role.MENTOR, reuse=Reuse.MAYBE, could_say=1, learned="They call.", useful=None
    )
    with committed(paired) as work:
        work.sessions.add(a_held_session())
        work.sessions.put_pulse(a_pulse(useful=1))
        work.sessions.put_pulse(mentors)
        work.sessions.put_pulse(a_pulse(useful=5))

    with paired.read() as work:
        assert work.sessions.pulse("session", MENTEE) == a_pulse(useful=5)
        assert work.sessions.pulse("session", MENTOR) == mentors
        assert work.sessions.pulse("session", "ana") is None
        assert work.sessions.pulses_in_cohort("cohort") == [a_pulse(useful=5), mentors]


def test_pulses_are_found_by_session_and_by_cohort(paired: Storage) -> None:
    earlier = a_pulse("b", answered_at=NOW - DAY)
    theirs = a_pulse("theirs", "ben")
    with committed(paired) as work:
        work.sessions.add(a_held_session("a"))
        work.sessions.add(a_held_session("b"))
        work.sessions.add(a_held_session("theirs", pairing_id="theirs", cohort_id="before"))
        for pulse in (a_pulse("a"), theirs, earlier):
            work.sessions.put_pulse(pulse)

    with paired.read() as work:
        assert work.sessions.pulses_in_cohort("cohort") == [earlier, a_pulse("a")]
        assert work.sessions.pulses_in_cohort("before") == [theirs]
        assert sorted(work.sessions.pulses_of(["a", "theirs"]), key=lambda pulse: pulse.session_id) == [
            a_pulse("a"),
            theirs,
        ]
        assert work.sessions.pulses_of([]) == []


def test_insights_are_offered_then_agreed(paired: Storage) -> None:
    published = an_insight(state=InsightState.PUBLISHED, agreed_at=NOW + DAY)
    second = an_insight("another", offered_at=NOW + DAY)
    with committed(paired) as work:
        work.sessions.add(a_held_session())
        work.insights.add(second)
        work.insights.add(an_insight())
        work.insights.save(published)

    with paired.read() as work:
        assert work.insights.get("insight") == published
        assert work.insights.in_cohort("cohort") == [published, second]
        assert work.insights.in_cohort("before") == []


def test_no_insight_has_an_unknown_id(paired: Storage) -> None:
    with paired.read() as work, pytest.raises(NotFound):
        work.insights.get("nothing")
    with pytest.raises(NotFound), paired.begin() as work:
        work.insights.save(an_insight("nothing"))
