"""Money in the story: to the cent, in both currencies, through every partial refund."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.testing.story import (
    Amounts,
    Event,
    Money,
    OpenOrder,
    OrderCancelled,
    OrderEdited,
    OrderEvent,
    OrderPlaced,
    Refunded,
    Story,
    add_up,
    allocate,
)
from kpitaps.testing.story.money import rounded
from kpitaps.testing.story.pricing import RATE_SCALE, Basket, Terms, at_rate, price_lines, reverse

cents = st.integers(0, 10_000_000)
baskets = st.lists(
    st.builds(
        Basket,
        st.just(1),
        st.just("Koffie"),
        st.just(""),
        st.integers(1, 50),
        st.integers(1, 100_000),
        st.sampled_from((0, 9, 21)),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)
terms = st.builds(Terms, st.integers(5_000, 150_000), st.booleans(), st.sampled_from((0, 10, 15, 25, 100)))


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return list(Story(orders_per_day=20).events(datetime(2024, 1, 1, tzinfo=UTC)))


@given(cents, st.lists(st.integers(0, 100_000), min_size=1, max_size=40))
def test_allocation_loses_no_cent(whole: int, weights: list[int]) -> None:
    """Shares add up, differ from the exact share by a cent at most, and a weightless line gets nothing."""
    shares = allocate(whole, weights)
    total = sum(weights)
    assert sum(shares) == (whole if total else 0)
    for share, weight in zip(shares, weights, strict=True):
        assert weight or not share
        assert abs(share * total - whole * weight) <= total


def test_left_over_cents_go_to_the_first_lines() -> None:
    """Shopify hands out what does not divide evenly one cent at a time, starting with the first line."""
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(5, [0, 1, 1, 1]) == [0, 2, 2, 1]


@given(baskets, terms)
def test_gross_follows_from_the_listed_price(lines: list[Basket], deal: Terms) -> None:
    """Without tax in prices the gross is price × quantity exactly; with it, that less tax, to the cents rounded."""
    for line in price_lines(lines, deal):
        for side in ("shop", "presentment"):
            listed = getattr(line.price, side) * line.quantity
            gross = getattr(line.amounts.gross, side)
            if deal.taxes_included:
                assert abs(gross - rounded(listed * 100, 100 + line.tax_percent)) <= 1
            else:
                assert gross == listed


@given(baskets, terms)
def test_discounts_of_the_lines_add_up_to_the_orders(lines: list[Basket], deal: Terms) -> None:
    """The customer's discount is the percentage of all lines that are no gift cards, once rounded."""
    priced = price_lines(lines, deal)
    listed = sum(line.price.shop * line.quantity for line in priced if not line.is_gift_card)
    field = "discount_with_tax" if deal.taxes_included else "discount"
    taken = sum(getattr(line.amounts, field).shop for line in priced)
    assert taken == rounded(listed * deal.discount_percent, 100)
    assert all(not line.amounts.discount for line in priced if line.is_gift_card)


@given(baskets, terms, st.data())
def test_refunds_in_any_parts_add_up_to_the_line(lines: list[Basket], deal: Terms, data: st.DataObject) -> None:
    """However a line is taken back, unit by unit or at once, the parts are the line, in every amount."""
    line = price_lines(lines, deal)[0]
    parts, before = [], 0
    while before < line.quantity:
        units = data.draw(st.integers(1, line.quantity - before))
        parts.append(reverse(line, before, units, RATE_SCALE).amounts)
        before += units
    for field in ("discount", "tax", "total", "gross"):
        assert add_up(getattr(part, field) for part in parts) == getattr(line.amounts, field)


@given(baskets, terms, st.integers(5_000, 150_000))
def test_another_days_rate_leaves_what_the_customer_sees(lines: list[Basket], deal: Terms, rate: int) -> None:
    """A refund at another rate changes the shop's cents only, and its amounts still fit together."""
    amounts = price_lines(lines, deal)[0].amounts
    converted = at_rate(amounts, rate)
    assert converted.total.presentment == amounts.total.presentment
    assert converted.total == converted.gross - converted.discount + converted.tax


@pytest.mark.slow
def test_one_currency_has_one_amount(events: list[Event]) -> None:
    """Where the customer pays in the shop's currency, both amounts are the same."""
    domestic = [event for event in events if isinstance(event, OrderPlaced) and event.presentment_currency == "EUR"]
    assert domestic
    assert all(order.total.shop == order.total.presentment for order in domestic)


def test_nothing_is_taken_back_twice(events: list[Event]) -> None:
    """Over all events of an order no line loses more units, nor more money, than it had."""
    for placed, history in _histories(events):
        rest = OpenOrder(placed, history)
        assert all(units > 0 for _, units in rest.lines)
        back = [event.shipping for event in history if isinstance(event, Refunded | OrderCancelled) and event.shipping]
        assert len(back) <= (placed.shipping is not None)


def test_cancelling_takes_back_all_that_is_open(events: list[Event]) -> None:
    """After a cancellation nothing is open, and the customer has back what was paid."""
    cancelled = [history for history in _histories(events) if isinstance(history[1][-1], OrderCancelled)]
    assert cancelled
    for placed, history in cancelled:
        assert OpenOrder(placed, history).lines == []
        assert _net(placed, history).presentment == 0


def test_foreign_refunds_need_not_cancel_the_sale(events: list[Event]) -> None:
    """With another rate on the refund's day, some of the sale stays in the shop's books."""
    full = [
        (placed, history)
        for placed, history in _histories(events)
        if placed.presentment_currency != "EUR" and not OpenOrder(placed, history).lines
    ]
    nets = [_net(placed, history) for placed, history in full]
    assert any(net.presentment == 0 and net.shop != 0 for net in nets)


def _histories(events: list[Event]) -> list[tuple[OrderPlaced, list[OrderEvent]]]:
    histories: dict[int, list[OrderEvent]] = {}
    for event in events:
        if isinstance(event, OrderPlaced | OrderEdited | Refunded | OrderCancelled):
            histories.setdefault(event.order, []).append(event)
    return [(history[0], history) for history in histories.values() if isinstance(history[0], OrderPlaced)]


def _net(placed: OrderPlaced, history: list[OrderEvent]) -> Money:
    net = placed.total
    for event in history:
        if isinstance(event, OrderEdited):
            net += add_up(line.amounts.total for line in event.added)
            net -= add_up(reversal.amounts.total for reversal in event.removed)
        elif isinstance(event, Refunded | OrderCancelled):
            parts: list[Amounts] = [reversal.amounts for reversal in event.lines]
            parts += [event.shipping] if event.shipping else []
            net -= add_up(part.total for part in parts)
    return net
