"""What leads pull: answers as totals, and no two digests whose difference would tell of one to four people."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.digests import Digest, Period, Tally
from bot.domain.surveys import Again, Asked
from bot.domain.topics import Use
from bot.services.base import Programme
from bot.services.digests import DigestService, compose_digest_posted
from tests.builders import (
    LEAD,
    NOW,
    TOPIC,
    a_close_answer,
    a_cohort,
    a_held_session,
    a_person,
    a_topic,
    a_usage,
    an_actor,
)
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


THE_LEAD = an_actor(LEAD, is_lead=True)
PARIS = ZoneInfo("Europe/Paris")
HOUR = timedelta(hours=1)


def posts(storage: InMemoryStorage, service: DigestService, *, days: int) -> list[str]:
    """Return when digests were posted within *days* from NOW on, the tick running every hour."""
    return [
        f"{(NOW + hour * HOUR).astimezone(PARIS):%a %d %b %H:%M}"
        for hour in range(days * 24)
        if service.post_due(NOW + hour * HOUR)
    ]


def hold(storage: InMemoryStorage, day: int) -> None:
    with storage.begin() as uow:
        for number in range(5):
            uow.sessions.add(a_held_session(f"s{day}-{number}", mentees=[f"p{number}"], held_at=NOW + day * DAY))
        uow.commit()


def test_a_digest_goes_every_monday_where_a_lead_asked_and_is_silent_when_nothing_was_held(
    storage: InMemoryStorage,
) -> None:
    service = DigestService(storage=storage, programme=Programme())
    assert posts(storage, service, days=8) == [], "nobody asked"
    service.set_weekly(THE_LEAD, "C1", wanted=True, now=NOW)
    assert service.is_weekly("C1")
    for day in (2, 9, 22):
        hold(storage, day)
    # NOW is a Monday; Easter Monday is 29 March 2027; nothing is held in the week of 15 March.
    assert posts(storage, service, days=42) == ["Mon 08 Mar 09:00", "Mon 15 Mar 09:00", "Tue 30 Mar 09:00"]
    service.set_weekly(THE_LEAD, "C1", wanted=False, now=NOW)
    assert service.next_post() is None


def test_a_weekly_digest_is_of_monday_to_sunday_and_comes_once_however_often_the_tick_runs(
    storage: InMemoryStorage,
) -> None:
    service = DigestService(storage=storage, programme=Programme())
    service.set_weekly(THE_LEAD, "C1", wanted=True, now=NOW)
    hold(storage, 2)
    hold(storage, 7)  # the Monday after, before nine
    monday = NOW + 7 * DAY
    assert [service.post_due(monday) for _ in range(3)] == [1, 0, 0]
    with storage.begin() as uow:
        [message] = uow.outbox.claim_due(now=monday, limit=9, lease=HOUR)
        digest = compose_digest_posted(uow, message, Programme(), monday).digest
    assert (digest.first_day, digest.last_day) == (date(2027, 3, 1), date(2027, 3, 7))
    assert digest.figures is not None
    assert digest.figures.held == 5


def test_neither_previews_nor_posts_can_be_subtracted_from_each_other(storage: InMemoryStorage) -> None:
    service = DigestService(storage=storage, programme=Programme())
    told = []
    for day in range(12):
        hold_one(storage, day)
        now = NOW + day * DAY + HOUR
        if day % 3 == 2:
            service.post(THE_LEAD, "C1", Period.COHORT, now=now)
            with storage.begin() as uow:
                [message] = uow.outbox.claim_due(now=now, limit=9, lease=HOUR)
                told.append(compose_digest_posted(uow, message, Programme(), now).digest)
                uow.outbox.finish(message.sent(channel_id="C1", ts="1", now=now))
                uow.commit()
        else:
            told.append(service.preview(Period.COHORT, now=now))
    shown = [digest.figures.coached for digest in told if digest.figures is not None]
    assert shown == [5] * 5 + [10] * 3
    assert [digest.coached_so_far for digest in told] == [None] * 4 + shown


def hold_one(storage: InMemoryStorage, day: int) -> None:
    with storage.begin() as uow:
        uow.sessions.add(a_held_session(f"one{day}", mentees=[f"p{day}"], held_at=NOW + day * DAY))
        uow.commit()
