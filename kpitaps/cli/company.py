"""``kpitaps company``: whose KPIs these are, and by which calendar."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import console, out, out_json

if TYPE_CHECKING:
    from kpitaps.store import Company


def company(
    key: Annotated[str, typer.Argument(help="Its key, made if it is new; without it, all are listed.")] = "",
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code in which it reports.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="IANA name of the zone of its calendar.")] = None,
    week_start: Annotated[int | None, typer.Option(min=0, max=6, help="First day of its week: 0 is Monday.")] = None,
    fiscal_year_start: Annotated[
        int | None, typer.Option(min=1, max=12, help="Month in which its fiscal year starts.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the companies, or make or change one.

    The first connection makes a company by itself, with its account's currency and zone. An agency makes one per
    client, and says with --company whose account it connects.
    """
    from kpitaps.app import change_company  # noqa: PLC0415
    from kpitaps.store import list_companies  # noqa: PLC0415

    changes: dict[str, Any] = {
        "name": name,
        "currency": currency,
        "time_zone": time_zone,
        "week_start": week_start,
        "fiscal_year_start": fiscal_year_start,
    }
    with opened() as runtime:
        if key:
            changed = change_company(runtime, key, {name: to for name, to in changes.items() if to is not None})
        companies = [changed] if key else list_companies(runtime.ledger.database)
    if json:
        out_json([{name: value for name, value in asdict(each).items() if name != "id"} for each in companies])
    elif companies:
        _show(companies)
    else:
        out("There is no company yet: the first kpitaps add makes one.")


def _show(companies: list[Company]) -> None:
    from rich.table import Table  # noqa: PLC0415

    table = Table("Key", "Name", "Currency", "Time zone", "Week starts", "Fiscal year starts", box=None)
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    for each in companies:
        week = days[each.week_start]
        table.add_row(each.key, each.name, each.currency, each.time_zone, week, f"month {each.fiscal_year_start}")
    console().print(table)
