"""What `kpitaps check` says of a company's goals: whether each is SMART, and whether together they keep the focus.

The advice is that of the guides: five to seven core KPIs per team; each with an owner, a target, a deadline and a
decision that follows from it; leading beside lagging indicators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.app.check_finding import Finding, Severity
from kpitaps.app.owning import listed
from kpitaps.kpis.goals.book import FILE
from kpitaps.kpis.goals.goal import Once

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from kpitaps.kpis import Kpi
    from kpitaps.kpis.goals.goal import Goal

MOST_CORE = 7
"""KPIs that one team can keep in view."""

_NAMED = 3
"""KPIs that are named as examples."""


def check_goals(
    company: str, goals: Sequence[Goal], kpis: Mapping[str, Kpi], fed: frozenset[str], today: date
) -> list[Finding]:
    """Return what there is to say of a company's goals.

    Args:
        company: The company's key.
        goals: Its goals.
        kpis: Its KPIs, by key.
        fed: The keys of the KPIs that something feeds.
        today: Its day: goals that are over are told as such, and count no more.
    """
    running = [goal for goal in goals if not _is_over(goal, today)]
    found = [_over(company, goal) for goal in goals if goal not in running]
    has_teams = any(goal.team for goal in running)
    for goal in running:
        found += _of_goal(company, goal, fed, has_teams=has_teams)
    found += _doubles(company, running)
    for team in dict.fromkeys(goal.team for goal in running):
        found += _of_team(company, team, [kpis[goal.kpi] for goal in running if goal.team == team], kpis, fed)
    found += _without_goals(company, {goal.kpi for goal in running}, [kpis[key] for key in kpis if key in fed])
    return found


def _is_over(goal: Goal, today: date) -> bool:
    return isinstance(goal.schedule, Once) and goal.schedule.last < today


def _over(company: str, goal: Goal) -> Finding:
    assert isinstance(goal.schedule, Once)
    said = f"goal {goal.key} was over on {goal.schedule.last}"
    return _advice(company, said, f"Set its next deadline in {FILE}, or run kpitaps goals remove {goal.key}")


def _of_goal(company: str, goal: Goal, fed: frozenset[str], *, has_teams: bool) -> Iterator[Finding]:
    if goal.kpi not in fed:
        said = f"goal {goal.key} has no value: nothing feeds {goal.kpi}"
        yield Finding(Severity.PROBLEM, company, said, "Connect an account that does, or choose another KPI")
    lacking = {
        'owner = "…"': "" if goal.owner else "nobody who answers for it",
        'decides = "…"': "" if goal.decides or goal.decides_nl else "no decision that it is for",
        'team = "…"': "" if goal.team or not has_teams else "no team, as others have",
    }
    if missing := {key: said for key, said in lacking.items() if said}:
        said = f"goal {goal.key} has {listed([*missing.values()])}"
        yield _advice(company, said, f"Add {listed([*missing])} to [goal.{goal.key}] in {FILE}")


def _doubles(company: str, goals: Sequence[Goal]) -> Iterator[Finding]:
    same: dict[tuple[str, str, object], list[str]] = {}
    for goal in goals:
        same.setdefault((goal.kpi, goal.label, goal.schedule), []).append(goal.key)
    for (kpi, *_), keys in same.items():
        if len(keys) > 1:
            yield _advice(company, f"goals {listed(keys)} are of {kpi} in the same period", "Keep one of them")


def _of_team(
    company: str, team: str, aims: Sequence[Kpi], kpis: Mapping[str, Kpi], fed: frozenset[str]
) -> Iterator[Finding]:
    whose = f"team {team}" if team else "the company"
    core = list(dict.fromkeys(kpi.key for kpi in aims))
    if len(core) > MOST_CORE:
        said = f"{whose} has goals for {len(core)} KPIs, more than anybody keeps in view: {', '.join(core)}"
        yield _advice(company, said, f"Keep the five to {_WORDS[MOST_CORE]} on which decisions depend")
    domains = {kpi.domain for kpi in aims}
    ahead = [kpi.key for kpi in kpis.values() if kpi.leading and kpi.key in fed and kpi.domain in domains]
    if ahead and not any(kpi.leading for kpi in aims):
        said = f"{whose} has goals only for what was ({', '.join(core)}), and none for what tells what is coming"
        yield _advice(company, said, f"Add a goal for a leading KPI, such as {_such_as(ahead)}")


def _without_goals(company: str, aims: set[str], measured: Sequence[Kpi]) -> Iterator[Finding]:
    """Tell in which domains something is measured and nothing has a goal."""
    if measured and not aims:
        said = f"none of the {len(measured)} KPIs that are measured has a goal"
        yield _advice(company, said, "Begin with the two or three on which a decision depends: kpitaps goals add")
        return
    domains = {kpi.domain for kpi in measured if kpi.key in aims}
    for domain in dict.fromkeys(kpi.domain for kpi in measured if kpi.domain not in domains):
        keys = [kpi.key for kpi in measured if kpi.domain == domain]
        said = f"{domain} is measured without a goal: {_such_as(keys)}"
        yield _advice(company, said, "Set one with kpitaps goals add, if a decision depends on it")


def _such_as(keys: Sequence[str]) -> str:
    more = len(keys) - _NAMED
    return listed([*keys[:_NAMED], f"{more} more"]) if more > 0 else listed(keys)


def _advice(company: str, message: str, fix: str) -> Finding:
    return Finding(Severity.ADVICE, company, message, fix)


_WORDS: Mapping[int, str] = {MOST_CORE: "seven"}
