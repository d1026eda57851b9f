"""``kpitaps taps``: what is installed."""

from __future__ import annotations

from typing import Annotated

import typer

from kpitaps.cli.output import console, out_json


def taps(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the installed taps.

    Name, version, API number, state, and for a broken one the reason.
    """
    from kpitaps.config import Environment  # noqa: PLC0415
    from kpitaps.plugins import load_plugins  # noqa: PLC0415

    rows = [
        {
            "name": tap.name if tap else plugin.name,
            "title": tap.title if tap else "",
            "distribution": plugin.distribution,
            "version": plugin.version,
            "api": tap.api if tap else None,
            "state": plugin.state.value,
            "reason": plugin.reason,
        }
        for plugin in load_plugins(disabled=Environment.read().disable).installed
        for tap in plugin.taps or (None,)
    ]
    if json:
        out_json(rows)
        return
    if not rows:
        console().print("No taps are installed. Install one with: pip install kpitaps-shopify")
        return
    from rich.table import Table  # noqa: PLC0415

    table = Table("Tap", "Distribution", "Version", "API", "State", "Reason", box=None)
    for row in rows:
        table.add_row(*(str(row[key] or "") for key in ("name", "distribution", "version", "api", "state", "reason")))
    console().print(table)
