"""The commands put together, and what becomes of their errors."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from kpitaps import __version__
from kpitaps.cli import (
    add,
    backfill,
    check,
    company,
    demo,
    digest,
    disconnect,
    export,
    goals,
    grafana,
    kpis,
    measures,
    own,
    prometheus,
    rates,
    serve,
    status,
    sync,
    taps,
)
from kpitaps.cli.output import err
from kpitaps.errors import KpitapsError

if TYPE_CHECKING:
    from collections.abc import Sequence

UNEXPECTED = 1
INTERRUPTED = 130

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

app = typer.Typer(
    name="kpitaps",
    help="Business KPIs from the systems you use, exact and restated, in Prometheus and Grafana.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (
    demo.demo,
    serve.run,
    add.add,
    disconnect.disconnect,
    own.own,
    company.company,
    sync.sync,
    rates.rates,
    status.status,
    taps.taps,
    kpis.kpis,
    measures.measures,
    check.check,
    digest.digest,
    export.export,
):
    app.command()(command)

app.add_typer(goals.goals, name="goals")
app.add_typer(backfill.backfill, name="backfill")
app.add_typer(grafana.grafana, name="grafana")
app.add_typer(prometheus.prometheus, name="prometheus")


def _version(value: bool) -> None:
    if value:
        typer.echo(f"kpitaps {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    _version_flag: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; the codes are in docs/reference/errors-and-exit-codes.md."""
    try:
        app(list(arguments), prog_name="kpitaps")
    except SystemExit as end:
        # Typer makes this of Ctrl-C, and says nothing.
        if end.code == INTERRUPTED:
            err("Stopped.")
        return end.code if isinstance(end.code, int) else 0
    except KpitapsError as error:
        err(f"Error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        err("Stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        _say_no_more()
        return UNEXPECTED
    except Exception as error:
        if os.environ.get("KPITAPS_DEBUG"):
            raise
        err(f"Error: {_told(error)}")
        return UNEXPECTED
    return 0


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in _FULL:
        _say_no_more()
        return f"{error.filename or 'what is printed'} cannot be written: {error.strerror}"
    return f"{type(error).__name__}: {error}\nThis is a bug in kpitaps. KPITAPS_DEBUG=1 shows where it is."


def _say_no_more() -> None:
    """Leave unsaid what has not been written yet, also when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
