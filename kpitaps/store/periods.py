"""Landing totals per day: the answer replaces its span of days, atomically."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.store.flags import flag_days
from kpitaps.store.instants import to_micros
from kpitaps.store.landing import Differences, LandedEntry, Landing, add_differences, writing
from kpitaps.store.spans import keep_span
from kpitaps.store.tables import measurement, series

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from kpitaps.calendar import Span
    from kpitaps.store.engine import Database
    from kpitaps.store.flags import LandedFlag
    from kpitaps.store.series import SeriesBook

_Stored = tuple[int, int, int, int]
"""Series, day, numerator and denominator of a measurement."""


def land_days(
    database: Database,
    book: SeriesBook,
    entries: Iterable[LandedEntry],
    days: range,
    span: Span | None,
    *,
    observed_at: datetime,
    restates_before: int = 0,
    flags: Iterable[LandedFlag] = (),
) -> Landing:
    """Make ``entries`` all there is of this generation on ``days``; a series that is not among them becomes zero.

    Args:
        database: The ledger's database.
        book: The series of the generation that is read.
        entries: The totals; several of one series and day are added up.
        days: The ordinal days that were read completely.
        span: The span that is now read; None keeps nothing.
        observed_at: When it was read.
        restates_before: Ordinal day; a change to an earlier day counts as a restatement.
        flags: All that the source says against the days.

    Raises:
        LedgerUnavailable: if the database cannot be written; nothing has changed then.
        TapBug: if an amount is larger than the ledger can hold; nothing has changed then.
    """
    kept = list(entries)
    with writing(database, book) as (connection, mine):
        differences = _differences(connection, mine, kept, _stored(connection, book.generation, days))
        changed = sum(1 for held in differences.values() if any(held))
        restated = add_differences(connection, mine, differences, to_micros(observed_at), restates_before)
        flag_days(connection, book.generation, flags, days)
        if span is not None:
            keep_span(connection, book.generation, span)
    return Landing(len(kept), changed, restated)


def land_levels(
    database: Database, book: SeriesBook, entries: Iterable[LandedEntry], day: int, span: Span, *, observed_at: datetime
) -> Landing:
    """Make ``entries`` all the levels there are on ``day``.

    A level without a row on a day is carried forward from the day before, so one that has become zero gets a row.

    Args:
        database: The ledger's database.
        book: The series of the generation that is read.
        entries: The levels; several of one series are added up.
        day: The ordinal day of the reading.
        span: The span that is now read.
        observed_at: When it was read.

    Raises:
        LedgerUnavailable: if the database cannot be written; nothing has changed then.
        TapBug: if an amount is larger than the ledger can hold; nothing has changed then.
    """
    kept = list(entries)
    with writing(database, book) as (connection, mine):
        stored = _stored(connection, book.generation, range(day, day + 1))
        differences = _differences(connection, mine, kept, stored)
        changed = sum(1 for held in differences.values() if any(held))
        zeros = {(number, day) for number in _not_zero_before(connection, book.generation, day)}
        zeros -= {(number, day) for number, day, *_ in stored}
        differences.update({place: [0, 0] for place in zeros - differences.keys()})
        add_differences(connection, mine, differences, to_micros(observed_at), 0, zeros=zeros)
        keep_span(connection, book.generation, span)
    return Landing(len(kept), changed, 0)


def _differences(
    connection: sa.Connection, book: SeriesBook, entries: list[LandedEntry], stored: list[_Stored]
) -> Differences:
    """Return what has to be added to what is stored to make it equal to ``entries``."""
    numbers = book.numbers(connection, {entry.series for entry in entries})
    differences: Differences = defaultdict(lambda: [0, 0])
    for entry in entries:
        held = differences[numbers[entry.series], entry.day]
        held[0] += entry.numerator
        held[1] += entry.denominator
    for number, day, numerator, denominator in stored:
        held = differences[number, day]
        held[0] -= numerator
        held[1] -= denominator
    return differences


def _not_zero_before(connection: sa.Connection, generation: int, day: int) -> list[int]:
    """Return the series whose last level before ``day`` is not zero."""
    last = (
        sa.select(measurement.c.series_id, sa.func.max(measurement.c.day).label("day"))
        .join(series, series.c.id == measurement.c.series_id)
        .where(series.c.generation_id == generation, measurement.c.day < day)
        .group_by(measurement.c.series_id)
        .subquery()
    )
    rows = connection.execute(
        sa.select(measurement.c.series_id)
        .join(last, sa.and_(last.c.series_id == measurement.c.series_id, last.c.day == measurement.c.day))
        .where(measurement.c.numerator != 0)
    )
    return [row[0] for row in rows]


def _stored(connection: sa.Connection, generation: int, days: range) -> list[_Stored]:
    columns = (measurement.c.series_id, measurement.c.day, measurement.c.numerator, measurement.c.denominator)
    rows = connection.execute(
        sa.select(*columns)
        .join(series, series.c.id == measurement.c.series_id)
        .where(
            series.c.generation_id == generation,
            measurement.c.day >= days.start,
            measurement.c.day < days.stop,
        )
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
