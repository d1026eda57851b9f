"""Goals from the text of a file, on a ledger in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpis.notebook import ACME, NOW

from kpitaps.kpis import KPIS, define
from kpitaps.kpis.goals import GoalBook, GoalFigure, evaluate_goals, read_goals

if TYPE_CHECKING:
    from pathlib import Path

    from kpis.notebook import Notebook

CATALOGUE = define(KPIS)
DEFINITIONS = {each.kpi.key: each for each in CATALOGUE.definitions}


def book_of(folder: Path, text: str, *, companies: tuple[str, ...] = ("acme",), company: str = "acme") -> GoalBook:
    """Return what a file with that text holds."""
    path = folder / "goals.toml"
    path.write_text(text)
    return read_goals(path, DEFINITIONS, company=company, currency="EUR", companies=companies)


def figures_of(folder: Path, text: str, notebook: Notebook, **more: Any) -> dict[str, GoalFigure]:
    """Return how the goals of that text stand, by key."""
    book = book_of(folder, text)
    assert book.problems == ()
    more = {"company": ACME, "now": NOW, **more}
    found = evaluate_goals(more.pop("company"), book.goals, CATALOGUE, notebook, more.pop("now"), **more)
    return {figure.goal: figure for figure in found}
