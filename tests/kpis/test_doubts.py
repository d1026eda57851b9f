"""What sources and checks say against numbers reaches exactly the figures that are made of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from kpis.notebook import FULL, NOW, TODAY, Notebook, figures, one

from kpitaps.calendar import WINDOWS
from kpitaps.kpis.knowledge import MOST_REASONS
from kpitaps.store.reading import Coverage
from kpitaps.units import Quality, Unit

if TYPE_CHECKING:
    from kpitaps.kpis import Figure

DAY = timedelta(days=1)
MARCH = date(2025, 3, 1), date(2025, 3, 14)
WHY = "The books do not balance."
WORSE = "A booking is missing."


def doubted(formula: str, unit: Unit, book: Notebook) -> set[str]:
    """Return the windows whose figures carry the doubt."""
    found = figures(one("it", formula, unit), book)
    assert {each.quality for each in found.values() if each.reasons == (WHY,)} <= {Quality.SAMPLED}
    return {name for name, each in found.items() if WHY in each.reasons}


TOUCHED: dict[str, tuple[str, str, Unit, set[str]]] = {
    "flow": ("orders", "orders", Unit.COUNT, {"ytd", "12m", "last_quarter"}),
    "level": ("cash", "cash", Unit.MONEY, set()),
    "mean of a level": ("cash", "mean(cash)", Unit.MONEY, {"ytd", "12m", "last_quarter"}),
    "flow since the start": ("orders", "ever(orders)", Unit.COUNT, {*WINDOWS} - {"last_year"}),
    "formula": ("orders", "revenue / orders", Unit.MONEY, {"ytd", "12m", "last_quarter"}),
    "another window": ("orders", "orders / previous(orders)", Unit.RATIO, {"last_month", "ytd", "12m", "last_quarter"}),
}


@pytest.mark.parametrize(("measure", "formula", "unit", "windows"), TOUCHED.values(), ids=TOUCHED)
def test_figures_of_the_days_carry_quality_and_reason(
    measure: str, formula: str, unit: Unit, windows: set[str]
) -> None:
    """A flow's do where a day of theirs is touched; a formula's where a part of it is, wherever that part is read."""
    book = Notebook().feed("orders", "cash", "revenue").write("orders", MARCH[0], 1)
    assert doubted(formula, unit, book.doubt(measure, *MARCH, Quality.SAMPLED, WHY)) == windows


@pytest.mark.parametrize(
    ("formula", "day"), [("cash", TODAY - DAY), ("start(cash)", TODAY - 2 * DAY)], ids=["end", "start"]
)
def test_a_level_is_as_good_as_the_day_it_is_taken_of(formula: str, day: date) -> None:
    """Yesterday's is doubted with that day alone, the one at its start with the day before."""
    book = Notebook().feed("cash").write("cash", TODAY - 9 * DAY, 5)
    found = figures(one("it", formula, Unit.MONEY), book.doubt("cash", day, day, Quality.INCOMPLETE, WHY))
    assert (found["yesterday"].value, found["yesterday"].quality) == (5, Quality.INCOMPLETE)
    assert found["yesterday"].reasons == (WHY,)
    assert found["last_month"].reasons == ()


def test_counts_per_window_are_doubted_window_by_window() -> None:
    """Only the window itself; what is counted from members is doubted with any of its days."""
    week = TODAY - 7 * DAY, TODAY - DAY
    book = Notebook().feed("visitors").doubt("visitors", *week, Quality.SAMPLED, WHY, of_window=True)
    assert doubted("visitors", Unit.COUNT, book) == {"7d"}
    book = Notebook().feed("buyers").doubt("buyers", *week, Quality.SAMPLED, WHY)
    assert {"7d", "28d", "yesterday", "mtd"} <= doubted("buyers", Unit.COUNT, book)


def test_comparisons_are_shown_but_do_not_count() -> None:
    """The quality is that of the value, whatever is said of the window before or of last year's."""
    book = Notebook().feed("orders")
    for first, last in ((TODAY - 14 * DAY, TODAY - 8 * DAY), (TODAY - 400 * DAY, TODAY - 360 * DAY)):
        book.doubt("orders", first, last, Quality.INCOMPLETE, WHY)
    assert figures(one("it", "orders", Unit.COUNT), book)["7d"].quality is Quality.FINAL


def yesterday(book: Notebook) -> Figure:
    return figures(one("it", "orders", Unit.COUNT), book)["yesterday"]


def test_the_worst_counts_and_each_reason_is_told_once() -> None:
    """Two flags of one reason are one, and the worst comes first."""
    book = Notebook().feed("orders").doubt("orders", TODAY - DAY, TODAY, Quality.SAMPLED, WHY)
    book.doubt("orders", TODAY - 9 * DAY, TODAY - DAY, Quality.SAMPLED, WHY)
    book.doubt("orders", TODAY - 9 * DAY, TODAY - DAY, Quality.INCOMPLETE, WORSE)
    assert (yesterday(book).quality, yesterday(book).reasons) == (Quality.INCOMPLETE, (WORSE, WHY))


def test_a_year_of_reasons_is_not_told_in_full() -> None:
    """The newest are, and how many there are besides."""
    book = Notebook().feed("orders")
    for back in range(1, 29):
        book.doubt("orders", TODAY - back * DAY, TODAY - back * DAY, Quality.SAMPLED, f"{back} days ago.")
    reasons = figures(one("it", "orders", Unit.COUNT), book)["28d"].reasons
    assert reasons[:2] == ("1 days ago.", "2 days ago.")
    assert reasons[MOST_REASONS:] == ("There are 23 reasons more: kpitaps check tells them.",)


def test_doubts_do_not_make_an_unknown_number_known() -> None:
    """Where nothing was read there is no value, and both reasons are told."""
    book = Notebook().feed("orders", coverage=Coverage(None, None))
    figure = yesterday(book.doubt("orders", TODAY - DAY, TODAY, Quality.SAMPLED, WHY))
    assert (figure.value, figure.quality) == (None, Quality.INCOMPLETE)
    assert figure.reasons == ("Nothing has been read yet.", WHY)


def test_every_label_carries_it() -> None:
    """A flag is of a measure: all parts of a KPI by label are doubted, the rest included."""
    book = Notebook().doubt("sessions", TODAY - DAY, TODAY - DAY, Quality.TRUNCATED, WHY)
    for number in range(12):
        book.write("sessions", TODAY - DAY, number + 1, traffic_channel=f"c{number}")
    found = figures(one("it", "sessions", Unit.COUNT, by="traffic_channel"), book)
    assert {each.quality for place, each in found.items() if place[0] == "yesterday"} == {Quality.TRUNCATED}
    assert ("yesterday", "other") in found


@pytest.mark.parametrize(("settled", "quality"), [(NOW - DAY, "provisional"), (NOW, "final")])
def test_days_that_have_not_settled_are_provisional(settled: datetime, quality: str) -> None:
    """They are over and were read after their end, but the source may still change them."""
    coverage = replace(FULL, settled=settled)
    assert yesterday(Notebook().feed("orders", coverage=coverage)).quality == quality
    assert (
        figures(one("it", "orders", Unit.COUNT), Notebook().feed("orders", coverage=coverage))["last_month"].quality
        == "final"
    )
