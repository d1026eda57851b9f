"""A check: numbers of the ledger held against the source's own, or against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date, timedelta
    from decimal import Decimal

    from kpitaps.measures import Measure


class Totals(Protocol):
    """What the ledger holds of one connection: exact amounts in whole units (euros, orders, seconds), by local day.

    Labels narrow it down to one value each; None or an empty text stands for what has no value for that label. Money is
    in the account's currency, or the one that ``currency=`` names. Of ratios and durations the numerators are added up.

    Every method raises `TapBug` for a distinct measure, for one that no stream of the check's measures feeds or that
    another one feeds too, for a label that it does not declare, and for money in several currencies where none is
    named.
    """

    def over(
        self, measure: Measure, /, first: date, last: date, *, currency: str = "", **labels: str | None
    ) -> Decimal:
        """Return what a flow adds up to from ``first`` to ``last``, both included; the change of a level meanwhile."""

    def at(self, level: Measure, /, day: date, *, currency: str = "", **labels: str | None) -> Decimal:
        """Return what a level is at the end of ``day``.

        Raises:
            TapBug: if the measure is no level.
        """

    def by(
        self, measure: Measure, label: str, /, first: date, last: date, *, currency: str = "", **labels: str | None
    ) -> dict[str, Decimal]:
        """Return the same as `over`, for each value of ``label``; an empty text stands for what has none."""

    def days(self, measure: Measure, /, *, currency: str = "", **labels: str | None) -> dict[date, Decimal]:
        """Return a flow's total, or a level's change, on each day that has any, in order."""


@dataclass(frozen=True, slots=True)
class Check:
    """A checking function and its terms.

    Attributes:
        name: Unique among the tap's streams and checks.
        of: The measures that it looks at.
        every: How often it is run.
        read: The author's generator function.
    """

    name: str
    of: tuple[Measure, ...]
    every: timedelta
    read: Callable[..., Iterable[Any]]
