"""What `kpitaps check` finds at a connection: repairs, flags, and what is missing or stale."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kpitaps.app.check_finding import Finding, Severity
from kpitaps.app.flagged import MOST_FLAGS
from kpitaps.app.owning import listed
from kpitaps.calendar import local_day
from kpitaps.sync import feeding_streams
from kpitaps.sync.flagged import FLAGGED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from kpitaps.app.flagged import FlagStatus
    from kpitaps.app.runtime import Runtime
    from kpitaps.app.status import ConnectionStatus
    from kpitaps.tap import Tap

_LATE = 3
"""A stream or a check counts as stale after so many of its own intervals, and an hour at least."""

_NOTHING = "Nothing needs to be done"


def _flags(runtime: Runtime, status: ConnectionStatus) -> Iterator[Finding]:
    """Tell what is said against figures: a problem where somebody can do something about it."""
    name = status.connection.name
    today = local_day(runtime.now(), ZoneInfo(status.connection.time_zone))
    said: dict[str, list[FlagStatus]] = defaultdict(list)
    for flag in status.flags:
        said[flag.origin].append(flag)
    for origin, flags in said.items():
        for flag in flags[:MOST_FLAGS]:
            yield Finding(_severity([flag]), name, flag.sentence(today), flag.fix.rstrip(".") or _NOTHING)
        if more := flags[MOST_FLAGS:]:
            told = f"{origin} says as much of older days, in {len(more)} other sentences"
            yield Finding(_severity(more), name, told, "They are in the SQL view flags, with what mends them")


def _severity(flags: Sequence[FlagStatus]) -> Severity:
    return Severity.PROBLEM if any(flag.fix for flag in flags) else Severity.ADVICE


def _checks(tap: Tap, status: ConnectionStatus, now: datetime) -> Iterator[Finding]:
    """Tell which checks are not run; one that fails is a repair, and while history is loading none can judge."""
    name = status.connection.name
    loading = {stream.name for stream in status.streams if stream.loaded < 1.0}
    for check in status.checks:
        terms, run = tap.checks[check.name], check.run
        if run is not None and now - run.started_at <= _patience(terms.every):
            continue
        since = "has never been run" if run is None else f"was last run at {run.started_at:%Y-%m-%d %H:%M} UTC"
        if check.withheld:
            hidden = f"the source keeps a part of {listed(check.withheld)} from us, so there is nothing to judge"
            yield Finding(Severity.ADVICE, name, f"check {check.name} {since}: {hidden}", "Give access to that part")
        elif loading.isdisjoint(stream.name for stream in feeding_streams(tap, terms)):
            severity = Severity.ADVICE if run is None else Severity.PROBLEM
            fix = "Run kpitaps sync: a check is run when nothing fails in a sync of all that it looks at"
            yield Finding(severity, name, f"check {check.name} {since}", fix)


def _patience(every: timedelta) -> timedelta:
    return max(_LATE * every, timedelta(hours=1))


def check_connection(runtime: Runtime, status: ConnectionStatus) -> Iterator[Finding]:
    """Yield what keeps a connection's numbers from being right, complete or fresh."""
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
    tap = runtime.plugins.taps[status.connection.tap]
    yield from _checks(tap, status, runtime.now())
    terms = tap.streams
    for stream in status.streams:
        if stream.loaded < 1.0:
            share = f"{stream.loaded:.0%} of the history of {stream.name} is in"
            yield Finding(Severity.ADVICE, name, share, "Let kpitaps run, or run kpitaps sync")
        patience = _patience(terms[stream.name].every) + terms[stream.name].lag
        if stream.through is None or runtime.now() - stream.through > patience:
            since = (
                "was never read" if stream.through is None else f"was last read at {stream.through:%Y-%m-%d %H:%M} UTC"
            )
            yield Finding(
                Severity.PROBLEM, name, f"{stream.name} {since}", "Keep kpitaps run going, or run kpitaps sync"
            )
