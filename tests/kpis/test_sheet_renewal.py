"""A sheet of which some days were read again: the same as one that is read as a whole."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hypothesis import example, given
from hypothesis import strategies as st

from kpitaps.kpis.rates import Exchange, RateOn
from kpitaps.kpis.series import Sheet
from kpitaps.store.reading import DayTotal

if TYPE_CHECKING:
    from datetime import date

DAYS = range(1, 13)
Rows = dict[tuple[int, str, str], int]


class OddDays:
    """Knows dollars from the third day on, those of even days not for certain."""

    def rate(self, currency: str, to: str, day: date) -> RateOn | None:  # noqa: ARG002 - dollars to euros
        """Return another rate for each day."""
        number = day.toordinal()
        return RateOn(Fraction(number, 7), day, is_final=number % 2 > 0) if number > 2 else None


EXCHANGE = Exchange("EUR", OddDays())
_ROWS: st.SearchStrategy[Rows] = st.dictionaries(
    st.tuples(st.sampled_from(DAYS), st.sampled_from(("EUR", "USD")), st.sampled_from(("", "a", "b"))),
    st.integers(-9, 9),
    max_size=12,
)


def sheet(rows: Rows, **more: Any) -> Sheet:
    """Return the sheet of some rows."""
    return Sheet(totals(rows), EXCHANGE, **more)


def totals(rows: Rows) -> list[DayTotal]:
    """Return rows as the ledger gives them."""
    return sorted(DayTotal(*place, amount, abs(amount)) for place, amount in rows.items())


def told(read: Sheet) -> Any:
    """Return all that a sheet can be asked."""
    spans = [(first, last) for first in DAYS for last in DAYS if first <= last]
    labels = sorted(read.labels)
    return [
        (read.first_day, read.is_foreign, len(read), labels),
        [read.total(*span) for span in spans],
        [read.of(label, *span) for label in labels for span in spans],
        [read.rest(labels[:1], *span) for span in spans],
    ]


@given(
    before=_ROWS,
    changed=_ROWS,
    first=st.sampled_from(DAYS),
    last=st.sampled_from(DAYS),
    level=st.booleans(),
    by=st.sampled_from((None, "product")),
)
@example(before={(9, "EUR", ""): 1}, changed={(3, "EUR", ""): 5}, first=2, last=4, level=False, by=None)
@example(before={(9, "EUR", ""): 1}, changed={(3, "EUR", ""): 5}, first=2, last=4, level=True, by="product")
@example(
    before={(9, "USD", "a"): 1, (2, "USD", "a"): 3},
    changed={(3, "USD", "b"): 5},
    first=2,
    last=4,
    level=False,
    by="product",
)
def test_a_renewed_sheet_is_the_one_read_anew(
    before: Rows, changed: Rows, first: int, last: int, *, level: bool, by: str | None
) -> None:
    """Flows and levels, with and without a label, own and foreign money; rows change or come, and never vanish."""
    days = range(min(first, last), max(first, last) + 1)
    after = before | {place: amount for place, amount in changed.items() if place[0] in days}
    new = totals({place: amount for place, amount in after.items() if place[0] in days})
    renewed = sheet(before, level=level, by=by).renewed(new, days, EXCHANGE, level=level, by=by)
    assert told(renewed) == told(sheet(after, level=level, by=by))
