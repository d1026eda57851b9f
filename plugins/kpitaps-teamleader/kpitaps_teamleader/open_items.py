"""What of a document is still open, day by day: with payments, credit notes, and what is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps_teamleader.money import Home

PAYMENT, CREDIT, CORRECTION = 0, 1, 2
"""In this order on one day."""

Changes = list[tuple[date, Decimal]]


class Step(NamedTuple):
    """Something that settles a part of a document, in the document's currency."""

    day: date
    kind: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A document that is to be paid.

    Attributes:
        day: Its date.
        total: Its amount in its own currency.
        home: What it is counted in.
        steps: Payments and credit notes.
        due: What Teamleader says is still open; None where it does not say.
        settled: The day on which a difference to that is put.
    """

    day: date
    total: Decimal
    home: Home
    steps: Sequence[Step]
    due: Decimal | None
    settled: date

    def changes(self) -> Changes:
        """Return how much more is open from each day on; what makes up the whole takes the rest, to exactly zero."""
        sign = -1 if self.total < 0 else 1
        left, left_home = abs(self.total), abs(self.home.amount(self.total))
        found = [(self.day, sign * left_home)]
        for step in sorted(self.steps) + self._correction(sign):
            amount = sign * step.amount
            taken = left_home if amount >= left else min(left_home, self.home.amount(amount))
            left, left_home = max(Decimal(0), left - amount), left_home - taken
            found.append((step.day, -sign * taken))
        return [(day, change) for day, change in found if change]

    def overdue(self, due_on: date) -> Changes:
        """Return how much more is overdue from each day on: all that is still open after ``due_on``."""
        late = due_on + timedelta(days=1)
        dated = sorted((max(day, late), change) for day, change in self.changes())
        sums = [
            (day, sum((change for _, change in group), Decimal(0))) for day, group in groupby(dated, lambda c: c[0])
        ]
        return [(day, change) for day, change in sums if change]

    def _correction(self, sign: int) -> list[Step]:
        """Return what Teamleader settled, or opened again, without a payment or credit note to show for it."""
        if self.due is None:
            return []
        left = abs(self.total)
        for step in sorted(self.steps):
            left = max(Decimal(0), left - sign * step.amount)
        missing = left - sign * self.due
        return [Step(self.settled, CORRECTION, sign * missing)] if missing else []
