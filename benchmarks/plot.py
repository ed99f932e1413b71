"""Lines over two logarithmic axes, as an SVG that needs no library to draw nor script to be seen."""

from __future__ import annotations

from html import escape
from math import ceil, floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Line = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 200, 20, 50
COLOURS = ("#0b5d8f", "#c2410c", "#4d7c0f", "#7e22ce", "#b91c1c", "#475569", "#a16207")
LABEL_HEIGHT = 15


def plot(lines: Mapping[str, Line], *, across: str, up: str) -> str:
    """Return the SVG of *lines*, each named points (x, y) above 0, with *across* and *up* naming the axes."""
    xs = [x for line in lines.values() for x, _ in line]
    ys = [y for line in lines.values() for _, y in line]
    west, east = log10(min(xs)), max(log10(max(xs)), log10(min(xs)) + 1)
    south, north = floor(log10(min(ys))), max(ceil(log10(max(ys))), floor(log10(min(ys))) + 1)

    def place(x: float, y: float) -> tuple[float, float]:
        along = (log10(x) - west) / (east - west)
        above = (log10(y) - south) / (north - south)
        return LEFT + along * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - above * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' font-family="sans-serif" font-size="12"><title>{escape(up)} by {escape(across)}</title>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for power in range(south, north + 1):
        _, height = place(xs[0], 10**power)
        parts.append(f'<path d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{height + 4:.1f}" text-anchor="end">{10.0**power:g}</text>')
    for x in sorted(set(xs)):
        along, _ = place(x, ys[0])
        parts.append(f'<text x="{along:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{x:,.0f}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{escape(across)}</text>')
    parts.append(f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">{escape(up)}</text>')

    label: float = TOP - LABEL_HEIGHT
    by_height = sorted(lines.items(), key=lambda named: -named[1][-1][1])
    colours = {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(lines)}
    for name, line in by_height:
        places = [place(x, y) for x, y in line]
        colour = colours[name]
        trace = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(f'<path d="M{trace}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.extend(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places)
        end, height = places[-1]
        label = max(label + LABEL_HEIGHT, height)
        lead = f"M{end:.1f} {height:.1f}L{WIDTH - RIGHT + 8} {label:.1f}"
        parts.append(f'<path d="{lead}" stroke="{colour}" opacity=".3"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{label + 4:.1f}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
