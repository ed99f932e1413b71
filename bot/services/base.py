"""What every service shares: storage, the programme's own settings, and who people are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.cohorts import Cohort
from bot.domain.outbox import HOME, OutboxMessage
from bot.domain.people import Person
from bot.domain.policy import NudgePolicy
from bot.domain.surveys import end_told_on
from bot.domain.working_time import WorkingTime
from bot.ports import Storage, UnitOfWork

NUDGE_POLICY = "nudge_policy"
"""The setting that keeps the leads' policy on nudges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What the operator decided. Zone, country and language are defaults.

    ``leads`` are Slack user ids or lower-case e-mails; ``channel`` is where digests go that are asked for elsewhere.
    """

    leads: frozenset[str] = frozenset()
    channel: str | None = None
    language: str = "en"
    tz: str = "Europe/Paris"
    country: str = "FR"
    region: str | None = None

    def is_lead(self, person: Person) -> bool:
        """True when the operator named this person, by id or by e-mail. A guest never leads."""
        named = person.user_id in self.leads or (person.email is not None and person.email.lower() in self.leads)
        return named and not person.is_guest and not person.is_deactivated

    def is_over(self, cohort: Cohort, *, now: datetime) -> bool:
        """True once *cohort*'s last day has passed where the programme is at home."""
        return cohort.is_over(now.astimezone(ZoneInfo(self.tz)).date())

    def is_told_of_end(self, cohort: Cohort, *, now: datetime) -> bool:
        """True from the day on which people hear that *cohort* ends."""
        return now.astimezone(ZoneInfo(self.tz)).date() >= end_told_on(cohort)

    def end_of(self, cohort: Cohort) -> datetime:
        """Return the end (UTC) of *cohort*'s last day where the programme is at home."""
        return datetime.combine(cohort.ends_on + timedelta(days=1), time(), ZoneInfo(self.tz)).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A journey's use cases. Each public method is one unit of work."""

    storage: Storage
    programme: Programme

    def working_time(self, uow: UnitOfWork, person: Person) -> WorkingTime:
        """Return when *person* works."""
        return working_times(uow, self.programme, [person])[person.id]

    def working_times(self, uow: UnitOfWork, people: Iterable[Person]) -> Mapping[str, WorkingTime]:
        """Return person id → working time."""
        return working_times(uow, self.programme, people)

    def refresh_home(self, uow: UnitOfWork, people: Iterable[Person], *, now: datetime) -> None:
        """Have the Home tab drawn again, after the commit, for those of *people* who ever opened it."""
        uow.outbox.add_many(
            OutboxMessage.to(person, HOME, now.isoformat(), now=now)
            for person in people
            if person.home_opened_at is not None
        )


def policy_of(uow: UnitOfWork) -> NudgePolicy:
    """Return the leads' policy on nudges."""
    return NudgePolicy.from_plain(uow.settings.get(NUDGE_POLICY))


def working_times(
    uow: UnitOfWork, programme: Programme, people: Iterable[Person], *, policy: NudgePolicy | None = None
) -> Mapping[str, WorkingTime]:
    """Return person id → working time: their Slack zone, the holidays of their country and region in the directory.

    The hours and the company's days off are those of *policy*, the leads' if none is given.
    """
    people = list(people)
    entries = uow.directory.get_many({person.email.lower() for person in people if person.email})
    policy = policy or policy_of(uow)
    company_days = policy.company_days
    times: dict[str, WorkingTime] = {}
    for person in people:
        entry = entries.get(person.email.lower()) if person.email else None
        country, region = (
            (entry.country, entry.region) if entry and entry.country else (programme.country, programme.region)
        )
        times[person.id] = WorkingTime(
            tz=person.tz, country=country, region=region, company_days=company_days, opens=policy.opens,
            closes=policy.closes,
        )  # fmt: skip
    return times
