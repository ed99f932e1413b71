"""The leads' desk: who needs attention, and what becomes of messages that did not arrive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.access import Actor
from bot.domain.audit import AuditEntry
from bot.domain.cohorts import Cohort
from bot.domain.desk import MESSAGES_A_PAGE, Desk, Standstill, Unanswered, Undelivered, silent, stands_still_since
from bot.domain.nudges import NudgeState
from bot.domain.outbox import UNREADABLE, OutboxMessage, OutboxState
from bot.domain.pairings import Pairing, PairingState
from bot.domain.people import Person, Role
from bot.domain.sessions import Session, SessionState
from bot.errors import AlreadySettled
from bot.ports import UnitOfWork
from bot.services.base import Service
from bot.services.cohorts import figures_of
from bot.services.directory import clashing_pairs
from bot.services.pooling import pool_of
from bot.services.settings import stop_shown

MOST_UNDELIVERED = 600
"""How many messages are looked at; with more, something is wrong that no desk mends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskService(Service):
    """What leads look at, and the two things they can do with a message that did not arrive."""

    def desk(self, *, now: datetime, page: int = 0) -> Desk:
        """Return the desk, with the *page* of messages asked for or the last there is."""
        with self.storage.read() as uow:
            undelivered = uow.outbox.unsettled(now=now, limit=MOST_UNDELIVERED)
            pages = max(1, -(-len(undelivered) // MESSAGES_A_PAGE))
            page = min(max(page, 0), pages - 1)
            desk = Desk(
                undelivered=tuple(map(_undelivered, undelivered[page * MESSAGES_A_PAGE :][:MESSAGES_A_PAGE])),
                undelivered_in_all=len(undelivered),
                page=page,
                pages=pages,
                stop=stop_shown(uow),
            )
            cohort = uow.cohorts.open()
            return desk if cohort is None else self._with_people(uow, desk, cohort, now=now)

    def send_again(self, actor: Actor, message_id: str, *, now: datetime) -> None:
        """Have a message that did not arrive sent again; raise AlreadySettled when somebody saw to it meanwhile.

        It is due at once, in its old place in the conversation, and whether it should still go is checked when it goes.
        """
        with self.storage.begin() as uow:
            message = uow.outbox.get(message_id)
            if not message.can_be_sent_again:
                raise AlreadySettled
            _settle(uow, message, message.taken_up(now=now))
            for nudge_id in message.nudge_ids:
                nudge = uow.nudges.get(nudge_id)
                if nudge.state is NudgeState.FAILED:
                    uow.nudges.save(nudge.queued(now=now))
            self._done(uow, actor, "message_sent_again", message, now=now)
            uow.commit()

    def drop(self, actor: Actor, message_id: str, *, now: datetime) -> None:
        """Give up a message that did not arrive; raise AlreadySettled when somebody saw to it meanwhile."""
        with self.storage.begin() as uow:
            message = uow.outbox.get(message_id)
            _settle(uow, message, message.dropped())
            self._done(uow, actor, "message_dropped", message, now=now)
            uow.commit()

    def _done(self, uow: UnitOfWork, actor: Actor, action: str, message: OutboxMessage, *, now: datetime) -> None:
        uow.audit.add(AuditEntry(at=now, person_id=actor.person_id, action=action, resource=message.id, outcome="done"))

    def _with_people(self, uow: UnitOfWork, desk: Desk, cohort: Cohort, *, now: datetime) -> Desk:
        """Return *desk* with the pairings that stand still, the questions unanswered and who is waiting."""
        pairings = uow.pairings.in_cohort(cohort.id)
        sessions_of = uow.sessions.of_pairings([pairing.id for pairing in pairings])
        still = [
            (pairing, since)
            for pairing in pairings
            if (since := stands_still_since(pairing, sessions_of.get(pairing.id, ()), now=now)) is not None
        ]
        still.sort(key=lambda pair: (pair[1], pair[0].id))
        last_met = {
            pairing_id: past[-1]
            for pairing_id, sessions in sessions_of.items()
            if (past := [one for one in sessions if one.may_have_been_held])
        }
        proposals = uow.rounds.open_proposals(cohort.id)
        asked = uow.people.get_many({one for proposal in proposals for one in proposal.waiting_for})
        waits = silent(proposals, self.working_times(uow, asked.values()), now=now)
        people = uow.people.get_many({one for pairing, _ in still for one in pairing.person_ids})
        waiting, is_over = figures_of(uow, cohort).waiting, self.programme.is_over(cohort, now=now)
        mentors = pool_of(uow, cohort, now=now).pool.mentors if waiting and not is_over else ()
        clashing = clashing_pairs(uow, [one for one in pairings if one.state is PairingState.ACTIVE])
        return replace(
            desk,
            unplanned=tuple(_standstill(one, since, people) for one, since in still if one.id not in last_met),
            clashing=clashing,
            quiet=tuple(
                _standstill(one, since, people, last_met[one.id]) for one, since in still if one.id in last_met
            ),
            unanswered=_unanswered(waits, asked),
            waiting=waiting,
            seats=sum(one.seats for one in mentors),
            no_more_rounds=is_over,
        )


def _unanswered(
    waits: Iterable[tuple[str, datetime, datetime]], people: Mapping[str, Person]
) -> tuple[Unanswered, ...]:
    """Return one for each person in *waits*, which are (person id, asked at, expires at), in the same order."""
    by_person: dict[str, list[tuple[datetime, datetime]]] = {}
    for person_id, asked_at, expires_at in waits:
        by_person.setdefault(person_id, []).append((asked_at, expires_at))
    return tuple(
        Unanswered(
            user_id=people[person_id].user_id, asked_at=min(asked_at for asked_at, _ in asked),
            expires_at=min(expires_at for _, expires_at in asked), proposals=len(asked),
        )
        for person_id, asked in by_person.items()
    )  # fmt: skip


def _settle(uow: UnitOfWork, message: OutboxMessage, settled: OutboxMessage) -> None:
    if message.is_settled or not uow.outbox.settle(settled):
        raise AlreadySettled


def _undelivered(message: OutboxMessage) -> Undelivered:
    may_be_there = (message.last_error or "").startswith(UNREADABLE)
    return Undelivered(
        message_id=message.id,
        conversation=message.conversation,
        kind=message.kind,
        since=message.created_at,
        why=message.last_error or "",
        may_be_there=may_be_there,
        is_ours=message.state is OutboxState.PARKED and not may_be_there,
        can_be_sent_again=message.can_be_sent_again,
    )


def _standstill(
    pairing: Pairing, since: datetime, people: Mapping[str, Person], last_met: Session | None = None
) -> Standstill:
    def user_ids(person_ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(people[one].user_id for one in person_ids if one in people)

    return Standstill(
        mentors=user_ids(pairing.people(Role.MENTOR)), mentees=user_ids(pairing.people(Role.MENTEE)), since=since,
        unconfirmed=last_met is not None and last_met.state is SessionState.UNCONFIRMED,
    )  # fmt: skip
