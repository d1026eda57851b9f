"""What boards ask, evaluated by promtool over series made up for it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from grafana.scenes import goal, scene
from grafana.test_dashboards import asked, boards, panel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from parts.prometheus import Promtool

OF_KADE = 'company="kade",kpi="revenue"'
OVER = 3_600
"""When a goal is over, in seconds since 1970."""

STATUSES = {
    f'kpi_status{{{OF_KADE},goal="{name}",instance="{instance}"}}': f"{status}x9"
    for name, status in (("reached", 0), ("missed", 2), ("behind", 1), ("ahead", 0))
    for instance in "ab"
}
ENDS = {
    f'kpi_goal_ends_timestamp_seconds{{{OF_KADE},goal="{name}"}}': f"{at}x9"
    for name, at in (("reached", OVER), ("missed", OVER), ("ahead", 10 * OVER))
}


def judged(
    promtool: Promtool, folder: Path, interval: str, series: Mapping[str, str], expected: list[dict[str, Any]]
) -> str:
    """Return what promtool has against the values of expressions; nothing if all are as expected."""
    test = {
        "interval": interval,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{**each, "expr": each["expr"].replace("$company", "kade")} for each in expected],
    }
    # promtool goes from one evaluation to the next, a minute by default, though there is no rule to evaluate.
    asked_for = {"rule_files": [], "evaluation_interval": interval, "tests": [test]}
    (folder / "tests.yml").write_text(yaml.safe_dump(asked_for), encoding="utf-8")
    done = promtool("test", "rules", "tests.yml", cwd=folder)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def found(expression: str, at: str, values: Mapping[str, float]) -> dict[str, Any]:
    """Return what an expression shall give at a time, by the labels of each series."""
    return {
        "expr": expression,
        "eval_time": at,
        "exp_samples": [{"labels": labels, "value": value} for labels, value in values.items()],
    }


def test_a_goal_that_is_over_was_reached_or_missed(promtool: Promtool, tmp_path: Path) -> None:
    """After its last day a goal's status becomes a word of its own; one without an end stays what it is."""
    made = boards(scene("revenue", goals=(goal("missed"),)))["goals"]
    (status,) = asked(panel(made, "goals:status"))
    during, after = (
        found(status, at, {f'{{goal="{name}"}}': value for name, value in values.items()})
        for at, values in (
            ("30m", {"ahead": 0, "behind": 1, "missed": 2, "reached": 0}),
            ("2h", {"ahead": 0, "behind": 1, "missed": 5, "reached": 3}),
        )
    )
    assert judged(promtool, tmp_path, "30m", {**STATUSES, **ENDS}, [during, after]) == ""
    (words,) = (each["options"] for each in panel(made, "goals:status")["fieldConfig"]["defaults"]["mappings"])
    assert [words[value]["text"] for value in ("3", "4", "5")] == ["reached", "missed", "missed"]


def test_a_goal_that_is_over_needs_no_attention(promtool: Promtool, tmp_path: Path) -> None:
    """The overview counts each goal that is behind once, until its last day is over."""
    made = boards(scene("revenue", goals=(goal("missed"),)))["overview"]
    behind = asked(panel(made, "attention"))[0]
    expected = [found(behind, at, {"{}": value}) for at, value in (("30m", 2), ("2h", 1))]
    assert judged(promtool, tmp_path, "30m", {**STATUSES, **ENDS}, expected) == ""


def test_no_goal_needs_attention_only_where_goals_are_known(promtool: Promtool, tmp_path: Path) -> None:
    """The overview counts no goal where one is on track; of goals without a status, or unscraped, it knows nothing."""
    made = boards(scene("revenue", goals=(goal("ahead"),)))["overview"]
    behind = asked(panel(made, "attention"))[0]
    on_track = {f'kpi_status{{{OF_KADE},goal="ahead"}}': "0 0 stale"}
    expected = [found(behind, "30m", {"{}": 0}), found(behind, "1h", {})]
    assert judged(promtool, tmp_path, "30m", {**on_track, **ENDS}, expected) == ""


def test_no_reservation_is_made_only_where_figures_are_known(promtool: Promtool, tmp_path: Path) -> None:
    """Figures without a reservation are counted as none; where no figure is known, their number is not either."""
    reservations = asked(panel(boards(scene("revenue"))["finance"], "state"))[2].replace("$window", "mtd")
    final, sampled = (f'kpi_quality{{{OF_KADE},window="mtd",quality="{quality}"}}' for quality in ("final", "sampled"))
    series = {final: "1 stale _", sampled: "_ 1 stale"}
    expected = [found(reservations, at, values) for at, values in (("0", {"{}": 0}), ("30m", {"{}": 1}), ("1h", {}))]
    assert judged(promtool, tmp_path, "30m", series, expected) == ""


def test_what_is_over_has_no_projection(promtool: Promtool, tmp_path: Path) -> None:
    """Where a goal ends at this rate is told up to its last day, without another run of ours."""
    made = boards(scene("revenue", goals=(goal("missed"),)))["goals"]
    going = asked(panel(made, "goal_figures:missed"))[3]
    series = {**ENDS, 'kpi_revenue_projection_eur{company="kade",goal="missed"}': "70x9"}
    expected = [found(going, "30m", {"{}": 70}), found(going, "2h", {})]
    assert judged(promtool, tmp_path, "30m", series, expected) == ""


@pytest.mark.parametrize(
    ("day", "year_before"),
    [
        (date(1971, 3, 1), date(1970, 3, 1)),
        (date(1972, 2, 28), date(1971, 2, 28)),
        (date(1972, 3, 1), date(1971, 3, 1)),
        (date(1972, 12, 31), date(1971, 12, 31)),
        (date(1973, 2, 28), date(1972, 2, 28)),
        (date(1973, 3, 1), date(1972, 3, 1)),
    ],
)
def test_the_year_before_is_of_the_same_date(promtool: Promtool, tmp_path: Path, day: date, year_before: date) -> None:
    """Revenue added up stands beside that of the same date, in the year after a 29 February too."""
    made = boards(scene("revenue"))["overview"]
    before = asked(panel(made, "cumulative:revenue"))[1]
    epoch = date(1970, 1, 1)
    labels = '{company="kade",kpitaps="history",window="ytd"}'
    series = {f"kpi_revenue_history_eur{labels}": "0+1x1500"}
    value = {f"kpi_revenue_history_eur{labels}": (year_before - epoch).days}
    assert judged(promtool, tmp_path, "1d", series, [found(before, f"{(day - epoch).days}d", value)]) == ""
