"""The fixed window's arithmetic where answers of two windows cross each other."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from kpitaps.http import Counter
from kpitaps.http.counters import CounterMeter
from kpitaps.http.told import Report


@pytest.fixture
def meter() -> CounterMeter:
    """A minute of ten requests, told to end between the seconds 9 and 11, one request used."""
    meter = CounterMeter(10, length=60, next_reset=lambda: 30.0, weighed=False, now=0.0)
    meter.settle(meter.take(1, 0.0), Report(remaining=9, reset=(9.0, 11.0)), 0.0)
    return meter


def test_a_window_is_over_when_it_surely_is(meter: CounterMeter) -> None:
    """What is used comes back at the latest instant that the reset can be."""
    assert meter.delay(10, 4.0) == 7.0
    assert meter.free(10.9) == 9
    assert meter.free(11.0) == 10
    assert meter.recovers(11.0) == 60.0


def test_what_was_answered_about_the_reset_counts_twice(meter: CounterMeter) -> None:
    """A request that may have been counted in either window is counted in both."""
    meter.settle(meter.take(1, 8.0), None, 8.5)
    meter.settle(meter.take(1, 9.5), None, 10.0)
    assert meter.free(10.5) == 7
    assert meter.free(11.0) == 9


def test_an_answer_of_the_new_window_ends_the_old_one(meter: CounterMeter) -> None:
    """A later reset is the sign; what was lost on the way back, and what is in flight, counts in the new window."""
    early, lost, flying = meter.take(1, 10.1), meter.take(1, 10.2), meter.take(1, 10.3)
    meter.settle(lost, None, 10.4)
    meter.settle(early, Report(remaining=9, reset=(58.0, 61.0)), 10.5)
    assert meter.free(10.6) == 7
    meter.settle(flying, None, 10.7)
    assert meter.free(10.8) == 7


def test_an_answer_of_the_old_window_says_nothing_of_the_new_one(meter: CounterMeter) -> None:
    """A report that comes late about a window that is past is not heeded."""
    late, quick = meter.take(1, 8.0), meter.take(1, 10.2)
    meter.settle(quick, Report(remaining=9, reset=(59.0, 61.0)), 10.4)
    meter.settle(late, Report(remaining=0, reset=(0.0, 0.5)), 10.5)
    assert meter.free(10.6) == 8
    assert meter.recovers(10.6) > 50


def test_an_answer_that_took_a_minute_says_nothing_of_the_reset(meter: CounterMeter) -> None:
    """Where the told reset can be this window's or the next one's, neither it nor what remains is heeded."""
    slow = meter.take(1, 1.0)
    meter.settle(slow, Report(remaining=10, reset=(8.0, 60.5)), 10.5)
    assert meter.recovers(10.5) == 0.5
    assert meter.free(10.5) == 8


def test_what_is_in_flight_may_come_back(meter: CounterMeter) -> None:
    """Only the reset brings back what is used; what is held may yet be settled for less."""
    hold = meter.take(9, 1.0)
    assert meter.delay(1, 1.0) == math.inf
    meter.give(hold, 2.0)
    assert meter.delay(9, 2.0) == 0.0


def test_after_a_long_rest_the_reset_is_computed_anew(meter: CounterMeter) -> None:
    """A told reset says nothing of windows that nobody saw begin."""
    assert meter.free(200.0) == 10
    assert meter.recovers(200.0) == 32.0


@pytest.mark.parametrize(
    ("resets", "zone", "at", "wait"),
    [
        ("minute", "UTC", datetime(2025, 1, 31, 12, 0, 15, tzinfo=UTC), 45),
        ("hour", "UTC", datetime(2025, 1, 31, 12, 59, tzinfo=UTC), 60),
        ("day", "UTC", datetime(2025, 1, 31, 23, tzinfo=UTC), 3_600),
        ("day", "US/Eastern", datetime(2025, 1, 31, 4, 59, tzinfo=UTC), 60),
        ("day", "Europe/Amsterdam", datetime(2025, 3, 29, 23, tzinfo=UTC), 23 * 3_600),
        ("day", "Europe/Amsterdam", datetime(2025, 10, 25, 22, tzinfo=UTC), 25 * 3_600),
    ],
)
def test_a_reset_is_computed_where_none_is_told(resets: str, zone: str, at: datetime, wait: float) -> None:
    """Full minutes and hours, and local midnight: 23 and 25 hours away on the days of a clock change."""
    assert Counter("s", 10, resets=resets, zone=zone).next_reset(at.timestamp()) == wait
