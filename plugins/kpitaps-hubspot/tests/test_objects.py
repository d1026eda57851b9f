"""HubSpot's values, one by one: texts for everything, two ways to name a company, three ways to write an instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpitaps_hubspot.contacts import subscription
from kpitaps_hubspot.deals import contributions, in_words, worth
from kpitaps_hubspot.directory import Board, Stage
from kpitaps_hubspot.objects import _ms, _rank
from kpitaps_hubspot.paths import Paths
from kpitaps_hubspot.payloads import Row, To
from kpitaps_hubspot.settings import PortalSettings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def row(history: dict[str, list[tuple[int, str]]] | None = None, **properties: str | None) -> Row:
    """Return a record; its history is given in hours after noon, oldest first, and comes newest first."""
    past = {
        name: [{"value": value, "timestamp": NOON + timedelta(hours=hour)} for hour, value in reversed(versions)]
        for name, versions in (history or {}).items()
    }
    body: dict[str, Any] = {"id": "1", "updatedAt": NOON, "properties": properties, "propertiesWithHistory": past}
    return Row.model_validate(body)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02T12:00:00.000Z", NOON),
        ("2026-03-02T13:00:00+01:00", NOON),
        ("1772452800000", NOON),
        ("2026-03-02", NOON.replace(hour=0)),
        ("", None),
        (None, None),
    ],
)
def test_instants(text: str | None, instant: datetime | None) -> None:
    """ISO 8601, milliseconds, or a date, which is a midnight in UTC; an emptied one is none."""
    assert row(closedate=text).instant("closedate") == instant


@pytest.mark.parametrize(
    ("amount", "converted", "currency", "expected"),
    [
        ("3000", "3000", "EUR", (Decimal(3000), "")),
        ("5000.00", None, "EUR", (Decimal(5000), "")),
        ("5000.00", None, None, (Decimal(5000), "")),
        ("1000", "917.4311926605504", "USD", (Decimal("917.431193"), "")),
        ("1000", None, "USD", (Decimal(1000), "USD")),
        ("0", None, "EUR", (Decimal(0), "")),
        (None, None, "EUR", (None, "")),
        ("", "", "USD", (None, "USD")),
    ],
)
def test_what_a_deal_is_worth(
    amount: str | None, converted: str | None, currency: str | None, expected: tuple[Decimal | None, str]
) -> None:
    """HubSpot's conversion where there is one, else the amount in its own currency; no amount is not 0."""
    deal = row(amount=amount, amount_in_home_currency=converted, deal_currency_code=currency)
    assert worth(deal, "EUR") == expected


def test_changes_of_one_moment_keep_their_order() -> None:
    """An import sets a stage twice within a millisecond; HubSpot tells the newest first."""
    assert [each.value for each in row({"dealstage": [(0, "new"), (0, "won")]}).versions("dealstage")] == ["new", "won"]


def test_a_deal_that_is_closed_is_not_open_until_its_close_date() -> None:
    """A close date may lie in the future; a deal that is closed left the pipeline when it was closed."""
    new, won = (
        Stage("Nieuw", "Verkoop", Decimal(0), is_closed=False),
        Stage("Won", "Verkoop", Decimal(1), is_closed=True),
    )
    history = {"dealstage": [(0, "new"), (24, "won")]}
    values = {"createdate": NOON.isoformat(), "closedate": "2026-06-01T12:00:00Z", "dealstage": "won"}
    board = Board({"1": "Verkoop"}, {"new": new, "won": won})
    entries = contributions(in_words(row(history, **values), board, {}, "EUR"), board).entries
    moves = [(entry.day, entry.numerator) for entry in entries if entry.measure.key == "deals_open"]
    assert moves == [(NOON, 1_000_000), (NOON + timedelta(hours=24), -1_000_000)]


def test_object_types_have_names() -> None:
    """An id takes the place of HubSpot's own; a name that there is not would never be used."""
    settings = PortalSettings.model_validate({"object_types": "deals=2-1234567"})
    assert Paths("2026-03", settings.object_types).search("deals") == "/crm/objects/2026-03/2-1234567/search"
    with pytest.raises(ValueError, match="deal: the object types are contacts"):
        PortalSettings.model_validate({"object_types": "deal=2-1234567"})


@pytest.mark.parametrize(
    "companies",
    [
        [
            {"id": "11", "type": "deal_to_company_unlabeled"},
            {"id": "22", "type": "deal_to_company_unlabeled"},
            {"id": "22", "type": "deal_to_company"},
        ],
        [
            {"toObjectId": "11", "associationTypes": [{"typeId": 341}]},
            {"toObjectId": 22, "associationTypes": [{"typeId": 341}, {"typeId": 5}]},
        ],
    ],
)
def test_the_primary_company_is_the_customer(companies: list[Any]) -> None:
    """Whether it is marked by a name (v3) or by a number (the dated versions)."""
    assert min((To.model_validate(each) for each in companies), key=_rank).company == "22"


@given(st.integers(0, 4 * 10**15).map(lambda micros: EPOCH + timedelta(microseconds=micros)))
def test_a_window_in_milliseconds_is_never_too_narrow(instant: datetime) -> None:
    """It begins at or before the instant, ends at or after it, and is off by less than one millisecond."""
    exact = (instant - EPOCH) / timedelta(milliseconds=1)
    assert _ms(instant) <= exact <= _ms(instant, up=True)
    assert _ms(instant, up=True) - _ms(instant) <= 1


@pytest.mark.parametrize(
    ("history", "properties", "changes"),
    [
        ({"hs_marketable_status": [(0, "true")]}, {}, [(0, True)]),
        ({"hs_marketable_status": [(0, "true")], "hs_email_optout": [(5, "true")]}, {}, [(0, True), (5, False)]),
        (
            {"hs_marketable_status": [(0, "false"), (3, "true"), (9, "false")]},
            {},
            [(0, False), (3, True), (9, False)],
        ),
        (
            {"hs_email_optout": [(2, "true"), (4, "false")]},
            {"lifecyclestage": "subscriber"},
            [(0, True), (2, False), (4, True)],
        ),
        ({}, {"lifecyclestage": "lead"}, []),
    ],
)
def test_who_receives_the_emails(history: Any, properties: dict[str, str], changes: list[tuple[int, bool]]) -> None:
    """Marketing contacts who have not opted out; without marketing contacts, subscribers by lifecycle stage."""
    if statuses := history.get("hs_marketable_status"):
        properties = {**properties, "hs_marketable_status": statuses[-1][1]}
    found = list(subscription(row(history, **properties), NOON))
    assert found == [(NOON + timedelta(hours=hour), receives) for hour, receives in changes]
