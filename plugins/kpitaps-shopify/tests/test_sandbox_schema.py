"""The sandbox held against the schema that Shopify publishes."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLSchema,
    build_client_schema,
    build_schema,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    parse,
    validate,
)
from kpitaps_shopify.sandbox_root import Root
from kpitaps_shopify.sandbox_schema import SDL
from kpitaps_shopify.sandbox_shop import Shop

from kpitaps.testing import Faults, Story
from kpitaps.testing.graphql import Executor

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2025, 12, 1, 12, tzinfo=UTC)
MONEY = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
SALE = f"""__typename id actionType lineType quantity totalAmount {MONEY} totalTaxAmount {MONEY}
  totalDiscountAmountBeforeTaxes {MONEY} totalDiscountAmountAfterTaxes {MONEY}
  ... on ProductSale {{ lineItem {{ id title name quantity isGiftCard }} }}
  ... on GiftCardSale {{ lineItem {{ id title name quantity isGiftCard }} }}"""
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
BROAD = f"""query Broad {{
  shop {{ id name myshopifyDomain ianaTimezone currencyCode }}
  currentAppInstallation {{ id accessScopes {{ handle description }} }}
  abandonedCheckouts(first: 250, sortKey: CREATED_AT) {{
    nodes {{ id name createdAt updatedAt completedAt }} edges {{ cursor node {{ id }} }} {PAGE} }}
  orders(first: 250, sortKey: UPDATED_AT, query: "test:false", reverse: true) {{ {PAGE} edges {{ cursor }}
    nodes {{ __typename id name createdAt processedAt updatedAt cancelledAt test sourceName currencyCode
      presentmentCurrencyCode taxesIncluded shippingAddress {{ countryCodeV2 }}
      totalPriceSet {MONEY} currentTotalPriceSet {MONEY} totalRefundedSet {MONEY}
      customer {{ id numberOfOrders orders(first: 3, sortKey: PROCESSED_AT) {{ nodes {{ id processedAt }} }} }}
      agreements(first: 10) {{ {PAGE} nodes {{ __typename id happenedAt reason
        ... on OrderAgreement {{ order {{ id }} }}
        sales(first: 60) {{ {PAGE} nodes {{ {SALE} }} }} }} }} }} }} }}"""


@pytest.fixture(scope="module")
def published(shopify_schema: Path) -> GraphQLSchema:
    document = json.loads(gzip.decompress(shopify_schema.read_bytes()))
    return build_client_schema(document.get("data", document), assume_valid=True)


@pytest.fixture(scope="module")
def answer() -> dict[str, Any]:
    """What the sandbox answers to a query for all it knows, with all its kinds of events."""
    story = Story(founded=date(2025, 9, 1), orders_per_day=25)
    shop = Shop(story)
    shop.move_to(NOW)
    root = Root(
        shop,
        story,
        now=NOW,
        host="x.myshopify.com",
        scopes=("read_orders", "read_all_orders", "read_customers"),
        checkouts_kept=timedelta(days=90),
        faults=Faults(),
        path="",
    )
    return Executor(SDL).prepare(BROAD).run(root.source()).data


def test_every_field_and_argument_is_shopifys(published: GraphQLSchema) -> None:
    """Names, types and arguments of the sandbox's schema are those that Shopify publishes."""
    ours = build_schema(SDL)
    for name, kind in ours.type_map.items():
        if name.startswith("__") or not hasattr(kind, "fields"):
            continue
        theirs = published.type_map[name].fields  # type: ignore[attr-defined]
        for field_name, field in kind.fields.items():
            assert str(theirs[field_name].type) == str(field.type), f"{name}.{field_name}"
            for argument_name, argument in field.args.items():
                assert str(theirs[field_name].args[argument_name].type) == str(argument.type)
                assert theirs[field_name].args[argument_name].default_value == argument.default_value


def test_every_enum_value_and_interface_is_shopifys(published: GraphQLSchema) -> None:
    """The sandbox has no sort key, reason or kind of sale that Shopify has not."""
    ours = build_schema(SDL)
    for name, kind in ours.type_map.items():
        if name.startswith("__"):
            continue
        if is_enum_type(kind):
            assert set(kind.values) <= set(published.type_map[name].values), name  # type: ignore[attr-defined]
        theirs = {each.name for each in getattr(published.type_map.get(name), "interfaces", ())}
        assert {each.name for each in getattr(kind, "interfaces", ())} <= theirs, name


def test_a_broad_answer_fits_the_published_types(published: GraphQLSchema, answer: dict[str, Any]) -> None:
    """Every value has the type Shopify publishes for it: nothing missing, no null where none may be, enums known."""
    document = parse(BROAD)
    assert validate(published, document) == []
    checked = _Checked(published)
    checked.object(published.query_type, answer, "query")
    assert checked.leaves > 10_000


def test_a_broad_answer_shows_every_kind_of_agreement_and_sale(answer: dict[str, Any]) -> None:
    """Orders, edits, refunds, returns; products, gift cards, shipping, adjustments; bought and taken back."""
    agreements = [each for order in answer["orders"]["nodes"] for each in order["agreements"]["nodes"]]
    assert {each["__typename"] for each in agreements} == {
        "OrderAgreement",
        "OrderEditAgreement",
        "RefundAgreement",
        "ReturnAgreement",
    }
    sales = [sale for each in agreements for sale in each["sales"]["nodes"]]
    kinds = {"ProductSale", "GiftCardSale", "ShippingLineSale", "AdjustmentSale"}
    assert {sale["__typename"] for sale in sales} == kinds
    for sale in sales:
        if sale["__typename"] != "AdjustmentSale":
            assert (sale["quantity"] < 0) == (sale["actionType"] == "RETURN")
            assert float(sale["totalAmount"]["shopMoney"]["amount"]) * sale["quantity"] >= 0


class _Checked:
    """Walks an answer beside the schema; keys are field names, as the query has no aliases."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.leaves = 0

    def object(self, kind: Any, value: dict[str, Any], path: str) -> None:
        kind = self.schema.type_map[value["__typename"]] if "__typename" in value else kind
        for key, inner in value.items():
            if key != "__typename":
                self.value(kind.fields[key].type, inner, f"{path}.{key}")

    def value(self, kind: Any, value: Any, path: str) -> None:
        if is_non_null_type(kind):
            assert value is not None, path
            kind = kind.of_type
        if value is None:
            return
        if is_list_type(kind):
            for index, each in enumerate(value):
                self.value(kind.of_type, each, f"{path}[{index}]")
        elif is_leaf_type(get_named_type(kind)):
            self.leaves += 1
            assert is_enum_type(kind) <= (value in getattr(kind, "values", ())), f"{path}: {value}"
            assert {"Int": int, "Boolean": bool}.get(kind.name, str) is type(value), f"{path}: {value!r}"
        else:
            self.object(kind, value, path)
