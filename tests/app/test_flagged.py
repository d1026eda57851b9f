"""How people read the days that something is said against."""

from __future__ import annotations

from datetime import date

import pytest

from kpitaps.app import FlagStatus
from kpitaps.units import Quality

TODAY = date(2026, 5, 14)
DAYS = [
    ([("2026-03-01", "2026-03-14")], "1–14 March"),
    ([("2026-03-05", "2026-03-05")], "5 March"),
    ([("2026-02-28", "2026-03-03")], "28 February–3 March"),
    ([("2025-03-01", "2025-03-14")], "1–14 March 2025"),
    ([("2025-12-30", "2026-01-02")], "30 December 2025–2 January"),
    ([("2024-02-28", "2024-03-03")], "28 February–3 March 2024"),
    ([("2026-05-01", "2026-05-14")], "since 1 May"),
    ([("2025-05-01", "9999-12-31")], "since 1 May 2025"),
    ([("2026-05-14", "2026-05-14")], "14 May"),
    ([("2026-04-05", "2026-04-06"), ("2026-03-05", "2026-03-05")], "5–6 April, 5 March"),
    (
        [(f"2026-0{month}-01", f"2026-0{month}-01") for month in (5, 4, 3, 2, 1)],
        "1 May, 1 April, 1 March and 2 times more",
    ),
]


@pytest.mark.parametrize(("spans", "words"), DAYS, ids=[words for _, words in DAYS])
def test_days_in_words(spans: list[tuple[str, str]], words: str) -> None:
    """The newest first, without the year if it is this one; what has not ended is told from its beginning."""
    days = tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in spans)
    flag = FlagStatus(1, "traffic", Quality.SAMPLED, ("sessions",), days, "A sample.", "")
    assert flag.days(TODAY) == words
