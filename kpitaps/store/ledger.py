"""The ledger: the store of contributions and measurements, opened and at the schema of this release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from kpitaps.errors import LedgerUnavailable
from kpitaps.store.engine import Database
from kpitaps.store.migrate import migrate
from kpitaps.store.reader import LedgerReader

if TYPE_CHECKING:
    from kpitaps.store.secrets import Vault


class Ledger:
    """An open ledger.

    Args:
        url: SQLAlchemy URL of the database.
        vault: Encrypts and decrypts the secrets of connections.

    Raises:
        LedgerUnavailable: if the database cannot be opened or was made by a newer release.
    """

    def __init__(self, url: str, vault: Vault) -> None:
        self.database = Database(url)
        self.vault = vault
        try:
            migrate(self.database)
        except BaseException:
            self.database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def answers(self) -> bool:
        """Return whether the database can be read now."""
        try:
            with self.database.read() as connection:
                connection.exec_driver_sql("SELECT 1")
        except LedgerUnavailable:
            return False
        return True

    def reader(self, company_id: int) -> LedgerReader:
        """Return a reader of one company's measures, at what has been read up to now."""
        return LedgerReader(self.database, company_id)
