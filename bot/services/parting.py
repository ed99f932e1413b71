"""How people part: what happens to proposals, pairings, sessions and nudges when somebody leaves or a cohort closes.

Nobody is named at fault, and whoever was counting on it is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.cohorts import Cohort
from bot.domain.letters import CohortClosed, MentorLeft, PairingEnded
from bot.domain.nudges import NOTHING_PLANNED_AFTER, NudgeKind
from bot.domain.outbox import OutboxMessage
from bot.domain.pairings import EndReason, Pairing, PairingState
from bot.domain.participants import Participant, ParticipantState
from bot.domain.people import Person, Role
from bot.domain.rounds import ProposalState, RoundState
from bot.domain.sessions import Session, SessionState
from bot.domain.surveys import AT_THE_END
from bot.ports import UnitOfWork
from bot.services import proposals
from bot.services.base import Programme
from bot.services.sessions import is_done


def depart(uow: UnitOfWork, programme: Programme, participant: Participant, *, now: datetime) -> set[str]:
    """Take *participant* out of the programme; return the person ids of everybody it concerns, theirs included."""
    person_id = participant.person_id
    uow.participants.put(participant.left(now=now))
    uow.nudges.cancel(person_id=person_id)
    open_ = uow.rounds.open_proposals_of(person_id)
    concerned = {
        person_id,
        *proposals.take_out(uow, programme, [(one, [person_id]) for one in open_], by_choice=True, now=now),
    }
    ending = []
    for pairing in uow.pairings.active_of(person_id):
        concerned.update(pairing.person_ids)
        if is_done(pairing, uow.sessions.of_pairing(pairing.id)):
            # Its only session was held: nobody is left without anything.
            uow.pairings.save(pairing.ended(EndReason.COMPLETED, now=now))
        elif not _goes_on_without(uow, pairing, person_id, now=now):
            ending.append(pairing)
    ended = _end(uow, ending, by=person_id, now=now)
    _wait_again(uow, ended, now=now)
    for person in uow.people.get_many(set(ended) - {person_id}).values():
        uow.outbox.add(
            OutboxMessage.to(
                person, "pairing_ended", ended[person.id][0], now=now, pairing_ids=ended[person.id]
            )
        )  # fmt: skip
    return concerned


def close_cohort(uow: UnitOfWork, cohort: Cohort, *, by: str, now: datetime) -> Sequence[Person]:
    """End everything that goes on in *cohort*, keeping its history, and thank everybody; return who it concerns.

    A few statements, however many they are: nobody else's button is answered meanwhile.
    """
    if draft := uow.rounds.draft(cohort.id):
        uow.rounds.settle(replace(draft, state=RoundState.DISMISSED, settled_by=by, settled_at=now))
    uow.rounds.save_proposals(
        replace(one, state=ProposalState.DISMISSED) for one in uow.rounds.open_proposals(cohort.id)
    )
    ended: defaultdict[str, list[str]] = defaultdict(list)
    active = [one for one in uow.pairings.in_cohort(cohort.id) if one.state is PairingState.ACTIVE]
    uow.pairings.save_many(pairing.ended(EndReason.COHORT_CLOSED, now=now) for pairing in active)
    for pairing in active:
        for person_id in pairing.person_ids:
            ended[person_id].append(pairing.id)
    uow.sessions.save_many(
        session.cancelled(by=by, now=now)
        for session in uow.sessions.in_cohort(cohort.id)
        if session.state is SessionState.PLANNED and session.starts_at > now
    )
    enrolled = uow.participants.who_stay_in(cohort.id)
    uow.nudges.cancel_of(enrolled, kinds=set(NudgeKind) - AT_THE_END)
    concerned = list(uow.people.get_many(enrolled).values())
    uow.outbox.add_many(
        OutboxMessage.to(
            person, "cohort_closed", cohort.id, now=now, cohort_id=cohort.id, pairing_ids=ended[person.id]
        )
        for person in concerned
    )  # fmt: skip
    return concerned


def change(uow: UnitOfWork, programme: Programme, pairing: Pairing, *, by: str, now: datetime) -> None:
    """Part *by* from the others in *pairing*, and ask whoever is without a mentor now about the next best candidate.

    Nobody else is paired again, and nobody hears who wished it or why.
    """
    if _goes_on_without(uow, pairing, by, now=now):
        left = [by] if pairing.role_of(by) is Role.MENTEE else []
        uow.nudges.cancel(person_id=by, subject_id=pairing.id)
        _wait_again(uow, left, now=now)
    else:
        left = list(pairing.people(Role.MENTEE))
        end(uow, pairing, EndReason.CHANGED, by=by, now=now)
    if left and pairing.proposal_id is not None:
        round_id = uow.rounds.proposal(pairing.proposal_id).round_id
        proposals.offer_next(uow, programme, dict.fromkeys(left, round_id), now=now)


def end(uow: UnitOfWork, pairing: Pairing, reason: EndReason, *, by: str | None, now: datetime) -> None:
    """End one pairing, which frees its seats, and tell everybody in it but *by*, if somebody wished it."""
    ended = _end(uow, [pairing], by=by or pairing.person_ids[0], reason=reason, now=now)
    _wait_again(uow, ended, now=now)
    for person in uow.people.get_many(set(ended) - {by}).values():
        uow.outbox.add(OutboxMessage.to(person, "pairing_ended", pairing.id, now=now, pairing_ids=[pairing.id]))


def _goes_on_without(uow: UnitOfWork, pairing: Pairing, person_id: str, *, now: datetime) -> bool:
    """Take one person out of a pairing and its planned sessions, where enough people stay for its format.

    A mentee goes without a word; of a mentor those who stay hear, since they count on them.
    """
    remaining = pairing.without(person_id)
    if remaining is None:
        return False
    uow.pairings.save(remaining)
    for session in _planned(uow, pairing):
        uow.sessions.save(session.without(person_id))
        uow.nudges.cancel(person_id=person_id, subject_id=session.id)
    if pairing.role_of(person_id) is Role.MENTOR:
        uow.outbox.add_many(
            OutboxMessage.to(
                person, "mentor_left", f"{pairing.id}:{person_id}", now=now, pairing_id=pairing.id, left_id=person_id
            )
            for person in uow.people.get_many(remaining.person_ids).values()
        )  # fmt: skip
    return True


def _end(
    uow: UnitOfWork, pairings: Iterable[Pairing], *, by: str, now: datetime, reason: EndReason = EndReason.LEFT
) -> Mapping[str, list[str]]:
    """End *pairings*, which *by* gave up, and what was planned in them; return person id → the ids of theirs."""
    ended: defaultdict[str, list[str]] = defaultdict(list)
    for pairing in pairings:
        uow.pairings.save(pairing.ended(reason, now=now))
        uow.nudges.cancel(subject_id=pairing.id)
        for session in _planned(uow, pairing):
            uow.nudges.cancel(subject_id=session.id)
            if session.starts_at > now:
                uow.sessions.save(session.cancelled(by=by, now=now))
        for person_id in pairing.person_ids:
            ended[person_id].append(pairing.id)
    return ended


def compose_pairing_ended(
    uow: UnitOfWork, message: OutboxMessage, programme: Programme, now: datetime
) -> PairingEnded | None:
    """Return the word to somebody whose pairings ended, or None when nobody they met is known any more."""
    assert message.person_id is not None, "a letter to one person"
    if not (partners := _partners(uow, message)):
        return None
    ended = uow.pairings.get_many(message.args["pairing_ids"]).values()
    was_mentor = all(message.person_id in one.people(Role.MENTOR) for one in ended)
    role = Role.MENTOR if was_mentor else Role.MENTEE
    return PairingEnded(
        partners=partners,
        following=proposals.following_for(uow, programme, message.person_id, role, now=now),
        was_quiet=all(_was_quiet(uow, one) for one in ended),
        cancelled=_cancelled_with(uow, message.args["pairing_ids"], now=now),
    )


def _was_quiet(uow: UnitOfWork, pairing: Pairing) -> bool:
    """True where nothing had been planned for so long that somebody was asked, and nothing was called off since."""
    if pairing.end_reason is not EndReason.QUIET or pairing.ended_at is None:
        return False
    since = pairing.ended_at - NOTHING_PLANNED_AFTER
    return not any(
        max(one.starts_at, one.cancelled_at or one.starts_at) > since for one in uow.sessions.of_pairing(pairing.id)
    )


def _cancelled_with(uow: UnitOfWork, pairing_ids: Iterable[str], *, now: datetime) -> tuple[datetime, ...]:
    """Return when the sessions still to come would have been that were cancelled because their pairings ended."""
    return tuple(
        sorted(
            session.starts_at
            for pairing in uow.pairings.get_many(pairing_ids).values()
            for session in uow.sessions.of_pairing(pairing.id)
            if session.starts_at > now and session.cancelled_at is not None and session.cancelled_at == pairing.ended_at
        )
    )


def compose_mentor_left(uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime) -> MentorLeft | None:
    """Return the word to a group that one of two mentors has left, or None once it has ended or nobody is known."""
    pairing = uow.pairings.get(message.args["pairing_id"])
    people = uow.people.get_many([message.args["left_id"], *pairing.people(Role.MENTOR)])
    if pairing.state is not PairingState.ACTIVE or message.args["left_id"] not in people:
        return None
    return MentorLeft(
        is_alone=message.person_id in pairing.people(Role.MENTOR),
        left=people[message.args["left_id"]].user_id,
        staying=tuple(people[one].user_id for one in pairing.people(Role.MENTOR)),
        topic=uow.topics.get(pairing.topic_id),
    )


def compose_cohort_closed(uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime) -> CohortClosed:
    """Return the thanks at the end of a cohort."""
    cohort = uow.cohorts.get(message.args["cohort_id"])
    return CohortClosed(
        cohort_name=cohort.name,
        pairings={pairing_id: _user_ids(uow, others) for pairing_id, others in _others(uow, message).items()},
    )


def _partners(uow: UnitOfWork, message: OutboxMessage) -> tuple[str, ...]:
    """Return the Slack user ids of everybody else in the pairings that *message* is about."""
    return _user_ids(uow, [person_id for others in _others(uow, message).values() for person_id in others])


def _user_ids(uow: UnitOfWork, person_ids: Sequence[str]) -> tuple[str, ...]:
    people = uow.people.get_many(person_ids)
    return tuple(people[one].user_id for one in dict.fromkeys(person_ids))


def _others(uow: UnitOfWork, message: OutboxMessage) -> dict[str, list[str]]:
    """Return pairing id → the person ids of everybody else in it, for the pairings that *message* is about."""
    return {
        pairing.id: [one for one in pairing.person_ids if one != message.person_id]
        for pairing in uow.pairings.get_many(message.args["pairing_ids"]).values()
    }


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
