"""The executor: fragments, aliases, variables, connections, refusals and what a query costs."""

from __future__ import annotations

from typing import Any

import pytest

from kpitaps.testing.graphql import Executor, Refusal, refusal
from kpitaps.testing.pages import page_of

SDL = """
schema { query: QueryRoot }
type QueryRoot { shop: Shop! pets(first: Int, after: String): PetConnection! secret: Shop tags: [Tag!]! }
type Shop { id: ID! name: String! }
type Tag { name: String! }
interface Pet { id: ID! owner: Shop }
type Cat implements Pet { id: ID! owner: Shop lives: Int! }
type Dog implements Pet { id: ID! owner: Shop barks: Boolean! }
type PetConnection { nodes: [Pet!]! edges: [PetEdge!]! pageInfo: PageInfo! }
type PetEdge { node: Pet! cursor: String! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
"""
SHOP = {"id": "1", "name": "De Kade"}
PETS: list[dict[str, Any]] = [
    {"__typename": "Cat", "id": "1", "owner": SHOP, "lives": 9},
    {"__typename": "Dog", "id": "2", "owner": None, "barks": True},
    {"__typename": "Cat", "id": "3", "owner": SHOP, "lives": 7},
]


def _refuse(_: Any) -> Any:
    raise refusal("no", "ACCESS_DENIED")


ROOT = {
    "shop": SHOP,
    "pets": lambda args: page_of(PETS, [("", 1), ("", 2), ("", 3)], args),
    "secret": _refuse,
    "tags": [{"name": "a"}, {"name": _refuse}],
}


def _run(query: str, **variables: Any) -> Any:
    return Executor(SDL).prepare(query, variables).run(ROOT).data


def test_aliases_fragments_and_merged_selections_are_resolved() -> None:
    """Fields asked for in several places are merged; fragments apply by type or interface."""
    data = _run("""
      query { s: shop { id } s: shop { ...Name }
        pets(first: 3) { nodes { __typename ... on Pet { id } ... on Cat { lives } ... on Dog { barks } } } }
      fragment Name on Shop { name }
    """)
    assert data["s"] == SHOP
    assert data["pets"]["nodes"][:2] == [
        {"__typename": "Cat", "id": "1", "lives": 9},
        {"__typename": "Dog", "id": "2", "barks": True},
    ]


def test_connections_page_by_cursor() -> None:
    """Nodes, edges and pageInfo agree on where a page ends."""
    query = """query($after: String) { pets(first: 2, after: $after) {
      nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    first = _run(query)["pets"]
    assert [edge["node"] for edge in first["edges"]] == first["nodes"]
    assert first["pageInfo"]["endCursor"] == first["edges"][-1]["cursor"]
    second = _run(query, after=first["pageInfo"]["endCursor"])["pets"]
    assert second["nodes"] == [{"id": "3"}]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)


def test_directives_leave_fields_out() -> None:
    """@skip and @include are obeyed, by variable."""
    query = "query($no: Boolean!) { shop { id @skip(if: $no) name @include(if: $no) } }"
    assert _run(query, no=True) == {"shop": {"name": "De Kade"}}
    assert _run(query, no=False) == {"shop": {"id": "1"}}


def test_an_unknown_field_is_refused_in_shopifys_words() -> None:
    """The error says which field on which type, where in the text, and along which path."""
    with pytest.raises(Refusal) as caught:
        Executor(SDL).prepare("query Pets { pets(first: 1) { nodes { ... on Cat { colour } } } }")
    assert caught.value.errors == [
        {
            "message": "Field 'colour' doesn't exist on type 'Cat'",
            "locations": [{"line": 1, "column": 52}],
            "path": ["query Pets", "pets", "nodes", "... on Cat", "colour"],
            "extensions": {"code": "undefinedField", "typeName": "Cat", "fieldName": "colour"},
        }
    ]


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ shop { id }", {}, "parseError"),
        ("{ shop }", {}, "invalidDocument"),
        ("{ pets(last: 3) { nodes { id } } }", {}, "invalidDocument"),
        ("query($n: Int!) { pets(first: $n) { nodes { id } } }", {"n": "many"}, "INVALID_VARIABLE"),
        ("query($n: Int!) { pets(first: $n) { nodes { id } } }", {}, "INVALID_VARIABLE"),
        ("query A { shop { id } } query B { shop { id } }", {}, "BAD_REQUEST"),
    ],
)
def test_what_is_wrong_before_it_runs_is_refused(query: str, variables: dict[str, Any], code: str) -> None:
    """Syntax, unknown arguments, missing or ill-typed variables and an unclear operation are errors."""
    with pytest.raises(Refusal) as caught:
        Executor(SDL).prepare(query, variables)
    assert caught.value.errors[0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("query", "path"), [("{ x: secret { id } }", ["x"]), ("{ tags { name } }", ["tags", 1, "name"])]
)
def test_a_refusal_knows_where_it_arose(query: str, path: list[str | int]) -> None:
    """The path names the response keys and the index in a list."""
    with pytest.raises(Refusal) as caught:
        _run(query)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("query", "requested", "actual"),
    [
        ("{ shop { id name } }", 1, 1),
        ("{ pets(first: 10) { nodes { id } } }", 12, 5),
        ("{ pets(first: 10) { edges { node { id } cursor } pageInfo { hasNextPage } } }", 12, 5),
        ("{ pets(first: 10) { nodes { id owner { id } } } }", 22, 7),
        ("{ pets(first: 2) { nodes { ... on Cat { owner { id } } } } }", 6, 5),
    ],
)
def test_a_query_costs_by_what_it_asks_and_is_charged_by_what_it_gets(query: str, requested: int, actual: int) -> None:
    """An object is 1, a connection 2 and its nodes, a scalar nothing; an interface costs its dearest type."""
    prepared = Executor(SDL).prepare(query)
    assert (prepared.cost, prepared.run(ROOT).cost) == (requested, actual)
