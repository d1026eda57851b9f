"""Who shares a source's limits, and what is told of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from kpitaps import Counter, Rate, Settings, Tap, TapBug
from kpitaps.app.host_budgets import HostBudgets

HOSTS = ["api.crm.example"]
MINUTE = Rate("{client_id}:{account}", 10, per=60)
KEYS = {"client_id": "app-1", "client_secret": "s3cret"}


def _connection(account: str, zone: str = "Europe/Amsterdam") -> Any:
    return SimpleNamespace(account_id=account, time_zone=zone)


def _tap(*limits: Any, name: str = "crm") -> Tap:
    return Tap(
        name, title="CRM", settings=Settings, api=1, base_url="https://api.crm.example", hosts=HOSTS, limits=limits
    )


def test_one_account_has_one_budget() -> None:
    """Two connections of one account and app share it; another account, app or tap does not."""
    budgets, tap = HostBudgets(), _tap(MINUTE)
    first, again, other, app, new = (
        budgets.bind(tap, keys, HOSTS, connection)[0]
        for keys, connection in [
            (KEYS, _connection("a")),
            (KEYS, _connection("a")),
            (KEYS, _connection("b")),
            ({**KEYS, "client_id": "app-2"}, _connection("a")),
            (KEYS, None),
        ]
    )
    (elsewhere,) = budgets.bind(_tap(MINUTE, name="erp"), KEYS, HOSTS, _connection("a"))
    assert first is again
    assert len({first, other, app, new, elsewhere}) == 5


def test_settings_stand_in_for_an_account_that_is_not_known_yet() -> None:
    """While an account is being connected, what has the same settings shares a budget, which shows none of them."""
    budgets, tap = HostBudgets(), _tap(Rate("{account}", 10, per=60))
    (one,), (same,), (other,) = (budgets.bind(tap, keys, HOSTS, None) for keys in (KEYS, {**KEYS}, {"client_id": "x"}))
    assert one is same
    assert one is not other
    assert "s3cret" not in one.scope
    assert "app-1" not in one.scope


def test_a_day_ends_at_the_accounts_own_midnight() -> None:
    """``{zone}`` is the zone of the connected account."""
    (day,) = HostBudgets().bind(_tap(Counter("s", 9, resets="day", zone="{zone}")), {}, HOSTS, _connection("a"))
    assert day.limit == Counter("s", 9, resets="day", zone="Europe/Amsterdam")


def test_each_limit_of_a_host_is_told() -> None:
    """Per host and limit the account with the least left; no scope, which may hold a client id."""
    budgets = HostBudgets()
    tap = _tap(MINUTE, Rate("{account} search", 5, per=1), Counter("{account}", 100, resets="day"))
    for account, used in (("a", 1), ("b", 5)):
        for limit in budgets.bind(tap, KEYS, HOSTS, _connection(account)):
            for _ in range(used):
                limit.acquire(1, urgent=True)
    assert budgets.remaining() == {"api.crm.example": {"requests/1m": 0.5, "requests/1s": 0.0, "requests/day": 0.95}}


def test_a_scope_asks_for_what_there_is() -> None:
    """A placeholder that is no setting is a bug of the tap."""
    with pytest.raises(TapBug, match="asks for the setting 'shop'"):
        HostBudgets().bind(_tap(Rate("{shop}", 1, per=1)), KEYS, HOSTS, _connection("a"))
