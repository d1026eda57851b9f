"""``kpitaps goals``: how the goals stand; ``add``, ``set`` and ``remove`` change goals.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kpitaps.cli.kpis import as_text
from kpitaps.cli.opening import opened
from kpitaps.cli.output import console, out, out_json
from kpitaps.errors import BadUse

if TYPE_CHECKING:
    from kpitaps.kpis import Board
    from kpitaps.kpis.goals import GoalFigure

goals = typer.Typer(
    help="Show how the goals stand, or change them.", rich_markup_mode=None, pretty_exceptions_enable=False
)

_Kpi = Annotated[str | None, typer.Option("--kpi", help="The KPI's key.")]
_Target = Annotated[str | None, typer.Option("--target", help="Such as 250_000, '15 %', '4 h', '+15 % on last year'.")]
_Period = Annotated[str | None, typer.Option("--period", help="Such as 'every month', or 'at all times'.")]
_From = Annotated[str | None, typer.Option("--from", help="The first day, where there is no period.")]
_To = Annotated[str | None, typer.Option("--to", help="The last day.")]
_Owner = Annotated[str | None, typer.Option("--owner", help="Who answers for it.")]
_Team = Annotated[str | None, typer.Option("--team", help="Whose goal it is.")]
_Set = Annotated[list[str] | None, typer.Option("--set", help="Any other key, as name=value; may be repeated.")]
_Company = Annotated[str, typer.Option("--company", help="Key of the company, where there are several.")]


@goals.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    company: Annotated[str, typer.Option("--company", help="Key of one company; by default all.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show how the goals stand, or change them.

    For each goal its value, what is expected by now, where it is going, and since when it is on track or not.
    """
    if context.invoked_subcommand is not None:
        return
    from kpitaps.app import company_board, company_boards, goal_problems  # noqa: PLC0415
    from kpitaps.store import find_company  # noqa: PLC0415

    with opened() as runtime:
        database = runtime.ledger.database
        boards = [company_board(runtime, find_company(database, company))] if company else company_boards(runtime)
        # those are logged when the file is read
        problems = goal_problems(runtime)
        where = runtime.goals.path
    if json:
        out_json([figure.as_json() for board in boards for figure in board.goals])
    elif not any(board.goals for board in boards) and not problems:
        out(f"There are no goals yet. Set one with kpitaps goals add, or write it into {where}")
    else:
        for board in boards:
            _print(board)


@goals.command()
def add(
    key: Annotated[str, typer.Argument(help="Its name: lower case letters, digits, underscores and hyphens.")],
    kpi: _Kpi = None,
    target: _Target = None,
    period: _Period = None,
    from_: _From = None,
    to: _To = None,
    owner: _Owner = None,
    team: _Team = None,
    more: _Set = None,
    company: _Company = "",
) -> None:
    """Set a goal, and write it to the end of goals.toml."""
    from kpitaps.app import named_company  # noqa: PLC0415
    from kpitaps.app.goal_file import add_goal  # noqa: PLC0415

    texts = _texts(kpi, target, period, from_, to, owner, team, more)
    with opened() as runtime:
        add_goal(runtime, named_company(runtime, company), key, texts)
        out(f"Added [goal.{key}] to {runtime.goals.path}")


@goals.command("set")
def change(
    key: Annotated[str, typer.Argument(help="Its name.")],
    kpi: _Kpi = None,
    target: _Target = None,
    period: _Period = None,
    from_: _From = None,
    to: _To = None,
    owner: _Owner = None,
    team: _Team = None,
    more: _Set = None,
    company: _Company = "",
) -> None:
    """Change a goal in goals.toml; an empty value takes the key away."""
    from kpitaps.app import named_company  # noqa: PLC0415
    from kpitaps.app.goal_file import set_goal  # noqa: PLC0415

    texts = _texts(kpi, target, period, from_, to, owner, team, more)
    if not texts:
        raise BadUse("there is nothing to change: say what, such as --target 250_000")
    with opened() as runtime:
        set_goal(runtime, named_company(runtime, company), key, texts)
        out(f"Changed [goal.{key}] in {runtime.goals.path}")


@goals.command()
def remove(key: Annotated[str, typer.Argument(help="Its name.")], company: _Company = "") -> None:
    """Take a goal out of goals.toml; how it stood on past days stays in the ledger."""
    from kpitaps.app import named_company  # noqa: PLC0415
    from kpitaps.app.goal_file import remove_goal  # noqa: PLC0415

    with opened() as runtime:
        remove_goal(runtime, named_company(runtime, company), key)
        out(f"Removed [goal.{key}] from {runtime.goals.path}")


def _texts(
    kpi: str | None,
    target: str | None,
    period: str | None,
    first: str | None,
    last: str | None,
    owner: str | None,
    team: str | None,
    more: list[str] | None,
) -> dict[str, str]:
    given = {"kpi": kpi, "target": target, "period": period, "from": first, "to": last, "owner": owner, "team": team}
    texts = {name: text for name, text in given.items() if text is not None}
    for each in more or []:
        name, sign, text = each.partition("=")
        if not sign or not name.strip():
            raise BadUse(f"--set {each!r}: write name=value, such as --set decides='where to advertise'")
        texts[name.strip()] = text.strip()
    return texts


def _print(board: Board) -> None:
    from rich.table import Table  # noqa: PLC0415

    if not board.goals:
        return
    table = Table(title=f"{board.company.name}: goals", title_justify="left", box=None)
    for column in ("Goal", "Until", "Value", "Expected", "Target", "Attained", "Projected", "Status", "Owner"):
        table.add_column(column, justify="left" if column in ("Goal", "Until", "Status", "Owner") else "right")
    names = {kpi.key: kpi.en.name for kpi in board.kpis}
    for goal in board.goals:
        table.add_row(*_row(goal, names.get(goal.kpi, goal.kpi)))
    console().print(table)


def _row(goal: GoalFigure, kpi: str) -> tuple[str, ...]:
    value, expected, target, projection = (
        as_text(goal.unit_name, goal.number(number))
        for number in (goal.value, goal.expected, goal.target, goal.projection)
    )
    return (
        f"{goal.name_en or kpi} ({goal.goal})",
        f"{goal.period.last}",
        value,
        expected,
        target,
        "–" if goal.attainment is None else f"{float(goal.attainment):.0%}",
        projection,
        f"{goal.status.replace('_', ' ')} since {goal.since}",
        goal.owner or "nobody",
    )
