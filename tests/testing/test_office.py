"""The office's log: the same for everybody, at every hour, and open to events by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpitaps.calendar import local_day
from kpitaps.testing.story import (
    DealLost,
    DealOpened,
    DealWon,
    LeadCaptured,
    Mark,
    Office,
    OfficeEvent,
    Story,
    TicketOpened,
    TimeLogged,
    entity,
)

if TYPE_CHECKING:
    from types import UnionType

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FOUNDED = date(2023, 1, 1)
START = datetime(2022, 12, 31, 23, tzinfo=UTC)
END = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2023, 4, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def events() -> list[OfficeEvent]:
    return list(Story(founded=FOUNDED).office.events(END))


@pytest.fixture
def office() -> Office:
    return Story(founded=FOUNDED, pace=0.3).office


SOME = Story(founded=FOUNDED, pace=0.2).office.events(NOW)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 150 * 86_400), max_size=6))
def test_log_does_not_depend_on_how_it_is_read(offsets: list[int]) -> None:
    """Whoever reads whatever in whichever order, the log up to an instant is the same."""
    office = Story(founded=FOUNDED, pace=0.2).office
    for offset in offsets:
        office.events(START + timedelta(seconds=offset))
    assert office.events(NOW) == SOME


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 100 * 86_400), min_size=1, max_size=8).map(sorted))
def test_a_reader_that_goes_on_from_its_mark_misses_nothing(offsets: list[int]) -> None:
    """Read in steps with a mark, the pieces are the whole."""
    office, mark, pieces = Story(founded=FOUNDED, pace=0.2).office, Mark(), []
    for offset in offsets:
        mark, more = office.read(mark, START + timedelta(seconds=offset))
        pieces = list(more) if mark.fresh else [*pieces, *more]
    assert pieces == office.events(START + timedelta(seconds=offsets[-1]))


def test_same_seed_same_log_other_seed_another() -> None:
    """A seed decides the whole log, whatever the shop of the same story was asked."""
    story = Story(seed=1, pace=0.2)
    story.events(NOW)
    assert story.office.events(NOW) == Story(seed=1, pace=0.2).office.events(NOW)
    assert story.office.events(NOW) != Story(seed=2, pace=0.2).office.events(NOW)


def test_shop_does_not_notice_its_office() -> None:
    """The shop's log is the same whether or not anybody asked for the office."""
    story = Story()
    assert story.office is story.office
    story.office.events(NOW)
    assert story.events(NOW) == Story().events(NOW)


@pytest.mark.slow
def test_log_is_sorted_aware_and_on_whole_seconds(events: list[OfficeEvent]) -> None:
    """Every instant is in UTC, on a second, not before the one before it, nor before the founding."""
    instants = [event.at for event in events]
    assert instants == sorted(instants)
    assert all(at.tzinfo is UTC and at.microsecond == 0 for at in instants)
    assert local_day(instants[0], AMSTERDAM) >= FOUNDED


def test_most_happens_in_working_hours_and_some_at_the_edges_of_days(events: list[OfficeEvent]) -> None:
    """Half past eleven at night and both sides of midnight have events, though most come by day."""
    local = [event.at.astimezone(AMSTERDAM) for event in events if not isinstance(event, TimeLogged)]
    by_day = sum(at.weekday() < 5 and 8 <= at.hour < 18 for at in local)
    assert by_day > 0.7 * len(local)
    clocks = [at.time() for at in local]
    for edge in (time(23, 30), time(23, 59, 59), time(0, 0), time(0, 0, 1)):
        assert clocks.count(edge) > 20, edge


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Europe/Amsterdam", [date(2023, 3, 26), date(2023, 10, 29), date(2024, 3, 31), date(2024, 10, 27)]),
        ("America/New_York", [date(2023, 3, 12), date(2023, 11, 5), date(2024, 3, 10), date(2024, 11, 3)]),
    ],
)
@pytest.mark.parametrize("kinds", [LeadCaptured, TicketOpened, DealOpened | DealWon])
def test_clock_changes_have_events_on_both_sides(zone: str, days: list[date], kinds: UnionType) -> None:
    """On a day whose clock changes, things happen before and after it, however little goes on."""
    office = Story(founded=FOUNDED, zone=zone, pace=0.05).office
    local = [event.at.astimezone(ZoneInfo(zone)) for event in office.events(END) if isinstance(event, kinds)]
    for day in days:
        offsets = {at.utcoffset() for at in local if at.date() == day and at.hour <= 4}
        assert len(offsets) == 2, day


def test_hours_across_a_clock_change_count_as_they_passed(events: list[OfficeEvent]) -> None:
    """A night shift of two hours shows one or three on the clock."""
    shown = set()
    for event in events:
        if isinstance(event, TimeLogged) and event.started_at:
            start = event.started_at.astimezone(AMSTERDAM)
            end = (event.started_at + timedelta(seconds=event.seconds)).astimezone(AMSTERDAM)
            if start.utcoffset() != end.utcoffset():
                shown.add((event.seconds, end.replace(tzinfo=None) - start.replace(tzinfo=None)))
    assert {(7_200, timedelta(hours=1)), (7_200, timedelta(hours=3))} <= shown


def test_leap_day_is_a_day_like_others(events: list[OfficeEvent]) -> None:
    """Leads and tickets come in, and hours are worked, on February 29th."""
    leap = {type(event) for event in events if local_day(event.at, AMSTERDAM) == date(2024, 2, 29)}
    assert {LeadCaptured, TicketOpened, TimeLogged} <= leap


def test_the_past_can_be_changed_by_hand(office: Office) -> None:
    """An event added by hand comes at its time, and a reader who was past it starts anew."""
    mark, before = office.read(Mark(), NOW)
    by_hand = LeadCaptured(NOW - timedelta(days=3), office.next_id(), "Ada", "ada@post.example", "", "direct")
    office.append(by_hand)
    mark, after = office.read(mark, NOW)
    assert mark.fresh
    assert by_hand in after
    assert [event for event in after if event != by_hand] == before
    assert office.next_id() > by_hand.lead


def test_what_is_in_store_for_a_deal_can_be_cut_off(office: Office) -> None:
    """After a cut a deal's own events end there, whether or not they had been read before, and readers notice."""
    whole = Story(founded=FOUNDED, pace=0.3).office.events(END)
    lost = next(event for event in whole if isinstance(event, DealLost) and event.at > NOW)
    mark, _ = office.read(Mark(), NOW)
    opened = next(event for event in whole if isinstance(event, DealOpened) and event.deal == lost.deal)
    office.cut(lost.deal, opened.at)
    mark, _ = office.read(mark, NOW)
    assert mark.fresh == (opened.at < NOW)
    assert [event for event in office.events(END) if entity(event) == lost.deal] == [opened]
    assert [event for event in office.events(END) if entity(event) != lost.deal] == [
        event for event in whole if entity(event) != lost.deal
    ]
