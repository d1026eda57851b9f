"""How metrics are called.

``kpi_<key>_<unit>``, where counts have no unit in their name and comparisons stand before it:
``kpi_order_revenue_eur``, ``kpi_order_revenue_previous_eur``, ``kpi_orders``, ``kpi_orders_last_year``. A key that ends
in its unit does not get it twice: ``kpi_debt_ratio``.

History has names of its own, which no live series has: ``kpi_order_revenue_daily_eur`` is what each single day
brought, ``kpi_order_revenue_history_eur`` what the live series of that window would have shown at the end of a past
day, as it is known now; likewise ``kpi_revenue_target_history_eur`` and ``kpi_status_history``.
"""

from __future__ import annotations

from kpitaps.units import Unit

CHANGE = "kpi_change_ratio"
INFO = "kpi_info"
DATA_THROUGH = "kpi_data_through_timestamp_seconds"
WINDOW_OPEN = "kpi_window_open"
QUALITY = "kpi_quality"
ATTAINMENT = "kpi_attainment_ratio"
STATUS = "kpi_status"
STATUS_SINCE = "kpi_status_since_timestamp_seconds"
GOAL_CHANGED = "kpi_goal_changed_timestamp_seconds"
GOAL_ENDS = "kpi_goal_ends_timestamp_seconds"

ATTAINMENT_HISTORY = "kpi_attainment_history_ratio"
STATUS_HISTORY = "kpi_status_history"

DAILY = "daily"
"""In place of a comparison: what each single day brought."""

HISTORY = "history"
"""The same, or behind one of a goal's numbers: what the live series would have shown at the end of past days."""

HISTORY_LABEL = ("kpitaps", "history")
"""The label that every series of history carries, and no live one: it is how Prometheus knows whom to ask."""

SHARED_HELP = {
    CHANGE: "Growth since the previous comparable window, 0.1 for 10 % more; absent where that was not above 0.",
    INFO: "What a KPI is: its domain, unit, good direction, and whether it leads or lags.",
    DATA_THROUGH: "The instant up to which all sources of a KPI have been read.",
    WINDOW_OPEN: "1 while the window contains today, else 0.",
    QUALITY: "How far a KPI's values may be trusted: 1 for the quality that holds.",
    ATTAINMENT: "What a goal has reached against what is expected by now: 1 where it is as expected, less where worse.",
    STATUS: "How a goal stands: 0 on track, 1 at risk, 2 off track; absent where that is not known.",
    STATUS_SINCE: "The start of the day from which on a goal has had its status.",
    GOAL_CHANGED: "When a goal was last given another definition; absent for one that never was.",
    GOAL_ENDS: "The end of a goal's last day; absent for one that recurs or holds at all times.",
}
"""The metrics that all KPIs share, in the order in which they are shown, and their HELP texts."""

_UNITS = {Unit.RATIO: "ratio", Unit.DURATION: "seconds", Unit.COUNT: "", Unit.SCORE: "score"}


def metric_name(key: str, unit: Unit, currency: str, comparison: str = "") -> str:
    """Return the name of a KPI's metric.

    Args:
        key: The KPI's key.
        unit: Its unit.
        currency: ISO 4217 code; it is the unit of money.
        comparison: ``previous`` or ``last_year`` for the value that it is compared with; ``target`` and the like for
            a goal; `DAILY` or `HISTORY` for past days, ``target_history`` and the like for a goal's.
    """
    ending = currency.lower() if unit is Unit.MONEY else _UNITS[unit]
    stem = key.removesuffix(f"_{ending}") if ending else key
    return "_".join(part for part in ("kpi", stem, comparison, ending) if part)


def escaped_label(value: str) -> str:
    """Return a label value as it stands between quotes in Prometheus' text format.

    A NUL, at which Prometheus' reader may take the text for ended, becomes the replacement character.
    """
    return (
        value.replace("\0", "\N{REPLACEMENT CHARACTER}").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    )


def escaped_help(text: str) -> str:
    """Return a text as it stands in a HELP line."""
    return text.replace("\\", "\\\\").replace("\n", "\\n")
