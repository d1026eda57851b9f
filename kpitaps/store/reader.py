"""Reading one company's measures, for the KPI engine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

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
    """An active generation, and which of its days are known."""

    id: int
    kind: str
    feeds: frozenset[str]
    coverage: Coverage


class LedgerReader:
    """Reads the measures of one company, at one state of the ledger's spans."""

    def __init__(self, database: Database, company_id: int) -> None:
        self._database = database
        with database.read() as connection:
            self._feeds = _feeds(connection, company_id)

    def coverage(self, measure: str) -> Coverage | None:
        """Return for which days the measure is known: what all its feeds know; None if nothing feeds it."""
        known = [feed.coverage for feed in self._feeds if measure in feed.feeds]
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
                totals += _changes(self._totals(connection, levels, measure, by, where or {}))
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

    def _pick(
        self, connection: sa.Connection, ids: list[int], measure: str, where: Mapping[str, str]
    ) -> sa.ColumnElement[bool]:
        wanted = [_label(connection, name) == value for name, value in where.items()]
        return sa.and_(series.c.generation_id.in_(ids), series.c.measure == measure, *wanted)


def _label(connection: sa.Connection, name: str) -> sa.ColumnElement[str]:
    if connection.dialect.name == "sqlite":
        return sa.func.json_extract(series.c.labels, f"$.{json.dumps(name)}")
    return sa.cast(series.c.labels, postgresql.JSONB).op("->>")(name)


def _changes(levels: list[DayTotal]) -> list[DayTotal]:
    """Turn levels as they were seen into the changes between them."""
    last: dict[tuple[str, str], int] = {}
    changes = []
    for total in sorted(levels):
        place = (total.currency, total.label)
        changes.append(total._replace(numerator=total.numerator - last.get(place, 0)))
        last[place] = total.numerator
    return changes


def _feeds(connection: sa.Connection, company_id: int) -> list[_Feed]:
    gaps = {
        (row.connection_id, row.stream): (row.before_day, row.reason)
        for row in connection.execute(sa.select(incomplete))
    }
    rows = connection.execute(
        sa.select(generation)
        .join(connection_table, connection_table.c.id == generation.c.connection_id)
        .where(connection_table.c.company_id == company_id, generation.c.state == ACTIVE)
        .order_by(generation.c.id)
    ).all()
    read: dict[int, list[Span]] = {}
    for number, start, end in connection.execute(sa.select(span)):
        read.setdefault(number, []).append(Span(from_micros(start), from_micros(end)))
    return [
        _Feed(
            row.id,
            row.kind,
            frozenset(json.loads(row.feeds)),
            _coverage(row, Spans(read.get(row.id, ())), gaps.get((row.connection_id, row.stream))),
        )
        for row in rows
    ]


def _coverage(row: sa.Row[tuple[object, ...]], read: Spans, gap: tuple[int, str] | None) -> Coverage:
    newest = read.newest
    zone = ZoneInfo(row.time_zone)
    before = None if gap is None else date.fromordinal(min(gap[0], date.max.toordinal()))
    reasons = () if gap is None else (gap[1],)
    if newest is None:
        return Coverage(None, None, before, reasons)
    return Coverage(_first_day(newest.start + timedelta(microseconds=row.ahead), zone), newest.end, before, reasons)


def _first_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the first local day that starts at ``instant`` or later."""
    day = local_day(instant, zone)
    return day if day_start(day, zone) >= instant else day + timedelta(days=1)
