"""The fictional company's log: the same for everybody, and as messy as a real shop's."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest

from kpitaps.calendar import local_day
from kpitaps.testing.story import (
    CheckoutAbandoned,
    CheckoutRecovered,
    OrderCancelled,
    OrderEdited,
    OrderPlaced,
    Refunded,
    Story,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
END = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def story() -> Story:
    return Story(founded=date(2023, 1, 1))


@pytest.fixture(scope="module")
def orders(story: Story) -> list[OrderPlaced]:
    return [event for event in story.events(END) if isinstance(event, OrderPlaced)]


def test_same_seed_same_log_other_seed_another() -> None:
    """A seed decides the whole log."""
    until = datetime(2023, 3, 1, tzinfo=UTC)
    assert Story(seed=1).events(until) == Story(seed=1).events(until)
    assert Story(seed=1).events(until) != Story(seed=2).events(until)


def test_log_stays_as_it_is() -> None:
    """Documented figures and other tests build on what this seed tells: whoever changes it does so knowingly."""
    events = Story(seed=7).events(datetime(2023, 3, 1, tzinfo=UTC))
    assert sha256(repr(events).encode()).hexdigest()[:16] == "48f3eeb77d6cf40d"


@pytest.mark.slow
def test_log_does_not_depend_on_how_it_is_read() -> None:
    """Read in odd steps or in one go, the log is the same."""
    until = datetime(2023, 4, 1, 9, 30, tzinfo=UTC)
    stepwise = Story()
    at = datetime(2023, 1, 1, tzinfo=UTC)
    while at < until:
        stepwise.events(at)
        at += timedelta(hours=31)
    whole = Story().events(until)
    assert stepwise.events(until) == whole
    assert Story().events(datetime(2023, 9, 1, tzinfo=UTC))[: len(whole)] == whole


@pytest.mark.slow
def test_log_is_sorted_aware_and_on_whole_seconds(story: Story) -> None:
    """Every instant is in UTC, on a second, and not before the one before it."""
    instants = [event.at for event in story.events(END)]
    assert instants == sorted(instants)
    assert all(at.tzinfo is UTC and at.microsecond == 0 for at in instants)


def test_nothing_after_until_is_told(story: Story) -> None:
    """What is planned for later stays unknown."""
    until = datetime(2024, 6, 3, 12, 34, 56, tzinfo=UTC)
    events = story.events(until)
    assert events[-1].at <= until < story.events(END)[len(events)].at


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Europe/Amsterdam", [date(2024, 3, 31), date(2024, 10, 27), date(2025, 3, 30), date(2025, 10, 26)]),
        ("America/New_York", [date(2024, 3, 10), date(2024, 11, 3), date(2025, 3, 9), date(2025, 11, 2)]),
    ],
)
def test_orders_fall_on_both_sides_of_every_clock_change(zone: str, days: list[date]) -> None:
    """On a day whose clock changes, orders carry the offset from before and the one from after."""
    story = Story(founded=date(2024, 1, 1), zone=zone, orders_per_day=1)
    for day in days:
        local = [event.at.astimezone(ZoneInfo(zone)) for event in story.events(END) if isinstance(event, OrderPlaced)]
        offsets = {at.utcoffset() for at in local if at.date() == day and at.hour <= 3}
        assert len(offsets) == 2, day


def test_orders_come_on_leap_day_and_around_midnight(orders: list[OrderPlaced]) -> None:
    """February 29th and the hours from 23 to 1 have orders."""
    assert any(local_day(order.at, AMSTERDAM) == date(2024, 2, 29) for order in orders)
    hours = Counter(order.at.astimezone(AMSTERDAM).hour for order in orders)
    assert hours[23] > 50
    assert hours[0] > 50


def test_volume_grows_and_peaks_in_december(orders: list[OrderPlaced]) -> None:
    """Three years at 8 a day are about 9,000 orders, more each year, most in December, few in July."""
    assert 8_000 < len(orders) < 10_000
    years = Counter(order.at.year for order in orders)
    assert years[2023] < years[2024] < years[2025]
    months = Counter(order.at.month for order in orders)
    assert max(months, key=months.__getitem__) == 12
    assert min(months, key=months.__getitem__) in (7, 8)


@pytest.mark.parametrize(
    ("what", "least", "most"),
    [
        ("guest", 0.11, 0.18),
        ("test", 0.005, 0.015),
        ("returning", 0.25, 0.5),
        ("foreign", 0.03, 0.07),
        ("gift card", 0.005, 0.02),
        ("free", 0.002, 0.01),
        ("import", 0.005, 0.015),
        ("many lines", 0.01, 0.04),
        ("tax excluded", 0.02, 0.15),
        ("pos", 0.04, 0.08),
        ("draft", 0.015, 0.05),
    ],
)
def test_orders_are_of_every_sort(orders: list[OrderPlaced], what: str, least: float, most: float) -> None:
    """Each sort of order turns up about as often as in a real shop."""
    is_of_sort = {
        "guest": lambda order: order.customer is None,
        "test": lambda order: order.is_test,
        "returning": lambda order: order.customer_order > 1,
        "foreign": lambda order: order.presentment_currency != "EUR",
        "gift card": lambda order: any(line.is_gift_card for line in order.lines),
        "free": lambda order: not order.total,
        "import": lambda order: order.processed_at < order.at,
        "many lines": lambda order: len(order.lines) >= 12,
        "tax excluded": lambda order: not order.taxes_included,
        "pos": lambda order: order.channel == "pos" and order.country is None,
        "draft": lambda order: order.channel == "draft",
    }[what]
    assert least < sum(map(is_of_sort, orders)) / len(orders) < most


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        (OrderCancelled, 0.012, 0.028),
        (Refunded, 0.05, 0.09),
        (OrderEdited, 0.005, 0.015),
        (CheckoutAbandoned, 0.5, 0.7),
        (CheckoutRecovered, 0.09, 0.16),
    ],
)
def test_later_events_come_about_as_often_as_in_a_real_shop(
    story: Story, orders: list[OrderPlaced], kind: type, least: float, most: float
) -> None:
    """Refunds, cancellations, edits and abandoned checkouts keep their proportion to orders."""
    assert least < sum(isinstance(event, kind) for event in story.events(END)) / len(orders) < most


def test_refunds_are_full_partial_and_repeated(story: Story, orders: list[OrderPlaced]) -> None:
    """Some orders are refunded twice, some refunds come weeks later, some keep a fee or give goodwill."""
    refunds = [event for event in story.events(END) if isinstance(event, Refunded)]
    placed = {order.order: order for order in orders}
    assert max(Counter(refund.order for refund in refunds).values()) == 2
    assert any(refund.at - placed[refund.order].at > timedelta(weeks=4) for refund in refunds)
    assert {refund.adjustment.shop > 0 for refund in refunds if refund.adjustment} == {True, False}
    assert {refund.is_return for refund in refunds} == {True, False}


def test_customer_orders_are_counted_in_order(orders: list[OrderPlaced]) -> None:
    """A customer's orders are numbered 1, 2, 3 as they come in; a guest's is 0."""
    seen: Counter[int | None] = Counter()
    for order in orders:
        seen[order.customer] += 1
        assert order.customer_order == (0 if order.customer is None else seen[order.customer])


@pytest.mark.slow
def test_another_shop_keeps_its_own_zone_and_currency() -> None:
    """A shop in New York sells in dollars, mostly to Americans, and its foreigners pay in euros among others."""
    story = Story(zone="America/New_York", currency="USD", home="US", name="Dockside Roasters", orders_per_day=20)
    orders = [event for event in story.events(datetime(2023, 6, 1, tzinfo=UTC)) if isinstance(event, OrderPlaced)]
    assert {order.currency for order in orders} == {"USD"}
    assert Counter(order.country for order in orders).most_common(1)[0][0] == "US"
    assert "EUR" in {order.presentment_currency for order in orders}
