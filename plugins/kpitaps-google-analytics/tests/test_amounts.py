"""Google's texts become exact amounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpitaps_google_analytics.amounts import amount, day, product


@given(st.lists(st.integers(0, 86_400), min_size=1, max_size=1_000))
def test_an_average_gives_back_what_it_is_of(seconds: list[int]) -> None:
    """However Google's float of the mean is rounded, times the visits it is the whole seconds that were added up."""
    assert product(repr(sum(seconds) / len(seconds)), str(len(seconds))) == sum(seconds)


@given(st.lists(st.integers(-1_000_000, 1_000_000), max_size=200))
def test_cents_survive_floats(cents: list[int]) -> None:
    """Prices that were added up as floats are the cents they stand for."""
    total = 0.0
    for each in cents:
        total += each / 100
    assert amount(repr(total)) == Decimal(sum(cents)) / 100


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", "7"), ("1.0", "1"), ("1.2E7", "12000000"), ("0.0000005", "0.000001"), ("-0.30000000000000004", "-0.3")],
)
def test_amounts_are_rounded_to_a_millionth(text: str, value: str) -> None:
    """Half up, away from zero, with and without an exponent."""
    assert amount(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "found"), [("20240229", date(2024, 2, 29)), ("(other)", None), ("(not set)", None), ("", None)]
)
def test_days(text: str, found: date | None) -> None:
    """What stands in the place of a day is none."""
    assert day(text) == found
