"""How metrics are called.

``kpi_<key>_<unit>``, where counts have no unit in their name and comparisons stand before it:
``kpi_order_revenue_eur``, ``kpi_order_revenue_previous_eur``, ``kpi_orders``, ``kpi_orders_last_year``. A key that ends
in its unit does not get it twice: ``kpi_debt_ratio``.
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

SHARED_HELP = {
    CHANGE: "Growth since the previous comparable window, 0.1 for 10 % more; absent where that was not above 0.",
    INFO: "What a KPI is: its domain, unit, good direction, and whether it leads or lags.",
    DATA_THROUGH: "The instant up to which all sources of a KPI have been read.",
    WINDOW_OPEN: "1 while the window contains today, else 0.",
    QUALITY: "How far a KPI's values may be trusted: 1 for the quality that holds.",
    ATTAINMENT: "What a goal has reached against what is expected by now: 1 where it is as expected, less where worse.",
    STATUS: "How a goal stands: 0 on track, 1 at risk, 2 off track; absent where that is not known.",
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
            a goal.
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
