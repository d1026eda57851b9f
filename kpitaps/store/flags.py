"""Flags: what a source, or a check, says against some days of a measure. They are replaced with what they are about.

A stream of totals flags days: they are kept as the fewest spans of days there are, so that it does not matter in which
pieces the days were read. A stream of windows flags windows, each for itself. A check flags anew all that it flags.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from kpitaps.store import bulk
from kpitaps.store.generations import ACTIVE, lock_connection
from kpitaps.store.reading import WHOLE
from kpitaps.store.tables import connection as connection_table
from kpitaps.store.tables import flag, generation
from kpitaps.tap import StreamKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kpitaps.store.engine import Database


class LandedFlag(NamedTuple):
    """What is said against one measure from one ordinal day through another."""

    measure: str
    first: int
    last: int
    quality: str
    reason: str
    fix: str = ""


class OpenFlag(NamedTuple):
    """A flag that holds, and who says so: a stream or a check of a connection."""

    connection_id: int
    origin: str
    flag: LandedFlag


_COLUMNS = (flag.c.measure, flag.c.first_day, flag.c.last_day, flag.c.quality, flag.c.reason, flag.c.fix)
_Matter = tuple[str, str, str, str]
"""Measure, quality, reason, fix."""


def flag_days(connection: sa.Connection, generation_id: int, flags: Iterable[LandedFlag], days: range) -> None:
    """Make ``flags`` all that a generation says of ``days``, inside the transaction that lands them.

    A flag that reaches beyond the days is cut there: of the other days holds what was said when they were read.
    """
    # Neighbours too: what is said of the days may go on there.
    near = sa.and_(flag.c.first_day <= days.stop, flag.c.last_day >= days.start - 1)
    stored = _stored(connection, sa.and_(flag.c.generation_id == generation_id, near))
    spans: dict[_Matter, list[tuple[int, int]]] = defaultdict(list)
    for old in stored:
        for first, last in ((old.first, min(old.last, days.start - 1)), (max(old.first, days.stop), old.last)):
            if first <= last:
                spans[_matter(old)].append((first, last))
    for new in flags:
        first, last = max(new.first, days.start), min(new.last, days.stop - 1)
        if first <= last:
            spans[_matter(new)].append((first, last))
    wanted = {LandedFlag(matter[0], *span, *matter[1:]) for matter in spans for span in united(spans[matter])}
    _replace(connection, generation_id, stored, wanted)


def flag_windows(
    connection: sa.Connection, generation_id: int, flags: Collection[LandedFlag], windows: Collection[tuple[int, int]]
) -> None:
    """Make ``flags`` all that a generation says of ``windows`` and of those that they are of, in an open transaction.

    Of other windows holds what was said when they were asked for; but whoever mends it now does not mend those.

    Args:
        connection: The transaction that lands the windows.
        generation_id: The generation.
        flags: What is said now.
        windows: The windows that were answered, by first and last ordinal day.
    """
    asked = {*windows, *((new.first, new.last) for new in flags)}
    stored = _stored(connection, flag.c.generation_id == generation_id)
    others = {old._replace(fix="") for old in stored if (old.first, old.last) not in asked}
    _replace(connection, generation_id, stored, others | {*flags})


def mendable_flags(database: Database, generation_id: int) -> list[LandedFlag]:
    """Return what a generation says that somebody can do something about: its days may be better when read again."""
    with database.read() as connection:
        return _stored(connection, sa.and_(flag.c.generation_id == generation_id, flag.c.fix != ""))


def flag_checked(database: Database, connection_id: int, check: str, flags: Collection[LandedFlag]) -> None:
    """Make ``flags`` all that a check says.

    Raises:
        LedgerUnavailable: if the database cannot be written; nothing has changed then.
    """
    mine = sa.and_(flag.c.connection_id == connection_id, flag.c.generation_id.is_(None), flag.c.origin == check)
    with database.write() as connection:
        # Two workers that run one check must not both write what it says.
        lock_connection(connection, connection_id)
        stored = _stored(connection, mine)
        _drop(connection, mine, {*stored} - {*flags})
        _put(connection, {"connection_id": connection_id, "origin": check}, {*flags} - {*stored})


def flagging_checks(database: Database, connection_id: int) -> set[str]:
    """Return the names of a connection's checks that have something to say."""
    mine = sa.and_(flag.c.connection_id == connection_id, flag.c.generation_id.is_(None))
    with database.read() as connection:
        return set(connection.scalars(sa.select(flag.c.origin).where(mine).distinct()))


def open_flags(database: Database, connection_id: int | None = None, *, only_mendable: bool = False) -> list[OpenFlag]:
    """Return what is said against the figures' days, in order of connection, origin, measure and day.

    Ways of reading that are still loading have no say. If ``only_mendable``, what nobody can do anything about is left
    out.
    """
    with database.read() as connection:
        rows = connection.execute(
            sa.select(flag.c.connection_id, flag.c.origin, *_COLUMNS)
            .outerjoin(generation, generation.c.id == flag.c.generation_id)
            .where(sa.or_(flag.c.generation_id.is_(None), generation.c.state == ACTIVE))
            .where(sa.true() if connection_id is None else flag.c.connection_id == connection_id)
            .where(flag.c.fix != "" if only_mendable else sa.true())
            .order_by(flag.c.connection_id, flag.c.origin, flag.c.measure, flag.c.first_day, flag.c.id)
        )
        return [OpenFlag(row[0], row[1], LandedFlag(*row[2:])) for row in rows]


class FlaggedDays:
    """Flags of one measure, so sorted that those that touch some days are found without looking at the others."""

    def __init__(self, flags: Iterable[LandedFlag] = ()) -> None:
        self._flags = sorted(flags, key=lambda each: each.first)
        self._firsts = [each.first for each in self._flags]
        # The last day that any flag so far reaches: it never goes back, so it can be searched.
        self._reached = [*accumulate((each.last for each in self._flags), max)]

    @property
    def flags(self) -> tuple[LandedFlag, ...]:
        """All of them, in order of their first day."""
        return tuple(self._flags)

    def touching(self, first: int, last: int) -> list[LandedFlag]:
        """Return the flags that hold for any day from ``first`` to ``last``."""
        begin, end = bisect_left(self._reached, first), bisect_right(self._firsts, last)
        return [each for each in self._flags[begin:end] if each.last >= first]


def flags_of(connection: sa.Connection, company_id: int) -> dict[tuple[int, int | None, str], FlaggedDays]:
    """Return what is said of days of a company's figures, by connection, generation and measure.

    None as the generation stands for the connection's checks. What is said of windows is left out: there is more of it
    every day, of which few windows are shown; see `flags_of_window`.
    """
    found: dict[tuple[int, int | None, str], list[LandedFlag]] = defaultdict(list)
    is_of_days = generation.c.kind != StreamKind.WINDOWS.value
    rows = connection.execute(
        sa.select(flag.c.connection_id, flag.c.generation_id, *_COLUMNS)
        .join(connection_table, connection_table.c.id == flag.c.connection_id)
        .outerjoin(generation, generation.c.id == flag.c.generation_id)
        .where(connection_table.c.company_id == company_id)
        .where(sa.or_(flag.c.generation_id.is_(None), sa.and_(generation.c.state == ACTIVE, is_of_days)))
        .order_by(flag.c.id)
    )
    for owner, number, *said in rows:
        found[owner, number, said[0]].append(LandedFlag(*said))
    return {key: FlaggedDays(flags) for key, flags in found.items()}


def flags_of_window(
    connection: sa.Connection, generation_id: int, measure: str, days: tuple[int, int]
) -> list[LandedFlag]:
    """Return what a generation says of a measure over exactly these days."""
    here = sa.and_(flag.c.measure == measure, flag.c.first_day == days[0], flag.c.last_day == days[1])
    return _stored(connection, sa.and_(flag.c.generation_id == generation_id, here))


def _replace(connection: sa.Connection, number: int, stored: Iterable[LandedFlag], wanted: set[LandedFlag]) -> None:
    known = set(stored)
    _drop(connection, flag.c.generation_id == number, known - wanted)
    bulk.add_editions(connection, number, {(changed.measure, WHOLE) for changed in known ^ wanted})
    if new := wanted - known:
        owner = sa.select(generation.c.connection_id, generation.c.stream).where(generation.c.id == number)
        connection_id, stream = connection.execute(owner).one()
        _put(connection, {"connection_id": connection_id, "generation_id": number, "origin": stream}, new)


def _stored(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[LandedFlag]:
    return [LandedFlag(*row) for row in connection.execute(sa.select(*_COLUMNS).where(where))]


def _drop(connection: sa.Connection, where: sa.ColumnElement[bool], gone: Collection[LandedFlag]) -> None:
    if gone:
        same = sa.and_(*(column == sa.bindparam(f"old_{column.name}") for column in _COLUMNS))
        rows = [{f"old_{column.name}": value for column, value in zip(_COLUMNS, old, strict=True)} for old in gone]
        connection.execute(sa.delete(flag).where(where, same), rows)


def _put(connection: sa.Connection, origin: dict[str, int | str], new: Collection[LandedFlag]) -> None:
    if new:
        names = [column.name for column in _COLUMNS]
        connection.execute(sa.insert(flag), [origin | dict(zip(names, each, strict=True)) for each in sorted(new)])


def _matter(said: LandedFlag) -> _Matter:
    return said.measure, said.quality, said.reason, said.fix


def united(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the same days as the fewest spans, first and last days included: adjacent ones are made one."""
    fewest: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if fewest and first <= fewest[-1][1] + 1:
            fewest[-1] = fewest[-1][0], max(fewest[-1][1], last)
        else:
            fewest.append((first, last))
    return fewest
