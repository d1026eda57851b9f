"""Access tokens, and where they are kept."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Protocol

MARGIN = 0.05
"""Share of a token's life that is not used."""

MARGIN_SECONDS = 60.0
"""A token is not used in its last minute: a request may take that long."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token.

    Attributes:
        value: What is sent.
        expires: Seconds since the epoch; None if the source does not say.
        life: Seconds it was given for; None if the source does not say.
    """

    value: str = field(repr=False)
    expires: float | None = None
    life: float | None = None

    def fresh(self, now: float) -> bool:
        """Return whether more than 5 % and more than 60 s of its life are left (at most half of it is given up)."""
        if self.expires is None:
            return True
        life = self.life or 0.0
        return self.expires - now > min(max(MARGIN * life, MARGIN_SECONDS), life / 2)


def bearer(header: str, scheme: str | None, token: Token) -> dict[str, str]:
    """Return the header that carries ``token``: by default after ``Bearer`` in ``Authorization``, bare in any other."""
    if scheme is None:
        scheme = "Bearer" if header.lower() == "authorization" else ""
    return {header: f"{scheme} {token.value}".lstrip()}


class TokenStore(Protocol):
    """Keeps access tokens, so that a restart or another worker need not ask for new ones."""

    def load(self, key: str) -> Token | None:
        """Return the token kept under ``key``, if any."""

    def save(self, key: str, token: Token) -> None:
        """Keep ``token`` under ``key``, in place of the one before."""


class MemoryTokens:
    """A `TokenStore` that forgets everything when the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, Token] = {}

    def load(self, key: str) -> Token | None:
        """Return the token kept under ``key``, if any."""
        with self._lock:
            return self._tokens.get(key)

    def save(self, key: str, token: Token) -> None:
        """Keep ``token`` under ``key``, in place of the one before."""
        with self._lock:
            self._tokens[key] = token
