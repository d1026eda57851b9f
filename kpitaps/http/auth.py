"""How requests are authorised, as data: a tap states the terms, the core binds them to a connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from kpitaps.errors import KpitapsError, NeedsAuth, TapBug
from kpitaps.http.answers import body_of, issued
from kpitaps.http.hosts import expand, expand_host, named
from kpitaps.http.tokens import MemoryTokens, Token, bearer
from kpitaps.http.verdicts import complaint, final_error, passing_trouble

if TYPE_CHECKING:
    from kpitaps.http.broker import TokenBroker
    from kpitaps.http.reply import Reply
    from kpitaps.http.tokens import TokenStore

Exchange = Callable[[str, Mapping[str, str]], "Reply"]
"""Posts a form to a path of the connection, once, and returns the answer, whatever its status."""


class BoundAuth(Protocol):
    """A connection's authorisation, shared by all its threads."""

    @property
    def name(self) -> str:
        """Whose token it is: the same for the same credentials."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts besides the base URL's that may see the token."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values to hide from logs and errors."""

    def token(self, exchange: Exchange) -> Token:
        """Return a token that is good for the next minute, asking for one through ``exchange`` where needed."""

    def headers(self, token: Token) -> Mapping[str, str]:
        """Return the headers that carry ``token``."""

    def drop(self, token: Token) -> None:
        """Never use ``token`` again: the source refused it."""


class Auth(Protocol):
    """The terms of authorisation that a tap declares."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the settings that must be given."""

    def bind(
        self,
        settings: Mapping[str, str],
        *,
        store: TokenStore | None = None,
        key: str = "",
        broker: TokenBroker | None = None,
    ) -> BoundAuth:
        """Return the authorisation of one connection.

        Args:
            settings: The connection's settings, secrets in clear text.
            store: Where tokens are kept; in memory by default.
            key: Whose token it is, for the store: the connection's or grant's name.
            broker: Keeper of the connection's grant, for kinds that somebody must consent to.
        """


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """OAuth 2 client credentials (RFC 6749 §4.4): a client id and secret are exchanged for an access token.

    Attributes:
        token_url: Where, relative to the base URL or absolute; ``{name}`` is replaced by the setting of that name.
        header: The header that carries the token.
        scheme: The word before the token; by default ``Bearer`` in ``Authorization`` and none in any other header.
        client_id: The client id.
        client_secret: The client secret.
        extra: Further fields of the form, such as ``scope``.
        life: Seconds a token lives where the source does not say.
        hosts: Hosts besides the base URL's that may see the token.
    """

    token_url: str
    header: str = "Authorization"
    scheme: str | None = None
    client_id: str = "{client_id}"
    client_secret: str = "{client_secret}"  # noqa: S105 - the name of a setting
    extra: Mapping[str, str] = field(default_factory=dict)
    life: float | None = None
    hosts: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the settings that must be given."""
        return named(self.client_id, self.client_secret, self.token_url, *self.extra.values())

    def bind(
        self,
        settings: Mapping[str, str],
        *,
        store: TokenStore | None = None,
        key: str = "",
        broker: TokenBroker | None = None,
        clock: Callable[[], float] = time.time,
    ) -> BoundCredentials:
        """Return the authorisation of one connection; ``clock`` gives seconds since the epoch.

        Raises:
            BadSettings: for a value that cannot be part of a host name.
            TapBug: for a name that is no setting.
        """
        del broker
        form = {
            "grant_type": "client_credentials",
            "client_id": expand(self.client_id, settings),
            "client_secret": expand(self.client_secret, settings),
            **{name: expand(value, settings) for name, value in self.extra.items()},
        }
        url = expand(self.token_url, settings)
        return BoundCredentials(
            url=url,
            header=self.header,
            scheme=self.scheme,
            life=self.life,
            hosts=tuple(expand_host(host, settings) for host in self.hosts),
            form=lambda: form,
            identity=(url, sorted(form.items())),
            secrets=(form["client_secret"],),
            refusal="the client id and secret: check both, and that the app is installed in this account",
            store=store,
            key=key,
            clock=clock,
        )


class BoundCredentials:
    """One connection's credentials, their token, and the lock that lets one thread at a time ask for another.

    Args:
        url: Where tokens come from.
        header: The header that carries the token.
        scheme: The word before the token.
        life: Seconds a token lives where the source does not say.
        hosts: Hosts besides the base URL's that may see the token.
        form: What is exchanged for a token.
        identity: What makes the credentials these and no others.
        secrets: Values to hide from logs and errors.
        refusal: What the source refuses if it does, and what to check.
        store: Where tokens are kept; in memory by default.
        key: Whose token it is.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        *,
        url: str,
        header: str,
        scheme: str | None,
        life: float | None,
        hosts: tuple[str, ...],
        form: Callable[[], Mapping[str, str]],
        identity: object,
        secrets: tuple[str, ...],
        refusal: str,
        store: TokenStore | None,
        key: str,
        clock: Callable[[], float],
    ) -> None:
        self.hosts = hosts
        self.secrets = secrets
        self._url = url
        self._header, self._scheme = header, scheme
        self._life = life
        self._form = form
        self._what = refusal
        self._store = store or MemoryTokens()
        # Another secret is another chain: a token of the old one must not be found under the new one's key.
        self.name = f"{key}:{sha256(repr(identity).encode()).hexdigest()[:16]}"
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._dropped: str | None = None
        self._refusals = 0
        self._refusal = ""

    def token(self, exchange: Exchange) -> Token:
        """Return a fresh token: the one at hand, the store's, or a new one.

        Raises:
            NeedsAuth: if the source refuses the credentials; threads that waited meanwhile do not ask again.
            BadSettings: if the token endpoint does not exist.
        """
        token, known = self._token, self._refusals
        if token and token.fresh(self._clock()):
            return token
        with self._lock:
            if self._refusals > known:
                raise NeedsAuth(self._refusal)
            token = self._token or self._store.load(self.name)
            if not (token and token.value != self._dropped and token.fresh(self._clock())):
                token = self._ask(exchange)
                self._store.save(self.name, token)
            self._token = token
            return token

    def headers(self, token: Token) -> Mapping[str, str]:
        """Return the header that carries ``token``."""
        return bearer(self._header, self._scheme, token)

    def drop(self, token: Token) -> None:
        """Forget ``token`` unless another thread has already replaced it."""
        with self._lock:
            if self._token == token:
                self._token, self._dropped = None, token.value

    def _ask(self, exchange: Exchange) -> Token:
        asked = self._clock()
        reply = exchange(self._url, self._form())
        if trouble := passing_trouble(reply, f"POST {reply.url}", asked):
            raise trouble
        try:
            return self._read(reply, asked)
        except NeedsAuth as refusal:
            self._refusals, self._refusal = self._refusals + 1, str(refusal)
            raise

    def _read(self, reply: Reply, asked: float) -> Token:
        tokens = issued(body_of(reply), self._life) if reply.ok else None
        if tokens:
            return Token(tokens.access, None if tokens.life is None else asked + tokens.life, tokens.life)
        raise _no_token(reply, self._what, asked)


def _no_token(reply: Reply, what: str, now: float) -> KpitapsError:
    if reply.status in (400, 401, 403) or (reply.ok and "error" in body_of(reply)):
        credentials, _, advice = what.partition(": ")
        return NeedsAuth(f"{reply.url} refused {credentials} with {reply.status}{complaint(reply)}: {advice}")
    if reply.ok:
        return TapBug(f"{reply.url} answered {reply.status} without an access_token")
    if 300 <= reply.status < 400:
        where = reply.excerpt(reply.header("location") or "nowhere")
        return TapBug(f"{reply.url} redirects to {where}: a secret is not sent after a redirect")
    return final_error(reply, reply.url, now)
