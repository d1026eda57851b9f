"""The Exact Online sandbox shows the story's books: lines, what was deleted, open items, balances and overviews."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_exact_online.sandbox import Sandbox
from parts.exact_app import ExactApp, connected

from kpitaps.testing import Clock, Story
from kpitaps.testing.story.book_events import (
    BookLine,
    EntryBooked,
    EntryChanged,
    EntryDeleted,
    EntryProcessed,
    ItemsMatched,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

NEVER = date(2100, 1, 1)
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LINES, TERMS, DELETED = "sync/Financial/TransactionLines", "sync/Cashflow/PaymentTerms", "sync/Deleted"


class Office:
    """A company in whose books only happens what a test says, and an app that reads them."""

    def __init__(self, app: ExactApp) -> None:
        self.app = app
        self.rows = app.rows

    @property
    def clock(self) -> Clock:
        clock: Clock = self.app.sandbox.clock
        return clock

    def happened(self, *events: Any) -> None:
        """Let events happen, and let it be a minute after the last one."""
        for event in events:
            self.app.sandbox.story.bookkeeping.append(event)
        self.clock.set(max(self.clock.now(), *(event.at for event in events)) + timedelta(minutes=1))

    def terms(self) -> dict[tuple[int, float], str | None]:
        """Return status and amount of all open items, and since when they are not open."""
        return {(row["Status"], row["AmountDC"]): day(row["EndDate"]) for row in self.rows(TERMS)}


@pytest.fixture
def office() -> Iterator[Office]:
    with connected(Sandbox(Story(founded=NEVER), Clock(START), minutely=10**6, daily=10**6)) as app:
        yield Office(app)


def day(value: str | None) -> str | None:
    """Return the date that Exact means."""
    return None if value is None else datetime.fromtimestamp(int(value[6:-2]) / 1000, UTC).date().isoformat()


def entry(number: int, kind: int, lines: tuple[BookLine, ...], on: date = date(2026, 3, 1), **more: Any) -> EntryBooked:
    """Return an entry, entered on its date at 10:00 UTC."""
    at = more.pop("at", datetime(on.year, on.month, on.day, 10, tzinfo=UTC))
    journal = {20: "70", 21: "70", 30: "60", 40: "20"}.get(kind, "90")
    return EntryBooked(at, number, 26_000 + number, journal, kind, on, on.year, on.month, "Boeking", lines)


def invoice(number: int, cents: int, on: date = date(2026, 3, 1), **more: Any) -> EntryBooked:
    """Return a sales invoice: its items have the ids ten times its number and the next one."""
    item = BookLine(10 * number, "1300", cents, "", "", 7, "Café De Haven", on + timedelta(days=14))
    return entry(number, 20, (item, BookLine(10 * number + 1, "8000", -cents, "", "Espresso")), on, **more)


def payment(number: int, cents: int, on: date, gl: str = "1300") -> EntryBooked:
    """Return a bank statement with one payment of a client, or to a supplier."""
    return entry(
        number, 40, (BookLine(10 * number, "1100", cents), BookLine(10 * number + 1, gl, -cents, "", "", 7, "X")), on
    )


def matched(number: int, at: datetime, *parts: tuple[int, int]) -> ItemsMatched:
    """Return that items were matched."""
    return ItemsMatched(at, number, parts)


# --- lines -----------------------------------------------------------------------------------------------------------


def test_a_line_shows_what_was_booked(office: Office) -> None:
    """Signs are those of bookkeepers; every line of an invoice names the client, with a padded code."""
    office.happened(invoice(1, 12_100))
    first, second = sorted(office.rows(LINES), key=lambda row: int(row["LineNumber"]))
    assert [first["AmountDC"], second["AmountDC"]] == [121.0, -121.0]
    assert [first["GLAccountCode"], second["GLAccountCode"]] == ["1300", "8000"]
    assert first["EntryID"] == second["EntryID"]
    assert first["Account"] == second["Account"]
    assert second["AccountCode"] == "7".rjust(18)
    assert (second["ItemDescription"], second["VATCode"]) == ("Espresso", "VH ")
    assert (day(first["Date"]), day(first["DueDate"])) == ("2026-03-01", "2026-03-15")
    assert (first["Type"], first["Status"], first["FinancialYear"], first["FinancialPeriod"]) == (20, 20, 2026, 3)


def test_times_are_wall_times_of_the_division(office: Office) -> None:
    """10:00 UTC is 11:00 in winter and 12:00 in summer, and written as if it were UTC."""
    office.happened(invoice(1, 100), invoice(2, 100, date(2026, 7, 1)))
    created = {row["Created"] for row in office.rows(LINES)}
    shown = {int(datetime(2026, month, 1, hour, tzinfo=UTC).timestamp() * 1000) for month, hour in ((3, 11), (7, 12))}
    assert created == {f"/Date({milliseconds})/" for milliseconds in shown}


def test_to_change_an_entry_is_to_change_all_its_lines(office: Office) -> None:
    """Their versions rise, they keep their ids; a line that is left out is told of among the deleted."""
    office.happened(invoice(1, 100))
    before = {row["ID"]: row["Timestamp"] for row in office.rows(LINES)}
    kept = BookLine(10, "1300", 200)
    office.happened(EntryChanged(START, 1, date(2026, 2, 28), 2026, 2, (kept, BookLine(12, "8010", -200))))
    rows = office.rows(LINES)
    assert {(row["AmountDC"], day(row["Date"]), row["FinancialPeriod"]) for row in rows} == {
        (2.0, "2026-02-28", 2),
        (-2.0, "2026-02-28", 2),
    }
    assert min(row["Timestamp"] for row in rows) > max(before.values())
    (gone,) = (row for row in office.rows(DELETED) if row["EntityType"] == 1)
    assert [gone["EntityKey"]] == [key for key in before if key not in {row["ID"] for row in rows}]


def test_processing_and_deleting(office: Office) -> None:
    """A processed entry has status 50 and new versions; a deleted one leaves its lines and items among the deleted."""
    office.happened(invoice(1, 100))
    before = office.rows(LINES)
    office.happened(EntryProcessed(START, 1))
    after = office.rows(LINES)
    assert {row["Status"] for row in after} == {50}
    assert min(row["Timestamp"] for row in after) > max(row["Timestamp"] for row in before)
    assert {row["TransactionStatus"] for row in office.rows(TERMS)} == {50}
    office.happened(EntryDeleted(START + timedelta(minutes=5), 1))
    assert office.rows(LINES) == office.rows(TERMS) == []
    assert sorted(row["EntityType"] for row in office.rows(DELETED)) == [1, 1, 10]


def test_deletions_are_told_for_two_months(office: Office) -> None:
    """Then Exact forgets them."""
    office.happened(invoice(1, 100), EntryDeleted(START, 1))
    office.clock.set(START + timedelta(days=60))
    assert len(office.rows(DELETED)) == 3
    office.clock.set(START + timedelta(days=62))
    assert office.rows(DELETED) == []


def test_versions_stay_when_the_past_is_added_to(office: Office) -> None:
    """They follow from when and what changed, so that an entry put in between moves none of them."""
    office.happened(invoice(1, 100), invoice(3, 300, date(2026, 3, 2)))
    before = {row["ID"]: row["Timestamp"] for row in office.rows(LINES)}
    office.happened(invoice(2, 200, date(2026, 2, 10), at=START - timedelta(hours=5)))
    after = {row["ID"]: row["Timestamp"] for row in office.rows(LINES)}
    assert len(after) == 6
    assert {key: after[key] for key in before} == before


def test_a_new_sort_of_account_appears_with_its_first_posting(office: Office) -> None:
    """Its type is one that nobody has heard of."""
    assert 199 not in {row["Type"] for row in office.rows("sync/Financial/GLAccounts")}
    office.happened(entry(1, 90, (BookLine(1, "4999", 100), BookLine(2, "1100", -100))))
    (new,) = (row for row in office.rows("sync/Financial/GLAccounts") if row["Type"] == 199)
    assert (new["Code"], new["BalanceType"]) == ("4999", "W")
    assert new["ID"] in {row["GLAccount"] for row in office.rows(LINES)}


def test_a_line_can_be_hidden(office: Office) -> None:
    """Then the lines no longer add up, while the balances do."""
    office.happened(invoice(1, 12_100))
    office.app.sandbox.books.hidden_lines.add(11)
    assert sum(row["AmountDC"] for row in office.rows(LINES)) == 121
    assert sum(row["Amount"] for row in office.rows("financial/ReportingBalance")) == 0


# --- where to begin --------------------------------------------------------------------------------------------------


def start(office: Office, wall: str) -> list[int]:
    asked = {"modified": f"datetime'{wall}'", "endPoint": "'TransactionLines'"}
    return [row["TimeStampAsBigInt"] for row in office.rows("read/sync/Sync/SyncTimestamp", **asked)]


def test_the_first_version_at_a_time_or_later(office: Office) -> None:
    """It is that of the first line modified then: ``gt`` would miss it; where there is none, there is no row."""
    office.happened(invoice(1, 100), invoice(2, 200, date(2026, 3, 2)))
    versions = [row["Timestamp"] for row in office.rows(LINES)]
    walls = ("2026-01-01", "2026-03-01T11:00:00", "2026-03-01T11:00:01", "2026-03-02T12:00:00")
    assert [start(office, wall) for wall in walls] == [versions[:1], versions[:1], versions[2:3], []]


def test_of_the_hour_that_comes_twice_the_first_is_meant(office: Office) -> None:
    """02:30 in late October lies before both changes that have that wall time or a later one."""
    for number, hour in ((1, 0), (2, 1)):
        office.happened(invoice(number, 100, at=datetime(2026, 10, 25, hour, 40, tzinfo=UTC)))
    versions = [row["Timestamp"] for row in office.rows(LINES)]
    assert start(office, "2026-10-25T02:30:00") == versions[:1]
    assert start(office, "2026-10-25T02:50:00") == versions[2:3]


def test_a_division_that_was_moved_has_new_versions(office: Office) -> None:
    """They are lower, so that who only looks for higher ones finds nothing; the list of divisions tells when."""
    office.happened(invoice(1, 100))
    before = {row["ID"]: row["Timestamp"] for row in office.rows(LINES)}
    office.app.sandbox.move()
    after = {row["ID"]: row["Timestamp"] for row in office.rows(LINES)}
    assert after.keys() == before.keys()
    assert max(after.values()) < min(before.values())
    assert office.rows(LINES, filter=f"Timestamp gt {min(after.values())}L", select="ID") != []
    assert start(office, "2026-01-01") == [min(after.values())]
    moved = {day(row["DivisionMoveDate"]) for row in office.rows("system/Divisions")}
    assert moved == {None, "2026-03-02"}


# --- open items ------------------------------------------------------------------------------------------------------


def test_a_part_that_is_matched_is_split_off(office: Office) -> None:
    """It ends on the latest invoice date of the match; what is left stays the row it was, with a higher version."""
    office.happened(invoice(1, 10_000))
    (whole,) = office.rows(TERMS)
    assert (whole["Status"], whole["AmountDC"], whole["IsFullyPaid"], whole["LineType"]) == (20, 100.0, False, 20)
    office.happened(
        payment(2, 4_000, date(2026, 3, 2)), matched(1, START + timedelta(hours=3), (10, 4_000), (21, -4_000))
    )
    assert office.terms() == {(20, 60.0): None, (50, 40.0): "2026-03-02", (50, -40.0): "2026-03-02"}
    (rest,) = (row for row in office.rows(TERMS) if row["Status"] == 20)
    assert rest["ID"] == whole["ID"]
    assert rest["Timestamp"] > whole["Timestamp"]


def test_the_last_part_takes_the_row(office: Office) -> None:
    """When nothing is left, the row itself is matched; each part ended when it was paid."""
    office.happened(invoice(1, 10_000))
    (whole,) = office.rows(TERMS)
    office.happened(
        payment(2, 4_000, date(2026, 3, 2)),
        matched(1, START + timedelta(hours=3), (10, 4_000), (21, -4_000)),
        payment(3, 6_000, date(2026, 3, 20)),
        matched(2, datetime(2026, 3, 20, 11, tzinfo=UTC), (10, 6_000), (31, -6_000)),
    )
    rows = {row["ID"]: row for row in office.rows(TERMS) if row["AmountDC"] > 0}
    assert sum(row["AmountDC"] for row in rows.values()) == 100
    assert (rows[whole["ID"]]["AmountDC"], day(rows[whole["ID"]]["EndDate"])) == (60.0, "2026-03-20")
    assert {day(row["LastPaymentDate"]) for row in rows.values()} == {"2026-03-02", "2026-03-20"}
    assert all(row["IsFullyPaid"] for row in rows.values())


def test_a_match_ends_with_what_was_matched(office: Office) -> None:
    """When the payment is deleted, the invoice is open again, in its own row."""
    office.happened(
        invoice(1, 10_000),
        payment(2, 10_000, date(2026, 3, 2)),
        matched(1, START + timedelta(hours=3), (10, 10_000), (21, -10_000)),
    )
    assert {status for status, _ in office.terms()} == {50}
    office.happened(EntryDeleted(START + timedelta(hours=4), 2))
    assert office.terms() == {(20, 100.0): None}


def test_what_suppliers_are_owed_is_positive_too(office: Office) -> None:
    """An invoice is positive, a payment negative, on both sides; each side has a list of its own."""
    bill = entry(
        1, 30, (BookLine(10, "1600", -5_000, "", "", 9, "Molen", date(2026, 3, 15)), BookLine(11, "4300", 5_000))
    )
    office.happened(bill, payment(2, -2_000, date(2026, 3, 2), "1600"), invoice(3, 700))
    assert {(row["LineType"], row["AmountDC"]) for row in office.rows(TERMS)} == {(22, 50.0), (22, -20.0), (20, 7.0)}
    assert {row["AmountDC"] for row in office.rows("cashflow/Payments")} == {50.0, -20.0}
    assert {row["AmountDC"] for row in office.rows("cashflow/Receivables")} == {7.0}


def test_closing_entries_are_no_open_items(office: Office) -> None:
    """They move the account, and nothing is to be paid."""
    office.happened(entry(1, 327, (BookLine(1, "1300", -500), BookLine(2, "0590", 500))))
    assert office.rows(TERMS) == []
    assert len(office.rows(LINES)) == 2


# --- overviews -------------------------------------------------------------------------------------------------------


def test_the_overview_of_open_invoices_is_that_of_today(office: Office) -> None:
    """What is due before today is overdue; unmatched payments are taken off what is open."""
    office.happened(invoice(1, 10_000, date(2026, 2, 10)), invoice(2, 5_000), payment(3, 1_000, date(2026, 3, 2)))
    (row,) = office.rows("read/financial/OutstandingInvoicesOverview")
    names = ("OutstandingReceivableInvoiceAmount", "OverdueReceivableInvoiceAmount", "OverdueReceivableInvoiceCount")
    assert [row[name] for name in names] == [140.0, 100.0, 1]
    office.app.sandbox.books.overview_error = 100
    (wrong,) = office.rows("read/financial/OutstandingInvoicesOverview")
    assert wrong[names[0]] == 141.0


def test_the_overview_of_the_result_has_fiscal_periods() -> None:
    """A year that begins in July ends in June; closings and openings are no result."""
    story = Story(founded=NEVER, fiscal_year_start=7)
    sales = replace(invoice(1, 10_000), year=2025, period=9)
    costs = replace(entry(2, 90, (BookLine(21, "4300", 2_500), BookLine(22, "1100", -2_500))), year=2025, period=8)
    before = replace(invoice(3, 700, date(2025, 6, 30)), year=2024, period=12)
    closing = replace(entry(4, 326, (BookLine(41, "8000", 9_000), BookLine(42, "0590", -9_000))), year=2025, period=9)
    opening = replace(entry(5, 10, (BookLine(51, "8000", -400), BookLine(52, "1100", 400))), year=2025, period=9)
    for event in (sales, costs, before, closing, opening):
        story.bookkeeping.append(event)
    with connected(Sandbox(story, Clock(START + timedelta(hours=3)))) as app:
        (row,) = app.rows("read/financial/ProfitLossOverview")
        assert (row["CurrentYear"], row["CurrentPeriod"], row["CurrencyCode"]) == (2025, 9, "EUR")
        assert [row[f"{name}CurrentYear"] for name in ("Revenue", "Costs", "Result")] == [100.0, 25.0, 75.0]
        assert [row[f"Result{name}"] for name in ("CurrentPeriod", "PreviousYear")] == [100.0, 7.0]
        (ninth,) = app.rows("financial/FinancialPeriods", filter="FinYear eq 2025 and FinPeriod eq 9", select="*")
        assert (day(ninth["StartDate"]), day(ninth["EndDate"])) == ("2026-03-01", "2026-03-31")


# --- the whole story -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def company() -> Iterator[ExactApp]:
    """A company of its own accord, some months old."""
    story = Story(5, date(2025, 9, 1), orders_per_day=1, pace=0.5)
    with connected(Sandbox(story, Clock(START), minutely=10**6, daily=10**6)) as app:
        yield app


def _folded(events: Any) -> dict[int, tuple[int, int, date, BookLine]]:
    """Return kind, status, date and line of everything that is in the books, by the line's id."""
    entries: dict[int, tuple[int, int, date, tuple[BookLine, ...]]] = {}
    for event in events:
        match event:
            case EntryBooked():
                entries[event.entry] = (event.kind, 20, event.on, event.lines)
            case EntryChanged():
                entries[event.entry] = (*entries[event.entry][:2], event.on, event.lines)
            case EntryProcessed():
                kind, _, on, lines = entries[event.entry]
                entries[event.entry] = (kind, 50, on, lines)
            case EntryDeleted():
                del entries[event.entry]
    return {line.id: (kind, status, on, line) for kind, status, on, lines in entries.values() for line in lines}


def test_the_lines_are_those_of_the_story(company: ExactApp) -> None:
    """Page by page all lines come once, and as the events have left them; they balance on every day."""
    events = company.sandbox.story.bookkeeping.events(START)
    fields = "Type,Status,Date,GLAccountCode,AmountDC"
    shown = sorted(
        (row["Type"], row["Status"], day(row["Date"]), row["GLAccountCode"], round(row["AmountDC"] * 100))
        for row in company.rows(LINES, select=fields)
    )
    told = sorted((kind, status, str(on), line.gl, line.cents) for kind, status, on, line in _folded(events).values())
    assert shown == told
    assert len(shown) > 500
    sums: defaultdict[str | None, int] = defaultdict(int)
    for _, _, on, _, cents in shown:
        sums[on] += cents
    assert set(sums.values()) == {0}


@pytest.mark.parametrize(("gl", "kind", "sign"), [("1300", 20, 1), ("1600", 22, -1)])
def test_the_open_items_are_the_balance_of_their_account(company: ExactApp, gl: str, kind: int, sign: int) -> None:
    """What is booked on the account on a day is what its rows come to; what is matched cancels out, see below."""
    events = company.sandbox.story.bookkeeping.events(START)
    days: defaultdict[str | None, int] = defaultdict(int)
    for entry_kind, _, on, line in _folded(events).values():
        if line.gl == gl and entry_kind < 310:
            days[str(on)] += sign * line.cents
    rows = [row for row in company.rows(TERMS) if row["LineType"] == kind]
    for row in rows:
        days[day(row["InvoiceDate"])] -= round(row["AmountDC"] * 100)
    assert {row["Status"] for row in rows} == {20, 50}
    assert set(days.values()) == {0}


def test_matched_rows_cancel_each_other_out(company: ExactApp) -> None:
    """What ends on a day adds up to nothing, for each side of the books."""
    ends: defaultdict[tuple[int, str | None], int] = defaultdict(int)
    for row in company.rows(TERMS):
        if row["Status"] == 50:
            ends[row["LineType"], day(row["EndDate"])] += round(row["AmountDC"] * 100)
    assert len(ends) > 10
    assert set(ends.values()) == {0}


def test_the_balances_are_the_sums_of_the_lines(company: ExactApp) -> None:
    """The result of both overviews is that of the lines, too."""
    sums: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    for row in company.rows(LINES):
        place = ("GLAccountCode", "FinancialYear", "FinancialPeriod", "Status", "Type")
        sums[tuple(row[name] for name in place)] += round(row["AmountDC"] * 100)
    names = ("GLAccountCode", "ReportingYear", "ReportingPeriod", "Status", "Type")
    balances = {
        tuple(row[name] for name in names): round(row["Amount"] * 100)
        for row in company.rows("financial/ReportingBalance")
    }
    assert balances == dict(sums)
