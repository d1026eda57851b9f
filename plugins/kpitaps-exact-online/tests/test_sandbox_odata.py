"""The Exact Online sandbox answers lists as Exact does: shapes, pages, filters, demands, and errors in their form."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_exact_online.sandbox import Sandbox
from parts.exact_app import ExactApp, connected

from kpitaps.testing import Clock, Story
from kpitaps.testing.story import DealOpened, Sum
from kpitaps.testing.story.book_events import BookLine, EntryBooked

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEVER = date(2100, 1, 1)
DEALS = 150
LINES = 2_300
"""More than two pages of a sync endpoint."""


@pytest.fixture(scope="module")
def app() -> Iterator[ExactApp]:
    story = Story(founded=NEVER)
    for number in range(DEALS):
        story.office.append(_deal(number))
    lines = tuple(BookLine(number, "1100", 1 - 2 * (number % 2)) for number in range(LINES))
    story.bookkeeping.append(EntryBooked(NOW - timedelta(days=1), 1, 1, "90", 90, date(2026, 3, 1), 2026, 3, "", lines))
    with connected(Sandbox(story, Clock(NOW), minutely=10**6, daily=10**6)) as app:
        yield app


@pytest.fixture(autouse=True)
def _forgiven(app: ExactApp) -> None:
    """Errors made on purpose do not block the next test."""
    app.sandbox.forgive()


def _deal(number: int) -> DealOpened:
    at = NOW - timedelta(hours=number // 3)
    value = Sum(100 * (number % 7)) if number % 5 else None
    return DealOpened(
        *(at, 1_000 + number, f"Deal {number % 10}", 1, None, 101, "wholesale", "new", value, 10, "email", None)
    )


# --- who and where ---------------------------------------------------------------------------------------------------


def test_me(app: ExactApp) -> None:
    """The user and the clock of the division are told without a division in the address."""
    (row,) = app.get("/api/v1/current/Me").json()["d"]["results"]
    assert row["CurrentDivision"] == app.sandbox.division
    assert (row["ServerTime"], row["ServerUtcOffset"]) == ("2026-03-02T13:00:00", 3600)


def test_the_two_lists_of_divisions_contradict_each_other(app: ExactApp) -> None:
    """Active and archived are 0 and 1 in one list, 1 and 2 in the other, which leaves out what the user may not see."""
    hrm, system = (
        {row["Code"] - app.sandbox.division: row["Status"] for row in app.rows(f"{service}/Divisions")}
        for service in ("hrm", "system")
    )
    assert (hrm, system) == ({0: 0, 1: 1, 2: 0}, {0: 1, 1: 2})


@pytest.mark.parametrize(
    ("offset", "reason"), [(1, "DivisionBlocked"), (2, "NoDivisionAccess"), (50, "NoDivisionAccess")]
)
def test_other_divisions_are_closed(app: ExactApp, offset: int, reason: str) -> None:
    """Archived ones, those without rights, and those that do not exist: the header says which."""
    reply = app.ask("crm/Opportunities", app.sandbox.division + offset)
    assert (reply.status_code, reply.headers["Reason"]) == (403, reason)


@pytest.mark.parametrize(
    ("zone", "host", "country"), [("Europe/Brussels", "be", "BE "), ("America/New_York", "com", "US ")]
)
def test_a_company_is_on_the_site_of_its_country(zone: str, host: str, country: str) -> None:
    """The host name and the division's country go with the story's zone."""
    with connected(Sandbox(Story(founded=NEVER, zone=zone), Clock(NOW))) as app:
        assert app.sandbox.hosts == (f"start.exactonline.{host}",)
        assert app.sandbox.settings["country"] == host
        assert {row["Country"] for row in app.rows("system/Divisions")} == {country}


# --- shapes ----------------------------------------------------------------------------------------------------------


def test_the_shape_depends_on_what_is_asked_for(app: ExactApp) -> None:
    """A list where one page must do, else an object; empty both ways; one thing by its key stands alone."""
    nothing = {"filter": "Number eq 0", "select": "ID"}
    assert app.ask("crm/Opportunities", **nothing).json() == {"d": {"results": []}}
    assert app.ask("crm/Opportunities", **nothing, top="60").json() == {"d": []}
    (row,) = app.ask("crm/Opportunities", top="1", select="ID,Name").json()["d"]
    assert app.ask(f"crm/Opportunities(guid'{row['ID']}')", select="ID,Name").json() == {"d": row}
    counted = app.ask("crm/Opportunities", top="1", inlinecount="allpages").json()["d"]
    assert (counted["__count"], len(counted["results"])) == (str(DEALS), 1)


def test_pages_of_60(app: ExactApp) -> None:
    """Every row comes once, in the order of the key, and the last page has no next one."""
    pages = list(app.pages("crm/Opportunities", select="ID"))
    ids = [row["ID"] for page in pages for row in page]
    assert [len(page) for page in pages] == [60, 60, 30]
    assert ids == sorted(set(ids))
    assert len(ids) == DEALS


def test_top_is_a_cap_on_all_pages_together(app: ExactApp) -> None:
    """100 of 150 come as 60 and 40; the second page is a list, for it is the last one asked for."""
    first = app.ask("crm/Opportunities", select="ID", top="100").json()["d"]
    assert len(first["results"]) == 60
    assert "$top=40" in first["__next"]
    second = app.get(first["__next"]).json()["d"]
    assert len(second) == 40
    assert isinstance(second, list)


@pytest.mark.parametrize("order", ["Modified", "Modified desc", "AmountDC", "AmountDC desc,Name", "Name desc,ID desc"])
def test_the_next_page_goes_on_after_what_the_last_row_is_sorted_by(app: ExactApp, order: str) -> None:
    """In any order, with values that many rows share or lack, all rows come once, sorted."""
    rows = app.rows("crm/Opportunities", select="ID,Modified,AmountDC,Name", orderby=order)
    assert len({row["ID"] for row in rows}) == len(rows) == DEALS
    name, _, direction = order.split(",", maxsplit=1)[0].partition(" ")
    values = [(row[name] is not None, row[name] or 0) for row in rows]
    assert values == sorted(values, reverse=direction == "desc")


def test_sync_endpoints_have_pages_of_1000_in_the_order_of_versions(app: ExactApp) -> None:
    """Without a selection they show everything."""
    pages = list(app.pages("sync/Financial/TransactionLines"))
    versions = [row["Timestamp"] for page in pages for row in page]
    assert [len(page) for page in pages] == [1000, 1000, 300]
    assert versions == sorted(set(versions))
    assert {"ID", "AmountDC", "ItemDescription", "CostCenter"} < pages[0][0].keys()
    after = app.rows("sync/Financial/TransactionLines", filter=f"Timestamp gt {versions[2000]}L", select="Timestamp")
    assert [row["Timestamp"] for row in after] == versions[2001:]
    ends = f"Timestamp gt {versions[2000]}L or Timestamp le {versions[1]}L"
    assert len(app.rows("sync/Financial/TransactionLines", filter=ends, select="ID")) == 2 + len(after)


def test_only_what_is_selected_is_shown(app: ExactApp) -> None:
    """Nothing else is in a row; an asterisk selects everything."""
    assert app.ask("financial/Journals", select="Type,Code", top="1").json()["d"][0].keys() == {"Type", "Code"}
    assert len(app.ask("financial/Journals", select="*", top="1").json()["d"][0]) > 10


def test_a_next_page_may_be_kept_from_who_does_not_select_the_key(app: ExactApp) -> None:
    """The fault leaves no trace of further rows, but only where the key is not selected."""
    for select, is_there in (("Name", False), ("Name,ID", True)):
        app.sandbox.faults.add("next_dropped")
        assert ("__next" in app.ask("crm/Opportunities", select=select).json()["d"]) is is_there
    assert "__next" in app.ask("crm/Opportunities", select="Name").json()["d"]


def test_without_an_accept_header_the_answer_is_xml(app: ExactApp) -> None:
    """Exact's own default is Atom; the log notes it."""
    reply = app.get("/api/v1/current/Me", Accept="*/*")
    assert reply.headers["Content-Type"].startswith("application/atom+xml")
    assert app.sandbox.log[-1].note.startswith("ignored:")


# --- filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("FinYear eq 2026", 12),
        ("FinYear eq 2026 and FinPeriod gt 10", 2),
        ("FinYear eq 2026 and FinPeriod lt 3 or FinYear eq 2025", 14),
        ("FinYear eq 2026 and (FinPeriod lt 3 or FinPeriod eq 12)", 3),
        ("FinYear ge 2025 and FinYear le 2026 and not (FinPeriod ne 1)", 2),
        ("2025 lt FinYear and FinPeriod eq 1L", 2),
        ("StartDate ge datetime'2026-03-01' and EndDate lt datetime'2026-06-01T00:00:00'", 3),
        ("ID eq guid'00000000-0000-0000-0000-000000000000'", 0),
        ("Created eq null", 0),
    ],
)
def test_filters(app: ExactApp, query: str, expected: int) -> None:
    """Comparisons, and, or, not and parentheses bind as OData says, with literals of every kind."""
    assert len(app.rows("financial/FinancialPeriods", filter=query, select="ID")) == expected


def test_nothing_is_neither_more_nor_less_than_anything(app: ExactApp) -> None:
    """Rows without a value are found by null alone."""
    counts = [
        len(app.rows("crm/Opportunities", select="ID", filter=f"AmountDC {rest}"))
        for rest in ("eq null", "ne null", "ge 0", "lt 0.5d")
    ]
    assert counts == [30, 120, 120, 17]


def test_texts_are_compared_as_they_are_kept(app: ExactApp) -> None:
    """A code is padded with spaces, and so must be what it is compared with; quotes are doubled."""
    padded = "1".rjust(18)
    assert app.rows("crm/Opportunities", top="1", select="AccountCode") == [{"AccountCode": padded}]
    assert len(app.rows("crm/Opportunities", select="ID", filter=f"AccountCode eq '{padded}'")) == DEALS
    assert app.rows("crm/Opportunities", select="ID", filter="AccountCode eq '1'") == []
    assert app.rows("crm/Opportunities", select="ID", filter="Name eq 'd''Or'") == []


REFUSED: list[tuple[str, dict[str, str]]] = [
    ("crm/Opportunities", {"select": "Colour"}),
    ("crm/Opportunities", {"filter": "Colour eq 1"}),
    ("crm/Opportunities", {"filter": "Name eq 1"}),
    ("crm/Opportunities", {"filter": "Modified gt '2026-01-01'"}),
    ("crm/Opportunities", {"filter": "Number gt 5000000000"}),
    ("crm/Opportunities", {"filter": "Name eq 'x' and"}),
    ("crm/Opportunities", {"filter": "(Name eq 'x'"}),
    ("crm/Opportunities", {"filter": "Modified gt datetime'soon'"}),
    ("crm/Opportunities", {"orderby": "Colour"}),
    ("crm/Opportunities", {"top": "many"}),
    ("crm/Opportunities", {"expand": "Account"}),
    ("crm/Opportunities", {"skiptoken": "1,2,3"}),
    ("financialtransaction/TransactionLines", {}),
    ("financialtransaction/TransactionLines", {"top": "5"}),
    ("bulk/Financial/TransactionLines", {"filter": "Type eq 20"}),
    ("sync/Financial/TransactionLines", {"filter": "Type eq 20"}),
    ("sync/Financial/TransactionLines", {"orderby": "Date"}),
    ("read/sync/Sync/SyncTimestamp", {}),
    ("read/sync/Sync/SyncTimestamp", {"modified": "datetime'2026-01-01'", "endPoint": "'PaymentTerms'"}),
]


@pytest.mark.parametrize(("endpoint", "options"), REFUSED)
def test_what_exact_refuses(app: ExactApp, endpoint: str, options: dict[str, str]) -> None:
    """Unknown fields, unlike types, broken filters and unmet demands are 400, with Exact's error body."""
    reply = app.ask(endpoint, **options)
    assert reply.status_code == 400
    assert reply.json()["error"]["message"]["value"]


def test_unknown_addresses_are_not_found(app: ExactApp) -> None:
    """A list that does not exist and a key that nothing has are 404."""
    missing: list[Any] = ["crm/Unicorns", "crm/Opportunities(guid'00000000-0000-0000-0000-000000000000')"]
    assert [app.ask(endpoint).status_code for endpoint in missing] == [404, 404]


def test_lists_with_a_sync_twin_are_content_with_a_selection_or_a_filter(app: ExactApp) -> None:
    """Either is enough; bulk endpoints want a selection."""
    assert app.ask("financialtransaction/TransactionLines", select="ID").status_code == 200
    assert app.ask("financialtransaction/TransactionLines", filter="Type eq 20").status_code == 200
    assert len(app.ask("bulk/Financial/TransactionLines", select="ID").json()["d"]["results"]) == 1000


def test_other_parameters_are_ignored_and_noted(app: ExactApp) -> None:
    """Exact says nothing of them; the log does."""
    assert app.get(f"/api/v1/{app.sandbox.division}/financial/Journals", {"colour": "red"}).status_code == 200
    assert app.sandbox.log[-1].note == "ignored: colour"
