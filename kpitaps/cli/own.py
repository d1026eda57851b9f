"""``kpitaps own``: which tap's word counts where several feed one measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import console, out, out_json

if TYPE_CHECKING:
    from kpitaps.app import Overlap, Runtime
    from kpitaps.store import Company, Connection


def own(
    tap: Annotated[str, typer.Argument(help="The tap that shall own them; without it, the owners are listed.")] = "",
    measures: Annotated[
        list[str] | None, typer.Argument(help="Measures, or 'all': every one that it and another tap feed.")
    ] = None,
    company: Annotated[str, typer.Option(help="Key of the company, where there are several.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which tap owns measures that several taps feed.

    Two accounts of one tap are added up; two taps for one measure never are: the figures are those of its owner. The
    other's data stays in the ledger, so a change of owner shows at once, history included.
    """
    from kpitaps.app import named_company, overlaps  # noqa: PLC0415
    from kpitaps.app import own as take  # noqa: PLC0415

    with opened() as runtime:
        owner = named_company(runtime, company)
        taken = take(runtime, owner, tap, measures or []) if tap else []
        shared = overlaps(runtime, owner)
    if json:
        out_json([{"measure": each.measure, "taps": list(each.taps), "owner": each.owner} for each in shared])
    elif tap:
        out(f"{tap} owns {', '.join(taken) or 'nothing new'}.")
    else:
        _show(owner, shared)


def ask_about_overlaps(runtime: Runtime, connection: Connection, *, ask: bool) -> None:
    """Say what a new connection shares with other taps and who owns it; on a terminal, let the person choose.

    They choose per domain: the books may own what is invoiced, and the CRM keep its deals.
    """
    from kpitaps.app import find_company_of, listed, overlaps  # noqa: PLC0415
    from kpitaps.app import own as take  # noqa: PLC0415

    company, tap = find_company_of(runtime, connection), connection.tap
    lost = [each for each in overlaps(runtime, company) if tap in each.taps and each.owner != tap]
    left = False
    for domain, shared in _by_domain(lost).items():
        owners = listed(sorted({each.owner or "nobody" for each in shared}))
        measures = [each.measure for each in shared]
        out(f"Also fed by others, and owned by {owners}: {', '.join(measures)} ({domain}).")
        if ask and typer.confirm(f"Shall {tap} own them from now on?", default=False):
            take(runtime, company, tap, measures)
        else:
            left = True
    if left:
        out(f"To let it own some of them: kpitaps own {tap} <measure> …, or all")


def _by_domain(shared: list[Overlap]) -> dict[str, list[Overlap]]:
    from kpitaps.measures import DOMAINS  # noqa: PLC0415

    found = {domain: [each for each in shared if each.measure in keys] for domain, keys in DOMAINS.items()}
    return {domain: those for domain, those in found.items() if those}


def _show(company: Company, shared: list[Overlap]) -> None:
    if not shared:
        out(f"{company.name}: no measure is fed by more than one tap.")
        return
    from rich.table import Table  # noqa: PLC0415

    table = Table("Measure", "Owner", "Fed by", box=None)
    for each in shared:
        table.add_row(each.measure, each.owner or "nobody: it has no value", ", ".join(each.taps))
    console().print(table)
