"""From the records to the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.services import proposals
from bot.services.base import Programme
from bot.services.pooling import Decisions, pool_of
from tests.builders import MENTEE, MENTOR, NOW, a_cohort, a_held_session, a_pairing, a_proposal, a_round

if TYPE_CHECKING:
    from tests.fakes.storage import InMemoryStorage

BOTH_WAYS = {("UMENTOR", "UMENTEE"), ("UMENTEE", "UMENTOR")}


def test_two_who_met_or_whom_a_lead_forbids_are_apart_whoever_of_them_mentors(storage: InMemoryStorage) -> None:
    with storage.read() as uow:
        pooled = pool_of(uow, a_cohort(), now=NOW)
    assert pooled.pool.recent_pairs == BOTH_WAYS
    assert pooled.deciding(Decisions(forbidden=frozenset({(MENTOR, MENTEE)}))).pool.forbidden == BOTH_WAYS


@pytest.mark.parametrize(("sessions", "held", "free"), [(1, False, 1), (1, True, 2), (4, True, 1)])
def test_a_mentor_has_their_place_again_once_the_only_session_of_a_pairing_was_held(
    storage: InMemoryStorage, sessions: int, *, held: bool, free: int
) -> None:
    with storage.begin() as uow:
        uow.pairings.save(a_pairing(sessions_planned=sessions))
        if held:
            uow.sessions.add(a_held_session())
        pooled = pool_of(uow, a_cohort(), now=NOW)
    assert [(one.key, one.seats) for one in pooled.pool.mentors] == [("UMENTOR", free)]
    assert pooled.pool.mentees == (), "who was coached is not proposed anybody else by themselves"


def test_no_pool_is_read_where_nobody_is_left_to_be_asked(
    storage: InMemoryStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(proposals, "pool_of")
    with storage.begin() as uow:
        uow.rounds.add(a_round(), [a_proposal()])
        proposals.offer_next(uow, Programme(), {}, now=NOW)
