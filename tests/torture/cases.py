"""Work for the minute's ticks: each case has people of its own, so that what must come of it is known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.cohorts import CohortState, Format
from bot.domain.nudges import CLOSES_AFTER, NudgeKind
from bot.domain.people import Person, Role
from bot.domain.rounds import Answer, ProposalState, ProposedSeat, RoundState
from bot.domain.sessions import UNCONFIRMED_AFTER
from bot.ports import UnitOfWork
from tests.builders import (
    NOW,
    a_cohort,
    a_mentee,
    a_mentor,
    a_nudge,
    a_pairing,
    a_person,
    a_profile,
    a_proposal,
    a_round,
    a_session,
)

EARLIER = "earlier"
"""A cohort that is over, so that its people are nobody's candidates."""
LATE_MORNING = 11
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Something that a tick must do once, when it is due."""

    number: int

    @property
    def name(self) -> str:
        """A word that no other case has."""
        return f"{self._kind.name}{self.number}"

    @property
    def person_ids(self) -> tuple[str, ...]:
        """Everybody in it, and in no other case."""
        return tuple(f"{self.name}{part}" for part in self._kind.parts)

    @property
    def letters(self) -> tuple[tuple[str, str], ...]:
        """What it must tell, each as its kind and its reader's person id; what is told together says of whom too."""
        return tuple((kind, f"{self.name}{part}") for part in self._kind.parts for kind in self._kind.letters(part))

    def told(self, kind: str, shown: str) -> tuple[str, ...]:
        """Return what a message of *kind*, shown as that text, tells; of whom, where it tells several."""
        if not self._kind.tells_several:
            return (kind,)
        named = [part for part in self._kind.parts if f"<@{a_person(f'{self.name}{part}').user_id}>" in shown]
        return tuple(f"{kind} {part}" for part in named)

    @property
    def homes(self) -> tuple[str, ...]:
        """The person ids whose Home tab the tick must have drawn anew, once each."""
        return tuple(f"{self.name}{part}" for part in self._kind.parts if part in self._kind.homes)

    def furnish(self, uow: UnitOfWork, *, team_id: str, due_at: datetime) -> None:
        """Put its people and what is due to happen at *due_at* into the programme."""
        # It is late morning where they live, so that a nudge may come now and for hours.
        tz = f"Etc/GMT{due_at.hour - LATE_MORNING:+d}"
        people = {part: a_person(f"{self.name}{part}", team_id=team_id, tz=tz, home_opened_at=NOW)
                  for part in self._kind.parts}  # fmt: skip
        for person in people.values():
            uow.people.add(person)
        self._kind.put(uow, self, people, due_at)

    @property
    def _kind(self) -> _Kind:
        return _KINDS[self.number % len(_KINDS)]


def prepare(uow: UnitOfWork) -> None:
    """Put in what all cases share; the open cohort is there already."""
    uow.cohorts.add(a_cohort(EARLIER, state=CohortState.CLOSED))
    by = a_person("lead")
    uow.people.add(by)
    uow.rounds.add(a_round(state=RoundState.PUBLISHED, drafted_by=by.id, settled_by=by.id, settled_at=NOW), [])


People = Mapping[str, Person]
"""Part in the case → who has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """``parts`` name the people, ``homes`` are those whose Home tab changes, ``letters`` what each of them gets."""

    name: str
    parts: tuple[str, ...]
    homes: tuple[str, ...]
    letters: Callable[[str], Sequence[str]]
    put: Callable[[UnitOfWork, Case, People, datetime], None]
    tells_several: bool = False


def _pair(uow: UnitOfWork, case: Case, people: People, *, closes_at: datetime | None = None) -> str:
    """Pair the case's two people in the cohort that is over; return the pairing's id."""
    mentor, mentee = people["mentor"].id, people["mentee"].id
    for participant in (a_mentor(mentor, cohort_id=EARLIER), a_mentee(mentee, cohort_id=EARLIER)):
        uow.participants.put(participant)
    pairing = a_pairing(case.name, mentors=[mentor], mentees=[mentee], cohort_id=EARLIER, closes_at=closes_at)
    uow.pairings.add(pairing)
    return pairing.id


def _nudge_pair(uow: UnitOfWork, case: Case, people: People, due_at: datetime) -> None:
    pairing_id = _pair(uow, case, people)
    uow.nudges.plan(
        a_nudge(f"{person.id}nudge", person_id=person.id, subject_id=pairing_id, due_at=due_at)
        for person in people.values()
    )


def _nudge_about_two(uow: UnitOfWork, case: Case, people: People, due_at: datetime) -> None:
    """Put in a mentor of two pairings, who is nudged about both in one message."""
    mentor = people["mentor"].id
    uow.participants.put(a_mentor(mentor, cohort_id=EARLIER))
    for mentee in (people["menteea"].id, people["menteeb"].id):
        uow.participants.put(a_mentee(mentee, cohort_id=EARLIER))
        uow.pairings.add(a_pairing(mentee, mentors=[mentor], mentees=[mentee], cohort_id=EARLIER))
        uow.nudges.plan(
            a_nudge(f"{mentee}{person_id}", person_id=person_id, subject_id=mentee, period=mentee, due_at=due_at)
            for person_id in (mentor, mentee)
        )


def _put_returning(uow: UnitOfWork, case: Case, people: People, due_at: datetime) -> None:
    _nudge_pair(uow, case, people, due_at)
    mentee = a_mentee(people["mentee"].id, cohort_id=EARLIER)
    uow.participants.put(mentee.paused(until=due_at.date()))


def _put_closing(uow: UnitOfWork, case: Case, people: People, due_at: datetime) -> None:
    pairing_id = _pair(uow, case, people, closes_at=due_at)
    asked_at = due_at - CLOSES_AFTER
    uow.nudges.plan(
        a_nudge(
            f"{person.id}nudge", person_id=person.id, subject_id=pairing_id, kind=NudgeKind.STILL_GOING, due_at=asked_at
        ).queued(now=asked_at)
        for person in people.values()
    )  # fmt: skip


def _put_unconfirmed(uow: UnitOfWork, case: Case, people: People, due_at: datetime) -> None:
    pairing_id = _pair(uow, case, people)
    uow.sessions.add(
        a_session(
            case.name, pairing_id=pairing_id, cohort_id=EARLIER, mentors=[people["mentor"].id],
            mentees=[people["mentee"].id], planned_by=people["mentee"].id, starts_at=due_at - UNCONFIRMED_AFTER,
        )
    )  # fmt: skip


def _propose(uow: UnitOfWork, case: Case, people: People, due_at: datetime, *, format: Format, silent: str) -> None:  # noqa: A002
    """Put in a proposal that everybody but *silent* said yes to, whose time is up at *due_at*."""
    seats = []
    for part, person in people.items():
        role = Role.MENTOR if part.startswith("mentor") else Role.MENTEE
        profile = a_profile(role, formats=frozenset({format}))
        uow.participants.put((a_mentor if role is Role.MENTOR else a_mentee)(person.id, profile=profile))
        answer = None if part == silent else Answer.YES
        seats.append(
            ProposedSeat(
                person_id=person.id, role=role, asked_at=due_at - 3 * DAY, answer=answer,
                answered_at=due_at - 2 * DAY if answer else None,
            )
        )  # fmt: skip
    proposal = a_proposal(
        case.name, format=format, state=ProposalState.ASKED, seats=tuple(seats), expires_at=due_at
    )  # fmt: skip
    uow.rounds.add_proposals([proposal])


def _put_unanswered(uow: UnitOfWork, case: Case, people: People, due_at: datetime) -> None:
    _propose(uow, case, people, due_at, format=Format.PATH, silent="mentor")


def _put_group(uow: UnitOfWork, case: Case, people: People, due_at: datetime) -> None:
    _propose(uow, case, people, due_at, format=Format.COLLECTIVE, silent="mentorb")


_PAIR = ("mentor", "mentee")
_NUDGE = str(NudgeKind.FIRST_SESSION_UNPLANNED)
_KINDS = (
    # Nothing has been planned yet: both are nudged.
    _Kind(name="nudged", parts=_PAIR, homes=(), letters=lambda _: [_NUDGE], put=_nudge_pair),
    # The mentor never answered: both are told, and the mentee is asked about somebody else.
    _Kind(
        name="unanswered", parts=_PAIR, homes=_PAIR,
        letters=lambda part: ["proposal_closed", "proposal_asked"] if part == "mentee" else ["proposal_closed"],
        put=_put_unanswered,
    ),
    # Nobody answered whether to go on: it ends.
    _Kind(name="closing", parts=_PAIR, homes=_PAIR, letters=lambda _: ["pairing_ended"], put=_put_closing),
    # The mentee's pause is over; both are nudged.
    _Kind(name="returning", parts=_PAIR, homes=("mentee",), letters=lambda _: [_NUDGE], put=_put_returning),
    # One of two mentors never answered: the group begins without them, and they are told that it is closed to them.
    _Kind(
        name="group", parts=("mentora", "mentorb", "menteea", "menteeb", "menteec"),
        homes=("mentora", "mentorb", "menteea", "menteeb", "menteec"),
        letters=lambda part: ["proposal_closed"] if part == "mentorb" else ["introduction"], put=_put_group,
    ),
    # Nothing has been planned yet in either of a mentor's pairings: one message tells of both.
    _Kind(
        name="several", parts=("mentor", "menteea", "menteeb"), homes=(), put=_nudge_about_two, tells_several=True,
        letters=lambda part: [f"{_NUDGE} {one}" for one in (("menteea", "menteeb") if part == "mentor" else _PAIR[:1])],
    ),
    # Nobody said how the session went.
    _Kind(name="unconfirmed", parts=_PAIR, homes=_PAIR, letters=lambda _: [], put=_put_unconfirmed),
)  # fmt: skip
