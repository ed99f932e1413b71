"""Two programs measured side by side, and the page that says so."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

CPU_INFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One quantity, measured on Tandem and on a peer in turns. `promised` is the highest ratio we claim, if we do."""

    what: str
    unit: str
    ours: Sequence[float]
    peer: str
    peers: Sequence[float]
    promised: float | None = None

    @property
    def ratio(self) -> float:
        """Tandem's median over the peer's."""
        return median(self.ours) / median(self.peers)

    @property
    def holds(self) -> bool:
        """Whether the promise, if there is one, was kept."""
        return self.promised is None or self.ratio <= self.promised

    def row(self) -> str:
        """Return the comparison as a row of the table that `table` heads."""
        promise = "" if self.promised is None else f"≤ {self.promised}"
        cells = [f"{self.what}, {self.unit}", spread(self.ours), f"{spread(self.peers)} ({self.peer})"]
        return f"| {' | '.join([*cells, f'{self.ratio:.2f}', promise])} |"


def spread(values: Sequence[float]) -> str:
    """Return the median of *values* with their middle half, to three digits."""
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return f"**{figure(middle)}** ({figure(low)}–{figure(high)})"


def figure(value: float) -> str:
    """Return *value* to three digits, without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def table(comparisons: Iterable[Comparison]) -> str:
    """Return the comparisons as a table in Markdown."""
    head = "| Median (middle half) | Tandem | Peer | Ratio | Promised |\n|---|---|---|---|---|"
    return "\n".join([head, *(comparison.row() for comparison in comparisons)])


def page(title: str, method: str, command: str, comparisons: Iterable[Comparison], *, today: date) -> str:
    """Return a whole document: what was measured and how, where and when, and the table."""
    return document(title, method, command, table(comparisons), today=today)


def document(title: str, method: str, command: str, body: str, *, today: date) -> str:
    """Return a whole document whose findings are *body*."""
    where = f"{cpu_name()}, {os.cpu_count()} cores, Python {platform.python_version()}, {today:%d %B %Y}"
    return f"# {title}\n\n{method}\n\n```console\n$ {command}\n```\n\n{where}.\n\n{body}\n"


def cpu_name() -> str:
    """Return what the processor calls itself, as far as the system tells."""
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
