"""How the office's log comes about: lives of leads, deals, invoices, tickets and hours, led through the same days."""

from __future__ import annotations

from kpitaps.testing.story.office.log import Office

__all__ = ["Office"]
