"""What would be sent: the rules that send nudges, run ahead of time. And the switch that holds all of them back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.domain.nudges import Nudge, NudgeKind, NudgeState, Receiver, decide

AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Who held all nudges back (a person id, or a Slack user id where it is shown), and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How many messages of one kind would go, to how many people."""

    kind: NudgeKind
    messages: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What would be sent, in numbers alone; the kinds with the most messages first."""

    kinds: tuple[Expected, ...]
    messages: int
    people: int
    stop: Stop | None = None


def foresee(
    planned: Iterable[Nudge], receiver: Receiver, *, is_pointless: Callable[[Nudge, datetime], bool], now: datetime,
    until: datetime, waits_until: Mapping[str, date] | None = None,
    has_waited: Callable[[Nudge, datetime], bool] = lambda *_: False,
) -> list[Nudge]:  # fmt: skip
    """Return those of one person's nudges that would be sent from *now* until then, if nobody did anything meanwhile.

    Each moment at which one is due is decided as it will be then, so that what is put off comes back and what was sent
    counts in the budget. *planned* goes on for a week after *until*: what comes then keeps its place in the budget.
    Those told together are queued at one moment.
    """
    waiting, sent = {nudge.id: nudge for nudge in planned}, []
    while waiting and (moment := max(now, min(nudge.due_at for nudge in waiting.values()))) < until:
        decided = decide(
            waiting.values(), receiver, is_pointless=_at(moment, is_pointless), has_waited=_at(moment, has_waited),
            waits_until=waits_until, now=moment,
        )  # fmt: skip
        waiting |= {nudge.id: nudge for nudge in decided}
        if queued := [nudge for nudge in decided if nudge.state is NudgeState.QUEUED]:
            sent += queued
            receiver = replace(receiver, received=(*receiver.received, moment))
        waiting = {nudge.id: nudge for nudge in waiting.values() if nudge.state is NudgeState.PENDING}
    return sent


def _at(moment: datetime, holds: Callable[[Nudge, datetime], bool]) -> Callable[[Nudge], bool]:
    return lambda nudge: holds(nudge, moment)


def forecast(sent: Iterable[Nudge], *, stop: Stop | None = None) -> Forecast:
    """Return *sent* in numbers."""
    by_kind: dict[NudgeKind, list[str]] = {}
    # Those told together are one message, of one kind.
    for person_id, _, kind in {(nudge.person_id, nudge.queued_at, nudge.kind): None for nudge in sent}:
        by_kind.setdefault(kind, []).append(person_id)
    kinds = [
        Expected(kind=kind, messages=len(person_ids), people=len(set(person_ids)))
        for kind, person_ids in by_kind.items()
    ]
    return Forecast(
        kinds=tuple(sorted(kinds, key=lambda one: (-one.messages, one.kind.usefulness))),
        messages=sum(one.messages for one in kinds),
        people=len({person_id for person_ids in by_kind.values() for person_id in person_ids}),
        stop=stop,
    )
