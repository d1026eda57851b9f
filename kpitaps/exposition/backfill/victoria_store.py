"""VictoriaMetrics as a store of history: what is in it is read, deleted and written through its own API.

https://docs.victoriametrics.com/victoriametrics/single-server-victoriametrics/ has the paths.
"""

from __future__ import annotations

import time
from array import array
from itertools import islice
from math import nan
from typing import TYPE_CHECKING

import orjson

from kpitaps.exposition.backfill.families import Samples
from kpitaps.kpis.metric_names import HISTORY_LABEL, escaped_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kpitaps.exposition.history import Labels
    from kpitaps.http.own_service import OwnService

_AHEAD = 2 * 86_400
_PIECE = 4 * 1024 * 1024
_DELETED_AT_ONCE = 50


class VictoriaStore:
    """A VictoriaMetrics (single node).

    Args:
        service: Where it is.
        clock: Seconds since the epoch.
    """

    def __init__(self, service: OwnService, clock: Callable[[], float] = time.time) -> None:
        self._service = service
        self._clock = clock

    def flush(self) -> None:
        """Make what was sent visible: what is not yet would be sent again, and not be deleted.

        Raises:
            RetryLater, NeedsAuth, BadSettings: as `OwnService.post`.
        """
        self._service.post("/internal/force_flush")

    def names(self, company: str) -> list[str]:
        """Return the names of the metrics that hold history of a company."""
        found = self._service.post(
            "/api/v1/label/__name__/values",
            form={"match[]": _selector((HISTORY_LABEL, ("company", company))), **self._all},
        )
        return [str(name) for name in found.json()["data"]]

    def read(self, name: str, company: str) -> dict[Labels, Samples]:
        """Return all samples of a metric and company, by labels."""
        selector = _selector((("__name__", name), HISTORY_LABEL, ("company", company)))
        found = self._service.post("/api/v1/export", form={"match[]": selector, **self._all})
        return dict(map(_parsed, found.content.splitlines()))

    def delete(self, doomed: Iterable[Labels]) -> None:
        """Delete whole series: VictoriaMetrics cannot delete single samples."""
        rest = iter(doomed)
        while some := list(islice(rest, _DELETED_AT_ONCE)):
            self._service.post("/api/v1/admin/tsdb/delete_series", form={"match[]": list(map(_selector, some))})

    def send(self, series: Iterable[Samples]) -> None:
        """Send samples, once: sent again they would count twice.

        Raises:
            RetryLater: if they may have arrived, or not: see what is there before sending them again.
        """
        piece: list[bytes] = []
        size = 0
        for each in series:
            line = _line(each)
            if piece and size + len(line) > _PIECE:
                self._service.post("/api/v1/import", content=b"\n".join(piece), repeated=False)
                piece, size = [], 0
            piece.append(line)
            size += len(line)
        if piece:
            self._service.post("/api/v1/import", content=b"\n".join(piece), repeated=False)

    def forget_answers(self) -> None:
        """Drop the answers it keeps ready: they are of before."""
        self._service.post("/internal/resetRollupResultCache")

    @property
    def _all(self) -> dict[str, str]:
        # A start of 0 counts as none given.
        return {"start": "1", "end": str(int(self._clock()) + _AHEAD)}


def _selector(labels: Iterable[tuple[str, str]]) -> str:
    return "{" + ",".join(f'{name}="{escaped_label(value)}"' for name, value in labels) + "}"


def _line(each: Samples) -> bytes:
    return orjson.dumps({"metric": dict(each.labels), "values": list(each.values), "timestamps": list(each.stamps)})


def _parsed(line: bytes) -> tuple[Labels, Samples]:
    read = orjson.loads(line)
    labels = tuple(sorted(read["metric"].items()))
    values = array("d", (nan if value is None else value for value in read["values"]))
    return labels, Samples(labels, array("q", read["timestamps"]), values)
