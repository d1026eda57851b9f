"""The boards of domains: finance, sales, and whatever a company's own KPIs belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.grafana.dashboards.dashboard import Board
from kpitaps.grafana.dashboards.kpi_panels import KpiPanels
from kpitaps.grafana.dashboards.panel import WIDTH, Panel, Row
from kpitaps.grafana.dashboards.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kpitaps.grafana.scene import Scene
    from kpitaps.kpis import Kpi

TILES = 6
"""Tiles at the top: more are not seen at a glance."""

HEADLINES: dict[str, tuple[str, ...]] = {
    "finance": ("revenue", "gross_margin", "net_profit", "cash_flow", "receivables_overdue_ratio", "debt_ratio"),
    "sales": ("new_customers", "leads", "won_value", "win_rate", "pipeline_weighted", "sales_cycle"),
    "commerce": (
        *("orders", "order_revenue", "average_order_value", "refund_rate", "cart_abandonment"),
        "returning_customer_rate",
    ),
    "marketing": (
        *("visitors", "conversion_rate", "cost_per_acquisition", "return_on_ad_spend", "email_click_rate"),
        "subscribers",
    ),
    "service": ("first_response_time", "resolution_time", "tickets_open", "nps", "csat", "retention_rate"),
    "operations": ("billable_ratio", "billable_time"),
}
"""Which KPIs of a domain are its tiles, where they are fed; others take the places of those that are not."""


def domain_boards(scene: Scene) -> Iterator[Board]:
    """Yield a board for each domain that has KPIs, in the order of the KPIs."""
    for domain in dict.fromkeys(kpi.domain for kpi in scene.kpis):
        yield _board(scene, domain, [kpi for kpi in scene.kpis if kpi.domain == domain])


def chosen(kpis: Sequence[Kpi], preferred: Sequence[str], number: int = TILES) -> list[Kpi]:
    """Return up to ``number`` headline KPIs: those that are preferred, then others in their order."""
    headlines = {kpi.key: kpi for kpi in kpis if kpi.by is None}
    keys = [*(key for key in preferred if key in headlines), *(key for key in headlines if key not in preferred)]
    return [headlines[key] for key in keys[:number]]


def tile_width(number: int) -> int:
    """Return how many columns a tile has where there are so many."""
    return WIDTH // max(number, 1)


def _board(scene: Scene, domain: str, kpis: list[Kpi]) -> Board:
    say, panels = Wording(scene), KpiPanels(scene)
    tiles = chosen(kpis, HEADLINES.get(domain, ()))
    parts: list[Panel | Row] = [
        *(panels.tile(kpi, width=tile_width(len(tiles))) for kpi in tiles),
        panels.state(kpis),
    ]
    headlines = [kpi for kpi in kpis if kpi.by is None]
    if headlines:
        pairs = ((panels.figures(kpi), panels.course(kpi)) for kpi in headlines)
        parts.append(Row(say("trends"), tuple(panel for pair in pairs for panel in pair)))
    if broken_down := [panel for kpi in kpis if kpi.by for panel in panels.breakdown(kpi, kpi.by)]:
        parts.append(Row(say("breakdowns"), tuple(broken_down)))
    parts.append(Row(say("definitions"), (panels.definitions(kpis),)))
    name = say.domain(domain)
    return Board(domain, name, say("about_domain", domain=name), parts, since="now-90d")
