"""The page of live metrics: rendered when a board changes, then served as bytes.

Prometheus' text format 0.0.4, without timestamps: a stamped sample lingers after its series is gone, and one that is
too old fails the whole scrape. prometheus-client renders the same many times slower, so it is the tests' oracle.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

from kpitaps.calendar import day_end, day_start
from kpitaps.kpis.goals.figure import Status
from kpitaps.kpis.knowledge import worst_quality
from kpitaps.kpis.metric_names import (
    ATTAINMENT,
    CHANGE,
    DATA_THROUGH,
    GOAL_CHANGED,
    GOAL_ENDS,
    INFO,
    QUALITY,
    SHARED_HELP,
    STATUS,
    STATUS_SINCE,
    WINDOW_OPEN,
    escaped_help,
    escaped_label,
    metric_name,
)
from kpitaps.kpis.rounding import shown
from kpitaps.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction
    from zoneinfo import ZoneInfo

    from kpitaps.kpis import Board, Figure, Kpi
    from kpitaps.kpis.goals.figure import GoalFigure
    from kpitaps.units import Quality


@dataclass(frozen=True, slots=True)
class Page:
    """One rendering of the live metrics.

    Attributes:
        body: The text.
        gzip: The same, compressed.
        etag: Changes when the body does; weak, because it stands for both forms.
    """

    body: bytes
    gzip: bytes
    etag: str

    @classmethod
    def of(cls, text: str) -> Page:
        """Return the page that says ``text``."""
        # half a surrogate pair, as a broken JSON text may bring, must not take the whole page down
        body = text.encode(errors="replace")
        # without a time of writing, the same text gives the same bytes
        compressed = gzip.compress(body, compresslevel=6, mtime=0)
        return cls(body, compressed, f'W/"{blake2b(body, digest_size=16).hexdigest()}"')


def render(boards: Iterable[Board]) -> Page:
    """Return the page that shows ``boards``, one per company; only what has a value has a series."""
    page = _Rendering()
    for board in boards:
        page.add(board)
    return Page.of(page.text())


class PageHolder:
    """Holds the page that is served; swapping it is atomic, so a scrape sees one page or the other, never a mix."""

    def __init__(self) -> None:
        self._shown: tuple[tuple[str, ...], Page] = ((), render(()))
        self._publishing = Lock()

    @property
    def page(self) -> Page:
        """The page as of now."""
        return self._shown[1]

    def publish(self, boards: Iterable[Board]) -> bool:
        """Show ``boards``, and return whether anything changed; the same figures are not rendered again."""
        fresh = tuple(boards)
        fingerprints = tuple(board.fingerprint for board in fresh)
        with self._publishing:
            if fingerprints == self._shown[0]:
                return False
            self._shown = (fingerprints, render(fresh))
        return True


class _Rendering:
    """Collects the lines of each family, so that a family stands in one piece however many companies it has."""

    def __init__(self) -> None:
        self._families: defaultdict[str, list[str]] = defaultdict(list)
        self._help: dict[str, str] = {}
        self._shared: dict[str, dict[str, str]] = {name: {} for name in SHARED_HELP}

    def add(self, board: Board) -> None:
        by_kpi: defaultdict[str, list[Figure]] = defaultdict(list)
        for figure in board.figures:
            by_kpi[figure.kpi].append(figure)
        labels: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
        company = f'company="{escaped_label(board.company.key)}"'
        for kpi in board.kpis:
            self._describe(kpi, company, board.company.currency)
            self._values(kpi, by_kpi[kpi.key], company, board.company.currency, labels)
            self._states(kpi, by_kpi[kpi.key], company)
        definitions = {kpi.key: kpi.en.definition for kpi in board.kpis}
        for goal in board.goals:
            self._goal(goal, company, definitions.get(goal.kpi, ""))
            self._goal_dates(goal, company, board.company.calendar.zone)

    def text(self) -> str:
        """Return all families, those of KPIs first, each with its HELP and TYPE."""
        families = [(name, self._help[name], lines) for name, lines in self._families.items()]
        for name, help_text in SHARED_HELP.items():
            samples = [f"{name}{{{labels}}} {value}\n" for labels, value in self._shared[name].items()]
            families.append((name, help_text, samples))
        return "".join(
            f"# HELP {name} {escaped_help(help_text)}\n# TYPE {name} gauge\n{''.join(lines)}"
            for name, help_text, lines in families
            if lines
        )

    def _describe(self, kpi: Kpi, company: str, currency: str) -> None:
        unit = currency if kpi.unit is Unit.MONEY else "seconds" if kpi.unit is Unit.DURATION else kpi.unit.value
        kind = "leading" if kpi.leading else "lagging"
        labels = f'{company},kpi="{kpi.key}",domain="{escaped_label(kpi.domain)}",unit="{unit}",good="{kpi.good}"'
        self._shared[INFO][f'{labels},kind="{kind}"'] = "1"

    def _values(
        self,
        kpi: Kpi,
        figures: list[Figure],
        company: str,
        currency: str,
        labels: dict[tuple[str, tuple[tuple[str, str], ...]], str],
    ) -> None:
        unit = kpi.unit
        for comparison, what in _COMPARISONS.items():
            name = metric_name(kpi.key, unit, currency, comparison)
            self._help.setdefault(name, f"{kpi.en.definition}{what}")
            lines = self._families[name]
            for figure in figures:
                value = figure.value if not comparison else getattr(figure, comparison)
                if value is None:
                    continue
                key = (figure.window, figure.labels)
                if (text := labels.get(key)) is None:
                    own = "".join(f',{label}="{escaped_label(value)}"' for label, value in figure.labels)
                    text = labels[key] = f'{company},window="{figure.window}"{own}'
                lines.append(f"{name}{{{text}}} {shown(value, unit)!r}\n")

    def _states(self, kpi: Kpi, figures: list[Figure], company: str) -> None:
        qualities: dict[str, Quality] = {}
        for figure in figures:
            labels = f'{company},kpi="{kpi.key}"'
            windowed = f'{labels},window="{figure.window}"'
            if not figure.labels and (change := figure.change) is not None:
                self._shared[CHANGE][windowed] = repr(shown(change, Unit.RATIO))
            if figure.data_through is not None:
                self._shared[DATA_THROUGH][labels] = repr(figure.data_through.timestamp())
            self._shared[WINDOW_OPEN][windowed] = str(int(figure.is_open))
            qualities[windowed] = worst_quality((figure.quality, qualities.get(windowed, figure.quality)))
        for windowed, quality in qualities.items():
            self._shared[QUALITY][f'{windowed},quality="{quality}"'] = "1"

    def _goal(self, goal: GoalFigure, company: str, definition: str) -> None:
        for what, help_text in _OF_GOALS.items():
            value: Fraction | None = getattr(goal, "value" if what == "actual" else what)
            if value is None:
                continue
            name = metric_name(goal.kpi, goal.unit, goal.currency, what)
            self._help.setdefault(name, f"{definition} {help_text}".strip())
            labels = f'{company},goal="{escaped_label(goal.goal)}"'
            self._families[name].append(f"{name}{{{labels}}} {shown(value, goal.unit)!r}\n")
        labels = f'{company},kpi="{goal.kpi}",goal="{escaped_label(goal.goal)}"'
        if goal.attainment is not None:
            self._shared[ATTAINMENT][labels] = repr(shown(goal.attainment, Unit.RATIO))
        if goal.status in _STATUSES:
            self._shared[STATUS][labels] = str(_STATUSES[goal.status])

    def _goal_dates(self, goal: GoalFigure, company: str, zone: ZoneInfo) -> None:
        labels = f'{company},kpi="{goal.kpi}",goal="{escaped_label(goal.goal)}"'
        if goal.status in _STATUSES:
            self._shared[STATUS_SINCE][labels] = repr(day_start(goal.since, zone).timestamp())
        if goal.changed is not None:
            self._shared[GOAL_CHANGED][labels] = repr(goal.changed.timestamp())
        if goal.ends is not None:
            self._shared[GOAL_ENDS][labels] = repr(day_end(goal.ends, zone).timestamp())


_OF_GOALS = {
    "actual": "What the goal has reached.",
    "target": "What the goal is to reach.",
    "expected": "What the goal should have reached by now.",
    "projection": "What the goal will reach in the end, if nothing changes.",
    "projection_low": "In four of five cases the goal will not end below this.",
    "projection_high": "In four of five cases the goal will not end above this.",
}
_STATUSES = {Status.ON_TRACK: 0, Status.AT_RISK: 1, Status.OFF_TRACK: 2}

_COMPARISONS = {
    "": "",
    "previous": " In the previous comparable window.",
    "last_year": " In the same window a year before.",
}
