"""The play: a cohort from its opening to its end, in simulated time, with the real bot on the other side of Slack."""

from __future__ import annotations

import random
import time as stopwatch
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from playground import Clock, Delivery, Playground
from playground.company import EXECUTIVE_COMMITTEE, Company, Member, sample_company
from playground.rehearsal.lead import Lead
from playground.rehearsal.process import ROOT, BotFailed, BotProcess
from playground.rehearsal.report import Outcome, verdict
from playground.rehearsal.screens import an_enrolment
from playground.rehearsal.temper import a_temper, acts_at
from playground.rehearsal.volunteers import Volunteer
from playground.rehearsal.world import World

CHANNEL = "reverse-mentoring"
ENROLMENT = timedelta(weeks=2)
_COMPANY_ZONE = "Europe/Paris"
# A bot that keeps asking for the time it has just been told will never let the day end.
_MOST_TICKS_AN_INSTANT = 10_000

# While it has something to send the bot wishes to be told every second; every other is as good, and takes half as long.
_HEARTBEAT = timedelta(seconds=2)

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to play. *opens_on* is the Monday on which people can first enrol; the cohort starts two weeks later.

    The default days hold a change to summer time on each side of the Atlantic, Good Friday (a holiday in some regions
    only) and Easter Monday.
    """

    mentors: int = 55
    mentees: int = 250
    capacity: int = 2
    weeks: int = 8
    seed: int = 1
    opens_on: date = date(2027, 3, 1)

    @property
    def starts_on(self) -> date:
        return self.opens_on + ENROLMENT

    @property
    def ends_on(self) -> date:
        return self.starts_on + timedelta(weeks=self.weeks)


def play(plan: Plan, *, folder: Path, progress: Progress | None = None) -> Outcome:
    """Play *plan*, keeping the bot's database and log in *folder*; BotFailed when the bot does.

    *progress* is called as time goes by, with the share of it that is behind and a line to show.
    """
    began = stopwatch.monotonic()
    company = sample_company(max(600, 2 * (plan.mentors + plan.mentees)), seed=plan.seed)
    clock = Clock(frozen_at=_at(plan.opens_on, 8))
    with Playground(manifest=ROOT / "manifest.yml", company=company, clock=clock, page=False) as playground:
        world = World(playground=playground, company=company, seed=plan.seed, ends_at=_at(plan.ends_on, 8))
        with BotProcess(_settings(playground, company, folder), log=folder / "bot.log") as bot:
            next_tick = bot.wait_until_ready()
            playground.wait_until_connected(10)
            _cast(plan, world)
            _Stage(world, bot, progress or _unwatched, plan).run(next_tick)
            bot.stop()
    return verdict(
        world,
        starts_at=_at(plan.starts_on, 8),
        weeks=(plan.ends_on - plan.opens_on).days / 7,
        wall_seconds=stopwatch.monotonic() - began,
    )


class _Stage:
    """Turns simulated time: the next instant is the bot's or a person's, whichever comes first."""

    def __init__(self, world: World, bot: BotProcess, progress: Progress, plan: Plan) -> None:
        self._world = world
        self._bot = bot
        self._progress = progress
        self._heard = 0
        self._begins_at, self._ends_at = _at(plan.opens_on, 8), world.ends_at
        self._ticks_now = 0

    def run(self, next_tick: datetime | None) -> None:
        """Play to the end."""
        while True:
            now = min(moment for moment in (next_tick, self._world.agenda.next_at, self._ends_at) if moment)
            if now >= self._ends_at:
                break
            next_tick = self._turn(now)
        self._progress(1, self._line())

    def _turn(self, now: datetime) -> datetime | None:
        world = self._world
        if now > world.now:
            self._ticks_now = 0
            world.playground.clock.move_to(now)
            self._progress((now - self._begins_at) / (self._ends_at - self._begins_at), self._line())
        self._ticks_now += 1
        if self._ticks_now > _MOST_TICKS_AN_INSTANT:
            raise BotFailed(f"The bot keeps asking to be told that it is {world.now:%d %b %H:%M}.")
        next_tick = self._tick()
        # People act once the bot knows what time it is; what it then has to say goes out in the same instant.
        due = world.agenda.due(world.now)
        for act in due:
            act()
        return self._tick() if due else next_tick

    def _tick(self) -> datetime | None:
        now = self._world.now
        wished = self._bot.tell_time(now)
        record = self._world.playground.workspace.record
        while self._heard < len(record):
            delivery = record[self._heard]
            self._heard += 1
            if delivery.kind == "message":
                self._hear(delivery)
        return wished and max(wished, now + _HEARTBEAT)

    def _hear(self, delivery: Delivery) -> None:
        for user in self._world.readers(delivery):
            volunteer = self._world.volunteers.get(user)
            if volunteer is not None:
                volunteer.hear(delivery)

    def _line(self) -> str:
        world = self._world
        return f"{world.now:%a %d %b}  {len(world.pairs)} pairings, {sum(world.sessions.values())} sessions"


def _cast(plan: Plan, world: World) -> None:
    """Choose who takes part, and put on the agenda what they do of themselves."""
    chance = random.Random(f"{plan.seed}/cast")
    channel = _channel(world.company)
    lead = world.company.played_by("lead")
    Lead(lead, world, channel=channel, starts_on=plan.starts_on, ends_on=plan.ends_on).prepare()
    mentors, mentees = choose(plan, world.company, chance)
    for member in (*mentors, *mentees):
        enrolment = an_enrolment(member, mentor=member in mentors, seats=plan.capacity, chance=chance)
        volunteer = Volunteer(member, enrolment, a_temper(chance), world)
        world.volunteers[member.user_id] = volunteer
        hours = chance.uniform(2, 85)  # Of the hundred working hours of the two weeks of enrolment.
        world.agenda.note(acts_at(world.now, member, hours), volunteer.enrol)
        if chance.random() < volunteer.temper.pauses:
            away_from = _at(plan.starts_on, 8) + timedelta(weeks=plan.weeks * chance.uniform(0.2, 0.8))
            days = chance.choice((7, 10, 14))
            world.agenda.note(acts_at(away_from, member, 1), partial(volunteer.pause, days))


def choose(plan: Plan, company: Company, chance: random.Random) -> tuple[list[Member], list[Member]]:
    """Return who volunteers: juniors and students to mentor; the executive committee and other seniors to learn."""
    lead = company.played_by("lead")
    others = sorted((member for member in company.members if member is not lead), key=lambda member: member.age)
    juniors = others[: 2 * plan.mentors]
    mentors = chance.sample(juniors, plan.mentors)
    ana = company.played_by("mentor")
    if mentors and ana not in mentors:
        mentors[0] = ana
    executives = [member for member in others if EXECUTIVE_COMMITTEE in member.groups]
    seniors = [member for member in reversed(others) if member not in mentors and member not in executives]
    pool = seniors[: max(plan.mentees, plan.mentees * 5 // 4)]
    mentees = (executives + chance.sample(pool, len(pool)))[: plan.mentees]
    return mentors, mentees


def _settings(playground: Playground, company: Company, folder: Path) -> dict[str, str]:
    return {
        "SLACK_API_URL": playground.api_url,
        "SLACK_BOT_TOKEN": playground.bot_token,
        "SLACK_APP_TOKEN": playground.app_token,
        "DATABASE_URL": f"sqlite:///{folder / 'tandem.db'}",
        "TANDEM_LEADS": company.played_by("lead").user_id,
        "TANDEM_CHANNEL": _channel(company),
        "TANDEM_LOCALE": "fr-FR",
        "TANDEM_TIMEZONE": _COMPANY_ZONE,
        "TANDEM_COUNTRY": "FR",
    }


def _channel(company: Company) -> str:
    return next(channel.channel_id for channel in company.channels if channel.name == CHANNEL)


def _unwatched(_done: float, _text: str) -> None:
    """Show nothing."""


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(_COMPANY_ZONE)).astimezone(UTC)
