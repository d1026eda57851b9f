"""An opened process: its plugins, its ledger, its budgets, its clock."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kpitaps.app.goals import GoalShelf
from kpitaps.app.host_budgets import HostBudgets
from kpitaps.app.own_kpis import FILE, KpiBook, known_measures
from kpitaps.errors import LedgerUnavailable
from kpitaps.http import (
    Http,
    Listed,
    MemoryTokens,
    RetryPolicy,
    Scrubber,
    Tally,
    TokenBroker,
    expand,
    expand_host,
    given_kind,
)
from kpitaps.kpis.goals import FILE as GOALS
from kpitaps.plugins import load_plugins
from kpitaps.store import Grants, Ledger, Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kpitaps.config import Environment
    from kpitaps.http import Auth, BoundAuth, Bounds, Budgets
    from kpitaps.plugins import Plugins
    from kpitaps.store import Connection
    from kpitaps.tap import Settings, Tap


def utc_now() -> datetime:
    """Return the present instant, in UTC."""
    return datetime.now(UTC)


def as_texts(settings: Settings) -> dict[str, str]:
    """Return the settings, secrets included, as what they are in addresses and forms; empty where nothing is given."""
    listed = settings.listed_names()
    values = {name: Listed(text) if name in listed else text for name, text in settings.texts().items()}
    return {**values, **dict.fromkeys(sorted(settings.secret_names()), ""), **settings.secrets()}


def _open_ledger(environment: Environment) -> Ledger:
    key = environment.key
    try:
        vault = Vault(key.get_secret_value()) if key else Vault.at(environment.home / "key")
        return Ledger(environment.ledger_url, vault)
    except OSError as error:
        if _is_file(error.filename):
            sentence = f"{error.filename} cannot be read: {error.strerror}; it must belong to whoever runs kpitaps"
        else:
            sentence = f"the folder {environment.home} cannot be used: {error.strerror} (KPITAPS_HOME names another)"
        raise LedgerUnavailable(sentence) from None


def _is_file(name: str | None) -> bool:
    try:
        return name is not None and Path(name).is_file()
    except PermissionError:
        return False


class Runtime:
    """An opened process.

    Args:
        environment: Where it keeps its data and how it is reached.
        now: Its clock, in UTC.
        plugins: What is installed; by default looked up.
        policy: How requests are repeated.
        bounds: What one request may take.
        budgets: What is left of the sources' limits, and how to wait for it.

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
        bounds: Bounds | None = None,
        budgets: Budgets | None = None,
    ) -> None:
        self.environment = environment
        self.now = now
        self.plugins = load_plugins(disabled=environment.disable) if plugins is None else plugins
        self.ledger = _open_ledger(environment)
        self.kpis = KpiBook(environment.home / FILE, known_measures(self.plugins.taps.values()))
        self.goals = GoalShelf(environment.home / GOALS)
        self.scrubber = Scrubber()
        self.tally = Tally()
        self.budgets = HostBudgets(budgets)
        self.grants = Grants(self.ledger.database, self.ledger.vault)
        self._tokens = MemoryTokens()
        self._brokers: dict[tuple[str, str], TokenBroker] = {}
        self._policy = policy or RetryPolicy()
        self._bounds = bounds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def auth(self, tap: Tap, settings: Settings) -> Auth | None:
        """Return the kind of authorisation that the settings are for; None if the tap needs none.

        Raises:
            BadSettings: if no kind has all of its settings.
        """
        return given_kind(tap.auth, as_texts(settings)) if tap.auth else None

    def http(
        self,
        tap: Tap,
        settings: Settings,
        *,
        key: str,
        connection: Connection | None = None,
        grant: str | None = None,
        auth: BoundAuth | None = None,
    ) -> Http:
        """Return the client of one connection.

        Args:
            tap: Its tap.
            settings: Its settings, secrets included.
            key: Whose access token it is: two connections with one key share it.
            connection: The connection, whose account's limits it shares; None while one is being made.
            grant: The key of its grant; None if nobody has consented, or need not.
            auth: In place of what the settings say.

        Raises:
            BadSettings: if a setting that becomes part of a host name is no DNS label, or one is missing.
            TapBug: if the tap's addresses ask for settings it does not have.
        """
        secrets, values = settings.secrets(), as_texts(settings)
        hosts = [expand_host(host, values) for host in tap.hosts]
        return Http(
            expand(tap.base_url, values),
            hosts,
            auth=auth or self._bound(tap, settings, key, grant),
            limits=self.budgets.bind(tap, values, hosts, connection),
            judge=tap.judge,
            headers=tap.headers,
            secrets=secrets.values(),
            scrubber=self.scrubber,
            policy=self._policy,
            bounds=self._bounds,
            routes=self.environment.routes,
            tally=self.tally,
        )

    def open_http(self, base_url: str, hosts: Sequence[str]) -> Http:
        """Return a client for what anybody may read: no account, no authorisation."""
        return Http(
            base_url,
            hosts,
            scrubber=self.scrubber,
            policy=self._policy,
            bounds=self._bounds,
            routes=self.environment.routes,
            tally=self.tally,
        )

    def _bound(self, tap: Tap, settings: Settings, key: str, grant: str | None) -> BoundAuth | None:
        kind = self.auth(tap, settings)
        if kind is None:
            return None
        broker = None
        if grant is not None:
            # One for all connections of the grant, so that its threads need not ask the ledger for each other's token.
            fresh = TokenBroker(self.grants, tap.name, grant)
            broker = self._brokers.setdefault((tap.name, grant), fresh)
        return kind.bind(as_texts(settings), store=self._tokens, key=key, broker=broker)

    def settings(self, tap: Tap, values: dict[str, Any]) -> Settings:
        """Return a tap's settings, its secrets hidden from logs and errors from now on.

        Raises:
            BadSettings: naming each setting that is wrong.
        """
        settings = tap.settings.read(values)
        for secret in settings.secrets().values():
            self.scrubber.add(secret)
        return settings
