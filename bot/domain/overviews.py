"""Overviews: records gathered for one reader, as lists, forms and the Home tab show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.cohorts import Cohort
from bot.domain.pairings import Pairing
from bot.domain.people import Person, Role
from bot.domain.rounds import Proposal, Reason, Round, Unplaced
from bot.domain.sessions import Pulse, Session
from bot.domain.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Partnership:
    """One of the actor's pairings as forms show it."""

    pairing: Pairing
    partners: tuple[Person, ...]
    topic: Topic
    role: Role
    slots: tuple[datetime, ...] = ()
    planned: tuple[Session, ...] = ()
    is_done: bool = False
    """Whether the one session there is to it was held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SameDay:
    """What somebody logs may be the session *earlier*, which their pairing has on record for the same day."""

    partnership: Partnership
    earlier: Session


class Following(StrEnum):
    """What follows for somebody whose pairing or proposal has just come to an end."""

    ASKED = "asked"
    """They are asked about somebody else."""
    WAITING = "waiting"
    """They wait for the next round."""
    SEAT_FREE = "seat_free"
    """They are a mentor, whose seat somebody else may take."""
    NOTHING = "nothing"
    """They look for nobody, or the cohort is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One of the actor's sessions as lists and forms show it."""

    session: Session
    partners: tuple[Person, ...]
    role: Role
    pulse: Pulse | None = None
    on_day_off: bool = False
    """Somebody who meets has a public holiday or a company day then, as is told to whoever plans it."""
    on_break: bool = False
    """Somebody who meets is on a break then; whoever plans it is told that, not who."""
    is_only: bool = False
    """It is all that its pairing meets for, so that no other is planned beside it."""
    is_unchanged: bool = False
    """It was to be moved to where it is, so that nobody was told."""
    to_come: Session | None = None
    """The next that the same people have planned still, as is told to whoever logs one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSize:
    """How many people a round could pair now; ``seats`` are the mentors' free one-to-one seats."""

    cohort: Cohort
    mentors: int
    seats: int
    mentees: int
    draft_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """One page of a draft under review. ``kept`` proposals are left of those drafted; ``number`` counts from 0.

    ``mean_score`` is theirs, out of 100; ``waiting`` are whom the draft found nobody for, or a lead left out of it.
    """

    round: Round
    proposals: tuple[Proposal, ...]
    kept: int
    mean_score: int
    waiting: tuple[Unplaced, ...]
    number: int
    pages: int
    people: Mapping[str, Person]
    topics: Mapping[str, Topic]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwappedPair:
    """A pair that a swap would make: its score out of 100, or the rules that speak against it."""

    mentor: Person
    mentee: Person
    score: int
    rules: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapAnswer:
    """What it would change if two proposals of a draft exchanged their mentors and the rest was solved around them.

    ``served_change`` and ``score_change`` are people and points, above zero in favour; ``others_changed`` are the other
    mentees who would be proposed somebody else. A swap that a rule forbids changes nothing.
    """

    proposal_ids: tuple[str, str]
    pairs: tuple[SwappedPair, SwappedPair]
    served_change: int
    score_change: int
    others_changed: int

    @property
    def allowed(self) -> bool:
        """Return whether no rule speaks against either pair."""
        return not any(pair.rules for pair in self.pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAnswer:
    """Why two people are not proposed to each other, or what it would change if they were.

    ``served_change`` and ``score_change`` are people and points, above zero in favour; ``mentor_takes`` are the mentees
    the mentor has in the draft, ``mentee_gets`` the mentors the mentee has there.
    """

    mentor: Person
    mentee: Person
    rules: tuple[Reason, ...]
    can_override: bool
    chosen: bool
    score: int
    reasons: tuple[Reason, ...]
    served_change: int
    score_change: int
    mentor_takes: tuple[Person, ...]
    mentee_gets: tuple[Person, ...]
    topics: Mapping[str, Topic]
