"""Keeping the tables that the views `kpi_daily` and `kpi_window` show: after each board, and only what changed."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from kpitaps.app.outages import is_outage
from kpitaps.errors import KpitapsError
from kpitaps.kpis.daily import Days
from kpitaps.kpis.day_changes import DayChanges, Seen
from kpitaps.kpis.roll_up import roll_up
from kpitaps.kpis.rounding import shown
from kpitaps.store import KpiDay, KpiDays, KpiFigure, KpiSeries, KpiTables, list_companies
from kpitaps.store.instants import to_micros
from kpitaps.units import BIGINT_MAX, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from fractions import Fraction

    from kpitaps.app.live_boards import LiveBoards, Standing
    from kpitaps.app.runtime import Runtime
    from kpitaps.kpis import Definition, Figure
    from kpitaps.kpis.daily import DayFigure, Labels

log = logging.getLogger(__name__)

_ROWS = 20_000
"""Days that are written in one transaction, about: nobody waits long for it."""


_REST = 9.0
"""Times as long as it worked, the thread rests: while history is loading nearly all days change again and again."""

_LONGEST_REST = 300.0


class TableKeeper:
    """Keeps the KPIs of all companies as other tools read them.

    The first time all days are computed; from then on those that may have changed. Only rows that differ are written.

    Args:
        runtime: The process.
        boards: Its boards.
    """

    def __init__(self, runtime: Runtime, boards: LiveBoards) -> None:
        self._runtime = runtime
        self._boards = boards
        self._seen: dict[int, Seen] = {}
        self._shown: dict[int, tuple[str, date]] = {}
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kpi-tables", daemon=True)

    def start(self) -> None:
        """Begin to write in a thread of its own whenever `look` was called."""
        self._thread.start()

    def look(self) -> None:
        """Say that figures may have changed."""
        self._wanted.set()

    def stop(self, patience: float = 3.0) -> None:
        """Write nothing more; what is being written lands whole, or not at all."""
        self._stopping.set()
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def write(self) -> int:
        """Bring the tables up to date, and return how many days were written.

        Raises:
            LedgerUnavailable: if the ledger cannot be written.
        """
        ledger = self._runtime.ledger
        # Before anything is read: what is purged meanwhile must not be written again.
        tables = {company.id: KpiTables(ledger.database, company.id) for company in list_companies(ledger.database)}
        written = 0
        for standing in self._boards.standing():
            if standing.company.id in tables:
                written += self._company(standing, tables[standing.company.id])
        return written

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._stopping.is_set():
                return
            began = time.monotonic()
            try:
                self.write()
            # The metrics go on without; the next board is another try.
            except Exception as error:
                if not is_outage(self._runtime, error):
                    trace = None if isinstance(error, KpitapsError) else error
                    log.error("the tables for other tools were not written: %s", error, exc_info=trace)  # noqa: TRY400
            self._stopping.wait(min(_LONGEST_REST, _REST * (time.monotonic() - began)))

    def _company(self, standing: Standing, tables: KpiTables) -> int:
        number = standing.company.id
        days = Days(standing.past, self._runtime.ledger.reader(number), standing.board.at)
        before = self._seen.pop(number, None)
        seen = Seen.of(days, before)
        changes = DayChanges(before, seen, days)
        written = 0
        batch: list[KpiDays] = []
        for definition in days.definitions:
            if self._stopping.is_set():
                return written
            mine = [
                _series(definition, labels, days.past.ground.company.currency) for labels in days.labels(definition)
            ]
            # Another process may have dropped them.
            changed = changes.of(definition) if tables.known.issuperset(mine) else None
            batch += _parts(days, definition, changed)
            if sum(len(part.rows) for part in batch) > _ROWS:
                written += tables.put_days(batch, standing.board.at)
                batch = []
        if batch:
            written += tables.put_days(batch, standing.board.at)
        shown_now = standing.board.fingerprint, days.today
        figures = _figures(standing, days.today)
        if self._shown.get(number) != shown_now or tables.known != figures.keys():
            tables.put_figures(figures)
        self._shown[number], self._seen[number] = shown_now, seen
        return written


def _parts(days: Days, definition: Definition, changed: list[date] | None) -> Iterator[KpiDays]:
    """Yield what is known of the days that changed, by label value; of all days for None."""
    if changed == []:
        return
    first = days.first(definition)
    look = changed
    if look is None:
        look = days.between(first, days.today) if first else []
    rows: defaultdict[Labels, list[KpiDay]] = defaultdict(list)
    for figure in days.figures(definition, look):
        rows[figure.labels].append(_row(figure, definition.kpi.unit))
    of = None if changed is None else frozenset(day.toordinal() for day in changed)
    currency = days.past.ground.company.currency
    for labels in days.labels(definition):
        yield KpiDays(_series(definition, labels, currency), rows[labels], of)


def _series(definition: Definition, labels: Labels, currency: str) -> KpiSeries:
    kpi = definition.kpi
    label, value = labels[0] if labels else ("", "")
    money = currency if kpi.unit is Unit.MONEY else ""
    how = "none" if kpi.month_or_longer else roll_up(definition.formula).value
    names = kpi.en.name, kpi.nl.name
    return KpiSeries(kpi.key, label, value, kpi.domain, *names, kpi.unit.value, money, kpi.good.value, how)


def _row(figure: DayFigure, unit: Unit) -> KpiDay:
    return KpiDay(
        figure.day.toordinal(),
        _float(figure.value, unit),
        _micros(figure.numerator),
        _micros(figure.denominator),
        figure.quality.value,
        figure.is_open,
    )


def _float(value: Fraction | None, unit: Unit) -> float | None:
    return None if value is None else float(shown(value, unit))


def _micros(amount: int | Fraction | None) -> int | None:
    """Return millionths, rounded half to even; None beyond what a column holds."""
    if amount is None:
        return None
    micros = round(amount)
    return micros if abs(micros) <= BIGINT_MAX else None


def _figures(standing: Standing, today: date) -> dict[KpiSeries, list[KpiFigure]]:
    rows: defaultdict[KpiSeries, list[KpiFigure]] = defaultdict(list)
    currency = standing.board.company.currency
    for made in standing.past.made.values():
        for figure in made.figures:
            rows[_series(made.definition, figure.labels, currency)].append(_figure(standing, figure, today))
    return rows


def _figure(standing: Standing, figure: Figure, today: date) -> KpiFigure:
    span = standing.board.company.calendar.window(figure.window, today)
    return KpiFigure(
        figure.window,
        today.toordinal(),
        span.first.toordinal(),
        span.last.toordinal(),
        _float(figure.value, figure.unit),
        _float(figure.previous, figure.unit),
        _float(figure.last_year, figure.unit),
        figure.quality.value,
        figure.is_open,
        None if figure.data_through is None else to_micros(figure.data_through),
        " ".join(figure.reasons),
    )
