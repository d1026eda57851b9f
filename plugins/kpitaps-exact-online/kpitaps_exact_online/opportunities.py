"""Opportunities: deals that were opened, won, lost, and what is open. Exact keeps no history of their stages."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kpitaps import Record
from kpitaps_exact_online.declaration import tap
from kpitaps_exact_online.odata import read_rows
from kpitaps_exact_online.payloads import Identified, Opportunity
from kpitaps_exact_online.walltime import instant, literal, wall_after, wall_before

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Span

WON, LOST = 2, 3

deals_created, deals_open = tap.measure("deals_created"), tap.measure("deals_open")
deals_won, deals_won_value = tap.measure("deals_won"), tap.measure("deals_won_value")
deals_lost, deals_lost_value = tap.measure("deals_lost"), tap.measure("deals_lost_value")
pipeline_value, pipeline_weighted = tap.measure("pipeline_value"), tap.measure("pipeline_weighted")


@tap.records(
    "opportunities",
    feeds=[
        deals_created,
        deals_open,
        deals_won,
        deals_won_value,
        deals_lost,
        deals_lost_value,
        pipeline_value,
        pipeline_weighted,
    ],
    every="15m",
    history="10y",
)
def read_opportunities(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the opportunities that were modified within the span, each once."""
    zone = ctx.account.zone
    where = f"Modified ge {literal(wall_before(span.start, zone))}"
    if span.end < ctx.now:
        where += f" and Modified lt {literal(wall_after(span.end, zone))}"
    seen: set[str] = set()
    for row in read_rows(ctx, "crm/Opportunities", Opportunity, where, order="Modified"):
        if row.id not in seen:
            seen.add(row.id)
            yield contributions(ctx, row)


@tap.keys("opportunities", every="1d")
def read_opportunity_keys(ctx: Context) -> Iterator[str]:
    """Read the ids of all opportunities: Exact does not tell which were deleted."""
    for row in read_rows(ctx, "crm/Opportunities", Identified, order="ID"):
        yield row.id


def contributions(ctx: Context, row: Opportunity) -> Record:
    """Return what an opportunity adds. The stage is the present one; of a closed one the last it was in."""
    zone = ctx.account.zone
    record = Record(row.id, instant(row.modified, zone, ctx.now))
    created, rep = row.created.date(), row.owner
    value = row.amount or Decimal(0)
    record.add(deals_created, created, 1, rep=rep, lead_source=row.source)
    labels: dict[str, Any] = {"rep": rep, "deal_stage": row.stage}
    levels = (
        (deals_open, Decimal(1)),
        (pipeline_value, value),
        (pipeline_weighted, (value * (row.probability or Decimal(0))).quantize(Decimal("0.000001"))),
    )
    closed = (row.closes or row.modified.date()) if row.status in (WON, LOST) else None
    for level, amount in levels:
        if amount:
            record.change(level, created, amount, **labels)
            if closed is not None:
                record.change(level, max(created, closed), -amount, **labels)
    if closed is not None:
        count, worth = (deals_won, deals_won_value) if row.status == WON else (deals_lost, deals_lost_value)
        record.add(count, closed, 1, rep=rep)
        if value:
            record.add(worth, closed, value, rep=rep)
    return record
