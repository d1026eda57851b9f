"""Spans of time and their set arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.calendar import Span, Spans
from kpitaps.errors import TapBug

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SIZE = 40

Pair = tuple[int, int]
pairs = st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)).map(lambda ends: (min(ends), max(ends)))
sets_of_pairs = st.lists(pairs, max_size=8)


def at(second: int) -> datetime:
    return EPOCH + timedelta(seconds=second)


def spans(ends: list[Pair]) -> Spans:
    return Spans(Span(at(start), at(end)) for start, end in ends)


def model(ends: list[Pair]) -> set[int]:
    return {second for start, end in ends for second in range(start, end)}


def seconds(found: Spans) -> set[int]:
    return {second for second in range(SIZE) for span in found if at(second) in span}


@given(sets_of_pairs, sets_of_pairs)
def test_spans_are_sets_of_instants(left: list[Pair], right: list[Pair]) -> None:
    """Union, difference and length are those of the sets of seconds that the spans hold."""
    assert seconds(spans(left) | spans(right)) == model(left) | model(right)
    assert seconds(spans(left) - spans(right)) == model(left) - model(right)
    assert spans(left).length == timedelta(seconds=len(model(left)))


@given(sets_of_pairs)
def test_a_set_of_instants_has_one_form(ends: list[Pair]) -> None:
    """Spans are sorted, hold something each and do not touch, so equal sets are equal and hash alike."""
    found = list(spans(ends))
    assert all(span.start < span.end for span in found)
    assert all(one.end < other.start for one, other in pairwise(found))
    singles = spans([(second, second + 1) for second in model(ends)])
    assert singles == spans(ends)
    assert hash(singles) == hash(spans(ends))
    assert bool(found) == bool(model(ends))
    assert spans(ends).newest == (found[-1] if found else None)


@given(sets_of_pairs, sets_of_pairs, sets_of_pairs)
def test_the_order_of_work_does_not_matter(one: list[Pair], two: list[Pair], three: list[Pair]) -> None:
    """Union is associative and commutative, and taking away twice is taking away the union."""
    a, b, c = spans(one), spans(two), spans(three)
    assert (a | b) | c == c | (b | a)
    assert a - b - c == a - (b | c)
    assert (a - b) | (a - (a - b)) == a


def test_a_span_is_half_open() -> None:
    """The start belongs to a span, the end does not, and an empty span holds nothing."""
    span = Span(at(0), at(10))
    assert at(0) in span
    assert at(10) not in span
    assert at(3) not in Span(at(3), at(3))
    assert str(span) == "2025-01-01T00:00:00Z/2025-01-01T00:00:10Z"


def test_spans_are_in_utc_whatever_zone_they_are_given_in() -> None:
    """Over the hour that is there twice, a span is as long as it lasted: wall clocks would say 30 minutes back."""
    first = datetime(2025, 10, 26, 2, 45, tzinfo=AMSTERDAM)
    second = datetime(2025, 10, 26, 2, 15, tzinfo=AMSTERDAM, fold=1)
    span = Span(first, second)
    assert span.length == timedelta(minutes=30)
    assert span == Span(datetime(2025, 10, 26, 0, 45, tzinfo=UTC), datetime(2025, 10, 26, 1, 15, tzinfo=UTC))
    assert span.start.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        (datetime(2025, 1, 1), at(1), "needs instants with a UTC offset"),  # noqa: DTZ001 - that is the point
        (at(0), datetime(2025, 1, 2), "needs instants with a UTC offset"),  # noqa: DTZ001
        (at(1), at(0), "cannot end"),
    ],
)
def test_impossible_spans_are_refused(start: datetime, end: datetime, why: str) -> None:
    """A naive end, or an end before the start, is refused."""
    with pytest.raises(TapBug, match=why):
        Span(start, end)
