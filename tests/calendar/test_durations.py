"""Durations as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kpitaps.calendar import parse_duration
from kpitaps.errors import TapBug


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0s", timedelta()),
        ("15m", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        ("3d", timedelta(days=3)),
        ("2w", timedelta(days=14)),
        ("3y", timedelta(days=1095, hours=18)),
    ],
)
def test_a_number_and_a_unit_make_a_duration(text: str, duration: timedelta) -> None:
    """Seconds, minutes, hours, days, weeks, and years of 365 days and 6 hours."""
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "15", "m", "15 m", "-1d", "1.5h", "1M", "1d2h", "١d", "1d\n", "9999999999999y"])
def test_anything_else_is_refused(text: str) -> None:
    """What is no number and unit is refused by a sentence that shows how it is done."""
    with pytest.raises(TapBug, match=r"is not a duration: write a number and one of s, m, h, d, w, y, such as '15m'"):
        parse_duration(text)
