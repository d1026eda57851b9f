"""What may be written in alerts.toml is described."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from alerts.desk import rules
from house.checkout import ROOT

from kpitaps.alerts.contacts import ContactTable
from kpitaps.alerts.mutes import MuteTable
from kpitaps.alerts.tables import TROUBLES, Defaults, GoalTable, OperationsTable, ThresholdTable

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

REFERENCE = (ROOT / "docs/reference/alerts-toml.md").read_text()
HOW_TO = (ROOT / "docs/how-to/alerts.md").read_text()


@pytest.mark.parametrize(
    ("table", "model"),
    [
        ("contact.<key>", ContactTable),
        ("mute.<key>", MuteTable),
        ("defaults", Defaults),
        ("goal.<key>", GoalTable),
        ("threshold.<key>", ThresholdTable),
        ("operations", OperationsTable),
    ],
)
def test_every_key_is_described(table: str, model: type[BaseModel]) -> None:
    """Each key stands in the section of its table."""
    section = REFERENCE.split(f"## `[{table}]`")[1].split("\n## ")[0]
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert {key for key in keys if f"`{key}`" not in section} == set()


def test_every_alert_leads_to_where_it_is_explained(tmp_path: Path) -> None:
    """The page has a heading for each link, and the reference names every rule."""
    headings = {line.lstrip("# ").lower() for line in HOW_TO.splitlines() if line.startswith("#")}
    text = '[threshold.a]\nkpi = "orders"\nbelow = 1\n'
    anchors = {rule.docs_url.partition("#")[2] for rule in rules(tmp_path, text).values()}
    assert anchors <= headings
    assert {key for key in TROUBLES if not re.search(rf"`{key}`", REFERENCE)} == set()


@pytest.mark.parametrize("page", [REFERENCE, HOW_TO], ids=["reference", "how-to"])
def test_examples_are_valid(tmp_path: Path, page: str) -> None:
    """What is shown as TOML can be written so."""
    for example in re.findall(r"```toml\n(.*?)```", page, re.DOTALL):
        missing = {"owner", "board", "team"} - set(re.findall(r"\[contact\.(\w+)\]", example))
        contacts = "".join(f'[contact.{key}]\nto = "a@b.nl"\n' for key in missing)
        mutes = "" if "[mute.weekend]" in example else '[mute.weekend]\nweekdays = "sunday"\n'
        rules(tmp_path, contacts + mutes + example)
