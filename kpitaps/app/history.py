"""History out of the ledger: what each day brought, what windows and goals stood at as of each day, as known now.

All of it is made of what the present board was made of: a day that was restated is another in the very answer that
follows, and an answer never shows half of an update. Columns are made when they are first asked for and kept until
something that they follow from changes: that is when their KPI's figures are made anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.app.goal_columns import goal_columns, goal_heads, told_otherwise
from kpitaps.app.goals import goal_book
from kpitaps.calendar import WINDOWS
from kpitaps.exposition.history import DayValues, HistorySeries
from kpitaps.kpis.as_of import AsOf
from kpitaps.kpis.daily import Days
from kpitaps.kpis.day_reader import ForValues
from kpitaps.kpis.day_spans import EACH_DAY
from kpitaps.kpis.metric_names import DAILY, HISTORY, HISTORY_LABEL, metric_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from kpitaps.app.live_boards import LiveBoards, Standing
    from kpitaps.app.runtime import Runtime
    from kpitaps.exposition.history import History, Labels
    from kpitaps.kpis import Definition

MOST_VALUES = 6_000_000
"""Values that are kept at most, of all companies: 48 MB, which is three thousand series of five years.

Whoever reads all series in turn has no use of fewer than all of them: the first are gone when the last have been made.
"""


class KpiColumn(NamedTuple):
    """A KPI in a window, or on single days."""

    kpi: str
    labels: Labels
    window: str


class GoalColumn(NamedTuple):
    """One of a goal's numbers."""

    goal: str
    what: str


class LedgerHistory:
    """The history of all companies of a process; several threads may ask at once.

    Args:
        runtime: The process.
        boards: Its boards.
    """

    def __init__(self, runtime: Runtime, boards: LiveBoards) -> None:
        self._runtime = runtime
        self._boards = boards
        self._companies: dict[str, CompanyPast] = {}
        self._columns = Columns()
        # A column is made by one thread at a time: two at once would do the same work twice.
        self._making = threading.Lock()

    def series(self) -> Sequence[HistorySeries]:
        """Return every series there is, of all companies."""
        return self.now().series()

    def values(
        self, wanted: Iterable[HistorySeries], first: date, last: date
    ) -> Iterator[tuple[HistorySeries, DayValues]]:
        """Yield what each of the wanted series is worth from ``first`` to ``last``, one after another.

        All of them are of one and the same moment. A series of which nothing is known then is left out.
        """
        return self.now().values(wanted, first, last)

    def now(self) -> History:
        """Return the past as it is known now, for whoever asks several things of one and the same moment."""
        return _Moment(self._now(), self._whole)

    def _whole(self, past: CompanyPast, column: KpiColumn | GoalColumn) -> DayValues:
        with self._making:
            return self._columns.of(past, column)

    def _now(self) -> dict[str, CompanyPast]:
        standings = self._boards.latest()
        with self._making:
            known = self._companies
            self._companies = {each.company.key: self._past(each, known.get(each.company.key)) for each in standings}
            return self._companies

    def _past(self, standing: Standing, before: CompanyPast | None) -> CompanyPast:
        if before is not None and before.is_still(standing):
            return before
        return CompanyPast(self._runtime, standing, before)


class _Moment:
    """The history of all companies at one moment.

    Args:
        companies: Their pasts, by key.
        whole: Returns a column of one of them.
    """

    def __init__(
        self,
        companies: Mapping[str, CompanyPast],
        whole: Callable[[CompanyPast, KpiColumn | GoalColumn], DayValues],
    ) -> None:
        self._companies = companies
        self._whole = whole

    def series(self) -> Sequence[HistorySeries]:
        return [series for past in self._companies.values() for series in past.series]

    def values(
        self, wanted: Iterable[HistorySeries], first: date, last: date
    ) -> Iterator[tuple[HistorySeries, DayValues]]:
        for series in wanted:
            past = self._companies.get(dict(series.labels).get("company", ""))
            column = past.columns.get(series.labels) if past else None
            if past and column:
                found = _between(self._whole(past, column), first.toordinal(), last.toordinal())
                # what is not a number is not itself
                if any(value == value for value in found.values):  # noqa: PLR0124
                    yield series, found


class CompanyPast:
    """The past of one company, as it was known when a board was made.

    Args:
        runtime: The process.
        standing: The board, and what it was made of.
        before: The past as it was known before.
    """

    def __init__(self, runtime: Runtime, standing: Standing, before: CompanyPast | None) -> None:
        self._runtime = runtime
        self.standing = standing
        reader = runtime.ledger.reader(standing.company.id)
        days = Days(standing.past, reader, standing.board.at, ForValues)
        self.as_of: AsOf = AsOf(days, before.as_of.spans if before else None)
        goals = {goal.key: goal for goal in goal_book(runtime, standing.company).goals}
        # the file may be another by now than when the board was made
        self._goals = {each.goal: (goals[each.goal], each) for each in standing.board.goals if each.goal in goals}
        self.columns: dict[Labels, KpiColumn | GoalColumn] = dict(self._heads())
        zone = standing.board.company.calendar.zone
        self.series = tuple(HistorySeries(labels, zone) for labels in self.columns)

    def is_still(self, standing: Standing) -> bool:
        """Return whether nothing has changed."""
        made, now = self.standing.past.made, standing.past.made
        return (
            self.standing.company == standing.company
            and self.standing.board.fingerprint == standing.board.fingerprint
            and self.as_of.days.today == standing.board.company.calendar.today(standing.board.at)
            and made.keys() == now.keys()
            and all(made[key] is now[key] for key in made)
        )

    def basis(self, column: KpiColumn | GoalColumn) -> tuple[object, object]:
        """Return what a column follows from: while the first is the same object, and the second equal, it is the same.

        Figures that were made anew may have other pasts, even where they are equal.
        """
        if isinstance(column, KpiColumn):
            return self.standing.past.made[column.kpi], self.as_of.first
        goal, figure = self._goals[column.goal]
        return self.standing.past.made.get(goal.kpi), (goal, figure, self.as_of.first, self.as_of.days.today)

    def made(self, column: KpiColumn | GoalColumn) -> dict[KpiColumn | GoalColumn, DayValues]:
        """Return a column, and those that come with it."""
        if isinstance(column, KpiColumn):
            definition = self.standing.past.made[column.kpi].definition
            values = self.as_of.values(definition, column.labels, column.window)
            return {column: DayValues(self.as_of.first.toordinal(), values)}
        key = column.goal
        told = told_otherwise(self._runtime.ledger.database, self.standing.company.id, key)
        found = goal_columns(*self._goals[key], self.as_of, told)
        return {GoalColumn(key, what): values for what, values in found.items()}

    def _heads(self) -> Iterator[tuple[Labels, KpiColumn | GoalColumn]]:
        """Yield every series and what it shows."""
        for each in self.standing.past.made.values():
            yield from self._heads_of(each.definition)
        for _, figure in self._goals.values():
            for head in goal_heads(figure):
                yield self._labels(head.metric, *head.labels), GoalColumn(figure.goal, head.what)

    def _heads_of(self, definition: Definition) -> Iterator[tuple[Labels, KpiColumn]]:
        kpi, currency = definition.kpi, self.standing.board.company.currency
        metric = metric_name(kpi.key, kpi.unit, currency, HISTORY)
        daily = metric_name(kpi.key, kpi.unit, currency, DAILY)
        for own in self.as_of.days.labels(definition):
            if not kpi.month_or_longer:
                yield self._labels(daily, *own), KpiColumn(kpi.key, own, EACH_DAY)
            for window in WINDOWS:
                yield self._labels(metric, ("window", window), *own), KpiColumn(kpi.key, own, window)

    def _labels(self, metric: str, *own: tuple[str, str]) -> Labels:
        company = ("company", self.standing.company.key)
        return tuple(
            sorted((("__name__", metric), company, HISTORY_LABEL, *((key, _text(value)) for key, value in own)))
        )


class Columns:
    """Columns that were made, as long as what they follow from is the same; those not asked for longest go first.

    Args:
        most: Values that are kept at most.
    """

    def __init__(self, most: int = MOST_VALUES) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, KpiColumn | GoalColumn], _Kept] = OrderedDict()
        self._values = 0

    def of(self, past: CompanyPast, column: KpiColumn | GoalColumn) -> DayValues:
        """Return a column of a company, made anew if need be."""
        company, basis = past.standing.company.key, past.basis(column)
        kept = self._kept.get((company, column))
        if kept is not None and kept.basis[0] is basis[0] and kept.basis[1] == basis[1]:
            self._kept.move_to_end((company, column))
            return kept.values
        made = past.made(column)
        for each, values in made.items():
            self._keep((company, each), _Kept(basis, values))
        return made[column]

    def _keep(self, key: tuple[str, KpiColumn | GoalColumn], new: _Kept) -> None:
        old = self._kept.pop(key, None)
        self._kept[key] = new
        self._values += len(new.values.values) - (len(old.values.values) if old else 0)
        while self._values > self._most and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._values -= len(gone.values.values)


class _Kept(NamedTuple):
    basis: tuple[object, object]
    values: DayValues


def _between(whole: DayValues, first: int, last: int) -> DayValues:
    start = max(first, whole.first)
    return DayValues(start, whole.values[start - whole.first : max(0, last - whole.first + 1)])


def _text(value: str) -> str:
    """Return a label value as the page of live metrics shows it."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
