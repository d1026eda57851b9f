"""Digests that were sent, or about to be: one row per company, digest, channel and period.

A row is written before a digest leaves and again when it is known how that went. One that was about to leave and of
which nothing more is known is never sent again by itself: it may have arrived.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from kpitaps.calendar import DaySpan
from kpitaps.store.generations import ACTIVE
from kpitaps.store.instants import from_micros, to_micros
from kpitaps.store.tables import company, digest_sending, generation, measurement, series
from kpitaps.store.tables import connection as connection_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpitaps.store.engine import Database

LEAVING = "leaving"
SENT = "sent"
FAILED = "failed"
UNKNOWN = "unknown"

MOST_TRIES = 8
_FIRST_WAIT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: one digest of one period through one channel.

    Attributes:
        company_id: Of which company.
        digest: The digest's key.
        channel: ``mail`` or ``webhook``.
        span: The days that it is about.
    """

    company_id: int
    digest: str
    channel: str
    span: DaySpan


@dataclass(frozen=True, slots=True)
class Sending:
    """How sending a letter went.

    Attributes:
        letter: What was sent.
        state: ``leaving`` (nothing more is known), ``sent``, ``failed`` or ``unknown`` (it may have arrived).
        tries: How often it has failed.
        at: When that was.
        message: What went wrong.
        told: The exact values that were told, by KPI: fractions as text.
    """

    letter: Letter
    state: str
    tries: int
    at: datetime
    message: str = ""
    told: Mapping[str, str] = field(default_factory=dict)

    def may_leave(self, now: datetime) -> bool:
        """Return whether it is time to try once more: after a failure, each time twice as long as before."""
        if self.state != FAILED or self.tries >= MOST_TRIES:
            return False
        doubled: int = 2 ** max(0, self.tries - 1)
        return now >= self.at + _FIRST_WAIT * doubled


def find_sending(database: Database, letter: Letter) -> Sending | None:
    """Return how sending a letter went; None if nobody has tried."""
    with database.read() as connection:
        return _find(connection, letter)


def list_sendings(database: Database, company_id: int) -> list[Sending]:
    """Return all of a company's, the newest first."""
    mine = sa.select(digest_sending).where(digest_sending.c.company_id == company_id)
    with database.read() as connection:
        return [_sending(row) for row in connection.execute(mine.order_by(digest_sending.c.at.desc()))]


def claim_sending(database: Database, letter: Letter, now: datetime, *, again: bool = False) -> bool:
    """Write down that the letter is about to leave, and return whether it may: of two processes, one is told so.

    Args:
        database: The ledger's.
        letter: What is about to be sent.
        now: The present instant.
        again: Send it even if it was sent, or may have been.
    """
    with database.write() as connection:
        _lock(connection, letter)
        known = _find(connection, letter)
        if known is not None and not again and not known.may_leave(now):
            return False
        tries = known.tries if known and known.state == FAILED else 0
        _put(connection, Sending(letter, LEAVING, tries, now, told=known.told if known else {}), known)
        return True


def conclude_sending(
    database: Database,
    letter: Letter,
    state: str,
    now: datetime,
    message: str = "",
    told: Mapping[str, str] | None = None,
) -> None:
    """Write down how sending a letter went."""
    with database.write() as connection:
        _lock(connection, letter)
        known = _find(connection, letter)
        tries = (known.tries if known else 0) + (state == FAILED)
        before = known.told if known else {}
        _put(connection, Sending(letter, state, tries, now, message, before if told is None else told), known)


def restated_days(database: Database, company_id: int, since: datetime, before: date) -> dict[str, tuple[int, DaySpan]]:
    """Return which closed days were changed since an instant, after they had been read: number and span by measure.

    Args:
        database: The ledger's.
        company_id: Of which company.
        since: Changes that were observed after this instant.
        before: Only days before this one.
    """
    day = measurement.c.day
    found = (
        sa.select(series.c.measure, sa.func.count(day.distinct()), sa.func.min(day), sa.func.max(day))
        .join(series, series.c.id == measurement.c.series_id)
        .join(generation, generation.c.id == series.c.generation_id)
        .join(connection_table, connection_table.c.id == generation.c.connection_id)
        .where(connection_table.c.company_id == company_id, generation.c.state == ACTIVE)
        .where(measurement.c.revision > 0, measurement.c.observed_at > to_micros(since), day < before.toordinal())
        .group_by(series.c.measure)
        .order_by(series.c.measure)
    )
    with database.read() as connection:
        return {
            measure: (number, DaySpan(date.fromordinal(first), date.fromordinal(last)))
            for measure, number, first, last in connection.execute(found)
        }


def _lock(connection: sa.Connection, letter: Letter) -> None:
    connection.execute(sa.select(company.c.id).where(company.c.id == letter.company_id).with_for_update())


def _key(letter: Letter) -> dict[str, Any]:
    first, last = letter.span.first.toordinal(), letter.span.last.toordinal()
    return {
        "company_id": letter.company_id,
        "digest": letter.digest,
        "channel": letter.channel,
        "first_day": first,
        "last_day": last,
    }


def _mine(letter: Letter) -> sa.ColumnElement[bool]:
    return sa.and_(*(digest_sending.c[name] == value for name, value in _key(letter).items()))


def _find(connection: sa.Connection, letter: Letter) -> Sending | None:
    row = connection.execute(sa.select(digest_sending).where(_mine(letter))).one_or_none()
    return None if row is None else _sending(row)


def _put(connection: sa.Connection, sending: Sending, known: Sending | None) -> None:
    told = json.dumps(dict(sending.told))
    at = to_micros(sending.at)
    values = {"state": sending.state, "tries": sending.tries, "at": at, "message": sending.message, "told": told}
    if known is None:
        connection.execute(sa.insert(digest_sending).values(**_key(sending.letter), **values))
    else:
        connection.execute(sa.update(digest_sending).where(_mine(sending.letter)).values(values))


def _sending(row: sa.Row[Any]) -> Sending:
    span = DaySpan(date.fromordinal(row.first_day), date.fromordinal(row.last_day))
    letter = Letter(row.company_id, row.digest, row.channel, span)
    return Sending(letter, row.state, row.tries, from_micros(row.at), row.message, json.loads(row.told))
