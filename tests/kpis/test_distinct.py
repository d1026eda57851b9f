"""Distinct counts are never summed: over days, windows, labels or measures, openly or in disguise."""

from __future__ import annotations

import pytest
from kpis.notebook import TODAY, Notebook, figures, kpi, one, values

from kpitaps.errors import BadDefinition
from kpitaps.kpis import define
from kpitaps.kpis.grammar import compile_formula
from kpitaps.kpis.places import InProgram
from kpitaps.measures import VOCABULARY
from kpitaps.units import Unit

ITSELF = "column .*: visitors counts distinct subjects, so its parts do not add up: .* take visitors without a filter"
BOTH = "count distinct subjects: who is in both would count twice in their sum; make a KPI of each"
MONTHS = (
    r"monthly\(\) adds up full months, and visitors counts distinct subjects: .* take visitors over a longer window"
)
ONE_DAY = (
    r"visitors counts distinct subjects: who is there on two days would count twice; leave out .*previous\(visitors\)"
)

REFUSED = {
    "visitors + visitors": ITSELF,
    'visitors{traffic_channel="mail"} + visitors{traffic_channel="web"}': ITSELF,
    "visitors + previous(visitors)": ITSELF,
    "(visitors + previous(visitors)) / 2": ITSELF,
    "visitors - previous(visitors) + previous(previous(visitors))": ITSELF,
    "visitors + new_visitors": "visitors and new_visitors " + BOTH,
    "visitors + orders + buyers": "visitors and buyers " + BOTH,
    "visitors - (orders - new_visitors)": "visitors and new_visitors " + BOTH,
    "visitors - -new_visitors": "visitors and new_visitors " + BOTH,
    "-visitors - new_visitors": "visitors and new_visitors " + BOTH,
    "visitors - -1 * new_visitors": "visitors and new_visitors " + BOTH,
    "visitors - new_visitors / -1": "visitors and new_visitors " + BOTH,
    "2 * visitors + 3 * new_visitors": "visitors and new_visitors " + BOTH,
    "visitors / sessions + new_visitors / sessions": "visitors and new_visitors " + BOTH,
    "visitors * orders + new_visitors * orders": "visitors and new_visitors " + BOTH,
    "orders / (orders / visitors) + new_visitors": "visitors and new_visitors " + BOTH,
    "max(visitors, orders) + buyers": "visitors and buyers " + BOTH,
    "first(visitors, orders) + buyers": "visitors and buyers " + BOTH,
    "first(orders, visitors) + buyers": "visitors and buyers " + BOTH,
    "monthly(visitors, 3)": MONTHS,
    "monthly(visitors / orders, 12)": MONTHS,
    "monthly(previous(visitors), 2)": MONTHS,
    "mean(visitors)": r"mean\(\) takes a level, and " + ONE_DAY,
    "ever(visitors)": r"ever\(\) takes a flow, and " + ONE_DAY,
    "start(visitors)": r"start\(\) takes a level, and " + ONE_DAY,
    'mean(visitors{traffic_channel="mail"})': ONE_DAY,
}

SOUND = [
    "visitors",
    'visitors{traffic_channel="mail"}',
    "previous(visitors)",
    "visitors - new_visitors",
    "visitors - previous(visitors)",
    "visitors / previous(visitors) - 1",
    "new_visitors / visitors",
    "order_revenue / visitors + order_revenue / buyers",
    "max(visitors, previous(visitors))",
    "first(visitors, buyers)",
    "monthly(visitors, 1)",
    "monthly(orders / visitors, 3)",
    "visitors + orders",
    "visitors * 100 / (sessions + orders)",
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED.items(), ids=list(REFUSED))
def test_sums_are_refused_when_they_are_defined(text: str, sentence: str) -> None:
    """The error says where the sum is, why it would be wrong, and what to do instead."""
    with pytest.raises(BadDefinition, match=sentence):
        compile_formula(text, what=InProgram("KPI x"), measures=VOCABULARY)


@pytest.mark.parametrize("text", SOUND)
def test_what_is_sound_is_allowed(text: str) -> None:
    """Differences, quotients and comparisons of distinct counts are right."""
    assert compile_formula(text, what=InProgram("KPI x"), measures=VOCABULARY).terms


def test_sums_by_way_of_other_kpis_are_refused() -> None:
    """What a KPI is computed from is put in first: a name hides nothing."""
    with pytest.raises(BadDefinition, match="KPI c, line 1, column 3: visitors and new_visitors count distinct"):
        define([kpi(*terms, Unit.COUNT) for terms in (("a", "visitors"), ("b", "new_visitors"), ("c", "a + b"))])


@pytest.mark.parametrize("formula", ["visitors", "new_visitors / visitors", "sessions / visitors"])
def test_no_label_breaks_them_down(formula: str) -> None:
    """Parts by label would need a rest, which is the whole less what is shown: for people there is no such thing."""
    unit = Unit.COUNT if formula == "visitors" else Unit.RATIO
    with pytest.raises(BadDefinition, match="visitors counts distinct subjects, so its parts do not add up to a whole"):
        one("x", formula, unit, by="traffic_channel")


def test_comparisons_are_counted_anew() -> None:
    """The window before and last year are windows of their own: who comes in both counts in each."""
    book = Notebook().meet("visitors", TODAY, "ann").meet("visitors", TODAY.replace(month=4), "ann")
    book.meet("visitors", TODAY.replace(month=4), "bob").meet("visitors", TODAY.replace(year=2024), "ann")
    month = figures(one("x", "visitors - previous(visitors)", Unit.COUNT), book)["mtd"]
    plain = figures(one("x", "visitors", Unit.COUNT), book)
    assert (plain["mtd"].value, plain["mtd"].previous, plain["mtd"].last_year) == (1, 2, 1)
    assert (month.value, values(plain, ["ytd"])) == (-1, [2])
