"""The catalogue of KPIs."""

from __future__ import annotations

import re
from itertools import groupby

import pytest
from kpis.notebook import Notebook, kpi

from kpitaps.errors import BadDefinition
from kpitaps.kpis import COMMERCE, KPIS, Kpi, define
from kpitaps.units import Unit

FED_BY_A_SHOP = ("orders", "order_revenue", "units_sold", "orders_refunded", "checkouts_abandoned", "orders_returning")


@pytest.mark.parametrize("row", KPIS, ids=lambda row: row.key)
def test_every_kpi_is_described_in_both_languages(row: Kpi) -> None:
    """A KPI has a name and one sentence in English and in Dutch."""
    for names in (row.en, row.nl):
        assert names.name
        assert re.fullmatch(r"[A-Z][^.]*\.", names.definition)


def test_kpis_appear_when_their_measures_are_fed() -> None:
    """A shop brings all KPIs of commerce but the one that needs a web site's visitors."""
    catalogue, reader = define(COMMERCE), Notebook().feed(*FED_BY_A_SHOP, "buyers")
    available = {definition.kpi.key for definition in catalogue.available(reader)}
    assert {each.key for each in catalogue.kpis} - available == {"revenue_per_visitor"}
    reader.feed("visitors")
    assert len(catalogue.available(reader)) == len(COMMERCE)


def test_nothing_is_available_where_nothing_is_fed() -> None:
    """Without a connection there is no KPI, not even one that says zero."""
    assert define(COMMERCE).available(Notebook()) == ()


def test_kpis_may_use_each_other_in_any_order() -> None:
    """A reference is replaced by the other's formula, whether that comes before or after."""
    catalogue = define(
        [
            kpi("kept_part", "1 - lost_part", Unit.RATIO),
            kpi("lost_part", "orders_refunded / orders", Unit.RATIO),
        ]
    )
    assert catalogue.definitions[0].measures == ("orders_refunded", "orders")


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([kpi("a", "b + orders", Unit.COUNT), kpi("b", "a", Unit.COUNT)], "computed from itself: a → b → a"),
        ([kpi("a", "a", Unit.COUNT)], "computed from itself: a → a"),
        ([kpi("a", "orders", Unit.COUNT)] * 2, "a is defined twice"),
        ([kpi("a", "orders", Unit.MONEY)], "gives count, but its unit is money"),
        ([kpi("a", "orders", Unit.COUNT), kpi("b", 'a{country="NL"}', Unit.COUNT)], "only a measure takes a filter"),
        ([kpi("a", "parcls", Unit.COUNT), kpi("parcels", "orders", Unit.COUNT)], "did you mean 'parcels'"),
        ([kpi("a", "order_revenue / orders", Unit.MONEY, by="product")], "orders has no label 'product' to break"),
        ([kpi("a", "visitors", Unit.COUNT, by="traffic_channel")], "do not add up to a whole"),
        ([kpi("a", "first(revenue, cash)", Unit.MONEY, by="product")], "cash has no label 'product' to break"),
        ([kpi("a", "b / start(b)", Unit.RATIO), kpi("b", "mrr * 12", Unit.MONEY)], "start.. takes one measure"),
        ([kpi("a", "b", Unit.MONEY), kpi("b", "monthly(a, 3)", Unit.MONEY)], "computed from itself: a → b → a"),
    ],
)
def test_contradictions_are_refused(rows: list[Kpi], complaint: str) -> None:
    """A circle, a doubled key, a wrong unit or an impossible breakdown is an error when it is defined."""
    with pytest.raises(BadDefinition, match=complaint):
        define(rows)


@pytest.mark.parametrize(
    "key",
    [
        *("orders_total", "order_count", "count_of_orders", "open_days", "hours_worked", "minutes", "Orders", "a__b"),
        *("orders_previous", "orders_last_year", "change", "info", "2x", ""),
    ],
)
def test_keys_that_prometheus_rejects_are_refused(key: str) -> None:
    """A key becomes part of a metric's name, so promtool's rules and our own other series limit it."""
    with pytest.raises(BadDefinition, match="KPI"):
        kpi(key, "orders", Unit.COUNT)


def test_a_breakdown_may_not_use_a_label_that_every_series_has() -> None:
    """A label such as window stands on all series already."""
    with pytest.raises(BadDefinition, match="label 'window' already"):
        kpi("a", "orders", Unit.COUNT, by="window")


def test_no_two_kpis_read_alike() -> None:
    """A key and a name stand for one KPI, in each language."""
    for names in ([each.key for each in KPIS], [each.en.name for each in KPIS], [each.nl.name for each in KPIS]):
        assert len(set(names)) == len(names)


def test_kpis_stand_by_domain() -> None:
    """The KPIs of a domain stand together, because people read them so."""
    domains = [key for key, _ in groupby(each.domain for each in KPIS)]
    assert domains == ["finance", "sales", "commerce", "marketing", "service", "operations"]
