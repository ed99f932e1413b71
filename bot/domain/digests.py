"""Digests: aggregates only, nothing from fewer than five people, and no subtraction that would tell of fewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.domain.cohorts import Format

FLOOR = 5
"""The fewest people a figure may speak of; what is left after subtracting it from a total as well."""


class Period(StrEnum):
    """What a digest covers: the seven or thirty days before, or the whole cohort."""

    WEEK = "week"
    MONTH = "month"
    COHORT = "cohort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of a department or a named group have been coached; None where too few to say."""

    name: str
    coached: int | None
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseFigures:
    """Means of 1–5 answers and shares of 0–1; None for a question that fewer than five people answered."""

    answers: int
    useful: float | None = None
    at_ease: float | None = None
    reuse_yes: float | None = None
    could_say: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Counts of one period. None where the figure would speak of fewer than :data:`FLOOR` people."""

    mentors: int | None
    coached: int | None
    sessions: Mapping[Format, int] | None
    hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What leads pull. ``first_day`` and ``last_day`` are included; ``before`` is the period before, if comparable."""

    cohort_id: str
    cohort_name: str
    period: Period
    first_day: date
    last_day: date
    days: int
    figures: Figures
    before: Figures | None
    goal: int | None
    coached_so_far: int | None
    pairings: int | None
    pairings_met: float | None
    first_within_14_days: float | None
    departments: tuple[Coverage, ...] = ()
    groups: tuple[Coverage, ...] = ()
    pulse: PulseFigures | None = None
    usages_gained: Mapping[str, int] = field(default_factory=dict)
    insights: tuple[str, ...] = ()
