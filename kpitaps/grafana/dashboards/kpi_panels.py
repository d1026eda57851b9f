"""Panels of KPIs: tiles, figures beside each other, courses over time, breakdowns, definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.grafana.dashboards import looks
from kpitaps.grafana.dashboards.labels import label_name, value_names
from kpitaps.grafana.dashboards.looks import is_share
from kpitaps.grafana.dashboards.panel import BLUE, GREY, WIDTH, Look, Override, Panel, Query
from kpitaps.grafana.dashboards.panel_types import BARS, COLUMN, FIGURES, LINES, TABLE, TEXT, TILE
from kpitaps.grafana.dashboards.places import DEFINITIONS, to_definition, to_domain
from kpitaps.grafana.dashboards.queries import YEAR_BEFORE, KpiQueries, selector
from kpitaps.grafana.dashboards.wording import Wording, as_written
from kpitaps.kpis.goals.character import Character
from kpitaps.kpis.metric_names import DATA_THROUGH, QUALITY, WINDOW_OPEN
from kpitaps.units import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.grafana.dashboards.panel import Link
    from kpitaps.grafana.dashboards.panel_types import Json
    from kpitaps.grafana.scene import Scene
    from kpitaps.kpis import Kpi

DASHED: list[Json] = [
    {"id": "color", "value": {"fixedColor": GREY, "mode": "fixed"}},
    {"id": "custom.lineStyle", "value": {"dash": [8, 8], "fill": "dash"}},
    {"id": "custom.lineWidth", "value": 1},
]
"""What is not so, but was a year before or is wanted."""

SOLID: list[Json] = [{"id": "color", "value": {"fixedColor": BLUE, "mode": "fixed"}}]

_OF_NUMBERS = 125
"""Pixels of a table's columns of numbers: names have the rest, and in equal columns are cut off."""

_OWN_RANGE: list[Json] = [{"id": "fieldMinMax", "value": True}]
"""Else Grafana draws all values of a panel to one scale, and percentage points flatten the line of a share."""

_FAINT: list[Json] = [
    {"id": "color", "value": {"fixedColor": BLUE, "mode": "fixed"}},
    {"id": "custom.drawStyle", "value": "bars"},
    {"id": "custom.fillOpacity", "value": 25},
    {"id": "custom.lineWidth", "value": 0},
]


class KpiPanels:
    """The panels of a company's KPIs.

    Args:
        scene: The company.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._say = Wording(scene)

    def _queries(self, kpi: Kpi) -> KpiQueries:
        return KpiQueries(kpi, self._scene.company.currency)

    def _links(self, kpi: Kpi, *, elsewhere: bool) -> tuple[Link, ...]:
        definition = to_definition(self._scene, self._say, kpi)
        return (to_domain(self._scene, self._say, kpi), definition) if elsewhere else (definition,)

    def tile(self, kpi: Kpi, *, width: int, elsewhere: bool = False) -> Panel:
        """Return the chosen period with its course, and its change against the period before.

        Args:
            kpi: The KPI.
            width: Columns.
            elsewhere: Whether the tile is not on the board of the KPI's domain, and links to it.
        """
        say, queries = self._say, self._queries(kpi)
        is_difference = kpi.unit in (Unit.RATIO, Unit.SCORE)
        change = queries.difference() if is_difference else queries.change()
        points = (say("about_percentage_points"),) if is_share(kpi) else ()
        own_range = (Override("byFrameRefID", "A", _OWN_RANGE),) if is_share(kpi) else ()
        return Panel(
            f"tile:{kpi.key}",
            TILE,
            say.names(kpi).name,
            say.about(kpi, say("about_tile"), *points, *say.why_no_value(kpi)),
            width,
            5,
            (
                Query(queries.so_far(), say("now"), instant=False),
                Query(change, say("points" if kpi.unit is Unit.SCORE else "change")),
            ),
            looks.of_kpi(self._scene, kpi),
            say.no_value(kpi, chosen=True),
            overrides=(Override("byFrameRefID", "B", looks.of_change(kpi, say).properties()), *own_range),
            links=self._links(kpi, elsewhere=elsewhere),
        )

    def figures(self, kpi: Kpi) -> Panel:
        """Return the chosen period, the one before and the same a year before."""
        say, queries = self._say, self._queries(kpi)
        return Panel(
            f"figures:{kpi.key}",
            COLUMN,
            say.names(kpi).name,
            say.about(kpi, say("about_figures"), *say.why_no_value(kpi)),
            4,
            7,
            (
                Query(queries.live(), say("now")),
                Query(queries.live("previous"), say("before")),
                Query(queries.live("last_year"), say("year_before")),
            ),
            looks.of_kpi(self._scene, kpi),
            say.no_value(kpi, chosen=True),
            overrides=tuple(Override("byFrameRefID", ref, _quiet(Look("none"))) for ref in "BC"),
            links=self._links(kpi, elsewhere=False),
        )

    def course(self, kpi: Kpi) -> Panel:
        """Return the KPI over time: the panel that alerts and other boards link to."""
        say = self._say
        lines, overrides = self._lines(kpi)
        return Panel(
            f"kpi:{kpi.key}",
            LINES,
            say.names(kpi).name,
            say.about(kpi, say("about_days" if len(lines) == 3 else "about_course")),
            8,
            7,
            lines,
            looks.plain(looks.of_kpi(self._scene, kpi)),
            say.no_value(kpi),
            overrides=overrides,
            links=self._links(kpi, elsewhere=False),
        )

    def _lines(self, kpi: Kpi) -> tuple[tuple[Query, ...], tuple[Override, ...]]:
        """Return what is drawn of a KPI: what adds up by day, a level as it is, a rate over 28 days."""
        say, queries = self._say, self._queries(kpi)
        character = self._scene.character(kpi.key)
        year_before = say("year_before")
        is_daily = character in (Character.ADDS, Character.DISTINCT) or kpi.key in self._scene.counted
        if is_daily and not kpi.month_or_longer:
            days = (
                Query(queries.mean_day(), say("mean"), instant=False),
                Query(queries.mean_day(YEAR_BEFORE), year_before, instant=False),
                Query(queries.days(), say("per_day"), instant=False),
            )
            return days, (_drawn("A", SOLID), _drawn("B", DASHED), _drawn("C", _FAINT))
        is_level = character is Character.LEVEL and not kpi.month_or_longer
        values = [queries.daily(at) if is_level else queries.as_of("28d", at) for at in ("", YEAR_BEFORE)]
        name = say("level" if is_level else "of_28_days")
        lines = tuple(
            Query(value, what, instant=False) for value, what in zip(values, (name, year_before), strict=True)
        )
        return lines, (_drawn("A", SOLID), _drawn("B", DASHED))

    def breakdown(self, kpi: Kpi, by: str) -> tuple[Panel, Panel]:
        """Return the chosen period by the KPI's label: as bars, and as a table with what was before."""
        say, queries = self._say, self._queries(kpi)
        look = looks.plain(looks.of_kpi(self._scene, kpi))
        label, called = label_name(by, say.language), value_names(say)
        about = say.about(kpi, say("about_bars", label=label), *say.why_no_value(kpi))
        links, nothing = self._links(kpi, elsewhere=False), say.no_value(kpi, chosen=True)
        name = say.names(kpi).name
        bars = Query(f"sort_desc({queries.live()})", f"{{{{{by}}}}}")
        asked = (queries.live(), queries.live("previous"), queries.live("last_year"))
        columns = tuple(Query(expression, "", table=True) for expression in asked)
        named = tuple(
            Override("byName", value, [{"id": "displayName", "value": shown}]) for value, shown in called.items()
        )
        # the column of the label is the only one of texts
        texts = Look("none", texts=tuple((value, shown, "text") for value, shown in called.items())).mappings
        return (
            Panel(f"kpi:{kpi.key}", BARS, name, about, 12, 9, (bars,), look, nothing, overrides=named, links=links),
            Panel(
                f"table:{kpi.key}",
                TABLE,
                say("by_label", name=name),
                about,
                12,
                9,
                columns,
                look,
                nothing,
                overrides=(
                    Override("byType", "number", [{"id": "custom.width", "value": _OF_NUMBERS}]),
                    Override("byType", "string", [{"id": "mappings", "value": texts}]),
                ),
                links=links,
                transformations=self._columns(by, label),
            ),
        )

    def _columns(self, by: str, label: str) -> tuple[Json, ...]:
        """Return what makes one table, with a line per label value, of the answers to three queries."""
        say = self._say
        # where nothing was before, one answer alone comes without its letter
        values = {
            "Value": say("now"),
            "Value #A": say("now"),
            "Value #B": say("before"),
            "Value #C": say("year_before"),
        }
        names = {by: label, **values}
        order = {name: index for index, name in enumerate(names)}
        return (
            {"id": "merge", "options": {}},
            {
                "id": "organize",
                "options": {"excludeByName": {"Time": True}, "indexByName": order, "renameByName": names},
            },
            {"id": "sortBy", "options": {"fields": {}, "sort": [{"desc": True, "field": say("now")}]}},
        )

    def state(self, kpis: Sequence[Kpi] = ()) -> Panel:
        """Return whether the chosen period is over, how fresh the figures are and how far they may be trusted.

        Args:
            kpis: The KPIs that it is about; all of the company's, if none are named.
        """
        say = self._say
        among = (f'kpi=~"{"|".join(kpi.key for kpi in kpis)}"',) if kpis else ()
        is_open = f"max({selector(WINDOW_OPEN, *among, window='$window')})"
        through = f"min({selector(DATA_THROUGH, *among)}) * 1000"
        doubtful = selector(QUALITY, *among, 'quality!~"final|provisional"', window="$window")
        # none are doubtful only where it is known of some how far they may be trusted
        reservations = f"count({doubtful}) or 0 * count({selector(QUALITY, *among, window='$window')})"
        texts = (("0", say("over"), "text"), ("1", say("still_open"), BLUE))
        return Panel(
            "state",
            FIGURES,
            say("state"),
            say("about_state"),
            WIDTH,
            3,
            (
                Query(is_open, say("chosen_period")),
                Query(through, say("read_through")),
                Query(reservations, say("reservations")),
            ),
            Look("none"),
            say("no_value"),
            overrides=(
                # its own: newer Grafanas add to the texts of all, so that no reservations would read as "over"
                Override("byFrameRefID", "A", Look("none", texts=texts).properties()),
                Override("byFrameRefID", "B", looks.of_instant(say.language).properties()),
                Override("byFrameRefID", "C", Look("locale", 0, (("text", None), ("orange", 1.0))).properties()),
            ),
        )

    def freshness(self, kpis: Sequence[str], width: int) -> Panel:
        """Return how fresh KPIs are, where no period can be chosen."""
        say = self._say
        through = selector(DATA_THROUGH, f'kpi=~"{"|".join(kpis)}"')
        return Panel(
            "freshness",
            FIGURES,
            say("state"),
            say("about_freshness_of_goals"),
            width,
            3,
            (Query(f"min({through}) * 1000", say("read_through")),),
            looks.of_instant(say.language),
            say("no_value"),
        )

    def definitions(self, kpis: Sequence[Kpi]) -> Panel:
        """Return what each KPI means, as a table."""
        say = self._say
        columns = say("definition_columns")
        lines = [columns, "|" + "---|" * (columns.count("|") - 1), *map(self._definition, kpis)]
        return Panel(
            DEFINITIONS,
            TEXT,
            say("definitions"),
            say("about_definitions"),
            WIDTH,
            min(4 + 3 * len(kpis) // 2, 28),
            content="\n".join(lines),
        )

    def _definition(self, kpi: Kpi) -> str:
        say = self._say
        name, definition = say.names(kpi)
        kind = f"{say.kind(kpi)}; {say('leading' if kpi.leading else 'lagging')}; {say(f'better_{kpi.good}')}"
        cells = [
            " ".join(cell.replace("|", "\\|").split())
            for cell in (f"**{name}**", definition, kind, say.dated(kpi), say.source(kpi))
        ]
        # no code: Grafana would not break its lines
        cells[1] += f"<br>= {as_written(kpi.formula)}"
        return f"| {' | '.join(cells)} |"


def _drawn(ref: str, how: Sequence[Json]) -> Override:
    return Override("byFrameRefID", ref, how)


def _quiet(look: Look) -> list[Json]:
    """Return the colour of values that are there to compare with."""
    return [each for each in Look(look.unit, steps=((GREY, None),)).properties() if each["id"] == "thresholds"]
