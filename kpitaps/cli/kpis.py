"""``kpitaps kpis``: the figures, as a table or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from kpitaps.cli.opening import opened
from kpitaps.cli.output import console, out, out_json
from kpitaps.errors import BadDefinition, BadUse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.kpis import Board, Figure

_TIMES = ((96 * 3600, 86_400, "d"), (2 * 3600, 3600, "h"), (120, 60, "min"), (0, 1, "s"))
"""From how many seconds on, which unit of how many seconds says most to people."""

_MANIFOLD = 10
"""A ratio from which on "12.3 ×" says more to people than a percentage."""


def kpis(
    window: Annotated[str, typer.Option(help="The window that the table shows.")] = "mtd",
    company: Annotated[str, typer.Option(help="Key of one company; by default all.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print all figures, of all windows, as JSON.")] = False,
    validate: Annotated[bool, typer.Option("--validate", help="Only say whether kpis.toml is valid.")] = False,
) -> None:
    """Show the figures.

    For each KPI its value, the previous window, the change, the same window a year before, and the quality.
    """
    from kpitaps.app import company_board, company_boards  # noqa: PLC0415
    from kpitaps.calendar import WINDOWS  # noqa: PLC0415
    from kpitaps.store import find_company  # noqa: PLC0415

    if window not in WINDOWS:
        raise BadUse(f"there is no window {window!r}: there are {', '.join(WINDOWS)}")
    if validate:
        _validate(company)
        return
    with opened() as runtime:
        database = runtime.ledger.database
        boards = [company_board(runtime, find_company(database, company))] if company else company_boards(runtime)
    if json:
        out_json(boards_json(boards))
        return
    if not boards:
        out("Nothing is connected yet. Connect an account with: kpitaps add <tap>")
    for board in boards:
        print_board(board, window)


def _validate(company: str) -> None:
    """Say of each KPI of a company's own what it is, or what is wrong with it."""
    from kpitaps.app import kpi_problems, named_company, unfed_kpis  # noqa: PLC0415
    from kpitaps.store import list_companies  # noqa: PLC0415

    with opened() as runtime:
        companies = list_companies(runtime.ledger.database)
        for each in [named_company(runtime, company)] if company else companies:
            own, unfed = runtime.kpis.of(each), dict(unfed_kpis(runtime, each))
            for kpi in own.catalogue.kpis:
                if kpi.key in own.own:
                    waits = f"; no figures yet: nothing feeds {', '.join(unfed[kpi.key])}" if kpi.key in unfed else ""
                    out(f"{each.key}: {kpi.key} = {' '.join(kpi.formula.split())} ({kpi.unit}){waits}")
        problems = kpi_problems(runtime)
        if not problems:
            out(f"{runtime.kpis.path} is valid." if runtime.kpis.path.exists() else f"There is no {runtime.kpis.path}.")
    for problem in problems:
        out(f"problem: {problem}" if problem.endswith("?") else f"problem: {problem}.")
    if problems:
        raise typer.Exit(BadDefinition.exit_code)


def boards_json(boards: Sequence[Board]) -> list[dict[str, Any]]:
    """Return all figures of all boards; other programs rely on exactly these keys."""
    return [row for board in boards for row in board.as_json()]


def print_board(board: Board, window: str) -> None:
    """Print one company's figures in one window."""
    from rich.table import Table  # noqa: PLC0415

    known = {kpi.key: kpi for kpi in board.kpis}
    table = Table(title=f"{board.company.name}: {window}", title_justify="left", box=None)
    for column in ("KPI", "Value", "Previous", "Change", "Last year", "Quality"):
        table.add_column(column, justify="left" if column in ("KPI", "Quality") else "right")
    shown = [figure for figure in board.figures if figure.window == window]
    for before, figure in zip((None, *shown), shown, strict=False):
        kpi = known[figure.kpi]
        if before is None or known[before.kpi].domain != kpi.domain:
            table.add_row()
            table.add_row(kpi.domain.upper())
        if figure.labels and (before is None or before.kpi != figure.kpi):
            table.add_row(kpi.en.name)
        table.add_row(*_row(figure, kpi.en.name))
    console().print(table)


def _row(figure: Figure, name: str) -> tuple[str, ...]:
    label = "".join(f" · {value}" for _, value in figure.labels)
    return (
        f"  {label[3:]}" if label else name,
        as_text(figure.unit_name, figure.number(figure.value)),
        as_text(figure.unit_name, figure.number(figure.previous)),
        _change(figure),
        as_text(figure.unit_name, figure.number(figure.last_year)),
        f"{figure.quality}{', open' if figure.is_open else ''}",
    )


def _change(figure: Figure) -> str:
    """Return the growth since the previous window; of a share, the percentage points between the two."""
    if figure.unit_name == "ratio":
        if figure.value is None or figure.previous is None:
            return ""
        if abs(figure.value) < _MANIFOLD:
            return f"{float(figure.value - figure.previous) * 100:+.1f} pp"
    return "" if figure.change is None else f"{float(figure.change):+.1%}"


def as_text(unit: str, value: float | None) -> str:
    """Return a value as the table shows it; a dash where there is none."""
    if value is None:
        return "–"
    match unit:
        case "ratio":
            return f"{value:.1%}" if abs(value) < _MANIFOLD else f"{value:,.1f} ×"
        case "count" | "score":
            return f"{value:,.0f}"
        case "seconds" if not value:
            return "0"  # nothing is nothing in hours, too
        case "seconds":
            size, unit = next((size, unit) for least, size, unit in _TIMES if abs(value) >= least)
            return f"{value / size:,.1f} {unit}"
        case currency:
            return f"{value:,.2f} {currency}"
