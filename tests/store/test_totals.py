"""What the ledger tells a check: exact amounts of one connection, in whole units."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.shelf import (
    ACCOUNT,
    BUYERS,
    DAY,
    DEALS,
    EURO,
    FEEDS,
    NOW,
    ORDERS,
    REVENUE,
    a_connection,
    a_generation,
    a_stream,
    entry,
    meets,
    record,
)

from kpitaps import VOCABULARY, TapBug, Totals
from kpitaps.calendar import Span
from kpitaps.store import ConnectionTotals, SeriesBook, activate, land_levels, land_records
from kpitaps.tap import StreamKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Desk

FIRST, SECOND, THIRD = (date.fromordinal(DAY + number) for number in range(3))


def totals_of(desk: Desk, *kinds: StreamKind) -> ConnectionTotals:
    """Return what a check of the desk's connection is given."""
    streams = [a_stream(kind) for kind in kinds or (StreamKind.RECORDS,)]
    return ConnectionTotals(desk.ledger.database, desk.connection.id, "EUR", streams)


@pytest.fixture
def totals(desk: Desk) -> Totals:
    """The totals of a connection with three orders of two days, and a pipeline."""
    desk.land(
        record("a", 1, entry(ORDERS, 1, sales_channel="web"), entry(REVENUE, 10, sales_channel="web")),
        record("b", 1, entry(ORDERS, 1), entry(REVENUE, 5)),
        record(
            "c", 1, entry(ORDERS, 1, DAY + 2, sales_channel="web"), entry(REVENUE, -3, DAY + 2, sales_channel="web")
        ),
        record("d", 1, entry(DEALS, 7), entry(DEALS, -2, DAY + 1), meets(1)),
    )
    return totals_of(desk)


def test_a_flow_adds_up_over_days(totals: Totals) -> None:
    """Both ends are included, and what has another label value, or none, can be told apart."""
    assert totals.over(REVENUE, FIRST, THIRD) == Decimal(12)
    assert totals.over(REVENUE, FIRST, SECOND) == Decimal(15)
    assert totals.over(REVENUE, FIRST, THIRD, sales_channel="web") == Decimal(7)
    assert totals.over(REVENUE, FIRST, THIRD, sales_channel=None) == Decimal(5)
    assert totals.over(REVENUE, FIRST, THIRD, sales_channel="pos") == Decimal(0)


def test_a_level_is_the_sum_of_its_changes(totals: Totals) -> None:
    """At the end of a day it is what all changes up to it add up to; over days it is what changed."""
    assert [totals.at(DEALS, day) for day in (date(2025, 2, 28), FIRST, SECOND, THIRD)] == [0, 7, 5, 5]
    assert totals.over(DEALS, SECOND, THIRD) == Decimal(-2)


def test_totals_by_label_and_by_day(totals: Totals) -> None:
    """One answer holds every value of a label, or every day that has any."""
    assert totals.by(REVENUE, "sales_channel", FIRST, THIRD) == {"": Decimal(5), "web": Decimal(7)}
    assert totals.by(ORDERS, "sales_channel", SECOND, THIRD) == {"web": Decimal(1)}
    assert totals.days(ORDERS) == {FIRST: Decimal(2), THIRD: Decimal(1)}
    assert list(totals.days(REVENUE, sales_channel="web").items()) == [(FIRST, Decimal(10)), (THIRD, Decimal(-3))]


def test_only_its_own_active_rows_count(desk: Desk, totals: Totals) -> None:
    """Another connection's orders, and a way of reading that is still loading, have no say."""
    other = a_connection(desk.ledger, "other", ACCOUNT.__class__("shop-2", "B", "Europe/Amsterdam", "EUR"))
    theirs = a_generation(desk.ledger, other, a_stream())
    loading = a_generation(desk.ledger, desk.connection, a_stream(), "second")
    for generation in (theirs, loading):
        book = SeriesBook(generation.id, FEEDS)
        land_records(desk.ledger.database, book, [record("z", 1, entry(ORDERS, 9))], None, observed_at=NOW)
    assert totals.over(ORDERS, FIRST, THIRD) == Decimal(3)
    activate(desk.ledger.database, loading.id)
    assert totals.over(ORDERS, FIRST, THIRD) == Decimal(9)


def test_levels_that_were_only_seen(desk: Desk) -> None:
    """A snapshot's level is the last one seen; between two readings it has changed by their difference."""
    stream = a_stream(StreamKind.SNAPSHOT, "now")
    generation = a_generation(desk.ledger, desk.connection, stream)
    book = SeriesBook(generation.id, FEEDS)
    for day, rows in ((DAY, [entry(DEALS, 5, rep="Ann"), entry(DEALS, 2)]), (DAY + 2, [entry(DEALS, 3, DAY + 2)])):
        land_levels(desk.ledger.database, book, rows, day, Span(NOW, NOW.replace(hour=13)), observed_at=NOW)
    totals = totals_of(desk, StreamKind.SNAPSHOT)
    assert [totals.at(DEALS, day) for day in (FIRST, SECOND, THIRD)] == [7, 7, 3]
    assert totals.days(DEALS) == {FIRST: Decimal(7), THIRD: Decimal(-4)}
    assert totals.by(DEALS, "rep", SECOND, THIRD) == {"": Decimal(1), "Ann": Decimal(-5)}
    both = totals_of(desk, StreamKind.SNAPSHOT, StreamKind.RECORDS)
    desk.land(record("a", 1, entry(DEALS, 10)))
    assert both.at(DEALS, THIRD) == Decimal(13)


def test_one_currency_at_a_time(desk: Desk, totals: Totals) -> None:
    """Euros and dollars are not added up: a check names the currency, or there is only the account's."""
    desk.land(record("u", 1, entry(REVENUE, 4, currency="USD")))
    with pytest.raises(TapBug, match=r"order_revenue has amounts in USD too: name one currency with currency="):
        totals.over(REVENUE, FIRST, THIRD)
    assert totals.over(REVENUE, FIRST, THIRD, currency="USD") == Decimal(4)
    assert totals.days(REVENUE, currency="EUR")[FIRST] == Decimal(15)
    assert totals.over(REVENUE, SECOND, THIRD) == Decimal(-3), "there are none on these days"
    desk.land(record("u", 2))
    assert totals.over(REVENUE, FIRST, THIRD) == Decimal(12), "it was taken back"


WRONG: dict[str, tuple[Callable[[Any], object], str]] = {
    "distinct": (
        lambda totals: totals.over(BUYERS, FIRST, THIRD),
        "buyers counts distinct subjects, which add up in no direction: it has no totals",
    ),
    "another measure": (
        lambda totals: totals.over(VOCABULARY["sessions"], FIRST, THIRD),
        "no stream of what the check looks at feeds sessions: name a measure beside it in of=",
    ),
    "a flow at a day": (
        lambda totals: totals.at(ORDERS, FIRST),
        "totals.at() is for levels, and orders is a flow: over() adds up days",
    ),
    "another label": (
        lambda totals: totals.over(DEALS, FIRST, THIRD, colour="red"),
        "pipeline_value has no label 'colour': declared are rep, pipeline, deal_stage",
    ),
    "by another label": (
        lambda totals: totals.by(DEALS, "colour", FIRST, THIRD),
        "pipeline_value has no label 'colour': declared are rep, pipeline, deal_stage",
    ),
    "a currency of orders": (
        lambda totals: totals.over(ORDERS, FIRST, THIRD, currency="EUR"),
        "orders is measured in count: 'EUR' is no currency for it",
    ),
}


@pytest.mark.parametrize(("ask", "sentence"), WRONG.values(), ids=WRONG)
def test_what_has_no_total_is_told(totals: Totals, ask: Callable[[Any], object], sentence: str) -> None:
    """A check that asks for what cannot be, is told so in a sentence."""
    with pytest.raises(TapBug) as refused:
        ask(totals)
    assert str(refused.value) == sentence


amounts = st.lists(st.tuples(st.integers(0, 5), st.integers(-(10**12), 10**12), st.sampled_from(["", "web", "pos"])))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(amounts)
def test_totals_are_exact(desk: Desk, booked: list[tuple[int, int, str]]) -> None:
    """By day, by label and over all, the same millionths add up to the same amount."""
    rows = [entry(REVENUE, 1, DAY + day, sales_channel=channel)._replace(numerator=n) for day, n, channel in booked]
    desk.land(record("a", 1, *rows))
    totals, exact = totals_of(desk), Decimal(sum(amount for _, amount, _ in booked)) / EURO
    assert totals.over(REVENUE, date.min, date.max) == exact
    assert sum(totals.days(REVENUE).values()) == exact
    assert sum(totals.by(REVENUE, "sales_channel", date.min, date.max).values()) == exact


def test_ten_years_of_days_take_a_moment(desk: Desk) -> None:
    """A check of every day asks for 4,000 days, a few series each, in one go."""
    days = range(DAY - 4_000, DAY)
    desk.land(*(record(str(day), 1, *(entry(REVENUE, 1, day, sales_channel=c) for c in "abcde")) for day in days))
    started = time.perf_counter()
    assert len(totals_of(desk).days(REVENUE)) == len(days)
    assert time.perf_counter() - started < 1.0


def test_what_another_stream_feeds_too_has_no_totals(desk: Desk) -> None:
    """The check did not wait until that one was read: half a sum would look like a difference."""
    streams = [a_stream()], [a_stream(name="refunds", feeds=(REVENUE,))]
    totals = ConnectionTotals(desk.ledger.database, desk.connection.id, "EUR", *streams)
    assert totals.over(ORDERS, FIRST, THIRD) == Decimal(0)
    with pytest.raises(TapBug, match=r"^stream refunds feeds order_revenue too, .*: name order_revenue in of=$"):
        totals.over(REVENUE, FIRST, THIRD)
