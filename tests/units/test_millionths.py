"""Exact amounts: integers of millionths, never floats."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.errors import TapBug
from kpitaps.units import BIGINT_MAX, from_millionths, to_millionths

ledger_amounts = st.integers(-BIGINT_MAX, BIGINT_MAX)


@pytest.mark.parametrize(
    ("amount", "millionths"),
    [
        (0, 0),
        (12, 12_000_000),
        (-3, -3_000_000),
        ("12.50", 12_500_000),
        ("-0.000001", -1),
        ("0.1000000000", 100_000),
        (Decimal("0.1"), 100_000),
        (Decimal("1E+3"), 1_000_000_000),
        (Decimal("-0"), 0),
        ("9223372036854.775807", BIGINT_MAX),
        (-9_223_372_036_854, -9_223_372_036_854_000_000),
    ],
)
def test_exact_amounts_become_millionths(amount: Decimal | int | str, millionths: int) -> None:
    """A Decimal, an int or a decimal string of up to six decimals is kept exactly."""
    assert to_millionths(amount) == millionths


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        (0.1, "float"),
        (1.0, "float"),
        (True, "bool"),
        (None, "NoneType"),
        (b"1", "bytes"),
        ("", "not a number"),
        ("twelve", "not a number"),
        ("1,50", "not a number"),
        ("NaN", "not a number"),
        (Decimal("sNaN"), "not a number"),
        (Decimal("-Infinity"), "not a number"),
        ("0.0000001", "six decimals"),
        (Decimal("1.2345678"), "six decimals"),
        # more digits than Python's decimal context keeps: rounding them away would look exact
        ("1." + "0" * 40 + "1", "six decimals"),
        ("1E-900000", "six decimals"),
        ("9223372036854.775808", "larger than the ledger"),
        (-9_223_372_036_855, "larger than the ledger"),
        pytest.param(10**6000, "larger than the ledger", id="6001 digits"),
        ("1" * 100 + ".5", "larger than the ledger"),
        ("1E+900000", "larger than the ledger"),
        (Decimal("1E+999999"), "larger than the ledger"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_cannot_be_exact_is_refused(amount: object, why: str) -> None:
    """A float, a bool, no number, a seventh decimal and what BIGINT cannot hold are refused by one sentence."""
    with pytest.raises(TapBug) as refused:
        to_millionths(amount, what="revenue")  # type: ignore[arg-type]
    assert str(refused.value).startswith("revenue: ")
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


@given(ledger_amounts)
def test_there_and_back_is_the_same(millionths: int) -> None:
    """Every amount that the ledger can hold survives the way to a Decimal, or its text, and back."""
    amount = from_millionths(millionths)
    assert to_millionths(amount) == to_millionths(str(amount)) == millionths
    assert amount * 1_000_000 == millionths


@given(ledger_amounts, st.integers(1, 12))
def test_a_tap_with_few_digits_in_its_decimal_context_rounds_nothing(millionths: int, digits: int) -> None:
    """The thread's own decimal context, which a tap may change, has no say in amounts."""
    text = str(from_millionths(millionths))
    with localcontext() as context:
        context.prec = digits
        assert to_millionths(Decimal(text)) == millionths
        assert str(from_millionths(millionths)) == text


@given(st.lists(st.decimals(-1_000_000, 1_000_000, places=2), max_size=50))
def test_sums_of_millionths_are_exact(amounts: list[Decimal]) -> None:
    """Adding up millionths gives the millionths of the sum."""
    assert sum(map(to_millionths, amounts)) == to_millionths(sum(amounts, Decimal()))
