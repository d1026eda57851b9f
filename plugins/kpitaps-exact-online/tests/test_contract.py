"""Every request of a whole reading, and every field that is read, against the documented entities of Exact Online."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from kpitaps_exact_online import payloads
from kpitaps_exact_online.payloads import Row
from kpitaps_exact_online.sandbox_queries import Query

from kpitaps.testing import Story

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READ = {
    "current/Me": payloads.Me,
    "system/Divisions": payloads.Division,
    "read/sync/Sync/SyncTimestamp": payloads.SyncTimestamp,
    "sync/Deleted": payloads.Deleted,
    "sync/Financial/GLAccounts": payloads.GLAccount,
    "sync/Financial/TransactionLines": payloads.TransactionLine,
    "sync/Cashflow/PaymentTerms": payloads.PaymentTerm,
    "sync/Project/TimeCostTransactions": payloads.TimeCost,
    "sync/Payroll/Employees": payloads.Employee,
    "sync/Subscription/Subscriptions": payloads.Subscription,
    "sync/Subscription/SubscriptionLines": payloads.SubscriptionLine,
    "subscription/SubscriptionTypes": payloads.SubscriptionType,
    "crm/Opportunities": payloads.Opportunity,
    "financial/ReportingBalance": payloads.Balance,
    "financial/FinancialPeriods": payloads.FinancialPeriod,
    "read/financial/ProfitLossOverview": payloads.ProfitLoss,
    "read/financial/OutstandingInvoicesOverview": payloads.Outstanding,
    "cashflow/Receivables": payloads.OpenItem,
    "cashflow/Payments": payloads.OpenItem,
}
"""Endpoint → the model of a row."""

TYPES = {"int": {"int"}, "float": {"Decimal"}, "string": {"str", "date", "datetime"}, "bool": {"bool"}}
"""Type in the document → what it may be read as."""

COMPARED = re.compile(r"(?:^|[ (])([A-Z]\w+) (?:eq|ne|gt|ge|lt|le) ")


@pytest.fixture(scope="session")
def entities(exact_entities: Path) -> dict[str, dict[str, str]]:
    """Give the documented fields with their types, by endpoint."""
    document = json.loads(exact_entities.read_text())
    return {
        entity["url"]: {each["name"]: each["type"] for each in entity["properties"]}
        for entity in document.values()
        if entity.get("url")
    }


@pytest.fixture(scope="module")
def requests(
    tmp_path_factory: pytest.TempPathFactory, world_of: Callable[..., Any]
) -> list[tuple[str, dict[str, str]]]:
    """Give every request of two readings of a busy quarter, an opportunity that is gone included."""
    seen: list[tuple[str, dict[str, str]]] = []
    asked = Query.__init__

    def watched(self: Query, entity: Any, given: Any) -> None:
        seen.append((entity.path, dict(given)))
        asked(self, entity, given)

    story = Story(3, date(2026, 1, 5), orders_per_day=0.1, pace=0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Query, "__init__", watched)
        with world_of(tmp_path_factory.mktemp("books"), story, datetime(2026, 4, 2, tzinfo=UTC)) as world:
            world.sandbox.books.overview_error = 5
            assert world.sync().errors == {}
            world.later(datetime(2026, 4, 3, 9, tzinfo=UTC))
    return seen


@pytest.mark.parametrize("endpoint", READ)
def test_every_field_exists(entities: dict[str, dict[str, str]], endpoint: str) -> None:
    """What is selected is documented, and read as what it is documented to be."""
    documented, model = entities[endpoint], READ[endpoint]
    for name, field in model.model_fields.items():
        assert field.alias in documented, f"{endpoint} has no {field.alias}"
        read = set(re.findall(r"\b(int|str|bool|Decimal|date|datetime)\b", str(field.annotation)))
        assert read <= TYPES[documented[field.alias]], (endpoint, name, read)


@pytest.mark.slow
def test_every_request_is_documented(
    entities: dict[str, dict[str, str]], requests: list[tuple[str, dict[str, str]]]
) -> None:
    """Each path, and each field that is selected, compared or sorted by."""
    assert {path for path, _ in requests} == set(READ)
    for path, given in requests:
        named = {*given.get("$select", "").split(","), *given.get("$orderby", "").split(",")} - {""}
        named |= set(COMPARED.findall(given.get("$filter", "")))
        assert named <= entities[path].keys(), (path, named - entities[path].keys())
        assert given["$select"] == READ[path].selected() or path.startswith(("sync/", "crm/"))


@pytest.mark.slow
def test_changes_are_asked_by_their_number_alone(requests: list[tuple[str, dict[str, str]]]) -> None:
    """Exact's documentation allows sync endpoints no other parameter than the Timestamp."""
    for path, given in requests:
        if path.startswith("sync/"):
            assert re.fullmatch(r"Timestamp gt \d+L", given["$filter"]), given
            assert not {"$top", "$orderby", "$skip"} & given.keys()


def test_every_model_of_a_row_is_checked() -> None:
    """None is left out of the table above."""
    used = {*READ.values(), payloads.Identified, payloads.Changed, payloads.Gone}
    models = {each for each in vars(payloads).values() if isinstance(each, type) and issubclass(each, Row)} - {Row}
    assert models == used


@pytest.mark.parametrize(
    ("endpoint", "model"),
    [
        ("crm/Opportunities", payloads.Identified),
        ("sync/Financial/TransactionLines", payloads.Changed),
        ("sync/Cashflow/PaymentTerms", payloads.Changed),
        ("sync/Deleted", payloads.Gone),
    ],
)
def test_other_ways_to_read_an_endpoint(entities: dict[str, dict[str, str]], endpoint: str, model: type[Row]) -> None:
    """Fewer fields of the same endpoints."""
    assert {field.alias for field in model.model_fields.values()} <= entities[endpoint].keys()
