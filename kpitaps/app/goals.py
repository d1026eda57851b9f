"""Each company's goals: read from ``goals.toml`` when it changes, evaluated with the board, remembered day by day."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from kpitaps.calendar import DaySpan
from kpitaps.kpis.files import read_tables
from kpitaps.kpis.goals import GoalBook, GoalDay, Status, evaluate_goals, read_goals
from kpitaps.kpis.goals.book import KIND
from kpitaps.store import list_companies
from kpitaps.store.goals import GoalRow, goal_history, goal_millionths, note_definitions, put_goal_days
from kpitaps.units import MICRO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kpitaps.app.runtime import Runtime
    from kpitaps.kpis import Board, Catalogue, Memory, Rates
    from kpitaps.kpis.goals import Goal, GoalFigure
    from kpitaps.store import Company
    from kpitaps.store.goals import GoalDefinition

log = logging.getLogger(__name__)

REMEMBERED = timedelta(days=100)
"""How far back the history is read; whoever was away for longer is judged after the fact."""

_BELGIUM = "Europe/Brussels"


class GoalShelf:
    """The goals of all companies, as the file has them now; what is wrong is logged once.

    Args:
        path: The file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._books: dict[str, tuple[object, GoalBook]] = {}
        self._told: set[str] = set()

    def check(self) -> None:
        """Find out whether the file can be read at all.

        Raises:
            BadDefinition: if not: which goals there are is not known then.
        """
        read_tables(self.path, KIND)

    def of(self, company: Company, catalogue: Catalogue, companies: tuple[str, ...]) -> GoalBook:
        """Return a company's goals.

        Args:
            company: The company.
            catalogue: Its KPIs.
            companies: The keys of all companies, the first one first.
        """
        version = (_version(self.path), catalogue, company, companies)
        with self._lock:
            known = self._books.get(company.key)
            if known is not None and known[0] == version:
                return known[1]
            book = read_goals(
                self.path,
                {definition.kpi.key: definition for definition in catalogue.definitions},
                company=company.key,
                currency=company.currency,
                companies=companies,
                country="BE" if company.time_zone == _BELGIUM else "NL",
            )
            self._books[company.key] = version, book
            said = {str(problem) for problem in book.problems}
            for problem in sorted(said - self._told):
                log.warning("%s", problem)
            self._told |= said
            return book


def _version(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    # that it may be read again changes nothing else
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def goal_book(runtime: Runtime, company: Company) -> GoalBook:
    """Return a company's goals, and what is wrong with those that are none."""
    return runtime.goals.of(company, runtime.kpis.of(company).catalogue, company_keys(runtime))


def company_keys(runtime: Runtime) -> tuple[str, ...]:
    """Return the keys of all companies, the one that was there first at the front."""
    companies = sorted(list_companies(runtime.ledger.database), key=lambda each: each.id)
    return tuple(each.key for each in companies)


def goal_problems(runtime: Runtime) -> list[str]:
    """Return what is wrong with the goals of all companies, in sentences, each once."""
    companies = list_companies(runtime.ledger.database)
    found = (str(problem) for company in companies for problem in goal_book(runtime, company).problems)
    return list(dict.fromkeys(found))


def with_goals(runtime: Runtime, company: Company, board: Board, rates: Rates, memory: Memory | None = None) -> Board:
    """Return the board with how the company's goals stand, and remember that.

    What is remembered of a goal stays while its table, or the whole file, is wrong: it goes on when that is mended.

    Args:
        runtime: The process.
        company: Whose board it is.
        board: Its figures.
        rates: Exchange rates.
        memory: What the board was made of.
    """
    book, database = goal_book(runtime, company), runtime.ledger.database
    if not book.is_readable:
        return board
    goals, definitions = book.goals, {goal.key: goal.definition for goal in book.goals}
    defined = note_definitions(database, company.id, definitions, kept=book.wrong, now=board.at)
    revisions = {goal: definition.revision for goal, definition in defined.items()}
    if not goals:
        return board
    since = board.company.calendar.today(board.at) - REMEMBERED
    stored = {(row.goal, row.day): row for row in goal_history(database, company.id, since.toordinal())}
    past: dict[str, dict[date, GoalDay]] = {}
    for row in stored.values():
        if row.revision == revisions.get(row.goal):
            past.setdefault(row.goal, {})[date.fromordinal(row.day)] = _day(row)

    def history(goal: Goal) -> Mapping[date, GoalDay]:
        return past.get(goal.key, {})

    figures = evaluate_goals(
        board.company,
        goals,
        runtime.kpis.of(company).catalogue,
        runtime.ledger.reader(company.id),
        board.at,
        rates=rates,
        memory=memory,
        history=history,
    )
    new = [row for row in _rows(figures, revisions) if stored.get((row.goal, row.day)) != row]
    put_goal_days(database, company.id, new)
    return board.with_goals(_dated(figure, defined[figure.goal]) for figure in figures)


def _dated(figure: GoalFigure, definition: GoalDefinition) -> GoalFigure:
    """Return a goal that knows when it was changed; its first definition is no change."""
    return replace(figure, changed=definition.since) if definition.revision > 1 else figure


def _rows(figures: Iterable[GoalFigure], revisions: Mapping[str, int]) -> Iterable[GoalRow]:
    for figure in figures:
        for day in figure.days:
            yield GoalRow(
                goal=figure.goal,
                day=day.day.toordinal(),
                revision=revisions[figure.goal],
                first_day=day.period.first.toordinal(),
                last_day=day.period.last.toordinal(),
                target=goal_millionths(day.target),
                value=goal_millionths(day.value),
                expected=goal_millionths(day.expected),
                attainment=goal_millionths(day.attainment),
                status=day.status.value,
                since_day=day.since.toordinal(),
                judged=day.judged.value,
                judged_since=day.judged_since.toordinal(),
            )


def _day(row: GoalRow) -> GoalDay:
    return GoalDay(
        day=date.fromordinal(row.day),
        period=DaySpan(date.fromordinal(row.first_day), date.fromordinal(row.last_day)),
        target=_exact(row.target),
        value=_exact(row.value),
        expected=_exact(row.expected),
        attainment=_exact(row.attainment),
        status=Status(row.status),
        since=date.fromordinal(row.since_day),
        judged=Status(row.judged),
        judged_since=date.fromordinal(row.judged_since),
    )


def _exact(millionths: int | None) -> Fraction | None:
    return None if millionths is None else Fraction(millionths, MICRO)
