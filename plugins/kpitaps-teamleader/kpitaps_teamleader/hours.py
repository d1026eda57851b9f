"""Hours that people wrote down, and the time that is budgeted for projects."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from kpitaps import Record
from kpitaps_teamleader.declaration import tap
from kpitaps_teamleader.names import name_of, projects, users
from kpitaps_teamleader.paging import read_all
from kpitaps_teamleader.payloads import Hours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Entry

PROJECTS = ("nextgenProject", "project")

time_worked = tap.measure("time_worked")
time_billable = tap.measure("time_billable")
time_budgeted = tap.measure("time_budgeted")


@tap.listing("hours", feeds=[time_worked, time_billable], every="2h")
def read_hours(ctx: Context) -> Iterator[Record]:
    """Read all hours: nothing tells which were corrected or deleted, and some are corrected weeks later."""
    titles = {project.id: project.title for project in projects(ctx)}
    names = users(ctx)
    body = {"includes": "relates_to", "sort": [{"field": "starts_on", "order": "asc"}]}
    for entry in read_all(ctx, "timeTracking.list", Hours, body):
        record = Record(entry.id)
        project = next((each for each in entry.relates_to if each.type in PROJECTS), None)
        labels: dict[str, Any] = {"rep": name_of(entry.user, names), "project": name_of(project, titles)}
        if entry.duration:
            record.add(time_worked, entry.started_on, entry.duration, **labels)
            if entry.invoiceable:
                record.add(time_billable, entry.started_on, entry.duration, **labels)
        yield record


@tap.snapshot("projects", feeds=[time_budgeted], every="1h")
def read_projects(ctx: Context) -> Iterator[Entry]:
    """Read the present budgets: Teamleader keeps no history of them."""
    budgets: defaultdict[str, int] = defaultdict(int)
    for project in projects(ctx):
        if project.time_budget:
            budgets[project.title] += project.time_budget.value
    today = ctx.day(ctx.now)
    for title, seconds in budgets.items():
        yield time_budgeted.on(today, seconds, project=title)
