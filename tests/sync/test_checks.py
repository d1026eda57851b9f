"""Checks: when they are run, what they are told, and what becomes of what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sync.toy import ORDERS, REVENUE, SESSIONS, START, Bench, Shop, orders_only

from kpitaps import Flag, Incomplete, Quality, RetryLater, TapBug
from kpitaps.store import latest_runs, open_flags, open_repairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kpitaps import Context, Tap, Totals
    from kpitaps.store import Ledger

DAY = timedelta(days=1)
TODAY = date(2025, 3, 10)


class Books:
    """What the toy shop's own report says, and how often it was asked."""

    def __init__(self) -> None:
        self.revenue: Decimal | None = None
        self.asked = 0
        self.act: Callable[[Totals], object] = lambda _: None
        self.flags: list[Any] = []

    def added_to(self, tap: Tap, **more: Any) -> Tap:
        """Return the tap with a check that holds the ledger against the report."""

        @tap.check("books", **{"of": [ORDERS], **more})
        def books(ctx: Context, totals: Totals) -> Iterator[Flag]:
            self.asked += 1
            self.act(totals)
            found = totals.over(REVENUE, TODAY - 30 * DAY, ctx.day(ctx.now))
            if self.revenue not in (None, found):
                reason = f"The report says {self.revenue}, the ledger {found.normalize():f}."
                yield Flag(Quality.INCOMPLETE, [REVENUE], TODAY, TODAY, reason, fix="Compare them.")
            yield from self.flags

        return tap


@pytest.fixture
def books() -> Books:
    """The report."""
    return Books()


@pytest.fixture
def bench(ledger: Ledger, books: Books) -> Bench:
    """A shop with two orders of 10, of a tap with a check, not synced yet."""
    shop = Shop()
    shop.place("a", ago=2 * DAY)
    shop.place("b", ago=timedelta(hours=1))
    return Bench(ledger, books.added_to(orders_only()), shop)


def said(bench: Bench) -> list[str]:
    """Return what is said against figures."""
    return [each.flag.reason for each in open_flags(bench.ledger.database)]


def test_a_check_runs_when_all_is_in(bench: Bench, books: Books) -> None:
    """At the end of the first load it finds nothing, is in the run log, and nothing is said."""
    books.revenue = Decimal(20)
    result = bench.sync()
    assert [(check.run.stream, check.run.outcome, check.flags) for check in result.checks] == [("books", "ok", ())]
    assert [run.stream for run in result.runs] == ["orders"]
    assert {run.stream: run.started_at for run in latest_runs(bench.ledger.database)}["books"] == START
    assert (said(bench), books.asked) == ([], 1)


def test_what_a_check_says_replaces_what_it_said(bench: Bench, books: Books) -> None:
    """A difference is a flag and a repair; another one takes its place, and both go when there is none."""
    for revenue, reasons in (
        ("21", ["The report says 21, the ledger 20."]),
        ("22", ["The report says 22, the ledger 20."]),
        ("20", []),
    ):
        books.revenue = Decimal(revenue)
        bench.sync()
        assert said(bench) == reasons
        assert [repair.message for repair in open_repairs(bench.ledger.database)] == reasons
        bench.wait(days=1)


@pytest.mark.parametrize(("hours", "times"), [(1, 1), (22, 1), (23.9, 2), (25, 2)])
def test_a_check_runs_as_often_as_it_says(bench: Bench, books: Books, hours: float, times: int) -> None:
    """Once a day; who syncs once a day need not be punctual to the minute."""
    bench.sync()
    bench.wait(hours=hours)
    bench.sync()
    assert books.asked == times


def test_a_check_waits_for_history(bench: Bench, books: Books) -> None:
    """While a part of the history is missing, it would cry wolf."""
    bench.tap = books.added_to(orders_only(history="90d", slice_limit=10))
    for number in range(30):
        bench.shop.place(f"old-{number}", ago=(40 + number) * DAY)
    assert bench.sync(portion=1).unfinished == {"orders"}
    assert books.asked == 0
    bench.sync()
    assert books.asked == 1


def test_a_check_waits_for_what_is_loaded_anew(bench: Bench, books: Books) -> None:
    """While another way of reading loads beside the figures, a check could only judge the old one."""
    bench.tap = books.added_to(orders_only(history="90d"))
    bench.sync()
    bench.wait(days=2)
    bench.shop.account = replace(bench.shop.account, time_zone="Europe/London")
    assert bench.sync(portion=-1).unfinished == {"orders"}
    assert books.asked == 1
    bench.sync()
    assert books.asked == 2


def test_a_check_does_not_wait_for_what_it_does_not_look_at(bench: Bench, books: Books) -> None:
    """A stream that never succeeds, because the package lacks it, keeps no other streams from being judged."""
    bench.tap.snapshot("tickets", feeds=[bench.tap.measure("tickets_open")], every="1h")(fail)
    assert bench.sync().errors.keys() == {"tickets"}
    assert books.asked == 1


def test_a_check_judges_only_what_was_read_with_it(bench: Bench, books: Books) -> None:
    """A sync of other streams leaves it for another time: the source's own report is of this moment."""
    bench.tap.periods("traffic", feeds=[bench.tap.measure("sessions")], every="1h", history="2d", settles="1d")(nothing)
    bench.sync("traffic")
    assert books.asked == 0
    bench.sync("orders")
    assert books.asked == 1


def test_a_check_does_not_judge_what_the_source_hides(bench: Bench, books: Books) -> None:
    """Where the source keeps a part from us, a difference is no news."""
    gap = Incomplete(("orders",), START, "Old orders are hidden.", "Grant the scope.")
    bench.shop.account = replace(bench.shop.account, incomplete=(gap,))
    bench.sync()
    assert books.asked == 0
    bench.shop.account = replace(bench.shop.account, incomplete=())
    bench.sync()
    assert books.asked == 1


def fail(*_: object) -> Any:
    raise RetryLater("not now", after=7_200)


def crash(*_: object) -> Any:
    raise ZeroDivisionError("a bug")


def nothing(*_: object) -> Any:
    return iter(())


@pytest.mark.parametrize(
    ("act", "outcome", "sentence"),
    [(fail, "retry_later", "not now"), (crash, "tap_bug", "check books failed: ZeroDivisionError: a bug")],
)
def test_a_check_that_fails_touches_nothing_else(
    bench: Bench, books: Books, act: Callable[..., Any], outcome: str, sentence: str
) -> None:
    """It is reported as the check's own failure; the streams are well, and what it said last stays."""
    books.revenue = Decimal(21)
    bench.sync()
    bench.wait(days=1)
    books.act = act
    result = bench.sync()
    assert {name: str(error) for name, error in result.errors.items()} == {"books": sentence}
    assert [run.outcome for run in result.runs] == ["ok"]
    assert [check.run.outcome for check in result.checks] == [outcome]
    assert said(bench) == ["The report says 21, the ledger 20."]
    broken = [repair.code for repair in open_repairs(bench.ledger.database) if not repair.code.startswith("flag")]
    assert broken == (["tap_bug:books"] if outcome == "tap_bug" else [])


def test_a_check_that_failed_is_tried_again(bench: Bench, books: Books) -> None:
    """Not before the source said; and what asks to report it goes once it is well."""
    books.act = fail
    bench.sync()
    for hours, times in ((1, 1), (1, 2)):
        bench.wait(hours=hours)
        bench.sync()
        assert books.asked == times
    books.act = crash
    bench.wait(hours=2)
    bench.sync()
    books.act = nothing
    bench.wait(minutes=1)
    assert bench.sync().errors == {}
    assert (open_repairs(bench.ledger.database), books.asked) == ([], 4)


WRONG: dict[str, tuple[Callable[[Books, Any], Any], str]] = {
    "no flag": (lambda books, _: books.flags.append("odd"), "check books yielded a str; it yields Flag objects"),
    "another measure": (
        lambda books, _: books.flags.append(Flag(Quality.INCOMPLETE, [SESSIONS], TODAY, TODAY, "No visits.")),
        "check books flags sessions, which no stream of what it looks at feeds: name it in of=",
    ),
    "fed by nothing": (
        lambda books, bench: setattr(bench, "tap", books.added_to(orders_only(), of=[ORDERS, SESSIONS])),
        "check books looks at sessions, which no stream feeds",
    ),
    "no total": (
        lambda books, _: setattr(books, "act", lambda totals: totals.over(SESSIONS, TODAY, TODAY)),
        "no stream of what the check looks at feeds sessions: name a measure beside it in of=",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), WRONG.values(), ids=WRONG)
def test_a_check_that_breaks_a_rule_is_told_so(
    bench: Bench, books: Books, change: Callable[[Books, Any], Any], sentence: str
) -> None:
    """Nothing of what it said lands then."""
    books.revenue = Decimal(21)
    change(books, bench)
    (error,) = bench.sync().errors.values()
    assert isinstance(error, TapBug)
    assert (str(error), said(bench)) == (sentence, [])


def test_a_check_that_is_gone_says_nothing_more(bench: Bench, books: Books) -> None:
    """A tap that has dropped a check takes back what it said, and the repair."""
    books.revenue = Decimal(21)
    bench.sync()
    bench.tap = orders_only()
    bench.sync()
    assert (said(bench), open_repairs(bench.ledger.database)) == ([], [])


def test_a_check_reads_its_own_connection(ledger: Ledger, bench: Bench, books: Books) -> None:
    """Another shop's orders of the same tap are none of its business."""
    shop = Shop()
    shop.account = replace(shop.account, id="shop-2")
    shop.place("z", ago=timedelta(hours=2), amount=500)
    other = Bench(ledger, orders_only(), shop, name="other")
    assert other.sync().changed == 1
    books.revenue = Decimal(20)
    bench.sync()
    assert (said(bench), books.asked) == ([], 1)
    assert {run.stream for run in latest_runs(ledger.database, other.connection.id)} == {"orders"}
