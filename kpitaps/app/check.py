"""`kpitaps check`: what keeps the numbers from being right, complete or fresh, and goals from being met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpitaps.app.check_companies import check_companies
from kpitaps.app.check_connections import check_connection
from kpitaps.app.check_finding import Finding, Severity
from kpitaps.app.status import connection_statuses
from kpitaps.plugins import PluginState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.app.runtime import Runtime


def check(runtime: Runtime) -> list[Finding]:
    """Return everything worth telling, problems first."""
    statuses = connection_statuses(runtime, with_flags=True)
    found = [*_plugins(runtime), *check_companies(runtime, statuses)]
    for status in statuses:
        found += check_connection(runtime, status)
    return sorted(found, key=lambda finding: finding.severity != Severity.PROBLEM)


def _plugins(runtime: Runtime) -> Iterator[Finding]:
    for plugin in runtime.plugins.installed:
        if plugin.state is PluginState.BROKEN:
            fix = f"Upgrade {plugin.distribution}, or set KPITAPS_DISABLE={plugin.name}"
            yield Finding(Severity.PROBLEM, f"plugin {plugin.name}", plugin.reason, fix)
