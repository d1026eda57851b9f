"""That what alerts say is so: of a goal that is over, of ratios and years of all kinds, of the unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from alerts.desk import KADE, Company, goal, rules
from alerts.expected import fires, names

from kpitaps.alerts.prometheus_rules import rule_file
from kpitaps.calendar import CompanyCalendar
from kpitaps.grafana.dashboards.texts import TEXTS
from kpitaps.units import Unit

if TYPE_CHECKING:
    from pathlib import Path

    from alerts.conftest import Judge

OF_GROWTH = '{company="kade",goal="growth"}'


@pytest.mark.parametrize(
    ("language", "while_it_runs", "once_over"),
    [
        ("en", " If nothing changes, it will be € 999,000.", " The last day was 2025-07-31."),
        ("nl", " Als er niets verandert, wordt het € 999.000.", " De laatste dag was 31-07-2025."),
    ],
)
@pytest.mark.parametrize(
    ("zone", "midnight"), [("Europe/Amsterdam", "2025-07-31T22:00"), ("America/New_York", "2025-08-01T04:00")]
)
def test_a_goal_that_is_over_goes_nowhere_any_more(
    judge: Judge, tmp_path: Path, zone: str, midnight: str, language: str, while_it_runs: str, once_over: str
) -> None:
    """Until its last day is over it is told where the goal is going, and from then on which day that was."""
    its_goal = goal(owner="", decides="", decides_nl="")
    face = replace(KADE, calendar=CompanyCalendar(ZoneInfo(zone)))
    rule = rules(tmp_path, company=Company(face, goals=(its_goal,), language=language))["goal-growth-off-track"]
    # promtool's clock begins in 1970, so the goal's end is told in minutes from there
    ends = datetime.fromisoformat(f"{midnight}Z").timestamp()
    text = rule_file([rule]).replace("time()", f"(time() + {ends - 600:.0f})")
    seen = {f"kpi_status{OF_GROWTH}": "2x30", f"kpi_revenue_projection_eur{OF_GROWTH}": "999000x30"}
    seen |= {f'kpi_goal_ends_timestamp_seconds{OF_GROWTH[:-1]},instance="{each}"}}': f"{ends}x30" for each in "ab"}
    summary = f"{rule.title}. {'Stand: niet bekend' if language == 'nl' else 'Value: not known'}."
    before, after = (fires(rule, summary, said, goal="growth") for said in (while_it_runs, once_over))
    assert judge(text, seen, [names("9m", rule, before), names("12m", rule, after)]) == ""


@pytest.mark.parametrize(
    ("language", "limit", "value", "title", "said"),
    [
        ("nl", "above = 1.5", "1.6251", "boven 1,5 ×", "1,625 × (grens: niet boven 1,5 ×)"),
        ("nl", "above = 1.5", "1.50009", "boven 1,5 ×", "1,50009 × (grens: niet boven 1,5 ×)"),
        ("en", "above = 1.5", "1.62", "above 1.5 ×", "1.62 × (should not be above 1.5 ×)"),
        ("en", "below = 2", "1.9999", "below 2 ×", "1.99 × (should not be below 2 ×)"),
    ],
)
def test_a_number_of_times_is_no_percentage(
    judge: Judge, tmp_path: Path, language: str, limit: str, value: str, title: str, said: str
) -> None:
    """A debt ratio is told as 1.62 ×, its limit too, and neither looks like the other."""
    text = f'[threshold.debt]\nkpi = "debt_ratio"\nwindow = "ytd"\n{limit}\nfor = "0m"\n'
    rule = rules(tmp_path, text, Company(language=language))["threshold-debt"]
    name, _, limited = rule.title.partition(": ")
    assert limited == title
    alert = fires(rule, f"{name}: {said}.", str(rule.description[0]), window="ytd")
    series = {'kpi_debt_ratio{company="kade",window="ytd"}': f"{value}x9"}
    assert judge(rule_file([rule]), series, [names("3m", rule, alert)]) == ""


def test_a_goal_on_a_number_of_times_is_told_so(judge: Judge, tmp_path: Path) -> None:
    """What it has reached and should have is no percentage either; how much of that it reached is one."""
    debt = goal("debt", kpi="debt_ratio", unit=Unit.RATIO, currency="", owner="", decides="", decides_nl="")
    rule = rules(tmp_path, company=Company(goals=(debt,), language="nl"))["goal-debt-off-track"]
    of_debt = '{company="kade",goal="debt"}'
    seen = {f"kpi_status{of_debt}": "2x30", f"kpi_attainment_ratio{of_debt}": "0.8x30"}
    seen |= {f"kpi_debt_actual_ratio{of_debt}": "1.624x30", f"kpi_debt_expected_ratio{of_debt}": "1.3x30"}
    summary = f"{rule.title}. Stand: 1,62 ×, terwijl het 1,30 × had moeten zijn (behaald: 80%)."
    assert judge(rule_file([rule]), seen, [names("5m", rule, fires(rule, summary, "", goal="debt"))]) == ""


@pytest.mark.parametrize(
    ("window", "start", "english", "dutch"),
    [
        ("ytd", 1, "this year", "dit jaar"),
        ("last_year", 1, "last year", "vorig jaar"),
        ("qtd", 1, "this quarter", "dit kwartaal"),
        ("ytd", 7, "this fiscal year", "dit boekjaar"),
        ("last_year", 7, "last fiscal year", "vorig boekjaar"),
        ("qtd", 7, "this quarter", "dit kwartaal"),
        ("qtd", 9, "this fiscal quarter", "dit kwartaal van het boekjaar"),
        ("last_quarter", 9, "last fiscal quarter", "vorig kwartaal van het boekjaar"),
        ("mtd", 9, "this month", "deze maand"),
    ],
)
def test_years_that_do_not_begin_in_january_are_fiscal(
    tmp_path: Path, window: str, start: int, english: str, dutch: str
) -> None:
    """So are quarters, unless they are the calendar's all the same."""
    face = replace(KADE, calendar=CompanyCalendar(KADE.calendar.zone, fiscal_year_start=start))
    text = f'[threshold.low]\nkpi = "revenue"\nwindow = "{window}"\nbelow = 1000\n'
    titles = [rules(tmp_path, text, Company(face, language=each))["threshold-low"].title for each in ("en", "nl")]
    assert titles == [f"Revenue {english}: below € 1,000", f"Omzet {dutch}: onder € 1.000"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_who_is_sent_to_a_dashboard_finds_it_by_that_name(tmp_path: Path, language: str) -> None:
    """Where old figures come from is told on a board, which is called otherwise in Dutch."""
    rule = rules(tmp_path, company=Company(language=language))["operations-stale_data"]
    assert TEXTS["health"][language] in str(rule.description[0])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "nl",
            (
                "Er is iets nog niet gelezen, of er was in deze periode niets om door te delen. "
                "kpitaps status laat zien of een koppeling achterloopt."
            ),
        ),
        (
            "en",
            (
                "Something has not been read yet, or there was nothing to divide by in this period. "
                "kpitaps status shows whether a connection is behind."
            ),
        ),
    ],
)
def test_the_unknown_may_be_a_period_without_anything_to_divide_by(tmp_path: Path, language: str, said: str) -> None:
    """A margin without revenue is not known although all was read."""
    text = '[threshold.margin]\nkpi = "gross_margin"\nbelow = 0.6\nunknown = "tell"\n'
    rule = rules(tmp_path, text, Company(language=language))["threshold-margin-unknown"]
    assert rule.description == (said,)
