"""Service accounts (RFC 7523): a signed statement about ourselves is exchanged for an access token."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kpitaps.errors import BadSettings
from kpitaps.http.auth import BoundCredentials
from kpitaps.http.hosts import expand, expand_host, named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from joserfc.jwk import RSAKey

    from kpitaps.http.broker import TokenBroker
    from kpitaps.http.tokens import TokenStore

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account's key, as Google's console gives it out: JSON with ``client_email`` and ``private_key``.

    Attributes:
        token_url: Where tokens come from, absolute: it is also whom the statement is meant for (``aud``). The address
            inside the key is not used: it is the tap that says where secrets go.
        scopes: What is asked for.
        key: The key's JSON text.
        life: Seconds a statement is good for; Google allows an hour.
        header: The header that carries the token.
        scheme: The word before the token; by default ``Bearer`` in ``Authorization`` and none in any other header.
        hosts: Hosts besides the base URL's that may see the token.
    """

    token_url: str
    scopes: tuple[str, ...] = ()
    key: str = "{service_account}"
    life: float = 3600.0
    header: str = "Authorization"
    scheme: str | None = None
    hosts: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the settings that must be given."""
        return named(self.key, self.token_url, *self.scopes)

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
            BadSettings: if the key is not what the console gives out, or a value cannot be part of a host name.
            TapBug: for a name that is no setting.
        """
        del broker
        account = _Account.read(expand(self.key, settings), self.key)
        url, scope = expand(self.token_url, settings), " ".join(expand(scope, settings) for scope in self.scopes)

        def form() -> Mapping[str, str]:
            now = int(clock())
            claims = {"iss": account.email, "scope": scope, "aud": url, "iat": now, "exp": now + int(self.life)}
            return {"grant_type": GRANT, "assertion": account.sign(claims)}

        return BoundCredentials(
            url=url,
            header=self.header,
            scheme=self.scheme,
            life=None,
            hosts=tuple(expand_host(host, settings) for host in self.hosts),
            form=form,
            identity=(url, scope, account.email, account.key_id),
            secrets=account.secrets,
            refusal=f"the service account {account.email}: check that its key still exists and what it may see",
            store=store,
            key=key,
            clock=clock,
        )


@dataclass(frozen=True, slots=True)
class _Account:
    email: str
    key_id: str
    signer: RSAKey
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<service account {self.email}>"

    @classmethod
    def read(cls, text: str, setting: str) -> _Account:
        from joserfc.jwk import RSAKey  # noqa: PLC0415 - 0.1 s that only taps with service accounts need to spend

        try:
            fields: dict[str, Any] = json.loads(text)
            email, pem = str(fields["client_email"]), str(fields["private_key"])
            return cls(email, str(fields.get("private_key_id", "")), RSAKey.import_key(pem), (text, pem))
        except (ValueError, KeyError, TypeError):
            # Not the parser's words: they may quote the key.
            raise BadSettings(
                f"setting {setting.strip('{}')}: this is not a service account's key; paste the whole JSON file that "
                "the console gave out, with client_email and private_key"
            ) from None

    def sign(self, claims: Mapping[str, Any]) -> str:
        from joserfc import jwt  # noqa: PLC0415

        header = {"alg": "RS256", "kid": self.key_id} if self.key_id else {"alg": "RS256"}
        return jwt.encode(header, dict(claims), self.signer)
