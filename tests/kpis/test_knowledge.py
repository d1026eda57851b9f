"""Zero, missing and unknown are three things."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from kpis.notebook import ACME, FULL, NOW, TODAY, Notebook, figures, one

from kpitaps.kpis.rates import RateOn
from kpitaps.store.reading import Coverage
from kpitaps.units import Quality, Unit

DAY = timedelta(days=1)
ORDERS = one("orders", "orders", Unit.COUNT)
RATE = one("refund_rate", "orders_refunded / orders", Unit.RATIO)
REVENUE = one("order_revenue", "order_revenue", Unit.MONEY)
CASH = one("cash", "cash", Unit.MONEY)
NEW = one("new_customers", "new_customers", Unit.COUNT)


def states(coverage: Coverage, *, now: datetime = NOW) -> dict[str, tuple[bool, str]]:
    """Return per window whether there is a value, and its quality."""
    found = figures(ORDERS, Notebook().write("orders", TODAY, 1).feed("orders", coverage=coverage), now=now)
    return {name: (each.value is not None, each.quality.value) for name, each in found.items()}


UNKNOWN, OPEN, FINAL, PARTLY = (False, "incomplete"), (True, "provisional"), (True, "final"), (True, "incomplete")


def test_open_windows_are_provisional_and_closed_ones_final() -> None:
    """A window that contains today may still change."""
    found = states(FULL)
    assert {name for name, state in found.items() if state == OPEN} == {"today", "wtd", "mtd", "qtd", "ytd"}
    assert {state for name, state in found.items() if name not in ("today", "wtd", "mtd", "qtd", "ytd")} == {FINAL}


def test_nothing_read_is_unknown_everywhere() -> None:
    """Before the first slice is in, there is no value, and never a zero."""
    assert set(states(Coverage(None, None)).values()) == {UNKNOWN}


def test_days_before_the_first_known_day_are_unknown() -> None:
    """While history is loading, a window is shown once all of its days are in, and so is each comparison."""
    coverage = Coverage(date(2025, 5, 1), NOW)
    found = states(coverage)
    assert (found["mtd"], found["7d"], found["qtd"], found["28d"]) == (OPEN, FINAL, UNKNOWN, UNKNOWN)
    month = figures(ORDERS, Notebook().feed("orders", coverage=coverage))["mtd"]
    assert (month.value, month.previous, month.last_year) == (0, None, None)
    assert (month.days_known, month.days) == (14, 14)


@pytest.mark.parametrize(
    ("through", "expected"),
    [
        # local time in Amsterdam is two hours ahead
        (datetime(2025, 5, 14, 9, 0, tzinfo=UTC), {"today": OPEN, "wtd": OPEN, "yesterday": FINAL, "7d": FINAL}),
        (datetime(2025, 5, 13, 20, 0, tzinfo=UTC), {"today": UNKNOWN, "wtd": OPEN, "yesterday": OPEN, "7d": OPEN}),
        (
            datetime(2025, 5, 12, 20, 0, tzinfo=UTC),
            {"today": UNKNOWN, "wtd": UNKNOWN, "yesterday": UNKNOWN, "7d": UNKNOWN},
        ),
        (datetime(2025, 5, 12, 20, 0, tzinfo=UTC), {"last_week": FINAL, "mtd": UNKNOWN, "12m": FINAL}),
    ],
)
def test_a_source_that_was_not_read_lately_makes_days_unknown(
    through: datetime, expected: dict[str, tuple[bool, str]]
) -> None:
    """Today may be behind, a whole day without reading is unknown, and yesterday is final only when read to its end."""
    found = states(Coverage(date(2020, 1, 1), through))
    assert {name: found[name] for name in expected} == expected


def test_days_that_the_source_withholds_are_incomplete() -> None:
    """Where orders before a day are kept from us, windows that reach back there have a value and say so."""
    coverage = replace(FULL, incomplete_before=date(2025, 3, 15), reasons=("Orders older than 60 days are missing.",))
    found = states(coverage)
    assert (found["ytd"], found["last_quarter"], found["qtd"], found["28d"]) == (PARTLY, PARTLY, OPEN, FINAL)
    year = figures(ORDERS, Notebook().feed("orders", coverage=coverage))["ytd"]
    assert year.reasons == ("Orders older than 60 days are missing.",)
    assert set(states(replace(FULL, incomplete_before=date.max)).values()) == {PARTLY}
    assert states(replace(FULL, incomplete_before=date(2025, 4, 1)))["qtd"] == OPEN


def test_a_kpi_is_as_good_as_its_worst_measure() -> None:
    """One measure that is behind makes the ratio unknown, and the data is as old as the older of the two."""
    old = Coverage(date(2025, 5, 1), NOW - timedelta(minutes=20))
    book = Notebook().write("orders", TODAY, 4).write("orders_refunded", TODAY, 1).feed("orders_refunded", coverage=old)
    found = figures(RATE, book)
    assert found["mtd"].value == Fraction(1, 4)
    assert found["mtd"].data_through == old.through
    assert (found["ytd"].value, found["ytd"].quality) == (None, Quality.INCOMPLETE)


def test_data_through_is_unknown_while_a_measure_is() -> None:
    """No instant is claimed for a measure of which nothing has been read."""
    book = Notebook().feed("orders").feed("orders_refunded", coverage=Coverage(None, None))
    assert figures(RATE, book)["today"].data_through is None


def test_an_account_further_west_keeps_yesterday_open() -> None:
    """While it is still yesterday in New York, the company in Amsterdam has no final yesterday."""
    morning = datetime(2025, 5, 14, 2, 0, tzinfo=UTC)
    book = Notebook().feed("orders", coverage=replace(FULL, through=morning))
    with_account = replace(ACME, account_zones=(ZoneInfo("America/New_York"),))
    assert figures(ORDERS, book, now=morning)["yesterday"].quality is Quality.FINAL
    assert figures(ORDERS, book, now=morning, company=with_account)["yesterday"].quality is Quality.PROVISIONAL


def test_a_level_needs_only_its_last_day() -> None:
    """A level of which the changes are known is known wherever its window ends, however long that is."""
    coverage = Coverage(date(2025, 5, 13), NOW)
    found = figures(CASH, Notebook().write("cash", TODAY - DAY, 7).feed("cash", coverage=coverage))
    assert (found["ytd"].value, found["yesterday"].value, found["12m"].value) == (7, 7, None)


def test_a_level_that_lacks_old_changes_is_incomplete_for_good() -> None:
    """What is missing at the start is missing in every later balance."""
    coverage = replace(FULL, incomplete_before=date(2021, 1, 1))
    assert figures(CASH, Notebook().feed("cash", coverage=coverage))["today"].quality is Quality.INCOMPLETE


def test_new_customers_are_unknown_until_history_is_whole() -> None:
    """While only the last weeks are in, every old customer looks new; what the source withholds stays doubtful."""
    half = Coverage(date(2025, 4, 1), NOW, is_whole=False, needs_whole=True)
    found = figures(NEW, Notebook().write("new_customers", TODAY - DAY, 50).feed("new_customers", coverage=half))
    assert (found["7d"].value, found["7d"].reasons) == (None, ("History is still being read.",))
    assert figures(NEW, Notebook().feed("new_customers", coverage=replace(half, is_whole=True)))["7d"].value == 0
    gone = replace(FULL, incomplete_before=date(2021, 1, 1), needs_whole=True)
    assert figures(NEW, Notebook().feed("new_customers", coverage=gone))["7d"].quality is Quality.INCOMPLETE


@pytest.mark.parametrize(("carried", "known"), [(0, False), (1, False), (2, True), (3, True)])
def test_a_level_that_was_read_holds_as_long_as_its_source_says(carried: int, known: bool) -> None:
    """Two days without a reading are within the three that a snapshot is carried; a flow is unknown all the same."""
    read = NOW - 2 * DAY
    coverage = Coverage(date(2020, 1, 1), read, holds_to=read + carried * DAY)
    book = Notebook().write("cash", TODAY - 9 * DAY, 7).feed("cash", "orders", coverage=coverage)
    found = figures(CASH, book)["today"]
    assert (found.value, found.data_through) == (7 if known else None, read)
    assert not known or found.quality is Quality.PROVISIONAL
    assert figures(ORDERS, book)["today"].value is None


class Table:
    """Rates as a table: what a dollar was worth on some days."""

    def __init__(self, rates: dict[date, str]) -> None:
        self.rates = rates

    def rate(self, currency: str, to: str, day: date) -> RateOn | None:
        assert (currency, to) == ("USD", "EUR")
        return RateOn(Fraction(self.rates[day]), day) if day in self.rates else None


def test_money_without_a_rate_has_no_value() -> None:
    """Dollars are not euros: the windows that hold them have no value and say why, the others do."""
    book = Notebook().write("order_revenue", TODAY, 10).write("order_revenue", TODAY - DAY, 10, currency="USD")
    found = figures(REVENUE, book)
    assert (found["today"].value, found["wtd"].value, found["wtd"].previous) == (10, None, 0)
    assert found["wtd"].quality is Quality.INCOMPLETE
    assert found["wtd"].reasons == ("There is no exchange rate from USD to EUR on 2025-05-13.",)


def test_flows_are_converted_day_by_day() -> None:
    """Each day's dollars are worth what they were on that day."""
    book = Notebook().write("order_revenue", TODAY, 10, currency="USD")
    book.write("order_revenue", TODAY - DAY, 10, currency="USD").write("order_revenue", TODAY, 1)
    rates = Table({TODAY: "0.9", TODAY - DAY: "0.8"})
    assert figures(REVENUE, book, rates=rates)["wtd"].value == 9 + 8 + 1


def test_levels_are_converted_at_the_last_day() -> None:
    """A balance in dollars is worth what dollars are worth on the window's last day."""
    book = Notebook().write("cash", date(2024, 1, 1), 10, currency="USD").write("cash", date(2024, 1, 1), 1)
    found = figures(CASH, book, rates=Table({TODAY: "0.9", TODAY - DAY: "0.8"}))
    assert (found["today"].value, found["yesterday"].value, found["last_week"].value) == (10, 9, None)
    assert found["ytd"].value == 10
