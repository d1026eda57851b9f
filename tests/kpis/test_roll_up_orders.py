"""In whatever order days and labels are put together, the figure is the same, or the formula is refused."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpis.notebook import ACME, TODAY, Notebook, figures, one

from kpitaps.calendar import WINDOWS
from kpitaps.errors import BadDefinition
from kpitaps.kpis.grammar import compile_formula
from kpitaps.kpis.places import InProgram
from kpitaps.measures import VOCABULARY
from kpitaps.units import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

DAY = timedelta(days=1)
LABELS = {"orders": ("sales_channel", "country"), "deals_open": ("rep", "pipeline"), "sales_cycle": ("pipeline", "")}
AMOUNTS = st.lists(
    st.tuples(st.integers(0, 420), st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(-5, 20)), max_size=40
)
Cell = tuple["Hashable", str, str]
"""A time (a day, week, month or the whole window) and the values of two labels; a label that was rolled up is empty."""

# Weeks do not fit into months: what is put together first is the part of a week that lies in one month.
TIMES: dict[str, Callable[[Any], Hashable]] = {
    "weeks": lambda day: (day.year, day.month, day.isocalendar().week),
    "months": lambda time: time[:2],
    "window": lambda _: "all",
}


def _in_order(steps: list[str]) -> list[str]:
    """Return the steps with time going from small to large; where labels come in between is free."""
    times = iter(TIMES)
    return [next(times) if step in TIMES else step for step in steps]


STEPS = st.permutations([*TIMES, "one", "other"]).map(_in_order)


def rolled_up(cells: dict[Cell, Any], steps: list[str], *, adds_over_time: bool) -> Any:
    """Put together what lies in a window, step by step; a level keeps the last of a time, and adds over labels."""
    for step in steps:
        together: defaultdict[Cell, list[Any]] = defaultdict(list)
        for (time, one_label, other), value in cells.items():
            if step in TIMES:
                together[TIMES[step](time), one_label, other].append(value)
            else:
                together[time, *(("", other) if step == "one" else (one_label, ""))].append(value)
        last = step in TIMES and not adds_over_time
        cells = {cell: values[-1] if last else _sum(values) for cell, values in together.items()}
    (value,) = cells.values()
    return value


def _sum(values: list[tuple[int, int]]) -> tuple[int, int]:
    return sum(value for value, _ in values), sum(of for _, of in values)


@given(st.sampled_from(sorted(LABELS)), AMOUNTS, STEPS, st.sampled_from(WINDOWS))
def test_any_order_of_rolling_up_gives_the_figure(
    measure: str, amounts: list[tuple[int, str, str, int]], steps: list[str], window: str
) -> None:
    """Days to weeks to months to the window, labels in any order and at any point: it is what the engine says."""
    what, names = VOCABULARY[measure], LABELS[measure]
    book, span = Notebook().feed(measure), ACME.calendar.window(window, TODAY)
    has_of, is_level = what.kind is Kind.DURATION, what.kind is Kind.LEVEL
    changes: defaultdict[tuple[date, str, str], list[tuple[int, int]]] = defaultdict(list)
    for back, first, second, amount in amounts:
        named = {name: value for name, value in zip(names, (first, second), strict=True) if name}
        book.write(measure, TODAY - back * DAY, amount, of=abs(amount) if has_of else 0, **named)
        changes[TODAY - back * DAY, first, second].append((amount, abs(amount)))
    cells: dict[Cell, tuple[int, int]] = {}
    for labels in product("abc", "xyz"):
        level = _sum(
            [each for key, all_ in changes.items() if key[0] < span.first and key[1:] == labels for each in all_]
        )
        for day in span.days():
            change = _sum(changes.get((day, *labels), []))
            level = _sum([level, change])
            cells[day, *labels] = level if is_level else change
    value, of = rolled_up(cells, steps, adds_over_time=not is_level)
    expected = (Fraction(value, of) if of else None) if has_of else Fraction(value)
    assert figures(one("a", measure, what.unit), book)[window].value == expected


SPLITS = {"by label": '{m}{{{label}="a"}} + {m}{{{label}="b"}}', "by month": "monthly({m}, 3) * 3"}
SPLIT = [(key, how) for key, measure in VOCABULARY.items() for how in SPLITS if how == "by month" or measure.labels]


@pytest.mark.parametrize(("key", "how"), SPLIT)
def test_a_formula_that_rolls_up_is_right_or_refused(key: str, how: str) -> None:
    """Parts by label or by month, written out as a sum, are the whole where the measure's kind allows it."""
    measure = VOCABULARY[key]
    label = measure.labels[0] if measure.labels else ""
    text = SPLITS[how].format(m=key, label=label)
    if measure.kind in (Kind.DISTINCT, Kind.DURATION, Kind.RATIO):
        with pytest.raises(BadDefinition, match=f"{key} (counts distinct subjects|is a mean)"):
            compile_formula(text, what=InProgram("KPI x"), measures=VOCABULARY)
        return
    book = Notebook()
    for month, amount in ((1, 3), (2, 5), (3, 7)):
        for value in "ab" if label else ("",):
            book.write(key, date(2025, month, 9), amount, **({label: value} if label else {}))
    whole = figures(one("a", key, measure.unit), book)["last_quarter"]
    parts = figures(one("a", text, measure.unit), book)["last_quarter"]
    if how == "by month" and measure.kind is Kind.LEVEL:
        # what is said is the mean of three balances, and no sum over time
        assert parts.value == sum((3, 8, 15)) * (2 if label else 1)
    else:
        assert parts.value == whole.value == 15 * (2 if label else 1)
