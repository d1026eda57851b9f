"""Goals as the ledger remembers them: how each was defined from when on, and how it stood on which day.

Values are kept in millionths, rounded half to even: they are told, not computed with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from kpitaps.store.instants import from_micros, to_micros
from kpitaps.store.tables import company as company_table
from kpitaps.store.tables import goal_day, goal_definition
from kpitaps.units import BIGINT_MAX, MICRO

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime
    from fractions import Fraction

    from kpitaps.store.engine import Database


class GoalRow(NamedTuple):
    """How a goal stood at the end of an ordinal day; amounts in millionths, and days as ordinals."""

    goal: str
    day: int
    revision: int
    first_day: int
    last_day: int
    target: int | None
    value: int | None
    expected: int | None
    attainment: int | None
    status: str
    since_day: int
    judged: str
    judged_since: int


class GoalDefinition(NamedTuple):
    """How a goal was defined from an instant on; an empty definition says that it was taken away."""

    goal: str
    revision: int
    since: datetime
    definition: str


_COLUMNS = tuple(goal_day.c[name] for name in GoalRow._fields)


def note_definitions(
    database: Database,
    company_id: int,
    definitions: Mapping[str, str],
    *,
    now: datetime,
    kept: Collection[str] = (),
) -> dict[str, GoalDefinition]:
    """Keep how a company's goals are defined now, and return each one's present definition.

    Nothing is written where nothing changed.

    Args:
        database: The ledger's database.
        company_id: Whose goals they are.
        definitions: All of them, by key, as JSON.
        now: When that was found.
        kept: Goals that are not gone though they are not among them, such as those that cannot be read just now.
    """
    wanted = dict(definitions)
    with database.read() as connection:
        latest = _latest(connection, company_id)
    if _changed(latest, wanted, kept):
        with database.write() as connection:
            # Of two workers that find the same change one must wait for the other.
            mine = company_table.c.id == company_id
            connection.execute(sa.select(company_table.c.id).where(mine).with_for_update())
            latest = _latest(connection, company_id)
            for goal, text in _changed(latest, wanted, kept).items():
                revision = latest[goal].revision + 1 if goal in latest else 1
                row = {"company_id": company_id, "goal": goal, "revision": revision, "definition": text}
                connection.execute(sa.insert(goal_definition).values(**row, since=to_micros(now)))
                latest[goal] = GoalDefinition(goal, revision, now, text)
    return {goal: latest[goal] for goal in wanted}


def _changed(latest: Mapping[str, GoalDefinition], wanted: Mapping[str, str], kept: Collection[str]) -> dict[str, str]:
    """Return the definitions that are new; empty for goals that are gone."""
    new = {goal: text for goal, text in wanted.items() if goal not in latest or latest[goal].definition != text}
    gone = {goal: "" for goal, known in latest.items() if known.definition and goal not in {*wanted, *kept}}
    return new | gone


def _latest(connection: sa.Connection, company_id: int) -> dict[str, GoalDefinition]:
    # In order of revision: the last one of each goal stays.
    return {each.goal: each for each in _definitions(connection, company_id)}


def list_definitions(database: Database, company_id: int) -> list[GoalDefinition]:
    """Return how a company's goals were defined, the oldest definition of each first."""
    with database.read() as connection:
        return _definitions(connection, company_id)


def _definitions(connection: sa.Connection, company_id: int) -> list[GoalDefinition]:
    table = goal_definition.c
    rows = connection.execute(
        sa.select(table.goal, table.revision, table.since, table.definition)
        .where(table.company_id == company_id)
        .order_by(table.goal, table.revision)
    )
    return [GoalDefinition(row.goal, row.revision, from_micros(row.since), row.definition) for row in rows]


def goal_history(database: Database, company_id: int, first: int) -> list[GoalRow]:
    """Return how a company's goals stood on the days since the ordinal ``first``, by goal and day.

    With them come the last two days of each period: a goal that ended long ago goes on from them.
    """
    # where a goal holds at all times, each day is a period
    is_end = sa.and_(goal_day.c.first_day < goal_day.c.last_day, goal_day.c.day >= goal_day.c.last_day - 1)
    query = (
        sa.select(*_COLUMNS)
        .where(goal_day.c.company_id == company_id)
        .where(sa.or_(goal_day.c.day >= first, is_end))
        .order_by(goal_day.c.goal, goal_day.c.day)
    )
    with database.read() as connection:
        return [GoalRow(*row) for row in connection.execute(query)]


def put_goal_days(database: Database, company_id: int, rows: Iterable[GoalRow]) -> None:
    """Keep how goals stood; of a day that is known already, what is said now holds."""
    new = [{"company_id": company_id, **row._asdict()} for row in rows]
    if not new:
        return
    here = [{"old_company": company_id, "old_goal": row["goal"], "old_day": row["day"]} for row in new]
    same = sa.and_(
        goal_day.c.company_id == sa.bindparam("old_company"),
        goal_day.c.goal == sa.bindparam("old_goal"),
        goal_day.c.day == sa.bindparam("old_day"),
    )
    with database.write() as connection:
        mine = company_table.c.id == company_id
        connection.execute(sa.select(company_table.c.id).where(mine).with_for_update())
        connection.execute(sa.delete(goal_day).where(same), here)
        connection.execute(sa.insert(goal_day), new)


def goal_millionths(value: Fraction | None) -> int | None:
    """Return a goal's number as it is kept; None for one that the ledger cannot hold."""
    if value is None:
        return None
    kept = round(value * MICRO)
    return kept if abs(kept) <= BIGINT_MAX else None
