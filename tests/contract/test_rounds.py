from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.cohorts import CohortState, Format
from bot.domain.pairings import PartnerAnswer
from bot.domain.people import Role
from bot.domain.rounds import Answer, Proposal, ProposalState, ProposedSeat, Reason, RoundState
from bot.errors import ChangedSince, NotFound
from bot.ports import Storage
from tests.builders import (
    LEAD,
    MENTEE,
    MENTOR,
    NOW,
    a_cohort,
    a_pairing,
    a_proposal,
    a_round,
    an_asked_proposal,
    an_unplaced,
)
from tests.contract.work import committed

DAY = timedelta(days=1)


def settled(state: RoundState = RoundState.PUBLISHED, **fields: Any) -> dict[str, Any]:
    return {"state": state, "settled_by": LEAD, "settled_at": NOW, **fields}


def test_a_round_comes_back_with_those_it_could_not_serve_in_order(storage: Storage) -> None:
    drafted = a_round(
        unplaced=(
            an_unplaced("chloe", remedy=Reason(code="more_mentors", args={"count": 3})),
            an_unplaced("ana", rule=Reason(code="language")),
        )
    )
    with committed(storage) as work:
        work.rounds.add(drafted, [])

    with storage.read() as work:
        assert work.rounds.get("round") == drafted
        assert work.rounds.draft("cohort") == drafted
        assert work.rounds.latest("cohort") == drafted


def test_what_leads_decided_about_pairs_comes_back_with_the_round(storage: Storage) -> None:
    drafted = a_round(forbidden=frozenset({("ana", "ben"), ("ana", "chloe")}), overridden=frozenset({("chloe", "ben")}))
    with committed(storage) as work:
        work.rounds.add(drafted, [])

    with storage.read() as work:
        assert work.rounds.get("round") == drafted
        assert work.rounds.draft("cohort") == drafted
        assert work.rounds.forbidden_in(["round", "nothing"]) == drafted.forbidden
        assert work.rounds.overridden_in(["round"]) == drafted.overridden
        assert work.rounds.overridden_in([]) == frozenset()


def test_no_round_or_proposal_has_an_unknown_id(storage: Storage) -> None:
    with storage.read() as work:
        assert work.rounds.draft("cohort") is None
        assert work.rounds.latest("cohort") is None
        assert work.rounds.proposals("nothing") == []
        with pytest.raises(NotFound):
            work.rounds.get("nothing")
        with pytest.raises(NotFound):
            work.rounds.proposal("nothing")


def test_a_cohort_has_one_draft(storage: Storage) -> None:
    with committed(storage) as work:
        work.rounds.add(a_round(), [])

    with pytest.raises(ChangedSince), storage.begin() as work:
        work.rounds.add(a_round("second"), [])


def test_each_cohort_has_a_draft_of_its_own(storage: Storage) -> None:
    with committed(storage) as work:
        work.cohorts.add(a_cohort("before", state=CohortState.CLOSED))
        work.rounds.add(a_round(), [])
        work.rounds.add(a_round("theirs", cohort_id="before"), [])

    with storage.read() as work:
        assert work.rounds.draft("before") == a_round("theirs", cohort_id="before")


def test_the_latest_round_is_the_one_drafted_last(storage: Storage) -> None:
    with committed(storage) as work:
        work.rounds.add(a_round("z", **settled()), [])
        work.rounds.add(a_round("a", drafted_at=NOW + DAY, **settled(RoundState.DISMISSED)), [])

    with storage.read() as work:
        latest = work.rounds.latest("cohort")
        assert latest is not None
        assert latest.id == "a"
        assert work.rounds.draft("cohort") is None


def test_a_draft_is_settled_once(storage: Storage) -> None:
    published = a_round(unplaced=(an_unplaced("ben"),), **settled())
    with committed(storage) as work:
        work.rounds.add(a_round(unplaced=(an_unplaced("ana"), an_unplaced("ben"))), [])
    with committed(storage) as work:
        assert work.rounds.settle(published)
    with committed(storage) as work:
        assert not work.rounds.settle(a_round(**settled(RoundState.DISMISSED)))
        assert not work.rounds.settle(a_round("nothing", **settled()))

    with storage.read() as work:
        assert work.rounds.get("round") == published


def test_a_proposal_comes_back_with_its_seats_in_order(storage: Storage) -> None:
    flash = a_proposal(mentors=("chloe", "ana"), mentees=("ben",), locked=True)
    with committed(storage) as work:
        work.rounds.add(a_round(), [flash])

    with storage.read() as work:
        assert work.rounds.proposal("proposal") == flash


def test_proposals_are_listed_by_score_then_id(storage: Storage) -> None:
    low, first, second = (
        a_proposal("a", score=10, mentees=("ana",)),
        a_proposal("b", score=90, mentees=("ben",)),
        a_proposal("c", score=90),
    )
    with committed(storage) as work:
        work.rounds.add(a_round(), [second, low, first])

    with storage.read() as work:
        assert work.rounds.proposals("round") == [first, second, low]
        assert work.rounds.proposals_by_id(["c", "a", "nothing"]) == {"a": low, "c": second}


def test_proposals_can_join_a_round_later(storage: Storage) -> None:
    next_candidate = a_proposal("next", mentors=("ana",))
    with committed(storage) as work:
        work.rounds.add(a_round(**settled()), [a_proposal()])
        work.rounds.add_proposals([next_candidate])
        work.rounds.add_proposals([])

    with storage.read() as work:
        assert work.rounds.proposals("round") == [next_candidate, a_proposal()]


def test_an_answered_proposal_comes_back_answered(storage: Storage) -> None:
    answered = an_asked_proposal(mentees=("ana", "ben")).answered("ben", Answer.YES, now=NOW + DAY)
    with committed(storage) as work:
        work.rounds.add(a_round(), [a_proposal(mentees=("ana", "ben"))])
        work.rounds.save_proposal(answered)

    with storage.read() as work:
        assert work.rounds.proposal("proposal") == answered


def test_a_saved_proposal_may_seat_other_people(storage: Storage) -> None:
    swapped = a_proposal(mentors=("chloe",))
    with committed(storage) as work:
        work.rounds.add(a_round(), [a_proposal()])
        work.rounds.save_proposals([swapped])
        work.rounds.save_proposals([])

    with storage.read() as work:
        assert work.rounds.proposal("proposal") == swapped


def test_saving_a_proposal_never_added_is_refused(storage: Storage) -> None:
    with committed(storage) as work:
        work.rounds.add(a_round(), [a_proposal()])

    with pytest.raises(NotFound), storage.begin() as work:
        work.rounds.save_proposals([a_proposal(), a_proposal("nothing")])


def test_open_proposals_are_the_asked_ones(storage: Storage) -> None:
    sooner = an_asked_proposal("sooner", mentees=("ana",), expires_at=NOW + DAY)
    later = an_asked_proposal("later", mentees=("ben",), expires_at=NOW + 2 * DAY)
    declined = an_asked_proposal("declined", mentees=("chloe",)).answered("chloe", Answer.NO, now=NOW)
    group = an_asked_proposal(
        "group", mentors=("ana",), mentees=("ben", "chloe", MENTEE, LEAD), format=Format.COLLECTIVE,
        expires_at=NOW + 3 * DAY,
    ).answered("chloe", Answer.NO, now=NOW)  # fmt: skip
    with committed(storage) as work:
        work.rounds.add(a_round(**settled()), [later, sooner, declined, group, a_proposal("draft")])

    with storage.read() as work:
        assert work.rounds.open_proposals("cohort") == [sooner, later, group]
        assert work.rounds.open_proposals_of(MENTOR) == [sooner, later]
        assert work.rounds.open_proposals_of(MENTEE) == [group]
        assert work.rounds.open_proposals_of("ben") == [later, group]
        assert work.rounds.open_proposals_of("chloe") == [], "she has said no to the group, which goes on"
        assert work.rounds.open_proposals("nothing") == []


def test_proposals_whose_time_is_up_come_the_oldest_first(storage: Storage) -> None:
    proposals = [an_asked_proposal(f"p{day}", expires_at=NOW + day * DAY) for day in (3, 1, 2)]
    with committed(storage) as work:
        work.rounds.add(a_round(**settled()), [*proposals, a_proposal("draft")])

    with storage.read() as work:
        assert work.rounds.next_expiry() == NOW + DAY
        assert work.rounds.expiring_by(NOW + DAY - timedelta(microseconds=1), limit=9) == []
        assert [proposal.id for proposal in work.rounds.expiring_by(NOW + 2 * DAY, limit=9)] == ["p1", "p2"]
        assert [proposal.id for proposal in work.rounds.expiring_by(NOW + 9 * DAY, limit=2)] == ["p1", "p2"]


def test_without_an_asked_proposal_nothing_expires(storage: Storage) -> None:
    with committed(storage) as work:
        work.rounds.add(a_round(), [a_proposal()])

    with storage.read() as work:
        assert work.rounds.next_expiry() is None
        assert work.rounds.expiring_by(NOW + 99 * DAY, limit=9) == []


def test_whoever_left_a_group_or_declined_while_it_went_on_was_paired_with_it_all_the_same(storage: Storage) -> None:
    def seat(person_id: str, role: Role, answer: Answer) -> ProposedSeat:
        return ProposedSeat(person_id=person_id, role=role, asked_at=NOW, answer=answer, answered_at=NOW)

    answers = {"ana": Answer.YES, "ben": Answer.NO, "chloe": Answer.YES}
    mentees = [seat(person_id, Role.MENTEE, answer) for person_id, answer in answers.items()]
    seats = (seat(MENTOR, Role.MENTOR, Answer.YES), *mentees)
    group = a_proposal("group", format=Format.COLLECTIVE, state=ProposalState.ACCEPTED, seats=seats)
    with committed(storage) as work:
        work.rounds.add(a_round(**settled()), [group])
        work.pairings.add(a_pairing("group", proposal_id="group", format=Format.COLLECTIVE, mentees=["chloe"]))

    with storage.read() as work:
        assert work.rounds.recent_pairs(NOW) == [(MENTOR, "ana"), (MENTOR, "ben"), (MENTOR, "chloe")]


def test_whoever_withdrew_from_a_group_that_went_on_is_no_recent_pair(storage: Storage) -> None:
    group = an_asked_proposal("group", mentees=(MENTEE, "ana", "ben", "chloe", LEAD), format=Format.COLLECTIVE)
    with committed(storage) as work:
        work.rounds.add(a_round(**settled()), [group.withdrawn("ana", now=NOW).answered("ben", Answer.NO, now=NOW)])
        work.pairings.add(a_pairing("group", proposal_id="group", format=Format.COLLECTIVE, mentees=[MENTEE, "chloe"]))

    with storage.read() as work:
        recent = work.rounds.recent_pairs(NOW)
    assert [mentee for _, mentee in recent] == ["ben", "chloe", LEAD, MENTEE]


def test_recent_pairs_have_met_or_were_proposed_in_vain(storage: Storage) -> None:
    def in_vain(proposal_id: str, mentor: str, answered_after: timedelta) -> Proposal:
        asked = an_asked_proposal(proposal_id, mentors=(mentor,))
        return asked.answered(MENTEE, Answer.NO, now=NOW + answered_after)

    expired = replace(an_asked_proposal("expired", mentors=("ben",)), state=ProposalState.EXPIRED)
    proposals = [
        in_vain("declined", "ana", DAY),
        in_vain("declined_again", "ana", DAY),
        in_vain("declined_long_ago", "chloe", -DAY),
        expired,
        replace(expired, id="expired_long_ago", expires_at=NOW - DAY, seats=a_proposal(mentors=("chloe",)).seats),
        an_asked_proposal("asked", mentors=(LEAD,)),
        a_proposal("dismissed", mentors=(LEAD,), state=ProposalState.DISMISSED),
    ]
    with committed(storage) as work:
        work.rounds.add(a_round(**settled()), proposals)
        work.pairings.add(a_pairing(mentors=("ana", "chloe"), mentees=("ben",)))
        work.pairings.add(a_pairing("long_ago", mentors=(LEAD,), introduced_at=NOW - DAY))

    with storage.read() as work:
        assert work.rounds.recent_pairs(NOW) == [("ana", "ben"), ("ana", MENTEE), ("ben", MENTEE), ("chloe", "ben")]


def test_whom_both_asked_for_again_is_no_recent_pair(storage: Storage) -> None:
    with committed(storage) as work:
        work.pairings.add(a_pairing(mentors=("ana", "chloe"), mentees=("ben",)))
        for person_id in ("ana", "ben"):
            work.pairings.put_answer(PartnerAnswer(pairing_id="pairing", person_id=person_id, again=True))

    with storage.read() as work:
        assert work.rounds.recent_pairs(NOW) == [("chloe", "ben")], "Chloé has not asked"


def test_a_proposal_knows_its_people_after_a_round_trip(storage: Storage) -> None:
    with committed(storage) as work:
        work.rounds.add(a_round(), [a_proposal(mentors=("chloe", "ana"))])

    with storage.read() as work:
        assert work.rounds.proposal("proposal").people(Role.MENTOR) == ("chloe", "ana")
