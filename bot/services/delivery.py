"""Delivery: outbox rows become messages in Slack, each once, in order, at the moment it is still true.

A row is claimed in one transaction, sent outside any, and finished in another, by the token of its claim. What may have
been posted is looked up in its conversation before it is posted again.
"""

from __future__ import annotations

import logging
import random
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.letters import Letter
from bot.domain.nudges import MOST_A_MINUTE, Nudge, NudgeState
from bot.domain.outbox import (
    HOME,
    HTTP_TIMEOUT,
    LEASE,
    MOST_ATTEMPTS,
    UNREADABLE,
    Lane,
    OutboxMessage,
    OutboxState,
    wait_after,
)
from bot.domain.pace import Pace
from bot.domain.participants import ParticipantState
from bot.domain.people import Person
from bot.errors import (
    DeliveryError,
    InstallationGone,
    MaybeSent,
    ProgrammeError,
    RateLimited,
    Refused,
    TooLate,
    Unreachable,
)
from bot.ports import Clock, Messenger, Sent, UnitOfWork
from bot.services.base import Service
from bot.services.composing import COMPOSERS
from bot.services.home import home_of
from bot.services.weighing import reconsider

logger = logging.getLogger(__name__)

FOR_LEAVERS = frozenset({"welcome", "pointer", "round_published"})
"""Kinds that are not about taking part, and so go to those who left as well."""
FENCE = 2 * HTTP_TIMEOUT
"""Lease that must be left before a call: a reply that drips slowly takes longer than one timeout."""
AFTER_INSTALLATION_GONE = timedelta(minutes=1)
AFTER_UNREACHABLE = timedelta(seconds=15)
AFTER_UNKNOWN = timedelta(hours=1)
"""So long a message of a kind that this program does not know waits for another copy that does."""
ILL_AT_MOST = timedelta(days=1)
AT_MOST = 60
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a message becomes; ``nudges`` are those behind it that change too."""

    message: OutboxMessage
    nudges: tuple[Nudge, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message ready to go: its letter, how its reader reads, and the nudges that it tells."""

    letter: Letter
    language: str
    tz: str
    nudges: tuple[Nudge, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryService(Service):
    """Sends what the outbox holds. One of these a process, since it keeps the pace."""

    messenger: Messenger
    clock: Clock
    pace: Pace = field(default_factory=Pace)
    chance: random.Random = field(default_factory=random.SystemRandom)
    waiting: dict[str, OutboxMessage] = field(default_factory=dict)
    """What is claimed and not under way, by id: whoever takes one out of here carries it out or gives it back."""

    def deliver(self, *lanes: Lane, limit: int = AT_MOST) -> int:
        """Settle up to *limit* messages of *lanes*, or of all, that are due and that the pace allows; return how many.

        Nothing sleeps here: what the pace does not allow yet stays due, and :meth:`next_due` tells when to come back.
        """
        settled, faults = 0, []
        for lane in lanes or Lane:
            while room := min(limit - settled, self.pace.room(self.clock.now(), lane)):
                claimed = self._claim(room, lane)
                self.waiting.update((message.id, message) for message in claimed)
                for message in claimed:
                    if self.waiting.pop(message.id, None):
                        try:
                            self._settle(message)
                        except Exception as error:  # noqa: BLE001 - its lease ends by itself; others have their turn
                            faults.append(error)
                settled += len(claimed)
                if faults:
                    raise faults[0]
                if len(claimed) < room:
                    self.pace.behind.discard(lane)
                    break
                self.pace.behind.add(lane)
        return settled

    def stop(self) -> None:
        """Let nothing more go: what is claimed and not under way is given back, however long that one call takes."""
        self.pace.close()
        for message_id in list(self.waiting):
            if message := self.waiting.pop(message_id, None):
                self._finish(message, Outcome(message=message.given_back(self.clock.now())))

    def next_due(self, now: datetime, *lanes: Lane) -> datetime | None:
        """Return when :meth:`deliver` next has something to do in *lanes*, or in any, pace included."""
        with self.storage.read() as uow:
            dues = {lane: uow.outbox.next_due(lane) for lane in lanes or Lane}
        return min(
            (max(due_at, self.pace.next_at(now, lane)) for lane, due_at in dues.items() if due_at is not None),
            default=None,
        )

    def _claim(self, limit: int, lane: Lane) -> list[OutboxMessage]:
        now = self.clock.now()
        with self.storage.read() as uow:
            due_at = uow.outbox.next_due(lane)
        if due_at is None or due_at > now:
            return []
        with self.storage.begin() as uow:
            if lane is Lane.NUDGES:
                # Each process keeps a pace of its own; what all of them send together only the database knows.
                limit = min(limit, MOST_A_MINUTE - uow.outbox.nudges_since(now - MINUTE, now=now))
            if limit <= 0:
                return []
            claimed = list(uow.outbox.claim_due(now=now, limit=limit, lease=LEASE, lane=lane))
            if claimed:
                uow.commit()
        return claimed

    def _settle(self, message: OutboxMessage) -> None:
        """Carry *message* out and finish its row; whatever happens to one, the next has its turn."""
        try:
            outcome = self._attempt(message)
        except DeliveryError as error:
            outcome = self._failed(message, error)
        except ProgrammeError as error:
            # What it was about is gone, or no longer the reader's.
            outcome = Outcome(message=message.obsolete(type(error).__name__))
        except Exception as error:  # noqa: BLE001 - one message that cannot be composed or drawn never holds up others
            outcome = _parked(message, type(error).__name__, where=where_raised(error))
        self._finish(message, outcome)

    def _attempt(self, message: OutboxMessage) -> Outcome:
        """Send *message* unless it arrived already or should not go now. Raises DeliveryError, or what is our bug."""
        now = self.clock.now()
        if self.pace.is_closed or now < (open_at := self.pace.open_at(message.lane)):
            return Outcome(message=message.given_back(now if self.pace.is_closed else open_at))
        if message.kind == HOME:
            return self._publish(message)
        if message.kind not in COMPOSERS:
            return _unknown(message, now=now)
        if message.maybe_sent:
            if (found := self._look_up(message)) is not None:
                return found
            # It is certainly not there, so from here on it is as good as new.
            message = replace(message, maybe_sent=False)
            if message.last_error is not None and message.attempts <= MOST_ATTEMPTS:
                # Slack failed it, rather than that we were cut off: ever longer until it is posted again.
                return Outcome(message=message.given_back(now + self._wait(message, after=message.attempts - 1)))
        if message.attempts > MOST_ATTEMPTS:
            return _given_up(message, message.last_error or "never_arrived")
        now = self.clock.now()
        if (free_at := self.pace.conversation_at(message.conversation, now)) > now:
            return Outcome(message=message.given_back(free_at))
        ready = self._prepare(message, now=now)
        if isinstance(ready, Outcome):
            return ready
        return self._send(message, ready)

    def _publish(self, message: OutboxMessage) -> Outcome:
        """Have a Home tab drawn as it is now; doing it twice is doing it once, so nothing is looked up."""
        now = self.clock.now()
        if message.person_id is None or message.attempts > MOST_ATTEMPTS:
            return _given_up(message, message.last_error or "nobody's home")
        if (free_at := self.pace.homes.next_at(now)) > now:
            return Outcome(message=message.given_back(free_at))
        with self.storage.read() as uow:
            person = uow.people.get(message.person_id)
            home = home_of(uow, self.programme, person, now=now)
        if person.is_deactivated:
            return Outcome(message=message.obsolete("gone"))
        self.pace.take(message.conversation, now, Lane.HOMES)
        try:
            self.messenger.publish_home(person.user_id, home, language=person.language, tz=person.tz)
        except MaybeSent as error:
            return Outcome(message=self._retried(message, error.code))
        return Outcome(message=message.done(now=self.clock.now()))

    def _look_up(self, message: OutboxMessage) -> Outcome | None:
        """Look whether *message* arrived; None when it certainly did not.

        Where that cannot be known it is never posted again: a nudge is let go, anything else waits for the operator.
        """
        with self.storage.read() as uow:
            nudges = _behind(uow, message)
        try:
            sent = self.messenger.find(message)
        except (Unreachable, RateLimited, InstallationGone):
            raise
        except DeliveryError as error:
            may_be_readable, why = not isinstance(error, Refused), error.code
            if may_be_readable:
                message = self._tried(message)
        except Exception as error:  # noqa: BLE001 - a fault of ours tells as little of whether it is there
            _note_fault(message, error)
            may_be_readable, why = True, type(error).__name__
        else:
            return None if sent is None else self._arrived(message, sent, nudges)
        if may_be_readable and not message.is_last_attempt:
            return Outcome(message=self._retried(message, why))
        if not message.nudge_ids:
            return _parked(message, f"{UNREADABLE}: {why}")
        # It may stand there, and nobody knows since when: it counts in the budget as if it had arrived just now.
        let_go = message.obsolete(f"{UNREADABLE}: {why}")
        return Outcome(message=let_go, nudges=_told(nudges, now=self.clock.now()))

    def _prepare(self, message: OutboxMessage, *, now: datetime) -> Parcel | Outcome:
        """Compose *message* as it is true *now* for a receiver who should still get it, or say what becomes of it."""
        with self.storage.read() as uow:
            nudges = _behind(uow, message)
            if message.expires_at is not None and message.expires_at <= now:
                return Outcome(
                    message=message.obsolete("expired"), nudges=tuple(one.missed() for one in _queued(nudges))
                )
            person = uow.people.get(message.person_id) if message.person_id is not None else None
            if message.nudge_ids:
                nudges = tuple(reconsider(uow, self.programme, nudges, now=now))
                told = [one.id for one in nudges if one.state is NudgeState.QUEUED]
                if not told:
                    why = nudges[0].state if nudges else NudgeState.CANCELLED
                    return Outcome(message=message.obsolete(f"nudge {why}"), nudges=nudges)
                if len(told) < len(message.nudge_ids):
                    # First its row says what it tells: should the answer be lost, that is all that counts as told.
                    return Outcome(message=message.telling(told).given_back(now), nudges=nudges)
            elif person is not None and not _may_get(uow, message, person):
                return Outcome(message=message.obsolete("gone"))
            letter = COMPOSERS[message.kind](uow, message, self.programme, now)
        if letter is None:
            return Outcome(message=message.obsolete("nothing to say"), nudges=tuple(one.cancelled() for one in nudges))
        return Parcel(
            letter=letter,
            language=person.language if person else self.programme.language,
            tz=person.tz if person else self.programme.tz,
            nudges=nudges,
        )

    def _send(self, message: OutboxMessage, parcel: Parcel) -> Outcome:
        is_under_way = False

        def check() -> None:
            nonlocal is_under_way
            self._check_lease(message)
            is_under_way = True

        self._check_lease(message)
        self.pace.take(message.conversation, self.clock.now(), message.lane)
        try:
            # Once more when all is ready: drawing and connecting take time, and a machine can sleep at any instant.
            sent = self.messenger.send(message, parcel.letter, language=parcel.language, tz=parcel.tz, check=check)
        except DeliveryError:
            raise
        except Exception as error:
            if not is_under_way:
                raise
            # A fault of ours, once the request may have gone: it may stand there, so it is looked up like any other.
            _note_fault(message, error)
            return Outcome(message=message.in_doubt(type(error).__name__))
        return self._arrived(message, sent, parcel.nudges)

    def _check_lease(self, message: OutboxMessage) -> None:
        # Whoever claims it next would not know of a post that arrives after the lease.
        if message.lease_until is None or message.lease_until - self.clock.now() < FENCE:
            raise TooLate("lease")

    def _arrived(self, message: OutboxMessage, sent: Sent, nudges: tuple[Nudge, ...]) -> Outcome:
        now = self.clock.now()
        self.pace.works()
        return Outcome(
            message=message.sent(channel_id=sent.channel_id, ts=sent.ts, now=now),
            # The budget counts from when a nudge arrived, not from when it was handed over.
            nudges=_told(nudges, now=now),
        )

    def _failed(self, message: OutboxMessage, error: DeliveryError) -> Outcome:
        """Return what becomes of *message* after *error*."""
        now = self.clock.now()
        logger.info("message %s (%s) failed: %s %s", message.id, message.kind, type(error).__name__, error.code)
        match error:
            case RateLimited(retry_after=seconds):
                later = now + timedelta(seconds=seconds)
                if message.lane is Lane.HOMES:
                    self.pace.homes.take_all(later)
                else:
                    # It may be about the one conversation: others go on, one by one.
                    self.pace.messages.take_all(now)
                return Outcome(message=message.given_back(later, error.code))
            case Unreachable() | InstallationGone():
                gone = isinstance(error, InstallationGone)
                self.pace.hold(now + (AFTER_INSTALLATION_GONE if gone else AFTER_UNREACHABLE))
                return Outcome(message=message.given_back(self.pace.held_until, error.code))
            case TooLate():
                return Outcome(message=message.given_back(now))
            case MaybeSent():
                return Outcome(message=self._tried(message).in_doubt(error.code))
            case _:
                return _given_up(message, error.code)

    def _tried(self, message: OutboxMessage) -> OutboxMessage:
        """Return *message*, which failed. After one try in vain none counts until any arrives: Slack may be ill.

        For a day: then leads have to know of it.
        """
        now = self.clock.now()
        in_vain = self.pace.failures(message.id, message.lane) > 0 and now < message.created_at + ILL_AT_MOST
        self.pace.fails(message.id, now, message.lane)
        return replace(message, attempts=message.attempts - in_vain)

    def _wait(self, message: OutboxMessage, *, after: int) -> timedelta:
        return wait_after(max(after, self.pace.failures(message.id, message.lane)), chance=self.chance)

    def _retried(self, message: OutboxMessage, why: str) -> OutboxMessage:
        return message.retried(self.clock.now() + self._wait(message, after=message.attempts), why)

    def _finish(self, claimed: OutboxMessage, outcome: Outcome) -> None:
        with self.storage.begin() as uow:
            if not uow.outbox.finish(outcome.message):
                logger.warning("message %s (%s) was finished by another worker", claimed.id, claimed.kind)
                return
            if outcome.nudges:
                uow.nudges.save_many(outcome.nudges)
            elif outcome.message.state in {OutboxState.ABANDONED, OutboxState.PARKED} and claimed.kind in COMPOSERS:
                uow.nudges.save_many(one.failed() for one in _queued(_behind(uow, claimed)))
            if outcome.message.state is OutboxState.ABANDONED and "by" in claimed.args and claimed.person_id is None:
                self._tell_whoever_posted(uow, outcome.message)
            uow.commit()

    def _tell_whoever_posted(self, uow: UnitOfWork, message: OutboxMessage) -> None:
        """Tell the lead who posted in a channel that the message did not get there."""
        lead = uow.people.get(message.args["by"])
        uow.outbox.add(
            OutboxMessage.to(
                lead, "not_posted", message.id, now=self.clock.now(), channel_id=message.conversation,
                code=message.last_error,
            )
        )  # fmt: skip


def _behind(uow: UnitOfWork, message: OutboxMessage) -> tuple[Nudge, ...]:
    # One that was cancelled and planned anew is another by now.
    return tuple(uow.nudges.get_many(message.nudge_ids))


def _queued(nudges: Iterable[Nudge]) -> list[Nudge]:
    """Return those of *nudges* that were not cancelled meanwhile."""
    return [one for one in nudges if one.state is NudgeState.QUEUED]


def _told(nudges: Iterable[Nudge], *, now: datetime) -> tuple[Nudge, ...]:
    """Return *nudges* as they stand once their message has arrived *now*."""
    return tuple(one.queued(now=now) for one in _queued(nudges))


def _may_get(uow: UnitOfWork, message: OutboxMessage, person: Person) -> bool:
    if person.is_deactivated:
        return False
    participant = uow.participants.get(person.id)
    return participant is None or participant.state is not ParticipantState.LEFT or message.kind in FOR_LEAVERS


def _parked(message: OutboxMessage, why: str, *, where: str = "Slack") -> Outcome:
    logger.error("parked message %s (%s): %s, %s", message.id, message.kind, why, where)
    # A Home tab is drawn whenever it is opened: nobody has to decide about one.
    return Outcome(message=message.obsolete(why) if message.lane is Lane.HOMES else message.parked(why))


def _note_fault(message: OutboxMessage, error: Exception) -> None:
    logger.error("message %s (%s): %s, %s", message.id, message.kind, type(error).__name__, where_raised(error))


def where_raised(error: Exception) -> str:
    """Return the line that raised *error*: what its message quotes may be somebody's words, which no log has."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


def _unknown(message: OutboxMessage, *, now: datetime) -> Outcome:
    """Leave a message of a kind that only a newer program knows to it, for a while."""
    if now < message.created_at + AFTER_UNKNOWN:
        return Outcome(message=message.given_back(now + MINUTE))
    return _parked(message, "a kind that this program does not know")


def _given_up(message: OutboxMessage, why: str) -> Outcome:
    logger.error("gave up message %s (%s): %s", message.id, message.kind, why)
    return Outcome(message=message.obsolete(why) if message.lane is Lane.HOMES else message.abandoned(why))
