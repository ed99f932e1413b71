"""Where somebody stands who has nobody to meet: what they are told instead of planning, logging or changing."""

from __future__ import annotations

from datetime import datetime

from bot.domain.cohorts import CohortState
from bot.domain.participants import ParticipantState
from bot.errors import CohortBehind, NoPartner, NotEnrolled, ProgrammeError, WhileAway
from bot.ports import UnitOfWork
from bot.services.base import Programme


def without_pairing(uow: UnitOfWork, programme: Programme, person_id: str, *, now: datetime) -> ProgrammeError:
    """Return the refusal that is true of somebody without an active pairing.

    They have not joined, their cohort is over, they are on a break, or they wait for somebody to be found.
    """
    participant = uow.participants.get(person_id)
    if participant is None or participant.state is ParticipantState.LEFT:
        return NotEnrolled()
    cohort, open_ = uow.cohorts.get(participant.cohort_id), uow.cohorts.open()
    if cohort.state is CohortState.CLOSED or programme.is_over(cohort, now=now):
        joinable = open_ is not None and open_.id != cohort.id and not programme.is_over(open_, now=now)
        return NotEnrolled() if joinable else CohortBehind(name=cohort.name)
    if participant.state is ParticipantState.PAUSED:
        return WhileAway(day=participant.paused_until)
    return NoPartner()
