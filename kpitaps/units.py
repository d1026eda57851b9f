"""Exact quantities: every amount is an integer of millionths, never a float.

A `Unit` says what is counted, a `Kind` how it rolls up (DESIGN: flow, level, ratio, distinct, duration).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from enum import StrEnum

from kpitaps.errors import TapBug

MICRO = 1_000_000
"""Millionths in one: the ledger's precision for money, counts and seconds alike."""

BIGINT_MAX = 2**63 - 1
"""The largest amount the ledger holds, about 9.2 trillion in units."""

Amount = Decimal | int | str
"""What an author may pass for an amount: exact types only."""


class Unit(StrEnum):
    """What a quantity is measured in."""

    MONEY = "money"
    COUNT = "count"
    DURATION = "duration"
    RATIO = "ratio"
    SCORE = "score"


class Kind(StrEnum):
    """How a measure may be rolled up over time and over labels."""

    FLOW = "flow"
    """Adds over time and over labels."""
    LEVEL = "level"
    """The last value over time; adds over labels."""
    RATIO = "ratio"
    """Numerator and denominator are added apart and divided last."""
    DISTINCT = "distinct"
    """Adds in no direction: counted anew for each window."""
    DURATION = "duration"
    """Seconds over n: both are added apart and divided last."""


class Good(StrEnum):
    """The direction in which a value improves."""

    UP = "up"
    DOWN = "down"


def to_millionths(amount: Amount, *, what: str = "amount") -> int:
    """Return ``amount`` as an exact integer of millionths.

    Args:
        amount: A Decimal, an int or a decimal string such as ``"12.50"``.
        what: Names the quantity in the error.

    Raises:
        TapBug: for a float, a bool, NaN, more than six decimals, or an amount beyond BIGINT.
    """
    if isinstance(amount, bool) or not isinstance(amount, Decimal | int | str):
        raise TapBug(
            f"{what}: {amount!r} is a {type(amount).__name__}; pass a Decimal, an int or a decimal string, "
            "because a float cannot hold money exactly"
        )
    if isinstance(amount, int):
        millionths = amount * MICRO
    else:
        try:
            scaled = Decimal(amount).scaleb(6)
            millionths = int(scaled)
        except (InvalidOperation, ValueError, OverflowError):
            raise TapBug(f"{what}: {amount!r} is not a number") from None
        if millionths != scaled:
            raise TapBug(f"{what}: {amount!r} has more than six decimals; round it where its currency rounds")
    if abs(millionths) > BIGINT_MAX:
        raise TapBug(f"{what}: {amount!r} is larger than the ledger can hold")
    return millionths


def from_millionths(millionths: int) -> Decimal:
    """Return an integer of millionths as the Decimal it stands for."""
    return Decimal(millionths).scaleb(-6)
