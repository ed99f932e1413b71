"""Whoever has nobody to meet is told what is true of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.cohorts import Cohort, CohortState
from bot.domain.participants import Participant, ParticipantState
from bot.errors import CohortBehind, NoPartner, NotEnrolled, ProgrammeError, WhileAway
from bot.services.base import Programme
from bot.services.standing import without_pairing
from tests.builders import MENTEE, NOW, a_cohort, a_mentee
from tests.fakes.storage import InMemoryStorage

ENDED = a_cohort(starts_on=NOW.date() - timedelta(weeks=9))
NEXT = a_cohort("next", name="Summer")


@pytest.mark.parametrize(
    ("cohorts", "participant", "refusal"),
    [
        ([a_cohort()], None, NotEnrolled),
        ([a_cohort()], a_mentee(state=ParticipantState.LEFT), NotEnrolled),
        ([a_cohort()], a_mentee(), NoPartner),
        ([a_cohort()], a_mentee().paused(until=date(2027, 4, 1)), WhileAway),
        ([ENDED], a_mentee(), CohortBehind),
        ([ENDED], a_mentee().paused(until=date(2027, 4, 1)), CohortBehind),
        ([replace(ENDED, state=CohortState.CLOSED)], a_mentee(), CohortBehind),
        ([replace(ENDED, state=CohortState.CLOSED), NEXT], a_mentee(), NotEnrolled),
    ],
)
def test_the_refusal_says_why_there_is_nobody_to_meet(
    cohorts: list[Cohort], participant: Participant | None, refusal: type[ProgrammeError]
) -> None:
    storage = InMemoryStorage()
    with storage.begin() as uow:
        for cohort in cohorts:
            uow.cohorts.add(cohort)
        if participant is not None:
            uow.participants.put(participant)
        assert type(without_pairing(uow, Programme(), MENTEE, now=NOW)) is refusal
