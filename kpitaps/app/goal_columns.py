"""The past of goals as columns of days, for history."""

from __future__ import annotations

import math
from array import array
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.exposition.history import DayValues
from kpitaps.kpis.goals.figure import Status
from kpitaps.kpis.goals.past import GoalPast
from kpitaps.kpis.metric_names import ATTAINMENT_HISTORY, STATUS_HISTORY, metric_name
from kpitaps.kpis.rounding import shown
from kpitaps.store.goals import goal_history, list_definitions
from kpitaps.units import MICRO, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kpitaps.kpis.as_of import AsOf
    from kpitaps.kpis.goals import Goal, GoalDay, GoalFigure
    from kpitaps.store import Database
    from kpitaps.store.goals import GoalRow

NUMBERS = {"actual": "value", "target": "target", "expected": "expected"}
"""A goal's numbers of which there is history, and what they are called in its days."""

SHARED = {ATTAINMENT_HISTORY: "attainment", STATUS_HISTORY: "status"}
"""The same of the metrics that all goals share."""


class GoalHead(NamedTuple):
    """A series of a goal: its metric, its own labels, and what it shows."""

    metric: str
    labels: tuple[tuple[str, str], ...]
    what: str


def goal_heads(figure: GoalFigure) -> Iterator[GoalHead]:
    """Yield the series that a goal has."""
    for name, what in NUMBERS.items():
        metric = metric_name(figure.kpi, figure.unit, figure.currency, f"{name}_history")
        yield GoalHead(metric, (("goal", figure.goal),), what)
    for metric, what in SHARED.items():
        yield GoalHead(metric, (("goal", figure.goal), ("kpi", figure.kpi)), what)


def goal_columns(goal: Goal, figure: GoalFigure, past: AsOf, told: Mapping[date, GoalRow]) -> dict[str, DayValues]:
    """Return how a goal stood on each day, by what is shown.

    Args:
        goal: The goal.
        figure: How it stands now.
        past: The company's KPIs as of past days.
        told: How it stood on days on which it was defined in another way: that is not judged again.
    """
    days, made = past.days, past.days.past.made.get(goal.kpi)
    first = past.first
    columns = {what: DayValues(first.toordinal(), array("d")) for what in (*NUMBERS.values(), *SHARED.values())}
    if made is None:
        return columns
    course = GoalPast(goal, figure, made.definition, days.readings, past.spans.calendar)
    known = {day.day: _numbers(day, figure.unit) for day in course.days(first, days.today)}
    known |= {day: _told(row, figure.unit) for day, row in told.items() if first <= day <= days.today}
    nothing = dict.fromkeys(columns, math.nan)
    for number in range(len(past.spans)):
        numbers = known.get(first + timedelta(days=number), nothing)
        for what, column in columns.items():
            column.values.append(numbers[what])
    return columns


def told_otherwise(database: Database, company_id: int, goal: str) -> dict[date, GoalRow]:
    """Return how a goal stood on the days on which it was defined in another way than now.

    Args:
        database: The ledger's database.
        company_id: Whose goal it is.
        goal: Its key.
    """
    revision = max((each.revision for each in list_definitions(database, company_id) if each.goal == goal), default=1)
    rows = goal_history(database, company_id, 1) if revision > 1 else ()
    return {date.fromordinal(row.day): row for row in rows if row.goal == goal and row.revision != revision}


def _numbers(day: GoalDay, unit: Unit) -> dict[str, float]:
    units = dict.fromkeys(NUMBERS.values(), unit) | {"attainment": Unit.RATIO}
    numbers = {what: _number(getattr(day, what), kind) for what, kind in units.items()}
    return numbers | {"status": _status(day.status)}


def _told(row: GoalRow, unit: Unit) -> dict[str, float]:
    units = dict.fromkeys(NUMBERS.values(), unit) | {"attainment": Unit.RATIO}
    kept = {what: getattr(row, what) for what in units}
    numbers = {
        what: _number(None if kept[what] is None else Fraction(kept[what], MICRO), kind) for what, kind in units.items()
    }
    return numbers | {"status": _status(Status(row.status))}


def _number(value: Fraction | None, unit: Unit) -> float:
    return math.nan if value is None else float(shown(value, unit))


def _status(status: Status) -> float:
    return math.nan if status.number is None else float(status.number)
