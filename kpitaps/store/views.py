"""Views for people: readable numbers, names and days instead of millionths, ids and ordinals.

They are part of what is promised (docs/reference/sql-views.md). The SQL stands in the migration that made a view; here
are its names.
"""

from __future__ import annotations

VIEWS = ("flags", "kpi_daily", "kpi_window", "measurements", "runs")
"""Their names.

``measurements``: one row per measure, labels and local day. ``flags``: what is said against some of them. ``runs``: the
run log with instants as text. ``kpi_daily``: one row per KPI, label value and day. ``kpi_window``: one row per KPI,
label value and window, as the board has them.
"""
