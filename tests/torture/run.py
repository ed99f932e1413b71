"""One run: a workspace, a database, bots and writers in processes, and their deaths."""

from __future__ import annotations

import json
import random
import re
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy

from app import STOP_WITHIN_SECONDS
from bot.domain.outbox import HOME, LEASE, OutboxState
from bot.domain.participants import MOST_SEATS
from bot.domain.people import Person
from bot.domain.sessions import LOOK_BACK, SHORTEST, SessionState
from bot.scheduler import Timetable
from bot.services import Services
from bot.services.base import Programme
from bot.services.delivery import DeliveryService
from playground import Change, Playground
from playground.errors import CannotDoThat
from playground.rates import Rate, RateLimits
from playground.workspace import User
from storage import SqlStorage, open_storage
from storage.tables import OutboxRow, PersonRow, word
from tests.builders import COHORT, NOW, a_cohort, a_mentee, a_mentor, a_pairing, a_person
from tests.fakes.slack import FakeDirectory, FakeMessenger
from tests.postgres import new_database, postgres_server
from tests.torture.cases import Case, prepare
from tests.torture.children import ENOUGH, Setting, case_letter, note, unfinished, until_beat
from tests.torture.clock import FastClock, Tempo
from tests.torture.nursery import PATIENCE, ROOT, Nursery, NurseryFailed
from tests.torture.verdict import Note, Seen, Verdict, judge, judge_effects

PAIRINGS = 120
WRITERS, TYPISTS = 2, 2
CASES_A_LIFE = 120
"""Cases that a producer has to write; few live as long."""
A_TICKS_WORK = 0.03
"""Real seconds that the minute's ticks take together, about, when they find something to do."""
A_MOMENT = timedelta(minutes=2)
"""Within which what is due now is done: nudges wait for their minute."""
MOST_PAUSED = 5
"""Paused bots at once; each keeps one of the ten connections that Slack allows."""
MESSAGES_A_KILL = 3
FAULTS = {"429": 0.02, "5xx_before": 0.02, "5xx_after": 0.02, "drop_before": 0.02, "drop_after": 0.02}
SLOW_FAULTS = {"hang": 0.01, "hang_after": 0.01, "slow": 0.01}
"""What strikes a send, and how probably."""
LOOK_UP_FAULTS = {"429": 0.01, "5xx_before": 0.02, "drop_before": 0.01}
_FAILED = re.compile(r"tick ([\w.]+) failed: (\w+)")
_NOTE = re.compile(r"note-\w+-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What kind of run: it goes on until there were so many kills, restarts in turn, and messages accepted.

    ``cases`` is how many there are from the start. ``pauses`` is the share of messages for which a bot is stopped past
    its lease, 0 to 1; ``speed`` how many seconds pass in a real one. Without ``client_msg_ids`` the workspace shows
    what is posted twice twice. ``without`` names safeguards that are left out. ``patience`` is in real seconds: how
    long all may take to be sent once the tormenting is over.
    """

    database: str = "sqlite"
    kills: int = 1_000
    restarts: int = 0
    messages: int = 0
    cases: int = 24
    replicas: int = 1
    pauses: float = 0.0
    without: tuple[str, ...] = ()
    client_msg_ids: bool = False
    speed: float = 30.0
    seed: int = 1
    patience: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it. ``drained`` is the longest that a bot took to end in good order; ``problems`` fail the run."""

    verdict: Verdict
    kills: int
    restarts: int
    pauses: int
    cases: int
    unanswered: int
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
        mentors, cases = _furnish(storage, place, options.cases)
        setting = Setting(
            database_url=url,
            api_url=place.api_url,
            bot_token=place.bot_token,
            app_token=place.app_token,
            team_id=place.workspace.team_id,
            tempo=tempo,
            without=options.without,
            folder=str(folder),
        )
        nursery = stack.enter_context(Nursery(setting))
        return _Run(options, setting, storage, place, nursery, mentors, cases).run()


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


def _furnish(storage: SqlStorage, place: Playground, count: int) -> tuple[list[Person], list[Case]]:
    """Put pairs and so many cases into the programme and the workspace; return the pairs' mentors, and the cases."""
    team = place.workspace.team_id
    mentors = []
    with storage.begin() as uow:
        uow.cohorts.add(a_cohort())
        for index in range(PAIRINGS):
            mentor, mentee = (a_person(f"{role}{index}", team_id=team) for role in ("mentor", "mentee"))
            # With seats enough for every mentee whose own mentor does not answer.
            for person, participant in ((mentor, a_mentor(mentor.id, seats=MOST_SEATS)), (mentee, a_mentee(mentee.id))):
                uow.people.add(person)
                uow.participants.put(participant)
                place.workspace.put_user(
                    User(id=person.user_id, name=person.id, real_name=person.name, email=person.email or "")
                )
            uow.pairings.add(
                a_pairing(
                    f"pairing{index}", mentors=[mentor.id], mentees=[mentee.id],
                    # Writers log sessions of the last three months.
                    introduced_at=NOW - LOOK_BACK - timedelta(days=1),
                )
            )  # fmt: skip
            mentors.append(mentor)
        prepare(uow)
        cases = [Case(number=number) for number in range(count)]
        for case in cases:
            _welcome(case, place)
            case.furnish(uow, team_id=team, due_at=place.clock.now() + timedelta(seconds=case.number))
        uow.commit()
    return mentors, cases


def _welcome(case: Case, place: Playground) -> None:
    """Put the people of *case* into the workspace."""
    for person_id in case.person_ids:
        person = a_person(person_id)
        place.workspace.put_user(User(id=person.user_id, name=person.id, real_name=person.name))


@dataclass(slots=True)
class _Run:
    options: Options
    setting: Setting
    storage: SqlStorage
    place: Playground
    nursery: Nursery
    mentors: Sequence[Person]
    cases: list[Case]
    """All that may have been written."""
    accepted: int = 0
    kills: int = 0
    restarts: int = 0
    pauses: int = 0
    born: int = 0
    drained: float = 0.0
    bots: list[int] = field(default_factory=list)
    writers: list[int] = field(default_factory=list)
    """Those who write notes, then the one who writes cases."""
    cut_short: list[float] = field(default_factory=list)
    """When bots ended that Slack kept waiting to their last second, and so kept the lease of one message each."""
    problems: list[str] = field(default_factory=list)
    paused: deque[tuple[float, int]] = field(default_factory=deque)
    """When each paused bot goes on, by ``time.monotonic``."""
    doomed: deque[tuple[float, int]] = field(default_factory=deque)
    """When each bot that went on after its pause is killed."""
    told: set[str] = field(default_factory=set)
    """Texts of which the bot said that they are logged."""
    unanswered: list[str] = field(default_factory=list)
    """Texts of commands that nobody answered in time."""
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> Outcome:
        started = time.monotonic()
        chance = random.Random(self.options.seed)
        self.place.workspace.subscribe(self._count)
        self.bots = [self._a_bot() for _ in range(self.options.replicas)]
        self.writers = [self._a_writer(slot) for slot in range(WRITERS + 1)]
        typists = [threading.Thread(target=self._type, args=(slot,)) for slot in range(TYPISTS)]
        for typist in typists:
            typist.start()
        try:
            if self.options.restarts:
                self._restart_in_turn(chance)
            else:
                self._torment(chance)
        finally:
            self.over.set()
            for typist in typists:
                typist.join()
        for pid in self.writers:
            self.nursery.kill(pid)
        self._drain()
        for pid in self.bots:
            self._end(pid)
        if left := unfinished(self.storage):
            self.problems.append(f"{len(left)} messages unfinished at the end")
        self.problems += self.storage.check().problems
        self.problems += self._failures()
        committed, reasons = self._committed()
        verdict = judge(committed, self._seen(), self.told | self._journal())
        if self.options.restarts and verdict.parked:
            self.problems.append(f"{verdict.parked} messages parked, though nobody was killed")
        return Outcome(
            verdict=judge_effects(verdict, *self._effects()),
            kills=self.kills,
            restarts=self.restarts,
            pauses=self.pauses,
            cases=len(self._written()),
            unanswered=len(self.unanswered),
            seconds=time.monotonic() - started,
            drained=self.drained,
            reasons=reasons,
            problems=self.problems,
        )

    # -- tormenting

    def _torment(self, chance: random.Random) -> None:
        tick = 1 / self.options.speed
        while self.kills < self.options.kills or self.accepted < self.options.messages:
            self._wait_for_progress(round(chance.expovariate(1 / MESSAGES_A_KILL)))
            if chance.random() < 0.5:
                # At any instant of a round of delivery,
                time.sleep(chance.uniform(0, 1.5 * tick))
            else:
                # or of the ticks that all bots begin together.
                time.sleep(until_beat() + chance.uniform(0, A_TICKS_WORK))
            while self.pauses < self.options.pauses * self.accepted and len(self.paused) < MOST_PAUSED:
                self._pause(chance)
            if self.kills < self.options.kills:
                self._kill(chance)

    def _restart_in_turn(self, chance: random.Random) -> None:
        """Have one bot after the other end and start again; at last end all at once, which must leave no lease."""
        while self.restarts < self.options.restarts or self.accepted < self.options.messages:
            self._wait_for_progress(round(chance.expovariate(1 / MESSAGES_A_KILL)))
            time.sleep(chance.uniform(0, 1.5 / self.options.speed))
            slot = self.restarts % len(self.bots)
            self._end(self.bots[slot])
            self.bots[slot] = self._a_bot()
            self.restarts += 1
            self.place.workspace.wait_for(
                lambda: self.place.sockets.connected >= len(self.bots) or None, PATIENCE, what="a bot that starts again"
            )
        for pid in self.bots:
            self._end(pid)
        since = time.monotonic() - self.setting.tempo.real(LEASE)
        kept = sum(at > since for at in self.cut_short)
        if (left := self._leased()) > kept:
            self.problems.append(f"{left} leases were not given back, where {kept} may be kept")
        self.bots = [self._a_bot() for _ in self.bots]

    def _end(self, pid: int) -> None:
        """Have a bot end in good order."""
        try:
            took = self.nursery.end(pid)
        except NurseryFailed as failure:
            self.problems.append(str(failure))
            return
        self.drained = max(self.drained, took)
        if took >= STOP_WITHIN_SECONDS:
            self.cut_short.append(time.monotonic())

    def _leased(self) -> int:
        """Return how many messages somebody holds, but for those of which nobody knows yet whether they arrived."""
        held = sqlalchemy.select(sqlalchemy.func.count()).where(
            OutboxRow.state == word(OutboxState.SENDING), OutboxRow.maybe_sent.is_(False)
        )
        with self.storage._engines.reader.connect() as connection:
            return connection.execute(held).scalar_one()

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
            slot = chance.randrange(len(self.writers))
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
        if slot == WRITERS:
            return self._a_producer()
        names = " ".join(mentor.user_id for mentor in self._mentors_of(slot))
        return self.nursery.start("writer", f"writer{self.born} {names}")

    def _a_producer(self) -> int:
        first = len(self.cases)
        for number in range(first, first + CASES_A_LIFE):
            self.cases.append(Case(number=number))
            _welcome(self.cases[-1], self.place)
        return self.nursery.start("producer", f"{first} {len(self.cases) - 1}")

    def _mentors_of(self, slot: int) -> Sequence[Person]:
        """Return whom this writer or typist writes as, and nobody else."""
        return self.mentors[slot :: WRITERS + TYPISTS]

    def _type(self, slot: int) -> None:
        """Type commands to the bot, until all is over."""
        chance = random.Random(f"{self.options.seed}.{slot}")
        free_at = dict.fromkeys(self._mentors_of(WRITERS + slot), 0.0)
        count = 0
        while not self.over.is_set():
            mentor = min(free_at, key=lambda one: free_at[one])
            is_busy = free_at[mentor] > time.monotonic()
            if is_busy or not self.place.connected or len(unfinished(self.storage)) >= ENOUGH:
                self.over.wait(1 / self.options.speed)
                continue
            # Nobody logs over what their pairing has logged already.
            free_at[mentor] = time.monotonic() + 60 * (SHORTEST + 1) / self.options.speed
            count += 1
            text = note(f"typist{slot}", count)
            if chance.random() < 0.05:
                self.place.faults.double_envelopes(1)
            typed = f"/tandem log {SHORTEST}m {text}"
            person = self.place.person(mentor.user_id)
            reply = person.slash(typed)
            if not reply.acked:
                self.unanswered.append(text)
            # What is answered may also be that it did not work, which gives back what was typed.
            answer = json.dumps(reply.response)
            if reply.acked and text in answer and typed not in answer:
                self.told.add(text)
            while person.view is not None:
                # Asked whether a second session of a day is another one; then, in the same modal, how it was.
                with suppress(CannotDoThat):
                    person.submit({"another": ["another"]})
                person.close_view()

    def _count(self, change: Change) -> None:
        message = change.data.get("message")
        if change.kind == "message" and getattr(message, "is_app", False):
            self.accepted += 1

    # -- counting

    def _drain(self) -> None:
        """Let everything be done and sent that can be."""
        self.place.faults.clear()
        give_up_at = time.monotonic() + self.options.patience
        while self.paused or self.doomed or unfinished(self.storage) or self._due():
            now = time.monotonic()
            if now > give_up_at:
                self.problems.append(f"there was still something to do after {self.options.patience:g} s")
                return
            self._care(now)
            # The database of other processes tells nobody of its changes.
            time.sleep(0.1)

    def _due(self) -> list[str]:
        """Return the names of the ticks that have something to do, or will have within moments."""
        services = Services(storage=self.storage, programme=Programme(), directory=FakeDirectory())
        clock = self.place.clock
        delivery = DeliveryService(
            storage=self.storage, programme=services.programme, messenger=FakeMessenger(), clock=clock
        )
        now = clock.now()
        dues = {tick.name: tick.next_due(now) for tick in Timetable(services, delivery, clock).every_minute}
        return [name for name, due in dues.items() if due is not None and due <= now + A_MOMENT]

    def _failures(self) -> list[str]:
        """Return which ticks failed in the bots, how and how often: that another has ticked makes none fail."""
        failed = Counter(_FAILED.findall(self.nursery.log.read_text(encoding="utf-8", errors="replace")))
        return [f"{tick} failed {count} times: {error}" for (tick, error), count in failed.items()]

    def _journal(self) -> set[str]:
        path = self.setting.journal
        return set(path.read_text().splitlines()) if path.exists() else set()

    def _committed(self) -> tuple[list[Note], list[str]]:
        """Return what must have been shown by what the database says happened, and why messages wait or were let go."""
        with self.storage._engines.reader.connect() as connection:
            rows = connection.execute(sqlalchemy.select(OutboxRow).where(OutboxRow.kind != HOME)).all()
        notes = [*self._notes(rows), *self._letters(rows)]
        return notes, [f"{row.kind} {row.state}: {row.last_error}" for row in rows if row.state != "sent"]

    def _notes(self, rows: Sequence[Any]) -> Iterator[Note]:
        """Yield what the sessions say was logged."""
        messages = {(row.args["session_id"], row.person_id): row for row in rows if row.kind == "session_logged"}
        with self.storage.read() as uow:
            sessions = uow.sessions.in_cohort(COHORT)
            people = uow.people.get_many({one for session in sessions for one in session.person_ids})
        for session in sessions:
            assert session.state is SessionState.HELD
            for person_id in session.person_ids:
                if person_id != session.logged_by:
                    row = messages.get((session.id, person_id))
                    yield _a_note(session.tried, people[person_id].user_id, row)

    def _letters(self, rows: Sequence[Any]) -> Iterator[Note]:
        """Yield what the cases must have caused."""
        messages = {(row.kind, row.person_id): row for row in sorted(rows, key=lambda row: row.seq)}
        for case in self._written():
            for kind, person_id in case.letters:
                row = messages.get((kind.split()[0], person_id))
                yield _a_note(case_letter(case, kind), a_person(person_id).user_id, row)

    def _written(self) -> list[Case]:
        """Return the cases that were committed."""
        with self.storage._engines.reader.connect() as connection:
            there = set(connection.execute(sqlalchemy.select(PersonRow.id)).scalars())
        return [case for case in self.cases if case.person_ids[0] in there]

    def _effects(self) -> tuple[list[str], list[str]]:
        """Return whose Home tabs ticks had to have drawn anew, and for whom they did, as often as they did.

        A row that was written and whose tab never appeared was not done.
        """
        with self.place.workspace.lock:
            shown = {one.user for one in self.place.workspace.record if one.kind == "home"}
        rows = sqlalchemy.select(OutboxRow.person_id, OutboxRow.conversation).where(OutboxRow.kind == HOME)
        with self.storage._engines.reader.connect() as connection:
            asked = connection.execute(rows).all()
        expected = [person_id for case in self._written() for person_id in case.homes]
        return expected, [row.person_id for row in asked if row.conversation.removeprefix(f"{HOME}:") in shown]

    def _seen(self) -> list[Seen]:
        """Return the messages in the playground's own record of what it accepted, in its order."""
        with self.place.workspace.lock:
            posts = [one for one in self.place.workspace.record if one.kind == "message"]
        cases = {a_person(one).user_id: case for case in self.cases for one in case.person_ids}
        seen = []
        for post in posts:
            assert post.user is not None
            shown = post.text + json.dumps(post.blocks)
            if case := cases.get(post.user):
                assert post.metadata is not None
                kind = re.sub("^tandem_(nudge_)?", "", post.metadata["event_type"])
                texts = [case_letter(case, told) for told in case.told(kind, shown)]
            else:
                found = _NOTE.search(shown)
                assert found, "every other message is about a note"
                texts = [found.group()]
            seen += [Seen(text=text, reader=post.user) for text in texts]
        return seen


def _a_note(text: str, reader: str, row: Any) -> Note:
    return Note(text=text, reader=reader, place=row.seq if row else 0, state=row.state if row else None)
