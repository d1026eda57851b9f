"""Backfills: the ledger's history written to a file, to Prometheus' data folder, or to a VictoriaMetrics."""

from __future__ import annotations

import shutil
from base64 import b64encode
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kpitaps.app.export_files import replacing
from kpitaps.app.history import LedgerHistory
from kpitaps.app.live_boards import LiveBoards
from kpitaps.errors import BadUse
from kpitaps.exposition.backfill.blocks import import_blocks
from kpitaps.exposition.backfill.openmetrics import write_openmetrics
from kpitaps.exposition.backfill.victoria import bring_up_to_date
from kpitaps.exposition.backfill.victoria_store import VictoriaStore
from kpitaps.http.own_service import OwnService
from kpitaps.store import alone, list_companies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpitaps.app.runtime import Runtime
    from kpitaps.exposition.backfill.families import Choice
    from kpitaps.exposition.backfill.openmetrics import Written
    from kpitaps.exposition.backfill.victoria import Told

SETTLED = timedelta(hours=4)
"""How long a day must be over before it goes into a block.

Prometheus holds the last three hours in memory. A block that reaches into them makes it drop, at its next start, what
its write-ahead log holds of the time before the block's end: samples of others, too.
"""


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a file.

    Attributes:
        written: What is in it.
        blocks: Blocks that it became in a data folder; None where none was named.
    """

    written: Written
    blocks: int | None


def backfill_file(runtime: Runtime, choice: Choice, path: Path, *, into: Path | None, promtool: str) -> Filed:
    """Write history as OpenMetrics, and put it into Prometheus' data folder where one is named.

    Args:
        runtime: The process.
        choice: What of the history.
        path: The file, which is replaced when it is whole.
        into: The data folder of a Prometheus.
        promtool: Name or path of the program.

    Raises:
        BadUse: if there is nothing to write, a file or folder cannot be written, promtool is not there, or the folder
            holds history already.
        KpitapsError: if promtool fails or drops samples.
    """
    program = _program(promtool) if into else None
    with replacing(path) as out:
        written = write_openmetrics(_history(runtime), replace(choice, settled=SETTLED), runtime.now(), out)
        if not written.samples:
            raise BadUse("there is no history of that: no day that is over, no such metric, or nothing was read yet")
    blocks = import_blocks(program, path, into, written) if program and into else None
    return Filed(written, blocks)


def backfill_victoria(
    runtime: Runtime, choice: Choice, url: str, headers: Mapping[str, str], *, plan: bool = False
) -> Told:
    """Bring a VictoriaMetrics to what the ledger says.

    Args:
        runtime: The process.
        choice: What of the history.
        url: Its address.
        headers: Sent with every request; each value is hidden from errors and logs.
        plan: Whether only to tell what would be done.

    Raises:
        BadSettings, NeedsAuth: as `bring_up_to_date`.
        RetryLater: as that, or if another process is writing there: both would add the same days, and each count twice.
    """
    for value in headers.values():
        runtime.scrubber.add(value.rpartition(" ")[2])
    database = runtime.ledger.database
    companies = [company.key for company in list_companies(database)]
    lock = nullcontext() if plan else alone(database, f"backfill of {url.rstrip('/')}")
    with lock, OwnService(url, title="VictoriaMetrics", headers=headers, scrubber=runtime.scrubber) as service:
        store = VictoriaStore(service)
        return bring_up_to_date(_history(runtime), store, choice, runtime.now(), companies=companies, plan=plan)


def credentials(token: str, user: str, password: str) -> dict[str, str]:
    """Return the header of a bearer token, or of a user and password; none where neither is given.

    Raises:
        BadUse: if both are given.
    """
    if token and (user or password):
        raise BadUse("give either --token, or --user and --password")
    if token:
        return {"authorization": f"Bearer {token}"}
    if user or password:
        return {"authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}
    return {}


def _history(runtime: Runtime) -> LedgerHistory:
    return LedgerHistory(runtime, LiveBoards(runtime))


def _program(promtool: str) -> Path:
    if found := shutil.which(promtool):
        return Path(found)
    raise BadUse(f"{promtool} is not installed: it comes with Prometheus; --promtool says where it is")
