"""`kpitaps check`: what keeps the numbers from being right, complete or fresh, and how to mend it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.app.flagged import MOST_FLAGS
from kpitaps.app.owning import listed, overlaps
from kpitaps.app.status import connection_statuses
from kpitaps.calendar import local_day
from kpitaps.plugins import PluginState
from kpitaps.store import list_companies
from kpitaps.sync.flagged import FLAGGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kpitaps.app.runtime import Runtime
    from kpitaps.app.status import ConnectionStatus
    from kpitaps.store import Company

_LATE = 3
"""A stream counts as stale after so many of its own intervals, and an hour at least."""


class Severity(StrEnum):
    """How much a finding matters."""

    PROBLEM = "problem"
    """Numbers are missing, stale or wrong: the exit code says so."""
    ADVICE = "advice"
    """Worth knowing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `kpitaps check` found.

    Attributes:
        severity: How much it matters.
        where: Plugin, company or connection.
        message: What is the matter, in a sentence.
        fix: What to do.
    """

    severity: Severity
    where: str
    message: str
    fix: str


def check(runtime: Runtime) -> list[Finding]:
    """Return everything worth telling, problems first."""
    statuses = connection_statuses(runtime)
    found = [*_plugins(runtime), *_companies(runtime, statuses)]
    for status in statuses:
        found += _connection(runtime, status)
    return sorted(found, key=lambda finding: finding.severity != Severity.PROBLEM)


def _plugins(runtime: Runtime) -> Iterator[Finding]:
    for plugin in runtime.plugins.installed:
        if plugin.state is PluginState.BROKEN:
            fix = f"Upgrade {plugin.distribution}, or set KPITAPS_DISABLE={plugin.name}"
            yield Finding(Severity.PROBLEM, f"plugin {plugin.name}", plugin.reason, fix)


def _companies(runtime: Runtime, statuses: Sequence[ConnectionStatus]) -> Iterator[Finding]:
    companies = list_companies(runtime.ledger.database)
    if not companies:
        yield Finding(Severity.ADVICE, "kpitaps", "no account is connected", "Run kpitaps add <tap>")
    for company in companies:
        mine = [status.connection for status in statuses if status.company == company.key]
        if not mine:
            yield Finding(Severity.ADVICE, company.key, "no account is connected", "Run kpitaps add <tap>")
        for connection in mine:
            if connection.currency != company.currency:
                yield Finding(
                    Severity.PROBLEM,
                    connection.name,
                    f"its money is in {connection.currency}, the company reports in {company.currency}, "
                    "and there are no exchange rates yet: its money KPIs have no value",
                    f"Report in {connection.currency}, or wait for a release with ECB rates",
                )
        yield from _overlaps(runtime, company, {connection.tap for connection in mine})


def _overlaps(runtime: Runtime, company: Company, connected: set[str]) -> Iterator[Finding]:
    """Explain, per set of taps and owner, which measures are fed twice."""
    groups: dict[tuple[tuple[str, ...], str | None], list[str]] = {}
    for each in overlaps(runtime, company):
        groups.setdefault((each.taps, each.owner), []).append(each.measure)
    for (taps, owner), measures in groups.items():
        said = f"{listed(taps)} feed {', '.join(measures)}"
        if owner is None:
            fix = f"Choose one: kpitaps own <tap> {' '.join(measures)}"
            yield Finding(Severity.PROBLEM, company.key, f"{said}, none of them owns it, so it has no value", fix)
        elif owner not in connected and not connected.isdisjoint(taps):
            fix = f"Let another own them: kpitaps own <tap> {' '.join(measures)}"
            gone = f"{said}: {owner} owns them and is disconnected, so they have no new values"
            yield Finding(Severity.PROBLEM, company.key, gone, fix)
        else:
            others = [tap for tap in taps if tap != owner]
            fix = f"To let another own some of them: kpitaps own {others[0] if len(others) == 1 else '<tap>'} <measure>"
            yield Finding(Severity.ADVICE, company.key, f"{said}: only what {owner} says counts, it owns them", fix)


def _flags(runtime: Runtime, status: ConnectionStatus) -> Iterator[Finding]:
    """Tell what is said against figures: a problem where somebody can do something about it."""
    name = status.connection.name
    today = local_day(runtime.now(), ZoneInfo(status.connection.time_zone))
    told: Counter[str] = Counter()
    for flag in status.flags:
        told[flag.origin] += 1
        if told[flag.origin] <= MOST_FLAGS or flag.fix:
            severity = Severity.PROBLEM if flag.fix else Severity.ADVICE
            fix = flag.fix.rstrip(".") or "Nothing needs to be done"
            yield Finding(severity, name, flag.sentence(today), fix)
    for origin, number in told.items():
        if number > MOST_FLAGS:
            more = f"{origin} says as much of older days, in {number - MOST_FLAGS} other sentences"
            yield Finding(Severity.ADVICE, name, more, "They are in the SQL view flags")


def _connection(runtime: Runtime, status: ConnectionStatus) -> Iterator[Finding]:
    name = status.connection.name
    yield from _flags(runtime, status)
    for repair in status.repairs:
        if repair.code.startswith(FLAGGED):
            # Told as a flag, with its days.
            continue
        severity = Severity.ADVICE if repair.code.startswith("advice") else Severity.PROBLEM
        yield Finding(severity, name, repair.message, repair.fix)
    if status.connection.tap not in runtime.plugins.taps:
        fix = f"pip install kpitaps-{status.connection.tap.replace('_', '-')}"
        yield Finding(Severity.PROBLEM, name, f"its tap {status.connection.tap} is not there", fix)
        return
    terms = runtime.plugins.taps[status.connection.tap].streams
    for stream in status.streams:
        if stream.loaded < 1.0:
            share = f"{stream.loaded:.0%} of the history of {stream.name} is in"
            yield Finding(Severity.ADVICE, name, share, "Let kpitaps run, or run kpitaps sync")
        patience = max(_LATE * terms[stream.name].every, timedelta(hours=1)) + terms[stream.name].lag
        if stream.through is None or runtime.now() - stream.through > patience:
            since = (
                "was never read" if stream.through is None else f"was last read at {stream.through:%Y-%m-%d %H:%M} UTC"
            )
            yield Finding(
                Severity.PROBLEM, name, f"{stream.name} {since}", "Keep kpitaps run going, or run kpitaps sync"
            )
