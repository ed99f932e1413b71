"""What leads pull: answers as totals, and no two digests whose difference would tell of one to four people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cohorts import CohortState, Format
from bot.domain.digests import FLOOR, Digest, Period, Tally
from bot.domain.sessions import Reuse
from bot.domain.surveys import Again, Asked
from bot.domain.topics import Use
from bot.services.base import Programme
from bot.services.digests import DigestService, compose_digest_posted
from tests.builders import (
    COHORT,
    LEAD,
    NOW,
    TOPIC,
    a_close_answer,
    a_cohort,
    a_directory_entry,
    a_held_session,
    a_person,
    a_pulse,
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


def test_what_people_adopted_is_told_in_fives(storage: InMemoryStorage) -> None:
    say(storage, range(4), Use.WEEKLY, Again.YES)
    assert (preview(storage).usages, preview(storage).again) == ((), None)
    say(storage, range(4, 6), Use.WEEKLY, Again.YES)
    [(topic, gained)] = preview(storage).usages
    assert (topic.id, gained, preview(storage).again) == (TOPIC, Tally(said=10, yes=5), Tally(said=10, yes=5))
    say(storage, range(6, 11), Use.NEVER, Again.MAYBE)
    assert preview(storage).usages[0][1] == preview(storage).again == Tally(said=15, yes=5)


def test_what_is_said_later_is_not_told_yet(storage: InMemoryStorage) -> None:
    say(storage, range(6), Use.WEEKLY, Again.YES)
    with storage.begin() as uow:
        for number in range(6, 12):
            uow.surveys.put_answer(a_close_answer(f"p{number}", answered_at=NOW + 9 * DAY))
        uow.commit()
    assert preview(storage).again == Tally(said=10, yes=5)


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


def test_a_digest_that_waited_is_of_the_cohort_it_was_asked_for(storage: InMemoryStorage) -> None:
    service = DigestService(storage=storage, programme=Programme())
    service.post(THE_LEAD, "C1", Period.COHORT, now=NOW)
    with storage.begin() as uow:
        uow.cohorts.save(replace(uow.cohorts.get(COHORT), state=CohortState.CLOSED))
        uow.cohorts.add(a_cohort("after", name="The one after"))
        [message] = uow.outbox.claim_due(now=NOW, limit=9, lease=HOUR)
        digest = compose_digest_posted(uow, message, Programme(), NOW).digest
        assert digest.cohort_name == uow.cohorts.get(COHORT).name


@pytest.mark.parametrize(
    ("today", "last_day"),
    [
        (date(2027, 3, 10), date(2027, 3, 10)),
        (date(2027, 3, 16), date(2027, 3, 16)),
        (date(2027, 6, 1), date(2027, 5, 9)),
    ],
)
def test_the_whole_cohort_begins_with_what_came_before_its_first_day_and_ends_with_its_last(
    today: date, last_day: date
) -> None:
    storage = InMemoryStorage()
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort(starts_on=date(2027, 3, 15)))
        uow.commit()
    hold(storage, 2)
    digest = DigestService(storage=storage, programme=Programme()).preview(
        Period.COHORT, now=datetime.combine(today, NOW.timetz())
    )
    assert digest.figures is not None
    assert (digest.figures.coached, digest.coached_so_far, digest.is_early) == (5, 5, False)
    assert (digest.first_day, digest.last_day) == (date(2027, 3, 3), last_day)


def test_what_is_held_after_the_last_day_counts_in_the_whole_cohort(storage: InMemoryStorage) -> None:
    hold(storage, 70)
    digest = DigestService(storage=storage, programme=Programme()).preview(Period.COHORT, now=NOW + 71 * DAY)
    assert digest.figures is not None
    assert (digest.figures.held, digest.last_day) == (5, a_cohort().ends_on)


def test_the_day_of_fewer_than_five_people_is_not_told(storage: InMemoryStorage) -> None:
    with storage.begin() as uow:
        uow.cohorts.save(a_cohort(starts_on=date(2027, 3, 15)))
        uow.commit()
    for day in range(4):
        hold_one(storage, day)
    service = DigestService(storage=storage, programme=Programme())
    early, begun = (service.preview(Period.COHORT, now=NOW + days * DAY) for days in (8, 15))
    assert (early.is_early, early.figures) == (True, None)
    assert (begun.first_day, begun.figures) == (date(2027, 3, 15), None)


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
    assert [digest.coached_so_far for digest in told] == [0] * 4 + shown


def hold_one(storage: InMemoryStorage, day: int) -> None:
    with storage.begin() as uow:
        uow.sessions.add(a_held_session(f"one{day}", mentees=[f"p{day}"], held_at=NOW + day * DAY))
        uow.commit()


PEOPLE = 24
people = st.integers(0, PEOPLE - 1)
events = st.lists(
    st.one_of(
        st.tuples(st.just("held"), people, st.sampled_from(Format)),
        st.tuples(st.just("pulse"), people, st.integers(1, 5)),
        st.tuples(st.just("again"), people, st.sampled_from(Again)),
        st.tuples(st.just("pull"), st.sampled_from(Period)),
        st.tuples(st.just("pass"), st.integers(1, 9)),
    ),
    max_size=120,
)


def counts(digest: Digest) -> list[int]:
    """Return every count a digest tells, but of groups of which everybody was coached."""
    told = [digest.coached_so_far]
    for figures in (digest.figures, digest.before):
        if figures is not None:
            told += [figures.coached, figures.mentors, figures.held, figures.hours, *figures.sessions.values()]
    for tally in (digest.met, digest.first_within_14_days, digest.again, digest.pulse.reuse):
        if tally is not None:
            told += [tally.said, tally.yes]
    return told + [one.coached for one in (*digest.departments, *digest.groups) if not one.is_whole]


def posted_on_monday(
    storage: InMemoryStorage, service: DigestService, *, now: datetime
) -> list[tuple[datetime, Digest]]:
    """Return the weekly digest that is due, if any, with the end of its week."""
    service.post_due(now)
    with storage.begin() as uow:
        messages = uow.outbox.claim_due(now=now, limit=9, lease=HOUR)
        for message in messages:
            uow.outbox.finish(message.sent(channel_id="C1", ts="1", now=now))
        uow.commit()
    with storage.read() as uow:
        return [
            (datetime.fromisoformat(one.args["until"]), compose_digest_posted(uow, one, Programme(), now).digest)
            for one in messages
        ]


@given(events)
def test_whoever_pulls_whatever_whenever_finds_no_difference_of_one_to_four_people(course: list[Any]) -> None:
    storage, now = InMemoryStorage(), NOW
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        for number in range(PEOPLE):
            uow.people.add(a_person(f"p{number}"))
        uow.directory.put_many(
            a_directory_entry(f"p{n}", department=f"d{n % 3}", groups=frozenset({"board"} if n < 7 else ()))
            for n in range(PEOPLE)
        )
        uow.commit()
    service = DigestService(storage=storage, programme=Programme())
    service.set_weekly(THE_LEAD, "C1", wanted=True, now=now)
    told: list[Digest] = []
    answers: list[tuple[datetime, str]] = []
    for step, (kind, *of) in enumerate(course):
        now += HOUR
        with storage.begin() as uow:
            match kind, of:
                case "pass", [days]:
                    now += days * DAY
                case "held", [n, format_]:
                    session = a_held_session(
                        f"s{step}", mentors=[f"p{(n + 1) % PEOPLE}"], mentees=[f"p{n}"], held_at=now, format=format_
                    )
                    uow.sessions.add(session)
                case "pulse", [n, useful]:
                    uow.sessions.add(a_held_session(f"s{step}", mentees=[f"p{n}"], held_at=now))
                    reuse = Reuse.YES if useful > 2 else Reuse.NO
                    uow.sessions.put_pulse(
                        a_pulse(f"s{step}", f"p{n}", useful=useful, at_ease=None, reuse=reuse, answered_at=now)
                    )
                    answers.append((now, f"p{n}"))
                case "again", [n, again]:
                    uow.surveys.put_answer(a_close_answer(f"p{n}", again=again, answered_at=now))
            uow.commit()
        pulled = [(now, service.preview(of[0], now=now))] if kind == "pull" else []
        for until, digest in [*posted_on_monday(storage, service, now=now), *pulled]:
            if digest.pulse.useful != (told[-1].pulse.useful if told else None):
                heard = {person for at, person in answers if at <= until}
                assert len(heard) >= FLOOR, "the mean moved by the answers of fewer than five people"
                answers = [(at, person) for at, person in answers if at > until]
            told.append(digest)
    every = {count for digest in told for count in counts(digest)}
    assert all(abs(one - other) >= FLOOR for one, other in combinations(every, 2))
    remain = [one.members - one.coached for digest in told for one in (*digest.departments, *digest.groups)]
    assert all(one == 0 or one >= FLOOR for one in remain)


def test_a_week_in_which_few_were_coached_is_passed_over_like_one_in_which_nobody_was(storage: InMemoryStorage) -> None:
    service = DigestService(storage=storage, programme=Programme())
    service.set_weekly(THE_LEAD, "C1", wanted=True, now=NOW)
    for day in range(4):
        hold_one(storage, day)
    assert posts(storage, service, days=8) == []


def test_what_an_earlier_version_kept_of_digests_does_no_harm(storage: InMemoryStorage) -> None:
    with storage.begin() as uow:
        uow.settings.put("digests_told", {COHORT: {"counts": {"coached": [12, "2027-03-01"]}, "tallies": {}}})
        uow.commit()
    assert preview(storage).pulse.useful is None
