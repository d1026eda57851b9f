"""``kpitaps check``: is everything right, complete and fresh?"""

from __future__ import annotations

from typing import Annotated

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import out, out_json

PROBLEMS = 8
"""Exit code where problems were found."""


def check(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say what keeps the numbers from being right, and goals from being met.

    Each finding is missing, stale or incomplete data, a plugin or a file that is broken, or advice on goals, and how to
    mend it.

    Exit code: 0 if there are no problems, 8 if there are; advice alone is no problem.
    """
    from kpitaps.app import check as find  # noqa: PLC0415

    with opened() as runtime:
        findings = find(runtime)
    if json:
        keys = ("severity", "where", "message", "fix")
        out_json([{key: str(getattr(finding, key)) for key in keys} for finding in findings])
    else:
        for finding in findings:
            out(f"{finding.severity}: {finding.where}: {finding.message}. {finding.fix}.")
        if not findings:
            out("Everything is right.")
    if any(finding.severity == "problem" for finding in findings):
        raise typer.Exit(PROBLEMS)
