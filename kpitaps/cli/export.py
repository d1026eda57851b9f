"""``kpitaps export``: KPIs and measures, day by day, as a file for other tools."""

from __future__ import annotations

import sys
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import err
from kpitaps.errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpitaps.app.export import ExportRow

_STDOUT = "-"


def export(
    kpis: Annotated[
        str, typer.Option(help="Keys of KPIs, with commas; by default all, unless --measures is given.")
    ] = "",
    measures: Annotated[str, typer.Option(help="Keys of measures, with commas.")] = "",
    by: Annotated[str, typer.Option(help="The label that the measures are broken down by.")] = "",
    first: Annotated[str, typer.Option("--from", help="The first day; by default the first there is.")] = "",
    last: Annotated[str, typer.Option("--to", help="The last day; by default today.")] = "",
    form: Annotated[
        str, typer.Option("--format", help="csv, json or parquet; by default what the file's name ends in, else csv.")
    ] = "",
    output: Annotated[str, typer.Option("--output", "-o", help="The file; by default stdout.")] = _STDOUT,
    company: Annotated[str, typer.Option(help="Key of one company; by default all.")] = "",
) -> None:
    """Write KPIs and measures, day by day, to a file.

    One row per key, label value and day, with the same header in every format.
    """
    from kpitaps.app.export_files import FORMATS, check_format, replacing  # noqa: PLC0415

    path = None if output == _STDOUT else Path(output)
    ending = path.suffix.removeprefix(".").lower() if path else ""
    name = form or (ending if ending in FORMATS else "csv")
    check_format(name)
    if by and not measures:
        raise BadUse("--by breaks down measures, and there is no --measures; KPIs have the label they are defined with")
    span = _day(first, "--from"), _day(last, "--to")
    if span[0] and span[1] and span[0] > span[1]:
        raise BadUse(f"--from {first} is after --to {last}")
    if path is None:
        if name == "parquet" and sys.stdout.isatty():
            raise BadUse("Parquet is nothing to read on a terminal: name a file with -o")
        rows = iter(_rows(company, _keys(kpis), _keys(measures), by, span))
        # What is wrong is known with the first row: then nothing has been printed yet.
        begun = list(islice(rows, 1))
        FORMATS[name](chain(begun, rows), sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with replacing(path) as out:
        number = FORMATS[name](_rows(company, _keys(kpis), _keys(measures), by, span), out)
    err(f"{number:,} rows written to {path}")


def _rows(
    company: str, kpis: list[str], measures: list[str], by: str, span: tuple[date | None, date | None]
) -> Iterable[ExportRow]:
    from kpitaps.app.export import export_rows  # noqa: PLC0415
    from kpitaps.store import find_company, list_companies  # noqa: PLC0415

    with opened() as runtime:
        database = runtime.ledger.database
        for each in [find_company(database, company)] if company else list_companies(database):
            wanted = kpis if kpis or measures else None
            yield from export_rows(
                runtime, each, kpis=wanted, measures=measures, by=by or None, first=span[0], last=span[1]
            )


def _keys(text: str) -> list[str]:
    return [key for part in text.split(",") if (key := part.strip())]


def _day(text: str, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadUse(f"{option} {text!r} is no date: write it like 2025-01-31") from None
