"""A provider, a ledger with a grant of it, and one clock for all, which moves only when somebody waits."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet

from kpitaps.http import AuthorizationCode, Http, Issued, RetryPolicy, TokenBroker
from kpitaps.store import Grants, Ledger, Vault
from parts.oauth_provider import CLIENT, HOST, Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

TERMS = AuthorizationCode(f"https://{HOST}/authorize", "/token", scopes=("read",))
NOON = 1_800_000_000.0 - 1_800_000_000.0 % 86_400 + 43_200


class Clock:
    """A clock that stands still until somebody waits."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait, which takes no time."""
        self.now += seconds


class World:
    """What a test of the broker needs."""

    def __init__(self, provider: Provider, ledger: Ledger, clock: Clock, stack: ExitStack) -> None:
        self.provider, self.ledger, self.clock = provider, ledger, clock
        self.grants = Grants(ledger.database, ledger.vault, clock=clock)
        self._stack = stack

    def consent(self, key: str = "user") -> int:
        """Consent, store the grant, and return its chain's number at the provider."""
        number, tokens = self.provider.consent()
        life = float(tokens["expires_in"])
        self.grants.consent("toy", key, Issued(tokens["access_token"], life, tokens["refresh_token"]))
        return number

    def broker(self, key: str = "user", **terms: Any) -> TokenBroker:
        """Return a broker, as another process would have it."""
        options = {"clock": self.clock, "monotonic": self.clock, "sleep": self.clock.sleep, **terms}
        return TokenBroker(self.grants, "toy", key, **options)

    def http(self, terms: Any = TERMS, *, broker: TokenBroker | None = None, **options: Any) -> Http:
        """Return a client of the provider's API whose waits take no time."""
        policy = RetryPolicy(sleep=self.clock.sleep) if "policy" not in options else options.pop("policy")
        auth = terms.bind({**CLIENT, **options.pop("settings", {})}, broker=broker or self.broker())
        routes = {HOST: self.provider.url}
        http = Http(f"https://{HOST}", [HOST], auth=auth, routes=routes, policy=policy, **options)
        return self._stack.enter_context(http)

    def row(self) -> Any:
        """Return the only grant as it lies in the table."""
        from kpitaps.store.tables import oauth_grant

        with self.ledger.database.read() as connection:
            return connection.execute(oauth_grant.select()).one()


@contextmanager
def world(database_url: str, *, life: Any = 3600) -> Iterator[World]:
    """Start a provider and open a ledger; nobody has consented yet."""
    clock = Clock()
    with ExitStack() as stack:
        provider = stack.enter_context(Provider(life=life, clock=clock))
        ledger = stack.enter_context(Ledger(database_url, Vault(Fernet.generate_key().decode())))
        yield World(provider, ledger, clock, stack)
