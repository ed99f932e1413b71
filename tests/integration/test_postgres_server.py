from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests import postgres
from tests.postgres import PostgresUnavailableError, new_database, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLD_A_SERVER = """\
from tests.postgres import postgres_server
with postgres_server() as url:
    print(url, flush=True)
    input()
"""


@pytest.fixture
def folder_open_to_all() -> Iterator[Path]:
    """A folder that other users can enter, which pytest's own temporary folders are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_server_answers_while_it_is_held_and_leaves_nothing_behind() -> None:
    with postgres_server() as url:
        folder = folder_of(url)
        assert ask(url, "SELECT 1") == 1
        assert folder.is_dir()
    assert not folder.exists()


def test_a_server_ends_when_a_test_fails() -> None:
    with pytest.raises(ZeroDivisionError), postgres_server() as url:
        raise ZeroDivisionError
    assert not folder_of(url).exists()


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for a process that is not a child, as Linux can")
def test_a_server_ends_when_its_owner_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_A_SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(postgres.__file__).parents[1])},
    ) as owner:
        assert owner.stdout is not None
        folder = folder_of(owner.stdout.readline().strip())
        server = int((folder / "data/postmaster.pid").read_text().split()[0])
        keeper_end = os.pidfd_open(int(Path(f"/proc/{server}/stat").read_text().split()[3]))
        owner.kill()
    ended, _, _ = select.select([keeper_end], [], [], 10)
    os.close(keeper_end)
    assert ended
    assert not folder.exists()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    identity = postgres._unprivileged_identity()
    with pytest.raises(PostgresUnavailableError, match="data"):
        postgres._serve(postgres._find_programs(), tmp_path, identity)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_programs_closed_to_others_are_copied_to_where_they_can_run(
    monkeypatch: pytest.MonkeyPatch, folder_open_to_all: Path
) -> None:
    package = postgres._find_programs().parents[1]
    closed = folder_open_to_all / "closed"
    closed.mkdir(mode=0o700)
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, closed / part.name)
    monkeypatch.setattr(postgres, "_find_programs", lambda: closed / package.name / "pginstall" / "bin")

    programs = postgres._programs_for(postgres._unprivileged_identity(), folder_open_to_all)

    assert programs == folder_open_to_all / package.name / "pginstall" / "bin"


def test_databases_start_empty_and_are_dropped_even_while_in_use(postgres_server_url: str) -> None:
    with new_database(postgres_server_url) as first, new_database(postgres_server_url) as second:
        engine = sa.create_engine(first)
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE topics (name text)"))
        still_open = engine.connect()
        assert sa.inspect(sa.create_engine(second, poolclass=sa.NullPool)).get_table_names() == []
    still_open.invalidate()
    engine.dispose()
    names = {sa.make_url(first).database, sa.make_url(second).database}
    assert not names & set(all_databases(postgres_server_url))


def test_a_database_can_be_a_copy_of_another(postgres_server_url: str) -> None:
    with new_database(postgres_server_url) as template:
        run(template, "CREATE TABLE topics AS SELECT 'images' AS name")
        with new_database(postgres_server_url, template=str(sa.make_url(template).database)) as copy:
            assert ask(copy, "SELECT name FROM topics") == "images"


def test_the_database_url_fixture_gives_an_empty_database_of_each_engine(
    database_url: str, request: pytest.FixtureRequest
) -> None:
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    assert request.node.callspec.id == {"sqlite": "sqlite", "postgresql": "postgres"}[engine.dialect.name]
    assert sa.inspect(engine).get_table_names() == []


def folder_of(url: str) -> Path:
    return Path(str(sa.make_url(url).query["host"]))


def ask(url: str, query: str) -> object:
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        return connection.scalar(sa.text(query))


def run(url: str, statement: str) -> None:
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.text(statement))


def all_databases(server_url: str) -> list[str]:
    with sa.create_engine(server_url, poolclass=sa.NullPool).connect() as connection:
        return list(connection.scalars(sa.text("SELECT datname FROM pg_database")))
