"""The Google Analytics sandbox: who is let in, how much it answers, and what it does wrong on request."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from kpitaps_google_analytics.sandbox import FAULTS, PROPERTY, STICKY_FAULTS, Sandbox, demo_sandbox
from kpitaps_google_analytics.sandbox_quota import Allowance
from kpitaps_google_analytics.sandbox_tokens import CLIENT, TOKEN_URL

from kpitaps.testing import HTTP_KINDS, Clock, Story, serve
from kpitaps.testing.service_key import ServiceKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

NOW = datetime(2024, 3, 2, 12, tzinfo=UTC)
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
READ_ONLY = "https://www.googleapis.com/auth/analytics.readonly"
BACK = "http://127.0.0.1:9471/callback"
REPORT = f"/v1beta/properties/{PROPERTY}:runReport"
CHANNEL = "sessionDefaultChannelGroup"


def claims(**more: Any) -> dict[str, Any]:
    """Return what a service account claims; ``more`` makes it something else."""
    now, key = int(time.time()), Sandbox(STORY, Clock(NOW)).settings["service_account"]
    said = {"iss": httpx.Response(200, text=key).json()["client_email"], "scope": READ_ONLY, "aud": TOKEN_URL}
    return {**said, "iat": now, "exp": now + 3_600, **more}


STORY = Story(founded=date(2024, 2, 1), orders_per_day=0.5)


class World:
    """A property on loopback.

    Args:
        sandbox: The property.
        http: How it is reached.
    """

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox, self.http = sandbox, http

    def state(self, said: dict[str, Any]) -> httpx.Response:
        """Exchange a statement, signed with the account's own key."""
        key = httpx.Response(200, text=Sandbox(STORY, Clock(NOW)).settings["service_account"]).json()
        signed = jwt.encode({"alg": "RS256"}, said, RSAKey.import_key(key["private_key"]))
        return self.http.post("/token", data={"grant_type": GRANT, "assertion": signed})

    def exchange(self, **form: str) -> httpx.Response:
        """Ask the token endpoint as the OAuth client."""
        return self.http.post("/token", data={**CLIENT, **form})

    def use(self, reply: httpx.Response) -> None:
        """Bring the token of an answer from now on."""
        self.http.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"

    def ask(self, **more: Any) -> httpx.Response:
        """Ask for a report of last month."""
        days = [{"startDate": "2024-02-01", "endDate": "2024-02-29"}]
        return self.http.post(REPORT, json={"dateRanges": days, "metrics": [{"name": "sessions"}], **more})

    def metadata(self, kind: str, **more: Any) -> dict[str, Any]:
        """Act a quirk out once, and return what the report says of itself, and its rows."""
        self.sandbox.faults.add(kind)
        report = self.ask(**more).json()
        assert self.sandbox.log[-1].note == kind
        own = {key: value for key, value in report["metadata"].items() if key not in ("currencyCode", "timeZone")}
        return {**own, "rows": report.get("rows", [])}


@contextmanager
def opened(sandbox: Sandbox | None = None, **options: Any) -> Iterator[World]:
    """Serve a property and let the service account in."""
    sandbox = sandbox or Sandbox(STORY, Clock(NOW), **options)
    with serve(sandbox.app) as url, httpx.Client(base_url=url) as http:
        world = World(sandbox, http)
        world.use(world.state(claims()))
        yield world
        sandbox.faults.clear()


@pytest.fixture
def world() -> Iterator[World]:
    """A property of one's own."""
    with opened() as world:
        yield world


def said(reply: httpx.Response) -> tuple[int, str]:
    """Return status and Google's word for it."""
    return reply.status_code, reply.json()["error"]["status"]


def test_a_service_account_is_let_in_until_its_token_expires(world: World) -> None:
    """For an hour of the sandbox's clock."""
    tokens = world.state(claims()).json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3_599)
    assert world.ask().status_code == 200
    world.sandbox.clock.advance(timedelta(hours=1))
    expired = world.ask()
    assert said(expired) == (401, "UNAUTHENTICATED")
    assert expired.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"aud": "https://example.org/token"}, "audience"),
        ({"iss": "someone@else.iam.gserviceaccount.com"}, "account not found"),
        ({"exp": +7_300, "iat": 0}, "short-lived"),
        ({"iat": -7_200, "exp": -3_600}, "short-lived"),
        ({"iat": +1_000, "exp": +2_000}, "short-lived"),
        ({"scope": ""}, "scope"),
    ],
)
def test_statements_that_are_not_good_are_refused(world: World, more: dict[str, Any], words: str) -> None:
    """For whom, by whom, until when (here in seconds from now), and for what must all be right."""
    now = int(time.time())
    said = {name: now + value if isinstance(value, int) else value for name, value in more.items()}
    reply = world.state(claims(**said))
    assert reply.status_code == 400
    assert words in reply.json()["error_description"]


def test_a_signature_of_another_key_is_refused(world: World) -> None:
    """Whoever signs must hold the key; a statement without a signature has none."""
    other = RSAKey.generate_key(2048)
    signed = jwt.encode({"alg": "RS256"}, claims(), other)
    for assertion in (signed, "a.b.c", ""):
        reply = world.http.post("/token", data={"grant_type": GRANT, "assertion": assertion})
        assert reply.json() == {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    assert ServiceKey("a@b.c", TOKEN_URL).claims("rubbish") is None


def test_a_token_for_something_else_sees_no_report(world: World) -> None:
    """Another scope is refused with its reason, a guessed token as no token."""
    world.use(world.state(claims(scope="https://www.googleapis.com/auth/drive")))
    refused = world.ask()
    assert said(refused) == (403, "PERMISSION_DENIED")
    assert refused.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    world.http.headers["Authorization"] = "Bearer guessed"
    assert said(world.ask()) == (401, "UNAUTHENTICATED")


def consent(world: World, **more: str) -> str:
    """Agree in a browser, and return the code."""
    asked = {"client_id": CLIENT["client_id"], "redirect_uri": BACK, "scope": READ_ONLY, "response_type": "code"}
    reply = world.http.get("/o/oauth2/v2/auth", params={**asked, "state": "s1", **more})
    back = httpx.URL(reply.headers["location"])
    assert (reply.status_code, back.params["state"]) == (302, "s1")
    return back.params["code"]


def test_consent_gives_a_refresh_token_that_stays(world: World) -> None:
    """For offline access only; a code works once; a refresh brings no other refresh token."""
    code = consent(world, access_type="offline", prompt="consent")
    redeem = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    tokens = world.exchange(**redeem).json()
    assert world.exchange(**redeem).json()["error"] == "invalid_grant"
    for _ in range(2):
        renewed = world.exchange(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        assert "refresh_token" not in renewed.json()
    world.use(renewed)
    assert world.ask().status_code == 200
    online = world.exchange(**{**redeem, "code": consent(world)}).json()
    assert "refresh_token" not in online


def test_the_token_endpoint_refuses_what_it_does_not_know(world: World) -> None:
    """Another client, another redirect, a late code, a guessed refresh token, another grant."""
    assert world.exchange(client_secret="guessed", grant_type="refresh_token").status_code == 401
    assert world.exchange(grant_type="password").json()["error"] == "unsupported_grant_type"
    revoked = world.exchange(grant_type="refresh_token", refresh_token="guessed").json()
    assert revoked == {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
    code = consent(world)
    elsewhere = world.exchange(grant_type="authorization_code", code=code, redirect_uri="http://127.0.0.1:1/")
    assert elsewhere.json()["error"] == "redirect_uri_mismatch"
    code = consent(world)
    world.sandbox.clock.advance(timedelta(minutes=11))
    late = world.exchange(grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert late.json()["error"] == "invalid_grant"
    asked = {"client_id": "another", "redirect_uri": BACK, "scope": READ_ONLY, "response_type": "code"}
    assert world.http.get("/o/oauth2/v2/auth", params=asked).status_code == 401


def test_revoking_ends_everything_until_it_is_cleared(world: World) -> None:
    """Tokens, refresh tokens and the account's own key."""
    tokens = world.exchange(
        grant_type="authorization_code", code=consent(world, access_type="offline"), redirect_uri=BACK
    ).json()
    world.sandbox.faults.add("revoked")
    assert said(world.ask()) == (401, "UNAUTHENTICATED")
    refresh = world.exchange(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refresh.json()["error_description"] == "Token has been expired or revoked."
    assert world.state(claims()).json()["error"] == "invalid_grant"
    world.sandbox.faults.clear()
    assert said(world.ask()) == (401, "UNAUTHENTICATED")
    world.use(world.state(claims()))
    assert world.ask().status_code == 200


def test_another_property_is_refused_as_one_that_is_not_shared(world: World) -> None:
    """Google does not tell the two apart."""
    other = world.http.post("/v1beta/properties/1:runReport", json={})
    world.sandbox.faults.add("not_shared")
    ours = world.ask()
    assert said(other) == said(ours) == (403, "PERMISSION_DENIED")
    assert other.json() == ours.json()
    assert "sufficient permissions for this property" in ours.json()["error"]["message"]
    assert world.http.get("/v1beta/properties/0/metadata").status_code == 200


def test_quotas_are_told_on_request(world: World) -> None:
    """What this request cost and what is left of each; a zero is left out."""
    assert "propertyQuota" not in world.ask().json()
    quota = world.ask(returnPropertyQuota=True).json()["propertyQuota"]
    assert quota == {
        "tokensPerDay": {"consumed": 1, "remaining": 199_998},
        "tokensPerHour": {"consumed": 1, "remaining": 39_998},
        "tokensPerProjectPerHour": {"consumed": 1, "remaining": 13_998},
        "concurrentRequests": {"remaining": 10},
        "serverErrorsPerProjectPerHour": {"remaining": 10},
        "potentiallyThresholdedRequestsPerHour": {"remaining": 120},
    }
    assert [entry.cost for entry in world.sandbox.log[-2:]] == [1, 1]


def test_long_reports_cost_more(world: World) -> None:
    """By days and columns; each report of a batch is charged."""
    names = [{"name": name} for name in ("sessions", "newUsers", "activeUsers", "screenPageViews")]
    years = [{"startDate": "2021-01-01", "endDate": "2024-02-29"}]
    long = {"dateRanges": years, "dimensions": [{"name": "date"}], "metrics": names, "returnPropertyQuota": True}
    cost = world.http.post(REPORT, json=long).json()["propertyQuota"]["tokensPerDay"]["consumed"]
    assert 10 < cost < 30
    world.http.post(REPORT.replace("runReport", "batchRunReports"), json={"requests": [long, long]})
    assert world.sandbox.log[-1].cost == 2 * cost


@pytest.mark.parametrize(
    ("allowance", "words", "wait"),
    [
        (Allowance(daily=2), "tokens per day", timedelta(hours=20)),
        (Allowance(hourly=2), "property tokens per hour", timedelta(hours=1)),
        (Allowance(project_hourly=2), "for a project per hour", timedelta(hours=1)),
    ],
)
def test_no_tokens_no_answers(allowance: Allowance, words: str, wait: timedelta) -> None:
    """Every method is refused until the quota starts anew: on the hour, or at midnight in California."""
    with opened(Sandbox(STORY, Clock(NOW), allowance=allowance, token_life=200_000)) as world:
        assert [world.ask().status_code for _ in range(3)] == [200, 200, 429]
        refused = world.http.get(f"/v1beta/properties/{PROPERTY}/metadata")
        assert said(refused) == (429, "RESOURCE_EXHAUSTED")
        assert words in refused.json()["error"]["message"]
        world.sandbox.clock.advance(wait - timedelta(seconds=1))
        assert world.ask().status_code == 429
        world.sandbox.clock.advance(timedelta(seconds=1))
        assert world.ask().status_code == 200


def test_ten_server_errors_close_the_property_for_an_hour(world: World) -> None:
    """Errors 500 and 503 count, whoever caused them."""
    world.sandbox.faults.add("503", 10)
    assert {world.ask().status_code for _ in range(10)} == {503}
    refused = world.ask()
    assert said(refused) == (429, "RESOURCE_EXHAUSTED")
    assert "server errors" in refused.json()["error"]["message"]
    world.sandbox.clock.advance(timedelta(minutes=61))
    world.use(world.state(claims()))
    assert world.ask().status_code == 200


def test_only_so_many_requests_are_answered_at_once() -> None:
    """One more is refused, and costs nothing."""
    with opened(allowance=Allowance(concurrent=2), latency=0.2) as world, ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(lambda _: world.ask(), range(3)))
        assert sorted(reply.status_code for reply in replies) == [200, 200, 429]
        refused = next(reply for reply in replies if reply.status_code == 429)
        assert "concurrent requests" in refused.json()["error"]["message"]
        assert world.ask().status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("quota_hour", (429, "RESOURCE_EXHAUSTED"), "per hour"),
        ("quota_day", (429, "RESOURCE_EXHAUSTED"), "per day"),
        ("expired_token", (401, "UNAUTHENTICATED"), "OAuth 2 access token"),
    ],
)
def test_refusals_on_request(world: World, kind: str, status: tuple[int, str], words: str) -> None:
    """Each is acted out once, in Google's shape, and noted."""
    world.sandbox.faults.add(kind)
    reply = world.ask()
    assert said(reply) == status
    assert words in reply.json()["error"]["message"]
    assert world.sandbox.log[-1].note == kind


BY_CHANNEL: dict[str, Any] = {"dimensions": [{"name": CHANNEL}]}


def values(rows: list[Any]) -> dict[str, int]:
    """Return the values of a report by channel."""
    return {row["dimensionValues"][0]["value"]: int(row["metricValues"][0]["value"]) for row in rows}


def test_a_sampled_report_says_how_large_the_sample_was(world: World) -> None:
    """For each date range, as texts; its values are multiples of what the sample came to."""
    days = [{"startDate": f"2024-02-{day}", "endDate": "2024-02-29"} for day in ("01", "15")]
    found = world.metadata("sampled", dateRanges=days)
    (first, second) = found["samplingMetadatas"]
    assert first == second
    assert 0 < int(first["samplesReadCount"]) < int(first["samplingSpaceSize"])
    assert all(int(row["metricValues"][0]["value"]) % 4 == 0 for row in found["rows"])


def test_a_thresholded_report_lacks_rows_of_few_people(world: World) -> None:
    """Fewer than three visitors; what is left is right."""
    by_day = {"dimensions": [{"name": "date"}, {"name": CHANNEL}], "metrics": [{"name": "activeUsers"}]}
    whole = world.ask(**by_day).json()["rows"]
    found = world.metadata("thresholded", **by_day)
    assert found["subjectToThresholding"] is True
    kept = [row for row in whole if int(row["metricValues"][0]["value"]) >= 3]
    assert 0 < len(kept) < len(whole)
    assert sorted(map(str, found["rows"])) == sorted(map(str, kept))


def test_small_channels_are_rolled_up_into_other(world: World) -> None:
    """The three largest keep their names, and nothing is lost in the sum."""
    whole = values(world.ask(**BY_CHANNEL).json()["rows"])
    found = world.metadata("other_row", **BY_CHANNEL)
    assert found["dataLossFromOtherRow"] is True
    rolled = values(found["rows"])
    assert (len(rolled), sum(rolled.values())) == (4, sum(whole.values()))
    assert {name: rolled[name] for name in rolled if name != "(other)"}.items() <= whole.items()


def test_restricted_metrics_are_zero_and_named(world: World) -> None:
    """Revenue for who may not see revenue; a report without such metrics is not restricted."""
    metrics = {"metrics": [{"name": name} for name in ("sessions", "purchaseRevenue", "advertiserAdCost")]}
    found = world.metadata("restricted", **metrics)
    assert found["schemaRestrictionResponse"]["activeMetricRestrictions"] == [
        {"metricName": "purchaseRevenue", "restrictedMetricTypes": ["REVENUE_DATA"]},
        {"metricName": "advertiserAdCost", "restrictedMetricTypes": ["COST_DATA"]},
    ]
    assert [each["value"] for each in found["rows"][0]["metricValues"][1:]] == ["0", "0"]
    world.sandbox.faults.add("restricted")
    assert "schemaRestrictionResponse" not in world.ask().json()["metadata"]
    assert world.sandbox.faults.pending == ["restricted"]


def test_a_truncated_report_begins_later(world: World) -> None:
    """It says from which day on it is served."""
    found = world.metadata("truncated", dimensions=[{"name": "date"}])
    (reason,) = found["dataTruncationReasons"]
    assert (reason["dataTruncationType"], reason["dataTruncationDate"]) == (
        "DATA_TRUNCATION_TYPE_DATE_RANGE",
        "2024-02-15",
    )
    assert min(row["dimensionValues"][0]["value"] for row in found["rows"]) == "20240215"


def test_an_empty_report_may_have_a_reason(world: World) -> None:
    """Then it has no rows, whatever happened."""
    found = world.metadata("empty_reason")
    assert found["rows"] == []
    assert found["emptyReason"]


def test_every_fault_can_be_queued_from_another_process(world: World) -> None:
    """The admin face takes all kinds."""
    for kind in (*HTTP_KINDS, *FAULTS, *STICKY_FAULTS):
        assert world.http.post("/_sandbox/faults", json={"kind": kind}).status_code == 200


@pytest.mark.parametrize("make", [demo_sandbox, Sandbox])
def test_settings_name_all_that_a_connection_needs(make: Callable[..., Sandbox]) -> None:
    """The demo's is a service account with more tokens than anybody uses; another can be an OAuth client."""
    sandbox = make(STORY, Clock(NOW))
    assert set(sandbox.settings) == {"property_id", "page_load_metric", "service_account"}
    assert sandbox.hosts[0] == sandbox.host
    with opened(sandbox) as world:
        quota = world.ask(returnPropertyQuota=True).json()["propertyQuota"]
    assert quota["tokensPerProjectPerHour"]["remaining"] > 10_000
    oauth = Sandbox(STORY, Clock(NOW), auth="oauth").settings
    assert set(oauth) == {"property_id", "page_load_metric", "client_id", "client_secret"}
