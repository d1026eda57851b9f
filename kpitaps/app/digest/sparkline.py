"""Small pictures of how a KPI went: as SVG, and as characters where no picture can be shown."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = "·"

WIDTH = 104
HEIGHT = 28
_EDGE = 3
"""Pixels that are left free around the line, so that the dot at its end is whole."""


def blocks(points: Sequence[Fraction | None]) -> str:
    """Return one character per point, from the lowest ▁ to the highest █; a dot where nothing is known."""
    return "".join(_GAP if share is None else _BLOCKS[min(7, int(share * 8))] for share in _shares(points))


def svg(points: Sequence[Fraction | None], title: str) -> str:
    """Return a line through the points as an SVG element, in the colour of the text around it.

    Args:
        points: Oldest first; where one is unknown the line is broken.
        title: What it shows, for those who cannot see it; must be escaped already.
    """
    shares = _shares(points)
    step = (WIDTH - 2 * _EDGE) / max(1, len(points) - 1)
    placed = [
        None if share is None else (_EDGE + number * step, HEIGHT - _EDGE - float(share) * (HEIGHT - 2 * _EDGE))
        for number, share in enumerate(shares)
    ]
    lines = "".join(_line(part) for part in _parts(placed))
    known = [place for place in placed if place is not None]
    end = f'<circle cx="{known[-1][0]:.1f}" cy="{known[-1][1]:.1f}" r="2.5" fill="currentColor"/>' if known else ""
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><title>{title}</title>{lines}{end}</svg>'


def _shares(points: Sequence[Fraction | None]) -> list[Fraction | None]:
    """Return where each point is between the lowest, 0, and the highest, 1; halfway where all are the same."""
    known = [point for point in points if point is not None]
    if not known:
        return [None] * len(points)
    low, high = min(known), max(known)
    if low == high:
        return [None if point is None else Fraction(1, 2) for point in points]
    return [None if point is None else (point - low) / (high - low) for point in points]


def _parts(placed: Iterable[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """Return the runs of points between which nothing is unknown."""
    parts: list[list[tuple[float, float]]] = [[]]
    for place in placed:
        if place is not None:
            parts[-1].append(place)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def _line(part: Sequence[tuple[float, float]]) -> str:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in part)
    if len(part) == 1:
        return f'<circle cx="{part[0][0]:.1f}" cy="{part[0][1]:.1f}" r="1" fill="currentColor"/>'
    look = 'fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"'
    return f'<polyline points="{points}" {look}/>'
