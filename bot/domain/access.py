"""Who may do what: the policies that every handler declares, checked against the actor of a verified payload."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import NotAllowed, NotEnrolled, ProgrammeError


class Policy(StrEnum):
    """The doors, from the widest to the narrowest."""

    ANYONE = "anyone"
    """Any member of this workspace, guests among them."""
    PARTICIPANT = "participant"
    """Enrolled and not left; paused counts."""
    LEAD = "lead"
    """A programme lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, from the verified payload, with what the records say of them. ``language`` is ``fr`` or ``en``."""

    person_id: str
    user_id: str
    team_id: str
    name: str
    language: str
    tz: str
    is_guest: bool = False
    is_deactivated: bool = False
    is_lead: bool = False
    is_participant: bool = False


def authorize(actor: Actor, policy: Policy) -> None:
    """Raise unless *actor* passes *policy*. Deactivated people and unknown policies are refused."""
    if refusal := _refusal(actor, policy):
        raise refusal


def _refusal(actor: Actor, policy: Policy) -> ProgrammeError | None:
    if actor.is_deactivated:
        return NotAllowed()
    match policy:
        case Policy.ANYONE:
            return None
        case Policy.PARTICIPANT if actor.is_participant:
            return None
        case Policy.PARTICIPANT:
            return NotEnrolled()
        case Policy.LEAD if actor.is_lead:
            return None
        case _:
            return NotAllowed()
