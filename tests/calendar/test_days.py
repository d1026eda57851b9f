"""Instants and the local days they fall on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.calendar import day_end, day_start, local_day, utc
from kpitaps.errors import TapBug

ZONES = {
    name: ZoneInfo(name)
    for name in ("Europe/Amsterdam", "America/New_York", "America/Havana", "Asia/Kolkata", "Pacific/Apia", "UTC")
}
zones = st.sampled_from(list(ZONES.values()))


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("Europe/Amsterdam", "2025-03-30", "2025-03-29T23:00Z", 23),
        ("Europe/Amsterdam", "2025-10-26", "2025-10-25T22:00Z", 25),
        ("Europe/Amsterdam", "2025-06-01", "2025-05-31T22:00Z", 24),
        ("America/New_York", "2025-03-09", "2025-03-09T05:00Z", 23),
        ("America/New_York", "2025-11-02", "2025-11-02T04:00Z", 25),
        # The clock changes at midnight: 00:00 does not exist, or is there twice.
        ("America/Havana", "2025-03-09", "2025-03-09T05:00Z", 23),
        ("America/Havana", "2025-11-02", "2025-11-02T04:00Z", 25),
        # Samoa left out this day.
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z", 0),
        ("Asia/Kolkata", "2025-03-30", "2025-03-29T18:30Z", 24),
    ],
)
def test_days_are_as_long_as_the_clock_says(zone: str, day: str, start: str, hours: int) -> None:
    """A day starts at its local midnight and lasts 23 or 25 hours where the clock changes."""
    found = day_start(date.fromisoformat(day), ZONES[zone])
    assert found == datetime.fromisoformat(start)
    assert found.tzinfo is UTC
    assert day_end(date.fromisoformat(day), ZONES[zone]) - found == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Amsterdam", "2025-10-25T21:59:59Z", "2025-10-25"),
        ("Europe/Amsterdam", "2025-10-25T22:00:00Z", "2025-10-26"),
        # 02:30, the first and the second time
        ("Europe/Amsterdam", "2025-10-26T00:30:00Z", "2025-10-26"),
        ("Europe/Amsterdam", "2025-10-26T01:30:00Z", "2025-10-26"),
        ("Europe/Amsterdam", "2025-10-26T22:59:59Z", "2025-10-26"),
        ("Europe/Amsterdam", "2025-10-26T23:00:00Z", "2025-10-27"),
        ("America/New_York", "2025-11-02T05:30:00Z", "2025-11-02"),
        ("America/New_York", "2025-11-02T06:30:00Z", "2025-11-02"),
        ("America/New_York", "2025-11-03T04:59:59Z", "2025-11-02"),
        ("America/New_York", "2025-11-03T05:00:00Z", "2025-11-03"),
        ("America/New_York", "2025-12-31T23:30:00+01:00", "2025-12-31"),
        ("Asia/Kolkata", "2025-12-31T20:00:00+01:00", "2026-01-01"),
    ],
)
def test_an_instant_falls_on_its_local_day(zone: str, instant: str, day: str) -> None:
    """Just before and after midnight, in the repeated hour and from other offsets, the account's own day counts."""
    assert local_day(datetime.fromisoformat(instant), ZONES[zone]) == date.fromisoformat(day)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), zones)  # noqa: DTZ001 - bounds
def test_each_instant_lies_within_its_day(instant: datetime, zone: ZoneInfo) -> None:
    """A day's start and end enclose exactly the instants that fall on it."""
    day = local_day(instant, zone)
    assert day_start(day, zone) <= instant < day_end(day, zone)
    assert day_end(day, zone) == day_start(day + timedelta(days=1), zone)


@pytest.mark.parametrize("ask", [utc, lambda instant: local_day(instant, ZONES["UTC"])], ids=["utc", "local_day"])
def test_naive_times_are_refused(ask: object) -> None:
    """Without an offset nobody knows which day a time falls on."""
    with pytest.raises(TapBug, match=r"2025-01-01T12:00:00 has no UTC offset"):
        ask(datetime(2025, 1, 1, 12))  # type: ignore[operator] # noqa: DTZ001 - that is the point


def test_utc_keeps_the_instant() -> None:
    """The same instant in UTC, also from the second pass of a repeated hour."""
    second_pass = datetime(2025, 10, 26, 2, 30, tzinfo=ZONES["Europe/Amsterdam"], fold=1)
    assert utc(second_pass) == datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
    assert utc(second_pass).tzinfo is UTC
