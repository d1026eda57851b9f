"""What dashboards are made of what a company has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from grafana.scenes import KADE, goal, scene
from kpitaps.alerts import dashboard_uid, panel_id
from kpitaps.calendar import WINDOWS, CompanyCalendar
from kpitaps.grafana.dashboards import build
from kpitaps.kpis import KPIS

if TYPE_CHECKING:
    from kpitaps.grafana import Scene
    from kpitaps.grafana.dashboards import Dashboard


def boards(of: Scene) -> dict[str, Dashboard]:
    """Return a scene's dashboards by name."""
    return {board.name: board for board in build(of)}


def panels(board: Dashboard) -> dict[int, dict[str, Any]]:
    """Return a board's panels by number, those that are folded in included."""
    flat = [each for panel in board.model["panels"] for each in (panel, *panel.get("panels", ()))]
    return {panel["id"]: panel for panel in flat}


def panel(board: Dashboard, what: str) -> dict[str, Any]:
    """Return the panel that shows something."""
    return panels(board)[panel_id(what)]


def asked(of: dict[str, Any]) -> list[str]:
    """Return what a panel asks."""
    return [query["expr"] for query in of["targets"]]


def test_a_domain_has_a_board_only_where_it_has_kpis() -> None:
    """The boards are the overview, goals, the domains of the KPIs that are fed, and taps' health."""
    assert [*boards(scene("revenue", "orders"))] == ["overview", "goals", "finance", "commerce", "health"]
    assert [*boards(scene("nps"))] == ["overview", "goals", "service", "health"]


def test_every_kpi_has_its_main_panel_where_alerts_look_for_it() -> None:
    """Each KPI's panel is on its domain's board, under the number that its key gives."""
    made = boards(scene())
    for kpi in KPIS:
        found = panel(made[kpi.domain], f"kpi:{kpi.key}")
        assert found["title"] == kpi.en.name
        assert kpi.en.definition in found["description"]


def test_every_goal_has_its_panel_where_alerts_look_for_it() -> None:
    """A goal's course is on the board of goals, under the number that its key gives, and the overview links to it."""
    made = boards(scene("revenue", goals=(goal("more"),)))
    course = panel(made["goals"], "goal:more")
    assert 'kpi_revenue_target_history_eur{company="$company",kpitaps="history",goal="more"}' in asked(course)
    link = panel(made["overview"], "goals:attainment")["fieldConfig"]["overrides"][0]["properties"][1]["value"][0]
    assert f"/d/{dashboard_uid('kade', 'goals')}?" in link["url"]
    assert link["url"].endswith(f"viewPanel={panel_id('goal:more')}")


@pytest.mark.parametrize(
    ("kpi", "course"),
    [
        ("revenue", 'avg_over_time(kpi_revenue_daily_eur{company="$company",kpitaps="history"}[28d])'),
        ("mrr", 'kpi_mrr_daily_eur{company="$company",kpitaps="history"}'),
        ("gross_margin", 'kpi_gross_margin_history_ratio{company="$company",kpitaps="history",window="28d"}'),
        (
            "receivable_period",
            'kpi_receivable_period_history_seconds{company="$company",kpitaps="history",window="28d"} / 86400',
        ),
    ],
)
def test_the_course_follows_from_the_kind_of_number(kpi: str, course: str) -> None:
    """What adds up is drawn by day, a level as it is, and a rate over 28 days; each beside a year before."""
    found = asked(panel(boards(scene())["finance"], f"kpi:{kpi}"))
    assert found[0] == course
    assert "offset 364d" in found[1]


def test_a_change_is_coloured_by_what_is_better() -> None:
    """More revenue is green, more debt is red."""
    made = boards(scene("revenue", "burn_rate"))["finance"]
    colours = {}
    for key in ("revenue", "burn_rate"):
        (change,) = panel(made, f"tile:{key}")["fieldConfig"]["overrides"]
        (steps,) = (each["value"]["steps"] for each in change["properties"] if each["id"] == "thresholds")
        colours[key] = steps[0]["color"], steps[-1]["color"]
    assert colours == {"revenue": ("red", "green"), "burn_rate": ("green", "red")}


@pytest.mark.parametrize(
    ("kpi", "domain", "units", "seconds"),
    [
        ("billable_time", "operations", ("h", "u"), 3_600),
        ("resolution_time", "service", ("h", "u"), 3_600),
        ("sales_cycle", "sales", ("days", "dagen"), 86_400),
        ("runway", "finance", ("months", "mnd"), 2_629_800),
    ],
)
def test_times_are_told_in_one_unit(kpi: str, domain: str, units: tuple[str, str], seconds: int) -> None:
    """Hours that people worked do not become days of 24 hours, nor do weeks stand beside years."""
    for language, unit in zip(("en", "nl"), units, strict=True):
        board = boards(scene(kpi, language=language))[domain]
        for what in ("tile", "figures", "kpi"):
            shown = panel(board, f"{what}:{kpi}")
            assert shown["fieldConfig"]["defaults"]["unit"] == f"suffix: {unit}"
            assert all(each.endswith(f"/ {seconds}") for each in asked(shown) if "seconds" in each)


def test_what_is_known_of_whole_months_only_says_so() -> None:
    """A period below a month has no receivable period, now or later."""
    board = boards(scene("receivable_period", "revenue"))["finance"]
    said = [
        panel(board, f"tile:{key}")["fieldConfig"]["defaults"]["noValue"] for key in ("receivable_period", "revenue")
    ]
    assert said == ["of whole months only", "not known yet"]


def test_a_dutch_board_says_instants_in_dutch() -> None:
    """How long ago something was, Grafana says in English only."""
    for language, unit in (("en", "dateTimeFromNow"), ("nl", "time:DD-MM-YYYY HH:mm")):
        board = boards(scene("revenue", goals=(goal("more"),), language=language))["goals"]
        assert panel(board, "freshness")["fieldConfig"]["defaults"]["unit"] == unit


def test_history_is_asked_day_by_day() -> None:
    """Over ten years the step is still a day: a longer one leaves out days, and ends before today."""
    board = boards(scene("revenue"))["finance"]
    for what in ("tile:revenue", "kpi:revenue"):
        assert (panel(board, what)["interval"], panel(board, what)["maxDataPoints"]) == ("1d", 3_660)


def test_the_companys_calendar_is_the_boards() -> None:
    """Time zone, week start and fiscal year are the company's, and every window can be chosen."""
    calendar = CompanyCalendar(ZoneInfo("America/New_York"), week_start=6, fiscal_year_start=4)
    american = replace(KADE, currency="USD", calendar=calendar)
    board = boards(scene("revenue", company=american))["finance"]
    model = board.model
    assert (model["timezone"], model["weekStart"], model["fiscalYearStartMonth"]) == ("America/New_York", "sunday", 3)
    (windows,) = (each for each in model["templating"]["list"] if each["name"] == "window")
    assert [option["value"] for option in windows["options"]] == [*WINDOWS]
    tile = panel(board, "tile:revenue")
    assert tile["fieldConfig"]["defaults"]["unit"] == "currency:financial:$"
    assert 'kpi_revenue_usd{company="$company",window="$window"}' in asked(tile)[0]


def test_the_same_is_made_twice() -> None:
    """Panels keep their numbers, and other KPIs beside them change nothing about them."""
    few, all_of_them = (boards(of)["finance"] for of in (scene("revenue"), scene()))
    assert build(scene()) == build(scene())
    assert panel(few, "kpi:revenue")["targets"] == panel(all_of_them, "kpi:revenue")["targets"]


def test_languages_differ_in_texts_alone() -> None:
    """A Dutch board asks what the English one asks, at the same places."""
    goals = (goal("more", name_nl="Meer", name_en="More"),)
    english, dutch = (boards(scene(goals=goals, language=language)) for language in ("en", "nl"))
    assert dutch["goals"].title == "Doelen"
    for name, board in english.items():
        for number, one in panels(board).items():
            if one["type"] != "row":
                other = panels(dutch[name])[number]
                assert asked_or_none(one) == asked_or_none(other)
                assert one["gridPos"] == other["gridPos"]
    assert panel(dutch["goals"], "goal:more")["title"] == "Meer"


def asked_or_none(of: dict[str, Any]) -> list[str]:
    """Return what a panel asks, nothing for a text."""
    return asked(of) if "targets" in of else []


def test_companies_beside_each_other_are_told_apart() -> None:
    """With several companies, titles begin with the company's name, and boards find only their own."""
    board = boards(scene("revenue", is_only=False))["finance"]
    assert board.title == "De Kade · Finance"
    assert board.model["links"][0]["tags"] == ["kpitaps", "kade"] == board.model["tags"]


def test_many_goals_are_folded_in() -> None:
    """Few goals stand open; of many, each is folded in until somebody opens it."""
    for number, folded in ((3, False), (20, True)):
        board = boards(scene("revenue", goals=tuple(goal(f"g{each}") for each in range(number))))["goals"]
        rows = [each for each in board.model["panels"] if each["type"] == "row"]
        assert [row["collapsed"] for row in rows] == [folded] * number


def test_no_goals_are_no_broken_board() -> None:
    """Without goals the board says how to write them, and the overview leaves their panels out."""
    made = boards(scene("revenue"))
    assert "goals.toml" in panel(made["goals"], "goals:none")["options"]["content"]
    assert panel_id("goals:status") not in panels(made["overview"])


def test_what_people_write_stays_what_it_is() -> None:
    """Signs that Markdown or Grafana would read in a goal's owner are shown as they are."""
    board = boards(scene("revenue", goals=(goal("more", owner="*Sanne* | $company <b>"),)))["goals"]
    content = panel(board, "goal_about:more")["options"]["content"]
    assert "\\*Sanne\\*" in content
    assert "$company" not in content
    assert "<b>" not in content
