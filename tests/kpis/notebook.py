"""A ledger in memory: the smallest thing that answers what the KPI engine asks."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kpitaps.calendar import CompanyCalendar
from kpitaps.kpis import Catalogue, CompanyFace, Figure, Kpi, define, evaluate
from kpitaps.measures import VOCABULARY, Names
from kpitaps.store.reading import Coverage, DayTotal, Doubt, Edition, part_of
from kpitaps.units import MICRO, Good, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kpitaps.calendar import DaySpan
    from kpitaps.units import Quality

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2025, 5, 14, 9, 30, tzinfo=UTC)
TODAY = date(2025, 5, 14)
ACME = CompanyFace("acme", "Acme", "EUR", CompanyCalendar(AMSTERDAM))
FULL = Coverage(date(2020, 1, 1), NOW)


class Notebook:
    """Holds entries per measure; what was never written down is not fed."""

    def __init__(self) -> None:
        self.entries: defaultdict[str, list[tuple[date, str, dict[str, str], int, int]]] = defaultdict(list)
        self.subjects: defaultdict[str, list[tuple[date, str]]] = defaultdict(list)
        self.coverages: dict[str, Coverage] = {}
        self.said: defaultdict[str, list[tuple[Doubt, bool]]] = defaultdict(list)
        self.reads: Counter[tuple[str, str | None, tuple[tuple[str, str], ...]]] = Counter()

    def feed(self, *measures: str, coverage: Coverage = FULL) -> Notebook:
        """Say that the measures are fed, and for which days they are known."""
        self.coverages.update(dict.fromkeys(measures, coverage))
        return self

    def write(
        self, measure: str, day: date, amount: float, *, of: int = 0, currency: str | None = None, **labels: str
    ) -> Notebook:
        """Write down an amount; money is in euros unless said otherwise."""
        if currency is None:
            currency = "EUR" if VOCABULARY[measure].unit is Unit.MONEY else ""
        self.coverages.setdefault(measure, FULL)
        self.entries[measure].append((day, currency, labels, round(amount * MICRO), of * MICRO))
        return self

    def meet(self, measure: str, day: date, who: str) -> Notebook:
        """Write down a subject of a distinct measure."""
        self.coverages.setdefault(measure, FULL)
        self.subjects[measure].append((day, who))
        return self

    def doubt(
        self, measure: str, first: date, last: date, quality: Quality, reason: str, *, of_window: bool = False
    ) -> Notebook:
        """Write down what is said against some days, or against one window."""
        self.said[measure].append((Doubt(first, last, quality, reason), of_window))
        return self

    def day_totals(
        self,
        measure: str,
        *,
        by: str | None = None,
        where: Mapping[str, str] | None = None,
        span: DaySpan | None = None,
    ) -> Sequence[DayTotal]:
        """Return the totals, in order of day."""
        wanted = dict(where or {})
        self.reads[measure, by, tuple(wanted.items())] += 1
        totals: defaultdict[tuple[int, str, str], list[int]] = defaultdict(lambda: [0, 0])
        for day, currency, labels, numerator, denominator in self.entries[measure]:
            if wanted.items() <= labels.items() and (span is None or span.has(day)):
                total = totals[day.toordinal(), currency, labels.get(by, "") if by else ""]
                total[0] += numerator
                total[1] += denominator
        return [DayTotal(*key, *totals[key]) for key in sorted(totals)]

    def distinct(self, measure: str, first: date, last: date, *, where: Mapping[str, str] | None = None) -> int:
        """Return how many subjects there are from ``first`` to ``last``."""
        assert not where
        return len({who for day, who in self.subjects[measure] if first <= day <= last})

    def coverage(self, measure: str) -> Coverage | None:
        """Return what was said when the measure was fed."""
        return self.coverages.get(measure)

    def edition(self, measure: str) -> Edition:
        """Return how much was written down so far."""
        parts = Counter((1, part_of(day.toordinal())) for day, *_ in self.entries[measure])
        return Edition((len(self.subjects[measure]), len(self.said[measure])), parts)

    def doubts(self, measure: str, first: date, last: date) -> Sequence[Doubt]:
        """Return what was written down against any of the days, or against exactly this window."""
        return [
            doubt
            for doubt, of_window in self.said[measure]
            if (doubt[:2] == (first, last) if of_window else doubt.first <= last and first <= doubt.last)
        ]


def kpi(key: str, formula: str, unit: Unit, *, by: str | None = None) -> Kpi:
    """Return a KPI of which only the formula matters."""
    names = Names(key, f"What {key} is.")
    return Kpi(key, "sales", formula, unit, Good.UP, leading=False, by=by, en=names, nl=names)


def one(key: str, formula: str, unit: Unit, *, by: str | None = None) -> Catalogue:
    """Return a catalogue of one KPI."""
    return define([kpi(key, formula, unit, by=by)])


def figures(
    catalogue: Catalogue, notebook: Notebook, *, company: CompanyFace = ACME, now: datetime = NOW, **more: Any
) -> dict[Any, Figure]:
    """Return the figures by window, and where the KPI has a label, by window and its value."""
    board = evaluate(company, catalogue, notebook, now, **more)
    return {(each.window, each.labels[0][1]) if each.labels else each.window: each for each in board.figures}


def values(found: Mapping[Any, Figure], names: Iterable[Any]) -> list[Any]:
    """Return the shown values of the named figures."""
    return [found[name].number(found[name].value) for name in names]
