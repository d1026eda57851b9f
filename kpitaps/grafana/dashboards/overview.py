"""The overview: a person at a glance, whether things are on course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.grafana.dashboards import looks
from kpitaps.grafana.dashboards.dashboard import Board
from kpitaps.grafana.dashboards.domains import TILES, chosen, tile_width
from kpitaps.grafana.dashboards.goal_panels import GoalPanels
from kpitaps.grafana.dashboards.kpi_panels import DASHED, SOLID, KpiPanels
from kpitaps.grafana.dashboards.panel import GREEN, WIDTH, Override, Panel, Query
from kpitaps.grafana.dashboards.panel_types import COUNTS, LINES
from kpitaps.grafana.dashboards.places import to_board, to_definition, to_domain
from kpitaps.grafana.dashboards.queries import ENDED, STANDING, KpiQueries, selector
from kpitaps.grafana.dashboards.wording import Wording
from kpitaps.kpis.goals.character import Character
from kpitaps.units import Unit

if TYPE_CHECKING:
    from kpitaps.grafana.dashboards.panel import Row
    from kpitaps.grafana.scene import Scene
    from kpitaps.kpis import Kpi

CORE = ("revenue", "net_profit", "new_customers", "conversion_rate", "nps", "billable_ratio")
"""The KPIs that an owner looks at first, one from each part of the company."""

SALES = ("revenue", "order_revenue", "won_value", "mrr")
"""What is added up over the year: the first of them that is fed."""


_NO_POINTS = {"id": "custom.showPoints", "value": "never"}
"""Over the whole width each day would have one."""


def overview_board(scene: Scene) -> Board:
    """Return the overview of a company."""
    say, panels, goals = Wording(scene), KpiPanels(scene), GoalPanels(scene)
    tiles = chosen(scene.kpis, CORE, TILES)
    parts: list[Panel | Row] = [
        *(panels.tile(kpi, width=tile_width(len(tiles)), elsewhere=True) for kpi in tiles),
        panels.state(),
        *([goals.statuses(8), goals.attainment(10)] if scene.goals else []),
        _attention(scene, say, WIDTH - 18 if scene.goals else WIDTH),
    ]
    if kpi := _added_up(scene):
        parts.append(_cumulative(scene, say, kpi, goals))
    return Board("overview", say("overview"), say("about_overview"), parts)


def _added_up(scene: Scene) -> Kpi | None:
    """Return the KPI whose sum over the year tells most."""
    fed = {kpi.key: kpi for kpi in scene.kpis}
    known = [fed[key] for key in SALES if key in fed]
    return next((kpi for kpi in known if scene.character(kpi.key) is Character.ADDS), None)


def _attention(scene: Scene, say: Wording, width: int) -> Panel:
    """Return how many things call for somebody."""
    to_health = to_board(scene, say, "health", say("health"))
    down = selector("kpitaps_connection_up")
    counted = [
        (f"sum({selector('kpitaps_repairs_open')})", "repairs", to_health),
        (f"count({down} == 0) or 0 * count({down})", "failing", to_health),
    ]
    if scene.goals:
        # none need attention only where it is known of some how they stand
        behind = f"count({STANDING} > 0 unless {ENDED}) or 0 * count({STANDING})"
        counted.insert(0, (behind, "goals_behind", to_board(scene, say, "goals", say("goals"))))
    return Panel(
        "attention",
        COUNTS,
        say("attention"),
        say("about_attention"),
        width,
        6,
        tuple(Query(expression, say(what)) for expression, what, _ in counted),
        looks.of_trouble(),
        say("no_value"),
        overrides=tuple(
            Override("byFrameRefID", ref, [{"id": "links", "value": [link.as_json()]}])
            for ref, (*_, link) in zip("ABC", counted, strict=False)
        ),
    )


def _cumulative(scene: Scene, say: Wording, kpi: Kpi, goals: GoalPanels) -> Panel:
    """Return a KPI added up over the fiscal year, beside the year before and what goals expect."""
    queries = KpiQueries(kpi, scene.company.currency)
    aimed = [goal for goal in scene.goals if goal.kpi == kpi.key and not goal.label and goal.unit is Unit.MONEY]
    expected = tuple(
        Query(goals.queries(goal).course("expected"), say("expected_by", goal=goals.name(goal)), instant=False)
        for goal in aimed
    )
    green = [{"id": "color", "value": {"fixedColor": GREEN, "mode": "fixed"}}, *DASHED[1:], _NO_POINTS]
    return Panel(
        f"cumulative:{kpi.key}",
        LINES,
        say("cumulative", name=say.names(kpi).name),
        say.about(kpi, say("about_cumulative")),
        WIDTH,
        9,
        (
            Query(queries.as_of("ytd"), say("this_year"), instant=False),
            Query(queries.as_of_same_date("ytd"), say("year_ago"), instant=False),
            *expected,
        ),
        looks.plain(looks.of_kpi(scene, kpi)),
        say("no_value"),
        overrides=(
            Override("byFrameRefID", "A", [*SOLID, _NO_POINTS]),
            Override("byFrameRefID", "B", [*DASHED, _NO_POINTS]),
            *(Override("byFrameRefID", "CDEFGH"[number], green) for number in range(min(len(expected), 6))),
        ),
        links=(to_domain(scene, say, kpi), to_definition(scene, say, kpi)),
    )
