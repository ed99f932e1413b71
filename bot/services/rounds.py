"""Rounds: draft, review, publish or dismiss. A dismissed draft tells nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.access import Actor
from bot.domain.ids import new_id
from bot.domain.letters import Unserved
from bot.domain.outbox import OutboxMessage
from bot.domain.overviews import DraftPage, PoolSize
from bot.domain.people import Role
from bot.domain.rounds import Proposal, ProposalState, Reason, Round, RoundState
from bot.errors import ChangedSince, NoCohort, NothingToPair, RoundNotDraft
from bot.matching import solve
from bot.matching.pool import Format
from bot.ports import UnitOfWork
from bot.services.base import Programme, Service
from bot.services.pooling import pool_of
from bot.services.proposals import ask

PAGE = 6
"""Proposals shown on one page of the review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundService(Service):
    """The leads' journey from "who is waiting?" to "everybody has been asked"."""

    def pool_size(self, *, now: datetime) -> PoolSize:
        """Return how many are free to be paired, and the draft's id if there is one; raise NoCohort."""
        with self.storage.read() as uow:
            cohort = uow.cohorts.open()
            if cohort is None:
                raise NoCohort
            pooled = pool_of(uow, cohort, now=now)
            draft = uow.rounds.draft(cohort.id)
            return PoolSize(
                cohort=cohort,
                mentors=len(pooled.pool.mentors),
                seats=sum(one.seats for one in pooled.pool.mentors),
                mentees=len(pooled.pool.mentees),
                draft_id=draft.id if draft else None,
            )

    def draft(self, actor: Actor, *, now: datetime) -> str:
        """Solve the whole pool and keep the outcome as a draft, in the place of an older draft; return its id.

        Raises NoCohort, or NothingToPair. The pool is solved between transactions, so that nobody waits for it.
        """
        with self.storage.read() as uow:
            cohort = uow.cohorts.open()
            if cohort is None:
                raise NoCohort
            pooled = pool_of(uow, cohort, now=now)
        if not pooled.pool.mentors or not pooled.pool.mentees:
            raise NothingToPair(mentors=len(pooled.pool.mentors), mentees=len(pooled.pool.mentees))
        outcome = solve(pooled.pool, format=Format(cohort.format.value))
        drafted = Round(
            id=new_id(),
            cohort_id=cohort.id,
            state=RoundState.DRAFT,
            drafted_by=actor.person_id,
            drafted_at=now,
            served=outcome.served,
            total_score=outcome.total_score,
            unplaced=pooled.unplaced(outcome),
        )
        with self.storage.begin() as uow:
            if older := uow.rounds.draft(cohort.id):
                uow.rounds.settle(_settled(older, RoundState.DISMISSED, actor, now=now))
            uow.rounds.add(drafted, pooled.proposals(outcome, round_id=drafted.id))
            uow.commit()
        return drafted.id

    def page(self, round_id: str, number: int) -> DraftPage:
        """Return one page of a draft's proposals, numbered from 0; raise RoundNotDraft once it was settled."""
        with self.storage.read() as uow:
            draft = _draft(uow, round_id)
            proposals = [one for one in uow.rounds.proposals(round_id) if one.state is ProposalState.DRAFT]
            pages = max(1, -(-len(proposals) // PAGE))
            number = min(max(number, 0), pages - 1)
            shown = tuple(proposals[number * PAGE : (number + 1) * PAGE])
            ids = {seat.person_id for one in shown for seat in one.seats} | {one.person_id for one in draft.unplaced}
            return DraftPage(
                round=draft,
                proposals=shown,
                kept=len(proposals),
                number=number,
                pages=pages,
                people=dict(uow.people.get_many(ids)),
                topics={topic.id: topic for topic in uow.topics.all()},
            )

    def leave_out(self, proposal_id: str) -> str:
        """Take one proposal out of a draft; its people wait for the next round. Return the round's id."""
        with self.storage.begin() as uow:
            proposal = uow.rounds.proposal(proposal_id)
            _draft(uow, proposal.round_id)
            uow.rounds.save_proposal(replace(proposal, state=ProposalState.DISMISSED))
            uow.commit()
            return proposal.round_id

    def publish(self, actor: Actor, round_id: str, *, now: datetime) -> tuple[int, int]:
        """Ask every mentee of the draft and tell everyone left waiting, all or nothing; return (asked, waiting).

        Raises RoundNotDraft when another lead settled it first.
        """
        with self.storage.begin() as uow:
            draft = _draft(uow, round_id)
            if not uow.rounds.settle(_settled(draft, RoundState.PUBLISHED, actor, now=now)):
                raise _not_draft(uow, uow.rounds.get(round_id))
            proposals = uow.rounds.proposals(round_id)
            asked = [one for one in proposals if one.state is ProposalState.DRAFT and self._still_stands(uow, one)]
            gone = [one for one in proposals if one.state is ProposalState.DRAFT and one not in asked]
            uow.rounds.save_proposals(replace(one, state=ProposalState.DISMISSED) for one in gone)
            ask(uow, self.programme, asked, role=Role.MENTEE, now=now)
            waiting = self._tell_waiting(uow, draft, proposals, asked, now=now)
            uow.commit()
            return len(asked), waiting

    def dismiss(self, actor: Actor, round_id: str, *, now: datetime) -> None:
        """Drop a draft; nobody is told. Raises RoundNotDraft."""
        with self.storage.begin() as uow:
            draft = _draft(uow, round_id)
            if not uow.rounds.settle(_settled(draft, RoundState.DISMISSED, actor, now=now)):
                raise _not_draft(uow, uow.rounds.get(round_id))
            uow.commit()

    def _still_stands(self, uow: UnitOfWork, proposal: Proposal) -> bool:
        """False when somebody left, paused or was paired since the draft was made."""
        participants = uow.participants.get_many(seat.person_id for seat in proposal.seats)
        return all(
            (one := participants.get(seat.person_id)) is not None and one.is_in_rounds for seat in proposal.seats
        )

    def _tell_waiting(
        self, uow: UnitOfWork, draft: Round, proposals: Sequence[Proposal], asked: Sequence[Proposal], *, now: datetime
    ) -> int:
        placed = {person_id for one in asked for person_id in one.people(Role.MENTEE)}
        waiting = {one.person_id: (one.rule, one.remedy) for one in draft.unplaced}
        for proposal in proposals:
            for person_id in proposal.people(Role.MENTEE):
                if person_id not in placed:
                    waiting.setdefault(person_id, (Reason(code="left_out"), None))
        participants = uow.participants.get_many([*placed, *waiting])
        people = uow.people.get_many(waiting)
        told = 0
        for person_id, (rule, remedy) in waiting.items():
            participant = participants.get(person_id)
            if participant is None or not participant.is_in_rounds:
                continue
            told += 1
            uow.outbox.add(
                OutboxMessage.to(
                    person_id=person_id,
                    user_id=people[person_id].user_id,
                    kind="unserved",
                    dedupe_key=f"unserved:{draft.id}:{person_id}",
                    now=now,
                    rule={"code": rule.code, "args": dict(rule.args)},
                    remedy={"code": remedy.code, "args": dict(remedy.args)} if remedy else None,
                )
            )
        uow.participants.put_many(
            replace(one, unserved_rounds=one.unserved_rounds + 1 if one.person_id in waiting else 0)
            for one in participants.values()
        )
        return told


def compose_unserved(uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime) -> Unserved | None:
    """Return the letter to somebody left waiting, or None when they have left since."""
    participant = uow.participants.get(message.person_id) if message.person_id else None
    if participant is None or not participant.is_in_rounds:
        return None
    rule, remedy = message.args["rule"], message.args["remedy"]
    cohort = uow.cohorts.open()
    return Unserved(
        rule=Reason(code=rule["code"], args=rule["args"]),
        remedy=Reason(code=remedy["code"], args=remedy["args"]) if remedy else None,
        enrol_until=cohort.enrol_until if cohort else None,
        topics={topic.id: topic for topic in uow.topics.all()},
    )


def _settled(draft: Round, state: RoundState, actor: Actor, *, now: datetime) -> Round:
    return replace(draft, state=state, settled_by=actor.person_id, settled_at=now)


def _draft(uow: UnitOfWork, round_id: str) -> Round:
    found = uow.rounds.get(round_id)
    if found.state is not RoundState.DRAFT:
        raise _not_draft(uow, found)
    return found


def _not_draft(uow: UnitOfWork, settled: Round) -> ChangedSince:
    if settled.settled_by is None or settled.settled_at is None:
        return ChangedSince()
    return RoundNotDraft(name=uow.people.get(settled.settled_by).name, date=settled.settled_at.date().isoformat())
