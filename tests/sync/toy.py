"""A toy vendor in memory, a tap that reads it, and a bench that syncs one connection of it.

The vendor behaves like real ones: a record is found under its latest update clock only, that clock ticks in seconds,
and its search trails its writes by up to the stream's lag.
"""

from __future__ import annotations

import math
import random
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from store.shelf import ACCOUNT, a_connection

from kpitaps import VOCABULARY, Account, Entry, Record, Settings, Tap, setting
from kpitaps.store import list_connections
from kpitaps.sync import Progress, SyncResult, sync_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kpitaps import Context, Span
    from kpitaps.store import Connection, Ledger

START = datetime(2025, 3, 10, 12, 0, 0, 500_000, tzinfo=UTC)
LAG = timedelta(minutes=5)
REVENUE, ORDERS, BUYERS, SESSIONS, TICKETS = (
    VOCABULARY[key] for key in ("order_revenue", "orders", "buyers", "sessions", "tickets_open")
)


class Document(NamedTuple):
    """One document of the toy shop, which lists all of them and has no update clock."""

    version: str
    day: date
    amount: int


@dataclass
class Order:
    """One order of the toy shop, and its refunds: amount by instant."""

    placed: datetime
    buyer: str
    channel: str
    amount: int
    updated: datetime
    refunds: list[tuple[datetime, int]] = field(default_factory=list)
    gone: bool = False
    revision: int = 0


class Shop:
    """The vendor. A tap gets it as its ``http``."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now
        self.account = ACCOUNT
        self.orders: dict[str, Order] = {}
        self.visits: dict[date, int] = {}
        self.tickets: dict[str, int] = {}
        self.documents: dict[str, Document] = {}
        self.met: dict[date, set[str]] = {}
        # The keys of those whose details were asked for.
        self.opened: list[str] = []
        self.trouble: Callable[[str, Span | None], None] = lambda _stream, _span: None
        self.asked: list[tuple[str, Span]] = []
        self.trailing = timedelta()
        self.disorder: int | None = None
        # What the index shows, and what it will: each write by its number, so that none overtakes a later one.
        self._shown: dict[str, tuple[int, Order]] = {}
        self._hidden: list[tuple[datetime, str, tuple[int, Order]]] = []
        self._numbers = count()
        self._lock = threading.Lock()

    def urgent(self) -> Self:
        """Return the client for fresh data."""
        return self

    def patient(self) -> Self:
        """Return the client for history."""
        return self

    def write(self, key: str, order: Order) -> None:
        """Store an order under the clock of now; the search shows it after `trailing`."""
        number = next(self._numbers)
        kept = replace(order, updated=self.now.replace(microsecond=0), refunds=list(order.refunds), revision=number)
        self.orders[key] = kept
        self._hidden.append((self.now + self.trailing, key, (number, kept)))

    def place(self, key: str, *, ago: timedelta = timedelta(), **more: Any) -> Order:
        """Place an order; ``ago`` moves the clock back to then for this write."""
        now, self.now = self.now, self.now - ago
        order = Order(self.now, "ann", "web", 10, self.now)
        self.write(key, replace(order, **more))
        self.now = now
        return self.orders[key]

    def search(self, stream: str, span: Span) -> list[tuple[str, Order]]:
        """Return the orders whose latest clock lies in the span, as far as the index shows them."""
        with self._lock:
            self.asked.append((stream, span))
            for due, key, write in self._hidden:
                if due <= self.now:
                    self._shown[key] = max(write, self._shown.get(key, write), key=itemgetter(0))
            self._hidden = [hidden for hidden in self._hidden if hidden[0] > self.now]
            found = [(key, order) for key, (_, order) in self._shown.items() if order.updated in span]
        self.trouble(stream, span)
        if self.disorder is not None:
            # The same span is in the same disorder each time, so that a failing example can be repeated.
            dice = random.Random(f"{self.disorder} {span}")
            found += dice.sample(found, len(found) // 2)
            dice.shuffle(found)
        return found


class ToySettings(Settings):
    """What a person tells to connect a shop."""

    channel: str = setting("Channel", help="Which orders count", default="")


def contributions(key: str, order: Order, *, numbered: bool = False) -> Record:
    """Return what an order adds."""
    record = Record(key, revision=order.revision) if numbered else Record(key, order.updated)
    if order.gone:
        return record.deleted()
    record.add(ORDERS, order.placed, 1, sales_channel=order.channel).member(BUYERS, order.placed, order.buyer)
    record.add(REVENUE, order.placed, order.amount, sales_channel=order.channel)
    for day, amount in order.refunds:
        record.add(REVENUE, day, -amount, sales_channel=order.channel)
    return record


def orders_only(
    slice_limit: int = 5_000, history: str = "30d", lag: str = "5m", *, numbered: bool = False, **more: Any
) -> Tap:
    """Return a tap with one stream of orders, which are told apart by time or by number."""
    tap = Tap("toy", title="Toy", settings=ToySettings, api=1, base_url="https://toy.example", hosts=["toy.example"])
    feeds = [tap.measure(measure.key) for measure in (ORDERS, REVENUE, BUYERS)]

    @tap.account
    def account(ctx: Context) -> Account:
        shop: Any = ctx.http
        shop.trouble("account", None)
        return shop.account

    @tap.records("orders", feeds=feeds, every="15m", history=history, lag=lag, slice_limit=slice_limit, **more)
    def orders(ctx: Context, span: Span) -> Iterator[Record]:
        shop: Any = ctx.http
        for key, order in shop.search("orders", span):
            yield contributions(key, order, numbered=numbered)

    return tap


def everything(settles: str = "2d", carries: str = "3d") -> Tap:
    """Return a tap with a stream of each kind."""
    tap = orders_only()

    @tap.periods("traffic", feeds=[tap.measure("sessions")], every="1h", history="10d", settles=settles)
    def traffic(ctx: Context, span: Span) -> Iterator[Entry]:
        shop: Any = ctx.http
        shop.asked.append(("traffic", span))
        shop.trouble("traffic", span)
        for day, visits in shop.visits.items():
            if ctx.day(span.start) <= day <= ctx.day(span.end - timedelta(microseconds=1)):
                yield SESSIONS.on(day, visits)

    @tap.snapshot("tickets", feeds=[tap.measure("tickets_open")], every="1h", carries=carries)
    def tickets(ctx: Context) -> Iterator[Entry]:
        shop: Any = ctx.http
        shop.trouble("tickets", None)
        for category, number in shop.tickets.items():
            yield TICKETS.on(ctx.now, number, category=category)

    return tap


class Bench:
    """A shop, a tap and a connection in a ledger."""

    def __init__(
        self, ledger: Ledger, tap: Tap | None = None, shop: Shop | None = None, *, name: str = "acme", workers: int = 1
    ) -> None:
        self.ledger = ledger
        self.shop = shop or Shop()
        self.tap = tap or orders_only()
        self.workers = workers
        self.progress: list[Progress] = []
        self._id = a_connection(ledger, name, self.shop.account).id

    @property
    def connection(self) -> Connection:
        """The connection as it is stored now."""
        return next(one for one in list_connections(self.ledger.database) if one.id == self._id)

    def sync(self, *streams: str, portion: float = math.inf) -> SyncResult:
        """Sync at the shop's time; for portions, a second passes with each look at the clock."""
        connection = self.connection
        return sync_connection(
            self.ledger,
            self.tap,
            connection,
            self.tap.settings.read(connection.settings),
            self.shop,  # type: ignore[arg-type]
            now=lambda: self.shop.now,
            workers=self.workers,
            streams=streams or None,
            portion=portion,
            monotonic=count().__next__,
            listener=self.progress.append,
        )

    def asked(self, stream: str = "orders") -> list[Span]:
        """Return the spans that were asked for since the last time, in order."""
        found = [span for name, span in self.shop.asked if name == stream]
        self.shop.asked.clear()
        return found

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.shop.now += timedelta(**time)
