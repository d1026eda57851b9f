"""The Exact Online tap, whole: importing the modules below declares its account, its streams and its checks."""

from __future__ import annotations

from kpitaps_exact_online import (
    account,
    check_balance,
    check_books,
    check_overview,
    hours,
    ledger,
    open_items,
    opportunities,
    subscriptions,
)
from kpitaps_exact_online.declaration import tap

__all__ = [
    "account",
    "check_balance",
    "check_books",
    "check_overview",
    "hours",
    "ledger",
    "open_items",
    "opportunities",
    "subscriptions",
    "tap",
]
