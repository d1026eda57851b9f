"""What the page about a company's own KPIs shows works as it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from house.checkout import ROOT
from kpitaps_exact_online.tap import tap

from kpitaps.kpis.files import read_tables
from kpitaps.kpis.grammar import compile_formula
from kpitaps.kpis.own import KpiTable, own_kpis
from kpitaps.kpis.places import InProgram
from kpitaps.measures import VOCABULARY

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "how-to" / "own-kpis.md").read_text()
MEASURES = VOCABULARY | tap.measures


def test_its_tables_are_valid(tmp_path: Path) -> None:
    """Copied into a file as they are, they define what the page says."""
    (tmp_path / "kpis.toml").write_text("\n".join(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)))
    found = own_kpis(read_tables(tmp_path / "kpis.toml", "kpi"), "acme", MEASURES)
    assert found.problems == ()
    assert set(found.own) == {"web_conversion", "customer_acquisition_cost"}


@pytest.mark.parametrize("formula", re.findall(r"^\| [a-z].* \| `(.*)` \|$", PAGE, re.MULTILINE))
def test_its_formulas_are_valid(formula: str) -> None:
    """What people ask for can be written so."""
    assert compile_formula(formula, what=InProgram("it"), measures=MEASURES).terms


def test_its_error_is_the_real_one(tmp_path: Path) -> None:
    """The message it shows is what kpitaps says of that mistake."""
    table = next(iter(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)))
    (tmp_path / "kpis.toml").write_text(table.replace("sales_channel=", "chanel="))
    (problem,) = own_kpis(read_tables(tmp_path / "kpis.toml", "kpi"), "acme", MEASURES).problems
    assert f"\n{problem}\n" in PAGE


def test_every_key_is_described() -> None:
    """Each key of a table has a word of explanation."""
    assert [key for key in KpiTable.model_fields if f"`{key}`" not in PAGE] == []
