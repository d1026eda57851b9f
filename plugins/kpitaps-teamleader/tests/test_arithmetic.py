"""The arithmetic of open items, shares and subscriptions, for any amounts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpitaps_teamleader.money import Home, home_of, shared_out
from kpitaps_teamleader.open_items import CREDIT, PAYMENT, OpenItem, Step
from kpitaps_teamleader.payloads import Exchange, Periodicity
from kpitaps_teamleader.subscriptions import monthly

DAY = date(2026, 3, 1)
cents = st.integers(min_value=1, max_value=10_000_000).map(lambda number: Decimal(number) / 100)
rates = st.integers(min_value=1, max_value=9_999_999).map(lambda number: Decimal(number) / 1_000_000)
days = st.integers(min_value=0, max_value=400).map(lambda number: DAY + timedelta(days=number))
steps = st.lists(st.builds(Step, days, st.sampled_from([PAYMENT, CREDIT]), cents), max_size=6)


@given(total=cents, rate=rates, steps=steps, sign=st.sampled_from([1, -1]))
def test_what_is_open_never_changes_sides(total: Decimal, rate: Decimal, steps: list[Step], sign: int) -> None:
    """It begins with the whole, falls towards zero, and ends at exactly zero once the whole is settled."""
    mirrored = [step._replace(amount=sign * step.amount) for step in steps]
    item = OpenItem(DAY, sign * total, Home("EUR", rate), mirrored, None, DAY)
    levels = [sign * level for level in accumulate(change for _, change in item.changes())]
    assert all(level >= 0 for level in levels)
    assert levels == sorted(levels, reverse=True)
    if levels and sum(step.amount for step in steps) >= total:
        assert levels[-1] == 0


@given(total=cents, rate=rates, steps=steps, due=days)
def test_overdue_is_what_is_open_after_the_due_date(
    total: Decimal, rate: Decimal, steps: list[Step], due: date
) -> None:
    """On every day after it both are the same, before it nothing is overdue."""
    item = OpenItem(DAY, total, Home("EUR", rate), steps, None, DAY)
    changes, late = item.changes(), item.overdue(due)
    for number in range(0, 410, 7):
        on = DAY + timedelta(days=number)
        is_open, overdue = (sum(c for day, c in found if day <= on) for found in (changes, late))
        assert overdue == (is_open if on > due else 0)


@given(total=cents, steps=steps, due=cents)
def test_the_end_is_what_teamleader_says(total: Decimal, steps: list[Step], due: Decimal) -> None:
    """What it settled or opened again without a payment is put right on the day it says."""
    due = min(due, total)
    item = OpenItem(DAY, total, Home("EUR"), steps, due, DAY + timedelta(days=500))
    assert sum(change for _, change in item.changes()) == due


@given(total=cents, rate=rates, weights=st.lists(cents, min_size=1, max_size=5))
def test_shares_add_up(total: Decimal, rate: Decimal, weights: list[Decimal]) -> None:
    """Whatever the lines and discounts, together they are the invoice."""
    home = Home("EUR", rate)
    assert sum(shared_out(total, weights, home)) == home.amount(total)


def test_a_discount_on_the_whole_is_borne_in_proportion() -> None:
    """10 % off 100.00 and 200.00: 90.00 and 180.00."""
    found = shared_out(Decimal(270), [Decimal(100), Decimal(200)], Home("EUR"))
    assert found == [Decimal(90), Decimal(180)]


@pytest.mark.parametrize(
    ("currency", "exchange", "home"),
    [
        ("EUR", None, Home("EUR")),
        ("EUR", {"from": "EUR", "to": "EUR", "rate": 1}, Home("EUR")),
        ("USD", {"from": "USD", "to": "EUR", "rate": 0.912345}, Home("EUR", Decimal("0.912345"))),
        # A legal entity that keeps its books in another currency.
        ("USD", {"from": "USD", "to": "GBP", "rate": 0.8}, Home("GBP", Decimal("0.8"))),
        # No rate is known: the original is kept.
        ("USD", None, Home("USD")),
        ("USD", {"from": "CHF", "to": "EUR", "rate": 0.9}, Home("USD")),
    ],
)
def test_what_a_document_is_counted_in(currency: str, exchange: dict[str, object] | None, home: Home) -> None:
    """The account's currency at the document's rate, where there is one."""
    given = Exchange.model_validate(exchange) if exchange else None
    assert home_of(currency, given, "EUR") == home


@pytest.mark.parametrize(
    ("price", "unit", "period", "expected"),
    [
        ("100", "month", 1, "100"),
        ("100", "month", 6, "16.666667"),
        ("100", "year", 10, "0.833333"),
        ("3", "week", 1, "13"),
    ],
)
def test_monthly(price: str, unit: str, period: int, expected: str) -> None:
    """52 weeks and one year are twelve months; rounded half up to a millionth."""
    assert monthly(Decimal(price), Periodicity(unit=unit, period=period)) == Decimal(expected)
