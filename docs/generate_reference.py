# ruff: noqa: INP001 - a script, no package
"""Write the pages of the reference that follow from the code: measures and KPIs.

python docs/generate_reference.py     after a change of either; a test says so if it was forgotten
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from kpitaps.calendar import WINDOWS
from kpitaps.exposition import metric_name
from kpitaps.kpis import KPIS as ROWS
from kpitaps.kpis.functions import FUNCTIONS
from kpitaps.measures import DOMAINS, VOCABULARY

if TYPE_CHECKING:
    from kpitaps.kpis import Kpi
    from kpitaps.measures import Measure

PAGE = Path(__file__).parent / "reference" / "kpis.md"

HEAD = f"""# KPIs and measures

<!-- Written by docs/generate_reference.py: change the tables in the code, then run it. -->

A *measure* is what taps feed; a *KPI* is a formula over measures, evaluated in {len(WINDOWS)} windows:

{" ".join(f"`{window}`" for window in WINDOWS)}

Each figure has the previous comparable window and the same window a year before beside it. A KPI is there as soon as
the measures that its formula needs are fed by connections of the company. Windows of days end yesterday; those *to
date* contain today and are compared with as many days of the period before; those of full periods are closed. `12m` is
the last twelve full calendar months.
"""
KPIS = """
## KPIs

The metric's name has the company's currency in it where the KPI is money; here that is EUR. Durations are in seconds,
ratios are 1 for 100 %. Where there is nothing to divide by, there is no value.

In the formulas, `{…}` keeps only contributions with that label, `1y` and the like are durations, and a name that is no
measure is another KPI. Besides `+ - * /` there are functions:

| function | gives |
|---|---|
"""
MEASURES = f"""
## Measures

The shared vocabulary: {len(VOCABULARY)} measures that mean the same whichever tap feeds them. *Dated by* is the event
whose local day an amount falls on. A flow adds over time and labels; a level is its last value over time and adds over
labels; a distinct count adds in no direction; a duration is seconds over a number, divided last. A tap's own extras
carry its name in front; they are on the tap's page.

Which measures a tap feeds, and what they mean there, stands on its page, such as that of [Shopify](taps/shopify.md).
"""


def page() -> str:
    """Return the page as the code would have it."""
    parts = [HEAD, KPIS, *(f"| `{function.form}` | {function.says} |\n" for function in FUNCTIONS.values())]
    for domain, kpis in groupby(ROWS, lambda kpi: kpi.domain):
        parts.append(f"\n### {domain.capitalize()}\n\n")
        parts.append("| KPI | key | formula | metric | better | tells of |\n|---|---|---|---|---|---|\n")
        parts += [_kpi(kpi) for kpi in kpis]
    parts.append(MEASURES)
    for domain, keys in DOMAINS.items():
        parts.append(
            f"\n### {domain.capitalize()}\n\n| key | what it is | unit | kind | labels | better | dated by |\n"
        )
        parts.append("|---|---|---|---|---|---|---|\n")
        parts += [_measure(VOCABULARY[key]) for key in keys]
    return "".join(parts)


def _kpi(kpi: Kpi) -> str:
    what = f"**{kpi.en.name}**: {kpi.en.definition}" + (f" By `{kpi.by}`." if kpi.by else "")
    what += " In windows of 28 days or longer." if kpi.month_or_longer else ""
    metric = metric_name(kpi.key, kpi.unit, "EUR")
    tells = "what is coming" if kpi.leading else "what was"
    return f"| {what} | `{kpi.key}` | `{kpi.formula}` | `{metric}` | {kpi.good} | {tells} |\n"


def _measure(measure: Measure) -> str:
    labels = ", ".join(f"`{label}`" for label in measure.labels)
    return (
        f"| `{measure.key}` | {measure.en.definition} | {measure.unit} | {measure.kind} | {labels} | {measure.good} "
        f"| {measure.dated_by} |\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page())
