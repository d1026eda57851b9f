"""Label values as measures keep them."""

from __future__ import annotations

from datetime import date

import pytest

from kpitaps import VOCABULARY

REVENUE = VOCABULARY["order_revenue"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Web shop", "Web shop"),
        (' "a\\b" {c="d"} 😀 ', ' "a\\b" {c="d"} 😀 '),
        ("two\nlines", "two lines"),
        ("tab\t, return\r\nand null\0", "tab , return and null "),
        ("next\u0085line\u2028or\u2029paragraph", "next line or paragraph"),
        ("x" * 500, "x" * 200),
        (None, ""),
    ],
)
def test_a_label_value_is_one_line_of_text(given: str | None, kept: str) -> None:
    """Its breaks become spaces: a null is refused by PostgreSQL, and `.` is no line break to Prometheus 2."""
    entry = REVENUE.on(date(2026, 1, 1), 1, currency="EUR", sales_channel=given)
    assert dict(zip(REVENUE.labels, entry.labels, strict=True))["sales_channel"] == kept
