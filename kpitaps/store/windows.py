"""Landing answers per window: distinct counts that only the source can give, kept for exactly the days they are of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from kpitaps.store.flags import flag_windows, mendable_flags
from kpitaps.store.instants import to_micros
from kpitaps.store.landing import Landing, writing
from kpitaps.store.reading import WHOLE
from kpitaps.store.spans import keep_span, stored_spans
from kpitaps.store.tables import published, series

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime

    from kpitaps.calendar import Span
    from kpitaps.store.engine import Database
    from kpitaps.store.flags import LandedFlag
    from kpitaps.store.series import SeriesBook, SeriesKey


class LandedWindow(NamedTuple):
    """What a source counts from one ordinal day through another, in millionths."""

    series: SeriesKey
    first: int
    last: int
    amount: int


_Place = tuple[int, int, int]
"""Series, first day, last day."""
_KEY = ("series_id", "first_day", "last_day")


def land_windows(
    database: Database,
    book: SeriesBook,
    answers: Iterable[LandedWindow],
    as_of: date,
    span: Span,
    *,
    observed_at: datetime,
    flags: Collection[LandedFlag] = (),
) -> Landing:
    """Make ``answers`` all that is known of the windows they are of; other windows stay as they were published.

    Args:
        database: The ledger's database.
        book: The series of the generation that is read.
        answers: One per series and window; of doubles the last counts.
        as_of: The company's day on which they were asked for. A window that ends before it is over.
        span: The time that is now read.
        observed_at: When they were asked for.
        flags: What the source says against some of the windows.

    Returns:
        What changed; as restated counts what was over when it was last published, and now has another number.

    Raises:
        LedgerUnavailable: if the database cannot be written; nothing has changed then.
    """
    at, today = to_micros(observed_at), as_of.toordinal()
    kept = list(answers)
    with writing(database, book) as (connection, mine):
        newest = stored_spans(connection, book.generation).newest
        if newest is not None and newest.end > observed_at:
            # Another process asked later and was quicker.
            return Landing(len(kept), 0, 0)
        numbers = mine.numbers(connection, {answer.series for answer in kept})
        wanted = {(numbers[key], first, last): amount for key, first, last, amount in kept}
        stored = _stored(connection, book.generation, {place[1:] for place in wanted})
        gone = [place for place in stored if place not in wanted]
        new = {place: amount for place, amount in wanted.items() if stored.get(place) != (amount, today)}
        _drop(connection, [*gone, *(new.keys() & stored.keys())])
        _put(connection, new, today, at)
        mine.note_changes(connection, ((place[0], WHOLE) for place in (*gone, *new)))
        flag_windows(connection, book.generation, flags, {place[1:] for place in wanted})
        keep_span(connection, book.generation, span)
    other = [place for place, amount in wanted.items() if place in stored and stored[place][0] != amount]
    over = sum(stored[place][1] > place[2] for place in (*other, *gone))
    return Landing(len(kept), len(wanted.keys() - stored.keys()) + len(other) + len(gone), over)


def windows_over(database: Database, number: int, settles: timedelta = timedelta()) -> set[tuple[int, int]]:
    """Return the windows that need not be asked for again: published once they were over and had settled.

    What is said against a window and can be mended makes it worth asking again.

    Args:
        database: The ledger's database.
        number: The generation.
        settles: How long after its end a window's count may still change.

    Returns:
        First and last ordinal day of each.
    """
    # It is known on which day they were asked for, not when on that day.
    days = -(-settles // timedelta(days=1))
    query = (
        sa.select(published.c.first_day, published.c.last_day)
        .join(series, series.c.id == published.c.series_id)
        .where(series.c.generation_id == number, published.c.as_of > published.c.last_day + days)
        .distinct()
    )
    with database.read() as connection:
        found = {(first, last) for first, last in connection.execute(query)}
    return found - {(old.first, old.last) for old in mendable_flags(database, number)}


def published_amount(
    connection: sa.Connection, number: int, measure: str, days: tuple[int, int], labels: str
) -> int | None:
    """Return what a generation has published of a measure for exactly these ordinal days, in millionths.

    Args:
        connection: An open transaction.
        number: The generation.
        measure: The measure's key.
        days: The first and the last ordinal day.
        labels: The labels as canonical JSON. What an answer leaves out by label is nothing, as long as the source broke
            the window down by labels at all.

    Returns:
        None if it was not published, or last when it was not over yet, on a day before the latest publication.
    """
    mine = sa.and_(series.c.generation_id == number, series.c.measure == measure)
    rows = connection.execute(
        sa.select(series.c.labels, published.c.amount, published.c.as_of)
        .join(series, series.c.id == published.c.series_id)
        .where(mine, published.c.first_day == days[0], published.c.last_day == days[1])
    ).all()
    latest = sa.select(sa.func.max(published.c.as_of)).join(series, series.c.id == published.c.series_id).where(mine)
    if not rows or (rows[0].as_of <= days[1] and rows[0].as_of != connection.execute(latest).scalar()):
        return None
    amounts = {row.labels: row.amount for row in rows}
    nothing = 0 if labels != "{}" and amounts.keys() - {"{}"} else None
    return amounts.get(labels, nothing)


def _stored(connection: sa.Connection, number: int, windows: set[tuple[int, int]]) -> dict[_Place, tuple[int, int]]:
    """Return amount and as-of day of what is published of those windows."""
    rows = connection.execute(
        sa.select(published)
        .join(series, series.c.id == published.c.series_id)
        .where(series.c.generation_id == number)
        .where(sa.tuple_(published.c.first_day, published.c.last_day).in_(windows))
    )
    return {(row.series_id, row.first_day, row.last_day): (row.amount, row.as_of) for row in rows}


def _drop(connection: sa.Connection, places: list[_Place]) -> None:
    if places:
        # One by one: a source with many labels has more places than a statement may have parameters.
        here = sa.and_(*(published.c[name] == sa.bindparam(name) for name in _KEY))
        connection.execute(sa.delete(published).where(here), [dict(zip(_KEY, place, strict=True)) for place in places])


def _put(connection: sa.Connection, new: dict[_Place, int], today: int, at: int) -> None:
    if new:
        rows = [
            {**dict(zip(_KEY, place, strict=True)), "as_of": today, "amount": amount, "observed_at": at}
            for place, amount in new.items()
        ]
        connection.execute(sa.insert(published), rows)
