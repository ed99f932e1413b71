"""What was done and what was refused, for whoever has to explain it later. No content, ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.access import Actor
from bot.domain.audit import AuditEntry
from bot.services.base import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditService(Service):
    """Keeps the audit log."""

    def refused(self, actor: Actor, *, action: str, resource: str, error: str, now: datetime) -> None:
        """Note that *action* on *resource* was refused with *error* (a class name)."""
        with self.storage.begin() as uow:
            uow.audit.add(
                AuditEntry(at=now, person_id=actor.person_id, action=action, resource=resource, outcome=error)
            )
            uow.commit()
