# ruff: noqa: INP001 - a script, no package
"""Write the page of the reference that follows from the code: KPIs, measures, and which tap feeds them.

python docs/generate_reference.py     after a change of either; a test says so if it was forgotten
"""

from __future__ import annotations

from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from kpitaps.app import feeders
from kpitaps.calendar import WINDOWS
from kpitaps.kpis import KPIS as ROWS
from kpitaps.kpis import define
from kpitaps.kpis.functions import FUNCTIONS
from kpitaps.kpis.metric_names import metric_name
from kpitaps.kpis.nodes import Choice, Operation, Term
from kpitaps.measures import DOMAINS, VOCABULARY
from kpitaps.plugins import load_plugins

if TYPE_CHECKING:
    from kpitaps.kpis import Kpi
    from kpitaps.kpis.nodes import Node
    from kpitaps.measures import Measure
    from kpitaps.tap import Tap

NOBODY = "no tap yet"

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
ratios are 1 for 100 %. Where there is nothing to divide by, there is no value. *Fed by* says which of our taps bring
what a KPI is computed from; where there are several parts, each needs one of its own.

In the formulas, `{…}` keeps only contributions with that label, `1y` and the like are durations, and a name that is no
measure is another KPI. Besides `+ - * /` there are functions:

| function | gives |
|---|---|
"""
OWN_KPIS = """
A company adds KPIs of its own, and changes these, in a file: see [Define KPIs of your own](../how-to/own-kpis.md).
"""
MEASURES = f"""
## Measures

The shared vocabulary: {len(VOCABULARY)} measures that mean the same whichever tap feeds them. *Dated by* is the event
whose local day an amount falls on. A flow adds over time and labels; a level is its last value over time and adds over
labels; a distinct count adds in no direction; a duration is seconds over a number, divided last. What a measure means
in a source, and what is left out there, stands on the page of the tap that feeds it.
"""
TAPS_OWN = """
### Taps' own

What only one system knows; its key begins with the tap's name. Formulas may use it like any other.

"""
KPI_COLUMNS = "| KPI | key | formula | metric | better | tells of | fed by |\n|---|---|---|---|---|---|---|\n"
MEASURE_COLUMNS = (
    "| measure | key | unit | kind | labels | better | dated by | fed by |\n|---|---|---|---|---|---|---|---|\n"
)


def page() -> str:
    """Return the page as the code would have it."""
    taps = _first_party()
    titles = {tap.name: f"[{tap.title}](taps/{tap.name.replace('_', '-')}.md)" for tap in taps}
    fed = {key: sorted(titles[name] for name in names) for key, names in feeders(taps).items()}
    names = {key: [tap.title for tap in taps if tap.name in given] for key, given in feeders(taps).items()}
    parts = [HEAD, KPIS, *(f"| `{function.form}` | {function.says} |\n" for function in FUNCTIONS.values()), OWN_KPIS]
    for domain, rows in groupby(define(ROWS).definitions, lambda row: row.kpi.domain):
        parts.append(f"\n### {domain.capitalize()}\n\n{KPI_COLUMNS}")
        parts += [_kpi(row.kpi, _feeding(_needs(row.formula.node, names))) for row in rows]
    parts.append(MEASURES)
    for domain, keys in DOMAINS.items():
        parts.append(f"\n### Measures of {domain}\n\n{MEASURE_COLUMNS}")
        parts += [_measure(VOCABULARY[key], fed) for key in keys]
    own = {key: measure for tap in taps for key, measure in sorted(tap.measures.items()) if key not in VOCABULARY}
    parts += [TAPS_OWN, MEASURE_COLUMNS, *(_measure(measure, fed) for measure in own.values())]
    return "".join(parts)


def _first_party() -> list[Tap]:
    """Return the taps of this repository, whatever else is installed."""
    ours = {folder.name for folder in (PAGE.parents[2] / "plugins").iterdir()}
    found = (point for point in metadata.entry_points(group="kpitaps") if point.dist and point.dist.name in ours)
    return list(load_plugins(found).taps.values())


def _kpi(kpi: Kpi, feeding: str) -> str:
    what = _both(kpi) + (f" By `{kpi.by}`." if kpi.by else "")
    what += " In windows of 28 days or longer." if kpi.month_or_longer else ""
    metric = metric_name(kpi.key, kpi.unit, "EUR")
    tells = "what is coming" if kpi.leading else "what was"
    return f"| {what} | `{kpi.key}` | `{kpi.formula}` | `{metric}` | {kpi.good} | {tells} | {feeding} |\n"


def _measure(measure: Measure, fed: dict[str, list[str]]) -> str:
    labels = ", ".join(f"`{label}`" for label in measure.labels)
    return (
        f"| {_both(measure)} | `{measure.key}` | {measure.unit} | {measure.kind} | {labels} | {measure.good} "
        f"| {measure.dated_by} | {', '.join(fed.get(measure.key, [NOBODY]))} |\n"
    )


def _both(of: Kpi | Measure) -> str:
    """Return name and definition in English, and below in Dutch."""
    return f"**{of.en.name}**: {of.en.definition}<br>*{of.nl.name}*: {of.nl.definition}"


def _needs(node: Node, feeding: dict[str, list[str]]) -> list[frozenset[str]]:
    """Return the groups of taps of which each must be there with one; of a choice any option will do."""
    match node:
        case Term(key=key):
            return [frozenset(feeding.get(key, [NOBODY]))]
        case Operation(left=left, right=right):
            return _needs(left, feeding) + _needs(right, feeding)
        case Choice(options=options):
            each = [_needs(option, feeding) for option in options]
            return [frozenset().union(*(tap for groups in each for tap in groups))] if all(each) else []
    return []


def _feeding(groups: list[frozenset[str]]) -> str:
    """Return the groups as a table has them, without those that another one implies."""
    needed = [group for group in dict.fromkeys(groups) if not any(other < group for other in groups)]
    return "; ".join(" or ".join(sorted(group)) for group in needed)


if __name__ == "__main__":
    PAGE.write_text(page())
