"""When nobody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from kpitaps.alerts.mutes import DAYS, Mute, MuteTable

if TYPE_CHECKING:
    from collections.abc import Sequence


def muted(mute: Mute) -> set[tuple[str, int]]:
    """Return the minutes of a week in which nobody is told."""
    found = set()
    for days in mute.muted():
        for start, end in days.parts or [(0, 1440)]:
            found |= {(day, minute) for day in days.weekdays for minute in range(start, end)}
    return found


def test_a_night_is_the_evening_and_the_morning() -> None:
    """What crosses midnight is written in two parts, because neither Alertmanager nor Grafana takes it in one."""
    (interval,) = Mute("night", MuteTable(times="18:00-08:00", weekdays="monday")).intervals("Europe/Brussels")
    assert interval == {
        "weekdays": ["monday"],
        "times": [{"start_time": "00:00", "end_time": "08:00"}, {"start_time": "18:00", "end_time": "24:00"}],
        "location": "Europe/Brussels",
    }


def test_outside_office_hours_is_the_rest_of_these_days_and_the_others() -> None:
    """Office hours are written as they are; their complement is muted."""
    office = MuteTable(weekdays=DAYS[:5], times="09:00-17:30", outside=True, location="Europe/Amsterdam")
    weekend, around = Mute("office", office).intervals("UTC")
    assert weekend == {"weekdays": ["saturday", "sunday"], "location": "Europe/Amsterdam"}
    assert around["times"] == [
        {"start_time": "00:00", "end_time": "09:00"},
        {"start_time": "17:30", "end_time": "24:00"},
    ]


CLOCKS = st.integers(0, 96).map(lambda quarter: f"{quarter // 4:02d}:{quarter % 4 * 15:02d}")
SPANS = st.tuples(CLOCKS, CLOCKS).filter(lambda ends: ends[0] != ends[1]).map("-".join)


@given(st.lists(st.sampled_from(DAYS)), st.lists(SPANS, max_size=3))
def test_inside_and_outside_are_the_whole_week_once(weekdays: Sequence[str], times: Sequence[str]) -> None:
    """Whatever days and times are named: each minute of the week is muted by one of both, and none by both."""
    if not weekdays and not times:
        return
    inside, outside = (
        muted(Mute("x", MuteTable.model_validate({"weekdays": weekdays, "times": times, "outside": outside})))
        for outside in (False, True)
    )
    assert not inside & outside
    assert len(inside | outside) == 7 * 1440
