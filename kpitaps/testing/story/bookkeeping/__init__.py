"""How the books come about: what happened in the shop and in the office is booked, days or weeks later."""

from __future__ import annotations

from kpitaps.testing.story.bookkeeping.log import Bookkeeping

__all__ = ["Bookkeeping"]
