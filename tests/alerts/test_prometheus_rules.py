"""The rules as Prometheus' own tools see them: when they fire, what they say, when they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from alerts.desk import Company, goal, rules
from alerts.expected import fires, names

from kpitaps.alerts.message import Look, Own
from kpitaps.alerts.prometheus_rules import rule_file
from kpitaps.alerts.rule import Comparison, Group

if TYPE_CHECKING:
    from pathlib import Path

    from alerts.conftest import Judge
    from parts.prometheus import Promtool

DROP = """
[threshold.drop]
kpi = "orders"
window = "7d"
below = 100
recovers_at = 120
for = "2m"
keep_firing_for = "0m"
"""
OF_GROWTH = '{company="kade",goal="growth"}'
GROWTH = {
    f"kpi_revenue_actual_eur{OF_GROWTH}": "812345.67x30",
    f"kpi_revenue_expected_eur{OF_GROWTH}": "900000x30",
    f"kpi_revenue_target_eur{OF_GROWTH}": "1200000x30",
    f"kpi_attainment_ratio{OF_GROWTH}": "0.9026x30",
    f"kpi_status_since_timestamp_seconds{OF_GROWTH}": "1735686000x30",
}
SAID = {
    "en": (
        "15 % more revenue: off track",
        "15 % more revenue: off track. Value: € 812,345, while it should have been € 900,000 (reached: 90.26%).",
        (
            "The target is € 1,200,000. It has stood like this since 2025-01-01. Owner: Sanne. "
            "This goal is for deciding: whether a second roaster is bought."
        ),
    ),
    "nl": (
        "15 % meer omzet: niet op koers",
        "15 % meer omzet: niet op koers. Stand: € 812.345, terwijl het € 900.000 had moeten zijn (behaald: 90,26%).",
        (
            "Het doel is € 1.200.000. Zo staat het sinds 01-01-2025. Eigenaar: Sanne. Met dit doel wordt besloten: "
            "of er een tweede brander komt."
        ),
    ),
}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_prometheus_accepts_all_rules(promtool: Promtool, tmp_path: Path, language: str) -> None:
    """Each kind of rule is valid, whatever a goal is called."""
    strange = goal("odd", name_en='{{ 1 }} "a" ${HOME} \\', name_nl="{{", owner="O'Hara {{")
    company = Company(goals=(goal(), strange), language=language)
    (tmp_path / "rules.yml").write_text(rule_file(rules(tmp_path, DROP, company).values()), encoding="utf-8")
    done = promtool("check", "rules", tmp_path / "rules.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_goal_off_track_is_told(judge: Judge, tmp_path: Path, language: str) -> None:
    """It says how much, how far off, since when, and whose it is; the warning keeps silent then."""
    found = rules(tmp_path, company=Company(language=language))
    rule, warning = found["goal-growth-off-track"], found["goal-growth-at-risk"]
    title, summary, description = SAID[language]
    assert rule.title == title
    alert = fires(rule, summary, description, goal="growth")
    status = {'kpi_status{company="kade",kpi="revenue",goal="growth",instance="a"}': "2x30"}
    expected = [names("1m", rule), names("5m", rule, alert), names("5m", warning)]
    assert judge(rule_file(found.values()), {**GROWTH, **status}, expected) == ""


def test_a_goal_that_is_long_over_is_told_no_more(judge: Judge, tmp_path: Path) -> None:
    """What was missed is told for a week after the goal's last day, however often the server is scraped."""
    found = rules(tmp_path, company=Company(language="en"))
    rule = found["goal-growth-off-track"]
    _, summary, description = SAID["en"]
    description = description.replace(" It has stood", " The last day was 1969-12-24. It has stood")
    alert = fires(rule, summary, description, goal="growth")
    week_less_five_minutes = 7 * 86_400 - 300
    of_growth = '{company="kade",kpi="revenue",goal="growth",instance="%s"}'
    seen = {f"kpi_status{of_growth % instance}": "2x30" for instance in "ab"}
    seen |= {f"kpi_goal_ends_timestamp_seconds{of_growth % 'a'}": f"-{week_less_five_minutes}x30"}
    expected = [names("5m", rule, alert), names("20m", rule)]
    assert judge(rule_file(found.values()), {**GROWTH, **seen}, expected) == ""


def test_what_is_not_known_of_a_goal_is_left_out(judge: Judge, tmp_path: Path) -> None:
    """A goal without expectation, attainment and projection says the rest."""
    found = rules(tmp_path, company=Company(goals=(goal(owner="", decides="", decides_nl=""),)))
    rule = found["goal-growth-at-risk"]
    alert = fires(rule, "15 % more revenue: at risk. Value: € 1,234.", "", goal="growth")
    seen = {f"kpi_status{OF_GROWTH}": "1x30", f"kpi_revenue_actual_eur{OF_GROWTH}": "1234.56x30"}
    assert judge(rule_file(found.values()), seen, [names("5m", rule, alert)]) == ""


def test_a_threshold_fires_stays_and_recovers(judge: Judge, tmp_path: Path) -> None:
    """It fires after its time below the threshold, goes on between there and where it recovers, and then ends."""
    found = rules(tmp_path, DROP)
    rule = found["threshold-drop"]
    series = {'kpi_orders{company="kade",window="7d",job="kpitaps"}': "110x2 90x5 110x5 121x5 110x5"}
    more = f"{rule.description[0]} The alert ends at 120."
    below, between = (
        fires(rule, f"Orders in the last 7 days: {value} (should not be below 100).", more, window="7d")
        for value in (90, 110)
    )
    expected = [
        names("2m", rule),
        names("4m", rule),
        names("6m", rule, below),
        names("12m", rule, between),
        names("16m", rule),
        names("22m", rule),
    ]
    assert judge(rule_file(found.values()), series, expected) == ""


def test_a_value_that_does_not_recover_goes_on_waiting(judge: Judge, tmp_path: Path) -> None:
    """Between threshold and recovery an alert that is about to fire does so, as Grafana has it."""
    found = rules(tmp_path, DROP)
    rule = found["threshold-drop"]
    series = {'kpi_orders{company="kade",window="7d"}': "110x3 90 110x9"}
    more = f"{rule.description[0]} The alert ends at 120."
    alert = fires(rule, "Orders in the last 7 days: 110 (should not be below 100).", more, window="7d")
    assert judge(rule_file(found.values()), series, [names("3m", rule), names("8m", rule, alert)]) == ""


def test_each_label_is_told_by_itself(judge: Judge, tmp_path: Path) -> None:
    """A KPI with a label fires for the values that are wrong, and never for what is left over."""
    text = '[threshold.rep]\nkpi = "sales_per_rep"\nwindow = "mtd"\nbelow = 1000\nfor = "0m"\n'
    found = rules(tmp_path, text, Company(language="nl"))
    rule = found["threshold-rep"]
    series = {
        'kpi_sales_per_rep_eur{company="kade",window="mtd",rep="Ann"}': "999.5x9",
        'kpi_sales_per_rep_eur{company="kade",window="mtd",rep="Bo"}': "1000x9",
        'kpi_sales_per_rep_eur{company="kade",window="mtd",rep="other"}': "1x9",
    }
    label = rule.by[-1]
    series = {name.replace("rep=", f"{label}="): values for name, values in series.items()}
    name = rule.title.removesuffix(" deze maand: onder € 1.000")
    alert = fires(
        rule,
        f"{name} · Ann deze maand: € 999,50 (grens: niet onder € 1.000).",
        str(rule.description[0]),
        window="mtd",
        **{label: "Ann"},
    )
    assert judge(rule_file(found.values()), series, [names("3m", rule, alert)]) == ""


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [
        ("above = 10_000", "10000.4", "€ 10.000,40 (grens: niet boven € 10.000)"),
        ("above = 1_000_000", "1234567.8", "€ 1.234.567,80 (grens: niet boven € 1.000.000)"),
        ("below = 10_000", "9999.9", "€ 9.999 (grens: niet onder € 10.000)"),
        ("below = -10_000", "-10000.4", "€ -10.000,40 (grens: niet onder € -10.000)"),
    ],
)
def test_a_value_is_on_its_side_of_the_limit(judge: Judge, tmp_path: Path, limit: str, value: str, said: str) -> None:
    """What is cut off never makes a value look like its limit."""
    text = f'[threshold.it]\nkpi = "revenue"\nwindow = "7d"\n{limit}\nfor = "0m"\n'
    found = rules(tmp_path, text, Company(language="nl"))
    rule = found["threshold-it"]
    alert = fires(rule, f"Omzet in de laatste 7 dagen: {said}.", str(rule.description[0]), window="7d")
    series = {'kpi_revenue_eur{company="kade",window="7d"}': f"{value}x9"}
    assert judge(rule_file(found.values()), series, [names("3m", rule, alert)]) == ""


def test_a_change_is_told_with_both_values(judge: Judge, tmp_path: Path) -> None:
    """Revenue of last week 20 % less than the week before fires, and says what it was and is."""
    text = '[threshold.drop]\nkpi = "revenue"\nwindow = "last_week"\nchange_below = "-20 %"\nfor = "0m"\n'
    found = rules(tmp_path, text)
    rule = found["threshold-drop"]
    week = '{company="kade",window="last_week"}'
    series = {
        'kpi_change_ratio{company="kade",kpi="revenue",window="last_week"}': "-0.25x9",
        f"kpi_revenue_eur{week}": "7500x9",
        f"kpi_revenue_previous_eur{week}": "10000x9",
    }
    alert = fires(
        rule,
        "Revenue last week: -25% against the period before (should not be below -20%).",
        f"{rule.description[0]} It is € 7,500. The period before it was € 10,000.",
        window="last_week",
    )
    assert judge(rule_file(found.values()), series, [names("3m", rule, alert)]) == ""


@pytest.mark.parametrize("unknown", ["ignore", "tell"])
def test_what_is_not_known_fires_only_where_asked(judge: Judge, tmp_path: Path, unknown: str) -> None:
    """A series that vanishes ends the alert on its value; a rule of its own tells that it is not known."""
    found = rules(tmp_path, f'{DROP}unknown = "{unknown}"\n')
    rule = found["threshold-drop"]
    series = {'kpi_orders{company="kade",window="7d"}': "90x5 _x60"}
    said = fires(
        rule,
        "Orders in the last 7 days: 90 (should not be below 100).",
        f"{rule.description[0]} The alert ends at 120.",
        window="7d",
    )
    expected = [names("4m", rule, said), names("20m", rule)]
    if unknown == "tell":
        other = found["threshold-drop-unknown"]
        summary = "Orders in the last 7 days: not known. Nobody can tell whether that is below 100."
        expected.append(names("50m", other, fires(other, summary, str(other.description[0]))))
    else:
        assert "threshold-drop-unknown" not in found
    assert judge(rule_file(found.values()), series, expected) == ""


TROUBLE = [
    ("connection_down", {'kpitaps_connection_up{company="kade",connection="shop",tap="shopify"}': "0x120"}, "90m"),
    ("repair_open", {'kpitaps_repairs_open{company="kade",connection="shop",tap="shopify"}': "2x120"}, "10m"),
    (
        "check_failing",
        {'kpitaps_check_up{company="kade",connection="shop",tap="shopify",check="vat"}': "0x120"},
        "90m",
    ),
    ("budget_low", {'kpitaps_api_budget_remaining_ratio{host="a.example",limit="day"}': "0.05x20 0.15x20"}, "30m"),
    ("kpitaps_down", {}, "15m"),
    ("figures_stuck", {"kpitaps_board_published_timestamp_seconds": "0x60"}, "13m"),
    ("stale_data", {'kpi_data_through_timestamp_seconds{company="kade",kpi="orders"}': "-200000x60"}, "40m"),
    (
        "stream_late",
        {
            'kpitaps_sync_last_success_timestamp_seconds{company="kade",connection="shop",tap="shopify",stream="o"}': (
                "-200000x60"
            )
        },
        "40m",
    ),
    ("remote_read_refused", {'kpitaps_remote_read_requests_total{outcome="refused"}': "0+1x20"}, "10m"),
]


@pytest.mark.parametrize(("key", "series", "at"), TROUBLE, ids=[row[0] for row in TROUBLE])
def test_trouble_is_told(judge: Judge, tmp_path: Path, key: str, series: dict[str, str], at: str) -> None:
    """Each rule of operations fires on the metric it is about, and not before its time."""
    rule = rules(tmp_path)[f"operations-{key}"]
    quiet = replace(rule, summary=("told",), description=("d",))
    labels = {label: value for name in series for label, value in _labels(name).items() if label in rule.by}
    alert = fires(quiet, "told", "d", **labels)
    expected = [names("0m", rule), names(at, rule, alert)]
    assert judge(rule_file([quiet]), series, expected if rule.pending else expected[1:]) == ""


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "kpitaps draait, maar heeft zijn cijfers 15 min geleden voor het laatst bijgewerkt."),
        ("en", "kpitaps runs, but last made its figures 15m ago."),
    ],
)
def test_figures_that_stand_still_are_told_until_they_move(
    judge: Judge, tmp_path: Path, language: str, said: str
) -> None:
    """While kpitaps answers and makes no figures, this fires, and ``kpitaps_down`` does not; it ends with the next."""
    found = rules(tmp_path, company=Company(language=language))
    rule, down = found["operations-figures_stuck"], found["operations-kpitaps_down"]
    series = {
        "kpitaps_board_published_timestamp_seconds": "0x20 1260+60x20",
        'kpi_info{company="kade",kpi="orders"}': "1x60",
    }
    alert = fires(rule, said, str(rule.description[0]))
    expected = [names("12m", rule), names("15m", rule, alert), names("15m", down), names("22m", rule)]
    assert judge(rule_file([rule, down]), series, expected) == ""


def _labels(name: str) -> dict[str, str]:
    pairs = name.partition("{")[2].rstrip("}").split(",")
    return {label: value.strip('"') for label, _, value in (pair.partition("=") for pair in pairs)}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "Eerste reactietijd in de laatste 7 dagen: 2 d 7 u 13 min 5 s (grens: niet boven 2 d 7 u)."),
        ("en", "First response time in the last 7 days: 2d 7h 13m 5s (should not be above 2d 7h)."),
    ],
)
def test_times_are_written_as_their_language_has_them(judge: Judge, tmp_path: Path, language: str, said: str) -> None:
    """Hours are ``u`` in Dutch; what is above its limit keeps its seconds, or it might look like it."""
    text = '[threshold.slow]\nkpi = "first_response_time"\nwindow = "7d"\nabove = "55h"\nfor = "0m"\n'
    rule = rules(tmp_path, text, Company(language=language))["threshold-slow"]
    alert = fires(rule, said, str(rule.description[0]), window="7d")
    series = {'kpi_first_response_time_seconds{company="kade",window="7d"}': "198785x9"}
    assert judge(rule_file([rule]), series, [names("3m", rule, alert)]) == ""


NUMBERS = [
    (Look.MONEY, "12.5", "€ 12,50"),
    (Look.MONEY, "-1234.5", "€ -1.234"),
    (Look.MONEY, "1234.99", "€ 1.234"),
    (Look.MONEY, "1234567890.1", "€ 1.234.567.890"),
    (Look.NUMBER, "50", "50"),
    (Look.NUMBER, "31.44", "31,4"),
    (Look.NUMBER, "1234567", "1.234.567"),
    (Look.SHARE, "0.0525", "5,25%"),
    (Look.TIMES, "1.6", "1,60 ×"),
    (Look.TIMES, "1.15", "1,15 ×"),
    (Look.TIMES, "-0.999", "-0,99 ×"),
    (Look.TIMES, "1234567.89", "1.234.567 ×"),
    (Look.LENGTH, "15000", "4 u 10 min"),
    (Look.LENGTH, "198785", "2 d 7 u"),
    (Look.LENGTH, "-86400", "-1 d"),
    (Look.LENGTH, "12.34", "12,34 s"),
    (Look.LENGTH, "0.25", "250 ms"),
    (Look.LENGTH, "0", "0 s"),
]


def test_numbers_are_written_as_their_language_has_them(judge: Judge, tmp_path: Path) -> None:
    """Dutch gets points and commas, decimals only where they say something; money is cut off, not rounded up."""
    like = replace(rules(tmp_path)["operations-kpitaps_down"], language="nl", description=("d",), pending=timedelta(0))
    found, series, expected = [], {}, []
    for number, (look, value, said) in enumerate(NUMBERS):
        rule = replace(
            like,
            key=f"n{number}",
            title=f"n{number}",
            query=f"max by (n) (x{number})",
            comparison=Comparison.ABOVE,
            threshold=-1e9,
            summary=(Own(look, "EUR"),),
        )
        found.append(rule)
        series[f'x{number}{{n="1"}}'] = f"{value}x3"
        expected.append(names("1m", rule, fires(rule, said, "d", n="1")))
    assert judge(rule_file(found), series, expected) == ""


@pytest.mark.parametrize(
    ("decides", "decides_nl", "said"),
    [
        ("whether we hire", "of we aannemen", {"en": "whether we hire", "nl": "of we aannemen"}),
        ("whether we hire", "", {"en": "whether we hire", "nl": "whether we hire"}),
        ("", "of we aannemen", {"en": "of we aannemen", "nl": "of we aannemen"}),
        ("", "", {"en": None, "nl": None}),
    ],
)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_decision_is_told_in_the_language_at_hand(
    tmp_path: Path, language: str, decides: str, decides_nl: str, said: dict[str, str | None]
) -> None:
    """In the other one where it was written in that alone; of none, nothing is said."""
    company = Company(goals=(goal(decides=decides, decides_nl=decides_nl),), language=language)
    word = {"en": "deciding: ", "nl": "besloten: "}[language]
    of_goals = [rule for rule in rules(tmp_path, company=company).values() if rule.group is Group.GOALS]
    told = {str(piece).partition(word)[2] for rule in of_goals for piece in rule.description if word in str(piece)}
    assert of_goals
    assert told == ({f"{said[language]}."} if said[language] else set())
