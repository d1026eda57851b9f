"""Reports with their arithmetic, answered over HTTP as Google writes them, read from the ledger.

It is 1 April 2026, 12:00 in Amsterdam. What must come out is written as a literal.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_google_analytics import reports

from kpitaps import BadSettings, RetryLater

if TYPE_CHECKING:
    from collections.abc import Callable


def test_visits_of_a_day_by_channel(world: Any) -> None:
    """Texts become exact numbers; the mean duration times the visits is the seconds that Google added up."""
    # 7 visits of 97.285714285714292 s on average (Google's floats) are 681.000000000000044 s: 681 s.
    # 3 visits of 33.333333333333336 s are 100.000000000000008 s: 100 s.
    world.google.rows["traffic"] = [
        ("20260331", "Organic Search", "7", "19", "5", "97.285714285714292"),
        ("20260331", "Direct", "3", "3", "1", "33.333333333333336"),
    ]
    world.synced("traffic")
    assert world.amounts("sessions") == {("2026-03-31", "Direct"): "3", ("2026-03-31", "Organic Search"): "7"}
    assert world.amounts("pageviews") == {("2026-03-31", "Direct"): "3", ("2026-03-31", "Organic Search"): "19"}
    assert world.amounts("engaged_sessions") == {("2026-03-31", "Direct"): "1", ("2026-03-31", "Organic Search"): "5"}
    assert world.days("session_duration") == {
        ("2026-03-31", "Direct"): ("100", "3"),
        ("2026-03-31", "Organic Search"): ("681", "7"),
    }


def test_an_empty_report_is_zero(world: Any) -> None:
    """Google leaves out both rows and their number; days that were read so have had no visits."""
    world.synced()
    assert world.days("sessions") == {}
    assert world.flags() == []
    # Yesterday is known to have had nobody.
    assert world.windows("visitors")["2026-03-31", "2026-03-31"] == "0"


def test_late_visits_restate_the_last_days(world: Any) -> None:
    """Days younger than 72 hours are read again and replaced as a whole: what is gone is zero; older days stay."""
    # At 12:00 on 1 April, 72 hours ago is 29 March: 29, 30, 31 March and 1 April are read again, the 28th is not.
    world.google.rows["traffic"] = [
        (day, "Direct", "4", "4", "2", "10") for day in ("20260328", "20260329", "20260330", "20260331")
    ]
    world.synced("traffic")
    world.google.rows["traffic"] = [
        ("20260328", "Direct", "9", "9", "9", "10"),
        ("20260329", "Direct", "5", "6", "3", "12"),
        ("20260329", "Unassigned", "1", "1", "0", "0"),
        ("20260331", "Direct", "4", "4", "2", "10"),
    ]
    world.synced("traffic")
    assert world.amounts("sessions") == {
        ("2026-03-28", "Direct"): "4",
        ("2026-03-29", "Direct"): "5",
        ("2026-03-29", "Unassigned"): "1",
        ("2026-03-31", "Direct"): "4",
    }


def test_key_events_by_name_and_channel(world: Any) -> None:
    """Only what is a key event is asked for; Google counts them with a decimal point."""
    world.google.rows["key_events"] = [
        ("20260330", "purchase", "Paid Search", "2"),
        ("20260330", "generate_lead", "Paid Search", "1.0"),
        ("20260331", "purchase", "(not set)", "1"),
    ]
    world.synced("key_events")
    assert world.amounts("key_events") == {
        ("2026-03-30", "generate_lead", "Paid Search"): "1",
        ("2026-03-30", "purchase", "Paid Search"): "2",
        ("2026-03-31", "purchase", "(not set)"): "1",
    }
    (asked, *_) = world.google.reports("key_events")
    assert asked["metricFilter"]["filter"]["numericFilter"] == {
        "operation": "GREATER_THAN",
        "value": {"int64Value": "0"},
    }


def test_advertising_and_what_it_sold(world: Any) -> None:
    """Costs in cents although Google computes with floats; revenue of paid channels alone; no rows of nothing."""
    # 12.299999999999999 is 12.30 and 0.1 + 0.2 is 0.30.
    world.google.rows["ads"] = [
        ("20260330", "Paid Search", "1200", "31", "12.299999999999999"),
        ("20260330", "Paid Social", "90", "0", "0.30000000000000004"),
        ("20260330", "Organic Search", "0", "0", "0"),
    ]
    world.google.rows["bought"] = [("20260330", "Paid Search", "59.9"), ("20260331", "Cross-network", "-10.5")]
    world.synced("ads")
    assert world.amounts("ad_spend") == {("2026-03-30", "Paid Search"): "12.3", ("2026-03-30", "Paid Social"): "0.3"}
    assert world.amounts("ad_clicks") == {("2026-03-30", "Paid Search"): "31"}
    assert world.amounts("ad_impressions") == {
        ("2026-03-30", "Paid Search"): "1200",
        ("2026-03-30", "Paid Social"): "90",
    }
    assert world.amounts("ad_revenue") == {
        ("2026-03-30", "Paid Search"): "59.9",
        ("2026-03-31", "Cross-network"): "-10.5",
    }
    (asked, *_) = world.google.reports("bought")
    paid = [
        "Audio",
        "Cross-network",
        "Display",
        *(f"Paid {what}" for what in ("Other", "Search", "Shopping", "Social", "Video")),
    ]
    assert asked["dimensionFilter"]["filter"] == {
        "fieldName": "sessionDefaultChannelGroup",
        "inListFilter": {"values": paid},
    }


def test_advertising_that_cannot_be_split(world: Any) -> None:
    """Where Google tells advertising by day alone, it has no channel; what it sold still has."""
    world.google.ads_by = ("country", "date")
    world.google.rows["ads"] = [("20260330", "1200", "31", "12.3")]
    world.google.rows["bought"] = [("20260330", "Paid Search", "59.9")]
    world.synced("ads")
    assert world.amounts("ad_spend") == {("2026-03-30",): "12.3"}
    assert world.amounts("ad_revenue") == {("2026-03-30", "Paid Search"): "59.9"}


def test_advertising_that_is_not_told_by_day(world: Any) -> None:
    """Where Google refuses dates too, nothing is asked in vain: what is unknown is incomplete, what sold is known."""
    world.google.ads_by = ("country",)
    world.google.rows["bought"] = [("20260330", "Paid Search", "59.9")]
    world.synced("ads")
    assert world.google.reports("ads") == []
    assert world.amounts("ad_revenue") == {("2026-03-30", "Paid Search"): "59.9"}
    assert {flag[:4] for flag in world.flags()} == {
        ("incomplete", measure, "2023-04-01", "2026-04-01") for measure in ("ad_clicks", "ad_impressions", "ad_spend")
    }


@pytest.mark.parametrize(
    ("unit", "total", "seconds"),
    [("TYPE_MILLISECONDS", "5401", "5.401"), ("TYPE_STANDARD", "5401.0", "5.401"), ("TYPE_SECONDS", "5.401", "5.401")],
)
@pytest.mark.slow
def test_page_load(connected: Callable[..., Any], unit: str, total: str, seconds: str) -> None:
    """The custom metric's sum over how often it was sent, in seconds whatever its unit."""
    # 1,200 + 1,801 + 2,400 ms are 5,401 ms: 5.401 s over 3 page views, a mean of 1.80 s. A day that sent none has none.
    world = connected(page_load_metric="customEvent:lcp_ms")
    world.google.types["customEvent:lcp_ms"] = unit
    world.google.rows["page_load"] = [("20260330", total, "3"), ("20260331", "0", "0")]
    world.synced("web_vitals")
    assert world.days("page_load") == {("2026-03-30",): (seconds, "3")}


def test_page_load_of_nothing(connected: Callable[..., Any]) -> None:
    """Without a custom metric nothing is asked; one that the property does not have, or no duration, is a repair."""
    world = connected(page_load_metric="lcp")
    errors = world.sync("web_vitals").errors
    assert isinstance(errors["web_vitals"], BadSettings)
    assert "no custom metric lcp; there are lcp_ms" in str(errors["web_vitals"])
    world.google.custom, world.google.types = ("lcp",), {"customEvent:lcp": "TYPE_CURRENCY"}
    assert "no duration but a currency" in str(world.sync("web_vitals").errors["web_vitals"])


def test_no_page_load_is_asked_for(world: Any) -> None:
    """A site that does not report it costs no request."""
    world.synced("web_vitals")
    assert world.google.reports("page_load") == []


def test_visitors_are_asked_for_each_window(world: Any) -> None:
    """Days' visitors do not add up to a week's, channels' not to all; who came by two channels is one visitor."""
    # Monday 30 March: 3 people, Tuesday 31 March: 4, of whom 2 were there on Monday: 5 since Monday, and not 7. One of
    # Tuesday's came by two channels: 3 + 2 by channel, 4 in all. wtd is 30 March to 1 April.
    world.google.visitors = {
        ("2026-03-31", "2026-03-31"): (4, 1),
        ("2026-03-31", "2026-03-31", "Direct"): (3, 1),
        ("2026-03-31", "2026-03-31", "Email"): (2, 0),
        ("2026-03-30", "2026-04-01"): (5, 2),
        ("2026-03-30", "2026-04-01", "Direct"): (5, 2),
    }
    world.synced("visitors")
    found = world.windows("visitors")
    yesterday, week = ("2026-03-31", "2026-03-31"), ("2026-03-30", "2026-04-01")
    assert (found[yesterday], found[*yesterday, "Direct"], found[*yesterday, "Email"]) == ("4", "3", "2")
    assert (found[week], found[*week, "Direct"]) == ("5", "5")
    assert world.windows("new_visitors")[week] == "2"
    # Today had nobody so far: that is known, too.
    assert found["2026-04-01", "2026-04-01"] == "0"


def test_many_windows_share_few_requests(world: Any) -> None:
    """Four date ranges a report and five reports a request, each window once; what is over and settled not again."""
    world.synced("visitors")
    batches = [body["requests"] for path, body in world.google.asked if path.endswith("batchRunReports")]
    assert max(map(len, batches)) <= 5
    ranges = [tuple(sorted(days.items())) for body in world.google.reports("visitors") for days in body["dateRanges"]]
    assert max(len(body["dateRanges"]) for body in world.google.reports("visitors")) == 4
    assert len(batches) < 6
    # Once as a whole, once by channel.
    days = [dict(one)["startDate"] + dict(one)["endDate"] for one in ranges]
    assert {days.count(one) for one in days} == {2}
    world.google.asked.clear()
    world.clock.set(world.clock.now() + timedelta(hours=1))
    world.synced("visitors")
    assert len([path for path, _ in world.google.asked if path.endswith("batchRunReports")]) < len(batches)


def test_rows_of_windows_come_in_any_order(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row belongs to the date range that it names, wherever it stands; one that nobody asked for is an error."""
    # Yesterday 4, the week so far 5, this month so far (1 April alone) nobody.
    world.google.visitors = {("2026-03-31", "2026-03-31"): (4, 1), ("2026-03-30", "2026-04-01"): (5, 2)}
    counted = type(world.google)._counted
    monkeypatch.setattr(type(world.google), "_counted", lambda *asked: counted(*asked)[::-1])
    world.synced("visitors")
    found = world.windows("visitors")
    assert (found["2026-03-31", "2026-03-31"], found["2026-03-30", "2026-04-01"]) == ("4", "5")
    assert found["2026-04-01", "2026-04-01"] == "0"
    before = world.content()
    strange = [("date_range_0", "9", "9")]
    monkeypatch.setattr(type(world.google), "_counted", lambda _, asked: [] if "dimensions" in asked else strange)
    assert "date_range_0" in str(world.sync("visitors").errors["visitors"])
    assert world.content() == before


def test_a_batch_that_comes_short_is_read_later(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of its reports is missing cannot be told: nothing of it lands."""
    whole = reports.BatchRunReportsResponse.model_validate_json
    short = classmethod(lambda cls, content: cls(reports=whole(content).reports[:-1]))
    monkeypatch.setattr(reports.BatchRunReportsResponse, "model_validate_json", short)
    world.google.rows["bought"] = [("20260330", "Paid Search", "59.9")]
    error = world.sync("ads").errors["ads"]
    assert isinstance(error, RetryLater)
    assert "asked for 2 reports at once, and answered 1" in str(error)
    assert world.days("ad_revenue") == {}


def test_pages_are_put_together(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report is read until there is nothing left, in one order, each row once."""
    monkeypatch.setattr(reports, "PAGE", 3)
    world.google.rows["traffic"] = [("20260331", f"Channel {number}", "1", "1", "1", "5") for number in range(8)]
    world.synced("traffic")
    assert world.amounts("sessions") == {("2026-03-31", f"Channel {number}"): "1" for number in range(8)}
    recent = [body for body in world.google.reports("traffic") if body["dateRanges"][0]["endDate"] == "2026-04-01"]
    assert [(body["offset"], body["limit"]) for body in recent] == [("0", "3"), ("3", "3"), ("6", "3")]
    assert all(body["orderBys"] for body in recent)


def test_a_report_that_changes_between_its_pages_is_read_later(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pages do not belong together: nothing of them lands."""
    monkeypatch.setattr(reports, "PAGE", 3)
    world.google.rows["traffic"] = [("20260331", f"Channel {number}", "1", "1", "1", "5") for number in range(5)]
    page = reports._page

    def late(ctx: Any, ask: Any, offset: int) -> Any:
        if offset:
            world.google.rows["traffic"].insert(0, ("20260331", "A late one", "1", "1", "1", "5"))
        return page(ctx, ask, offset)

    monkeypatch.setattr(reports, "_page", late)
    assert "changed while its pages were read" in str(world.sync("traffic").errors["traffic"])
    assert world.days("sessions") == {}


def test_days_are_the_propertys(connected: Callable[..., Any]) -> None:
    """Half past midnight in Amsterdam is the next day, though not yet in UTC; history begins three years ago."""
    world = connected(datetime(2026, 3, 28, 23, 30, tzinfo=UTC))
    world.google.rows["traffic"] = [
        ("20260329", "Direct", "2", "2", "2", "5"),
        ("20230329", "Direct", "1", "1", "1", "5"),
    ]
    world.synced("traffic")
    assert world.amounts("sessions") == {("2026-03-29", "Direct"): "2", ("2023-03-29", "Direct"): "1"}
    asked = [days for body in world.google.reports("traffic") for days in body["dateRanges"]]
    assert max(days["endDate"] for days in asked) == "2026-03-29"
    assert min(days["startDate"] for days in asked) == "2023-03-29"
