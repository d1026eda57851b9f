"""Landing totals per day: the answer replaces its span of days, atomically."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.store.instants import to_micros
from kpitaps.store.landing import Differences, LandedEntry, Landing, add_differences, lock_generation
from kpitaps.store.spans import keep_span
from kpitaps.store.tables import measurement, series

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from kpitaps.calendar import Span
    from kpitaps.store.engine import Database
    from kpitaps.store.series import SeriesBook


def land_days(
    database: Database,
    book: SeriesBook,
    entries: Iterable[LandedEntry],
    days: range,
    span: Span | None,
    *,
    observed_at: datetime,
    restates_before: int = 0,
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

    Raises:
        LedgerUnavailable: if the database cannot be written; nothing has changed then.
    """
    kept = list(entries)
    try:
        with database.write() as connection:
            lock_generation(connection, book.generation)
            numbers = book.numbers(connection, {entry.series for entry in kept})
            differences: Differences = defaultdict(lambda: [0, 0])
            for entry in kept:
                held = differences[numbers[entry.series], entry.day]
                held[0] += entry.numerator
                held[1] += entry.denominator
            for number, day, numerator, denominator in _stored(connection, book.generation, days):
                held = differences[number, day]
                held[0] -= numerator
                held[1] -= denominator
            changed = sum(1 for held in differences.values() if any(held))
            restated = add_differences(connection, differences, to_micros(observed_at), restates_before)
            if span is not None:
                keep_span(connection, book.generation, span)
            return Landing(len(kept), changed, restated)
    except BaseException:
        book.forget()
        raise


def _stored(connection: sa.Connection, generation: int, days: range) -> list[tuple[int, int, int, int]]:
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
