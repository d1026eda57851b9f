"""The demo's KPIs equal a computation in plain Python from what happened in the company, in every window."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from end_to_end.office_worlds import truth_of
from end_to_end.oracle import Oracle
from end_to_end.oracle_kpis import BY, HEADLINES, ONE, Facts, growth, over, windows
from end_to_end.oracle_site import SiteOracle
from kpitaps.calendar import local_day
from kpitaps.cli.demo_world import ZONE, demo_world
from kpitaps.kpis.series import OTHER
from kpitaps.testing import Story
from kpitaps.testing.story import office_events as happened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from kpitaps.kpis import Figure

HUBSPOT = (
    *("leads", "meetings", "deals_created", "deals_open", "pipeline_value", "pipeline_weighted", "sales_cycle"),
    *(
        "deals_won",
        "deals_won_value",
        "deals_lost",
        "deals_lost_value",
        "tickets_created",
        "tickets_open",
        "complaints",
    ),
    *("tickets_closed", "first_response_time", "resolution_time", "emails_delivered", "emails_opened"),
    *("emails_clicked", "unsubscribes", "nps_promoters", "nps_passives", "nps_detractors"),
    *("csat_positive", "csat_answers"),
)
TEAMLEADER = ("time_worked", "time_billable", "mrr", "mrr_new", "mrr_churned")
NOBODY = {"social_followers", "social_engagement"}
"""KPIs that no tap of the demo feeds."""
ELSEWHERE = {"customer_acquisition_cost", "clv_to_cac"}
"""KPIs that depend on which costs the company names."""
KEPT = timedelta(days=92)
"""Shopify keeps checkouts for about three months: of earlier ones nothing is claimed."""


class _Company:
    """What happened in the demo's company, in the words of those who own it."""

    def __init__(self, story: Story, now: datetime) -> None:
        today = local_day(now, story.shop.zone)
        shop = Oracle(story.events(now), story.zone, checkouts_from=now - KEPT).truth()
        site = SiteOracle(story.website.events(now), now, story.zone)
        truths = {tap: truth_of(tap, story, now) for tap in ("exact_online", "hubspot", "teamleader")}
        rows: list[Any] = [(place, (amount, 0)) for place, amount in shop.sums.items() if place[0] not in _DERIVED]
        rows += site.truth().sums.items()
        for tap, mine in (("exact_online", None), ("hubspot", HUBSPOT), ("teamleader", TEAMLEADER)):
            rows += [row for row in truths[tap].sums.items() if _is_its(row[0][0], mine)]
        for measure, days in truths["exact_online"].days.items():
            rows += [((measure, (), "", day), (amount, 0)) for day, amount in days.items()]
        rows += _subscribers(story, now)
        self._budgets = {dict(labels)["project"]: amount for (_, labels), amount in truths["teamleader"].now.items()}
        self.facts = Facts(rows, {"buyers": shop.distinct_buyers, "visitors": site.visitors})
        self.windows = windows(today)

    def budget(self, project: str | None = None) -> Fraction:
        """Return what a project, or all of them, may take."""
        of = sum(self._budgets.values()) if project is None else self._budgets.get(project, 0)
        return Fraction(of, ONE)


_DERIVED = ("new_customers", "customers", "customers_lost")


def _is_its(measure: str, mine: tuple[str, ...] | None) -> bool:
    return measure not in (*HUBSPOT, *TEAMLEADER) if mine is None else measure in mine


def _subscribers(story: Story, now: datetime) -> Iterator[Any]:
    for event in story.office.events(now):
        if isinstance(event, happened.SubscriberJoined | happened.SubscriberLeft):
            sign = 1 if isinstance(event, happened.SubscriberJoined) else -1
            yield ("subscribers", (), "", local_day(event.at, story.shop.zone).toordinal()), (sign * ONE, 0)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("now", ["2025-01-31", "2024-02-29", "2025-03-31"])
def test_every_kpi_is_what_happened(now: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a month's end, on a leap day and after a change of the clock, each figure is the one of the event log."""
    monkeypatch.setenv("KPITAPS_HOME", str(tmp_path))
    with demo_world(now) as world:
        assert world.load(lambda _: None) == []
        (board,) = world.boards()
        company = _Company(Story(7, world.founded, ZONE, "EUR"), world.clock.now())
    shown = {(figure.kpi, value) for figure in board.figures for _, value in figure.labels if value != OTHER}
    compared = [each for figure in board.figures for each in _compared(company, figure, shown)]
    wrong = [f"{place}: {ours} is not {theirs}" for place, ours, theirs in compared if ours != theirs]
    assert not wrong, f"{len(wrong)} of {len(compared)} are wrong:\n" + "\n".join(wrong[:20])
    assert {place[0] for place, *_ in compared} | NOBODY | ELSEWHERE >= {kpi.key for kpi in board.kpis}
    assert len(compared) > 2_000


def _compared(company: _Company, figure: Figure, shown: set[tuple[str, str]]) -> Iterator[tuple[Any, Any, Any]]:
    spans = company.windows[figure.window]
    ours = (figure.value, figure.previous, figure.last_year)
    for what, value, days in zip(("now", "previous", "last year"), ours, spans, strict=True):
        place = (figure.kpi, figure.window, figure.labels, what)
        if value is None:
            continue
        if figure.kpi in HEADLINES:
            yield place, value, HEADLINES[figure.kpi](company.facts, days)
        elif figure.kpi == "revenue_growth" and what == "now":
            yield place, value, growth(company.facts, days, spans[1])
        elif figure.kpi in BY:
            measure, label = BY[figure.kpi]
            yield place, value, _of(partial(company.facts.flow, measure, days), label, figure, shown)
        elif figure.kpi == "project_budget_used":
            ever = _of(partial(company.facts.ever, "time_worked", days), "project", figure, shown)
            yield place, value, over(ever, _of(company.budget, "project", figure, shown))


def _of(total: Callable[..., Fraction], label: str, figure: Figure, shown: set[tuple[str, str]]) -> Fraction:
    """Return the part of a total that has the figure's label: of "other", what no label that is shown has."""
    ((_, value),) = figure.labels
    if value != OTHER:
        return total(**{label: value})
    named = [total(**{label: each}) for kpi, each in shown if kpi == figure.kpi]
    return total() - sum(named, Fraction(0))
