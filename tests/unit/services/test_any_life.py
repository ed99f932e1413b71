"""Whatever people do, in whatever order, and whenever a process is lost: what reaches them keeps to the rules."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from datetime import datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.domain.access import Actor
from bot.domain.nudges import NudgeState
from bot.domain.outbox import LEASE
from bot.domain.pairings import PairingState
from bot.domain.sessions import SessionState
from bot.errors import MaybeSent, ProgrammeError
from bot.scheduler import Timetable
from bot.services import Services
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from tests.builders import NOW, a_cohort, a_mentee, a_mentor, a_pairing, a_person
from tests.fakes.slack import FakeClock, FakeDirectory, FakeMessenger
from tests.fakes.storage import InMemoryStorage

LIVES = int(os.environ.get("LIVES", "60"))
"""How many courses of events are tried; `make years` tries many more."""
PAIRS = 3
ZONES = ("Europe/Paris", "Asia/Kolkata", "America/New_York")
PEOPLE = [f"{role}{number}" for number in range(PAIRS) for role in ("mentor", "mentee")]
people = st.sampled_from(PEOPLE)


class Life(RuleBasedStateMachine):
    """Three pairings, the bot, and a clock."""

    @initialize()
    def begin(self) -> None:
        self.storage, self.clock, self.slack = InMemoryStorage(), FakeClock(), FakeMessenger()
        self.services = Services(storage=self.storage, programme=Programme(), directory=FakeDirectory())
        delivery = DeliveryService(
            storage=self.storage, programme=self.services.programme, messenger=self.slack, clock=self.clock
        )
        self.timetable = Timetable(self.services, delivery, self.clock)
        self.judged = 0
        self.received: dict[str, list[datetime]] = defaultdict(list)
        self.seen: set[tuple[str, str, str]] = set()
        self.left: set[str] = set()
        self.paused_until: dict[str, datetime] = {}
        with self.storage.begin() as uow:
            uow.cohorts.add(a_cohort(starts_on=NOW.date(), ends_on=NOW.date() + timedelta(days=400)))
            for number in range(PAIRS):
                for role, enrolled in (("mentor", a_mentor), ("mentee", a_mentee)):
                    uow.people.add(a_person(f"{role}{number}", tz=ZONES[number]))
                    uow.participants.put(enrolled(f"{role}{number}"))
                uow.pairings.add(
                    a_pairing(f"pairing{number}", mentors=[f"mentor{number}"], mentees=[f"mentee{number}"])
                )
            uow.commit()

    def actor(self, person_id: str) -> Actor:
        return Actor(
            person_id=person_id, user_id=f"U{person_id.upper()}", team_id="T1", name=person_id, language="en",
            tz=ZONES[int(person_id[-1])], is_participant=person_id not in self.left,
        )  # fmt: skip

    def pairing_of(self, person_id: str) -> str:
        return f"pairing{person_id[-1]}"

    # -- what people do

    @rule(person_id=people, hours=st.integers(1, 400))
    def plan(self, person_id: str, hours: int) -> None:
        if person_id in self.left:
            return
        starts_at = self.clock.now() + timedelta(hours=hours)
        with suppress(ProgrammeError):
            self.services.sessions.plan(
                self.actor(person_id), self.pairing_of(person_id), starts_at=starts_at, minutes=60, place="",
                now=self.clock.now(),
            )  # fmt: skip

    @rule(person_id=people, next_try=st.sampled_from(["", "a saved search"]))
    def hold(self, person_id: str, next_try: str) -> None:
        if person_id in self.left:
            return
        with suppress(ProgrammeError):
            self.services.sessions.log(
                self.actor(person_id), pairing_id=self.pairing_of(person_id), session_id=None,
                held_at=self.clock.now() - timedelta(hours=1), minutes=45, topic_ids=(), tried="search",
                next_try=next_try, now=self.clock.now(),
            )  # fmt: skip

    @rule(person_id=people)
    def cancel(self, person_id: str) -> None:
        for meeting in self.services.sessions.meetings(self.actor(person_id)):
            if meeting.session.state is SessionState.PLANNED:
                with suppress(ProgrammeError):
                    self.services.sessions.cancel(self.actor(person_id), meeting.session.id, now=self.clock.now())
                return

    @rule(person_id=people, days=st.integers(1, 20))
    def snooze(self, person_id: str, days: int) -> None:
        until = self.clock.now().date() + timedelta(days=days)
        for post in reversed(self.slack.posts):
            if post.message.proactive and post.message.person_id == person_id:
                with suppress(ProgrammeError):
                    nudge_id = post.message.args["nudge_id"]
                    self.services.nudging.snooze(self.actor(person_id), nudge_id, until=until, now=self.clock.now())
                return

    @rule(person_id=people, days=st.integers(1, 20))
    def pause(self, person_id: str, days: int) -> None:
        until = self.clock.now().date() + timedelta(days=days)
        with suppress(ProgrammeError):
            self.services.enrolment.pause(self.actor(person_id), until, now=self.clock.now())
            zone = ZoneInfo(ZONES[int(person_id[-1])])
            self.paused_until[person_id] = datetime.combine(until, time(), zone)

    @rule(person_id=people)
    def leave(self, person_id: str) -> None:
        if person_id not in self.left:
            self.services.enrolment.leave(self.actor(person_id), now=self.clock.now())
            self.left.add(person_id)

    # -- what happens to the bot

    @rule()
    def lose_a_process_before_it_sends(self) -> None:
        with self.storage.begin() as uow:
            uow.outbox.claim_due(now=self.clock.now(), limit=10, lease=LEASE)
            uow.commit()

    @rule()
    def lose_an_answer_after_sending(self) -> None:
        self.slack.arrives_all_the_same = True
        self.slack.fail(MaybeSent("timeout"))

    @rule(hours=st.integers(1, 200))
    def move_the_clock(self, hours: int) -> None:
        """Let time pass, ticking wherever something is due."""
        until = self.clock.now() + timedelta(hours=hours)
        while (due := self.timetable.next_due()) is not None and due <= until:
            self.clock.move_to(due)
            self.timetable.tick()
            self.judge()
        self.clock.move_to(until)
        self.timetable.tick()
        self.judge()

    # -- what must hold

    def judge(self) -> None:
        """Look at what was posted since the last look, at the instant it was."""
        now = self.clock.now()
        for post in self.slack.posts[self.judged :]:
            person_id = post.message.person_id
            assert person_id is not None
            assert person_id not in self.left, f"{post.message.kind} to somebody who left"
            if not post.message.proactive:
                continue
            with self.storage.read() as uow:
                nudge = uow.nudges.get(post.message.args["nudge_id"])
            local = now.astimezone(ZoneInfo(post.tz))
            assert local.weekday() < 5
            assert time(9, 30) <= local.time() <= time(17, 30)
            assert local.date() not in holidays.country_holidays("FR", years=local.year)
            assert (back := self.paused_until.get(person_id)) is None or back <= now, "written to while paused"
            key = (person_id, nudge.kind.value, nudge.period)
            assert key not in self.seen, f"twice: {key}"
            self.seen.add(key)
            self.received[person_id].append(now)
        self.judged = len(self.slack.posts)

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
                about = uow.nudges.about([f"pairing{number}" for number in range(PAIRS)])
            assert all(one.queued_at is not None for one in about if one.state is NudgeState.QUEUED)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=LIVES, stateful_step_count=40, derandomize=True, deadline=None)
