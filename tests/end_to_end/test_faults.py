"""Whatever goes wrong on the way, the ledger ends up true, or is left as it was and says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from end_to_end import ledgers
from end_to_end.worlds import Impatient, World, world
from kpitaps.app import company_board
from kpitaps.calendar import local_day
from kpitaps.store import list_companies, open_repairs
from kpitaps.testing import Story

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PASSING = (
    *("429", "500", "502", "503", "timeout", "cut_body", "malformed_json"),
    *("expired_token", "throttled", "internal_error", "duplicate_rows", "reordered_rows"),
)
SCOPES = ("read_orders", "read_customers")
DATED_BY_ORDER = frozenset({"orders", "units_sold", "order_revenue_gross", "order_discounts"})


def _story(days: int, orders_per_day: float = 3) -> Story:
    return Story(5, NOW.date() - timedelta(days=days), orders_per_day=orders_per_day)


def _repairs(shop: World) -> set[str]:
    return {repair.code for repair in open_repairs(shop.database)}


def _kinds(shop: World) -> set[str]:
    return {code.partition(":")[0] for code in _repairs(shop)}


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_leaves_no_trace(kind: str, database_url: str, tmp_path: Path) -> None:
    """One request in a few fails or answers oddly, all through a load: the ledger is true, and nobody is bothered."""
    # A token that expires twice within one request is no passing fault: then one request at a time.
    workers = 1 if kind == "expired_token" else 4
    with world(tmp_path, _story(80), NOW, database_url=database_url, kind=Impatient, workers=workers) as shop:
        faults, added = shop.sandbox.faults, 0

        def spoil(_: object) -> None:
            nonlocal added
            added += 1
            faults.add(kind, path_contains="graphql", seconds=5.0)

        spoil(None)
        assert shop.sync(spoil).errors == {}
        assert added - len(faults.pending) >= 5
        shop.check(shop.truth())
        assert _repairs(shop) == set()


def _revoke(shop: World) -> None:
    shop.sandbox.faults.add("revoked")


def _deny(shop: World) -> None:
    shop.sandbox.faults.add("access_denied", times=None)


def _vanish(shop: World) -> None:
    shop.sandbox.faults.add("unknown_shop")


def _change_secret(shop: World) -> None:
    shop.sandbox.settings["client_secret"] = "shpss_another"
    shop.sandbox.faults.add("expired_token")


@pytest.mark.parametrize(
    ("refuse", "repair"),
    [(_revoke, "needs_auth"), (_deny, "needs_auth"), (_vanish, "bad_settings"), (_change_secret, "needs_auth")],
)
@pytest.mark.slow
def test_a_refusal_amid_a_load(refuse: Callable[[World], None], repair: str, tmp_path: Path) -> None:
    """What landed before stays, a repair opens; when it is mended the rest is read, and the repair closes by itself."""
    with world(tmp_path, _story(120), NOW, workers=2) as shop:
        before = dict(shop.sandbox.settings)

        def amid(_: object) -> None:
            if not shop.sandbox.faults.pending and shop.sandbox.settings == before:
                refuse(shop)

        result = shop.sync(amid)
        assert set(result.errors) == {"orders", "checkouts"}
        assert result.runs[0].records > 0
        assert _kinds(shop) == {repair}
        kept = ledgers.untouched(shop.database)
        assert set(shop.sync().errors) == {"account"}
        assert ledgers.untouched(shop.database) == kept
        shop.sandbox.faults.clear()
        shop.sandbox.settings.update(before)
        shop.synced()
        shop.check(shop.truth(checkouts_from=_checkouts_from()))
        assert _repairs(shop) == set()


def test_without_all_orders_what_is_hidden_is_said(tmp_path: Path) -> None:
    """Days beyond the 60 that Shopify shows, and the one on which these begin, are marked; the others are right."""
    with world(tmp_path, _story(150), NOW, scopes=SCOPES) as shop:
        shop.synced()
        horizon = NOW - timedelta(days=60)
        whole = local_day(horizon, AMSTERDAM) + timedelta(days=1)
        assert _repairs(shop) == {"incomplete:orders"}
        coverage = shop.runtime.ledger.reader(1).coverage("orders")
        assert coverage is not None
        assert coverage.incomplete_before == whole
        since = whole.toordinal()
        shop.check(shop.truth(), since=since, only=DATED_BY_ORDER)
        shop.check(shop.truth(orders_from=horizon, checkouts_from=_checkouts_from()), since=since)
        assert _qualities(shop, "orders", "units_sold") == {"7d": {"final"}, "28d": {"final"}, "ytd": {"incomplete"}}


def test_without_all_orders_no_refund_can_be_trusted(tmp_path: Path) -> None:
    """What happens to an order that is out of sight would belong to days in sight: such measures are never final."""
    with world(tmp_path, _story(150), NOW, scopes=SCOPES) as shop:
        shop.synced()
        for kpi in ("order_revenue", "refund_rate", "returning_customer_rate"):
            assert _qualities(shop, kpi) == {window: {"incomplete"} for window in ("7d", "28d", "ytd")}


@pytest.mark.slow
def test_a_granted_scope_brings_the_whole_history(tmp_path: Path) -> None:
    """Once read_all_orders is granted everything is read again, nothing is marked, and the repair is closed."""
    with world(tmp_path, _story(150), NOW, scopes=SCOPES) as shop:
        shop.synced()
        shop.sandbox.scopes = (*SCOPES, "read_all_orders")
        shop.move_to(NOW + timedelta(hours=1))
        shop.synced()
        assert shop.check(shop.truth(checkouts_from=_checkouts_from())) > 3_000
        assert _repairs(shop) == set()
        assert "incomplete" not in {
            quality for found in _qualities(shop, "orders", "order_revenue").values() for quality in found
        }


def test_a_retired_version_is_advice(tmp_path: Path) -> None:
    """A version that falls forward is said while it does, and harms no figure."""
    with world(tmp_path, _story(20), NOW, served_version="2026-10") as shop:
        shop.synced()
        assert _repairs(shop) == {"advice:api_version"}
        shop.check(shop.truth())
        shop.sandbox.served_version = None
        shop.synced()
        assert _repairs(shop) == set()


def _checkouts_from() -> datetime:
    day = local_day(NOW - timedelta(days=88), AMSTERDAM)
    return datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM)


def _qualities(shop: World, *kpis: str) -> dict[str, set[str]]:
    board = company_board(shop.runtime, list_companies(shop.database)[0])
    found: dict[str, set[str]] = {}
    for figure in board.figures:
        if (not kpis or figure.kpi in kpis) and figure.window in ("7d", "28d", "ytd"):
            found.setdefault(figure.window, set()).add(str(figure.quality))
    return found
