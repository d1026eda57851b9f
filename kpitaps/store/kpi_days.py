"""Writing KPIs for other tools: per day, and per window, only what became another."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from kpitaps.store.bulk import put_kpi_days
from kpitaps.store.instants import to_micros
from kpitaps.store.kpi_tables import kpi_day, kpi_figure, kpi_series
from kpitaps.store.tables import company as company_table
from kpitaps.store.tables import connection as connection_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from kpitaps.store.engine import Database

SeriesKey = tuple[str, str, str]
"""KPI, label and label value; the last two are empty for a headline."""


class KpiSeries(NamedTuple):
    """A KPI, or one label value of it, and how it is to be read."""

    kpi: str
    label: str
    label_value: str
    domain: str
    name: str
    name_nl: str
    unit: str
    currency: str
    good: str
    roll_up: str

    @property
    def key(self) -> SeriesKey:
        """What tells it from the company's other series."""
        return self[:3]


class KpiDay(NamedTuple):
    """What a series was worth on an ordinal day; numerator and denominator are in millionths."""

    day: int
    value: float | None
    numerator: int | None
    denominator: int | None
    quality: str
    is_open: bool


class KpiFigure(NamedTuple):
    """What a series is worth in a window; days are ordinals, ``data_through`` is in microseconds since 1970."""

    window: str
    as_of: int
    first_day: int
    last_day: int
    value: float | None
    previous: float | None
    last_year: float | None
    quality: str
    is_open: bool
    data_through: int | None
    reasons: str


@dataclass(frozen=True, slots=True)
class KpiDays:
    """What is to be known of one series.

    Attributes:
        series: Which one.
        rows: Its days that are known.
        of: The ordinal days that were looked at: of these, ``rows`` are all there is. None for all days.
    """

    series: KpiSeries
    rows: Sequence[KpiDay]
    of: Collection[int] | None = None


class KpiTables:
    """The KPIs of one company as other tools read them.

    It notes what the company's figures are made of at that time. Once some of that is purged nothing more is written:
    what was computed from it must not come back.

    Attributes:
        known: The series that there are.
    """

    def __init__(self, database: Database, company_id: int) -> None:
        self._database = database
        self._company_id = company_id
        with database.read() as connection:
            self._sources = self._present(connection)
            self.known = frozenset(self._stored(connection).values())

    def put_days(self, parts: Iterable[KpiDays], at: datetime) -> int:
        """Write what became another, in one transaction, and return how many days that are.

        A day that was over, and read to its end, counts one revision more when its value becomes another.

        Raises:
            LedgerUnavailable: if the database cannot be written.
        """
        changed = 0
        with self._writing() as connection:
            if connection is not None:
                for part in parts:
                    changed += _put(connection, self._number(connection, part.series), part, to_micros(at))
        return changed

    def put_figures(self, figures: Mapping[KpiSeries, Sequence[KpiFigure]]) -> None:
        """Make ``figures`` all that is known of windows, and drop every series that is not among them.

        Raises:
            LedgerUnavailable: if the database cannot be written.
        """
        with self._writing() as connection:
            if connection is None:
                return
            numbers = {self._number(connection, series): rows for series, rows in figures.items()}
            gone = self._stored(connection).keys() - numbers.keys()
            _drop(connection, kpi_series.c.id, gone)
            mine = kpi_figure.c.series_id.in_(sa.select(kpi_series.c.id).where(self._mine))
            connection.execute(sa.delete(kpi_figure).where(mine))
            rows = [_figure(number, row) for number, kept in numbers.items() for row in kept]
            if rows:
                connection.execute(sa.insert(kpi_figure), rows)

    @property
    def _mine(self) -> sa.ColumnElement[bool]:
        return kpi_series.c.company_id == self._company_id

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection | None]:
        """Open a transaction in which no other process writes the company's KPIs; None if its sources are gone."""
        with self._database.write() as connection:
            lock = sa.select(company_table.c.id).where(company_table.c.id == self._company_id)
            connection.execute(lock.with_for_update(key_share=True))
            yield connection if self._sources <= self._present(connection) else None

    def _present(self, connection: sa.Connection) -> frozenset[tuple[int, int]]:
        """Return the connections that the company has; numbers of purged ones are given again."""
        mine = connection_table.c.company_id == self._company_id
        rows = connection.execute(sa.select(connection_table.c.id, connection_table.c.created_at).where(mine))
        return frozenset((row.id, row.created_at) for row in rows)

    def _stored(self, connection: sa.Connection) -> dict[int, KpiSeries]:
        columns = [kpi_series.c[name] for name in KpiSeries._fields]
        rows = connection.execute(sa.select(kpi_series.c.id, *columns).where(self._mine))
        return {row[0]: KpiSeries(*row[1:]) for row in rows}

    def _number(self, connection: sa.Connection, series: KpiSeries) -> int:
        """Return the number of a series, made or brought up to date if need be."""
        here = sa.and_(self._mine, *(kpi_series.c[name] == series[at] for at, name in enumerate(_KEY)))
        columns = [kpi_series.c[name] for name in KpiSeries._fields]
        found = connection.execute(sa.select(kpi_series.c.id, *columns).where(here)).one_or_none()
        if found is None:
            row = {"company_id": self._company_id, **series._asdict()}
            made: int = connection.execute(sa.insert(kpi_series).values(row).returning(kpi_series.c.id)).scalar_one()
            return made
        if tuple(found[1:]) != series:
            connection.execute(sa.update(kpi_series).where(kpi_series.c.id == found.id).values(series._asdict()))
        number: int = found.id
        return number


_KEY = ("kpi", "label", "label_value")


def forget_kpis(connection: sa.Connection, company_id: int) -> None:
    """Delete what other tools read of a company; it is written anew the next time its KPIs are."""
    connection.execute(sa.delete(kpi_series).where(kpi_series.c.company_id == company_id))


def _put(connection: sa.Connection, number: int, part: KpiDays, at: int) -> int:
    stored = _days(connection, number, part.of)
    wanted = {row.day: row for row in part.rows}
    gone = stored.keys() - wanted.keys()
    if gone:
        here = sa.and_(kpi_day.c.series_id == number, kpi_day.c.day == sa.bindparam("gone"))
        connection.execute(sa.delete(kpi_day).where(here), [{"gone": day} for day in sorted(gone)])
    new = []
    for day, row in wanted.items():
        before, revision = stored.get(day, (None, 0))
        if before == row:
            continue
        is_restated = before is not None and not before.is_open and before[1:4] != row[1:4]
        new.append((number, *row[:5], int(row.is_open), revision + is_restated, at))
    put_kpi_days(connection, new)
    return len(new) + len(gone)


def _days(connection: sa.Connection, number: int, of: Collection[int] | None) -> dict[int, tuple[KpiDay, int]]:
    """Return what is stored of those days, and their revisions."""
    here = kpi_day.c.series_id == number
    if of is not None:
        if not of:
            return {}
        here = sa.and_(here, kpi_day.c.day.between(min(of), max(of)))
    columns = [kpi_day.c[name] for name in KpiDay._fields]
    rows = connection.execute(sa.select(*columns, kpi_day.c.revision).where(here))
    days = {row[0]: (KpiDay(*row[:5], bool(row.is_open)), row.revision) for row in rows}
    return days if of is None else {day: row for day, row in days.items() if day in of}


def _drop(connection: sa.Connection, number: sa.Column[int], gone: Collection[int]) -> None:
    if gone:
        connection.execute(sa.delete(number.table).where(number == sa.bindparam("gone")), [{"gone": n} for n in gone])


def _figure(number: int, figure: KpiFigure) -> dict[str, object]:
    return {"series_id": number, **figure._asdict(), "is_open": int(figure.is_open)}
