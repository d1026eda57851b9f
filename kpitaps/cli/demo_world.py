"""The demo's world: a clock, a sandbox per tap, and a kpitaps process that is connected to them."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.alerts import FILE as ALERTS
from kpitaps.app import company_boards, connect, sync_all
from kpitaps.cli.demo_alerts import DEMO_ALERTS
from kpitaps.cli.demo_goals import demo_goals
from kpitaps.cli.demo_sandboxes import consent, stands
from kpitaps.cli.opening import ABOUT_DEMO, opened
from kpitaps.config import Environment, parse_listen
from kpitaps.errors import BadUse
from kpitaps.kpis.goals import FILE
from kpitaps.store import Company
from kpitaps.testing import Clock
from kpitaps.web import Serving, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kpitaps.app import Runtime
    from kpitaps.cli.demo_sandboxes import Stand
    from kpitaps.errors import KpitapsError
    from kpitaps.kpis import Board
    from kpitaps.sync import ProgressListener

ZONE = "Europe/Amsterdam"
COMPANY = Company(0, "branderij-de-kade", "Branderij De Kade", "EUR", ZONE)
HISTORY = 3
"""Years of history that the company has at least."""

_STORY = ("--seed=7", f"--zone={ZONE}", f"--currency={COMPANY.currency}", f"--name={COMPANY.name}")
_OWNS = {
    # The books know what was billed, to whom, and what is still open.
    "exact_online": (
        *("revenue", "revenue_incl_vat", "invoices", "credit_notes", "customers"),
        *("receivables_open", "receivables_overdue", "payables_open", "payables_overdue"),
    ),
    # The CRM knows what is not sold yet, and who complains.
    "hubspot": (
        *("leads", "meetings", "deals_created", "deals_open", "pipeline_value", "pipeline_weighted", "sales_cycle"),
        *("deals_won", "deals_won_value", "deals_lost", "deals_lost_value"),
        *("tickets_created", "tickets_open", "tickets_closed", "complaints", "first_response_time", "resolution_time"),
    ),
    # The planning knows who worked when, and what is agreed for every month.
    "teamleader": ("time_worked", "time_billable", "mrr", "mrr_new", "mrr_churned"),
}
"""Whose word counts in the company where several taps feed a measure."""

_YEARS = range(1980, 2100)
_TOLD = 2
"""Which telling of the story this is: one that goes otherwise gets another number, and is loaded anew."""


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """A running demo.

    Attributes:
        company: The fictional company.
        founded: The first day of its story.
        clock: What time it is there.
        sandboxes: Its sandboxes, by tap name.
        runtime: The kpitaps process that is connected to them.
    """

    company: Company
    founded: date
    clock: Clock
    sandboxes: dict[str, Stand]
    runtime: Runtime

    def load(self, listener: ProgressListener) -> list[KpitapsError]:
        """Connect every sandbox and read all there is; return what went wrong."""
        for tap, sandbox in self.sandboxes.items():
            owns = _OWNS.get(tap, ())
            connect(self.runtime, tap, sandbox.settings, company=self.company, owns=owns, consent=consent)
        results = sync_all(self.runtime, listener=listener)
        return [error for result in results for error in result.errors.values()]

    def boards(self) -> list[Board]:
        """Return the KPIs as they stand."""
        return company_boards(self.runtime)

    def serving(self, listen: str) -> Serving:
        """Return what will serve the metrics and go on syncing.

        Raises:
            BadUse: if the port is taken.
            BadSettings: if the address cannot be understood, or is not loopback and no token is set.
        """
        return Serving(Site(self.runtime), *parse_listen(listen or self.runtime.environment.listen))


@contextmanager
def demo_world(now: str) -> Iterator[DemoWorld]:
    """Start the sandboxes and open the demo's own ledger, for the length of the context.

    Args:
        now: A date or an instant; empty for the real time, which goes on.

    Raises:
        BadUse: if no installed tap has a sandbox, ``now`` cannot be read, or its folder holds something else.
    """
    clock = Clock(None if not now else parse_now(now), ticking=not now)
    environment = Environment.read()
    home = environment.home / "demo"
    founded = _prepare(home, clock.now())
    with ExitStack() as stack:
        routes: dict[str, str] = {}
        mine = environment.model_copy(update={"home": home, "database_url": "", "routes": routes, "key": None})
        runtime = stack.enter_context(opened(mine, clock.now))
        if not (factories := runtime.plugins.sandboxes):
            raise BadUse("no installed tap brings a sandbox: pip install kpitaps-shopify")
        at = [f"--now={clock.now().isoformat()}"] if now else []
        sandboxes = stack.enter_context(stands(dict(sorted(factories.items())), [*_STORY, f"--founded={founded}", *at]))
        for sandbox in sandboxes.values():
            routes.update(dict.fromkeys(sandbox.hosts, sandbox.url))
        yield DemoWorld(COMPANY, founded, clock, sandboxes, runtime)


def parse_now(text: str) -> datetime:
    """Return the instant that ``--now`` names: a date is the last second of that day in the company's zone.

    Raises:
        BadUse: if it is neither a date nor a time; a time without offset is the company's.
    """
    zone = ZoneInfo(ZONE)
    try:
        instant = datetime.combine(date.fromisoformat(text), time(23, 59, 59), zone)
    except ValueError:
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            sentence = f"--now {text!r}: write a date such as 2025-01-31, or a time such as 2025-01-31T12:00"
            raise BadUse(sentence) from None
    if instant.year not in _YEARS:
        raise BadUse(f"--now {text!r}: the company's story plays between {_YEARS.start} and {_YEARS.stop}")
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def _prepare(home: Path, now: datetime) -> date:
    """Return the story's first day. A ledger of a story that began on another day, or goes further, is started over.

    The company was founded on a 1 January, so that a moment's figures do not depend on what was looked at before.
    """
    about = home / ABOUT_DEMO
    if not about.exists() and home.exists() and any(home.iterdir()):
        raise BadUse(f"{home} was not made by the demo: name another folder in KPITAPS_HOME, or move it away")
    known = _read_about(about)
    founded = date(now.astimezone(ZoneInfo(ZONE)).year - HISTORY, 1, 1)
    if known is None or known[0] != founded or known[1] > now:
        shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    about.write_text(json.dumps({"founded": founded.isoformat(), "now": now.isoformat(), "told": _TOLD}))
    goals = home / FILE
    if not goals.exists():
        goals.write_text(demo_goals(founded.year + HISTORY), encoding="utf-8")
    alerts = home / ALERTS
    if not alerts.exists():
        alerts.write_text(DEMO_ALERTS, encoding="utf-8")
    return founded


def _read_about(about: Path) -> tuple[date, datetime] | None:
    """Return the first day and the latest time of the story that is there; None if it is not this one."""
    try:
        known = json.loads(about.read_text())
        if known["told"] != _TOLD:
            return None
        return date.fromisoformat(known["founded"]), datetime.fromisoformat(known["now"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
