"""What the tap asks and reads, and what the sandbox answers, held against the OpenAPI document of Teamleader."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, get_args, get_origin

import pytest
import yaml
from kpitaps_teamleader import payloads
from kpitaps_teamleader.sandbox import Sandbox
from kpitaps_teamleader.sandbox_operations import OPERATIONS
from pydantic import BaseModel

from kpitaps.testing import Story
from kpitaps.testing.story import ExpenseBooked, ExpensePaid, Sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

READS: dict[str, tuple[type[BaseModel], bool]] = {
    "users.me": (payloads.Me, False),
    "users.list": (payloads.User, True),
    "departments.list": (payloads.Department, True),
    "customFieldDefinitions.info": (payloads.FieldDefinition, False),
    "accounts.projects-v2-status": (payloads.ProjectsVersion, False),
    "invoices.list": (payloads.InvoiceRow, True),
    "invoices.info": (payloads.Invoice, False),
    "creditNotes.list": (payloads.CreditNote, True),
    "deals.list": (payloads.DealRow, True),
    "deals.info": (payloads.Deal, False),
    "dealPipelines.list": (payloads.Named, True),
    "dealPhases.list": (payloads.Phase, True),
    "dealSources.list": (payloads.Named, True),
    "meetings.list": (payloads.Meeting, True),
    "expenses.list": (payloads.Expense, True),
    "incomingInvoices.listPayments": (payloads.ExpensePayment, True),
    "incomingCreditNotes.listPayments": (payloads.ExpensePayment, True),
    "subscriptions.list": (payloads.Subscription, True),
    "tickets.list": (payloads.TicketRow, True),
    "tickets.listMessages": (payloads.Message, True),
    "ticketStatus.list": (payloads.TicketStatus, True),
    "timeTracking.list": (payloads.Hours, True),
    "projects-v2/projects.list": (payloads.Project, True),
}
"""Operation → what is read of it, and whether it is a list; `tickets.info` is read without a model."""


class Contract:
    """The document, with allOf folded and references resolved."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def request(self, operation: str) -> dict[str, Any]:
        """Return the schema of a request's body; empty where it takes none."""
        body = self.document["paths"][f"/{operation}"]["post"].get("requestBody")
        return self.folded(body["content"]["application/json"]["schema"]) if body else {}

    def answer(self, operation: str) -> dict[str, Any]:
        """Return the schema of a good answer."""
        good = self.document["paths"][f"/{operation}"]["post"]["responses"]["200"]
        return self.folded(good["content"]["application/json"]["schema"])

    def folded(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return a schema with its references and allOf merged into it."""
        while "$ref" in schema:
            found: Any = self.document
            for name in schema["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            schema = found
        merged: dict[str, Any] = {"properties": {}, "required": [], "nullable": False}
        for part in (*map(self.folded, schema.get("allOf", ())), schema):
            for name, found in part.get("properties", {}).items():
                known = merged["properties"].get(name)
                merged["properties"][name] = {"allOf": [known, found]} if known else found
            merged["required"] += part.get("required", [])
            merged["nullable"] |= part.get("nullable", False)
            merged |= {name: part[name] for name in ("type", "enum", "items", "oneOf") if part.get(name) is not None}
        return merged

    def faults(self, value: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
        """Yield what is wrong with a value: each key must be known, each value of its type."""
        schema = self.folded(schema)
        if value is None:
            if not schema["nullable"]:
                yield f"{path} is null"
        elif "oneOf" in schema:
            if all(list(self.faults(value, each, path)) for each in schema["oneOf"]):
                yield f"{path} is none of what it may be: {value!r}"
        elif isinstance(value, dict):
            yield from self._object_faults(value, schema, path)
        elif isinstance(value, list):
            for each in value:
                yield from self.faults(each, schema.get("items", {"type": "list"}), f"{path}[]")
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{path} is {value!r}, not one of {schema['enum']}"
        elif schema.get("type", _names(value)[0]) not in _names(value):
            yield f"{path} is {value!r}, not a {schema.get('type')}"

    def _object_faults(self, value: dict[str, Any], schema: dict[str, Any], path: str) -> Iterator[str]:
        yield from (f"{path}.{name} is missing" for name in schema["required"] if name not in value)
        for name, each in value.items():
            if name in schema["properties"]:
                yield from self.faults(each, schema["properties"][name], f"{path}.{name}")
            else:
                yield f"{path}.{name} is unknown"


def _names(value: Any) -> tuple[str, ...]:
    if isinstance(value, bool):
        return ("boolean",)
    if isinstance(value, str):
        return ("string",)
    return ("number", "integer") if isinstance(value, int) else ("number",)


@pytest.fixture(scope="session")
def contract(teamleader_openapi: Path) -> Contract:
    return Contract(yaml.load(teamleader_openapi.read_bytes(), Loader=yaml.CSafeLoader))


@pytest.fixture(scope="module")
def traffic(
    tmp_path_factory: pytest.TempPathFactory, world_of: Callable[..., Any]
) -> dict[str, list[tuple[dict[str, Any], Any]]]:
    """Every request that a whole reading of a busy half year makes, with its answer, by operation."""
    seen: defaultdict[str, list[tuple[dict[str, Any], Any]]] = defaultdict(list)
    answer = Sandbox._answer

    def watched(self: Sandbox, operation: str, content: bytes, request: Any) -> dict[str, Any]:
        found = answer(self, operation, content, request)
        seen[operation].append((json.loads(content or b"{}"), json.loads(json.dumps(found))))
        return found

    story = Story(3, date(2025, 10, 1), orders_per_day=0.1, pace=0.7)
    # Suppliers seldom pay back what they credited.
    booked = datetime(2026, 2, 2, 12, tzinfo=UTC)
    note = ExpenseBooked(booked, story.office.next_id(), "credit", "Boer", "C1", booked.date(), None, None, Sum(4_000))
    story.office.append(note)
    story.office.append(ExpensePaid(booked, note.expense, 4_000, booked.date()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "_answer", watched)
        with world_of(tmp_path_factory.mktemp("home"), story, datetime(2026, 3, 30, 12, tzinfo=UTC)) as inside:
            assert inside.sync().errors == {}
            inside.later(datetime(2026, 3, 31, 12, tzinfo=UTC))
    return seen


@pytest.mark.slow
def test_every_request_is_in_the_contract(contract: Contract, traffic: dict[str, list[tuple[Any, Any]]]) -> None:
    """Each path, body key, filter, sort field and include exists: what does not would be ignored without a word."""
    assert traffic.keys() >= READS.keys() - {"projects.list"}
    faults = [
        f"{operation}: {fault}"
        for operation, exchanges in traffic.items()
        for asked, _ in exchanges
        for fault in contract.faults(asked, contract.request(operation))
    ]
    assert faults == []


def test_includes_are_documented(contract: Contract, teamleader_openapi: Path) -> None:
    """The one include that is asked for is in the contract's words; includes are text there, not a list."""
    del contract
    assert "Only included with request parameter `includes=relates_to`" in teamleader_openapi.read_text()


@pytest.mark.slow
def test_every_answer_is_in_the_contract(contract: Contract, traffic: dict[str, list[tuple[Any, Any]]]) -> None:
    """The sandbox answers nothing that Teamleader could not: no key, type, null or word of its own."""
    faults = {
        f"{operation}{fault}"
        for operation, exchanges in traffic.items()
        for _, answer in exchanges
        for fault in contract.faults(answer, contract.answer(operation))
    }
    assert sorted(faults) == []


@pytest.mark.parametrize("operation", READS)
def test_every_field_that_is_read_is_in_the_contract(contract: Contract, operation: str) -> None:
    """Each field of the models exists, and may be absent here where it may be null there."""
    model, is_list = READS[operation]
    data = contract.folded(contract.answer(operation)["properties"]["data"])
    assert list(_unread(contract, model, contract.folded(data["items"]) if is_list else data, operation)) == []


def test_no_operation_is_left_out(contract: Contract) -> None:
    """All that the sandbox knows exists, and all that is read is listed above."""
    assert {f"/{operation}" for operation in OPERATIONS} <= contract.document["paths"].keys()
    assert OPERATIONS.keys() - READS.keys() == {"tickets.info", "receipts.listPayments"}


def test_the_sandbox_knows_no_filter_of_its_own(contract: Contract) -> None:
    """Filters, sorts and includes that it applies are those of the contract."""
    for operation, known in OPERATIONS.items():
        body = contract.request(operation).get("properties", {})
        filters = contract.folded(body["filter"])["properties"] if "filter" in body else {}
        assert set(getattr(known, "filters", ())) <= set(filters), operation
        sort = contract.folded(contract.folded(body["sort"])["items"])["properties"]["field"] if "sort" in body else {}
        assert set(getattr(known, "sorts", ())) <= set(contract.folded(sort).get("enum") or ["name"]), operation


def test_null_and_absent_are_one() -> None:
    """What has no value may be null or left out: the contract knows both, and so do the models."""
    base = {
        "id": "1",
        "status": "open",
        "created_at": "2026-01-01T00:00:00+00:00",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    nulls = dict.fromkeys(("lead", "responsible_user", "closed_at", "estimated_value", "pipeline", "source"))
    assert payloads.Deal.model_validate(base) == payloads.Deal.model_validate({**base, **nulls})


@pytest.mark.parametrize(
    ("written", "amount"), [("123.3", "123.3"), ("123.29999999999999", "123.3"), ("999999999999.99", "999999999999.99")]
)
def test_amounts_are_read_from_their_text(written: str, amount: str) -> None:
    """No cent is lost, also where PHP writes a number with 17 digits."""
    money = payloads.Money.model_validate_json(f'{{"amount": {written}, "currency": "EUR"}}')
    assert format(money.amount, "f") == amount


def _unread(contract: Contract, model: type[BaseModel], schema: dict[str, Any], path: str) -> Iterator[str]:
    """Yield the fields of a model that the schema does not have, or whose null the model would not stand."""
    for name, field in model.model_fields.items():
        here = f"{path}.{field.alias or name}"
        if (found := schema["properties"].get(field.alias or name)) is None:
            yield f"{here} is unknown"
            continue
        inner = contract.folded(found)
        if inner["nullable"] and type(None) not in get_args(field.annotation):
            yield f"{here} may be null"
        for each in _models(field.annotation):
            part = contract.folded(inner["items"]) if get_origin(field.annotation) is list else inner
            part = contract.folded(part["oneOf"][0]) if "oneOf" in part else part
            yield from _unread(contract, each, part, here)


def _models(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]
