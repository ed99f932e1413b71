"""The reporting line as intervals of a tree walk: whether two people are in one line is two comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def line_intervals(manager_of: Mapping[str, str | None], people: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return (first, end) for each of *people* and everybody they report to, however far up.

    Two people are in one line exactly when the `first` of one lies in the half-open interval of the other. People who
    report to each other in a circle, which real directories do contain, share one interval: the circle, and all who
    report to it, count as one line. Being one's own manager is having none.
    """
    reports: dict[str, list[str]] = {}
    boss: dict[str, str | None] = {}
    for person in sorted(people):
        walker: str | None = person
        while walker is not None and walker not in boss:
            manager = manager_of.get(walker)
            boss[walker] = None if manager == walker else manager
            if (above := boss[walker]) is not None:
                reports.setdefault(above, []).append(walker)
            walker = above

    circles = _circles(boss)
    in_a_circle = {person for circle in circles for person in circle}
    roots = [(person,) for person, manager in boss.items() if manager is None]
    intervals: dict[str, tuple[int, int]] = {}
    clock = 0
    # A walk with its own stack: reporting lines in damaged exports can be deeper than Python's.
    for root in [*roots, *circles]:
        stack: list[tuple[tuple[str, ...], int]] = [(root, -1)]
        while stack:
            node, first = stack.pop()
            if first >= 0:
                for person in node:
                    intervals[person] = (first, clock)
                continue
            stack.append((node, clock))
            clock += len(node)
            stack.extend(
                ((report,), -1) for person in node for report in reports.get(person, ()) if report not in in_a_circle
            )
    return intervals


def _circles(boss: Mapping[str, str | None]) -> list[tuple[str, ...]]:
    """Return the groups of people who report to each other in a circle."""
    circles: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for start in boss:
        path: list[str] = []
        walker: str | None = start
        while walker is not None and walker not in seen:
            seen.add(walker)
            path.append(walker)
            walker = boss[walker]
        if walker is not None and walker in path:
            circles.append(tuple(path[path.index(walker) :]))
    return circles
