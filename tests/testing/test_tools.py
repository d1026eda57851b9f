"""The clock, the bucket, the queue of faults, and keyset pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.errors import BadUse
from kpitaps.testing import Clock, Faults, LeakyBucket
from kpitaps.testing.pages import Key, decode_cursor, encode_cursor, slice_keys

NOON = datetime(2025, 1, 31, 12, tzinfo=UTC)


class Seconds:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    """Time is what the test says."""
    clock = Clock(NOON)
    assert clock.now() == clock.now() == NOON
    assert clock.advance(timedelta(hours=2)) == NOON + timedelta(hours=2)
    clock.set(NOON)
    assert clock.now() == NOON


def test_a_ticking_clock_goes_on_with_real_time() -> None:
    """From where it was set, it keeps real time's pace."""
    seconds = Seconds()
    clock = Clock(NOON, ticking=True, monotonic=seconds)
    seconds.now = 90
    assert clock.now() == NOON + timedelta(seconds=90)
    clock.set(NOON)
    seconds.now = 100
    assert clock.now() == NOON + timedelta(seconds=10)


def test_a_bucket_refills_at_its_rate_and_no_further_than_full() -> None:
    """Points come back with time; what was asked for and not used comes back at once."""
    seconds = Seconds()
    bucket = LeakyBucket(100, 10, seconds)
    assert bucket.take(95)
    assert not bucket.take(6)
    bucket.give_back(1)
    assert bucket.take(6)
    seconds.now = 3
    assert bucket.available == 30
    seconds.now = 1_000
    assert bucket.available == 100


def test_faults_happen_as_often_as_queued_and_only_where_meant() -> None:
    """A fault is spent by its number of requests, on matching paths only."""
    faults = Faults(["throttled"], ["revoked"])
    faults.add("429", times=2, path_contains="graphql")
    assert faults.take(("429",), "/oauth") is None
    assert [bool(faults.take(("429", "500"), "/graphql.json")) for _ in range(3)] == [True, True, False]


def test_sticky_faults_last_until_cleared() -> None:
    """A sticky kind spoils every request until the queue is cleared; an unknown kind is refused."""
    faults = Faults(sticky=["revoked"])
    faults.add("revoked")
    assert all(faults.take(("revoked",), "/") for _ in range(5))
    faults.clear()
    assert faults.take(("revoked",), "/") is None
    with pytest.raises(BadUse, match="there is no fault 'earthquake'"):
        faults.add("earthquake")


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 400)), unique=True, max_size=60),
    st.integers(1, 7),
    st.booleans(),
)
def test_pages_together_are_all_rows_in_order(keys: list[Key], first: int, reverse: bool) -> None:
    """Following the cursors visits every row once, equal sort values included, in both directions."""
    keys = sorted(keys)
    seen: list[Key] = []
    after, has_next = None, True
    while has_next:
        found, has_next, has_previous = slice_keys(keys, first=first, after=after, reverse=reverse)
        assert has_previous == bool(seen)
        seen += found
        after = encode_cursor(found[-1]) if found else None
    assert seen == (keys[::-1] if reverse else keys)


def test_a_row_that_moves_away_does_not_hide_its_neighbours() -> None:
    """A cursor is a value and an id: the row it names may leave meanwhile."""
    keys = [("a", 1), ("b", 2), ("c", 3)]
    after = encode_cursor(keys[1])
    assert slice_keys([("a", 1), ("c", 3), ("d", 2)], first=5, after=after)[0] == [("c", 3), ("d", 2)]
    with pytest.raises(ValueError, match="no cursor"):
        decode_cursor("bm8=")
