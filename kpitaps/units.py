"""Exact quantities: every amount is an integer of millionths, never a float.

A `Unit` says what is counted, a `Kind` how it rolls up (flow, level, ratio, distinct, duration), a `Quality` how far a
number may be trusted.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from enum import StrEnum

from kpitaps.errors import TapBug

MICRO = 1_000_000
"""Millionths in one: the ledger's precision for money, counts and seconds alike."""

BIGINT_MAX = 2**63 - 1
"""The largest amount the ledger holds, about 9.2 trillion in units."""

_BIGINT_DIGITS = 18
_CURRENCY = re.compile("[A-Z]{3}")

# A tap may set its thread's decimal context to few digits; amounts must not be rounded by it. What does not fit into
# this one is refused, so that a text such as "1E+900000" costs nothing.
_EXACT = Context(prec=60, Emin=-60, Emax=60, traps=[Inexact, InvalidOperation, Overflow])

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


class Quality(StrEnum):
    """How far a number may be trusted, best first."""

    FINAL = "final"
    PROVISIONAL = "provisional"
    """It may still change: a day is not over, or has not settled yet."""
    SAMPLED = "sampled"
    """The source counted a part, and extrapolated."""
    THRESHOLDED = "thresholded"
    """The source left out what would tell of single people."""
    TRUNCATED = "truncated"
    """The source lumped together, or cut off, what was too much."""
    INCOMPLETE = "incomplete"
    """Something is missing."""


def is_currency(code: object) -> bool:
    """Return whether ``code`` has the form of an ISO 4217 currency code."""
    return isinstance(code, str) and _CURRENCY.fullmatch(code) is not None


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
    millionths = amount * MICRO if isinstance(amount, int) else _scaled(amount, what)
    if abs(millionths) > BIGINT_MAX:
        raise _too_large(what)
    return millionths


def from_millionths(millionths: int) -> Decimal:
    """Return an integer of millionths as the Decimal it stands for."""
    return _EXACT.scaleb(Decimal(millionths), -6)


def _scaled(amount: Decimal | str, what: str) -> int:
    try:
        scaled = _EXACT.scaleb(Decimal(amount, _EXACT), 6)
        millionths = int(scaled)
    except Overflow:
        raise _too_large(what) from None
    except (InvalidOperation, ValueError, OverflowError):
        raise TapBug(f"{what}: {amount!r} is not a number") from None
    except Inexact:
        raise (_too_large(what) if Decimal(amount).adjusted() > _BIGINT_DIGITS else _too_fine(what, amount)) from None
    if millionths != scaled:
        raise _too_fine(what, amount)
    return millionths


def _too_large(what: str) -> TapBug:
    return TapBug(f"{what}: the amount is larger than the ledger can hold, about 9.2 trillion")


def _too_fine(what: str, amount: Decimal | str) -> TapBug:
    return TapBug(f"{what}: {amount!r} has more than six decimals; round it where its currency rounds")
