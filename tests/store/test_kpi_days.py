"""KPIs as other tools read them: written once, then only where they differ."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from store.shelf import DAY, NOW, a_connection

from kpitaps.store import KpiDay, KpiDays, KpiFigure, KpiSeries, KpiTables, list_companies, purge_connection

if TYPE_CHECKING:
    from kpitaps.store import Connection, Ledger

REVENUE = KpiSeries("revenue", "", "", "finance", "Revenue", "Omzet", "money", "EUR", "up", "sum")
MUGS = KpiSeries("sales", "product", "mug", "sales", "Sales", "Verkoop", "money", "EUR", "up", "sum")
CENT = 10_000


@pytest.fixture
def connection(ledger: Ledger) -> Connection:
    """The company's only connection."""
    return a_connection(ledger)


def tables(ledger: Ledger) -> KpiTables:
    (company,) = list_companies(ledger.database)
    return KpiTables(ledger.database, company.id)


def row(day: int, amount: int, *, is_open: bool = False, quality: str = "final") -> KpiDay:
    return KpiDay(day, amount / 1_000_000, amount, None, quality, is_open)


def figure(window: str = "mtd", **more: Any) -> KpiFigure:
    through = int(NOW.timestamp()) * 1_000_000
    kept = {"value": 12.5, "previous": None, "last_year": 10.0, "quality": "provisional", "is_open": True}
    return KpiFigure(window, DAY + 9, DAY, DAY + 9, **{**kept, "data_through": through, "reasons": "Why.", **more})


def view(ledger: Ledger, name: str) -> list[dict[str, Any]]:
    with ledger.database.read() as connection:
        return [dict(each) for each in connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY 2, 7, 8")).mappings()]


def revisions(ledger: Ledger) -> dict[str, int]:
    return {str(each["day"]): each["revision"] for each in view(ledger, "kpi_daily")}


@pytest.mark.usefixtures("connection")
def test_days_are_readable(ledger: Ledger) -> None:
    """One row per KPI, label value and day: names, a date, units; what adds up is exact on PostgreSQL."""
    much = 9_007_199_254_740_990_000 + CENT
    assert tables(ledger).put_days([KpiDays(REVENUE, [row(DAY, much)])], NOW) == 1
    (found,) = view(ledger, "kpi_daily")
    exact = Decimal("9007199254741.000000")
    assert found.pop("numerator") == (float(exact) if ledger.database.is_sqlite else exact)
    assert found.pop("changed_at") == ("2025-03-10T12:00:00Z" if ledger.database.is_sqlite else NOW)
    assert {**found, "day": str(found["day"])} == {
        "company": "main",
        **{name: value for name, value in REVENUE._asdict().items() if name not in ("kpi", "roll_up")},
        "kpi": "revenue",
        "day": "2025-03-01",
        "value": 9007199254741.0,
        "denominator": None,
        "roll_up": "sum",
        "quality": "final",
        "is_open": 0,
        "revision": 0,
    }


@pytest.mark.usefixtures("connection")
def test_windows_are_readable(ledger: Ledger) -> None:
    """One row per KPI, label value and window, with the days it is of, its comparisons and why it is not better."""
    tables(ledger).put_figures({REVENUE: [figure(), figure("today", data_through=None)], MUGS: []})
    mtd, today = view(ledger, "kpi_window")
    assert [str(mtd[name]) for name in ("first_day", "last_day", "as_of")] == ["2025-03-01", "2025-03-10", "2025-03-10"]
    assert (mtd["value"], mtd["previous"], mtd["last_year"], mtd["is_open"]) == (12.5, None, 10.0, 1)
    assert (mtd["window"], mtd["name_nl"], mtd["reasons"], today["data_through"]) == ("mtd", "Omzet", "Why.", None)


@pytest.mark.usefixtures("connection")
def test_a_closed_day_that_changes_counts_a_revision(ledger: Ledger) -> None:
    """An open day changes as it goes; once it was read to its end, each other value is a revision."""
    mine = tables(ledger)
    mine.put_days([KpiDays(REVENUE, [row(DAY, CENT), row(DAY + 1, CENT, is_open=True)])], NOW)
    mine.put_days([KpiDays(REVENUE, [row(DAY, 2 * CENT), row(DAY + 1, 2 * CENT)])], NOW)
    assert revisions(ledger) == {"2025-03-01": 1, "2025-03-02": 0}
    mine.put_days([KpiDays(REVENUE, [row(DAY + 1, 3 * CENT)], {DAY + 1})], NOW)
    mine.put_days([KpiDays(REVENUE, [row(DAY, 2 * CENT, quality="sampled")], {DAY})], NOW)
    assert revisions(ledger) == {"2025-03-01": 1, "2025-03-02": 1}


@pytest.mark.usefixtures("connection")
def test_only_what_differs_is_written(ledger: Ledger) -> None:
    """The same days again are no write; of the days that were looked at, those that are not known any more go."""
    mine, later = tables(ledger), NOW + timedelta(days=1)
    days = [row(DAY + number, CENT) for number in range(5)]
    assert mine.put_days([KpiDays(REVENUE, days), KpiDays(MUGS, days[:2])], NOW) == 7
    assert mine.put_days([KpiDays(REVENUE, days), KpiDays(MUGS, days[:2])], later) == 0
    assert mine.put_days([KpiDays(REVENUE, days[3:4], {DAY + 2, DAY + 3})], later) == 1
    kept = [str(each["day"]) for each in view(ledger, "kpi_daily") if each["kpi"] == "revenue"]
    assert kept == [date.fromordinal(DAY + number).isoformat() for number in (0, 1, 3, 4)]
    assert mine.put_days([KpiDays(REVENUE, days[:1])], later) == 3


@pytest.mark.usefixtures("connection")
def test_a_series_that_is_shown_no_more_goes(ledger: Ledger) -> None:
    """Figures are all there is: another label value's days are dropped, and a new unit takes the old one's place."""
    mine = tables(ledger)
    mine.put_days([KpiDays(REVENUE, [row(DAY, CENT)]), KpiDays(MUGS, [row(DAY, CENT)])], NOW)
    dollars = REVENUE._replace(currency="USD")
    mine.put_figures({dollars: [figure()]})
    assert [(each["kpi"], each["currency"]) for each in view(ledger, "kpi_daily")] == [("revenue", "USD")]
    assert tables(ledger).known == {dollars}


def test_what_was_purged_does_not_come_back(ledger: Ledger, connection: Connection) -> None:
    """Purging a connection drops its company's KPIs, and what was computed before that is not written any more."""
    mine = tables(ledger)
    mine.put_days([KpiDays(MUGS, [row(DAY, CENT)])], NOW)
    purge_connection(ledger.database, connection)
    assert view(ledger, "kpi_daily") == []
    assert mine.put_days([KpiDays(MUGS, [row(DAY, CENT)])], NOW) == 0
    mine.put_figures({MUGS: [figure()]})
    assert (view(ledger, "kpi_daily"), view(ledger, "kpi_window")) == ([], [])


@pytest.mark.usefixtures("connection")
def test_changed_at_is_when_a_day_became_another(ledger: Ledger) -> None:
    """A tool that loads what is new asks for the rows that changed since."""
    mine = tables(ledger)
    mine.put_days([KpiDays(REVENUE, [row(DAY, CENT), row(DAY + 1, CENT)])], NOW)
    mine.put_days([KpiDays(REVENUE, [row(DAY, CENT), row(DAY + 1, 2 * CENT)])], datetime(2025, 3, 11, tzinfo=UTC))
    first, second = view(ledger, "kpi_daily")
    assert first["changed_at"] < second["changed_at"]
