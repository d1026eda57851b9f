"""Who is a customer when, by hand: single orders through the sandbox over HTTP into a ledger and read from there."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from end_to_end.hand import amounts, at, back, line, number, order, quiet_shop
from kpitaps_shopify import customers
from kpitaps_shopify.tap import tap

from kpitaps.testing.story import OrderCancelled, OrderDeleted, OrderPlaced, OrderTouched, Refunded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from end_to_end.hand import Shop

MEASURES = ("new_customers", "customers", "customers_lost")
CUP = line("Kop", 1, amounts(1210, 210))


def buys(when: str, customer: int | None = 77, **more: Any) -> OrderPlaced:
    """Return an order of a known customer."""
    return order(when, CUP, customer=customer, **more)


def cancels(placed: OrderPlaced, when: str) -> OrderCancelled:
    """Return the cancellation of such an order."""
    return OrderCancelled(at(when), placed.order, number(), (back(CUP, 1, 1210, 210),), None)


def found(shop: Shop) -> list[dict[str, int]]:
    """Return the three measures by day."""
    return [shop.counts(measure) for measure in MEASURES]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    """Opens a quiet shop with some settings."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(quiet_shop(tmp_path, settings=settings))


@pytest.mark.slow
def test_an_order_makes_a_customer_for_a_year(opened: Callable[..., Shop]) -> None:
    """365 days, its own included: from 2 March through 1 March; on 2 March the customer is lost."""
    shop = opened().happened(buys("2026-03-02"))
    assert found(shop) == [{"2026-03-02": 1}, {"2026-03-02": 1, "2027-03-02": -1}, {"2027-03-02": 1}]


def test_orders_of_one_customer_are_united(opened: Callable[..., Shop]) -> None:
    """New once; with ten days an order on the eleventh comes in time, one on the twelfth finds the customer lost."""
    # 2 March through the 11th; 12 March through the 21st, without a gap; lost on the 22nd; back on the 23rd through
    # 1 April, lost on 2 April.
    shop = opened(customer_for=10).happened(buys("2026-03-02"), buys("2026-03-12"), buys("2026-03-23"))
    assert found(shop) == [
        {"2026-03-02": 1},
        {"2026-03-02": 1, "2026-03-22": -1, "2026-03-23": 1, "2026-04-02": -1},
        {"2026-03-22": 1, "2026-04-02": 1},
    ]


def test_days_are_counted_and_not_hours(opened: Callable[..., Shop]) -> None:
    """Half past midnight on 10 October, summer time, for 30 days: through 8 November, though an hour was added."""
    shop = opened(customer_for=30).happened(buys("2025-10-09T22:30:00"))
    assert shop.counts("customers") == {"2025-10-10": 1, "2025-11-09": -1}


def test_nobody_by_orders_of_guests_or_tests(opened: Callable[..., Shop]) -> None:
    """A guest has no identity that could come back, and a test order sells nothing."""
    shop = opened().happened(buys("2026-03-02", None), buys("2026-03-02", 78, is_test=True))
    assert found(shop) == [{}, {}, {}]
    assert shop.counts("orders") == {"2026-03-02": 1}


def test_nobody_by_an_order_that_is_called_off(opened: Callable[..., Shop]) -> None:
    """Who cancels has bought nothing: as long as there was no other order, that was no customer, past days included."""
    first = buys("2026-03-02")
    shop = opened().happened(first)
    assert shop.counts("new_customers") == {"2026-03-02": 1}
    shop.happened(cancels(first, "2026-03-04"))
    assert found(shop) == [{}, {}, {}]
    shop.happened(buys("2026-03-20"))
    assert found(shop) == [{"2026-03-20": 1}, {"2026-03-20": 1, "2027-03-20": -1}, {"2027-03-20": 1}]


def test_who_sends_goods_back_was_a_customer(opened: Callable[..., Shop]) -> None:
    """A refund, also of all there was, leaves the purchase a purchase."""
    placed = buys("2026-03-02")
    shop = opened().happened(placed, Refunded(at("2026-03-09"), placed.order, number(), (back(CUP, 1, 1210, 210),)))
    assert shop.counts("new_customers") == {"2026-03-02": 1}


def test_an_import_makes_a_customer_earlier(opened: Callable[..., Shop]) -> None:
    """An order counts from the day of the sale, so one that is entered later with an earlier day moves the first."""
    shop = opened().happened(buys("2026-03-02"))
    shop.happened(buys("2026-03-20", processed_at=at("2026-01-05")))
    assert shop.counts("new_customers") == {"2026-01-05": 1}
    assert shop.counts("customers") == {"2026-01-05": 1, "2027-03-02": -1}


def test_who_bought_before_the_history_is_not_new(opened: Callable[..., Shop]) -> None:
    """Shopify tells a customer's first order with each one: five years ago, so last spring was no first."""
    shop = opened().happened(buys("2021-05-01"), buys("2026-03-02"))
    assert shop.counts("orders") == {"2026-03-02": 1}, "the first one is too old to be read"
    assert shop.counts("new_customers") == {"2021-05-01": 1}
    assert shop.counts("customers") == {"2021-05-01": 1, "2022-05-01": -1, "2026-03-02": 1, "2027-03-02": -1}


def test_who_cancelled_before_the_history_is_new(opened: Callable[..., Shop]) -> None:
    """A first order of that time which was called off makes nobody a customer either."""
    first = buys("2021-05-01")
    shop = opened().happened(first, cancels(first, "2021-05-02"), buys("2026-03-02"))
    assert shop.counts("new_customers") == {"2026-03-02": 1}


def test_old_first_orders_are_those_that_are_not_read() -> None:
    """No first order falls between: too new to be told by another one, and too old to be read itself."""
    assert tap.streams["orders"].history >= customers.HISTORY


def test_a_deleted_order_makes_nobody_a_customer(opened: Callable[..., Shop]) -> None:
    """A day later it is missed: then the next order is the first."""
    first, second = buys("2026-03-02"), buys("2026-03-10")
    shop = opened().happened(first, second)
    shop.happened(OrderDeleted(at("2026-03-11"), first.order), OrderTouched(at("2026-03-12"), second.order))
    assert found(shop) == [{"2026-03-10": 1}, {"2026-03-10": 1, "2027-03-10": -1}, {"2027-03-10": 1}]
