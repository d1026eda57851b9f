"""Landing what a slice read: contributions replaced, days restated by exact differences, the span kept.

All of it in one short transaction: data and cursor commit together, or leave no trace.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from kpitaps.store import bulk
from kpitaps.store.customers import restate_customers
from kpitaps.store.instants import to_micros
from kpitaps.store.packing import PackedEntry, pack, subject, unpack
from kpitaps.store.reading import WHOLE, part_of
from kpitaps.store.spans import keep_span
from kpitaps.store.tables import generation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from kpitaps.calendar import Span
    from kpitaps.store.customers import Tenures
    from kpitaps.store.engine import Database
    from kpitaps.store.series import SeriesBook, SeriesKey


class LandedEntry(NamedTuple):
    """An amount of one series on one local day: ordinal day, halves in millionths or of a subject's hash."""

    series: SeriesKey
    day: int
    numerator: int
    denominator: int


class LandedRecord(NamedTuple):
    """A source record as it lands: hashed key, update clock in microseconds, entries; none if it was deleted."""

    record: bytes
    updated_at: int
    entries: Sequence[LandedEntry]


@dataclass(frozen=True, slots=True)
class Landing:
    """What landing a slice did.

    Attributes:
        records: Records that the slice held, doubles left out.
        changed: Records whose contributions changed.
        restated: Days and series that had ended and been read before, and now have another number.
    """

    records: int
    changed: int
    restated: int


Differences = dict[tuple[int, int], list[int]]


def land_records(
    database: Database,
    book: SeriesBook,
    records: Iterable[LandedRecord],
    span: Span | None,
    *,
    observed_at: datetime,
    restates_before: int = 0,
) -> Landing:
    """Replace the contributions of ``records`` and keep ``span`` as read.

    A record older than what is stored changes nothing; the newest of doubles counts.

    Args:
        database: The ledger's database.
        book: The series of the generation that is read.
        records: What the slice yielded, in any order.
        span: The span of the update clock that is now complete; None keeps nothing.
        observed_at: When it was read.
        restates_before: Ordinal day; a change to an earlier day counts as a restatement. 0 while history is loaded.

    Raises:
        LedgerUnavailable: if the database cannot be written; nothing has changed then.
    """
    newest = _newest(records)
    with writing(database, book) as (connection, mine):
        landing = land(connection, mine, newest, to_micros(observed_at), restates_before)
        if span is not None:
            keep_span(connection, book.generation, span)
    return landing


@contextmanager
def writing(database: Database, book: SeriesBook) -> Iterator[tuple[sa.Connection, SeriesBook]]:
    """Open a transaction that writes a book's generation, and give it with a copy of the book to number series in.

    Other writers of the generation wait: differences are against what is stored now. What the copy learns is the book's
    once it is committed.

    Raises:
        LedgerUnavailable: if the database cannot be written; nothing has changed then.
    """
    with database.write() as connection:
        connection.execute(sa.select(generation.c.id).where(generation.c.id == book.generation).with_for_update())
        mine = book.copy()
        yield connection, mine
    book.learn(mine)


def add_differences(
    connection: sa.Connection,
    book: SeriesBook,
    differences: Differences,
    observed_at: int,
    restates_before: int,
    *,
    zeros: Collection[tuple[int, int]] = (),
) -> int:
    """Add what is not zero, and rows for ``zeros``, to the measurements; return how many of them are restatements."""
    rows = [
        (series, day, numerator, denominator, int(day < restates_before), observed_at)
        for (series, day), (numerator, denominator) in differences.items()
        if numerator or denominator or (series, day) in zeros
    ]
    bulk.add_measurements(connection, rows)
    book.note_changes(connection, ((row[0], part_of(row[1])) for row in rows))
    return sum(row[4] for row in rows)


def _newest(records: Iterable[LandedRecord]) -> dict[bytes, LandedRecord]:
    newest: dict[bytes, LandedRecord] = {}
    for record in records:
        held = newest.get(record.record)
        if held is None or held.updated_at <= record.updated_at:
            newest[record.record] = record
    return newest


def land(
    connection: sa.Connection,
    book: SeriesBook,
    records: dict[bytes, LandedRecord],
    observed_at: int,
    restates_before: int,
    *,
    by_clock: bool = True,
) -> Landing:
    """Replace the contributions of ``records``, by key, inside a transaction that has locked the generation.

    Without ``by_clock`` their clocks are versions, which have no order: what is read now replaces what was read before.
    """
    numbers = book.numbers(connection, {entry.series for record in records.values() for entry in record.entries})
    stored = {row[0]: row for row in bulk.stored_contributions(connection, book.generation, list(records))}
    changes = _Changes(connection, book)
    puts = []
    changed = 0
    for key, record in records.items():
        packed = _packed(connection, book, record, numbers)
        before = stored.get(key)
        if before is not None and (
            (by_clock and before[1] > record.updated_at) or (before[1], before[2]) == (record.updated_at, packed)
        ):
            continue
        puts.append((book.generation, key, record.updated_at, packed))
        old = b"" if before is None else bytes(before[2])
        if old == packed:
            continue
        changed += 1
        changes.add(old, -1)
        changes.add(packed, 1)
    bulk.put_contributions(connection, puts)
    restated = changes.land(observed_at, restates_before)
    return Landing(len(records), changed, restated)


def _packed(connection: sa.Connection, book: SeriesBook, record: LandedRecord, numbers: dict[SeriesKey, int]) -> bytes:
    sums: dict[tuple[int, int], tuple[int, int]] = {}
    members: set[PackedEntry] = set()
    for key, day, numerator, denominator in record.entries:
        number = numbers[key]
        if book.is_distinct(connection, number):
            members.add((number, day, numerator, denominator))
            continue
        held = sums.get((number, day), (0, 0))
        sums[number, day] = (held[0] + numerator, held[1] + denominator)
    return pack([*((*place, *halves) for place, halves in sums.items()), *members])


class _Changes:
    """What replacing contributions changes: sums, members, and who is a customer."""

    def __init__(self, connection: sa.Connection, book: SeriesBook) -> None:
        self._connection = connection
        self._book = book
        self._sums: Differences = defaultdict(lambda: [0, 0])
        self._members: dict[tuple[int, int, bytes], int] = defaultdict(int)
        self._tenures: Tenures = defaultdict(int)

    def add(self, packed: bytes, sign: int) -> None:
        """Add contributions, or with ``sign`` -1 take them away."""
        for series, day, first, second in unpack(packed):
            if not self._book.is_distinct(self._connection, series):
                held = self._sums[series, day]
                held[0] += sign * first
                held[1] += sign * second
            elif edge := self._book.edge(series):
                self._tenures[subject(first, second), day] += sign * edge
            else:
                self._members[series, day, subject(first, second)] += sign

    def land(self, observed_at: int, restates_before: int) -> int:
        """Write the differences; return how many of them are restatements."""
        members = [(*place, count) for place, count in self._members.items() if count]
        bulk.add_members(self._connection, members)
        self._book.note_changes(self._connection, ((row[0], WHOLE) for row in members))
        for place, change in restate_customers(self._connection, self._book, self._tenures):
            self._sums[place][0] += change
        return add_differences(self._connection, self._book, self._sums, observed_at, restates_before)
