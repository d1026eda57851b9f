"""Events that a test adds to the story, and readers that notice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from kpitaps.errors import BadUse
from kpitaps.testing.story import Mark, OpenOrder, OrderDeleted, OrderPlaced, OrderTouched, Refunded, Story

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def story() -> Story:
    return Story(founded=date(2025, 1, 1), orders_per_day=4)


def test_appended_events_come_when_their_time_comes(story: Story) -> None:
    """An event added for later is not told before."""
    later = OrderTouched(NOW + timedelta(days=40), 1)
    story.append(later)
    assert later not in story.events(NOW)
    assert story.events(later.at)[-1] == later


def test_a_refund_by_hand_takes_back_all_and_replaces_the_plan(story: Story) -> None:
    """Refunding an order takes back what is open; what was in store for it no longer happens."""
    placed = next(
        event
        for event in Story(founded=date(2025, 1, 1), orders_per_day=4).events(NOW + timedelta(days=90))
        if isinstance(event, Refunded)
    )
    at = placed.at - timedelta(seconds=1)
    refund = story.refund(placed.order, at)
    history = story.order(placed.order, NOW + timedelta(days=365))
    assert history[-1] == refund
    assert isinstance(history[0], OrderPlaced)
    assert OpenOrder(history[0], history).lines == []


def test_a_deletion_by_hand_is_the_end_of_an_order(story: Story) -> None:
    """What was in store for it no longer happens; one that does not exist cannot be deleted."""
    days = Story(founded=date(2025, 1, 1), orders_per_day=4).events(NOW + timedelta(days=90))
    refund = next(event for event in days if isinstance(event, Refunded))
    at = refund.at - timedelta(seconds=1)
    assert story.delete(refund.order, at) == OrderDeleted(at, refund.order)
    assert story.order(refund.order, NOW + timedelta(days=365))[-1] == OrderDeleted(at, refund.order)
    with pytest.raises(BadUse, match="has no order"):
        story.delete("#1", at)


def test_a_line_can_be_refunded_in_part_and_no_more_than_once(story: Story) -> None:
    """Units of one line are taken back; asking for more than is left is refused."""
    placed = next(event for event in story.events(NOW) if isinstance(event, OrderPlaced) and not event.is_test)
    line = story.place(NOW).lines[0]
    order = f"#{900_001 + 1000}"
    refund = story.refund(order, NOW, {line.id: line.quantity})
    assert refund.lines[0].amounts == line.amounts
    with pytest.raises(BadUse, match="left to take back"):
        story.refund(order, NOW, {line.id: 1})
    with pytest.raises(BadUse, match="has no order"):
        story.refund("#1", placed.at)


def test_a_reader_goes_on_where_it_was(story: Story) -> None:
    """Reading with a mark gives only what is new."""
    mark, first = story.read(Mark(), NOW)
    mark, second = story.read(mark, NOW + timedelta(days=3))
    assert not mark.fresh
    assert [*first, *second] == story.events(NOW + timedelta(days=3))


@pytest.mark.parametrize("days", [-3, 0])
def test_a_reader_starts_anew_when_the_past_changes(story: Story, days: int) -> None:
    """An event added at or before what was read makes the reader start over."""
    mark, _ = story.read(Mark(), NOW)
    story.append(OrderTouched(NOW + timedelta(days=days), 1))
    mark, events = story.read(mark, NOW)
    assert mark.fresh
    assert events == story.events(NOW)


def test_a_reader_starts_anew_when_the_clock_goes_back(story: Story) -> None:
    """Reading up to an earlier instant forgets what came after it."""
    mark, _ = story.read(Mark(), NOW)
    mark, events = story.read(mark, NOW - timedelta(days=5))
    assert mark.fresh
    assert events == story.events(NOW - timedelta(days=5))
