"""Digests on schedule: looks every half minute whether one is due, and sends it on a thread of its own."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.app.digest.plans import FILE, read_plans
from kpitaps.app.digest.sending import Report, due, send, sentence, to_send
from kpitaps.app.outages import is_outage
from kpitaps.app.status import connection_statuses
from kpitaps.calendar import day_end
from kpitaps.errors import KpitapsError
from kpitaps.store.digests import LEAVING, SENT, UNKNOWN, find_sending

if TYPE_CHECKING:
    from datetime import datetime

    from kpitaps.app.digest.plans import Planned
    from kpitaps.app.digest.sending import Due
    from kpitaps.app.runtime import Runtime

log = logging.getLogger(__name__)

TICK = 30.0
"""Seconds between two looks."""

GRACE = timedelta(days=3)
"""How late a digest may be sent, by a machine that was off: later it is no news."""

WAITS = timedelta(minutes=30)
"""How long a digest that is due waits for data that has not been read to the end of its period."""


class DigestSchedule:
    """Sends what is due, until it is stopped."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="digests", daemon=True)
        self._said: set[str] = set()
        self._waiting: dict[tuple[str, datetime], datetime] = {}

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, patience: float = 3.0) -> bool:
        """Send nothing more, and wait so many seconds for what is leaving; return whether it has left."""
        self._stopping.set()
        self._thread.join(patience)
        return not self._thread.is_alive()

    def look(self) -> None:
        """Send what is due now; what goes wrong with one digest is logged once, and keeps no other from leaving."""
        if not (self._runtime.environment.home / FILE).exists():
            return
        try:
            plans, errors = read_plans(self._runtime.environment.home)
        except KpitapsError as error:
            plans, errors = [], []
            self._say_once(str(error))
        for wrong in errors:
            self._say_once(str(wrong))
        for planned in plans:
            if self._stopping.is_set():
                return
            try:
                self._send_if_due(planned)
            except KpitapsError as error:
                if not is_outage(self._runtime, error):
                    self._say_once(f"digest {planned.key}: {error}")

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            # Whatever it was: digests that never come again, with nobody told, would be worse than another try.
            except Exception:
                log.exception("the digests wait a moment")
            self._stopping.wait(TICK)

    def _send_if_due(self, planned: Planned) -> None:
        found, now = due(self._runtime, planned), self._runtime.now()
        if not found.at <= now < found.at + GRACE:
            return
        self._tell_of_doubt(found)
        if not to_send(self._runtime, found) or self._waits(found, now):
            return
        for report in send(self._runtime, found):
            if report.is_new:
                log.log(logging.INFO if report.state == SENT else logging.WARNING, "%s", sentence(report))

    def _waits(self, found: Due, now: datetime) -> bool:
        """Return whether to wait for data: a process that has just started will read what it missed."""
        since = self._waiting.setdefault((found.planned.key, found.at), now)
        if now >= since + WAITS:
            return False
        end = day_end(found.period.span.last, ZoneInfo(found.company.time_zone))
        mine = [each for each in connection_statuses(self._runtime) if each.company == found.company.key]
        return any(stream.through is None or stream.through < end for each in mine for stream in each.streams)

    def _tell_of_doubt(self, found: Due) -> None:
        """Say of what an earlier process was sending when it ended: it is not sent again by itself."""
        for letter in found.letters():
            known = find_sending(self._runtime.ledger.database, letter)
            if known is not None and known.state in (LEAVING, UNKNOWN):
                self._say_once(sentence(Report(letter, known.state, is_new=False, message=known.message)))

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            log.warning("%s", text)
