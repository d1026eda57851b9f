"""What the Exact Online sandbox shows, held against the list of Exact's entities and their properties."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_exact_online.sandbox_entities import ENTITIES, ME, OUTER
from kpitaps_exact_online.sandbox_wire import Kind

if TYPE_CHECKING:
    from pathlib import Path

    from kpitaps_exact_online.sandbox_queries import Entity

TYPES = {
    Kind.GUID: "string",
    Kind.TEXT: "string",
    Kind.DATE: "string",
    Kind.WHOLE: "int",
    Kind.LONG: "int",
    Kind.NUMBER: "float",
    Kind.FLAG: "bool",
}
TWINS = {"bulk/Financial/TransactionLines": "financialtransaction/TransactionLines"}
"""Lists that the document does not have, and those whose rows they show."""


@pytest.fixture(scope="module")
def documented(exact_entities: Path) -> dict[str, dict[str, str]]:
    """Return the types of all properties, by path and name."""
    document: dict[str, Any] = json.loads(exact_entities.read_text())
    return {
        entity["url"]: {each["name"]: each["type"] for each in entity["properties"]} for entity in document.values()
    }


@pytest.mark.parametrize("entity", [*ENTITIES, *OUTER, ME], ids=lambda entity: entity.path)
def test_every_property_is_one_of_exacts_own(entity: Entity, documented: dict[str, dict[str, str]]) -> None:
    """Each list is documented, and each of its properties is, with a type that fits."""
    known = documented[TWINS.get(entity.path, entity.path)]
    assert {name: TYPES[field.kind] for name, field in entity.fields.items()} == {
        name: known.get(name) for name in entity.fields
    }


def test_sync_endpoints_have_a_version(documented: dict[str, dict[str, str]]) -> None:
    """Those of Exact that tell what changed have a timestamp, and so have those here."""
    assert {entity.path for entity in ENTITIES if "Timestamp" in entity.fields} == {
        entity.path for entity in ENTITIES if entity.by_version
    }
    assert all("Timestamp" in documented[entity.path] for entity in ENTITIES if entity.by_version)
