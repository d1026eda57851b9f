"""What a shop's measures must be, worked out from the log of what happened and from nothing else.

It knows neither the tap nor the ledger: only the events, the shop's time zone and the definitions of the vocabulary.
Amounts are in millionths, as the ledger has them; the log's are in cents.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.testing.story import (
    CheckoutAbandoned,
    CheckoutRecovered,
    OrderCancelled,
    OrderDeleted,
    OrderEdited,
    OrderPlaced,
    Refunded,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from kpitaps.testing.story import Amounts, Event, Line, Money, Reversal

ONE = 1_000_000
CENT = 10_000
CHANNELS = {"web": "web", "pos": "pos", "draft": "draft"}

Place = tuple[str, tuple[tuple[str, str], ...], str, int]
"""Measure, labels sorted by name, currency, ordinal day."""


@dataclass
class Truth:
    """What must be in the ledger.

    Attributes:
        sums: Amounts of each measure, label set, currency and day; what adds up to nothing is left out.
        buyers: Who ordered on which ordinal day.
    """

    sums: dict[Place, int] = field(default_factory=lambda: defaultdict(int))
    buyers: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def distinct_buyers(self, first: date, last: date) -> int:
        """Return how many different people ordered from ``first`` to ``last``."""
        days = range(first.toordinal(), last.toordinal() + 1)
        return len(set().union(*(who for day, who in self.buyers.items() if day in days)))


@dataclass
class _Order:
    """An order and what became of it."""

    placed: OrderPlaced
    is_returning: bool
    later: list[OrderEdited | Refunded | OrderCancelled] = field(default_factory=list)


class Oracle:
    """Works out the truth of a log.

    Args:
        events: What happened, in the order of time.
        zone: IANA name of the shop's zone.
        orders_from: Orders that were placed earlier are kept from us.
        checkouts_from: Checkouts that were left earlier are not known any more.
        customer_for: For how many days an order makes somebody a customer.
    """

    def __init__(
        self,
        events: Iterable[Event],
        zone: str,
        *,
        orders_from: datetime | None = None,
        checkouts_from: datetime | None = None,
        customer_for: int = 365,
    ) -> None:
        self._zone = ZoneInfo(zone)
        self._orders_from = orders_from
        self._checkouts_from = checkouts_from
        self._customer_for = customer_for
        self._orders: dict[int, _Order] = {}
        self._checkouts: dict[int, datetime] = {}
        self._orders_of: defaultdict[int, set[int]] = defaultdict(set)
        for event in events:
            self._note(event)

    def truth(self) -> Truth:
        """Return what must be in the ledger."""
        truth = Truth()
        for order in self._orders.values():
            if not order.placed.is_test:
                _Booking(truth, order, self._zone).enter()
        for left in self._checkouts.values():
            truth.sums["checkouts_abandoned", (), "", left.astimezone(self._zone).toordinal()] += ONE
        for bought in self._purchases().values():
            _enter_customer(truth, sorted(bought), self._customer_for)
        truth.sums = {place: amount for place, amount in truth.sums.items() if amount}
        return truth

    def _note(self, event: Event) -> None:
        if isinstance(event, OrderPlaced):
            self._place(event)
        elif isinstance(event, OrderDeleted):
            self._delete(event.order)
        elif isinstance(event, OrderEdited | Refunded | OrderCancelled):
            if event.order in self._orders:
                self._orders[event.order].later.append(event)
        elif isinstance(event, CheckoutAbandoned):
            if self._checkouts_from is None or event.at >= self._checkouts_from:
                self._checkouts[event.checkout] = event.at
        elif isinstance(event, CheckoutRecovered):
            self._checkouts.pop(event.checkout, None)

    def _place(self, placed: OrderPlaced) -> None:
        if self._orders_from is not None and placed.at < self._orders_from:
            return
        before = set() if placed.customer is None else self._orders_of[placed.customer]
        self._orders[placed.order] = _Order(placed, is_returning=bool(before))
        if not placed.is_test:
            before.add(placed.order)

    def _delete(self, number: int) -> None:
        order = self._orders.pop(number, None)
        if order and order.placed.customer is not None:
            self._orders_of[order.placed.customer].discard(number)

    def _purchases(self) -> dict[int, list[int]]:
        """Return on which ordinal days each known customer bought something that was not called off."""
        found: dict[int, list[int]] = defaultdict(list)
        for order in self._orders.values():
            is_called_off = any(isinstance(event, OrderCancelled) for event in order.later)
            if order.placed.customer is not None and not order.placed.is_test and not is_called_off:
                day = order.placed.processed_at.astimezone(self._zone).toordinal()
                found[order.placed.customer].append(day)
        return found


def _enter_customer(truth: Truth, bought: list[int], customer_for: int) -> None:
    """Enter one customer, who bought on these days, the earliest first."""
    truth.sums["new_customers", (), "", bought[0]] += ONE
    truth.sums["customers", (), "", bought[0]] += ONE
    for day, following in zip(bought, [*bought[1:], None], strict=True):
        gone = day + customer_for
        if following is None or following > gone:
            truth.sums["customers", (), "", gone] -= ONE
            truth.sums["customers_lost", (), "", gone] += ONE
            if following is not None:
                truth.sums["customers", (), "", following] += ONE


class _Booking:
    """Enters one order into the truth."""

    def __init__(self, truth: Truth, order: _Order, zone: ZoneInfo) -> None:
        self.truth, self.order, self.zone = truth, order, zone
        self.placed = order.placed
        self.channel = {"sales_channel": CHANNELS[self.placed.channel]}
        self.place = self.channel | ({"country": self.placed.country} if self.placed.country else {})
        self.day = self._day(self.placed.processed_at)

    def enter(self) -> None:
        placed = self.placed
        self._count("orders", self.day, 1, self.place)
        # Ids of orders and customers are of one numbering; a guest is a buyer of their own.
        self.truth.buyers[self.day].add(placed.order if placed.customer is None else placed.customer)
        if self.order.is_returning:
            self._count("orders_returning", self.day, 1, self.channel)
        if any(_pays_back(event) for event in self.order.later):
            self._count("orders_refunded", self.day, 1, self.channel)
        for line in placed.lines:
            self._sell(line, self.day)
        if placed.shipping:
            self._ship(placed.shipping, self.day, 1)
        for event in self.order.later:
            self._enter_later(event)

    def _enter_later(self, event: OrderEdited | Refunded | OrderCancelled) -> None:
        day = self._day(event.at)
        if isinstance(event, OrderEdited):
            for line in event.added:
                self._sell(line, day)
            reversals: tuple[Reversal, ...] = event.removed
        else:
            reversals = event.lines
            if event.shipping:
                self._ship(event.shipping, day, -1)
        for reversal in reversals:
            self._take_back(reversal, day)
        if isinstance(event, Refunded):
            self._money("order_refunds", day, -event.adjustment.shop, self.place)
            self._money("order_revenue", day, event.adjustment.shop, self.place)

    def _sell(self, line: Line, day: int) -> None:
        if line.is_gift_card:
            return
        labels = self.place | {"product": line.title}
        before_tax = line.amounts.total - line.amounts.tax
        self._money("order_revenue_gross", day, (before_tax + line.amounts.discount).shop, labels)
        self._money("order_discounts", day, line.amounts.discount.shop, labels)
        self._money("order_revenue", day, before_tax.shop, labels)
        self._money("order_tax", day, line.amounts.tax.shop, labels)
        self._count("units_sold", day, line.quantity, labels)

    def _take_back(self, reversal: Reversal, day: int) -> None:
        if reversal.line.is_gift_card:
            return
        labels = self.place | {"product": reversal.line.title}
        before_tax = reversal.amounts.total - reversal.amounts.tax
        self._money("order_refunds", day, before_tax.shop, labels)
        self._money("order_revenue", day, -before_tax.shop, labels)
        self._money("order_tax", day, -reversal.amounts.tax.shop, labels)

    def _ship(self, amounts: Amounts, day: int, sign: int) -> None:
        self._money("shipping", day, sign * (amounts.total - amounts.tax).shop, self.place)
        self._money("order_tax", day, sign * amounts.tax.shop, self.place)

    def _money(self, measure: str, day: int, cents: int, labels: dict[str, str]) -> None:
        self.truth.sums[measure, tuple(sorted(labels.items())), self.placed.currency, day] += cents * CENT

    def _count(self, measure: str, day: int, number: int, labels: dict[str, str]) -> None:
        self.truth.sums[measure, tuple(sorted(labels.items())), "", day] += number * ONE

    def _day(self, instant: datetime) -> int:
        return instant.astimezone(self.zone).toordinal()


def _pays_back(event: OrderEdited | Refunded | OrderCancelled) -> bool:
    reversals = event.removed if isinstance(event, OrderEdited) else event.lines
    given: list[Money] = [reversal.amounts.total for reversal in reversals]
    if not isinstance(event, OrderEdited) and event.shipping:
        given.append(event.shipping.total)
    goodwill = isinstance(event, Refunded) and event.adjustment.shop < 0
    return goodwill or any(money.shop > 0 for money in given)
