"""The KPIs that ship: each one worked out by hand.

The company's today is Wednesday 14 May 2025. February had 28 days, March 31, April 30.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from kpis.notebook import Notebook, figures

from kpitaps.kpis import KPIS, Catalogue, define
from kpitaps.units import Unit

DAY = 86_400
"""Seconds in a day."""

MAY, APRIL, MARCH, FEBRUARY = date(2025, 5, 5), date(2025, 4, 10), date(2025, 3, 10), date(2025, 2, 10)
BEFORE = date(2024, 1, 1)
ALL = define(KPIS)

Entries = dict[str, list[tuple[date, int]]]


def only(key: str) -> Catalogue:
    """Return a catalogue of one of the KPIs that ship."""
    return Catalogue(tuple(each for each in ALL.definitions if each.kpi.key == key))


def book_of(entries: Entries) -> Notebook:
    """Return a notebook in which each measure of the entries is fed."""
    book = Notebook()
    for measure, days in entries.items():
        book.feed(measure)
        for day, amount in days:
            book.write(measure, day, amount)
    return book


def april(**amounts: int) -> Entries:
    return {key: [(APRIL, amount)] for key, amount in amounts.items()}


RESULT = april(
    revenue=1000, cost_of_sales=400, operating_costs=200, depreciation=50, other_income=30, other_costs=20,
    interest_income=5, interest_costs=15, taxes=60,
)  # fmt: skip
FLOWING = {"cash_out": [(FEBRUARY, 300), (MARCH, 100), (APRIL, 500)], "cash_in": [(MARCH, 250), (APRIL, 80)]}
OWED = {"receivables_open": [(BEFORE, 100), (date(2025, 4, 16), 200)]}

APRIL_CASES: list[tuple[str, Entries, object]] = [
    ("revenue", RESULT, 1000),
    ("revenue_growth", {"revenue": [(APRIL, 150), (MARCH, 120)]}, Fraction(1, 4)),
    ("revenue_growth", {"revenue": [(APRIL, 90), (MARCH, 120)]}, Fraction(-1, 4)),
    ("revenue_growth", {"revenue": [(APRIL, 0), (MARCH, 120)]}, -1),
    ("revenue_growth", {"revenue": [(APRIL, 90)]}, None),
    ("revenue_growth", {"revenue": [(APRIL, 90), (MARCH, -10)]}, None),
    ("gross_profit", RESULT, 600),
    ("gross_margin", RESULT, Fraction(3, 5)),
    ("gross_margin", {**RESULT, "revenue": []}, None),
    # 1000 - 400 - 200 - 50 + 30 - 20 + 5 - 15 - 60
    ("net_profit", RESULT, 290),
    ("net_margin", RESULT, Fraction(29, 100)),
    # 290 + 60 + 15 - 5 + 50
    ("ebitda", RESULT, 410),
    ("debt_ratio", {"debt_short": [(BEFORE, 40)], "debt_long": [(MARCH, 80)], "equity": [(BEFORE, 60)]}, 2),
    ("debt_ratio", {"debt_short": [(BEFORE, 40)], "debt_long": [], "equity": [(BEFORE, 60), (APRIL, -70)]}, None),
    ("cash_flow", FLOWING, -420),
    # February 300, March 0 because more came in, April 420
    ("burn_rate", FLOWING, 240),
    ("burn_rate", {"cash_out": [(MAY, 900)], "cash_in": []}, 0),
    # three months at 240
    ("runway", {**FLOWING, "cash": [(BEFORE, 720)]}, 3 * Fraction(DAY * 1461, 48)),
    ("runway", {**FLOWING, "cash": []}, 0),
    ("runway", {"cash_out": [], "cash_in": [(APRIL, 50)], "cash": [(BEFORE, 720)]}, None),
    ("receivables_overdue_ratio", {**OWED, "receivables_overdue": [(MARCH, 75)]}, Fraction(1, 4)),
    ("receivables_overdue_ratio", {"receivables_open": [], "receivables_overdue": []}, None),
    # 15 days of 100 and 15 of 300 are 200 on average, of 400 in 30 days
    ("receivable_period", {**OWED, "revenue_incl_vat": [(APRIL, 400)]}, 15 * DAY),
    ("receivable_period", {**OWED, "revenue_incl_vat": [(MARCH, 400)]}, None),
    ("mrr", {"mrr": [(BEFORE, 100), (APRIL, 25), (MAY, 7)]}, 125),
    ("arr", {"mrr": [(BEFORE, 100), (APRIL, 25), (MAY, 7)]}, 1500),
    ("new_customers", april(new_customers=4), 4),
    ("leads", april(leads=4), 4),
    ("intro_meetings", april(meetings=4), 4),
    ("lead_conversion", april(new_customers=4, leads=16), Fraction(1, 4)),
    ("lead_conversion", april(new_customers=4, leads=0), None),
    ("meeting_conversion", april(deals_won=3, meetings=12), Fraction(1, 4)),
    ("deals_won", april(deals_won=3), 3),
    ("deals_lost", april(deals_lost=3), 3),
    ("won_value", april(deals_won_value=900), 900),
    ("win_rate", april(deals_won=3, deals_lost=1), Fraction(3, 4)),
    ("win_rate", april(deals_won=0, deals_lost=0), None),
    ("average_deal_value", april(deals_won_value=1000, deals_won=3), Fraction(1000, 3)),
    ("pipeline_value", {"pipeline_value": [(BEFORE, 100), (APRIL, -30), (MAY, 1)]}, 70),
    ("pipeline_weighted", {"pipeline_weighted": [(BEFORE, 100), (APRIL, -30), (MAY, 1)]}, 70),
    ("orders", april(orders=5), 5),
    ("order_revenue", april(order_revenue=100), 100),
    ("units_sold", april(units_sold=7), 7),
    ("average_order_value", april(order_revenue=100, orders=8), Fraction(25, 2)),
    ("refund_rate", april(orders_refunded=2, orders=8), Fraction(1, 4)),
    ("returning_customer_rate", april(orders_returning=2, orders=8), Fraction(1, 4)),
    ("sessions", april(sessions=9), 9),
    ("pageviews", april(pageviews=9), 9),
    ("bounce_rate", april(engaged_sessions=6, sessions=8), Fraction(1, 4)),
    ("conversion_rate", april(key_events=2, sessions=8), Fraction(1, 4)),
    ("ad_clicks", april(ad_clicks=9), 9),
    ("click_through_rate", april(ad_clicks=9, ad_impressions=90), Fraction(1, 10)),
    ("cost_per_acquisition", april(ad_spend=90, new_customers=4), Fraction(45, 2)),
    ("cost_per_acquisition", april(ad_spend=90, new_customers=0), None),
    ("return_on_ad_spend", april(ad_revenue=90, ad_spend=30), 3),
    ("customer_acquisition_cost", april(ad_spend=90, new_customers=4), Fraction(45, 2)),
    ("subscribers", {"subscribers": [(BEFORE, 40), (APRIL, 10), (MAY, 1)]}, 50),
    ("subscriber_growth", {"subscribers": [(BEFORE, 40), (APRIL, 10), (MAY, 1)]}, Fraction(1, 4)),
    ("subscriber_growth", {"subscribers": [(BEFORE, 40), (APRIL, -10)]}, Fraction(-1, 4)),
    ("subscriber_growth", {"subscribers": [(APRIL, 10)]}, None),
    # the first day of the window is not before it
    ("subscriber_growth", {"subscribers": [(date(2025, 3, 31), 40), (date(2025, 4, 1), 10)]}, Fraction(1, 4)),
    ("email_open_rate", april(emails_opened=5, emails_delivered=50), Fraction(1, 10)),
    ("email_click_rate", april(emails_clicked=5, emails_delivered=50), Fraction(1, 10)),
    ("unsubscribe_rate", april(unsubscribes=5, emails_delivered=50), Fraction(1, 10)),
    ("social_followers", {"social_followers": [(BEFORE, 40), (APRIL, 10), (MAY, 1)]}, 50),
    ("social_engagement", april(social_engagements=9), 9),
    ("tickets_created", april(tickets_created=9), 9),
    ("tickets_open", {"tickets_open": [(BEFORE, 4), (APRIL, -1), (MAY, 5)]}, 3),
    ("complaints", april(complaints=9), 9),
    # (6 - 2) of 10
    ("nps", april(nps_promoters=6, nps_passives=2, nps_detractors=2), 40),
    ("nps", april(nps_promoters=1, nps_passives=1, nps_detractors=2), -25),
    ("nps", april(nps_promoters=0, nps_passives=0, nps_detractors=0), None),
    ("csat", april(csat_positive=3, csat_answers=4), Fraction(3, 4)),
    ("churn_rate", {"customers_lost": [(APRIL, 2)], "customers": [(BEFORE, 40), (APRIL, 8)]}, Fraction(1, 20)),
    ("churn_rate", {"customers_lost": [(APRIL, 2)], "customers": [(APRIL, 8)]}, None),
    ("retention_rate", {"customers_lost": [(APRIL, 2)], "customers": [(BEFORE, 40), (APRIL, 8)]}, Fraction(19, 20)),
    ("billable_time", april(time_billable=3600), 3600),
    ("billable_ratio", april(time_billable=3600, time_worked=4800), Fraction(3, 4)),
]  # fmt: skip


@pytest.mark.parametrize(("key", "entries", "expected"), APRIL_CASES)
def test_april_by_hand(key: str, entries: Entries, expected: Fraction | None) -> None:
    """In April, the last full month, each KPI is what a person with a pencil finds."""
    assert figures(only(key), book_of(entries))["last_month"].value == expected


@pytest.mark.parametrize(
    ("key", "measure"),
    [
        ("sales_cycle", "sales_cycle"),
        ("session_duration", "session_duration"),
        ("page_load_time", "page_load"),
        ("first_response_time", "first_response_time"),
        ("resolution_time", "resolution_time"),
    ],
)
def test_mean_times_by_hand(key: str, measure: str) -> None:
    """90 seconds in one case and 30 in three others are 30 on average; without a case there is no mean."""
    book = Notebook().write(measure, APRIL, 90, of=1).write(measure, date(2025, 4, 2), 30, of=3)
    found = figures(only(key), book)
    assert (found["last_month"].value, found["mtd"].value) == (30, None)


def test_visitors_by_hand() -> None:
    """Visitors and buyers are people; order revenue of 90 of three visitors, two of whom bought, is 30 and 45 each."""
    book = Notebook().write("order_revenue", APRIL, 90)
    for who in ("ann", "bo", "cy", "ann"):
        book.meet("visitors", APRIL, who)
    for who in ("ann", "bo", "ann"):
        book.meet("buyers", APRIL, who)
    found = {key: figures(only(key), book)["last_month"].value for key in ("visitors", "revenue_per_visitor")}
    assert found == {"visitors": 3, "revenue_per_visitor": 30}
    assert figures(only("revenue_per_customer"), book)["last_month"].value == 45


def test_online_orders_by_hand() -> None:
    """Of 10 checkouts 6 were abandoned, of 40 visits 4 ended in an order; what the till sold is not online."""
    book = Notebook().write("orders", APRIL, 4, sales_channel="web").write("orders", APRIL, 9, sales_channel="pos")
    book.write("checkouts_abandoned", APRIL, 6).write("sessions", APRIL, 40).write("key_events", APRIL, 20)
    assert figures(only("cart_abandonment"), book)["last_month"].value == Fraction(3, 5)
    assert figures(only("conversion_rate"), book)["last_month"].value == Fraction(1, 10)


def lifetime() -> Notebook:
    """Return 12 months with a gross profit of 600 in all and 20 customers throughout, of whom 4 are lost."""
    book = Notebook().write("revenue", date(2024, 5, 1), 1000).write("cost_of_sales", date(2025, 4, 30), 400)
    book.write("customers", BEFORE, 20).feed("customers_lost")
    for month in (2, 4, 7, 10):
        book.write("customers_lost", date(2025 if month < 5 else 2024, month, 20), 1)
    # neither is in the last twelve full months
    return book.write("revenue", date(2024, 4, 30), 7000).write("revenue", date(2025, 5, 1), 7000)


def test_customer_lifetime_value_by_hand() -> None:
    """50 a month of 20 customers is 2.50 each; a third of a customer of 20 leaves a month; 2.50 / (1/60) = 150."""
    book = lifetime().write("ad_spend", APRIL, 90).write("new_customers", APRIL, 3)
    found = figures(only("customer_lifetime_value"), book)
    assert {found[name].value for name in ("today", "7d", "mtd", "last_month")} == {150}
    assert figures(only("clv_to_cac"), book)["last_month"].value == 5


def test_nobody_leaving_has_no_lifetime_value() -> None:
    """Without churn a customer's value has no end, and no figure."""
    book = lifetime()
    book.entries["customers_lost"].clear()
    assert figures(only("customer_lifetime_value"), book)["last_month"].value is None


def test_sales_by_product_prefers_invoices() -> None:
    """Where revenue is invoiced it is broken down; with a shop alone, its orders are."""
    book = Notebook().write("order_revenue", APRIL, 5, product="tea")
    assert figures(only("sales_by_product"), book)["last_month", "tea"].value == 5
    book.write("revenue", APRIL, 8, product="tea").write("revenue", APRIL, 1)
    found = figures(only("sales_by_product"), book)
    assert (found["last_month", "tea"].value, found["last_month", "(none)"].value) == (8, 1)


@pytest.mark.parametrize(
    ("key", "measure", "label"),
    [
        ("sales_per_rep", "deals_won_value", "rep"),
        ("traffic_by_channel", "sessions", "traffic_channel"),
        ("time_per_project", "time_worked", "project"),
        ("sales_by_product", "revenue", "product"),
    ],
)
def test_parts_by_hand(key: str, measure: str, label: str) -> None:
    """A breakdown shows ten values by name and the rest as one, and together they are the whole."""
    book = Notebook()
    for number in range(1, 13):
        book.write(measure, APRIL, number, **{label: f"n{number:02}"})
    found = {name: each.value for (window, name), each in figures(only(key), book).items() if window == "last_month"}
    assert found == {**{f"n{number:02}": number for number in range(12, 2, -1)}, "other": 1 + 2}


def test_project_budgets_by_hand() -> None:
    """All hours since the start count, whenever they were worked; a project without a budget has no part of it."""
    book = Notebook().write("time_budgeted", BEFORE, 100, project="a").write("time_budgeted", BEFORE, 50, project="b")
    for day, seconds, project in ((BEFORE, 30, "a"), (APRIL, 20, "a"), (MAY, 10, "a"), (APRIL, 75, "b"), (MAY, 1, "c")):
        book.write("time_worked", day, seconds, project=project)
    found = figures(only("project_budget_used"), book)
    assert {name: found["last_month", name].value for name in "abc"} == {
        "a": Fraction(1, 2),
        "b": Fraction(3, 2),
        "c": None,
    }
    assert found["mtd", "a"].value == Fraction(3, 5)
    assert found["mtd", "a"].previous == found["last_year", "a"].value + Fraction(1, 5) == Fraction(1, 2)


def test_the_other_projects_share_one_budget() -> None:
    """Beyond ten projects, the rest is one: its hours over its budgets, never a sum of ratios."""
    book = Notebook()
    for number in range(1, 13):
        book.write("time_worked", APRIL, number, project=f"p{number:02}")
        book.write("time_budgeted", BEFORE, 4 * number, project=f"p{number:02}")
    found = figures(only("project_budget_used"), book)
    assert found["last_month", "other"].value == Fraction(1 + 2, 4 * (1 + 2))


def test_every_kpi_is_worked_out_here() -> None:
    """No KPI ships without a hand-made example."""
    elsewhere = {
        *("sales_cycle", "session_duration", "page_load_time", "first_response_time", "resolution_time"),
        *("visitors", "revenue_per_visitor", "revenue_per_customer", "cart_abandonment"),
        *("customer_lifetime_value", "clv_to_cac", "sales_by_product", "sales_per_rep", "traffic_by_channel"),
        *("time_per_project", "project_budget_used"),
    }
    assert {key for key, _, _ in APRIL_CASES} | elsewhere == {kpi.key for kpi in KPIS}


def test_a_missing_measure_hides_the_kpi() -> None:
    """Whatever is fed, a KPI appears when one way to it is fed as a whole, and not before."""
    book = Notebook().feed("sessions")
    assert only("conversion_rate").available(book) == ()
    book.feed("key_events")
    (definition,) = only("conversion_rate").available(book)
    assert definition.measures == ("key_events", "sessions")
    book.feed("orders")
    (definition,) = only("conversion_rate").available(book)
    assert definition.measures == ("orders", "sessions")


def test_receivable_periods_need_a_month() -> None:
    """In windows shorter than a month, an invoice or two would decide; there is no value, and the figure says why."""
    book = book_of({**OWED, "revenue_incl_vat": [(date(2025, 5, 13), 400), (date(2025, 2, 1), 1)]})
    found = figures(only("receivable_period"), book)
    assert {name for name, each in found.items() if each.value is None} == {
        *("today", "yesterday", "7d", "wtd", "last_week", "mtd"),
        *("last_month", "last_year"),
    }
    assert found["mtd"].reasons == ("The window is shorter than a month.",)
    assert found["last_month"].reasons == ("There is nothing to divide by.",)


def test_money_is_never_a_plain_number() -> None:
    """Each KPI's formula gives what its unit says; a table row cannot claim otherwise."""
    assert {kpi.key for kpi in KPIS if kpi.unit is Unit.SCORE} == {"nps"}
    assert len(ALL.definitions) == 74
