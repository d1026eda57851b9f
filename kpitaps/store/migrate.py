"""Bringing a database to the schema of this release."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from kpitaps.errors import LedgerUnavailable

if TYPE_CHECKING:
    from kpitaps.store.engine import Database

HEAD = "0005"
"""The newest migration; kept here so that opening a current database need not import Alembic."""

_LOCK = 7_470_947
"""Number of the PostgreSQL advisory lock under which migrations run, so that two workers never migrate at once."""


def migrate(database: Database) -> None:
    """Create the schema, or bring an older one up to date.

    Raises:
        LedgerUnavailable: if the database was made by a newer release.
    """
    with database.read() as connection:
        if _version(connection) == HEAD:
            return
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        _upgrade(connection)


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: sa.Connection, to: str = "head") -> None:
    from alembic import command  # noqa: PLC0415 - 0.2 s that a current database need not spend
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    # Alembic reads options as ConfigParser does: a % in the path would be taken for a reference.
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise LedgerUnavailable(f"the ledger was made by a newer kpitaps: upgrade kpitaps ({error})") from None
