"""What leads pull: answers as totals, and no two digests whose difference would tell of one to four people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.digests import Digest, Period, Tally
from bot.domain.surveys import Again, Asked
from bot.domain.topics import Use
from bot.services.base import Programme
from bot.services.digests import DigestService
from tests.builders import NOW, TOPIC, a_close_answer, a_cohort, a_person, a_topic, a_usage
from tests.fakes.storage import InMemoryStorage

DAY = timedelta(days=1)


@pytest.fixture
def storage() -> InMemoryStorage:
    storage = InMemoryStorage()
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        uow.topics.put(a_topic())
        for number in range(20):
            uow.people.add(a_person(f"p{number}"))
            uow.surveys.put_usages([a_usage(f"p{number}", asked=Asked.AT_START, use=Use.TRIED, answered_at=NOW)])
        uow.commit()
    return storage


def say(storage: InMemoryStorage, numbers: range, use: Use, again: Again) -> None:
    with storage.begin() as uow:
        for number in numbers:
            uow.surveys.put_usages([a_usage(f"p{number}", use=use, answered_at=NOW + DAY)])
            uow.surveys.put_answer(a_close_answer(f"p{number}", again=again, answered_at=NOW + DAY))
        uow.commit()


def preview(storage: InMemoryStorage) -> Digest:
    return DigestService(storage=storage, programme=Programme()).preview(Period.COHORT, now=NOW + 2 * DAY)


def test_what_people_adopted_is_told_from_five_on_and_never_by_one_more(storage: InMemoryStorage) -> None:
    say(storage, range(4), Use.WEEKLY, Again.YES)
    assert (preview(storage).usages, preview(storage).again) == ((), None)
    say(storage, range(4, 6), Use.WEEKLY, Again.YES)
    [(topic, gained)] = preview(storage).usages
    assert (topic.id, gained, preview(storage).again) == (TOPIC, Tally(said=6, yes=6), Tally(said=6, yes=6))
    say(storage, range(6, 8), Use.TRIED, Again.NO)
    assert preview(storage).usages[0][1] == Tally(said=6, yes=6), "two more would be told apart"
    say(storage, range(8, 11), Use.NEVER, Again.MAYBE)
    assert preview(storage).usages[0][1] == preview(storage).again == Tally(said=11, yes=6)


def test_what_is_said_later_is_not_told_yet(storage: InMemoryStorage) -> None:
    say(storage, range(6), Use.WEEKLY, Again.YES)
    with storage.begin() as uow:
        for number in range(6, 12):
            uow.surveys.put_answer(a_close_answer(f"p{number}", answered_at=NOW + 9 * DAY))
        uow.commit()
    assert preview(storage).again == Tally(said=6, yes=6)
