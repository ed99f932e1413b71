"""One run: a workspace, a database, bots and writers in processes, and their deaths."""

from __future__ import annotations

import json
import random
import re
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy

from bot.domain.outbox import LEASE
from bot.domain.people import Person
from bot.domain.sessions import SessionState
from playground import Change, Playground
from playground.rates import Rate, RateLimits
from playground.workspace import User
from storage import SqlStorage, open_storage
from storage.tables import OutboxRow
from tests.builders import COHORT, NOW, a_cohort, a_mentee, a_mentor, a_pairing, a_person
from tests.postgres import new_database, postgres_server
from tests.torture.children import ENOUGH, Setting, note, unfinished
from tests.torture.clock import FastClock, Tempo
from tests.torture.nursery import ROOT, Nursery
from tests.torture.verdict import Note, Seen, Verdict, judge

PAIRINGS = 120
WRITERS, TYPISTS = 2, 2
MOST_PAUSED = 5
"""Paused bots at once; each keeps one of the ten connections that Slack allows."""
MESSAGES_A_KILL = 3
FAULTS = {"429": 0.02, "5xx_before": 0.02, "5xx_after": 0.02, "drop_before": 0.02, "drop_after": 0.02}
SLOW_FAULTS = {"hang": 0.01, "hang_after": 0.01, "slow": 0.01}
"""What strikes a send, and how probably."""
LOOK_UP_FAULTS = {"429": 0.01, "5xx_before": 0.02, "drop_before": 0.01}
_NOTE = re.compile(r"note-\w+-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What kind of run: it goes on until there were so many kills, and so many messages accepted.

    ``pauses`` is the share of messages for which a bot is stopped past its lease, 0 to 1; ``speed`` how many seconds
    pass in a real one. Without ``client_msg_ids`` the workspace shows what is posted twice twice. ``patience`` is in
    real seconds: how long all may take to be sent once the tormenting is over.
    """

    database: str = "sqlite"
    kills: int = 1_000
    messages: int = 0
    replicas: int = 1
    pauses: float = 0.0
    looks_up: bool = True
    client_msg_ids: bool = False
    speed: float = 30.0
    seed: int = 1
    patience: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it. ``drained`` is the longest that a bot took to end in good order; ``problems`` fail the run."""

    verdict: Verdict
    kills: int
    pauses: int
    seconds: float
    drained: float
    reasons: Sequence[str]
    problems: Sequence[str]

    @property
    def holds(self) -> bool:
        return self.verdict.holds and not self.problems


def torture(options: Options, *, database_url: str | None = None) -> Outcome:
    """Run, in a new database unless one is given; every process has ended by the return, and by an exception."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = database_url or stack.enter_context(_database(options.database, folder))
        storage = stack.enter_context(closing(open_storage(url)))
        storage.migrate()
        tempo = Tempo.from_now(NOW, options.speed)
        place = stack.enter_context(_workspace(options, tempo))
        mentors = _furnish(storage, place)
        setting = Setting(
            database_url=url,
            api_url=place.api_url,
            bot_token=place.bot_token,
            app_token=place.app_token,
            team_id=place.workspace.team_id,
            tempo=tempo,
            looks_up=options.looks_up,
            folder=str(folder),
        )
        nursery = stack.enter_context(Nursery(setting))
        return _Run(options, setting, storage, place, nursery, mentors).run()


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'tandem.db'}"
        return
    with postgres_server() as server, new_database(server) as url:
        yield url


def _workspace(options: Options, tempo: Tempo) -> Playground:
    # A bot killed several times a minute looks up more than Slack's tiers allow; what messages may be sent is Slack's.
    often = Rate(burst=1_000, per_second=100)
    place = Playground(
        ROOT / "manifest.yml",
        clock=FastClock(tempo),
        page=False,
        limits=RateLimits(tier2=often, tier3=often, tier4=often),
        knows_client_msg_ids=options.client_msg_ids,
        seed=options.seed,
    )
    for method, faults in (("chat.postMessage", FAULTS | SLOW_FAULTS), ("conversations.history", LOOK_UP_FAULTS)):
        for kind, probability in faults.items():
            place.faults.add(
                method,
                kind,  # type: ignore[arg-type]
                times=None,
                probability=probability,
                retry_after=5,
                # Longer than the bot waits for an answer, so "slow" is accepted after it has given up.
                seconds=1.4 * 20 / options.speed,
            )
    return place


def _furnish(storage: SqlStorage, place: Playground) -> list[Person]:
    """Put pairs into the programme and into the workspace; return the mentors."""
    team = place.workspace.team_id
    mentors = []
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        for index in range(PAIRINGS):
            mentor, mentee = (a_person(f"{role}{index}", team_id=team) for role in ("mentor", "mentee"))
            for person, participant in ((mentor, a_mentor(mentor.id)), (mentee, a_mentee(mentee.id))):
                uow.people.add(person)
                uow.participants.put(participant)
                place.workspace.put_user(
                    User(id=person.user_id, name=person.id, real_name=person.name, email=person.email or "")
                )
            uow.pairings.add(a_pairing(f"pairing{index}", mentors=[mentor.id], mentees=[mentee.id]))
            mentors.append(mentor)
        uow.commit()
    return mentors


@dataclass(slots=True)
class _Run:
    options: Options
    setting: Setting
    storage: SqlStorage
    place: Playground
    nursery: Nursery
    mentors: Sequence[Person]
    accepted: int = 0
    kills: int = 0
    pauses: int = 0
    born: int = 0
    bots: list[int] = field(default_factory=list)
    writers: list[int] = field(default_factory=list)
    paused: deque[tuple[float, int]] = field(default_factory=deque)
    """When each paused bot goes on, by ``time.monotonic``."""
    doomed: deque[tuple[float, int]] = field(default_factory=deque)
    """When each bot that went on after its pause is killed."""
    told: set[str] = field(default_factory=set)
    """Texts of which the bot said that they are logged."""
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> Outcome:
        started = time.monotonic()
        chance = random.Random(self.options.seed)
        self.place.workspace.subscribe(self._count)
        self.bots = [self._a_bot() for _ in range(self.options.replicas)]
        self.writers = [self._a_writer(slot) for slot in range(WRITERS)]
        typists = [threading.Thread(target=self._type, args=(slot,)) for slot in range(TYPISTS)]
        for typist in typists:
            typist.start()
        try:
            self._torment(chance)
        finally:
            self.over.set()
            for typist in typists:
                typist.join()
        for pid in self.writers:
            self.nursery.kill(pid)
        problems = self._drain()
        drained = max(self.nursery.end(pid) for pid in self.bots)
        if left := unfinished(self.storage):
            problems.append(f"{len(left)} messages unfinished at the end")
        problems += self.storage.check().problems
        committed, reasons = self._committed()
        return Outcome(
            verdict=judge(committed, self._seen(), self.told | self._journal()),
            kills=self.kills,
            pauses=self.pauses,
            seconds=time.monotonic() - started,
            drained=drained,
            reasons=reasons,
            problems=problems,
        )

    # -- tormenting

    def _torment(self, chance: random.Random) -> None:
        tick = 1 / self.options.speed
        while self.kills < self.options.kills or self.accepted < self.options.messages:
            self._wait_for_progress(round(chance.expovariate(1 / MESSAGES_A_KILL)))
            # At any instant of a round of delivery.
            time.sleep(chance.uniform(0, 1.5 * tick))
            while self.pauses < self.options.pauses * self.accepted and len(self.paused) < MOST_PAUSED:
                self._pause(chance)
            if self.kills < self.options.kills:
                self._kill(chance)

    def _wait_for_progress(self, messages: int) -> None:
        """Wait for so many messages to be accepted, but not for ever: it may be those who could send that wait."""
        goal, give_up_at = self.accepted + messages, time.monotonic() + 1
        while self.accepted < goal and (now := time.monotonic()) < give_up_at:
            self._care(now)
            next_at = min([give_up_at, *(at for at, _ in (*self.paused, *self.doomed))])
            with self.place.workspace.changed:
                if self.accepted < goal:
                    self.place.workspace.changed.wait(max(0.0, next_at - now))
        self._care(time.monotonic())

    def _care(self, now: float) -> None:
        """Let those go on whose pause is over, and kill those who have lived on long enough."""
        for at, pid in list(self.paused):
            if at <= now:
                self.paused.remove((at, pid))
                self.nursery.resume(pid)
                self.doomed.append((now + 30 / self.options.speed, pid))
        while self.doomed and self.doomed[0][0] <= now:
            self.nursery.kill(self.doomed.popleft()[1])

    def _kill(self, chance: random.Random) -> None:
        self.kills += 1
        if chance.random() < 0.2:
            slot = chance.randrange(WRITERS)
            self.nursery.kill(self.writers[slot])
            self.writers[slot] = self._a_writer(slot)
        else:
            slot = chance.randrange(len(self.bots))
            self.nursery.kill(self.bots[slot])
            self.bots[slot] = self._a_bot()

    def _pause(self, chance: random.Random) -> None:
        """Stop a bot past its lease; another takes its place meanwhile."""
        self.pauses += 1
        slot = chance.randrange(len(self.bots))
        self.nursery.pause(self.bots[slot])
        length = self.setting.tempo.real(LEASE) * chance.uniform(1.05, 1.4)
        self.paused.append((time.monotonic() + length, self.bots[slot]))
        self.bots[slot] = self._a_bot()

    def _a_bot(self) -> int:
        return self.nursery.start("bot")

    def _a_writer(self, slot: int) -> int:
        self.born += 1
        names = " ".join(mentor.user_id for mentor in self._mentors_of(slot))
        return self.nursery.start("writer", f"writer{self.born} {names}")

    def _mentors_of(self, slot: int) -> Sequence[Person]:
        """Return whom this writer or typist writes as, and nobody else."""
        return self.mentors[slot :: WRITERS + TYPISTS]

    def _type(self, slot: int) -> None:
        """Type commands to the bot, until all is over."""
        chance = random.Random(f"{self.options.seed}.{slot}")
        mentors = self._mentors_of(WRITERS + slot)
        count = 0
        while not self.over.is_set():
            if not self.place.connected or len(unfinished(self.storage)) >= ENOUGH:
                self.over.wait(1 / self.options.speed)
                continue
            count += 1
            text = note(f"typist{slot}", count)
            if chance.random() < 0.05:
                self.place.faults.double_envelopes(1)
            reply = self.place.person(chance.choice(mentors).user_id).slash(f"/tandem log 45m {text}")
            # What is answered may also be that it did not work.
            if reply.acked and text in json.dumps(reply.response):
                self.told.add(text)

    def _count(self, change: Change) -> None:
        message = change.data.get("message")
        if change.kind == "message" and getattr(message, "is_app", False):
            self.accepted += 1

    # -- counting

    def _drain(self) -> list[str]:
        """Let everything be sent that can be; return what went wrong."""
        self.place.faults.clear()
        give_up_at = time.monotonic() + self.options.patience
        while self.paused or self.doomed or unfinished(self.storage):
            now = time.monotonic()
            if now > give_up_at:
                return [f"messages were still unfinished after {self.options.patience:g} s"]
            self._care(now)
            # The database of other processes tells nobody of its changes.
            time.sleep(0.1)
        return []

    def _journal(self) -> set[str]:
        path = self.setting.journal
        return set(path.read_text().splitlines()) if path.exists() else set()

    def _committed(self) -> tuple[list[Note], list[str]]:
        """Return what the sessions in the database say was logged, and why messages wait for the operator."""
        rows = sqlalchemy.select(OutboxRow).where(OutboxRow.kind == "session_logged")
        with self.storage._engines.reader.connect() as connection:
            messages = {(row.args["session_id"], row.person_id): row for row in connection.execute(rows)}
        with self.storage.read() as uow:
            sessions = uow.sessions.in_cohort(COHORT)
            people = uow.people.get_many({one for session in sessions for one in session.person_ids})
        notes = []
        for session in sessions:
            assert session.state is SessionState.HELD
            for person_id in session.person_ids:
                if person_id != session.logged_by:
                    row = messages.get((session.id, person_id))
                    notes.append(
                        Note(
                            text=session.tried,
                            reader=people[person_id].user_id,
                            place=row.seq if row else 0,
                            state=row.state if row else None,
                        )
                    )
        unsent = [row for row in messages.values() if row.state != "sent"]
        return notes, [f"{row.state}: {row.last_error}" for row in unsent]

    def _seen(self) -> list[Seen]:
        """Return the notes in the playground's own record of what it accepted, in its order."""
        with self.place.workspace.lock:
            posts = [one for one in self.place.workspace.record if one.kind == "message"]
        seen = []
        for post in posts:
            found = _NOTE.search(post.text + json.dumps(post.blocks))
            assert found, "every message is about a note"
            assert post.user is not None
            seen.append(Seen(text=found.group(), reader=post.user))
        return seen
