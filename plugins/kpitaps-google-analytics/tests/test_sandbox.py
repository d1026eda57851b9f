"""The Google Analytics sandbox: its reports, over real HTTP, held against what happened on the web site."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from kpitaps_google_analytics.sandbox import PROPERTY, Sandbox
from kpitaps_google_analytics.sandbox_tokens import TOKEN_URL

from kpitaps.testing import Clock, Story, serve
from kpitaps.testing.story import AdsReported, Visited

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2024, 3, 2, 12, tzinfo=UTC)
FOUNDED = date(2024, 1, 1)
ALL = {"startDate": "2024-01-01", "endDate": "today"}
CHANNEL = "sessionDefaultChannelGroup"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
READ_ONLY = "https://www.googleapis.com/auth/analytics.readonly"


def statement(settings: dict[str, str], **claims: Any) -> str:
    """Return what a service account says of itself; ``claims`` make it another one."""
    key, now = json.loads(settings["service_account"]), int(time.time())
    said = {"iss": key["client_email"], "scope": READ_ONLY, "aud": TOKEN_URL, "iat": now, "exp": now + 3_600}
    return jwt.encode({"alg": "RS256"}, {**said, **claims}, RSAKey.import_key(key["private_key"]))


@dataclass
class Client:
    """Asks a sandbox."""

    http: httpx.Client
    sandbox: Sandbox

    def post(self, method: str, body: Any) -> httpx.Response:
        """Call a method of the property."""
        return self.http.post(f"/v1beta/properties/{PROPERTY}:{method}", json=body)

    def report(self, metrics: str, dimensions: str = "", **more: Any) -> dict[str, Any]:
        """Return a report of space-separated metrics by dimensions; over all days, unless told otherwise."""
        reply = self.post("runReport", self.body(metrics, dimensions, **more))
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def rows(self, metrics: str, dimensions: str = "", **more: Any) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Return a report's values by those of its dimensions."""
        return {
            tuple(value["value"] for value in row.get("dimensionValues", ())): tuple(
                value["value"] for value in row["metricValues"]
            )
            for row in self.report(metrics, dimensions, **more).get("rows", ())
        }

    def refused(self, metrics: str, dimensions: str = "", **more: Any) -> str:
        """Return with which words a report is refused as an invalid argument."""
        reply = self.post("runReport", self.body(metrics, dimensions, **more))
        error = reply.json()["error"]
        assert (reply.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
        return str(error["message"])

    def body(self, metrics: str, dimensions: str = "", **more: Any) -> dict[str, Any]:
        """Return a request."""
        asked = {"dateRanges": [ALL], "metrics": [{"name": name} for name in metrics.split()], **more}
        return asked | ({"dimensions": [{"name": name} for name in dimensions.split()]} if dimensions else {})

    def visits(self) -> list[Visited]:
        """Return the visits that are processed by now."""
        now = self.sandbox.clock.now()
        events = self.sandbox.story.website.events(now)
        return [event for event in events if isinstance(event, Visited) and event.processed_at <= now]


def opened(sandbox: Sandbox) -> Iterator[Client]:
    """Serve a sandbox, and let its own service account in."""
    with serve(sandbox.app) as url, httpx.Client(base_url=url) as http:
        form = {"grant_type": GRANT, "assertion": statement(Sandbox(sandbox.story, sandbox.clock).settings)}
        http.headers["Authorization"] = f"Bearer {http.post('/token', data=form).json()['access_token']}"
        yield Client(http, sandbox)
        sandbox.faults.clear()


@pytest.fixture(scope="module")
def calm() -> Iterator[Client]:
    """A property that is only read."""
    yield from opened(Sandbox(Story(founded=FOUNDED, orders_per_day=2), Clock(NOW)))


@pytest.fixture
def client() -> Iterator[Client]:
    """A property of one's own, whose tokens last."""
    yield from opened(Sandbox(Story(founded=FOUNDED, orders_per_day=0.5), Clock(NOW), token_life=10**6))


def day_of(visit: Visited) -> str:
    return f"{visit.at.astimezone(ZoneInfo('Europe/Amsterdam')):%Y%m%d}"


def test_days_and_channels_are_what_happened(calm: Client) -> None:
    """Every metric of a visit, by local day and channel."""
    metrics = "sessions screenPageViews engagedSessions averageSessionDuration activeUsers newUsers purchaseRevenue"
    expected = defaultdict(list)
    for visit in calm.visits():
        expected[day_of(visit), visit.channel].append(visit)
    assert calm.rows(metrics, f"date {CHANNEL}") == {
        place: (
            str(len(own)),
            str(sum(visit.pages for visit in own)),
            str(sum(visit.is_engaged for visit in own)),
            f"{sum(visit.seconds for visit in own) / len(own)}".removesuffix(".0"),
            str(len({visit.visitor for visit in own})),
            str(len({visit.visitor for visit in own if visit.is_first})),
            f"{sum(visit.revenue for visit in own) / 100}".removesuffix(".0"),
        )
        for place, own in expected.items()
    }


def test_visitors_are_counted_once_for_a_whole_report(calm: Client) -> None:
    """Who came on several days is one active user, and a returning one is not new."""
    visits = calm.visits()
    people = {visit.visitor for visit in visits}
    values = calm.rows("activeUsers totalUsers newUsers")[()]
    assert values == (str(len(people)), str(len(people)), str(sum(visit.is_first for visit in visits)))
    days = calm.rows("activeUsers", "date")
    assert sum(int(users) for (users,) in days.values()) > len(people)


def test_key_events_are_counted_as_often_as_they_happened(calm: Client) -> None:
    """By name, with a filter on what they come to; other events are none."""
    expected: dict[tuple[str, str], int] = defaultdict(int)
    for visit in calm.visits():
        for name in visit.key_events:
            expected[name, visit.channel] += 1
    some = {
        "filter": {
            "fieldName": "keyEvents",
            "numericFilter": {"operation": "GREATER_THAN", "value": {"int64Value": "0"}},
        }
    }
    found = calm.rows("keyEvents", f"eventName {CHANNEL}", metricFilter=some)
    assert found == {place: (str(number),) for place, number in expected.items()}
    every = calm.rows("eventCount keyEvents", "eventName")
    assert {"session_start", "first_visit", "page_view", "user_engagement"} < {name for (name,) in every}
    assert every["session_start",] == (str(len(calm.visits())), "0")


def test_purchases_and_page_loads(calm: Client) -> None:
    """Orders are purchases and transactions; the custom metric is a sum, a mean and a number of milliseconds."""
    visits = calm.visits()
    orders = str(sum(visit.order is not None for visit in visits))
    loads = [visit.load_ms for visit in visits if visit.load_ms is not None]
    custom = "customEvent:page_load_ms countCustomEvent:page_load_ms averageCustomEvent:page_load_ms"
    found = calm.rows(f"ecommercePurchases transactions {custom}")[()]
    assert found[:4] == (orders, orders, str(sum(loads)), str(len(loads)))
    assert float(found[4]) == sum(loads) / len(loads)


def test_advertisements_are_those_of_the_last_report(calm: Client) -> None:
    """By day and channel; a day's cost is there the next morning, and the corrected one replaces it."""
    events = calm.sandbox.story.website.events(NOW)
    reports = [event for event in events if isinstance(event, AdsReported)]
    last = {(f"{each.on:%Y%m%d}", each.channel): each for each in reports}
    assert len(last) < len(reports)
    found = calm.rows("advertiserAdImpressions advertiserAdClicks advertiserAdCost", f"date {CHANNEL}")
    assert found == {
        place: (str(each.impressions), str(each.clicks), f"{each.cost / 100}".removesuffix(".0"))
        for place, each in last.items()
        if each.impressions
    }


def test_visits_appear_when_they_have_been_processed(client: Client) -> None:
    """Today's numbers grow until two days later, by what the clock shows."""
    today = [{"startDate": "2024-03-02", "endDate": "2024-03-02"}]
    client.sandbox.clock.set(datetime(2024, 3, 2, 22, 59, tzinfo=UTC))
    early = int(client.rows("sessions", dateRanges=today).get((), ("0",))[0])
    client.sandbox.clock.advance(timedelta(hours=40))
    late = int(client.rows("sessions", dateRanges=today)[()][0])
    assert early < late == sum(day_of(visit) == "20240302" for visit in client.visits())
    client.sandbox.clock.set(datetime(2024, 3, 2, 22, 59, tzinfo=UTC))
    assert int(client.rows("sessions", dateRanges=today).get((), ("0",))[0]) == early


def test_what_happens_by_hand_in_the_past_is_seen(client: Client) -> None:
    """A visit that is added to a day that was read already is in the next report."""
    before = int(client.rows("sessions")[()][0])
    visit = replace(client.visits()[0], visit=client.sandbox.story.website.next_id(), visitor=900_000_999)
    client.sandbox.story.website.append(visit)
    assert int(client.rows("sessions")[()][0]) == before + 1


def test_an_empty_report_has_neither_rows_nor_a_count(calm: Client) -> None:
    """Headers and metadata are all there is."""
    report = calm.report("sessions", "date", dateRanges=[{"startDate": "2020-01-01", "endDate": "2020-01-31"}])
    assert set(report) == {"dimensionHeaders", "metricHeaders", "metadata", "kind"}
    assert report["metricHeaders"] == [{"name": "sessions", "type": "TYPE_INTEGER"}]
    assert report["metadata"] == {"currencyCode": "EUR", "timeZone": "Europe/Amsterdam"}


def test_rows_of_zeros_are_left_out_unless_they_are_asked_for(calm: Client) -> None:
    """A day without cost has a row only if empty ones are kept."""
    days = [{"startDate": "2024-02-01", "endDate": "2024-02-02"}]
    cost = calm.rows("advertiserAdCost", f"date {CHANNEL}", dateRanges=days)
    every = calm.rows("advertiserAdCost", f"date {CHANNEL}", dateRanges=days, keepEmptyRows=True)
    assert len(cost) <= 4 < len(every) == 16
    assert every["20240201", "Direct"] == ("0",)


def test_several_or_named_ranges_have_a_column(calm: Client) -> None:
    """By their names or their numbers; overlapping ones count alike; a column that is asked for stays where it is."""
    week = {"startDate": "2024-02-01", "endDate": "2024-02-07"}
    month = {"startDate": "2024-02-01", "endDate": "2024-02-29"}
    alone = [calm.rows("activeUsers", dateRanges=[each])[()] for each in (week, month)]
    assert calm.rows("activeUsers", dateRanges=[week, month]) == {
        ("date_range_0",): alone[0],
        ("date_range_1",): alone[1],
    }
    named = [{**week, "name": "wtd"}, {**month, "name": "mtd"}]
    report = calm.report("activeUsers", CHANNEL, dateRanges=named)
    assert [each["name"] for each in report["dimensionHeaders"]] == [CHANNEL, "dateRange"]
    assert calm.rows("activeUsers", dateRanges=named[:1]) == {("wtd",): alone[0]}
    first = calm.report("activeUsers", f"dateRange {CHANNEL}", dateRanges=named)
    assert [each["name"] for each in first["dimensionHeaders"]] == ["dateRange", CHANNEL]


def test_relative_days_are_those_of_the_property() -> None:
    """At half past eleven in the evening in UTC it is tomorrow in Amsterdam."""
    sandbox = Sandbox(Story(founded=FOUNDED, orders_per_day=2), Clock(datetime(2024, 3, 1, 23, 30, tzinfo=UTC)))
    for client in opened(sandbox):
        found = [
            set(client.rows("sessions", "date", dateRanges=[{"startDate": day, "endDate": day}]))
            for day in ("yesterday", "2daysAgo")
        ]
        assert found == [{("20240301",)}, {("20240229",)}]
        assert client.rows("sessions", "date", dateRanges=[{"startDate": "today", "endDate": "today"}]) == {}


def test_pages_fit_together_only_in_an_order(calm: Client) -> None:
    """With orderBys, pages of a row count make the whole; without, another page is another order."""
    ordered = [{"dimension": {"dimensionName": "date"}}, {"metric": {"metricName": "sessions"}, "desc": True}]
    whole = calm.report("sessions", f"date {CHANNEL}", orderBys=ordered)
    pages = [
        calm.report("sessions", f"date {CHANNEL}", orderBys=ordered, limit="100", offset=str(offset))
        for offset in range(0, whole["rowCount"], 100)
    ]
    assert {page["rowCount"] for page in pages} == {whole["rowCount"]}
    keys = [(row["dimensionValues"][0]["value"], -int(row["metricValues"][0]["value"])) for row in whole["rows"]]
    assert keys == sorted(keys)
    loose = [
        row["dimensionValues"][0]["value"]
        for offset in (0, 20, 40)
        for row in calm.report("sessions", "date", limit=20, offset=offset)["rows"]
    ]
    assert len(set(loose)) < len(loose)
    past = calm.report("sessions", "date", offset="9999")
    assert ("rows" in past, past["rowCount"]) == (False, len(calm.rows("sessions", "date")))


def _filter(name: str, **condition: Any) -> dict[str, Any]:
    return {"filter": {"fieldName": name, **condition}}


@pytest.mark.parametrize(
    ("expression", "channels"),
    [
        (_filter(CHANNEL, stringFilter={"value": "paid search"}), {"Paid Search"}),
        (_filter(CHANNEL, stringFilter={"value": "paid", "caseSensitive": True, "matchType": "BEGINS_WITH"}), set()),
        (
            _filter(CHANNEL, stringFilter={"value": "Organic", "matchType": "CONTAINS"}),
            {"Organic Search", "Organic Social"},
        ),
        (_filter(CHANNEL, stringFilter={"value": "(Em|Ref).*", "matchType": "FULL_REGEXP"}), {"Email", "Referral"}),
        (_filter(CHANNEL, inListFilter={"values": ["email", "Direct"]}), {"Email", "Direct"}),
        (
            {
                "andGroup": {
                    "expressions": [
                        _filter(CHANNEL, stringFilter={"value": "Social", "matchType": "ENDS_WITH"}),
                        {"notExpression": _filter(CHANNEL, inListFilter={"values": ["Paid Social"]})},
                    ]
                }
            },
            {"Organic Social"},
        ),
        (
            {"orGroup": {"expressions": [_filter(CHANNEL, stringFilter={"value": each}) for each in ("Email", "x")]}},
            {"Email"},
        ),
        (_filter("eventName", stringFilter={"value": "no_such_event"}), set()),
    ],
)
def test_filters_let_through_what_they_say(calm: Client, expression: Any, channels: set[str]) -> None:
    """Texts are compared without regard to case, unless told otherwise; groups and negations nest."""
    assert {channel for (channel,) in calm.rows("sessions", CHANNEL, dimensionFilter=expression)} == channels


def test_a_filter_may_speak_of_what_is_not_shown(calm: Client) -> None:
    """The sessions of one day in which somebody bought something."""
    day = next(day_of(visit) for visit in calm.visits() if visit.order)
    both = [
        _filter("eventName", inListFilter={"values": ["purchase"]}),
        _filter("date", stringFilter={"value": day}),
    ]
    found = calm.rows("sessions", dimensionFilter={"andGroup": {"expressions": both}})
    bought = [visit for visit in calm.visits() if visit.order and day_of(visit) == day]
    assert found == {(): (str(len(bought)),)}


def test_aggregations_are_of_the_whole_report(calm: Client) -> None:
    """The total counts each visitor once; the largest and the smallest are those of the rows."""
    wanted = ["TOTAL", "MINIMUM", "MAXIMUM"]
    report = calm.report("activeUsers", CHANNEL, metricAggregations=wanted, limit="2")
    rows = [int(users) for (users,) in calm.rows("activeUsers", CHANNEL).values()]
    found = {key: report[key] for key in ("totals", "minimums", "maximums")}
    values = {key: int(row["metricValues"][0]["value"]) for key, (row,) in found.items()}
    assert values == {
        "totals": int(calm.rows("activeUsers")[()][0]),
        "minimums": min(rows),
        "maximums": max(rows),
    }
    assert found["totals"][0]["dimensionValues"] == [{"value": "RESERVED_TOTAL"}]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"metrics": "visits"}, "Field visits is not a valid metric"),
        ({"dimensions": "channel"}, "Field channel is not a valid dimension"),
        ({"metrics": "advertiserAdCost", "dimensions": "eventName"}, "Please remove advertiserAdCost"),
        ({"metrics": "advertiserAdCost", "dimensions": "date"}, "Please remove advertiserAdCost"),
        ({"limitt": 3}, 'Unknown name "limitt"'),
        ({"dateRanges": []}, "4 date ranges"),
        ({"dateRanges": [ALL] * 5}, "4 date ranges"),
        ({"dateRanges": [{"startDate": "yesterday", "endDate": "2daysAgo"}]}, "before the startDate"),
        ({"dateRanges": [{"startDate": "2024-02-30", "endDate": "today"}]}, "Invalid date: 2024-02-30"),
        ({"dateRanges": [{**ALL, "name": "date_range_1"}]}, "may not be called"),
        ({"dateRanges": [{**ALL, "name": "a"}] * 2}, "names of their own"),
        ({"metrics": " ".join(["sessions"] * 11)}, "10 metrics"),
        ({"offset": "-1"}, "negative"),
        ({"limit": "many"}, "limit"),
        ({"orderBys": [{"metric": {"metricName": "newUsers"}}]}, "not among the request's"),
        ({"orderBys": [{"desc": True}]}, "exactly one"),
        ({"dimensionFilter": {}}, "exactly one"),
        ({"dimensionFilter": {"filter": {"fieldName": "date"}}}, "no condition"),
        ({"currencyCode": "USD"}, "EUR only"),
        ({"property": "properties/1"}, "must be that of the request"),
    ],
)
def test_requests_that_make_no_sense_are_refused(calm: Client, more: dict[str, Any], said: str) -> None:
    """Each with 400 INVALID_ARGUMENT, and a sentence."""
    assert said in calm.refused(more.pop("metrics", "sessions"), more.pop("dimensions", ""), **more)


def test_batches_hold_five_reports(calm: Client) -> None:
    """Each is answered as it would be alone, in the same order."""
    asked = [calm.body("sessions"), calm.body("newUsers", CHANNEL)]
    reply = calm.post("batchRunReports", {"requests": asked}).json()
    assert reply["kind"] == "analyticsData#batchRunReports"
    alone = [calm.post("runReport", each).json() for each in asked]
    assert reply["reports"] == alone
    refused = calm.post("batchRunReports", {"requests": asked * 3})
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_compatibility_and_metadata(calm: Client) -> None:
    """What can be added to a report; which metrics there are, the custom one only in the property's own list."""
    asked = {"metrics": [{"name": "advertiserAdCost"}], "compatibilityFilter": "INCOMPATIBLE"}
    reply = calm.post("checkCompatibility", asked).json()
    assert [each["dimensionMetadata"]["apiName"] for each in reply["dimensionCompatibilities"]] == ["date", "eventName"]
    clash = calm.post("checkCompatibility", {**asked, "dimensions": [{"name": "eventName"}]})
    assert clash.status_code == 400
    own = calm.http.get(f"/v1beta/properties/{PROPERTY}/metadata").json()
    common = calm.http.get("/v1beta/properties/0/metadata").json()
    names = [{each["apiName"] for each in reply["metrics"]} for reply in (own, common)]
    assert {name.partition(":")[0] for name in names[0] - names[1]} == {
        "customEvent",
        "averageCustomEvent",
        "countCustomEvent",
    }


def test_some_properties_tell_advertisements_by_day_only() -> None:
    """There the channel is incompatible with what the advertisements did."""
    sandbox = Sandbox(Story(founded=FOUNDED, orders_per_day=0.5), Clock(NOW), ads_by_channel=False)
    for client in opened(sandbox):
        assert "Please remove advertiserAdCost" in client.refused("advertiserAdCost", CHANNEL)
        assert client.rows("advertiserAdCost", "date")
        reply = client.post("checkCompatibility", {"metrics": [{"name": "advertiserAdClicks"}]}).json()
        said = {
            each["dimensionMetadata"]["apiName"]: each["compatibility"] for each in reply["dimensionCompatibilities"]
        }
        assert said == {"date": "COMPATIBLE", CHANNEL: "INCOMPATIBLE", "eventName": "INCOMPATIBLE"}


@pytest.mark.slow
def test_three_years_of_days_and_channels_fit_one_report() -> None:
    """A report over all of them comes in one answer, within the limit that Google has for its rows."""
    sandbox = Sandbox(Story(founded=date(2023, 1, 1)), Clock(datetime(2026, 1, 1, 12, tzinfo=UTC)))
    for client in opened(sandbox):
        client.http.timeout = httpx.Timeout(30)
        years = [{"startDate": "2023-01-01", "endDate": "2025-12-31"}]
        report = client.report("sessions activeUsers", f"date {CHANNEL}", dateRanges=years)
        assert report["rowCount"] > 8_000
