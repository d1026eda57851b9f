"""The demo's world: a clock, a story, a sandbox per tap, and a kpitaps process that is connected to them."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib import import_module
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.app import company_boards, connect, sync_all
from kpitaps.cli.opening import opened
from kpitaps.config import Environment, parse_listen
from kpitaps.errors import BadUse
from kpitaps.store import Company
from kpitaps.testing import Clock, Sandbox, Story, serve
from kpitaps.web import Serving, Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kpitaps.app import Runtime
    from kpitaps.errors import KpitapsError
    from kpitaps.kpis import Board
    from kpitaps.plugins import Plugins
    from kpitaps.sync import ProgressListener

ZONE = "Europe/Amsterdam"
COMPANY = Company(0, "branderij-de-kade", "Branderij De Kade", "EUR", ZONE)
HISTORY = 3
"""Years of history that the company has at least."""

_SEED = 7
_YEARS = range(1980, 2100)
_ABOUT = "demo.json"


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
    sandboxes: dict[str, Sandbox]
    runtime: Runtime

    def load(self, listener: ProgressListener) -> list[KpitapsError]:
        """Connect every sandbox and read all there is; return what went wrong."""
        for tap, sandbox in self.sandboxes.items():
            consent = getattr(sandbox, "consent", None)
            connect(self.runtime, tap, dict(sandbox.settings), company=self.company, consent=consent)
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
    story = Story(_SEED, founded, ZONE, COMPANY.currency)
    with ExitStack() as stack:
        routes: dict[str, str] = {}
        mine = environment.model_copy(update={"home": home, "database_url": "", "routes": routes, "key": None})
        runtime = stack.enter_context(opened(mine, clock.now))
        sandboxes = _sandboxes(runtime.plugins, story, clock)
        for sandbox in sandboxes.values():
            url = stack.enter_context(serve(sandbox.app))
            routes.update(dict.fromkeys(getattr(sandbox, "hosts", (sandbox.host,)), url))
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


def _sandboxes(plugins: Plugins, story: Story, clock: Clock) -> dict[str, Sandbox]:
    if not plugins.sandboxes:
        raise BadUse("no installed tap brings a sandbox: pip install kpitaps-shopify")
    found: dict[str, Sandbox] = {}
    for tap, where in sorted(plugins.sandboxes.items()):
        module, _, name = where.partition(":")
        found[tap] = getattr(import_module(module), name)(story, clock)
    return found


def _prepare(home: Path, now: datetime) -> date:
    """Return the story's first day. A ledger of a story that began on another day, or goes further, is started over.

    The company was founded on a 1 January, so that a moment's figures do not depend on what was looked at before.
    """
    about = home / _ABOUT
    if not about.exists() and home.exists() and any(home.iterdir()):
        raise BadUse(f"{home} was not made by the demo: name another folder in KPITAPS_HOME, or move it away")
    known = _read_about(about)
    founded = date(now.astimezone(ZoneInfo(ZONE)).year - HISTORY, 1, 1)
    if known is None or known[0] != founded or known[1] > now:
        shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    about.write_text(json.dumps({"founded": founded.isoformat(), "now": now.isoformat()}))
    return founded


def _read_about(about: Path) -> tuple[date, datetime] | None:
    """Return the first day and the latest time of the story that is there; None if none can be made out."""
    try:
        known = json.loads(about.read_text())
        return date.fromisoformat(known["founded"]), datetime.fromisoformat(known["now"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
