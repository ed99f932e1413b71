from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.nudges import NudgeKind, NudgeState
from bot.domain.outbox import OutboxState
from bot.errors import NotFound
from bot.ports import Storage
from tests.builders import MENTEE, NOW, PAIRING, a_message, a_nudge
from tests.contract.work import committed

HOUR = timedelta(hours=1)


def test_a_nudge_comes_back_as_it_was_planned(storage: Storage) -> None:
    nudge = a_nudge(kind=NudgeKind.BEFORE_SESSION, subject_id="session", useful_until=NOW + HOUR)
    with committed(storage) as work:
        work.nudges.plan([nudge])
        work.nudges.plan([])

    with storage.read() as work:
        assert work.nudges.get("nudge") == nudge


def test_no_nudge_has_an_unknown_id(storage: Storage) -> None:
    with storage.read() as work, pytest.raises(NotFound):
        work.nudges.get("nothing")
    with pytest.raises(NotFound), storage.begin() as work:
        work.nudges.save(a_nudge("nothing"))
    with pytest.raises(NotFound), storage.begin() as work:
        work.nudges.save_many([a_nudge("nothing")])


def test_nudges_come_back_in_the_order_asked_for_and_those_that_are_gone_do_not(storage: Storage) -> None:
    nudges = [a_nudge("b", period="b"), a_nudge("a", period="a")]
    with committed(storage) as work:
        work.nudges.plan(nudges)

    with storage.read() as work:
        assert work.nudges.get_many(["b", "nothing", "a"]) == nudges
        assert work.nudges.get_many([]) == []


def test_planning_a_nudge_twice_makes_it_once(storage: Storage) -> None:
    first = a_nudge("first", period="pairing:3")
    with committed(storage) as work:
        work.nudges.plan([first])
    with committed(storage) as work:
        again = replace(first, id="again", due_at=NOW + HOUR)
        work.nudges.plan([again, replace(again, id="and again"), a_nudge("new", period="pairing:7")])

    with storage.read() as work:
        assert work.nudges.pending_of(MENTEE) == [first, a_nudge("new", period="pairing:7")]


def test_planning_what_was_cancelled_makes_it_anew(storage: Storage) -> None:
    first, again = a_nudge("first", period="p"), a_nudge("again", period="p", due_at=NOW + HOUR)
    with committed(storage) as work:
        work.nudges.plan([first])
        work.nudges.cancel(person_id=MENTEE)
        work.nudges.plan([again, replace(again, id="and again")])

    with storage.read() as work:
        assert work.nudges.about([PAIRING]) == [again]


@pytest.mark.parametrize("state", sorted(set(NudgeState) - {NudgeState.CANCELLED}))
def test_planning_what_was_settled_otherwise_changes_nothing(storage: Storage, state: NudgeState) -> None:
    first = a_nudge("first", period="p", state=state, queued_at=NOW if state is NudgeState.QUEUED else None)
    with committed(storage) as work:
        work.nudges.plan([first])
        work.nudges.plan([a_nudge("again", period="p", due_at=NOW + HOUR)])

    with storage.read() as work:
        assert work.nudges.about([PAIRING]) == [first]


def test_one_period_is_one_nudge_for_each_person_and_kind(storage: Storage) -> None:
    nudges = [
        a_nudge("a", period="p"),
        a_nudge("b", period="p", person_id="ana"),
        a_nudge("c", period="p", kind=NudgeKind.NOTHING_PLANNED),
    ]
    with committed(storage) as work:
        work.nudges.plan(nudges)

    with storage.read() as work:
        assert work.nudges.due(NOW, limit=9) == nudges


def test_due_nudges_come_the_oldest_first(storage: Storage) -> None:
    nudges = [a_nudge(f"n{hours}", due_at=NOW + hours * HOUR) for hours in (3, 1, 2)]
    with committed(storage) as work:
        work.nudges.plan(nudges)

    with storage.read() as work:
        assert work.nudges.next_due() == NOW + HOUR
        assert work.nudges.due(NOW + HOUR - timedelta(microseconds=1), limit=9) == []
        assert [nudge.id for nudge in work.nudges.due(NOW + 2 * HOUR, limit=9)] == ["n1", "n2"]
        assert [nudge.id for nudge in work.nudges.due(NOW + 9 * HOUR, limit=1)] == ["n1"]


def test_only_pending_nudges_are_due(storage: Storage) -> None:
    with committed(storage) as work:
        work.nudges.plan([a_nudge("queued"), a_nudge("missed"), a_nudge("cancelled")])
        work.nudges.save(a_nudge("queued").queued(now=NOW))
        work.nudges.save_many(
            [a_nudge("missed", state=NudgeState.MISSED), a_nudge("cancelled", state=NudgeState.CANCELLED)]
        )
        work.nudges.save_many([])

    with storage.read() as work:
        assert work.nudges.get("queued") == a_nudge("queued").queued(now=NOW)
        assert work.nudges.due(NOW + HOUR, limit=9) == []
        assert work.nudges.pending_of(MENTEE) == []
        assert work.nudges.next_due() is None


@pytest.mark.parametrize(
    ("asked", "cancelled"),
    [
        ({"person_id": MENTEE}, {"mine", "my other kind", "my other pairing"}),
        ({"subject_id": "pairing"}, {"mine", "my other kind", "theirs"}),
        ({"person_id": MENTEE, "subject_id": "pairing"}, {"mine", "my other kind"}),
        ({"subject_id": "pairing", "kinds": [NudgeKind.NOTHING_PLANNED]}, {"my other kind"}),
        ({"person_id": MENTEE, "kinds": []}, set()),
        ({"person_id": "ben"}, set()),
    ],
)
def test_cancelling_meets_the_pending_nudges_that_fit_everything_given(
    storage: Storage, asked: dict[str, object], cancelled: set[str]
) -> None:
    nudges = [
        a_nudge("mine"),
        a_nudge("my other kind", kind=NudgeKind.NOTHING_PLANNED),
        a_nudge("my other pairing", subject_id="another"),
        a_nudge("theirs", person_id="ana"),
        a_nudge("queued"),
    ]
    with committed(storage) as work:
        work.nudges.plan(nudges)
        work.nudges.save(a_nudge("queued").queued(now=NOW))
    with committed(storage) as work:
        assert work.nudges.cancel(**asked) == len(cancelled)  # type: ignore[arg-type]

    with storage.read() as work:
        states = {nudge.id: work.nudges.get(nudge.id).state for nudge in nudges}
    assert {nudge_id for nudge_id, state in states.items() if state is NudgeState.CANCELLED} == cancelled
    assert states["queued"] is NudgeState.QUEUED


@pytest.mark.parametrize(
    ("unsent", "state"),
    [
        ({}, NudgeState.CANCELLED),
        ({"state": OutboxState.SENT}, NudgeState.QUEUED),
        ({"maybe_sent": True}, NudgeState.QUEUED),
        ({"state": OutboxState.SENDING, "lease_token": "t", "lease_until": NOW}, NudgeState.QUEUED),
        ({"args": {"nudge_id": "first, or second"}}, NudgeState.QUEUED),
    ],
)
def test_what_waits_in_the_outbox_is_cancelled_where_it_has_certainly_not_been_sent(
    storage: Storage, unsent: dict[str, Any], state: NudgeState
) -> None:
    told = [a_nudge(one, period=one).queued(now=NOW) for one in ("first", "second")]
    message = a_message(
        "message", to=MENTEE, kind=told[0].kind, proactive=True, args={"nudge_id": "first", "also": ["second"]}
    )
    with committed(storage) as work:
        work.nudges.plan([*told, a_nudge("long ago", period="long ago").queued(now=NOW - HOUR)])
        work.outbox.add(replace(message, **unsent))
    with committed(storage) as work:
        work.nudges.cancel(subject_id=PAIRING)

    with storage.read() as work:
        assert [one.state for one in work.nudges.get_many(["first", "second"])] == [state, state]
        assert work.nudges.get("long ago").state is NudgeState.QUEUED


def test_the_nudges_of_many_people_or_about_many_things_are_cancelled_at_once(storage: Storage) -> None:
    other_kind = NudgeKind.NOTHING_PLANNED
    nudges = [
        a_nudge("mine"), a_nudge("my other kind", kind=other_kind), a_nudge("queued", kind=other_kind),
        a_nudge("theirs", person_id="ana", kind=other_kind, subject_id="another"),
        a_nudge("somebody else’s", person_id="ben", subject_id="a third"),
    ]  # fmt: skip

    def pending() -> set[str]:
        with storage.read() as work:
            return {one.id for one in nudges if work.nudges.get(one.id).state is NudgeState.PENDING}

    with committed(storage) as work:
        work.nudges.plan(nudges)
        work.nudges.save(nudges[2].queued(now=NOW))
        work.nudges.cancel_of([], kinds=[other_kind])
        work.nudges.cancel_about([])
    assert pending() == {one.id for one in nudges} - {"queued"}
    with committed(storage) as work:
        work.nudges.cancel_of([MENTEE, "ana", "nobody"], kinds=[other_kind])
    assert pending() == {"mine", "somebody else’s"}
    with committed(storage) as work:
        work.nudges.cancel_about([PAIRING, "another", "nothing"])
    assert pending() == {"somebody else’s"}
    with storage.read() as work:
        assert work.nudges.get("queued").state is NudgeState.QUEUED


def test_cancelling_everybodys_nudges_is_refused(storage: Storage) -> None:
    with pytest.raises(ValueError, match="whose nudges"), storage.begin() as work:
        work.nudges.cancel(kinds=[NudgeKind.NOTHING_PLANNED])


def test_the_budget_is_counted_from_when_nudges_were_queued(storage: Storage) -> None:
    def queued(nudge_id: str, hours: int, person_id: str = MENTEE) -> None:
        nudge = a_nudge(nudge_id, person_id=person_id)
        work.nudges.plan([nudge])
        work.nudges.save(nudge.queued(now=NOW + hours * HOUR))

    with committed(storage) as work:
        queued("second", 2)
        queued("first", 0)
        queued("too early", -1)
        queued("told with the first", 0)
        queued("theirs", 1, person_id="ana")
        work.nudges.plan([a_nudge("pending")])

    with storage.read() as work:
        assert work.nudges.queued_since([MENTEE, "ben"], NOW) == {MENTEE: [NOW, NOW + 2 * HOUR], "ben": []}
        assert work.nudges.queued_since([], NOW) == {}
        assert work.nudges.queued_times(NOW) == [NOW, NOW + HOUR, NOW + 2 * HOUR]


def test_what_one_message_tells_is_found_from_any_of_it(storage: Storage) -> None:
    told = [a_nudge("a"), a_nudge("b", subject_id="other")]
    others = [
        a_nudge("another kind", kind=NudgeKind.NEXT_TRY),
        a_nudge("another person's", person_id="ana"),
        a_nudge("later", subject_id="third"),
    ]
    with storage.begin() as work:
        work.nudges.plan([*told, *others, a_nudge("pending", subject_id="fourth")])
        for nudge in (*told, *others):
            work.nudges.save(nudge.queued(now=NOW + HOUR if nudge.id == "later" else NOW))
        work.commit()
    with storage.read() as work:
        for nudge in told:
            assert [one.id for one in work.nudges.queued_with(work.nudges.get(nudge.id))] == ["a", "b"]
        assert work.nudges.queued_with(work.nudges.get("pending")) == []


def test_what_is_about_something_is_found_whatever_became_of_it(storage: Storage) -> None:
    failed = a_nudge("failed", due_at=NOW - timedelta(hours=1)).failed()
    with committed(storage) as work:
        work.nudges.plan([failed, a_nudge("pending"), a_nudge("other", subject_id="elsewhere")])
    with storage.read() as work:
        assert [(one.id, one.state) for one in work.nudges.about([PAIRING])] == [
            ("failed", NudgeState.FAILED), ("pending", NudgeState.PENDING),
        ]  # fmt: skip
        assert work.nudges.about([]) == []
