"""Landing records: replaced, restated by exact differences, all or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from store.shelf import BUYERS, DAY, EURO, FEEDS, NOW, ORDERS, REVENUE, dump, entry, meets, record, sums

from kpitaps.calendar import Span
from kpitaps.errors import TapBug
from kpitaps.store import LandedEntry, Landing, SeriesBook, read_spans
from kpitaps.units import BIGINT_MAX

if TYPE_CHECKING:
    from conftest import Desk

WEB = ("orders", '{"sales_channel":"web"}', "", DAY)
EUROS = ("order_revenue", "{}", "EUR", DAY)
HOUR = timedelta(hours=1)


def revisions(desk: Desk) -> dict[int, int]:
    with desk.ledger.database.read() as connection:
        return dict(map(tuple, connection.execute(sa.text("SELECT day, revision FROM measurement"))))


def test_a_record_that_comes_again_replaces_itself(desk: Desk) -> None:
    """The old contribution goes and the new one comes, on the days that each touched."""
    assert desk.land(record("a", 1, entry(ORDERS, 1, sales_channel="web"), entry(REVENUE, 10))) == Landing(1, 1, 0)
    desk.land(record("a", 2, entry(ORDERS, 1, sales_channel="web"), entry(REVENUE, 7), entry(REVENUE, -3, DAY + 4)))
    assert sums(desk.ledger) == {WEB: (EURO, 0), EUROS: (7 * EURO, 0), (*EUROS[:3], DAY + 4): (-3 * EURO, 0)}


def test_a_deleted_record_leaves_nothing_behind(desk: Desk) -> None:
    """What a record contributed goes with it; what others contributed stays."""
    desk.land(record("a", 1, entry(REVENUE, 10), meets(7)), record("b", 1, entry(REVENUE, 5)))
    assert desk.land(record("a", 2)) == Landing(1, 1, 0)
    assert sums(desk.ledger) == {EUROS: (5 * EURO, 0)}
    assert dump(desk.ledger)["member"] == []


@pytest.mark.parametrize("late", [record("a", 1, entry(REVENUE, 99)), record("a", 1)], ids=["other", "deleted"])
def test_an_older_version_never_overwrites_a_newer_one(desk: Desk, late: object) -> None:
    """Pages may come in any order: the update clock decides, also about deletions."""
    desk.land(record("a", 2, entry(REVENUE, 10)))
    before = dump(desk.ledger)
    assert desk.land(late) == Landing(1, 0, 0)
    assert dump(desk.ledger) == before


def test_a_late_version_does_not_bring_back_what_was_deleted(desk: Desk) -> None:
    """A deletion is remembered with its clock."""
    desk.land(record("a", 2))
    desk.land(record("a", 1, entry(REVENUE, 10)))
    assert sums(desk.ledger) == {}


def test_of_doubles_in_one_batch_the_newest_counts(desk: Desk) -> None:
    """A record that moved between pages comes twice; at equal clocks the one that came last counts."""
    doubles = [record("a", clock, entry(REVENUE, amount)) for clock, amount in ((1, 1), (3, 30), (3, 31), (2, 20))]
    assert desk.land(*doubles) == Landing(1, 1, 0)
    assert sums(desk.ledger) == {EUROS: (31 * EURO, 0)}


def test_an_edit_within_the_same_second_counts(desk: Desk) -> None:
    """Clocks tick in seconds: other contents at the same clock are news, the same contents are not."""
    desk.land(record("a", 1, entry(REVENUE, 10)))
    assert desk.land(record("a", 1, entry(REVENUE, 11))) == Landing(1, 1, 0)
    assert desk.land(record("a", 1, entry(REVENUE, 11))) == Landing(1, 0, 0)
    assert sums(desk.ledger) == {EUROS: (11 * EURO, 0)}


def test_entries_of_one_series_and_day_add_up(desk: Desk) -> None:
    """Lines of one order are summed; currencies and labels stay apart; both halves are kept."""
    parts = [entry(REVENUE, 1), entry(REVENUE, 2), entry(REVENUE, 3, currency="USD"), entry(REVENUE, 4, product="mug")]
    desk.land(record("a", 1, *parts))
    assert sums(desk.ledger) == {
        EUROS: (3 * EURO, 0),
        ("order_revenue", "{}", "USD", DAY): (3 * EURO, 0),
        ("order_revenue", '{"product":"mug"}', "EUR", DAY): (4 * EURO, 0),
    }


def test_the_same_again_touches_no_row(desk: Desk) -> None:
    """Landing the same contents, whatever the order of entries and the time of reading, changes nothing."""
    entries = [entry(REVENUE, 1), entry(ORDERS, 1, sales_channel="web"), meets(1), meets(2)]
    desk.land(record("a", 5, *entries))
    before = dump(desk.ledger)
    assert desk.land(record("a", 5, *reversed(entries)), at=NOW + HOUR, restates_before=DAY + 1) == Landing(1, 0, 0)
    assert dump(desk.ledger) == before


def test_a_subject_counts_once_over_days_and_records(desk: Desk) -> None:
    """Distinct is asked over days: who bought twice counts once, on each day and in the window."""
    desk.land(record("a", 1, meets(1)), record("b", 1, meets(1)), record("c", 1, meets(1, DAY + 1), meets(2, DAY + 1)))
    reader = desk.ledger.reader(desk.connection.company_id)
    first, second = (datetime.fromordinal(day).date() for day in (DAY, DAY + 1))
    assert [reader.distinct(BUYERS.key, *days) for days in ((first, first), (second, second), (first, second))] == [
        1,
        2,
        2,
    ]


def test_a_subject_goes_with_its_last_record(desk: Desk) -> None:
    """A subject stays while one record counts it, and is removed when none does any more."""
    desk.land(record("a", 1, meets(1), meets(1)), record("b", 1, meets(1)))
    desk.land(record("a", 2))
    assert [row[3] for row in dump(desk.ledger)["member"]] == [1]
    desk.land(record("b", 2, meets(2)))
    assert len(dump(desk.ledger)["member"]) == 1
    desk.land(record("b", 3))
    assert dump(desk.ledger)["member"] == []


def test_only_closed_days_are_restated_and_only_when_asked(desk: Desk) -> None:
    """A change to a day that was over when it was read raises its revision; an open day and first loading do not."""
    desk.land(record("a", 1, entry(REVENUE, 1), entry(REVENUE, 1, DAY + 9)))
    assert revisions(desk) == {DAY: 0, DAY + 9: 0}
    late = record("b", 1, entry(REVENUE, 1), entry(REVENUE, 2), entry(REVENUE, 1, DAY + 1), entry(REVENUE, 1, DAY + 9))
    assert desk.land(late, restates_before=DAY + 9) == Landing(1, 1, 2)
    assert revisions(desk) == {DAY: 1, DAY + 1: 1, DAY + 9: 0}
    assert desk.land(late, restates_before=DAY + 9) == Landing(1, 0, 0)


def test_what_cancels_out_is_no_restatement(desk: Desk) -> None:
    """Two records that swap an amount leave the day's number, and so its revision, alone."""
    desk.land(record("a", 1, entry(REVENUE, 1)), record("b", 1, entry(REVENUE, 2)))
    swapped = (record("a", 2, entry(REVENUE, 2)), record("b", 2, entry(REVENUE, 1)))
    assert desk.land(*swapped, restates_before=DAY + 1) == Landing(2, 2, 0)
    assert revisions(desk) == {DAY: 0}


def huge(day: int = DAY) -> LandedEntry:
    return LandedEntry(("order_revenue", ("", "", ""), "EUR"), day, BIGINT_MAX - 5, 0)


BEYOND = {
    "in a record": (record("big", 1, huge(), huge()), r"a record adds more to one day than the ledger can hold"),
    "with what is stored": (record("big", 1, huge()), r"a day's sum is larger than the ledger can hold"),
}


@pytest.mark.parametrize(("big", "sentence"), BEYOND.values(), ids=BEYOND)
def test_beyond_bigint_nothing_lands(desk: Desk, big: object, sentence: str) -> None:
    """A sum beyond BIGINT is refused on every database, never rounded, and leaves what was there as it was."""
    desk.land(record("a", 1, entry(REVENUE, 1)))
    before = dump(desk.ledger, "contribution", "measurement", "member", "series", "span")
    span = Span(NOW - HOUR, NOW)
    with pytest.raises(TapBug, match=sentence):
        desk.land(record("b", 1, entry(ORDERS, 1, sales_channel="fresh"), meets(1)), big, span=span)
    assert dump(desk.ledger, "contribution", "measurement", "member", "series", "span") == before


def test_two_records_beyond_bigint_together_are_refused(desk: Desk) -> None:
    """Also where each record fits and only the batch does not."""
    with pytest.raises(TapBug, match="a day's sum is larger than the ledger can hold"):
        desk.land(record("a", 1, huge()), record("b", 1, huge()))
    assert dump(desk.ledger) == {"contribution": [], "measurement": [], "member": []}


def test_a_failed_commit_leaves_nothing_and_the_book_goes_on(desk: Desk) -> None:
    """A series that was numbered in a transaction that failed is numbered anew: its number may be another's by now."""

    def fail(_: object) -> None:
        raise RuntimeError("power cut")

    event.listen(desk.ledger.database.engine, "commit", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        desk.land(record("a", 1, entry(ORDERS, 1, sales_channel="lost"), meets(1)), span=Span(NOW - HOUR, NOW))
    event.remove(desk.ledger.database.engine, "commit", fail)
    assert not any(dump(desk.ledger, "contribution", "measurement", "member", "series", "span").values())
    desk.land(record("b", 1, entry(ORDERS, 2, sales_channel="web")))
    desk.land(record("a", 1, entry(ORDERS, 1, sales_channel="lost")))
    assert sums(desk.ledger) == {WEB: (2 * EURO, 0), ("orders", '{"sales_channel":"lost"}', "", DAY): (EURO, 0)}


def test_a_book_knows_what_others_have_numbered(desk: Desk) -> None:
    """A second process finds the series that the first one made."""
    desk.land(record("a", 1, entry(ORDERS, 1, sales_channel="web"), meets(1)))
    other = SeriesBook(desk.generation.id, FEEDS)
    desk.book = other
    desk.land(record("b", 1, entry(ORDERS, 1, sales_channel="web"), meets(1)))
    assert sums(desk.ledger) == {WEB: (2 * EURO, 0)}
    assert len(dump(desk.ledger, "series")["series"]) == 2


def test_spans_are_merged_with_what_they_touch(desk: Desk) -> None:
    """What was read is kept as few spans; a hole stays a hole until it is read."""
    day = datetime(2025, 3, 1, tzinfo=UTC)
    at = [day + number * HOUR for number in range(10)]
    for start, end in ((8, 9), (0, 2), (2, 3), (4, 6), (5, 8)):
        desk.land(span=Span(at[start], at[end]))
    assert list(read_spans(desk.ledger.database, desk.generation.id)) == [Span(at[0], at[3]), Span(at[4], at[9])]
    desk.land(span=Span(at[3], at[4]))
    assert list(read_spans(desk.ledger.database, desk.generation.id)) == [Span(at[0], at[9])]


amounts = st.integers(-5, 5)
entries = st.one_of(
    st.builds(lambda amount, day: entry(REVENUE, amount, DAY + day), amounts, st.integers(0, 3)),
    st.builds(lambda who, day: meets(who, DAY + day), st.integers(1, 3), st.integers(0, 3)),
)
versions = st.builds(
    lambda key, clock, parts: record(key, clock, *parts),
    st.sampled_from("abc"),
    st.integers(0, 4),
    st.lists(entries, max_size=4),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=40)
@given(st.lists(st.lists(versions, max_size=5), max_size=5))
def test_any_order_of_versions_ends_with_the_newest(desk: Desk, batches: list[list[object]]) -> None:
    """However versions are batched, the ledger holds exactly the sums and members of each record's newest one."""
    with desk.ledger.database.write() as connection:
        for table in ("contribution", "measurement", "member"):
            connection.execute(sa.text(f"DELETE FROM {table}"))
    newest: dict[bytes, object] = {}
    for batch in batches:
        desk.land(*batch)
        for version in batch:
            held = newest.get(version.record)
            if held is None or held.updated_at <= version.updated_at:
                newest[version.record] = version
    kept = [(version, part) for version in newest.values() for part in version.entries]
    wanted: dict[tuple[object, ...], int] = {}
    for _, part in kept:
        if part.series[0] == REVENUE.key:
            place = (*EUROS[:3], part.day)
            wanted[place] = wanted.get(place, 0) + part.numerator
    assert {place: halves[0] for place, halves in sums(desk.ledger).items()} == {p: n for p, n in wanted.items() if n}
    met = {(part.day, part.numerator, version.record) for version, part in kept if part.series[0] == BUYERS.key}
    days = {(day, who) for day, who, _ in met}
    assert sorted(row[3] for row in dump(desk.ledger)["member"]) == sorted(
        sum(1 for other in met if other[:2] == place) for place in days
    )
