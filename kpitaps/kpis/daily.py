"""KPIs day by day, for tools that add up themselves: what the engine gives in the window of each single day.

A flow is the day's sum, a level what it is at the end of the day, a ratio that of the day's sums. ``previous(x)`` is
the day before, ``last_year(x)`` the same weekday a year before, ``monthly(x, 3)`` the last months that are full at the
end of the day. A distinct count has a value on the days that were counted, or that its source was asked for. KPIs that
say nothing in less than a month have no days at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from kpitaps.calendar import day_end, local_day
from kpitaps.kpis.day_reader import ByDay
from kpitaps.kpis.day_spans import day_frame
from kpitaps.kpis.frames import Frames
from kpitaps.kpis.knowledge import Clock, worst, worst_quality
from kpitaps.kpis.nodes import Length
from kpitaps.kpis.readings import Readings, quantity
from kpitaps.kpis.roll_up import addends, quotient
from kpitaps.kpis.series import OTHER, Sheet
from kpitaps.units import Kind, Quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from kpitaps.calendar import Comparing
    from kpitaps.kpis.catalogue import Definition
    from kpitaps.kpis.frames import Frame
    from kpitaps.kpis.knowledge import Knowledge, Reach
    from kpitaps.kpis.memory import Past
    from kpitaps.kpis.nodes import Leaf, Term
    from kpitaps.kpis.readings import Part
    from kpitaps.kpis.roll_up import Quotient, Side
    from kpitaps.kpis.series import Sums
    from kpitaps.store.reading import DayReader

Labels = tuple[tuple[str, str], ...]
"""A KPI's own label and its value; empty for a headline."""

_DAY = timedelta(days=1)
_SECONDS_IN_DAY = 86_400


@dataclass(frozen=True, slots=True)
class DayFigure:
    """A KPI of a company on one day.

    Attributes:
        labels: Its own label and the label's value; empty for a headline.
        day: The company's day.
        value: The exact value; None where there is nothing to divide by, or an exchange rate is missing.
        numerator: What adds up over days, in millionths; None where nothing does.
        denominator: What the sum of numerators is divided by, in millionths; None where it is not.
        quality: How far the value may be trusted.
        is_open: Whether the day is not over, or was not read to its end.
    """

    labels: Labels
    day: date
    value: Fraction | None
    numerator: int | Fraction | None
    denominator: int | Fraction | None
    quality: Quality
    is_open: bool


class Days:
    """A company's KPIs on single days, made of what its board was made of.

    Args:
        past: What the board was made of.
        reader: Reads the company's measures.
        now: When the board was evaluated.
        reads: How measures are read.
    """

    def __init__(self, past: Past, reader: DayReader, now: datetime, reads: type[ByDay] = ByDay) -> None:
        self.past = past
        clock = Clock(past.ground.company, now)
        self.today = clock.today
        self.frames = Frames(past.ground.company.calendar, clock.today)
        self.reader = reads(reader, {key: source.coverage for key, source in past.sources.items()})
        self.readings = Readings(self.reader, clock, past.ground.exchange, past.read)
        self._frame = cache(self._frame_of)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """The KPIs that have figures on single days."""
        made = (each.definition for each in self.past.made.values())
        return tuple(definition for definition in made if not definition.kpi.month_or_longer)

    def let_go(self) -> None:
        """Forget what is too large to keep."""
        self.readings.let_go()
        self.reader.let_go()

    def labels(self, definition: Definition) -> tuple[Labels, ...]:
        """Return the label values that are shown of a KPI; of a headline its only, empty one."""
        return labels_of(self.past, definition)

    def frame(self, day: date, definition: Definition) -> Frame:
        """Return the window of a single day, compared as the KPI's windows are."""
        return self._frame(day, definition.kpi.compared)

    @cached_property
    def start(self) -> date | None:
        """The first day on which there is anything at all: what a source says of the years before is nothing."""
        firsts = [sheet.first_day for sheet in self.past.read.sheets.values() if sheet.first_day]
        for definition in self.definitions:
            for term in definition.formula.terms:
                if term.measure.kind is Kind.DISTINCT:
                    firsts += list(self.reader.counts(term.key).days)[:1]
        return date.fromordinal(min(firsts)) if firsts else None

    def first(self, definition: Definition) -> date | None:
        """Return the first day on which a KPI may have a figure; None if there is none."""
        firsts = [self.readings.coverage(measure).first_day for measure in definition.measures]
        known = [day for day in firsts if day]
        return max(self.start, *known) if self.start and len(known) == len(firsts) else None

    def between(self, first: date, last: date) -> list[date]:
        """Return the days from ``first`` to ``last``, both included."""
        return [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]

    def sheet(self, term: Term, by: str | None) -> Sheet:
        """Return all series of a term."""
        return self.readings.sheet(term, by)

    def part(self, definition: Definition, labels: Labels) -> Part:
        """Return which part of a sheet those labels mean."""
        if not labels:
            return Sheet.total
        value = labels[0][1]
        if value == OTHER:
            named = tuple(each[0][1] for each in self.labels(definition) if each[0][1] != OTHER)
            return partial(_rest, labels=named)
        return partial(_of, label=value)

    def reach(self, term: Term) -> Reach | None:
        """Return of which days what a term takes can be known; None for none."""
        return self.readings.reach(term)

    def figures(self, definition: Definition, days: Iterable[date]) -> Iterator[DayFigure]:
        """Yield a KPI's figures on those of the ``days`` that are known."""
        parts = [(labels, self.part(definition, labels)) for labels in self.labels(definition)]
        sums, first_open = quotient(definition.formula), self._first_open(definition)
        distinct = [term for term in definition.formula.terms if term.measure.kind is Kind.DISTINCT]
        for day in days:
            frame = self.frame(day, definition)
            if not all(self._is_counted(term, frame) for term in distinct):
                continue
            known = self._known(definition, frame)
            if known.known:
                is_open = first_open is None or day >= first_open
                for labels, part in parts:
                    value, over, under, quality = self._read(definition, frame, part).worth(definition, sums)
                    quality = worst_quality((quality, known.quality))
                    yield DayFigure(labels, day, value, over, under, quality, is_open)

    def _frame_of(self, day: date, how: Comparing) -> Frame:
        return day_frame(day, self.today, how)

    def _known(self, definition: Definition, frame: Frame) -> Knowledge:
        terms = definition.formula.terms
        parts = [self.readings.known(term, self.frames.reached(frame, term.moves)) for term in terms]
        return parts[0] if len(parts) == 1 else worst(parts)

    def _is_counted(self, term: Term, frame: Frame) -> bool:
        span = self.frames.reached(frame, term.moves)
        return self.reader.distinct(term.key, *span, where=dict(term.where) or None) is not None

    def _read(self, definition: Definition, frame: Frame, part: Part) -> _Read:
        """Return what a formula's leaves are worth."""
        read = _Read({}, {}, [], [])
        for leaf in definition.formula.leaves:
            span = self.frames.reached(frame, leaf.moves)
            if isinstance(leaf, Length):
                read.values[leaf] = Fraction(span.length * _SECONDS_IN_DAY)
            else:
                read.note(leaf, self.readings.sums(leaf, span, definition.kpi.by, part))
        return read

    def _first_open(self, definition: Definition) -> date | None:
        """Return the first day that is not over, or was not read to its end; None if no day was."""
        coverages = [self.readings.coverage(measure) for measure in definition.measures]
        read = [each.settled or each.through for each in coverages]
        through = min((instant for instant in read if instant), default=None) if all(read) else None
        if through is None:
            return None
        company = self.past.ground.company
        zones = (company.calendar.zone, *company.account_zones)
        day = min(local_day(through, zone) for zone in zones) - _DAY
        while max(day_end(day, zone) for zone in zones) <= through:
            day += _DAY
        return day


def labels_of(past: Past, definition: Definition) -> tuple[Labels, ...]:
    """Return the label values that a board shows of a KPI."""
    made = past.made.get(definition.kpi.key)
    return tuple(dict.fromkeys(figure.labels for figure in made.figures)) if made else ()


@dataclass(frozen=True, slots=True)
class _Read:
    """The leaves of a formula on one day: their values, what of them adds up, and which exchange rates lack."""

    values: dict[Leaf, Fraction | None]
    addends: dict[Term | Side, int | Fraction]
    lacking: list[str]
    waiting: list[str]

    def note(self, term: Term, sums: Sums) -> None:
        self.values[term] = quantity(term, sums)
        self.addends.update(addends(term, sums))
        if sums.lacking:
            self.lacking.append(sums.lacking)
        if sums.waiting:
            self.waiting.append(sums.waiting)

    def worth(
        self, definition: Definition, sums: Quotient | None
    ) -> tuple[Fraction | None, int | Fraction | None, int | Fraction | None, Quality]:
        """Return value, numerator, denominator and the best quality that they can have."""
        if self.lacking:
            return None, None, None, Quality.INCOMPLETE
        over = None if sums is None else sums.over.value(self.addends)
        under = None if sums is None or sums.under is None else sums.under.value(self.addends)
        quality = Quality.PROVISIONAL if self.waiting else Quality.FINAL
        return definition.formula.value(self.values), over, under, quality


def _of(sheet: Sheet, first: int, last: int, *, label: str) -> Sums:
    return sheet.of(label, first, last)


def _rest(sheet: Sheet, first: int, last: int, *, labels: tuple[str, ...]) -> Sums:
    return sheet.rest(labels, first, last)
