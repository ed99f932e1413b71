"""Whatever people do, in whatever order, and whenever a process is lost: what reaches them keeps to the rules."""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, time, timedelta
from functools import cache, wraps
from itertools import count, pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain.access import Actor
from bot.domain.enrolment import EnrolmentForm
from bot.domain.letters import Letter
from bot.domain.nudges import (
    CLOSES_AFTER,
    WAITS_FOR_ROOM,
    Nudge,
    NudgeKind,
    NudgeState,
    after_introduction,
    budget_frees_at,
)
from bot.domain.outbox import LEASE, UNREADABLE, Lane, OutboxMessage, OutboxState
from bot.domain.pairings import EndReason, GoOn, Pairing, PairingState
from bot.domain.people import Role, SlackUser
from bot.domain.policy import EARLIEST_CLOSING, LATEST_OPENING, half_hours
from bot.domain.rounds import Answer, RoundState
from bot.domain.sessions import UNCONFIRMED_AFTER, Session, SessionState
from bot.domain.surveys import BEFORE_END, after_end, before_end
from bot.domain.working_time import CLOSES, OPENS, WorkingTime
from bot.errors import (
    CohortOver,
    DateInPast,
    MaybeSent,
    ProgrammeError,
    PulseClosed,
    RateLimited,
    Refused,
    TooFewHours,
    TooManyDaysOff,
    Unreachable,
)
from bot.ports import Sent, UnitOfWork
from bot.scheduler import Timetable
from bot.services import Services
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from bot.services.proposals import ask
from bot.services.sessions import ABOUT_PLANNING
from bot.services.weighing import LONGEST_BUDGET
from tests.builders import (
    COHORT,
    NOW,
    a_cohort,
    a_directory_entry,
    a_mentee,
    a_mentor,
    a_pairing,
    a_person,
    a_proposal,
    a_round,
)
from tests.fakes.slack import FakeClock, FakeDirectory, FakeMessenger
from tests.fakes.storage import InMemoryStorage

LIVES = int(os.environ.get("LIVES", "200"))
"""How many courses of events are tried; `make years` tries many more."""
SEED = os.environ.get("SEED")
"""A number to try others with; the same are tried each time without it."""
PAIRS = 3
PLACES = (("Europe/Paris", "FR", "57"), ("Pacific/Chatham", "NZ", None), ("America/New_York", "US", None))
"""Zone, country and region of each pairing's people; in Moselle Good Friday is a holiday, some weeks from now."""
LAST_DAY = NOW.date() + timedelta(days=60)
"""Of the cohort: nobody is asked to plan after it."""
PAIRINGS = {f"pairing{number}": (f"mentor{number}", f"mentee{number}") for number in range(PAIRS)} | {
    "another": ("mentor0", "mentee1"), "third": ("mentor0", "mentee2"),
}  # fmt: skip
"""Who is paired with whom at first; what one of them hears of several pairings is told together."""
LONGEST_WAIT = WAITS_FOR_ROOM + LONGEST_BUDGET
"""How long a nudge waits for its turn at most: for room, and then until the week has place for another message."""
PEOPLE = [f"{role}{number}" for number in range(PAIRS) for role in ("mentor", "mentee")]
GOES_ON = frozenset({NudgeKind.NOTHING_PLANNED, NudgeKind.STILL_GOING})
"""What keeps a pair that has met from being forgotten."""
OF_THE_PROGRAMME = frozenset(
    {NudgeKind.PROPOSAL_UNANSWERED, NudgeKind.COHORT_ENDING, NudgeKind.CLOSE_SURVEY, NudgeKind.USAGE_QUESTION}
)
"""What comes although a pairing has ended."""
MINUTE, HOUR, A_WHILE = timedelta(minutes=1), timedelta(hours=1), timedelta(days=4)
people = st.sampled_from(PEOPLE)
mentors, mentees = (st.sampled_from([one for one in PEOPLE if one.startswith(role)]) for role in ("mentor", "mentee"))


def happens(*, disturbs: bool = False, **given: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Make a rule of something that happens, after which some time passes or, now and then, nothing ticks at all.

    What *disturbs* may keep a message from coming in time, and so does not happen in a calm life.
    """

    rule_of: Any = rule  # its types foresee no strategies by name

    def decorate(act: Callable[..., None]) -> Any:
        @wraps(act)
        def step(life: Life, then: int, **values: Any) -> None:
            act(life, **values)
            if then:
                life.pass_time(then)

        if disturbs:
            step = precondition(lambda life: not life.is_calm)(step)
        return rule_of(then=st.sampled_from([0, 0, 1, 8, 30, 72]), **given)(step)

    return decorate


class Killed(BaseException):
    """The process is gone: nothing that is written to handle errors sees it."""


class AnswerLost(MaybeSent):
    """The message arrived, its answer did not."""


class FaultOnceSent(Exception):
    """The message arrived, and then something went wrong that nobody foresaw."""


class Slack(FakeMessenger):
    """Can see a process die just before or just after it has posted."""

    dies: Literal["before", "after"] | None = None

    def send(
        self, message: OutboxMessage, letter: Letter, *, language: str, tz: str, check: Callable[[], None]
    ) -> Sent:
        dies, self.dies = self.dies, None
        if dies == "before":
            raise Killed
        self.arrives_all_the_same = bool(self.failures) and isinstance(self.failures[0], AnswerLost | FaultOnceSent)
        sent = super().send(message, letter, language=language, tz=tz, check=check)
        if dies == "after":
            raise Killed
        return sent


@cache
def holidays_of(country: str, region: str | None, year: int) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=region, years=year)


def place_of(person_id: str) -> tuple[str, str, str | None]:
    return PLACES[int(person_id[-1])]


class Life(RuleBasedStateMachine):
    """Three pairings in three places, the bot, and a clock."""

    @initialize(is_calm=st.booleans())
    def begin(self, is_calm: bool) -> None:
        self.is_calm = is_calm
        # What goes first of two alike goes by their ids: the same in every run, so that a life can be told again.
        self.patch, ids = pytest.MonkeyPatch(), random.Random(1)
        self.patch.setattr("bot.domain.ids.secrets.token_urlsafe", lambda _: f"{ids.getrandbits(96):x}")
        self.storage, self.clock, self.slack = InMemoryStorage(), FakeClock(), Slack()
        self.services = Services(storage=self.storage, programme=Programme(), directory=FakeDirectory())
        self.start()
        self.numbers = count(PAIRS)
        self.judged = 0
        self.posted: set[str] = set()
        self.answered: set[str] = set()
        self.received: dict[str, list[datetime]] = defaultdict(list)
        self.told: dict[str, list[tuple[Nudge, datetime]]] = defaultdict(list)
        self.seen: set[tuple[str, str, str]] = set()
        self.planned: dict[str, tuple[Nudge, datetime]] = {}
        self.ended: set[str] = set()
        self.kept_at: dict[str, datetime] = {}
        self.left: set[str] = set()
        self.closed: set[str] = set()
        self.stopped: set[tuple[str, NudgeKind]] = set()
        self.is_held_back = False
        self.paused_until: dict[str, datetime] = {}
        self.unwanted: set[tuple[str, NudgeKind]] = set()
        with self.storage.begin() as uow:
            cohort = a_cohort(starts_on=NOW.date(), ends_on=LAST_DAY)
            uow.cohorts.add(cohort)
            for number in range(PAIRS):
                for role, enrolled in (("mentor", a_mentor), ("mentee", a_mentee)):
                    zone, country, region = PLACES[number]
                    uow.people.add(a_person(f"{role}{number}", tz=zone))
                    uow.directory.put_many([a_directory_entry(f"{role}{number}", country=country, region=region)])
                    uow.participants.put(enrolled(f"{role}{number}"))
                    hours = WorkingTime(tz=zone, country=country, region=region)
                    uow.nudges.plan(before_end(cohort, f"{role}{number}", hours, now=NOW))
                    uow.nudges.plan(after_end(cohort, f"{role}{number}", hours, ended_on=cohort.ends_on, now=NOW))
            for pairing_id, (mentor, mentee) in PAIRINGS.items():
                pairing = a_pairing(pairing_id, mentors=[mentor], mentees=[mentee], introduced_at=NOW)
                uow.pairings.add(pairing)
                times = self.services.nudging.working_times(uow, uow.people.get_many(pairing.person_ids).values())
                uow.nudges.plan(after_introduction(pairing, times, now=NOW))
            uow.commit()

    def teardown(self) -> None:
        if hasattr(self, "patch"):
            self.patch.undo()

    def actor(self, person_id: str) -> Actor:
        return Actor(
            person_id=person_id, user_id=f"U{person_id.upper()}", team_id="T1", name=person_id, language="en",
            tz=place_of(person_id)[0], is_participant=person_id not in self.left,
        )  # fmt: skip

    def start(self) -> None:
        """Start a process, which knows nothing of the one before it."""
        delivery = DeliveryService(
            storage=self.storage, programme=self.services.programme, messenger=self.slack, clock=self.clock,
            chance=random.Random(1),
        )  # fmt: skip
        self.timetable = Timetable(self.services, delivery, self.clock)

    def pairing_of(self, person_id: str, which: int = 0) -> str | None:
        """Return one of the person's pairings that go on, the latest unless said."""
        with self.storage.read() as uow:
            active = uow.pairings.active_of(person_id)
        return active[-1 - which % len(active)].id if active else None

    def former_pairing_of(self, person_id: str) -> str | None:
        """Return the person's latest pairing that has ended."""
        with self.storage.read() as uow:
            pairings = [one for one in uow.pairings.in_cohort(COHORT) if person_id in one.person_ids]
        return next((one.id for one in reversed(pairings) if one.state is PairingState.ENDED), None)

    def latest(self, person_id: str, *states: SessionState) -> Session | None:
        meetings = self.services.sessions.meetings(self.actor(person_id))
        return next((one.session for one in meetings if one.session.state in states), None)

    def last_nudge(self, person_id: str) -> str | None:
        """Return the id of the nudge that reached the person last."""
        nudged = (one.message for one in reversed(self.slack.posts) if one.message.proactive)
        return next((one.args["nudge_id"] for one in nudged if one.person_id == person_id), None)

    # -- what people do

    @happens(person_id=people, hours=st.integers(1, 400), which=st.integers(0, 2))
    def plan(self, person_id: str, hours: int, which: int) -> None:
        starts_at = self.clock.now() + hours * HOUR
        with suppress(ProgrammeError):
            self.services.sessions.plan(
                self.actor(person_id), self.pairing_of(person_id, which), starts_at=starts_at, minutes=60, place="",
                now=self.clock.now(),
            )  # fmt: skip

    @happens(person_id=people, hours=st.integers(1, 400))
    def move(self, person_id: str, hours: int) -> None:
        if (session := self.latest(person_id, SessionState.PLANNED)) is not None:
            with suppress(ProgrammeError):
                self.services.sessions.move(
                    self.actor(person_id), session.id, starts_at=self.clock.now() + hours * HOUR, minutes=60, place="",
                    now=self.clock.now(),
                )  # fmt: skip

    @happens(person_id=people)
    def cancel(self, person_id: str) -> None:
        if (session := self.latest(person_id, SessionState.PLANNED)) is not None:
            self.services.sessions.cancel(self.actor(person_id), session.id, now=self.clock.now())

    @happens(
        person_id=people,
        hours_ago=st.integers(1, 900),
        next_try=st.sampled_from(["", "a saved search"]),
        which=st.integers(0, 2),
    )
    def hold(self, person_id: str, hours_ago: int, next_try: str, which: int) -> None:
        pairing_id = self.pairing_of(person_id, which) or self.former_pairing_of(person_id)
        with suppress(ProgrammeError):
            self.services.sessions.log(
                self.actor(person_id), pairing_id=pairing_id, session_id=None,
                held_at=self.clock.now() - hours_ago * HOUR, minutes=45, topic_ids=(), tried="search",
                next_try=next_try, is_another=True, now=self.clock.now(),
            )  # fmt: skip

    @happens(person_id=people)
    def correct(self, person_id: str) -> None:
        if (session := self.latest(person_id, SessionState.HELD)) is not None:
            with suppress(ProgrammeError):
                self.services.sessions.log(
                    self.actor(person_id), pairing_id=None, session_id=session.id, held_at=session.starts_at,
                    minutes=50, topic_ids=(), tried="search", next_try=session.next_try, is_another=False,
                    now=self.clock.now(),
                )  # fmt: skip

    @happens(person_id=people)
    def say_not_yet(self, person_id: str) -> None:
        session = self.latest(person_id, SessionState.PLANNED)
        if session is not None and session.ends_at <= self.clock.now():
            self.services.nudging.ask_again(self.actor(person_id), session.id, now=self.clock.now())

    @happens(person_id=people)
    def give_pulse(self, person_id: str) -> None:
        if (session := self.latest(person_id, SessionState.HELD)) is not None:
            with suppress(PulseClosed):
                self.services.sessions.give_pulse(
                    self.actor(person_id), session.id, useful=4, at_ease=4, reuse=None, could_say=None, learned="",
                    now=self.clock.now(),
                )  # fmt: skip

    @happens(person_id=people, answer=st.sampled_from(GoOn))
    def say_whether_to_go_on(self, person_id: str, answer: GoOn) -> None:
        if (pairing_id := self.pairing_of(person_id)) is not None:
            gone_on = self.services.pairings.answer(self.actor(person_id), pairing_id, answer, now=self.clock.now())
            if answer is not GoOn.CLOSE:
                self.note_kept(pairing_id)
            elif gone_on.pairing.state is PairingState.ENDED:
                self.ended.add(pairing_id)

    def note_kept(self, pairing_id: str) -> None:
        self.kept_at[pairing_id] = self.clock.now()

    @happens(person_id=people, days=st.integers(1, 20))
    def snooze(self, person_id: str, days: int) -> None:
        until = self.clock.now().date() + timedelta(days=days)
        if (nudge_id := self.last_nudge(person_id)) is not None:
            with suppress(ProgrammeError):
                self.services.nudging.snooze(self.actor(person_id), nudge_id, until=until, now=self.clock.now())

    @happens(person_id=people, stops=st.booleans())
    def stop_or_restart_a_kind(self, person_id: str, stops: bool) -> None:
        if (nudge_id := self.last_nudge(person_id)) is not None:
            if stops:
                self.stop_kind(person_id, nudge_id)
            else:
                with self.storage.read() as uow:
                    kind = uow.nudges.get(nudge_id).kind
                self.services.nudging.restart_kind(self.actor(person_id), kind, now=self.clock.now())
                self.stopped.discard((person_id, kind))

    def stop_kind(self, person_id: str, nudge_id: str) -> None:
        kind = self.services.nudging.stop_kind(self.actor(person_id), nudge_id, now=self.clock.now())
        stopped = person_id, kind
        self.stopped.add(stopped)
        # What was stopped once may have been lost meanwhile, and that was wished for.
        self.unwanted.add(stopped)

    @happens(disturbs=True, hours=st.integers(1, 72))
    def hold_all_back(self, hours: int) -> None:
        lead, since = self.actor(PEOPLE[0]), self.clock.now()
        self.services.settings.stop_nudges(lead, now=since)
        self.is_held_back = True
        self.pass_time(hours)
        assert all(one.created_at <= since for one in self.nudges_in_the_outbox()), "handed over while held back"
        self.is_held_back = False
        self.services.settings.start_nudges(lead, now=self.clock.now())

    @happens(
        disturbs=True,
        opens=st.sampled_from(half_hours(OPENS, LATEST_OPENING)),
        closes=st.sampled_from(half_hours(EARLIEST_CLOSING, CLOSES)),
        a_week=st.integers(1, 3),
    )
    def narrow(self, opens: time, closes: time, a_week: int) -> None:
        with suppress(TooFewHours):
            self.services.settings.set_policy(
                self.actor(PEOPLE[0]), opens=opens, closes=closes, a_week=a_week, never=(), now=self.clock.now()
            )

    @happens(disturbs=True, days_ahead=st.integers(0, 9), days=st.integers(0, 3))
    def be_off(self, days_ahead: int, days: int) -> None:
        first = self.clock.now().date() + timedelta(days=days_ahead)
        lead = self.actor(PEOPLE[0])
        with suppress(DateInPast, TooManyDaysOff):
            self.services.settings.add_days_off(lead, first, first + timedelta(days=days), now=self.clock.now())

    @happens(disturbs=True, person_id=people, days=st.integers(1, 20))
    def pause(self, person_id: str, days: int) -> None:
        until = self.clock.now().date() + timedelta(days=days)
        with suppress(ProgrammeError):
            self.services.enrolment.pause(self.actor(person_id), until, now=self.clock.now())
            self.paused_until[person_id] = datetime.combine(until, time(), ZoneInfo(place_of(person_id)[0]))

    @happens(disturbs=True, person_id=people)
    def resume(self, person_id: str) -> None:
        with suppress(ProgrammeError):
            self.services.enrolment.resume(self.actor(person_id), now=self.clock.now())
            self.paused_until.pop(person_id, None)

    @happens(person_id=people)
    def leave(self, person_id: str) -> None:
        # Most stay, or soon there is nobody left for anything to happen to.
        if not self.left:
            self.services.enrolment.leave(self.actor(person_id), now=self.clock.now())
            self.left.add(person_id)

    @happens(person_id=people)
    def have_an_account_closed(self, person_id: str) -> None:
        if not self.left:
            self.hear_of(person_id, is_deactivated=True)
            self.left.add(person_id)
            self.closed.add(person_id)

    def hear_of(self, person_id: str, *, is_deactivated: bool) -> None:
        """Have Slack tell of a change in somebody's account."""
        with self.storage.read() as uow:
            person = uow.people.get(person_id)
        changed = SlackUser(
            enterprise_id=None, team_id=person.team_id, user_id=person.user_id, name=person.name, email=None,
            locale=None, tz=None, is_deactivated=is_deactivated,
        )  # fmt: skip
        self.services.enrolment.follow(changed, now=self.clock.now())

    @happens(person_id=people)
    def join_again(self, person_id: str) -> None:
        if person_id in self.left:
            if person_id in self.closed:
                self.hear_of(person_id, is_deactivated=False)
                self.closed.discard(person_id)
            before = (a_mentor if person_id.startswith("mentor") else a_mentee)(person_id).profile
            form = EnrolmentForm.of(before, avoids=())
            with suppress(CohortOver):
                self.services.enrolment.enrol(self.actor(person_id), form, now=self.clock.now())
                self.left.discard(person_id)
                self.paused_until.pop(person_id, None)

    @happens(mentor=mentors, mentee=mentees)
    def propose(self, mentor: str, mentee: str) -> None:
        if {mentor, mentee} & self.left:
            return
        number, now = next(self.numbers), self.clock.now()
        proposal = a_proposal(f"proposal{number}", mentors=[mentor], mentees=[mentee], round_id=f"round{number}")
        with self.storage.begin() as uow:
            uow.rounds.add(
                a_round(proposal.round_id, state=RoundState.PUBLISHED, settled_by=mentor, settled_at=now), [proposal]
            )
            ask(uow, self.services.programme, [proposal], role=Role.MENTEE, now=now)
            uow.commit()

    @happens(person_id=people)
    def accept(self, person_id: str) -> None:
        with self.storage.read() as uow:
            asked = [one.id for one in uow.rounds.open_proposals_of(person_id) if person_id in one.waiting_for]
        for proposal_id in asked:
            self.services.proposals.answer(self.actor(person_id), proposal_id, Answer.YES, now=self.clock.now())

    @happens(
        disturbs=True,
        what=st.sampled_from(
            ["leave", "close", "pause", "stop_kind", "stop_all", "move", "plan", "log", "keep", "lighten", "wait"]
        ),
    )
    def think_better_of_it_before_a_nudge_is_sent(self, what: str) -> None:
        """Let something happen while a nudge is in the outbox, which another process fills than the one that sends."""
        message = self.unsent_nudge()
        if message is None or message.person_id is None:
            return
        match what:
            case "leave":
                self.leave(then=0, person_id=message.person_id)
            case "close":
                self.have_an_account_closed(then=0, person_id=message.person_id)
            case "pause":
                self.pause(then=0, person_id=message.person_id, days=2)
            case "stop_kind":
                self.stop_kind(message.person_id, message.args["nudge_id"])
            case "stop_all":
                self.hold_all_back(then=0, hours=1)
            case "move" | "plan" | "log" | "keep" | "lighten":
                self.answer_for_somebody(message, what)
            case _:
                self.clock.move(hours=12)
        self.tick()

    def answer_for_somebody(self, message: OutboxMessage, what: str) -> None:
        """Have the partner of whoever *message* is for do what makes it pointless; it must not be sent then."""
        with self.storage.read() as uow:
            nudge = uow.nudges.get(message.nudge_ids[0])
            session = uow.sessions.get_many([nudge.subject_id]).get(nudge.subject_id)
            pairing_id = (session and session.pairing_id) or nudge.subject_id
            pairing = uow.pairings.get_many([pairing_id]).get(pairing_id)
        if pairing is None:
            return
        partner, now = self.actor(pairing.partners_of(nudge.person_id)[0]), self.clock.now()
        about = {NudgeKind.BEFORE_SESSION, NudgeKind.HOW_DID_IT_GO} if what == "move" else set(ABOUT_PLANNING)
        with suppress(ProgrammeError):
            match what:
                case "move" if session is not None:
                    self.services.sessions.move(
                        partner, session.id, starts_at=now + 60 * HOUR, minutes=60, place="", now=now
                    )
                case "plan":
                    self.services.sessions.plan(
                        partner, pairing_id, starts_at=now + 60 * HOUR, minutes=60, place="", now=now
                    )
                case "log":
                    about.add(NudgeKind.HOW_DID_IT_GO)
                    self.services.sessions.log(
                        partner, pairing_id=pairing_id, session_id=session.id if session else None, held_at=now - HOUR,
                        minutes=30, topic_ids=(), tried="search", next_try="", is_another=True, now=now,
                    )  # fmt: skip
                case "keep" | "lighten":
                    self.services.pairings.answer(partner, pairing_id, GoOn(what), now=now)
                    self.note_kept(pairing_id)
                case _:
                    return
            if nudge.kind in about and not message.maybe_sent:
                self.answered.add(nudge.id)

    def unsent_nudge(self) -> OutboxMessage | None:
        """Let time pass until a nudge is handed over, and return its message; None where none will be for a while."""
        for _ in range(5):
            due_at = self.services.nudging.next_due(self.clock.now())
            if due_at is None or due_at > self.clock.now() + A_WHILE:
                return None
            self.run(max(self.clock.now(), due_at - MINUTE))
            self.clock.move_to(max(self.clock.now(), due_at))
            self.services.nudging.queue_due(self.clock.now())
            for message in self.nudges_in_the_outbox():
                if message.state is OutboxState.PENDING:
                    return message
        return None

    def nudges_in_the_outbox(self) -> list[OutboxMessage]:
        """Return the messages of all nudges that were ever handed over."""
        return [one for one in self.storage._tables.outbox.values() if one.proactive]

    # -- what happens to the bot

    @happens(disturbs=True)
    def lose_a_process_before_it_sends(self) -> None:
        with self.storage.begin() as uow:
            uow.outbox.claim_due(now=self.clock.now(), limit=10, lease=LEASE)
            uow.commit()

    @happens(disturbs=True, when=st.sampled_from(["before", "after"]))
    def be_killed_when_it_next_sends(self, when: Literal["before", "after"]) -> None:
        self.slack.dies = when
        self.run(self.clock.now() + A_WHILE, or_until=lambda: self.slack.dies is None)

    @happens(
        disturbs=True,
        failure=st.sampled_from(
            [
                AnswerLost("timeout"),
                FaultOnceSent(),
                MaybeSent("timeout"),
                RateLimited("ratelimited", retry_after=600),
                Unreachable("refused"),
            ]
        ),
    )
    def fail_at_the_next_send(self, failure: Exception) -> None:
        self.slack.fail(failure)
        self.run(self.clock.now() + A_WHILE, or_until=lambda: not self.slack.failures)

    @happens(
        disturbs=True, error=st.sampled_from([Refused("missing_scope"), MaybeSent("timeout")]), hours=st.integers(1, 30)
    )
    def let_nobody_read_the_conversations(self, error: Refused | MaybeSent, hours: int) -> None:
        self.slack.unreadable = error
        self.slack.fail(Unreachable("refused"), AnswerLost("timeout"))
        self.run(self.clock.now() + A_WHILE, or_until=lambda: not self.slack.failures)
        self.pass_time(hours)
        self.slack.unreadable = None

    @happens(disturbs=True, hours=st.integers(1, 200))
    def be_down(self, hours: int) -> None:
        self.clock.move(hours=hours)
        self.tick()

    @rule(hours=st.integers(1, 400))
    def pass_time(self, hours: int) -> None:
        """Let time pass, ticking wherever something is due."""
        self.run(self.clock.now() + hours * HOUR)
        self.look_for_what_is_stuck()

    def run(self, until: datetime, *, or_until: Callable[[], bool] = lambda: False) -> None:
        """Tick wherever something is due, and at the end; *or_until* ends it as soon as it is true."""
        while (due := self.timetable.next_due()) is not None and due <= until:
            self.clock.move_to(due)
            self.tick()
            if or_until():
                return
        self.clock.move_to(until)
        self.tick()

    def tick(self) -> None:
        try:
            self.timetable.tick()
        except Killed:
            self.start()
        self.judge()

    # -- what must hold

    def judge(self) -> None:
        """Look at what was posted since the last look, at the instant it was."""
        now = self.clock.now()
        for post in self.slack.posts[self.judged :]:
            assert post.message.id not in self.posted, f"{post.message.kind} posted twice"
            self.posted.add(post.message.id)
            person_id = post.message.person_id
            assert person_id is not None
            assert person_id not in self.left, f"{post.message.kind} to somebody who left"
            if not post.message.proactive:
                continue
            assert not self.answered.intersection(post.message.nudge_ids), f"{post.message.kind} was answered"
            assert not self.is_held_back, "written to although a lead holds all nudges back"
            with self.storage.read() as uow:
                told = [uow.nudges.get(nudge_id) for nudge_id in post.message.nudge_ids]
                for nudge in told:
                    self.judge_nudge(uow, nudge, person_id)
            assert len({(one.kind, one.subject_id) for one in told}) == len(told), "one thing told twice in a message"
            self.told[person_id] += [(nudge, now) for nudge in told]
            local = now.astimezone(ZoneInfo(post.tz))
            policy = self.services.settings.shown().policy
            assert local.weekday() < 5
            assert local.date() not in policy.company_days
            assert time(9, 30) <= policy.opens <= local.time() <= policy.closes <= time(17, 30)
            within_a_week = [moment for moment in self.received[person_id] if moment > now - timedelta(days=7)]
            assert len(within_a_week) < policy.a_week
            _, country, region = place_of(person_id)
            assert local.date() not in holidays_of(country, region, local.year)
            assert (back := self.paused_until.get(person_id)) is None or back <= now, "written to while paused"
            self.received[person_id].append(now)
        self.judged = len(self.slack.posts)
        with self.storage.read() as uow:
            self.judge_what_is_missed(uow)
            self.judge_who_parted(uow)

    def judge_nudge(self, uow: UnitOfWork, nudge: Nudge, person_id: str) -> None:
        """Judge one thing that a message tells."""
        assert nudge.person_id == person_id
        if nudge.kind not in OF_THE_PROGRAMME:
            sessions = uow.sessions.get_many([nudge.subject_id])
            pairing_id = sessions[nudge.subject_id].pairing_id if sessions else nudge.subject_id
            assert pairing_id is not None
            assert uow.pairings.get(pairing_id).state is PairingState.ACTIVE, f"{nudge.kind} after the end"
        assert (person_id, nudge.kind) not in self.stopped, f"{nudge.kind} was stopped"
        key = (person_id, nudge.kind.value, nudge.period)
        assert key not in self.seen, f"twice: {key}"
        self.seen.add(key)

    def judge_what_is_missed(self, uow: UnitOfWork) -> None:
        """A reminder of a session is missed for want of room only where other reminders took it, or what came before.

        Before all of these reminders were planned, that is: until then nobody could have kept the room.
        """
        for nudge in self.storage._tables.nudges.values():
            if nudge.id not in self.planned:
                self.planned[nudge.id] = (nudge, self.clock.now())
            elif nudge.kind is NudgeKind.BEFORE_SESSION and nudge.state is NudgeState.MISSED:
                first, since = self.planned[nudge.id]
                if first.state is NudgeState.MISSED:
                    continue
                self.planned[nudge.id] = (nudge, since)
                if not self.is_calm or nudge.person_id in self.left:
                    continue
                told = self.told[nudge.person_id]
                reminders = [(one, at) for one, at in told if one.kind is nudge.kind and at > since - LONGEST_BUDGET]
                known_at = max([since, *(self.planned[one.id][1] for one, _ in reminders)])
                before = [at for one, at in told if at < known_at or one.kind is nudge.kind]
                policy = self.services.settings.shown().policy
                people = uow.people.get_many([nudge.person_id])
                hours = self.services.nudging.working_times(uow, people.values())[nudge.person_id]
                free_at = budget_frees_at(before, now=max(first.due_at, since), budget=policy.budget)
                assert nudge.useful_until is not None
                assert hours.next_open(free_at) >= nudge.useful_until, f"{nudge.id} made room for something else"

    def judge_who_parted(self, uow: UnitOfWork) -> None:
        """No pairing ends for want of an answer before all of its people have had a week to give it.

        But for those who stopped the question once, and those whose message was given up: Slack would not take it, or
        nobody could read whether it had.
        """
        week_ago = self.clock.now() - CLOSES_AFTER
        for pairing in uow.pairings.in_cohort(COHORT):
            if pairing.end_reason is not EndReason.QUIET or pairing.id in self.ended:
                continue
            self.ended.add(pairing.id)
            met = [one.starts_at for one in uow.sessions.of_pairing(pairing.id) if one.may_have_been_held]
            since = max([pairing.introduced_at, self.kept_at.get(pairing.id, NOW), *met])
            given_up = self.given_up_about(uow, pairing.id, since=since)
            for person_id in pairing.person_ids:
                asked_at = [
                    at for one, at in self.told[person_id]
                    if one.kind is NudgeKind.STILL_GOING and one.subject_id == pairing.id and since < at <= week_ago
                ]  # fmt: skip
                is_excused = person_id in given_up or (person_id, NudgeKind.STILL_GOING) in self.unwanted
                assert asked_at or is_excused, f"{pairing.id} ended, and {person_id} was not asked"

    def given_up_about(self, uow: UnitOfWork, pairing_id: str, *, since: datetime) -> set[str]:
        """Return who may not have got the question whether this pairing goes on, however often it was tried."""
        return {
            message.person_id
            for message in self.nudges_in_the_outbox()
            if message.kind == NudgeKind.STILL_GOING
            and message.person_id is not None
            and message.created_at > since
            and (not message.is_settled or (message.last_error or "").startswith(UNREADABLE))
            and any(uow.nudges.get(nudge_id).subject_id == pairing_id for nudge_id in message.nudge_ids)
        }

    def look_for_what_is_stuck(self) -> None:
        """Look for what should have been done while ticks came whenever something was due."""
        long_ago = self.clock.now() - 2 * HOUR
        with self.storage.read() as uow:
            for lane in Lane:
                due_at = uow.outbox.next_due(lane)
                assert due_at is None or due_at > long_ago, f"a message waits since {due_at}"
            due_at = uow.nudges.next_due()
            assert self.services.settings.shown().stop or due_at is None or due_at > long_ago, (
                f"a nudge waits since {due_at}"
            )
            waiting = [one for one in self.storage._tables.nudges.values() if one.state is NudgeState.PENDING]
            for nudge in waiting if self.is_calm else ():
                first, _ = self.planned.get(nudge.id, (nudge, long_ago))
                if nudge.person_id not in self.left:
                    assert first.due_at > long_ago - LONGEST_WAIT, f"{nudge.kind} waits since {first.due_at}"
            unconfirmed = uow.sessions.next_unconfirmed_start()
            assert unconfirmed is None or unconfirmed > long_ago - UNCONFIRMED_AFTER

    @invariant()
    def no_pair_that_has_met_is_forgotten(self) -> None:
        """Whoever may have met, has sessions left and no date will hear of it, unless pairing or cohort end."""
        if not hasattr(self, "storage"):
            return
        with self.storage.read() as uow:
            pairings = {one.id: one for person_id in PEOPLE for one in uow.pairings.active_of(person_id)}
            for pairing in pairings.values():
                sessions = uow.sessions.of_pairing(pairing.id)
                pending = [one for one in uow.nudges.about([pairing.id]) if one.state is NudgeState.PENDING]
                if self.needs_a_word(pairing, sessions):
                    assert {one.kind for one in pending} & GOES_ON, f"{pairing.id} is forgotten"

    def needs_a_word(self, pairing: Pairing, sessions: Sequence[Session]) -> bool:
        held = sum(one.state is SessionState.HELD for one in sessions)
        may_have_met = any(one.may_have_been_held for one in sessions)
        is_planned = any(one.state is SessionState.PLANNED for one in sessions)
        is_unwanted = any(person_id in pairing.person_ids and kind in GOES_ON for person_id, kind in self.unwanted)
        will_end = pairing.closes_at is not None or is_unwanted
        # In its last weeks a pairing that is asked ends with its cohort; then it is told of that end, and not asked.
        today = self.clock.now().astimezone(ZoneInfo(self.services.programme.tz)).date()
        is_over = today >= LAST_DAY - max(BEFORE_END) - CLOSES_AFTER
        return may_have_met and held < pairing.sessions_planned and not (is_planned or will_end or is_over)

    @invariant()
    def nobody_is_written_to_too_often(self) -> None:
        for moments in getattr(self, "received", {}).values():
            assert all(later - earlier >= timedelta(hours=24) for earlier, later in pairwise(moments))
            assert all(
                later - earlier >= timedelta(days=7) for earlier, later in zip(moments, moments[3:], strict=False)
            )

    @invariant()
    def those_who_left_are_in_no_pairing(self) -> None:
        for person_id in getattr(self, "left", ()):
            with self.storage.read() as uow:
                assert not [one for one in uow.pairings.active_of(person_id) if one.state is PairingState.ACTIVE]

    @invariant()
    def what_is_queued_says_when(self) -> None:
        if hasattr(self, "storage"):
            with self.storage.read() as uow:
                about = uow.nudges.about(PAIRINGS)
            assert all(one.queued_at is not None for one in about if one.state is NudgeState.QUEUED)


if SEED:
    seed(int(SEED))(Life)
# A life in which something goes wrong is made as short as can be before it is told, which takes minutes.
TestLife = pytest.mark.timeout(600)(Life.TestCase)
TestLife.settings = settings(max_examples=LIVES, stateful_step_count=40, derandomize=True, deadline=None)
