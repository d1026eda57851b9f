"""Flags land and go with the days, the window or the check that they are of, and only those that count are read."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.shelf import DAY, NOW, ORDERS, a_connection, a_generation, a_stream, dump, entry

from kpitaps import Account
from kpitaps.calendar import Span
from kpitaps.store import (
    Generation,
    LandedFlag,
    LandedWindow,
    SeriesBook,
    activate,
    flag_checked,
    land_days,
    land_windows,
    open_flags,
    purge_connection,
    set_owner,
    stop_connection,
    windows_over,
)
from kpitaps.store.flags import FlaggedDays, flag_days
from kpitaps.store.generations import lock_connection
from kpitaps.store.landing import writing
from kpitaps.store.tables import flag as table
from kpitaps.store.tables import generation
from kpitaps.tap import StreamKind
from kpitaps.units import Quality

if TYPE_CHECKING:
    from store.conftest import Desk

AS_OF = NOW.date()
SAMPLED = LandedFlag("orders", DAY, DAY + 9, "sampled", "A sample.")


def land(desk: Desk, days: range, *flags: LandedFlag, generation: Generation | None = None) -> None:
    """Land days without any numbers, and what is said against them."""
    book = SeriesBook((generation or desk.generation).id, [ORDERS])
    land_days(desk.ledger.database, book, [], days, None, observed_at=NOW, flags=flags)


def said(desk: Desk) -> list[tuple[int, int]]:
    """Return the days of the flags that hold, counted from the first of March."""
    return [(each.flag.first - DAY, each.flag.last - DAY) for each in open_flags(desk.ledger.database)]


def doubts(desk: Desk) -> list[tuple[date, date]]:
    return sorted(doubt[:2] for doubt in desk.ledger.reader(1).doubts("orders", date(2024, 1, 1), date(2026, 1, 1)))


def test_flags_are_replaced_for_exactly_the_days_that_land(desk: Desk) -> None:
    """A later reading takes its days out of an older flag; what it says of other days than those is cut."""
    land(desk, range(DAY, DAY + 10), SAMPLED)
    land(desk, range(DAY + 4, DAY + 6))
    assert said(desk) == [(0, 3), (6, 9)]
    land(desk, range(DAY + 8, DAY + 12), SAMPLED._replace(last=DAY + 99))
    assert said(desk) == [(0, 3), (6, 11)]


def test_the_same_reading_twice_changes_no_row(desk: Desk) -> None:
    """Nor does reading the days in other pieces: what is said of neighbouring days is one row."""
    land(desk, range(DAY, DAY + 10), SAMPLED, SAMPLED._replace(measure="order_revenue"))
    before = dump(desk.ledger, "flag")
    land(desk, range(DAY, DAY + 10), SAMPLED, SAMPLED._replace(measure="order_revenue"))
    assert dump(desk.ledger, "flag") == before
    for start in range(DAY, DAY + 10, 5):
        land(desk, range(start, start + 5), SAMPLED, SAMPLED._replace(measure="order_revenue"))
    assert said(desk) == [(0, 9), (0, 9)]


MATTERS = st.tuples(st.sampled_from(["orders", "buyers"]), st.sampled_from(["sampled", "truncated"]))
FLAGS = st.tuples(MATTERS, st.integers(-3, 14), st.integers(0, 8))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 6), st.lists(FLAGS, max_size=3)), max_size=5))
def test_every_day_has_what_its_last_reading_said(desk: Desk, readings: list[Any]) -> None:
    """However days are cut, each one has its newest flags, and there are no more rows than spans of equal days."""
    with desk.ledger.database.write() as connection:
        connection.execute(sa.delete(table))
    told: defaultdict[int, set[Any]] = defaultdict(set)
    for start, length, flags in readings:
        days = range(DAY + start, DAY + start + length)
        landed = [LandedFlag(m, DAY + first, DAY + first + more, q, "Why.") for (m, q), first, more in flags]
        land(desk, days, *landed)
        told |= {day: {each[::3] for each in landed if each.first <= day <= each.last} for day in days}
    stored = [each.flag for each in open_flags(desk.ledger.database)]
    found = {(day, *each[::3]) for each in stored for day in range(each.first, each.last + 1)}
    assert found == {(day, *matter) for day, matters in told.items() for matter in matters}
    edges = [(edge, *each[::3]) for each in stored for edge in range(each.first, each.last + 2)]
    assert len(edges) == len(set(edges))


@pytest.fixture
def visitors(desk: Desk) -> Generation:
    """A generation that is counted per window."""
    return a_generation(desk.ledger, desk.connection, a_stream(StreamKind.WINDOWS, "visitors", feeds=(ORDERS,)))


def publish(desk: Desk, number: int, windows: list[tuple[int, int]], *flags: LandedFlag, day: int = 0) -> None:
    answers = [
        LandedWindow(("orders", ORDERS.label_values({}), ""), DAY + first, DAY + last, 1) for first, last in windows
    ]
    at = NOW + timedelta(days=day)
    span, as_of = Span(NOW - timedelta(days=9), at), AS_OF + timedelta(days=day)
    book = SeriesBook(number, [ORDERS])
    land_windows(desk.ledger.database, book, answers, as_of, span, observed_at=at, flags=flags)


def test_flags_of_windows_are_replaced_with_the_window(desk: Desk, visitors: Generation) -> None:
    """What is said of one window stays until that window is answered again; overlapping ones are left alone."""
    publish(desk, visitors.id, [(0, 6), (2, 6)], SAMPLED._replace(last=DAY + 6), SAMPLED._replace(first=DAY + 2))
    assert said(desk) == [(0, 6), (2, 9)]
    publish(desk, visitors.id, [(2, 6)], day=1)
    assert said(desk) == [(0, 6), (2, 9)]
    publish(desk, visitors.id, [(0, 6)], day=2)
    assert said(desk) == [(2, 9)]
    days = [date.fromordinal(DAY + place) for place in (2, 8, 9)]
    assert [len(desk.ledger.reader(1).doubts("orders", days[0], last)) for last in days[1:]] == [0, 1]


def test_a_window_that_can_be_mended_is_asked_for_again(desk: Desk, visitors: Generation) -> None:
    """It is no known window; once another read passes it over, nobody is told to mend what will not be read again."""
    mendable = SAMPLED._replace(last=DAY + 6, fix="Ask for less.")
    publish(desk, visitors.id, [(0, 6), (1, 6)], mendable)
    assert windows_over(desk.ledger.database, visitors.id) == {(DAY + 1, DAY + 6)}
    assert windows_over(desk.ledger.database, visitors.id, timedelta(days=3)) == set()
    publish(desk, visitors.id, [(1, 6)], day=1)
    assert [each.flag for each in open_flags(desk.ledger.database)] == [mendable._replace(fix="")]


def test_a_check_replaces_all_that_it_said(desk: Desk) -> None:
    """Another check and the streams keep what they said; the same again changes no row."""
    database, number = desk.ledger.database, desk.connection.id
    land(desk, range(DAY, DAY + 10), SAMPLED)
    flag_checked(database, number, "books", [SAMPLED, SAMPLED._replace(first=DAY + 3, quality="incomplete")])
    flag_checked(database, number, "stock", [SAMPLED])
    before = dump(desk.ledger, "flag")
    flag_checked(database, number, "stock", [SAMPLED])
    assert dump(desk.ledger, "flag") == before
    flag_checked(database, number, "books", [])
    assert [each.origin for each in open_flags(database)] == ["orders", "stock"]


def test_a_way_of_reading_that_is_loading_has_no_say(desk: Desk) -> None:
    """Its flags come with its numbers, at once, and those of the old way go; those of checks stay."""
    second = a_generation(desk.ledger, desk.connection, a_stream(), "second")
    land(desk, range(DAY, DAY + 10), SAMPLED)
    land(desk, range(DAY, DAY + 10), SAMPLED._replace(last=DAY), generation=second)
    flag_checked(desk.ledger.database, desk.connection.id, "books", [SAMPLED._replace(first=DAY + 5)])
    assert (said(desk), len(doubts(desk))) == ([(5, 9), (0, 9)], 2)
    activate(desk.ledger.database, second.id)
    assert (said(desk), len(doubts(desk))) == ([(5, 9), (0, 0)], 2)


def test_only_who_owns_a_measure_can_doubt_it(desk: Desk) -> None:
    """Another tap's flags say nothing of figures that are not made of its numbers."""
    other = a_connection(desk.ledger, "second", Account("2", "Other", "UTC", "EUR"), tap="other")
    theirs = a_generation(desk.ledger, other, a_stream())
    land(desk, range(DAY, DAY + 10), SAMPLED, generation=theirs)
    flag_checked(desk.ledger.database, other.id, "books", [SAMPLED, SAMPLED._replace(reason="Another.")])
    set_owner(desk.ledger.database, desk.connection.company_id, "toy", ["orders"])
    assert doubts(desk) == []
    set_owner(desk.ledger.database, desk.connection.company_id, "other", ["orders"])
    assert len(doubts(desk)) == 2


def test_a_stopped_connection_still_says_what_it_said_of_its_days(desk: Desk) -> None:
    """Of days to come it says nothing: it has no numbers there."""
    land(desk, range(DAY, DAY + 2), SAMPLED)
    for_good = date.max.toordinal()
    flag_checked(desk.ledger.database, desk.connection.id, "books", [SAMPLED._replace(first=DAY + 3, last=for_good)])
    stop_connection(desk.ledger.database, desk.ledger.vault, desk.connection, now=NOW)
    assert doubts(desk) == [(date(2025, 3, 1), date(2025, 3, 2)), (date(2025, 3, 4), AS_OF)]


def test_a_purge_leaves_none(desk: Desk) -> None:
    """What was said goes with the connection."""
    land(desk, range(DAY, DAY + 2), SAMPLED)
    flag_checked(desk.ledger.database, desk.connection.id, "books", [SAMPLED])
    purge_connection(desk.ledger.database, desk.connection)
    assert dump(desk.ledger, "flag") == {"flag": []}


def test_flags_land_with_their_days_or_not_at_all(desk: Desk) -> None:
    """A reading that cannot be written leaves numbers and flags as they were."""
    land(desk, range(DAY, DAY + 2), SAMPLED)
    book, huge = SeriesBook(desk.generation.id, [ORDERS]), entry(ORDERS, 9_000_000_000_000)
    with pytest.raises(Exception, match="larger than the ledger can hold"):
        land_days(desk.ledger.database, book, [huge, huge], range(DAY, DAY + 2), None, observed_at=NOW)
    assert said(desk) == [(0, 1)]


def test_flags_are_known_to_the_reader_as_they_are(desk: Desk) -> None:
    """Days, quality and reason reach whoever evaluates figures."""
    land(desk, range(DAY, DAY + 2), SAMPLED)
    first, last = date(2025, 3, 1), date(2025, 3, 2)
    (doubt,) = desk.ledger.reader(1).doubts("orders", last, last)
    assert doubt == (first, last, Quality.SAMPLED, "A sample.")
    assert desk.ledger.reader(1).doubts("orders", last + timedelta(days=1), date.max) == []
    assert desk.ledger.reader(1).doubts("buyers", first, last) == []


SPELLS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), max_size=12)


@given(spells=SPELLS, first=st.integers(0, 40), length=st.integers(0, 12))
def test_flags_that_touch_some_days_are_all_found(spells: list[tuple[int, int]], first: int, length: int) -> None:
    """Also a long one that begins long before, among short ones that end before those days."""
    flags = [LandedFlag("orders", start, start + more, "sampled", "") for start, more in spells]
    touching = [each for each in flags if each.first <= first + length and each.last >= first]
    assert sorted(FlaggedDays(flags).touching(first, first + length)) == sorted(touching)


def test_doubts_of_days_cost_no_query(desk: Desk) -> None:
    """They are asked for each figure: what is said of days is read once."""
    land(desk, range(DAY, DAY + 10), SAMPLED)
    reader, asked = desk.ledger.reader(1), []
    sa.event.listen(desk.ledger.database.engine, "before_cursor_execute", lambda *_: asked.append(1))
    assert len(reader.doubts("orders", date(2025, 3, 1), date(2025, 3, 2))) == 1
    assert asked == []


@pytest.mark.parametrize("lock", ["check", "purge"])
def test_landing_flags_and_whoever_wants_the_connection_do_not_wait_for_each_other(desk: Desk, lock: str) -> None:
    """One holds the generation and needs the connection's row; the other must not hold that and want the generation."""
    database, book, began = desk.ledger.database, SeriesBook(desk.generation.id, [ORDERS]), threading.Event()

    def other() -> None:
        if lock == "purge":
            began.set()
            purge_connection(database, desk.connection)
            return
        with database.write() as connection:
            lock_connection(connection, desk.connection.id)
            began.set()
            connection.execute(sa.update(generation).values(ahead=1))

    with ThreadPoolExecutor() as pool:
        with writing(database, book) as (connection, _):
            going = pool.submit(other)
            if not database.is_sqlite:  # which has one writer at a time
                assert began.wait(10)
                time.sleep(0.2)
            flag_days(connection, book.generation, [SAMPLED], range(DAY, DAY + 10))
        going.result(10)
    assert said(desk) == ([] if lock == "purge" else [(0, 9)])
