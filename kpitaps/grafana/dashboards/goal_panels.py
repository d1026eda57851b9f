"""Panels of goals: how far, how they stand, their course, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.grafana.dashboards import looks
from kpitaps.grafana.dashboards.kpi_panels import DASHED, SOLID
from kpitaps.grafana.dashboards.panel import GREEN, GREY, Look, Override, Panel, Query
from kpitaps.grafana.dashboards.panel_types import FIGURES, LINES, NAMED_BARS, SIGNALS, TEXT, TIMELINE
from kpitaps.grafana.dashboards.places import to_goal
from kpitaps.grafana.dashboards.queries import ENDED, STANDING, GoalQueries, history, selector
from kpitaps.grafana.dashboards.wording import Wording, as_written
from kpitaps.kpis.metric_names import ATTAINMENT, STATUS_HISTORY

if TYPE_CHECKING:
    from kpitaps.grafana.dashboards.panel_types import Json
    from kpitaps.grafana.scene import Scene
    from kpitaps.kpis import Kpi
    from kpitaps.kpis.goals.figure import GoalFigure

_NUMBERS = ("actual", "expected", "target")
_GOING = ("projection", "projection_low", "projection_high")
_WANTED: list[Json] = [
    {"id": "color", "value": {"fixedColor": GREEN, "mode": "fixed"}},
    {"id": "custom.lineWidth", "value": 1},
]


class GoalPanels:
    """The panels of a company's goals.

    Args:
        scene: The company.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._say = Wording(scene)
        self._kpis = {kpi.key: kpi for kpi in scene.kpis}

    def name(self, goal: GoalFigure) -> str:
        """Return what a goal is called."""
        return self._say.goal(goal, self._kpi(goal))

    def queries(self, goal: GoalFigure) -> GoalQueries:
        """Return what is asked about a goal."""
        return GoalQueries(goal, self._kpi(goal))

    def _kpi(self, goal: GoalFigure) -> Kpi | None:
        return self._kpis.get(goal.kpi)

    def _height(self) -> int:
        return min(max(3 + len(self._scene.goals), 6), 16)

    def _names(self) -> tuple[Override, ...]:
        """Return what the series of each goal is called, and the link to its course."""
        return tuple(
            Override(
                "byName",
                goal.goal,
                [
                    {"id": "displayName", "value": self.name(goal)},
                    {"id": "links", "value": [to_goal(self._scene, self._say, goal.goal).as_json()]},
                ],
            )
            for goal in self._scene.goals
        )

    def attainment(self, width: int) -> Panel:
        """Return what each goal has reached of what is expected."""
        say = self._say
        return Panel(
            "goals:attainment",
            NAMED_BARS,
            say("attainment"),
            say("about_attainment"),
            width,
            self._height(),
            (Query(f"max by (goal) ({selector(ATTAINMENT)})", "{{goal}}"),),
            looks.ATTAINMENT,
            say("no_value"),
            overrides=self._names(),
        )

    def statuses(self, width: int) -> Panel:
        """Return how each goal stands."""
        say = self._say
        return Panel(
            "goals:status",
            SIGNALS,
            say("statuses"),
            say("about_statuses"),
            width,
            self._height(),
            (Query(f"({STANDING} + {looks.AFTER_THE_END} and {ENDED}) or {STANDING}", "{{goal}}"),),
            looks.of_status(say),
            say("no_value"),
            overrides=self._names(),
        )

    def status_course(self, width: int) -> Panel:
        """Return how each goal stood over time."""
        say = self._say
        return Panel(
            "goals:status_course",
            TIMELINE,
            say("status_course"),
            say("about_status_course"),
            width,
            self._height(),
            (Query(history(STATUS_HISTORY), "{{goal}}", instant=False),),
            looks.of_status(say),
            say("no_value"),
            overrides=self._names(),
        )

    def of(self, goal: GoalFigure) -> tuple[Panel, Panel, Panel]:
        """Return the panels of one goal: its numbers, its course, and whose it is."""
        say, queries, name = self._say, self.queries(goal), self.name(goal)
        look = self._look(goal)
        numbers = (
            *(Query(queries.live(what), say(what)) for what in _NUMBERS),
            *(Query(queries.going(what), say(what)) for what in _GOING),
        )
        course = tuple(Query(queries.course(what), say(what), instant=False) for what in _NUMBERS)
        grey = Look("none", steps=((GREY, None),)).thresholds
        quiet = tuple(Override("byFrameRefID", ref, [{"id": "thresholds", "value": grey}]) for ref in "BCDEF")
        lines = zip("ABC", (SOLID, DASHED, _WANTED), strict=True)
        about = self._about(goal, "about_goal_figures"), self._about(goal, "about_goal_course")
        nothing = say.no_value(self._kpi(goal))
        return (
            Panel(
                f"goal_figures:{goal.goal}",
                FIGURES,
                say("goal_figures", name=name),
                about[0],
                8,
                8,
                numbers,
                look,
                nothing,
                overrides=quiet,
            ),
            Panel(
                f"goal:{goal.goal}",
                LINES,
                name,
                about[1],
                10,
                8,
                course,
                look,
                nothing,
                overrides=tuple(Override("byFrameRefID", ref, how) for ref, how in lines),
            ),
            self._whose(goal),
        )

    def _look(self, goal: GoalFigure) -> Look:
        kpi = self._kpi(goal)
        return looks.plain(looks.of_kpi(self._scene, kpi)) if kpi else Look("none")

    def _about(self, goal: GoalFigure, key: str) -> str:
        kpi = self._kpi(goal)
        return self._say.about(kpi, self._say(key)) if kpi else self._say(key)

    def _whose(self, goal: GoalFigure) -> Panel:
        say, kpi = self._say, self._kpi(goal)
        what = f"{say.names(kpi).name}{f' · {goal.label}' if goal.label else ''}" if kpi else goal.kpi
        said = {
            "owner": goal.owner or say("no_owner"),
            "team": goal.team,
            "decides": goal.decision(say.language),
            "kpi": what,
        }
        lines = [f"**{say(key)}:** {as_written(value)}" for key, value in said.items() if value]
        title, about = say("goal_about"), say("about_goal_about")
        return Panel(f"goal_about:{goal.goal}", TEXT, title, about, 6, 8, content="\n\n".join(lines))
