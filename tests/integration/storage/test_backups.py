from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.pairings import PartnerAnswer
from storage import SqlStorage, StorageError, backups, open_storage
from storage.tables import BaseRow
from tests.builders import (
    LEAD,
    MENTEE,
    MENTOR,
    NOW,
    a_close_answer,
    a_cohort,
    a_directory_entry,
    a_held_session,
    a_mentee,
    a_mentor,
    a_message,
    a_nudge,
    a_pairing,
    a_person,
    a_proposal,
    a_pulse,
    a_round,
    a_usage,
    an_audit_entry,
    an_insight,
    an_unplaced,
)


@pytest.fixture
def backup(storage: SqlStorage, tmp_path: Path) -> Path:
    """A backup of a database in which there is ana."""
    with storage.begin() as work:
        work.people.add(a_person("ana"))
        work.commit()
    path = tmp_path / "backups" / "tandem.backup"
    storage.backup(path)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[SqlStorage]:
    """Another database, never migrated."""
    storage = open_storage(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    yield storage
    storage.close()


def test_a_backup_is_one_whole_file_and_says_what_is_in_it(storage: SqlStorage, tmp_path: Path) -> None:
    with storage.begin() as work:
        work.people.add(a_person("ana"))
        work.commit()

    made = storage.backup(tmp_path / "backups" / "tandem.backup")

    assert [path.name for path in made.path.parent.iterdir()] == ["tandem.backup"]
    assert made.size == made.path.stat().st_size
    assert made.rows["people"] == 1
    assert made.rows["outbox"] == 0


def test_a_backup_replaces_the_one_before(storage: SqlStorage, backup: Path) -> None:
    with storage.begin() as work:
        work.people.add(a_person("ben"))
        work.commit()

    assert storage.backup(backup).rows["people"] == 2


def test_a_backup_is_made_while_others_read(storage: SqlStorage, tmp_path: Path) -> None:
    with storage.read() as work:
        assert work.people.get_many(["ana"]) == {}
        assert storage.backup(tmp_path / "backup").rows["people"] == 0


def test_what_was_deleted_is_not_in_the_backup(storage: SqlStorage, tmp_path: Path) -> None:
    with storage.begin() as work:
        work.settings.put("note", "the secret of ana")
        work.commit()
    with storage.begin() as work:
        work.settings.put("note", None)
        work.commit()

    path = storage.backup(tmp_path / "backup").path

    assert b"the secret of ana" not in path.read_bytes()


def test_a_restore_brings_everything_back_and_nothing_else(storage: SqlStorage, backup: Path) -> None:
    with storage.begin() as work:
        work.people.save(a_person("ana", name="Somebody else"))
        work.people.add(a_person("ben"))
        work.commit()

    restored = storage.restore(backup)

    assert restored.rows["people"] == 1
    with storage.read() as work:
        assert work.people.get_many(["ana", "ben"]) == {"ana": a_person("ana")}
    assert storage.check().problems == ()


def test_a_restore_makes_a_new_database_whole(elsewhere: SqlStorage, backup: Path) -> None:
    elsewhere.restore(backup)

    with elsewhere.begin() as work:
        assert work.people.get("ana") == a_person("ana")
        work.people.add(a_person("ben"))
        work.commit()
    with elsewhere._engines.writer.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_another_process_sees_the_restored_database(storage: SqlStorage, backup: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "tandem.db")) as other:
        with storage.begin() as work:
            work.people.add(a_person("ben"))
            work.commit()
        assert other.execute("SELECT count(*) FROM people").fetchone() == (2,)

        storage.restore(backup)

        assert other.execute("SELECT count(*) FROM people").fetchone() == (1,)


def test_a_damaged_backup_is_refused_and_changes_nothing(storage: SqlStorage, backup: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 20_000] = bytes(20_000)
    backup.write_bytes(content)

    with pytest.raises(StorageError, match="cannot be restored"):
        storage.restore(backup)

    with storage.read() as work:
        assert work.people.get("ana") == a_person("ana")


@pytest.mark.parametrize("content", [b"", b"no database at all, only words" * 100])
def test_a_file_that_is_no_backup_is_refused(storage: SqlStorage, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "words"
    path.write_bytes(content)

    with pytest.raises(StorageError, match="cannot be restored"):
        storage.restore(path)


def test_a_backup_that_is_not_there_is_refused(storage: SqlStorage, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no backup at"):
        storage.restore(tmp_path / "nothing")


def test_a_copy_that_differs_is_thrown_away_and_the_backup_before_is_kept(
    storage: SqlStorage, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = backup.read_bytes()
    monkeypatch.setattr(backups, "_verify", lambda path, expected: ("people has 0 rows instead of 1",))

    with pytest.raises(StorageError, match="people has 0 rows instead of 1"):
        storage.backup(backup)

    assert [path.name for path in backup.parent.iterdir()] == ["tandem.backup"]
    assert backup.read_bytes() == before


def test_the_check_reports_damage(storage: SqlStorage, tmp_path: Path) -> None:
    storage.close()
    path = tmp_path / "tandem.db"
    content = bytearray(path.read_bytes())
    content[8 * 4096 : 12 * 4096] = bytes(4 * 4096)
    path.write_bytes(content)

    assert storage.check().problems != ()


@pytest.fixture
def filled(database_url: str) -> Iterator[SqlStorage]:
    """A database of either kind, with a row in every table."""
    storage = open_storage(database_url)
    storage.migrate()
    with storage.begin() as work:
        for person_id in (MENTOR, MENTEE, LEAD):
            work.people.add(a_person(person_id, welcomed_at=NOW))
        work.directory.put_many([a_directory_entry(MENTOR)])
        work.cohorts.add(a_cohort())
        work.participants.put_many([a_mentor(avoids=frozenset({LEAD})), a_mentee()])
        work.rounds.add(a_round(forbidden=frozenset({(MENTOR, MENTEE)}), unplaced=(an_unplaced(),)), [a_proposal()])
        work.pairings.add(a_pairing(proposal_id="proposal"))
        work.pairings.put_answer(PartnerAnswer(pairing_id="pairing", person_id=MENTEE, again=True))
        work.sessions.add(a_held_session())
        work.sessions.put_pulse(a_pulse())
        work.insights.add(an_insight())
        work.surveys.put_answer(a_close_answer())
        work.surveys.put_usages([a_usage()])
        work.nudges.plan([a_nudge()])
        work.outbox.add_many([a_message("first"), a_message("second", to=MENTOR)])
        work.processed.first_time("Ev1", now=NOW)
        work.audit.add(an_audit_entry())
        work.settings.put("leads", ["U1"])
        work.settings.put("nothing", None)
        work.commit()
    yield storage
    storage.close()


def everything(storage: SqlStorage) -> dict[str, list[tuple[Any, ...]]]:
    with storage._engines.reader.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in BaseRow.metadata.sorted_tables
        }


def test_a_backup_holds_every_row_of_every_table(filled: SqlStorage, tmp_path: Path) -> None:
    made = filled.backup(tmp_path / "backup")

    assert [table for table, count in made.rows.items() if count == 0] == []
    assert str(made) == f"{made.path}: {sum(made.rows.values())} rows in 28 tables, {made.size} bytes, verified"
    assert made.path.stat().st_mode & 0o777 == 0o600
    copy = open_storage(f"sqlite:///{made.path}")
    assert everything(copy) == everything(filled)
    copy.close()


def test_a_backup_can_be_restored_where_it_was_made(filled: SqlStorage, tmp_path: Path) -> None:
    path = filled.backup(tmp_path / "backup").path
    before = everything(filled)
    with filled.begin() as work:
        work.people.add(a_person("ben"))
        work.outbox.add(a_message("third", to="ben"))
        work.commit()

    filled.restore(path)

    assert everything(filled) == before
    assert filled.check().problems == ()


@pytest.mark.parametrize("target_url", ["sqlite_url", "postgres_url"])
def test_a_backup_can_be_restored_into_another_database(
    filled: SqlStorage, target_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = filled.backup(tmp_path / "backup").path
    url = request.getfixturevalue(target_url)
    target = open_storage(url + ".restored" if url.startswith("sqlite") else url)

    target.restore(path)

    assert everything(target) == everything(filled)
    with target.begin() as work:
        assert work.outbox.add(a_message("new", to=MENTOR))
        work.audit.add(an_audit_entry(action="restore"))
        assert list(work.audit.latest(limit=1)) == [an_audit_entry(action="restore")]
        work.commit()
    target.close()


def test_writers_go_on_while_postgresql_is_backed_up(postgres_url: str, tmp_path: Path) -> None:
    storage = open_storage(postgres_url)
    storage.migrate()
    with storage.begin() as work:
        work.people.add(a_person("ana"))
        assert storage.backup(tmp_path / "backup").rows["people"] == 0
        work.commit()
    storage.close()


def test_a_database_that_was_never_migrated_has_no_backup(postgres_url: str, tmp_path: Path) -> None:
    storage = open_storage(postgres_url)
    with pytest.raises(StorageError, match="cannot be used"):
        storage.backup(tmp_path / "backup")
    storage.close()

    assert list(tmp_path.iterdir()) == []
