"""How the answers of several people settle one proposal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.cohorts import Format
from bot.domain.people import Role
from bot.domain.rounds import Answer, Proposal, ProposalState, ProposedSeat
from bot.errors import AlreadyAnswered, Expired, NotYours
from tests.builders import NOW, a_proposal


def asked(format_: Format, *, mentors: int, mentees: int) -> Proposal:
    """Return a proposal whose mentees have been asked: mentor1…, mentee1…"""
    seats = [ProposedSeat(person_id=f"mentee{n + 1}", role=Role.MENTEE) for n in range(mentees)]
    seats += [ProposedSeat(person_id=f"mentor{n + 1}", role=Role.MENTOR) for n in range(mentors)]
    return a_proposal(format=format_, seats=tuple(seats)).asked(
        role=Role.MENTEE, now=NOW, expires_at=NOW + timedelta(days=3)
    )


def answers(proposal: Proposal, answer: Answer, *person_ids: str) -> Proposal:
    for person_id in person_ids:
        proposal = proposal.answered(person_id, answer, now=NOW)
    return proposal


def mentors_asked(proposal: Proposal) -> Proposal:
    assert proposal.turn_of_mentors()
    return proposal.asked(role=Role.MENTOR, now=NOW, expires_at=NOW + timedelta(days=6))


@pytest.mark.parametrize(("format_", "mentors"), [(Format.PATH, 1), (Format.FLASH, 2)])
def test_one_to_one_and_flash_need_everybody(format_: Format, mentors: int) -> None:
    proposal = asked(format_, mentors=mentors, mentees=1)
    assert answers(proposal, Answer.NO, "mentee1").state is ProposalState.DECLINED
    both = mentors_asked(answers(proposal, Answer.YES, "mentee1"))
    assert answers(both, Answer.NO, "mentor1").state is ProposalState.DECLINED
    accepted = answers(both, Answer.YES, *(f"mentor{n + 1}" for n in range(mentors)))
    assert accepted.state is ProposalState.ACCEPTED


def test_a_group_goes_on_without_those_who_say_no_while_three_are_left() -> None:
    group = asked(Format.COLLECTIVE, mentors=2, mentees=5)
    smaller = answers(answers(group, Answer.NO, "mentee1"), Answer.YES, "mentee2", "mentee3")
    assert smaller.state is ProposalState.ASKED
    assert not smaller.turn_of_mentors(), "two have not answered yet"
    three = answers(smaller, Answer.NO, "mentee4")
    led = mentors_asked(answers(three, Answer.YES, "mentee5"))
    accepted = answers(answers(led, Answer.NO, "mentor2"), Answer.YES, "mentor1")
    assert accepted.state is ProposalState.ACCEPTED
    assert [seat.person_id for seat in accepted.going] == ["mentee2", "mentee3", "mentee5", "mentor1"]


def test_a_group_of_fewer_than_three_or_with_nobody_to_lead_it_is_declined() -> None:
    group = asked(Format.COLLECTIVE, mentors=1, mentees=3)
    assert answers(group, Answer.NO, "mentee2").state is ProposalState.DECLINED
    led = mentors_asked(answers(group, Answer.YES, "mentee1", "mentee2", "mentee3"))
    assert answers(led, Answer.NO, "mentor1").state is ProposalState.DECLINED


def test_when_time_is_up_a_group_goes_on_with_those_who_said_yes_and_others_expire() -> None:
    group = answers(asked(Format.COLLECTIVE, mentors=1, mentees=4), Answer.YES, "mentee1", "mentee2", "mentee3")
    lapsed = group.lapsed(now=NOW)
    assert lapsed.turn_of_mentors()
    assert [seat.person_id for seat in lapsed.going] == ["mentee1", "mentee2", "mentee3", "mentor1"]
    assert asked(Format.COLLECTIVE, mentors=1, mentees=4).lapsed(now=NOW).state is ProposalState.EXPIRED
    assert asked(Format.PATH, mentors=1, mentees=1).lapsed(now=NOW).state is ProposalState.EXPIRED


@pytest.mark.parametrize(
    ("apart", "stay"),
    [
        ((), "mentor1 mentor2 mentee1 mentee2 mentee3"),
        ((("mentor1", "mentee2"),), "mentor2 mentee1 mentee2 mentee3"),
        ((("mentor1", "mentee2"), ("mentor2", "mentee3")), "mentor1 mentee1 mentee3"),
        ((("mentee1", "mentee3"), ("mentee3", "mentee1")), "mentor1 mentor2 mentee1 mentee2"),
        ((("mentor1", "mentor2"), ("mentor2", "mentor1")), "mentor1 mentee1 mentee2 mentee3"),
    ],
)
def test_of_those_a_rule_keeps_apart_as_many_stay_as_can(apart: tuple[tuple[str, str], ...], stay: str) -> None:
    group = asked(Format.COLLECTIVE, mentors=2, mentees=3)
    assert {seat.person_id for seat in group.keeping_apart(frozenset(apart)).seats} == set(stay.split())


def test_of_those_who_cannot_both_stay_whoever_wishes_it_goes_and_as_few_as_can() -> None:
    group = asked(Format.COLLECTIVE, mentors=1, mentees=5)
    apart = {("mentee1", other) for other in ("mentee2", "mentee3", "mentee4")}
    both_ways = frozenset(apart | {(other, one) for one, other in apart})
    assert set(group.keeping_apart(both_ways).people(Role.MENTEE)) == {"mentee2", "mentee3", "mentee4", "mentee5"}
    two = frozenset({("mentee1", "mentee2"), ("mentee2", "mentee1")})
    for wishing, stays in (("mentee1", "mentee2"), ("mentee2", "mentee1")):
        assert stays in group.keeping_apart(two, wishing={wishing}).people(Role.MENTEE)


def test_only_those_asked_answer_once_while_it_is_open() -> None:
    proposal = asked(Format.PATH, mentors=1, mentees=1)
    with pytest.raises(NotYours):
        proposal.answered("somebody", Answer.YES, now=NOW)
    with pytest.raises(Expired):
        proposal.answered("mentor1", Answer.YES, now=NOW)
    yes = answers(proposal, Answer.YES, "mentee1")
    with pytest.raises(AlreadyAnswered):
        yes.answered("mentee1", Answer.NO, now=NOW)
