"""What Google says against its own figures becomes a flag of exactly the days, windows and measures it is of."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_google_analytics import ads, quality, traffic
from kpitaps_google_analytics.payloads import ResponseMetaData
from kpitaps_google_analytics.reports import Ask, Report

from kpitaps import DaySpan, Quality

if TYPE_CHECKING:
    from kpitaps import Flag

MARCH = DaySpan(date(2026, 3, 1), date(2026, 3, 31))
TRAFFIC = ("engaged_sessions", "pageviews", "session_duration", "sessions")


def _said(feeds: dict[str, Any], **told: Any) -> list[Flag]:
    said = ResponseMetaData.model_validate(told)
    report = Report(Ask((*feeds,), {"span": MARCH}), (), {}, (said, said))
    return quality.flags(report, feeds)


BY_METRIC = {metric: [measure] for metric, measure in traffic.COUNTED.items()}


@pytest.mark.parametrize(
    ("told", "expected", "words"),
    [
        # 1,250,000 of 10,000,000 events are 12.5 %.
        (
            {"samplingMetadatas": [{"samplesReadCount": "1250000", "samplingSpaceSize": "10000000"}]},
            Quality.SAMPLED,
            "12.5 % of the events",
        ),
        ({"samplingMetadatas": [{}]}, Quality.SAMPLED, "a sample"),
        ({"subjectToThresholding": True}, Quality.THRESHOLDED, "few visitors"),
        ({"dataLossFromOtherRow": True}, Quality.TRUNCATED, "“(other)”"),
        ({"emptyReason": "no data retained"}, Quality.INCOMPLETE, "no data retained"),
        (
            {"dataTruncationReasons": [{"dataTruncationType": "DATA_TRUNCATION_TYPE_GOOGLE_ADS"}]},
            Quality.TRUNCATED,
            "google ads",
        ),
    ],
)
def test_what_is_said_of_a_whole_report(told: dict[str, Any], expected: Quality, words: str) -> None:
    """It holds for all of its measures and days, once although every page says so."""
    (flag,) = _said(BY_METRIC, **told)
    assert flag.quality is expected
    assert words in flag.reason
    assert (flag.first, flag.last) == MARCH
    assert {measure.key for measure in flag.measures} == {"sessions", "pageviews", "engaged_sessions"}


def test_a_sample_of_everything_is_none() -> None:
    """Of several date ranges one may be sampled: those of which all events were read are exact."""
    days = {"march": MARCH, "first": DaySpan(MARCH.first, MARCH.first), "last": DaySpan(MARCH.last, MARCH.last)}
    samplings = [{"samplesReadCount": read, "samplingSpaceSize": "40"} for read in ("10", "40")]
    said = ResponseMetaData.model_validate({"samplingMetadatas": samplings})
    flags = quality.flags(Report(Ask((*BY_METRIC,), days), (), {}, (said,)), BY_METRIC)
    # Of the third one Google says nothing in a report that is sampled.
    assert [(flag.first, flag.last, "25 %" in flag.reason) for flag in flags] == [
        (*MARCH, True),
        (MARCH.last, MARCH.last, False),
    ]


@pytest.mark.parametrize(
    ("cut", "days"),
    [
        ({"dataTruncationDate": "2026-03-10"}, [("2026-03-01", "2026-03-09")]),
        ({"dataTruncationDate": "2026-03-01"}, []),
        (
            {
                "dataTruncationDateRanges": [
                    {"startDate": "2026-02-20", "endDate": "2026-03-02"},
                    {"startDate": "2026-03-30", "endDate": "2026-04-30"},
                    {"startDate": "2025-01-01", "endDate": "2025-02-01"},
                ]
            },
            [("2026-03-01", "2026-03-02"), ("2026-03-30", "2026-03-31")],
        ),
    ],
)
def test_truncation_names_its_days(cut: dict[str, Any], days: list[tuple[str, str]]) -> None:
    """Data before a date, or within date ranges; days that nobody asked for do not count."""
    flags = _said(BY_METRIC, dataTruncationReasons=[cut])
    assert [(flag.first.isoformat(), flag.last.isoformat()) for flag in flags] == days


def test_a_restricted_role_hides_some_measures() -> None:
    """Only what the role may not see is incomplete, and a person learns which restriction to take away."""
    hidden = [
        {"metricName": "advertiserAdCost", "restrictedMetricTypes": ["COST_DATA"]},
        {"metricName": "somethingElse", "restrictedMetricTypes": ["REVENUE_DATA"]},
    ]
    feeds = {metric: [measure] for metric, measure in ads.REPORTED.items()}
    (flag,) = _said(feeds, schemaRestrictionResponse={"activeMetricRestrictions": hidden})
    assert (flag.quality, [measure.key for measure in flag.measures]) == (Quality.INCOMPLETE, ["ad_spend"])
    assert "hides costs" in flag.reason
    assert "“No Cost Metrics”" in flag.fix


def test_flags_land_and_go(world: Any) -> None:
    """A sampled report flags the days that were asked for; once it is exact again, they are unsettled days' no more."""
    world.google.metadata["traffic"] = {
        "samplingMetadatas": [{"samplesReadCount": "1", "samplingSpaceSize": "4"}],
    }
    world.synced("traffic")
    assert {(flag[0], flag[1]) for flag in world.flags()} == {("sampled", measure) for measure in TRAFFIC}
    assert {flag[2:4] for flag in world.flags()} == {("2023-04-01", "2026-04-01")}
    world.google.metadata.clear()
    world.synced("traffic")
    assert {flag[2:4] for flag in world.flags()} == {("2023-04-01", "2026-03-28")}


def test_a_restriction_is_a_repair_until_it_is_gone(world: Any) -> None:
    """It says what to do, and closes by itself."""
    hidden = [{"metricName": "purchaseRevenue", "restrictedMetricTypes": ["REVENUE_DATA"]}]
    world.google.metadata["bought"] = {"schemaRestrictionResponse": {"activeMetricRestrictions": hidden}}
    world.synced("ads")
    assert {flag[:2] for flag in world.flags()} == {("incomplete", "ad_revenue")}
    assert any("No Revenue Metrics" in fix for fix in world.repairs())
    world.google.metadata.clear()
    world.move_by(days=1)
    world.synced("ads")
    assert world.flags() == world.repairs() == []


def test_each_window_has_a_sampling_of_its_own(world: Any) -> None:
    """Google tells one for each date range, in the order in which they were asked for."""
    world.google.metadata["visitors"] = {
        "samplingMetadatas": [{"samplesReadCount": str(share), "samplingSpaceSize": "100"} for share in (10, 20)]
    }
    world.synced("visitors")
    asked = [body["dateRanges"] for body in world.google.reports("visitors")]
    tenth = {(ranges[0]["startDate"], ranges[0]["endDate"]) for ranges in asked}
    assert {flag[2:4] for flag in world.flags() if "10 %" in flag[4]} == tenth
    fifth = {flag[2:4] for flag in world.flags() if "20 %" in flag[4]}
    assert fifth
    assert fifth.isdisjoint(tenth)


def test_a_truncated_window_is_truncated_as_a_whole(world: Any) -> None:
    """A count of different people has no days of its own."""
    world.google.metadata["visitors"] = {"dataTruncationReasons": [{"dataTruncationDate": "2026-03-31"}]}
    world.synced("visitors")
    flagged = {flag[2:4] for flag in world.flags()}
    assert ("2026-03-30", "2026-04-01") in flagged, "the week began before"
    assert ("2026-03-31", "2026-03-31") not in flagged


def test_rows_without_a_day_are_left_out(world: Any) -> None:
    """What is lumped together has no day; the flag says that something is missing."""
    world.google.rows["traffic"] = [
        ("(other)", "(other)", "5", "5", "5", "1"),
        ("20260331", "Direct", "2", "2", "2", "5"),
    ]
    world.google.metadata["traffic"] = {"dataLossFromOtherRow": True}
    world.synced("traffic")
    assert world.amounts("sessions") == {("2026-03-31", "Direct"): "2"}
    assert {flag[0] for flag in world.flags()} == {"truncated"}


def test_days_that_settle_are_provisional(world: Any) -> None:
    """A window whose last day is younger than 72 hours may still change, in visitors as well as in visits."""
    # On 1 April, March's last day is 12 hours old; on the 4th at 12:00, 84 hours.
    world.google.rows["traffic"] = [("20260331", "Direct", "2", "2", "2", "5")]
    world.google.visitors = {("2026-03-01", "2026-03-31"): (2, 1)}
    world.synced()
    march = world.figures("last_month")
    assert (march["sessions"].value, march["sessions"].quality) == (2, Quality.PROVISIONAL)
    assert (march["visitors"].value, march["visitors"].quality) == (2, Quality.PROVISIONAL)
    world.move_by(days=3)
    world.synced()
    march = world.figures("last_month")
    assert (march["sessions"].value, march["sessions"].quality) == (2, Quality.FINAL)
    assert (march["visitors"].value, march["visitors"].quality) == (2, Quality.FINAL)


def test_figures_carry_what_google_says(world: Any) -> None:
    """A figure over sampled days is sampled, with the share; one of other days or measures is not."""
    world.google.rows["traffic"] = [
        ("20260215", "Direct", "4", "2", "2", "5"),
        ("20260331", "Direct", "2", "2", "2", "5"),
    ]
    world.synced()
    world.move_by(days=10)
    world.google.metadata["traffic"] = {"samplingMetadatas": [{"samplesReadCount": "1", "samplingSpaceSize": "4"}]}
    world.synced()
    # Read again since: 29 March on. February was read before, and exact.
    march = world.figures("last_month")
    assert (march["sessions"].value, march["sessions"].quality) == (2, Quality.SAMPLED)
    assert march["sessions"].reasons == ("Google answered from a sample of 25 % of the events.",)
    assert march["bounce_rate"].quality is Quality.SAMPLED
    assert march["visitors"].quality is Quality.FINAL
