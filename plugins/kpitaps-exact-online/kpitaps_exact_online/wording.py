"""How checks name accounts and amounts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps_exact_online.payloads import GLAccount

OLDEST, LATEST = date(1980, 1, 1), date(2200, 1, 1)
"""Days that no entry is before or after."""

_NAMED = 6


def named(account: GLAccount) -> str:
    """Return what people call an account: its code and its name."""
    return f"{account.code} {account.name or ''}".strip()


def listed(names: Sequence[str]) -> str:
    """Return names as a list, of many only the first ones."""
    shown = ", ".join(names[:_NAMED]) or "no account"
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
