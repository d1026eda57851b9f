"""An opened process: its plugins, its ledger, its budgets, its clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from kpitaps.errors import LedgerUnavailable
from kpitaps.http import Budgets, Http, MemoryTokens, RetryPolicy, Scrubber, Tally, expand, expand_host
from kpitaps.plugins import load_plugins
from kpitaps.store import Ledger, Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kpitaps.config import Environment
    from kpitaps.plugins import Plugins
    from kpitaps.tap import Settings, Tap


def utc_now() -> datetime:
    """Return the present instant, in UTC."""
    return datetime.now(UTC)


def _open_ledger(environment: Environment) -> Ledger:
    key = environment.key
    try:
        vault = Vault(key.get_secret_value()) if key else Vault.at(environment.home / "key")
        return Ledger(environment.ledger_url, vault)
    except OSError as error:
        sentence = f"the folder {environment.home} cannot be used: {error.strerror} (KPITAPS_HOME names another)"
        raise LedgerUnavailable(sentence) from None


class Runtime:
    """An opened process.

    Args:
        environment: Where it keeps its data and how it is reached.
        now: Its clock, in UTC.
        plugins: What is installed; by default looked up.
        policy: How requests are repeated.

    Raises:
        LedgerUnavailable: if the ledger or its key cannot be opened.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        now: Callable[[], datetime] = utc_now,
        plugins: Plugins | None = None,
        policy: RetryPolicy | None = None,
    ) -> None:
        self.environment = environment
        self.now = now
        self.plugins = load_plugins(disabled=environment.disable) if plugins is None else plugins
        self.ledger = _open_ledger(environment)
        self.scrubber = Scrubber()
        self.tally = Tally()
        self.budgets = Budgets()
        self._tokens = MemoryTokens()
        self._scopes: dict[str, set[str]] = {}
        self._policy = policy or RetryPolicy()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def http(self, tap: Tap, settings: Settings, *, key: str) -> Http:
        """Return the client of one connection.

        Args:
            tap: Its tap.
            settings: Its settings, secrets included.
            key: Whose access token it is: two connections with one key share it.

        Raises:
            BadSettings: if a setting that becomes part of a host name is no DNS label.
            TapBug: if the tap's addresses ask for settings it does not have.
        """
        secrets = settings.secrets()
        values = {name: str(value) for name, value in {**settings.plain(), **secrets}.items()}
        hosts = [expand_host(host, values) for host in tap.hosts]
        limits = [(f"{tap.name}:{expand(limit.scope, values)}", limit) for limit in tap.limits]
        for host in hosts:
            self._scopes.setdefault(host, set()).update(scope for scope, _ in limits)
        return Http(
            expand(tap.base_url, values),
            hosts,
            auth=None if tap.auth is None else tap.auth.bind(values, store=self._tokens, key=key),
            limits=[self.budgets.bind(limit, scope) for scope, limit in limits],
            judge=tap.judge,
            headers=tap.headers,
            secrets=secrets.values(),
            scrubber=self.scrubber,
            policy=self._policy,
            routes=self.environment.routes,
            tally=self.tally,
        )

    def budget_of(self, host: str, remaining: Mapping[str, float]) -> float | None:
        """Return what is left of a host's tightest budget (0 to 1), given what is left of each scope."""
        return min((remaining[scope] for scope in self._scopes.get(host, ()) if scope in remaining), default=None)

    def settings(self, tap: Tap, values: dict[str, Any]) -> Settings:
        """Return a tap's settings, its secrets hidden from logs and errors from now on.

        Raises:
            BadSettings: naming each setting that is wrong.
        """
        settings = tap.settings.read(values)
        for secret in settings.secrets().values():
            self.scrubber.add(secret)
        return settings
