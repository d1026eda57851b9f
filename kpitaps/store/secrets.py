"""Secrets at rest: encrypted with a key that is not in the database."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken

from kpitaps.errors import LedgerUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Vault:
    """Encrypts and decrypts the secrets of connections (Fernet: AES-128-CBC with HMAC-SHA256).

    Args:
        key: A Fernet key: 32 bytes, URL-safe base64.

    Raises:
        LedgerUnavailable: if the key is malformed.
    """

    def __init__(self, key: str) -> None:
        try:
            self._fernet = Fernet(key)
        except ValueError:
            raise LedgerUnavailable(
                "KPITAPS_KEY, or the key file in its place, is no Fernet key: 32 bytes in URL-safe base64"
            ) from None

    @classmethod
    def at(cls, path: Path) -> Vault:
        """Return the vault whose key is in the file at ``path``; the key is made if there is no file yet."""
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Made complete beside its place and linked: two processes starting at once end up with one key.
            with NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.") as fresh:  # readable by its owner only
                fresh.write(Fernet.generate_key())
                fresh.flush()
                with suppress(FileExistsError):
                    os.link(fresh.name, path)
        return cls(path.read_text().strip())

    def seal(self, secrets: Mapping[str, str]) -> bytes:
        """Return the secrets encrypted."""
        return self._fernet.encrypt(json.dumps(dict(secrets)).encode())

    def open(self, sealed: bytes) -> dict[str, str]:
        """Return the secrets in clear text.

        Raises:
            LedgerUnavailable: if they were sealed with another key.
        """
        try:
            opened: dict[str, str] = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise LedgerUnavailable(
                "the stored secrets were encrypted with another key: restore the key file or KPITAPS_KEY, "
                "or add the connection again"
            ) from None
        return opened
