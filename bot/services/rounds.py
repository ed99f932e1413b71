"""Rounds: draft, review, publish or dismiss. A dismissed draft tells nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from statistics import fmean

from bot.domain.access import Actor
from bot.domain.audit import AuditEntry
from bot.domain.cohorts import Cohort, CohortState
from bot.domain.ids import new_id
from bot.domain.letters import Unserved
from bot.domain.outbox import OutboxMessage
from bot.domain.overviews import DraftPage, PairAnswer, PoolSize, SwapAnswer, SwappedPair
from bot.domain.people import Role
from bot.domain.rounds import Pair, Proposal, ProposalState, Reason, Round, RoundState, Unplaced
from bot.errors import (
    CannotBePaired,
    CannotBeSwapped,
    ChangedSince,
    DraftSuperseded,
    NoCohort,
    NotEnrolledThere,
    NothingCounts,
    NothingToPair,
    RoundNotDraft,
    RoundTooLate,
    SamePerson,
)
from bot.matching import why_not
from bot.matching.outcome import OVERRIDABLE
from bot.matching.pool import Weights
from bot.ports import UnitOfWork
from bot.services.base import Programme, Service
from bot.services.pooling import WEIGHTS, Decisions, PooledCohort, pool_of, weights_of
from bot.services.proposals import ask

PAGE = 6
"""Proposals shown on one page of the review."""
LEFT_OUT = "left_out"
"""The reason of those whom a lead lets wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundService(Service):
    """The leads' journey from "who is waiting?" to "everybody has been asked"."""

    def pool_size(self, *, now: datetime) -> PoolSize:
        """Return how many are free to be paired, and the draft's id if there is one; raise NoCohort or RoundTooLate."""
        with self.storage.read() as uow:
            pooled, draft = self._pooled(uow, now=now)
            cohort = pooled.cohort
            return PoolSize(
                cohort=cohort,
                mentors=len(pooled.pool.mentors),
                seats=sum(one.seats for one in pooled.pool.mentors),
                mentees=len(pooled.pool.mentees),
                draft_id=draft.id if draft else None,
            )

    def draft(self, actor: Actor, *, now: datetime) -> str:
        """Solve the whole pool and keep the outcome as a draft, in the place of an older draft; return its id.

        What leads decided about pairs of the older draft stands. Raises NoCohort, RoundTooLate, or NothingToPair. The
        pool is solved between transactions, so that nobody waits for it.
        """
        return self._draft(actor, Decisions(), now=now)

    def lock(self, proposal_id: str, *, locked: bool) -> str:
        """Keep one proposal of a draft whatever is solved anew, or let it go again; return the round's id."""
        with self.storage.begin() as uow:
            proposal = _drafted(uow, proposal_id)
            uow.rounds.save_proposal(replace(proposal, locked=locked))
            uow.commit()
            return proposal.round_id

    def forbid(self, actor: Actor, proposal_id: str, *, now: datetime) -> str:
        """Never these people in this round: solve again without their pair; return the new draft's id."""
        with self.storage.read() as uow:
            proposal = uow.rounds.proposal(proposal_id)
            _draft(uow, proposal.round_id)
        return self._draft(actor, Decisions(forbidden=frozenset(proposal.pairs)), now=now)

    def weights(self) -> Weights:
        """Return what each part of the score counts for."""
        with self.storage.read() as uow:
            return weights_of(uow)

    def set_weights(self, actor: Actor, weights: Mapping[str, int], *, now: datetime) -> None:
        """Let each part of the score count for so much from the next draft on; raise NothingCounts for zeros alone."""
        if not any(weights.values()):
            raise NothingCounts(field=next(iter(weights)))
        with self.storage.begin() as uow:
            uow.settings.put(WEIGHTS, asdict(Weights(**weights)))
            self._audit(uow, actor, "round_weights", WEIGHTS, now=now)
            uow.commit()

    def why_not(self, actor: Actor, mentor_user_id: str, mentee_user_id: str, *, now: datetime) -> PairAnswer:
        """Say why the two are not proposed to each other, or what it would cost to propose them.

        Raises NoCohort, RoundTooLate, SamePerson, or NotEnrolledThere for somebody the cohort does not know.
        """
        if mentor_user_id == mentee_user_id:
            raise SamePerson(field="mentee")
        with self.storage.read() as uow:
            pooled, older = self._pooled(uow, now=now)
            people = uow.people.by_user_ids(actor.team_id, [mentor_user_id, mentee_user_id])
            for field, user_id in (("mentor", mentor_user_id), ("mentee", mentee_user_id)):
                if user_id not in people:
                    raise NotEnrolledThere(field=field)
            decided = pooled.deciding(replace(_decisions(uow, older), left_out=frozenset()))
        found = why_not(decided.pool, mentor_user_id, mentee_user_id, format=pooled.format)
        with self.storage.read() as uow:
            others = uow.people.get_many(pooled.ids[key] for key in (*found.mentor_takes, *found.mentee_gets))
            by_key = {person.user_id: person for person in others.values()}
            return PairAnswer(
                mentor=people[mentor_user_id],
                mentee=people[mentee_user_id],
                rules=tuple(Reason(code=rule.value) for rule in found.rules),
                can_override=bool(found.rules) and OVERRIDABLE.issuperset(found.rules),
                chosen=found.chosen,
                score=found.score,
                reasons=tuple(Reason(code=one.code.value, args=dict(one.args)) for one in found.reasons),
                served_change=found.served_change,
                score_change=found.score_change,
                mentor_takes=tuple(by_key[key] for key in found.mentor_takes),
                mentee_gets=tuple(by_key[key] for key in found.mentee_gets),
                topics={topic.id: topic for topic in uow.topics.all()},
            )

    def pair_up(self, actor: Actor, mentor_id: str, mentee_id: str, *, override: bool, now: datetime) -> str:
        """Lock two people (person ids) together in the draft and solve again around them; return the new draft's id.

        *override* keeps them although a rule speaks against it, which is audited. Raises CannotBePaired.
        """
        pair = frozenset({(mentor_id, mentee_id)})
        return self._draft(actor, Decisions(overridden=pair) if override else Decisions(locked=pair), now=now)

    def swap_answer(self, actor: Actor, proposal_id: str, mentee_user_id: str, *, now: datetime) -> SwapAnswer:
        """Say what it would change if a proposal exchanged its mentor with the one proposed to another mentee.

        Raises CannotBeSwapped unless both are one-to-one proposals of the draft, or RoundNotDraft.
        """
        with self.storage.read() as uow:
            draft = _draft(uow, uow.rounds.proposal(proposal_id).round_id)
            mentee = uow.people.by_user_id(actor.team_id, mentee_user_id)
            drafted = {
                person_id: one.id
                for one in uow.rounds.proposals(draft.id)
                if one.state is ProposalState.DRAFT
                for person_id in one.people(Role.MENTEE)
            }
            if mentee is None or mentee.id not in drafted:
                raise CannotBeSwapped(field="mentee")
            ids = (proposal_id, drafted[mentee.id])
            swap = _swap(uow, *ids)
            pooled, older = self._pooled(uow, now=now)
            before = dict(pair[::-1] for one in uow.rounds.proposals(draft.id) if one.is_pair for pair in one.pairs)
            people = uow.people.get_many(person_id for pair in swap.added for person_id in pair)
            decided = swap.applied(_decisions(uow, older))
        outcome = pooled.deciding(decided).solved()
        refused = {(pooled.ids[one.mentor], pooled.ids[one.mentee]): one.rules for one in outcome.refused_locks}
        proposed = {
            (pooled.ids[one.mentors[0]], pooled.ids[one.mentee]): one.score
            for one in outcome.proposals
            if len(one.mentors) == len(one.mentees) == 1
        }
        moved = {mentee for mentor, mentee in proposed if before.get(mentee) != mentor}
        first, second = (
            SwappedPair(
                mentor=people[pair[0]],
                mentee=people[pair[1]],
                score=proposed.get(pair, 0),
                rules=tuple(Reason(code=rule.value) for rule in refused.get(pair, ())),
            )
            for pair in swap.added
        )
        return SwapAnswer(
            proposal_ids=ids,
            pairs=(first, second),
            served_change=outcome.served - draft.served,
            score_change=outcome.total_score - draft.total_score,
            others_changed=len(moved - {first.mentee.id, second.mentee.id}),
        )

    def swap(self, actor: Actor, proposal_id: str, other_id: str, *, now: datetime) -> str:
        """Exchange two proposals' mentors, lock both pairs, solve the rest around them; return the new draft's id.

        Raises CannotBeSwapped, CannotBePaired where a rule speaks against it, or RoundNotDraft.
        """
        with self.storage.read() as uow:
            _draft(uow, uow.rounds.proposal(proposal_id).round_id)
            swap = _swap(uow, proposal_id, other_id)
        return self._draft(actor, Decisions(locked=frozenset(swap.added)), released=frozenset(swap.dropped), now=now)

    def _pooled(self, uow: UnitOfWork, *, now: datetime) -> tuple[PooledCohort, Round | None]:
        cohort = uow.cohorts.open()
        if cohort is None:
            raise NoCohort
        self._check_not_over(cohort, now=now)
        return pool_of(uow, cohort, now=now), uow.rounds.draft(cohort.id)

    def _check_not_over(self, cohort: Cohort, *, now: datetime) -> None:
        if self.programme.is_over(cohort, now=now):
            raise RoundTooLate(name=cohort.name)

    def _draft(self, actor: Actor, added: Decisions, *, released: frozenset[Pair] = frozenset(), now: datetime) -> str:
        with self.storage.read() as uow:
            pooled, older = self._pooled(uow, now=now)
            cohort, before = pooled.cohort, _decisions(uow, older)
            newest = uow.rounds.latest(cohort.id)
            decided = before.without(released).with_(added)
        if not pooled.pool.mentors or not pooled.pool.mentees:
            raise NothingToPair(mentors=len(pooled.pool.mentors), mentees=len(pooled.pool.mentees))
        outcome = pooled.deciding(decided).solved()
        wanted = added.locked | added.overridden
        if any((pooled.ids[one.mentor], pooled.ids[one.mentee]) in wanted for one in outcome.refused_locks):
            raise CannotBePaired
        drafted = Round(
            id=new_id(),
            cohort_id=cohort.id,
            state=RoundState.DRAFT,
            drafted_by=actor.person_id,
            drafted_at=now,
            served=outcome.served,
            total_score=outcome.total_score,
            unplaced=(*pooled.unplaced(outcome), *_left_out(pooled, decided)),
            forbidden=decided.forbidden,
            overridden=decided.overridden,
        )
        with self.storage.begin() as uow:
            latest = uow.rounds.draft(cohort.id)
            is_open = uow.cohorts.get(cohort.id).state is CohortState.OPEN
            if not is_open or uow.rounds.latest(cohort.id) != newest or _decisions(uow, latest) != before:
                # While this was solved another lead published, closed the cohort or decided something.
                raise ChangedSince
            if latest is not None:
                uow.rounds.settle(_settled(latest, RoundState.DISMISSED, actor, now=now))
            self._audit(uow, actor, "round_override" if added.overridden else "round_draft", drafted.id, now=now)
            uow.rounds.add(drafted, pooled.proposals(outcome, round_of=lambda _: drafted.id))
            uow.commit()
        return drafted.id

    def page(self, round_id: str, number: int) -> DraftPage:
        """Return one page of a draft's proposals, numbered from 0; raise RoundNotDraft once it was settled."""
        with self.storage.read() as uow:
            draft = _draft(uow, round_id)
            drafted = uow.rounds.proposals(round_id)
            proposals = [one for one in drafted if one.state is ProposalState.DRAFT]
            waiting = _left_waiting(draft, drafted, proposals)
            pages = max(1, -(-len(proposals) // PAGE))
            number = min(max(number, 0), pages - 1)
            shown = tuple(proposals[number * PAGE : (number + 1) * PAGE])
            ids = {seat.person_id for one in shown for seat in one.seats} | {one.person_id for one in waiting}
            return DraftPage(
                round=draft,
                proposals=shown,
                kept=len(proposals),
                mean_score=round(fmean(one.score for one in proposals)) if proposals else 0,
                waiting=waiting,
                number=number,
                pages=pages,
                people=dict(uow.people.get_many(ids)),
                topics={topic.id: topic for topic in uow.topics.all()},
            )

    def leave_out(self, proposal_id: str) -> str:
        """Take one proposal out of a draft; its people wait for the next round. Return the round's id."""
        with self.storage.begin() as uow:
            proposal = _drafted(uow, proposal_id)
            uow.rounds.save_proposal(replace(proposal, state=ProposalState.DISMISSED))
            uow.commit()
            return proposal.round_id

    def publish(self, actor: Actor, round_id: str, *, now: datetime) -> tuple[int, int]:
        """Ask every mentee of the draft and tell everyone left waiting, all or nothing; return (asked, waiting).

        Raises RoundNotDraft when another lead settled it first, RoundTooLate after the cohort's last day.
        """
        with self.storage.begin() as uow:
            draft = _draft(uow, round_id)
            self._check_not_over(uow.cohorts.get(draft.cohort_id), now=now)
            if not uow.rounds.settle(_settled(draft, RoundState.PUBLISHED, actor, now=now)):
                raise _not_draft(uow, uow.rounds.get(round_id))
            proposals = uow.rounds.proposals(round_id)
            kept = [one for one in proposals if one.state is ProposalState.DRAFT]
            # Since the draft somebody may have left, paused, been paired, or been kept apart.
            pooled = pool_of(uow, uow.cohorts.get(draft.cohort_id), now=now)
            asked = pooled.standing(kept, overridden=draft.overridden)
            fallen = {one.id for one in kept} - {one.id for one in asked}
            uow.rounds.save_proposals(replace(one, state=ProposalState.DISMISSED) for one in kept if one.id in fallen)
            self._audit(uow, actor, "round_publish", round_id, now=now)
            ask(uow, self.programme, asked, role=Role.MENTEE, now=now)
            looking = {pooled.ids[one.key] for one in pooled.pool.mentees}
            left_waiting = [one for one in _left_waiting(draft, proposals, asked) if one.person_id in looking]
            self._tell_waiting(uow, draft, left_waiting, now=now)
            placed = [pooled.participants[person_id] for one in asked for person_id in one.people(Role.MENTEE)]
            waiting = [pooled.participants[one.person_id] for one in left_waiting]
            uow.participants.put_many(
                [
                    *(replace(one, unserved_rounds=0) for one in placed if one.unserved_rounds),
                    *(replace(one, unserved_rounds=one.unserved_rounds + 1) for one in waiting),
                ]
            )
            uow.commit()
            return len(asked), len(left_waiting)

    def dismiss(self, actor: Actor, round_id: str, *, now: datetime) -> None:
        """Drop a draft; nobody is told. Raises RoundNotDraft."""
        with self.storage.begin() as uow:
            draft = _draft(uow, round_id)
            if not uow.rounds.settle(_settled(draft, RoundState.DISMISSED, actor, now=now)):
                raise _not_draft(uow, uow.rounds.get(round_id))
            uow.commit()

    def _audit(self, uow: UnitOfWork, actor: Actor, action: str, round_id: str, *, now: datetime) -> None:
        uow.audit.add(AuditEntry(at=now, person_id=actor.person_id, action=action, resource=round_id, outcome="done"))

    def _tell_waiting(self, uow: UnitOfWork, draft: Round, left_waiting: Sequence[Unplaced], *, now: datetime) -> None:
        people = uow.people.get_many(one.person_id for one in left_waiting)
        uow.outbox.add_many(
            OutboxMessage.to(
                people[one.person_id],
                "unserved",
                draft.id,
                now=now,
                rule={"code": one.rule.code, "args": dict(one.rule.args)},
                remedy={"code": one.remedy.code, "args": dict(one.remedy.args)} if one.remedy else None,
            )
            for one in left_waiting
        )


def compose_unserved(uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime) -> Unserved | None:
    """Return the letter to somebody left waiting, or None when they wait no more."""
    participant = uow.participants.get(message.person_id) if message.person_id else None
    if participant is None or not (participant.is_in_rounds and participant.is_mentee and participant.waiting_since):
        return None
    rule, remedy = message.args["rule"], message.args["remedy"]
    cohort = uow.cohorts.open()
    return Unserved(
        rule=Reason(code=rule["code"], args=rule["args"]),
        remedy=Reason(code=remedy["code"], args=remedy["args"]) if remedy else None,
        enrol_until=cohort.enrol_until if cohort else None,
        topics={topic.id: topic for topic in uow.topics.all()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Swap:
    """Two pairs (mentor, mentee; person ids) as they would be, and as they are."""

    added: tuple[Pair, Pair]
    dropped: tuple[Pair, Pair]

    def applied(self, decided: Decisions) -> Decisions:
        return decided.without(frozenset(self.dropped)).with_(Decisions(locked=frozenset(self.added)))


def _left_waiting(draft: Round, proposals: Iterable[Proposal], kept: Iterable[Proposal]) -> tuple[Unplaced, ...]:
    """Return whom *draft* found nobody for, then whom its *proposals* hold but for those that are *kept*."""
    placed = {person_id for one in kept for person_id in one.people(Role.MENTEE)}
    waiting = {one.person_id: one for one in draft.unplaced}
    for proposal in proposals:
        for person_id in proposal.people(Role.MENTEE):
            if person_id not in placed:
                waiting.setdefault(person_id, Unplaced(person_id=person_id, rule=Reason(code=LEFT_OUT)))
    return tuple(waiting.values())


def _swap(uow: UnitOfWork, first_id: str, second_id: str) -> _Swap:
    first, second = uow.rounds.proposal(first_id), uow.rounds.proposal(second_id)
    if first.id == second.id or first.round_id != second.round_id or not (first.is_pair and second.is_pair):
        raise CannotBeSwapped(field="mentee")
    [(mentor, mentee)], [(other_mentor, other_mentee)] = first.pairs, second.pairs
    if mentor == other_mentor:
        raise CannotBeSwapped(field="mentee")
    return _Swap(
        added=((other_mentor, mentee), (mentor, other_mentee)),
        dropped=((mentor, mentee), (other_mentor, other_mentee)),
    )


def _decisions(uow: UnitOfWork, draft: Round | None) -> Decisions:
    """Return what leads decided about pairs of *draft*, so that solving anew keeps it."""
    if draft is None:
        return Decisions()
    proposals = uow.rounds.proposals(draft.id)
    kept = [one for one in proposals if one.locked and one.state is ProposalState.DRAFT]
    left_out = {one.person_id for one in draft.unplaced if one.rule.code == LEFT_OUT}
    left_out.update(
        person_id for one in proposals if one.state is ProposalState.DISMISSED for person_id in one.people(Role.MENTEE)
    )
    return Decisions(
        locked=frozenset(pair for one in kept for pair in one.pairs),
        forbidden=draft.forbidden,
        overridden=draft.overridden,
        formats={pair: one.format for one in kept for pair in one.pairs},
        left_out=frozenset(left_out),
    )


def _left_out(pooled: PooledCohort, decided: Decisions) -> list[Unplaced]:
    """Return those who would be in the round if no lead had let them wait."""
    looking = [pooled.ids[one.key] for one in pooled.pool.mentees]
    return [Unplaced(person_id=one, rule=Reason(code=LEFT_OUT)) for one in looking if one in decided.left_out]


def _settled(draft: Round, state: RoundState, actor: Actor, *, now: datetime) -> Round:
    return replace(draft, state=state, settled_by=actor.person_id, settled_at=now)


def _draft(uow: UnitOfWork, round_id: str) -> Round:
    found = uow.rounds.get(round_id)
    if found.state is not RoundState.DRAFT:
        raise _not_draft(uow, found)
    return found


def _drafted(uow: UnitOfWork, proposal_id: str) -> Proposal:
    """Return a proposal of the draft; raise RoundNotDraft, or ChangedSince once another lead left it out."""
    proposal = uow.rounds.proposal(proposal_id)
    _draft(uow, proposal.round_id)
    if proposal.state is not ProposalState.DRAFT:
        raise ChangedSince
    return proposal


def _not_draft(uow: UnitOfWork, settled: Round) -> ChangedSince:
    if settled.settled_by is None or settled.settled_at is None:
        return ChangedSince()
    if settled.state is RoundState.DISMISSED and (newer := uow.rounds.draft(settled.cohort_id)) is not None:
        return DraftSuperseded(name=uow.people.get(newer.drafted_by).name)
    return RoundNotDraft(name=uow.people.get(settled.settled_by).name, date=settled.settled_at.date())
