"""Distinct subjects in many windows at once are those of each window by itself."""

from __future__ import annotations

from array import array
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from store.shelf import ACCOUNT, BUYERS, DAY, EURO, FEEDS, NOW, a_connection, a_generation, a_stream, meets, record

from kpitaps.calendar import Span
from kpitaps.store import LandedWindow, SeriesBook, land_records, land_windows
from kpitaps.store.span_counts import LedgerCounts, Meetings, Published
from kpitaps.tap import StreamKind

if TYPE_CHECKING:
    from kpitaps.store import Ledger

START = datetime(2025, 1, 1, tzinfo=UTC)
READ = Span(START, NOW)
SPANS = [(DAY - 9, DAY), (DAY - 2, DAY), (DAY - 2, DAY + 3), (DAY + 1, DAY + 1), (DAY - 9, DAY - 5), (DAY + 4, DAY + 9)]


def test_windows_have_what_each_has_by_itself(ledger: Ledger) -> None:
    """Of two connections who is met in both counts twice; who is met on several days counts once."""
    for name in ("acme", "acme-2"):
        connection = a_connection(ledger, name, replace(ACCOUNT, id=name))
        generation = a_generation(ledger, connection, a_stream(), history_from=START)
        met = [meets(1, DAY), meets(1, DAY + 2), meets(2, DAY - 3), meets(3, DAY + 1)]
        records = [record(f"{name}{number}", 1, each) for number, each in enumerate(met)]
        land_records(ledger.database, SeriesBook(generation.id, FEEDS), records, READ, observed_at=NOW)
    reader = ledger.reader(1)
    counts = reader.span_counts(BUYERS.key).within(*zip(*SPANS, strict=True))
    alone = [reader.distinct(BUYERS.key, date.fromordinal(first), date.fromordinal(last)) for first, last in SPANS]
    assert list(counts) == alone == [4, 2, 4, 2, 0, 0]


def test_what_a_source_counts_is_known_where_it_was_asked(ledger: Ledger) -> None:
    """Windows that were published have their count; one that was open then, only if nothing was published since."""
    stream = a_stream(StreamKind.WINDOWS)
    generation = a_generation(ledger, a_connection(ledger), stream, history_from=START)
    book, key = SeriesBook(generation.id, FEEDS), (BUYERS.key, (), "")
    for back, (first, last) in ((1, SPANS[1]), (0, SPANS[0])):
        as_of, at = date.fromordinal(DAY - back), NOW - timedelta(hours=back)
        answers = [LandedWindow(key, first, last, (5 + back) * EURO)]
        land_windows(ledger.database, book, answers, as_of, Span(START, at), observed_at=at)
    reader = ledger.reader(1)
    counts = list(reader.span_counts(BUYERS.key).within(*zip(*SPANS, strict=True)))
    alone = [reader.distinct(BUYERS.key, date.fromordinal(first), date.fromordinal(last)) for first, last in SPANS]
    assert counts == alone == [5, None, None, None, None, None]


def test_what_was_disconnected_counts_nothing_afterwards() -> None:
    """A source that ended says of later windows that there is nobody, as a ledger without it would."""
    counts = LedgerCounts(Meetings(array("q"), array("q")), (Published({(1, 2): 7}, ends=3), Published({(3, 4): 2})))
    assert list(counts.within([1, 3], [2, 4])) == [None, 2]


@given(
    met=st.lists(st.tuples(st.integers(1, 30), st.integers(1, 4))),
    spans=st.lists(st.tuples(st.integers(0, 31), st.integers(0, 31))),
)
def test_any_spans_in_any_order(met: list[tuple[int, int]], spans: list[tuple[int, int]]) -> None:
    """Spans that go back, lie apart or are empty are counted like those that move on, and like each by itself."""
    met.sort()
    meetings = Meetings(array("q", (day for day, _ in met)), array("q", (who for _, who in met)))
    wanted = [len({who for day, who in met if first <= day <= last}) for first, last in spans]
    assert list(meetings.within([first for first, _ in spans], [last for _, last in spans])) == wanted
    assert [count for first, last in spans for count in meetings.within([first], [last])] == wanted
