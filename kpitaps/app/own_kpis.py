"""Each company's KPIs: those that ship, and those of ``kpis.toml``, which is read again when it changes."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from kpitaps.errors import BadDefinition
from kpitaps.kpis.catalogue import Catalogue
from kpitaps.kpis.files import near, read_tables
from kpitaps.kpis.metric_names import metric_name
from kpitaps.kpis.own import own_kpis
from kpitaps.measures import VOCABULARY
from kpitaps.store import Company, list_companies

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kpitaps.app.runtime import Runtime
    from kpitaps.kpis.files import Table
    from kpitaps.kpis.own import OwnKpis
    from kpitaps.measures import Measure
    from kpitaps.tap import Tap

log = logging.getLogger(__name__)

FILE = "kpis.toml"
"""The file in ``KPITAPS_HOME`` that defines a company's own KPIs."""


def known_measures(taps: Iterable[Tap]) -> dict[str, Measure]:
    """Return the measures that formulas may use: the shared ones, and those that installed taps have of their own."""
    return VOCABULARY | {key: measure for tap in taps for key, measure in tap.measures.items()}


class KpiBook:
    """The KPIs of all companies, as the file has them now.

    While the whole file cannot be read, because somebody is in the middle of writing it, what it said before holds.

    Args:
        path: The file, which need not exist.
        measures: The measures that formulas may use.
    """

    def __init__(self, path: Path, measures: dict[str, Measure]) -> None:
        self.path = path
        self._measures = measures
        self._lock = threading.Lock()
        self._version: tuple[int, ...] | None = None
        self._tables: tuple[Table, ...] = ()
        self._unreadable: tuple[str, ...] = ()
        self._found: dict[tuple[str, str], OwnKpis] = {}
        self._told: set[str] = set()

    def of(self, company: Company) -> OwnKpis:
        """Return a company's KPIs; the same object as long as nothing changed."""
        with self._lock:
            self._refresh()
            is_named = any(table.values.get("company") == company.key for table in self._tables)
            key = company.key if is_named else "", company.currency
            if key not in self._found:
                own = own_kpis(self._tables, key[0], self._measures)
                mine = _with_names_of_their_own(own, company.currency)
                self._found[key] = replace(mine, problems=(*self._unreadable, *mine.problems))
            return self._found[key]

    def told(self, company: Company) -> OwnKpis:
        """Return a company's KPIs, and log what is wrong with them, once whenever the file changed."""
        own = self.of(company)
        with self._lock:
            fresh = [problem for problem in own.problems if problem not in self._told]
            self._told.update(fresh)
        for problem in fresh:
            log.warning("%s", problem)
        return own

    def tables(self) -> tuple[Table, ...]:
        """Return the tables of the file."""
        with self._lock:
            self._refresh()
            return self._tables

    def _refresh(self) -> None:
        version = self._present()
        if version == self._version:
            return
        self._version, self._found, self._told, self._unreadable = version, {}, set(), ()
        try:
            self._tables = read_tables(self.path, "kpi")
        except BadDefinition as error:
            self._unreadable = (str(error),)

    def _present(self) -> tuple[int, ...]:
        try:
            status = self.path.stat()
        except OSError:
            return ()
        return status.st_mtime_ns, status.st_size, status.st_ino


def _with_names_of_their_own(own: OwnKpis, currency: str) -> OwnKpis:
    """Leave out own KPIs whose metric would have the name of another: ``debt``, a ratio, beside ``debt_ratio``."""
    taken: dict[str, str] = {}
    clashing: dict[str, str] = {}
    for kpi in sorted(own.catalogue.kpis, key=lambda each: each.key in own.own):
        name = metric_name(kpi.key, kpi.unit, currency)
        if (other := taken.setdefault(name, kpi.key)) != kpi.key:
            clashing[kpi.key] = f"{own.own[kpi.key]}: its metric {name} is that of {other}; give it another key"
    if not clashing:
        return own
    kept = Catalogue(tuple(each for each in own.catalogue.definitions if each.kpi.key not in clashing))
    return replace(own, catalogue=kept, problems=(*own.problems, *clashing.values()))


def kpi_problems(runtime: Runtime) -> list[str]:
    """Return what is wrong with the companies' own KPIs, in sentences, each once."""
    companies = list_companies(runtime.ledger.database)
    keys = [company.key for company in companies]
    nobody = Company(0, "", "", "EUR", "UTC")
    found = [problem for company in companies or [nobody] for problem in runtime.kpis.of(company).problems]
    for table in runtime.kpis.tables():
        name = table.values.get("company")
        if isinstance(name, str) and name not in keys:
            way_out = near(name, keys) if keys else "connect an account first"
            found.append(f"{table.place('company')}: there is no company {name!r}; {way_out}")
    return list(dict.fromkeys(found))


def unfed_kpis(runtime: Runtime, company: Company) -> list[tuple[str, tuple[str, ...]]]:
    """Return a company's own KPIs that have no figures, each with the measures of it that nothing feeds."""
    own, reader = runtime.kpis.of(company), runtime.ledger.reader(company.id)
    available = {definition.kpi.key for definition in own.catalogue.available(reader)}
    return [
        (each.kpi.key, tuple(measure for measure in each.measures if reader.coverage(measure) is None))
        for each in own.catalogue.definitions
        if each.kpi.key in own.own and each.kpi.key not in available
    ]
