"""After three days of silence: what had piled up goes out gently, and to nobody on a holiday of theirs.

The whole of it on SQLite and less on PostgreSQL, at every run of the tests; `make years` plays the whole on either.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
import pytest

from bot.domain.letters import Letter
from bot.domain.outbox import OutboxMessage
from bot.ports import Sent
from bot.scheduler import Timetable
from bot.services import Services
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from storage import SqlStorage
from tests.builders import a_cohort, a_directory_entry, a_mentee, a_mentor, a_nudge, a_pairing, a_person
from tests.fakes.slack import FakeClock, FakeDirectory, FakeMessenger

PAIRINGS, FEWER, NUDGES_EACH = 500, 90, 6
DOWN_AT = datetime(2027, 3, 23, 6, 0, tzinfo=UTC)
UP_AT = DOWN_AT + timedelta(hours=72)
"""The morning of Good Friday, which is a holiday in Alsace and Moselle and not in the rest of France."""
UNTIL = UP_AT + timedelta(days=5)
GOOD_FRIDAY, EASTER_MONDAY = date(2027, 3, 26), date(2027, 3, 29)
PLACES = (
    ("Europe/Paris", "FR", None),
    ("Europe/Paris", "FR", "6AE"),
    ("Europe/Paris", "FR", "57"),
    ("America/New_York", "US", None),
    ("Asia/Tokyo", "JP", None),
    ("Australia/Lord_Howe", "AU", "NSW"),
)


@dataclass(frozen=True, slots=True)
class Outage:
    """What was down: a database with so many pairings."""

    database: str
    pairings: int


def outages() -> list[Outage]:
    """Return those that are played: the whole on the database that is asked for; unasked, fewer on PostgreSQL too."""
    asked = os.environ.get("DB")
    whole = Outage(asked or "sqlite", PAIRINGS)
    return [whole] if asked else [whole, Outage("postgres", FEWER)]


@dataclass(slots=True)
class Recorder(FakeMessenger):
    """Notes when whom was written to."""

    clock: FakeClock = field(default_factory=FakeClock)
    sent: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def send(
        self, message: OutboxMessage, letter: Letter, *, language: str, tz: str, check: Callable[[], None]
    ) -> Sent:
        # Called by this name: a class with slots is made anew, which leaves a plain `super()` behind.
        answer = FakeMessenger.send(self, message, letter, language=language, tz=tz, check=check)
        assert message.person_id is not None
        self.sent[message.person_id].append(self.clock.now())
        return answer


@pytest.fixture(scope="module", params=outages(), ids=lambda outage: outage.database)
def outage(request: pytest.FixtureRequest) -> Outage:
    asked: Outage = request.param
    return asked


@pytest.fixture(scope="module")
def storage(outage: Outage, make_storage: Callable[[str], SqlStorage]) -> SqlStorage:
    """Pairings in six places, whose nudges came due, a few an hour, while nothing ticked."""
    storage = make_storage(outage.database)
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort(starts_on=date(2027, 3, 15), ends_on=date(2027, 9, 1)))
        for number in range(outage.pairings):
            for role, enrolled in (("mentor", a_mentor), ("mentee", a_mentee)):
                person = a_person(f"{role}{number}", tz=place_of(number)[0])
                _, country, region = place_of(number)
                uow.people.add(person)
                uow.directory.put_many([a_directory_entry(person.id, country=country, region=region)])
                uow.participants.put(enrolled(person.id))
            pair = (f"mentor{number}", f"mentee{number}")
            uow.pairings.add(a_pairing(f"pairing{number}", mentors=pair[:1], mentees=pair[1:], introduced_at=DOWN_AT))
            uow.nudges.plan(
                a_nudge(
                    f"{person_id}.{which}",
                    person_id=person_id,
                    subject_id=f"pairing{number}",
                    due_at=DOWN_AT + timedelta(hours=12 * which, minutes=number),
                )
                for person_id in pair
                for which in range(NUDGES_EACH)
            )
        uow.commit()
    return storage


@pytest.fixture(scope="module")
def sent(storage: SqlStorage) -> dict[str, list[datetime]]:
    """When each person was written to in the days after the outage."""
    clock = FakeClock(UP_AT)
    slack = Recorder(clock=clock)
    services = Services(storage=storage, programme=Programme(), directory=FakeDirectory())
    delivery = DeliveryService(storage=storage, programme=services.programme, messenger=slack, clock=clock)
    Timetable(services, delivery, clock).run_until(UNTIL, clock.move_to)
    return slack.sent


def place_of(number: int) -> tuple[str, str, str | None]:
    """Return the zone, the country and the region of a pairing's people."""
    return PLACES[number % len(PLACES)]


def place_of_person(person_id: str) -> tuple[str, str, str | None]:
    return place_of(int(person_id.removeprefix("mentor").removeprefix("mentee")))


def test_everybody_is_written_to_but_never_twice_in_a_day_nor_four_times_in_a_week(
    outage: Outage, sent: dict[str, list[datetime]]
) -> None:
    assert len(sent) == 2 * outage.pairings
    for moments in sent.values():
        assert all(later - earlier >= timedelta(hours=24) for earlier, later in pairwise(moments))
        assert all(later - earlier >= timedelta(days=7) for earlier, later in zip(moments, moments[3:], strict=False))


def test_no_minute_has_more_than_thirty_messages(sent: dict[str, list[datetime]]) -> None:
    moments = sorted(moment for mine in sent.values() for moment in mine)
    busiest = max(
        sum(start <= moment < start + timedelta(minutes=1) for moment in moments[at : at + 40])
        for at, start in enumerate(moments)
    )
    assert 1 < busiest <= 30


def test_nothing_comes_outside_working_hours_or_on_a_holiday_of_ones_own_region(
    sent: dict[str, list[datetime]],
) -> None:
    for person_id, moments in sent.items():
        zone, country, region = place_of_person(person_id)
        off = holidays.country_holidays(country, subdiv=region, years=2027)
        for moment in moments:
            local = moment.astimezone(ZoneInfo(zone))
            assert local.weekday() < 5, person_id
            assert time(9, 30) <= local.time() <= time(17, 30), (person_id, local)
            assert local.date() not in off, (person_id, local)


def test_good_friday_is_a_holiday_in_alsace_and_moselle_alone(sent: dict[str, list[datetime]]) -> None:
    days: dict[str | None, set[date]] = defaultdict(set)
    for person_id, moments in sent.items():
        zone, country, region = place_of_person(person_id)
        if country == "FR":
            days[region] |= {moment.astimezone(ZoneInfo(zone)).date() for moment in moments}
    assert GOOD_FRIDAY in days[None]
    assert GOOD_FRIDAY not in days["6AE"] | days["57"]
    assert EASTER_MONDAY not in days[None] | days["6AE"] | days["57"]
    assert all(date(2027, 3, 30) in days[region] for region in (None, "6AE", "57"))
