"""The counters with which sandboxes ration requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.testing import FixedWindow, SlidingWindow

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def _after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_sliding_window_forgets_each_request_in_its_turn() -> None:
    """A full window says when its oldest request leaves it; what it refuses is not counted."""
    window = SlidingWindow(2, 60)
    assert window.take(_after(0)).remaining == 1
    assert window.take(_after(10)).remaining == 0
    refused = window.take(_after(20))
    assert (refused.allowed, refused.remaining, refused.resets_at) == (False, 0, _after(60))
    assert window.take(_after(60)).allowed
    assert not window.take(_after(69)).allowed
    assert window.take(_after(70)).allowed


@given(st.lists(st.floats(0, 30), min_size=1, max_size=60))
@pytest.mark.slow
def test_no_span_of_a_sliding_window_holds_too_many(gaps: list[float]) -> None:
    """Whatever the pace, between a request that passed and the third one after it lies a whole window."""
    window, at, passed = SlidingWindow(3, 60), 0.0, []
    for gap in gaps:
        at += gap
        if window.take(_after(at)).allowed:
            passed.append(at)
    assert all(later - first >= 60 - 1e-5 for first, later in zip(passed, passed[3:], strict=False))


def test_a_fixed_window_starts_anew_at_each_full_minute() -> None:
    """The count of a minute does not carry over; its end is told."""
    window = FixedWindow(2, "minute")
    assert window.take(_after(30)).resets_at == _after(60)
    assert window.take(_after(59)).allowed
    assert not window.take(_after(59.9)).allowed
    assert window.take(_after(60)).remaining == 1


def test_a_day_is_the_accounts_own() -> None:
    """A daily window ends at local midnight, on the day of a clock change too."""
    before_spring = datetime(2025, 3, 30, 0, 30, tzinfo=AMSTERDAM)
    verdict = FixedWindow(9, "day", zone=AMSTERDAM).take(before_spring)
    assert verdict.resets_at == datetime(2025, 3, 30, 22, tzinfo=UTC)


def test_windows_count_by_real_time_where_the_world_stands_still() -> None:
    """With a monotonic clock the window moves on, although each request brings the same instant."""
    real = [0.0]
    sliding, fixed = (
        SlidingWindow(1, 10, seconds=lambda: real[0]),
        FixedWindow(1, "minute", seconds=lambda: real[0]),
    )
    assert sliding.take(NOON).allowed
    assert fixed.take(NOON).allowed
    real[0] = 4.0
    assert sliding.take(NOON).resets_at == _after(6)
    assert fixed.take(NOON).resets_at == _after(56)
    real[0] = 60.0
    assert sliding.take(NOON).allowed
    assert fixed.take(NOON).allowed
