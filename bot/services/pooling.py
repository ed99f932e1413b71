"""From the records to the pool that matching solves, and back. Keys are Slack user ids: the same on every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain import cohorts
from bot.domain.cohorts import Cohort
from bot.domain.ids import new_id
from bot.domain.pairings import Pairing, PairingState, Seat
from bot.domain.participants import Participant, ParticipantState, Place
from bot.domain.people import DirectoryEntry, Person, Role
from bot.domain.rounds import Pair, Proposal, ProposalState, ProposedSeat, Reason, Unplaced
from bot.domain.sessions import SessionState
from bot.matching import broken_rules, kept_apart, solve, solve_all
from bot.matching import pool as matching
from bot.matching.outcome import OVERRIDABLE, Outcome, Proposed
from bot.matching.pool import Format
from bot.ports import UnitOfWork

WEIGHTS = "weights"
"""The setting: part of the score → what it counts."""
NOT_AGAIN_WITHIN = timedelta(days=183)
"""The same two people are not proposed again within six months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What leads decided about pairs (person ids): these two, never these two, these two although a rule forbids it."""

    locked: frozenset[Pair] = frozenset()
    forbidden: frozenset[Pair] = frozenset()
    overridden: frozenset[Pair] = frozenset()
    formats: Mapping[Pair, cohorts.Format] = field(default_factory=dict)
    """The format in which pairs of a draft are locked."""
    left_out: frozenset[str] = frozenset()
    """Mentees (person ids) who wait for the next round."""

    def without(self, pairs: frozenset[Pair]) -> Decisions:
        """Return these decisions with *pairs* no longer held together."""
        return replace(self, locked=self.locked - pairs, overridden=self.overridden - pairs)

    def with_(self, added: Decisions) -> Decisions:
        """Return these decisions with *added*; the newer one about a pair counts."""
        newer = added.locked | added.forbidden | added.overridden
        return Decisions(
            locked=(self.locked - newer) | added.locked,
            forbidden=(self.forbidden - newer) | added.forbidden,
            overridden=(self.overridden - newer) | added.overridden,
            formats={pair: format_ for pair, format_ in self.formats.items() if pair not in newer},
            left_out=self.left_out - {mentee for _, mentee in added.locked | added.overridden},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledCohort:
    """A cohort's pool, and who its keys are."""

    cohort: Cohort
    pool: matching.Pool
    ids: dict[str, str]
    """Slack user id → person id."""
    participants: Mapping[str, Participant]
    """Person id → the enrolment of everybody who was looked at."""

    def deciding(self, decided: Decisions) -> PooledCohort:
        """Return the same pool with what leads decided about pairs of it."""
        user_ids = {person_id: key for key, person_id in self.ids.items()}

        def keys(pairs: Iterable[Pair]) -> frozenset[Pair]:
            return frozenset(
                (user_ids[one], user_ids[other]) for one, other in pairs if {one, other} <= user_ids.keys()
            )

        locked = decided.locked | decided.overridden
        pool = replace(
            self.pool,
            mentees=tuple(one for one in self.pool.mentees if self.ids[one.key] not in decided.left_out),
            locked=keys(locked),
            locked_in={
                key: Format(format_.value)
                for pair, format_ in decided.formats.items()
                if pair in locked
                for key in keys([pair])
            },
            forbidden=_both_ways(keys(decided.forbidden)),
            overridden=keys(decided.overridden),
        )
        return replace(self, pool=pool)

    @property
    def format(self) -> Format | None:
        """The format of everybody's proposals; None in a path cohort, where it is one that each of them chose."""
        return None if self.cohort.format is cohorts.Format.PATH else Format(self.cohort.format.value)

    def solved(self) -> Outcome:
        """Return the best proposals."""
        return solve_all(self.pool) if self.format is None else solve(self.pool, format=self.format)

    def standing(self, proposals: Sequence[Proposal], *, overridden: frozenset[Pair]) -> list[Proposal]:
        """Return those of *proposals* that the rules, places and people of today still allow, in order.

        A group goes on without those of it who are gone, while enough are left.
        """
        looking = {self.ids[one.key] for one in self.pool.mentees}
        return [one for one in self._staying(proposals, overridden=overridden, looking=looking) if one.is_enough]

    def out_of_place(self, proposals: Sequence[Proposal], *, overridden: frozenset[Pair]) -> list[set[str]]:
        """Return, for each of *proposals*, whom of those still going the rules and places of today keep from it."""
        staying = self._staying(proposals, overridden=overridden)
        return [
            {seat.person_id for seat in one.going} - {seat.person_id for seat in left.going}
            for one, left in zip(proposals, staying, strict=True)
        ]

    def _staying(
        self, proposals: Sequence[Proposal], *, overridden: frozenset[Pair], looking: set[str] | None = None
    ) -> list[Proposal]:
        """Return *proposals* with those alone who may be in it; the first of them take the mentors' places.

        With *looking*, mentees (person ids) are no more than those, and each in one proposal.
        """
        broken = self._broken(proposals, overridden=overridden)
        avoids = {self.ids[one.key]: one.avoids for one in (*self.pool.mentors, *self.pool.mentees)}
        places = {self.ids[one.key]: {True: one.group_sessions, False: one.seats} for one in self.pool.mentors}
        staying: list[Proposal] = []
        for proposal in proposals:
            grouped = proposal.format is cohorts.Format.COLLECTIVE
            going = {seat.person_id for seat in proposal.going}
            mentors = {one for one in proposal.people(Role.MENTOR) if one in places and places[one][grouped] > 0}
            mentees = going.intersection(proposal.people(Role.MENTEE) if looking is None else looking)
            wishing = {
                one for one in going if any(self.ids.get(avoided) in going for avoided in avoids.get(one, frozenset()))
            }
            left = proposal.among(mentors | mentees).keeping_apart(broken, wishing=wishing)
            if left.is_enough:
                for one in left.people(Role.MENTOR):
                    places[one][grouped] -= 1
                if looking is not None:
                    looking.difference_update(left.people(Role.MENTEE))
            staying.append(left)
        return staying

    def _broken(self, proposals: Sequence[Proposal], *, overridden: frozenset[Pair]) -> set[Pair]:
        """Return the people of *proposals* who may not meet, or sit beside each other, today: two person ids each."""
        key_of = {person_id: key for key, person_id in self.ids.items()}
        broken: set[Pair] = set()
        for format_ in {one.format for one in proposals}:
            together = [one for one in proposals if one.format is format_]
            pairs = {pair for one in together for pair in one.pairs}
            # Whoever takes no part any more has no key, and breaks a rule with everybody.
            keys = {
                (key_of.get(mentor, mentor), key_of.get(mentee, mentee)): (mentor, mentee) for mentor, mentee in pairs
            }
            for pair, rules in broken_rules(self.pool, keys, format=format_.value).items():
                if keys[pair] not in overridden or not OVERRIDABLE.issuperset(rules):
                    broken.add(keys[pair])
            groups = [[key_of.get(seat.person_id, "") for seat in one.going] for one in together if not one.is_pair]
            if groups:
                apart = kept_apart(self.pool, groups, format=format_.value)
                broken.update((self.ids[one], self.ids[other]) for one, other in apart)
        return broken

    def proposals(self, outcome: Outcome, *, round_of: Callable[[str], str]) -> list[Proposal]:
        """Return *outcome*'s proposals as drafts, each of its (first) mentee's round: person id → round id."""
        return [self._proposal(one, round_of(self.ids[one.mentee])) for one in outcome.proposals]

    def unplaced(self, outcome: Outcome) -> tuple[Unplaced, ...]:
        """Return whom *outcome* leaves waiting, and why."""
        return tuple(
            Unplaced(
                person_id=self.ids[one.key],
                rule=Reason(code=one.rule.value, args={"candidates": one.candidates_before}),
                remedy=Reason(code=one.remedy.code.value, args=dict(one.remedy.args)),
            )
            for one in outcome.unplaced
        )

    def _proposal(self, proposed: Proposed, round_id: str) -> Proposal:
        seats = [ProposedSeat(person_id=self.ids[key], role=Role.MENTEE) for key in proposed.mentees]
        seats += [ProposedSeat(person_id=self.ids[key], role=Role.MENTOR) for key in proposed.mentors]
        wanted = next(one for one in self.pool.mentees if one.key == proposed.mentee).topics_wanted
        return Proposal(
            id=new_id(),
            round_id=round_id,
            cohort_id=self.cohort.id,
            format=cohorts.Format(proposed.format.value),
            topic_id=proposed.topic or next(iter(sorted(wanted))),
            score=proposed.score,
            reasons=tuple(Reason(code=one.code.value, args=dict(one.args)) for one in proposed.reasons),
            state=ProposalState.DRAFT,
            seats=tuple(seats),
            locked=proposed.locked,
        )


def pool_of(
    uow: UnitOfWork, cohort: Cohort, *, now: datetime, only_mentees: Collection[str] | None = None
) -> PooledCohort:
    """Return everybody of *cohort* who is free: mentors with a seat left, mentees with nobody and nothing pending.

    With *only_mentees* (person ids) the mentees are no more than those, and nobody else's records are read.
    """
    if only_mentees is None:
        participants = uow.participants.in_cohort(cohort.id)
    else:
        mentors = {one.person_id: one for one in uow.participants.offering_in(cohort.id)}
        participants = list({**mentors, **uow.participants.get_many(only_mentees)}.values())
    met = uow.sessions.met_in(cohort.id)
    taken = _taken(uow.pairings.in_cohort(cohort.id), met, uow.rounds.open_proposals(cohort.id))
    recent = uow.rounds.recent_pairs(now - NOT_AGAIN_WITHIN)
    pooled = _pooled(uow, cohort, participants, taken, recent, now=now)
    if only_mentees is None:
        return pooled
    only = tuple(one for one in pooled.pool.mentees if pooled.ids[one.key] in only_mentees)
    return replace(pooled, pool=replace(pooled.pool, mentees=only))


def pool_among(uow: UnitOfWork, cohort: Cohort, person_ids: Iterable[str], *, now: datetime) -> PooledCohort:
    """Return these people alone, as they are today, with the places that no pairing of theirs takes.

    So the rules can be judged again of people who were proposed to each other: neither what is proposed nor that they
    have met counts then.
    """
    participants = uow.participants.get_many(person_ids)
    pairings = uow.pairings.active_with(one.person_id for one in participants.values() if one.is_mentor)
    sessions = uow.sessions.of_pairings([one.id for one in pairings if one.meets_once])
    met = {of for of, held in sessions.items() if any(one.state is SessionState.HELD for one in held)}
    taken = replace(_taken(pairings, met, ()), coached=Counter())
    return _pooled(uow, cohort, participants.values(), taken, (), now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """How many one-to-one places and groups each mentor has given, and how often each mentee is coached."""

    coaching: Counter[str] = field(default_factory=Counter)
    leading: Counter[str] = field(default_factory=Counter)
    coached: Counter[str] = field(default_factory=Counter)


def _pooled(
    uow: UnitOfWork,
    cohort: Cohort,
    participants: Iterable[Participant],
    taken: _Taken,
    recent_pairs: Iterable[Pair],
    *,
    now: datetime,
) -> PooledCohort:
    active = [one for one in participants if one.cohort_id == cohort.id and one.state is ParticipantState.ACTIVE]
    people = {
        person.id: person
        for person in uow.people.get_many(one.person_id for one in active).values()
        if not person.is_deactivated
    }
    keys = {person.email.lower(): person.user_id for person in people.values() if person.email}
    entries = uow.directory.get_many(keys)
    mentors: list[matching.Candidate] = []
    mentees: list[matching.Candidate] = []
    for participant in active:
        person = people.get(participant.person_id)
        if person is None:
            continue
        seats = max(participant.profile.seats - taken.coaching[person.id], 0)
        sessions = max(participant.profile.collective_seats - taken.leading[person.id], 0)
        needs = int(not taken.coached[person.id])
        entry = entries.get(person.email.lower()) if person.email else None
        candidate = _candidate(participant, person, entry, people, keys, seats=seats, needs=needs, now=now)
        if participant.is_mentor and (seats or sessions):
            mentors.append(replace(candidate, group_sessions=sessions))
        if participant.is_mentee and needs:
            mentees.append(candidate)
    user_ids = {person.id: person.user_id for person in people.values()}
    return PooledCohort(
        cohort=cohort,
        pool=matching.Pool(
            mentors=tuple(mentors),
            mentees=tuple(mentees),
            reporting={
                keys.get(email, email): keys.get(manager, manager) if manager else None
                for email, manager in uow.directory.managers().items()
            },
            recent_pairs=_both_ways(
                (user_ids[mentor], user_ids[mentee])
                for mentor, mentee in recent_pairs
                if mentor in user_ids and mentee in user_ids
            ),
            weights=weights_of(uow),
            # Whoever was left waiting was promised so.
            left_out_first=True,
        ),
        ids={user_id: person_id for person_id, user_id in user_ids.items()},
        participants={one.person_id: one for one in active},
    )


def _both_ways(pairs: Iterable[Pair]) -> frozenset[Pair]:
    """Return *pairs* and the same two people the other way round, whoever of them is the mentor."""
    return frozenset(pair for one, other in pairs for pair in ((one, other), (other, one)))


def weights_of(uow: UnitOfWork) -> matching.Weights:
    """Return what the parts of the score count for, as leads set them."""
    return matching.Weights(**(uow.settings.get(WEIGHTS) or {}))


def _taken(pairings: Iterable[Pairing], met: Collection[str], proposals: Iterable[Proposal]) -> _Taken:
    """Return the places taken: what is proposed too, but for those who said no.

    *met* are the pairings (ids) that have held a session: a mentor whose only session it was has their place again.
    """
    taken = _Taken()
    active = [one for one in pairings if one.state is PairingState.ACTIVE]
    seated: list[tuple[cohorts.Format, Iterable[Seat | ProposedSeat], bool]] = [
        *((one.format, one.seats, one.sessions_planned > 1 or one.id not in met) for one in active),
        *((one.format, one.going, True) for one in proposals),
    ]
    for format_, seats, takes_a_place in seated:
        places = taken.leading if format_ is cohorts.Format.COLLECTIVE else taken.coaching
        for seat in seats:
            if seat.role is Role.MENTEE:
                taken.coached[seat.person_id] += 1
            elif takes_a_place:
                places[seat.person_id] += 1
    return taken


def _candidate(
    participant: Participant,
    person: Person,
    entry: DirectoryEntry | None,
    people: dict[str, Person],
    keys: dict[str, str],
    *,
    seats: int,
    needs: int,
    now: datetime,
) -> matching.Candidate:
    profile = participant.profile
    offset = now.astimezone(ZoneInfo(person.tz)).utcoffset() or timedelta()
    manager = entry.manager_email if entry else None
    hr_partner = entry.hr_partner_email if entry else None
    return matching.Candidate(
        key=person.user_id,
        topics_offered={topic: int(level) for topic, level in profile.offers.items()},
        topics_wanted={topic: int(use) for topic, use in profile.wants.items()},
        languages=profile.languages,
        formats=frozenset(one.value for one in profile.formats),
        half_days=profile.half_days,
        onsite_only=profile.place is Place.ON_SITE,
        site=(entry.site if entry else None) or profile.site,
        utc_offset_minutes=int(offset.total_seconds() // 60),
        department=(entry.department if entry else None) or profile.department,
        team=(entry.team if entry else None) or profile.team,
        manager=keys.get(manager, manager) if manager else None,
        hr_partner=keys.get(hr_partner, hr_partner) if hr_partner else None,
        avoids=frozenset(people[one].user_id for one in profile.avoids if one in people),
        seats=seats,
        needs=needs,
        waiting_days=max((now - (participant.waiting_since or now.astimezone(UTC))).days, 0),
        unserved_last_round=participant.unserved_rounds > 0,
    )
