"""The Exact Online sandbox shows the story's office: opportunities, hours beside costs, subscriptions, staff."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_exact_online.sandbox import Sandbox
from parts.exact_app import ExactApp, connected

from kpitaps.testing import Clock, Story
from kpitaps.testing.story import (
    REPS,
    DealDeleted,
    DealHanded,
    DealLost,
    DealMoved,
    DealOpened,
    DealReopened,
    DealValued,
    DealWon,
    ProjectStarted,
    SubscriptionEnded,
    SubscriptionStarted,
    Sum,
    TimeCorrected,
    TimeDeleted,
    TimeLogged,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOURS = "sync/Project/TimeCostTransactions"
DRAFT, REJECTED = 1, 2
DEAL = DealOpened(
    *(NOW, 1, "Koffie", 5, None, 101, "wholesale", "tasting", Sum(10_000, "USD", Decimal("0.9")), 30, "email"),
    date(2026, 4, 1),
)


@pytest.fixture
def shown() -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Give a way to let events happen and see a list an hour after the last one."""
    with connected(Sandbox(Story(founded=date(2100, 1, 1)), Clock(NOW))) as app:

        def show(endpoint: str, *events: Any) -> list[dict[str, Any]]:
            for event in events:
                app.sandbox.story.office.append(event)
            latest = max((event.at for event in events), default=NOW)
            app.sandbox.clock.set(max(latest + timedelta(hours=1), app.sandbox.clock.now()))
            return app.rows(endpoint)

        yield show


def day(value: str | None) -> str | None:
    """Return the date that Exact means."""
    return None if value is None else datetime.fromtimestamp(int(value[6:-2]) / 1000, UTC).date().isoformat()


def after(**time: float) -> datetime:
    return NOW + timedelta(**time)


# --- opportunities ---------------------------------------------------------------------------------------------------


def test_an_open_opportunity(shown: Callable[..., Any]) -> None:
    """Amounts are in both currencies, the probability is a fraction, the date is when it should close."""
    (row,) = shown("crm/Opportunities", DEAL)
    assert (row["AmountDC"], row["AmountFC"], row["Currency"], row["Probability"]) == (90.0, 100.0, "USD", 0.3)
    assert (row["OpportunityStatus"], day(row["CloseDate"]), row["OwnerFullName"]) == (1, "2026-04-01", "Sanne de Wit")
    assert (row["OpportunityStageDescription"], row["LeadSourceDescription"]) == ("Proeverij", "email")


@pytest.mark.parametrize(("ends", "status"), [(DealWon, 2), (DealLost, 3)])
def test_a_closed_opportunity(shown: Callable[..., Any], ends: Any, status: int) -> None:
    """It keeps its last stage and probability; its date is the local day on which it was closed."""
    late = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    end = ends(late, 1) if ends is DealWon else ends(late, 1, "price")
    (row,) = shown("crm/Opportunities", DEAL, DealMoved(after(days=1), 1, "quote", 55), end)
    assert (row["OpportunityStatus"], day(row["CloseDate"])) == (status, "2026-03-10")
    assert (row["OpportunityStageDescription"], row["Probability"]) == ("Offerte", 0.55)
    assert row["ReasonCodeDescription"] == (None if ends is DealWon else "price")


def test_what_else_happens_to_an_opportunity(shown: Callable[..., Any]) -> None:
    """It is revalued, handed over and reopened in place; a deleted one is gone and nobody tells."""
    (row,) = shown(
        "crm/Opportunities",
        DEAL,
        DealValued(after(hours=1), 1, Sum(50_000)),
        DealHanded(after(hours=2), 1, 102),
        DealLost(after(hours=3), 1, "price"),
        DealReopened(after(hours=4), 1, "contract", 80),
    )
    assert (row["AmountDC"], row["OwnerFullName"], row["OpportunityStatus"]) == (500.0, "Bram Jansen", 1)
    assert (row["OpportunityStageDescription"], day(row["CloseDate"])) == ("Contract", "2026-04-01")
    assert shown("crm/Opportunities", DealDeleted(after(hours=5), 1)) == []
    assert shown("sync/Deleted") == []


# --- hours -----------------------------------------------------------------------------------------------------------


def _logged(number: int, **more: Any) -> TimeLogged:
    facts = {"project": None, "started_at": None, "on": date(2026, 3, 2), "seconds": 5_400, "billable": False}
    return TimeLogged(at=NOW, entry=number, rep=102, **{**facts, **more})


def test_hours(shown: Callable[..., Any]) -> None:
    """The quantity is in hours, the day at midnight; only what is billable has a price; employees have a list."""
    project = ProjectStarted(NOW, 8, "Verbouwing", 5, 36_000)
    rows = shown(HOURS, project, _logged(1, project=8, billable=True), _logged(2, started_at=NOW))
    first, second = (row for row in rows if row["Type"] == 1 and row["HourStatus"] not in (DRAFT, REJECTED))
    if first["PriceFC"] == 0:
        first, second = second, first
    assert (first["Quantity"], first["PriceFC"], first["AmountFC"]) == (1.5, 95.0, 142.5)
    assert (first["ProjectDescription"], day(first["Date"])) == ("Verbouwing", "2026-03-02")
    assert (second["Project"], second["AmountFC"], second["StartTime"]) == (None, 0.0, "/Date(1772445600000)/")
    names = {row["ID"]: row["FullName"] for row in shown("sync/Payroll/Employees")}
    assert names[first["Employee"]] == "Bram Jansen"
    assert sorted(names.values()) == sorted(rep.name for rep in REPS)


def test_corrected_and_deleted_hours(shown: Callable[..., Any]) -> None:
    """A correction raises the version, a deletion is told of."""
    (before,) = shown(HOURS, _logged(3))
    (row,) = shown(HOURS, TimeCorrected(after(days=1), 3, 900, billable=True))
    assert (row["ID"], row["Quantity"], row["PriceFC"]) == (before["ID"], 0.25, 95.0)
    assert row["Timestamp"] > before["Timestamp"]
    assert shown(HOURS, TimeDeleted(after(days=2), 3)) == []
    (gone,) = shown("sync/Deleted")
    assert (gone["EntityType"], gone["EntityKey"]) == (14, row["ID"])


@pytest.fixture(scope="module")
def company() -> Iterator[ExactApp]:
    """A company of its own accord, some months old."""
    with connected(Sandbox(Story(5, date(2025, 11, 1), orders_per_day=0.1), Clock(NOW), minutely=10**6)) as app:
        yield app


def test_hours_are_mixed_with_what_does_not_count(company: ExactApp) -> None:
    """Beside costs there are drafts and rejected hours; without them they are those of the story."""
    told: dict[int, int] = {}
    for event in company.sandbox.story.office.events(NOW):
        match event:
            case TimeLogged() | TimeCorrected():
                told[event.entry] = event.seconds
            case TimeDeleted():
                told.pop(event.entry, None)
    rows = company.rows(HOURS)
    counting = [row for row in rows if row["Type"] == 1 and row["HourStatus"] not in (DRAFT, REJECTED)]
    assert sorted(round(row["Quantity"] * 3_600) for row in counting) == sorted(told.values())
    assert {row["HourStatus"] for row in rows} == {1, 2, 10, 11, 14, 16, 19, 20}
    assert {row["Type"] for row in rows} == {1, 2}


# --- subscriptions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "periods", "expected"),
    [
        ("week", 2, ("wk", 2)),
        ("month", 1, ("mm", 1)),
        ("month", 3, ("qt", 1)),
        ("month", 6, ("hy", 1)),
        ("year", 2, ("yy", 2)),
    ],
)
def test_a_subscription(shown: Callable[..., Any], unit: str, periods: int, expected: tuple[str, int]) -> None:
    """Its line has the price in the company's currency, its type the period, in Exact's words."""
    began = SubscriptionStarted(
        NOW, 4, 5, "Onderhoud", Sum(10_000, "USD", Decimal("0.9")), unit, periods, date(2026, 3, 1), None
    )
    (row,) = shown("sync/Subscription/Subscriptions", began)
    (line,) = shown("sync/Subscription/SubscriptionLines")
    kinds = {kind["ID"]: kind for kind in shown("subscription/SubscriptionTypes")}
    kind = kinds[row["SubscriptionType"]]
    assert (kind["InvoicePeriodUnit"], kind["InvoicePeriod"]) == expected
    assert line["EntryID"] == row["EntryID"]
    assert (line["Quantity"], line["NetPrice"], line["AmountDC"]) == (2.0, 45.0, 90.0)
    assert (day(row["StartDate"]), day(line["FromDate"]), row["EndDate"]) == ("2026-03-01", "2026-03-01", None)


def test_an_ended_subscription(shown: Callable[..., Any]) -> None:
    """Its last day is on the subscription and on its line, both with higher versions."""
    lists = "sync/Subscription/Subscriptions", "sync/Subscription/SubscriptionLines"
    began = SubscriptionStarted(NOW, 7, 5, "Onderhoud", Sum(10_000), "month", 1, date(2026, 3, 1), None)
    before = [shown(endpoint, *([began] if place == 0 else []))[0] for place, endpoint in enumerate(lists)]
    shown(lists[0], SubscriptionEnded(after(days=3), 7, date(2026, 5, 31)))
    ended = [shown(endpoint)[0] for endpoint in lists]
    assert [day(ended[0]["EndDate"]), day(ended[1]["ToDate"])] == ["2026-05-31", "2026-05-31"]
    assert all(new["Timestamp"] > old["Timestamp"] for new, old in zip(ended, before, strict=True))


def test_accounts_are_padded_and_say_what_they_are(company: ExactApp) -> None:
    """Clients with invoices are customers, others prospects, suppliers neither; codes are 18 wide."""
    rows = company.rows("sync/CRM/Accounts")
    assert {row["Status"] for row in rows} == {"C", "P", "A"}
    assert {len(row["Code"]) for row in rows} == {18}
    assert {row["Country"] for row in rows} == {"NL "}
    assert {row["Status"] for row in rows if row["IsSupplier"]} == {"A"}
