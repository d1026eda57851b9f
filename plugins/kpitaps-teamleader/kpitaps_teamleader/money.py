"""Amounts in the account's currency, at the rate that Teamleader booked them with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpitaps_teamleader.payloads import Exchange

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Home:
    """The currency that a document is counted in, and how to get there from its own.

    Attributes:
        currency: The account's; the document's own where no rate is known: the ledger then keeps the original.
        rate: What one unit of the document's currency is worth in it.
    """

    currency: str
    rate: Decimal = Decimal(1)

    def amount(self, amount: Decimal) -> Decimal:
        """Return an amount of the document, rounded half up to a cent."""
        return (amount * self.rate).quantize(CENT, ROUND_HALF_UP)


def home_of(currency: str, exchange: Exchange | None, account: str) -> Home:
    """Return what a document in ``currency`` is counted in; ``account`` is the account's currency."""
    if exchange and exchange.rate and exchange.target and exchange.source in (None, currency):
        return Home(exchange.target, exchange.rate if exchange.target != currency else Decimal(1))
    return Home(account if currency == account else currency)


def shared_out(total: Decimal, parts: list[Decimal], home: Home) -> list[Decimal]:
    """Return how ``total`` of a document divides over ``parts``: each rounded, the last takes what is missing.

    Parts that do not add up to the total, because a discount is on the document as a whole, bear it in proportion.
    """
    whole, left = sum(parts, Decimal(0)), home.amount(total)
    factor = total / whole if whole and whole != total else Decimal(1)
    shares = [home.amount(part * factor) for part in parts[:-1]]
    return [*shares, left - sum(shares, Decimal(0))] if parts else []
