"""Pairings that change partners, or have gone quiet: kept, lightened or closed, by themselves for want of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.domain.access import Actor
from bot.domain.nudges import CLOSES_AFTER, NudgeKind, NudgeState, after_keeping
from bot.domain.overviews import Following
from bot.domain.pairings import EndReason, Fit, GoOn, Pairing, PairingState
from bot.domain.sessions import SessionState
from bot.errors import AlreadyEnded
from bot.ports import UnitOfWork
from bot.services import parting
from bot.services.base import Service
from bot.services.proposals import following_for

QUESTIONS = (NudgeKind.STILL_GOING, NudgeKind.TWICE_CANCELLED)
QUESTION_WAITS = timedelta(days=21)
"""So long a pairing waits for somebody's question to come, once somebody else was asked, before the week to answer."""
TO_PLAN = (NudgeKind.FIRST_SESSION_UNPLANNED, NudgeKind.NOTHING_PLANNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingService(Service):
    """What becomes of pairings that do not suit, or meet no more."""

    def answer(self, actor: Actor, pairing_id: str, answer: GoOn, *, now: datetime) -> Pairing:
        """Keep, lighten or close the actor's pairing; one answer is enough. Raises NotYours or AlreadyEnded."""
        with self.storage.begin() as uow:
            pairing = _active(uow, pairing_id, actor)
            uow.nudges.cancel(subject_id=pairing.id, kinds=[*QUESTIONS, *TO_PLAN])
            if answer is GoOn.CLOSE:
                parting.end(uow, pairing, EndReason.QUIET, by=actor.person_id, now=now)
                kept = uow.pairings.get(pairing.id)
            else:
                kept = pairing.lightened() if answer is GoOn.LIGHTEN else replace(pairing, closes_at=None)
                uow.pairings.save(kept)
                people = uow.people.get_many(kept.person_ids)
                uow.nudges.plan(after_keeping(kept, self.working_times(uow, people.values()), now=now))
            self.refresh_home(uow, uow.people.get_many(pairing.person_ids).values(), now=now)
            uow.commit()
            return kept

    def say_fit(self, actor: Actor, pairing_id: str, fit: Fit) -> None:
        """Keep how the pairing fits the actor, for nobody else to see; raise NotYours or AlreadyEnded."""
        with self.storage.begin() as uow:
            pairing = _active(uow, pairing_id, actor)
            uow.pairings.put_answer(replace(uow.pairings.answer_of(pairing.id, actor.person_id), fit=fit))
            uow.commit()

    def ask_again(self, actor: Actor, pairing_id: str) -> Pairing:
        """Keep that the actor would gladly be paired so again; when both say it, they may be. Raises NotYours."""
        with self.storage.begin() as uow:
            pairing = uow.pairings.get(pairing_id)
            pairing.role_of(actor.person_id)
            uow.pairings.put_answer(replace(uow.pairings.answer_of(pairing.id, actor.person_id), again=True))
            uow.commit()
            return pairing

    def change(self, actor: Actor, pairing_id: str, *, now: datetime) -> tuple[Pairing, Following]:
        """Part the actor from a pairing, without a reason; raise NotYours or AlreadyEnded.

        Only those left without a mentor are paired again. Return the pairing as it was, and what follows for the actor.
        """
        with self.storage.begin() as uow:
            pairing = _active(uow, pairing_id, actor)
            role = pairing.role_of(actor.person_id)
            said = uow.pairings.answer_of(pairing.id, actor.person_id)
            uow.pairings.put_answer(replace(said, fit=Fit.CHANGE))
            parting.change(uow, self.programme, pairing, by=actor.person_id, now=now)
            self.refresh_home(uow, uow.people.get_many(pairing.person_ids).values(), now=now)
            following = following_for(uow, self.programme, actor.person_id, role, now=now)
            uow.commit()
        return pairing, following

    def close_due(self, now: datetime) -> int:
        """End the pairings that were asked a week ago whether to go on and did not answer; return how many."""
        with self.storage.read() as uow:
            if not uow.pairings.closing_by(now):
                return 0
        ended = 0
        with self.storage.begin() as uow:
            for pairing in uow.pairings.closing_by(now):
                closes_at = self._closes_at(uow, pairing)
                if closes_at is not None and closes_at <= now:
                    parting.end(uow, pairing, EndReason.QUIET, by=None, now=now)
                    self.refresh_home(uow, uow.people.get_many(pairing.person_ids).values(), now=now)
                    ended += 1
                else:
                    uow.pairings.save(replace(pairing, closes_at=closes_at))
            uow.commit()
        return ended

    def next_close(self) -> datetime | None:
        """Return when :meth:`close_due` next has something to do."""
        with self.storage.read() as uow:
            return uow.pairings.next_closing()

    def _closes_at(self, uow: UnitOfWork, pairing: Pairing) -> datetime | None:
        """Return when *pairing* ends by itself: a week after the last of its people was asked; None if nobody was.

        Whoever is paused has their week from their return on. Whose question waits is waited for, three weeks at most,
        unless they were asked before and put it off: that moves no day that anybody was told.
        """
        if any(one.state is SessionState.PLANNED for one in uow.sessions.of_pairing(pairing.id)):
            return None
        questions = [
            one
            for one in uow.nudges.about([pairing.id])
            if one.kind is NudgeKind.STILL_GOING and one.useful_until is None
        ]
        asked_at = [one.queued_at for one in questions if one.state is NudgeState.QUEUED and one.queued_at is not None]
        if not asked_at:
            return None
        asked_or_back = max(self._back(uow, pairing.person_ids), *asked_at)
        still_to_ask = [
            one.due_at
            for one in questions
            if one.state is NudgeState.PENDING and one.due_at <= asked_or_back + QUESTION_WAITS
        ]
        return max([asked_or_back, *still_to_ask]) + CLOSES_AFTER

    def _back(self, uow: UnitOfWork, person_ids: Iterable[str]) -> datetime:
        """Return when the last of these people who are paused is back, long ago when nobody is."""
        people = uow.people.get_many(person_ids)
        times = self.working_times(uow, people.values())
        return max(
            (
                times[one.person_id].midnight(one.paused_until)
                for one in uow.participants.get_many(person_ids).values()
                if one.paused_until is not None
            ),
            default=datetime.min.replace(tzinfo=UTC),
        )


def _active(uow: UnitOfWork, pairing_id: str, actor: Actor) -> Pairing:
    """Return the actor's pairing that goes on; raise NotFound, NotYours or AlreadyEnded."""
    pairing = uow.pairings.get(pairing_id)
    pairing.role_of(actor.person_id)
    if pairing.state is not PairingState.ACTIVE:
        raise AlreadyEnded
    return pairing
