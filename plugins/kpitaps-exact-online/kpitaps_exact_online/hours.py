"""Hours that people wrote down on projects. The same endpoint tells of costs, which are left out."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from kpitaps import Record
from kpitaps_exact_online.changes import HOURS, changed, deletions
from kpitaps_exact_online.declaration import tap
from kpitaps_exact_online.odata import read_changes
from kpitaps_exact_online.payloads import Employee, TimeCost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Span

TIME = 1
NOT_COUNTED = frozenset({1, 2})
"""`HourStatus` of drafts, and of what was rejected."""

time_worked, time_billable = tap.measure("time_worked"), tap.measure("time_billable")


@tap.records("hours", feeds=[time_worked, time_billable], every="1h", history="10y", sweep="7d", slice_limit=40_000)
def read_hours(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the hours that changed within the span, and those that were deleted."""
    for row in changed(ctx, span, "sync/Project/TimeCostTransactions", TimeCost):
        yield contributions(ctx, row)
    yield from deletions(ctx, span, HOURS)


def contributions(ctx: Context, row: TimeCost) -> Record:
    """Return what hours add, on the day of the work. Those that have a price are billable."""
    record = Record(row.id, revision=row.timestamp)
    seconds = (row.quantity * 3_600).quantize(Decimal(1), ROUND_HALF_UP)
    if row.type != TIME or row.status in NOT_COUNTED or not seconds:
        return record
    rep = employees(ctx).get(row.employee or "")
    labels: dict[str, Any] = {"rep": rep, "project": row.project}
    record.add(time_worked, row.day, seconds, **labels)
    if row.price:
        record.add(time_billable, row.day, seconds, **labels)
    return record


def employees(ctx: Context) -> dict[str, str]:
    """Return the full names of all employees by id; asked once per run."""

    def read() -> dict[str, str]:
        rows = read_changes(ctx, "sync/Payroll/Employees", Employee, 1, None)
        return {row.id: row.name for row in rows if row.name}

    return ctx.once("employees", read)
