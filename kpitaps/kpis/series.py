"""Running sums of one measure, from which any window is read in two steps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

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
    """A measure's exact sums over some days, in millionths.

    ``lacking`` says why they are not to be used, ``waiting`` which exchange rate in them may still change.
    """

    numerator: int | Fraction
    denominator: int
    lacking: str = ""
    waiting: str = ""


class Series(Protocol):
    """The sums of one measure under one filter and label value."""

    def sums(self, first: int, last: int) -> Sums:
        """Return the sums from day ``first`` to day ``last`` (ordinals), both included."""

    def renewed(self, rows: Sequence[DayTotal], days: range, exchange: Exchange | None) -> Self:
        """Return the same series with ``rows`` in place of what it has on ``days``."""

    def __len__(self) -> int:
        """Return how many rows it is made of."""


class Flow:
    """A series that adds over time; foreign money is converted day by day."""

    __slots__ = ("_days", "_denominators", "_lacking", "_numerators", "_waiting")

    def __init__(self, rows: Iterable[DayTotal], exchange: Exchange | None) -> None:
        days, numerators, denominators = [], [], []
        self._lacking: list[tuple[int, str]] = []
        self._waiting: list[tuple[int, str]] = []
        for day, currency, _, numerator, denominator in rows:
            amount: int | Fraction = numerator
            if exchange is not None and currency != exchange.to:
                converted, why = exchange.convert(numerator, currency, day)
                if why:
                    (self._lacking if converted is None else self._waiting).append((day, why))
                if converted is None:
                    continue
                amount = converted
            days.append(day)
            numerators.append(amount)
            denominators.append(denominator)
        self._days = days
        self._numerators = list(accumulate(numerators, initial=0))
        self._denominators = list(accumulate(denominators, initial=0))

    def __len__(self) -> int:
        return len(self._days) + len(self._lacking)

    def renewed(self, rows: Iterable[DayTotal], days: range, exchange: Exchange | None) -> Flow:
        """Return the same series with ``rows`` in place of what it has on ``days``."""
        new, place = Flow(rows, exchange), (bisect_left(self._days, days.start), bisect_left(self._days, days.stop))
        new._days = self._days[: place[0]] + new._days + self._days[place[1] :]
        new._numerators = _joined(self._numerators, new._numerators, *place)
        new._denominators = _joined(self._denominators, new._denominators, *place)
        new._lacking = sorted([*(told for told in self._lacking if told[0] not in days), *new._lacking])
        new._waiting = sorted([*(told for told in self._waiting if told[0] not in days), *new._waiting])
        return new

    def sums(self, first: int, last: int) -> Sums:
        """Return the sums over the days, whichever they are."""
        start, end = bisect_left(self._days, first), bisect_right(self._days, last)
        return Sums(
            self._numerators[end] - self._numerators[start],
            self._denominators[end] - self._denominators[start],
            _told(self._lacking, first, last),
            _told(self._waiting, first, last),
        )


def _joined(old: list[Any], new: list[Any], start: int, end: int) -> list[Any]:
    """Return running sums with ``new`` ones in place of what ``old`` adds from ``start`` to ``end``."""
    before, added = old[start], old[start] + new[-1] - old[end]
    return [*old[:start], *(before + each for each in new), *(each + added for each in old[end + 1 :])]


def _told(of_days: Sequence[tuple[int, str]], first: int, last: int) -> str:
    """Return what is told of the first day, from ``first`` to ``last``, of which anything is."""
    if not of_days:
        return ""
    at = bisect_left(of_days, (first, ""))
    return of_days[at][1] if at < len(of_days) and of_days[at][0] <= last else ""


class Level:
    """A series of changes: its value is the sum of all of them so far; foreign money at the last day's rate."""

    __slots__ = ("_exchange", "_flows")

    def __init__(self, rows: Iterable[DayTotal], exchange: Exchange | None) -> None:
        self._flows = {currency: Flow(changes, None) for currency, changes in _by_currency(rows).items()}
        self._exchange = exchange

    def __len__(self) -> int:
        return sum(map(len, self._flows.values()))

    def renewed(self, rows: Iterable[DayTotal], days: range, exchange: Exchange | None) -> Level:
        """Return the same series with ``rows`` in place of what it has on ``days``."""
        new, changes, nothing = Level((), exchange), _by_currency(rows), Flow((), None)
        new._flows = {
            currency: self._flows.get(currency, nothing).renewed(changes.get(currency, ()), days, None)
            for currency in sorted({*self._flows, *changes})
        }
        return new

    def sums(self, first: int, last: int) -> Sums:  # noqa: ARG002 - a level is what it is on the last day
        """Return the level at the end of day ``last``."""
        level: int | Fraction = 0
        waiting = ""
        for currency, flow in self._flows.items():
            # an ordinal is at least 1: from the first change on
            held = flow.sums(0, last).numerator
            if self._exchange is not None and held:
                converted, why = self._exchange.convert(int(held), currency, last)
                if converted is None:
                    return Sums(0, 0, why)
                held, waiting = converted, waiting or why
            level += held
        return Sums(level, 0, "", waiting)


def _by_currency(rows: Iterable[DayTotal]) -> dict[str, list[DayTotal]]:
    found: defaultdict[str, list[DayTotal]] = defaultdict(list)
    for row in rows:
        found[row.currency].append(row)
    return dict(sorted(found.items()))


def _by_label(rows: Iterable[DayTotal]) -> dict[str, list[DayTotal]]:
    found: defaultdict[str, list[DayTotal]] = defaultdict(list)
    for row in rows:
        found[row.label or NONE].append(row)
    return found


class Sheet:
    """All series of one measure under one filter: one per label value, and the total."""

    __slots__ = ("_labelled", "_total", "first_day", "is_foreign")

    def __init__(self, rows: Sequence[DayTotal], exchange: Exchange | None, *, level: bool, by: str | None) -> None:
        # An ordinal; None where there is nothing on any day.
        self.first_day = rows[0].day if rows else None
        self.is_foreign = exchange is not None and any(row.currency != exchange.to for row in rows)
        kind = Level if level else Flow
        self._total: Series = kind(rows, exchange)
        labelled = {} if by is None else _by_label(rows)
        self._labelled: dict[str, Series] = {label: kind(part, exchange) for label, part in labelled.items()}

    def __len__(self) -> int:
        return len(self._total)

    def renewed(
        self, rows: Sequence[DayTotal], days: range, exchange: Exchange | None, *, level: bool, by: str | None
    ) -> Sheet:
        """Return the same sheet with ``rows`` in place of what it has on ``days``.

        A ledger's rows become zero and never vanish: what has a row on ``days`` still has one.
        """
        new = Sheet(rows, exchange, level=level, by=by)
        nothing = (Level if level else Flow)((), exchange)
        labelled = {} if by is None else _by_label(rows)
        new._total = self._total.renewed(rows, days, exchange)
        new._labelled = {
            label: self._labelled.get(label, nothing).renewed(labelled.get(label, ()), days, exchange)
            for label in (*self._labelled, *(labelled.keys() - self._labelled.keys()))
        }
        new.first_day = min((day for day in (self.first_day, new.first_day) if day is not None), default=None)
        new.is_foreign = self.is_foreign or new.is_foreign
        return new

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
        numerator, denominator, lacking, waiting = self.total(first, last)
        for label in shown:
            part = self.of(label, first, last)
            numerator -= part.numerator
            denominator -= part.denominator
        return Sums(numerator, denominator, lacking, waiting)
