"""Bringing a database to the schema of this release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from store.shelf import KEY, a_connection, dump, open_ledger

import kpitaps.store
from kpitaps.errors import LedgerUnavailable
from kpitaps.store import Database, Ledger, Vault
from kpitaps.store.migrate import HEAD, migrate
from kpitaps.store.tables import metadata
from kpitaps.store.views import VIEWS

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
