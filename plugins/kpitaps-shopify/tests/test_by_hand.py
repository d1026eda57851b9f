"""Single orders with their arithmetic, through the sandbox over HTTP into a ledger and read from there.

Amounts go in as cents, as Shopify's sales agreements have them; what must come out is written as a literal.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from end_to_end.hand import Shop, amounts, at, back, eur, line, number, order, quiet_shop

from kpitaps.testing.story import (
    Amounts,
    CheckoutAbandoned,
    CheckoutRecovered,
    Money,
    OrderCancelled,
    OrderEdited,
    OrderTouched,
    Refunded,
    Reversal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEN = amounts(1210, 210)
"""A line of € 10.00 and 21 % tax."""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with quiet_shop(tmp_path) as opened:
        yield opened


def test_tax_included(shop: Shop) -> None:
    """Prices with tax: revenue is without it."""
    # 2 × 12.10 = 24.20 paid; tax 24.20 × 21/121 = 4.20; without tax 20.00; no discount.
    shop.happened(order("2026-03-02", line("Molen", 2, amounts(2420, 420), price=1210)))
    assert shop.euros("order_revenue_gross") == {"2026-03-02": "20.00"}
    assert shop.euros("order_tax") == {"2026-03-02": "4.20"}
    assert shop.euros("order_revenue") == {"2026-03-02": "20.00"}
    assert (shop.counts("orders"), shop.counts("units_sold")) == ({"2026-03-02": 1}, {"2026-03-02": 2})
    assert shop.all_measures() == {"order_revenue_gross", "order_tax", "order_revenue", "orders", "units_sold"}


def test_tax_excluded(shop: Shop) -> None:
    """Prices without tax: it comes on top, and revenue is the same either way."""
    # 3 × 10.00 = 30.00; 9 % of it = 2.70 on top; 32.70 paid.
    sold = line("Koffie", 3, amounts(3270, 270), price=1000, percent=9)
    shop.happened(order("2026-03-02", sold, taxes_included=False))
    assert shop.euros("order_revenue_gross") == {"2026-03-02": "30.00"}
    assert shop.euros("order_tax") == {"2026-03-02": "2.70"}
    assert shop.euros("order_revenue") == {"2026-03-02": "30.00"}


def test_a_line_discount_and_an_order_discount(shop: Shop) -> None:
    """Both kinds of discount are taken off, without tax, from the line they were allocated to."""
    # Molen: listed 121.00, 10 % off = 12.10; of the order's 24.20 off it bears 108.90/121.00 = 21.78.
    #   Paid 121.00 − 12.10 − 21.78 = 87.12; tax 15.12; net 72.00. Discount 33.88 with tax, 28.00 without. Gross 100.00.
    # Kop: listed 12.10; of the order's discount it bears 2.42.
    #   Paid 9.68; tax 1.68; net 8.00. Discount 2.42 with tax, 2.00 without. Gross 10.00.
    mill = line("Molen", 1, amounts(8712, 1512, 2800, 3388), price=12100)
    cup = line("Kop", 1, amounts(968, 168, 200, 242), price=1210)
    shop.happened(order("2026-03-02", mill, cup))
    assert shop.by("product", "order_revenue_gross") == {"Molen": "100.00", "Kop": "10.00"}
    assert shop.by("product", "order_discounts") == {"Molen": "28.00", "Kop": "2.00"}
    assert shop.by("product", "order_revenue") == {"Molen": "72.00", "Kop": "8.00"}
    assert shop.by("product", "order_tax") == {"Molen": "15.12", "Kop": "1.68"}


def test_a_partial_refund_weeks_later(shop: Shop) -> None:
    """A refund is dated by itself; of the order's own day nothing changes but that it counts as refunded."""
    # 3 × 12.10 = 36.30, tax 6.30, net 30.00; one of the three comes back on the 25th: 12.10, tax 2.10, net 10.00.
    cups = line("Kop", 3, amounts(3630, 630), price=1210)
    placed = order("2026-03-02", cups)
    shop.happened(placed)
    assert shop.counts("orders_refunded") == {}
    shop.happened(Refunded(at("2026-03-25"), placed.order, number(), (back(cups, 1, 1210, 210),)))
    assert shop.euros("order_refunds") == {"2026-03-25": "10.00"}
    assert shop.euros("order_revenue") == {"2026-03-02": "30.00", "2026-03-25": "-10.00"}
    assert shop.euros("order_tax") == {"2026-03-02": "6.30", "2026-03-25": "-2.10"}
    assert shop.counts("orders_refunded") == {"2026-03-02": 1}
    assert shop.counts("units_sold") == {"2026-03-02": 3}


def test_an_order_that_is_refunded_twice_counts_once(shop: Shop) -> None:
    """The number of refunded orders never exceeds the number of orders."""
    cups = line("Kop", 2, amounts(2420, 420))
    placed = order("2026-03-02", cups)
    refunds = [
        Refunded(at(day), placed.order, number(), (back(cups, 1, 1210, 210),)) for day in ("2026-03-10", "2026-03-20")
    ]
    shop.happened(placed, *refunds)
    assert shop.counts("orders_refunded") == {"2026-03-02": 1}
    assert shop.euros("order_refunds") == {"2026-03-10": "10.00", "2026-03-20": "10.00"}


def test_another_currency_at_another_rate(shop: Shop) -> None:
    """All is in the shop's currency, each at its own day's rate: the same dollars back are other euros."""
    # Sold for $ 110.00 at 1.10 $/€ = € 100.00, no tax; on the 20th $ 110.00 go back at 1.15 $/€ = € 95.65.
    nothing = Money(0, 0)
    sold = line("Molen", 1, Amounts(nothing, nothing, nothing, Money(10000, 11000)), percent=0)
    placed = order("2026-03-02", sold, country="US", presentment_currency="USD")
    returned = Reversal(sold, 1, Amounts(nothing, nothing, nothing, Money(9565, 11000)))
    shop.happened(placed, Refunded(at("2026-03-20"), placed.order, number(), (returned,)))
    assert shop.euros("order_revenue") == {"2026-03-02": "100.00", "2026-03-20": "-95.65"}
    assert shop.euros("order_refunds") == {"2026-03-20": "95.65"}
    assert shop.by("country", "order_revenue") == {"US": "4.35"}


def test_a_cancelled_order(shop: Shop) -> None:
    """It stays an order of its day; all its money is reversed on the day it was cancelled."""
    # 20.00 + tax 4.20, and shipping 5.00 + tax 1.05; two days later all of it goes back.
    molen, shipping = line("Molen", 1, amounts(2420, 420)), amounts(605, 105)
    placed = order("2026-03-02", molen, shipping=shipping)
    reversal = (back(molen, 1, 2420, 420),)
    shop.happened(placed, OrderCancelled(at("2026-03-04"), placed.order, number(), reversal, shipping))
    assert shop.counts("orders") == {"2026-03-02": 1}
    assert shop.euros("order_revenue") == {"2026-03-02": "20.00", "2026-03-04": "-20.00"}
    assert shop.euros("order_refunds") == {"2026-03-04": "20.00"}
    assert shop.euros("shipping") == {"2026-03-02": "5.00", "2026-03-04": "-5.00"}
    assert shop.euros("order_tax") == {"2026-03-02": "5.25", "2026-03-04": "-5.25"}
    assert shop.counts("orders_refunded") == {"2026-03-02": 1}


def test_a_test_order_is_no_sale(shop: Shop) -> None:
    """Nothing of it counts: no order, no buyer, no money, and no earlier order of its customer."""
    shop.happened(
        order("2026-03-02", line("Molen", 1, TEN), is_test=True, customer=77),
        order("2026-03-03", line("Kop", 1, TEN), customer=77),
    )
    assert shop.counts("orders") == {"2026-03-03": 1}
    assert shop.by("product", "order_revenue") == {"Kop": "10.00"}
    assert shop.buyers("2026-03-01", "2026-03-31") == 1
    assert shop.counts("orders_returning") == {}


def test_guests_are_one_buyer_each(shop: Shop) -> None:
    """Two guests and a customer who orders twice are three buyers; the second order is a returning customer's."""
    shop.happened(
        order("2026-03-02", line("Kop", 1, TEN)),
        order("2026-03-02", line("Kop", 1, TEN)),
        order("2026-03-02", line("Kop", 1, TEN), customer=77),
        order("2026-03-05", line("Kop", 1, TEN), customer=77),
    )
    assert shop.buyers("2026-03-01", "2026-03-31") == 3
    assert shop.buyers("2026-03-05", "2026-03-05") == 1
    assert shop.counts("orders") == {"2026-03-02": 3, "2026-03-05": 1}
    assert shop.counts("orders_returning") == {"2026-03-05": 1}


def test_shipping_and_its_refund(shop: Shop) -> None:
    """Shipping is no revenue; given back it is negative on its own day, and the order counts as refunded."""
    # Shipping 6.05 with 1.05 tax = 5.00, given back on the 9th without any goods.
    shipping = amounts(605, 105)
    placed = order("2026-03-02", line("Kop", 1, TEN), shipping=shipping)
    shop.happened(placed, Refunded(at("2026-03-09"), placed.order, number(), (), shipping))
    assert shop.euros("shipping") == {"2026-03-02": "5.00", "2026-03-09": "-5.00"}
    assert shop.euros("order_revenue") == {"2026-03-02": "10.00"}
    assert shop.euros("order_tax") == {"2026-03-02": "3.15", "2026-03-09": "-1.05"}
    assert shop.euros("order_refunds") == {}
    assert shop.counts("orders_refunded") == {"2026-03-02": 1}


def test_a_gift_card_is_no_revenue(shop: Shop) -> None:
    """Neither when it is sold nor when it is taken back; but then something was paid back on the order."""
    card = line("Cadeaubon", 1, amounts(5000, 0), percent=0, card=True)
    placed = order("2026-03-02", line("Kop", 1, TEN), card)
    shop.happened(placed, Refunded(at("2026-03-09"), placed.order, number(), (back(card, 1, 5000, 0),)))
    assert shop.euros("order_revenue_gross") == shop.euros("order_revenue") == {"2026-03-02": "10.00"}
    assert shop.counts("units_sold") == {"2026-03-02": 1}
    assert shop.euros("order_refunds") == {}
    assert shop.counts("orders_refunded") == {"2026-03-02": 1}


def test_a_restocking_fee(shop: Shop) -> None:
    """What the shop keeps of a refund makes the refund smaller; it belongs to no product."""
    # 121.00 (tax 21.00, net 100.00) comes back; 12.10 is kept, on which Shopify reports no tax: 100.00 − 12.10 = 87.90.
    molen = line("Molen", 1, amounts(12100, 2100))
    placed = order("2026-03-02", molen)
    returned = (back(molen, 1, 12100, 2100),)
    fee = Refunded(at("2026-03-16"), placed.order, number(), returned, adjustment=eur(1210), is_return=True)
    shop.happened(placed, fee)
    assert shop.euros("order_refunds") == {"2026-03-16": "87.90"}
    assert shop.by("product", "order_refunds") == {"Molen": "100.00", "": "-12.10"}
    assert shop.euros("order_revenue") == {"2026-03-02": "100.00", "2026-03-16": "-87.90"}
    assert shop.euros("order_tax") == {"2026-03-02": "21.00", "2026-03-16": "-21.00"}


def test_goodwill_without_goods(shop: Shop) -> None:
    """Money given for nothing in return is a refund too."""
    placed = order("2026-03-02", line("Kop", 1, TEN))
    shop.happened(placed, Refunded(at("2026-03-16"), placed.order, number(), (), adjustment=eur(-250)))
    assert shop.euros("order_refunds") == {"2026-03-16": "2.50"}
    assert shop.euros("order_revenue") == {"2026-03-02": "10.00", "2026-03-16": "-2.50"}
    assert shop.counts("orders_refunded") == {"2026-03-02": 1}


def test_an_edit_that_adds(shop: Shop) -> None:
    """What is added is sold on the day of the edit; the order stays one order."""
    placed = order("2026-03-02", line("Kop", 1, TEN))
    shop.happened(placed, OrderEdited(at("2026-03-03"), placed.order, number(), (line("Molen", 2, TEN),), ()))
    assert shop.euros("order_revenue_gross") == {"2026-03-02": "10.00", "2026-03-03": "10.00"}
    assert shop.counts("units_sold") == {"2026-03-02": 1, "2026-03-03": 2}
    assert shop.counts("orders") == {"2026-03-02": 1}
    assert shop.counts("orders_refunded") == {}


def test_an_edit_that_removes(shop: Shop) -> None:
    """What is removed counts as paid back on the day of the edit; what was ordered stays ordered."""
    cups = line("Kop", 3, amounts(3630, 630))
    placed = order("2026-03-02", cups)
    shop.happened(placed, OrderEdited(at("2026-03-03"), placed.order, number(), (), (back(cups, 1, 1210, 210),)))
    assert shop.euros("order_revenue") == {"2026-03-02": "30.00", "2026-03-03": "-10.00"}
    assert shop.euros("order_refunds") == {"2026-03-03": "10.00"}
    assert shop.counts("units_sold") == {"2026-03-02": 3}
    assert shop.counts("orders_refunded") == {"2026-03-02": 1}


def test_an_imported_order(shop: Shop) -> None:
    """It counts on the day it was processed, long before the shop entered it; its refund on the refund's day."""
    cup = line("Kop", 1, TEN)
    placed = order("2026-03-02", cup, processed_at=at("2026-01-05"), shipping=amounts(605, 105))
    shop.happened(placed, Refunded(at("2026-03-10"), placed.order, number(), (back(cup, 1, 1210, 210),)))
    assert shop.counts("orders") == shop.counts("orders_refunded") == {"2026-01-05": 1}
    assert shop.euros("order_revenue") == {"2026-01-05": "10.00", "2026-03-10": "-10.00"}
    assert shop.euros("shipping") == {"2026-01-05": "5.00"}
    assert shop.buyers("2026-01-05", "2026-01-05") == 1


def test_an_import_does_not_make_earlier_readings_wrong(shop: Shop) -> None:
    """Who had ordered before is judged by what the shop knew then: a later import changes no order but itself."""
    first = order("2026-03-02", line("Kop", 1, TEN), customer=77)
    shop.happened(first)
    shop.happened(order("2026-03-20", line("Kop", 1, TEN), customer=77, processed_at=at("2026-01-05")))
    assert shop.counts("orders_returning") == {"2026-01-05": 1}
    shop.happened(OrderTouched(at("2026-03-21"), first.order))
    assert shop.counts("orders_returning") == {"2026-01-05": 1}


def test_days_are_those_of_the_shop(shop: Shop) -> None:
    """An order belongs to the local day, also late in the evening and where the clock changes."""
    days = {
        "2025-10-25T22:30:00": "2025-10-26",  # 00:30 in Amsterdam on the day of 25 hours, still UTC+2
        "2025-10-26T22:30:00": "2025-10-26",  # 23:30 on that day, now UTC+1
        "2025-10-26T23:00:00": "2025-10-27",  # midnight after 25 hours
        "2026-03-01T22:30:00": "2026-03-01",  # 23:30 on an ordinary day, UTC+1
        "2026-03-01T23:00:00": "2026-03-02",  # midnight
        "2026-03-28T23:30:00": "2026-03-29",  # 00:30 on the day of 23 hours, still UTC+1
        "2026-03-29T21:30:00": "2026-03-29",  # 23:30 on that day, now UTC+2
        "2026-03-29T22:00:00": "2026-03-30",  # midnight after 23 hours
    }
    shop.happened(*(order(when, line(when, 1, TEN)) for when in days))
    found = {product: day for day, product in shop.figures("order_revenue", "product")}
    assert found == days
    assert shop.counts("orders") == {day: list(days.values()).count(day) for day in days.values()}


def test_labels_say_from_where(shop: Shop) -> None:
    """The channel is that of the order, and a sale in the store has no country."""
    shop.happened(
        order("2026-03-02", line("Kop", 1, TEN)),
        order("2026-03-02", line("Kop", 1, TEN), channel="pos", country=None),
        order("2026-03-02", line("Kop", 1, TEN), channel="draft", country="BE"),
    )
    assert shop.by("sales_channel", "order_revenue") == {"web": "10.00", "pos": "10.00", "draft": "10.00"}
    assert shop.by("country", "orders") == {"NL": "1.00", "": "1.00", "BE": "1.00"}


def test_a_long_order_is_read_whole(shop: Shop) -> None:
    """Seven lines, or 230 and five refunds, do not fit into one page of a page: each cent is found."""
    shop.happened(order("2026-03-01", *(line("Kop", 1, TEN) for _ in range(7))))
    assert shop.euros("order_revenue") == {"2026-03-01": "70.00"}
    lines = [line(f"Kop {index}", 1, TEN) for index in range(230)]
    placed = order("2026-03-02", *lines)
    refunds = [
        Refunded(at(f"2026-03-1{index}"), placed.order, number(), tuple(back(each, 1, 1210, 210) for each in taken))
        for index, taken in enumerate([lines[:1], lines[1:8], lines[8:110], lines[110:112], lines[112:114]])
    ]
    shop.happened(placed, *refunds)
    assert shop.euros("order_revenue_gross") == {"2026-03-01": "70.00", "2026-03-02": "2300.00"}
    assert sorted(shop.euros("order_refunds").values()) == ["10.00", "1020.00", "20.00", "20.00", "70.00"]


def test_what_the_search_index_shows_late_is_found(shop: Shop) -> None:
    """An order that Shopify's index did not show yet when it was read, four minutes after the event, is not lost."""
    shop.happened(order("2026-03-02T12:00:00", line("Kop", 1, TEN)))  # is read at 13:00
    shop.happened(order("2026-03-02T12:56:00", line("Molen", 1, TEN)))
    assert shop.by("product", "order_revenue") == {"Kop": "10.00", "Molen": "10.00"}


def test_a_recovered_checkout_leaves_again(shop: Shop) -> None:
    """A checkout that was left counts on its day until its customer comes back."""
    left = [CheckoutAbandoned(at("2026-03-02"), number(), f"#C{index}", None) for index in range(2)]
    shop.happened(*left)
    assert shop.counts("checkouts_abandoned") == {"2026-03-02": 2}
    shop.happened(CheckoutRecovered(at("2026-03-04"), left[0].checkout))
    assert shop.counts("checkouts_abandoned") == {"2026-03-02": 1}


def test_a_free_order_that_is_cancelled_pays_nothing_back(shop: Shop) -> None:
    """An order of which nothing was paid is no refunded order."""
    sample = line("Proefpakket", 1, amounts(0, 0, 1000, 1210))
    placed = order("2026-03-02", sample)
    nothing = replace(back(sample, 1, 0, 0), amounts=amounts(0, 0, 1000, 1210))
    shop.happened(placed, OrderCancelled(at("2026-03-04"), placed.order, number(), (nothing,), None))
    assert shop.euros("order_discounts") == {"2026-03-02": "10.00"}
    assert shop.counts("orders_refunded") == {}
    assert "order_revenue" not in shop.all_measures()
