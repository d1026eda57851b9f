"""The Shopify tap: orders with their sales, refunds and buyers, and abandoned checkouts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from kpitaps import Account, Advice, ClientCredentials, CostBucket, Incomplete, NeedsAuth, Record, RetryLater, Tap
from kpitaps_shopify.graphql import bucket_state, judge
from kpitaps_shopify.payloads import (
    AGREEMENT,
    API_VERSION,
    CHECKOUTS,
    ORDERS,
    SHOP,
    Agreement,
    AgreementAnswer,
    CheckoutsAnswer,
    Order,
    OrdersAnswer,
    Sale,
    ShopAnswer,
    updated_within,
)
from kpitaps_shopify.settings import ShopSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from decimal import Decimal
    from typing import Any

    from kpitaps import Context, Reply, Span

GRAPHQL = f"/admin/api/{API_VERSION}/graphql.json"
NEEDED_SCOPES = {"read_orders", "read_customers"}
VISIBLE_WITHOUT_SCOPE = timedelta(days=60)
"""Without read_all_orders Shopify leaves out older orders and says nothing: https://shopify.dev/docs/api/usage/access-scopes"""

ORDERS_PAGE = 8
"""Orders with 2 agreements of 5 sales cost about 95 points each by Shopify's rule; one query may cost 1,000."""
CHECKOUTS_PAGE = 250

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
)

orders = tap.measure("orders")
orders_refunded = tap.measure("orders_refunded")
orders_returning = tap.measure("orders_returning")
buyers = tap.measure("buyers")
units_sold = tap.measure("units_sold")
gross = tap.measure("order_revenue_gross")
discounts = tap.measure("order_discounts")
tax = tap.measure("order_tax")
shipping = tap.measure("shipping")
refunds = tap.measure("order_refunds")
revenue = tap.measure("order_revenue")
checkouts_abandoned = tap.measure("checkouts_abandoned")

_Answer = TypeVar("_Answer", bound=BaseModel)


@tap.account
def account(ctx: Context) -> Account:
    """Ask which shop this is, in which zone and currency, and what the app may read."""
    reply = ctx.http.post(GRAPHQL, json={"query": SHOP}, cost=4, name="shop")
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
    feeds=[
        orders,
        orders_refunded,
        orders_returning,
        buyers,
        units_sold,
        gross,
        discounts,
        tax,
        shipping,
        refunds,
        revenue,
    ],
    every="15m",
    history="3y",
    lag="5m",
)
def read_orders(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the orders that were updated within the span.

    Shopify's search index trails its writes, hence the lag; sorting by update time is not reliable across pages of an
    open-ended query, hence a closed span.
    """
    search = updated_within(span.start, span.end)
    after = None
    while True:
        variables = {"first": ORDERS_PAGE, "after": after, "updated": search}
        page = _ask(ctx, "orders", ORDERS, variables, OrdersAnswer, cost=2 + 95 * ORDERS_PAGE).orders
        for order in page.nodes:
            yield contributions(order, _all_agreements(ctx, order))
        if not page.page_info.has_next_page:
            return
        after = page.page_info.end_cursor


@tap.records("checkouts", feeds=[checkouts_abandoned], every="1h", history="88d", lag="15m")
def read_checkouts(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the abandoned checkouts that were updated within the span; recovered ones count no longer.

    Shopify itself deletes abandoned checkouts after three months, the shortest of which are 89 days: further back, days
    would be read that are no longer whole.
    """
    search = updated_within(span.start, span.end)
    after = None
    while True:
        variables = {"first": CHECKOUTS_PAGE, "after": after, "updated": search}
        answer = _ask(ctx, "checkouts", CHECKOUTS, variables, CheckoutsAnswer, cost=2 + CHECKOUTS_PAGE)
        page = answer.abandoned_checkouts
        for checkout in page.nodes:
            record = Record(checkout.id, checkout.updated_at)
            yield record if checkout.completed_at else record.add(checkouts_abandoned, checkout.created_at, 1)
        if not page.page_info.has_next_page:
            return
        after = page.page_info.end_cursor


def contributions(order: Order, agreements: list[Agreement]) -> Record:
    """Return what an order adds, and when.

    A test order adds nothing. A cancelled order stays an order, as in Shopify's own reports; its reversal is among its
    agreements, dated by the cancellation. What an edit removes counts as paid back: Shopify calls both a return.
    """
    record = Record(order.id, order.updated_at)
    if order.test:
        return record
    place: dict[str, Any] = {
        "sales_channel": _channel(order.source_name),
        "country": order.shipping_address.country_code_v2 if order.shipping_address else None,
    }
    channel: dict[str, Any] = {"sales_channel": place["sales_channel"]}
    ordered = order.processed_at
    record.add(orders, ordered, 1, **place)
    record.member(buyers, ordered, order.customer.id if order.customer else order.id)
    if order.customer and any(first.id != order.id for first in order.customer.orders.nodes):
        record.add(orders_returning, ordered, 1, **channel)
    if any(_is_paid_back(sale) for agreement in agreements for sale in agreement.sales.nodes):
        record.add(orders_refunded, ordered, 1, **channel)
    for agreement in agreements:
        day = ordered if agreement.reason == "ORDER" else agreement.happened_at
        for sale in agreement.sales.nodes:
            _add_sale(record, day, sale, place)
    return record


def _add_sale(record: Record, day: date, sale: Sale, place: dict[str, Any]) -> None:
    """Add one sale. Gift cards, tips, duties and fees are no revenue, as in Shopify's net sales.

    Amounts of returns are negative; one that undoes a return is positive.
    """
    money = sale.total_amount.shop_money
    taxed = sale.total_tax_amount.shop_money.amount
    net = money.amount - taxed
    labels = {**place, "currency": money.currency_code}
    if sale.line_type == "SHIPPING":
        record.add(shipping, day, net, **labels)
    elif sale.line_type in ("ADJUSTMENT", "PRODUCT"):
        labels["product"] = sale.line_item.title if sale.line_item else None
        _add(record, revenue, day, net, labels)
        if sale.line_type == "ADJUSTMENT" or sale.action_type == "RETURN":
            _add(record, refunds, day, -net, labels)
        else:
            discount = sale.total_discount_amount_before_taxes.shop_money.amount
            _add(record, gross, day, net + discount, labels)
            _add(record, discounts, day, discount, labels)
            if sale.action_type == "ORDER" and sale.quantity:
                record.add(units_sold, day, sale.quantity, **place, product=labels["product"])
    else:
        return
    _add(record, tax, day, taxed, labels)


def _add(record: Record, measure: Any, day: date, amount: Decimal, labels: dict[str, Any]) -> None:
    if amount:
        record.add(measure, day, amount, **labels)


def _is_paid_back(sale: Sale) -> bool:
    """Return whether a sale gives anything back: goods, shipping, a gift card, or goodwill without goods."""
    return sale.action_type == "RETURN" and sale.total_amount.shop_money.amount < 0


def _channel(source_name: str | None) -> str:
    """Return the sales channel: ``web``, ``pos``, ``draft``; another app comes as a number, which tells nobody much."""
    if source_name == "shopify_draft_order":
        return "draft"
    return "app" if not source_name or source_name.isdigit() else source_name


def _all_agreements(ctx: Context, order: Order) -> list[Agreement]:
    """Return all agreements with all sales; a long order is read again, one agreement and 100 sales at a time."""
    page = order.agreements
    if not page.page_info.has_next_page and not any(a.sales.page_info.has_next_page for a in page.nodes):
        return page.nodes
    agreements: list[Agreement] = []
    before: str | None = None
    sales: str | None = None
    while True:
        variables = {"order": order.id, "agreement": before, "sales": sales}
        found = _ask(ctx, "agreement", AGREEMENT, variables, AgreementAnswer, cost=810).order
        if found is None:
            raise RetryLater(f"{order.id} was deleted while it was read")
        if not found.agreements.nodes:
            return agreements
        agreements.append(found.agreements.nodes[0])
        inside = found.agreements.nodes[0].sales.page_info
        if inside.has_next_page:
            sales = inside.end_cursor
            continue
        sales = None
        before = found.agreements.page_info.end_cursor
        if not found.agreements.page_info.has_next_page:
            return agreements


def _ask(
    ctx: Context, name: str, query: str, variables: dict[str, Any], answer: type[_Answer], *, cost: int
) -> _Answer:
    reply = ctx.http.post(GRAPHQL, json={"query": query, "variables": variables}, cost=cost, name=name)
    return answer.model_validate(reply.json()["data"])


def _older_orders_hidden(ctx: Context) -> Incomplete:
    return Incomplete(
        streams=("orders",),
        # The day within which those 60 days begin, at most 25 hours long, is not whole either.
        before=ctx.now - VISIBLE_WITHOUT_SCOPE + timedelta(hours=25),
        reason="Shopify hides orders older than 60 days from this app: the scope read_all_orders is missing",
        fix="Request read_all_orders for the app in the Shopify Dev Dashboard; the history is then read again",
        # A hidden order's refund belongs to the day of the refund; a hidden first order makes its customer look new.
        always=(refunds, revenue, tax, shipping, orders_refunded, orders_returning),
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
