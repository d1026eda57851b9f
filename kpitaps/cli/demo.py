"""``kpitaps demo``: a fictional company over the taps' own sandboxes; no account is needed."""

from __future__ import annotations

from typing import Annotated

import typer

from kpitaps.cli.output import err, out_json


def demo(
    once: Annotated[bool, typer.Option("--once", help="Load everything, print the KPIs, and exit.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the KPIs as JSON.")] = False,
    now: Annotated[
        str, typer.Option(help="Move the demo's clock: a date means the end of that day in the company's zone.")
    ] = "",
    listen: Annotated[str, typer.Option(help="Address and port; by default KPITAPS_LISTEN or 127.0.0.1:9470.")] = "",
) -> None:
    """Run a fictional company: its sandboxes speak the vendors' APIs on loopback, with three years of history.

    The data lives in the folder 'demo' of KPITAPS_HOME and is used again the next time.
    """
    from kpitaps.cli.demo_world import demo_world  # noqa: PLC0415
    from kpitaps.cli.kpis import boards_json, print_board  # noqa: PLC0415
    from kpitaps.cli.sync import progress_bar  # noqa: PLC0415

    with demo_world(now) as world:
        err(f"{world.company.name}, since {world.founded}; it is {world.clock.now():%Y-%m-%d %H:%M} UTC there")
        err(f"Sandboxes on loopback: {', '.join(world.sandboxes)}")
        with progress_bar(shown=not json) as listener:
            errors = world.load(listener)
        for error in errors:
            err(f"Error: {error}")
        boards = world.boards()
        if json:
            out_json(boards_json(boards))
        else:
            for board in boards:
                print_board(board, "mtd")
        if once:
            raise typer.Exit(errors[0].exit_code if errors else 0)
        world.serve(listen, _where)
    err("Stopped.")


def _where(url: str) -> None:
    err(
        f"\nMetrics for Prometheus  {url}/metrics\n"
        f"Its own metrics         {url}/metrics/self\n"
        f"Ready                   {url}/readyz\n\n"
        "New orders come in as time goes on; they are read every 15 minutes. Ctrl-C stops."
    )
