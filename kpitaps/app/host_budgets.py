"""Which limits a connection has to keep, and what is left of them for each host."""

from __future__ import annotations

import threading
from collections import defaultdict
from hashlib import blake2b
from typing import TYPE_CHECKING

from kpitaps.http import Budgets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kpitaps.http import BoundLimit
    from kpitaps.store import Connection
    from kpitaps.tap import Tap


class HostBudgets:
    """The budgets of the process, and the hosts that they are for.

    Args:
        budgets: The budgets; passed in by tests that let no time pass.
    """

    def __init__(self, budgets: Budgets | None = None) -> None:
        self._budgets = budgets or Budgets()
        self._lock = threading.Lock()
        self._scopes: defaultdict[str, set[str]] = defaultdict(set)

    def bind(
        self, tap: Tap, values: Mapping[str, str], hosts: Collection[str], connection: Connection | None
    ) -> list[BoundLimit]:
        """Return the budgets that a connection draws on, shared with all connections of the same scopes.

        Args:
            tap: Its tap.
            values: Its settings, secrets included.
            hosts: Where it goes.
            connection: The connection, for limits per account; None while one is being made: what is the same in all
                settings shares a budget then.

        Raises:
            TapBug: if a scope asks for settings that the tap does not have.
        """
        account = {"account": connection.account_id, "zone": connection.time_zone} if connection else _unknown(values)
        limits = [limit.filled({**values, **account}) for limit in tap.limits]
        scopes = [f"{tap.name}:{limit.scope}" for limit in limits]
        with self._lock:
            for host in hosts:
                self._scopes[host].update(scopes)
        return [self._budgets.bind(limit, scope) for limit, scope in zip(limits, scopes, strict=True)]

    def remaining(self) -> dict[str, dict[str, float]]:
        """Return what is left of each host's limits, 0 to 1, by the limit's label; of the account with the least left.

        A scope may hold an account or a client id, so it is not told.
        """
        ratios = self._budgets.remaining()
        left: dict[str, dict[str, float]] = {}
        with self._lock:
            for host, scopes in self._scopes.items():
                for (scope, label), ratio in ratios.items():
                    if scope in scopes:
                        told = left.setdefault(host, {})
                        told[label] = min(ratio, told.get(label, 1.0))
        return left


def _unknown(values: Mapping[str, str]) -> dict[str, str]:
    """Return what stands in for an account that is not known yet: its settings, of which nothing may be read here."""
    digest = blake2b(repr(sorted(values.items())).encode(), digest_size=4).hexdigest()
    return {"account": f"new-{digest}", "zone": "UTC"}
