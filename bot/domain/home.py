"""The Home tab: all that one person sees of their own, gathered in one record. Nobody else's secrets are in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.cohorts import Cohort, CohortFigures, Format
from bot.domain.letters import ProposalAsked
from bot.domain.nudges import NudgeKind
from bot.domain.participants import Profile
from bot.domain.people import Role
from bot.domain.topics import Topic


class Standing(StrEnum):
    """Where somebody stands with the programme; one who left is a stranger again."""

    STRANGER = "stranger"
    ACTIVE = "active"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeSession:
    """A session of the reader's; ``partners`` are Slack user ids, ``sequence`` counts the moves."""

    session_id: str
    sequence: int
    partners: tuple[str, ...]
    topic: Topic
    starts_at: datetime
    minutes: int
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePairing:
    """A pairing of the reader's: ``held`` of ``planned`` sessions, and the next one if it has a date.

    ``partners`` are a mentee's mentors or a mentor's mentees.
    """

    pairing_id: str
    role: Role
    partners: tuple[str, ...]
    format: Format
    topic: Topic
    held: int
    planned: int
    next_at: datetime | None

    @property
    def is_done(self) -> bool:
        """True once all its sessions were held."""
        return self.held >= self.planned


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPart:
    """What leads see below their own: the open cohort in figures, and the round being drafted.

    ``has_digest``: there is a cohort, open or closed, of which something may be told.
    """

    figures: CohortFigures | None
    draft_id: str | None
    has_digest: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One person's Home tab. ``cohort`` is the open one; ``waiting`` tells a mentee that the next round is theirs.

    ``said_yes``: to a proposal of which others are still being asked. ``to_confirm`` are sessions whose time has passed
    and of which nobody said how they went; ``to_rate`` those that wait for the reader's pulse. ``stopped`` are the
    kinds of messages that the reader wants no more.
    """

    today: date
    standing: Standing
    cohort: Cohort | None
    paused_until: date | None = None
    profile: Profile | None = None
    topics: tuple[Topic, ...] = ()
    waiting: bool = False
    said_yes: bool = False
    proposals: tuple[ProposalAsked, ...] = ()
    to_confirm: tuple[HomeSession, ...] = ()
    to_rate: tuple[HomeSession, ...] = ()
    pairings: tuple[HomePairing, ...] = ()
    upcoming: tuple[HomeSession, ...] = ()
    stopped: frozenset[NudgeKind] = frozenset()
    lead: LeadPart | None = None
