"""A workspace with the real bot in it: real Bolt, real Socket Mode, a database of its own, a clock that is moved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

import bot.matching.reviewing  # noqa: F401 - the solver is loaded when it is first needed, which takes its time
from app import Tandem
from bot.config import Config
from bot.domain.cohorts import Cohort, CohortForm, Format
from bot.domain.enrolment import EnrolmentForm
from bot.domain.participants import HALF_DAYS, Place
from bot.domain.people import Role
from bot.domain.topics import Level, Use
from handlers import replies
from playground import Clock, Playground
from storage import open_storage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.access import Actor
    from bot.services import Services
    from playground.company import Company
    from playground.people import Person, Reply

ROOT = Path(__file__).parents[2]
MONDAY = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
"""A Monday, ten o'clock in Paris."""


@dataclass(slots=True, kw_only=True)
class World:
    """The playground, the bot in it, and the people of the tests."""

    place: Playground
    tandem: Tandem
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        return self.tandem.services

    @property
    def now(self) -> datetime:
        return self.place.clock.now()

    def actor(self, name: str) -> Actor:
        """Return one of the people as the bot knows them."""
        return self.services.people.actor(
            team_id=self.place.workspace.team_id, user_id=self.people[name].id, now=self.now
        )

    def come(self, name: str, real_name: str, *, locale: str = "en-GB", **fields: Any) -> Person:
        """Let somebody join the workspace."""
        fields.setdefault("tz", "Europe/Paris")
        fields.setdefault("email", f"{name}@example.com")
        self.people[name] = self.place.add_member(name, real_name, locale=locale, **fields)
        return self.people[name]

    def open_cohort(self, name: str = "Spring") -> None:
        """Open a cohort, as a lead would."""
        enrol_until, starts_on, ends_on = Cohort.default_dates(self.now.date())
        form = CohortForm(name=name, enrol_until=enrol_until, starts_on=starts_on, ends_on=ends_on)
        self.services.cohorts.open(self.actor("lea"), form, now=self.now)

    def form(self, role: Role, **changes: Any) -> EnrolmentForm:
        """Return a plain form that anybody could be paired with."""
        form = EnrolmentForm(
            roles=frozenset({role}),
            languages=frozenset({"en", "fr"}),
            formats=frozenset(Format),
            place=Place.EITHER,
            half_days=frozenset(HALF_DAYS),
            offers={"social_networks": Level.OTHERS_ASK_ME} if role is Role.MENTOR else {},
            wants={"social_networks": Use.NEVER} if role is Role.MENTEE else {},
        )
        return replace(form, **changes)

    def enrol(self, name: str, role: Role, **changes: Any) -> None:
        """Enrol somebody with a plain profile."""
        self.services.enrolment.enrol(self.actor(name), self.form(role, **changes), now=self.now)

    def pass_time(self, **by: float) -> None:
        """Move time, with everything the bot has to do on the way."""
        self.tandem.timetable.run_until(self.now + timedelta(**by), self.place.clock.move_to)

    def enrol_many(self, role: Role, names: Iterable[str], **changes: Any) -> None:
        """Let people come, and enrol them with plain profiles."""
        for name in names:
            if name not in self.people:
                self.come(name, name.capitalize())
            self.enrol(name, role, **changes)

    def publish_a_round(self, *, lead: str = "lea") -> None:
        """Draft a round and publish it, as a lead would; the mentees have been asked then."""
        leading = self.people[lead]
        assert_ok(leading.slash("/tandem round"))
        assert_ok(leading.click("round_draft"))
        assert_ok(leading.click("round_publish"))
        self.pass_time(minutes=1)

    def pair(self, mentor: str, mentee: str) -> None:
        """Have two enrolled people paired through a round, both saying yes."""
        self.publish_a_round()
        assert_ok(self.people[mentee].click("proposal_accept"))
        self.pass_time(minutes=1)
        assert_ok(self.people[mentor].click("proposal_accept"))
        self.pass_time(minutes=1)

    def assert_nothing_was_refused(self) -> None:
        """Every call the bot made was one Slack accepts."""
        assert self.place.workspace.refusals == []


def assert_ok(reply: Reply) -> None:
    """Slack was answered in time and had nothing to complain of."""
    assert reply.acked, reply
    assert reply.error is None, reply


@contextmanager
def opened(place: Playground, folder: Path, *, leads: Iterable[str]) -> Iterator[World]:
    """Start *place*, and the bot in it over a new database in *folder*; ``leads`` are user ids or e-mails."""
    with place, closing(open_storage(f"sqlite:///{folder}/tandem.db")) as storage:
        storage.migrate()
        config = Config(
            bot_token=place.bot_token,
            app_token=place.app_token,
            slack_api_url=place.api_url,
            leads=frozenset(leads),
        )
        with closing(Tandem(config, storage, place.clock)) as tandem:
            tandem.connect()
            place.wait_until_connected()
            yield World(place=place, tandem=tandem)


@pytest.fixture
def open_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Open a playground with the bot in it on a frozen Monday morning; `leads` are user ids or e-mails."""
    # On a busy machine a round of three people may be slow work; what is clicked next counts on it being done.
    monkeypatch.setattr(replies, "PATIENCE_SECONDS", 2.8)
    with ExitStack() as stack:

        def open_(*, leads: Iterable[str], company: Company | None = None) -> World:
            place = Playground(ROOT / "manifest.yml", company, clock=Clock(frozen_at=MONDAY), page=False)
            return stack.enter_context(opened(place, tmp_path, leads=leads))

        yield open_


@pytest.fixture
def world(open_world: Callable[..., World]) -> World:
    """A frozen Monday morning: Léa leads, Ana (English) mentors, Philippe (French) is a mentee, Omar is nobody yet."""
    world = open_world(leads={"lea@example.com", "max@example.com"})
    world.come("lea", "Léa Martin", locale="fr-FR")
    world.come("ana", "Ana Silva")
    world.come("philippe", "Philippe Garnier", locale="fr-FR")
    world.come("omar", "Omar Haddad")
    return world


@pytest.fixture
def paired(world: World) -> World:
    """The same world with Ana as Philippe's mentor, introduced a minute ago."""
    world.open_cohort()
    world.enrol("ana", Role.MENTOR)
    world.enrol("philippe", Role.MENTEE)
    world.pair("ana", "philippe")
    return world


Slowed: TypeAlias = Callable[[type, str], threading.Event]


@pytest.fixture
def slowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slowed]:
    """Make a method of a service slow; it goes on once the event returned is set."""
    events = []

    def slow(service: type, name: str) -> threading.Event:
        quick, go = getattr(service, name), threading.Event()
        events.append(go)

        def waits(*args: Any, **named: Any) -> Any:
            go.wait(10)
            return quick(*args, **named)

        monkeypatch.setattr(replies, "PATIENCE_SECONDS", 0.01)
        monkeypatch.setattr(service, name, waits)
        return go

    yield slow
    for event in events:
        event.set()
