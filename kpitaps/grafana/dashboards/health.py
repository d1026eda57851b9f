"""The board of taps' health: whether figures come in, and are fresh. Each panel is a row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kpitaps.grafana.dashboards import looks
from kpitaps.grafana.dashboards.dashboard import Board
from kpitaps.grafana.dashboards.labels import outcome_names
from kpitaps.grafana.dashboards.panel import GREEN, ORANGE, RED, WIDTH, Look, Override, Panel, Query
from kpitaps.grafana.dashboards.panel_types import BARS, LISTED, LIVE_BARS, LIVE_LINES, SIGNALS
from kpitaps.grafana.dashboards.queries import selector
from kpitaps.grafana.dashboards.wording import Wording
from kpitaps.kpis.metric_names import DATA_THROUGH

if TYPE_CHECKING:
    from kpitaps.grafana.dashboards.panel_types import PanelType
    from kpitaps.grafana.scene import Scene


class _Row(NamedTuple):
    """A panel.

    Attributes:
        what: What it shows: its title's text; that of its description begins with ``about_``.
        type: Its type.
        width: Columns.
        height: Rows of the grid.
        expression: What it asks.
        legend: What its series are called.
        look: How they look.
    """

    what: str
    type: PanelType
    width: int
    height: int
    expression: str
    legend: str
    look: Look


_LEFT = Look("percentunit", 0, ((RED, None), (ORANGE, 0.1), (GREEN, 0.3)), low=0, high=1)
_READ = Look("percentunit", 0, ((ORANGE, None), (GREEN, 1.0)), low=0, high=1)
_AGE = Look("s", 1, looks.FRESH, low=0)
_PLAIN = Look("locale", 0)


def _rows(say: Wording) -> tuple[_Row, ...]:
    in_order = Look("none", 0, ((RED, None), (GREEN, 1.0)), (("0", say("down"), RED), ("1", say("up"), GREEN)))
    success = selector("kpitaps_sync_last_success_timestamp_seconds")
    seconds, number = (selector(f"kpitaps_sync_duration_seconds_{part}") for part in ("sum", "count"))
    last_runs = f"increase({seconds}[$__interval])", f"increase({number}[$__interval])"
    runs = selector("kpitaps_sync_runs_total")
    restated = selector("kpitaps_restatements_total")
    of_connection = "{{connection}}"
    # fmt: off
    return (
        _Row("connections", SIGNALS, 10, 6,
            f"max by (connection) ({selector('kpitaps_connection_up')})", of_connection, in_order),
        _Row("repairs_open", LISTED, 7, 6,
            f"max by (connection) ({selector('kpitaps_repairs_open')})", of_connection, looks.of_trouble()),
        _Row("history_loaded", BARS, 7, 6,
            f"max by (connection) ({selector('kpitaps_history_loaded_ratio')})", of_connection, _READ),
        _Row("last_success", BARS, 12, 8,
            f"sort_desc(time() - min by (connection) ({success}))", of_connection, _AGE),
        _Row("freshness", BARS, 12, 8,
            f"topk(10, time() - max by (kpi) ({selector(DATA_THROUGH)}))", "{{kpi}}", _AGE),
        # A source's limits are those of its host: all companies share them.
        _Row("budget", BARS, 12, 8,
            "sort(bottomk(10, min by (host, limit) (kpitaps_api_budget_remaining_ratio)))", "{{host}} {{limit}}",
            _LEFT),
        _Row("requests", LIVE_LINES, 12, 8,
            "sum by (host, status_class) (rate(kpitaps_api_requests_total[$__rate_interval]))",
            "{{host}} {{status_class}}", Look("reqps", 2)),
        _Row("durations", LIVE_LINES, 12, 8,
            f"sum by (connection) ({last_runs[0]}) / sum by (connection) ({last_runs[1]})", of_connection,
            Look("s", 1)),
        _Row("runs", LIVE_BARS, 12, 8,
            f"sum by (outcome) (increase({runs}[$__interval]))", "{{outcome}}", _PLAIN),
        _Row("restated", LIVE_BARS, 12, 8,
            f"sum by (connection) (increase({restated}[$__interval]))", of_connection, _PLAIN),
        _Row("remote_read", LIVE_LINES, 12, 8,
            "sum by (outcome) (rate(kpitaps_remote_read_requests_total[$__rate_interval]))", "{{outcome}}",
            Look("reqps", 2)),
        _Row("checks", SIGNALS, 24, 6,
            f"max by (connection, check) ({selector('kpitaps_check_up')})", "{{connection}} {{check}}", in_order),
    )
    # fmt: on


def health_board(scene: Scene) -> Board:
    """Return the board of a company's taps."""
    say = Wording(scene)
    panels = tuple(_panel(row, scene, say) for row in _rows(say))
    return Board("health", say("health"), say("about_health"), panels, since="now-24h", has_window=False)


def _panel(row: _Row, scene: Scene, say: Wording) -> Panel:
    named = {
        "{{kpi}}": {kpi.key: say.names(kpi).name for kpi in scene.kpis},
        "{{outcome}}": outcome_names(say.language),
    }
    names = named.get(row.legend, {})
    return Panel(
        f"health:{row.what}",
        row.type,
        say(row.what),
        say(f"about_{row.what}"),
        min(row.width, WIDTH),
        row.height,
        (Query(row.expression, row.legend, instant=not row.type.name.startswith("time")),),
        row.look,
        say("no_value"),
        overrides=tuple(Override("byName", key, [{"id": "displayName", "value": name}]) for key, name in names.items()),
    )
