"""Runs the benchmarks by name, all of them by default, and writes what they found to docs/benchmarks/."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from benchmarks import commands, start
from benchmarks.programs import ROOT
from benchmarks.report import page, table

PAGES = ROOT / "docs" / "benchmarks"


def main() -> int:
    """Measure, print, write; return 1 when a promise was not kept."""
    benchmarks = {
        "commands": ("Answering a command", commands.METHOD, commands.compare),
        "start": ("Starting, and memory", start.METHOD, start.compare),
    }
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"{' or '.join(benchmarks)}; all by default")
    parser.add_argument("--rounds", type=int, default=10, help="turns each program takes (default: %(default)s)")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - benchmarks.keys():
        parser.error(f"no benchmark is called {' or '.join(sorted(unknown))}")

    kept = True
    for name in chosen.names or benchmarks:
        title, method, compare = benchmarks[name]
        found = compare(rounds=chosen.rounds)
        print(f"\n{title}\n{table(found)}", flush=True)
        PAGES.mkdir(parents=True, exist_ok=True)
        document = page(title, method, f'make bench ARGS="{name}"', found, today=datetime.now(UTC).date())
        (PAGES / f"{name}.md").write_text(document)
        kept = kept and all(comparison.holds for comparison in found)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
