"""The demo company's dashboards as they are committed: what checks without a server read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from house.checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = ROOT / "dashboards"
LANGUAGES = ("en", "nl")


@dataclass(frozen=True)
class Committed:
    """A dashboard.

    Attributes:
        language: Of what people read in it.
        name: Of its file, without the ending.
        model: Its classic JSON.
    """

    language: str
    name: str
    model: dict[str, Any]

    def __str__(self) -> str:
        """Return what it is called in a test's output."""
        return f"{self.language}/{self.name}"

    @property
    def panels(self) -> Iterator[dict[str, Any]]:
        """All panels, rows and what they fold away included."""
        for panel in self.model["panels"]:
            yield panel
            yield from panel.get("panels", ())

    @property
    def shown(self) -> Iterator[dict[str, Any]]:
        """All panels that show something: rows left out."""
        return (panel for panel in self.panels if panel["type"] != "row")

    @property
    def variables(self) -> list[dict[str, Any]]:
        """Its variables."""
        listed: list[dict[str, Any]] = self.model.get("templating", {}).get("list", [])
        return listed

    @property
    def annotations(self) -> list[dict[str, Any]]:
        """Its annotations but for those that people set in Grafana itself."""
        listed = self.model.get("annotations", {}).get("list", [])
        return [each for each in listed if not each.get("builtIn")]


@cache
def committed() -> tuple[Committed, ...]:
    """Return every committed dashboard, in both languages."""
    files = [file for language in LANGUAGES for file in sorted((FOLDER / language).glob("*.json"))]
    return tuple(Committed(file.parent.name, file.stem, json.loads(file.read_text())) for file in files)
