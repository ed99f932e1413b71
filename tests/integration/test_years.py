"""Years go by in eight zones, hour by hour: whatever comes back in every period comes once in each.

At every run of the tests, half a year on SQLite, in which the clocks of both hemispheres turn, and on PostgreSQL the
weeks of March in which most of them do; `make years` plays five years, on either database.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest

from bot.domain.access import Actor
from bot.domain.nudges import NudgeKind
from bot.scheduler import Timetable
from bot.services import Services
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from storage import SqlStorage
from tests.builders import a_cohort, a_mentee, a_mentor, a_pairing, a_person
from tests.fakes.slack import FakeClock, FakeDirectory, FakeMessenger

YEARS = float(os.environ.get("YEARS", "0.5"))
ZONES = (
    "Europe/Paris",
    "America/New_York",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
)
HOUR, FORTNIGHT = timedelta(hours=1), timedelta(weeks=2)
HOLIDAYS = holidays.country_holidays("FR", years=range(2027, 2029 + int(YEARS)))
"""Everybody here works for the same French company, wherever they live."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time that goes by on a database, from a Monday on, in periods of two weeks."""

    database: str
    first_day: date
    periods: int


def spans() -> list[Span]:
    """Return what is played: a long span on the database that is asked for; unasked, a short one on PostgreSQL too."""
    asked = os.environ.get("DB")
    long = Span(asked or "sqlite", date(2027, 1, 4), round(YEARS * 26))
    return [long] if asked else [long, Span("postgres", date(2027, 3, 1), 3)]


@dataclass(frozen=True, slots=True)
class Sent:
    """One proactive message: to whom, of what kind, about which session, and when on their clock."""

    person_id: str
    kind: NudgeKind
    session_id: str
    local: datetime


@dataclass(frozen=True, slots=True)
class Years:
    """What was sent over the years, each person's sessions, and those whose mentor is asked how they went."""

    sent: list[Sent]
    sessions: dict[str, list[str]]
    asked: set[str]


@dataclass(slots=True)
class Pair:
    """A mentor and a mentee of one zone, who meet on every second Monday at two, and log it three hours later.

    Clocks are turned on Sundays, so that reminders on the Friday before cross every change of them.
    """

    number: int
    first_day: date
    services: Services

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(ZONES[self.number])

    @property
    def mentor(self) -> Actor:
        return Actor(
            person_id=f"mentor{self.number}",
            user_id=f"UMENTOR{self.number}",
            team_id="T1",
            name="Mentor",
            language="en",
            tz=ZONES[self.number],
            is_participant=True,
        )

    def meeting(self, period: int) -> datetime:
        """Return when they meet in the period, in UTC: at two by the clock on their wall, whatever it was turned to."""
        day = self.first_day + period * FORTNIGHT + timedelta(days=7)
        return datetime.combine(day, time(14), self.zone).astimezone(UTC)

    def plan(self, period: int, *, now: datetime) -> str:
        planned = self.services.sessions.plan(
            self.mentor, f"pairing{self.number}", starts_at=self.meeting(period), minutes=60, place="", now=now
        )
        return planned.session.id

    def log(self, session_id: str, period: int, *, now: datetime) -> None:
        self.services.sessions.log(
            self.mentor, pairing_id=None, session_id=session_id, held_at=self.meeting(period), minutes=60,
            topic_ids=(), tried="search", next_try="", is_another=False, now=now,
        )  # fmt: skip


@pytest.fixture(scope="module", params=spans(), ids=lambda span: span.database)
def span(request: pytest.FixtureRequest) -> Span:
    asked: Span = request.param
    return asked


@pytest.fixture(scope="module")
def storage(span: Span, make_storage: Callable[[str], SqlStorage]) -> SqlStorage:
    storage = make_storage(span.database)
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort(starts_on=span.first_day, ends_on=span.first_day + timedelta(days=366 * (YEARS + 1))))
        for number, zone in enumerate(ZONES):
            for role, enrolled in (("mentor", a_mentor), ("mentee", a_mentee)):
                uow.people.add(a_person(f"{role}{number}", tz=zone))
                uow.participants.put(enrolled(f"{role}{number}"))
            uow.pairings.add(
                a_pairing(
                    f"pairing{number}",
                    mentors=[f"mentor{number}"],
                    mentees=[f"mentee{number}"],
                    introduced_at=datetime.combine(span.first_day, time(), UTC),
                    sessions_planned=span.periods + 1,
                )
            )
        uow.commit()
    return storage


@pytest.fixture(scope="module")
def years(span: Span, storage: SqlStorage) -> Years:
    """Let the years go by."""
    clock, slack = FakeClock(datetime.combine(span.first_day, time(), UTC)), FakeMessenger()
    services = Services(storage=storage, programme=Programme(), directory=FakeDirectory())
    delivery = DeliveryService(storage=storage, programme=services.programme, messenger=slack, clock=clock)
    timetable = Timetable(services, delivery, clock)
    pairs = [Pair(number, span.first_day, services) for number in range(len(ZONES))]
    sessions = {pair.number: [pair.plan(0, now=clock.now())] for pair in pairs}
    found: list[Sent] = []
    while any(len(held) <= span.periods for held in sessions.values()):
        clock.move_to(clock.now() + HOUR)
        seen = len(slack.posts)
        timetable.tick()
        for post in slack.posts[seen:]:
            if post.message.proactive:
                with storage.read() as uow:
                    nudge = uow.nudges.get(post.message.args["nudge_id"])
                local = clock.now().astimezone(ZoneInfo(post.tz))
                found.append(Sent(nudge.person_id, nudge.kind, nudge.subject_id, local))
        for pair in pairs:
            period = len(sessions[pair.number]) - 1
            if period < span.periods and clock.now() >= pair.meeting(period) + 3 * HOUR:
                pair.log(sessions[pair.number][-1], period, now=clock.now())
                sessions[pair.number].append(pair.plan(period + 1, now=clock.now()))
    asked = {
        session_id
        for pair in pairs
        for period, session_id in enumerate(sessions[pair.number])
        # On a holiday nobody is asked how it went, and by the next morning it is logged.
        if pair.meeting(period).astimezone(pair.zone).date() not in HOLIDAYS
    }
    whose = {f"{role}{number}": held[:-1] for number, held in sessions.items() for role in ("mentor", "mentee")}
    return Years(found, whose, asked)


@pytest.mark.timeout(60 + 120 * YEARS)
def test_every_session_is_reminded_of_asked_about_and_followed_once_for_each(years: Years) -> None:
    whose = years.sessions
    counted = Counter((one.person_id, one.kind, one.session_id) for one in years.sent)
    expected = {
        (person_id, kind, session_id)
        for person_id, sessions in whose.items()
        for session_id in sessions
        for kind in (NudgeKind.BEFORE_SESSION, NudgeKind.PULSE_UNANSWERED)
    }
    expected |= {
        (person_id, NudgeKind.HOW_DID_IT_GO, session_id)
        for person_id, sessions in whose.items()
        for session_id in sessions
        if person_id.startswith("mentor") and session_id in years.asked
    }
    last = {sessions[-1] for sessions in whose.values()}
    assert {key: times for key, times in counted.items() if times > 1} == {}
    assert {key for key in expected if key[2] not in last} - counted.keys() == set()
    assert counted.keys() - expected == set()


def test_every_message_comes_in_working_hours_where_its_reader_is(years: Years) -> None:
    for one in years.sent:
        assert one.local.weekday() < 5, one
        assert one.local.date() not in HOLIDAYS, one
        assert time(9, 30) <= one.local.time() <= time(17, 30), one
        if one.kind is NudgeKind.BEFORE_SESSION:
            assert time(14) <= one.local.time() < time(15), f"at the session's time of day: {one}"
