"""Runs the benchmarks by name, all of them by default, and writes what they found to docs/benchmarks/."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from benchmarks import commands, matching, nudges, start
from benchmarks.programs import ROOT
from benchmarks.report import document, page, table

PAGES = ROOT / "docs" / "benchmarks"


def main() -> int:
    """Measure, print, write; return 1 when a promise was not kept."""
    benchmarks = {
        "commands": ("Answering a command", commands.METHOD, commands.compare),
        "start": ("Starting, and memory", start.METHOD, start.compare),
    }
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    others = {"matching": _match, "nudges": _nudge}
    names = [*benchmarks, *others]
    parser.add_argument("names", nargs="*", help=f"{' or '.join(names)}; all by default")
    parser.add_argument("--rounds", type=int, default=10, help="turns each program takes (default: %(default)s)")
    parser.add_argument("--all", action="store_true", help="pair pools of 25,000 and 100,000 mentees as well")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(names):
        parser.error(f"no benchmark is called {' or '.join(sorted(unknown))}")

    kept = True
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in chosen.names or names:
        if name in others:
            kept = others[name](everything=chosen.all) and kept
            continue
        title, method, compare = benchmarks[name]
        found = compare(rounds=chosen.rounds)
        print(f"\n{title}\n{table(found)}", flush=True)
        text = page(title, method, f'make bench ARGS="{name}"', found, today=datetime.now(UTC).date())
        (PAGES / f"{name}.md").write_text(text)
        kept = kept and all(comparison.holds for comparison in found)
    return 0 if kept else 1


def _match(*, everything: bool) -> bool:
    """Measure the pairing, print, write; return whether every promise was kept."""
    found = matching.measure(everything=everything)
    body = matching.body(found)
    print(f"\nPairing\n{body}", flush=True)
    command = f'make bench ARGS="matching{" --all" if everything else ""}"'
    text = document("Pairing", matching.METHOD, command, body, today=datetime.now(UTC).date())
    (PAGES / "matching.md").write_text(text)
    (PAGES / matching.PLOT).write_text(matching.drawing(found))
    return all(promise.kept for promise in found.promises())


def _nudge(*, everything: bool) -> bool:
    """Measure the nudges, print, write; return whether every promise was kept. There is one size only."""
    del everything
    found = nudges.measure()
    print(f"\nNudges\n{nudges.body(found)}", flush=True)
    text = document(
        "Nudges by the hundred thousand", nudges.METHOD, 'make bench ARGS="nudges"', nudges.body(found),
        today=datetime.now(UTC).date(),
    )  # fmt: skip
    (PAGES / "nudges.md").write_text(text)
    return all(one.kept for one in found)


if __name__ == "__main__":
    sys.exit(main())
