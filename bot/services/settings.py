"""The leads' settings: the switch that holds all nudges back, and what would go this week."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.access import Actor
from bot.domain.audit import AuditEntry
from bot.domain.forecast import AHEAD, Forecast, Stop, forecast
from bot.ports import UnitOfWork
from bot.services.base import Service
from bot.services.nudging import MOST_DUE
from bot.services.weighing import STOPPED, foresee_all, stop_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsService(Service):
    """What leads decide for everybody."""

    def stop(self) -> Stop | None:
        """Return who holds all nudges back (a Slack user id) and since when, or None."""
        with self.storage.read() as uow:
            return stop_shown(uow)

    def stop_nudges(self, actor: Actor, *, now: datetime) -> Stop:
        """Hold all nudges back, those in the outbox too, until somebody starts them again; return since when.

        Where somebody stopped them before, that stands.
        """
        with self.storage.begin() as uow:
            if (already := stop_shown(uow)) is not None:
                return already
            uow.settings.put(STOPPED, {"by": actor.person_id, "at": now.isoformat()})
            self._done(uow, actor, "nudges_stopped", now=now)
            uow.commit()
            return Stop(by=actor.user_id, at=now)

    def start_nudges(self, actor: Actor, *, now: datetime) -> None:
        """Let nudges go again. What has waited is weighed anew: what became pointless or too late never goes."""
        with self.storage.begin() as uow:
            if stop_of(uow) is None:
                return
            uow.settings.put(STOPPED, None)
            self._done(uow, actor, "nudges_started", now=now)
            uow.commit()

    def this_week(self, *, now: datetime) -> Forecast:
        """Return what would be sent within seven days as things stand, in numbers alone; nothing is sent or changed."""
        with self.storage.read() as uow:
            until = now + AHEAD
            planned = uow.nudges.due(until, limit=MOST_DUE)
            sent = foresee_all(uow, self.programme, planned, now=now, until=until)
            return forecast(sent, stop=stop_shown(uow))

    def _done(self, uow: UnitOfWork, actor: Actor, action: str, *, now: datetime) -> None:
        uow.audit.add(AuditEntry(at=now, person_id=actor.person_id, action=action, resource="", outcome="done"))


def stop_shown(uow: UnitOfWork) -> Stop | None:
    """Return the stop as leads see it, by Slack user id."""
    stop = stop_of(uow)
    return stop and replace(stop, by=uow.people.get(stop.by).user_id)
