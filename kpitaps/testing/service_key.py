"""The key of a service account, as a vendor's console would give it out, and what its owner says with it."""

from __future__ import annotations

import json
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from joserfc.jwk import RSAKey


class ServiceKey:
    """A service account of a sandbox. All sandboxes of a process share one RSA key: making one takes a while.

    Args:
        email: The account's name.
        token_url: Where statements are exchanged for tokens.
        key_id: The key's.
    """

    def __init__(self, email: str, token_url: str, *, key_id: str = "5a1db0a7") -> None:
        self.email = email
        self.token_url = token_url
        self.key_id = key_id

    @property
    def text(self) -> str:
        """The JSON file that the console gives out."""
        return json.dumps(
            {
                "type": "service_account",
                "project_id": self.email.partition("@")[2].partition(".")[0],
                "private_key_id": self.key_id,
                "private_key": _the_key().as_pem(private=True).decode(),
                "client_email": self.email,
                "token_uri": self.token_url,
            }
        )

    def claims(self, statement: str) -> dict[str, Any] | None:
        """Return what a signed statement (a JWT) claims; None if this key did not sign it, with RS256."""
        from joserfc import jwt  # noqa: PLC0415 - only sandboxes with service accounts need to spend the 0.1 s
        from joserfc.errors import JoseError  # noqa: PLC0415

        try:
            return dict(jwt.decode(statement, _the_key(), algorithms=["RS256"]).claims)
        except (JoseError, ValueError):
            return None


_MAKING = Lock()
"""Two sandboxes that start side by side would each make a key, and one of them know only the other's."""


def _the_key() -> RSAKey:
    with _MAKING:
        return _key()


@cache
def _key() -> RSAKey:
    from joserfc.jwk import RSAKey  # noqa: PLC0415

    return RSAKey.generate_key(2048)
