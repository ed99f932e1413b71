"""What came of a rehearsal: figures, violations, and how they are shown."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from playground.rehearsal import judge
from playground.rehearsal.screens import Kind
from playground.rehearsal.world import World

_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of a play. `figures` and `violations` (sentences by kind) make the JSON; `notes` are worth a look."""

    figures: dict[str, Any]
    violations: dict[str, list[str]]
    notes: dict[str, list[str]]

    @property
    def failed(self) -> bool:
        return any(self.violations.values())

    def as_json(self) -> str:
        """Return one line of JSON: the figures, and how many violations of each kind."""
        return json.dumps(
            self.figures
            | {kind: len(found) for kind, found in self.violations.items()}
            | {kind: len(found) for kind, found in self.notes.items()},
            ensure_ascii=False,
        )

    def as_text(self) -> str:
        """Return a summary for people, the first violations of each kind spelt out."""
        f = self.figures
        lines = [
            f"{f['mentors']} mentors, {f['coached']} of {f['mentees']} people coached"
            + (
                f", 80 % of them in {f['days_to_80_percent_coached']} days"
                if f["days_to_80_percent_coached"] is not None
                else ""
            ),
            f"{f['paired']} paired, {f['waiting']} waiting, {f['seats_filled']} of {f['seats']} seats filled",
            "sessions: " + (", ".join(f"{count} {form}" for form, count in f["sessions"].items()) or "none"),
            f"{f['messages_sent']} messages, {f['messages_per_person_per_week']} a person a week; "
            f"{f['wall_seconds']} s",
        ]
        for kind, found in (self.violations | self.notes).items():
            if found or kind in self.violations:
                lines.append(f"{kind.replace('_', ' ')}: {len(found)}")
            lines += [f"  - {sentence}" for sentence in found[:_SHOWN]]
            if len(found) > _SHOWN:
                lines.append(f"  … and {len(found) - _SHOWN} more")
        return "\n".join(lines)


def verdict(world: World, *, starts_at: datetime, weeks: float, wall_seconds: float) -> Outcome:
    """Judge the record of *world* and sum it up; *weeks* is how long was played, *starts_at* when the cohort began."""
    workspace = world.playground.workspace
    messages = [
        judge.Received.of(user, delivery.at, delivery.text, delivery.blocks, delivery.metadata)
        for delivery in workspace.record
        if delivery.kind == "message"
        # What is said in a channel is the channel's own, for the judge.
        for user in world.readers(delivery) or [delivery.channel or ""]
    ]
    pairs = judge.introduced(messages, Kind.INTRODUCTION)
    mentees = [volunteer for volunteer in world.volunteers.values() if volunteer.is_mentee and volunteer.enrolled]
    mentors = [volunteer for volunteer in world.volunteers.values() if not volunteer.is_mentee and volunteer.enrolled]
    sent = sum(delivery.kind == "message" for delivery in workspace.record)
    people = len(mentees) + len(mentors)
    introduced_people = {user for pair in pairs for user in pair}
    return Outcome(
        figures={
            "mentors": len(mentors),
            "mentees": len(mentees),
            "paired": sum(volunteer.id in introduced_people for volunteer in mentees),
            "waiting": sum(volunteer.waiting for volunteer in mentees),
            "seats": sum(volunteer.enrolment.seats for volunteer in mentors if not volunteer.has_left),
            "seats_filled": sum(not pair.ended for pair in world.pairs.values()),
            "coached": len(world.coached),
            "sessions": dict(sorted(world.sessions.items())),
            "days_to_80_percent_coached": days_to_share(world.coached.values(), len(mentees), starts_at, 0.8),
            "messages_sent": sent,
            "messages_per_person_per_week": round(sent / people / weeks, 2) if people else 0,
            "messages_by_kind": dict(sorted(Counter(message.kind for message in messages).items())),
            "wall_seconds": round(wall_seconds, 1),
        },
        violations={
            "doubled": judge.doubled(messages),
            "lost": judge.lost(messages, world.owed, until=world.ends_at),
            "budget_violations": judge.budget_violations(messages),
            "quiet_hour_violations": judge.quiet_hour_violations(messages, world.company),
            "reporting_line_violations": judge.reporting_line_violations(pairs, world.company),
            "absence_violations": judge.absence_violations(messages, world.absences),
            "unanswered": world.failures,
            "slack_refusals": [
                f"{refusal.method}: {refusal.error} {refusal.detail}".rstrip()
                for refusal in workspace.refusals
                # Being asked to wait is how Slack says how fast to go.
                if refusal.error != "ratelimited"
            ],
        },
        notes={"refused_by_the_bot": world.refused},
    )


def days_to_share(coached: Iterable[datetime], people: int, since: datetime, share: float) -> int | None:
    """Return in how many days after *since* this share of *people* had been coached, or None if they were not."""
    enough = math.ceil(share * people)
    moments = sorted(coached)
    if not enough or len(moments) < enough:
        return None
    return max(0, math.ceil((moments[enough - 1] - since).total_seconds() / 86_400))
