"""Years go by in eight zones, hour by hour: whatever comes back in every period comes once in each.

Cohort follows cohort, a quarter each. In every one, four pairs of each zone are proposed to each other and introduced:
one that meets, one that never plans anything, one that does not say how its session went, and one that cancels twice.
What each of them should get is written down where they do, or leave, what causes it; at the end it is held against
what came.

At every run of the tests two quarters on SQLite, in which the clocks of both hemispheres turn, and one on PostgreSQL,
without the hours in which nothing is due; `make years` plays five years, on either database.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from zoneinfo import ZoneInfo

import holidays
import pytest

from bot.domain.access import Actor
from bot.domain.cohorts import CohortForm, Format
from bot.domain.enrolment import EnrolmentForm
from bot.domain.nudges import NudgeKind
from bot.domain.outbox import OutboxMessage
from bot.domain.pairings import GoOn, Pairing
from bot.domain.participants import HALF_DAYS, Place
from bot.domain.people import Role
from bot.domain.rounds import Answer
from bot.domain.surveys import Again, survey_subject
from bot.domain.topics import Level, Use
from bot.scheduler import Timetable
from bot.services import Services
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from storage import SqlStorage
from tests.builders import LEAD, a_person, an_actor
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
PARIS = ZoneInfo(ZONES[0])
WAYS = ("meets", "never", "silent", "cancels")
"""What the mentees do: each of a zone another, in every cohort with another mentor."""
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
QUARTER = 13 * WEEK
"""From one cohort's opening to the next."""
ROUND_AFTER, FIRST_MEETING_AFTER, CLOSED_AFTER = WEEK, 4 * WEEK, 9 * WEEK
"""The Mondays of a cohort: a round is published; those who meet do so for the first of two times; it is closed."""
ENDS_AFTER = CLOSED_AFTER - DAY
HOLIDAYS = holidays.country_holidays("FR", years=range(2027, 2029 + int(YEARS)))
"""Everybody here works for the same French company, wherever they live."""
CHANNEL = "C0DIGEST"


@dataclass(frozen=True, slots=True)
class Span:
    """The time that goes by on a database, from a Monday on, in cohorts of a quarter each.

    It goes hour by hour, or else from whatever is due to what is due next.
    """

    database: str
    first_day: date
    cohorts: int
    hourly: bool = True

    def __str__(self) -> str:
        return self.database

    @property
    def days(self) -> list[date]:
        """The first days of the cohorts."""
        return [self.first_day + number * QUARTER for number in range(self.cohorts)]


def spans() -> list[Span]:
    """Return what is played: a long span on the database that is asked for; unasked, a short one on PostgreSQL too."""
    asked = os.environ.get("DB")
    long = Span(asked or "sqlite", date(2027, 1, 4), round(YEARS * 4))
    return [long] if asked else [long, Span("postgres", date(2027, 3, 1), 1, hourly=False)]


@dataclass(frozen=True, slots=True)
class Sent:
    """One proactive message: to whom, of what kind, about what, and when on their clock."""

    person_id: str
    kind: NudgeKind
    subject_id: str
    local: datetime


Nudged = tuple[str, NudgeKind, str]
"""Who was nudged, of what kind, about which proposal, pairing, session or cohort."""


def working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


@dataclass(slots=True)
class Company:
    """Its people, who do what they always do, and what it should and does send them meanwhile."""

    span: Span
    storage: SqlStorage
    clock: FakeClock
    sent: list[Sent] = field(default_factory=list)
    expected: Counter[Nudged] = field(default_factory=Counter)
    digests: list[datetime] = field(default_factory=list)
    introduced: int = 0
    slack: FakeMessenger = field(init=False)
    services: Services = field(init=False)
    _agenda: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    _turns: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.slack = FakeMessenger(clock=self.clock)
        self.services = Services(storage=self.storage, programme=Programme(), directory=FakeDirectory())

    def live(self) -> None:
        """Let the years go by."""
        delivery = DeliveryService(
            storage=self.storage, programme=self.services.programme, messenger=self.slack, clock=self.clock
        )
        timetable = Timetable(self.services, delivery, self.clock)
        first, *others = self.span.days
        self.open_cohort(first)
        self.services.digests.set_weekly(self.lead, CHANNEL, wanted=True, now=self.clock.now())
        for day in others:
            self.at(in_paris(day, 10), partial(self.open_cohort, day))
        end = in_paris(self.span.days[-1] + QUARTER, 10)
        while self.now < end:
            moment = self.next_stop(timetable, end)
            self.clock.move_to(moment)
            while self._agenda and self._agenda[0][0] <= moment:
                heappop(self._agenda)[2]()
            seen = len(self.slack.posts)
            timetable.tick()
            if self.span.hourly and len(self.slack.posts) > seen:
                # More may be due than goes at once: what is left follows by and by.
                timetable.run_until(moment + HOUR / 2, self.clock.move_to)
            for post in self.slack.posts[seen:]:
                self.react(post.message, post.at.astimezone(ZoneInfo(post.tz)))

    def next_stop(self, timetable: Timetable, end: datetime) -> datetime:
        """Return the next hour; or when something is due, or somebody is about to act."""
        if self.span.hourly:
            return self.now.replace(minute=0) + HOUR
        due = [moment for moment in (timetable.next_due(), *(moment for moment, *_ in self._agenda[:1])) if moment]
        return min(end, *due)

    def at(self, moment: datetime, act: Callable[[], object]) -> None:
        """Have somebody act at the first hour from *moment* on."""
        heappush(self._agenda, (moment, next(self._turns), act))

    def in_a(self, while_: timedelta, act: Callable[[], object]) -> None:
        self.at(self.clock.now() + while_, act)

    def expect(self, kind: NudgeKind, subject_id: str, *person_ids: str, times: int = 1) -> None:
        for person_id in person_ids:
            self.expected[person_id, kind, subject_id] += times

    @property
    def lead(self) -> Actor:
        return an_actor(LEAD, is_lead=True)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def react(self, message: OutboxMessage, local: datetime) -> None:
        """Note a message, which came at *local* time, and have its reader do what they do about it."""
        if message.kind == "digest_posted":
            self.digests.append(local)
        if message.kind == "introduction" and role_of(message.person_id) is Role.MENTEE:
            with self.storage.read() as uow:
                pairing = uow.pairings.get(message.args["pairing_id"])
            self.begin(pairing)
        if message.proactive:
            with self.storage.read() as uow:
                told = [uow.nudges.get(nudge_id) for nudge_id in message.nudge_ids]
            for nudge in told:
                self.sent.append(Sent(nudge.person_id, nudge.kind, nudge.subject_id, local))
                self.answer(nudge.person_id, nudge.kind, nudge.id, nudge.subject_id)

    def answer(self, person_id: str, kind: NudgeKind, nudge_id: str, subject_id: str) -> None:
        """Whoever was slow to answer does so now; mentors say at once whether they would take part again."""
        actor = actor_of(person_id)
        if kind is NudgeKind.PROPOSAL_UNANSWERED:
            self.in_a(HOUR, lambda: self._say_yes(actor, subject_id))
        if kind is NudgeKind.TWICE_CANCELLED:
            self.in_a(HOUR, lambda: self._close(actor, subject_id))
        if kind is NudgeKind.CLOSE_SURVEY and role_of(person_id) is Role.MENTOR:
            self.in_a(HOUR, lambda: self.services.surveys.answer(actor, nudge_id, Again.YES, {}, now=self.now))

    def _say_yes(self, actor: Actor, proposal_id: str) -> None:
        self.services.proposals.answer(actor, proposal_id, Answer.YES, now=self.now)

    def _close(self, actor: Actor, pairing_id: str) -> None:
        self.services.pairings.answer(actor, pairing_id, GoOn.CLOSE, now=self.now)

    def open_cohort(self, day: date) -> None:
        """Open the cohort of a quarter; everybody enrols, is reminded that it ends, and asked how it was."""
        form = CohortForm(
            name=f"Cohort of {day}", enrol_until=day + 4 * DAY, starts_on=day + WEEK, ends_on=day + ENDS_AFTER
        )
        cohort = self.services.cohorts.open(self.lead, form, now=self.now)
        with self.storage.read() as uow:
            topics = [topic.id for topic in uow.topics.all()]
        for number in range(len(ZONES)):
            for person_id in people_of(number):
                is_mentor = role_of(person_id) is Role.MENTOR
                asked = EnrolmentForm(
                    roles=frozenset({role_of(person_id)}), languages=frozenset({"en"}),
                    formats=frozenset({Format.PATH}), place=Place.EITHER, half_days=frozenset(HALF_DAYS), seats=1,
                    offers={topics[number]: Level.OTHERS_ASK_ME} if is_mentor else {},
                    wants={} if is_mentor else {topics[number]: Use.TRIED},
                )  # fmt: skip
                self.services.enrolment.enrol(actor_of(person_id), asked, now=self.now)
                survey = survey_subject(cohort.id, person_id)
                self.expect(NudgeKind.COHORT_ENDING, cohort.id, person_id, times=2)
                # An answer to the first is the end of it.
                self.expect(NudgeKind.CLOSE_SURVEY, survey, person_id, times=1 if is_mentor else 2)
        self.at(in_paris(day + ROUND_AFTER, 12), self.publish)
        closed_at = in_paris(day + CLOSED_AFTER, 12)
        self.at(closed_at, lambda: self.services.cohorts.close(self.lead, cohort.id, now=self.now))

    def publish(self) -> None:
        """Publish a round; everybody needs to be reminded of the question."""
        round_id = self.services.rounds.draft(self.lead, now=self.now)
        with self.storage.read() as uow:
            proposals = uow.rounds.proposals(round_id)
        for proposal in proposals:
            self.expect(NudgeKind.PROPOSAL_UNANSWERED, proposal.id, *(seat.person_id for seat in proposal.seats))
        self.services.rounds.publish(self.lead, round_id, now=self.now)

    def begin(self, pairing: Pairing) -> None:
        """Have a pair that is introduced do as its mentee does."""
        self.introduced += 1
        [mentee] = pairing.people(Role.MENTEE)
        opened = max(day for day in self.span.days if in_paris(day, 10) <= self.now)
        monday = opened + FIRST_MEETING_AFTER
        match mentee.rstrip("0123456789"):
            case "meets":
                self.meet(pairing, monday, then=monday + 2 * WEEK)
            case "never":
                self.expect(NudgeKind.FIRST_SESSION_UNPLANNED, pairing.id, *pairing.person_ids, times=2)
                self.expect(NudgeKind.STILL_GOING, pairing.id, *pairing.person_ids)
            case "silent":
                session_id = self.plan(pairing, monday)
                self.expect(NudgeKind.BEFORE_SESSION, session_id, *pairing.person_ids)
                # The mentor first; on the next working day everybody.
                self.expect(NudgeKind.HOW_DID_IT_GO, session_id, *pairing.people(Role.MENTOR))
                self.expect(NudgeKind.HOW_DID_IT_GO, session_id, *pairing.person_ids)
                self.expect(NudgeKind.NOTHING_PLANNED, pairing.id, *pairing.person_ids)
            case _:
                self.plan_and_cancel(pairing, monday)
                self.in_a(2 * DAY, lambda: self.plan_and_cancel(pairing, monday + DAY))
                self.expect(NudgeKind.TWICE_CANCELLED, pairing.id, mentee)

    def plan(self, pairing: Pairing, day: date) -> str:
        """Plan a session at two by the clock on their wall, whatever it was turned to; return its id."""
        [mentee] = pairing.people(Role.MENTEE)
        meeting = self.services.sessions.plan(
            actor_of(mentee), pairing.id, starts_at=meeting_at(pairing, day), minutes=60, place="", now=self.now
        )
        return meeting.session.id

    def plan_and_cancel(self, pairing: Pairing, day: date) -> None:
        """Have the mentee plan a session, and cancel it the day after."""
        [mentee] = pairing.people(Role.MENTEE)
        session_id = self.plan(pairing, day)
        self.in_a(DAY, lambda: self.services.sessions.cancel(actor_of(mentee), session_id, now=self.now))

    def meet(self, pairing: Pairing, day: date, *, then: date | None = None) -> None:
        """Plan a session and have its mentor log it three hours after it began, and plan the next."""
        session_id = self.plan(pairing, day)
        self.expect(NudgeKind.BEFORE_SESSION, session_id, *pairing.person_ids)
        if working_day(day):
            # On a holiday nobody is asked how it went, and by the next morning it is logged.
            self.expect(NudgeKind.HOW_DID_IT_GO, session_id, *pairing.people(Role.MENTOR))
        self.at(meeting_at(pairing, day) + 3 * HOUR, lambda: self.log(pairing, session_id, day, then=then))

    def log(self, pairing: Pairing, session_id: str, day: date, *, then: date | None) -> None:
        [mentor], [mentee] = pairing.people(Role.MENTOR), pairing.people(Role.MENTEE)
        self.services.sessions.log(
            actor_of(mentor), pairing_id=None, session_id=session_id, held_at=meeting_at(pairing, day), minutes=60,
            topic_ids=(), tried="search", next_try="search by voice", is_another=False, now=self.now,
        )  # fmt: skip
        self.expect(NudgeKind.PULSE_UNANSWERED, session_id, mentor, mentee)
        self.expect(NudgeKind.NEXT_TRY, session_id, mentee)
        if then is not None:
            self.meet(pairing, then)
        else:
            self.expect(NudgeKind.NOTHING_PLANNED, pairing.id, mentor, mentee)
            self.expect(NudgeKind.USAGE_QUESTION, session_id, mentee)


def in_paris(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), PARIS).astimezone(UTC)


def people_of(number: int) -> list[str]:
    """Return the person ids of one zone."""
    return [*(f"mentor{letter}{number}" for letter in "abcd"), *(f"{way}{number}" for way in WAYS)]


def zone_of(person_id: str) -> str:
    return ZONES[int(person_id[-1])]


def role_of(person_id: str | None) -> Role:
    return Role.MENTOR if person_id is not None and person_id.startswith("mentor") else Role.MENTEE


def actor_of(person_id: str) -> Actor:
    return an_actor(person_id, tz=zone_of(person_id))


def meeting_at(pairing: Pairing, day: date) -> datetime:
    zone = ZoneInfo(zone_of(pairing.person_ids[0]))
    return datetime.combine(day, time(14), zone).astimezone(UTC)


@pytest.fixture(scope="module", params=spans(), ids=str)
def span(request: pytest.FixtureRequest) -> Span:
    asked: Span = request.param
    return asked


@pytest.fixture(scope="module")
def company(span: Span, make_storage: Callable[[str], SqlStorage]) -> Company:
    """What became of the company over the years."""
    storage = make_storage(span.database)
    with storage.begin() as uow:
        uow.people.add(a_person(LEAD))
        for number, zone in enumerate(ZONES):
            for person_id in people_of(number):
                uow.people.add(a_person(person_id, tz=zone))
        uow.commit()
    company = Company(span, storage, FakeClock(in_paris(span.first_day, 10)))
    company.live()
    return company


@pytest.mark.timeout(60 + 120 * YEARS)
def test_whatever_comes_back_in_every_period_comes_once_in_each(company: Company) -> None:
    came = Counter((one.person_id, one.kind, one.subject_id) for one in company.sent)
    assert came - company.expected == Counter(), "more than should have come"
    assert company.expected - came == Counter(), "did not come"


def test_every_kind_was_played_and_everybody_in_every_cohort(company: Company) -> None:
    assert {kind for _, kind, _ in company.expected} == set(NudgeKind)
    assert company.introduced == company.span.cohorts * len(ZONES) * len(WAYS)


def test_every_message_comes_in_working_hours_where_its_reader_is(company: Company) -> None:
    for one in company.sent:
        assert working_day(one.local.date()), one
        assert time(9, 30) <= one.local.time() <= time(17, 30), one
        if one.kind is NudgeKind.BEFORE_SESSION:
            assert time(14) <= one.local.time() < time(15), f"at the session's time of day: {one}"


def test_the_weekly_digest_comes_on_mondays_at_nine_after_each_week_in_which_somebody_met(company: Company) -> None:
    mondays = [
        day + FIRST_MEETING_AFTER + after for day in company.span.days for after in (WEEK, 3 * WEEK)
    ]  # fmt: skip
    assert company.digests == [
        datetime.combine(next(one for one in (monday + n * DAY for n in range(7)) if working_day(one)), time(9), PARIS)
        for monday in mondays
    ]
