"""Distinct subjects of many windows: read once, however many are asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from kpis.daybook import Daybook
from kpis.notebook import TODAY

from kpitaps.kpis import day_reader
from kpitaps.kpis.day_reader import ByDay, ForValues
from kpitaps.units import Quality

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpis.daybook import Counts

DAY = timedelta(days=1)


class Asked(Daybook):
    """A ledger that counts how often it was asked for the subjects of all windows."""

    times = 0

    def span_counts(self, measure: str, *, where: Mapping[str, str] | None = None) -> Counts:
        """Return how many subjects there are in any window."""
        self.times += 1
        return super().span_counts(measure, where=where)


@pytest.fixture
def book() -> Asked:
    """Ann every day of a month, and somebody else each day."""
    book = Asked()
    for back in range(30):
        book.meet("visitors", TODAY - back * DAY, "ann").meet("visitors", TODAY - back * DAY, f"{back}")
    return book


def test_any_window_is_counted_out_of_one_reading(book: Asked) -> None:
    """Every window has its own count, and the ledger is read once; single days are known without it."""
    reader = ByDay(book, {})
    assert [reader.distinct("visitors", TODAY, TODAY), book.times] == [2, 0]
    assert [reader.distinct("visitors", TODAY - back * DAY, TODAY) for back in range(1, 30)] == [*range(3, 32)]
    assert book.times == 1


def test_counts_that_are_too_large_are_let_go(book: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is small stays when the next KPI comes; what is large is read again."""
    reader = ByDay(book, {})
    for most, times in ((100, 1), (1, 2)):
        monkeypatch.setattr(day_reader, "LARGEST", most)
        reader.span_counts("visitors")
        reader.let_go()
        assert reader.distinct("visitors", TODAY - DAY, TODAY) == 3
        assert book.times == times


def test_values_are_read_without_what_is_said_against_them(book: Asked) -> None:
    """Whoever needs values alone asks nobody how far they may be trusted; the values are the same."""
    span = TODAY - DAY, TODAY
    book.doubt("visitors", *span, Quality.PROVISIONAL, "Sampled.", of_window=True)
    trusted, values = ByDay(book, {}), ForValues(book, {})
    assert [len(each.doubts("visitors", *span)) for each in (trusted, values)] == [1, 0]
    assert trusted.distinct("visitors", *span) == values.distinct("visitors", *span) == 3
