"""Single opportunities, hours and subscriptions with their arithmetic, over HTTP into a ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_exact_online.sandbox_office import COST, DRAFT, REJECTED, TIME
from kpitaps_exact_online.subscriptions import monthly

from kpitaps import TapBug
from kpitaps.testing.story import (
    DealDeleted,
    DealHanded,
    DealLost,
    DealMoved,
    DealOpened,
    DealReopened,
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
    from conftest import World


def at(text: str) -> datetime:
    return datetime.fromisoformat(text if "T" in text else f"{text}T12:00:00").replace(tzinfo=UTC)


def deal(books: World, day: str, **more: Any) -> DealOpened:
    """Return a deal of € 1,000.00 with a chance of 10 %, Sanne's."""
    standard: dict[str, Any] = {
        "title": "Kantoor",
        "client": 70_001,
        "lead": None,
        "rep": 101,
        "pipeline": "wholesale",
        "stage": "new",
        "value": Sum(100_000),
        "probability": 10,
        "source": "referral",
        "expected_on": None,
    }
    return DealOpened(at=at(day), deal=books.number(), **{**standard, **more})


def test_a_deal_that_is_won(books: World) -> None:
    """Open under its last stage from the day it was entered to the one on which it was closed; then won."""
    one = deal(books, "2026-03-02")
    books.happened(one, DealMoved(at("2026-03-10"), one.deal, "quote", 50), DealWon(at("2026-03-20"), one.deal))
    assert books.days("deals_created") == {"2026-03-02": "1"}
    assert books.by("lead_source", "deals_created") == {"referral": "1"}
    assert books.days("deals_open") == {"2026-03-02": "1", "2026-03-20": "-1"}
    assert books.days("pipeline_value") == {"2026-03-02": "1000", "2026-03-20": "-1000"}
    # Exact keeps one chance, the last: 1,000.00 x 50 %.
    assert books.days("pipeline_weighted") == {"2026-03-02": "500", "2026-03-20": "-500"}
    assert (books.days("deals_won"), books.days("deals_won_value")) == ({"2026-03-20": "1"}, {"2026-03-20": "1000"})


def test_a_deal_entered_at_half_past_eleven(books: World) -> None:
    """It belongs to the local day, in winter and in summer."""
    books.happened(deal(books, "2026-01-15T22:30"), deal(books, "2026-07-15T21:30"), deal(books, "2026-07-15T22:30"))
    assert books.days("deals_created") == {"2026-01-15": "1", "2026-07-15": "1", "2026-07-16": "1"}


def test_a_deal_that_is_lost_reopened_and_handed_over(books: World) -> None:
    """What was undone counts nowhere; the deal is its present owner's for the whole time."""
    one = deal(books, "2026-03-02", value=None)
    books.happened(one, DealLost(at("2026-03-05"), one.deal, "price"))
    assert books.days("deals_lost") == {"2026-03-05": "1"}
    assert books.days("deals_lost_value") == {}
    books.happened(DealReopened(at("2026-03-08"), one.deal, "tasting", 25), DealHanded(at("2026-03-09"), one.deal, 102))
    assert books.days("deals_lost") == {}
    assert books.days("deals_open") == {"2026-03-02": "1"}
    assert list(books.by("rep", "deals_open")) != list(books.by("rep", "deals_won"))
    assert len(books.by("rep", "deals_created")) == 1


def test_a_deal_that_is_deleted(books: World) -> None:
    """Nothing tells of it, so the ids of all are compared: within a day."""
    one, other = deal(books, "2026-03-02"), deal(books, "2026-03-02")
    books.happened(one, other)
    books.happened(DealDeleted(at("2026-03-03"), one.deal))
    assert books.later(at("2026-03-04T13:00")).days("deals_created") == {"2026-03-02": "1"}


# --- hours -----------------------------------------------------------------------------------------------------------


def hours(books: World, seconds: int, *, billable: bool = True, project: int | None = None) -> TimeLogged:
    return TimeLogged(
        at("2026-03-02"), books.number(), 101, project, date(2026, 3, 2), at("2026-03-02T09:00"), seconds, billable
    )


@pytest.mark.parametrize("seconds", [3_600, 5_400, 1_200, 60, 25_140])
@pytest.mark.slow
def test_hours_are_whole_seconds(books: World, seconds: int) -> None:
    """Exact has hours as a fraction: a third of an hour is 1,200 seconds again."""
    books.happened(hours(books, seconds))
    assert books.days("time_worked") == books.days("time_billable") == {"2026-03-02": str(seconds)}


def test_what_hours_count(books: World) -> None:
    """Those without a price are not billable; a corrected entry counts as it is now, a deleted one not at all."""
    kept, gone = hours(books, 3_600, billable=False), hours(books, 7_200)
    books.happened(kept, gone)
    books.happened(
        TimeCorrected(at("2026-03-05"), kept.entry, 1_800, billable=False), TimeDeleted(at("2026-03-05"), gone.entry)
    )
    assert (books.days("time_worked"), books.days("time_billable")) == ({"2026-03-02": "1800"}, {})


def test_drafts_refusals_and_costs_are_no_hours(books: World) -> None:
    """The sandbox mixes them in, as Exact does; only what was submitted counts."""
    entries = [hours(books, 3_600) for _ in range(60)]
    books.happened(*entries)
    kinds = {(row.type, row.status in (DRAFT, REJECTED)) for row in books.sandbox.books.desk.hours.rows.values()}
    assert kinds == {(TIME, False), (TIME, True), (COST, False)}
    assert books.days("time_worked") == {"2026-03-02": str(60 * 3_600)}


def test_hours_have_names(books: World) -> None:
    """The employee's is looked up, the project's comes along."""
    project = ProjectStarted(at("2026-02-01"), books.number(), "Verbouwing", 70_001, 360_000)
    books.happened(project, hours(books, 3_600, project=project.project))
    assert books.by("project", "time_worked") == {"Verbouwing": "3600"}
    (rep,) = books.by("rep", "time_worked")
    assert " " in rep


# --- subscriptions ---------------------------------------------------------------------------------------------------


def subscription(books: World, starts_on: str, cents: int, unit: str, periods: int, **more: Any) -> SubscriptionStarted:
    standard: dict[str, Any] = {"client": 70_001, "title": "Koffie op kantoor", "ends_on": None}
    fields = {**standard, **more, "unit": unit, "periods": periods, "excl": Sum(cents)}
    return SubscriptionStarted(
        at=at(starts_on), subscription=books.number(), starts_on=date.fromisoformat(starts_on), **fields
    )


@pytest.mark.parametrize(
    ("cents", "unit", "periods", "told"),
    [
        (10_000, "month", 1, "100"),
        (30_000, "month", 3, "100"),
        (60_000, "month", 6, "100"),
        (120_000, "year", 1, "100"),
    ],
)
@pytest.mark.slow
def test_a_subscription_per_month(books: World, cents: int, unit: str, periods: int, told: str) -> None:
    """A quarter is three months, a half-year six, a year twelve."""
    books.happened(subscription(books, "2026-03-02", cents, unit, periods))
    assert books.days("mrr") == books.days("mrr_new") == {"2026-03-02": told}


def test_a_subscription_that_ends(books: World) -> None:
    """It brings in its last day; the day after, what it brought is lost, also if that day has yet to come."""
    one = subscription(books, "2026-03-02", 10_000, "month", 1)
    books.happened(one, SubscriptionEnded(at("2026-03-20"), one.subscription, date(2026, 5, 31)))
    assert books.days("mrr") == {"2026-03-02": "100", "2026-06-01": "-100"}
    assert (books.days("mrr_new"), books.days("mrr_churned")) == ({"2026-03-02": "100"}, {"2026-06-01": "100"})


@pytest.mark.parametrize(
    ("price", "unit", "count", "expected"),
    [("100", "mm", 6, "16.666667"), ("3", "wk", 1, "13"), ("100", "qt", 2, "16.666667"), ("100", "yy", 10, "0.833333")],
)
def test_monthly(price: str, unit: str, count: int, expected: str) -> None:
    """52 weeks are twelve months; rounded half up to a millionth."""
    assert monthly(Decimal(price), unit, count) == Decimal(expected)


def test_a_period_that_nobody_knows() -> None:
    """It stops the stream, rather than counting as something that it is not."""
    with pytest.raises(TapBug, match="invoiced per dd"):
        monthly(Decimal(1), "dd", 1)
