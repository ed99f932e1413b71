"""Pairings that change partners, or have gone quiet: kept, lightened or closed, by themselves for want of an answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.access import Actor
from bot.domain.letters import PairingLightened
from bot.domain.nudges import NudgeKind, NudgeState, after_keeping, closes_at
from bot.domain.outbox import OutboxMessage
from bot.domain.overviews import Following
from bot.domain.pairings import EndReason, Fit, GoneOn, GoOn, Pairing, PairingState
from bot.domain.sessions import SessionState
from bot.errors import AlreadyEnded
from bot.ports import UnitOfWork
from bot.services import parting
from bot.services.base import Programme, Service
from bot.services.nudging import has_met, partners_in
from bot.services.proposals import following_for
from bot.services.weighing import receivers_of

QUESTIONS = (NudgeKind.STILL_GOING, NudgeKind.TWICE_CANCELLED)
TO_PLAN = (NudgeKind.FIRST_SESSION_UNPLANNED, NudgeKind.NOTHING_PLANNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingService(Service):
    """What becomes of pairings that do not suit, or meet no more."""

    def answer(
        self, actor: Actor, pairing_id: str, answer: GoOn, *, asked_at_weeks: int | None = None, now: datetime
    ) -> GoneOn:
        """Keep, lighten or close the actor's pairing; one answer is enough. The others hear what it changes.

        *asked_at_weeks* is the rhythm that the question was about. A pairing that has planned, or was kept, since the
        actor was asked is not closed: it is returned as it goes on. Raises NotYours or AlreadyEnded.
        """
        with self.storage.begin() as uow:
            pairing = _active(uow, pairing_id, actor)
            if answer is GoOn.CLOSE and _goes_on_since(uow, pairing, actor):
                return GoneOn(pairing=pairing, answer=answer, is_news=False, has_met=has_met(uow, pairing))
            uow.nudges.cancel(subject_id=pairing.id, kinds=[*QUESTIONS, *TO_PLAN])
            if answer is GoOn.CLOSE:
                parting.end(uow, pairing, EndReason.QUIET, by=actor.person_id, now=now)
                kept = uow.pairings.get(pairing.id)
            else:
                kept = pairing.lightened(asked_at_weeks) if answer is GoOn.LIGHTEN else pairing.kept()
                uow.pairings.save(kept)
                people = uow.people.get_many(kept.person_ids)
                if kept.cadence_weeks > pairing.cadence_weeks:
                    uow.outbox.add_many(
                        OutboxMessage.to(
                            people[one], "pairing_lightened", f"{kept.id}:{kept.cadence_weeks}", now=now,
                            pairing_id=kept.id,
                        )
                        for one in kept.partners_of(actor.person_id)
                    )  # fmt: skip
                uow.nudges.plan(after_keeping(kept, self.working_times(uow, people.values()), now=now))
            self.refresh_home(uow, uow.people.get_many(pairing.person_ids).values(), now=now)
            is_news = (kept.state, kept.cadence_weeks) != (pairing.state, pairing.cadence_weeks)
            gone_on = GoneOn(pairing=kept, answer=answer, is_news=is_news, has_met=has_met(uow, kept))
            uow.commit()
            return gone_on

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
            under_way = uow.outbox.nudges_under_way()
            for pairing in uow.pairings.closing_by(now):
                ends_at = self._closes_at(uow, pairing, under_way=under_way, now=now)
                if ends_at is not None and ends_at <= now:
                    parting.end(uow, pairing, EndReason.QUIET, by=None, now=now)
                    self.refresh_home(uow, uow.people.get_many(pairing.person_ids).values(), now=now)
                    ended += 1
                else:
                    uow.pairings.save(replace(pairing, closes_at=ends_at))
            uow.commit()
        return ended

    def next_close(self) -> datetime | None:
        """Return when :meth:`close_due` next has something to do."""
        with self.storage.read() as uow:
            return uow.pairings.next_closing()

    def _closes_at(
        self, uow: UnitOfWork, pairing: Pairing, *, under_way: Collection[str], now: datetime
    ) -> datetime | None:
        if any(one.state is SessionState.PLANNED for one in uow.sessions.of_pairing(pairing.id)):
            return None
        questions = [one for one in uow.nudges.about([pairing.id]) if one.kind is NudgeKind.STILL_GOING]
        ends_at = closes_at(
            questions,
            receivers_of(uow, self.programme, pairing.person_ids, now=now),
            under_way=under_way,
            now=now,
        )
        if ends_at is None or self.programme.is_told_of_end(uow.cohorts.get(pairing.cohort_id), now=ends_at):
            # Once people hear that the cohort ends, the pairing ends with it.
            return None
        return ends_at


def compose_pairing_lightened(
    uow: UnitOfWork, message: OutboxMessage, _: Programme, __: datetime
) -> PairingLightened | None:
    """Return the word that a pairing meets less often, or None once it has ended."""
    assert message.person_id is not None, "a letter to one person"
    pairing = uow.pairings.get(message.args["pairing_id"])
    if pairing.state is not PairingState.ACTIVE:
        return None
    return PairingLightened(
        pairing_id=pairing.id,
        partners=partners_in(uow, pairing, message.person_id),
        weeks=pairing.cadence_weeks,
    )


def _goes_on_since(uow: UnitOfWork, pairing: Pairing, actor: Actor) -> bool:
    """True where something is planned, or the question that the actor was asked last is answered: it comes again."""
    if any(one.state is SessionState.PLANNED for one in uow.sessions.of_pairing(pairing.id)):
        return True
    questions = [
        one for one in uow.nudges.about([pairing.id]) if one.kind in QUESTIONS and one.person_id == actor.person_id
    ]
    asked = [(one.queued_at, one.kind) for one in questions if one.queued_at is not None]
    # What was put off comes again as well, and has an end to its use.
    to_come = {one.kind for one in questions if one.state is NudgeState.PENDING and one.useful_until is None}
    return bool(asked) and max(asked)[1] in to_come


def _active(uow: UnitOfWork, pairing_id: str, actor: Actor) -> Pairing:
    """Return the actor's pairing that goes on; raise NotFound, NotYours or AlreadyEnded."""
    pairing = uow.pairings.get(pairing_id)
    pairing.role_of(actor.person_id)
    if pairing.state is not PairingState.ACTIVE:
        raise AlreadyEnded
    return pairing
