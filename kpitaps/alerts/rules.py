"""All rules of a company."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kpitaps.alerts.goal_rules import goal_rules
from kpitaps.alerts.operations_rules import operations_rules
from kpitaps.alerts.threshold_rules import has_kpi, threshold_rules
from kpitaps.errors import BadDefinition
from kpitaps.kpis.files import near

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kpitaps.alerts.alerts_file import AlertsFile
    from kpitaps.alerts.rule import Rule
    from kpitaps.alerts.watched import Watched

LONGEST_TITLE = 190
"""Characters that Grafana takes; of a file with a longer title it reads nothing at all."""

GRAFANA_URL = "http://localhost:3000"
DOCS_URL = "https://github.com/kpitaps/kpitaps/blob/main/docs/how-to/alerts.md"


class Judged(NamedTuple):
    """The rules of a company, and what is wrong with tables that could become none."""

    rules: tuple[Rule, ...]
    errors: tuple[BadDefinition, ...]


def rules_for(
    watched: Watched,
    alerts: AlertsFile,
    *,
    grafana_url: str = GRAFANA_URL,
    docs_url: str = DOCS_URL,
    with_process: bool = True,
) -> tuple[Rule, ...]:
    """Return the rules of a company; what is wrong with a table is told by `judged`.

    Args:
        watched: The company.
        alerts: What ``alerts.toml`` says.
        grafana_url: Where people reach Grafana, for links.
        docs_url: The page that explains the rules.
        with_process: Whether the rules of the process as a whole are among them: with several companies, only for
            one of them.
    """
    return judged(watched, alerts, grafana_url=grafana_url, docs_url=docs_url, with_process=with_process).rules


def judged(
    watched: Watched,
    alerts: AlertsFile,
    *,
    grafana_url: str = GRAFANA_URL,
    docs_url: str = DOCS_URL,
    with_process: bool = True,
) -> Judged:
    """Return the rules of a company as `rules_for` does, and what is wrong with tables that could become none."""
    errors: list[BadDefinition] = []
    found = [*goal_rules(watched, alerts, grafana_url, docs_url)]
    for threshold in alerts.thresholds:
        try:
            found += threshold_rules(threshold, watched, alerts, grafana_url, docs_url)
        except BadDefinition as error:
            errors.append(error)
    found += operations_rules(watched, alerts, grafana_url, docs_url, with_process=with_process)
    return Judged(tuple(_titled(found, watched)), tuple(errors))


def strangers(companies: Sequence[Watched], alerts: AlertsFile) -> list[BadDefinition]:
    """Return what is wrong with tables on goals, companies and KPIs that nobody has: they change nothing."""
    goals = {goal.goal for each in companies for goal in each.goals}
    keys = {each.company.key for each in companies}
    wrong = [
        BadDefinition(f"{table.place()}: no goal {table.key!r} is followed; {near(table.key, goals)}")
        if goals
        else BadDefinition(f"{table.place()}: no goal is followed; write it in goals.toml, or leave this out")
        for table in alerts.goal_tables
        if table.key not in goals
    ]
    kpis = {kpi.key for each in companies for kpi in each.kpis}
    wrong += [
        BadDefinition(
            f"{each.table.place('kpi')}: no company has a KPI {each.terms.kpi!r}, or nothing feeds it; "
            f"{near(each.terms.kpi, kpis)}"
        )
        for each in alerts.thresholds
        if len(companies) > 1 and not each.terms.company and not any(has_kpi(each, one) for one in companies)
    ]
    return wrong + [
        BadDefinition(
            f"{each.table.place('company')}: there is no company {each.terms.company!r}; "
            f"{near(each.terms.company, keys)}"
        )
        for each in alerts.thresholds
        if each.terms.company and each.terms.company not in keys
    ]


def _titled(rules: Iterable[Rule], watched: Watched) -> Iterator[Rule]:
    """Yield the rules with titles of their own: Grafana refuses a folder in which two are called the same."""
    seen: set[str] = set()
    for rule in rules:
        title = rule.title if watched.is_only else f"{watched.company.name} · {rule.title}"
        found = _shortened(title, LONGEST_TITLE)
        if found.casefold() in seen:
            own = f" ({rule.key})"
            found = _shortened(title, LONGEST_TITLE - len(own)) + own
        # its database may take large and small letters for the same
        seen.add(found.casefold())
        yield replace(rule, title=found)


def _shortened(title: str, longest: int) -> str:
    return title if len(title) <= longest else f"{title[: longest - 1]}…"
