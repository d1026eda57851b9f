"""What `kpitaps check` finds at a company: its sources, rates, own KPIs, goals and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.alerts import FILE as ALERTS_FILE
from kpitaps.app.alerting import alert_problems
from kpitaps.app.boards import catalogue, company_face
from kpitaps.app.check_finding import Finding, Severity
from kpitaps.app.check_goals import check_goals
from kpitaps.app.goals import goal_book, goal_problems
from kpitaps.app.own_kpis import FILE as KPIS_FILE
from kpitaps.app.own_kpis import kpi_problems, unfed_kpis
from kpitaps.app.owning import listed, overlaps
from kpitaps.app.rates import rate_troubles
from kpitaps.errors import BadDefinition
from kpitaps.kpis.goals import FILE as GOALS_FILE
from kpitaps.store import list_companies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kpitaps.app.runtime import Runtime
    from kpitaps.app.status import ConnectionStatus
    from kpitaps.store import Company


_WAITING = "Until then rules and dashboards are not written anew: those that were written work on"


def check_companies(runtime: Runtime, statuses: Sequence[ConnectionStatus]) -> Iterator[Finding]:
    """Yield what keeps the companies' numbers from being right, and their goals from being met."""
    companies = list_companies(runtime.ledger.database)
    yield from _files(runtime)
    if not companies:
        yield Finding(Severity.ADVICE, "kpitaps", "no account is connected", "Run kpitaps add <tap>")
    for company in companies:
        mine = [status.connection for status in statuses if status.company == company.key]
        if not mine:
            yield Finding(Severity.ADVICE, company.key, "no account is connected", "Run kpitaps add <tap>")
        for trouble in rate_troubles(runtime, company):
            severity = Severity.PROBLEM if trouble.is_problem else Severity.ADVICE
            yield Finding(severity, company.key, trouble.message, trouble.fix)
        yield from _overlaps(runtime, company, {connection.tap for connection in mine})
        yield from _own_kpis(runtime, company)
        if mine:
            yield from _goals(runtime, company)


def _files(runtime: Runtime) -> Iterator[Finding]:
    try:
        runtime.goals.check()
    except BadDefinition as error:
        goals, unread = [], [str(error)]
    else:
        goals, unread = goal_problems(runtime), []
    unclear, alerts = alert_problems(runtime, are_goals_known=not unread)
    for file, problems in ((GOALS_FILE, unread), (ALERTS_FILE, unclear)):
        for problem in problems:
            yield Finding(Severity.PROBLEM, file, problem.rstrip("."), _WAITING)
    for file, problems in ((KPIS_FILE, kpi_problems(runtime)), (GOALS_FILE, goals), (ALERTS_FILE, alerts)):
        for problem in problems:
            yield Finding(Severity.PROBLEM, file, problem.rstrip("."), "What else the file defines works meanwhile")


def _own_kpis(runtime: Runtime, company: Company) -> Iterator[Finding]:
    for key, lacking in unfed_kpis(runtime, company):
        said = f"the company's own KPI {key} has no figures: nothing feeds {listed(lacking)}"
        fix = f"Connect an account that does, or take [kpi.{key}] out of {KPIS_FILE}"
        yield Finding(Severity.ADVICE, company.key, said, fix)


def _goals(runtime: Runtime, company: Company) -> Iterator[Finding]:
    kpis = catalogue(runtime, company)
    fed = frozenset(each.kpi.key for each in kpis.available(runtime.ledger.reader(company.id)))
    today = company_face(runtime, company).calendar.today(runtime.now())
    book = goal_book(runtime, company)
    if book.unnamed:
        said = f"goals that name no company stay with this one, which was there first: {listed(book.unnamed)}"
        yield Finding(Severity.ADVICE, company.key, said, f'Add company = "{company.key}" to them in {GOALS_FILE}')
    if not book.is_readable:
        return
    goals = book.goals
    yield from check_goals(company.key, goals, {kpi.key: kpi for kpi in kpis.kpis}, fed, today)


def _overlaps(runtime: Runtime, company: Company, connected: set[str]) -> Iterator[Finding]:
    """Explain, per set of taps and owner, which measures are fed twice."""
    groups: dict[tuple[tuple[str, ...], str | None], list[str]] = {}
    for each in overlaps(runtime, company):
        groups.setdefault((each.taps, each.owner), []).append(each.measure)
    for (taps, owner), measures in groups.items():
        said = f"{listed(taps)} feed {', '.join(measures)}"
        if owner is None:
            fix = f"Choose one: kpitaps own <tap> {' '.join(measures)}"
            yield Finding(Severity.PROBLEM, company.key, f"{said}, none of them owns it, so it has no value", fix)
        elif owner not in connected and not connected.isdisjoint(taps):
            fix = f"Let another own them: kpitaps own <tap> {' '.join(measures)}"
            gone = f"{said}: {owner} owns them and is disconnected, so they have no new values"
            yield Finding(Severity.PROBLEM, company.key, gone, fix)
        else:
            others = [tap for tap in taps if tap != owner]
            fix = f"To let another own some of them: kpitaps own {others[0] if len(others) == 1 else '<tap>'} <measure>"
            yield Finding(Severity.ADVICE, company.key, f"{said}: only what {owner} says counts, it owns them", fix)
