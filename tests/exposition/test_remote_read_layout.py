"""At which instants the days of a series show their values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from exposition.remote_history import AMSTERDAM, LOOK_BACK, NOW, ms
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.exposition.remote_read.layout import Layout, lay_out
from kpitaps.exposition.remote_read.request import Hints, Query

DAY = timedelta(days=1)
A_DAY = 86_400_000
TODAY = NOW.astimezone(AMSTERDAM).date()
SHORT, LONG = date(2025, 3, 30), date(2025, 10, 26)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def query(start: int, end: int, step: int = 0, range_: int = 0) -> Query:
    return Query(start, end, (), Hints(start, end, step, range_))


def shown(layout: Layout) -> dict[date, list[int]]:
    """Return the instants of each day that has any."""
    days = {date.fromordinal(layout.first + each): list(layout.stamps(each)) for each in range(layout.days)}
    return {day: stamps for day, stamps in days.items() if stamps}


def all_stamps(layout: Layout) -> list[int]:
    return [at for stamps in shown(layout).values() for at in stamps]


def last_millisecond(day: date) -> int:
    return ms(datetime.combine(day + DAY, datetime.min.time(), AMSTERDAM)) - 1


@pytest.mark.parametrize(
    ("at", "days"),
    [
        (local("2025-06-20T12:00"), 30),
        (local("2025-06-20T00:00"), 30),
        (local("2025-06-19T23:59:59.998"), 30),
        (local("2025-03-31T00:00"), 31),
        (local("2025-04-10T00:30"), 31),
        (local("2025-04-10T01:00"), 30),
        (local("2025-10-27T00:00"), 30),
        (local("2025-10-27T23:30"), 29),
        (local("2025-11-01T12:00"), 30),
        (local("2025-11-01T00:00"), 30),
    ],
    ids=str,
)
def test_a_range_sees_days_that_ended(at: datetime, days: int) -> None:
    """A range of 30 days holds each day that ended within it, once: 29 to 31 where the clock changed."""
    found = shown(lay_out(query(ms(at) - 30 * A_DAY + 1, ms(at), range_=30 * A_DAY), AMSTERDAM, TODAY, LOOK_BACK))
    assert len(found) == days
    assert {day: [last_millisecond(day)] for day in found} == found
    assert max(found) == at.date() - DAY


@pytest.mark.parametrize(("day", "hours"), [(SHORT, 23), (LONG, 25), (date(2025, 7, 1), 24)], ids=str)
def test_each_hour_of_a_day_shows_the_day(day: date, hours: int) -> None:
    """Steps of an hour find the whole day, be it 23 or 25 hours long, and nothing of its neighbours."""
    midnight = ms(datetime.combine(day, datetime.min.time(), AMSTERDAM))
    end = last_millisecond(day)
    layout = lay_out(query(midnight - LOOK_BACK, end, step=3_600_000), AMSTERDAM, TODAY, LOOK_BACK)
    for hour in range(hours):
        assert found_day(layout, midnight + hour * 3_600_000) == day
    assert midnight + hours * 3_600_000 == end + 1


def found_day(layout: Layout, at: int, *, is_left_open: bool = False) -> date | None:
    """Return the day whose sample Prometheus finds at an instant: the latest that is at most its look-back old."""
    found = [(stamp, day) for day, stamps in shown(layout).items() for stamp in stamps if stamp <= at]
    stamp, day = max(found, default=(0, None))
    return day if stamp >= at - LOOK_BACK + is_left_open else None


ZONES = [ZoneInfo(name) for name in ("Europe/Amsterdam", "Asia/Kolkata", "America/New_York", "Pacific/Apia", "UTC")]
INSTANTS = st.integers(ms(datetime(2011, 12, 1, tzinfo=UTC)), ms(NOW))
STEPS = st.one_of(
    st.sampled_from([1000, 15_000, 60_000, 300_000, 600_000, 3_600_000, A_DAY]), st.integers(1, 40 * A_DAY)
)


@given(
    start=INSTANTS,
    step=STEPS,
    number=st.integers(1, 400),
    zone=st.sampled_from(ZONES),
    is_new=st.booleans(),
    spare=st.integers(0, 1000),
)
def test_every_step_finds_its_own_day(
    *, start: int, step: int, number: int, zone: ZoneInfo, is_new: bool, spare: int
) -> None:
    """Wherever steps fall, in old and new versions, subqueries too, each finds a sample of the day it lies in."""
    end = min(start + step * number + spare, ms(NOW))
    today = NOW.astimezone(zone).date()
    layout = lay_out(query(start - LOOK_BACK + is_new, end, step=step), zone, today, LOOK_BACK)
    stamps = all_stamps(layout)
    assert stamps == sorted(set(stamps))
    assert all(start - LOOK_BACK <= at <= end for at in stamps)
    last = (end - start) // step
    steps = {start + step * each for each in {0, 1, last // 2, last - 1, last} if 0 <= each <= last}
    multiples = {at // step * step for at in (start + step - 1, (start + end) // 2, end)}
    for at in {end, *steps, *(each for each in multiples if start <= each <= end)}:
        local_day = datetime.fromtimestamp(at // 1000, zone).date()
        assert found_day(layout, at, is_left_open=is_new) == local_day


@given(
    start=INSTANTS, step=STEPS, number=st.integers(1, 400), zone=st.sampled_from(ZONES), ago=st.integers(0, 2 * A_DAY)
)
def test_what_is_found_is_never_another_day(start: int, step: int, number: int, zone: ZoneInfo, ago: int) -> None:
    """At any instant whatever, what is found is of that instant's day, or nothing is."""
    end = min(start + step * number, ms(NOW))
    layout = lay_out(query(start - LOOK_BACK, end, step=step), zone, NOW.astimezone(zone).date(), LOOK_BACK)
    at = max(start, end - ago)
    assert found_day(layout, at) in (None, datetime.fromtimestamp(at // 1000, zone).date())


@pytest.mark.parametrize("step", [0, 60_000, A_DAY])
def test_future_has_no_samples(step: int) -> None:
    """Today is shown up to its end, because who asks for tonight means today; nothing is shown of tomorrow."""
    later = ms(NOW) + 40 * A_DAY
    start = ms(NOW) - 40 * A_DAY if step else later - LOOK_BACK
    layout = lay_out(query(start, later, step=step), AMSTERDAM, TODAY, LOOK_BACK)
    assert all(at <= last_millisecond(TODAY) + 1 for at in all_stamps(layout))
    assert max(shown(layout), default=TODAY) <= TODAY + DAY


@pytest.mark.parametrize("hints", [None, Hints(0, ms(NOW), 0, 0)], ids=["without hints", "a list of series"])
def test_who_asks_without_steps_gets_days(hints: Hints | None) -> None:
    """A client that does not say what it does with samples gets one a day."""
    asked = Query(ms(NOW) - 10 * A_DAY, ms(NOW), (), hints)
    found = shown(lay_out(asked, AMSTERDAM, TODAY, LOOK_BACK))
    assert list(found) == [TODAY - each * DAY for each in range(10, 0, -1)]
    assert all(len(each) == 1 for each in found.values())


def test_beginning_of_time_is_bounded() -> None:
    """Who asks for all there is, from the first instant that fits into the message, gets some 20,000 days."""
    everything = Query(-(2**63), 2**63 - 1, (), Hints(-(2**63), 2**63 - 1, 1, 0))
    layout = lay_out(everything, AMSTERDAM, TODAY, LOOK_BACK)
    assert 19_000 < layout.days < 20_000
    assert max(len(layout.stamps(day)) for day in range(0, layout.days, 100)) < 300


def test_a_short_look_back_is_minded() -> None:
    """Where Prometheus looks back a minute, samples lie less than a minute apart."""
    minute = 60_000
    layout = lay_out(query(ms(NOW) - A_DAY - minute, ms(NOW), step=15_000), AMSTERDAM, TODAY, minute)
    assert max(after - at for at, after in pairwise(all_stamps(layout))) < minute
