"""The peers that Tandem is measured against do what a fair comparison needs of them."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.programs import PEERS, ProgramFailedError, running
from playground import Playground

MANIFEST = {
    "display_information": {"name": "Bare"},
    "features": {
        "bot_user": {"display_name": "Bare"},
        "slash_commands": [{"command": "/tandem", "description": "Log", "should_escape": True}],
    },
    "oauth_config": {"scopes": {"bot": ["commands"]}},
    "settings": {"interactivity": {"is_enabled": True}, "socket_mode_enabled": True},
}


@pytest.mark.parametrize("how", ["plain", "sqlite3", "sqlalchemy"])
def test_the_bare_app_answers_a_command_once_its_row_is_there(tmp_path: Path, how: str) -> None:
    command = (sys.executable, str(PEERS / "bare_commands.py"), how)
    with Playground(MANIFEST, page=False) as playground, running(command, playground, tmp_path):
        reply = playground.add_member("ana", "Ana").slash("/tandem log 45m tried it")
        with closing(sqlite3.connect(tmp_path / "bare.db")) as db:
            rows = db.execute("SELECT text FROM logs").fetchall()
    assert reply.acked
    assert rows == [("log 45m tried it",)]


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read as Linux tells it")
def test_the_bare_program_imports_what_it_is_told_and_connects(tmp_path: Path) -> None:
    command = (sys.executable, str(PEERS / "bare_start.py"), "numpy")
    with Playground(MANIFEST, page=False) as playground, running(command, playground, tmp_path) as program:
        assert program.seconds_to_connect < 30
        assert "numpy" in Path(f"/proc/{program.process.pid}/maps").read_text()
        assert 0 < program.memory() <= program.peak_memory()


def test_a_program_that_ends_instead_of_connecting_is_reported_with_its_log(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "raise SystemExit('no tokens')")
    with (
        Playground(MANIFEST, page=False) as playground,
        pytest.raises(ProgramFailedError, match="no tokens"),
        running(command, playground, tmp_path),
    ):
        pytest.fail("it connected")
