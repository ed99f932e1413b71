"""A small cohort, played from its opening to its end through the real app, is served without a violation."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
VIOLATIONS = (
    "doubled",
    "lost",
    "budget_violations",
    "quiet_hour_violations",
    "reporting_line_violations",
    "absence_violations",
    "unanswered",
    "slack_refusals",
)


@pytest.fixture(scope="module")
def rehearsal() -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    arguments = ["--mentors", "6", "--mentees", "20", "--capacity", "3", "--weeks", "6", "--json"]
    finished = subprocess.run(
        [sys.executable, "-m", "playground.rehearsal", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    lines = finished.stdout.splitlines()
    return finished, json.loads(lines[-1]) if lines else {}


def test_nobody_is_told_twice_forgotten_disturbed_or_paired_with_their_manager(
    rehearsal: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    finished, summary = rehearsal
    assert {kind: summary.get(kind) for kind in VIOLATIONS} == dict.fromkeys(VIOLATIONS, 0), finished.stderr
    assert finished.returncode == 0, finished.stderr


def test_every_seat_is_filled_and_those_paired_are_coached(
    rehearsal: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    finished, summary = rehearsal
    assert (summary["mentors"], summary["mentees"]) == (6, 20), finished.stderr
    assert summary["paired"] >= 16, finished.stderr
    assert summary["coached"] >= 15, finished.stderr
    assert sum(summary["sessions"].values()) >= 2 * summary["coached"], finished.stderr


def test_the_summary_says_who_waits_how_fast_it_went_and_how_much_was_written(
    rehearsal: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    _, summary = rehearsal
    assert summary["waiting"] <= 4
    assert summary["messages_sent"] > 150
    assert 0 < summary["messages_per_person_per_week"] < 7
    assert summary["wall_seconds"] < 60


def test_wrong_arguments_are_explained() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "playground.rehearsal", "--opens-on", "2027-03-03"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert finished.returncode == 2
    assert "2027-03-03 is not a Monday; 2027-03-01 is" in finished.stderr
