"""The Shopify tap: orders with their sales, refunds, buyers and customers, and abandoned checkouts."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from kpitaps import Account, Advice, ClientCredentials, CostBucket, Incomplete, NeedsAuth, Tap
from kpitaps_shopify import customers, sales
from kpitaps_shopify.checkouts import updated_checkouts
from kpitaps_shopify.graphql import PATH, bucket_state, judge
from kpitaps_shopify.orders import order_ids, updated_orders
from kpitaps_shopify.payloads import ShopAnswer
from kpitaps_shopify.queries import API_VERSION, SHOP
from kpitaps_shopify.settings import ShopSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Record, Reply, Span

NEEDED_SCOPES = {"read_orders", "read_customers"}
VISIBLE_WITHOUT_SCOPE = timedelta(days=60)
"""Without read_all_orders Shopify leaves out older orders and says nothing: https://shopify.dev/docs/api/usage/access-scopes"""

tap = Tap(
    "shopify",
    title="Shopify",
    settings=ShopSettings,
    api=1,
    base_url="https://{shop}.myshopify.com",
    hosts=["{shop}.myshopify.com"],
    auth=ClientCredentials(token_url="/admin/oauth/access_token", header="X-Shopify-Access-Token"),
    limits=[CostBucket(scope="{shop}", points=2000, restore=100, read=bucket_state)],
    judge=judge,
    dashboard=files(__package__) / "dashboard.json",
)


@tap.account
def account(ctx: Context) -> Account:
    """Ask which shop this is, in which zone and currency, and what the app may read."""
    reply = ctx.http.post(PATH, json={"query": SHOP}, cost=4, name="shop")
    answer = ShopAnswer.model_validate(reply.json()["data"])
    granted = {scope.handle for scope in answer.current_app_installation.access_scopes}
    if missing := sorted(NEEDED_SCOPES - granted):
        raise NeedsAuth(f"the Shopify app may not read {answer.shop.name}: grant it the scopes {', '.join(missing)}")
    return Account(
        id=answer.shop.id,
        name=answer.shop.name,
        time_zone=answer.shop.iana_timezone,
        currency=answer.shop.currency_code,
        incomplete=() if "read_all_orders" in granted else (_older_orders_hidden(ctx),),
        advice=_version_advice(reply),
    )


@tap.records(
    "orders",
    feeds=[tap.measure(measure.key) for measure in (*sales.FEEDS, *customers.FEEDS)],
    every="15m",
    history="3y",
    lag="5m",
)
def read_orders(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the orders that were updated within the span."""
    for order, agreements in updated_orders(ctx, span):
        yield customers.add_customer(sales.contributions(order, agreements), order, ctx)


@tap.keys("orders", every="1d")
def read_order_ids(ctx: Context) -> Iterator[str]:
    """List the ids of all orders: Shopify does not tell which ones were deleted."""
    return order_ids(ctx)


@tap.records("checkouts", feeds=[tap.measure("checkouts_abandoned")], every="1h", history="88d", lag="15m")
def read_checkouts(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the abandoned checkouts that were updated within the span.

    Shopify itself deletes abandoned checkouts after three months, the shortest of which are 89 days: further back, days
    would be read that are no longer whole.
    """
    return updated_checkouts(ctx, span)


def _older_orders_hidden(ctx: Context) -> Incomplete:
    return Incomplete(
        streams=("orders",),
        # The day within which those 60 days begin, at most 25 hours long, is not whole either.
        before=ctx.now - VISIBLE_WITHOUT_SCOPE + timedelta(hours=25),
        reason="Shopify hides orders older than 60 days from this app: the scope read_all_orders is missing",
        fix="Request read_all_orders for the app in the Shopify Dev Dashboard; the history is then read again",
        always=(*sales.NEVER_WHOLE, *customers.FEEDS),
    )


def _version_advice(reply: Reply) -> tuple[Advice, ...]:
    """A retired API version falls forward to the oldest one served, without an error."""
    served = reply.header("X-Shopify-API-Version")
    if served in (None, "", API_VERSION):
        return ()
    return (
        Advice(
            code="api_version",
            message=f"Shopify has retired API version {API_VERSION} and answers with {served}",
            fix="Upgrade kpitaps-shopify",
        ),
    )
