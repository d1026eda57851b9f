"""Whatever happens, and wherever a sync is killed, the next one that completes makes the ledger equal to the source."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from itertools import count, pairwise
from typing import TYPE_CHECKING, Any, ClassVar
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import create_engine, event, text
from store.shelf import EURO, dump, open_ledger, sums
from sync.toy import BUYERS, LAG, Bench, Shop, orders_only

from kpitaps import Record
from kpitaps.calendar import local_day
from kpitaps.store.customers import FED
from kpitaps.store.engine import Database
from kpitaps.sync import listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kpitaps import Context, Span, Tap

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
LONG_AGO = date(2025, 2, 20)
BEFORE = 20 * DAY
"""How far back the oldest order lies: within the history that the stream reads."""


def with_contracts(tap: Tap) -> Tap:
    """Return the tap with a listing of contracts, whose details are only asked for where they are new."""

    @tap.listing("contracts", feeds=[tap.measure(key) for key in FED], every="1h")
    def contracts(ctx: Context) -> Iterator[Record]:
        shop: Any = ctx.http
        for key, row in list(shop.contracts.items()):
            shop.trouble("orders", None)
            record = Record(key, version=repr(row))
            yield record.unchanged() if ctx.knows(key, repr(row)) else record.customer(*row)

    return tap


class Killed(BaseException):
    """Stands for the end of the process: nothing in kpitaps may catch it and go on."""


class FragileDatabase(Database):
    """A database whose process may be killed right after a commit, before anybody learns of it."""

    after_commits: int | None = None

    @contextmanager
    def write(self) -> Iterator[Any]:
        with super().write() as connection:
            yield connection
        if self.after_commits is not None:
            self.after_commits -= 1
            if self.after_commits < 0:
                raise Killed


class ShopMachine(RuleBasedStateMachine):
    """A shop that lives, a ledger that follows, and a process that dies now and then."""

    new_url: ClassVar[Callable[[], str]]
    workers: ClassVar[int] = 1
    numbered: ClassVar[bool] = False
    keys = Bundle("keys")
    contracts = Bundle("contracts")

    def __init__(self) -> None:
        super().__init__()
        self.ledger = open_ledger(type(self).new_url())
        self.ledger.database.close()
        self.database = FragileDatabase(str(self.ledger.database.engine.url.render_as_string(hide_password=False)))
        self.ledger.database = self.database
        self.shop: Any = Shop()
        self.shop.contracts = {}
        tap = with_contracts(orders_only(slice_limit=5, numbered=self.numbered))
        self.bench = Bench(self.ledger, tap, self.shop, workers=self.workers)

    def teardown(self) -> None:
        self.ledger.close()

    @initialize(ages=st.lists(st.timedeltas(timedelta(), BEFORE), max_size=12))
    def years_before(self, ages: list[timedelta]) -> None:
        """The shop has been there for a while when it is connected."""
        for number, ago in enumerate(sorted(ages, reverse=True)):
            self.shop.place(f"old-{number}", ago=ago)
        self.shop.trailing = LAG

    # What people do in the shop.

    @rule(
        target=keys,
        ago=st.timedeltas(timedelta(), BEFORE),
        buyer=st.sampled_from(["ann", "bob", "cas"]),
        channel=st.sampled_from(["web", "pos"]),
        amount=st.integers(0, 50),
    )
    def create(self, ago: timedelta, buyer: str, channel: str, amount: int) -> str:
        """An order comes in, or is imported with an earlier date."""
        key = f"order-{len(self.shop.orders)}"
        self.shop.place(key, placed=self.shop.now - ago, buyer=buyer, channel=channel, amount=amount)
        return key

    @rule(target=keys, number=st.integers(2, 12), apart=st.sampled_from([timedelta(), SECOND / 3, 20 * SECOND]))
    def rush(self, number: int, apart: timedelta) -> str:
        """Many orders come in within a second or a few minutes: more than a slice holds."""
        for turn in range(number):
            # Shards of an index do not trail alike: some of these are found at once.
            self.shop.trailing = LAG * (turn % 2)
            key = self.create(timedelta(), "bob", "pos", 3)
            self.shop.now += apart
        return key

    @rule(key=keys, amount=st.integers(0, 50), channel=st.sampled_from(["web", "pos"]), shift=st.integers(-48, 0))
    def edit(self, key: str, amount: int, channel: str, shift: int) -> None:
        """Any part of an order changes, its day included."""
        order = self.shop.orders[key]
        placed = max(order.placed + timedelta(hours=shift), self.shop.now - BEFORE)
        self.shop.write(key, replace(order, amount=amount, channel=channel, placed=placed))

    @rule(key=keys, amount=st.integers(1, 9))
    def refund(self, key: str, amount: int) -> None:
        """Money is given back today for an order of any day."""
        order = self.shop.orders[key]
        self.shop.write(key, replace(order, refunds=[*order.refunds, (self.shop.now, amount)]))

    @rule(key=keys)
    def cancel(self, key: str) -> None:
        """An order is worth nothing any more, and stays an order."""
        self.shop.write(key, replace(self.shop.orders[key], amount=0, refunds=[]))

    @rule(key=consumes(keys))
    def delete(self, key: str) -> None:
        """An order is deleted; the source shows its gravestone."""
        self.shop.write(key, replace(self.shop.orders[key], gone=True))

    @rule(key=keys)
    def restore(self, key: str) -> None:
        """An order is written again as it is, whether it was deleted or not."""
        self.shop.write(key, replace(self.shop.orders[key], gone=False))

    @rule(seed=st.none() | st.integers(0, 99))
    def disorder(self, seed: int | None) -> None:
        """From now on pages come in any order, and half of the records twice."""
        self.shop.disorder = seed

    @rule(
        target=contracts,
        number=st.integers(0, 5),
        who=st.sampled_from(["ann", "bob"]),
        first=st.integers(0, 20),
        days=st.integers(0, 9) | st.none(),
    )
    def contract(self, number: int, who: str, first: int, days: int | None) -> str:
        """Somebody signs a contract, or changes one; there is no clock that tells."""
        last = None if days is None else LONG_AGO + timedelta(first + days)
        self.shop.contracts[f"contract-{number}"] = (who, LONG_AGO + timedelta(first), last)
        return f"contract-{number}"

    @rule(key=contracts)
    def tear_up(self, key: str) -> None:
        """A contract vanishes from the list."""
        self.shop.contracts.pop(key, None)

    # What time does.

    @rule(time=st.timedeltas(timedelta(), 3 * SECOND) | st.timedeltas(timedelta(), 2 * DAY))
    def wait(self, time: timedelta) -> None:
        """Time passes; days end."""
        self.shop.now += time

    @rule(share=st.sampled_from([0, 0.5, 1]))
    def trail(self, share: float) -> None:
        """The search index falls behind, by the declared lag at most."""
        self.shop.trailing = LAG * share

    # What kpitaps does.

    @rule(reads=st.integers(0, 6))
    def killed_while_reading(self, reads: int) -> None:
        """The process ends while a page is on its way."""
        left = [reads]

        def trouble(stream: str, _: Span | None) -> None:
            left[0] -= stream == "orders"
            if left[0] < 0:
                raise Killed

        self.shop.trouble = trouble
        self.killed_or_done()
        self.shop.trouble = lambda _stream, _span: None

    @rule(commits=st.integers(0, 6))
    def killed_before_a_commit(self, commits: int) -> None:
        """The process ends inside a transaction."""
        left = [commits]

        def kill(_: object) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Killed

        event.listen(self.database.engine, "commit", kill)
        self.killed_or_done()
        event.remove(self.database.engine, "commit", kill)

    @rule(commits=st.integers(0, 6))
    def killed_after_a_commit(self, commits: int) -> None:
        """The process ends after a commit that it never learns of."""
        self.database.after_commits = commits
        self.killed_or_done()
        self.database.after_commits = None

    @rule(wait=st.sampled_from([timedelta(), LAG - SECOND / 3]))
    def sync(self, wait: timedelta) -> None:
        """A sync that runs while the index trails, or just before it has caught up, completes, whatever it saw."""
        self.shop.now += wait
        self.run()

    @precondition(lambda self: self.shop.orders)
    @rule()
    def settle(self) -> None:
        """Once the index has caught up, a sync makes the ledger equal to the shop, and another changes nothing."""
        self.shop.now += LAG
        self.run()
        found = {place: halves for place, halves in sums(self.ledger).items() if place[0] not in FED}
        assert found == self.wanted_sums()
        assert self.found_buyers() == self.wanted_buyers()
        assert self.found_customers() == self.wanted_customers()
        before = dump(self.ledger)
        self.run()
        self.shop.now += timedelta(seconds=7)
        assert self.run() == 0
        assert dump(self.ledger) == before

    def killed_or_done(self) -> None:
        try:
            self.run()
        except Killed:
            # What a killed process knew is gone; what it had open is rolled back.
            self.database.close()

    def run(self) -> int:
        """Sync; every error but the end of the process is a bug."""
        result = self.bench.sync()
        assert result.errors == {}
        return result.changed

    def wanted_sums(self) -> dict[tuple[Any, ...], tuple[int, int]]:
        """Return what the shop's orders add up to, by a way that knows nothing of kpitaps."""
        found: Counter[tuple[Any, ...]] = Counter()
        for order in self.shop.orders.values():
            if not order.gone:
                labels = f'{{"sales_channel":"{order.channel}"}}'
                found["orders", labels, "", local_day(order.placed, AMSTERDAM).toordinal()] += 1
                for at, amount in [(order.placed, order.amount), *((at, -back) for at, back in order.refunds)]:
                    found["order_revenue", labels, "EUR", local_day(at, AMSTERDAM).toordinal()] += amount
        return {place: (amount * 1_000_000, 0) for place, amount in found.items() if amount}

    def wanted_buyers(self) -> list[int]:
        return [len(buyers) for _, buyers in sorted(self.buyers_by_day().items())] + [
            len(set().union(*self.buyers_by_day().values()))
        ]

    def buyers_by_day(self) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for order in self.shop.orders.values():
            if not order.gone:
                found.setdefault(local_day(order.placed, AMSTERDAM).toordinal(), set()).add(order.buyer)
        return found

    def wanted_customers(self) -> dict[str, list[int]]:
        """Return who is there on each day of some weeks, by looking at every day."""
        here = [
            {who for who, first, last in self.shop.contracts.values() if first <= day and (last is None or day <= last)}
            for day in (LONG_AGO + timedelta(number) for number in range(-1, 40))
        ]
        pairs = list(pairwise(here))
        ever = [set().union(*here[: number + 1]) for number in range(len(here))]
        return {
            "customers": [len(after) - len(before) for before, after in pairs],
            "customers_lost": [len(before - after) for before, after in pairs],
            "new_customers": [len(after) - len(before) for before, after in pairwise(ever)],
        }

    def found_customers(self) -> dict[str, list[int]]:
        reader = self.ledger.reader(self.bench.connection.company_id)
        found = {}
        for measure in FED:
            totals = {total.day: total.numerator // EURO for total in reader.day_totals(measure)}
            found[measure] = [totals.get(LONG_AGO.toordinal() + number, 0) for number in range(40)]
        return found

    def found_buyers(self) -> list[int]:
        reader = self.ledger.reader(self.bench.connection.company_id)
        days = [date.fromordinal(day) for day in sorted(self.buyers_by_day())]
        each = [reader.distinct(BUYERS.key, day, day) for day in days]
        return [*each, reader.distinct(BUYERS.key, date.min, date.max)]


def check(new_url: Callable[[], str], *, examples: int, workers: int, numbered: bool = False) -> None:
    terms = {"new_url": staticmethod(new_url), "workers": workers, "numbered": numbered}
    machine = type("Machine", (ShopMachine,), terms)
    # Small batches, so that a listing is cut in its middle.
    with patch.object(listing, "_BATCH", 2):
        run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=25))


@pytest.mark.parametrize(
    ("examples", "workers"), [*(pytest.param(80, workers, marks=pytest.mark.slow) for workers in (1, 3)), (15, 3)]
)
def test_the_ledger_ends_equal_to_the_source(tmp_path: Path, examples: int, workers: int) -> None:
    """After any history of orders, edits, refunds, deletions, trailing indexes and killed processes."""
    numbers = count()
    check(lambda: f"sqlite:///{tmp_path / str(next(numbers))}.db", examples=examples, workers=workers)


@pytest.mark.parametrize("examples", [pytest.param(80, marks=pytest.mark.slow), 15])
@pytest.mark.slow
def test_the_ledger_ends_equal_to_a_source_that_numbers_its_changes(tmp_path: Path, examples: int) -> None:
    """The same where records have a number in place of a time."""
    numbers = count()
    check(lambda: f"sqlite:///{tmp_path / str(next(numbers))}.db", examples=examples, workers=3, numbered=True)


def test_the_ledger_ends_equal_to_the_source_on_postgresql(postgres_database: str) -> None:
    """The same on PostgreSQL, where slices land side by side."""

    def emptied() -> str:
        engine = create_engine(postgres_database)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        return postgres_database

    check(emptied, examples=15, workers=3)
