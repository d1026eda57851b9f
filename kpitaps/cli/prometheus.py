"""``kpitaps prometheus``: the files that Prometheus and Alertmanager read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import err, out

if TYPE_CHECKING:
    from kpitaps.app.prometheus import PrometheusFiles
    from kpitaps.app.written_files import Changes
    from kpitaps.config import Environment
    from kpitaps.exposition.prometheus_config import PrometheusPlace

CHANGES = 8
"""Exit code of a plan that would change something."""

TOKEN_FILE = "kpitaps.token"  # noqa: S105 - a file's name

prometheus = typer.Typer(
    help="Write what Prometheus and Alertmanager need.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_Kpitaps = Annotated[
    str, typer.Option("--kpitaps", help="Where Prometheus finds kpitaps, as host:port; by default KPITAPS_LISTEN.")
]
_TokenFile = Annotated[
    str,
    typer.Option(
        "--token-file",
        help="File, as Prometheus sees it, with kpitaps' token; by default kpitaps.token if KPITAPS_TOKEN is set.",
    ),
]


@prometheus.command()
def files(
    folder: Annotated[str, typer.Argument(help="Where to write them.")],
    kpitaps: _Kpitaps = "",
    alertmanager: Annotated[
        str, typer.Option(help="Where Prometheus finds Alertmanager, as host:port.")
    ] = "127.0.0.1:9093",
    scrape_interval: Annotated[str, typer.Option(help="How often Prometheus asks for figures.")] = "1m",
    token_file: _TokenFile = "",
    secrets: Annotated[
        str, typer.Option(help="Folder in which Alertmanager finds secret addresses.")
    ] = "/etc/alertmanager/secrets",
    alertmanager_version: Annotated[str, typer.Option(help="Which Alertmanager is to read its file.")] = "0.28",
    language: Annotated[
        str, typer.Option(help="nl or en; by default Dutch where the company is in Dutch time zones.")
    ] = "",
    without_alerts: Annotated[
        bool, typer.Option("--without-alerts", help="Leave alerts to Grafana: no rules, nothing for Alertmanager.")
    ] = False,
    reload: Annotated[
        list[str] | None,
        typer.Option(help="Server to tell of changes, as http://host:port; may be given several times."),
    ] = None,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Take over a folder whose files were made of another KPITAPS_HOME.")
    ] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Only show what would change; exit code 8 if anything would.")
    ] = False,
) -> None:
    """Write prometheus.yml, alert rules and alertmanager.yml.

    Only what differs is written, and only what an earlier run wrote is removed.
    """
    from kpitaps.app.prometheus import prometheus_files, write_prometheus_files  # noqa: PLC0415
    from kpitaps.app.reload import reload_servers  # noqa: PLC0415

    where = Path(folder)
    with opened() as runtime:
        place = _place(
            runtime.environment, kpitaps, token_file, "" if without_alerts else alertmanager, scrape_interval
        )
        found = prometheus_files(
            runtime, place, language=language, secrets=secrets, alertmanager_version=alertmanager_version
        )
    for problem in found.problems:
        err(f"Left out: {problem}")
    if found.of_nobody:
        err("There is no company yet: only what to scrape, and where history is (is KPITAPS_HOME right?).")
    changes = write_prometheus_files(found, where, take_over=take_over, plan=plan)
    _tell(changes, folder, is_plan=plan)
    _tell_needs(found, secrets)
    if place.token_file == TOKEN_FILE and not (where / TOKEN_FILE).exists():
        err(f"Put what KPITAPS_TOKEN is set to into {where / TOKEN_FILE}, for Prometheus to read.")
    if plan and changes:
        raise typer.Exit(CHANGES)
    if not plan:
        reload_servers(where, reload or (), err)


@prometheus.command("remote-read")
def remote_read(kpitaps: _Kpitaps = "", token_file: _TokenFile = "") -> None:
    """Print the block of prometheus.yml that brings history, to paste into one that you have."""
    from kpitaps.config import Environment  # noqa: PLC0415
    from kpitaps.exposition.prometheus_config import remote_read as block  # noqa: PLC0415

    out(block(_place(Environment.read(), kpitaps, token_file)).rstrip())


def _place(
    environment: Environment, kpitaps: str, token_file: str, alertmanager: str = "", scrape_interval: str = "1m"
) -> PrometheusPlace:
    from kpitaps.exposition.prometheus_config import PrometheusPlace, Server  # noqa: PLC0415

    return PrometheusPlace(
        kpitaps=Server.parse(kpitaps, "--kpitaps") if kpitaps else Server(_address(environment.listen)),
        alertmanager=Server.parse(alertmanager, "--alertmanager") if alertmanager else None,
        scrape_interval=scrape_interval,
        token_file=token_file or (TOKEN_FILE if environment.token else ""),
    )


def _address(listen: str) -> str:
    """Return where to reach what listens there: an address that stands for all of them is none to ask."""
    from kpitaps.config import parse_listen  # noqa: PLC0415

    host, port = parse_listen(listen)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is not listened on here
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _tell_needs(found: PrometheusFiles, secrets: str) -> None:
    if found.secrets:
        err(f"Alertmanager must find in {secrets}: {', '.join(found.secrets)}.")
    if found.placeholders:
        err(f"Before Alertmanager reads its file, envsubst must fill in: {', '.join(found.placeholders)}.")
    for doubt in found.doubts:
        err(doubt)


def _tell(changes: Changes, folder: str, *, is_plan: bool) -> None:
    for change in changes.files:
        edited = " (it was changed by hand; that version is kept beside it)" if change.edited else ""
        out(f"{change.action.value} {change.path}{edited}")
        if is_plan:
            out(change.diff.rstrip())
    err(f"{len(changes.files)} {'to change' if is_plan else 'changed'} in {folder}, {changes.same} as they should be.")
