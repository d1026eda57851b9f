"""Bringing a database to the schema of this release."""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack, closing
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from store.shelf import DAY, EURO, FEEDS, KEY, NOW, a_connection, a_generation, a_stream, dump, open_ledger

import kpitaps.store
from kpitaps.calendar import Span
from kpitaps.errors import LedgerUnavailable
from kpitaps.store import Database, LandedFlag, Ledger, SeriesBook, Vault, land_days, list_connections, read_spans
from kpitaps.store.instants import to_micros
from kpitaps.store.migrate import HEAD, _upgrade, migrate
from kpitaps.store.tables import metadata
from kpitaps.store.views import VIEWS
from kpitaps.tap import StreamKind

if TYPE_CHECKING:
    from conftest import Desk


def test_the_migrated_schema_is_the_declared_one(ledger: Ledger) -> None:
    """After all migrations, tables, columns, types, keys and indexes are those of `tables.metadata`."""
    with ledger.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert set(sa.inspect(connection).get_view_names()) == set(VIEWS)


def test_checks_are_the_declared_ones(ledger: Ledger) -> None:
    """Alembic does not compare checks: those that keep SQLite's sums exact are in the database too."""
    with ledger.database.read() as connection:
        checks = {check["name"] for check in sa.inspect(connection).get_check_constraints("measurement")}
    wanted = {"ck_measurement_exact_numerator", "ck_measurement_exact_denominator"}
    assert checks == (wanted if ledger.database.is_sqlite else set())


def test_head_is_the_newest_migration() -> None:
    """The number that saves importing Alembic is that of the last migration in the folder."""
    folder = Path(kpitaps.store.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


def test_migrating_twice_changes_nothing(desk: Desk) -> None:
    """A database at the newest schema is left alone, contents included."""
    before = dump(desk.ledger, *metadata.tables)
    writes = []
    event.listen(desk.ledger.database.engine, "commit", lambda _: writes.append(1))
    migrate(desk.ledger.database)
    assert dump(desk.ledger, *metadata.tables) == before
    with desk.ledger.database.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar() == 1


def test_a_newer_database_is_refused(database_url: str) -> None:
    """An older release must not write into what a newer one has made."""
    with open_ledger(database_url) as ledger, ledger.database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        LedgerUnavailable, match=r"^the ledger was made by a newer kpitaps: upgrade kpitaps \(.*9999.*\)$"
    ):
        open_ledger(database_url)


def test_a_migration_that_is_cut_off_leaves_an_empty_database(database_url: str) -> None:
    """The schema is made in one transaction: a crash half-way leaves nothing that a second try would trip over."""
    database = Database(database_url)

    def fail(_: object) -> None:
        raise RuntimeError("power cut")

    event.listen(database.engine, "commit", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        migrate(database)
    event.remove(database.engine, "commit", fail)
    with database.read() as connection:
        assert sa.inspect(connection).get_table_names() == []
    database.close()
    with open_ledger(database_url) as ledger:
        a_connection(ledger)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "the ledger's URL cannot be used: "),
        ("mysterydb://x", "the ledger's URL cannot be used: "),
        ("sqlite:////proc/nowhere/ledger.db", "the ledger's URL cannot be used: "),
        ("postgresql://nobody:s3cret@127.0.0.1:1/x", "the ledger at postgresql+psycopg://nobody:***@127.0.0.1:1/x"),
    ],
)
def test_a_database_that_cannot_be_opened_is_named(url: str, sentence: str) -> None:
    """The sentence says where the ledger should have been, without its password."""
    with pytest.raises(LedgerUnavailable) as refused:
        Ledger(url, Vault(KEY))
    assert str(refused.value).startswith(sentence)
    assert "s3cret" not in str(refused.value)


_SINCE, _THROUGH = to_micros(NOW - timedelta(days=9)), to_micros(NOW)
OLD = {
    "company": "1, 'main', 'Acme', 'EUR', 'UTC', 0, 1",
    "connection": "1, 1, 'toy', 'acme', '1', 'Acme', 'UTC', 'EUR', '{}', :raw, :raw, 0, NULL, NULL",
    "generation": f"7, 1, 'orders', 'periods', 'first', 'UTC', '[\"orders\"]', 'active', {_SINCE}, 0, NULL, 0, NULL",
    "series": "1, 7, 'orders', 'count', 'flow', '{}', ''",
    "measurement": f"1, {DAY}, {5 * EURO}, 0, 1, {_THROUGH}",
    "span": f"7, {_SINCE}, {_THROUGH}",
}
"""A ledger of the third schema, table by table: one order count of one day."""


def test_threads_that_find_no_connection_free_are_told(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits too long for one of the pool's connections hears what to change, not a bug of the tap."""
    monkeypatch.setattr("kpitaps.store.engine.BUSY_SECONDS", 0.05)
    database = Database(database_url)
    said = r"^too many threads use the ledger at once.*KPITAPS_WORKERS$"
    with closing(database), ExitStack() as stack, pytest.raises(LedgerUnavailable, match=said):
        deque(map(stack.enter_context, (database.read() for _ in range(100))))


def test_a_ledger_without_flags_is_migrated_with_what_it_holds(database_url: str) -> None:
    """A generation of the schema before goes on where it was: nothing is read anew, and it can be flagged."""
    database = Database(database_url)
    with closing(database), database.write() as connection:
        _upgrade(connection, "0003")
        raw = {"raw": b"0123456789abcdef"}
        for table, values in OLD.items():
            connection.execute(sa.text(f"INSERT INTO {table} VALUES ({values})"), raw if ":raw" in values else {})
    with open_ledger(database_url) as ledger:
        mine = a_generation(ledger, list_connections(ledger.database)[0], a_stream(StreamKind.PERIODS), "first")
        assert (mine.id, mine.is_active) == (7, True)
        assert read_spans(ledger.database, mine.id).newest == Span(NOW - timedelta(days=9), NOW)
        assert [total[:4] for total in ledger.reader(1).day_totals("orders")] == [(DAY, "", "", 5 * EURO)]
        assert ledger.reader(1).doubts("orders", date(2025, 3, 1), date(2025, 3, 1)) == []
        flagged = [LandedFlag("orders", DAY, DAY, "sampled", "A sample.")]
        book = SeriesBook(mine.id, FEEDS)
        land_days(ledger.database, book, [], range(DAY, DAY + 1), None, observed_at=NOW, flags=flagged)
        assert len(ledger.reader(1).doubts("orders", date(2025, 3, 1), date(2025, 3, 1))) == 1
