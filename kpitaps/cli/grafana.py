"""``kpitaps grafana``: dashboards and alert rules for Grafana, as files or through its API."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import err, out
from kpitaps.errors import BadSettings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kpitaps.app.grafana import Provisions
    from kpitaps.app.written_files import Changes
    from kpitaps.grafana.apply import Plan, Step

CHANGES = 8
"""Exit code of a plan that would change something."""

_LONGEST = 100
_MOST = 12

grafana = typer.Typer(
    help="Put dashboards and alert rules into Grafana.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_Language = Annotated[str, typer.Option(help="nl or en; by default Dutch where the company is in Dutch time zones.")]
_PrometheusUrl = Annotated[
    str, typer.Option("--prometheus-url", help="Where Grafana finds Prometheus; by default KPITAPS_PROMETHEUS_URL.")
]
_WithoutAlerts = Annotated[
    bool, typer.Option("--without-alerts", help="Leave alerts to Prometheus: no rules, and those from before go.")
]
_TakeOver = Annotated[
    bool, typer.Option("--take-over", help="Take over a folder whose files were made of another KPITAPS_HOME.")
]
_Plan = Annotated[bool, typer.Option("--plan", help="Only show what would change; exit code 8 if anything would.")]


@grafana.command()
def files(
    folder: Annotated[str, typer.Argument(help="Grafana's provisioning folder, or one to mount there.")],
    language: _Language = "",
    prometheus_url: _PrometheusUrl = "",
    dashboards_path: Annotated[
        str, typer.Option("--dashboards-path", help="The folder dashboards/kpitaps in it, as Grafana sees it.")
    ] = "",
    without_alerts: _WithoutAlerts = False,
    take_over: _TakeOver = False,
    plan: _Plan = False,
) -> None:
    """Write data source, dashboards and alert rules as Grafana's provisioning files.

    Only what differs is written, and only what an earlier run wrote is removed.
    """
    from kpitaps.app.grafana import provisions, write_grafana_files  # noqa: PLC0415
    from kpitaps.grafana.files import DASHBOARDS_PATH  # noqa: PLC0415

    with opened() as runtime:
        found = provisions(runtime, language=language, prometheus_url=prometheus_url, with_alerts=not without_alerts)
        _warn(found.problems)
        if not found.scenes:
            err("There is no company yet: only the data source, and where dashboards will be.")
        path = dashboards_path or DASHBOARDS_PATH
        changes = write_grafana_files(found, Path(folder), dashboards_path=path, take_over=take_over, plan=plan)
    _tell_files(changes, folder, is_plan=plan)
    if found.referred:
        err(f"Before Grafana starts, it must find as a variable, or as a file: {', '.join(found.referred)}.")
    if plan and changes:
        raise typer.Exit(CHANGES)


@grafana.command()
def apply(
    url: Annotated[str, typer.Option("--url", help="Where Grafana is; by default KPITAPS_GRAFANA_URL.")] = "",
    language: _Language = "",
    prometheus_url: _PrometheusUrl = "",
    renew_secrets: Annotated[
        bool, typer.Option("--renew-secrets", help="Write the secrets of contacts anew: Grafana hides what it has.")
    ] = False,
    without_alerts: _WithoutAlerts = False,
    plan: _Plan = False,
) -> None:
    """Bring a running Grafana to the same through its API.

    What changes is shown first, field by field. What people made is left alone.
    The token of a service account is read from KPITAPS_GRAFANA_TOKEN.
    """
    from kpitaps.app.grafana import provisions  # noqa: PLC0415
    from kpitaps.grafana.apply import Server, make_plan  # noqa: PLC0415

    with opened() as runtime:
        token = runtime.environment.grafana_token
        where = url or runtime.environment.grafana_url
        if not where or token is None:
            missing = "KPITAPS_GRAFANA_TOKEN" if where else "--url or KPITAPS_GRAFANA_URL"
            raise BadSettings(f"nothing says {'who we are' if where else 'where Grafana is'}: set {missing}")
        found = provisions(runtime, language=language, prometheus_url=prometheus_url, with_alerts=not without_alerts)
        _warn(found.problems)
        _find_secrets(found, runtime.environment.home)
        with Server(where, token.get_secret_value()) as server:
            planned = make_plan(server, found.for_api(), renew_secrets=renew_secrets)
            _tell_plan(planned)
            if not plan:
                planned.carry_out(lambda step: err(f"{_DONE[step.action.value]} {step.what} {step.name}"))
    if plan and planned.differs:
        raise typer.Exit(CHANGES)


def _find_secrets(found: Provisions, home: Path) -> None:
    """Make sure that all secrets of contacts are there: Grafana takes no contact point without its address.

    Raises:
        BadSettings: naming the line in ``alerts.toml``; nothing is applied then.
    """
    from kpitaps.alerts import FILE  # noqa: PLC0415
    from kpitaps.kpis.files import read_tables  # noqa: PLC0415

    for contact in found.alerting.file.contacts:
        try:
            contact.webhook()
        except BadSettings as error:
            others = tomllib.loads((home / FILE).read_text(encoding="utf-8-sig"))
            tables = read_tables(home / FILE, "contact", others=others)
            place = next(table.place("webhook") for table in tables if table.key == contact.key)
            reason = str(error).removeprefix(f"[contact.{contact.key}] webhook: ")
            raise BadSettings(f"{place}: {reason}; until then nothing is applied") from None


_DONE = {"create": "Created", "change": "Changed", "remove": "Removed"}


def _warn(problems: Iterable[str]) -> None:
    for problem in problems:
        err(f"Left out: {problem}")


def _tell_files(changes: Changes, folder: str, *, is_plan: bool) -> None:
    for change in changes.files:
        edited = " (it was changed by hand; that version is kept beside it)" if change.edited else ""
        out(f"{change.action.value} {change.path}{edited}")
        if is_plan:
            out(change.diff.rstrip())
    what = "to change" if is_plan else "changed"
    err(f"{len(changes.files)} {what} in {folder}, {changes.same} as they should be.")


def _tell_plan(plan: Plan) -> None:
    for step in plan.steps:
        _tell_step(step)
    err(f"{len(plan.changes)} to change in Grafana at {plan.url}." if plan.differs else "Nothing to change.")


def _tell_step(step: Step) -> None:
    why = f": {step.why}" if step.why else ""
    out(f"{step.action.value} {step.what} {step.name}{why}")
    for difference in step.differences[:_MOST]:
        out(f"  {difference.path}: {_short(difference.before)} → {_short(difference.after)}")
    if len(step.differences) > _MOST:
        out(f"  … and {len(step.differences) - _MOST} more")


def _short(value: Any) -> str:
    text = "nothing" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
