"""Weighing nudges: what becomes of those that are due, from the records as they stand, and what would become of others.

Loads in bulk, since on a Monday at 9:30 very many are due at once; the decision itself is the domain's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.domain.cohorts import Cohort, CohortState
from bot.domain.forecast import Stop, foresee
from bot.domain.nudges import (
    AGAIN,
    BUDGET,
    FIRST_SESSION_AFTER,
    NOT_YET,
    NOTHING_PLANNED_AFTER,
    SECOND,
    STILL_GOING_AFTER,
    WAITS_FOR_ROOM,
    Nudge,
    NudgeKind,
    NudgeState,
    Receiver,
    decide,
    patience,
)
from bot.domain.pairings import Pairing, PairingState
from bot.domain.participants import ParticipantState
from bot.domain.rounds import Proposal, ProposalState
from bot.domain.sessions import Session, SessionState
from bot.domain.surveys import USAGE_AFTER, Usage, cohort_of, is_last, topics_met, unanswered
from bot.ports import UnitOfWork
from bot.services.base import Programme, policy_of, working_times

_ABOUT_PAIRINGS = (
    NudgeKind.FIRST_SESSION_UNPLANNED, NudgeKind.NOTHING_PLANNED, NudgeKind.STILL_GOING, NudgeKind.TWICE_CANCELLED,
)  # fmt: skip
_ABOUT_SESSIONS = (
    NudgeKind.BEFORE_SESSION, NudgeKind.HOW_DID_IT_GO, NudgeKind.PULSE_UNANSWERED, NudgeKind.NEXT_TRY,
    NudgeKind.USAGE_QUESTION,
)  # fmt: skip
_DUE_AFTER = {
    NudgeKind.FIRST_SESSION_UNPLANNED: max(FIRST_SESSION_AFTER),
    NudgeKind.NOTHING_PLANNED: NOTHING_PLANNED_AFTER,
    NudgeKind.STILL_GOING: STILL_GOING_AFTER,
}
"""How long after a pair may have met last, or was introduced, the nudges come that wait for room, and only so long."""
_SECONDS = (f":{SECOND}", AGAIN)
STOPPED = "nudges_stopped"
"""The setting that holds all nudges back: who stopped them and when, or None while they go."""
MINUTE = timedelta(minutes=1)
LONGEST_BUDGET = max(window for window, _ in BUDGET)


def weigh(uow: UnitOfWork, programme: Programme, pending: Sequence[Nudge], *, now: datetime) -> list[Nudge]:
    """Return what becomes of those of people's *pending* nudges that are due *now*, at most one message a person.

    A few statements, however many they are.
    """
    by_person: dict[str, list[Nudge]] = {}
    for nudge in pending:
        by_person.setdefault(nudge.person_id, []).append(nudge)
    receivers = receivers_of(uow, programme, by_person, now=now)
    subjects = _Subjects.of(uow, pending, programme, now=now)
    return [
        decided
        for person_id, nudges in by_person.items()
        for decided in decide(
            nudges,
            receivers[person_id],
            is_pointless=subjects.is_pointless,
            has_waited=subjects.has_waited,
            waits_until=subjects.paused,
            now=now,
        )
    ]


def stop_of(uow: UnitOfWork) -> Stop | None:
    """Return who stopped all nudges and when, or None while they go."""
    kept = uow.settings.get(STOPPED)
    return Stop(by=kept["by"], at=datetime.fromisoformat(kept["at"])) if kept else None


def foresee_all(
    uow: UnitOfWork, programme: Programme, planned: Sequence[Nudge], *, now: datetime, until: datetime
) -> list[Nudge]:
    """Return those of *planned* that would be sent from *now* until then as things stand, whether or not they may go.

    The thirty a minute are left out of account: they shift minutes, not days.
    """
    by_person: dict[str, list[Nudge]] = {}
    for nudge in planned:
        by_person.setdefault(nudge.person_id, []).append(nudge)
    receivers = receivers_of(uow, programme, by_person, now=now)
    subjects = _Subjects.of(uow, planned, programme, now=now)
    return [
        sent
        for person_id, nudges in by_person.items()
        for sent in foresee(
            nudges, receivers[person_id], is_pointless=lambda one, at: replace(subjects, now=at).is_pointless(one),
            has_waited=lambda one, at: replace(subjects, now=at).has_waited(one), waits_until=subjects.paused, now=now,
            until=until,
        )
    ]  # fmt: skip


def reconsider(uow: UnitOfWork, programme: Programme, told: Sequence[Nudge], *, now: datetime) -> list[Nudge]:
    """Return what becomes *now* of what one message tells, queued and not sent; queued still is what may go.

    What was answered since, and so cancelled, is left out. Where a lead stopped them all, it is due anew, a minute
    later so that its message gets a key of its own.
    """
    told = [nudge for nudge in told if nudge.state is not NudgeState.CANCELLED]
    if not told:
        return []
    if stop_of(uow) is not None:
        return [nudge.put_off(now + MINUTE) for nudge in told]
    queued_at, person_id = told[0].queued_at, told[0].person_id
    receiver = receivers_of(uow, programme, [person_id], now=now)[person_id]
    others = list(receiver.received)
    if queued_at in others:
        others.remove(queued_at)
    subjects = _Subjects.of(uow, told, programme, now=now)
    anew = _asked_anew(uow, told)
    alone = replace(receiver, received=tuple(others))
    # All of it was due when it was handed over, what was taken along too.
    due = [replace(nudge, due_at=min(nudge.due_at, now)) for nudge in told]
    return decide(
        due, alone, waits_until=subjects.paused, now=now,
        is_pointless=lambda nudge: nudge.id in anew or subjects.is_pointless(nudge),
    )  # fmt: skip


def _asked_anew(uow: UnitOfWork, told: Sequence[Nudge]) -> frozenset[str]:
    """Return the ids of the questions whether to go on that were answered while under way: a month on they come again.

    What was put off comes again as well, and has an end to its use.
    """
    questions = [one for one in told if one.kind is NudgeKind.STILL_GOING]
    later = [
        one
        for one in uow.nudges.about({one.subject_id for one in questions})
        if one.kind is NudgeKind.STILL_GOING and one.state is NudgeState.PENDING and one.useful_until is None
    ]
    return frozenset(
        nudge.id
        for nudge in questions
        if any(
            (one.person_id, one.subject_id) == (nudge.person_id, nudge.subject_id)
            and one.due_at >= (nudge.queued_at or nudge.due_at) + STILL_GOING_AFTER
            for one in later
        )
    )


def settled(uow: UnitOfWork, programme: Programme, nudges: Sequence[Nudge], *, now: datetime) -> frozenset[str]:
    """Return the ids of those of *nudges* of which nothing is left to say: answered, done, given up, or gone.

    Whoever answered that a session has yet to take place was promised a day, on which they are asked again.
    """
    subjects = _Subjects.of(uow, nudges, programme, now=now)
    promised = {
        (one.person_id, one.subject_id)
        for one in uow.nudges.about({one.subject_id for one in nudges if one.kind is NudgeKind.HOW_DID_IT_GO})
        if one.state is NudgeState.PENDING and one.period.endswith(NOT_YET)
    }
    return frozenset(
        one.id for one in nudges if (one.person_id, one.subject_id) in promised or subjects.is_pointless(one)
    )


def receivers_of(
    uow: UnitOfWork, programme: Programme, person_ids: Collection[str], *, now: datetime
) -> Mapping[str, Receiver]:
    """Return these people as the decision to send them something needs them, by id."""
    people = uow.people.get_many(person_ids)
    participants = uow.participants.get_many(person_ids)
    policy = policy_of(uow)
    hours = working_times(uow, programme, people.values(), policy=policy)
    received = uow.nudges.queued_since(person_ids, now - LONGEST_BUDGET)
    receivers = {}
    for person in people.values():
        participant = participants.get(person.id)
        is_here = participant is not None and participant.state is not ParticipantState.LEFT
        receivers[person.id] = Receiver(
            hours=hours[person.id],
            is_here=is_here and not person.is_deactivated,
            paused_until=participant.paused_until if participant else None,
            stopped=policy.never | (participant.stopped_nudges if participant else frozenset()),
            received=tuple(received.get(person.id, ())),
            budget=policy.budget,
        )
    return receivers


def _paused(uow: UnitOfWork, pairings: Sequence[Pairing]) -> Mapping[str, date]:
    participants = uow.participants.get_many({one for pairing in pairings for one in pairing.person_ids})
    back = {one.person_id: one.paused_until for one in participants.values() if one.paused_until is not None}
    return {
        pairing.id: max(back[one] for one in pairing.person_ids if one in back)
        for pairing in pairings
        if any(one in back for one in pairing.person_ids)
    }


def _by_person(usages: Sequence[Usage]) -> Mapping[str, Sequence[Usage]]:
    by_person: dict[str, list[Usage]] = {}
    for usage in usages:
        by_person.setdefault(usage.person_id, []).append(usage)
    return by_person


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subjects:
    """What nudges are about, as it stands now."""

    proposals: Mapping[str, Proposal]
    sessions: Mapping[str, Session]
    pairings: Mapping[str, Pairing]
    sessions_of: Mapping[str, Sequence[Session]]
    pulses: frozenset[tuple[str, str]]
    paused: Mapping[str, date]
    """Pairing id → when the last of its people who are paused comes back."""
    unreached: frozenset[tuple[str, str, str]]
    """Whom a first nudge could not be delivered to, as (person, kind, subject)."""
    reached: frozenset[tuple[str, str, str]]
    """Whom a first nudge was sent to."""
    cohorts: Mapping[str, Cohort]
    surveyed: frozenset[tuple[str, str]]
    """Who answered the survey of which cohort, as (person, cohort)."""
    usages: Mapping[str, Sequence[Usage]]
    """Person id → what they said of topics."""
    programme: Programme
    """Whose days those of cohorts are."""
    now: datetime

    @classmethod
    def of(cls, uow: UnitOfWork, nudges: Sequence[Nudge], programme: Programme, *, now: datetime) -> _Subjects:
        """Load what *nudges* are about."""
        about: dict[NudgeKind, set[str]] = {kind: set() for kind in NudgeKind}
        for nudge in nudges:
            about[nudge.kind].add(nudge.subject_id)
        to_plan = set().union(*(about[kind] for kind in _ABOUT_PAIRINGS))
        sessions = uow.sessions.get_many(set().union(*(about[kind] for kind in _ABOUT_SESSIONS)))
        meeting = {session.pairing_id for session in sessions.values() if session.pairing_id is not None}
        pairings = uow.pairings.get_many(to_plan | meeting)
        seconds = {nudge.subject_id for nudge in nudges if nudge.period.endswith(_SECONDS)}
        firsts = uow.nudges.about(seconds)
        ending = {cohort_of(one) for one in nudges if one.kind in (NudgeKind.COHORT_ENDING, NudgeKind.CLOSE_SURVEY)}
        to_plan_in = {pairings[one].cohort_id for one in to_plan if one in pairings}
        cohorts = {cohort_id: uow.cohorts.get(cohort_id) for cohort_id in ending | to_plan_in}
        asked = {one.person_id for one in nudges if one.kind is NudgeKind.CLOSE_SURVEY}
        users = {one.person_id for one in nudges if one.kind is NudgeKind.USAGE_QUESTION}
        return cls(
            proposals=uow.rounds.proposals_by_id(about[NudgeKind.PROPOSAL_UNANSWERED]),
            sessions=sessions,
            pairings=pairings,
            sessions_of=uow.sessions.of_pairings(to_plan | meeting),
            pulses=frozenset(
                (pulse.session_id, pulse.person_id)
                for pulse in uow.sessions.pulses_of(about[NudgeKind.PULSE_UNANSWERED])
            ),
            paused=_paused(uow, [pairings[one] for one in to_plan if one in pairings]),
            unreached=frozenset(
                (one.person_id, one.kind, one.subject_id) for one in firsts if one.state is NudgeState.FAILED
            ),
            reached=frozenset(
                (one.person_id, one.kind, one.subject_id) for one in firsts if one.state is NudgeState.QUEUED
            ),
            cohorts=cohorts,
            surveyed=frozenset((one.person_id, one.cohort_id) for one in uow.surveys.answers_of(asked)),
            usages=_by_person(uow.surveys.usages_of(users)),
            programme=programme,
            now=now,
        )

    def is_pointless(self, nudge: Nudge) -> bool:
        """True when what *nudge* would say has been answered, done or given up, or its subject is gone."""
        if nudge.period.endswith(_SECONDS) and (nudge.person_id, nudge.kind, nudge.subject_id) in self.unreached:
            return True
        match nudge.kind:
            case NudgeKind.PROPOSAL_UNANSWERED:
                proposal = self.proposals.get(nudge.subject_id)
                return (
                    proposal is None
                    or proposal.state is not ProposalState.ASKED
                    or nudge.person_id not in proposal.waiting_for
                )
            case NudgeKind.FIRST_SESSION_UNPLANNED:
                return not self._can_plan(nudge.subject_id) or self._has(
                    nudge.subject_id, SessionState.PLANNED, SessionState.HELD, SessionState.UNCONFIRMED
                )
            case NudgeKind.NOTHING_PLANNED:
                return (
                    not self._can_plan(nudge.subject_id)
                    or not self._has(nudge.subject_id, SessionState.HELD, SessionState.UNCONFIRMED)
                    or not self._lapsed(self.pairings[nudge.subject_id], NOTHING_PLANNED_AFTER)
                )
            case NudgeKind.STILL_GOING:
                return not self._can_ask(nudge.subject_id) or not self._lapsed(
                    self.pairings[nudge.subject_id], STILL_GOING_AFTER
                )
            case NudgeKind.TWICE_CANCELLED:
                return not self._can_plan(nudge.subject_id) or self._has(nudge.subject_id, SessionState.PLANNED)
            case NudgeKind.NEXT_TRY:
                return not self._is_to_try(nudge)
            case NudgeKind.COHORT_ENDING | NudgeKind.CLOSE_SURVEY | NudgeKind.USAGE_QUESTION:
                return self._is_pointless_at_the_end(nudge)
            case NudgeKind.BEFORE_SESSION | NudgeKind.HOW_DID_IT_GO:
                session = self._session(nudge)
                return (
                    session is None
                    or session.state is not SessionState.PLANNED
                    # It was moved while the message was under way.
                    or not f"{nudge.period}:".startswith(f"{session.id}:{session.sequence}:")
                    or self._is_parted(session)
                )
            case NudgeKind.PULSE_UNANSWERED:
                session = self._session(nudge)
                if session is None or session.state is not SessionState.HELD:
                    return True
                return (nudge.subject_id, nudge.person_id) in self.pulses or self._is_parted(session)

    def has_waited(self, nudge: Nudge) -> bool:
        """True when it is long enough since *nudge*, about a pairing or its last session, could have come first."""
        if nudge.kind is NudgeKind.USAGE_QUESTION:
            session = self._session(nudge)
            return session is not None and session.starts_at + USAGE_AFTER + WAITS_FOR_ROOM <= self.now
        pairing = self.pairings.get(nudge.subject_id) if nudge.kind in _DUE_AFTER else None
        return pairing is not None and self._lapsed(pairing, _DUE_AFTER[nudge.kind] + WAITS_FOR_ROOM)

    def _is_pointless_at_the_end(self, nudge: Nudge) -> bool:
        if nudge.kind is NudgeKind.COHORT_ENDING:
            return self.cohorts[nudge.subject_id].state is CohortState.CLOSED
        if nudge.kind is NudgeKind.USAGE_QUESTION:
            return not self._has_usage_to_tell(nudge)
        # Whoever was paused, or stopped these, when the first came is not asked by the second.
        first_came = (nudge.person_id, nudge.kind, nudge.subject_id) in self.reached
        is_second = nudge.period.endswith(_SECONDS)
        return (nudge.person_id, cohort_of(nudge)) in self.surveyed or (is_second and not first_came)

    def _is_active(self, pairing_id: str) -> bool:
        pairing = self.pairings.get(pairing_id)
        return pairing is not None and pairing.state is PairingState.ACTIVE

    def _is_parted(self, session: Session) -> bool:
        """True when those who meet in *session* are in a pairing that has ended."""
        return session.pairing_id is not None and not self._is_active(session.pairing_id)

    def _can_plan(self, pairing_id: str) -> bool:
        """True for a pairing that goes on and whose cohort is not past its last day."""
        return self._is_active(pairing_id) and not self.programme.is_over(self._cohort(pairing_id), now=self.now)

    def _can_ask(self, pairing_id: str) -> bool:
        """True for a pairing that goes on and of whose end with its cohort nobody has been told."""
        return self._is_active(pairing_id) and not self.programme.is_told_of_end(self._cohort(pairing_id), now=self.now)

    def _cohort(self, pairing_id: str) -> Cohort:
        return self.cohorts[self.pairings[pairing_id].cohort_id]

    def _has(self, pairing_id: str, *states: SessionState) -> bool:
        return any(session.state in states for session in self.sessions_of.get(pairing_id, ()))

    def _is_to_try(self, nudge: Nudge) -> bool:
        """True when the pair agreed on something to try and has not met since."""
        session = self._session(nudge)
        if session is None or session.pairing_id is None or not self._is_active(session.pairing_id):
            return False
        since = [one for one in self.sessions_of.get(session.pairing_id, ()) if one.starts_at > session.starts_at]
        met_since = any(one.state is SessionState.HELD for one in since)
        return session.state is SessionState.HELD and bool(session.next_try) and not met_since

    def _has_usage_to_tell(self, nudge: Nudge) -> bool:
        """True when the session was the pair's last and its mentee has not said what they do with its topics now."""
        session = self._session(nudge)
        if session is None:
            return False
        others = self.sessions_of.get(session.pairing_id, ()) if session.pairing_id else ()
        pairing = self.pairings.get(session.pairing_id) if session.pairing_id else None
        topic_ids = topics_met(session, pairing, others)
        return is_last(session, others) and bool(
            unanswered(topic_ids, self.usages.get(nudge.person_id, ()), session=session)
        )

    def _lapsed(self, pairing: Pairing, after: timedelta) -> bool:
        """True when the pairing has sessions left and plans none, and it is long since it may have met last.

        One that never met counts from its introduction.
        """
        past = [session for session in self.sessions_of.get(pairing.id, ()) if session.may_have_been_held]
        held = sum(session.state is SessionState.HELD for session in past)
        since = past[-1].starts_at if past else pairing.introduced_at
        return (
            held < pairing.sessions_planned
            and since + after + patience(pairing.cadence_weeks) <= self.now
            and not self._has(pairing.id, SessionState.PLANNED)
        )

    def _session(self, nudge: Nudge) -> Session | None:
        session = self.sessions.get(nudge.subject_id)
        return session if session is not None and nudge.person_id in session.person_ids else None
