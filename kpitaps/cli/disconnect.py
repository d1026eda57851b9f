"""``kpitaps disconnect``: stop reading an account."""

from __future__ import annotations

from typing import Annotated

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import out, out_json


def disconnect(
    connection: Annotated[str, typer.Argument(help="The connection, as 'kpitaps status' lists it.")],
    purge: Annotated[bool, typer.Option("--purge", help="Delete all that was read of it, too.")] = False,
    company: Annotated[str, typer.Option(help="Key of the company, where several have one of that name.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Stop reading an account, and forget its secrets and consent.

    What was read stays and counts for the days up to now, unless it is purged: then nothing is left of it. A consent
    that another connection uses is kept.
    """
    from kpitaps.app import disconnect as stop  # noqa: PLC0415

    with opened() as runtime:
        stopped = stop(runtime, connection, company=company, purge=purge)
    if json:
        out_json({"connection": stopped.name, "tap": stopped.tap, "purged": purge})
    elif purge:
        out(f"Nothing is left of {stopped.name!r}.")
    else:
        out(f"Disconnected {stopped.name!r}. What was read stays; kpitaps disconnect --purge deletes it, too.")
