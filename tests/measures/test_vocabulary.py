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


@pytest.mark.parametrize(
    ("key", "unit", "kind", "labels", "good"),
    [
        ("revenue", Unit.MONEY, Kind.FLOW, ("product", "rep"), Good.UP),
        ("equity", Unit.MONEY, Kind.LEVEL, (), Good.UP),
        ("orders", Unit.COUNT, Kind.FLOW, ("sales_channel", "country"), Good.UP),
        ("orders_refunded", Unit.COUNT, Kind.FLOW, ("sales_channel",), Good.DOWN),
        ("order_revenue", Unit.MONEY, Kind.FLOW, ("sales_channel", "country", "product"), Good.UP),
        ("buyers", Unit.COUNT, Kind.DISTINCT, (), Good.UP),
        ("checkouts_abandoned", Unit.COUNT, Kind.FLOW, (), Good.DOWN),
        ("pipeline_value", Unit.MONEY, Kind.LEVEL, ("rep", "pipeline", "deal_stage"), Good.UP),
        ("first_response_time", Unit.DURATION, Kind.DURATION, ("category",), Good.DOWN),
        ("time_worked", Unit.DURATION, Kind.FLOW, ("rep", "project"), Good.DOWN),
        ("time_budgeted", Unit.DURATION, Kind.LEVEL, ("project",), Good.UP),
    ],
)
def test_measures_roll_up_as_agreed(key: str, unit: Unit, kind: Kind, labels: tuple[str, ...], good: Good) -> None:
    """Unit, kind, labels and direction are those of the agreed vocabulary."""
    measure = VOCABULARY[key]
    assert (measure.unit, measure.kind, measure.labels, measure.good) == (unit, kind, labels, good)


def test_a_key_stands_for_one_measure() -> None:
    """No domain redefines another's measure: all rows are in the vocabulary."""
    assert len(VOCABULARY) == 86
    assert all(key == measure.key for key, measure in VOCABULARY.items())
