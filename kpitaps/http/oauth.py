"""OAuth 2 authorisation code (RFC 6749 §4.1): a person consents once, the token broker keeps the grant alive."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from kpitaps.errors import NeedsAuth
from kpitaps.http.grants import RefreshRules
from kpitaps.http.hosts import expand, expand_host, named
from kpitaps.http.static_key import StaticKey
from kpitaps.http.tokens import bearer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpitaps.http.answers import Issued
    from kpitaps.http.auth import Exchange
    from kpitaps.http.broker import TokenBroker
    from kpitaps.http.static_key import BoundStaticKey
    from kpitaps.http.tokens import Token, TokenStore


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A person's consent, exchanged for an access token and a refresh token.

    Exact Online, for example, declares ``min_age=570``, ``refresh_life=30 * 86_400``, ``token_calls_a_day=200`` and
    ``errors_an_hour=10``.

    Attributes:
        authorize_url: Where the browser is sent, absolute; ``{name}`` is replaced by the setting of that name.
        token_url: Where tokens come from, relative to the base URL or absolute.
        scopes: What is asked for; empty where the source fixes it when the app is registered.
        pkce: Whether the source checks a code verifier (RFC 7636).
        header: The header that carries the token.
        scheme: The word before the token; by default ``Bearer`` in ``Authorization`` and none in any other header.
        client_id: The client id.
        client_secret: The client secret; empty for a public client.
        single_use_refresh: Whether a refresh token may be used once only, its successor coming with the answer.
        min_age: Seconds an access token must have lived before the source gives another one.
        refresh_life: Seconds after which an unused refresh token dies.
        token_calls_a_day: Token calls that the source allows per day.
        errors_an_hour: Errors within an hour at which the source blocks us; we stop one short of it.
        life: Seconds an access token lives where the source does not say.
        asked: Further parameters of the authorisation URL, such as ``access_type``.
        hosts: Hosts besides the base URL's that may see the token.
    """

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...] = ()
    pkce: bool = True
    header: str = "Authorization"
    scheme: str | None = None
    client_id: str = "{client_id}"
    client_secret: str = "{client_secret}"  # noqa: S105 - the name of a setting
    single_use_refresh: bool = True
    min_age: float = 0.0
    refresh_life: float | None = None
    token_calls_a_day: int | None = None
    errors_an_hour: int | None = None
    life: float | None = None
    asked: Mapping[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the settings that must be given."""
        addresses = (self.authorize_url, self.token_url)
        return named(self.client_id, self.client_secret, *addresses, *self.scopes, *self.asked.values())

    @property
    def rules(self) -> RefreshRules:
        """The source's rules for renewing access tokens."""
        return RefreshRules(
            single_use=self.single_use_refresh,
            min_age=self.min_age,
            life=self.life,
            refresh_life=self.refresh_life,
            calls_a_day=self.token_calls_a_day,
            errors_an_hour=self.errors_an_hour,
        )

    def client(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the form fields that name the client; a public one has no secret.

        Raises:
            TapBug: for a name that is no setting.
        """
        named = {"client_id": expand(self.client_id, settings), "client_secret": expand(self.client_secret, settings)}
        return {name: value for name, value in named.items() if value}

    def client_key(self, settings: Mapping[str, str]) -> str:
        """Return what stands for the client in the name of a grant: the same for the same client of the same source.

        Raises:
            BadSettings, TapBug: as for `bind`.
        """
        identity = (expand(self.token_url, settings), self.client(settings)["client_id"])
        return sha256(repr(identity).encode()).hexdigest()[:12]

    def bind_issued(self, settings: Mapping[str, str], tokens: Issued) -> BoundStaticKey:
        """Return the authorisation that tokens give which are not kept yet: to ask whose account they open.

        Raises:
            BadSettings, TapBug: as for `bind`.
        """
        held = StaticKey(header=self.header, scheme=self.scheme, key="{access_token}", hosts=self.hosts)
        return held.bind({**settings, "access_token": tokens.access}, key="consent")

    def bind(
        self,
        settings: Mapping[str, str],
        *,
        store: TokenStore | None = None,
        key: str = "",
        broker: TokenBroker | None = None,
    ) -> BoundAuthorizationCode:
        """Return the authorisation of one connection; without a ``broker`` nobody has consented yet.

        Raises:
            BadSettings: for a value that cannot be part of a host name.
            TapBug: for a name that is no setting.
        """
        del store, key  # the broker has a store of its own, and knows whose grant it is
        return BoundAuthorizationCode(
            self,
            url=expand(self.token_url, settings),
            hosts=tuple(expand_host(host, settings) for host in self.hosts),
            client=self.client(settings),
            broker=broker,
        )


class BoundAuthorizationCode:
    """One connection's share in a grant."""

    def __init__(
        self,
        terms: AuthorizationCode,
        *,
        url: str,
        hosts: tuple[str, ...],
        client: Mapping[str, str],
        broker: TokenBroker | None,
    ) -> None:
        self.hosts = hosts
        self.secrets = tuple(filter(None, [client.get("client_secret")]))
        self.name = broker.name if broker else "no grant"
        self._terms = terms
        self._url = url
        self._client = client
        self._broker = broker

    def token(self, exchange: Exchange) -> Token:
        """Return a token that is good for the next minute, the broker's.

        Raises:
            NeedsAuth: if somebody must consent, once more or for the first time.
            Trouble: if the source cannot answer now, or must not be asked.
        """
        if self._broker is None:
            raise NeedsAuth(f"nobody has authorised kpitaps at {self._url} yet: authorise it")
        form = {**self._client, "grant_type": "refresh_token"}
        return self._broker.token(
            self._terms.rules, lambda token: exchange(self._url, {**form, "refresh_token": token})
        )

    def headers(self, token: Token) -> Mapping[str, str]:
        """Return the header that carries ``token``."""
        return bearer(self._terms.header, self._terms.scheme, token)

    def drop(self, token: Token) -> None:
        """Never use ``token`` again: the source refused it."""
        if self._broker:
            self._broker.drop(token)
