from __future__ import annotations

from typing import Any

import pytest

from bot.domain.outbox import OutboxState
from tests.torture.verdict import Note, Seen, judge, judge_effects


def a_note(text: str, place: int = 1, state: OutboxState | None = OutboxState.SENT, reader: str = "UANA") -> Note:
    return Note(text=text, reader=reader, place=place, state=state)


def seen(*texts: str, reader: str = "UANA") -> list[Seen]:
    return [Seen(text=text, reader=reader) for text in texts]


FIRST, SECOND, THIRD = a_note("first", 1), a_note("second", 2), a_note("third", 3)


@pytest.mark.parametrize(
    ("committed", "shown", "told", "wrong"),
    [
        ([FIRST, SECOND], seen("first", "second"), {"first"}, {}),
        ([FIRST, SECOND], seen("first"), (), {"lost": 1}),
        ([a_note("first", state=None)], [], (), {"lost": 1}),
        ([a_note("first", state=OutboxState.OBSOLETE)], [], (), {"lost": 1}),
        ([FIRST], seen("first"), {"first", "told and gone"}, {"lost": 1}),
        ([FIRST], seen("first", "first", "first"), (), {"doubled": 2}),
        ([FIRST, SECOND, THIRD], seen("second", "first", "third"), (), {"out_of_order": 1}),
        ([FIRST, SECOND], seen("first", "second", "first"), (), {"doubled": 1}),
        ([FIRST], seen("first", "never committed"), (), {"invented": 1}),
        ([FIRST], seen("first", reader="UBEN"), (), {"lost": 1, "invented": 1}),
        ([a_note("first", state=OutboxState.PARKED)], [], (), {"parked": 1}),
        ([a_note("first", state=OutboxState.ABANDONED)], [], {"first"}, {"abandoned": 1}),
        ([a_note("first", state=OutboxState.PARKED)], seen("first"), (), {}),
        ([SECOND, a_note("other", 1, reader="UBEN")], seen("second") + seen("other", reader="UBEN"), (), {}),
    ],
)
def test_what_went_wrong_is_counted_as_what_it_is(
    committed: list[Note], shown: list[Seen], told: Any, wrong: dict[str, int]
) -> None:
    verdict = judge(committed, shown, told)

    counted = {kind: getattr(verdict, kind) for kind in ("lost", "doubled", "out_of_order", "parked", "abandoned")}
    counted["invented"] = verdict.invented
    assert {kind: count for kind, count in counted.items() if count} == wrong
    assert verdict.holds == (not wrong.keys() - {"parked", "abandoned"})
    assert verdict.messages == len(committed)


@pytest.mark.parametrize(
    ("done", "undone", "done_twice"),
    [(["ana", "ben"], 0, 0), (["ana"], 1, 0), (["ana", "ben", "ben", "ben"], 0, 2), (["ana", "ben", "carl"], 0, 0)],
)
def test_what_ticks_do_is_counted_for_those_it_was_due_to(done: list[str], undone: int, done_twice: int) -> None:
    verdict = judge_effects(judge([], [], ()), ["ana", "ben"], done)

    assert (verdict.undone, verdict.done_twice) == (undone, done_twice)
    assert verdict.holds == (not undone and not done_twice)
