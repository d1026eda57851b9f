"""The Teamleader tap, whole: importing the modules below declares its account and its streams."""

from __future__ import annotations

from kpitaps_teamleader import (
    account,
    credit_notes,
    customers,
    deals,
    expenses,
    hours,
    invoices,
    meetings,
    subscriptions,
    tickets,
)
from kpitaps_teamleader.declaration import tap

__all__ = [
    "account",
    "credit_notes",
    "customers",
    "deals",
    "expenses",
    "hours",
    "invoices",
    "meetings",
    "subscriptions",
    "tap",
    "tickets",
]
