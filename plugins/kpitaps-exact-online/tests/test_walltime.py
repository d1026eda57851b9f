"""Wall time written as if it were UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpitaps_exact_online.walltime import Day, WallTime, instant, literal, wall_after, wall_before
from pydantic import TypeAdapter

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
moments = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
autumns = st.datetimes(datetime(2026, 10, 24, 23), datetime(2026, 10, 25, 3), timezones=st.just(UTC))  # noqa: DTZ001 - the same


@pytest.mark.parametrize(
    ("text", "day", "wall"),
    [
        # A recorded pair: the server said 14:31:00 GMT when it wrote this.
        ("/Date(1782405060220)/", date(2026, 6, 25), "2026-06-25T16:31:00.220000"),
        ("/Date(1782432000000)/", date(2026, 6, 26), "2026-06-26T00:00:00"),
        ("/Date(-86400000)/", date(1969, 12, 31), "1969-12-31T00:00:00"),
        ("2026-06-25T16:16:40", date(2026, 6, 25), "2026-06-25T16:16:40"),
    ],
)
def test_what_a_time_shows(text: str, day: date, wall: str) -> None:
    """The company's clock and calendar, whatever UTC says."""
    assert TypeAdapter(Day).validate_python(text) == day
    assert TypeAdapter(WallTime).validate_python(text).isoformat() == wall


@given(at=st.one_of(moments, autumns))
def test_a_bound_is_on_its_side(at: datetime) -> None:
    """The start's wall time shows at no later instant than it, the end's at no earlier one, whichever pass is meant."""
    before, after = wall_before(at, AMSTERDAM), wall_after(at, AMSTERDAM)
    assert max(before.replace(tzinfo=AMSTERDAM, fold=fold).astimezone(UTC) for fold in (0, 1)) <= at + timedelta(
        hours=1
    )
    assert before.replace(tzinfo=AMSTERDAM).astimezone(UTC) <= at
    assert after.replace(tzinfo=AMSTERDAM).astimezone(UTC) >= at - timedelta(microseconds=at.microsecond)
    assert at - before.replace(tzinfo=AMSTERDAM).astimezone(UTC) <= timedelta(hours=2)


@pytest.mark.parametrize(
    ("at", "before", "after"),
    [
        ("2026-10-25T00:30", "2026-10-25T02:00:00", "2026-10-25T03:00:00"),
        ("2026-10-25T01:30", "2026-10-25T02:00:00", "2026-10-25T03:00:00"),
        ("2026-10-25T02:30", "2026-10-25T03:30:00", "2026-10-25T03:30:00"),
        ("2026-03-29T01:30", "2026-03-29T03:30:00", "2026-03-29T03:30:00"),
    ],
)
def test_an_hour_that_comes_twice_is_taken_whole(at: str, before: str, after: str) -> None:
    """From its beginning to its end, for nothing tells which of the two is meant; in spring there is no doubt."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert wall_before(moment, AMSTERDAM).isoformat() == before
    assert wall_after(moment, AMSTERDAM).isoformat() == after
    assert literal(wall_after(moment, AMSTERDAM)) == f"datetime'{after}'"


@given(at=moments)
def test_an_instant_comes_back(at: datetime) -> None:
    """But for the first pass of the doubled hour, when the second is over."""
    wall = at.astimezone(AMSTERDAM).replace(tzinfo=None, fold=0)
    found = instant(wall, AMSTERDAM, at)
    assert found == at or found - at == timedelta(hours=1) or at - found == timedelta(hours=1)
    assert found.astimezone(AMSTERDAM).replace(tzinfo=None, fold=0) == wall
