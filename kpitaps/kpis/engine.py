"""The KPI engine: from a ledger's day totals to a board."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.calendar import WINDOWS
from kpitaps.kpis.board import Board
from kpitaps.kpis.figure import Figure
from kpitaps.kpis.frames import Frames
from kpitaps.kpis.knowledge import Clock, worst, worst_quality
from kpitaps.kpis.memory import Ground, Made, Memory, Past, Source
from kpitaps.kpis.nodes import Length
from kpitaps.kpis.rates import Exchange, SameCurrency
from kpitaps.kpis.readings import NOTHING, Readings, quantity
from kpitaps.kpis.series import OTHER, Sheet, Sums
from kpitaps.units import Quality, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from kpitaps.calendar import Comparing
    from kpitaps.kpis.catalogue import Catalogue, Definition
    from kpitaps.kpis.company import CompanyFace
    from kpitaps.kpis.frames import Frame
    from kpitaps.kpis.knowledge import Knowledge
    from kpitaps.kpis.nodes import Leaf, Term
    from kpitaps.kpis.rates import Rates
    from kpitaps.kpis.readings import Part, Read
    from kpitaps.store.reading import MeasureReader

_NO_RATES = SameCurrency()

SHOWN = 10
"""Label values of a KPI that are shown by their own name; the others are shown together."""


def evaluate(
    company: CompanyFace,
    catalogue: Catalogue,
    reader: MeasureReader,
    now: datetime,
    *,
    rates: Rates | None = None,
    shown: int = SHOWN,
    memory: Memory | None = None,
) -> Board:
    """Return the figures of all KPIs that are fed, in every window.

    With a ``memory``, only measures are read that have changed since the board before, and only figures are made anew
    that follow from them; on a new day, and where the company changed, all figures are. The board is the same.

    Args:
        company: Whose KPIs they are.
        catalogue: The KPIs.
        reader: Reads the company's measures; each is read once per filter and label.
        now: The present instant.
        rates: Exchange rates; None knows none. Those that are equal to the ones before know the same.
        shown: Label values per KPI that are shown by their own name.
        memory: What the company's last board was made of; it is brought up to date.

    Raises:
        TapBug: if ``now`` is naive.
    """
    memory = memory or Memory()
    definitions = catalogue.available(reader)
    clock = Clock(company, now)
    ground = Ground(company, clock.todays, shown, Exchange(company.currency, rates or _NO_RATES))
    # Before anything is read: what is read then is at least as new.
    keys = dict.fromkeys(key for definition in definitions for key in definition.measures)
    sources = {key: Source(reader.edition(key), reader.coverage(key)) for key in keys}
    past = memory.past
    evaluation = _Evaluation(ground, clock, reader, past.still(ground, sources) if past else NOTHING)
    made: dict[str, Made] = {}
    for definition in definitions:
        kept = past.figures(definition, ground, sources) if past else None
        made[definition.kpi.key] = kept or Made(definition, tuple(evaluation.figures(definition)))
    memory.past = Past(ground, sources, made, evaluation.read())
    figures = [figure for each in made.values() for figure in each.figures]
    return Board.of(company, now, (definition.kpi for definition in definitions), figures)


class _Problem(NamedTuple):
    """Why a known window has no value, or none that will stay; its quality is ``quality`` at best."""

    reasons: tuple[str, ...] = ()
    quality: Quality = Quality.FINAL


_NO_PROBLEM = _Problem()
_TOO_SHORT = _Problem(("The window is shorter than a month.",))
_NO_DIVISOR = _Problem(("There is nothing to divide by.",))

_MONTH = 28
"""Days of the shortest month."""

_SECONDS_IN_DAY = 86_400


class _Evaluation:
    """One evaluation: what was read for it, and nothing that outlives it."""

    def __init__(self, ground: Ground, clock: Clock, reader: MeasureReader, before: Read) -> None:
        self._company = ground.company
        self._shown = ground.shown
        self._today = clock.today
        self._frames = Frames(ground.company.calendar, clock.today)
        self._readings = Readings(reader, clock, ground.exchange, before)
        self._compared: dict[tuple[str, Comparing], tuple[Frame, Frame, Frame]] = {}
        self._known: dict[tuple[str, Frame], Knowledge] = {}

    def figures(self, definition: Definition) -> Iterator[Figure]:
        """Yield the KPI's figures: per window, and where it has a label, per value of it."""
        parts = self._parts(definition)
        through = self._through(definition)
        for name in WINDOWS:
            for labels, part in parts:
                yield self._figure(definition, name, labels, part, through)

    def read(self) -> Read:
        """Return what was read, for the next evaluation."""
        return self._readings.read()

    def _comparisons(self, window: str, how: Comparing) -> tuple[Frame, Frame, Frame]:
        """Return the window, the one before and the one a year before."""
        if (window, how) not in self._compared:
            now = self._frames.now(window, how)
            self._compared[window, how] = now, self._frames.previous(now), self._frames.last_year(now)
        return self._compared[window, how]

    def _parts(self, definition: Definition) -> list[tuple[tuple[tuple[str, str], ...], Part]]:
        by = definition.kpi.by
        if by is None:
            return [((), Sheet.total)]
        sheets = [self._readings.sheet(term, by) for term in definition.formula.terms]
        values = self._shown_values(sheets[0])
        parts: list[tuple[tuple[tuple[str, str], ...], Part]] = [
            (((by, value),), partial(_of, label=value)) for value in values
        ]
        if any(sheet.labels - set(values) for sheet in sheets):
            parts.append((((by, OTHER),), partial(_rest, labels=values)))
        return parts

    def _shown_values(self, sheet: Sheet) -> tuple[str, ...]:
        """Return the label values that are shown, largest first.

        They are ranked by the KPI's first measure in the last 12 full months, so that the set and its order stay put
        for a month and need no memory; values that are new since then fill the places that are left.
        """
        year = self._frames.now("12m").span
        first, last = year.first.toordinal(), year.last.toordinal()
        today = self._today.toordinal()
        ranked: list[tuple[Fraction, Fraction, str]] = []
        for label in sheet.labels - {OTHER}:
            amount = abs(Fraction(sheet.of(label, first, last).numerator))
            since = abs(Fraction(sheet.of(label, last + 1, today).numerator))
            if amount or since:
                ranked.append((-amount, -since, label))
        return tuple(label for _, _, label in sorted(ranked)[: self._shown])

    def _figure(
        self,
        definition: Definition,
        window: str,
        labels: tuple[tuple[str, str], ...],
        part: Part,
        through: datetime | None,
    ) -> Figure:
        kpi = definition.kpi
        frame, previous, last_year = self._comparisons(window, kpi.compared)
        known = self._knowledge(definition, frame)
        value, problem = self._value(definition, frame, part)
        return Figure(
            company=self._company.key,
            kpi=kpi.key,
            window=window,
            labels=labels,
            value=value,
            unit=kpi.unit,
            currency=self._company.currency if kpi.unit is Unit.MONEY else "",
            previous=self._value(definition, previous, part)[0],
            last_year=self._value(definition, last_year, part)[0],
            quality=worst_quality((known.quality, problem.quality)),
            is_open=frame.span.has(self._today),
            data_through=through,
            days_known=known.days_known,
            days=frame.span.length,
            reasons=tuple(dict.fromkeys((*known.reasons, *problem.reasons))),
        )

    def _value(self, definition: Definition, frame: Frame, part: Part) -> tuple[Fraction | None, _Problem]:
        """Return the exact value in ``frame``, or None and why."""
        if definition.kpi.month_or_longer and frame.span.length < _MONTH:
            return None, _TOO_SHORT
        if not self._knowledge(definition, frame).known:
            return None, _NO_PROBLEM
        values: dict[Leaf, Fraction | None] = {}
        lacking: dict[str, None] = {}
        waiting: dict[str, None] = {}
        for leaf in definition.formula.leaves:
            span = self._frames.reached(frame, leaf.moves)
            if isinstance(leaf, Length):
                values[leaf] = Fraction(span.length * _SECONDS_IN_DAY)
                continue
            sums = self._readings.sums(leaf, span, definition.kpi.by, part)
            values[leaf] = quantity(leaf, sums)
            if sums.lacking:
                lacking[sums.lacking] = None
            if sums.waiting:
                waiting[sums.waiting] = None
        if lacking:
            return None, _Problem(tuple(lacking), Quality.INCOMPLETE)
        value = definition.formula.value(values)
        if value is None:
            return None, _NO_DIVISOR
        return value, _Problem(tuple(waiting), Quality.PROVISIONAL) if waiting else _NO_PROBLEM

    def _knowledge(self, definition: Definition, frame: Frame) -> Knowledge:
        key = (definition.kpi.key, frame)
        if key not in self._known:
            self._known[key] = worst(self._known_of(term, frame) for term in definition.formula.terms)
        return self._known[key]

    def _known_of(self, term: Term, frame: Frame) -> Knowledge:
        known = self._readings.known(term, self._frames.reached(frame, term.moves))
        # of the window's days is told, not of those elsewhere
        return replace(known, days_known=frame.span.length if known.known else 0) if term.moves else known

    def _through(self, definition: Definition) -> datetime | None:
        instants = [self._readings.coverage(measure).through for measure in definition.measures]
        known = [instant for instant in instants if instant is not None]
        return min(known).astimezone(self._company.calendar.zone) if len(known) == len(instants) else None


def _of(sheet: Sheet, first: int, last: int, *, label: str) -> Sums:
    return sheet.of(label, first, last)


def _rest(sheet: Sheet, first: int, last: int, *, labels: tuple[str, ...]) -> Sums:
    return sheet.rest(labels, first, last)
