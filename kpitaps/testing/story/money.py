"""Cents in two currencies, and how they are divided without losing one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in integer cents, in the shop's currency and in the one the customer saw.

    Attributes:
        shop: Cents in the shop's currency.
        presentment: Cents in the currency the customer paid in.
    """

    shop: int
    presentment: int

    def __add__(self, other: Money) -> Money:
        return Money(self.shop + other.shop, self.presentment + other.presentment)

    def __sub__(self, other: Money) -> Money:
        return Money(self.shop - other.shop, self.presentment - other.presentment)

    def __neg__(self) -> Money:
        return Money(-self.shop, -self.presentment)

    def __bool__(self) -> bool:
        return bool(self.shop or self.presentment)


NOTHING = Money(0, 0)


@dataclass(frozen=True, slots=True)
class Amounts:
    """What one sale, or one reversal, amounts to.

    Attributes:
        discount: Before taxes.
        discount_with_tax: The same discount with the tax it saved.
        tax: On what is left after the discount.
        total: With tax, after the discount.
    """

    discount: Money
    discount_with_tax: Money
    tax: Money
    total: Money

    @property
    def gross(self) -> Money:
        """Before taxes and discount: total = gross − discount + tax."""
        return self.total - self.tax + self.discount

    def __neg__(self) -> Amounts:
        return Amounts(-self.discount, -self.discount_with_tax, -self.tax, -self.total)


def add_up(amounts: Iterable[Money]) -> Money:
    """Return the sum of ``amounts``."""
    shop = presentment = 0
    for amount in amounts:
        shop += amount.shop
        presentment += amount.presentment
    return Money(shop, presentment)


def rounded(numerator: int, denominator: int) -> int:
    """Return the quotient rounded half away from zero, as shops round cents."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def allocate(cents: int, weights: Sequence[int]) -> list[int]:
    """Divide ``cents`` in proportion to ``weights``, exactly.

    What does not divide evenly is handed out one cent at a time, from the first weighted line on: the rule that
    https://shopify.dev/docs/api/admin-graphql/latest/interfaces/Sale states.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares = [cents * weight // whole for weight in weights]
    left = cents - sum(shares)
    for index, weight in enumerate(weights):
        if not left:
            break
        if weight:
            shares[index] += 1
            left -= 1
    return shares
