"""``kpitaps demo``: a fictional company over the taps' own sandboxes; no account is needed."""

from __future__ import annotations

from contextlib import nullcontext
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
    """Run a fictional company: no account is needed.

    Its sandboxes speak the vendors' APIs on loopback, with three years of history.
    The data lives in the folder 'demo' of KPITAPS_HOME and is used again the next time.
    """
    from kpitaps.cli.bars import progress_bars  # noqa: PLC0415
    from kpitaps.cli.demo_world import demo_world  # noqa: PLC0415
    from kpitaps.cli.kpis import boards_json, print_board  # noqa: PLC0415

    # The port is taken first: nobody should wait for three years of history to be told that it is not free.
    with demo_world(now) as world, nullcontext() if once else world.serving(listen) as serving:
        err(f"{world.company.name}, since {world.founded}; it is {world.clock.now():%Y-%m-%d %H:%M} UTC there")
        err(f"Sandboxes on loopback: {', '.join(world.sandboxes)}")
        err("Connecting …")
        with progress_bars(shown=not json) as listener:
            errors = world.load(listener)
        for error in errors:
            err(f"Error: {error}")
        boards = world.boards()
        if json:
            out_json(boards_json(boards))
        else:
            for board in boards:
                print_board(board, "mtd")
        if serving is None:
            raise typer.Exit(errors[0].exit_code if errors else 0)
        serving.until_stopped(lambda url: err(_where(url, is_still=bool(now))))
    err("Stopped.")


def _where(url: str, *, is_still: bool) -> str:
    moves = "The clock stands still" if is_still else "New orders come in, and are read every 15 minutes"
    return (
        f"\nMetrics for Prometheus  {url}/metrics\n"
        f"Its own metrics         {url}/metrics/self\n"
        f"Ready                   {url}/readyz\n\n"
        f"{moves}. Ctrl-C stops."
    )
