"""The language of formulas."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpitaps.errors import BadDefinition
from kpitaps.kpis.grammar import compile_formula
from kpitaps.kpis.places import InProgram
from kpitaps.measures import VOCABULARY
from kpitaps.units import Kind, Unit

if TYPE_CHECKING:
    from kpitaps.kpis.formula import Formula


def compiled(text: str) -> Formula:
    return compile_formula(text, what=InProgram("KPI x"), measures=VOCABULARY)


def value(text: str, **values: Fraction | int | None) -> Fraction | None:
    formula = compiled(text)
    exact = {key: None if number is None else Fraction(number) for key, number in values.items()}
    return formula.value({term: exact[term.key] for term in formula.terms})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orders", Fraction(3)),
        ("orders - units_sold - units_sold", Fraction(-11)),
        ("orders + units_sold * 2", Fraction(17)),
        ("(orders + units_sold) * 2", Fraction(20)),
        ("orders / units_sold / 2", Fraction(3, 14)),
        ("-orders + units_sold", Fraction(4)),
        ("orders - -units_sold", Fraction(10)),
        ("1 - orders / units_sold", Fraction(4, 7)),
        ("0.1 * orders", Fraction(3, 10)),
        ("max(orders, units_sold)", Fraction(7)),
        ("max(0, orders - units_sold)", Fraction(0)),
        ("orders * (1y / 12d)", Fraction(3 * 1461, 48)),
        ("orders * (4h / 30m)", Fraction(24)),
        ("\n orders\n* 2 ", Fraction(6)),
    ],
)
def test_arithmetic_is_that_of_school(text: str, expected: Fraction) -> None:
    """Products come before sums, equals from left to right, and decimals are exact."""
    assert value(text, orders=3, units_sold=7) == expected


def test_a_zero_divisor_gives_no_value() -> None:
    """A division by zero, or a term without value, leaves the whole formula without one."""
    assert value("1 - orders / units_sold", orders=3, units_sold=0) is None
    assert value("orders + units_sold", orders=3, units_sold=None) is None
    assert value("-orders", orders=None) is None


def test_a_larger_of_two_needs_both() -> None:
    """Zero is no stand-in for what is unknown."""
    assert value("max(0, orders)", orders=None) is None
    assert value("max(orders, units_sold)", orders=-3, units_sold=-7) == -3


def test_functions_lead_to_other_days() -> None:
    """A term knows where it is read, outermost step first: months are those as of the previous window."""
    formula = compiled("previous(monthly(orders, 2) + start(customers)) + ever(units_sold) - orders - mean(deals_open)")
    assert [(term.key, term.take, term.moves) for term in formula.terms] == [
        ("orders", "window", (0, 1)),
        ("orders", "window", (0, 2)),
        ("customers", "start", (0,)),
        ("units_sold", "ever", ()),
        ("orders", "window", ()),
        ("deals_open", "mean", ()),
    ]


def test_a_choice_is_made_by_what_is_fed() -> None:
    """The first way of which every measure is fed is taken; where none is, there is no formula."""
    formula = compiled("first(ad_spend / leads, ad_spend / orders) * 2")
    (spend, leads) = (formula.chosen({"ad_spend", "leads", "orders"}.__contains__) or formula).terms
    assert (spend.key, leads.key) == ("ad_spend", "leads")
    second = formula.chosen({"ad_spend", "orders"}.__contains__)
    assert second is not None
    assert second.value({term: Fraction(6 if term.key == "ad_spend" else 4) for term in second.terms}) == 3
    assert formula.chosen({"leads", "orders"}.__contains__) is None


def test_a_choice_may_end_in_nothing() -> None:
    """Costs that no source knows may be left out."""
    formula = compiled("ad_spend + first(cost_of_sales, 0)")
    assert [term.key for term in (formula.chosen({"ad_spend"}.__contains__) or formula).terms] == ["ad_spend"]


def test_filters_make_terms_of_their_own() -> None:
    """The same measure under another filter is another term; the order of labels does not matter."""
    formula = compiled(
        'orders{sales_channel="web", country="NL"} / orders + orders{country="NL",sales_channel="web",} / orders'
    )
    assert [(term.key, term.where) for term in formula.terms] == [
        ("orders", (("country", "NL"), ("sales_channel", "web"))),
        ("orders", ()),
    ]


def test_label_values_may_hold_quotes() -> None:
    """A quote or backslash in a label value is written with a backslash before it."""
    (term,) = compiled(r'orders{sales_channel="the \"big\" \\ shop"}').terms
    assert term.where == (("sales_channel", r'the "big" \ shop'),)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("orders +", "line 1, column 9: the end cannot stand here; expected a number or a measure"),
        ("", "line 1, column 1: the end cannot stand here"),
        ("\norders\n  +\n", "line 3, column 4: the end cannot stand here"),
        ("orders $ 2", r"line 1, column 8: '\$' cannot stand here"),
        ("2 orders", r"line 1, column 3: 'orders' cannot stand here; expected '\+'"),
        ("(orders", r"line 1, column 8: the end cannot stand here; expected '\)'"),
        ("orders{sales_channel=web}", 'column 22: .* expected a label value such as "web"'),
        ("ordes / 2", "column 1: there is no measure or KPI 'ordes'; did you mean 'orders'"),
        ("zzz", "there is no measure or KPI 'zzz'; `kpitaps measures` lists them"),
        ('orders{rep="x"}', "column 8: orders has no label 'rep': declared are sales_channel, country"),
        ('buyers{rep="x"}', "buyers has no label 'rep': declared are none"),
        ('orders{country="NL", country="BE"}', "column 22: label 'country' is filtered twice"),
        ("orders\n  + revenue", "line 2, column 3: cannot add count and money; both sides need the same unit"),
        ("revenue - sales_cycle", "column 9: cannot subtract money and duration"),
        ("revenue / orders + revenue", "cannot add money per count and money"),
        ("orders + 1", "cannot add count and a plain number"),
        ("2 * 3", "uses no measure"),
        ("length() / 1d", "uses no measure"),
        ("orders\n + strat(customers)", "line 2, column 4: there is no function 'strat'; did you mean 'start'"),
        ("sum(orders)", "there is no function 'sum'; there are previous, last_year, start, mean, ever, monthly"),
        ("previous()", r"column 1: the function is written previous\(x\), and here it has 0 parts"),
        ("max(orders)", r"written max\(0, x\), and here it has 1 parts"),
        ("length(orders)", r"written length\(\), and here it has 1 parts"),
        ("start(revenue)", r"start\(\) takes a level, and revenue is a flow: .* previous\(\)"),
        ("mean(orders)", r"mean\(\) takes a level, and orders is a flow: .* monthly"),
        ("mean(sales_cycle)", r"mean\(\) takes a level, and sales_cycle is a duration"),
        ("ever(cash)", r"ever\(\) takes a flow, and cash is a level: .* leave out ever"),
        ("ever(sales_cycle)", r"ever\(\) takes a flow, and sales_cycle is a duration"),
        ("start(cash + mrr)", r"start\(\) takes one measure; put it on each measure"),
        ("start(previous(cash))", r"start\(\) takes one measure; .* other functions around it"),
        ("mean(start(cash))", r"mean\(\) takes one measure"),
        ("monthly(orders, 0)", "a whole number of months, 1 to 24"),
        ("monthly(orders, 1.5)", "a whole number of months, 1 to 24"),
        ("monthly(orders, orders)", "a whole number of months, 1 to 24"),
        ("monthly(monthly(orders, 2), 3)", r"monthly\(\) cannot stand inside monthly"),
        ("max(1, orders)", r"max\(\) takes parts of one unit, not a plain number and count"),
        ("first(orders, revenue)", r"first\(\) takes parts of one unit, not count and money"),
        ("orders / 4h + orders", "cannot add count per duration and count"),
        ("max(orders,)", "column 12: '\\)' cannot stand here"),
        ("-" * 150 + "orders", "nested too deeply"),
        ("orders" + " " * 1000, "longer than 1000 characters"),
    ],
)
def test_mistakes_are_found_before_anything_is_evaluated(text: str, complaint: str) -> None:
    """An error says which KPI, line and column, what is wrong and what would be right."""
    with pytest.raises(BadDefinition, match=complaint) as caught:
        compiled(text)
    assert str(caught.value).startswith("KPI x")


@pytest.mark.parametrize(
    ("text", "unit", "fits"),
    [
        ("revenue / orders", Unit.MONEY, True),
        ("revenue / ad_spend", Unit.RATIO, True),
        ("revenue / ad_spend", Unit.MONEY, False),
        ("nps_promoters / csat_answers * 100", Unit.SCORE, True),
        ("sales_cycle", Unit.DURATION, True),
        ("time_worked / orders", Unit.DURATION, True),
        ("mean(cash) / revenue * length()", Unit.DURATION, True),
        ("mean(cash) / revenue", Unit.DURATION, False),
        ("cash / monthly(cash_out, 3) * 1y / 12", Unit.DURATION, True),
        ("first(orders, leads) / sessions", Unit.RATIO, True),
        ("max(0, cash_out)", Unit.MONEY, True),
        ("orders * orders", Unit.COUNT, False),
        ("revenue * orders", Unit.MONEY, False),
    ],
)
def test_a_formula_knows_what_it_is_measured_in(text: str, unit: Unit, fits: bool) -> None:
    """Units multiply and divide like numbers."""
    assert compiled(text).node.dimension.fits(unit) is fits


PLAIN_COUNTS = [key for key, each in VOCABULARY.items() if each.unit is Unit.COUNT and each.kind is Kind.FLOW]
ATOMS = st.sampled_from(PLAIN_COUNTS)
SUMS = st.recursive(
    ATOMS,
    lambda part: st.tuples(part, st.sampled_from("+-"), part).map(lambda each: f"({' '.join(each)})"),
    max_leaves=8,
)


@given(SUMS, SUMS, st.dictionaries(ATOMS, st.integers(-1000, 1000)))
def test_formulas_agree_with_python(above: str, below: str, numbers: dict[str, int]) -> None:
    """Whatever is written, the value is what Python's exact fractions make of it."""
    exact = {key: Fraction(numbers.get(key, 1)) for key in PLAIN_COUNTS}
    formula = compiled(f"{above} / {below}")
    divisor = eval(below, {}, exact)
    expected = None if divisor == 0 else eval(above, {}, exact) / divisor
    assert formula.value({term: exact[term.key] for term in formula.terms}) == expected
