"""Proposals: the mentee is asked first, privately, then the mentor; two yeses make a pairing, a no the next try."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.access import Actor
from bot.domain.cohorts import SEATS, Cohort, Format
from bot.domain.ids import new_id
from bot.domain.letters import Introduction, ProposalAsked, ProposalClosed
from bot.domain.nudges import Nudge, NudgeKind, after_asking, after_introduction
from bot.domain.outbox import OutboxMessage
from bot.domain.overviews import Following
from bot.domain.pairings import Pairing, PairingState, Seat
from bot.domain.people import Role
from bot.domain.rounds import ANSWER_WORKING_DAYS, Answer, Proposal, ProposalState
from bot.domain.working_time import WorkingTime
from bot.domain.writing import plain
from bot.errors import Expired
from bot.ports import UnitOfWork
from bot.services.base import Programme, Service, working_times
from bot.services.pooling import Decisions, pool_among, pool_of
from bot.services.sessions import slots_for

EXPIRE_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalService(Service):
    """Answers to proposals, and what follows from them."""

    def answer(self, actor: Actor, proposal_id: str, answer: Answer, *, now: datetime) -> Proposal:
        """Take the actor's answer; raise NotFound, NotYours, AlreadyAnswered or Expired.

        The last yes introduces everybody; a no closes the proposal kindly and looks for the mentee's next candidate.
        """
        with self.storage.begin() as uow:
            proposal = uow.rounds.proposal(proposal_id).answered(actor.person_id, answer, now=now)
            if proposal.expires_at is not None and now >= proposal.expires_at:
                raise Expired
            uow.rounds.save_proposal(proposal)
            uow.nudges.cancel(subject_id=proposal.id, person_id=actor.person_id, kinds=[NudgeKind.PROPOSAL_UNANSWERED])
            if proposal.state is ProposalState.DECLINED:
                close(uow, proposal, now=now)
                offer_next(uow, self.programme, dict.fromkeys(proposal.people(Role.MENTEE), proposal.round_id), now=now)
            else:
                go_on(uow, self.programme, proposal, now=now)
                if answer is Answer.NO and proposal.seat_of(actor.person_id).role is Role.MENTEE:
                    # The group goes on without them; somebody else may suit them better.
                    offer_next(uow, self.programme, {actor.person_id: proposal.round_id}, now=now)
            seated = uow.people.get_many(seat.person_id for seat in proposal.seats)
            self.refresh_home(uow, seated.values(), now=now)
            answered = uow.rounds.proposal(proposal_id)
            uow.commit()
            return answered

    def expire_due(self, now: datetime) -> int:
        """Close the proposals that nobody answered in time, offer the next candidate; return how many."""
        with self.storage.read() as uow:
            if not uow.rounds.expiring_by(now, limit=1):
                return 0
        with self.storage.begin() as uow:
            due = uow.rounds.expiring_by(now, limit=EXPIRE_BATCH)
            freed: dict[str, str] = {}
            for proposal in due:
                freed |= dict.fromkeys(self._lapse(uow, proposal, now=now), proposal.round_id)
                seated = uow.people.get_many(seat.person_id for seat in proposal.seats)
                self.refresh_home(uow, seated.values(), now=now)
            offer_next(uow, self.programme, freed, now=now)
            uow.commit()
        return len(due)

    def _lapse(self, uow: UnitOfWork, proposal: Proposal, *, now: datetime) -> Sequence[str]:
        """End the time of *proposal*; return the mentees (person ids) who are to be asked about somebody else."""
        lapsed, silent = proposal.lapsed(now=now), set(proposal.waiting_for)
        uow.rounds.save_proposal(lapsed)
        uow.nudges.cancel(subject_id=proposal.id)
        _tell_closed(uow, proposal, silent, lapsed=True, now=now)
        if lapsed.state is not ProposalState.EXPIRED:
            go_on(uow, self.programme, lapsed, now=now)
            return ()
        close(uow, lapsed, now=now)
        # A mentee who did not answer waits for the next round; one whose mentor did not gets another at once.
        return [one for one in proposal.people(Role.MENTEE) if one not in silent]

    def next_expiry(self) -> datetime | None:
        """Return when :meth:`expire_due` next has something to do."""
        with self.storage.read() as uow:
            return uow.rounds.next_expiry()


def ask(uow: UnitOfWork, programme: Programme, proposals: Sequence[Proposal], *, role: Role, now: datetime) -> None:
    """Ask everyone in *role* of each proposal, three working days each, with one reminder planned."""
    people = uow.people.get_many({seat.person_id for one in proposals for seat in one.going if seat.role is role})
    times = working_times(uow, programme, people.values())
    asked: list[Proposal] = []
    nudges: list[Nudge] = []
    letters: list[OutboxMessage] = []
    for proposal in proposals:
        asked_ids = [seat.person_id for seat in proposal.going if seat.role is role and seat.person_id in people]
        expires_at = answer_until(times, asked_ids, asked_at=now)
        asked.append(proposal.asked(role=role, now=now, expires_at=expires_at))
        nudges += after_asking(asked[-1], asked_ids, times, now=now)
        letters += [
            OutboxMessage.to(
                people[person_id],
                "proposal_asked",
                proposal.id,
                now=now,
                expires_at=expires_at,
                proposal_id=proposal.id,
            )
            for person_id in asked_ids
        ]
    uow.rounds.save_proposals(asked)
    uow.nudges.plan(nudges)
    uow.outbox.add_many(letters)


def go_on(uow: UnitOfWork, programme: Programme, proposal: Proposal, *, now: datetime) -> None:
    """Introduce everybody once all said yes, ask the mentors once it is their turn; else wait for the others.

    Whom a rule has come to keep from the others since they were asked goes before that; and nobody is introduced once
    the cohort is over.
    """
    is_agreed = proposal.state is ProposalState.ACCEPTED
    if not is_agreed and not proposal.turn_of_mentors():
        return
    if programme.is_over(uow.cohorts.get(proposal.cohort_id), now=now):
        take_out(uow, programme, [(proposal, [seat.person_id for seat in proposal.going])], by_choice=False, now=now)
        return
    if not hold_to_rules(uow, programme, [proposal], now=now):
        if is_agreed:
            introduce(uow, programme, proposal, now=now)
        else:
            ask(uow, programme, [proposal], role=Role.MENTOR, now=now)


def hold_to_rules(uow: UnitOfWork, programme: Programme, proposals: Sequence[Proposal], *, now: datetime) -> set[str]:
    """Take out of *proposals*, all of one cohort, whom a rule keeps from the others by now; return who it concerns.

    The rules are those of publishing, less that two have met; places are those that no pairing takes. What a lead has
    overridden stays so.
    """
    if not proposals:
        return set()
    seated = {seat.person_id for one in proposals for seat in one.going}
    pooled = pool_among(uow, uow.cohorts.get(proposals[0].cohort_id), seated, now=now)
    gone = pooled.out_of_place(proposals, overridden=uow.rounds.overridden_in({one.round_id for one in proposals}))
    return take_out(
        uow, programme, [(one, who) for one, who in zip(proposals, gone, strict=True) if who], by_choice=False, now=now
    )


def take_out(
    uow: UnitOfWork,
    programme: Programme,
    parting: Iterable[tuple[Proposal, Collection[str]]],
    *,
    by_choice: bool,
    now: datetime,
) -> set[str]:
    """Take people (person ids) out of open proposals, which is nobody's no; return the ids of all it concerns.

    A group goes on while enough are left. Whoever had said yes to what they have no part in any more is told kindly,
    but for those who go *by_choice*, and mentees without a proposal are asked about somebody else at once.
    """
    freed: dict[str, str] = {}
    concerned: set[str] = set()
    for proposal, person_ids in parting:
        left = proposal
        for person_id in sorted(person_ids):
            if left.state is not ProposalState.DISMISSED:
                left = left.withdrawn(person_id, now=now)
            uow.nudges.cancel(person_id=person_id, subject_id=proposal.id)
        uow.rounds.save_proposal(left)
        seated = {seat.person_id for seat in proposal.seats}
        if left.state is ProposalState.DISMISSED:
            uow.nudges.cancel(subject_id=proposal.id)
            outside = seated
        else:
            go_on(uow, programme, left, now=now)
            outside = set(person_ids)
        close(uow, proposal.among(outside.difference(person_ids) if by_choice else outside), now=now)
        freed |= dict.fromkeys(outside.intersection(proposal.people(Role.MENTEE)), proposal.round_id)
        concerned |= seated
    offer_next(uow, programme, freed, now=now)
    return concerned


def answer_until(times: Mapping[str, WorkingTime], asked_ids: Iterable[str], *, asked_at: datetime) -> datetime:
    """Return until when those asked may answer: three working days, of whoever has the most days off."""
    return max(times[one].after_working_days(times[one].next_open(asked_at), ANSWER_WORKING_DAYS) for one in asked_ids)


def introduce(uow: UnitOfWork, programme: Programme, proposal: Proposal, *, now: datetime) -> Pairing:
    """Make the pairing everybody said yes to, and introduce them to each other: mentors first, by name."""
    cohort = uow.cohorts.get(proposal.cohort_id)
    people = uow.people.get_many(seat.person_id for seat in proposal.going)
    going = sorted(proposal.going, key=lambda one: (one.role is not Role.MENTOR, plain(people[one.person_id].name)))
    pairing = Pairing(
        id=new_id(),
        cohort_id=proposal.cohort_id,
        proposal_id=proposal.id,
        format=proposal.format,
        topic_id=proposal.topic_id,
        state=PairingState.ACTIVE,
        seats=tuple(Seat(person_id=seat.person_id, role=seat.role) for seat in going),
        introduced_at=now,
        cadence_weeks=cohort.cadence_weeks,
        sessions_planned=_sessions_planned(proposal, cohort),
    )
    uow.pairings.add(pairing)
    uow.nudges.plan(after_introduction(pairing, working_times(uow, programme, people.values()), now=now))
    participants = uow.participants.get_many(pairing.people(Role.MENTEE))
    uow.participants.put_many(replace(one, waiting_since=None, unserved_rounds=0) for one in participants.values())
    for person in people.values():
        uow.outbox.add(OutboxMessage.to(person, "introduction", pairing.id, now=now, pairing_id=pairing.id))
    return pairing


def close(uow: UnitOfWork, proposal: Proposal, *, now: datetime) -> None:
    """Tell those who had said yes, kindly, that it came to nothing; nobody is named. Its mentees go first next time."""
    said_yes = [seat.person_id for seat in proposal.seats if seat.answer is Answer.YES]
    mentees = uow.participants.get_many(set(said_yes).intersection(proposal.people(Role.MENTEE)))
    uow.participants.put_many(replace(one, unserved_rounds=max(1, one.unserved_rounds)) for one in mentees.values())
    _tell_closed(uow, proposal, said_yes, lapsed=False, now=now)


def _tell_closed(
    uow: UnitOfWork, proposal: Proposal, person_ids: Iterable[str], *, lapsed: bool, now: datetime
) -> None:
    uow.outbox.add_many(
        OutboxMessage.to(
            person, "proposal_closed", proposal.id, now=now, proposal_id=proposal.id, lapsed=lapsed
        )
        for person in uow.people.get_many(person_ids).values()
    )  # fmt: skip


def _sessions_planned(proposal: Proposal, cohort: Cohort) -> int:
    return cohort.sessions_planned if proposal.format is Format.PATH else SEATS[proposal.format].sessions


def offer_next(uow: UnitOfWork, programme: Programme, freed: Mapping[str, str], *, now: datetime) -> None:
    """Ask mentees whose proposals came to nothing about their next best candidates, if any.

    *freed* maps their person ids to the id of the round they were in, whose forbidden pairs stay so.
    """
    cohort = uow.cohorts.open()
    if not freed or cohort is None or programme.is_over(cohort, now=now):
        return
    pooled = pool_of(uow, cohort, now=now, only_mentees=freed)
    if pooled.pool.mentees and pooled.pool.mentors:
        pooled = pooled.deciding(Decisions(forbidden=uow.rounds.forbidden_in(freed.values())))
        drafts = pooled.proposals(pooled.solved(), round_of=lambda mentee_id: freed[mentee_id])
        uow.rounds.add_proposals(drafts)
        ask(uow, programme, drafts, role=Role.MENTEE, now=now)


def compose_proposal_asked(
    uow: UnitOfWork, message: OutboxMessage, _: Programme, now: datetime
) -> ProposalAsked | None:
    """Return the question, or None once it was answered or has expired."""
    proposal = uow.rounds.proposal(message.args["proposal_id"])
    if message.person_id not in proposal.waiting_for or proposal.state is not ProposalState.ASKED:
        return None
    if proposal.expires_at is None or proposal.expires_at <= now:
        return None
    return proposal_asked(uow, proposal, message.person_id)


def proposal_asked(uow: UnitOfWork, proposal: Proposal, person_id: str) -> ProposalAsked:
    """Return the question that *proposal* asks *person_id*."""
    seat = proposal.seat_of(person_id)
    partners = [one.person_id for one in proposal.going if one.role is not seat.role]
    mentors = [one for one in proposal.going if one.role is Role.MENTOR]
    if proposal.format is Format.COLLECTIVE and seat.role is Role.MENTEE and len(mentors) > 1:
        # A group goes on without one of two mentors: were they named, a no of theirs would be known.
        partners = []
    people = uow.people.get_many(partners)
    cohort = uow.cohorts.get(proposal.cohort_id)
    assert proposal.expires_at is not None, "an asked proposal has an end"
    return ProposalAsked(
        proposal_id=proposal.id,
        role=seat.role,
        partners=tuple(people[one].user_id for one in partners),
        is_offered=any(
            proposal.topic_id in one.profile.offers
            for one in uow.participants.get_many(mentor.person_id for mentor in mentors).values()
        ),
        another_mentor=seat in mentors and len(mentors) > 1,
        format=proposal.format,
        topic=uow.topics.get(proposal.topic_id),
        score=proposal.score,
        reasons=proposal.reasons,
        sessions=_sessions_planned(proposal, cohort),
        minutes=SEATS[proposal.format].minutes,
        expires_at=proposal.expires_at,
        topics={topic.id: topic for topic in uow.topics.all()},
    )


def compose_proposal_closed(
    uow: UnitOfWork, message: OutboxMessage, programme: Programme, now: datetime
) -> ProposalClosed:
    """Return the kind word to somebody who said yes or nothing, with what is next for them at the moment."""
    assert message.person_id is not None, "a letter to one person"
    proposal = uow.rounds.proposal(message.args["proposal_id"])
    return ProposalClosed(
        topic=uow.topics.get(proposal.topic_id),
        lapsed=message.args.get("lapsed", False),
        following=following_for(uow, programme, message.person_id, proposal.seat_of(message.person_id).role, now=now),
    )


def following_for(uow: UnitOfWork, programme: Programme, person_id: str, role: Role, *, now: datetime) -> Following:
    """Return what is next for somebody whose part in *role* has just come to nothing, or to an end."""
    participant, cohort = uow.participants.get(person_id), uow.cohorts.open()
    if any(person_id in one.waiting_for for one in uow.rounds.open_proposals_of(person_id)):
        return Following.ASKED
    if participant is None or cohort is None or programme.is_over(cohort, now=now):
        return Following.NOTHING
    if role is Role.MENTOR:
        return Following.SEAT_FREE if participant.is_mentor else Following.NOTHING
    return Following.WAITING if participant.is_mentee and participant.waiting_since else Following.NOTHING


def compose_introduction(
    uow: UnitOfWork, message: OutboxMessage, programme: Programme, now: datetime
) -> Introduction | None:
    """Return the introduction, or None when the pairing has ended already."""
    pairing = uow.pairings.get(message.args["pairing_id"])
    if pairing.state is not PairingState.ACTIVE or message.person_id is None:
        return None
    people = uow.people.get_many(pairing.person_ids)
    return Introduction(
        pairing_id=pairing.id,
        role=pairing.role_of(message.person_id),
        partners=tuple(people[one].user_id for one in pairing.opposite(message.person_id)),
        beside=tuple(people[one].user_id for one in pairing.beside(message.person_id)),
        format=pairing.format,
        topic=uow.topics.get(pairing.topic_id),
        cadence_weeks=pairing.cadence_weeks,
        sessions=pairing.sessions_planned,
        minutes=SEATS[pairing.format].minutes,
        slots=slots_for(uow, programme, pairing, now=now),
    )
