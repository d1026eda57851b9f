"""Views for people: readable numbers, names and days instead of millionths, ids and ordinals.

They are part of what is promised (docs/reference/sql-views.md). The SQL stands in the migration that made a view; here
are its names.
"""

from __future__ import annotations

VIEWS = ("flags", "measurements", "runs")
"""Their names.

``measurements``: one row per measure, labels and local day. ``flags``: what is said against some of them. ``runs``: the
run log with instants as text.
"""
