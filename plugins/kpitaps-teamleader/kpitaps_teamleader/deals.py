"""Deals: opened, won, lost, and the pipeline as it was on each day."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kpitaps import Record
from kpitaps_teamleader.changes import all_deals, changed_deals, refuse_ignored
from kpitaps_teamleader.declaration import tap
from kpitaps_teamleader.money import home_of
from kpitaps_teamleader.names import name_of, phases, pipelines, sources, users
from kpitaps_teamleader.paging import read_existing
from kpitaps_teamleader.payloads import Deal
from kpitaps_teamleader.pipeline import stays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps import Context, Span

WON = "won"

leads = tap.measure("leads")
deals_created = tap.measure("deals_created")
deals_won, deals_won_value = tap.measure("deals_won"), tap.measure("deals_won_value")
deals_lost, deals_lost_value = tap.measure("deals_lost"), tap.measure("deals_lost_value")
deals_open = tap.measure("deals_open")
pipeline_value, pipeline_weighted = tap.measure("pipeline_value"), tap.measure("pipeline_weighted")
sales_cycle = tap.measure("sales_cycle")


@tap.records(
    "deals",
    feeds=[
        leads,
        deals_created,
        deals_won,
        deals_won_value,
        deals_lost,
        deals_lost_value,
        deals_open,
        pipeline_value,
        pipeline_weighted,
        sales_cycle,
    ],
    every="15m",
    history="10y",
)
def read_deals(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the deals that changed within the span, each with its history of phases."""
    refuse_ignored(ctx, "deals")
    for row in changed_deals(ctx, span):
        if deal := read_existing(ctx, "deals.info", Deal, row.id):
            yield contributions(ctx, deal)


@tap.keys("deals", every="12h")
def read_deal_keys(ctx: Context) -> Iterator[str]:
    """Read the ids of all deals: Teamleader does not tell of deletions."""
    for row in all_deals(ctx):
        yield row.id


def contributions(ctx: Context, deal: Deal) -> Record:
    """Return what a deal adds. Teamleader has no lead of its own: a lead is a deal when it is entered."""
    record = Record(deal.id, deal.updated_at)
    labels: dict[str, Any] = {
        "rep": name_of(deal.responsible_user, users(ctx)),
        "pipeline": name_of(deal.pipeline, pipelines(ctx)),
    }
    source = name_of(deal.source, sources(ctx))
    record.add(leads, deal.created_at, 1, lead_source=source)
    record.add(deals_created, deal.created_at, 1, **labels, lead_source=source)
    value, currency = _value(ctx, deal)
    if deal.closed:
        count, worth = (deals_won, deals_won_value) if deal.status == WON else (deals_lost, deals_lost_value)
        record.add(count, deal.closed, 1, **labels)
        if value:
            record.add(worth, deal.closed, value, currency=currency, **labels)
        if deal.status == WON:
            seconds = int((deal.closed - deal.created_at).total_seconds())
            record.add(sales_cycle, deal.closed, seconds, of=1, pipeline=labels["pipeline"])
    _add_pipeline(ctx, record, deal, value, currency, labels)
    return record


def _add_pipeline(
    ctx: Context, record: Record, deal: Deal, value: Decimal, currency: str, labels: dict[str, Any]
) -> None:
    """Add what the deal was worth in each phase, from the day it entered until the day it left."""
    for stay in stays(ctx, deal, phases(ctx)):
        place: dict[str, Any] = {**labels, "deal_stage": stay.phase.name if stay.phase else None}
        weighted = value * stay.probability
        for sign, day in ((1, stay.first), (-1, stay.left)):
            if day is None:
                continue
            record.change(deals_open, day, sign, **place)
            if value:
                record.change(pipeline_value, day, sign * value, currency=currency, **place)
            if weighted:
                record.change(pipeline_weighted, day, sign * weighted, currency=currency, **place)


def _value(ctx: Context, deal: Deal) -> tuple[Decimal, str]:
    """Return what the deal is worth in the account's currency; no estimate counts as nothing."""
    worth = deal.estimated_value
    if worth is None:
        return Decimal(0), ctx.account.currency
    home = home_of(worth.currency, deal.currency_exchange_rate, ctx.account.currency)
    return home.amount(worth.amount), home.currency
