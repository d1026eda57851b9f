"""A real Prometheus, into which nothing was imported, tells the whole past as the log of events has it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from end_to_end.past import DAY, MICRO, NOW, ZONE, Past, midnight, noon, past, total
from kpitaps.calendar import day_end
from kpitaps.kpis.metric_names import metric_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from parts.prometheus import Promtool, StartPrometheus

pytestmark = pytest.mark.slow

REVENUE = 'kpi_order_revenue_daily_eur{kpitaps="history"}'
SHORT, LONG = date(2025, 3, 30), date(2025, 10, 26)
"""The days of 23 and of 25 hours."""

ASKED = [
    *(when(day) for day in (SHORT, LONG, SHORT + DAY, LONG + DAY, date(2025, 1, 1)) for when in (noon, midnight)),
    midnight(LONG + 30 * DAY - 7 * DAY),
    NOW,
]


@pytest.fixture(scope="module", params=["plain", "labelled and with old data"])
def history(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    prometheus: StartPrometheus,
    promtool: Promtool,
) -> Iterator[Past]:
    """A shop of two years; once with labels of the server's own, and local samples as old as the shop."""
    home = tmp_path_factory.mktemp("past")
    is_plain = request.param == "plain"
    data = None if is_plain else _old_data(home / "old", promtool)
    with past(home / "home", prometheus, old_data=data, label="" if is_plain else "site: shed") as each:
        yield each


def _old_data(folder: Path, promtool: Promtool) -> Path:
    """Return a data folder of Prometheus that holds a sample of something else for every day of two years."""
    folder.mkdir()
    first = noon(date(2023, 10, 1)).timestamp()
    lines = [f"other {number} {first + number * 86_400:.3f}" for number in range(770)]
    text = folder / "old.om"
    text.write_text("\n".join(["# TYPE other gauge", *lines, "# EOF", ""]))
    made = promtool(
        "tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=8760h", text, folder / "data"
    )
    assert made.returncode == 0, made.stderr
    return folder / "data"


def stamped(first: datetime, last: datetime) -> list[date]:
    """Return the days whose sample, at the last millisecond of the day, lies after ``first`` and not after ``last``."""
    day = first.astimezone(ZONE).date() - 2 * DAY
    found = []
    while day <= last.astimezone(ZONE).date() + DAY:
        stamp = day_end(day, ZONE) - timedelta(milliseconds=1)
        if first < stamp <= last:
            found.append(day)
        day += DAY
    return found


@pytest.mark.parametrize("at", ASKED, ids=str)
def test_thirty_days_are_added_up(history: Past, at: datetime) -> None:
    """``[30d]`` adds up the closed days within it: 29 to 31 of them where the clock changed."""
    days = stamped(at.astimezone(UTC) - timedelta(days=30), at.astimezone(UTC))
    assert 29 <= len(days) <= 31
    assert history.value(f"count_over_time({REVENUE}[30d])", at) == len(days)
    expected = total(history.sums("order_revenue"), days[0], days[-1])
    assert history.value(f"sum_over_time({REVENUE}[30d])", at) == pytest.approx(expected, abs=1e-6)


def _on_each_step(history: Past, start: datetime, end: datetime, step: timedelta, name: str) -> int:
    """Compare every step with the day that it lies in, and return how many there were."""
    sums = history.sums("order_revenue")
    points = history.points(REVENUE, start, end, name)
    number = (end - start) // step + 1
    wanted = {start.astimezone(UTC) + step * each for each in range(number)}
    assert points.keys() == wanted
    wrong = {
        at: value
        for at, value in points.items()
        # the first instant of a day may still tell of the day before: a sample lies in the past
        if value not in {round(sums.get(day, 0) / MICRO, 2) for day in _days_of(at)}
    }
    assert wrong == {}
    return len(points)


def _days_of(at: datetime) -> set[date]:
    local = at.astimezone(ZONE)
    return {local.date(), (at - timedelta(milliseconds=1)).astimezone(ZONE).date()}


def test_a_point_a_day_over_two_years(history: Past) -> None:
    """Each step has its own day's value, though steps of 24 hours drift over changes of the clock."""
    assert _on_each_step(history, noon(date(2023, 11, 21)), noon(NOW.date()), DAY, "1d") == 731


def test_a_point_an_hour_over_a_year(history: Past) -> None:
    """All hours of a day have the day's value."""
    end = noon(date(2025, 11, 1)).astimezone(UTC)
    assert _on_each_step(history, end - timedelta(days=365), end, timedelta(hours=1), "1h") == 8_761


@pytest.mark.parametrize("day", [SHORT, LONG, NOW.date()], ids=str)
def test_a_point_every_quarter_of_a_minute(history: Past, day: date) -> None:
    """So have all quarters of a minute, on days of 23 and 25 hours too, and today up to now."""
    end = min(midnight(day + DAY), NOW)
    start = midnight(day)
    steps = (end.astimezone(UTC) - start.astimezone(UTC)) // timedelta(seconds=15)
    seconds = timedelta(seconds=15)
    assert _on_each_step(history, start.astimezone(UTC), end.astimezone(UTC), seconds, "15s") == steps + 1


def _shares(history: Past, day: date) -> dict[str, float]:
    amounts = history.days("order_revenue", "product").get(day, {})
    return {product: amount / MICRO for product, amount in amounts.items()}


@pytest.mark.parametrize("day", [SHORT, LONG, date(2025, 7, 1)], ids=str)
def test_expressions_of_one_day(history: Past, day: date) -> None:
    """Offsets, subqueries, ``@``, matchers and aggregations are worth what the days are that they lead to."""
    sums, at = history.sums("order_revenue"), noon(day)
    year_ago = (at.astimezone(UTC) - timedelta(days=365)).astimezone(ZONE).date()
    week = total(sums, day - 7 * DAY, day - DAY)
    rows = {
        f"{REVENUE} offset 1y": total(sums, year_ago, year_ago),
        f"sum_over_time({REVENUE}[7d])": week,
        f"sum_over_time({REVENUE}[7d] offset 1w)": total(sums, day - 14 * DAY, day - 8 * DAY),
        f"sum_over_time({REVENUE}[30d:1d])": total(sums, day - 29 * DAY, day),
        f"max_over_time(sum_over_time({REVENUE}[7d])[1d:1d])": week,
        f"sum_over_time({REVENUE}[7d] @ end())": week,
        f"sum_over_time({REVENUE}[7d] @ {noon(day - 100 * DAY).timestamp()})": total(
            sums, day - 107 * DAY, day - 101 * DAY
        ),
        f"abs(-sum({REVENUE}))": total(sums, day, day),
        'sum({__name__=~"kpi_order_(revenue|profit)_daily_.+",kpitaps="history",company!~"x.*"})': total(
            sums, day, day
        ),
        'sum(kpi_sales_by_product_daily_eur{kpitaps="history"})': total(sums, day, day),
        'count({__name__="kpi_order_revenue_daily_eur",kpitaps="history",company!="",window=""})': 1.0,
    }
    found = {expression: history.value(expression, at) for expression in rows}
    assert found == pytest.approx(rows, abs=1e-6)


def test_what_repeats_over_a_range(history: Past) -> None:
    """``@ end()`` is worth the same at each step; ``[30d]`` moves with the step."""
    sums = history.sums("order_revenue")
    start, end = noon(date(2025, 4, 10)), noon(date(2025, 9, 10))
    fixed = history.points(f"sum_over_time({REVENUE}[30d] @ end())", start, end, "1d")
    last = total(sums, end.date() - 30 * DAY, end.date() - DAY)
    assert len(fixed) == 154
    assert fixed == pytest.approx(dict.fromkeys(fixed, last), abs=1e-6)
    moving = history.points(f"sum_over_time({REVENUE}[30d])", start, end, "1d")
    expected = {at: total(sums, at.date() - 30 * DAY, at.date() - DAY) for at in moving}
    assert moving == pytest.approx(expected, abs=1e-6)


WINDOWS: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda day: (day, day),
    "yesterday": lambda day: (day - DAY, day - DAY),
    "28d": lambda day: (day - 28 * DAY, day - DAY),
    "mtd": lambda day: (day.replace(day=1), day),
    "ytd": lambda day: (day.replace(month=1, day=1), day),
    "last_month": lambda day: (((day.replace(day=1) - DAY).replace(day=1)), day.replace(day=1) - DAY),
}


@pytest.mark.parametrize("window", WINDOWS)
def test_windows_as_of_past_days(history: Past, window: str) -> None:
    """A window's value at noon of any past day is what the days of that window come to."""
    sums, orders = history.sums("order_revenue"), history.sums("orders")
    labels = f'{{kpitaps="history",window="{window}"}}'
    start, end = noon(date(2024, 11, 1)), noon(NOW.date())
    for name, kpi in (("kpi_order_revenue_history_eur", sums), ("kpi_orders_history", orders)):
        points = history.points(name + labels, start, end, "1d")
        assert len(points) == (end.date() - start.date()).days + 1
        spans = {at: WINDOWS[window](at.astimezone(ZONE).date()) for at in points}
        assert points == pytest.approx({at: total(kpi, *span) for at, span in spans.items()}, abs=1e-6)


def test_the_past_ends_where_the_live_figure_stands(history: Past) -> None:
    """At present every window of history has the value that the live page shows, label by label."""
    page = _live(history)
    found = history.prometheus.query('{__name__=~"kpi_.+_history.*",kpitaps="history",window!=""}', NOW.timestamp())
    shown = {_key(each["metric"]): float(each["value"][1]) for each in found}
    assert len(shown) > 100
    assert shown == {key: value for key, value in page.items() if key in shown}
    # what is distinct is known only of windows that were asked for
    assert len(shown) > len(page) * 0.9


def _key(metric: dict[str, str]) -> tuple[str, ...]:
    name = metric["__name__"].replace("_history", "")
    return (name, *sorted(f"{key}={value}" for key, value in metric.items() if key not in ("__name__", "kpitaps")))


def _live(history: Past) -> dict[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = {}
    for board in history.site._boards.now():
        for figure in board.figures:
            if figure.value is not None:
                labels = {"company": figure.company, "window": figure.window, **dict(figure.labels)}
                name = metric_name(figure.kpi, figure.unit, figure.currency)
                found[_key({"__name__": name, **labels})] = figure.number(figure.value) or 0.0
    return found


def test_what_is_corrected_is_corrected_at_once(history: Past) -> None:
    """An order of eight months ago that is refunded, and another that is deleted, correct their day's figures."""
    day = date(2025, 3, 20)
    story, clock = history.shop.sandbox.story, history.shop.sandbox.clock
    orders = [
        event
        for event in story.events(clock.now())
        if type(event).__name__ == "OrderPlaced" and event.at.astimezone(ZONE).date() in (day, day + DAY, day + 2 * DAY)
    ]
    at = noon(day + 10 * DAY)
    query = f"sum_over_time({REVENUE}[30d])"
    before = history.value(query, at)
    story.delete(orders[0].order, clock.now())
    story.refund(orders[1].order, clock.now(), None)
    history.shop.move_to(clock.now() + timedelta(hours=25))
    history.shop.synced()
    history.publish()
    days = stamped(at.astimezone(UTC) - timedelta(days=30), at.astimezone(UTC))
    after = total(history.sums("order_revenue"), days[0], days[-1])
    assert after < before
    assert history.value(query, at) == pytest.approx(after, abs=1e-6)
    refunded = history.sums("orders_refunded")[orders[1].at.astimezone(ZONE).date()]
    where = noon(orders[1].at.astimezone(ZONE).date())
    rate = history.value('kpi_refund_rate_daily_ratio{kpitaps="history"}', where)
    assert rate == pytest.approx(refunded / history.sums("orders")[where.date()], abs=1e-6)
