from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.cohorts import CohortState
from bot.domain.pairings import EndReason, Fit, PartnerAnswer
from bot.errors import ChangedSince, NotFound
from bot.ports import Storage
from tests.builders import MENTEE, MENTOR, NOW, a_cohort, a_pairing, a_proposal, a_round
from tests.contract.work import committed

DAY = timedelta(days=1)


def test_a_pairing_comes_back_with_its_seats_in_order(storage: Storage) -> None:
    pairing = a_pairing(mentors=("chloe", "ana"), mentees=("ben",), proposal_id="proposal", cadence=3)
    with committed(storage) as work:
        work.rounds.add(a_round(), [a_proposal()])
        work.pairings.add(pairing)

    with storage.read() as work:
        assert work.pairings.get("pairing") == pairing
        assert work.pairings.get_many(["pairing", "nothing"]) == {"pairing": pairing}


def test_no_pairing_has_an_unknown_id(storage: Storage) -> None:
    with storage.read() as work, pytest.raises(NotFound):
        work.pairings.get("nothing")
    with pytest.raises(NotFound), storage.begin() as work:
        work.pairings.save(a_pairing("nothing"))


def test_a_proposal_becomes_one_pairing(storage: Storage) -> None:
    with committed(storage) as work:
        work.rounds.add(a_round(), [a_proposal()])
        work.pairings.add(a_pairing(proposal_id="proposal"))

    with pytest.raises(ChangedSince), storage.begin() as work:
        work.pairings.add(a_pairing("again", proposal_id="proposal"))


def test_the_active_pairings_of_somebody_come_the_oldest_first(storage: Storage) -> None:
    second = a_pairing("a", mentees=("ana",), introduced_at=NOW + DAY)
    first = a_pairing("b", mentees=("ben",))
    ended = a_pairing("ended", mentees=("chloe",)).ended(EndReason.COMPLETED, now=NOW)
    with committed(storage) as work:
        for pairing in (second, first, ended):
            work.pairings.add(pairing)

    with storage.read() as work:
        assert work.pairings.active_of(MENTOR) == [first, second]
        assert work.pairings.active_of("ana") == [second]
        assert work.pairings.active_of("chloe") == []
        assert work.pairings.active_with([MENTOR, "ana", "chloe"]) == [first, second]
        assert work.pairings.active_with(["ana", "chloe"]) == [second]
        assert work.pairings.active_with([]) == []
        assert work.pairings.in_cohort("cohort") == [first, ended, second]


def test_a_saved_pairing_has_ended_and_lost_a_seat(storage: Storage) -> None:
    ended = a_pairing(mentors=("ana",)).ended(EndReason.CHANGED, now=NOW + DAY)
    with committed(storage) as work:
        work.pairings.add(a_pairing(mentors=("ana", "ben")))
        work.pairings.save(ended)

    with storage.read() as work:
        assert work.pairings.get("pairing") == ended
        assert work.pairings.active_of(MENTEE) == []


def test_many_pairings_are_saved_at_once(storage: Storage) -> None:
    pairings = [a_pairing("a", mentees=("ana", "ben")), a_pairing("b", mentees=("chloe",))]
    with committed(storage) as work:
        for pairing in pairings:
            work.pairings.add(pairing)
        work.pairings.save_many(pairing.ended(EndReason.COHORT_CLOSED, now=NOW + DAY) for pairing in pairings)
        work.pairings.save_many([])

    with storage.read() as work:
        ended = [pairing.ended(EndReason.COHORT_CLOSED, now=NOW + DAY) for pairing in pairings]
        assert work.pairings.in_cohort("cohort") == ended
    with pytest.raises(NotFound), storage.begin() as work:
        work.pairings.save_many([pairings[0], a_pairing("nothing")])


def test_a_cohort_lists_its_own_pairings(storage: Storage) -> None:
    before = a_pairing("before", cohort_id="before")
    with committed(storage) as work:
        work.cohorts.add(a_cohort("before", state=CohortState.CLOSED))
        work.pairings.add(a_pairing())
        work.pairings.add(before)

    with storage.read() as work:
        assert work.pairings.in_cohort("before") == [before]
        assert work.pairings.in_cohort("nothing") == []


def test_quiet_pairings_are_found_by_when_they_end(storage: Storage) -> None:
    with committed(storage) as work:
        assert (work.pairings.closing_by(NOW + 99 * DAY), work.pairings.next_closing()) == ([], None)
        work.pairings.add(a_pairing("later", closes_at=NOW + 2 * DAY))
        work.pairings.add(a_pairing("first", closes_at=NOW))
        work.pairings.add(a_pairing("never"))
    with storage.read() as work:
        assert [one.id for one in work.pairings.closing_by(NOW)] == ["first"]
        assert [one.id for one in work.pairings.closing_by(NOW + 9 * DAY)] == ["first", "later"]
        assert work.pairings.next_closing() == NOW


def test_what_somebody_says_of_their_pairing_is_kept_and_replaced(storage: Storage) -> None:
    with committed(storage) as work:
        work.pairings.add(a_pairing())
        work.pairings.put_answer(PartnerAnswer(pairing_id="pairing", person_id=MENTOR, fit=Fit.DECIDING))
    with committed(storage) as work:
        said = work.pairings.answer_of("pairing", MENTOR)
        work.pairings.put_answer(replace(said, fit=Fit.GOOD, again=True))

    with storage.read() as work:
        assert work.pairings.answer_of("pairing", MENTOR) == PartnerAnswer(
            pairing_id="pairing", person_id=MENTOR, fit=Fit.GOOD, again=True
        )
        assert work.pairings.answer_of("pairing", MENTEE).fit is None
