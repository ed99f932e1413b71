"""The count: what was committed against what was accepted, as its readers see it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.domain.outbox import OutboxState

WITH_A_REASON = frozenset({OutboxState.PARKED, OutboxState.ABANDONED})
"""States in which the operator is told, and why, that a message may not have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a message is about: a note that somebody committed, for *reader* to see in *place* of their conversation.

    Places are the order of the commits. ``state`` is None for a note that no message was committed with.
    """

    text: str
    reader: str
    place: int
    state: OutboxState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A note that a reader's conversation showed."""

    text: str
    reader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many messages there were, and how many of them went wrong in which way.

    ``lost``: committed, or told to be, and never shown, without a reason for the operator. ``doubled``: shown once
    more. ``out_of_order``: first shown after one that was committed later. ``parked`` and ``abandoned`` never arrived,
    as far as the bot knows, and wait for the operator with a reason. ``invented``: shown, but never committed.

    ``undone`` and ``done_twice`` count what ticks do besides: Home tabs they did not have drawn anew, or once more.
    """

    messages: int
    lost: int
    doubled: int
    out_of_order: int
    parked: int
    abandoned: int
    invented: int
    undone: int = 0
    done_twice: int = 0

    @property
    def holds(self) -> bool:
        """True when nothing went wrong; what waits for the operator did not."""
        return not (self.lost or self.doubled or self.out_of_order or self.invented or self.undone or self.done_twice)


def judge(committed: Sequence[Note], shown: Sequence[Seen], told: Collection[str]) -> Verdict:
    """Compare. *shown* is in the order of the conversations; *told* are texts whose writer knows of their commit."""
    notes: Mapping[Seen, Note] = {Seen(text=note.text, reader=note.reader): note for note in committed}
    times = Counter(shown)
    missing = [note for one, note in notes.items() if not times[one]]
    states = Counter(note.state for note in missing)
    return Verdict(
        messages=len(notes),
        lost=sum(count for state, count in states.items() if state not in WITH_A_REASON)
        + len(set(told) - {note.text for note in committed}),
        doubled=sum(count - 1 for count in times.values()),
        out_of_order=_overtaken(notes[one] for one in dict.fromkeys(shown) if one in notes),
        parked=states[OutboxState.PARKED],
        abandoned=states[OutboxState.ABANDONED],
        invented=sum(one not in notes for one in times),
    )


def judge_effects(verdict: Verdict, expected: Collection[str], done: Iterable[str]) -> Verdict:
    """Return *verdict* with what ticks did once each to *expected*, by what they did."""
    times = Counter(done)
    return replace(
        verdict,
        undone=sum(not times[one] for one in expected),
        done_twice=sum(times[one] - 1 for one in expected if times[one]),
    )


def _overtaken(shown: Iterable[Note]) -> int:
    latest: dict[str, int] = defaultdict(int)
    overtaken = 0
    for note in shown:
        overtaken += note.place < latest[note.reader]
        latest[note.reader] = max(latest[note.reader], note.place)
    return overtaken
