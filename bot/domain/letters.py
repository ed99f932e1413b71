"""Letters: what each message says, in plain data, before it is worded and drawn.

A letter is composed from the records at the moment it is sent, so that it is true then. People are Slack user ids
here, since Slack shows them by today's name. Instants are UTC; views write them in the reader's own time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.cohorts import Format
from bot.domain.digests import Digest
from bot.domain.overviews import Following
from bot.domain.people import Role
from bot.domain.rounds import Reason
from bot.domain.topics import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """First contact, once: what Tandem is and how to begin. ``enrol_until`` is None once that day has passed."""

    cohort_name: str | None
    enrol_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalAsked:
    """Would you meet these people? Asked privately; ``partners`` is empty where nobody is named yet."""

    proposal_id: str
    role: Role
    partners: tuple[str, ...]
    format: Format
    topic: Topic
    score: int
    reasons: tuple[Reason, ...]
    sessions: int
    minutes: int
    expires_at: datetime
    topics: Mapping[str, Topic]
    """The catalogue, to name the topics of the reasons."""
    is_offered: bool = True
    """Whether a mentor offers the topic; where a lead set that rule aside, nobody need."""
    another_mentor: bool = False
    """Whether this mentor would have a second one beside them: not who, since one may say no unknown to the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalClosed:
    """A proposal came to nothing; nobody is named at fault. ``following`` is what is next.

    ``lapsed`` for whoever did not answer in time, who had said yes otherwise.
    """

    topic: Topic
    following: Following
    lapsed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A published round found nobody for the reader this time, and what happens next."""

    rule: Reason
    remedy: Reason | None
    enrol_until: date | None
    topics: Mapping[str, Topic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """You are paired: who, on what, a first slot, and how a first session goes.

    ``partners`` are a mentee's mentors or a mentor's mentees, ``beside`` whoever has the reader's own role.
    """

    pairing_id: str
    role: Role
    partners: tuple[str, ...]
    beside: tuple[str, ...]
    format: Format
    topic: Topic
    cadence_weeks: int
    sessions: int
    minutes: int
    slots: tuple[datetime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlanned:
    """Somebody planned or moved a session with the reader; ``on_day_off`` or ``on_break`` for one of them at least.

    ``moved_from`` is when it was to start before, the same where only its length changed, or where it is ``only_place``
    its place; ``sequence`` counts the moves, so that an old button can be told.
    """

    session_id: str
    sequence: int
    by: str
    starts_at: datetime
    minutes: int
    place: str
    moved: bool
    moved_from: datetime | None = None
    only_place: bool = False
    on_day_off: bool = False
    on_break: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCancelled:
    """A session is off, with three new slots at once where the pairing ``goes_on``; ``by`` is who cancelled it.

    It is None where the session just did not take place.
    """

    pairing_id: str
    by: str | None
    partners: tuple[str, ...]
    starts_at: datetime
    goes_on: bool
    slots: tuple[datetime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLogged:
    """The other side logged a session, or corrected its log: correct it for seven days, and give your pulse."""

    session_id: str
    by: str
    role: Role
    held_at: datetime
    minutes: int
    tried: str
    next_try: str
    correct_until: date
    pulse_given: bool
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingEnded:
    """Pairings ended; no reason, nobody at fault. ``cancelled`` are the starts of sessions that fell with them.

    ``was_quiet``: nothing had been planned for long, whether somebody said so or nobody answered.
    """

    partners: tuple[str, ...]
    following: Following
    was_quiet: bool = False
    cancelled: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingLightened:
    """A pairing meets every so many ``weeks`` from now on, and so less often; not by whose wish."""

    pairing_id: str
    partners: tuple[str, ...]
    weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MentorLeft:
    """One of two mentors is gone from the reader's group, which goes on with ``staying``; Slack user ids.

    ``is_alone`` tells that the reader is who stays.
    """

    is_alone: bool
    left: str
    staying: tuple[str, ...]
    topic: Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortClosed:
    """The reader's cohort has come to its end, and with it their ``pairings``: pairing id → the partners' user ids."""

    cohort_name: str
    pairings: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """An answer to somebody who wrote to Tandem in their own words: where to go instead."""

    enrolled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeLetter:
    """What every nudge tells: which it is, and for how many days at most it can be put off; None: for as many as any.

    With ``most_days`` of zero it would come too late to be of use already tomorrow.
    """

    nudge_id: str
    most_days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalUnanswered(NudgeLetter):
    """Reminder: a proposal waits for the reader's answer, and those *also* asked."""

    asked: ProposalAsked
    also: tuple[ProposalAsked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPlan:
    """One more pairing without a date, in a nudge about several: *since* they were introduced, or last met.

    ``unconfirmed_id`` is their last session, on that day, where nobody said whether they met; ``slots`` are offered for
    no other pairing of the nudge.
    """

    pairing_id: str
    partners: tuple[str, ...]
    since: date
    slots: tuple[datetime, ...] = ()
    unconfirmed_id: str | None = None


class Undated(StrEnum):
    """What came before, for a first session to have no date: of several nudges in a row no two say the same."""

    INTRODUCED = "introduced"
    CALLED_OFF = "called_off"
    KEPT = "kept"
    NUDGED = "nudged"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSessionUnplanned(NudgeLetter):
    """Nudge: introduced some days ago and no first session planned; nor is one in the pairings *also* named."""

    pairing_id: str
    partners: tuple[str, ...]
    introduced_on: date
    slots: tuple[datetime, ...]
    undated: Undated = Undated.INTRODUCED
    also: tuple[ToPlan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeSession(NudgeLetter):
    """Reminder, one working day before; the mentor gets the topic's kit. ``on_day_off`` for one of them at least."""

    session_id: str
    sequence: int
    role: Role
    partners: tuple[str, ...]
    starts_at: datetime
    minutes: int
    place: str
    topic: Topic
    next_try: str
    on_day_off: bool = False
    also: tuple[BeforeSession, ...] = ()
    """Their other sessions that are reminded of in the same message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HowDidItGo(NudgeLetter):
    """Reminder, half an hour after the end: held, moved, not yet, cancelled."""

    session_id: str
    sequence: int
    partners: tuple[str, ...]
    starts_at: datetime
    also: tuple[HowDidItGo, ...] = ()
    """Their other sessions that are asked about in the same message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseUnanswered(NudgeLetter):
    """Reminder: the pulse of a session closes soon."""

    session_id: str
    role: Role
    partners: tuple[str, ...]
    held_at: datetime
    closes_on: date
    also: tuple[PulseUnanswered, ...] = ()
    """Their other sessions that are asked about in the same message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingPlanned(NudgeLetter):
    """Nudge: the pairing has met, and nothing is planned; nor is it in the pairings *also* named.

    ``unconfirmed_id`` is their last session where nobody said whether they met, the only one if they are to meet once.
    """

    pairing_id: str
    partners: tuple[str, ...]
    last_met_on: date
    slots: tuple[datetime, ...]
    unconfirmed_id: str | None = None
    meets_once: bool = False
    also: tuple[ToPlan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StillGoing(NudgeLetter):
    """Keep, lighten or close? ``closes_on`` is None where nothing ends by itself: cancelled twice, or near the end."""

    pairing_id: str
    partners: tuple[str, ...]
    format: Format
    cadence_weeks: int
    closes_on: date | None
    twice_cancelled: bool = False
    has_met: bool = True
    also: tuple[StillGoing, ...] = ()
    """Their other pairings that are asked about in the same message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingCloses:
    """The reader's quiet pairing ends on a day for want of an answer, and they stopped the question that says so."""

    pairing_id: str
    partners: tuple[str, ...]
    format: Format
    cadence_weeks: int
    closes_on: date
    has_met: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTry(NudgeLetter):
    """Nudge to the mentee: what the pair agreed to try next. ``pairing_id`` is None after the only session."""

    pairing_id: str | None
    partners: tuple[str, ...]
    next_try: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsLeft:
    """A pairing that has sessions left: whether one was held, and when the next is, where one is planned."""

    pairing_id: str
    partners: tuple[str, ...]
    has_met: bool
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortEnding(NudgeLetter):
    """Reminder: the cohort ends soon. ``pairings`` are the reader's with sessions left, without a date first."""

    cohort_name: str
    ends_on: date
    pairings: tuple[SessionsLeft, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSurvey(NudgeLetter):
    """Question after a cohort: would you take part again?"""

    cohort_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageQuestion(NudgeLetter):
    """Question to a mentee, a month after their last session: what do you do with these topics now?"""

    partners: tuple[str, ...]
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPosted:
    """A digest in a channel. Aggregates only."""

    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPosted:
    """To the lead who posted in a channel: Slack refused it, with its code (``not_in_channel``…)."""

    channel_id: str
    code: str


Letter = (
    Welcome
    | ProposalAsked
    | ProposalClosed
    | Unserved
    | Introduction
    | SessionPlanned
    | SessionCancelled
    | SessionLogged
    | PairingCloses
    | PairingEnded
    | PairingLightened
    | MentorLeft
    | CohortClosed
    | Pointer
    | NudgeLetter
    | DigestPosted
    | NotPosted
)
