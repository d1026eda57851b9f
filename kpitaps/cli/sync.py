"""``kpitaps sync``: read everything that is due, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpitaps.cli.bars import progress_bars
from kpitaps.cli.opening import opened_to_read
from kpitaps.cli.output import err, out, out_json

if TYPE_CHECKING:
    from kpitaps.sync import SyncResult


def sync(
    connections: Annotated[list[str] | None, typer.Argument(help="Names of connections; by default all.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON and no progress.")] = False,
) -> None:
    """Read what is new, and history that is still missing.

    Then the KPIs are written that the SQL views show. Stopped at any moment, it goes on where it was.

    Exit code: 0 if all went well, else that of the first error.
    """
    from kpitaps.app import LiveBoards, TableKeeper, sync_all  # noqa: PLC0415

    with opened_to_read() as runtime:
        with progress_bars(shown=not json) as listener:
            results = sync_all(runtime, connections or (), listener=listener)
        TableKeeper(runtime, LiveBoards(runtime)).write()
    if json:
        out_json([_as_json(result) for result in results])
    else:
        for result in results:
            out(summary(result))
        if not results:
            out("Nothing is connected yet. Connect an account with: kpitaps add <tap>")
    errors = [error for result in results for error in result.errors.values()]
    for result in results:
        for stream, error in result.errors.items():
            err(f"Error: {result.connection.name}, {stream}: {error}")
    if errors:
        raise typer.Exit(errors[0].exit_code)


def summary(result: SyncResult) -> str:
    """Return what a sync did, in a line."""
    records = sum(run.records for run in result.runs)
    restated = sum(run.restated for run in result.runs)
    line = f"{result.connection.name}: {records:,} records read, {result.changed:,} changed"
    line = f"{line}, {restated:,} figures of past days restated" if restated else line
    passed = sum(not check.flags and check.error is None for check in result.checks)
    return f"{line}, {passed} of {len(result.checks)} checks passed" if result.checks else line


def _as_json(result: SyncResult) -> dict[str, Any]:
    return {
        "connection": result.connection.name,
        "streams": [
            {
                "stream": run.stream,
                "outcome": run.outcome,
                "message": run.message,
                "records": run.records,
                "changed": run.changed,
                "restated": run.restated,
                "slices": run.slices,
            }
            for run in result.runs
        ],
        "checks": [
            {
                "check": check.run.stream,
                "outcome": check.run.outcome,
                "message": check.run.message,
                "flags": len(check.flags),
            }
            for check in result.checks
        ],
    }
