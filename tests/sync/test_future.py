"""Contributions of days to come: due dates, planned meetings, subscriptions that will end."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sync.toy import START, Bench, orders_only

from kpitaps import VOCABULARY, Context, Record, Span, Tap
from kpitaps.kpis import CompanyFace, Kpi, define, evaluate
from kpitaps.measures import Names
from kpitaps.sync.windows import company_calendar
from kpitaps.units import Good, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.store import Ledger

MEETINGS, MRR = (VOCABULARY[key] for key in ("meetings", "mrr"))
TODAY = date(2025, 3, 10)
DAY = timedelta(days=1)
NAMES = Names("Name", "What it is.")


def planning() -> Tap:
    """Return a tap of meetings, and of subscriptions that start and end."""
    tap = orders_only()

    @tap.records("plans", feeds=[MEETINGS, MRR], every="1h", history="30d")
    def plans(ctx: Context, span: Span) -> Iterator[Record]:
        shop: Any = ctx.http
        for key, (updated, meeting, ends) in shop.plans.items():
            if updated in span:
                record = Record(key, updated).add(MEETINGS, meeting, 1)
                yield record.change(MRR, TODAY - 5 * DAY, 100).change(MRR, ends, -100)

    return tap


@pytest.fixture
def bench(ledger: Ledger) -> Bench:
    """One meeting in three days; one subscription that ends in two."""
    bench = Bench(ledger, planning())
    plan(bench, meeting=3, ends=2)
    assert bench.sync("plans").errors == {}
    return bench


def plan(bench: Bench, *, meeting: int, ends: int) -> None:
    """Write the plan, in days from the start."""
    shop: Any = bench.shop
    shop.plans = {"a": (shop.now - timedelta(minutes=10), TODAY + meeting * DAY, TODAY + ends * DAY)}


def shown(bench: Bench, now: datetime) -> dict[str, tuple[Any, Any]]:
    """Return meetings and recurring revenue by window."""
    company = CompanyFace("main", "Acme", "EUR", company_calendar(bench.ledger.database, 1))
    kpis = define(
        Kpi(measure.key, "sales", measure.key, unit, Good.UP, leading=False, by=None, en=NAMES, nl=NAMES)
        for measure, unit in ((MEETINGS, Unit.COUNT), (MRR, Unit.MONEY))
    )
    board = evaluate(company, kpis, bench.ledger.reader(1), now)
    found = {(figure.kpi, figure.window): figure.value for figure in board.figures}
    return {window: (found["meetings", window], found["mrr", window]) for window in ("today", "7d", "wtd", "mtd")}


def test_no_window_of_today_shows_what_is_to_come(bench: Bench) -> None:
    """What is planned counts in no window, and a level is what it is today, not what it will be."""
    assert shown(bench, START) == {"today": (0, 100), "7d": (0, 100), "wtd": (0, 100), "mtd": (0, 100)}


def test_what_was_planned_counts_when_its_day_comes(bench: Bench) -> None:
    """Nothing has to be read anew for it but that the source still says so."""
    for days, today in ((2, (0, 0)), (3, (1, 0)), (4, (0, 0))):
        bench.shop.now = START + days * DAY
        bench.sync("plans")
        found = shown(bench, bench.shop.now)
        assert found["today"] == today
        assert found["wtd"] == (int(days >= 3), 0)


def test_plans_that_change_are_no_restatements(bench: Bench) -> None:
    """Only days that had ended when they were read can be restated."""
    bench.wait(days=1)
    plan(bench, meeting=5, ends=9)
    run = bench.sync("plans").runs[0]
    assert (run.changed, run.restated) == (1, 0)
    bench.wait(days=8)
    plan(bench, meeting=4, ends=9)
    assert bench.sync("plans").runs[0].restated == 2 - 2, "days 4 and 5 had not ended when they were last read"
    bench.wait(hours=1)
    plan(bench, meeting=5, ends=9)
    assert bench.sync("plans").runs[0].restated == 2
