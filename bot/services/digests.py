"""Digests: pulled by a lead, previewed, then posted in the channel; every Monday where a lead asked for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.access import Actor
from bot.domain.cohorts import Cohort
from bot.domain.digests import (
    Coverage,
    Digest,
    Period,
    PulseFigures,
    Tally,
    Told,
    began_on,
    coached_people,
    coverage,
    figures,
    in_fives,
    met_tallies,
    tells_whole,
    will_reuse,
)
from bot.domain.ids import new_id
from bot.domain.letters import DigestPosted, NotPosted
from bot.domain.outbox import OutboxMessage
from bot.domain.sessions import Pulse
from bot.domain.surveys import Again, gains
from bot.domain.topics import Topic
from bot.domain.working_time import WorkingTime
from bot.errors import NoCohort
from bot.ports import UnitOfWork
from bot.services.base import Programme, Service, policy_of

TOLD = "digests_told"
"""The setting that keeps, by cohort, what digests have told of its pulse: question → [mean, up to when]."""

WEEKLY = "weekly_digests"
"""The setting that keeps where a digest goes every week: channel id → who asked, and the next day it is due."""
POSTED_AT = time(9)
"""On the programme's clock, on Mondays, or the first working day after one that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestService(Service):
    """The leads' journey from "how is it going?" to a message in the channel."""

    def cohorts(self) -> Sequence[Cohort]:
        """Return the cohorts a digest can be of, first the open one, then the latest; raise NoCohort."""
        with self.storage.read() as uow:
            current = _cohort(uow)
            return [current, *(one for one in uow.cohorts.all() if one.id != current.id)]

    def preview(self, period: Period, cohort_id: str | None = None, *, now: datetime) -> Digest:
        """Return the digest of the cohort, else of the open one, else of the latest; raise NoCohort or NotFound.

        What a lead sees of the pulse counts as told, so that two previews cannot be subtracted either.
        """
        with self.storage.read() as uow:
            cohort = _cohort(uow, cohort_id)
            before, pulses = _told(uow, cohort), _pulses(uow, cohort, now=now)
            told = before.hearing(pulses, now=now)
            digest = digest_of(uow, self.programme, cohort, period, pulses, told=told, now=now)
        if told == before:
            return digest
        with self.storage.begin() as uow:
            if (heard := _hear(uow, cohort, pulses, now=now)) != told:
                # Another digest has told of newer answers while this one was reckoned.
                digest = digest_of(uow, self.programme, cohort, period, pulses, told=heard, now=now)
            uow.commit()
        return digest

    def post(
        self, actor: Actor, channel_id: str, period: Period, cohort_id: str | None = None, *, now: datetime
    ) -> None:
        """Post the digest that :meth:`preview` returns in a channel; the same one twice on a day is posted once.

        Raises NoCohort or NotFound.
        """
        with self.storage.begin() as uow:
            cohort = _cohort(uow, cohort_id)
            _hear(uow, cohort, _pulses(uow, cohort, now=now), now=now)
            today = _today(self.programme, now)
            uow.outbox.add(
                OutboxMessage(
                    id=new_id(),
                    dedupe_key=f"digest:{cohort.id}:{channel_id}:{period}:{today.isoformat()}",
                    kind="digest_posted",
                    conversation=channel_id,
                    person_id=None,
                    args={"cohort_id": cohort.id, "period": period.value, "by": actor.person_id},
                    due_at=now,
                    created_at=now,
                )
            )
            uow.commit()

    def is_weekly(self, channel_id: str) -> bool:
        """Return whether the channel gets a digest every week."""
        with self.storage.read() as uow:
            return channel_id in (uow.settings.get(WEEKLY) or {})

    def set_weekly(self, actor: Actor, channel_id: str, *, wanted: bool, now: datetime) -> None:
        """Post a digest in the channel every Monday from the next one on, or no longer."""
        with self.storage.begin() as uow:
            weekly = dict(uow.settings.get(WEEKLY) or {})
            if wanted is (channel_id in weekly):
                return
            if wanted:
                next_on = self._next_on(uow, after=_today(self.programme, now))
                weekly[channel_id] = {"by": actor.person_id, "next_on": next_on.isoformat()}
            else:
                del weekly[channel_id]
            uow.settings.put(WEEKLY, weekly)
            uow.commit()

    def post_due(self, now: datetime) -> int:
        """Post the weekly digests that are due, of Monday to Sunday before; silent where that week has no figures."""
        with self.storage.read() as uow:
            if not _due(uow, self.programme, now=now):
                return 0
        with self.storage.begin() as uow:
            weekly = dict(uow.settings.get(WEEKLY) or {})
            due = _due(uow, self.programme, now=now)
            today = _today(self.programme, now)
            monday = datetime.combine(today - timedelta(days=today.weekday()), time(), ZoneInfo(self.programme.tz))
            until = monday.astimezone(UTC) - timedelta(seconds=1)
            posts = 0
            if due and (cohort := _any_cohort(uow)) is not None:
                pulses = _pulses(uow, cohort, now=until)
                told = _hear(uow, cohort, pulses, now=until)
                digest = digest_of(uow, self.programme, cohort, Period.WEEK, pulses, told=told, now=until)
                if digest.figures is not None:
                    uow.outbox.add_many(
                        _posted(cohort, channel_id, weekly[channel_id]["by"], until=until, now=now)
                        for channel_id in due
                    )
                    posts = len(due)
            next_on = self._next_on(uow, after=today)
            uow.settings.put(WEEKLY, weekly | {one: weekly[one] | {"next_on": next_on.isoformat()} for one in due})
            uow.commit()
        return posts

    def next_post(self) -> datetime | None:
        """Return when :meth:`post_due` next has something to do."""
        with self.storage.read() as uow:
            return min(
                (_opens(self.programme, one["next_on"]) for one in (uow.settings.get(WEEKLY) or {}).values()),
                default=None,
            )

    def _next_on(self, uow: UnitOfWork, *, after: date) -> date:
        hours = WorkingTime(
            tz=self.programme.tz, country=self.programme.country, region=self.programme.region,
            company_days=policy_of(uow).company_days,
        )  # fmt: skip
        sunday = after + timedelta(days=6 - after.weekday())
        return hours.add_working_days(sunday, 1)


def digest_of(
    uow: UnitOfWork, programme: Programme, cohort: Cohort, period: Period, pulses: Sequence[Pulse], *, told: Told,
    now: datetime,
) -> Digest:  # fmt: skip
    """Return the digest of *period* up to *now*, with the *pulses* given by then as far as they were *told*."""
    tz = ZoneInfo(programme.tz)
    sessions = [one for one in uow.sessions.in_cohort(cohort.id) if one.starts_at <= now]
    pairings = [one for one in uow.pairings.in_cohort(cohort.id) if one.introduced_at <= now]
    began = began_on(cohort, pairings, sessions, tz=tz)
    first_day, last_day = period.days(cohort, began_on=began, today=_today(programme, now))
    since = datetime.combine(first_day, time(), tz).astimezone(UTC)
    length = timedelta(days=(last_day - first_day).days + 1)
    coached = coached_people(sessions)
    met, soon = met_tallies(pairings, sessions)
    departments, groups = _by_directory(uow, coached)
    usages, again = _answers(uow, cohort, now=now)
    return Digest(
        cohort_id=cohort.id,
        cohort_name=cohort.name,
        period=period,
        first_day=first_day,
        last_day=last_day,
        figures=figures(sessions, since=since, until=now + timedelta(microseconds=1)),
        before=None if period is Period.COHORT else figures(sessions, since=since - length, until=since),
        goal=cohort.goal,
        coached_so_far=in_fives(len(coached)),
        met=met.in_fives(),
        first_within_14_days=soon.in_fives(),
        departments=departments,
        groups=groups,
        pulse=PulseFigures(
            useful=told.mean("useful"), at_ease=told.mean("at_ease"), could_say=told.mean("could_say"),
            reuse=will_reuse(pulses).in_fives(),
        ),
        usages=usages,
        again=again,
        starts_on=cohort.starts_on,
    )  # fmt: skip


def compose_digest_posted(uow: UnitOfWork, message: OutboxMessage, programme: Programme, _: datetime) -> DigestPosted:
    """Return the digest as it was when it was asked for, or at the end of its week."""
    until = datetime.fromisoformat(message.args["until"]) if "until" in message.args else message.created_at
    # Another cohort may have been opened while the message waited.
    cohort, period = uow.cohorts.get(message.args["cohort_id"]), Period(message.args["period"])
    pulses = _pulses(uow, cohort, now=until)
    return DigestPosted(
        digest=digest_of(uow, programme, cohort, period, pulses, told=_told(uow, cohort), now=until),
    )


def compose_not_posted(_: UnitOfWork, message: OutboxMessage, __: Programme, ___: datetime) -> NotPosted:
    """Return the word to the lead whose digest a channel refused."""
    return NotPosted(channel_id=message.args["channel_id"], code=message.args["code"])


def _by_directory(uow: UnitOfWork, coached: set[str]) -> tuple[tuple[Coverage, ...], tuple[Coverage, ...]]:
    """Return the coverage of the directory's departments and of its named groups."""
    emails = {person.email.lower() for person in uow.people.get_many(coached).values() if person.email is not None}
    departments: dict[str, list[str]] = defaultdict(list)
    groups: dict[str, list[str]] = defaultdict(list)
    listed: set[str] = set()
    for entry in uow.directory.all():
        listed.add(entry.email)
        if entry.department:
            departments[entry.department].append(entry.email)
        for group in entry.groups:
            groups[group].append(entry.email)
    whole = tells_whole([*departments.values(), *groups.values()], emails, everyone=emails | listed)
    return coverage(departments, emails, whole=whole), coverage(groups, emails, whole=whole)


def _answers(uow: UnitOfWork, cohort: Cohort, *, now: datetime) -> tuple[tuple[tuple[Topic, Tally], ...], Tally | None]:
    """Return what people do with their topics now, and whether they would take part again, as far as may be told."""
    answers, usages = uow.surveys.in_cohort(cohort.id)
    topics = {topic.id: topic for topic in uow.topics.all()}
    gained = [
        (topics[topic_id], tally)
        for topic_id, people in gains(one for one in usages if one.answered_at <= now).items()
        if (tally := Tally(said=len(people), yes=sum(people.values())).in_fives()) is not None
    ]
    given = [one.again for one in answers if one.answered_at <= now]
    again = Tally(said=len(given), yes=sum(one is Again.YES for one in given))
    return tuple(sorted(gained, key=lambda one: (-one[1].yes, one[0].id))), again.in_fives()


def _pulses(uow: UnitOfWork, cohort: Cohort, *, now: datetime) -> list[Pulse]:
    return [one for one in uow.sessions.pulses_in_cohort(cohort.id) if one.answered_at <= now]


def _told(uow: UnitOfWork, cohort: Cohort) -> Told:
    means = (uow.settings.get(TOLD) or {}).get(cohort.id, {}).get("means", {})
    return Told({question: (mean, datetime.fromisoformat(at)) for question, (mean, at) in means.items()})


def _hear(uow: UnitOfWork, cohort: Cohort, pulses: Sequence[Pulse], *, now: datetime) -> Told:
    """Return what a digest tells of the pulse, and keep it, so that the next cannot be subtracted from it."""
    before = _told(uow, cohort)
    told = before.hearing(pulses, now=now)
    if told != before:
        plain = {"means": {question: [mean, at.isoformat()] for question, (mean, at) in told.means.items()}}
        uow.settings.put(TOLD, {**(uow.settings.get(TOLD) or {}), cohort.id: plain})
    return told


def _posted(cohort: Cohort, channel_id: str, by: str, *, until: datetime, now: datetime) -> OutboxMessage:
    return OutboxMessage(
        id=new_id(),
        dedupe_key=f"digest:weekly:{channel_id}:{until.date().isoformat()}",
        kind="digest_posted",
        conversation=channel_id,
        person_id=None,
        args={"cohort_id": cohort.id, "period": Period.WEEK.value, "by": by, "until": until.isoformat()},
        due_at=now,
        created_at=now,
    )


def _due(uow: UnitOfWork, programme: Programme, *, now: datetime) -> list[str]:
    weekly = uow.settings.get(WEEKLY) or {}
    return [channel_id for channel_id, one in weekly.items() if _opens(programme, one["next_on"]) <= now]


def _opens(programme: Programme, day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), POSTED_AT, ZoneInfo(programme.tz)).astimezone(UTC)


def _cohort(uow: UnitOfWork, cohort_id: str | None = None) -> Cohort:
    if cohort_id is not None:
        return uow.cohorts.get(cohort_id)
    if (cohort := _any_cohort(uow)) is None:
        raise NoCohort
    return cohort


def _any_cohort(uow: UnitOfWork) -> Cohort | None:
    return uow.cohorts.open() or next(iter(uow.cohorts.all()), None)


def _today(programme: Programme, now: datetime) -> date:
    return now.astimezone(ZoneInfo(programme.tz)).date()
