"""How long a hundred thousand nudges take to be planned, found, claimed and cancelled, on both databases."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.report import figure
from bot.domain.outbox import OutboxMessage
from bot.scheduler import Timetable
from bot.services import Services
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from storage import open_storage
from tests.builders import NOW, a_cohort, a_mentee, a_nudge, a_person
from tests.fakes.slack import FakeClock, FakeDirectory, FakeMessenger
from tests.postgres import new_database, postgres_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage import SqlStorage

PEOPLE, EACH = 1_000, 100
DUE = 20_000
TIMES = 20  # a tick, and a cancellation, are measured as often; medians are reported
METHOD = f"""\
A programme of {PEOPLE:,} people, each with {EACH} nudges to come. *Planned* is all {PEOPLE * EACH:,} in one
transaction. *A tick with nothing due* is the whole timetable: nudges, proposals, pauses, sessions, delivery. *Claimed*
is {DUE:,} messages due at once, taken a thousand at a time under a lease, without sending. *Cancelled* is all that one
person has to come, in a transaction of its own. Promised on SQLite; PostgreSQL is beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is promised, in seconds, and what was seen on each database."""

    what: str
    promised: float
    seen: dict[str, float]

    @property
    def kept(self) -> bool:
        """Return whether SQLite keeps the promise."""
        return self.seen["SQLite"] <= self.promised


PROMISED = {
    f"{PEOPLE * EACH:,} nudges planned": 10.0,
    "a tick with nothing due": 0.005,
    f"{DUE:,} due messages claimed": 3.0,
    "one person's nudges cancelled": 0.020,
}


def measure() -> list[Figure]:
    """Measure both databases, one after the other."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(postgres_server())
        urls = {
            "SQLite": f"sqlite:///{folder / 'tandem.db'}",
            "PostgreSQL": stack.enter_context(new_database(server)),
        }
        seen = {name: _measured(url) for name, url in urls.items()}
    return [
        Figure(what=what, promised=promised, seen={name: found[what] for name, found in seen.items()})
        for what, promised in PROMISED.items()
    ]


def _measured(database_url: str) -> dict[str, float]:
    with closing(open_storage(database_url)) as storage:
        storage.migrate()
        _furnish(storage)
        seconds = (
            _seconds(lambda: _plan(storage)),
            _ticks(storage),
            _claimed(storage),
            median(_seconds(lambda number=number: _cancel(storage, number)) for number in range(TIMES)),  # type: ignore[misc]
        )
        return dict(zip(PROMISED, seconds, strict=True))


def _seconds(act: Callable[[], None]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started


def _furnish(storage: SqlStorage) -> None:
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        for number in range(PEOPLE):
            uow.people.add(a_person(f"p{number}"))
            uow.participants.put(a_mentee(f"p{number}"))
        uow.commit()


def _plan(storage: SqlStorage) -> None:
    with storage.begin() as uow:
        uow.nudges.plan(
            a_nudge(f"{person}.{which}", person_id=f"p{person}", due_at=NOW + timedelta(days=1 + which))
            for person in range(PEOPLE)
            for which in range(EACH)
        )
        uow.commit()


def _ticks(storage: SqlStorage) -> float:
    clock = FakeClock()
    services = Services(storage=storage, programme=Programme(), directory=FakeDirectory())
    delivery = DeliveryService(storage=storage, programme=services.programme, messenger=FakeMessenger(), clock=clock)
    timetable = Timetable(services, delivery, clock)
    timetable.tick()
    return median(_seconds(timetable.tick) for _ in range(TIMES))


def _claimed(storage: SqlStorage) -> float:
    with storage.begin() as uow:
        uow.outbox.add_many(
            OutboxMessage.to(a_person(f"p{number % PEOPLE}", user_id=f"U{number}"), "home", f"m{number}", now=NOW)
            for number in range(DUE)
        )
        uow.commit()

    def claim() -> None:
        left = DUE
        while left:
            with storage.begin() as uow:
                left -= len(uow.outbox.claim_due(now=NOW, limit=1_000, lease=timedelta(minutes=1)))
                uow.commit()

    return _seconds(claim)


def _cancel(storage: SqlStorage, number: int) -> None:
    with storage.begin() as uow:
        assert uow.nudges.cancel(person_id=f"p{number}") == EACH
        uow.commit()


def body(found: list[Figure]) -> str:
    """Return the table of what was found."""
    rows = [
        f"| {one.what} | **{figure(one.seen['SQLite'])}** | {figure(one.seen['PostgreSQL'])} | ≤ {one.promised:g} |"
        for one in found
    ]
    return "\n".join(["| Seconds | SQLite | PostgreSQL | Promised |", "|---|---|---|---|", *rows])
