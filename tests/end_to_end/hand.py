"""Orders written by hand, in cents, in a shop where nothing else happens."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

from end_to_end import ledgers
from end_to_end.worlds import World, world
from kpitaps.testing import Story
from kpitaps.testing.story import Amounts, Line, Money, OrderPlaced, Reversal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kpitaps.testing.story import Event

START = datetime(2025, 10, 1, tzinfo=UTC)
NEVER = date(2100, 1, 1)
"""A shop that is founded then has no events of its own yet: only those that are added by hand."""

_numbers = count(1)


def at(text: str) -> datetime:
    """Return an instant in UTC: ``2026-03-02`` is at noon."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T12:00:00").replace(tzinfo=UTC)


def eur(cents: int) -> Money:
    """Return an amount that the customer pays in the shop's own currency."""
    return Money(cents, cents)


def amounts(total: int, tax: int, discount: int = 0, discount_with_tax: int = 0) -> Amounts:
    """Return amounts in cents: with tax, the tax in it, and the discount before and with tax."""
    return Amounts(eur(discount), eur(discount_with_tax), eur(tax), eur(total))


def line(title: str, quantity: int, sold: Amounts, *, price: int = 0, percent: int = 21, card: bool = False) -> Line:
    """Return a line; its listed price only matters to people."""
    return Line(next(_numbers), title, "", quantity, eur(price), percent, sold, card)


def back(of: Line, quantity: int, total: int, tax: int) -> Reversal:
    """Return units of a line that are taken back, in positive cents."""
    return Reversal(of, quantity, amounts(total, tax))


def order(when: str, *lines: Line, **more: Any) -> OrderPlaced:
    """Return an order of a guest in the web shop, sent within the Netherlands."""
    number = 1_000_000 + next(_numbers)
    standard = {
        "customer": None,
        "customer_order": 0,
        "channel": "web",
        "country": "NL",
        "currency": "EUR",
        "presentment_currency": "EUR",
        "taxes_included": True,
        "is_test": False,
        "shipping": None,
        "processed_at": at(when),
    }
    return OrderPlaced(at=at(when), order=number, name=f"#{number}", lines=lines, **{**standard, **more})


def number() -> int:
    """Return an id that nothing else has."""
    return next(_numbers)


class Shop:
    """A shop with a ledger.

    Args:
        inside: Both of them.
    """

    def __init__(self, inside: World) -> None:
        self.inside = inside

    def happened(self, *events: Event) -> Shop:
        """Let events happen, and read them over HTTP into the ledger an hour later."""
        for event in events:
            self.inside.sandbox.story.append(event)
        self.inside.move_to(max(event.at for event in events) + timedelta(hours=1))
        self.inside.synced()
        return self

    def figures(self, measure: str, label: str = "") -> dict[tuple[str, str], Decimal]:
        """Return what the ledger has of a measure, by day and by the value of one label."""
        found: dict[tuple[str, str], Decimal] = {}
        for (key, labels, _, day), amount in ledgers.sums(self.inside.database).items():
            if key == measure:
                place = (date.fromordinal(day).isoformat(), dict(labels).get(label, ""))
                found[place] = found.get(place, Decimal(0)) + Decimal(amount) / 1_000_000
        return {place: amount for place, amount in found.items() if amount}

    def euros(self, measure: str) -> dict[str, str]:
        """Return what the ledger has of a measure on each day, over all labels."""
        return {day: _written(amount) for day, amount in self._days(measure).items()}

    def counts(self, measure: str) -> dict[str, int]:
        """Return what the ledger has of a measure on each day, over all labels."""
        return {day: int(amount) for day, amount in self._days(measure).items()}

    def by(self, label: str, measure: str) -> dict[str, str]:
        """Return what the ledger has of a measure under each value of a label, over all days."""
        found: dict[str, Decimal] = {}
        for (_, value), amount in self.figures(measure, label).items():
            found[value] = found.get(value, Decimal(0)) + amount
        return {value: _written(amount) for value, amount in found.items()}

    def _days(self, measure: str) -> dict[str, Decimal]:
        return {day: amount for (day, _), amount in self.figures(measure).items()}

    def all_measures(self) -> set[str]:
        """Return the keys of the measures that are not zero everywhere."""
        return {place[0] for place in ledgers.sums(self.inside.database)}

    def buyers(self, first: str, last: str) -> int:
        """Return how many different people ordered."""
        reader = self.inside.runtime.ledger.reader(1)
        return reader.distinct("buyers", date.fromisoformat(first), date.fromisoformat(last))


def _written(amount: Decimal) -> str:
    assert amount == round(amount, 2), f"{amount} is no whole number of cents"
    return f"{amount:.2f}"


@contextmanager
def quiet_shop(home: Path, **options: Any) -> Iterator[Shop]:
    """Open a shop in Amsterdam where nothing happens by itself; ``options`` are those of `world`."""
    with world(home, Story(founded=NEVER), START, **options) as inside:
        yield Shop(inside)
