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
from kpitaps.grafana.dashboards.labels import LABELS, label_name
from kpitaps.grafana.dashboards.texts import TEXTS
from kpitaps.kpis import KPIS
from kpitaps.kpis.goals.character import Character
from kpitaps.measures import VOCABULARY
from kpitaps.units import Unit

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
    ("kpi", "domain", "asks", "legend", "unit"),
    [
        ("gross_margin", "finance", "100 * (max(kpi_gross_margin_ratio{", "verschil", "suffix: procentpunt"),
        ("debt_ratio", "finance", "max(kpi_debt_ratio{", "verschil", "suffix: ×"),
        ("nps", "service", "max(kpi_nps_score{", "verschil in punten", "none"),
        ("revenue", "finance", "max(kpi_change_ratio{", "verschil", "percentunit"),
    ],
)
def test_a_change_of_a_share_is_no_relative_one(kpi: str, domain: str, asks: str, legend: str, unit: str) -> None:
    """Shares change in percentage points, multiples and scores in their own unit, all else relatively."""
    tile = panel(boards(scene(kpi, language="nl"))[domain], f"tile:{kpi}")
    change = tile["targets"][1]
    assert change["expr"].startswith(asks)
    assert change["legendFormat"] == legend
    look, *line = tile["fieldConfig"]["overrides"]
    assert {"id": "unit", "value": unit} in look["properties"]
    assert [each["properties"][0]["id"] for each in line] == ["fieldMinMax"] * asks.startswith("100")


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


@pytest.mark.parametrize(
    ("kpi", "domain", "said"),
    [
        ("revenue", "finance", "nog niet bekend"),
        ("arr", "finance", "nog niet bekend"),
        ("gross_margin", "finance", "geen waarde"),
        ("debt_ratio", "finance", "geen waarde"),
        ("nps", "service", "geen waarde"),
        ("receivable_period", "finance", "geen waarde (pas vanaf 28 dagen)"),
    ],
)
def test_no_value_is_promised_where_none_may_come(kpi: str, domain: str, said: str) -> None:
    """A quotient has no value where there is nothing to divide by, and its tile says so."""
    levels = dict.fromkeys(("arr", "debt_ratio"), Character.LEVEL)
    board = boards(scene(kpi, characters={"revenue": Character.ADDS} | levels, language="nl"))[domain]
    tile = panel(board, f"tile:{kpi}")
    assert tile["fieldConfig"]["defaults"]["noValue"] == said
    assert ("niets om door te delen" in tile["description"]) is said.startswith("geen waarde")
    assert ("minder dan 28 dagen" in tile["description"]) is ("28" in said)


def test_a_goal_promises_no_value_either() -> None:
    """A goal for a quotient has no value as long as its KPI has none; one for a sum is still to be read."""
    goals = goal("more"), goal("better", kpi="nps", unit=Unit.SCORE)
    board = boards(scene("revenue", "nps", goals=goals))["goals"]
    said = [panel(board, f"goal_figures:{each.goal}")["fieldConfig"]["defaults"]["noValue"] for each in goals]
    assert said == ["not known yet", "no value"]


def test_what_a_plan_asks_for_is_no_forecast() -> None:
    """In Dutch, verwacht is what will come: a goal's course by plan and its estimates are called by other words."""
    board = boards(scene("revenue", goals=(goal("more"),), language="nl"))["goals"]
    figures = panel(board, "goal_figures:more")
    assert [query["legendFormat"] for query in figures["targets"]] == [
        *("bereikt", "volgens plan", "doel"),
        *("in dit tempo", "lage schatting", "hoge schatting"),
    ]
    said = {key: text["nl"] for key, text in TEXTS.items()}
    assert [key for key, text in said.items() if "verwacht" in text.lower()] == []


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


@pytest.mark.parametrize(("start", "said"), [(1, "dit jaar"), (4, "dit boekjaar")])
def test_a_year_that_begins_later_is_a_fiscal_one(start: int, said: str) -> None:
    """Where a company's year does not begin in January, this year and the last one are called fiscal years."""
    company = replace(KADE, calendar=replace(KADE.calendar, fiscal_year_start=start))
    board = boards(scene("revenue", company=company, language="nl"))["overview"]
    (windows,) = (each for each in board.model["templating"]["list"] if each["name"] == "window")
    named = {option["value"]: option["text"] for option in windows["options"]}
    before = said.replace("dit", "vorig")
    assert (named["ytd"], named["last_year"]) == (said, before)
    course = panel(board, "cumulative:revenue")
    assert course["title"] == f"Omzet: opgeteld {said}"
    assert [query["legendFormat"] for query in course["targets"]] == [said, before]


@pytest.mark.parametrize(
    ("language", "label", "none", "other"),
    [("nl", "kanaal", "niet ingevuld", "overige"), ("en", "channel", "not filled in", "other")],
)
def test_parts_are_named_in_the_boards_language(language: str, label: str, none: str, other: str) -> None:
    """Neither the key of a label nor the values that we make up for it are shown as metrics have them."""
    board = boards(scene("traffic_by_channel", language=language))["marketing"]
    bars, table = (panel(board, f"{what}:traffic_by_channel") for what in ("kpi", "table"))
    named = {each["matcher"]["options"]: each["properties"][0] for each in bars["fieldConfig"]["overrides"]}
    assert {key: each["value"] for key, each in named.items()} == {"(none)": none, "other": other}
    (texts,) = (each for each in table["fieldConfig"]["overrides"] if each["matcher"]["options"] == "string")
    options = texts["properties"][0]["value"][0]["options"]
    assert {key: option["text"] for key, option in options.items()} == {"(none)": none, "other": other}
    (columns,) = (each["options"] for each in table["transformations"] if each["id"] == "organize")
    assert columns["renameByName"]["traffic_channel"] == label
    assert f" per {label}; " in bars["description"]


def test_labels_of_the_vocabulary_have_names() -> None:
    """Every label that a measure of the vocabulary carries is named; one that we do not know keeps its key."""
    assert set(LABELS) == {label for measure in VOCABULARY.values() for label in measure.labels}
    assert label_name("acme_branch", "nl") == "acme_branch"


def test_outcomes_are_named_in_the_boards_language() -> None:
    """How a run ended is said in words, not as metrics have it."""
    runs = panel(boards(scene("revenue", language="nl"))["health"], "health:runs")
    named = {each["matcher"]["options"]: each["properties"][0]["value"] for each in runs["fieldConfig"]["overrides"]}
    assert (named["ok"], named["needs_auth"]) == ("gelukt", "toestemming nodig")


@pytest.mark.parametrize(
    ("dated", "said"),
    [
        (("booking date", "de boekdatum"), "Telt mee op de dag van: de boekdatum."),
        (("order; window", "de bestelling; elke periode apart"), "Telt mee op de dag van: de bestelling."),
        (("window", "elke periode apart"), ""),
        (("day", "de dag"), ""),
    ],
)
def test_what_is_of_no_days_event_is_not_dated(dated: tuple[str, str], said: str) -> None:
    """A panel says on which day things count, unless a figure is just that of each day or period."""
    found = panel(boards(scene("revenue", dated={"revenue": dated}, language="nl"))["finance"], "kpi:revenue")
    sentence = found["description"].rpartition("optelt. ")[2].partition("Bron:")[0].strip()
    assert sentence == said


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


def test_what_needs_attention_counts_goals_only_where_there_are_any() -> None:
    """Without goals there is no number of them that would never be known."""
    for goals, counted in (((), 2), ((goal("more"),), 3)):
        found = panel(boards(scene("revenue", goals=goals))["overview"], "attention")
        assert len(found["targets"]) == counted == len(found["fieldConfig"]["overrides"])


def test_what_people_write_stays_what_it_is() -> None:
    """Signs that Markdown or Grafana would read in a goal's owner are shown as they are."""
    board = boards(scene("revenue", goals=(goal("more", owner="*Sanne* | $company <b>"),)))["goals"]
    content = panel(board, "goal_about:more")["options"]["content"]
    assert "\\*Sanne\\*" in content
    assert "$company" not in content
    assert "<b>" not in content
