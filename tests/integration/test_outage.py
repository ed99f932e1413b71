"""After three days of silence: what had piled up goes out gently, and to nobody on a holiday of theirs.

The whole of it on SQLite and less on PostgreSQL, at every run of the tests; `make years` plays the whole on either.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle, islice, pairwise
from zoneinfo import ZoneInfo

import holidays
import pytest

from bot.domain.directory_files import read_directory
from bot.domain.nudges import TOLD_TOGETHER, NudgeKind
from bot.domain.surveys import survey_subject
from bot.scheduler import Timetable
from bot.services import Services
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from storage import SqlStorage
from tests.builders import COHORT, a_cohort, a_held_session, a_mentee, a_mentor, a_nudge, a_pairing, a_person
from tests.fakes.slack import FakeClock, FakeDirectory, FakeMessenger

PAIRINGS, FEWER, NUDGES_EACH = 500, 60, 12
"""Everybody is in two of the pairings, so that there are as many people as pairings; twelve nudges wait for each."""
OF_A_PAIR_THAT_NEVER_MET = (
    NudgeKind.FIRST_SESSION_UNPLANNED, NudgeKind.FIRST_SESSION_UNPLANNED, NudgeKind.STILL_GOING,
    NudgeKind.TWICE_CANCELLED,
)  # fmt: skip
OF_A_PAIR_THAT_MET = (
    NudgeKind.NOTHING_PLANNED, NudgeKind.STILL_GOING, NudgeKind.TWICE_CANCELLED,
    NudgeKind.PULSE_UNANSWERED, NudgeKind.NEXT_TRY,
)  # fmt: skip
OF_A_SESSION = frozenset({NudgeKind.PULSE_UNANSWERED, NudgeKind.NEXT_TRY})
DOWN_FOR, WATCHED_FOR = timedelta(hours=72), timedelta(days=5)
LONG = timedelta(days=40)
"""Since a pair was introduced, or met last."""
PLACES = (
    ("Europe/Paris", "FR", None),
    ("Europe/Paris", "FR", "6AE"),
    ("Europe/Paris", "FR", "57"),
    ("America/New_York", "US", None),
    ("Asia/Tokyo", "JP", None),
    ("Australia/Lord_Howe", "AU", "NSW"),
)


@dataclass(frozen=True, slots=True)
class Feast:
    """A holiday in Alsace and Moselle, not in the rest of France, and the next day on which all of France works."""

    day: date
    reopens: date


GOOD_FRIDAY = Feast(date(2027, 3, 26), date(2027, 3, 30))
SECOND_OF_CHRISTMAS = Feast(date(2028, 12, 26), date(2028, 12, 27))


@dataclass(frozen=True, slots=True)
class Outage:
    """A database with so many pairings, whose bot comes back on the morning of a feast."""

    database: str
    pairings: int
    feast: Feast

    @property
    def up_at(self) -> datetime:
        return datetime.combine(self.feast.day, time(6), UTC)

    @property
    def down_at(self) -> datetime:
        return self.up_at - DOWN_FOR

    def __str__(self) -> str:
        return f"{self.database}-{self.feast.day}"


def outages() -> list[Outage]:
    """Return those that are played: on the database that is asked for, the whole; unasked, mostly with fewer pairings.

    Nobody asks in `make test`, where one is whole.
    """
    if asked := os.environ.get("DB"):
        return [Outage(asked, PAIRINGS, feast) for feast in (GOOD_FRIDAY, SECOND_OF_CHRISTMAS)]
    return [
        Outage("sqlite", PAIRINGS, GOOD_FRIDAY),
        Outage("sqlite", FEWER, SECOND_OF_CHRISTMAS),
        Outage("postgres", FEWER, GOOD_FRIDAY),
        Outage("postgres", FEWER, SECOND_OF_CHRISTMAS),
    ]


@pytest.fixture(scope="module", params=outages(), ids=str)
def outage(request: pytest.FixtureRequest) -> Outage:
    asked: Outage = request.param
    return asked


@pytest.fixture(scope="module")
def storage(outage: Outage, make_storage: Callable[[str], SqlStorage]) -> SqlStorage:
    """Pairings in six places, whose nudges came due, a few an hour, while nothing ticked."""
    storage = make_storage(outage.database)
    with storage.begin() as uow:
        day = outage.feast.day
        uow.cohorts.add(a_cohort(starts_on=day - timedelta(days=11), ends_on=day + timedelta(days=160)))
        uow.directory.put_many(read_directory(directory_file(outage.pairings)).entries.values())
        couples = outage.pairings // 2
        for number in range(couples):
            for role, enrolled in (("mentor", a_mentor), ("mentee", a_mentee)):
                uow.people.add(a_person(f"{role}{number}", tz=place_of(number)[0]))
                uow.participants.put(enrolled(f"{role}{number}"))
        told: dict[str, list[tuple[NudgeKind, str]]] = defaultdict(list)
        for number in range(outage.pairings):
            # The second pairing of each is with somebody of the same place and of a pair that has met, or not, as well.
            mentor, mentee = f"mentor{number % couples}", f"mentee{(number + number // couples * 6) % couples}"
            pairing = a_pairing(
                f"pairing{number}", mentors=[mentor], mentees=[mentee], introduced_at=outage.down_at - LONG
            )
            uow.pairings.add(pairing)
            has_met = number % couples % 2
            if has_met:
                uow.sessions.add(
                    a_held_session(
                        f"session{number}", pairing_id=pairing.id, mentors=[mentor], mentees=[mentee],
                        held_at=outage.down_at - LONG, planned_by=mentee,
                    )
                )  # fmt: skip
            for kind in OF_A_PAIR_THAT_MET if has_met else OF_A_PAIR_THAT_NEVER_MET:
                subject_id = f"session{number}" if kind in OF_A_SESSION else pairing.id
                told[mentor].append((kind, subject_id))
                told[mentee].append((kind, subject_id))
        for person_id, things in told.items():
            # Some goes before the rest, and would leave a week no room for it: not everybody has some of each.
            ends = [(NudgeKind.COHORT_ENDING, COHORT), (NudgeKind.CLOSE_SURVEY, survey_subject(COHORT, person_id))]
            alike = [one for one in things if one[0] in TOLD_TOGETHER]
            mine = ([*things, *ends], things, alike)[number_of(person_id) // 6 % 3]
            uow.nudges.plan(
                a_nudge(
                    f"{person_id}.{which}", person_id=person_id, kind=kind, subject_id=subject_id,
                    period=f"{subject_id}.{which}",
                    due_at=outage.down_at + timedelta(hours=6 * which, minutes=number_of(person_id)),
                )
                for which, (kind, subject_id) in enumerate(islice(cycle(mine), NUDGES_EACH))
            )  # fmt: skip
        uow.commit()
    return storage


@pytest.fixture(scope="module")
def slack(outage: Outage, storage: SqlStorage) -> FakeMessenger:
    """What was sent in the days after the outage."""
    clock = FakeClock(outage.up_at)
    slack = FakeMessenger(clock=clock)
    services = Services(storage=storage, programme=Programme(), directory=FakeDirectory())
    delivery = DeliveryService(storage=storage, programme=services.programme, messenger=slack, clock=clock)
    Timetable(services, delivery, clock).run_until(outage.up_at + WATCHED_FOR, clock.move_to)
    return slack


@pytest.fixture(scope="module")
def sent(slack: FakeMessenger) -> dict[str, list[datetime]]:
    """When each person was written to in the days after the outage."""
    sent = defaultdict(list)
    for post in slack.posts:
        assert post.message.person_id is not None
        sent[post.message.person_id].append(post.at)
    return sent


def directory_file(pairings: int) -> bytes:
    """Return what the HR department exports, which alone says in which region people work."""
    lines = ["E-mail,Name,Manager,Country,Region"]
    for number in range(pairings):
        _, country, region = place_of(number)
        lines += [f"{role}{number}@example.com,{role},,{country},{region or ''}" for role in ("mentor", "mentee")]
    return "\n".join(lines).encode()


def place_of(number: int) -> tuple[str, str, str | None]:
    """Return the zone, the country and the region of a pairing's people."""
    return PLACES[number % len(PLACES)]


def place_of_person(person_id: str) -> tuple[str, str, str | None]:
    return place_of(number_of(person_id))


def number_of(person_id: str) -> int:
    return int(person_id.removeprefix("mentor").removeprefix("mentee"))


def test_what_waited_is_of_all_kinds_and_what_is_alike_is_told_together(slack: FakeMessenger) -> None:
    told = [post.message for post in slack.posts if post.message.proactive]
    assert {one.kind for one in told} >= {
        NudgeKind.STILL_GOING, NudgeKind.FIRST_SESSION_UNPLANNED, NudgeKind.NOTHING_PLANNED, NudgeKind.COHORT_ENDING,
        NudgeKind.CLOSE_SURVEY,
    }  # fmt: skip
    assert {one.kind for one in told if len(one.nudge_ids) > 1} >= {
        NudgeKind.FIRST_SESSION_UNPLANNED, NudgeKind.NOTHING_PLANNED,
    }  # fmt: skip
    assert len({nudge_id for one in told for nudge_id in one.nudge_ids}) == sum(len(one.nudge_ids) for one in told)


def test_everybody_is_written_to_but_never_twice_in_a_day_nor_four_times_in_a_week(
    outage: Outage, sent: dict[str, list[datetime]]
) -> None:
    assert len(sent) == outage.pairings
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
    outage: Outage, sent: dict[str, list[datetime]]
) -> None:
    for person_id, moments in sent.items():
        zone, country, region = place_of_person(person_id)
        off = holidays.country_holidays(country, subdiv=region, years=outage.feast.day.year)
        for moment in moments:
            local = moment.astimezone(ZoneInfo(zone))
            assert local.weekday() < 5, person_id
            assert time(9, 30) <= local.time() <= time(17, 30), (person_id, local)
            assert local.date() not in off, (person_id, local)


def test_what_is_a_holiday_in_alsace_and_moselle_alone_is_quiet_there_and_not_in_paris(
    outage: Outage, sent: dict[str, list[datetime]]
) -> None:
    days: dict[str | None, set[date]] = defaultdict(set)
    for person_id, moments in sent.items():
        zone, country, region = place_of_person(person_id)
        if country == "FR":
            days[region] |= {moment.astimezone(ZoneInfo(zone)).date() for moment in moments}
    assert outage.feast.day in days[None]
    assert min(days["6AE"]) == min(days["57"]) == outage.feast.reopens
    assert outage.feast.reopens in days[None]
