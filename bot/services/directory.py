"""The company's directory: what importing a file would change, then changing it, all good lines or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.access import Actor
from bot.domain.audit import AuditEntry
from bot.domain.directory_files import ImportPlan, plan_import, read_directory
from bot.services.base import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryService(Service):
    """Keeps the directory in step with the company's exports."""

    def dry_run(self, content: bytes) -> ImportPlan:
        """Return what importing *content* would change, and change nothing; raise ImportRefused."""
        file = read_directory(content)
        with self.storage.read() as uow:
            return plan_import(file, uow.directory.all())

    def apply(self, actor: Actor | None, content: bytes, *, now: datetime) -> ImportPlan:
        """Import the good lines of *content* in one transaction, and return what changed; raise ImportRefused.

        *actor* is None for the operator.
        """
        file = read_directory(content)
        with self.storage.begin() as uow:
            plan = plan_import(file, uow.directory.all())
            uow.directory.put_many((*plan.added, *plan.changed))
            uow.directory.remove_many(entry.email for entry in plan.left)
            uow.audit.add(
                AuditEntry(
                    at=now, person_id=actor.person_id if actor else None, action="import", resource="", outcome="done"
                )
            )
            uow.commit()
            return plan
