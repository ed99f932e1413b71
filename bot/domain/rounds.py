"""Rounds of matching and the proposals they make: drafted, reviewed, published, answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import combinations
from typing import Any

from bot.domain.cohorts import SEATS, Format
from bot.domain.people import Role
from bot.errors import AlreadyAnswered, Expired, NotYours

ANSWER_WORKING_DAYS = 3
"""Working days each person asked has for an answer."""


class RoundState(StrEnum):
    """A draft is the leads' own; a published round has asked people; a dismissed one told nobody."""

    DRAFT = "draft"
    PUBLISHED = "published"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason or a rule as code and plain arguments; ``bot.views`` words it in the reader's language."""

    code: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """Somebody a round could not serve, the rule that took their last candidate, and what would help, if known."""

    person_id: str
    rule: Reason
    remedy: Reason | None = None


Pair = tuple[str, str]
"""A mentor's and a mentee's person ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One run of matching over a cohort's pool. ``total_score`` is in points (100 a pair at most).

    ``forbidden`` pairs are the leads' wish for this round; ``overridden`` ones they keep although a rule forbids it.
    """

    id: str
    cohort_id: str
    state: RoundState
    drafted_by: str
    drafted_at: datetime
    served: int
    total_score: int
    unplaced: tuple[Unplaced, ...] = ()
    forbidden: frozenset[Pair] = frozenset()
    overridden: frozenset[Pair] = frozenset()
    settled_by: str | None = None
    settled_at: datetime | None = None


class ProposalState(StrEnum):
    """Drafted until the round is published, asked until everyone answered or time was up."""

    DRAFT = "draft"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    DISMISSED = "dismissed"


class Answer(StrEnum):
    """What somebody asked answered; silence is what their time ran out on."""

    YES = "yes"
    NO = "no"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedSeat:
    """One person in a proposal; ``asked_at`` is None until it is their turn."""

    person_id: str
    role: Role
    asked_at: datetime | None = None
    answer: Answer | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A pairing not yet accepted. Mentees are asked first, then mentors; ``expires_at`` ends whose turn it is."""

    id: str
    round_id: str
    cohort_id: str
    format: Format
    topic_id: str
    score: int
    reasons: tuple[Reason, ...]
    state: ProposalState
    seats: tuple[ProposedSeat, ...]
    locked: bool = False
    expires_at: datetime | None = None

    def people(self, role: Role) -> tuple[str, ...]:
        """Return the person ids in *role*."""
        return tuple(seat.person_id for seat in self.seats if seat.role is role)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Everybody's mentor with everybody's mentee."""
        return tuple((one, other) for one in self.people(Role.MENTOR) for other in self.people(Role.MENTEE))

    @property
    def is_pair(self) -> bool:
        """True for one mentor with one mentee."""
        return len(self.seats) == 2 and len(self.pairs) == 1

    def seat_of(self, person_id: str) -> ProposedSeat:
        """Return *person_id*'s seat; raise NotYours when they have none."""
        for seat in self.seats:
            if seat.person_id == person_id:
                return seat
        raise NotYours

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """Person ids who were asked and have not answered."""
        return tuple(seat.person_id for seat in self.seats if seat.asked_at and seat.answer is None)

    def asked(self, *, role: Role, now: datetime, expires_at: datetime) -> Proposal:
        """Return the proposal with everyone in *role* asked."""
        seats = tuple(replace(seat, asked_at=now) if seat.role is role else seat for seat in self.seats)
        return replace(self, state=ProposalState.ASKED, seats=seats, expires_at=expires_at)

    @property
    def going(self) -> tuple[ProposedSeat, ...]:
        """The seats of those who said yes, or may still."""
        return tuple(seat for seat in self.seats if seat.answer in (None, Answer.YES))

    def answered(self, person_id: str, answer: Answer, *, now: datetime) -> Proposal:
        """Return the proposal with *person_id*'s answer.

        It is accepted once everyone still going said yes, and declined when a no leaves too few for its format: one
        no ends a one-to-one or a flash proposal, a group goes on while it has three mentees and a mentor.

        Raises NotYours, AlreadyAnswered, or Expired when the proposal is no longer open.
        """
        seat = self.seat_of(person_id)
        if seat.answer in (Answer.YES, Answer.NO) and self.state is not ProposalState.DISMISSED:
            raise AlreadyAnswered
        if seat.answer is Answer.SILENCE or self.state is not ProposalState.ASKED or seat.asked_at is None:
            raise Expired
        return self._with({person_id}, answer, now=now, otherwise=ProposalState.DECLINED)

    def lapsed(self, *, now: datetime) -> Proposal:
        """Return the proposal whose time is up: without those who did not answer, or expired when too few are left."""
        return self._with(set(self.waiting_for), Answer.SILENCE, now=now, otherwise=ProposalState.EXPIRED)

    def _with(self, person_ids: set[str], answer: Answer, *, now: datetime, otherwise: ProposalState) -> Proposal:
        changed = replace(
            self,
            seats=tuple(
                replace(seat, answer=answer, answered_at=now) if seat.person_id in person_ids else seat
                for seat in self.seats
            ),
        )
        if not changed.is_enough:
            return replace(changed, state=otherwise)
        if all(seat.answer is Answer.YES for seat in changed.going):
            return replace(changed, state=ProposalState.ACCEPTED)
        return changed

    def withdrawn(self, person_id: str, *, now: datetime) -> Proposal:
        """Return the open proposal without *person_id*, who left or is kept from the others, whatever they answered.

        A group goes on while enough are left. All else is dismissed: nobody declined anybody, so that those who stay
        may still be proposed to each other.
        """
        return self._with({person_id}, Answer.SILENCE, now=now, otherwise=ProposalState.DISMISSED)

    def among(self, person_ids: AbstractSet[str]) -> Proposal:
        """Return the proposal with those of *person_ids* alone."""
        return replace(self, seats=tuple(seat for seat in self.seats if seat.person_id in person_ids))

    def keeping_apart(self, apart: AbstractSet[Pair], *, wishing: AbstractSet[str] = frozenset()) -> Proposal:
        """Return the proposal with as many of those still going as may be together: no two of them *apart*.

        Most mentees stay, then most mentors; among as many rather not those *wishing* it (person ids), who know why,
        and then whoever comes last.
        """
        going = self.among({seat.person_id for seat in self.going})
        mentors = going.people(Role.MENTOR)
        stays = [
            (_most_together(going.people(Role.MENTEE), beside=chosen, apart=apart, wishing=wishing), chosen)
            for size in range(len(mentors), 0, -1)
            for chosen in combinations(mentors, size)
            if not any(pair in apart for pair in combinations(chosen, 2))
        ]
        mentees, mentors = max(stays, key=lambda stay: (len(stay[0]), len(stay[1])), default=((), ()))
        return going.among({*mentees, *mentors})

    @property
    def is_enough(self) -> bool:
        """True while those still going are enough for the format."""
        roles = [seat.role for seat in self.going]
        needed = SEATS[self.format]
        return roles.count(Role.MENTEE) >= needed.mentees[0] and roles.count(Role.MENTOR) >= needed.mentors[0]

    def turn_of_mentors(self) -> bool:
        """True once every mentee still going said yes and no mentor was asked."""
        return self.state is ProposalState.ASKED and all(
            seat.answer is Answer.YES if seat.role is Role.MENTEE else seat.asked_at is None for seat in self.going
        )


def _most_together(
    person_ids: Iterable[str], *, beside: Sequence[str], apart: AbstractSet[Pair], wishing: AbstractSet[str]
) -> tuple[str, ...]:
    """Return the most of a handful of people of whom no two are *apart*, nor any from those *beside* them."""
    free = [one for one in person_ids if not any((other, one) in apart for other in beside)]
    for size in range(len(free), 0, -1):
        together = [
            chosen for chosen in combinations(free, size) if not any(pair in apart for pair in combinations(chosen, 2))
        ]
        if together:
            return min(together, key=lambda chosen: sum(one in wishing for one in chosen))
    return ()
