"""A key that somebody made in the source's own pages and that never changes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.http.hosts import expand, expand_host, named
from kpitaps.http.tokens import Token, bearer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpitaps.http.auth import Exchange
    from kpitaps.http.broker import TokenBroker
    from kpitaps.http.tokens import TokenStore


@dataclass(frozen=True, slots=True)
class StaticKey:
    """A key that is sent as it is.

    Attributes:
        header: The header that carries it.
        scheme: The word before it; by default ``Bearer`` in ``Authorization`` and none in any other header.
        key: The key.
        hosts: Hosts besides the base URL's that may see it.
    """

    header: str = "Authorization"
    scheme: str | None = None
    key: str = "{token}"
    hosts: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the settings that must be given."""
        return named(self.key)

    def bind(
        self,
        settings: Mapping[str, str],
        *,
        store: TokenStore | None = None,
        key: str = "",
        broker: TokenBroker | None = None,
    ) -> BoundStaticKey:
        """Return the authorisation of one connection.

        Raises:
            BadSettings: for a value that cannot be part of a host name.
            TapBug: for a name that is no setting.
        """
        del store, broker  # nothing is asked for, so nothing needs to be kept
        hosts = tuple(expand_host(host, settings) for host in self.hosts)
        return BoundStaticKey(self, Token(expand(self.key, settings)), hosts=hosts, name=f"{key}:key")


class BoundStaticKey:
    """One connection's key."""

    def __init__(self, terms: StaticKey, token: Token, *, hosts: tuple[str, ...], name: str) -> None:
        self.name = name
        self.hosts = hosts
        self.secrets = (token.value,)
        self._terms = terms
        self._token = token

    def token(self, exchange: Exchange) -> Token:
        """Return the key."""
        del exchange
        return self._token

    def headers(self, token: Token) -> Mapping[str, str]:
        """Return the header that carries the key."""
        return bearer(self._terms.header, self._terms.scheme, token)

    def drop(self, token: Token) -> None:
        """Do nothing: there is no other key to try, and the source may have been mistaken for a moment."""
