"""Insight cards: what tomorrow's customer does, shared unattributed when both people agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class InsightState(StrEnum):
    """Offered by one, agreed by the other (then published), passed on and acted on by the leads."""

    OFFERED = "offered"
    PUBLISHED = "published"
    WITHHELD = "withheld"
    PASSED_ON = "passed_on"
    ACTED_ON = "acted_on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """A card. Who offered it and on which session is kept to ask the other person, never shown with the card."""

    id: str
    cohort_id: str
    session_id: str
    text: str
    state: InsightState
    offered_by: str
    offered_at: datetime
    agreed_at: datetime | None = None
