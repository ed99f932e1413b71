"""The people of a rehearsal: they read what reaches them, take their time, and act as their temper has it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from playground import Delivery
from playground.company import Member
from playground.errors import CannotDoThat
from playground.rehearsal import screens
from playground.rehearsal.judge import Absence, is_working_day
from playground.rehearsal.screens import Button, Enrolment, Kind
from playground.rehearsal.temper import Temper, acts_at
from playground.rehearsal.world import Meeting, Pair, World

SESSIONS = 4
_CADENCE = timedelta(weeks=2)
_MOMENTS = 3
"""How many moments somebody tries in the form before they give up for now."""
_ANSWERED_WITHIN = timedelta(days=14)
_TRIED = (
    "advanced search operators",
    "sharing a document instead of mailing it",
    "my profile picture and headline",
    "recherche avancée",
    "un mot de passe par compte",
    "dicter un compte rendu",
)


class Volunteer:
    """One volunteer. What happens to them comes through `hear`; what they mean to do goes on the world's agenda."""

    def __init__(self, member: Member, enrolment: Enrolment, temper: Temper, world: World) -> None:
        self.member = member
        self.enrolment = enrolment
        self.temper = temper
        self.enrolled = False
        self.waiting = False
        self._world = world
        self._chance = random.Random(f"{world.seed}/{member.email}")
        self._person = world.playground.person(member.user_id)
        self._away_until: datetime | None = None
        self._gone = False
        self._effects: dict[str, Callable[[Delivery], None]] = {
            Kind.PROPOSAL: self._asked,
            Kind.PROPOSAL_UNANSWERED: lambda message: self._upon_nudge(lambda: self._answer(message)),
            Kind.PROPOSAL_CLOSED: self._not_served,
            Kind.UNSERVED: self._not_served,
            Kind.INTRODUCTION: self._introduced,
            Kind.PLANNED: self._note_meeting,
            Kind.CANCELLED: self._forget_meeting,
            Kind.BEFORE: lambda message: self._perhaps(self.temper.cancels, lambda: self._cancel(message)),
            Kind.FIRST_UNPLANNED: lambda message: self._upon_nudge(lambda: self._plan_from(message)),
            Kind.NOTHING_PLANNED: lambda message: self._upon_nudge(lambda: self._plan_from(message)),
            Kind.HOW_DID_IT_GO: lambda message: self._upon_nudge(lambda: self._say_how_it_went(message)),
            Kind.LOGGED: self._note_log,
            Kind.PULSE_UNANSWERED: lambda message: self._upon_nudge(lambda: self._give_pulse(message)),
            Kind.ENDED: self._part,
        }

    # -- what they are asked and told

    def hear(self, message: Delivery) -> None:
        """Take note of *message* and decide what to do about it, if anything, and when."""
        effect = self._effects.get(screens.kind(message))
        if effect is not None and not self._gone:
            effect(message)

    # -- coming and going

    @property
    def id(self) -> str:
        return self.member.user_id

    @property
    def is_mentee(self) -> bool:
        return not self.enrolment.mentor

    @property
    def has_left(self) -> bool:
        """Whether they have left the programme."""
        return self._gone

    @property
    def is_away(self) -> bool:
        """Whether they have paused, and are not back yet."""
        return self._away_until is not None and self._world.now < self._away_until

    def enrol(self) -> None:
        """Open the app's Home tab, or not, then fill the enrolment form."""
        if self._chance.random() < 0.15:
            self._person.open_home()
        self.enrolled = self._did("join", lambda: screens.enrol(self._person, self.enrolment, self._chance))
        self.waiting = self.enrolled and self.is_mentee

    def pause(self, days: int) -> None:
        """Ask to be left in peace for some days."""
        if self._gone:
            return
        until = self._today() + timedelta(days=days)
        if self._did("pause", lambda: screens.pause(self._person, until)):
            zone = ZoneInfo(self.member.tz)
            self._away_until = datetime.combine(until, time(), zone)
            self._world.absences.append(Absence(user=self.id, since=self._world.now, until=self._away_until))

    def leave(self) -> None:
        """Leave the programme; every partner must be told."""
        if self._gone:
            return
        partners = [pair.other(self.id) for pair in self._world.pairs_of(self.id)]
        if self._did("leave", lambda: screens.leave(self._person)):
            self._gone = True
            self.waiting = False
            self._world.leave(self.id)
            for partner in partners:
                self._world.owe(partner, [Kind.ENDED], because=f"{self.member.username} left")

    # -- proposals

    def _asked(self, message: Delivery) -> None:
        self.waiting = False
        self._later(lambda: self._answer(message))

    def _not_served(self, _message: Delivery) -> None:
        self.waiting = self.is_mentee

    def _answer(self, message: Delivery) -> None:
        if not screens.still_has(self._person, message, Button.ACCEPT):
            return
        accepts = self._chance.random() < self.temper.accepts
        button = Button.ACCEPT if accepts else Button.DECLINE
        if not self._did("answer", lambda: screens.press(self._person, message, button)):
            return
        if not accepts:
            self.waiting = self.is_mentee
            return
        partners = screens.mentions(message, apart_from=self.id)
        if self.is_mentee:
            self._world.owe(
                self.id,
                [Kind.INTRODUCTION, Kind.PROPOSAL_CLOSED],
                because="said yes to a proposal",
                within=_ANSWERED_WITHIN,
            )
            return
        for partner in partners:
            self._world.owe(self.id, [Kind.INTRODUCTION], about=partner, because="both said yes")
            self._world.owe(partner, [Kind.INTRODUCTION], about=self.id, because="both said yes")

    def _introduced(self, message: Delivery) -> None:
        self.waiting = False
        for partner in screens.mentions(message, apart_from=self.id):
            mentor, mentee = (partner, self.id) if self.is_mentee else (self.id, partner)
            pair = self._world.introduce(mentor, mentee)
            # Either may take the first step; that the other has taken it meanwhile is seen when the time comes.
            self._perhaps(self.temper.begins * (0.5 if self.is_mentee else 1), partial(self._plan, pair, message))

    def _part(self, message: Delivery) -> None:
        pair = self._pair(message)
        if pair is not None:
            pair.ended = True
            pair.meeting = None
            self.waiting = self.is_mentee

    # -- sessions

    def _plan(self, pair: Pair, message: Delivery | None = None) -> None:
        """Plan the next session of *pair*, in one tap when *message* offers moments, or in the form."""
        if not self._acts_in(pair) or pair.meeting is not None or pair.met >= SESSIONS:
            return
        moments = [self._a_time(pair) for _ in range(_MOMENTS)]
        moments = [one for one in moments if one <= self._world.ends_at]
        if not moments:
            return
        partner = self._world.playground.person(pair.other(self.id))
        minutes = self._chance.choice((45, 60))
        planned: list[datetime] = []
        if (
            message is not None
            and self._chance.random() < 0.4
            and screens.still_has(self._person, message, Button.SLOT)
        ):
            nth = self._chance.randrange(3)
            self._did("plan", lambda: planned.append(screens.plan_in_one_tap(self._person, message, nth)))
        else:
            self._did(
                "plan",
                lambda: planned.append(screens.plan(self._person, partner, moments, minutes, message)),
            )
        for moment in planned:
            # When both pick the same moment, the second has nothing to tell the first.
            if moment not in pair.known_to(partner.id):
                self._world.owe(partner.id, [Kind.PLANNED], about=self.id, because="a session was planned")
            pair.known_to(self.id).add(moment)

    def _plan_from(self, message: Delivery) -> None:
        pair = self._pair(message)
        if pair is not None:
            self._plan(pair, message)

    def _note_meeting(self, message: Delivery) -> None:
        pair, starts_at = self._pair(message), screens.moment_in(message)
        if pair is None or starts_at is None:
            return
        pair.known_to(self.id).add(starts_at)
        meeting = pair.meeting = Meeting(starts_at=starts_at, minutes=60)
        self._world.agenda.note(meeting.ends_at, lambda: self._hold(pair, meeting))

    def _forget_meeting(self, message: Delivery) -> None:
        pair, moment = self._pair(message), screens.moment_in(message)
        if pair is None or moment is None:
            return
        pair.call_off(moment)
        self._upon_nudge(lambda: self._plan(pair, message))

    def _cancel(self, message: Delivery) -> None:
        pair, moment = self._pair(message), screens.moment_in(message)
        if pair is None or moment is None or moment <= self._world.now or not self._acts_in(pair):
            return
        if moment not in pair.known_to(self.id):
            return
        if self._did("cancel", lambda: screens.press(self._person, message, Button.CANCEL)):
            pair.call_off(moment)
            self._world.owe(pair.other(self.id), [Kind.CANCELLED], about=self.id, because="a session was cancelled")

    def _hold(self, pair: Pair, meeting: Meeting) -> None:
        """Meet, unless something came in the way; then whoever is quick to write logs it."""
        if pair.meeting is not meeting or pair.ended:
            return
        meeting.held = self._chance.random() < 0.92
        if meeting.held:
            pair.met += 1
            for one in self._world.people_of(pair):
                one.has_met(pair, meeting)

    def has_met(self, pair: Pair, meeting: Meeting) -> None:
        """Come out of a session: log it before long, or leave it to the other, or to the app to ask."""
        keen = self.temper.begins * (0.3 if self.is_mentee else 0.7)
        self._perhaps(keen, lambda: self._log(pair, meeting))

    def _log(self, pair: Pair, meeting: Meeting, message: Delivery | None = None) -> None:
        if meeting.logged or not self._acts_in(pair):
            return
        partner = self._world.playground.person(pair.other(self.id))
        tried = self._chance.choice(_TRIED)
        if message is not None:
            logged = self._did("log", lambda: screens.log_from(self._person, message, tried, self._chance))
        elif self._chance.random() < 0.5:
            logged = self._did("log", lambda: screens.log_by_command(self._person, partner, meeting.minutes, tried))
        else:
            logged = self._did("log", lambda: screens.log_by_form(self._person, partner, tried, self._chance))
        if logged:
            meeting.logged = True
            self._world.owe(partner.id, [Kind.LOGGED], about=self.id, because="a session was logged")
            self._after_session(pair)

    def _say_how_it_went(self, message: Delivery) -> None:
        pair = self._pair(message)
        if pair is None or pair.meeting is None or pair.meeting.logged or pair.meeting.ends_at > self._world.now:
            return
        meeting = pair.meeting
        if meeting.held:
            self._log(pair, meeting, message)
        elif self._acts_in(pair):
            button = self._chance.choice((Button.NOT_YET, Button.NOT_HELD, Button.NOT_HELD))
            if self._did("how did it go", lambda: screens.press(self._person, message, button)):
                pair.meeting = None
                self._perhaps(self.temper.begins, lambda: self._plan(pair))

    def _note_log(self, message: Delivery) -> None:
        pair = self._pair(message)
        if pair is not None:
            self._world.log(pair, message.at)
            if pair.meeting is not None:
                pair.meeting.logged = True
            pair.meeting = None
            self._perhaps(self.temper.gives_pulse, lambda: self._give_pulse(message))
            self._after_session(pair)

    def _after_session(self, pair: Pair) -> None:
        pair.meeting = None
        if self.temper.leaves_after == pair.met and not self.enrolment.mentor:
            self._later(self.leave, hours=30)
        elif pair.met < SESSIONS:
            self._perhaps(self.temper.begins, lambda: self._plan(pair))

    def _give_pulse(self, message: Delivery) -> None:
        if screens.still_has(self._person, message, Button.PULSE):
            self._did("pulse", lambda: screens.give_pulse(self._person, message, self._chance))

    # -- time and chance

    def _later(self, act: Callable[[], None], *, hours: float | None = None) -> None:
        usual = self.temper.hours if hours is None else hours
        at = acts_at(self._world.now, self.member, usual * self._chance.uniform(0.2, 1.8))
        if self._away_until is not None and at < self._away_until:
            at = acts_at(self._away_until, self.member, 1)
        self._world.agenda.note(at, act)

    def _perhaps(self, likely: float, act: Callable[[], None]) -> None:
        if self._chance.random() < likely:
            self._later(act)

    def _upon_nudge(self, act: Callable[[], None]) -> None:
        self._perhaps(self.temper.heeds, act)

    def _acts_in(self, pair: Pair) -> bool:
        quiet = self.temper.quiet_after is not None and pair.met >= self.temper.quiet_after
        return not (self._gone or quiet or pair.ended)

    def _a_time(self, pair: Pair) -> datetime:
        """Return when to meet: in a few working days, or at the cadence once met; on the mentor's working hours."""
        mentor = self._world.company.member(pair.mentor)
        zone = ZoneInfo(mentor.tz)
        wait = timedelta(days=self._chance.randint(2, 6)) if pair.met == 0 else _CADENCE - timedelta(days=2)
        day = (self._world.now + wait).astimezone(zone).date()
        while not (is_working_day(day, mentor) and is_working_day(day, self.member)):
            day += timedelta(days=1)
        starts = time(self._chance.choice((9, 10, 11, 14, 15, 16)), self._chance.choice((0, 30)))
        return datetime.combine(day, starts, zone).astimezone(UTC)

    def _today(self) -> date:
        return self._world.now.astimezone(ZoneInfo(self.member.tz)).date()

    def _pair(self, message: Delivery) -> Pair | None:
        return self._world.pair_of(self.id, screens.mentions(message, apart_from=self.id))

    def _did(self, what: str, act: Callable[[], None]) -> bool:
        """Do *act*; whether it went through. What the app refused or left unanswered is kept for the report."""
        try:
            act()
        except screens.Refused as refusal:
            self._world.refused.append(self._said(what, refusal))
        except (screens.NoAnswer, CannotDoThat) as failure:
            self._world.failures.append(self._said(what, failure))
        else:
            return True
        return False

    def _said(self, what: str, error: Exception) -> str:
        return f"{self._world.now:%d %b %H:%M} {self.member.username}, {what}: {error}"
