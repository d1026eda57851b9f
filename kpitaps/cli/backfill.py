"""``kpitaps backfill``: history for stores that cannot ask for it by remote read."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import err, out, out_json
from kpitaps.errors import BadUse

if TYPE_CHECKING:
    from kpitaps.exposition.backfill.families import Choice
    from kpitaps.exposition.backfill.openmetrics import Written
    from kpitaps.exposition.backfill.victoria import Told

backfill = typer.Typer(
    help="Write history into stores that cannot ask for it by remote read.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_From = Annotated[str, typer.Option("--from", help="The first day; by default the first there is.")]
_To = Annotated[str, typer.Option("--to", help="The last day; by default the last that is over.")]
_Metric = Annotated[
    list[str] | None, typer.Option("--metric", help="Pattern of metric names, such as 'kpi_order_*'; may be repeated.")
]
_Company = Annotated[str, typer.Option("--company", help="Key of one company; by default all.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@backfill.command()
def openmetrics(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    first: _From = "",
    last: _To = "",
    metric: _Metric = None,
    company: _Company = "",
    into: Annotated[
        Path | None, typer.Option("--into", help="Prometheus' data folder, to put the history into with promtool.")
    ] = None,
    promtool: Annotated[str, typer.Option(help="Name or path of promtool.")] = "promtool",
    json: _Json = False,
) -> None:
    """Write OpenMetrics text, of which promtool makes blocks for Prometheus."""
    from kpitaps.app.backfill import backfill_file  # noqa: PLC0415
    from kpitaps.exposition.backfill.blocks import create_command  # noqa: PLC0415

    choice = _choice(first, last, metric, company)
    with opened() as runtime:
        filed = backfill_file(runtime, choice, file, into=into, promtool=promtool)
    written = filed.written
    if json:
        out_json({"file": str(file), **asdict(written), "blocks": filed.blocks})
        return
    out(f"{written.samples:,} samples of {written.series:,} series, {written.metrics:,} metrics, are in {file}.")
    if filed.blocks is not None:
        out(f"All of them are in {filed.blocks} blocks in {into}; Prometheus shows them within two minutes.")
    else:
        out("Make blocks of it and count them, then move them into the folder of --storage.tsdb.path:")
        out(f"  {' '.join(create_command('promtool', file, Path('blocks')))}")
        out(f"  promtool tsdb list blocks   # NUM SAMPLES must add up to {written.samples}")
    out(f"Prometheus deletes what is older than --storage.tsdb.retention.time (15d); the first day is {_day(written)}.")


@backfill.command()
def victoria(
    url: Annotated[str, typer.Argument(help="Address of a VictoriaMetrics, such as http://127.0.0.1:8428.")],
    first: _From = "",
    last: _To = "",
    metric: _Metric = None,
    company: _Company = "",
    token: Annotated[str, typer.Option(help="Bearer token: env:VARIABLE or file:PATH.")] = "",
    user: Annotated[str, typer.Option(help="User of basic authentication.")] = "",
    password: Annotated[str, typer.Option(help="Its password: env:VARIABLE or file:PATH.")] = "",
    header: Annotated[
        list[str] | None, typer.Option(help="Another header, name=value; the value may be env:VARIABLE or file:PATH.")
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be sent and deleted.")] = False,
    json: _Json = False,
) -> None:
    """Bring a VictoriaMetrics to what the ledger says.

    What is new is added, series with restated days are deleted and written anew, and everything is read back.
    """
    from kpitaps.app.backfill import backfill_victoria, credentials  # noqa: PLC0415

    choice = _choice(first, last, metric, company)
    headers = {
        **dict(_header(text) for text in header or ()),
        **credentials(_secret("--token", token), user, _secret("--password", password)),
    }
    if headers and url.startswith("http://") and not url.startswith(("http://127.0.0.1", "http://localhost")):
        err("Warning: credentials go to that address unencrypted; https:// would hide them.")
    with opened() as runtime:
        told = backfill_victoria(runtime, choice, url, headers, plan=plan)
    if json:
        out_json(asdict(told))
    else:
        out(_sentence(told, plan=plan))


def _sentence(told: Told, *, plan: bool) -> str:
    would = "would be " if plan else ""
    return (
        f"{told.series:,} series: {told.unchanged:,} unchanged; {told.samples:,} samples {would}sent, "
        f"{told.restated:,} restated series {would}written anew, {told.deleted:,} {would}deleted."
        + ("" if plan else " All samples were read back.")
    )


def _choice(first: str, last: str, metric: list[str] | None, company: str) -> Choice:
    from kpitaps.exposition.backfill.families import Choice  # noqa: PLC0415

    days = _given_day(first, "--from"), _given_day(last, "--to")
    if days[0] and days[1] and days[0] > days[1]:
        raise BadUse(f"--from {first} is after --to {last}")
    return Choice(tuple(metric or ()), company, *days)


def _given_day(text: str, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadUse(f"{option} {text!r} is no date: write it like 2025-01-31") from None


def _day(written: Written) -> str:
    return datetime.fromtimestamp(written.first / 1000, UTC).date().isoformat()


def _header(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise BadUse(f"--header {name!r}: write --header name=value")
    return name.strip(), _looked_up(f"--header {name}", value)


def _secret(option: str, value: str) -> str:
    if value and not value.startswith(("env:", "file:")):
        # not the value itself: it may be the secret
        raise BadUse(f"{option}: write env:VARIABLE or file:PATH; what stands in a command is seen by others")
    return _looked_up(option, value)


def _looked_up(option: str, value: str) -> str:
    kind, colon, where = value.partition(":")
    if kind == "env" and colon:
        if not (found := os.environ.get(where)):
            raise BadUse(f"{option}: there is no environment variable {where}, or it is empty")
        return found.strip()
    if kind == "file" and colon:
        try:
            return Path(where).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise BadUse(f"{option}: the file {where} cannot be read: {reason}") from None
    return value
