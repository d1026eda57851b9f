"""``kpitaps measures``: what formulas may use."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from kpitaps.cli.output import console, out_json


def measures(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the measures that formulas may use.

    Key, unit, kind, labels, what it is dated by, and which installed taps feed it.
    """
    from kpitaps.app import feeders, known_measures  # noqa: PLC0415
    from kpitaps.config import Environment  # noqa: PLC0415
    from kpitaps.plugins import load_plugins  # noqa: PLC0415

    taps = load_plugins(disabled=Environment.read().disable).taps.values()
    fed = feeders(taps)
    rows: list[dict[str, Any]] = [
        {
            "measure": measure.key,
            "unit": measure.unit.value,
            "kind": measure.kind.value,
            "labels": list(measure.labels),
            "good": measure.good.value,
            "dated_by": measure.dated_by,
            "taps": fed.get(measure.key, []),
            "en": measure.en._asdict(),
            "nl": measure.nl._asdict(),
        }
        for measure in known_measures(taps).values()
    ]
    if json:
        out_json(rows)
        return
    from rich.table import Table  # noqa: PLC0415

    table = Table("Measure", "Unit", "Kind", "Labels", "Fed by", box=None)
    for row in rows:
        table.add_row(row["measure"], row["unit"], row["kind"], ", ".join(row["labels"]), ", ".join(row["taps"]))
    console().print(table)
