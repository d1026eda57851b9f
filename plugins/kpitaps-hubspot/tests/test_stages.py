"""In which open stages a deal was: whatever happened to it, one at a time and without a gap."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from kpitaps_hubspot.directory import Stage
from kpitaps_hubspot.stages import spells

START = datetime(2026, 3, 1, tzinfo=UTC)
STAGES = {
    "new": Stage("Nieuw", "Groothandel", Decimal("0.1"), is_closed=False),
    "quote": Stage("Offerte", "Groothandel", Decimal("0.6"), is_closed=False),
    "won": Stage("Gewonnen", "Groothandel", Decimal(1), is_closed=True),
    "lost": Stage("Verloren", "Groothandel", Decimal(0), is_closed=True),
}

hours = st.integers(0, 500).map(lambda number: START + timedelta(hours=number))
moves = st.lists(st.tuples(hours, st.sampled_from([*STAGES, "deleted"])), max_size=8).map(
    lambda rows: sorted(rows, key=lambda row: row[0])
)


@given(moves, st.none() | hours)
def test_a_deal_is_in_one_open_stage_at_a_time(rows: list[tuple[datetime, str]], closed: datetime | None) -> None:
    """Spells follow each other without gap or overlap, from the creation to the close, in no closed stage."""
    found = spells(START, rows, STAGES, closed)
    for spell, following in itertools.pairwise(found):
        assert spell.end == following.start
    for spell in found:
        assert spell.stage not in ("won", "lost")
        assert spell.end is None or spell.start < spell.end
    if found:
        assert (found[0].start, found[-1].end) == (START, closed)


@given(moves, hours)
def test_nothing_is_left_in_the_pipeline_after_the_close(rows: list[tuple[datetime, str]], closed: datetime) -> None:
    """What entered the pipeline leaves it again, at the close or before."""
    assert all(spell.end is not None and spell.end <= closed for spell in spells(START, rows, STAGES, closed))


def test_a_stage_that_somebody_deleted_counts_as_open() -> None:
    """Its id stands in its place."""
    found = spells(START, [(START, "new"), (START + timedelta(hours=2), "deleted")], STAGES, None)
    assert [(spell.stage, spell.end is None) for spell in found] == [("new", False), ("deleted", True)]
