from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, NullPool, create_engine, inspect, text
from sqlalchemy.exc import StatementError

from bot.domain.catalogue import CATALOGUE
from bot.domain.nudges import NudgeKind
from storage import StorageError, open_storage
from storage.database import HEAD
from storage.migrations.runner import configuration
from storage.tables import BaseRow
from tests.builders import MENTEE, NOW, a_nudge, a_person, a_topic

MIGRATE_AFTER_A_LINE = """
import sys
from storage import open_storage
storage = open_storage(sys.argv[1])
sys.stdin.readline()
storage.migrate()
with storage.read() as work:
    print(len(work.topics.all()), storage.check().version)
storage.close()
"""
START_WITHOUT_ALEMBIC = """
import sys
from storage import open_storage
storage = open_storage(sys.argv[1])
storage.migrate()
storage.close()
print(*(name for name in sys.modules if name.partition(".")[0] in {"alembic", "mako"}))
"""


@pytest.fixture
def migrated(database_url: str) -> Iterator[Engine]:
    migrate(database_url)
    engine = create_engine(database_url, poolclass=NullPool)
    yield engine
    engine.dispose()


def migrate(database_url: str) -> None:
    storage = open_storage(database_url)
    try:
        storage.migrate()
    finally:
        storage.close()


def test_the_program_knows_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [HEAD]


def test_migrations_make_the_tables_that_are_described(migrated: Engine) -> None:
    with migrated.connect() as connection:
        # SQLite has no identity columns, and Alembic takes that for a difference between defaults.
        opts = {"compare_type": True, "compare_server_default": migrated.dialect.name == "postgresql"}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, BaseRow.metadata) == []


def test_migrations_make_the_checks_and_partial_indexes_that_are_described(migrated: Engine) -> None:
    by_migration = checks_and_indexes(migrated)
    with migrated.begin() as connection:
        BaseRow.metadata.drop_all(connection)
        BaseRow.metadata.create_all(connection)

    assert by_migration == checks_and_indexes(migrated)
    assert {"ck_sessions_minutes", "uq_cohorts_open"} <= set(by_migration)


def checks_and_indexes(engine: Engine) -> dict[str, Any]:
    """Return the definition of each CHECK and each index by its name, as the database has it."""
    inspector = inspect(engine)
    definitions: dict[str, Any] = {}
    for table in BaseRow.metadata.tables:
        for check in inspector.get_check_constraints(table):
            definitions[str(check["name"])] = check["sqltext"]
        for index in inspector.get_indexes(table):
            where = {name: str(value) for name, value in index["dialect_options"].items() if name.endswith("_where")}
            definitions[str(index["name"])] = (index["column_names"], index["unique"], where)
    return definitions


def test_migrating_again_changes_nothing(database_url: str) -> None:
    storage = open_storage(database_url)
    storage.migrate()
    with storage.begin() as work:
        work.topics.put(a_topic("drones", position=99))
        work.commit()

    storage.migrate()

    with storage.read() as work:
        assert work.topics.all() == [*CATALOGUE, a_topic("drones", position=99)]
    assert storage.check().problems == ()
    storage.close()


@pytest.mark.parametrize("released", ["0001", "0002", "0003", "0004"])
def test_what_an_older_program_kept_is_there_after_the_upgrade(database_url: str, released: str) -> None:
    engine = create_engine(database_url, poolclass=NullPool)
    now = {"now": "2027-03-01 09:00:00.000000"}
    with engine.begin() as connection:
        command.upgrade(configuration(connection), released)
        connection.execute(
            text(
                "INSERT INTO people (id, team_id, user_id, name, language, tz, is_guest, is_deactivated, created_at)"
                " VALUES ('ana', 'T1', 'UANA', 'Ana', 'en', 'UTC', false, false, :now)"
            ),
            now,
        )
        connection.execute(
            text(
                "INSERT INTO nudges (id, person_id, kind, subject_id, period, due_at, state, queued_at)"
                " VALUES ('n', 'ana', 'still_going', 'pairing', 'p', :now, 'queued', :now)"
            ),
            now,
        )
    engine.dispose()

    migrate(database_url)

    storage = open_storage(database_url)
    with storage.begin() as work:
        assert work.nudges.get("n").kind is NudgeKind.STILL_GOING
        work.nudges.plan([a_nudge(kind=NudgeKind.CLOSE_SURVEY, person_id="ana")])
        work.commit()
    assert storage.check().problems == ()
    storage.close()


def test_a_kind_of_nudge_that_is_none_is_not_written(database_url: str) -> None:
    migrate(database_url)
    storage = open_storage(database_url)
    with pytest.raises(StatementError, match="'party' is not among the defined enum values"), storage.begin() as work:
        work.nudges.plan([a_nudge(kind="party")])
    storage.close()


def test_nudges_of_a_newer_program_are_left_to_it(migrated: Engine, database_url: str) -> None:
    storage = open_storage(database_url)
    ours = a_nudge("ours", period="ours", due_at=NOW + timedelta(hours=1))
    with storage.begin() as work:
        work.people.add(a_person(MENTEE))
        work.nudges.plan([a_nudge("theirs", period="theirs"), ours])
        work.commit()
    with migrated.begin() as connection:
        connection.execute(text("UPDATE nudges SET kind = 'party' WHERE id = 'theirs'"))

    with storage.read() as work:
        assert work.nudges.next_due() == ours.due_at
        assert work.nudges.due(ours.due_at, limit=10) == [ours]
        assert work.nudges.pending_of(MENTEE) == [ours]
        assert work.nudges.about([ours.subject_id]) == [ours]
        with pytest.raises(LookupError, match="'party' is not among the defined enum values"):
            work.nudges.get("theirs")
    storage.close()


def test_six_processes_can_migrate_at_once(database_url: str) -> None:
    with ExitStack() as stack:
        processes = [stack.enter_context(started(MIGRATE_AFTER_A_LINE, database_url)) for _ in range(6)]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate() for process in processes]

    assert said == [(f"{len(CATALOGUE)} {HEAD}\n", "")] * 6


def test_a_start_on_a_current_database_does_not_import_alembic(sqlite_url: str) -> None:
    migrate(sqlite_url)

    with started(START_WITHOUT_ALEMBIC, sqlite_url) as process:
        assert process.communicate() == ("\n", "")


def started(program: str, database_url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, database_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_database_of_a_newer_program_is_refused_and_left_alone(migrated: Engine, database_url: str) -> None:
    with migrated.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))

    with pytest.raises(StorageError, match="older than the database"):
        migrate(database_url)

    with migrated.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "from the future"


def test_the_check_says_what_to_do_about_another_schema(database_url: str) -> None:
    storage = open_storage(database_url)
    check = storage.check()
    storage.close()

    assert check.version is None
    assert check.expected == HEAD
    assert check.problems == (f"the schema is at version none, this program needs {HEAD}: run migrate",)
