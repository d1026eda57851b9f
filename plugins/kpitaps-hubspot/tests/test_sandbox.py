"""The HubSpot sandbox: its lists, searches, batches, histories, keys and refusals, over real HTTP."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from kpitaps_hubspot.sandbox import FAULTS, STICKY_FAULTS, Sandbox
from kpitaps_hubspot.sandbox_limits import GENEROUS, Allowance
from kpitaps_hubspot.sandbox_properties import SCOPES

from kpitaps.testing import HTTP_KINDS, Clock, Story, serve
from kpitaps.testing.story.office_events import DealDeleted, DealOpened, LeadDeleted, LeadMerged, Sum

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEN_SECONDLY, DAILY, SECONDLY = ("You have reached your ten_secondly_rolling limit.", "daily limit.", "secondly limit.")


class Client:
    """One app's way to a portal."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox, self.http = sandbox, http
        self.bearer = {"Authorization": f"Bearer {sandbox.settings.get('service_key', '')}"}

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(path, params=params, headers=self.bearer)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.http.post(path, json=body, headers=self.bearer)

    def search(self, kind: str, *filters: Any, **more: Any) -> httpx.Response:
        rows = [dict(zip(("propertyName", "operator", "value"), each, strict=False)) for each in filters]
        groups = [{"filters": rows}] if rows else []
        return self.post(f"/crm/v3/objects/{kind}/search", {"filterGroups": groups, "limit": 200, **more})

    def exchange(self, **form: str) -> httpx.Response:
        return self.http.post("/oauth/2026-03/token", data={**self.sandbox.settings, **form})


def _client(**options: Any) -> Iterator[Client]:
    sandbox = Sandbox(Story(founded=date(2025, 10, 1)), Clock(NOW), **{"allowance": GENEROUS, **options})
    with serve(sandbox.app) as url, httpx.Client(base_url=url, timeout=10) as http:
        yield Client(sandbox, http)


@pytest.fixture
def client() -> Iterator[Client]:
    yield from _client()


@pytest.fixture
def oauth() -> Iterator[Client]:
    yield from _client(auth="oauth")


@pytest.fixture(scope="module")
def calm() -> Iterator[Client]:
    """A portal that nobody changes."""
    yield from _client(time_zone="Europe/Amsterdam")


@pytest.mark.parametrize("path", ["/crm/v3/objects/deals", "/crm/objects/2026-03/0-3", "/crm/objects/2026-09/deals"])
def test_lists_lose_and_double_nothing(calm: Client, path: str) -> None:
    """Following ``after`` gives every record once, by whichever name, in every version."""
    ids, after = [], {}
    while True:
        page = calm.get(path, limit=40, **after).json()
        ids += [row["id"] for row in page["results"]]
        if "paging" not in page:
            break
        after = {"after": page["paging"]["next"]["after"]}
    events = calm.sandbox.story.office.events(NOW)
    deleted = {event.deal for event in events if isinstance(event, DealDeleted)}
    assert ids == sorted((str(e.deal) for e in events if isinstance(e, DealOpened) and e.deal not in deleted), key=int)
    assert len(ids) > 20


def test_values_are_texts_and_only_what_is_asked_for_comes(calm: Client) -> None:
    """A few properties come unasked, unknown ones not at all; every value is a text or null."""
    row = calm.get("/crm/v3/objects/deals", limit=1, properties="amount,colour").json()["results"][0]
    assert set(row["properties"]) == {"amount", "createdate", "hs_lastmodifieddate", "hs_object_id"}
    rows = calm.get("/crm/v3/objects/deals", limit=100, properties="amount,hs_is_closed").json()["results"]
    assert {type(value) for row in rows for value in row["properties"].values()} <= {str, type(None)}
    assert {"true", "false"} == {row["properties"]["hs_is_closed"] for row in rows}


def test_what_is_ignored_is_noted(client: Client) -> None:
    """The log says which properties and parameters an answer took no account of."""
    client.get("/crm/v3/objects/deals", properties="amount,colour")
    client.get("/crm/v3/objects/deals", updatedAfter="2026-01-01")
    assert [entry.note for entry in client.sandbox.log] == ["ignored: colour", "ignored: updatedAfter"]


def test_histories_say_what_a_deal_went_through(calm: Client) -> None:
    """With its history a property shows every value and moment, the newest first; at most 50 records at once."""
    ids = [row["id"] for row in calm.get("/crm/v3/objects/deals", limit=50).json()["results"]]
    body = {"inputs": [{"id": each} for each in ids], "properties": [], "propertiesWithHistory": ["dealstage"]}
    rows = calm.post("/crm/v3/objects/deals/batch/read", body).json()["results"]
    assert [row["id"] for row in rows] == ids
    for row in rows:
        versions = row["propertiesWithHistory"]["dealstage"]
        assert versions[0]["value"] == row["properties"]["dealstage"]
        assert [each["timestamp"] for each in versions] == sorted((e["timestamp"] for e in versions), reverse=True)
    assert max(len(row["propertiesWithHistory"]["dealstage"]) for row in rows) > 2
    too_many = {**body, "inputs": [{"id": str(number)} for number in range(51)]}
    assert calm.post("/crm/v3/objects/deals/batch/read", too_many).status_code == 400


def test_searches_find_what_they_say(calm: Client) -> None:
    """Windows of the update clock in milliseconds, ids as numbers, texts; archived records never."""
    everything = calm.search("contacts", limit=200).json()
    middle = sorted(row["updatedAt"] for row in everything["results"])[100]
    since = round(datetime.fromisoformat(middle).timestamp() * 1000)
    late = calm.search("contacts", ("lastmodifieddate", "GTE", str(since))).json()["total"]
    early = calm.search("contacts", ("lastmodifieddate", "LT", str(since))).json()["total"]
    assert early
    assert late
    assert early + late == everything["total"]
    beyond = calm.search("contacts", ("hs_object_id", "GT", everything["results"][-1]["id"]))
    assert all(int(row["id"]) > int(everything["results"][-1]["id"]) for row in beyond.json()["results"])
    subscribers = calm.search("contacts", ("lifecyclestage", "EQ", "subscriber")).json()["total"]
    others = calm.search("contacts", ("lifecyclestage", "NEQ", "subscriber")).json()["total"]
    assert subscribers + others == everything["total"]
    archived = calm.get("/crm/v3/objects/contacts", archived="true", limit=100).json()["results"]
    assert all(row["archived"] and row["archivedAt"] for row in archived)
    deleted = [event for event in calm.sandbox.story.office.events(NOW) if isinstance(event, LeadDeleted)]
    assert len(archived) == len(deleted) > 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"limit": 201}, "less than or equal to 200"),
        ({"after": "soon"}, "must be an integer"),
        ({"after": 9_801}, "limited to 10000"),
        ({"sorts": [{"propertyName": "createdate"}, {"propertyName": "amount"}]}, "at most 1 item"),
        ({"filterGroups": [{"filters": []}] * 6}, "at most 5 items"),
        ({"filterGroups": [{"filters": [{"propertyName": "amount", "operator": "HAS_PROPERTY"}] * 7}]}, "at most 6"),
        ({"filterGroups": [{"filters": [{"propertyName": "amount", "operator": "HAS_PROPERTY"}] * 5}] * 4}, "18"),
        (
            {"filterGroups": [{"filters": [{"propertyName": "colour", "operator": "HAS_PROPERTY"}]}]},
            "no property colour",
        ),
        ({"filterGroups": [{"filters": [{"propertyName": "amount", "operator": "GT"}]}]}, "lacks its value"),
        (
            {"filterGroups": [{"filters": [{"propertyName": "createdate", "operator": "GT", "value": "2026-03-01"}]}]},
            "milliseconds",
        ),
        ({"properties": ["amount"] * 400}, "3000 characters"),
    ],
)
def test_searches_beyond_the_limits_are_refused(calm: Client, more: dict[str, Any], said: str) -> None:
    """Each of HubSpot's limits on a search is a 400 in its usual shape."""
    reply = calm.search("deals", **more)
    body = reply.json()
    assert (reply.status_code, body["status"], body["category"]) == (400, "error", "VALIDATION_ERROR")
    assert said in body["message"]
    assert body["correlationId"]


def test_a_merged_contact_leads_to_the_one_it_became(client: Client) -> None:
    """The loser is in no list, archived or not; reading its id brings the winner."""
    rows = client.get("/crm/v3/objects/contacts", limit=2).json()["results"]
    loser, winner = (int(row["id"]) for row in rows)
    client.sandbox.story.office.append(LeadMerged(NOW, loser, winner))
    listed = client.get("/crm/v3/objects/contacts", limit=100).json()["results"]
    archived = client.get("/crm/v3/objects/contacts", limit=100, archived="true").json()["results"]
    assert str(loser) not in {row["id"] for row in [*listed, *archived]}
    read = client.post("/crm/v3/objects/contacts/batch/read", {"inputs": [{"id": str(loser)}], "properties": []})
    assert [row["id"] for row in read.json()["results"]] == [str(winner)]


def test_a_missing_record_makes_a_batch_partial(calm: Client) -> None:
    """The status is 207, and the error names the id."""
    reply = calm.post("/crm/v3/objects/deals/batch/read", {"inputs": [{"id": "1"}], "properties": []})
    assert (reply.status_code, reply.json()["errors"][0]["context"]) == (207, {"ids": ["1"]})


def test_deals_belong_to_companies_in_the_words_of_each_version(calm: Client) -> None:
    """v3 names the kind of an association, later versions number it; the primary company is marked."""
    deal = next(event for event in calm.sandbox.story.office.events(NOW) if isinstance(event, DealOpened))
    body = {"inputs": [{"id": str(deal.deal)}]}
    v3 = calm.post("/crm/v3/associations/deals/companies/batch/read", body).json()["results"][0]
    dated = calm.post("/crm/associations/2026-03/0-3/0-2/batch/read", body).json()["results"][0]
    assert {"id": str(deal.client), "type": "deal_to_company"} in v3["to"]
    assert dated["to"][0]["toObjectId"] == str(deal.client)
    assert {each["typeId"] for each in dated["to"][0]["associationTypes"]} == {5, 341}


def test_the_account_owners_and_pipelines(calm: Client) -> None:
    """The account has no name; who left is only among the archived owners; metadata are texts."""
    details = calm.get("/account-info/v3/details").json()
    assert (details["timeZone"], details["companyCurrency"], details["utcOffset"]) == (
        "Europe/Amsterdam",
        "EUR",
        "+01:00",
    )
    here = {row["lastName"] for row in calm.get("/crm/v3/owners/").json()["results"]}
    left = {row["lastName"] for row in calm.get("/crm/v3/owners/", archived="true").json()["results"]}
    assert (len(here), left) == (3, {"Claes"})
    stages = calm.get("/crm/pipelines/2026-03/deals").json()["results"][0]["stages"]
    assert stages[0]["metadata"] == {"isClosed": "false", "probability": "0.1"}
    assert [stage["id"] for stage in stages[-2:]] == ["closedwon", "closedlost"]


def test_emails_show_their_statistics_on_request(calm: Client) -> None:
    """Counters come with ``includeStats`` only."""
    row = calm.get("/marketing/v3/emails", limit=1, includeStats="true").json()["results"][0]
    assert {"delivered", "open", "click", "unsubscribed"} <= set(row["stats"]["counters"])
    assert "stats" not in calm.get("/marketing/emails/2026-03", limit=1).json()["results"][0]


def test_consent_and_tokens(oauth: Client) -> None:
    """A code works once; access ends by the clock; the refresh token lives on, and does not change."""
    asked = "https://app.hubspot.com/oauth/authorize?client_id=kade-hubspot-app&scope=oauth+tickets&state=s1"
    back = httpx.URL(oauth.sandbox.consent(f"{asked}&redirect_uri=http://127.0.0.1:9471/callback"))
    assert back.params["state"] == "s1"
    redeem = {"grant_type": "authorization_code", "code": back.params["code"]}
    redeem["redirect_uri"] = "http://127.0.0.1:9471/callback"
    tokens = oauth.exchange(**redeem).json()
    assert (tokens["expires_in"], tokens["scopes"]) == (1_800, ["oauth", "tickets"])
    assert oauth.exchange(**redeem).json()["status"] == "BAD_AUTH_CODE"
    oauth.bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert oauth.get("/crm/v3/owners").status_code == 200
    oauth.sandbox.clock.advance(timedelta(seconds=1_800))
    expired = oauth.get("/crm/v3/owners")
    assert (expired.status_code, expired.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    renewed = oauth.exchange(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    assert renewed["refresh_token"] == tokens["refresh_token"]
    refused = oauth.exchange(grant_type="refresh_token", refresh_token="guessed")
    assert (refused.status_code, refused.json()["status"], refused.json()["error"]) == (
        *(400, "BAD_REFRESH_TOKEN"),
        "invalid_grant",
    )


def test_a_browser_that_follows_the_address_is_sent_back(oauth: Client) -> None:
    """The authorisation address itself redirects with a code; an unknown app gets nowhere."""
    asked = {"client_id": "kade-hubspot-app", "scope": "oauth", "redirect_uri": "http://127.0.0.1:1/callback"}
    reply = oauth.http.get("/oauth/authorize", params=asked)
    assert (reply.status_code, "code=" in reply.headers["location"]) == (302, True)
    assert oauth.http.get("/oauth/authorize", params={**asked, "client_id": "another"}).status_code == 400


def test_a_missing_scope_is_refused_with_its_name() -> None:
    """Each object type wants its own."""
    for client in _client(scopes=set(SCOPES.values()) - {"tickets"}):
        reply = client.get("/crm/v3/objects/tickets")
        assert (reply.status_code, reply.json()["category"]) == (403, "MISSING_SCOPES")
        assert "tickets" in json.dumps(reply.json()["errors"])
        assert client.get("/crm/v3/objects/deals").status_code == 200


def test_limits_have_headers_except_on_searches() -> None:
    """Ten-secondly and daily counts are told, to keys; searches tell nothing and are counted apart."""
    for client in _client(allowance=Allowance(ten_secondly=3, searches=2, daily=100)):
        first = client.get("/crm/v3/owners")
        assert first.headers["X-HubSpot-RateLimit-Remaining"] == "2"
        assert first.headers["X-HubSpot-RateLimit-Daily-Remaining"] == "99"
        found = [client.search("deals") for _ in range(3)]
        assert [reply.status_code for reply in found] == [200, 200, 429]
        assert not [name for name in found[0].headers if "ratelimit" in name]
        assert {"policyName", "errorType"}.isdisjoint(found[2].json())
        assert [client.get("/crm/v3/owners").status_code for _ in range(3)] == [200, 200, 429]


def test_the_day_begins_at_the_accounts_midnight() -> None:
    """Refused until 23:00 in UTC, which is midnight in Amsterdam."""
    for client in _client(allowance=Allowance(daily=1)):
        assert client.get("/crm/v3/owners").status_code == 200
        assert client.get("/crm/v3/owners").json()["policyName"] == "DAILY"
        client.sandbox.clock.set(datetime(2026, 3, 1, 22, 59, tzinfo=UTC))
        assert client.get("/crm/v3/owners").status_code == 429
        client.sandbox.clock.set(datetime(2026, 3, 1, 23, 0, tzinfo=UTC))
        assert client.get("/crm/v3/owners").status_code == 200


@pytest.mark.parametrize(
    ("kind", "status", "said"),
    [
        ("expired_token", 401, "expired"),
        ("missing_scope", 403, "scopes"),
        ("locked", 423, "locked"),
        ("migration", 477, "moved"),
        ("ten_secondly_limit", 429, TEN_SECONDLY),
        ("search_limit", 429, SECONDLY),
        ("daily_limit", 429, DAILY),
        ("revoked", 401, "credentials"),
    ],
)
def test_refusals_on_request(client: Client, kind: str, status: int, said: str) -> None:
    """Each fault is acted out on one search, in HubSpot's shape, and noted; a sticky one until it is cleared."""
    client.sandbox.faults.add(kind)
    reply = client.search("deals")
    assert (reply.status_code, client.sandbox.log[-1].note) == (status, kind)
    assert said in reply.json()["message"]
    assert reply.json()["status"] == "error"
    client.sandbox.faults.clear()
    assert client.search("deals").status_code == 200


def test_searches_may_be_late_lack_values_or_double_rows(client: Client) -> None:
    """The index trails, computed properties are empty in searches but not in batches, rows come twice."""
    client.sandbox.story.office.append(
        DealOpened(NOW, 900_001, "Bonen", 1, None, 101, "wholesale", "new", Sum(12_345), 10, "email", None)
    )
    find = ("hs_object_id", "EQ", "900001")
    client.sandbox.faults.add("index_lag")
    assert client.search("deals", find).json()["total"] == 0
    client.sandbox.faults.add("null_calculated")
    wanted = ["amount", "amount_in_home_currency"]
    row = client.search("deals", find, properties=wanted).json()["results"][0]
    assert [row["properties"][name] for name in wanted] == ["123.45", None]
    body = {"inputs": [{"id": "900001"}], "properties": wanted}
    read = client.post("/crm/v3/objects/deals/batch/read", body).json()["results"][0]
    assert read["properties"]["amount_in_home_currency"] == "123.45"
    client.sandbox.faults.add("duplicate_rows")
    assert len(client.search("deals", find).json()["results"]) == 2


def test_every_fault_can_be_queued_from_another_process(client: Client) -> None:
    """The admin face takes all kinds."""
    for kind in (*HTTP_KINDS, *FAULTS, *STICKY_FAULTS):
        assert client.http.post("/_sandbox/faults", json={"kind": kind}).status_code == 200


def test_what_happens_by_hand_in_the_past_is_seen(client: Client) -> None:
    """An event that is added before what was already read changes the portal."""
    before = client.search("deals").json()["total"]
    past = NOW - timedelta(days=30)
    event = DealOpened(past, 900_002, "Bonen", 1, None, 101, "machines", "survey", None, 20, "direct", None)
    client.sandbox.story.office.append(event)
    assert client.search("deals").json()["total"] == before + 1


@pytest.mark.parametrize(
    "path", ["/crm/objects/2019-01/0-3", "/crm/v3/objects/colours", "/crm/v3/objects/deals?limit=101"]
)
def test_wrong_questions_are_refused(calm: Client, path: str) -> None:
    """Versions, object types and page sizes that do not exist are errors."""
    assert calm.http.get(path, headers=calm.bearer).status_code in (400, 404)


def test_nobody_gets_in_without_a_key(calm: Client) -> None:
    """A token that nobody knows is refused."""
    reply = calm.http.get("/crm/v3/owners", headers={"Authorization": "Bearer guessed"})
    assert (reply.status_code, reply.json()["category"]) == (401, "INVALID_AUTHENTICATION")
