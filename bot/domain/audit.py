"""The audit log: who did what to which record, and what was refused. It has no content."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One act.

    ``action`` is a listener's or a command's id, ``resource`` an opaque id or empty, ``outcome`` is ``done`` or the
    class name of an error.
    """

    at: datetime
    person_id: str | None
    action: str
    resource: str
    outcome: str
