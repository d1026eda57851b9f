"""Editions: what was read of a measure holds as long as its edition is the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.shelf import (
    BUYERS,
    DAY,
    DEALS,
    NOW,
    ORDERS,
    REVENUE,
    a_connection,
    a_generation,
    a_stream,
    entry,
    meets,
    record,
)

from kpitaps import Account
from kpitaps.calendar import DaySpan, Span
from kpitaps.store import (
    LandedFlag,
    LandedWindow,
    SeriesBook,
    activate,
    flag_checked,
    land_days,
    land_levels,
    land_records,
    land_windows,
    purge_connection,
    set_owner,
    stop_connection,
)
from kpitaps.tap import StreamKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.conftest import Desk

    from kpitaps.store import DayTotal, Ledger

MEASURES = ("orders", "order_revenue", "buyers", "pipeline_value")
SPAN = Span(NOW - timedelta(days=30), NOW)
_SMALL = st.integers(0, 3)
_FAR = st.sampled_from((0, 1, 2, 3, -70, -200))


class Firm:
    """A company with a stream of each kind, all of one tap, and what can happen to them."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.base = ledger, ledger.database
        self.made = a_connection(ledger)
        kinds = {
            "records": (StreamKind.RECORDS, (ORDERS, REVENUE, BUYERS)),
            "days": (StreamKind.PERIODS, (ORDERS, REVENUE)),
            "levels": (StreamKind.SNAPSHOT, (DEALS,)),
            "windows": (StreamKind.WINDOWS, (BUYERS,)),
        }
        self.books = {
            name: SeriesBook(a_generation(ledger, self.made, a_stream(kind, name, feeds=feeds)).id, feeds)
            for name, (kind, feeds) in kinds.items()
        }

    def records(self, day: int, clock: int, amount: int, who: int) -> None:
        """Land a record; without an amount it was deleted."""
        parts = [entry(ORDERS, amount, DAY + day), meets(who, DAY + day)] if amount else []
        land_records(self.base, self.books["records"], [record(f"r{who}", clock, *parts)], None, observed_at=NOW)

    def days(self, first: int, amount: int, flagged: int, which: int) -> None:
        """Land two days, and perhaps a flag."""
        days = range(DAY + first, DAY + first + 2)
        flags = [LandedFlag("orders", days[0], days[0], "sampled", f"Number {flagged}.")] if flagged else []
        entries = [entry((ORDERS, REVENUE)[which % 2], amount, days[0])]
        land_days(self.base, self.books["days"], entries, days, SPAN, observed_at=NOW, flags=flags)

    def levels(self, day: int, amount: int, *_: int) -> None:
        """Land a level."""
        entries = [entry(DEALS, amount, DAY + day)] if amount else []
        land_levels(self.base, self.books["levels"], entries, DAY + day, SPAN, observed_at=NOW)

    def windows(self, first: int, amount: int, as_of: int, flagged: int) -> None:
        """Publish a window, perhaps flagged."""
        at = NOW + timedelta(days=as_of)
        window = LandedWindow((BUYERS.key, (), ""), DAY + first, DAY + 9, amount * 1_000_000)
        flags = [LandedFlag("buyers", DAY + first, DAY + 9, "sampled", f"Number {flagged}.")] if flagged else []
        land_windows(
            self.base, self.books["windows"], [window], at.date(), Span(SPAN.start, at), observed_at=at, flags=flags
        )

    def check(self, first: int, flagged: int, *_: int) -> None:
        """Let a check say something, or nothing."""
        flags = [LandedFlag("orders", DAY + first, DAY + first, "incomplete", f"Number {flagged}.")] if flagged else []
        flag_checked(self.base, self.made.id, "books", flags)

    def seen(self) -> dict[str, tuple[Any, Any]]:
        """Return each measure's edition, and all that can be read of it."""
        spans = [DaySpan(date.fromordinal(DAY + first), date.fromordinal(DAY + 9)) for first in (0, 1, 3)]
        found = {}
        for measure in MEASURES:
            edition, reader = self.ledger.reader(1).edition(measure), self.ledger.reader(1)
            read: list[Any] = [list(reader.doubts(measure, *span)) for span in spans]
            if measure == "buyers":
                read += [reader.distinct(measure, *span) for span in spans]
            else:
                read += [reader.day_totals(measure)]
            found[measure] = edition, read
        return found


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(("records", "days", "levels", "windows", "check")), _FAR, _SMALL, _SMALL, _SMALL),
        min_size=2,
        max_size=6,
    )
)
def test_what_is_read_follows_from_the_edition(desk: Desk, steps: list[tuple[Any, ...]]) -> None:
    """Whatever lands, two readings with one edition are the same; and what lands twice keeps the edition."""
    purge_connection(desk.ledger.database, desk.connection)
    firm = Firm(desk.ledger)
    before = firm.seen()
    for what, *more in steps:
        getattr(firm, what)(*more)
        after = firm.seen()
        for measure in MEASURES:
            (new, now), (old, then) = after[measure], before[measure]
            if now == then:
                continue
            assert new != old, (measure, what)
            if (days := new.changed_since(old)) is not None:
                # the doubts are the same, and so are the totals of other days
                assert now[:-1] == then[:-1]
                assert [each for each in now[-1] if not has(days, each)] == [
                    each for each in then[-1] if not has(days, each)
                ]
                part = firm.ledger.reader(1).day_totals(measure, span=days)
                assert part == [each for each in now[-1] if has(days, each)]
        before = after
    purge_connection(desk.ledger.database, firm.made)
    desk.connection = a_connection(desk.ledger)


def has(days: DaySpan, total: DayTotal) -> bool:
    """Return whether a total is of one of the days."""
    return days.has(date.fromordinal(total.day))


def editions(desk: Desk) -> list[Any]:
    """Return the editions of all measures."""
    return [desk.ledger.reader(1).edition(measure) for measure in MEASURES]


def test_what_lands_twice_is_one_edition(desk: Desk) -> None:
    """A sync that brings nothing new gives nobody anything to read; what it brings is news of its measures alone."""
    desk.land(record("a", 1, entry(ORDERS, 2), meets(1)), span=SPAN)
    before = editions(desk)
    desk.land(record("a", 1, entry(ORDERS, 2), meets(1)), record("a", 0), span=SPAN)
    assert editions(desk) == before
    desk.land(record("a", 2, entry(ORDERS, 3), meets(1)))
    assert [new == old for new, old in zip(editions(desk), before, strict=True)] == [False, True, True, True]


def other_generation(desk: Desk) -> None:
    activate(desk.ledger.database, a_generation(desk.ledger, desk.connection, a_stream(), "second").id)


def other_connection(desk: Desk) -> None:
    purge_connection(desk.ledger.database, desk.connection)
    later = NOW + timedelta(seconds=1)
    made = a_connection(desk.ledger)
    book = SeriesBook(a_generation(desk.ledger, made, a_stream(), now=later).id, desk.book.copy()._measures.values())
    land_records(desk.ledger.database, book, [record("a", 1, entry(ORDERS, 9))], SPAN, observed_at=later)


def another_tap(desk: Desk) -> None:
    account = replace(Account("x", "X", "Europe/Amsterdam", "EUR"))
    a_generation(desk.ledger, a_connection(desk.ledger, "other", account, tap="other"), a_stream())
    set_owner(desk.ledger.database, 1, "other", ["orders"])


def stopped(desk: Desk) -> None:
    stop_connection(desk.ledger.database, desk.ledger.vault, desk.connection, now=NOW)


@pytest.mark.parametrize("happen", [other_generation, other_connection, another_tap, stopped])
def test_another_source_is_another_edition(desk: Desk, happen: Callable[[Desk], None]) -> None:
    """A new way of reading, a new connection with the old one's numbers, another owner, an end."""
    desk.land(record("a", 1, entry(ORDERS, 2)), span=SPAN)
    before = desk.ledger.reader(1).edition("orders")
    happen(desk)
    assert desk.ledger.reader(1).edition("orders") != before
