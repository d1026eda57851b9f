"""Orders that were deleted in Shopify go from the ledger, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from end_to_end.hand import START, amounts, at, line, order, quiet_shop
from kpitaps_shopify.orders import IDS_PAGE, order_ids

from kpitaps import Context, RetryLater
from kpitaps.testing.story import OrderDeleted, OrderTouched

if TYPE_CHECKING:
    from pathlib import Path

CUP = line("Kop", 1, amounts(1210, 210))
HIDING = ("read_orders", "read_customers")


def test_a_deleted_order_goes_within_a_day(tmp_path: Path) -> None:
    """It stays until the ids are listed, a day after the last time; then all that it added is gone."""
    placed, other = order("2026-03-02", CUP, customer=77), order("2026-03-03", CUP)
    with quiet_shop(tmp_path) as shop:
        shop.happened(placed, other)
        shop.happened(OrderDeleted(at("2026-03-03T20:00:00"), placed.order))
        assert shop.counts("orders") == {"2026-03-02": 1, "2026-03-03": 1}
        shop.happened(OrderTouched(at("2026-03-04T12:30:00"), other.order))
        assert shop.counts("orders") == {"2026-03-03": 1}
        assert shop.euros("order_revenue") == {"2026-03-03": "10.00"}
        assert shop.buyers("2026-03-01", "2026-03-31") == 1
        assert shop.counts("customers") == {}


@pytest.mark.slow
def test_more_orders_than_a_page_holds(tmp_path: Path) -> None:
    """Of 520 orders on three pages of ids, the one that was deleted is missed and no other."""
    orders = [order("2026-03-02", CUP) for _ in range(2 * IDS_PAGE + 20)]
    with quiet_shop(tmp_path) as shop:
        shop.happened(*orders)
        shop.happened(OrderDeleted(at("2026-03-03"), orders[300].order))
        shop.happened(OrderTouched(at("2026-03-05"), orders[0].order))
        assert shop.counts("orders") == {"2026-03-02": len(orders) - 1}


def test_what_is_out_of_sight_is_not_deleted(tmp_path: Path) -> None:
    """Without read_all_orders an order is hidden after 60 days, and stays in the figures as it was read."""
    with quiet_shop(tmp_path, scopes=HIDING) as shop:
        shop.happened(order("2026-01-05", CUP))
        shop.happened(order("2026-03-20", CUP))
        assert shop.counts("orders") == {"2026-01-05": 1, "2026-03-20": 1}


class Stuck:
    """Answers every request alike, as if the search for ids were ignored."""

    def post(self, *_: Any, **__: Any) -> Stuck:
        """Answer."""
        return self

    def json(self) -> Any:
        """Return the answer."""
        return {"data": {"orders": {"nodes": [{"id": "gid://shopify/Order/7"}, {"id": "gid://shopify/Order/9"}]}}}


def test_a_list_that_does_not_go_on_deletes_nothing() -> None:
    """Half a list of ids would delete the other half: such a list is no answer."""
    http: Any = Stuck()
    with pytest.raises(RetryLater, match="lists the order 7 among those beyond 9"):
        list(order_ids(Context(http, None, START)))
