"""Reading one company's measures, for the KPI engine."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from kpitaps.calendar import Span, Spans, day_start, local_day
from kpitaps.store.generations import ACTIVE
from kpitaps.store.instants import from_micros
from kpitaps.store.reading import Coverage, DayTotal
from kpitaps.store.tables import connection as connection_table
from kpitaps.store.tables import generation, incomplete, measurement, member, series, span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kpitaps.store.engine import Database


@dataclass(frozen=True, slots=True)
class _Feed:
    """An active generation, which of its days are known, and which measures lack data on every day."""

    id: int
    kind: str
    feeds: frozenset[str]
    always: frozenset[str]
    coverage: Coverage

    def covers(self, measure: str) -> Coverage:
        """Return which days of one measure are known."""
        return replace(self.coverage, incomplete_before=date.max) if measure in self.always else self.coverage


class LedgerReader:
    """Reads the measures of one company, at one state of the ledger's spans."""

    def __init__(self, database: Database, company_id: int) -> None:
        self._database = database
        with database.read() as connection:
            self._feeds = _feeds(connection, company_id)

    def coverage(self, measure: str) -> Coverage | None:
        """Return for which days the measure is known: what all its feeds know; None if nothing feeds it."""
        known = [feed.covers(measure) for feed in self._feeds if measure in feed.feeds]
        if not known:
            return None
        firsts = [coverage.first_day for coverage in known]
        throughs = [coverage.through for coverage in known]
        befores = [coverage.incomplete_before for coverage in known if coverage.incomplete_before]
        return Coverage(
            first_day=max((day for day in firsts if day), default=None) if all(firsts) else None,
            through=min((instant for instant in throughs if instant), default=None) if all(throughs) else None,
            incomplete_before=max(befores, default=None),
            reasons=tuple(dict.fromkeys(reason for coverage in known for reason in coverage.reasons)),
        )

    def day_totals(
        self, measure: str, *, by: str | None = None, where: Mapping[str, str] | None = None
    ) -> Sequence[DayTotal]:
        """Return the totals per day, currency and value of the label ``by``, in order of day."""
        feeds = [feed for feed in self._feeds if measure in feed.feeds]
        flows = [feed.id for feed in feeds if feed.kind != "snapshot"]
        levels = [feed.id for feed in feeds if feed.kind == "snapshot"]
        with self._database.read() as connection:
            totals = self._totals(connection, flows, measure, by, where or {})
            if levels:
                totals += self._changes(connection, levels, measure, by, where or {})
        return sorted(totals)

    def distinct(self, measure: str, first: date, last: date, *, where: Mapping[str, str] | None = None) -> int:
        """Return how many subjects the measure counts from ``first`` to ``last``, both included."""
        with self._database.read() as connection:
            pick = self._pick(connection, [f.id for f in self._feeds if measure in f.feeds], measure, where or {})
            subjects = (
                sa.select(series.c.generation_id, member.c.subject)
                .join(series, series.c.id == member.c.series_id)
                .where(pick, member.c.day.between(first.toordinal(), last.toordinal()))
                .distinct()
                .subquery()
            )
            return connection.execute(sa.select(sa.func.count()).select_from(subjects)).scalar_one()

    def _totals(
        self, connection: sa.Connection, ids: list[int], measure: str, by: str | None, where: Mapping[str, str]
    ) -> list[DayTotal]:
        label = sa.literal("") if by is None else sa.func.coalesce(_label(connection, by), "")
        sums = (sa.func.sum(measurement.c.numerator), sa.func.sum(measurement.c.denominator))
        place = (measurement.c.day, series.c.currency, label)
        rows = connection.execute(
            sa.select(*place, *sums)
            .join(series, series.c.id == measurement.c.series_id)
            .where(self._pick(connection, ids, measure, where))
            .group_by(*(place if by is not None else place[:2]))
        )
        return [DayTotal(day, currency, value, int(num), int(den)) for day, currency, value, num, den in rows]

    def _changes(
        self, connection: sa.Connection, ids: list[int], measure: str, by: str | None, where: Mapping[str, str]
    ) -> list[DayTotal]:
        """Turn levels as they were seen into the changes between them.

        Series by series: a level that was not seen on a day, of another account say, did not change.
        """
        label = sa.literal("") if by is None else sa.func.coalesce(_label(connection, by), "")
        rows = connection.execute(
            sa.select(series.c.id, measurement.c.day, series.c.currency, label, measurement.c.numerator)
            .join(series, series.c.id == measurement.c.series_id)
            .where(self._pick(connection, ids, measure, where))
            .order_by(series.c.id, measurement.c.day)
        )
        last: dict[int, int] = {}
        changes: dict[tuple[int, str, str], int] = defaultdict(int)
        for number, day, currency, value, seen in rows:
            changes[day, currency, value] += seen - last.get(number, 0)
            last[number] = seen
        return [DayTotal(*place, change, 0) for place, change in changes.items()]

    def _pick(
        self, connection: sa.Connection, ids: list[int], measure: str, where: Mapping[str, str]
    ) -> sa.ColumnElement[bool]:
        wanted = [_label(connection, name) == value for name, value in where.items()]
        return sa.and_(series.c.generation_id.in_(ids), series.c.measure == measure, *wanted)


def _label(connection: sa.Connection, name: str) -> sa.ColumnElement[str]:
    if connection.dialect.name == "sqlite":
        return sa.func.json_extract(series.c.labels, f"$.{json.dumps(name)}")
    found: sa.ColumnElement[str] = sa.cast(series.c.labels, sa.JSON)[name].as_string()
    return found


def _feeds(connection: sa.Connection, company_id: int) -> list[_Feed]:
    gaps = {(row.connection_id, row.stream): row for row in connection.execute(sa.select(incomplete))}
    rows = connection.execute(
        sa.select(generation)
        .join(connection_table, connection_table.c.id == generation.c.connection_id)
        .where(connection_table.c.company_id == company_id, generation.c.state == ACTIVE)
        .order_by(generation.c.id)
    ).all()
    read: dict[int, list[Span]] = {}
    for number, start, end in connection.execute(sa.select(span)):
        read.setdefault(number, []).append(Span(from_micros(start), from_micros(end)))
    feeds = []
    for row in rows:
        gap = gaps.get((row.connection_id, row.stream))
        always = frozenset(json.loads(gap.always)) if gap else frozenset()
        coverage = _coverage(row, Spans(read.get(row.id, ())), gap)
        feeds.append(_Feed(row.id, row.kind, frozenset(json.loads(row.feeds)), always, coverage))
    return feeds


def _coverage(row: sa.Row[Any], read: Spans, gap: sa.Row[Any] | None) -> Coverage:
    newest = read.newest
    zone = ZoneInfo(row.time_zone)
    before = None if gap is None else date.fromordinal(min(gap.before_day, date.max.toordinal()))
    reasons = () if gap is None else (gap.reason,)
    if newest is None:
        return Coverage(None, None, before, reasons)
    return Coverage(_first_day(newest.start + timedelta(microseconds=row.ahead), zone), newest.end, before, reasons)


def _first_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the first local day that starts at ``instant`` or later."""
    day = local_day(instant, zone)
    return day if day_start(day, zone) >= instant else day + timedelta(days=1)
