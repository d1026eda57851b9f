"""A company's ``goals.toml``: its goals, and what is wrong with those that are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.errors import BadDefinition
from kpitaps.kpis.files import read_tables
from kpitaps.kpis.goals.table import goal_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kpitaps.kpis.catalogue import Definition
    from kpitaps.kpis.files import Table
    from kpitaps.kpis.goals.goal import Goal

FILE = "goals.toml"
KIND = "goal"
COUNTRY = "NL"
"""Whose public holidays are off where nothing says otherwise."""


@dataclass(frozen=True, slots=True)
class GoalBook:
    """The goals of one company.

    Attributes:
        goals: Those that are valid, in the order of the file.
        problems: What is wrong with the others; it does not take the valid ones down.
        wrong: The names of the others: they are not gone.
        unnamed: Names of goals that are the company's because it was there first: they name none of several.
        is_readable: Whether the file could be read at all. If not, nobody knows which goals there are.
    """

    goals: tuple[Goal, ...] = ()
    problems: tuple[BadDefinition, ...] = ()
    wrong: frozenset[str] = frozenset()
    unnamed: tuple[str, ...] = ()
    is_readable: bool = True


def read_goals(
    path: Path,
    definitions: Mapping[str, Definition],
    *,
    company: str,
    currency: str,
    companies: Sequence[str],
    country: str = COUNTRY,
) -> GoalBook:
    """Return a company's goals; none where there is no file.

    Args:
        path: The file.
        definitions: The company's KPIs, by key.
        company: The company's key.
        currency: Its currency.
        companies: The keys of all companies; a goal that names none is of the first.
        country: Whose public holidays are off where a goal does not say.
    """
    try:
        tables = read_tables(path, KIND)
    except BadDefinition as error:
        return GoalBook(problems=(error,), is_readable=False)
    goals: list[Goal] = []
    problems = []
    wrong = set()
    for table in tables:
        try:
            if _is_mine(table, company, companies):
                goals.append(_another(goal_of(table, definitions, currency, country), goals, table))
        except BadDefinition as error:
            problems.append(error)
            wrong.add(table.key)
    nameless = {table.key for table in tables if not table.values.get("company")}
    unnamed = tuple(goal.key for goal in goals if len(companies) > 1 and goal.key in nameless)
    return GoalBook(tuple(goals), tuple(problems), frozenset(wrong), unnamed)


def _another(goal: Goal, goals: list[Goal], table: Table) -> Goal:
    if goal.key in [other.key for other in goals]:
        raise BadDefinition(f"{table.place()}: there are two goals of that name; give one another name")
    return goal


def _is_mine(table: Table, company: str, companies: Sequence[str]) -> bool:
    """Return whether a table is about ``company``: one that names none is not taken away by a company that is new.

    Raises:
        BadDefinition: if it names one that does not exist.
    """
    said = table.values.get("company", "")
    if not said:
        return company in companies[:1] or not companies
    if said not in companies:
        there_are = ", ".join(sorted(companies))
        raise BadDefinition(
            f"{table.place('company')}: there is no company {said!r}; there are {there_are or 'none yet'}"
        )
    return bool(said == company)
