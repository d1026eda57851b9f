"""In which phase a deal was, and from which day to which.

Winning or losing moves a deal to a phase of its own in most accounts, with a probability of 1 or 0, and reopening moves
it back; nothing in the API marks those phases. The pipeline is about open deals: such a phase is left out, and the one
before it goes on until the deal is closed, moved or reopened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from kpitaps import Context
    from kpitaps_teamleader.payloads import Deal, Phase

_ENDS = (Decimal(0), Decimal(1))
_FINEST = Decimal("0.0001")
"""Cents times this are millionths, the finest that is kept."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A deal's time in a phase.

    Attributes:
        phase: The phase; None if it was deleted since.
        first: The first local day.
        left: The day it left; None while it is there.
        probability: The deal's own chance where it is now, the phase's where it was.
    """

    phase: Phase | None
    first: date
    left: date | None
    probability: Decimal


def stays(ctx: Context, deal: Deal, phases: Mapping[str, Phase]) -> list[Stay]:
    """Return the phases that a deal was in while it was open, the oldest first."""
    entered = _entered(ctx, deal, phases)
    closed = ctx.day(deal.closed) if deal.closed else None
    days = [*(day for _, day in entered[1:]), closed]
    found = []
    for (key, first), left in zip(entered, days, strict=True):
        phase = phases.get(key)
        probability = phase.probability if phase else Decimal(0)
        if left is None and deal.estimated_probability is not None:
            probability = deal.estimated_probability
        found.append(Stay(phase, first, left, probability.quantize(_FINEST)))
    return found


def _entered(ctx: Context, deal: Deal, phases: Mapping[str, Phase]) -> list[tuple[str, date]]:
    """Return the phases that count, with the day on which each was entered; the first one from the deal's own day."""
    zone = ctx.account.zone
    closed = deal.closed.astimezone(zone).replace(tzinfo=None) if deal.closed else None
    # In which order they are told is not documented.
    seen = sorted(((e.phase.id, _local(ctx, e.started_at)) for e in deal.phase_history), key=itemgetter(1))
    first = seen[0][0] if seen else deal.current_phase.id if deal.current_phase else ""
    found = [(first, ctx.day(deal.created_at))]
    for number, (key, at) in enumerate(seen[1:], start=2):
        is_present = number == len(seen) and closed is None
        if (closed is None or at < closed) and (is_present or not _ends_deals(phases.get(key))):
            found.append((key, at.date()))
    return found


def _ends_deals(phase: Phase | None) -> bool:
    return phase is not None and phase.probability in _ENDS


def _local(ctx: Context, text: str) -> datetime:
    """Return a time of the account's zone, which Teamleader writes without saying so: ``2017-05-01 12:00:00``."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is None else at.astimezone(ctx.account.zone).replace(tzinfo=None)
