"""From listed prices to what a line comes to: discounts, tax and exchange rates, in whole cents."""

from __future__ import annotations

from math import sin, tau
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.testing.story.catalogue import CURRENCIES
from kpitaps.testing.story.events import Line, Reversal
from kpitaps.testing.story.money import Amounts, Money, allocate, rounded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

RATE_SCALE = 10_000
"""An exchange rate is presentment cents per this many shop cents."""


class Basket(NamedTuple):
    """A line before its discount and tax are known."""

    id: int
    title: str
    variant: str
    quantity: int
    cents: int
    tax_percent: int
    is_gift_card: bool = False


class Terms(NamedTuple):
    """What an order's lines share.

    Attributes:
        rate: Presentment cents per 10,000 shop cents; 10,000 where both currencies are one.
        taxes_included: Whether listed prices contain tax.
        discount_percent: Off all lines that are no gift cards.
    """

    rate: int
    taxes_included: bool
    discount_percent: int


def exchange_rate(shop: str, presentment: str, day: date) -> int:
    """Return how many presentment cents 10,000 shop cents buy on ``day``; it drifts with the seasons."""
    if shop == presentment:
        return RATE_SCALE
    drift = 1 + 0.04 * sin(tau * day.toordinal() / 331) + 0.01 * sin(tau * day.toordinal() / 17)
    return round(RATE_SCALE * CURRENCIES[presentment].per_euro / CURRENCIES[shop].per_euro * drift)


def price_lines(baskets: Sequence[Basket], terms: Terms) -> tuple[Line, ...]:
    """Return the lines with their share of the order's discount and their tax.

    Each currency is worked out by itself, as its cents round differently.
    """
    shop_prices = [basket.cents for basket in baskets]
    shop = _amounts(baskets, shop_prices, terms)
    if terms.rate == RATE_SCALE:
        prices, presentment = shop_prices, shop
    else:
        prices = [rounded(cents * terms.rate, RATE_SCALE) for cents in shop_prices]
        presentment = _amounts(baskets, prices, terms)
    return tuple(
        Line(
            basket.id,
            basket.title,
            basket.variant,
            basket.quantity,
            Money(basket.cents, prices[index]),
            basket.tax_percent,
            Amounts(*(Money(*pair) for pair in zip(shop[index], presentment[index], strict=True))),
            basket.is_gift_card,
        )
        for index, basket in enumerate(baskets)
    )


def price_shipping(cents: int, tax_percent: int, terms: Terms) -> Amounts:
    """Return what shipping comes to; it is never discounted."""
    basket = Basket(0, "", "", 1, cents, tax_percent)
    return price_lines([basket], terms._replace(discount_percent=0))[0].amounts


def share(line: Line, before: int, quantity: int) -> Amounts:
    """Return what ``quantity`` units of a line amount to, after ``before`` units were taken back already.

    Shares of one line, taken one after another, add up to the line exactly.
    """
    if before == 0 and quantity == line.quantity:
        return line.amounts
    whole = line.amounts

    def part(money: Money) -> Money:
        return Money(
            _step(money.shop, line.quantity, before, quantity),
            _step(money.presentment, line.quantity, before, quantity),
        )

    discount, tax = part(whole.discount), part(whole.tax)
    return Amounts(discount, part(whole.discount_with_tax), tax, part(whole.gross) - discount + tax)


def at_rate(amounts: Amounts, rate: int) -> Amounts:
    """Return the same amounts as the customer sees them, in the shop's currency at another day's rate."""

    def convert(money: Money) -> Money:
        return Money(rounded(money.presentment * RATE_SCALE, rate), money.presentment)

    discount, tax = convert(amounts.discount), convert(amounts.tax)
    gross = convert(amounts.gross)
    return Amounts(discount, convert(amounts.discount_with_tax), tax, gross - discount + tax)


def reverse(line: Line, before: int, quantity: int, rate: int) -> Reversal:
    """Return the taking back of ``quantity`` units, at the exchange rate of its own day."""
    amounts = share(line, before, quantity)
    return Reversal(line, quantity, amounts if rate == RATE_SCALE else at_rate(amounts, rate))


def money_at(cents: int, rate: int) -> Money:
    """Return shop cents as money in both currencies."""
    return Money(cents, rounded(cents * rate, RATE_SCALE))


def _step(cents: int, units: int, before: int, quantity: int) -> int:
    return cents * (before + quantity) // units - cents * before // units


def _amounts(baskets: Sequence[Basket], prices: Sequence[int], terms: Terms) -> list[tuple[int, int, int, int]]:
    listed = [price * basket.quantity for price, basket in zip(prices, baskets, strict=True)]
    weights = [0 if basket.is_gift_card else cents for cents, basket in zip(listed, baskets, strict=True)]
    off = allocate(rounded(sum(weights) * terms.discount_percent, 100), weights)
    return [
        _line(cents, discount, basket.tax_percent, taxes_included=terms.taxes_included)
        for cents, discount, basket in zip(listed, off, baskets, strict=True)
    ]


def _line(listed: int, off: int, percent: int, *, taxes_included: bool) -> tuple[int, int, int, int]:
    """Return discount before tax, discount with tax, tax and total."""
    paid = listed - off
    if taxes_included:
        tax = rounded(paid * percent, 100 + percent)
        return off - rounded(off * percent, 100 + percent), off, tax, paid
    tax = rounded(paid * percent, 100)
    return off, off + rounded(off * percent, 100), tax, paid + tax
