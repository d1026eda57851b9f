"""Secrets at rest."""

from __future__ import annotations

import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url
from store.shelf import a_connection, dump, open_ledger

from kpitaps.errors import LedgerUnavailable
from kpitaps.store import Ledger, Vault, list_connections
from kpitaps.store.tables import metadata

if TYPE_CHECKING:
    from conftest import Desk

TOKEN = "shpat_0123456789abcdef"


def test_secrets_cannot_be_read_in_the_database(ledger: Ledger, database_url: str) -> None:
    """Neither the rows nor the raw files hold a secret in clear text, and the vault gives it back."""
    a_connection(ledger, plain={"shop": "acme-shop"}, secrets={"token": TOKEN})
    assert TOKEN not in repr(dump(ledger, *metadata.tables))
    if ledger.database.is_sqlite:
        folder = Path(make_url(database_url).database).parent
        raw = b"".join(file.read_bytes() for file in folder.iterdir())
        assert TOKEN.encode() not in raw
        assert b"acme-shop" in raw
    assert list_connections(ledger.database)[0].values(ledger.vault) == {"shop": "acme-shop", "token": TOKEN}


def test_another_key_is_told_so(desk: Desk, database_url: str) -> None:
    """With another key the figures can be read, and the secrets not: the sentence says what to do."""
    with open_ledger(database_url, Fernet.generate_key().decode()) as other:
        connection = list_connections(other.database)[0]
        assert connection == desk.connection
        with pytest.raises(LedgerUnavailable) as refused:
            connection.values(other.vault)
    assert str(refused.value) == (
        "the stored secrets were encrypted with another key: restore the key file or KPITAPS_KEY, "
        "or add the connection again"
    )


@pytest.mark.parametrize("key", ["", "short", "é" * 44, "A" * 45])
def test_what_is_no_key_is_refused(key: str) -> None:
    """A malformed key is refused when the vault is made, not when a secret is needed."""
    with pytest.raises(LedgerUnavailable, match="is no Fernet key: 32 bytes in URL-safe base64"):
        Vault(key)


def test_the_key_file_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    """The first start makes the key; later ones read it; nobody else may."""
    path = tmp_path / "home" / "key"
    sealed = Vault.at(path).seal({"token": TOKEN})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Vault.at(path).open(sealed) == {"token": TOKEN}
    assert [file.name for file in path.parent.iterdir()] == ["key"]


def test_several_first_starts_agree_on_one_key(tmp_path: Path) -> None:
    """Threads that all find no key yet end up with the same one."""
    ready = threading.Barrier(6)
    vaults: list[Vault] = []

    def start() -> None:
        ready.wait()
        vaults.append(Vault.at(tmp_path / "key"))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sealed = vaults[0].seal({"token": TOKEN})
    assert len(vaults) == 6
    assert all(vault.open(sealed) == {"token": TOKEN} for vault in vaults)


def test_a_home_that_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    """The folder that holds the key and the ledger can be entered by nobody else."""
    Vault.at(tmp_path / "home" / "key")
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
