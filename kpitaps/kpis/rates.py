"""Exchange rates: what a currency was worth on a day, and whether that may still change.

The rule: a day is converted at its own reference rate, or at the last one before it if that is at most seven days old.
Weekends and holidays have none, and a working day's appears in the afternoon, so a rate that stands in for another is
provisional until a later day's has been published: then it is certain that the day has none of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, Protocol

from kpitaps.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

EURO = "EUR"
"""What reference rates are quoted against."""

OLDEST = 7
"""Days that a rate may be older than the day it is used for."""

_ONE = Fraction(1)


class RateOn(NamedTuple):
    """A rate, the day that it was published for, and whether it is certain that no other will take its place."""

    rate: Fraction
    day: date
    is_final: bool = True


class Rates(Protocol):
    """Knows what a currency was worth."""

    def rate(self, currency: str, to: str, day: date) -> RateOn | None:
        """Return how much of ``to`` one unit of ``currency`` was worth on ``day``; None if that is not known."""


class SameCurrency:
    """Knows only that a currency is worth itself."""

    def rate(self, currency: str, to: str, day: date) -> RateOn | None:
        """Return 1 for the same currency, else None."""
        return RateOn(_ONE, day) if currency == to else None


class ReferenceRates:
    """The reference rates of the European Central Bank. Those of one edition are equal: they know the same.

    Args:
        load: Returns the millionths of a currency that a euro was worth, by day (an ordinal).
        newest: The last day (an ordinal) for which rates were published; days before it are known without a gap.
        edition: Is another as soon as any rate is.
    """

    def __init__(self, load: Callable[[str], Mapping[int, int]], newest: int | None, *, edition: Hashable) -> None:
        self._edition = (newest, edition)
        self._load = load
        self._newest = newest or 0
        self._loaded: dict[str, Mapping[int, int]] = {}
        self._found: dict[tuple[str, str, date], RateOn | None] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReferenceRates) and self._edition == other._edition

    def __hash__(self) -> int:
        return hash(self._edition)

    def rate(self, currency: str, to: str, day: date) -> RateOn | None:
        """Return the exact rate by the rule; between two foreign currencies both sides are of one day."""
        key = (currency, to, day)
        if key not in self._found:
            self._found[key] = RateOn(_ONE, day) if currency == to else self._find(*key)
        return self._found[key]

    def _find(self, currency: str, to: str, day: date) -> RateOn | None:
        wanted = day.toordinal()
        for at in range(wanted, wanted - OLDEST - 1, -1):
            ours, theirs = self._per_euro(currency, at), self._per_euro(to, at)
            if ours and theirs:
                is_final = at == wanted or wanted < self._newest
                return RateOn(Fraction(theirs, ours), date.fromordinal(at), is_final)
        return None

    def _per_euro(self, currency: str, day: int) -> int | None:
        if currency == EURO:
            return MICRO
        if currency not in self._loaded:
            self._loaded[currency] = self._load(currency)
        return self._loaded[currency].get(day)


class Converted(NamedTuple):
    """An exact amount in the reporting currency; without one ``why`` says why, with one why it may still change."""

    amount: int | Fraction | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Rates into one reporting currency."""

    to: str
    rates: Rates

    def convert(self, amount: int, currency: str, day: int) -> Converted:
        """Return ``amount`` of ``currency`` at the rate of ``day`` (an ordinal), not rounded."""
        if currency == self.to or not amount:
            return Converted(amount)
        wanted = date.fromordinal(day)
        found = self.rates.rate(currency, self.to, wanted)
        if found is None:
            return Converted(None, self._lacking(currency, wanted))
        return Converted(amount * found.rate, "" if found.is_final else self._waiting(currency, wanted, found.day))

    def _lacking(self, currency: str, day: date) -> str:
        return f"There is no exchange rate from {currency or 'an unnamed currency'} to {self.to} on {day}."

    def _waiting(self, currency: str, day: date, used: date) -> str:
        return f"The exchange rate from {currency} to {self.to} on {day} is not known yet: that of {used} stands in."
