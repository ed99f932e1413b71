from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.outbox import HOME, Lane, OutboxMessage, OutboxState
from bot.errors import NotFound
from bot.ports import Storage
from tests.builders import NOW, a_message
from tests.contract.work import committed

LEASE = timedelta(seconds=90)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def put(storage: Storage, *messages: OutboxMessage) -> None:
    with committed(storage) as work:
        work.outbox.add_many(messages)


def claim(
    storage: Storage, *, now: datetime = NOW, limit: int = 9, lane: Lane | None = None
) -> dict[str, OutboxMessage]:
    with committed(storage) as work:
        claimed = work.outbox.claim_due(now=now, limit=limit, lease=LEASE, lane=lane)
    return {message.id: message for message in claimed}


def finish(storage: Storage, message: OutboxMessage, **fields: object) -> bool:
    with committed(storage) as work:
        return work.outbox.finish(replace(message, **fields))  # type: ignore[arg-type]


def get(storage: Storage, message_id: str) -> OutboxMessage:
    with storage.read() as work:
        return work.outbox.get(message_id)


def test_a_message_comes_back_as_it_was_written(storage: Storage) -> None:
    message = a_message(
        proactive=True, expires_at=NOW + LEASE, args={"slots": ["2027-03-02T09:00:00+00:00"], "moved": False, "n": 3}
    )
    to_a_channel = a_message("digest", to=None, args={})
    put(storage, message, to_a_channel)

    assert get(storage, "message") == message
    assert get(storage, "digest") == to_a_channel


def test_no_message_has_an_unknown_id(storage: Storage) -> None:
    with pytest.raises(NotFound):
        get(storage, "nothing")


def test_a_dedupe_key_is_written_once(storage: Storage) -> None:
    with committed(storage) as work:
        assert work.outbox.add(a_message())
        assert not work.outbox.add(a_message("again", dedupe_key="message"))
        work.outbox.add_many([a_message("and again", dedupe_key="message"), a_message("new", to="ana")])
        work.outbox.add_many([])
    with committed(storage) as work:
        assert not work.outbox.add(a_message("later", dedupe_key="message"))

    assert list(claim(storage)) == ["message", "new"]


def test_a_claimed_message_is_being_sent_under_a_lease(storage: Storage) -> None:
    put(storage, a_message())

    claimed = claim(storage)["message"]

    assert claimed.lease_token
    assert claimed == replace(
        a_message(), state=OutboxState.SENDING, attempts=1, lease_until=NOW + LEASE, lease_token=claimed.lease_token
    )
    assert get(storage, "message") == claimed
    assert claim(storage) == {}


def test_a_claim_that_is_not_committed_never_happened(storage: Storage) -> None:
    put(storage, a_message())
    with storage.begin() as work:
        work.outbox.claim_due(now=NOW, limit=9, lease=LEASE)

    assert get(storage, "message") == a_message()


def test_due_messages_are_claimed_the_oldest_first(storage: Storage) -> None:
    ids = {"late": 2, "first": 0, "second": 1, "to come": 3}
    put(
        storage, *(a_message(name, to=name, person_id=None, due_at=NOW + after * SECOND) for name, after in ids.items())
    )

    assert list(claim(storage, now=NOW + 2 * SECOND, limit=2)) == ["first", "second"]
    assert list(claim(storage, now=NOW + 2 * SECOND)) == ["late"]


def test_messages_due_at_once_are_claimed_in_the_order_they_were_written(storage: Storage) -> None:
    names = ["d", "a", "c", "b"]
    put(storage, *(a_message(name, to=name, person_id=None) for name in names))

    assert list(claim(storage)) == names


def test_a_conversation_gets_its_messages_one_after_the_other(storage: Storage) -> None:
    put(storage, a_message("first"), a_message("second"), a_message("other", to="ana"))

    claimed = claim(storage)
    assert set(claimed) == {"first", "other"}
    assert claim(storage) == {}

    assert finish(storage, claimed["first"], state=OutboxState.SENT, sent_at=NOW)
    assert set(claim(storage)) == {"second"}


def test_a_message_put_off_keeps_its_place_in_the_conversation(storage: Storage) -> None:
    put(storage, a_message("first"), a_message("second"))
    first = claim(storage)["first"]
    finish(storage, first, state=OutboxState.PENDING, due_at=NOW + SECOND, last_error="ratelimited")

    assert claim(storage) == {}
    assert set(claim(storage, now=NOW + SECOND)) == {"first"}


@pytest.mark.parametrize(
    "state", [OutboxState.SENT, OutboxState.PARKED, OutboxState.ABANDONED, OutboxState.OBSOLETE], ids=str
)
def test_a_settled_message_lets_the_next_one_go(storage: Storage, state: OutboxState) -> None:
    put(storage, a_message("first"), a_message("second"))
    first = claim(storage)["first"]

    assert finish(storage, first, state=state)
    assert set(claim(storage)) == {"second"}


def test_a_message_whose_lease_ran_out_is_claimed_again_as_perhaps_sent(storage: Storage) -> None:
    put(storage, a_message(), a_message("behind"))
    first = claim(storage)["message"]

    assert claim(storage, now=NOW + LEASE - SECOND) == {}
    again = claim(storage, now=NOW + LEASE)["message"]

    assert again.maybe_sent
    assert again.attempts == 2
    assert again.lease_until == NOW + 2 * LEASE
    assert again.lease_token != first.lease_token


def test_a_message_perhaps_sent_stays_so_until_somebody_looked(storage: Storage) -> None:
    put(storage, a_message())
    first = claim(storage)["message"]
    finish(storage, first, state=OutboxState.PENDING, maybe_sent=True)

    assert claim(storage)["message"].maybe_sent


def test_finishing_keeps_what_slack_answered_and_gives_the_lease_back(storage: Storage) -> None:
    put(storage, a_message())
    claimed = claim(storage)["message"]

    sent = replace(claimed, state=OutboxState.SENT, channel_id="D1", ts="1.2", sent_at=NOW + SECOND)
    assert finish(storage, sent)

    assert get(storage, "message") == replace(sent, lease_until=None, lease_token=None)
    assert not finish(storage, sent, ts="3.4")
    assert get(storage, "message").ts == "1.2"


def test_a_worker_that_lost_its_lease_changes_nothing(storage: Storage) -> None:
    put(storage, a_message())
    slow = claim(storage)["message"]
    quick = claim(storage, now=NOW + LEASE)["message"]

    assert not finish(storage, slow, state=OutboxState.ABANDONED)
    assert get(storage, "message") == quick
    assert finish(storage, quick, state=OutboxState.SENT)


def test_a_message_nobody_claimed_cannot_be_finished(storage: Storage) -> None:
    put(storage, a_message())

    assert not finish(storage, a_message(), state=OutboxState.SENT)
    assert not finish(storage, a_message("nothing"), state=OutboxState.SENT)
    assert get(storage, "message") == a_message()


def test_a_lease_can_be_kept_longer(storage: Storage) -> None:
    put(storage, a_message())
    claimed = claim(storage)["message"]

    assert finish(storage, claimed, lease_until=NOW + 2 * LEASE)
    assert claim(storage, now=NOW + LEASE) == {}
    assert finish(storage, claimed, state=OutboxState.SENT)


@pytest.mark.parametrize(
    ("lane", "claimed"),
    [(None, {"a", "b", "c"}), (Lane.NUDGES, {"a"}), (Lane.LETTERS, {"b"}), (Lane.HOMES, {"c"})],
)
def test_each_lane_can_be_claimed_apart(storage: Storage, lane: Lane | None, claimed: set[str]) -> None:
    put(storage, a_message("a", to="ana", proactive=True), a_message("b", to="ben"), a_message("c", kind=HOME))

    assert set(claim(storage, lane=lane)) == claimed


def test_a_message_of_the_other_sort_still_holds_its_conversation(storage: Storage) -> None:
    put(storage, a_message("first", proactive=True), a_message("second"))

    assert claim(storage, lane=Lane.LETTERS) == {}


def test_the_next_due_is_a_message_or_the_end_of_a_lease(storage: Storage) -> None:
    with storage.read() as work:
        assert work.outbox.next_due() is None
    put(storage, a_message("first"), a_message("other", to="ana", due_at=NOW + 2 * LEASE))
    with storage.read() as work:
        assert work.outbox.next_due() == NOW
    claimed = claim(storage)["first"]
    with storage.read() as work:
        assert work.outbox.next_due() == NOW + LEASE
    finish(storage, claimed, state=OutboxState.SENT)
    with storage.read() as work:
        assert work.outbox.next_due() == NOW + 2 * LEASE


def test_a_message_behind_another_is_not_the_next_due(storage: Storage) -> None:
    put(storage, a_message("first", due_at=NOW + SECOND), a_message("behind", proactive=True))

    with storage.read() as work:
        assert work.outbox.next_due() == NOW + SECOND
        assert work.outbox.next_due(Lane.NUDGES) is None
    claim(storage, now=NOW + SECOND)
    with storage.read() as work:
        assert work.outbox.next_due() == NOW + SECOND + LEASE


def test_parked_and_abandoned_messages_are_listed_the_latest_first(storage: Storage) -> None:
    states = [OutboxState.PARKED, OutboxState.SENT, OutboxState.ABANDONED, OutboxState.OBSOLETE]
    put(storage, *(a_message(state.value, to=state.value, person_id=None) for state in states))
    claimed = claim(storage)
    for state in states:
        finish(storage, claimed[state.value], state=state, last_error="user_disabled")

    with storage.read() as work:
        assert [message.id for message in work.outbox.unsettled(now=NOW, limit=9)] == ["abandoned", "parked"]
        assert [message.id for message in work.outbox.unsettled(now=NOW, limit=1)] == ["abandoned"]


def test_a_nudge_is_under_way_until_its_message_is_finished(storage: Storage) -> None:
    sent = a_message("sent", proactive=True, args={"nudge_id": "one", "also": ["two"]})
    waiting = a_message("waiting", to="ana", due_at=NOW + SECOND, proactive=True, args={"nudge_id": "three"})
    put(storage, sent, waiting, a_message("letter", to="ben"))
    with storage.read() as work:
        assert work.outbox.nudges_under_way() == {"one", "two", "three"}
    claimed = claim(storage)["sent"]
    with storage.read() as work:
        assert work.outbox.nudges_under_way() == {"one", "two", "three"}
    assert finish(storage, claimed, state=OutboxState.SENT)
    with storage.read() as work:
        assert work.outbox.nudges_under_way() == {"three"}


def test_a_message_that_did_not_arrive_is_settled_once(storage: Storage) -> None:
    put(storage, a_message("parked", to="ana", person_id=None), a_message("sent", to="ben", person_id=None))
    for message in claim(storage).values():
        finish(storage, message, state=OutboxState(message.id), last_error="user_disabled")
    parked, sent = get(storage, "parked"), get(storage, "sent")

    with committed(storage) as work:
        assert work.outbox.settle(parked.taken_up(now=NOW + SECOND))
        assert not work.outbox.settle(parked.dropped()), "somebody was quicker"
        assert not work.outbox.settle(sent.dropped()), "it arrived"
        assert not work.outbox.settle(a_message("nothing").dropped())

    assert get(storage, "parked") == parked.taken_up(now=NOW + SECOND)
    assert get(storage, "sent").state is OutboxState.SENT
    assert claim(storage, now=NOW + SECOND)["parked"].attempts == 1


def test_a_message_taken_up_goes_before_those_written_after_it(storage: Storage) -> None:
    put(storage, a_message("older"))
    finish(storage, claim(storage)["older"], state=OutboxState.ABANDONED)
    put(storage, a_message("newer"))
    with committed(storage) as work:
        assert work.outbox.settle(work.outbox.get("older").taken_up(now=NOW))

    assert list(claim(storage)) == ["older"]


def test_two_workers_never_get_the_same_message(storage: Storage) -> None:
    people, each = 40, 3
    put(
        storage,
        *(
            a_message(f"{person}.{number}", to=f"p{person}", person_id=None)
            for number in range(each)
            for person in range(people)
        ),
    )

    def work_off(_: int) -> list[OutboxMessage]:
        sent: list[OutboxMessage] = []
        while claimed := claim(storage, limit=7):
            for message in claimed.values():
                assert finish(storage, message, state=OutboxState.SENT)
            sent += claimed.values()
        return sent

    with ThreadPoolExecutor(4) as pool:
        sent = [message for worker in pool.map(work_off, range(4)) for message in worker]

    # One that finds only messages behind what another is sending stops, and the other goes on with them.
    assert Counter(message.id for message in sent) == {f"{p}.{n}": 1 for p in range(people) for n in range(each)}
    assert {message.attempts for message in sent} == {1}


def test_the_next_due_can_be_asked_of_one_lane(storage: Storage) -> None:
    put(storage, a_message("answer", due_at=NOW + SECOND), a_message("nudge", to="ana", proactive=True))
    with storage.read() as work:
        assert work.outbox.next_due(Lane.LETTERS) == NOW + SECOND
        assert work.outbox.next_due(Lane.NUDGES) == work.outbox.next_due() == NOW


def test_what_was_sent_since_and_what_is_under_way_is_counted_of_nudges_alone(storage: Storage) -> None:
    put(
        storage,
        *(a_message(name, to=name, person_id=None, proactive=True) for name in ("long ago", "just now", "under way")),
        a_message("letter", to="letter", person_id=None),
    )
    claimed = claim(storage)
    finish(storage, claimed["long ago"], state=OutboxState.SENT, sent_at=NOW - MINUTE)
    finish(storage, claimed["just now"], state=OutboxState.SENT, sent_at=NOW)
    with storage.read() as work:
        assert work.outbox.nudges_since(NOW - MINUTE, now=NOW) == 2
        assert work.outbox.nudges_since(NOW - 2 * MINUTE, now=NOW) == 3
        assert work.outbox.nudges_since(NOW - MINUTE, now=NOW + LEASE) == 1, "nobody is sending it any more"


def test_nobody_has_to_see_to_a_home_tab_or_to_what_is_of_no_use_any_more(storage: Storage) -> None:
    put(
        storage,
        a_message("home", kind=HOME, to="ana", person_id=None),
        a_message("expired", to="ben", person_id=None, expires_at=NOW),
        a_message("missed", to="eve", person_id=None, expires_at=NOW + SECOND),
    )
    for message in claim(storage).values():
        finish(storage, message, state=OutboxState.ABANDONED)
    with storage.read() as work:
        assert [one.id for one in work.outbox.unsettled(now=NOW, limit=2)] == ["missed"]
