"""The fictional company: a deterministic log of what happened in its web shop."""

from __future__ import annotations

from kpitaps.testing.story.books import OpenOrder
from kpitaps.testing.story.events import (
    CheckoutAbandoned,
    CheckoutRecovered,
    Event,
    Line,
    OrderCancelled,
    OrderEdited,
    OrderEvent,
    OrderPlaced,
    OrderTouched,
    Refunded,
    Reversal,
)
from kpitaps.testing.story.money import NOTHING, Amounts, Money, add_up, allocate
from kpitaps.testing.story.story import Mark, Story

__all__ = [
    "NOTHING",
    "Amounts",
    "CheckoutAbandoned",
    "CheckoutRecovered",
    "Event",
    "Line",
    "Mark",
    "Money",
    "OpenOrder",
    "OrderCancelled",
    "OrderEdited",
    "OrderEvent",
    "OrderPlaced",
    "OrderTouched",
    "Refunded",
    "Reversal",
    "Story",
    "add_up",
    "allocate",
]
