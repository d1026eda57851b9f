"""What the tap asks, held against the schema that Shopify publishes, and against what the tap then reads."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, get_args

import pytest
from graphql import (
    FieldNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    build_client_schema,
    get_named_type,
    is_leaf_type,
    parse,
    validate,
)
from kpitaps_shopify import checkouts, orders, payloads, queries
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUERIES = {
    "SHOP": (queries.SHOP, payloads.ShopAnswer, 0),
    "ORDERS": (queries.ORDERS, payloads.OrdersAnswer, orders.PAGE),
    "ORDER_IDS": (queries.ORDER_IDS, payloads.OrderIdsAnswer, orders.IDS_PAGE),
    "AGREEMENT": (queries.AGREEMENT, payloads.AgreementAnswer, 0),
    "CHECKOUTS": (queries.CHECKOUTS, payloads.CheckoutsAnswer, checkouts.PAGE),
}
COSTS = {
    "SHOP": 4,
    "ORDERS": 2 + 95 * orders.PAGE,
    "ORDER_IDS": 2 + orders.IDS_PAGE,
    "AGREEMENT": 810,
    "CHECKOUTS": 2 + checkouts.PAGE,
}
"""What the tap reserves of the budget before it asks."""


@pytest.fixture(scope="module")
def published(shopify_schema: Path) -> GraphQLSchema:
    document = json.loads(gzip.decompress(shopify_schema.read_bytes()))
    return build_client_schema(document["data"], assume_valid=True)


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_is_valid(published: GraphQLSchema, name: str) -> None:
    """Shopify knows every field, argument and variable of every query; none is left out of this test."""
    assert validate(published, parse(QUERIES[name][0])) == []
    written = {key for key, value in vars(queries).items() if isinstance(value, str) and value.strip()[:5] == "query"}
    assert written == set(QUERIES)


@pytest.mark.parametrize("name", QUERIES)
def test_no_query_uses_what_is_deprecated(published: GraphQLSchema, name: str) -> None:
    """No field that is asked for is announced to go."""
    for kind, field, _ in _fields(published, QUERIES[name][0]):
        assert kind.fields[field].deprecation_reason is None, f"{kind.name}.{field}"


@pytest.mark.parametrize("name", QUERIES)
def test_every_field_that_is_read_is_asked_for(name: str) -> None:
    """Each field of the answer's models is in the query, and the query asks for nothing that nobody reads."""
    query, answer, _ = QUERIES[name]
    operation = parse(query).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    assert set(_read(answer)) == set(_asked(operation.selection_set))


@pytest.mark.parametrize("name", QUERIES)
def test_what_may_be_null_may_be_null_here(published: GraphQLSchema, name: str) -> None:
    """Where Shopify's schema allows null, so do the models: such an answer is no bug of the tap."""
    query, answer, _ = QUERIES[name]
    nullable = {path for kind, field, path in _fields(published, query) if str(kind.fields[field].type)[-1] != "!"}
    optional = {path for path, is_optional in _read(answer).items() if is_optional}
    assert nullable <= optional


@pytest.mark.parametrize("name", QUERIES)
def test_no_query_costs_more_than_one_may(published: GraphQLSchema, name: str) -> None:
    """By Shopify's rule (an object 1; a connection 2 and its nodes) each costs what the tap reserves, at most 1,000."""
    query, _, first = QUERIES[name]
    operation = parse(query).definitions[0]
    cost = _cost(published, published.query_type, operation.selection_set, first)  # type: ignore[union-attr]
    assert cost <= COSTS[name] <= 1_000


def test_the_version_is_the_schemas(shopify_schema: Path) -> None:
    """The queries are sent to the version that they were checked against."""
    assert shopify_schema.name == f"admin_{queries.API_VERSION}.json.gz"


@pytest.mark.parametrize("enum", ["SaleActionType", "SaleLineType", "OrderActionType"])
def test_the_words_that_the_tap_knows_are_shopifys(published: GraphQLSchema, enum: str) -> None:
    """Every word that the tap compares with is a value of the enum that it stands for."""
    known = {
        "SaleActionType": {"ORDER", "RETURN"},
        "SaleLineType": {"PRODUCT", "SHIPPING", "ADJUSTMENT"},
        "OrderActionType": {"ORDER"},
    }
    assert known[enum] <= set(published.type_map[enum].values)  # type: ignore[attr-defined]


def test_the_searches_name_fields_that_shopify_filters_by(published: GraphQLSchema) -> None:
    """A search field that Shopify does not know is ignored without an error: each one must be documented."""
    root = published.query_type
    assert root is not None
    customer: Any = published.type_map["Customer"]
    for field, term in (
        (root.fields["orders"], "updated_at"),
        (root.fields["orders"], "id"),
        (root.fields["abandonedCheckouts"], "updated_at"),
        (customer.fields["orders"], "test"),
    ):
        assert f"| {term} |" in field.args["query"].description


def _fields(schema: GraphQLSchema, query: str) -> Iterator[tuple[Any, str, str]]:
    """Yield the type, the name and the path of each field that is asked for."""

    def walk(kind: Any, selections: Any, path: str) -> Iterator[tuple[Any, str, str]]:
        for node in selections.selections:
            if isinstance(node, InlineFragmentNode):
                assert node.type_condition is not None
                yield from walk(schema.type_map[node.type_condition.name.value], node.selection_set, path)
            elif isinstance(node, FieldNode) and node.name.value != "__typename":
                name = node.name.value
                yield kind, name, f"{path}.{name}"
                if node.selection_set:
                    yield from walk(get_named_type(kind.fields[name].type), node.selection_set, f"{path}.{name}")

    operation = parse(query).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    yield from walk(schema.query_type, operation.selection_set, "")


def _asked(selections: Any, path: str = "") -> Iterator[str]:
    for node in selections.selections:
        if isinstance(node, InlineFragmentNode):
            yield from _asked(node.selection_set, path)
            continue
        here = f"{path}.{node.name.value}"
        yield here
        if node.selection_set:
            yield from _asked(node.selection_set, here)


def _read(model: Any, path: str = "") -> dict[str, bool]:
    """Return the paths that a model reads, and whether each may be null."""
    found: dict[str, bool] = {}
    for name, field in model.model_fields.items():
        here = f"{path}.{field.alias or name}"
        found[here] = type(None) in get_args(field.annotation)
        for inner in _models(field.annotation):
            found |= _read(inner, here)
    return found


def _models(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]


def _cost(schema: GraphQLSchema, kind: Any, selections: Any, first: int) -> int:
    """Return the points of a selection; ``first`` stands for the variable of that name."""
    cost = 0
    for node in selections.selections:
        if isinstance(node, InlineFragmentNode):
            assert node.type_condition is not None
            cost += _cost(schema, schema.type_map[node.type_condition.name.value], node.selection_set, first)
            continue
        if node.name.value == "__typename" or is_leaf_type(named := get_named_type(kind.fields[node.name.value].type)):
            continue
        if not named.name.endswith("Connection"):
            cost += 1 + _cost(schema, named, node.selection_set, first)
            continue
        rows = next(each for each in node.selection_set.selections if each.name.value == "nodes")
        asked = next(each.value for each in node.arguments if each.name.value == "first")
        number = int(asked.value) if hasattr(asked, "value") else first
        inner = get_named_type(named.fields["nodes"].type)  # type: ignore[union-attr]
        cost += 2 + number * (1 + _cost(schema, inner, rows.selection_set, first))
    return cost
