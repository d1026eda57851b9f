"""The page of live metrics."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kpis.notebook import ACME, NOW, TODAY, Notebook, kpi
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from kpitaps.exposition import PageHolder, render
from kpitaps.kpis import KPIS, Board, CompanyFace, Figure, define, evaluate
from kpitaps.kpis.metric_names import metric_name
from kpitaps.measures import VOCABULARY
from kpitaps.units import Kind, Quality, Unit

if TYPE_CHECKING:
    from parts.prometheus import Promtool

BETA = CompanyFace("beta", "Beta", "USD", ACME.calendar)
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def shop() -> Notebook:
    book = Notebook().feed("orders_refunded", "checkouts_abandoned", "orders_returning", "buyers")
    for day, amount, product in (
        (TODAY, 99.5, 'Mug "XL"'),
        (date(2025, 5, 13), 50, "a\\b\nc"),
        (date(2024, 6, 1), 7, ""),
    ):
        book.write("order_revenue", day, amount, product=product).write("units_sold", day, 2).meet("buyers", day, "ann")
        book.write("orders", day, 1, sales_channel="web")
    return book


def board(company: CompanyFace = ACME, book: Notebook | None = None) -> Board:
    return evaluate(company, define(KPIS), book or shop(), NOW)


def samples(body: bytes) -> Samples:
    families = text_string_to_metric_families(body.decode())
    return {(each.name, frozenset(each.labels.items())): each.value for family in families for each in family.samples}


def sample(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


def figure(value: Fraction | None, *, unit: Unit = Unit.MONEY, labels: tuple[tuple[str, str], ...] = ()) -> Figure:
    through = datetime(2025, 5, 14, 9, 30, tzinfo=UTC)
    return Figure(
        company="acme",
        kpi="sold",
        window="today",
        labels=labels,
        value=value,
        unit=unit,
        currency="EUR",
        previous=None,
        last_year=None,
        quality=Quality.FINAL,
        is_open=True,
        data_through=through,
        days_known=1,
        days=1,
    )


def page_of(*figures: Figure, formula: str = "order_revenue") -> bytes:
    row = kpi("sold", formula, figures[0].unit, by="product" if figures[0].labels else None)
    return render([Board.of(ACME, NOW, [row], figures)]).body


@pytest.mark.parametrize(
    ("key", "unit", "comparison", "name"),
    [
        ("orders", Unit.COUNT, "", "kpi_orders"),
        ("orders", Unit.COUNT, "last_year", "kpi_orders_last_year"),
        ("order_revenue", Unit.MONEY, "", "kpi_order_revenue_eur"),
        ("order_revenue", Unit.MONEY, "previous", "kpi_order_revenue_previous_eur"),
        ("refund_rate", Unit.RATIO, "", "kpi_refund_rate_ratio"),
        ("debt_ratio", Unit.RATIO, "", "kpi_debt_ratio"),
        ("debt_ratio", Unit.RATIO, "previous", "kpi_debt_previous_ratio"),
        ("sales_cycle", Unit.DURATION, "", "kpi_sales_cycle_seconds"),
        ("nps", Unit.SCORE, "", "kpi_nps_score"),
    ],
)
def test_names_end_in_their_unit(key: str, unit: Unit, comparison: str, name: str) -> None:
    """The unit is always last, a count has none, and none stands twice."""
    assert metric_name(key, unit, "EUR", comparison) == name


def test_every_value_is_a_series() -> None:
    """Values, comparisons, breakdowns and what is said about them are all on the page."""
    found = samples(render([board()]).body)
    assert sample(found, "kpi_order_revenue_eur", company="acme", window="today") == 99.5
    assert sample(found, "kpi_order_revenue_previous_eur", company="acme", window="today") == 50
    assert sample(found, "kpi_sales_by_product_eur", company="acme", window="wtd", product="a\\b\nc") == 50
    assert sample(found, "kpi_change_ratio", company="acme", kpi="order_revenue", window="today") == 0.99
    assert sample(found, "kpi_data_through_timestamp_seconds", company="acme", kpi="orders") == NOW.timestamp()
    assert sample(found, "kpi_window_open", company="acme", kpi="orders", window="today") == 1
    assert sample(found, "kpi_window_open", company="acme", kpi="orders", window="yesterday") == 0
    assert sample(found, "kpi_quality", company="acme", kpi="orders", window="mtd", quality="provisional") == 1


def test_a_kpi_says_what_it_is() -> None:
    """Dashboards join unit and direction from kpi_info."""
    labels = {"domain": "commerce", "unit": "ratio", "good": "down", "kind": "lagging"}
    assert sample(samples(render([board()]).body), "kpi_info", company="acme", kpi="refund_rate", **labels) == 1


def test_unknown_is_no_series() -> None:
    """Without a value there is no sample and no family; the quality is there and says why."""
    body = page_of(replace(figure(None), quality=Quality.INCOMPLETE))
    assert b"kpi_sold" not in body
    assert b'kpi_quality{company="acme",kpi="sold",window="today",quality="incomplete"} 1' in body


@pytest.mark.parametrize("previous", [None, Fraction(0), Fraction(-5)])
def test_growth_needs_something_to_grow_from(previous: Fraction | None) -> None:
    """There is no change since nothing, since the unknown, or since a loss."""
    assert b"kpi_change_ratio" not in page_of(replace(figure(Fraction(3)), previous=previous))


def test_the_quality_that_a_source_gives_is_shown() -> None:
    """A sampled figure keeps its value; its quality stands beside it, and no other does."""
    book = Notebook().write("orders", TODAY, 5).doubt("orders", TODAY, TODAY, Quality.SAMPLED, "A sample.")
    found = samples(render([evaluate(ACME, define(KPIS), book, NOW)]).body)
    assert sample(found, "kpi_orders", company="acme", window="today") == 5
    today = [dict(labels) for name, labels in found if name == "kpi_quality" and ("window", "today") in labels]
    assert [labels["quality"] for labels in today] == ["sampled"]


def test_a_breakdown_has_one_quality() -> None:
    """Where one part of a breakdown is incomplete, the KPI is."""
    good = figure(Fraction(1), labels=(("product", "a"),))
    body = page_of(good, replace(good, labels=(("product", "b"),), quality=Quality.INCOMPLETE, value=None), good)
    assert [line for line in body.splitlines() if line.startswith(b"kpi_quality")] == [
        b'kpi_quality{company="acme",kpi="sold",window="today",quality="incomplete"} 1'
    ]


def test_companies_share_families() -> None:
    """Each family stands once, whoever has series in it; the unit of money is part of the name."""
    body = render([board(), board(BETA)]).body
    names = [line.split()[2] for line in body.splitlines() if line.startswith(b"# TYPE")]
    assert len(names) == len(set(names))
    found = samples(body)
    assert sample(found, "kpi_orders", company="beta", window="wtd") == 2
    assert sample(found, "kpi_order_revenue_usd", company="acme", window="wtd") is None


def test_no_sample_carries_a_timestamp() -> None:
    """A stamped sample outlives its series, and an old one fails the scrape."""
    families = text_string_to_metric_families(render([board()]).body.decode())
    assert {each.timestamp for family in families for each in family.samples} == {None}


@given(
    st.dictionaries(
        st.text(max_size=12).filter(lambda text: not set("\r\0") & set(text)),
        st.fractions(min_value=-(10**12), max_value=10**12),
        min_size=1,
        max_size=8,
    )
)
def test_the_page_says_what_prometheus_client_would_say(values: dict[str, Fraction]) -> None:
    """Parsed, our text and the library's are the same samples, whatever the labels and numbers."""
    registry = CollectorRegistry()
    oracle = Gauge("kpi_sold_eur", "What sold is.", ["company", "window", "product"], registry=registry)
    for product, value in values.items():
        oracle.labels("acme", "today", product).set(float(round(value, 6)))
    body = page_of(*(figure(value, labels=(("product", product),)) for product, value in values.items()))
    ours = {key: value for key, value in samples(body).items() if key[0] == "kpi_sold_eur"}
    assert ours == samples(generate_latest(registry))


def test_broken_text_does_not_break_the_page() -> None:
    """Half a surrogate pair or a NUL in a product's name is replaced; all else is served."""
    body = page_of(figure(Fraction(1), labels=(("product", "a\ud800b\0c"),)))
    assert 'product="a?b\ufffdc"} 1' in body.decode()


def test_the_library_writes_the_same_head() -> None:
    """HELP and TYPE stand as prometheus-client writes them."""
    registry = CollectorRegistry()
    Gauge("kpi_sold_eur", "What sold is.", registry=registry)
    head = generate_latest(registry).splitlines()[:2]
    assert page_of(figure(Fraction(1))).splitlines()[:2] == head


def test_the_page_comes_in_two_forms_with_one_tag() -> None:
    """The compressed form holds the same text, and the same boards give the same bytes and tag."""
    page = render([board()])
    assert gzip.decompress(page.gzip) == page.body
    assert render([board()]) == page
    assert render([board(book=shop().write("orders", TODAY, 1))]).etag != page.etag


def test_a_page_is_rendered_only_when_figures_change() -> None:
    """Publishing the same figures again leaves the very same page in place."""
    holder = PageHolder()
    assert holder.page.body == b""
    assert holder.publish([board()])
    first = holder.page
    assert not holder.publish([replace(board(), at=datetime(2025, 5, 14, 9, 45, tzinfo=UTC))])
    assert holder.page is first
    assert holder.publish([board(), board(BETA)])
    assert holder.page is not first


def test_promtool_finds_nothing(promtool: Promtool) -> None:
    """Prometheus' own checker has no complaint about any name, help or type."""
    checked = promtool("check", "metrics", stdin=render([board(), board(BETA)]).body.decode())
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def everything() -> Notebook:
    """Return a notebook in which every measure grew by one on the first of each month, two years and a half long."""
    book = Notebook()
    for number in range(30):
        day = date(2022 + (number + 11) // 12, (number + 11) % 12 + 1, 1)
        for measure in VOCABULARY.values():
            labels = dict.fromkeys(measure.labels, "web")
            if measure.kind is Kind.DISTINCT:
                book.meet(measure.key, day, "ann")
            else:
                book.write(measure.key, day, 1, of=measure.kind is Kind.DURATION, **labels)
        book.write("cash_out", day, 2)
    return book


def test_promtool_likes_every_kpi(promtool: Promtool) -> None:
    """Each KPI that ships is on the page, under a name of its own that Prometheus' checker has no complaint about."""
    body = render([board(book=everything())]).body.decode()
    checked = promtool("check", "metrics", stdin=body)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    names = [metric_name(row.key, row.unit, "EUR", how) for row in KPIS for how in ("", "previous", "last_year")]
    assert len(set(names)) == len(names)
    assert [name for name in names if f"# TYPE {name} gauge\n" not in body] == []
