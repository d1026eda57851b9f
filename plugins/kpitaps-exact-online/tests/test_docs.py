"""What the tap promises stands in its pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kpitaps_exact_online.gl_accounts import FLOWS, LEVELS, YEAR_END
from kpitaps_exact_online.odata import RIGHTS
from kpitaps_exact_online.tap import tap

DOCS = Path(__file__).parents[3] / "docs"
REFERENCE = (DOCS / "reference/taps/exact-online.md").read_text()
HOW_TO = (DOCS / "how-to/connect-exact-online.md").read_text()


@pytest.mark.parametrize("measure", tap.measures)
def test_every_measure_is_explained(measure: str) -> None:
    """Twice: which stream feeds it, and what it means here."""
    assert REFERENCE.count(f"`{measure}`") >= 2


@pytest.mark.parametrize("name", [*tap.streams, *tap.checks])
def test_every_stream_and_check_is_listed(name: str) -> None:
    """With how often it is read, or what it compares."""
    assert f"\n| `{name}` |" in REFERENCE


@pytest.mark.parametrize("name", tap.settings.model_fields)
def test_every_setting_is_explained(name: str) -> None:
    """Where a person reads how to connect."""
    assert f"`{name}`" in HOW_TO


@pytest.mark.parametrize("kind", [*FLOWS, *LEVELS, *YEAR_END, 21, 90, 160])
def test_every_type_of_account_is_listed(kind: int) -> None:
    """With the measure that it belongs to."""
    table = REFERENCE.partition("## Types of accounts")[2].partition("## Checks")[0]
    rows = {row.partition("|")[2].partition("|")[0]: row for row in table.splitlines()}
    (row, *_) = [row for types, row in rows.items() if str(kind) in re.findall(r"\d+", types)]
    measure = {**FLOWS, **LEVELS}.get(kind)
    assert measure is None or f"`{measure.key}`" in row


def test_the_right_to_see_deletions_is_named() -> None:
    """It is the one that nobody would guess."""
    assert RIGHTS["sync/Deleted"].partition("'")[2].rstrip("'") in HOW_TO
