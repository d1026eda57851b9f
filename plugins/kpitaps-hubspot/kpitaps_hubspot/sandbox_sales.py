"""Deals and meetings as the story makes them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kpitaps.testing.story.office_events import (
    DealDeleted,
    DealHanded,
    DealLost,
    DealMoved,
    DealOpened,
    DealReopened,
    DealValued,
    DealWon,
    MeetingCancelled,
    MeetingHeld,
    MeetingMissed,
    MeetingMoved,
    MeetingPlanned,
)
from kpitaps_hubspot.sandbox_records import iso, new_thing
from kpitaps_hubspot.sandbox_tables import DEAL_PIPELINES, SOURCES, probability_of, stage_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps.testing.story.office_events import Sum
    from kpitaps_hubspot.sandbox_portal import Portal
    from kpitaps_hubspot.sandbox_records import Thing

_KEY_OF = {row.id: key for key, row in DEAL_PIPELINES.items()}


def amount_text(cents: int) -> str:
    """Return an amount as HubSpot stores what was typed: ``3000`` and ``5000.50``."""
    return str(cents // 100) if cents % 100 == 0 else f"{Decimal(cents) / 100:.2f}"


def _worth(value: Sum | None) -> dict[str, str | None]:
    if value is None:
        return {}
    return {
        "amount": amount_text(value.cents),
        "amount_in_home_currency": amount_text(value.home),
        "deal_currency_code": value.currency,
    }


def _opened(portal: Portal, event: DealOpened) -> None:
    expected = None
    if event.expected_on is not None:
        expected = iso(datetime.combine(event.expected_on, time(10), UTC))
    deal = new_thing(
        "deals",
        event.deal,
        event.at,
        dealname=event.title,
        pipeline=DEAL_PIPELINES[event.pipeline].id,
        hubspot_owner_id=str(event.rep),
        hs_analytics_source=SOURCES[event.source],
        closedate=expected,
        **_worth(event.value),
    )
    deal.companies = [event.client]
    _enter(deal, event.at, event.stage)
    portal.add(deal)


def _enter(deal: Thing, at: datetime, stage: str, **more: str | None) -> None:
    """Put a deal into a stage; HubSpot derives from it whether it is closed, and whether it is won."""
    number = stage_id(_KEY_OF[deal.properties["pipeline"] or ""], stage)
    is_won, is_lost = stage == "won", stage == "lost"
    deal.put(
        at,
        dealstage=number,
        hs_deal_stage_probability=str(probability_of(number)),
        hs_is_closed="true" if is_won or is_lost else "false",
        hs_is_closed_won="true" if is_won else "false",
        **more,
    )


def _on_deal(change: Callable[[Thing, Any], None]) -> Callable[[Portal, Any], None]:
    return lambda portal, event: change(portal.things["deals"][event.deal], event)


def _planned(portal: Portal, event: MeetingPlanned) -> None:
    portal.add(
        new_thing(
            "meetings",
            event.meeting,
            event.at,
            hs_meeting_title="Kennismaking",
            hs_timestamp=iso(event.starts_at),
            hs_meeting_start_time=iso(event.starts_at),
            hs_meeting_end_time=iso(event.starts_at + timedelta(minutes=event.minutes)),
            hs_meeting_outcome="SCHEDULED",
            hubspot_owner_id=str(event.rep),
        )
    )


def _moved(meeting: Thing, event: MeetingMoved) -> None:
    start = iso(event.starts_at)
    meeting.put(event.at, hs_meeting_start_time=start, hs_timestamp=start)


def _outcome(word: str) -> Callable[[Portal, Any], None]:
    return lambda portal, event: portal.things["meetings"][event.meeting].put(event.at, hs_meeting_outcome=word)


HANDLERS: dict[type, Callable[[Portal, Any], None]] = {
    DealOpened: _opened,
    DealMoved: _on_deal(lambda deal, event: _enter(deal, event.at, event.stage)),
    DealReopened: _on_deal(lambda deal, event: _enter(deal, event.at, event.stage)),
    DealValued: _on_deal(lambda deal, event: deal.put(event.at, **_worth(event.value))),
    DealHanded: _on_deal(lambda deal, event: deal.put(event.at, hubspot_owner_id=str(event.rep))),
    DealWon: _on_deal(lambda deal, event: _enter(deal, event.at, "won", closedate=iso(event.at))),
    DealLost: _on_deal(
        lambda deal, event: _enter(deal, event.at, "lost", closedate=iso(event.at), closed_lost_reason=event.reason)
    ),
    DealDeleted: _on_deal(lambda deal, event: deal.archive(event.at)),
    MeetingPlanned: _planned,
    MeetingMoved: lambda portal, event: _moved(portal.things["meetings"][event.meeting], event),
    MeetingHeld: _outcome("COMPLETED"),
    MeetingCancelled: _outcome("CANCELED"),
    MeetingMissed: _outcome("NO_SHOW"),
}
