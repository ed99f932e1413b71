"""What holds below the contract: durability, constraints, one writer, clear refusals."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.exc import IntegrityError, StatementError

from bot.domain.outbox import Lane
from bot.ports import UnitOfWork
from storage import (
    SqlStorage,
    StorageError,
    columns,
    nudges,
    open_storage,
    outbox,
    pairings,
    participants,
    people,
    rounds,
    sessions,
)
from tests.builders import a_cohort, a_mentor, a_message, a_nudge, a_person, a_session


@pytest.fixture
def migrated(database_url: str) -> Iterator[SqlStorage]:
    storage = open_storage(database_url)
    storage.migrate()
    yield storage
    storage.close()


def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path}/data/here/tandem.db")
    storage.migrate()
    storage.close()

    assert (tmp_path / "data/here/tandem.db").is_file()


@pytest.mark.parametrize("url", ["mysql://localhost/tandem", "sqlite://", "sqlite:///:memory:", "hush", ""])
def test_an_address_that_cannot_be_used_is_refused_in_words(url: str) -> None:
    with pytest.raises(StorageError, match="DATABASE_URL") as refusal:
        open_storage(url)

    assert "hush" not in str(refusal.value)


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")

    with pytest.raises(StorageError, match="cannot be made"):
        open_storage(f"sqlite:///{tmp_path}/data/tandem.db")


def test_a_server_that_does_not_answer_is_said_in_words(tmp_path: Path) -> None:
    storage = open_storage(f"postgresql://tandem:hush@/tandem?host={tmp_path}")
    with pytest.raises(StorageError, match=r"the database cannot be used: .*connection to server") as refusal:
        storage.migrate()

    (problem,) = storage.check().problems
    assert problem == str(refusal.value)
    assert "hush" not in problem


def test_a_file_that_is_no_database_is_said_in_words_and_left_alone(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "tandem.db").write_bytes(b"my shopping list " * 100)
    storage = open_storage(sqlite_url)

    with pytest.raises(StorageError, match="file is not a database"):
        storage.migrate()
    assert storage.check().problems == ("the database cannot be used: file is not a database",)
    assert (tmp_path / "tandem.db").read_bytes() == b"my shopping list " * 100


def test_only_the_program_can_read_its_files(storage: SqlStorage, tmp_path: Path) -> None:
    storage.backup(tmp_path / "backup")

    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["tandem.db", "tandem.db-wal", "tandem.db-shm", "backup"], 0o600)


def test_a_postgresql_address_needs_no_driver_name(postgres_url: str) -> None:
    storage = open_storage(postgres_url.replace("postgresql+psycopg", "postgresql"))
    storage.migrate()
    assert storage.check().problems == ()
    storage.close()


def test_sqlite_commits_are_on_disk_and_references_are_checked(storage: SqlStorage) -> None:
    for engine, query_only in ((storage._engines.writer, 0), (storage._engines.reader, 1)):
        with engine.connect() as connection:
            values = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
            }
        assert values == {
            "journal_mode": "wal",
            "synchronous": 2,  # FULL
            "foreign_keys": 1,
            "busy_timeout": 30_000,
            "query_only": query_only,
        }


def test_sqlite_leaves_one_file_when_it_is_closed(sqlite_url: str, tmp_path: Path) -> None:
    storage = open_storage(sqlite_url)
    storage.migrate()
    storage.close()

    assert [path.name for path in tmp_path.iterdir()] == ["tandem.db"]


def test_two_storages_on_one_file_take_turns(storage: SqlStorage, sqlite_url: str) -> None:
    other = open_storage(sqlite_url)
    began = threading.Event()

    def write() -> None:
        with other.begin() as work:
            began.set()
            work.settings.put("last", "other")
            work.commit()

    with ThreadPoolExecutor(1) as pool:
        with storage.begin() as work:
            waiting = pool.submit(write)
            assert not began.wait(0.05)
            work.settings.put("last", "first")
            work.commit()
        waiting.result()

    with storage.read() as work:
        assert work.settings.get("last") == "other"
    other.close()


def test_a_writer_waits_for_another_process(storage: SqlStorage, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "tandem.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        let_go = threading.Timer(0.1, other.rollback)
        let_go.start()
        with storage.begin() as work:
            work.settings.put("key", "value")
            work.commit()
        let_go.join()

    with storage.read() as work:
        assert work.settings.get("key") == "value"


def test_a_naive_moment_is_refused(migrated: SqlStorage) -> None:
    naive = datetime(2027, 3, 1, 9)  # noqa: DTZ001 (what is refused)
    with pytest.raises(StatementError, match="naive"), migrated.begin() as work:
        work.people.add(a_person(created_at=naive))


IMPOSSIBLE: dict[str, Callable[[UnitOfWork], object]] = {
    "a participant nobody met": lambda work: work.participants.put(a_mentor("nobody")),
    "a session of no pairing": lambda work: work.sessions.add(a_session(mentors=["ana"], mentees=[], planned_by="ana")),
    "a session of no length": lambda work: work.sessions.add(
        a_session(pairing_id=None, minutes=0, mentors=["ana"], mentees=[], planned_by="ana")
    ),
    "a nudge for nobody": lambda work: work.nudges.plan([a_nudge(person_id="nobody")]),
    "a message to nobody": lambda work: work.outbox.add(a_message(to="nobody")),
    "fewer tries than none": lambda work: work.outbox.add(a_message(person_id=None, attempts=-1)),
    "a language without texts": lambda work: work.people.save(a_person("ana", language="de")),
    "a goal of nobody": lambda work: work.cohorts.save(a_cohort(goal=0)),
    "an end before the start": lambda work: work.cohorts.save(a_cohort(ends_on=a_cohort().enrol_until)),
    "fewer seats than none": lambda work: work.participants.put(a_mentor("ana", seats=-1)),
    "a topic out of the catalogue": lambda work: work.participants.put(a_mentor("ana", offers={"nothing": 2})),
    "a level that is none": lambda work: work.participants.put(a_mentor("ana", offers={"social_networks": 9})),
}


def test_what_cannot_be_is_refused_by_the_schema(migrated: SqlStorage) -> None:
    with migrated.begin() as work:
        work.people.add(a_person("ana"))
        work.cohorts.add(a_cohort())
        work.commit()

    def is_refused(write: Callable[[UnitOfWork], object]) -> bool:
        try:
            with migrated.begin() as work:
                write(work)
        except IntegrityError:
            return True
        return False

    assert [what for what, write in IMPOSSIBLE.items() if not is_refused(write)] == []


ASKED_OFTEN: dict[str, Any] = {
    "messages to claim": outbox._claim(None),
    **{f"{lane} to claim": outbox._claim(lane) for lane in Lane},
    **{f"the next of {lane}": outbox._next_pending(lane) for lane in Lane},
    "the next message": outbox._next_pending(None),
    "the next lease to run out": outbox._next_lease_end(None),
    "messages to look at": outbox._UNSETTLED,
    "nudges of the last minute": outbox._NUDGES_SENT,
    "nudges under way": outbox._NUDGES_UNDER_WAY,
    "nudges whose message is not finished": outbox._NUDGES_UNFINISHED,
    "nudges due": nudges._DUE,
    "the next nudge": nudges._NEXT_DUE,
    "nudges queued lately": nudges._QUEUED_TIMES,
    "the nudges of somebody": nudges._PENDING_OF,
    "proposals whose time is up": rounds._EXPIRING,
    "the next to expire": rounds._NEXT_EXPIRY,
    "open proposals": rounds._OPEN,
    "the open proposals of somebody": rounds._OPEN_OF_PERSON,
    "sessions to confirm": sessions._UNCONFIRMED,
    "the next to confirm": sessions._NEXT_UNCONFIRMED,
    "the sessions of somebody": sessions._OF_PERSON,
    "the pairings of somebody": pairings._ACTIVE_OF,
    "pauses that end": participants._RESUMING,
    "the next pause to end": participants._NEXT_RESUME,
    "somebody by e-mail": people._BY_EMAIL,
    "somebody by Slack id": people._BY_USER_ID,
}


@pytest.mark.parametrize("asked", ASKED_OFTEN)
def test_what_ticks_and_clicks_ask_is_answered_from_an_index(storage: SqlStorage, asked: str) -> None:
    compiled = ASKED_OFTEN[asked].compile(dialect=sqlite_dialect())
    with storage._engines.reader.connect() as connection:
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {compiled}", tuple(None for _ in compiled.positiontup or ())
        ).all()

    # "due" is the handful of rows that a claim has just chosen; the others are the whole of an index, until enough.
    wanted = {
        "SCAN due",
        "SCAN outbox USING INDEX ix_outbox_unsettled_seq",
        "SCAN outbox USING INDEX ix_outbox_unfinished_due_at_seq",
    }
    assert [step.detail for step in plan if step.detail.startswith("SCAN") and step.detail not in wanted] == []


def test_an_sqlite_too_old_is_refused_in_words(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))

    with pytest.raises(StorageError, match=r"needs SQLite 3\.35"):
        open_storage(sqlite_url)


@pytest.mark.parametrize(("seconds", "is_wrong"), [(-45, True), (-1, False), (1, False), (45, True)])
def test_a_clock_that_differs_from_the_servers_is_told_of_where_there_is_a_server(
    migrated: SqlStorage, database_url: str, seconds: int, is_wrong: bool
) -> None:
    problem = migrated.clock_problem(datetime.now(UTC) + timedelta(seconds=seconds))
    assert (problem is not None) is (is_wrong and database_url.startswith("postgres"))
    assert problem is None or f"{seconds} s" in problem


def test_equal_sets_of_words_are_read_from_sqlite_once(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path / 'tandem.db'}")
    storage.migrate()
    with storage.begin() as work:
        work.cohorts.add(a_cohort())
        for person_id in ("ana", "ben"):
            work.people.add(a_person(person_id))
            work.participants.put(a_mentor(person_id))
        work.commit()
    columns._words.cache_clear()
    with storage.read() as work:
        ana, ben = work.participants.in_cohort("cohort")
    storage.close()
    assert ana.profile.languages is ben.profile.languages
    assert columns._words.cache_info().hits > 0
