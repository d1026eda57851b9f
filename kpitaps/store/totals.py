"""What the ledger holds of one connection, for the checks of its tap: exact, and without what a figure adds to it."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from kpitaps.errors import TapBug
from kpitaps.store.generations import ACTIVE
from kpitaps.store.series import label_of
from kpitaps.store.tables import generation, measurement, series
from kpitaps.tap import StreamKind
from kpitaps.units import Kind, Unit, from_millionths

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from decimal import Decimal

    from kpitaps.measures import Measure
    from kpitaps.store.engine import Database
    from kpitaps.tap import Stream

    Labels = Mapping[str, str | None]

_Column = sa.ColumnElement[Any]
_ANYWHERE: _Column = series.c.measure
"""A place that all rows of a measure share."""


class ConnectionTotals:
    """Answers a check of one connection, from its active generations; see `kpitaps.Totals`.

    Args:
        database: The ledger's database.
        connection_id: The connection.
        currency: That of its account.
        streams: Those whose measures may be asked for.
        others: Those that may not have been read as a whole: what they feed as well has no totals.
    """

    def __init__(
        self,
        database: Database,
        connection_id: int,
        currency: str,
        streams: Iterable[Stream],
        others: Iterable[Stream] = (),
    ) -> None:
        self._database = database
        self._connection_id = connection_id
        self._currency = currency
        # Whether a measure is fed by streams of changes, and by snapshots, whose rows are what a level was.
        self._fed: dict[str, set[bool]] = defaultdict(set)
        for stream in streams:
            for measure in stream.feeds:
                self._fed[measure.key].add(stream.kind is StreamKind.SNAPSHOT)
        self._elsewhere = {measure.key: stream.name for stream in others for measure in stream.feeds}

    def over(
        self, measure: Measure, /, first: date, last: date, *, currency: str = "", **labels: str | None
    ) -> Decimal:
        """Return what a flow adds up to on these days; the change of a level meanwhile."""
        days = first.toordinal(), last.toordinal()
        return from_millionths(sum(self._rows(measure, _ANYWHERE, days, currency, labels).values()))

    def at(self, level: Measure, /, day: date, *, currency: str = "", **labels: str | None) -> Decimal:
        """Return what a level is at the end of ``day``.

        Raises:
            TapBug: if the measure is no level.
        """
        if level.kind is not Kind.LEVEL:
            raise TapBug(f"totals.at() is for levels, and {level.key} is a {level.kind}: over() adds up days")
        days = date.min.toordinal(), day.toordinal()
        return from_millionths(sum(self._rows(level, _ANYWHERE, days, currency, labels).values()))

    def by(
        self, measure: Measure, label: str, /, first: date, last: date, *, currency: str = "", **labels: str | None
    ) -> dict[str, Decimal]:
        """Return the same as `over` for each value of ``label``; an empty text stands for what has none."""
        measure.label_values({label: None})
        days = first.toordinal(), last.toordinal()
        sums: dict[str, int] = defaultdict(int)
        for text, amount in self._rows(measure, series.c.labels, days, currency, labels).items():
            sums[json.loads(text).get(label, "")] += amount
        return {value: from_millionths(sums[value]) for value in sorted(sums)}

    def days(self, measure: Measure, /, *, currency: str = "", **labels: str | None) -> dict[date, Decimal]:
        """Return a flow's total, or a level's change, on each day that has any, in order."""
        days = date.min.toordinal(), date.max.toordinal()
        rows = self._rows(measure, measurement.c.day, days, currency, labels)
        return {date.fromordinal(day): from_millionths(amount) for day, amount in sorted(rows.items())}

    def _rows(
        self,
        measure: Measure,
        place: _Column,
        days: tuple[int, int],
        currency: str,
        labels: Labels,
    ) -> dict[Any, int]:
        """Return what the rows of each place add up to, in one currency."""
        fed = self._checked(measure)
        values = dict(zip(measure.labels, measure.label_values(dict(labels)), strict=True))
        found: list[tuple[Any, str, int]] = []
        with self._database.read() as connection:
            mine = sa.and_(
                generation.c.connection_id == self._connection_id,
                generation.c.state == ACTIVE,
                series.c.measure == measure.key,
                *(_is(label_of(connection, name), values[name]) for name in labels),
            )
            for is_snapshot in fed:
                query = (_changes_seen if is_snapshot else _changes)(place, mine, days)
                found += [(where, money, int(amount)) for where, money, amount in connection.execute(query)]
        wanted = self._one_currency(measure, currency, {money for _, money, _ in found})
        sums: dict[Any, int] = defaultdict(int)
        for where, money, amount in found:
            if money == wanted:
                sums[where] += amount
        return sums

    def _checked(self, measure: Measure) -> set[bool]:
        if measure.kind is Kind.DISTINCT:
            raise TapBug(f"{measure.key} counts distinct subjects, which add up in no direction: it has no totals")
        if measure.key not in self._fed:
            raise TapBug(f"no stream of what the check looks at feeds {measure.key}: name a measure beside it in of=")
        if other := self._elsewhere.get(measure.key):
            raise TapBug(
                f"stream {other} feeds {measure.key} too, and the check does not wait until all of it is read: "
                f"name {measure.key} in of="
            )
        return self._fed[measure.key]

    def _one_currency(self, measure: Measure, named: str, found: Collection[str]) -> str:
        if measure.unit is not Unit.MONEY:
            if named:
                raise TapBug(f"{measure.key} is measured in {measure.unit}: {named!r} is no currency for it")
            return ""
        if not named and (others := sorted({*found} - {self._currency})):
            raise TapBug(f"{measure.key} has amounts in {', '.join(others)} too: name one currency with currency=")
        return named or self._currency


def _changes(place: _Column, mine: sa.ColumnElement[bool], days: tuple[int, int]) -> sa.Select[Any]:
    """Return a query of what rows add up to that are changes, by place and currency; what is zero needs no currency."""
    return (
        sa.select(place, series.c.currency, sa.func.sum(measurement.c.numerator))
        .join(series, series.c.id == measurement.c.series_id)
        .join(generation, generation.c.id == series.c.generation_id)
        .where(mine, generation.c.kind != StreamKind.SNAPSHOT.value)
        .where(measurement.c.day.between(*days), measurement.c.numerator != 0)
        .group_by(place, series.c.currency)
    )


def _changes_seen(place: _Column, mine: sa.ColumnElement[bool], days: tuple[int, int]) -> sa.Select[Any]:
    """Return the same of rows that are what a level was seen to be, one after another."""
    before = sa.func.lag(measurement.c.numerator, 1, 0).over(
        partition_by=measurement.c.series_id, order_by=measurement.c.day
    )
    seen = (
        sa.select(
            place.label("place"),
            series.c.currency,
            measurement.c.day.label("on_day"),
            (measurement.c.numerator - before).label("amount"),
        )
        .join(series, series.c.id == measurement.c.series_id)
        .join(generation, generation.c.id == series.c.generation_id)
        .where(mine, generation.c.kind == StreamKind.SNAPSHOT.value)
        .subquery()
    )
    return (
        sa.select(seen.c.place, seen.c.currency, sa.func.sum(seen.c.amount))
        .where(seen.c.on_day.between(*days), seen.c.amount != 0)
        .group_by(seen.c.place, seen.c.currency)
    )


def _is(label: sa.ColumnElement[str], value: str) -> sa.ColumnElement[bool]:
    return label == value if value else label.is_(None)
