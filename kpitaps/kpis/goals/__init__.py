"""Goals: targets of KPIs with owner, pace and thresholds, and how they stand."""

from __future__ import annotations

from kpitaps.kpis.goals.book import FILE, GoalBook, read_goals
from kpitaps.kpis.goals.evaluate import evaluate_goals
from kpitaps.kpis.goals.figure import Basis, GoalDay, GoalFigure, Status, Step
from kpitaps.kpis.goals.goal import Goal

__all__ = [
    "FILE",
    "Basis",
    "Goal",
    "GoalBook",
    "GoalDay",
    "GoalFigure",
    "Status",
    "Step",
    "evaluate_goals",
    "read_goals",
]
