"""What is in a ledger, in a form that can be compared: with the truth, with another ledger, with itself before."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from kpitaps.store.customers import EDGES
from kpitaps.store.packing import subject, unpack
from kpitaps.store.tables import connection, contribution, generation, measurement, member, series, span
from kpitaps.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from end_to_end.oracle import Place, Truth
    from kpitaps.app import Runtime
    from kpitaps.store.engine import Database

ROWS = (contribution, measurement, member)
SALT = b"one salt for all"


def rows(database: Database, *tables: sa.Table) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of the tables that figures are made of, or of those given, byte for byte."""
    with database.read() as read:
        return {table.name: sorted(_plain(row) for row in read.execute(sa.select(table))) for table in (tables or ROWS)}


def sums(database: Database) -> dict[Place, int]:
    """Return what the active generations add up to, without what is zero."""
    # Two streams may feed a measure on one day: they are added up.
    place = (series.c.measure, series.c.labels, series.c.currency, measurement.c.day)
    query = (
        sa.select(*place, sa.func.sum(measurement.c.numerator))
        .join(series, series.c.id == measurement.c.series_id)
        .join(generation, generation.c.id == series.c.generation_id)
        .where(generation.c.state == "active")
        .group_by(*place)
    )
    with database.read() as read:
        return {
            (measure, tuple(sorted(json.loads(labels).items())), currency, day): int(amount)
            for measure, labels, currency, day, amount in read.execute(query)
            if amount
        }


def content(database: Database) -> dict[str, Any]:
    """Return contributions, measurements and members by what they mean, free of row numbers and reading times.

    Two ledgers of one shop can be compared if both hash with one salt: see `use_one_salt`.
    """
    with database.read() as read:
        keys = {row.id: (row.measure, row.labels, row.currency) for row in read.execute(sa.select(series))}
        distinct = {row.id for row in read.execute(sa.select(series)) if row.kind == "distinct"}
        contributions = {
            bytes(row.record).hex(): (
                row.updated_at,
                sorted(
                    (*keys[number], day, *((subject(one, two).hex(),) if number in distinct else (one, two)))
                    for number, day, one, two in unpack(bytes(row.entries))
                ),
            )
            for row in read.execute(sa.select(contribution))
        }
        measurements = {
            (*keys[row.series_id], row.day): (row.numerator, row.denominator)
            for row in read.execute(sa.select(measurement))
            if row.numerator or row.denominator
        }
        members = {
            (*keys[row.series_id], row.day, bytes(row.subject).hex()): row.records
            for row in read.execute(sa.select(member))
        }
    return {"contributions": contributions, "measurements": measurements, "members": members}


def use_one_salt(database: Database) -> None:
    """Make the hashes of this ledger those of every other one that is given this salt; before anything is read."""
    with database.write() as write:
        write.execute(sa.update(connection).values(salt=SALT))


def assert_consistent(database: Database) -> None:
    """Assert that measurements and members are what the contributions of records add up to, at this very moment."""
    found = content(database)
    sums: dict[Any, list[int]] = {}
    members: dict[Any, int] = {}
    reasons: dict[str, dict[int, int]] = {}
    for _, entries in found["contributions"].values():
        for *place, first, second in (entry if len(entry) == 6 else (*entry, None) for entry in entries):
            if place[0] in EDGES:
                days = reasons.setdefault(first, {})
                days[place[3]] = days.get(place[3], 0) + EDGES[place[0]]
            elif second is None:
                members[*place, first] = members.get((*place, first), 0) + 1
            else:
                held = sums.setdefault(tuple(place), [0, 0])
                held[0], held[1] = held[0] + first, held[1] + second
    for place, change in _customers(reasons.values()):
        sums.setdefault(place, [0, 0])[0] += change
    assert {place: tuple(halves) for place, halves in sums.items() if any(halves)} == found["measurements"]
    assert members == found["members"]


def _customers(reasons: Iterable[dict[int, int]]) -> Iterator[tuple[tuple[str, str, str, int], int]]:
    """Yield what customers add to the three measures: for each, by day, how many reasons begin (+) or end (-)."""
    for days in reasons:
        held, known = 0, False
        for day in sorted(days):
            was_there, held = held > 0, held + days[day]
            if was_there == (held > 0):
                continue
            yield ("customers", "{}", "", day), -MICRO if was_there else MICRO
            if was_there:
                yield ("customers_lost", "{}", "", day), MICRO
            elif not known:
                yield ("new_customers", "{}", "", day), MICRO
            known = True


def untouched(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that a sync which could not read anything must leave alone."""
    return rows(database, *ROWS, series, generation, span)


def assert_true(found: dict[Place, int], truth: Truth, *, since: int = 0, only: frozenset[str] | None = None) -> int:
    """Compare what the ledger adds up to with the truth, exactly; return how many sums were compared.

    Args:
        found: The ledger's sums.
        truth: What they must be.
        since: The first ordinal day that is compared.
        only: The measures that are compared; all by default.
    """

    def compared(amounts: dict[Place, int]) -> dict[Place, int]:
        return {
            place: amount
            for place, amount in amounts.items()
            if place[3] >= since and (only is None or place[0] in only)
        }

    ours, theirs = compared(found), compared(truth.sums)
    wrong = sorted(place for place in ours.keys() | theirs.keys() if ours.get(place) != theirs.get(place))
    shown = "\n".join(
        f"{place}: {ours.get(place)} is in the ledger, {theirs.get(place)} is true" for place in wrong[:8]
    )
    assert not wrong, f"{len(wrong)} of {len(theirs)} sums are wrong:\n{shown}"
    assert theirs, "nothing was compared"
    return len(theirs)


def first_day(runtime: Runtime, measure: str) -> int:
    """Return the first ordinal day for which the ledger claims to know a measure of the first company."""
    coverage = runtime.ledger.reader(1).coverage(measure)
    assert coverage is not None
    assert coverage.first_day is not None
    return coverage.first_day.toordinal()


def _plain(row: sa.Row[Any]) -> tuple[Any, ...]:
    return tuple(bytes(value) if isinstance(value, bytes | memoryview) else value for value in row)
