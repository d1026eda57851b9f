"""The KPIs of operations: where the time goes."""

from __future__ import annotations

from functools import partial

from kpitaps.kpis.kpi_row import LAGGING, LEADING, RATIO_DOWN, RATIO_UP, TIME_DOWN, TIME_UP, row

_row = partial(row, "operations")

# A table is read by row.
# fmt: off
OPERATIONS = (
    _row("billable_time", "time_billable", TIME_UP, LEADING,
        "Billable time", "Time worked that customers pay for.",
        "Declarabele tijd", "Gewerkte tijd waarvoor klanten betalen."),
    _row("billable_ratio", "time_billable / time_worked", RATIO_UP, LEADING,
        "Billable share", "The part of the time worked that customers pay for.",
        "Declarabiliteit", "Het deel van de gewerkte tijd waarvoor klanten betalen."),
    _row("time_per_project", "time_worked", TIME_DOWN, LAGGING,
        "Time by project", "Time worked on each project.",
        "Tijd per project", "Tijd die aan elk project is gewerkt.",
        by="project"),
    _row("project_budget_used", "ever(time_worked) / time_budgeted", RATIO_DOWN, LEADING,
        "Project budget used", "The part of each project's planned time that has been worked since it started.",
        "Verbruikt projectbudget", "Het deel van de begrote tijd van elk project dat sinds de start is gewerkt.",
        by="project"),
)
# fmt: on
"""KPIs of the work; each is available once its measures are fed."""
