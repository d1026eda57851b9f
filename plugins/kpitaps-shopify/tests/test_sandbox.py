"""The Shopify sandbox: its answers, filters, pages, scopes and costs, over real HTTP."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from kpitaps_shopify.sandbox import Sandbox
from kpitaps_shopify.sandbox_money import amount_text

from kpitaps.testing import Clock, Story, serve
from kpitaps.testing.story import OrderPlaced, OrderTouched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOUNDED = date(2025, 9, 1)
NOW = datetime(2025, 12, 1, 12, tzinfo=UTC)
SALES = """sales(first: %d, after: $sales) {
  nodes { __typename id actionType lineType quantity totalAmount { shopMoney { amount } presentmentMoney { amount } } }
  pageInfo { hasNextPage endCursor } }"""


class Client:
    """One app's way to a sandbox."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox, self.http = sandbox, http
        self.token = ""

    def exchange(self, **changes: str) -> httpx.Response:
        wanted = ("client_id", "client_secret")
        form = {"grant_type": "client_credentials", **{name: self.sandbox.settings[name] for name in wanted}, **changes}
        reply = self.http.post("/admin/oauth/access_token", data=form)
        self.token = reply.json().get("access_token", self.token) if reply.status_code == 200 else self.token
        return reply

    def post(self, query: str, version: str = "2026-07", **variables: Any) -> httpx.Response:
        return self.http.post(
            f"/admin/api/{version}/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": self.token},
        )

    def ask(self, query: str, **variables: Any) -> Any:
        answer = self.post(query, **variables).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def orders(self, search: str = "", sort: str = "UPDATED_AT", fields: str = "id", first: int = 25) -> list[Any]:
        query = f"""query($after: String, $search: String) {{
          orders(first: {first}, after: $after, query: $search, sortKey: {sort}) {{
            nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
        rows, after, more = [], None, True
        while more:
            page = self.ask(query, after=after, search=search)["orders"]
            rows += page["nodes"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        return rows


@pytest.fixture
def start() -> Iterator[Callable[..., Client]]:
    """Start a sandbox with the given options, and an app that has a token for it."""
    with ExitStack() as stack:

        def begin(**options: Any) -> Client:
            story = Story(founded=FOUNDED, orders_per_day=6)
            sandbox = Sandbox(story, Clock(NOW), **{"plan": 100_000, **options})
            url = stack.enter_context(serve(sandbox.app))
            client = Client(sandbox, stack.enter_context(httpx.Client(base_url=url, timeout=10)))
            assert client.exchange().status_code == 200
            return client

        yield begin


@pytest.fixture(scope="module")
def shop() -> Iterator[Client]:
    """An app on one sandbox that nobody changes."""
    sandbox = Sandbox(Story(founded=FOUNDED, orders_per_day=6), Clock(NOW), plan=100_000)
    with serve(sandbox.app) as url, httpx.Client(base_url=url, timeout=10) as http:
        client = Client(sandbox, http)
        client.exchange()
        yield client


def _placed(client: Client) -> list[OrderPlaced]:
    return [event for event in client.sandbox.story.events(NOW) if isinstance(event, OrderPlaced)]


def _gid(order: OrderPlaced) -> str:
    return f"gid://shopify/Order/{order.order}"


def test_the_shop_says_who_it_is_and_what_the_app_may(shop: Client) -> None:
    """Name, zone and currency are the story's; scopes are told by GraphQL and by REST."""
    data = shop.ask("""{ shop { name myshopifyDomain ianaTimezone currencyCode }
      currentAppInstallation { accessScopes { handle } } }""")
    assert data["shop"] == {
        "name": "Branderij De Kade",
        "myshopifyDomain": "branderij-de-kade.myshopify.com",
        "ianaTimezone": "Europe/Amsterdam",
        "currencyCode": "EUR",
    }
    headers = {"X-Shopify-Access-Token": shop.token}
    listed = shop.http.get("/admin/oauth/access_scopes.json", headers=headers).json()["access_scopes"]
    assert listed == data["currentAppInstallation"]["accessScopes"]
    assert {"handle": "read_all_orders"} in listed


@pytest.mark.parametrize("sort", ["UPDATED_AT", "CREATED_AT", "PROCESSED_AT", "ID"])
def test_paging_loses_and_doubles_no_order(shop: Client, sort: str) -> None:
    """Following the cursors gives every order once, in the order asked for."""
    rows = shop.orders(sort=sort, fields="id updatedAt createdAt processedAt")
    assert sorted(row["id"] for row in rows) == sorted(map(_gid, _placed(shop)))
    field = {"UPDATED_AT": "updatedAt", "CREATED_AT": "createdAt", "PROCESSED_AT": "processedAt", "ID": "id"}[sort]
    assert [row[field] for row in rows] == sorted(row[field] for row in rows)


def test_nested_paging_gives_every_sale_of_a_long_order(shop: Client) -> None:
    """An order with dozens of lines is read five sales at a time, none lost, none twice."""
    order = max(_placed(shop), key=lambda placed: len(placed.lines))
    query = f"""query($id: ID!, $sales: String) {{ order(id: $id) {{ agreements(first: 1) {{
      nodes {{ {SALES % 5} }} }} }} }}"""
    ids, cursor, more = [], None, True
    while more:
        page = shop.ask(query, id=_gid(order), sales=cursor)["order"]["agreements"]["nodes"][0]["sales"]
        ids += [sale["id"] for sale in page["nodes"]]
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len(order.lines) >= 12
    assert len(ids) == len(set(ids)) == len(order.lines) + (order.shipping is not None)


def test_sales_add_up_to_what_was_paid_less_what_was_refunded(shop: Client) -> None:
    """Over all agreements of every order: sales = total price − refunded, in both currencies."""
    money = "{ shopMoney { amount } presentmentMoney { amount } }"
    fields = f"""id totalPriceSet {money} totalRefundedSet {money}
      agreements(first: 4) {{ nodes {{ sales(first: 60) {{ nodes {{ totalAmount {money} }} }} }} }}"""
    seen_refunds = 0
    for order in shop.orders(fields=fields, first=1):
        for side in ("shopMoney", "presentmentMoney"):
            sales = [sale for each in order["agreements"]["nodes"] for sale in each["sales"]["nodes"]]
            net = sum(Decimal(sale["totalAmount"][side]["amount"]) for sale in sales)
            refunded = Decimal(order["totalRefundedSet"][side]["amount"])
            assert net == Decimal(order["totalPriceSet"][side]["amount"]) - refunded
            seen_refunds += refunded > 0
    assert seen_refunds > 5


@pytest.mark.parametrize(
    ("search", "holds"),
    [
        ("updated_at:>='2025-11-01T00:00:00Z'", lambda row: row["updatedAt"] >= "2025-11-01"),
        (
            "updated_at:<'2025-11-01T00:00:00Z' AND created_at:>2025-10-01T00:00:00Z",
            lambda row: row["updatedAt"] < "2025-11-01" and row["createdAt"] > "2025-10-01T00:00:00Z",
        ),
        ('processed_at:<="2025-10-05T12:00:00+02:00"', lambda row: row["processedAt"] <= "2025-10-05T10:00:00Z"),
        ("created_at:2025-10-26", lambda row: "2025-10-25T22:00:00Z" <= row["createdAt"] < "2025-10-26T23:00:00Z"),
        ("test:false", lambda row: not row["test"]),
        ("test:true", lambda row: row["test"]),
        ("colour:red", lambda _: True),
    ],
)
def test_searches_find_what_they_say_and_nothing_else(shop: Client, search: str, holds: Any) -> None:
    """Comparators, quotes, AND, whole days in the shop's zone; an unknown field is ignored, as Shopify does."""
    everything = shop.orders(fields="id updatedAt createdAt processedAt test")
    expected = sorted(row["id"] for row in everything if holds(row))
    assert expected
    for sort in ("UPDATED_AT", "ID"):
        assert sorted(row["id"] for row in shop.orders(search, sort)) == expected


def test_an_unknown_search_field_is_warned_of(shop: Client) -> None:
    """Shopify ignores it in the rows and mentions it in the extensions."""
    answer = shop.post('{ orders(first: 1, query: "colour:red") { nodes { id } } }').json()
    assert answer["extensions"]["search"][0]["warnings"][0]["field"] == "colour"
    assert shop.sandbox.log[-1].note == "ignored: the search field colour"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ orders(first: 251) { nodes { id } } }", "BAD_REQUEST"),
        ("{ orders { nodes { id } } }", "BAD_REQUEST"),
        ('{ orders(first: 1, after: "nonsense") { nodes { id } } }', "BAD_REQUEST"),
        ('{ orders(first: 1, query: "test:true OR test:false") { nodes { id } } }', "BAD_REQUEST"),
        ('{ orders(first: 1, query: "updated_at:>soon") { nodes { id } } }', "BAD_REQUEST"),
        ("{ abandonedCheckouts(first: 1, sortKey: UPDATED_AT) { nodes { id } } }", "invalidDocument"),
        ("{ orders(first: 1) { nodes { colour } } }", "undefinedField"),
    ],
)
def test_wrong_questions_are_refused(shop: Client, query: str, code: str) -> None:
    """Page sizes, cursors, searches, sort keys and fields that do not exist are errors at status 200."""
    reply = shop.post(query)
    assert reply.status_code == 200
    assert reply.json()["errors"][0]["extensions"]["code"] == code


def test_an_order_says_what_became_of_it(shop: Client) -> None:
    """Channel, country, customer, instants and names are the story's; a guest has no customer."""
    rows = shop.orders(
        fields="""id name createdAt processedAt cancelledAt sourceName taxesIncluded presentmentCurrencyCode
                  shippingAddress { countryCodeV2 } customer { id numberOfOrders }"""
    )
    by_id = {row["id"]: row for row in rows}
    for placed in _placed(shop):
        row = by_id[_gid(placed)]
        assert row["name"] == placed.name
        assert (row["processedAt"] < row["createdAt"]) == (placed.processed_at < placed.at)
        assert (row["customer"] is None) == (placed.customer is None)
        assert (row["shippingAddress"] or {}).get("countryCodeV2") == placed.country
    assert {row["sourceName"] for row in rows} == {"web", "pos", "shopify_draft_order"}
    assert any(row["cancelledAt"] for row in rows)


def test_a_customers_first_order_is_the_first(shop: Client) -> None:
    """A customer's orders can be sorted and filtered like all others."""
    fields = "id customer { numberOfOrders orders(first: 1, sortKey: CREATED_AT) { nodes { id } } }"
    first = {_gid(order) for order in _placed(shop) if order.customer_order == 1}
    for row in shop.orders(fields=fields):
        if row["customer"]:
            assert row["customer"]["orders"]["nodes"][0]["id"] in first
            assert (row["customer"]["numberOfOrders"] == "1") <= (row["id"] in first)


def test_checkouts_include_recovered_ones_and_forget_old_ones(start: Callable[..., Client]) -> None:
    """Recovered checkouts stay, with completedAt; what is older than is kept has gone."""
    client = start(checkouts_kept=timedelta(days=30))
    query = """{ abandonedCheckouts(first: 250, sortKey: CREATED_AT) {
      nodes { id name createdAt updatedAt completedAt } } }"""
    rows = client.ask(query)["abandonedCheckouts"]["nodes"]
    assert min(row["createdAt"] for row in rows) >= "2025-11-01T12:00:00Z"
    assert 0.1 < sum(row["completedAt"] is not None for row in rows) / len(rows) < 0.35
    assert all(row["updatedAt"] == (row["completedAt"] or row["createdAt"]) for row in rows)


def test_events_come_with_the_clock(start: Callable[..., Client]) -> None:
    """As the clock moves, orders are updated and new ones come; put back, they are gone again."""
    client = start()
    before = {row["id"]: row["updatedAt"] for row in client.orders(fields="id updatedAt")}
    client.sandbox.clock.advance(timedelta(days=3))
    client.exchange()
    after = {row["id"]: row["updatedAt"] for row in client.orders(fields="id updatedAt")}
    assert len(after) > len(before)
    assert any(after[order] > updated for order, updated in before.items())
    client.sandbox.clock.set(NOW)
    assert {row["id"]: row["updatedAt"] for row in client.orders(fields="id updatedAt")} == before


def test_an_event_by_hand_in_the_past_is_seen(start: Callable[..., Client]) -> None:
    """An event added before what was already read moves its order's update clock."""
    client = start()
    order = client.orders(sort="ID")[0]["id"]
    at = NOW - timedelta(minutes=5)
    client.sandbox.story.append(OrderTouched(at, int(order.rsplit("/")[-1])))
    assert order in [row["id"] for row in client.orders("updated_at:>='2025-12-01T11:55:00Z'")]
    assert client.ask("query($id: ID!) { node(id: $id) { ... on Order { updatedAt } } }", id=order) == {
        "node": {"updatedAt": "2025-12-01T11:55:00Z"}
    }


def test_a_deleted_order_is_nowhere(start: Callable[..., Client]) -> None:
    """Deleted through the admin face, it is null by id, in no list, and none of its customer's orders."""
    client = start()
    placed = next(each for each in _placed(client) if each.customer_order == 2)
    rest = [_gid(each) for each in _placed(client) if each.customer == placed.customer and each is not placed]
    assert client.http.post("/_sandbox/events", json={"delete": placed.name}).json()["kind"] == "OrderDeleted"
    assert client.ask("query($id: ID!) { order(id: $id) { id } }", id=_gid(placed)) == {"order": None}
    assert _gid(placed) not in [row["id"] for row in client.orders()]
    (first,) = (
        row for row in client.orders(fields="id customer { orders(first: 9) { nodes { id } } }") if row["id"] == rest[0]
    )
    assert sorted(row["id"] for row in first["customer"]["orders"]["nodes"]) == sorted(rest)


@pytest.mark.parametrize(("scopes", "field"), [(("read_orders",), "customer"), (("read_customers",), "orders")])
def test_a_missing_scope_denies_the_field(start: Callable[..., Client], scopes: tuple[str, ...], field: str) -> None:
    """The answer is a 200 without data, and says which field it was."""
    answer = start(scopes=scopes).post("{ orders(first: 1) { nodes { customer { id } } } }").json()
    assert answer["data"] is None
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert answer["errors"][0]["path"][-1] == field
    assert answer["errors"][0]["message"].startswith(f"Access denied for {field} field")


def test_without_read_all_orders_old_orders_are_silently_missing(start: Callable[..., Client]) -> None:
    """Orders created more than 60 days ago are in no list, and null by id."""
    client = start(scopes=("read_orders", "read_customers"))
    rows = client.orders(fields="createdAt")
    assert min(row["createdAt"] for row in rows) >= "2025-10-02T12:00:00Z"
    oldest = _gid(_placed(client)[0])
    assert client.ask("query($id: ID!) { order(id: $id) { id } }", id=oldest) == {"order": None}


def test_tokens_expire_by_the_shops_clock(start: Callable[..., Client]) -> None:
    """After a day less a second the token is refused, with errors as a string; a new exchange works."""
    client = start()
    client.sandbox.clock.advance(timedelta(seconds=86_399))
    reply = client.post("{ shop { id } }")
    assert reply.status_code == 401
    assert isinstance(reply.json()["errors"], str)
    assert client.exchange().json()["expires_in"] == 86_399
    assert client.post("{ shop { id } }").status_code == 200


def test_wrong_credentials_get_no_token(shop: Client) -> None:
    """The exchange fails with an OAuth error and status 400."""
    reply = shop.exchange(client_secret="guessed")
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_client")
    assert shop.exchange(grant_type="password").json()["error"] == "unsupported_grant_type"


def test_the_bucket_empties_and_refills(start: Callable[..., Client]) -> None:
    """Queries are charged what they turned out to cost; beyond the bucket they are throttled at status 200."""
    client = start(plan=10)
    query = "{ orders(first: 150) { nodes { id } } }"
    cost = client.post(query).json()["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (152, 152)
    assert cost["throttleStatus"]["maximumAvailable"] == 200
    answer = client.post(query).json()
    assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert answer["extensions"]["cost"]["actualQueryCost"] is None
    assert answer["extensions"]["cost"]["throttleStatus"]["restoreRate"] == 10
    assert client.sandbox.log[-1].note == "throttled"


def test_one_query_may_not_ask_for_more_than_a_thousand_points(shop: Client) -> None:
    """Such a query fails for good, however full the bucket."""
    fields = "customer { id } shippingAddress { countryCodeV2 } totalPriceSet { shopMoney { amount } }"
    error = shop.post(f"{{ orders(first: 250) {{ nodes {{ {fields} }} }} }}").json()["errors"][0]
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"


@pytest.mark.parametrize(
    ("asked", "options", "served"),
    [
        ("2026-07", {}, "2026-07"),
        ("2025-10", {}, "2025-10"),
        ("2024-01", {}, "2025-10"),
        ("2026-07", {"served_version": "2027-01"}, "2027-01"),
        ("2030-01", {}, None),
        ("latest", {}, None),
    ],
)
def test_a_retired_version_falls_forward(
    start: Callable[..., Client], asked: str, options: dict[str, str], served: str | None
) -> None:
    """The version served is told; a warning says that it is another one; one that does not exist is not found."""
    reply = start(**options).post("{ shop { id } }", version=asked)
    assert reply.status_code == (404 if served is None else 200)
    assert reply.headers.get("X-Shopify-API-Version") == served
    assert ("X-Shopify-API-Version-Warning" in reply.headers) == (served not in (None, asked))


@pytest.mark.parametrize(("cents", "text"), [(5500, "55.0"), (1277, "12.77"), (-1250, "-12.5"), (-5, "-0.05")])
def test_amounts_are_written_as_shopify_does(cents: int, text: str) -> None:
    """At least one decimal, no more zeros than that."""
    assert amount_text(cents) == text
