"""Where exchange rates come from: a seam, because the ledger will hold them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Protocol

_ONE = Fraction(1)


class Rates(Protocol):
    """Knows what a currency was worth."""

    def rate(self, currency: str, to: str, day: date) -> Fraction | None:
        """Return how much of ``to`` one unit of ``currency`` was worth on ``day``; None if that is not known."""


class SameCurrency:
    """Knows only that a currency is worth itself."""

    def rate(self, currency: str, to: str, day: date) -> Fraction | None:  # noqa: ARG002 - every day is the same
        """Return 1 for the same currency, else None."""
        return _ONE if currency == to else None


@dataclass(frozen=True, slots=True)
class Exchange:
    """Rates into one reporting currency."""

    to: str
    rates: Rates

    def convert(self, amount: int, currency: str, day: int) -> int | Fraction | None:
        """Return ``amount`` of ``currency`` at the rate of ``day`` (an ordinal); None if there is no rate."""
        if currency == self.to:
            return amount
        rate = self.rates.rate(currency, self.to, date.fromordinal(day))
        return None if rate is None else amount * rate

    def lacking(self, currency: str, day: int) -> str:
        """Return the sentence that explains a missing rate."""
        name = currency or "an unnamed currency"
        return f"There is no exchange rate from {name} to {self.to} on {date.fromordinal(day)}."
