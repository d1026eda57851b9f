"""``kpitaps rates``: the exchange rates that foreign money is converted at."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import console, out, out_json
from kpitaps.errors import BadUse

if TYPE_CHECKING:
    from kpitaps.app import RateStatus


def rates(
    fetch: Annotated[bool, typer.Option("--fetch", help="Read what is new at the European Central Bank now.")] = False,
    load: Annotated[
        Path | None, typer.Option(help="Load one of its files, for machines that do not reach it: XML, CSV or zip.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the exchange rates that companies with foreign money need, and how fresh they are.

    They are the reference rates of the European Central Bank. kpitaps run keeps them fresh by itself, and kpitaps sync
    reads what is new; a company whose money is all in its own currency needs none.
    """
    from kpitaps.app import fetch_rates, load_rates, rate_status  # noqa: PLC0415

    if fetch and load:
        raise BadUse("--fetch and --load are two ways to the same rates: give one of them")
    changed = None
    with opened() as runtime:
        if fetch:
            changed = fetch_rates(runtime)
        elif load:
            changed = load_rates(runtime, load)
        status = rate_status(runtime)
    if json:
        out_json(_as_json(status))
        return
    if changed is not None:
        out(f"{changed:,} rates are new or changed.")
    _show(status)


def _show(status: RateStatus) -> None:
    feed = status.feed
    if feed.last is None:
        out("There are no exchange rates yet.")
    else:
        out(f"Reference rates of the European Central Bank from {feed.first} to {feed.last}.")
    if feed.message:
        out(f"The last try failed: {feed.message}")
    if not status.needed:
        out("No company needs them: all money is in the currency that is reported in.")
        return
    from rich.table import Table  # noqa: PLC0415

    table = Table("Currency", "A euro is worth", "Day", box=None)
    for each in status.needed:
        table.add_row(each.currency, "–" if each.per_euro is None else f"{each.per_euro:f}", str(each.day or "–"))
    console().print(table)


def _as_json(status: RateStatus) -> dict[str, object]:
    feed = status.feed
    return {
        "first": feed.first,
        "last": feed.last,
        "read_at": feed.read_at,
        "tried_at": feed.tried_at,
        "message": feed.message,
        "needed": [
            {
                "currency": each.currency,
                "per_euro": None if each.per_euro is None else f"{each.per_euro:f}",
                "day": each.day,
            }
            for each in status.needed
        ],
    }
