"""How requests are authorised, as data: a tap states the terms, the core binds them to a connection."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from kpitaps.errors import KpitapsError, NeedsAuth, TapBug
from kpitaps.http.hosts import expand, expand_host
from kpitaps.http.tokens import MemoryTokens, Token
from kpitaps.http.verdicts import complaint, final_error

if TYPE_CHECKING:
    from kpitaps.http.reply import Reply
    from kpitaps.http.tokens import TokenStore

Exchange = Callable[[str, Mapping[str, str]], "Reply"]
"""Posts a form to a path of the connection and returns the answer, whatever its final status."""


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

    def bind(self, settings: Mapping[str, str], *, store: TokenStore | None = None, key: str = "") -> BoundAuth:
        """Return the authorisation of one connection.

        Args:
            settings: The connection's settings, secrets in clear text.
            store: Where tokens are kept; in memory by default.
            key: Whose token it is, for the store: the connection's or grant's name.
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

    def bind(
        self,
        settings: Mapping[str, str],
        *,
        store: TokenStore | None = None,
        key: str = "",
        clock: Callable[[], float] = time.time,
    ) -> BoundClientCredentials:
        """Return the authorisation of one connection; ``clock`` gives seconds since the epoch.

        Raises:
            BadSettings: for a value that cannot be part of a host name.
            TapBug: for a name that is no setting.
        """
        form = {
            "grant_type": "client_credentials",
            "client_id": expand(self.client_id, settings),
            "client_secret": expand(self.client_secret, settings),
            **{name: expand(value, settings) for name, value in self.extra.items()},
        }
        return BoundClientCredentials(
            self,
            url=expand(self.token_url, settings),
            hosts=tuple(expand_host(host, settings) for host in self.hosts),
            form=form,
            store=store or MemoryTokens(),
            key=key,
            clock=clock,
        )


class BoundClientCredentials:
    """One connection's client credentials, its token, and the lock that lets one thread at a time ask for another."""

    def __init__(
        self,
        terms: ClientCredentials,
        *,
        url: str,
        hosts: tuple[str, ...],
        form: Mapping[str, str],
        store: TokenStore,
        key: str,
        clock: Callable[[], float],
    ) -> None:
        self.hosts = hosts
        self.secrets = (form["client_secret"],)
        self._terms = terms
        self._url = url
        self._form = form
        self._store = store
        # Another secret is another chain: a token of the old one must not be found under the new one's key.
        self.name = f"{key}:{sha256(repr((url, sorted(form.items()))).encode()).hexdigest()[:16]}"
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
        scheme = self._terms.scheme
        if scheme is None:
            scheme = "Bearer" if self._terms.header.lower() == "authorization" else ""
        return {self._terms.header: f"{scheme} {token.value}".lstrip()}

    def drop(self, token: Token) -> None:
        """Forget ``token`` unless another thread has already replaced it."""
        with self._lock:
            if self._token == token:
                self._token, self._dropped = None, token.value

    def _ask(self, exchange: Exchange) -> Token:
        asked = self._clock()
        reply = exchange(self._url, self._form)
        try:
            return self._read(reply, asked)
        except NeedsAuth as refusal:
            self._refusals, self._refusal = self._refusals + 1, str(refusal)
            raise

    def _read(self, reply: Reply, asked: float) -> Token:
        body = reply.json() if reply.ok else None
        value = body.get("access_token") if isinstance(body, dict) else None
        if body and isinstance(value, str) and value:
            life = _seconds(body.get("expires_in")) or self._terms.life
            return Token(value, None if life is None else asked + life, life)
        raise _no_token(reply, body, asked)


def _no_token(reply: Reply, body: Any, now: float) -> KpitapsError:
    if reply.status in (400, 401, 403) or (isinstance(body, dict) and "error" in body):
        return NeedsAuth(
            f"{reply.url} refused the client id and secret with {reply.status}{complaint(reply)}: "
            "check both, and that the app is installed in this account"
        )
    if reply.ok:
        return TapBug(f"{reply.url} answered {reply.status} without an access_token")
    if 300 <= reply.status < 400:
        where = reply.excerpt(reply.header("location") or "nowhere")
        return TapBug(f"{reply.url} redirects to {where}: a secret is not sent after a redirect")
    return final_error(reply, reply.url, now)


def _seconds(value: object) -> float | None:
    """Return ``expires_in``, which vendors write as a number or as text."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
    except ValueError:
        return None
    return seconds if seconds > 0 and math.isfinite(seconds) else None
