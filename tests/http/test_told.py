"""What sources tell of their limits, in all the forms they have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.http import CounterState, LimitHeaders, Reply
from kpitaps.http.told import report

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)
DATE = format_datetime(NOON, usegmt=True)
HEADERS = LimitHeaders("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def _reply(reset: str = "", **more: str) -> Reply:
    headers = {"date": DATE, "x-ratelimit-limit": "60", "x-ratelimit-remaining": "7", "x-ratelimit-reset": reset}
    return Reply(200, headers={**headers, **more})


@pytest.mark.parametrize(
    "reset",
    [
        "1738324830",
        "1738324830000",
        "1738324830.5",
        "30",
        "2025-01-31T12:00:30Z",
        "2025-01-31T13:00:30.000+0100",
        "2025-01-31T13:00:30+01:00",
    ],
)
def test_a_reset_is_read_in_every_form(reset: str) -> None:
    """Seconds or milliseconds since 1970, seconds from now, ISO 8601 with a colon in the offset or without."""
    state = HEADERS(_reply(reset))
    assert (state.remaining, state.capacity) == (7, 60)
    assert abs(state.resets_at - NOON - timedelta(seconds=30)) < timedelta(seconds=1)


@pytest.mark.parametrize("reset", ["", "soon", "-5", "2025-01-31T12:00:30", "99999999999999999", "2025-01-31"])
def test_a_reset_that_makes_no_sense_is_not_told(reset: str) -> None:
    """Nonsense and naive times are no reset; the rest of the answer counts."""
    assert HEADERS(_reply(reset)) == CounterState(7, 60)


@given(st.text())
def test_no_header_breaks_the_reading(text: str) -> None:
    """Whatever headers hold, reading them raises nothing."""
    headers = {"x-ratelimit-limit": text, "x-ratelimit-reset": text}
    reply = Reply(200)
    reply.headers = headers
    HEADERS(reply)


def test_headers_that_are_absent_tell_nothing() -> None:
    """A source that tells of another limit, or of none, is not taken for one that has nothing left."""
    assert HEADERS(Reply(429)) is None
    assert LimitHeaders()(_reply("30")) is None


@pytest.mark.parametrize(
    ("wait", "bounds"), [(30, (29, 31)), (0, (0, 1)), (60.5, (59.5, 61.5)), (62, None), (-2, None), (86_400, None)]
)
def test_a_reset_is_believed_within_the_window(wait: float, bounds: tuple[float, float] | None) -> None:
    """A second's doubt is kept on both sides; a reset that is past or further off than a window is no reset."""
    state = CounterState(7, 60, NOON + timedelta(seconds=wait))
    assert report(state, _reply(), longest=60, now=0).reset == (pytest.approx(bounds) if bounds else None)


def test_a_clock_of_ours_that_is_wrong_does_no_harm() -> None:
    """A reset is compared with the answer's own Date; without one the doubt is larger."""
    state = CounterState(resets_at=NOON + timedelta(seconds=30))
    assert report(state, _reply(), longest=60, now=0).reset == (29, 31)
    assert report(state, Reply(200), longest=60, now=NOON.timestamp()).reset == (27, 33)
    assert report(state, Reply(200), longest=60, now=0).reset is None


def test_a_limit_of_nothing_is_not_believed() -> None:
    """A capacity below one request would stop the connection for good; what remains is never negative."""
    assert report(CounterState(-3, 0), _reply(), longest=60, now=0) == report(
        CounterState(0), _reply(), longest=60, now=0
    )
