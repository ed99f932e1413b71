"""How people part: what happens to proposals, pairings, sessions and nudges when somebody leaves or a cohort closes.

Nobody is named at fault, and whoever was counting on it is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.domain.cohorts import Cohort
from bot.domain.letters import PairingEnded
from bot.domain.outbox import OutboxMessage
from bot.domain.pairings import EndReason, Pairing, PairingState
from bot.domain.participants import Participant, ParticipantState
from bot.domain.people import Role
from bot.domain.rounds import Proposal, ProposalState
from bot.domain.sessions import Session, SessionState
from bot.ports import UnitOfWork
from bot.services import proposals
from bot.services.base import Programme


def depart(uow: UnitOfWork, programme: Programme, participant: Participant, *, now: datetime) -> set[str]:
    """Take *participant* out of the programme; return the person ids of everybody it concerns, theirs included."""
    person_id = participant.person_id
    uow.participants.put(participant.left(now=now))
    uow.nudges.cancel(person_id=person_id)
    concerned = {person_id}
    for proposal in uow.rounds.open_proposals_of(person_id):
        withdrawn = proposal.withdrawn(person_id, now=now)
        _close(uow, withdrawn, now=now)
        if person_id not in proposal.people(Role.MENTEE):
            proposals.offer_next(uow, programme, withdrawn, now=now)
        concerned.update(seat.person_id for seat in proposal.seats)
    ending = []
    for pairing in uow.pairings.active_of(person_id):
        concerned.update(pairing.person_ids)
        if (remaining := pairing.without(person_id)) is None:
            ending.append(pairing)
        else:
            uow.pairings.save(remaining)
            for session in _planned(uow, pairing):
                uow.sessions.save(session.without(person_id))
    return concerned | end_pairings(uow, ending, EndReason.LEFT, by=person_id, now=now)


def close_cohort(uow: UnitOfWork, cohort: Cohort, *, by: str, now: datetime) -> set[str]:
    """End everything that goes on in *cohort*, keeping its history; return the person ids it concerns."""
    concerned: set[str] = set()
    for proposal in uow.rounds.open_proposals(cohort.id):
        _close(uow, replace(proposal, state=ProposalState.DISMISSED), now=now)
        concerned.update(seat.person_id for seat in proposal.seats)
    active = [one for one in uow.pairings.in_cohort(cohort.id) if one.state is PairingState.ACTIVE]
    concerned |= end_pairings(uow, active, EndReason.COHORT_CLOSED, by=by, now=now)
    enrolled = [one for one in uow.participants.in_cohort(cohort.id) if one.state is not ParticipantState.LEFT]
    for participant in enrolled:
        uow.nudges.cancel(person_id=participant.person_id)
    return concerned | {one.person_id for one in enrolled}


def _close(uow: UnitOfWork, proposal: Proposal, *, now: datetime) -> None:
    uow.rounds.save_proposal(proposal)
    uow.nudges.cancel(subject_id=proposal.id)
    proposals.close(uow, proposal, now=now)


def end_pairings(
    uow: UnitOfWork, pairings: Iterable[Pairing], reason: EndReason, *, by: str, now: datetime
) -> set[str]:
    """End *pairings* and what was planned in them; tell everybody in them once, but for *by*, who caused it.

    Mentees left without a mentor wait again unless the cohort closed. Returns the person ids concerned.
    """
    ended_of: defaultdict[str, list[str]] = defaultdict(list)
    for pairing in pairings:
        uow.pairings.save(pairing.ended(reason, now=now))
        uow.nudges.cancel(subject_id=pairing.id)
        for session in _planned(uow, pairing):
            if session.starts_at > now:
                uow.sessions.save(session.cancelled(by=by, now=now))
            uow.nudges.cancel(subject_id=session.id)
        for person_id in pairing.person_ids:
            ended_of[person_id].append(pairing.id)
    if reason is not EndReason.COHORT_CLOSED:
        _wait_again(uow, ended_of, now=now)
    for person in uow.people.get_many(ended_of).values():
        if person.id != by:
            uow.outbox.add(
                OutboxMessage.to(
                    person_id=person.id, user_id=person.user_id, kind="pairing_ended",
                    dedupe_key=f"pairing_ended:{person.id}:{ended_of[person.id][0]}", now=now,
                    pairing_ids=ended_of[person.id],
                )
            )  # fmt: skip
    return set(ended_of)


def compose_pairing_ended(
    uow: UnitOfWork, message: OutboxMessage, _programme: Programme, _now: datetime
) -> PairingEnded | None:
    """Write to somebody whose pairings ended; None once they have left themselves, or nobody they met is known."""
    assert message.person_id is not None, "a letter to one person"
    participant = uow.participants.get(message.person_id)
    pairings = uow.pairings.get_many(message.args["pairing_ids"])
    partners = [one for pairing in pairings.values() for one in pairing.partners_of(message.person_id)]
    if participant is None or participant.state is ParticipantState.LEFT or not partners:
        return None
    people = uow.people.get_many(partners)
    closed = next((one for one in pairings.values() if one.end_reason is EndReason.COHORT_CLOSED), None)
    return PairingEnded(
        partners=tuple(people[one].user_id for one in dict.fromkeys(partners)),
        waiting_again=closed is None and participant.waiting_since is not None,
        cohort_name=uow.cohorts.get(closed.cohort_id).name if closed else None,
    )


def _wait_again(uow: UnitOfWork, person_ids: Iterable[str], *, now: datetime) -> None:
    waiting = []
    for participant in uow.participants.get_many(person_ids).values():
        if participant.state is ParticipantState.LEFT or not participant.is_mentee or participant.waiting_since:
            continue
        active = uow.pairings.active_of(participant.person_id)
        if not any(one.role_of(participant.person_id) is Role.MENTEE for one in active):
            waiting.append(replace(participant, waiting_since=now))
    uow.participants.put_many(waiting)


def _planned(uow: UnitOfWork, pairing: Pairing) -> list[Session]:
    return [one for one in uow.sessions.of_pairing(pairing.id) if one.state is SessionState.PLANNED]
