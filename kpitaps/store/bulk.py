"""Many rows at once, at driver level: `executemany` on SQLite, arrays on PostgreSQL.

SQLAlchemy builds one statement per shape of row; on the hot path that costs more than the database does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DataError, IntegrityError

from kpitaps.errors import TapBug

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import sqlalchemy as sa

_CHUNK = 500
"""Keys in one IN list; SQLite's limit on parameters is 999 in old builds."""


def _is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _each(connection: sa.Connection, sqlite: str, postgres: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    if _is_sqlite(connection):
        connection.exec_driver_sql(sqlite, list(rows))
    else:
        connection.exec_driver_sql(postgres, tuple([list(column) for column in zip(*rows, strict=True)]))


def stored_contributions(
    connection: sa.Connection, generation: int, records: Sequence[bytes]
) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield (record, updated_at, entries) of those records that are stored."""
    if not _is_sqlite(connection):
        yield from connection.exec_driver_sql(
            "SELECT record, updated_at, entries FROM contribution WHERE generation_id = %s AND record = ANY(%s)",
            (generation, list(records)),
        )
        return
    for start in range(0, len(records), _CHUNK):
        chunk = records[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        yield from connection.exec_driver_sql(
            f"SELECT record, updated_at, entries FROM contribution WHERE generation_id = ? AND record IN ({marks})",
            (generation, *chunk),
        )


def put_contributions(connection: sa.Connection, rows: Sequence[tuple[int, bytes, int, bytes]]) -> None:
    """Store (generation, record, updated_at, entries), replacing what the record had."""
    conflict = (
        " ON CONFLICT (generation_id, record) DO UPDATE"
        " SET updated_at = excluded.updated_at, entries = excluded.entries"
    )
    into = "INSERT INTO contribution (generation_id, record, updated_at, entries) "
    _each(
        connection,
        into + "VALUES (?, ?, ?, ?)" + conflict,
        into + "SELECT * FROM unnest(%s::int[], %s::bytea[], %s::bigint[], %s::bytea[])" + conflict,
        rows,
    )


def drop_contributions(connection: sa.Connection, generation: int, records: Sequence[bytes]) -> None:
    """Delete the rows of those records, as if they had never been read."""
    where = "DELETE FROM contribution WHERE "
    _each(
        connection,
        where + "generation_id = ? AND record = ?",
        where + "(generation_id, record) IN (SELECT * FROM unnest(%s::int[], %s::bytea[]))",
        [(generation, record) for record in records],
    )


def add_measurements(connection: sa.Connection, rows: Iterable[tuple[int, int, int, int, int, int]]) -> None:
    """Add (series, day, numerator, denominator, revisions, observed_at) to what is there.

    Raises:
        TapBug: if a sum leaves the range of BIGINT.
    """
    conflict = (
        " ON CONFLICT (series_id, day) DO UPDATE SET"
        " numerator = measurement.numerator + excluded.numerator,"
        " denominator = measurement.denominator + excluded.denominator,"
        " revision = measurement.revision + excluded.revision,"
        " observed_at = excluded.observed_at"
    )
    into = "INSERT INTO measurement (series_id, day, numerator, denominator, revision, observed_at) "
    try:
        _each(
            connection,
            into + "VALUES (?, ?, ?, ?, ?, ?)" + conflict,
            into
            + "SELECT * FROM unnest(%s::int[], %s::int[], %s::bigint[], %s::bigint[], %s::int[], %s::bigint[])"
            + conflict,
            sorted(rows),
        )
    # A parameter beyond BIGINT, PostgreSQL's own refusal of the sum, and the check that makes SQLite refuse it.
    except (OverflowError, DataError, IntegrityError):
        raise TapBug("a day's sum is larger than the ledger can hold, about 9.2 trillion") from None


def add_editions(connection: sa.Connection, generation: int, parts: Iterable[tuple[str, int]]) -> None:
    """Count one more change of each (measure, part), in a transaction that has locked the generation."""
    conflict = " ON CONFLICT (generation_id, measure, part) DO UPDATE SET number = edition.number + 1"
    into = "INSERT INTO edition (generation_id, measure, part, number) "
    _each(
        connection,
        into + "VALUES (?, ?, ?, 1)" + conflict,
        into + "SELECT *, 1 FROM unnest(%s::int[], %s::text[], %s::int[])" + conflict,
        [(generation, *part) for part in sorted(parts)],
    )


def stored_tenures(
    connection: sa.Connection, generation: int, subjects: Sequence[bytes]
) -> Iterator[tuple[bytes, int, int]]:
    """Yield (subject, day, change) of those customers."""
    if not _is_sqlite(connection):
        yield from connection.exec_driver_sql(
            "SELECT subject, day, change FROM tenure WHERE generation_id = %s AND subject = ANY(%s)",
            (generation, list(subjects)),
        )
        return
    for start in range(0, len(subjects), _CHUNK):
        chunk = subjects[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        yield from connection.exec_driver_sql(
            f"SELECT subject, day, change FROM tenure WHERE generation_id = ? AND subject IN ({marks})",
            (generation, *chunk),
        )


def put_tenures(connection: sa.Connection, rows: Iterable[tuple[int, bytes, int, int]]) -> None:
    """Store (generation, subject, day, change), replacing what the day had; a change of nothing needs no row."""
    kept = sorted(rows)
    conflict = " ON CONFLICT (generation_id, subject, day) DO UPDATE SET change = excluded.change"
    into = "INSERT INTO tenure (generation_id, subject, day, change) "
    _each(
        connection,
        into + "VALUES (?, ?, ?, ?)" + conflict,
        into + "SELECT * FROM unnest(%s::int[], %s::bytea[], %s::int[], %s::int[])" + conflict,
        [row for row in kept if row[3]],
    )
    where = "DELETE FROM tenure WHERE "
    _each(
        connection,
        where + "generation_id = ? AND subject = ? AND day = ?",
        where + "(generation_id, subject, day) IN (SELECT * FROM unnest(%s::int[], %s::bytea[], %s::int[]))",
        [row[:3] for row in kept if not row[3]],
    )


def add_members(connection: sa.Connection, rows: Iterable[tuple[int, int, bytes, int]]) -> None:
    """Add (series, day, subject, records) to what is there; a subject without records is no member any more."""
    kept = sorted(rows)
    conflict = " ON CONFLICT (series_id, day, subject) DO UPDATE SET records = member.records + excluded.records"
    into = "INSERT INTO member (series_id, day, subject, records) "
    _each(
        connection,
        into + "VALUES (?, ?, ?, ?)" + conflict,
        into + "SELECT * FROM unnest(%s::int[], %s::int[], %s::bytea[], %s::int[])" + conflict,
        kept,
    )
    gone = [row[:3] for row in kept if row[3] < 0]
    where = "DELETE FROM member WHERE records = 0 AND "
    _each(
        connection,
        where + "series_id = ? AND day = ? AND subject = ?",
        where + "(series_id, day, subject) IN (SELECT * FROM unnest(%s::int[], %s::int[], %s::bytea[]))",
        gone,
    )


def put_kpi_days(connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Store the columns of ``kpi_day`` in their order, replacing what the day had."""
    columns = "series_id, day, value, numerator, denominator, quality, is_open, revision, changed_at"
    types = ("int", "int", "float8", "bigint", "bigint", "text", "int", "int", "bigint")
    new = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", ")[2:])
    conflict = f" ON CONFLICT (series_id, day) DO UPDATE SET {new}"
    into = f"INSERT INTO kpi_day ({columns}) "
    _each(
        connection,
        f"{into}VALUES ({', '.join('?' * len(types))}){conflict}",
        f"{into}SELECT * FROM unnest({', '.join(f'%s::{each}[]' for each in types)}){conflict}",
        rows,
    )
