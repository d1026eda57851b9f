"""What differs between what Grafana has and what it is to have."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.grafana.apply.compare import REDACTED, differences, only, seconds

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "refId", "k"]), inner, max_size=3)
    ),
    max_leaves=12,
)


def without_nothing(value: Any) -> Any:
    """Return a value in which what is nothing is absent."""
    if isinstance(value, dict):
        return {key: without_nothing(each) for key, each in value.items() if each is not None}
    return [without_nothing(each) for each in value] if isinstance(value, list) else value


@given(VALUES)
def test_the_same_differs_in_nothing(value: Any) -> None:
    """Whatever it is, it is equal to itself."""
    assert list(differences(value, copy.deepcopy(value))) == []


@given(VALUES, VALUES)
def test_what_is_not_equal_differs(before: Any, after: Any) -> None:
    """No difference is overlooked: where none is found, the values are equal but for what is nothing."""
    if not list(differences(before, after)):
        assert without_nothing(before) == without_nothing(after)


def test_a_field_is_named_by_where_it_is() -> None:
    """Panels and queries are named by their ids, so that a moved panel is not told as twenty changed ones."""
    before = {"panels": [{"id": 1, "targets": [{"refId": "A", "expr": "a"}]}, {"id": 2}]}
    after = {"panels": [{"id": 3}, {"id": 1, "targets": [{"refId": "A", "expr": "b"}]}]}
    assert [each.path for each in differences(before, after)] == [
        *("panels[3]", "panels[1].targets[A].expr"),
        "panels[2]",
    ]


def test_another_order_is_a_difference() -> None:
    """Panels that only changed places are told as such."""
    (found,) = differences([{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 1}], "panels")
    assert (found.path, found.before, found.after) == ("panels (order)", ["1", "2"], ["2", "1"])


def test_a_secret_that_cannot_be_read_counts_as_the_same() -> None:
    """But one that is to go, or was never there, does not."""
    assert list(differences({"url": REDACTED}, {"url": "https://hook"})) == []
    assert list(differences({"url": REDACTED}, {"url": ""}))


@pytest.mark.parametrize(
    ("text", "length"), [("60m", 3600), ("1h0m0s", 3600), ("1d", 86_400), ("0s", 0), ("", ""), ("soon", "soon"), (5, 5)]
)
def test_durations_are_compared_by_length(text: Any, length: Any) -> None:
    """Grafana writes a duration in its own way."""
    assert seconds(text) == length


def test_only_our_part_is_compared() -> None:
    """What Grafana adds to a query is none of our business, what it lost is."""
    assert only({"expr": "a", "intervalMs": 1000}, {"expr": "a"}) == {"expr": "a"}
    assert only([{"a": 1, "b": 2}], [{"a": 1, "c": 3}]) == [{"a": 1}]
    assert only([1, 2], [1]) == [1, 2]
