from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from storage import SqlStorage, StorageError, backups, open_storage
from tests.builders import a_person


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


def test_postgresql_says_which_programs_to_use(postgres_url: str, tmp_path: Path) -> None:
    storage = open_storage(postgres_url)
    with pytest.raises(StorageError, match="pg_dump"):
        storage.backup(tmp_path / "backup")
    with pytest.raises(StorageError, match="pg_restore"):
        storage.restore(tmp_path / "backup")
    storage.close()
