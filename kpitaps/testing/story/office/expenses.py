"""Suppliers' documents are entered and paid."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kpitaps.testing.story.money import rounded
from kpitaps.testing.story.office.tables import SUPPLIERS
from kpitaps.testing.story.office_events import ExpenseBooked, ExpensePaid, Sum

if TYPE_CHECKING:
    from datetime import date

    from kpitaps.testing.story.office.desk import Desk, Life

_KINDS = ("invoice", "receipt", "credit")
_RARELY_CREDITED = (82, 12, 6)


def expense(desk: Desk) -> Life:
    """Enter a supplier's document, days after its date, and pay it if it is an invoice.

    All are in the company's currency: a CRM that lists expenses tells no exchange rate.
    """
    booked = _booked(desk)
    desk.tell(booked)
    if booked.kind != "invoice" or desk.chance(0.03):
        return
    left, dated = booked.incl.cents, booked.on
    days = max(1, ((booked.due or booked.on) - desk.today).days)
    parts = desk.dice.choice((2, 3)) if desk.chance(0.07) else 1
    for index in range(parts, 0, -1):
        yield desk.later(days + 3, days + 60) if desk.chance(0.15) else desk.later(0, days)
        dated = max(dated, desk.today - timedelta(days=1 if desk.chance(0.1) else 0))
        cents = left if index == 1 else left // index
        left -= cents
        desk.tell(ExpensePaid(desk.now, booked.expense, cents, dated))


def _booked(desk: Desk) -> ExpenseBooked:
    kind = desk.dice.choices(_KINDS, _RARELY_CREDITED)[0]
    supplier = desk.dice.choice(SUPPLIERS[-3:] if kind == "receipt" else SUPPLIERS)
    cents = round(supplier.cents * desk.dice.uniform(0.4, 1.6))
    on = _document_day(desk)
    due = None if kind == "receipt" or desk.chance(0.08) else on + timedelta(days=desk.dice.choice((14, 21, 30, 30)))
    return ExpenseBooked(
        at=desk.now,
        expense=desk.next_id(),
        kind=kind,
        supplier=supplier.name,
        number=f"{on:%y%m}-{desk.dice.randrange(1_000, 10_000)}",
        on=on,
        due=due,
        excl=None if desk.chance(0.05) else Sum(cents, desk.founding.currency),
        incl=Sum(cents + rounded(cents * supplier.vat_percent, 100), desk.founding.currency),
    )


def _document_day(desk: Desk) -> date:
    back = desk.dice.randint(10, 45) if desk.chance(0.08) else desk.dice.randint(0, 6)
    return max(desk.founding.founded, desk.today - timedelta(days=back))
