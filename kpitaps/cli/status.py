"""``kpitaps status``: how the connections are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import console, out, out_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from kpitaps.app import ConnectionStatus


def status(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show how each connection is.

    State, how much history is in, up to when it was read, and what a person must do.
    """
    from kpitaps.app import connection_statuses  # noqa: PLC0415
    from kpitaps.app.flagged import MOST_FLAGS  # noqa: PLC0415
    from kpitaps.calendar import local_day  # noqa: PLC0415
    from kpitaps.store import list_connections  # noqa: PLC0415

    with opened() as runtime:
        statuses = connection_statuses(runtime, with_flags=True)
        stopped = list_connections(runtime.ledger.database, stopped=True)
        now = runtime.now()
    if json:
        out_json([_as_json(status) for status in statuses])
        return
    for old in stopped:
        out(f"Disconnected: {old.name} ({old.tap}), since {old.stopped_at:%Y-%m-%d %H:%M} UTC; its history stays")
    if not statuses:
        console().print("Nothing is connected yet. Connect an account with: kpitaps add <tap>")
        return
    from rich.table import Table  # noqa: PLC0415

    table = Table("Company", "Connection", "Tap", "State", "Stream", "History", "Read up to", "Message", box=None)
    for each in statuses:
        for row in _rows(each):
            table.add_row(*row)
    console().print(table)
    for each in statuses:
        for repair in each.repairs:
            console().print(f"Repair: {each.connection.name}: {repair.message}. {repair.fix}", soft_wrap=True)
        today = local_day(now, ZoneInfo(each.connection.time_zone))
        for flag in each.flags[:MOST_FLAGS]:
            console().print(f"Flag: {each.connection.name}: {flag.sentence(today)}.", soft_wrap=True)
        if more := len(each.flags[MOST_FLAGS:]):
            console().print(f"Flag: {each.connection.name}: {more} more; kpitaps check tells them.", soft_wrap=True)


def _rows(each: ConnectionStatus) -> Iterator[tuple[str, ...]]:
    """Yield a row per stream and check; the first one says how the connection is."""
    head = (each.company, each.connection.name, each.connection.tap, each.state)
    message = each.message
    for stream in each.streams:
        yield *head, stream.name, f"{stream.loaded:.0%}", _at(stream.through), message
        head, message = ("",) * 4, ""
    for check in each.checks:
        run = check.run
        wrong = "" if run is None or run.outcome == "ok" else run.message
        yield *head, f"check {check.name}", "", _at(run.started_at if run else None), wrong


def _at(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else "never"


def _as_json(each: ConnectionStatus) -> dict[str, Any]:
    return {
        "company": each.company,
        "connection": each.connection.name,
        "tap": each.connection.tap,
        "account": each.connection.account_id,
        "state": each.state,
        "message": each.message,
        "streams": [
            {
                "stream": stream.name,
                "loaded": round(stream.loaded, 4),
                "through": None if stream.through is None else stream.through.isoformat(),
                "outcome": stream.run.outcome if stream.run else None,
                "message": stream.run.message if stream.run else "",
            }
            for stream in each.streams
        ],
        "checks": [
            {
                "check": check.name,
                "at": check.run.started_at.isoformat() if check.run else None,
                "outcome": check.run.outcome if check.run else None,
                "message": check.run.message if check.run else "",
            }
            for check in each.checks
        ],
        "repairs": [
            {"code": r.code, "message": r.message, "fix": r.fix, "since": r.opened_at.isoformat()} for r in each.repairs
        ],
        "flags": [
            {
                "origin": flag.origin,
                "quality": flag.quality.value,
                "measures": list(flag.measures),
                "days": [[first.isoformat(), last.isoformat()] for first, last in flag.spans],
                "reason": flag.reason,
                "fix": flag.fix,
            }
            for flag in each.flags
        ],
    }
