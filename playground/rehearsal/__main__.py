"""`python -m playground.rehearsal`: play a cohort and say how it went. Exit status 1 when anything went wrong."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from playground.rehearsal.play import Plan, play
from playground.rehearsal.process import BotFailed

# What is thrown away at the end need not be written to a disk.
_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of its own in it
_BAR = 30
_REDRAW = 0.1


class ProgressBar:
    """One line on the terminal, drawn over again as simulated time goes by."""

    def __init__(self) -> None:
        self._drawn_at = 0.0
        self._width = 0

    def __call__(self, done: float, text: str) -> None:
        """Show that a share (of 1) is *done*; not more often than an eye can follow."""
        now = time.monotonic()
        if done < 1 and now - self._drawn_at < _REDRAW:
            return
        self._drawn_at = now
        filled = round(done * _BAR)
        line = f"[{'█' * filled}{'·' * (_BAR - filled)}] {done:4.0%}  {text}"
        print(f"\r{line:<{self._width}}", end="", file=sys.stderr, flush=True)
        self._width = len(line)

    def end(self) -> None:
        """Leave the line."""
        if self._width:
            print(file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the cohort that *arguments* describe; return the exit status."""
    options = _parser().parse_args(arguments)
    plan = Plan(
        mentors=options.mentors,
        mentees=options.mentees,
        capacity=options.capacity,
        weeks=options.weeks,
        seed=options.seed,
        opens_on=options.opens_on,
    )
    # Being told to end is leaving in order: the bot is stopped, its folder removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    bar = ProgressBar()
    folder = Path(tempfile.mkdtemp(prefix="tandem-rehearsal-", dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        outcome = play(plan, folder=folder, progress=bar if sys.stderr.isatty() else None)
    except BotFailed as failure:
        bar.end()
        print(failure, file=sys.stderr)
        return 1
    finally:
        if options.keep is not None:
            shutil.copytree(folder, options.keep, dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
    bar.end()
    print(outcome.as_text(), file=sys.stderr if options.json else sys.stdout)
    if options.json:
        print(outcome.as_json())
    return 1 if outcome.failed else 0


def _parser() -> argparse.ArgumentParser:
    plan = Plan()
    parser = argparse.ArgumentParser(
        prog="python -m playground.rehearsal", description="Play a whole cohort with simulated people and time."
    )
    parser.add_argument("--mentors", type=_count, default=plan.mentors, help="how many mentor (%(default)s)")
    parser.add_argument("--mentees", type=_count, default=plan.mentees, help="how many are to be coached (%(default)s)")
    parser.add_argument(
        "--capacity", type=_count, default=plan.capacity, help="how many mentees each mentor takes on (%(default)s)"
    )
    parser.add_argument("--weeks", type=_count, default=plan.weeks, help="how long the cohort lasts (%(default)s)")
    parser.add_argument("--seed", type=int, default=plan.seed, help="another seed gives other people (%(default)s)")
    parser.add_argument(
        "--opens-on", type=_monday, default=plan.opens_on, metavar="DAY",
        help="the Monday on which enrolment opens (%(default)s)",
    )  # fmt: skip
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the app's database and log in this folder")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def _monday(text: str) -> date:
    day = date.fromisoformat(text)
    if day.weekday():
        raise argparse.ArgumentTypeError(f"{text} is not a Monday; {day - timedelta(days=day.weekday())} is")
    return day


if __name__ == "__main__":
    sys.exit(main())
