"""What a company's KPIs must be, worked out in plain Python from what happened: without formulas or calendar of ours.

Values are exact, in whole units: euros, seconds, things.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ONE = 1_000_000
DAY = timedelta(days=1)
NONE = "(none)"
YEAR = 31_557_600
"""Seconds of 365.25 days."""


@dataclass(frozen=True)
class Days:
    """The days from ``first`` to ``last``, both included, as seen on the day ``today``."""

    first: date
    last: date
    today: date

    @property
    def length(self) -> int:
        """How many there are."""
        return (self.last - self.first).days + 1

    def month(self, back: int) -> Days:
        """Return the full month that is the ``back``-th one before the end of the days."""
        end = min(self.last + DAY, self.today).replace(day=1)
        for _ in range(back - 1):
            end = (end - DAY).replace(day=1)
        return Days((end - DAY).replace(day=1), end - DAY, self.today)


def windows(today: date) -> dict[str, tuple[Days, Days, Days]]:
    """Return each window, the days before it, and those a year before; years begin in January and weeks on Monday."""
    monday = today - today.weekday() * DAY
    month, year = today.replace(day=1), date(today.year, 1, 1)
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    week = timedelta(weeks=1)
    yesterday = today - DAY
    found = {
        "today": _rolling(today, 1),
        "yesterday": _rolling(yesterday, 1),
        "7d": _rolling(yesterday, 7),
        "28d": _rolling(yesterday, 28),
        "wtd": (
            (monday, today),
            (monday - week, min(today - week, monday - DAY)),
            (monday - 52 * week, today - 52 * week),
        ),
        "mtd": _to_date(month, today, _months(month, -1)),
        "qtd": _to_date(quarter, today, _months(quarter, -3)),
        "ytd": _to_date(year, today, _months(year, -12)),
        "last_week": _full(monday, [monday - week, monday - 2 * week], (monday - 53 * week, monday - 52 * week)),
        "last_month": _calendar(month, 1),
        "last_quarter": _calendar(quarter, 3),
        "last_year": _calendar(year, 12),
        "12m": _calendar(month, 12),
    }
    return {
        name: (Days(*spans[0], today), Days(*spans[1], today), Days(*spans[2], today)) for name, spans in found.items()
    }


_Span = tuple[date, date]


def _rolling(last: date, number: int) -> tuple[_Span, _Span, _Span]:
    first = last - (number - 1) * DAY
    return (first, last), (first - number * DAY, first - DAY), (first - 364 * DAY, last - 364 * DAY)


def _to_date(first: date, today: date, before: date) -> tuple[_Span, _Span, _Span]:
    year = today.year - 1
    last_year = date(year, 2, 28) if (today.month, today.day) == (2, 29) else today.replace(year=year)
    return (
        (first, today),
        (before, min(before + (today - first), first - DAY)),
        (first.replace(year=first.year - 1), last_year),
    )


def _full(end: date, starts: list[date], year_ago: _Span) -> tuple[_Span, _Span, _Span]:
    return (starts[0], end - DAY), (starts[1], starts[0] - DAY), (year_ago[0], year_ago[1] - DAY)


def _calendar(end: date, months: int) -> tuple[_Span, _Span, _Span]:
    start = _months(end, -months)
    return _full(end, [start, _months(end, -2 * months)], (_months(start, -12), _months(end, -12)))


def _months(day: date, by: int) -> date:
    number = day.year * 12 + day.month - 1 + by
    return date(number // 12, number % 12 + 1, 1)


_Running = tuple[list[int], list[int], list[int]]
"""Days in order, and the sums of numerators and denominators before each."""


class Facts:
    """What happened, by measure: of each measure what its owner says.

    Args:
        sums: (measure, labels, currency, ordinal day) → numerator and denominator in millionths.
        distinct: Counts different subjects of a measure in some days.
    """

    def __init__(
        self,
        sums: Iterable[tuple[tuple[str, tuple[tuple[str, str], ...], str, int], tuple[int, int]]],
        distinct: Mapping[str, Callable[[date, date], int]],
    ) -> None:
        self._rows: defaultdict[str, list[tuple[dict[str, str], int, int, int]]] = defaultdict(list)
        for (measure, labels, _, day), (amount, of) in sums:
            self._rows[measure].append((dict(labels), day, amount, of))
        self._distinct = distinct
        self._running: dict[tuple[Any, ...], _Running] = {}

    def flow(self, measure: str, days: Days, **where: str) -> Fraction:
        """Return what a flow adds up to."""
        return self._sum(measure, days.first.toordinal(), days.last.toordinal(), where)[0]

    def mean_of(self, measure: str, days: Days) -> Fraction | None:
        """Return the mean of a duration: the sum of all over how many there were."""
        amount, of = self._sum(measure, days.first.toordinal(), days.last.toordinal(), {})
        return over(amount, of)

    def ever(self, measure: str, days: Days, **where: str) -> Fraction:
        """Return what a flow adds up to since the beginning."""
        return self._sum(measure, 0, days.last.toordinal(), where)[0]

    def level(self, measure: str, day: date, **where: str) -> Fraction:
        """Return a level at the end of a day."""
        return self._sum(measure, 0, day.toordinal(), where)[0]

    def mean_level(self, measure: str, days: Days) -> Fraction:
        """Return the mean of a level over the ends of some days."""
        every = [days.first + number * DAY for number in range(days.length)]
        return sum((self.level(measure, day) for day in every), Fraction(0)) / days.length

    def distinct(self, measure: str, days: Days) -> Fraction:
        """Return how many different subjects there were."""
        return Fraction(self._distinct[measure](days.first, days.last))

    def values(self, measure: str, label: str) -> set[str]:
        """Return every value of a label."""
        return {labels.get(label, NONE) for labels, *_ in self._rows[measure]}

    def _sum(self, measure: str, first: int, last: int, where: dict[str, str]) -> tuple[Fraction, Fraction]:
        key = (measure, *sorted(where.items()))
        if key not in self._running:
            self._running[key] = self._added_up(measure, where)
        days, amounts, ofs = self._running[key]
        start, end = bisect_left(days, first), bisect_right(days, last)
        return Fraction(amounts[end] - amounts[start], ONE), Fraction(ofs[end] - ofs[start], ONE)

    def _added_up(self, measure: str, where: dict[str, str]) -> _Running:
        rows = sorted(
            (day, amount, of)
            for labels, day, amount, of in self._rows[measure]
            if all(labels.get(name, NONE) == value for name, value in where.items())
        )
        amounts = [0, *accumulate(amount for _, amount, _ in rows)]
        return [day for day, *_ in rows], amounts, [0, *accumulate(of for *_, of in rows)]


def over(amount: Fraction | None, of: Fraction | None) -> Fraction | None:
    """Return a quotient; nothing where one side is nothing or the divisor is zero."""
    return None if amount is None or not of else amount / of


Value = Fraction | None


def net_profit(facts: Facts, days: Days) -> Fraction:
    """Return income less costs."""
    income = ("revenue", "other_income", "interest_income")
    costs = ("cost_of_sales", "operating_costs", "depreciation", "other_costs", "interest_costs", "taxes")
    return sum((facts.flow(each, days) for each in income), Fraction(0)) - sum(facts.flow(each, days) for each in costs)


def gross_profit(facts: Facts, days: Days) -> Fraction:
    """Return revenue less what the things sold have cost."""
    return facts.flow("revenue", days) - facts.flow("cost_of_sales", days)


def ebitda(facts: Facts, days: Days) -> Fraction:
    """Return the profit before interest, tax and depreciation."""
    back = facts.flow("taxes", days) + facts.flow("interest_costs", days) + facts.flow("depreciation", days)
    return net_profit(facts, days) + back - facts.flow("interest_income", days)


def burn_rate(facts: Facts, days: Days) -> Fraction:
    """Return the mean over three full months of how much more money went out than came in."""
    months = [days.month(back) for back in (1, 2, 3)]
    burnt = (facts.flow("cash_out", month) - facts.flow("cash_in", month) for month in months)
    return sum((max(Fraction(0), each) for each in burnt), Fraction(0)) / 3


def lifetime_value(facts: Facts, days: Days) -> Value:
    """Return monthly gross profit per customer over the monthly part of customers that is lost."""
    months = [days.month(back) for back in range(1, 13)]
    profit = sum((gross_profit(facts, month) for month in months), Fraction(0))
    present = sum((facts.mean_level("customers", month) for month in months), Fraction(0))
    lost = sum((facts.flow("customers_lost", month) for month in months), Fraction(0))
    at_start = sum((facts.level("customers", month.first - DAY) for month in months), Fraction(0))
    return over(over(profit, present), over(lost, at_start))


def churn(facts: Facts, days: Days) -> Value:
    """Return the part of the customers at the start who were lost."""
    return over(facts.flow("customers_lost", days), facts.level("customers", days.first - DAY))


def _minus(one: Value, other: Value) -> Value:
    return None if one is None or other is None else one - other


def _flow(measure: str) -> Callable[[Facts, Days], Value]:
    return lambda facts, days: facts.flow(measure, days)


def _level(measure: str) -> Callable[[Facts, Days], Value]:
    return lambda facts, days: facts.level(measure, days.last)


def _mean(measure: str) -> Callable[[Facts, Days], Value]:
    return lambda facts, days: facts.mean_of(measure, days)


def _ratio(above: str, below: str) -> Callable[[Facts, Days], Value]:
    return lambda facts, days: over(facts.flow(above, days), facts.flow(below, days))


def growth(facts: Facts, days: Days, before: Days) -> Value:
    """Return how much more was sold than before."""
    earlier = facts.flow("revenue", before)
    return _minus(over(facts.flow("revenue", days), earlier) if earlier > 0 else None, Fraction(1))


def _online(facts: Facts, days: Days) -> Fraction:
    return facts.flow("orders", days, sales_channel="web")


def _nps(facts: Facts, days: Days) -> Value:
    good, neutral, bad = (facts.flow(f"nps_{group}", days) for group in ("promoters", "passives", "detractors"))
    return over((good - bad) * 100, good + neutral + bad)


def _debt_ratio(facts: Facts, days: Days) -> Value:
    debt = facts.level("debt_short", days.last) + facts.level("debt_long", days.last)
    return over(debt, max(Fraction(0), facts.level("equity", days.last)))


def _receivable_period(facts: Facts, days: Days) -> Value:
    mean = facts.mean_level("receivables_open", days)
    part = over(mean, facts.flow("revenue_incl_vat", days))
    return None if part is None or days.length < 28 else part * days.length * 86_400


def _subscriber_growth(facts: Facts, days: Days) -> Value:
    start = facts.level("subscribers", days.first - DAY)
    return over(facts.level("subscribers", days.last) - start, start)


HEADLINES: dict[str, Callable[[Facts, Days], Value]] = {
    "revenue": _flow("revenue"),
    "gross_profit": gross_profit,
    "gross_margin": lambda facts, days: over(gross_profit(facts, days), facts.flow("revenue", days)),
    "net_profit": net_profit,
    "net_margin": lambda facts, days: over(net_profit(facts, days), facts.flow("revenue", days)),
    "ebitda": ebitda,
    "debt_ratio": _debt_ratio,
    "cash_flow": lambda facts, days: facts.flow("cash_in", days) - facts.flow("cash_out", days),
    "burn_rate": burn_rate,
    "runway": lambda facts, days: (
        None if not burn_rate(facts, days) else facts.level("cash", days.last) / burn_rate(facts, days) * YEAR / 12
    ),
    "receivables_overdue_ratio": lambda facts, days: over(
        facts.level("receivables_overdue", days.last), facts.level("receivables_open", days.last)
    ),
    "receivable_period": _receivable_period,
    "mrr": _level("mrr"),
    "arr": lambda facts, days: facts.level("mrr", days.last) * 12,
    "new_customers": _flow("new_customers"),
    "leads": _flow("leads"),
    "intro_meetings": _flow("meetings"),
    "lead_conversion": _ratio("new_customers", "leads"),
    "meeting_conversion": _ratio("deals_won", "meetings"),
    "deals_won": _flow("deals_won"),
    "deals_lost": _flow("deals_lost"),
    "won_value": _flow("deals_won_value"),
    "win_rate": lambda facts, days: over(
        facts.flow("deals_won", days), facts.flow("deals_won", days) + facts.flow("deals_lost", days)
    ),
    "average_deal_value": _ratio("deals_won_value", "deals_won"),
    "pipeline_value": _level("pipeline_value"),
    "pipeline_weighted": _level("pipeline_weighted"),
    "sales_cycle": _mean("sales_cycle"),
    "orders": _flow("orders"),
    "order_revenue": _flow("order_revenue"),
    "units_sold": _flow("units_sold"),
    "average_order_value": _ratio("order_revenue", "orders"),
    "refund_rate": _ratio("orders_refunded", "orders"),
    "cart_abandonment": lambda facts, days: over(
        facts.flow("checkouts_abandoned", days), facts.flow("checkouts_abandoned", days) + _online(facts, days)
    ),
    "returning_customer_rate": _ratio("orders_returning", "orders"),
    "revenue_per_customer": lambda facts, days: over(facts.flow("order_revenue", days), facts.distinct("buyers", days)),
    "revenue_per_visitor": lambda facts, days: over(
        facts.flow("order_revenue", days), facts.distinct("visitors", days)
    ),
    "sessions": _flow("sessions"),
    "visitors": lambda facts, days: facts.distinct("visitors", days),
    "pageviews": _flow("pageviews"),
    "session_duration": _mean("session_duration"),
    "bounce_rate": lambda facts, days: _minus(Fraction(1), _ratio("engaged_sessions", "sessions")(facts, days)),
    "conversion_rate": lambda facts, days: over(_online(facts, days), facts.flow("sessions", days)),
    "ad_clicks": _flow("ad_clicks"),
    "click_through_rate": _ratio("ad_clicks", "ad_impressions"),
    "cost_per_acquisition": _ratio("ad_spend", "new_customers"),
    "return_on_ad_spend": _ratio("ad_revenue", "ad_spend"),
    "customer_lifetime_value": lifetime_value,
    "subscribers": _level("subscribers"),
    "subscriber_growth": _subscriber_growth,
    "email_open_rate": _ratio("emails_opened", "emails_delivered"),
    "email_click_rate": _ratio("emails_clicked", "emails_delivered"),
    "unsubscribe_rate": _ratio("unsubscribes", "emails_delivered"),
    "page_load_time": _mean("page_load"),
    "tickets_created": _flow("tickets_created"),
    "tickets_open": _level("tickets_open"),
    "complaints": _flow("complaints"),
    "first_response_time": _mean("first_response_time"),
    "resolution_time": _mean("resolution_time"),
    "nps": _nps,
    "csat": _ratio("csat_positive", "csat_answers"),
    "churn_rate": churn,
    "retention_rate": lambda facts, days: _minus(Fraction(1), churn(facts, days)),
    "billable_time": _flow("time_billable"),
    "billable_ratio": _ratio("time_billable", "time_worked"),
}
"""KPI → its value in some days."""

BY: dict[str, tuple[str, str]] = {
    "sales_per_rep": ("deals_won_value", "rep"),
    "sales_by_product": ("revenue", "product"),
    "traffic_by_channel": ("sessions", "traffic_channel"),
    "time_per_project": ("time_worked", "project"),
}
"""KPI → the flow that it shows by a label."""
