"""Prometheus' remote read: the past of KPIs, answered from the ledger whenever a query asks for it.

Nothing is stored in Prometheus, so a day that was restated has its new value in the next query. A request goes through
`request` (what is asked), `matchers` (of which series), `layout` (at which instants), `encoding` (as which bytes), and
`answer` (all of it, within limits); `endpoint` serves it.
"""

from __future__ import annotations

from kpitaps.exposition.remote_read.answer import Answer, Limits, answer
from kpitaps.exposition.remote_read.endpoint import RemoteReadEndpoint

__all__ = ["Answer", "Limits", "RemoteReadEndpoint", "answer"]
