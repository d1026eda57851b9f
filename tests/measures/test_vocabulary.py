"""The shared vocabulary."""

from __future__ import annotations

import re

import pytest

from kpitaps.measures import VOCABULARY, Measure
from kpitaps.units import Good, Kind, Unit

TARGET_LABELS = {"job", "instance", "company", "window", "kpi", "type", "region", "zone", "customer", "owner", "stage"}


@pytest.mark.parametrize("measure", VOCABULARY.values(), ids=lambda measure: measure.key)
def test_every_measure_is_described_in_both_languages(measure: Measure) -> None:
    """A measure has a name and one sentence in English and in Dutch, and says by what it is dated."""
    for names in (measure.en, measure.nl):
        assert names.name
        assert re.fullmatch(r"[A-Z0-9].*\.", names.definition)
        assert ". " not in names.definition
    assert measure.en.definition != measure.nl.definition
    assert measure.dated_by


@pytest.mark.parametrize("measure", VOCABULARY.values(), ids=lambda measure: measure.key)
def test_no_label_clashes_with_what_prometheus_adds(measure: Measure) -> None:
    """Labels are plain names that no scrape and no series of ours carries already."""
    assert not TARGET_LABELS & set(measure.labels)
    assert all(re.fullmatch(r"[a-z][a-z_]*", label) for label in measure.labels)


UP, DOWN = Good.UP, Good.DOWN
DEAL, LINE, TRAFFIC = "rep pipeline", "sales_channel country product", "traffic_channel"
TICKET, WORK = "category contact_channel", "rep project"
TABLE = [
    (Unit.MONEY, Kind.FLOW, UP, "product rep", "revenue"),
    (Unit.MONEY, Kind.FLOW, UP, "", "revenue_incl_vat other_income interest_income cash_in mrr_new"),
    (Unit.MONEY, Kind.FLOW, UP, DEAL, "deals_won_value"),
    (Unit.MONEY, Kind.FLOW, UP, LINE, "order_revenue_gross order_tax shipping order_revenue"),
    (Unit.MONEY, Kind.FLOW, UP, TRAFFIC, "ad_revenue"),
    (Unit.MONEY, Kind.FLOW, DOWN, "", "cost_of_sales operating_costs depreciation other_costs interest_costs taxes"),
    (Unit.MONEY, Kind.FLOW, DOWN, "", "cash_out mrr_churned"),
    (Unit.MONEY, Kind.FLOW, DOWN, DEAL, "deals_lost_value"),
    (Unit.MONEY, Kind.FLOW, DOWN, LINE, "order_discounts order_refunds"),
    (Unit.MONEY, Kind.FLOW, DOWN, TRAFFIC, "ad_spend"),
    (Unit.MONEY, Kind.LEVEL, UP, "", "assets equity cash mrr"),
    (Unit.MONEY, Kind.LEVEL, UP, "rep pipeline deal_stage", "pipeline_value pipeline_weighted"),
    (Unit.MONEY, Kind.LEVEL, DOWN, "", "debt_short debt_long receivables_open payables_open"),
    (Unit.MONEY, Kind.LEVEL, DOWN, "", "receivables_overdue payables_overdue"),
    (Unit.COUNT, Kind.FLOW, UP, "", "invoices new_customers nps_promoters nps_passives csat_positive csat_answers"),
    (Unit.COUNT, Kind.FLOW, UP, "lead_source", "leads"),
    (Unit.COUNT, Kind.FLOW, UP, "rep", "meetings"),
    (Unit.COUNT, Kind.FLOW, UP, "rep pipeline lead_source", "deals_created"),
    (Unit.COUNT, Kind.FLOW, UP, DEAL, "deals_won"),
    (Unit.COUNT, Kind.FLOW, UP, "sales_channel country", "orders"),
    (Unit.COUNT, Kind.FLOW, UP, LINE, "units_sold"),
    (Unit.COUNT, Kind.FLOW, UP, "sales_channel", "orders_returning"),
    (Unit.COUNT, Kind.FLOW, UP, TRAFFIC, "sessions pageviews engaged_sessions ad_clicks ad_impressions"),
    (Unit.COUNT, Kind.FLOW, UP, "event traffic_channel", "key_events"),
    (Unit.COUNT, Kind.FLOW, UP, "campaign", "emails_delivered emails_opened emails_clicked"),
    (Unit.COUNT, Kind.FLOW, UP, "network", "social_engagements social_reach"),
    (Unit.COUNT, Kind.FLOW, UP, "category", "tickets_closed"),
    (Unit.COUNT, Kind.FLOW, DOWN, "", "credit_notes customers_lost checkouts_abandoned nps_detractors"),
    (Unit.COUNT, Kind.FLOW, DOWN, DEAL, "deals_lost"),
    (Unit.COUNT, Kind.FLOW, DOWN, "sales_channel", "orders_refunded"),
    (Unit.COUNT, Kind.FLOW, DOWN, "campaign", "unsubscribes"),
    (Unit.COUNT, Kind.FLOW, DOWN, TICKET, "tickets_created complaints"),
    (Unit.COUNT, Kind.LEVEL, UP, "", "customers subscribers"),
    (Unit.COUNT, Kind.LEVEL, UP, "rep pipeline deal_stage", "deals_open"),
    (Unit.COUNT, Kind.LEVEL, UP, "network", "social_followers"),
    (Unit.COUNT, Kind.LEVEL, DOWN, "category", "tickets_open"),
    (Unit.COUNT, Kind.DISTINCT, UP, "", "buyers"),
    (Unit.COUNT, Kind.DISTINCT, UP, TRAFFIC, "visitors new_visitors"),
    (Unit.DURATION, Kind.DURATION, UP, TRAFFIC, "session_duration"),
    (Unit.DURATION, Kind.DURATION, DOWN, "", "page_load"),
    (Unit.DURATION, Kind.DURATION, DOWN, "pipeline", "sales_cycle"),
    (Unit.DURATION, Kind.DURATION, DOWN, "category", "resolution_time first_response_time"),
    (Unit.DURATION, Kind.FLOW, UP, WORK, "time_billable"),
    (Unit.DURATION, Kind.FLOW, DOWN, WORK, "time_worked"),
    (Unit.DURATION, Kind.LEVEL, UP, "project", "time_budgeted"),
]


def test_measures_roll_up_as_agreed() -> None:
    """Every measure there is has the agreed unit, kind, direction and labels: taps build on them."""
    agreed = {key: (unit, kind, good, labels) for unit, kind, good, labels, keys in TABLE for key in keys.split()}
    found = {key: (each.unit, each.kind, each.good, " ".join(each.labels)) for key, each in VOCABULARY.items()}
    assert found == agreed


@pytest.mark.parametrize(
    ("key", "event"),
    [
        ("revenue", "invoice date"),
        ("cost_of_sales", "booking date"),
        ("cash_in", "bank statement date"),
        ("receivables_overdue", "due and payment dates"),
        ("deals_created", "creation"),
        ("deals_won_value", "close"),
        ("meetings", "start of the meeting"),
        ("order_refunds", "refund"),
        ("orders_refunded", "order,"),
        ("emails_opened", "send"),
        ("unsubscribes", "send"),
        ("resolution_time", "close"),
        ("first_response_time", "first answer"),
        ("time_worked", "work day"),
    ],
)
def test_measures_are_dated_as_agreed(key: str, event: str) -> None:
    """What happens later, such as opening an e-mail, belongs to the event that the measure is dated by."""
    assert event in VOCABULARY[key].dated_by


def test_a_key_stands_for_one_measure() -> None:
    """No domain redefines another's measure: all rows are in the vocabulary."""
    assert len(VOCABULARY) == 86
    assert all(key == measure.key for key, measure in VOCABULARY.items())


def test_no_two_measures_read_alike() -> None:
    """A name stands for one measure, in each language."""
    for names in ([each.en.name for each in VOCABULARY.values()], [each.nl.name for each in VOCABULARY.values()]):
        assert len(set(names)) == len(names)
