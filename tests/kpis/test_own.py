"""A company's own KPIs."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from kpis.notebook import TODAY, Notebook, figures

from kpitaps.calendar import AS_USUAL, Comparing
from kpitaps.kpis.catalogue import Catalogue
from kpitaps.kpis.files import read_tables
from kpitaps.kpis.own import own_kpis
from kpitaps.kpis.vocabulary import KPIS
from kpitaps.measures import VOCABULARY, Measure, Names
from kpitaps.units import Good, Kind, Unit

if TYPE_CHECKING:
    from pathlib import Path

    from kpitaps.kpis.own import OwnKpis

COUNT = 'unit = "count"\ngood = "up"\ndomain = "commerce"\n'
RATIO = 'unit = "ratio"\ngood = "up"\ndomain = "commerce"\n'
WORDS = Names("Postings", "What was booked.")
POSTINGS = Measure("acme_postings", Unit.MONEY, Kind.FLOW, ("gl_account",), Good.UP, "booking", WORDS, WORDS)
MEASURES = VOCABULARY | {POSTINGS.key: POSTINGS}


def own(folder: Path, text: str, company: str = "acme") -> OwnKpis:
    """Return the KPIs of a company whose file holds ``text``."""
    file = folder / "kpis.toml"
    file.write_text(text)
    return own_kpis(read_tables(file, "kpi"), company, MEASURES)


def only(found: OwnKpis, key: str) -> Catalogue:
    """Return the catalogue of one of the KPIs."""
    return Catalogue(tuple(each for each in found.catalogue.definitions if each.kpi.key == key))


def test_an_own_kpi_stands_beside_those_that_ship(tmp_path: Path) -> None:
    """Few keys are needed; it comes last in its domain, and is called as its key says until it is named."""
    text = "formula = 'orders{sales_channel=\"web\"}\n/ sessions'\n".replace("'", "'''")
    found = own(tmp_path, f"[kpi.web_conversion]\n{text}{RATIO}")
    assert found.problems == ()
    assert len(found.catalogue.kpis) == len(KPIS) + 1
    last = [kpi for kpi in found.catalogue.kpis if kpi.domain == "commerce"][-1]
    assert (last.key, last.leading, last.by, last.month_or_longer) == ("web_conversion", False, None, False)
    assert last.en == ("Web conversion", 'Computed as orders{sales_channel="web"} / sessions.')
    assert last.nl == ("Web conversion", 'Berekend als orders{sales_channel="web"} / sessions.')


def test_a_kpi_may_choose_what_it_is_compared_with(tmp_path: Path) -> None:
    """By the share of a period, and by weekdays; the default is as many days, and what suits the window."""
    text = "formula = 'orders'\n" + COUNT
    found = own(tmp_path, f'[kpi.a]\n{text}previous = "share"\nlast_year = "weekdays"\n[kpi.b]\n{text}')
    compared = {kpi.key: kpi.compared for kpi in found.catalogue.kpis if kpi.key in ("a", "b")}
    assert compared == {"a": Comparing(by_share=True, by_weekdays=True), "b": AS_USUAL}


def test_a_name_in_one_language_serves_both(tmp_path: Path) -> None:
    """Who speaks Dutch need not write English."""
    found = own(tmp_path, f"[kpi.a]\nformula = 'orders'\n{COUNT}nl = {{ name = 'Bonnen', definition = 'Alle.' }}\n")
    (kpi,) = only(found, "a").kpis
    assert kpi.en == kpi.nl == ("Bonnen", "Alle.")


def test_measures_of_a_tap_of_its_own_may_be_used(tmp_path: Path) -> None:
    """An installed tap's own measure is as good as a shared one, labels included."""
    found = own(tmp_path, f"[kpi.a]\nformula = 'acme_postings'\nby = 'gl_account'\n{COUNT.replace('count', 'money')}")
    assert found.problems == ()
    assert only(found, "a").definitions[0].measures == ("acme_postings",)


def test_costs_of_winning_a_customer_are_what_the_company_says(tmp_path: Path) -> None:
    """A KPI that ships is changed by a table of its key, and so is what is computed from it; the rest of it stays."""
    costs = '(ad_spend + acme_postings{gl_account="4200"}) / new_customers'
    found = own(tmp_path, f"[kpi.customer_acquisition_cost]\nformula = '{costs}'\n")
    changed = only(found, "customer_acquisition_cost")
    shipped = next(kpi for kpi in KPIS if kpi.key == "customer_acquisition_cost")
    assert (changed.kpis[0].en, changed.kpis[0].unit, changed.kpis[0].good) == (shipped.en, Unit.MONEY, Good.DOWN)
    assert "acme_postings" in only(found, "clv_to_cac").definitions[0].measures
    book = Notebook().write("ad_spend", TODAY, 100).write("new_customers", TODAY, 4)
    book.write("acme_postings", TODAY, 50, currency="EUR", gl_account="4200")
    book.write("acme_postings", TODAY, 999, currency="EUR", gl_account="4300")
    assert figures(changed, book)["today"].value == Fraction(150, 4)


def test_a_broken_kpi_leaves_the_others_alone(tmp_path: Path) -> None:
    """What is wrong is told in full; only what is computed from it goes with it."""
    text = f"[kpi.bad]\nformula = 'ordes'\n{COUNT}[kpi.good]\nformula = 'orders'\n{COUNT}"
    found = own(tmp_path, f"{text}[kpi.worse]\nformula = 'bad * 2'\n{COUNT}[kpi.worst]\nformul = 'x'\n")
    assert {kpi.key for kpi in found.catalogue.kpis} == {kpi.key for kpi in KPIS} | {"good"}
    assert sorted(found.problems) == [
        "kpis.toml, line 12, column 12, [kpi.worse] formula: the KPI bad is not valid itself; mend that one first",
        "kpis.toml, line 17, [kpi.worst] formul: there is no such key; did you mean 'formula'?",
        "kpis.toml, line 2, column 12, [kpi.bad] formula: there is no measure or KPI 'ordes'; did you mean 'orders'?",
    ]


def test_a_broken_change_is_not_passed_over(tmp_path: Path) -> None:
    """A KPI that the company meant to change is not shown as it ships: a wrong figure is worse than none."""
    found = own(tmp_path, "[kpi.gross_profit]\nformula = 'revenu'\n")
    gone = {kpi.key for kpi in KPIS} - {kpi.key for kpi in found.catalogue.kpis}
    assert gone == {"gross_profit", "gross_margin", "customer_lifetime_value", "clv_to_cac"}
    assert found.problems[0].startswith("kpis.toml, line 2, column 12, [kpi.gross_profit] formula: ")
    assert "KPI gross_margin, line 1, column 1: the KPI gross_profit is not valid itself" in found.problems[1]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[kpi.a]\nformula = 'orders'\nunit = 'count'", "line 1, [kpi.a]: it lacks good and domain; only a KPI that"),
        (f"[kpi.a]\nformula = 'order_revenue'\n{COUNT}", 'gives money, but its unit is count; write unit = "money"'),
        (f"[kpi.a]\nformula = 'sessions / sessions'\n{COUNT}", 'write unit = "ratio" or "score", or mend'),
        (f"[kpi.a]\nformula = 'orders{{sales_chanel=\"a\"}}'\n{COUNT}", "country; did you mean 'sales_channel'?"),
        (f"[kpi.a]\nformula = 'orders + order_revenue'\n{COUNT}", "line 2, column 19, [kpi.a] formula: cannot add"),
        (f"[kpi.a]\nformula = 'visitors + new_visitors'\n{COUNT}", "line 2, column 21, [kpi.a] formula: visitors and"),
        (f"[kpi.a]\nformula = 'orders'\nby = 'rep'\n{COUNT}", "line 2, [kpi.a] formula: orders has no label 'rep'"),
        (f"[kpi.a-b]\nformula = 'orders'\n{COUNT}", "line 1, [kpi.a-b]: KPI 'a-b': write its key in lower case"),
        (f"[kpi.total_a]\nformula = 'orders'\n{COUNT}", "[kpi.total_a]: KPI total_a: Prometheus rejects the word"),
        (f"[kpi.a]\nformula = 'a'\n{COUNT}", "[kpi.a] formula is computed from itself: a → a"),
        (
            "[kpi.gross_profit]\nformula = 'gross_margin * revenue'",
            "[kpi.gross_profit] formula is computed from itself",
        ),
        (f"[[kpi.a]]\nformula='orders'\n{COUNT}[[kpi.a]]\nformula='orders'", "line 6, [kpi.a]: a is defined twice"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_way_out(tmp_path: Path, text: str, complaint: str) -> None:
    """The error leads to the line, and to the column where it is one character's fault."""
    problem = own(tmp_path, text).problems[0]
    assert problem.startswith("kpis.toml, line ")
    assert complaint in problem


def test_companies_may_differ(tmp_path: Path) -> None:
    """A table may be for one company; what is wrong in it is no matter of another."""
    rows = {"acme": "orders", "bolt": "x", "core": "x'\nzzz = '"}.items()
    text = "".join(f"[[kpi.a]]\ncompany = '{key}'\nformula = '{formula}'\n{COUNT}" for key, formula in rows)
    acme, bolt = own(tmp_path, text), own(tmp_path, text, "bolt")
    assert acme.problems == ()
    assert only(acme, "a").kpis
    assert not only(bolt, "a").kpis
    assert "line 9, column 12" in bolt.problems[0]


def test_a_change_may_take_a_breakdown_away(tmp_path: Path) -> None:
    """An empty label makes a headline of a KPI that ships by label."""
    found = own(tmp_path, "[kpi.traffic_by_channel]\nby = ''\nen.name = 'Traffic'\n")
    (kpi,) = only(found, "traffic_by_channel").kpis
    assert (kpi.by, kpi.en.name, kpi.nl.name) == (None, "Traffic", "Verkeer per kanaal")
