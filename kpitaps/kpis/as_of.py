"""KPIs as of past days: what each window would have shown at the end of a day, made of what is known now.

A window as of a day is that of `Frames` on that day; all else is as it is today: the sums, the rates, which label
values are shown, and what of the days has been read. So a refund for a day of last year changes that day, and every
window on any day that has it in it; and the present day has the very figures of the board.

Whole columns are made at once: nothing but integers are added up and divided, and only as of days on which anything
that is taken is another than the day before.
"""

from __future__ import annotations

import math
from array import array
from collections import OrderedDict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from kpitaps.kpis.columns import column
from kpitaps.kpis.day_spans import DaySpans
from kpitaps.kpis.day_sums import DaySums
from kpitaps.kpis.nodes import Length, Take
from kpitaps.kpis.rounding import shown_quotient
from kpitaps.kpis.series import OTHER
from kpitaps.units import Kind

if TYPE_CHECKING:
    from kpitaps.kpis.catalogue import Definition
    from kpitaps.kpis.daily import Days, Labels
    from kpitaps.kpis.day_spans import Spans, Turns
    from kpitaps.kpis.day_sums import Column
    from kpitaps.kpis.nodes import Leaf, Term

OLDEST = timedelta(days=3_660)
"""How far back there are values at most: ten years."""

_MONTH = 28
"""Days of the shortest month."""

_SECONDS_IN_DAY = 86_400
_KEPT = 24
"""Measures whose running sums are kept: those of one KPI in all its windows, and of its neighbours."""


class AsOf:
    """A company's KPIs as of each day from the first one on which there is anything to the present one.

    Args:
        days: The company's KPIs on single days.
        spans: Those of an earlier board: they are used again if they are the same.
    """

    def __init__(self, days: Days, spans: DaySpans | None = None) -> None:
        self.days = days
        calendar, today = days.past.ground.company.calendar, days.today
        first = max(min(days.start or today, today), today - OLDEST)
        is_same = spans is not None and (spans.calendar, spans.first, spans.today) == (calendar, first, today)
        self.spans = spans if spans is not None and is_same else DaySpans(calendar, first, today)
        self._axis = min(days.start or today, today).toordinal(), today.toordinal()
        self._sums: OrderedDict[tuple[object, ...], DaySums] = OrderedDict()
        self._made_last = ""

    @property
    def first(self) -> date:
        """The first day that there are values of."""
        return self.spans.first

    def values(self, definition: Definition, labels: Labels, window: str) -> array[float]:
        """Return what a KPI was worth in a window as of each day; NaN where there is nothing, or nothing is known.

        Args:
            definition: The KPI.
            labels: The value of its own label, one of those that the board shows; empty for a headline.
            window: The window's name, or `EACH_DAY`.
        """
        kpi = definition.kpi
        if kpi.key != self._made_last:
            # one KPI's sheets at a time may be as large as they like
            self._made_last = kpi.key
            self.days.let_go()
        ways = frozenset(leaf.moves for leaf in definition.formula.leaves)
        turns = self.spans.turns(window, kpi.compared, ways)
        leaves = {
            leaf: self._leaf(definition, leaf, labels, turns.spans[leaf.moves]) for leaf in definition.formula.leaves
        }
        found = column(definition.formula.node, leaves, len(turns.places))
        numbers = array("d", [math.nan]) * len(turns.places)
        for place in self._known(definition, turns):
            value = found[place]
            if value is not None:
                numbers[place] = shown_quotient(*value, kpi.unit)
        whole = turns.spread(numbers)
        return self._but_short(definition, window, whole) if kpi.month_or_longer else whole

    def _but_short(self, definition: Definition, window: str, values: array[float]) -> array[float]:
        """Return the values without those of windows that are shorter than a month."""
        lengths = self.spans.of(window, definition.kpi.compared, ()).lengths()
        pairs = zip(values, lengths, strict=True)
        return array("d", (value if length >= _MONTH else math.nan for value, length in pairs))

    def _leaf(self, definition: Definition, leaf: Leaf, labels: Labels, spans: Spans) -> Column:
        if isinstance(leaf, Length):
            return [(length * _SECONDS_IN_DAY, 1) for length in spans.lengths()]
        if leaf.measure.kind is Kind.DISTINCT:
            counts = self.days.reader.span_counts(leaf.key, where=dict(leaf.where))
            within = counts.within(spans.firsts, spans.lasts)
            return [None if count is None else (count, 1) for count in within]
        return self._summed(definition, leaf, labels).column(leaf, spans)

    def _summed(self, definition: Definition, term: Term, labels: Labels) -> DaySums:
        by = definition.kpi.by
        # what is shown together is another part of another KPI
        named = self.days.labels(definition) if labels and labels[0][1] == OTHER else (labels,)
        key = (term.key, term.where, by, named)
        if key not in self._sums:
            part = self.days.part(definition, labels)
            self._sums[key] = DaySums(part, self.days.sheet(term, by), *self._axis)
            if len(self._sums) > _KEPT:
                self._sums.popitem(last=False)
        self._sums.move_to_end(key)
        return self._sums[key]

    def _known(self, definition: Definition, turns: Turns) -> range:
        """Return at which of the turns all that the KPI takes is known."""
        start, end = 0, len(turns.places)
        for term in definition.formula.terms:
            reach = self.days.reach(term)
            if reach is None:
                return range(0)
            taken = turns.spans[term.moves]
            known = (taken.just_before if term.take is Take.START else taken).known(reach)
            start, end = max(start, known.start), min(end, known.stop)
        return range(start, max(start, end))
