from __future__ import annotations

from datetime import timedelta

from bot.domain.catalogue import CATALOGUE
from bot.domain.cohorts import CohortState, Format
from bot.domain.nudges import NudgeKind
from bot.domain.participants import Place
from bot.domain.people import Role
from bot.domain.topics import Level, Use
from bot.ports import Storage
from tests.builders import NOW, TODAY, a_cohort, a_mentee, a_mentor
from tests.contract.work import committed

TOPICS = [topic.id for topic in CATALOGUE]


def test_a_participant_comes_back_with_all_they_said(storage: Storage) -> None:
    said = a_mentor(
        "ana",
        roles=frozenset({Role.MENTOR, Role.MENTEE}),
        offers={TOPICS[0]: Level.OTHERS_ASK_ME, TOPICS[1]: Level.WEEKLY},
        wants={TOPICS[2]: Use.NEVER, TOPICS[3]: Use.COULD_SHOW},
        formats=frozenset(Format),
        place=Place.ON_SITE,
        half_days=frozenset({"mon-am", "fri-pm"}),
        seats=5,
        collective_seats=0,
        avoids=frozenset({"ben", "chloe"}),
        department="Claims",
        team="Motor",
        site="Niort",
        unserved_rounds=2,
        stopped_nudges=frozenset({NudgeKind.NOTHING_PLANNED}),
        waiting_since=None,
    )
    with committed(storage) as work:
        work.participants.put(said)

    with storage.read() as work:
        assert work.participants.get("ana") == said


def test_a_bare_participant_comes_back_bare(storage: Storage) -> None:
    bare = a_mentee("ana", wants={}, formats=frozenset(), half_days=frozenset(), languages=frozenset())
    with committed(storage) as work:
        work.participants.put(bare)

    with storage.read() as work:
        assert work.participants.get("ana") == bare


def test_putting_again_replaces_everything(storage: Storage) -> None:
    with committed(storage) as work:
        work.participants.put(
            a_mentor("ana", offers=dict.fromkeys(TOPICS[:4], Level.WEEKLY), avoids=frozenset({"ben"}))
        )
        again = a_mentor("ana", offers={TOPICS[3]: Level.OTHERS_ASK_ME}, avoids=frozenset({"chloe"}))
        work.participants.put(again)

    with storage.read() as work:
        assert work.participants.get("ana") == again


def test_somebody_who_never_enrolled_is_no_participant(storage: Storage) -> None:
    with storage.read() as work:
        assert work.participants.get("ana") is None
        assert work.participants.get_many(["ana", "nobody"]) == {}


def test_many_are_put_and_found_at_once(storage: Storage) -> None:
    ana, ben = a_mentor("ana", avoids=frozenset({"chloe"})), a_mentee("ben")
    with committed(storage) as work:
        work.participants.put_many([ben, ana])
        work.participants.put_many([])

    with storage.read() as work:
        assert work.participants.get_many(["ana", "ben", "chloe"]) == {"ana": ana, "ben": ben}


def test_a_cohort_lists_everyone_enrolled_by_id_leavers_included(storage: Storage) -> None:
    left, stayed = a_mentor("ana").left(now=NOW), a_mentee("ben")
    with committed(storage) as work:
        work.cohorts.add(a_cohort("before", state=CohortState.CLOSED))
        work.participants.put_many([stayed, left, a_mentee("chloe", cohort_id="before")])

    with storage.read() as work:
        assert work.participants.in_cohort("cohort") == [left, stayed]
        assert work.participants.in_cohort("nothing") == []
        assert work.participants.offering_in("cohort") == [left]
        assert work.participants.offering_in("nothing") == []
        assert work.participants.who_stay_in("cohort") == [stayed.person_id]
        assert work.participants.who_stay_in("nothing") == []


def test_the_paused_are_found_when_their_pause_ends(storage: Storage) -> None:
    tomorrow, next_week = TODAY + timedelta(days=1), TODAY + timedelta(days=7)
    ana, ben = a_mentor("ana").paused(until=next_week), a_mentee("ben").paused(until=tomorrow)
    with committed(storage) as work:
        work.participants.put_many([ana, ben, a_mentee("chloe")])

    with storage.read() as work:
        assert work.participants.next_resume() == tomorrow
        assert work.participants.resuming_by(TODAY) == []
        assert work.participants.resuming_by(tomorrow) == [ben]
        assert work.participants.resuming_by(next_week) == [ben, ana]


def test_without_a_pause_nobody_resumes(storage: Storage) -> None:
    with committed(storage) as work:
        work.participants.put(a_mentor("ana").paused(until=TODAY).resumed())

    with storage.read() as work:
        assert work.participants.next_resume() is None
        assert work.participants.resuming_by(TODAY) == []
