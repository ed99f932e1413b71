"""Weighing nudges: what becomes of those that are due, from the records as they stand.

Loads in bulk, since on a Monday at 9:30 very many are due at once; the decision itself is the domain's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.nudges import BUDGET, NOTHING_PLANNED_AFTER, Nudge, NudgeKind, Receiver, decide
from bot.domain.pairings import Pairing, PairingState
from bot.domain.participants import ParticipantState
from bot.domain.rounds import Proposal, ProposalState
from bot.domain.sessions import Session, SessionState
from bot.ports import UnitOfWork
from bot.services.base import Programme, working_times

LONGEST_BUDGET = max(window for window, _ in BUDGET)


def weigh(uow: UnitOfWork, programme: Programme, due: Sequence[Nudge], *, now: datetime) -> list[Nudge]:
    """Return what becomes of nudges due *now*, at most one queued a person; a few statements, however many they are."""
    by_person: dict[str, list[Nudge]] = {}
    for nudge in due:
        by_person.setdefault(nudge.person_id, []).append(nudge)
    receivers = _receivers(uow, programme, by_person, now=now)
    is_pointless = _Subjects.of(uow, due, now=now).is_pointless
    return [
        decided
        for person_id, nudges in by_person.items()
        for decided in decide(nudges, receivers[person_id], is_pointless=is_pointless, now=now)
    ]


def reconsider(uow: UnitOfWork, programme: Programme, nudge: Nudge, *, now: datetime) -> Nudge:
    """Return what becomes *now* of a nudge that was queued and not sent; queued still when it may go."""
    queued_at = nudge.queued_at
    receiver = _receivers(uow, programme, [nudge.person_id], now=now)[nudge.person_id]
    others = list(receiver.received)
    if queued_at in others:
        others.remove(queued_at)
    is_pointless = _Subjects.of(uow, [nudge], now=now).is_pointless
    return decide([nudge], replace(receiver, received=tuple(others)), is_pointless=is_pointless, now=now)[0]


def _receivers(
    uow: UnitOfWork, programme: Programme, person_ids: Collection[str], *, now: datetime
) -> Mapping[str, Receiver]:
    people = uow.people.get_many(person_ids)
    participants = uow.participants.get_many(person_ids)
    hours = working_times(uow, programme, people.values())
    received = uow.nudges.queued_since(person_ids, now - LONGEST_BUDGET)
    receivers = {}
    for person in people.values():
        participant = participants.get(person.id)
        is_here = participant is not None and participant.state is not ParticipantState.LEFT
        receivers[person.id] = Receiver(
            hours=hours[person.id],
            is_here=is_here and not person.is_deactivated,
            paused_until=participant.paused_until if participant else None,
            stopped=participant.stopped_nudges if participant else frozenset(),
            received=tuple(received.get(person.id, ())),
        )
    return receivers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subjects:
    """What nudges are about, as it stands now."""

    proposals: Mapping[str, Proposal]
    sessions: Mapping[str, Session]
    pairings: Mapping[str, Pairing]
    sessions_of: Mapping[str, Sequence[Session]]
    pulses: frozenset[tuple[str, str]]
    now: datetime

    @classmethod
    def of(cls, uow: UnitOfWork, nudges: Iterable[Nudge], *, now: datetime) -> _Subjects:
        """Load what *nudges* are about."""
        about: dict[NudgeKind, set[str]] = {kind: set() for kind in NudgeKind}
        for nudge in nudges:
            about[nudge.kind].add(nudge.subject_id)
        to_plan = about[NudgeKind.FIRST_SESSION_UNPLANNED] | about[NudgeKind.NOTHING_PLANNED]
        sessions = uow.sessions.get_many(
            about[NudgeKind.BEFORE_SESSION] | about[NudgeKind.HOW_DID_IT_GO] | about[NudgeKind.PULSE_UNANSWERED]
        )
        meeting = {session.pairing_id for session in sessions.values() if session.pairing_id is not None}
        return cls(
            proposals=uow.rounds.proposals_by_id(about[NudgeKind.PROPOSAL_UNANSWERED]),
            sessions=sessions,
            pairings=uow.pairings.get_many(to_plan | meeting),
            sessions_of=uow.sessions.of_pairings(to_plan),
            pulses=frozenset(
                (pulse.session_id, pulse.person_id)
                for pulse in uow.sessions.pulses_of(about[NudgeKind.PULSE_UNANSWERED])
            ),
            now=now,
        )

    def is_pointless(self, nudge: Nudge) -> bool:
        """True when what *nudge* would say has been answered, done or given up, or its subject is gone."""
        match nudge.kind:
            case NudgeKind.PROPOSAL_UNANSWERED:
                proposal = self.proposals.get(nudge.subject_id)
                return (
                    proposal is None
                    or proposal.state is not ProposalState.ASKED
                    or nudge.person_id not in proposal.waiting_for
                )
            case NudgeKind.FIRST_SESSION_UNPLANNED:
                return not self._is_active(nudge.subject_id) or self._has(
                    nudge.subject_id, SessionState.PLANNED, SessionState.HELD
                )
            case NudgeKind.NOTHING_PLANNED:
                return not self._is_active(nudge.subject_id) or not self._lapsed(self.pairings[nudge.subject_id])
            case NudgeKind.BEFORE_SESSION | NudgeKind.HOW_DID_IT_GO:
                session = self._session(nudge)
                if session is None or session.state is not SessionState.PLANNED:
                    return True
                return session.pairing_id is not None and not self._is_active(session.pairing_id)
            case NudgeKind.PULSE_UNANSWERED:
                session = self._session(nudge)
                answered = (nudge.subject_id, nudge.person_id) in self.pulses
                return session is None or session.state is not SessionState.HELD or answered

    def _is_active(self, pairing_id: str) -> bool:
        pairing = self.pairings.get(pairing_id)
        return pairing is not None and pairing.state is PairingState.ACTIVE

    def _has(self, pairing_id: str, *states: SessionState) -> bool:
        return any(session.state in states for session in self.sessions_of.get(pairing_id, ()))

    def _lapsed(self, pairing: Pairing) -> bool:
        """True when the pairing has met, has sessions left, and neither met lately nor plans to."""
        held = [session for session in self.sessions_of.get(pairing.id, ()) if session.state is SessionState.HELD]
        return (
            0 < len(held) < pairing.sessions_planned
            and held[-1].starts_at + NOTHING_PLANNED_AFTER <= self.now
            and not self._has(pairing.id, SessionState.PLANNED)
        )

    def _session(self, nudge: Nudge) -> Session | None:
        session = self.sessions.get(nudge.subject_id)
        return session if session is not None and nudge.person_id in session.person_ids else None
