"""Running sums of one measure, from which any window is read in two steps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction

    from kpitaps.kpis.rates import Exchange
    from kpitaps.store.reading import DayTotal

NONE = "(none)"
"""How the empty label value is shown: not broken down."""

OTHER = "other"
"""Where everything goes that is not shown by its own name."""


class Sums(NamedTuple):
    """A measure's exact sums over some days, in millionths; ``lacking`` says why they are not to be used."""

    numerator: int | Fraction
    denominator: int
    lacking: str = ""


class Series(Protocol):
    """The sums of one measure under one filter and label value."""

    def sums(self, first: int, last: int) -> Sums:
        """Return the sums from day ``first`` to day ``last`` (ordinals), both included."""


class Flow:
    """A series that adds over time; foreign money is converted day by day."""

    __slots__ = ("_days", "_denominators", "_lacking", "_numerators")

    def __init__(self, rows: Iterable[DayTotal], exchange: Exchange | None) -> None:
        days, numerators, denominators = [], [], []
        self._lacking: list[tuple[int, str]] = []
        for day, currency, _, numerator, denominator in rows:
            amount = numerator if exchange is None else exchange.convert(numerator, currency, day)
            if amount is None:
                assert exchange is not None
                self._lacking.append((day, exchange.lacking(currency, day)))
                continue
            days.append(day)
            numerators.append(amount)
            denominators.append(denominator)
        self._days = days
        self._numerators = list(accumulate(numerators, initial=0))
        self._denominators = list(accumulate(denominators, initial=0))

    def sums(self, first: int, last: int) -> Sums:
        """Return the sums over the days, whichever they are."""
        start, end = bisect_left(self._days, first), bisect_right(self._days, last)
        return Sums(
            self._numerators[end] - self._numerators[start],
            self._denominators[end] - self._denominators[start],
            self._why(first, last),
        )

    def _why(self, first: int, last: int) -> str:
        if not self._lacking:
            return ""
        at = bisect_left(self._lacking, (first, ""))
        return self._lacking[at][1] if at < len(self._lacking) and self._lacking[at][0] <= last else ""


class Level:
    """A series of changes: its value is the sum of all of them so far; foreign money at the last day's rate."""

    __slots__ = ("_exchange", "_flows")

    def __init__(self, rows: Iterable[DayTotal], exchange: Exchange | None) -> None:
        currencies: defaultdict[str, list[DayTotal]] = defaultdict(list)
        for row in rows:
            currencies[row.currency].append(row)
        self._flows = {currency: Flow(changes, None) for currency, changes in currencies.items()}
        self._exchange = exchange

    def sums(self, first: int, last: int) -> Sums:  # noqa: ARG002 - a level is what it is on the last day
        """Return the level at the end of day ``last``."""
        level: int | Fraction = 0
        for currency, flow in self._flows.items():
            # an ordinal is at least 1: from the first change on
            held = flow.sums(0, last).numerator
            if self._exchange is not None and held:
                converted = self._exchange.convert(int(held), currency, last)
                if converted is None:
                    return Sums(0, 0, self._exchange.lacking(currency, last))
                held = converted
            level += held
        return Sums(level, 0)


class Sheet:
    """All series of one measure under one filter: one per label value, and the total."""

    __slots__ = ("_labelled", "_total")

    def __init__(self, rows: Sequence[DayTotal], exchange: Exchange | None, *, level: bool, by: str | None) -> None:
        kind = Level if level else Flow
        self._total: Series = kind(rows, exchange)
        labelled: defaultdict[str, list[DayTotal]] = defaultdict(list)
        if by is not None:
            for row in rows:
                labelled[row.label or NONE].append(row)
        self._labelled: dict[str, Series] = {label: kind(part, exchange) for label, part in labelled.items()}

    @property
    def labels(self) -> frozenset[str]:
        """Every label value there is."""
        return frozenset(self._labelled)

    def total(self, first: int, last: int) -> Sums:
        """Return the sums over all label values."""
        return self._total.sums(first, last)

    def of(self, label: str, first: int, last: int) -> Sums:
        """Return the sums of one label value; zero if it does not occur."""
        series = self._labelled.get(label)
        return Sums(0, 0) if series is None else series.sums(first, last)

    def rest(self, shown: Iterable[str], first: int, last: int) -> Sums:
        """Return the total less what the ``shown`` label values hold."""
        numerator, denominator, lacking = self.total(first, last)
        for label in shown:
            part = self.of(label, first, last)
            numerator -= part.numerator
            denominator -= part.denominator
        return Sums(numerator, denominator, lacking)
