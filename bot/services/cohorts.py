"""Cohorts: open one, look at it, close it. One is open at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.access import Actor
from bot.domain.audit import AuditEntry
from bot.domain.cohorts import Cohort, CohortFigures, CohortForm, CohortState
from bot.domain.participants import ParticipantState
from bot.domain.people import Person, Role
from bot.domain.surveys import after_end, survey_subject
from bot.errors import AlreadyEnded, CohortAlreadyOpen
from bot.ports import UnitOfWork
from bot.services.base import Service
from bot.services.parting import close_cohort


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortService(Service):
    """The leads' journey from an enrolment window to the end of a run."""

    def figures(self) -> CohortFigures | None:
        """Return the open cohort in figures, or None."""
        with self.storage.read() as uow:
            cohort = uow.cohorts.open()
            return figures_of(uow, cohort) if cohort is not None else None

    def open(self, actor: Actor, form: CohortForm, *, now: datetime) -> Cohort:
        """Open a cohort for enrolment; raise CohortAlreadyOpen, or the first problem of *form*."""
        with self.storage.begin() as uow:
            cohort = form.cohort(today=now.astimezone(ZoneInfo(actor.tz)).date())
            if (already := uow.cohorts.open()) is not None:
                raise CohortAlreadyOpen(name=already.name)
            uow.cohorts.add(cohort)
            self._done(uow, actor, "cohort_open", cohort, now=now)
            uow.commit()
            return cohort

    def close(self, actor: Actor, cohort_id: str, *, now: datetime) -> Cohort:
        """Close the cohort: its pairings end, its nudges stop, its history stays. Raises NotFound or AlreadyEnded."""
        with self.storage.begin() as uow:
            cohort = uow.cohorts.get(cohort_id)
            if cohort.state is CohortState.CLOSED:
                raise AlreadyEnded
            concerned = close_cohort(uow, cohort, by=actor.person_id, now=now)
            self._survey_now(uow, cohort, concerned, now=now)
            closed = replace(cohort, state=CohortState.CLOSED)
            uow.cohorts.save(closed)
            self.refresh_home(uow, (one for one in concerned if one.id != actor.person_id), now=now)
            self._done(uow, actor, "cohort_close", closed, now=now)
            uow.commit()
            return closed

    def _survey_now(self, uow: UnitOfWork, cohort: Cohort, people: Sequence[Person], *, now: datetime) -> None:
        """Have the survey of a cohort that is closed before its last day come after today instead of after that day.

        One that has not begun is nothing to be asked about.
        """
        today = now.astimezone(ZoneInfo(self.programme.tz)).date()
        if today >= cohort.ends_on:
            return
        uow.nudges.cancel_about(survey_subject(cohort.id, person.id) for person in people)
        if today >= cohort.starts_on:
            times = self.working_times(uow, people)
            uow.nudges.plan(
                nudge
                for person_id, hours in times.items()
                for nudge in after_end(cohort, person_id, hours, ended_on=today, now=now)
            )

    def _done(self, uow: UnitOfWork, actor: Actor, action: str, cohort: Cohort, *, now: datetime) -> None:
        uow.audit.add(AuditEntry(at=now, person_id=actor.person_id, action=action, resource=cohort.id, outcome="done"))
        self.refresh_home(uow, [uow.people.get(actor.person_id)], now=now)


def figures_of(uow: UnitOfWork, cohort: Cohort) -> CohortFigures:
    """Return *cohort* in figures; whoever was proposed somebody, and may say yes or has, does not wait for a mentor."""
    figures = uow.cohorts.figures(cohort)
    proposed = {
        seat.person_id
        for proposal in uow.rounds.open_proposals(cohort.id)
        for seat in proposal.going
        if seat.role is Role.MENTEE
    }
    counted = [
        one
        for one in uow.participants.get_many(proposed).values()
        if one.cohort_id == cohort.id and one.is_mentee and one.waiting_since is not None
        if one.state is ParticipantState.ACTIVE
    ]
    return replace(figures, waiting=figures.waiting - len(counted))
