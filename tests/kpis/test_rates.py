"""The rule for exchange rates: which day's is used, and whether it may still change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpis.notebook import ACME, TODAY, Notebook, figures, one

from kpitaps.kpis import RateOn, ReferenceRates
from kpitaps.kpis.rates import Exchange
from kpitaps.units import MICRO, Quality, Unit

DAY = timedelta(days=1)
REVENUE = one("revenue", "order_revenue", Unit.MONEY)
CASH = one("cash_now", "cash", Unit.MONEY)
GOOD_THURSDAY, EASTER_TUESDAY = date(2025, 4, 17), date(2025, 4, 22)


def rates(*days: date, newest: date | None = None, **per_euro: str) -> ReferenceRates:
    """Return rates that are the same on some days, of which the last one is the newest unless said otherwise."""
    table = {
        code: dict.fromkeys((day.toordinal() for day in days), int(Fraction(rate) * MICRO))
        for code, rate in per_euro.items()
    }
    last = newest or max(days, default=None)
    return ReferenceRates(lambda code: table.get(code, {}), last.toordinal() if last else None, edition=1)


FRIDAY, MONDAY = date(2025, 5, 9), date(2025, 5, 12)
HRK_ENDED, RUB_ENDED = date(2022, 12, 30), date(2022, 3, 1)


@pytest.mark.parametrize(
    ("known", "newest", "day", "used", "is_final"),
    [
        pytest.param([MONDAY], MONDAY, MONDAY, MONDAY, True, id="its own"),
        pytest.param([FRIDAY], FRIDAY, MONDAY, FRIDAY, False, id="the morning before publication"),
        pytest.param([FRIDAY], FRIDAY, FRIDAY + DAY, FRIDAY, False, id="a Saturday before Monday's"),
        pytest.param([FRIDAY, MONDAY], MONDAY, FRIDAY + 2 * DAY, FRIDAY, True, id="a Sunday after Monday's"),
        pytest.param([GOOD_THURSDAY], GOOD_THURSDAY, date(2025, 4, 21), GOOD_THURSDAY, False, id="Easter Monday"),
        pytest.param(
            [GOOD_THURSDAY, EASTER_TUESDAY], EASTER_TUESDAY, date(2025, 4, 18), GOOD_THURSDAY, True, id="after"
        ),
        pytest.param([FRIDAY], FRIDAY, FRIDAY + 7 * DAY, FRIDAY, False, id="seven days old"),
        pytest.param([FRIDAY], FRIDAY, FRIDAY + 8 * DAY, None, False, id="eight days old"),
        pytest.param([FRIDAY], MONDAY, FRIDAY - DAY, None, False, id="before the first"),
        pytest.param([HRK_ENDED], date(2023, 1, 9), date(2023, 1, 6), HRK_ENDED, True, id="HRK in its last week"),
        pytest.param([HRK_ENDED], date(2023, 1, 9), date(2023, 1, 7), None, True, id="HRK after it"),
        pytest.param(
            [RUB_ENDED], date(2022, 3, 2), date(2022, 3, 2), RUB_ENDED, False, id="RUB, its first day without"
        ),
        pytest.param([RUB_ENDED], date(2022, 3, 3), date(2022, 3, 2), RUB_ENDED, True, id="RUB, a day later"),
        pytest.param([RUB_ENDED], date(2022, 4, 1), date(2022, 3, 9), None, True, id="RUB, gone"),
        pytest.param([], None, MONDAY, None, False, id="no rates at all"),
    ],
)
def test_the_rate_of_a_day(
    known: list[date], newest: date | None, day: date, used: date | None, is_final: bool
) -> None:
    """A day's own rate, or the last one of at most seven days before; final once a later day's is there."""
    found = rates(*known, newest=newest, XXX="8").rate("XXX", "EUR", day)
    assert found == (None if used is None else RateOn(Fraction(1, 8), used, is_final))


def test_every_way_between_currencies() -> None:
    """From and into euros, and between two others through the euro; a currency is always worth itself."""
    known = rates(MONDAY, USD="1.1106", GBP="0.84", JPY="164.12")
    assert known.rate("EUR", "USD", MONDAY) == RateOn(Fraction(11106, 10000), MONDAY)
    assert known.rate("USD", "EUR", MONDAY) == RateOn(Fraction(10000, 11106), MONDAY)
    assert known.rate("USD", "GBP", MONDAY) == RateOn(Fraction(8400, 11106), MONDAY)
    assert known.rate("BTC", "BTC", MONDAY) == RateOn(Fraction(1), MONDAY)
    assert known.rate("BTC", "EUR", MONDAY) is None


def test_both_sides_of_a_cross_rate_are_of_one_day() -> None:
    """Where one currency has no rate on a day, the last day is taken on which both have."""
    table = {"USD": {FRIDAY: 2, MONDAY: 4}, "HRK": {FRIDAY: 6}}
    by_day = {code: {day.toordinal(): rate for day, rate in days.items()} for code, days in table.items()}
    known = ReferenceRates(by_day.__getitem__, MONDAY.toordinal(), edition=1)
    assert known.rate("USD", "HRK", MONDAY) == RateOn(Fraction(3), FRIDAY, is_final=False)


RATE = st.integers(1, 10**12)


@given(RATE, RATE, RATE, st.integers(-(2**63), 2**63))
def test_conversion_is_exact(usd: int, gbp: int, jpy: int, amount: int) -> None:
    """There and back is the same amount, and through a third currency is as good as straight: nothing is rounded."""
    table = {"USD": usd, "GBP": gbp, "JPY": jpy}
    known = ReferenceRates(lambda code: {MONDAY.toordinal(): table[code]}, MONDAY.toordinal(), edition=1)

    def worth(currency: str, to: str) -> Fraction:
        converted = Exchange(to, known).convert(amount, currency, MONDAY.toordinal()).amount
        assert converted is not None
        return Fraction(converted)

    there = known.rate("USD", "GBP", MONDAY)
    back = known.rate("GBP", "USD", MONDAY)
    assert there is not None
    assert back is not None
    assert worth("USD", "GBP") * back.rate == amount
    onward = known.rate("JPY", "GBP", MONDAY)
    assert onward is not None
    assert worth("USD", "JPY") * onward.rate == worth("USD", "GBP")


def test_nothing_needs_no_rate() -> None:
    """Zero of a currency without rates is zero."""
    book = Notebook().write("order_revenue", TODAY - DAY, 0, currency="BTC").write("order_revenue", TODAY - DAY, 3)
    assert figures(REVENUE, book, rates=rates(MONDAY, USD="1"))["yesterday"].value == 3


def test_rates_of_one_edition_are_equal() -> None:
    """Equal rates let figures stay as they are; a newer day makes them others, because it makes days final."""
    assert rates(FRIDAY) == rates(FRIDAY)
    assert len({rates(FRIDAY), rates(FRIDAY), rates(MONDAY)}) == 2


def test_a_rate_that_stands_in_makes_a_figure_provisional() -> None:
    """A closed day is final but for its rate: it says so, and is restated when the rate is in."""
    yesterday = TODAY - DAY
    book = Notebook().write("order_revenue", yesterday, 10, currency="USD")
    before = figures(REVENUE, book, rates=rates(yesterday - DAY, USD="1.25"))["yesterday"]
    assert (before.value, before.quality) == (8, Quality.PROVISIONAL)
    assert before.reasons == (
        "The exchange rate from USD to EUR on 2025-05-13 is not known yet: that of 2025-05-12 stands in.",
    )
    after = figures(REVENUE, book, rates=rates(yesterday, USD="1.6"))["yesterday"]
    assert (after.value, after.quality, after.reasons) == (Fraction(25, 4), Quality.FINAL, ())


def test_only_windows_with_that_day_are_provisional() -> None:
    """The week has a day whose rate is not in; last month has none, and money of one's own needs none."""
    book = Notebook().write("order_revenue", TODAY - DAY, 10, currency="USD")
    book.write("order_revenue", date(2025, 4, 30), 7)
    found = figures(REVENUE, book, rates=rates(FRIDAY, USD="2"))
    assert (found["yesterday"].quality, found["last_month"].quality) == (Quality.PROVISIONAL, Quality.FINAL)
    assert (found["last_month"].value, found["last_month"].reasons) == (7, ())


def test_a_level_is_worth_what_its_day_says() -> None:
    """Dollars held since April are converted at the rate of each window's last day."""
    book = Notebook().write("cash", date(2025, 4, 1), 10, currency="USD")
    table = {date(2025, 4, 30).toordinal(): 2 * MICRO, (TODAY - DAY).toordinal(): 4 * MICRO}
    found = figures(CASH, book, rates=ReferenceRates(lambda _: table, (TODAY - DAY).toordinal(), edition=1))
    assert (found["last_month"].value, found["yesterday"].value) == (5, Fraction(5, 2))
    assert (found["yesterday"].quality, found["today"].value) == (Quality.FINAL, Fraction(5, 2))
    assert any("2025-05-14 is not known yet" in reason for reason in found["today"].reasons)


def test_a_rate_that_is_too_old_gives_no_number() -> None:
    """Eight days without rates: no value, incomplete, and the reason names the day."""
    book = Notebook().write("order_revenue", TODAY - DAY, 10, currency="USD")
    found = figures(REVENUE, book, rates=rates(TODAY - 9 * DAY, USD="2"))["yesterday"]
    assert (found.value, found.quality) == (None, Quality.INCOMPLETE)
    assert found.reasons == ("There is no exchange rate from USD to EUR on 2025-05-13.",)


def test_a_company_may_report_in_another_currency() -> None:
    """One that reports in pounds converts euros and, through the euro, dollars."""
    yesterday, company = TODAY - DAY, replace(ACME, currency="GBP")
    book = Notebook().write("order_revenue", yesterday, 10).write("order_revenue", yesterday, 10, currency="USD")
    found = figures(REVENUE, book, company=company, rates=rates(yesterday, GBP="0.8", USD="1.6"))["yesterday"]
    assert (found.value, found.currency) == (8 + 5, "GBP")


def test_a_mean_is_as_provisional_as_its_days() -> None:
    """The mean of yesterday alone waits for yesterday's rate; that of last month waits for none."""
    book = Notebook().write("cash", date(2025, 3, 1), 10, currency="USD")
    month = [date(2025, 4, 1) + number * DAY for number in range(-1, 30)]
    known = rates(*month, MONDAY, USD="2")
    found = figures(one("mean_cash", "mean(cash)", Unit.MONEY), book, rates=known)
    assert (found["last_month"].value, found["last_month"].quality) == (5, Quality.FINAL)
    assert (found["yesterday"].value, found["yesterday"].quality) == (5, Quality.PROVISIONAL)


def test_what_is_not_shown_by_its_name_is_provisional_too() -> None:
    """Where the rest holds money whose rate is not in, it says so as the total does."""
    book = Notebook()
    for channel, amount in (("Web", 100), ("POS", 1)):
        book.write("order_revenue", TODAY - DAY, amount, currency="USD", sales_channel=channel)
    by_channel = one("revenue_by_channel", "order_revenue", Unit.MONEY, by="sales_channel")
    found = figures(by_channel, book, rates=rates(MONDAY, USD="2"), shown=1)["yesterday", "other"]
    assert (found.value, found.quality) == (Fraction(1, 2), Quality.PROVISIONAL)
