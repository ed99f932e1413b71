"""What is tortured: the real bot, and programs that commit changes, each in a process that may end at any instant."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy

import app
from bot.config import Config
from bot.domain.letters import Letter
from bot.domain.nudges import NudgeState
from bot.domain.outbox import HTTP_TIMEOUT, OutboxMessage, OutboxState
from bot.domain.sessions import LOOK_BACK, SHORTEST
from bot.errors import AlreadyLogged
from bot.ports import Messenger, Sent, UnitOfWork
from bot.scheduler import Tick, Timetable
from bot.services import Services
from bot.services.base import Programme
from storage import SqlStorage, StorageError, open_storage
from storage.tables import NudgeRow, OutboxRow, word
from tests.fakes.slack import FakeDirectory
from tests.torture.cases import Case
from tests.torture.clock import FastClock, Tempo

logger = logging.getLogger("torture")

A_TICK = 1.0
"""Seconds between two rounds of delivery, as in the bot's timetable."""
BEAT = 0.2
"""Real seconds between two rounds of the minute's ticks, which all bots begin at the same instant."""
ENOUGH = 60
"""Unfinished messages at which those who write wait for those who send."""
ENOUGH_NUDGES = 15
"""Nudges due at which those who make more wait: thirty a minute go out."""
SOON = timedelta(seconds=20)
"""How long at most after it was written a case is due."""
A_CASE = timedelta(seconds=2)
"""Time that passes from one case to the next; what must come of them takes about as long to send."""
TRANSIENT = (StorageError, sqlalchemy.exc.SQLAlchemyError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where the processes of one run work. Plain data, so that it can be told over a pipe."""

    database_url: str
    api_url: str
    bot_token: str
    app_token: str
    team_id: str
    tempo: Tempo
    folder: str
    without: tuple[str, ...] = ()
    """The safeguards left out, so that the count must find what they prevent: look-up, leases, turns, drain."""

    def to_json(self) -> str:
        """Return the setting on one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Setting:
        """Return what :meth:`to_json` was called on."""
        told = json.loads(line)
        return cls(**{**told, "tempo": Tempo(**told["tempo"])})

    @property
    def journal(self) -> Path:
        """Where those who write append each text once its commit has returned."""
        return Path(self.folder) / "journal"


def be_a_bot(setting: Setting, _: str) -> int:
    """Be the bot, run as ``app`` runs it, until told to stop. Its own constants hold, in the run's quicker time."""
    config = Config(
        bot_token=setting.bot_token,
        app_token=setting.app_token,
        slack_api_url=setting.api_url,
        database_url=setting.database_url,
    )
    with (
        app.stop_signal() as stopped,
        closing(open_storage(setting.database_url)) as storage,
        closing(app.Tandem(config, storage, FastClock(setting.tempo))) as tandem,
    ):
        if "drain" in setting.without:
            signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        # The client takes fractions of a second too, whatever its annotation says.
        tandem.client.timeout = setting.tempo.real(HTTP_TIMEOUT)  # type: ignore[assignment]
        tandem.timetable = _hastened(_lacking(setting.without, tandem, storage), setting.tempo)
        return app.listen(tandem, stopped)


def _hastened(timetable: Timetable, tempo: Tempo) -> Timetable:
    """Return *timetable* with its ticks as quick as the clock, and those of the minute together with other bots'."""
    together = Tick(
        name="together",
        interval=timedelta(seconds=BEAT / 2),
        run=lambda _: time.sleep(until_beat()),
        next_due=lambda _: None,
    )
    timetable.every_minute = (together, *timetable.every_minute)
    timetable.every_second = tuple(
        replace(tick, interval=tick.interval / tempo.speed) for tick in timetable.every_second
    )
    return timetable


def until_beat() -> float:
    """Return the real seconds until the minute's ticks begin next, in every process."""
    return -time.monotonic() % BEAT


def _lacking(without: Collection[str], tandem: app.Tandem, storage: SqlStorage) -> Timetable:
    """Return the bot's timetable as it would be *without* those safeguards."""
    services, delivery = tandem.services, tandem.timetable.delivery
    if "look-up" in without:
        delivery = replace(delivery, messenger=Forgetful(delivery.messenger))
    if "leases" in without:
        delivery = replace(delivery, storage=Unleased(storage))
    if "turns" in without:
        services = replace(services, storage=Hasty(storage))
    return Timetable(services, delivery, tandem.timetable.clock)


@dataclass(frozen=True, slots=True)
class Unleased:
    """A storage whose claims take what others are sending as well."""

    storage: SqlStorage

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        with self.storage.begin() as uow:
            claim = uow.outbox.claim_due

            def claim_all(*, now: datetime, lease: timedelta, **how: Any) -> Sequence[OutboxMessage]:
                return claim(now=now + lease, lease=timedelta(), **how)

            setattr(uow.outbox, "claim_due", claim_all)  # noqa: B010 - a method, which has no setter
            yield uow

    def read(self) -> Any:
        return self.storage.read()


@dataclass(frozen=True, slots=True)
class Hasty:
    """A storage in which the ticks decide by what was due before it was their turn to write."""

    storage: SqlStorage

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        with self.storage.read() as before:
            before.rounds.next_expiry()  # From its first statement on it sees an unchanging picture.
            with self.storage.begin() as uow:
                for name, what in (
                    ("rounds", "expiring_by"),
                    ("pairings", "closing_by"),
                    ("participants", "resuming_by"),
                    ("sessions", "unconfirmed_by"),
                ):
                    setattr(getattr(uow, name), what, getattr(getattr(before, name), what))
                yield uow

    def read(self) -> Any:
        return self.storage.read()


class Forgetful:
    """A messenger that never finds what it may have sent: how delivery would be without the look-up."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger

    def send(
        self, message: OutboxMessage, letter: Letter, *, language: str, tz: str, check: Callable[[], None]
    ) -> Sent:
        return self._messenger.send(message, letter, language=language, tz=tz, check=check)

    def find(self, message: OutboxMessage) -> Sent | None:
        return None

    def publish_home(self, user_id: str, home: Any, *, language: str, tz: str) -> None:
        self._messenger.publish_home(user_id, home, language=language, tz=tz)


def be_a_writer(setting: Setting, words: str) -> None:
    """Log sessions without end as the mentors given, after the writer's own name, each with a text never used before.

    A text is in the journal only once its commit has returned.
    """
    name, *mentors = words.split()
    clock, chance = FastClock(setting.tempo), random.Random(name)
    journal = os.open(setting.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with closing(open_storage(setting.database_url)) as storage:
        services = Services(storage=storage, programme=Programme(), directory=FakeDirectory())
        actors = [services.people.actor(team_id=setting.team_id, user_id=one, now=clock.now()) for one in mentors]
        with storage.read() as uow:
            pairings = [(one, uow.pairings.active_of(one.person_id)[0].id) for one in actors]
        count = 0
        while True:
            if len(unfinished(storage)) >= ENOUGH:
                threading.Event().wait(A_TICK / setting.tempo.speed)
                continue
            count += 1
            text = note(name, count)
            actor, pairing_id = chance.choice(pairings)
            now = clock.now()
            try:
                services.sessions.log(
                    actor, pairing_id=pairing_id, session_id=None, held_at=now - chance.random() * LOOK_BACK,
                    minutes=SHORTEST, topic_ids=(), tried=text, next_try="",
                    is_another=True, now=now,
                )  # fmt: skip
            except AlreadyLogged:
                continue  # two of them met at that time of the last three months
            except TRANSIENT as error:
                logger.warning("writing failed: %s", type(error).__name__)
            else:
                # One write, so that a kill leaves a whole line or none.
                os.write(journal, f"{text}\n".encode())


def be_a_producer(setting: Setting, words: str) -> None:
    """Write cases, numbered from the first to the last given, each due within seconds.

    What must come of one is in the journal only once its commit has returned.
    """
    first, last = map(int, words.split())
    clock, chance = FastClock(setting.tempo), random.Random(first)
    journal = os.open(setting.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with closing(open_storage(setting.database_url)) as storage:
        for number in range(first, last + 1):
            case = Case(number=number)
            threading.Event().wait(setting.tempo.real(A_CASE))
            while len(unfinished(storage)) >= ENOUGH or _nudges_due(storage, clock.now()) >= ENOUGH_NUDGES:
                threading.Event().wait(A_TICK / setting.tempo.speed)
            try:
                with storage.begin() as uow:
                    case.furnish(uow, team_id=setting.team_id, due_at=clock.now() + chance.random() * SOON)
                    uow.commit()
            except TRANSIENT as error:
                logger.warning("writing failed: %s", type(error).__name__)
            else:
                os.write(journal, "".join(f"{case_letter(case, kind)}\n" for kind, _ in case.letters).encode())
        threading.Event().wait()


def case_letter(case: Case, kind: str) -> str:
    """Return what names the messages of *kind* that *case* must cause, in the count."""
    return f"{case.name} {kind}"


def note(writer: str, count: int) -> str:
    """Return a text that nobody else writes."""
    return f"note-{writer}-{count}"


_UNFINISHED = sqlalchemy.select(OutboxRow.id).where(
    OutboxRow.state.in_([word(OutboxState.PENDING), word(OutboxState.SENDING)])
)


def unfinished(storage: SqlStorage) -> Sequence[str]:
    """Return the ids of the messages that are still to be sent, or being sent."""
    with storage._engines.reader.connect() as connection:
        return connection.execute(_UNFINISHED).scalars().all()


_NUDGES_DUE = sqlalchemy.select(sqlalchemy.func.count()).where(
    NudgeRow.state == word(NudgeState.PENDING), NudgeRow.due_at <= sqlalchemy.bindparam("now")
)


def _nudges_due(storage: SqlStorage, now: datetime) -> int:
    with storage._engines.reader.connect() as connection:
        return connection.execute(_NUDGES_DUE, {"now": now}).scalar_one()
