"""Reading a list that changes while it is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpitaps_teamleader.paging import LARGEST, next_page, read_all
from kpitaps_teamleader.payloads import Identified

from kpitaps import Context, Reply, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable


class Changing:
    """A list whose rows are cut into pages by position, and that changes before each request."""

    def __init__(self, rows: list[str], change: Callable[[list[str], int], None] = lambda *_: None) -> None:
        self.rows, self.change, self.asked = rows, change, 0

    def post(self, path: str, *, json: Any) -> Reply:
        del path
        self.change(self.rows, self.asked)
        self.asked += 1
        size, number = json["page"]["size"], json["page"]["number"]
        return answer(self.rows[(number - 1) * size : number * size])


def answer(rows: list[str]) -> Reply:
    return Reply(200, content=json.dumps({"data": [{"id": row} for row in rows]}).encode())


def read(source: Changing) -> list[str]:
    ctx = Context(source, None, datetime.now(UTC))  # type: ignore[arg-type]
    return [row.id for row in read_all(ctx, "deals.list", Identified)]


def names(count: int) -> list[str]:
    return [f"{number:05d}" for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 198, 250, 1_000])
def test_every_row_is_read_once(count: int) -> None:
    """Whatever the length, also where it ends with a page."""
    source = Changing(names(count))
    assert read(source) == names(count)
    assert source.asked <= 2 + count * 1.2 / LARGEST


@given(end=st.integers(min_value=1, max_value=200_000))
def test_each_page_begins_within_the_one_before(end: int) -> None:
    """It shows the last row again and reaches beyond it, with a size that is allowed."""
    number, size = next_page(end)
    assert 1 <= size <= LARGEST
    assert (number - 1) * size < end < number * size


@given(
    count=st.integers(min_value=0, max_value=450),
    deletions=st.dictionaries(st.integers(0, 6), st.lists(st.integers(0, 449), max_size=4), max_size=3),
    insertions=st.dictionaries(st.integers(0, 6), st.lists(st.integers(0, 449), max_size=4), max_size=3),
)
def test_no_row_that_stays_is_missed(count: int, deletions: dict[int, Any], insertions: dict[int, Any]) -> None:
    """Rows may come and go between the pages, before or after where we are: those that were always there are read."""

    def change(rows: list[str], asked: int) -> None:
        for position in deletions.pop(asked, []):
            if position < len(rows):
                del rows[position]
        for position in insertions.pop(asked, []):
            rows.insert(min(position, len(rows)), f"new{asked}/{position}/{len(rows)}")

    source = Changing(names(count), change)
    found = read(source)
    assert len(found) == len(set(found))
    assert {row for row in source.rows if not row.startswith("new")} <= set(found)


def test_a_row_that_goes_away_costs_one_page_more() -> None:
    """Of a long list what was read is not read again: reading goes back until it meets a row that it knows."""

    def remove_the_first(rows: list[str], asked: int) -> None:
        if asked == 15:
            del rows[0]

    calm, source = Changing(names(2_000)), Changing(names(2_000), remove_the_first)
    read(calm)
    assert set(source.rows) <= set(read(source))
    assert source.asked <= calm.asked + 2


def test_a_list_that_never_stands_still_is_left_for_later() -> None:
    """After five steps back in a row the stream waits: what cannot be read whole must not look like all there is."""

    def shrink(rows: list[str], _: int) -> None:
        del rows[0]

    with pytest.raises(RetryLater, match="changes faster than it can be read"):
        read(Changing(names(3_000), shrink))
