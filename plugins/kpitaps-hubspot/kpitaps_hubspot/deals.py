"""Deals: opened, won, lost, and what is in the pipeline or was there before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kpitaps import VOCABULARY, Record
from kpitaps_hubspot import objects
from kpitaps_hubspot.contacts import source
from kpitaps_hubspot.directory import Board, board, owner_names
from kpitaps_hubspot.stages import spells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from kpitaps import Context, Measure, Span
    from kpitaps_hubspot.payloads import Row
    from kpitaps_hubspot.stages import Spell

KIND = "deals"
PROPERTIES = (
    *("createdate", "closedate", "dealstage", "pipeline", "hubspot_owner_id", "hs_analytics_source"),
    *("amount", "amount_in_home_currency", "deal_currency_code", "hs_is_closed", "hs_is_closed_won"),
)
HISTORIES = ("dealstage",)
MILLIONTH = Decimal("0.000001")

deals_created = VOCABULARY["deals_created"]
deals_won = VOCABULARY["deals_won"]
deals_won_value = VOCABULARY["deals_won_value"]
deals_lost = VOCABULARY["deals_lost"]
deals_lost_value = VOCABULARY["deals_lost_value"]
sales_cycle = VOCABULARY["sales_cycle"]
deals_open = VOCABULARY["deals_open"]
pipeline_value = VOCABULARY["pipeline_value"]
pipeline_weighted = VOCABULARY["pipeline_weighted"]
FEEDS = [
    *(deals_created, deals_won, deals_won_value, deals_lost, deals_lost_value, sales_cycle),
    *(deals_open, pipeline_value, pipeline_weighted),
]


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal as it is read, in words.

    Attributes:
        row: The record.
        rep: Who works on it.
        pipeline: In which pipeline it is.
        is_closed: Whether it is won or lost.
        is_won: Whether it is won.
        value: What it is worth; None where nobody said.
        currency: In which currency; empty for the account's own.
    """

    row: Row
    rep: str | None
    pipeline: str | None
    is_closed: bool
    is_won: bool
    value: Decimal | None
    currency: str

    @property
    def created(self) -> datetime:
        """When it was entered."""
        return self.row.instant("createdate") or self.row.updated_at

    @property
    def closed(self) -> datetime | None:
        """When it was closed, as the account says: people may set the date of a closed deal."""
        if not self.is_closed:
            return None
        return self.row.instant("closedate") or self._moved or self.row.updated_at

    @property
    def left(self) -> datetime | None:
        """When it left the pipeline: a deal that is closed already is not open until its close date in the future."""
        if self.closed is None:
            return None
        return min(self.closed, self._moved or self.closed)

    @property
    def _moved(self) -> datetime | None:
        moves = self.row.versions("dealstage")
        return moves[-1].timestamp if moves else None


def read(ctx: Context, span: Span) -> Iterator[Record]:
    """Read the deals that changed or were deleted within the span."""
    yield from objects.gone(ctx, KIND, span)
    for rows in objects.changed(ctx, KIND, span):
        full = objects.in_full(ctx, KIND, (row.id for row in rows), PROPERTIES, HISTORIES)
        deals = [in_words(row, board(ctx, KIND), owner_names(ctx), ctx.account.currency) for row in full]
        yield from (contributions(deal, board(ctx, KIND)) for deal in deals)


def in_words(row: Row, known: Board, owners: Mapping[str, str], home: str) -> Deal:
    """Return a deal with names for its ids."""
    stage = known.stages.get(row.text("dealstage") or "")
    owner = row.text("hubspot_owner_id")
    value, currency = worth(row, home)
    return Deal(
        row,
        rep=owners.get(owner, f"owner {owner}") if owner else None,
        pipeline=known.pipeline(row.text("pipeline")),
        is_closed=stage.is_closed if stage else row.text("hs_is_closed") == "true",
        is_won=stage.is_won if stage else row.text("hs_is_closed_won") == "true",
        value=value,
        currency=currency,
    )


def worth(row: Row, home: str) -> tuple[Decimal | None, str]:
    """Return a deal's amount and its currency: the account's own where HubSpot has converted it.

    An amount that nobody entered is no amount, not 0.
    """
    code = row.text("deal_currency_code") or home
    converted = row.number("amount_in_home_currency")
    amount = converted if converted is not None else row.number("amount")
    currency = "" if converted is not None or code == home else code
    return None if amount is None else amount.quantize(MILLIONTH), currency


def contributions(deal: Deal, known: Board) -> Record:
    """Return what a deal adds."""
    record = Record(deal.row.id, deal.row.updated_at)
    place: dict[str, Any] = {"rep": deal.rep, "pipeline": deal.pipeline}
    record.add(deals_created, deal.created, 1, **place, lead_source=source(deal.row))
    moves = [(version.timestamp, version.value or "") for version in deal.row.versions("dealstage")]
    current = (deal.created, deal.row.text("dealstage") or "")
    for spell in spells(deal.created, moves or [current], known.stages, deal.left):
        _add_spell(record, deal, spell, known)
    if deal.closed is not None:
        record.add(deals_won if deal.is_won else deals_lost, deal.closed, 1, **place)
        _add_money(record, deals_won_value if deal.is_won else deals_lost_value, deal.closed, deal.value, deal, place)
    if deal.is_won and deal.closed is not None and deal.closed >= deal.created:
        seconds = Decimal((deal.closed - deal.created) // timedelta(milliseconds=1)) / 1000
        record.add(sales_cycle, deal.closed, seconds, of=1, pipeline=deal.pipeline)
    return record


def _add_spell(record: Record, deal: Deal, spell: Spell, known: Board) -> None:
    """Add what a deal was in the pipeline while it was in one stage."""
    stage = known.stages.get(spell.stage)
    place: dict[str, Any] = {
        "rep": deal.rep,
        "pipeline": stage.pipeline if stage else deal.pipeline,
        "deal_stage": stage.name if stage else spell.stage,
    }
    chance = stage.probability if stage else Decimal(0)
    for day, sign in ((spell.start, 1), (spell.end, -1)):
        if day is None:
            continue
        record.change(deals_open, day, sign, **place)
        if deal.value is not None:
            _add_money(record, pipeline_value, day, sign * deal.value, deal, place)
            _add_money(record, pipeline_weighted, day, (sign * deal.value * chance).quantize(MILLIONTH), deal, place)


def _add_money(
    record: Record, measure: Measure, day: datetime, amount: Decimal | None, deal: Deal, place: dict[str, Any]
) -> None:
    if amount:
        record.add(measure, day, amount, currency=deal.currency, **place)
