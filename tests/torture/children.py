"""What is tortured: the real bot, and programs that commit changes, each in a process that may end at any instant."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy

import app
from bot.config import Config
from bot.domain.letters import Letter
from bot.domain.outbox import HTTP_TIMEOUT, OutboxMessage, OutboxState
from bot.domain.sessions import LogLine
from bot.ports import Messenger, Sent
from bot.services import Services
from bot.services.base import Programme
from storage import SqlStorage, StorageError, open_storage
from storage.tables import OutboxRow, word
from tests.fakes.slack import FakeDirectory
from tests.torture.clock import FastClock, Tempo

logger = logging.getLogger("torture")

A_TICK = 1.0
"""Seconds between two rounds of delivery, as in the bot's timetable."""
ENOUGH = 60
"""Unfinished messages at which those who write wait for those who send."""
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
    looks_up: bool
    folder: str

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


def be_a_bot(setting: Setting, _: str) -> None:
    """Be the bot, wired as ``app`` wires it, until told to stop. Its own constants hold, in the run's quicker time."""
    config = Config(
        bot_token=setting.bot_token,
        app_token=setting.app_token,
        slack_api_url=setting.api_url,
        database_url=setting.database_url,
    )
    with closing(open_storage(setting.database_url)) as storage:
        tandem = app.Tandem(config, storage, FastClock(setting.tempo))
        # The client takes fractions of a second too, whatever its annotation says.
        tandem.client.timeout = setting.tempo.real(HTTP_TIMEOUT)  # type: ignore[assignment]
        delivery = tandem.timetable.delivery
        if not setting.looks_up:
            delivery = replace(delivery, messenger=Forgetful(delivery.messenger))
        stopped = threading.Event()

        def stop(*_: object) -> None:
            delivery.stop()
            stopped.set()

        signal.signal(signal.SIGTERM, stop)
        with closing(tandem):
            tandem.connect()
            while not stopped.wait(A_TICK / setting.tempo.speed):
                try:
                    delivery.deliver()
                except TRANSIENT as error:
                    # As in the timetable: the next round finds everything still due.
                    logger.warning("delivery failed: %s", type(error).__name__)


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
        count = 0
        while True:
            if len(unfinished(storage)) >= ENOUGH:
                threading.Event().wait(A_TICK / setting.tempo.speed)
                continue
            count += 1
            text = note(name, count)
            try:
                services.sessions.log_line(
                    chance.choice(actors), LogLine(user_id=None, minutes=45, tried=text), now=clock.now()
                )
            except TRANSIENT as error:
                logger.warning("writing failed: %s", type(error).__name__)
            else:
                # One write, so that a kill leaves a whole line or none.
                os.write(journal, f"{text}\n".encode())


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
