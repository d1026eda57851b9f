"""In which stages a deal was open, and from when until when: from the history of its stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from kpitaps_hubspot.directory import Stage


@dataclass(frozen=True, slots=True)
class Spell:
    """A time that a deal spent in one open stage.

    Attributes:
        stage: The stage's id.
        start: When it got there.
        end: When it left; None while it is there.
    """

    stage: str
    start: datetime
    end: datetime | None


def spells(
    created: datetime, moves: Iterable[tuple[datetime, str]], stages: Mapping[str, Stage], closed: datetime | None
) -> list[Spell]:
    """Return the open stages of a deal, oldest first.

    A deal that was closed and opened again counts as open all along, in the stage it was in before: otherwise a
    pipeline of the past would shrink whenever somebody closes a deal by mistake.

    Args:
        created: When the deal was entered; it was in its first stage from then on.
        moves: When it got to which stage, oldest first.
        stages: What is known of the stages; one that was deleted since counts as open.
        closed: When it was closed for good; None for an open one.
    """
    entered: list[tuple[datetime, str]] = []
    for at, stage in moves:
        is_closed = stage in stages and stages[stage].is_closed
        if is_closed or (entered and entered[-1][1] == stage):
            continue
        entered.append((at if entered else created, stage))
    ends = [at for at, _ in entered[1:]] + [closed]
    found = [Spell(stage, at, _earlier(end, closed)) for (at, stage), end in zip(entered, ends, strict=False)]
    return [spell for spell in found if spell.end is None or spell.start < spell.end]


def _earlier(end: datetime | None, closed: datetime | None) -> datetime | None:
    """A close date may have been set back to before the last moves."""
    known = [instant for instant in (end, closed) if instant is not None]
    return min(known, default=None)
