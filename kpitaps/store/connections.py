"""Connections: configured accounts, and what the sources say about them."""

from __future__ import annotations

import json
import secrets as random_bytes
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from kpitaps.calendar import Span, Spans, day_start, local_day
from kpitaps.errors import BadUse
from kpitaps.store.grants import Grants, forget_unused_grants
from kpitaps.store.instants import from_micros, to_micros
from kpitaps.store.listings import forget_versions
from kpitaps.store.spans import forget_spans, stored_spans
from kpitaps.store.tables import connection as table
from kpitaps.store.tables import generation, incomplete
from kpitaps.tap import StreamKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from kpitaps.http import Issued
    from kpitaps.store.engine import Database
    from kpitaps.store.secrets import Vault
    from kpitaps.tap import Account


@dataclass(frozen=True, slots=True)
class Connection:
    """A configured account of a tap.

    Attributes:
        id: Its number.
        company_id: Whose it is.
        tap: The tap's name.
        name: What people call it; unique within the company.
        account_id: The source's own id of the account.
        account_name: What its owner calls it.
        time_zone: IANA name of the zone of its days.
        currency: ISO 4217 code of its money.
        settings: Its settings as JSON values, secrets left out.
        sealed: Its secrets, encrypted.
        salt: Keys the hashes of its record ids.
        grant_key: With the tap's name, its grant; None if nobody has to consent.
        stopped_at: When it was disconnected; None while it is in use.
    """

    id: int
    company_id: int
    tap: str
    name: str
    account_id: str
    account_name: str
    time_zone: str
    currency: str
    settings: dict[str, Any]
    sealed: bytes
    salt: bytes
    grant_key: str | None = None
    stopped_at: datetime | None = None

    def values(self, vault: Vault) -> dict[str, Any]:
        """Return all settings, secrets in clear text."""
        return {**self.settings, **vault.open(self.sealed)}


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody has just consented to, to be kept with the connection.

    Attributes:
        key: Which user and client it is.
        tokens: What it was exchanged for.
    """

    key: str
    tokens: Issued


def list_connections(database: Database, company_id: int | None = None, *, stopped: bool = False) -> list[Connection]:
    """Return the connections of a company, or of all: those in use, or those that were disconnected."""
    query = sa.select(table).where(table.c.stopped_at.is_not(None) if stopped else table.c.stopped_at.is_(None))
    query = query.order_by(table.c.id)
    if company_id is not None:
        query = query.where(table.c.company_id == company_id)
    with database.read() as connection:
        return [_connection(row) for row in connection.execute(query)]


def add_connection(
    database: Database,
    vault: Vault,
    *,
    company_id: int,
    tap: str,
    name: str,
    account: Account,
    plain: Mapping[str, Any],
    secrets: Mapping[str, str],
    now: datetime,
    grant: Consent | str | None = None,
) -> Connection:
    """Store a connection whose account has answered; one that exists gets the new settings and secrets.

    Args:
        database: The ledger's database.
        vault: Encrypts the secrets.
        company_id: Whose it is.
        tap: The tap's name.
        name: What people call it.
        account: What the source said.
        plain: The settings that are no secrets.
        secrets: Those that are.
        now: When this was.
        grant: A new consent, which is kept in the same transaction, or the key of a grant that is there. A grant that
            no connection uses any more after this is forgotten.

    Raises:
        BadUse: if another connection of the company has that name.
    """
    grants = Grants(database, vault)
    values = {
        "name": name,
        "account_name": account.name,
        "time_zone": account.time_zone,
        "currency": account.currency,
        "settings": json.dumps(dict(plain), sort_keys=True),
        "secrets": vault.seal(secrets),
        "grant_key": grant.key if isinstance(grant, Consent) else grant,
        "stopped_at": None,
    }
    identity: Any = {"company_id": company_id, "tap": tap, "account_id": account.id}
    with database.write() as connection:
        _refuse_taken(connection, name, **identity)
        where = sa.and_(*(table.c[column] == value for column, value in identity.items()))
        if connection.execute(sa.select(table.c.id).where(where)).scalar() is None:
            fresh = {"salt": random_bytes.token_bytes(16), "created_at": to_micros(now)}
            connection.execute(sa.insert(table).values(values | identity | fresh))
        else:
            connection.execute(sa.update(table).where(where).values(values))
        if isinstance(grant, Consent):
            grants.keep(connection, tap, grant.key, grant.tokens)
        forget_unused_grants(connection)
        stored = _connection(connection.execute(sa.select(table).where(where)).one())
    grants.flush()
    return stored


def _refuse_taken(connection: sa.Connection, name: str, *, company_id: int, tap: str, account_id: str) -> None:
    others = sa.select(table.c.tap, table.c.account_id).where(table.c.company_id == company_id, table.c.name == name)
    other = connection.execute(others).first()
    if other is not None and tuple(other) != (tap, account_id):
        raise BadUse(f"there is a connection {name!r} already, for another account: choose another --name")


def note_account(database: Database, connection_id: int, account: Account) -> None:
    """Keep what the source says about the account now: name, zone, currency, and what it holds back.

    A gap that was found once stays where it was when the days were read: the source's horizon moves on, the days that
    were read before it passed do not get lost; those that it passed unread do. When a gap is gone or smaller (a scope
    was granted), the stream is read again.
    """
    with database.write() as connection:
        connection.execute(
            sa.update(table)
            .where(table.c.id == connection_id)
            .values(account_name=account.name, time_zone=account.time_zone, currency=account.currency)
        )
        gaps = sa.select(incomplete.c.stream, incomplete.c.before_day)
        rows = connection.execute(gaps.where(incomplete.c.connection_id == connection_id))
        known = {row[0]: row[1] for row in rows}
        found = _gaps(account)
        for stream in known.keys() - found.keys():
            _close_gap(connection, connection_id, stream)
        for stream, (before, reason, always) in found.items():
            if stream in known and known[stream] > before:
                _close_gap(connection, connection_id, stream)
            elif stream in known:
                if _was_read(connection, connection_id, stream, known[stream], before):
                    before = known[stream]  # noqa: PLW2901 - where it was
                connection.execute(sa.delete(incomplete).where(_gap(connection_id, stream)))
            row = {"connection_id": connection_id, "stream": stream, "before_day": before, "reason": reason}
            connection.execute(sa.insert(incomplete).values(row | {"always": json.dumps(sorted(always))}))


def withheld_streams(database: Database) -> set[tuple[int, str]]:
    """Return the streams, by number of the connection and name, of which the source keeps something from us."""
    with database.read() as connection:
        rows = connection.execute(sa.select(incomplete.c.connection_id, incomplete.c.stream))
        return {(number, stream) for number, stream in rows}


def _gaps(account: Account) -> dict[str, tuple[int, str, set[str]]]:
    """Return for each stream the first day that is whole, why, and the measures of which no day is."""
    found: dict[str, tuple[int, str, set[str]]] = {}
    for gap in account.incomplete:
        before = date.max if gap.before is None else local_day(gap.before, ZoneInfo(account.time_zone))
        for stream in gap.streams:
            day, reason, always = found.get(stream, (0, gap.reason, set()))
            always |= {measure.key for measure in gap.always}
            worse = before.toordinal() > day
            found[stream] = (before.toordinal() if worse else day, gap.reason if worse else reason, always)
    return found


def _close_gap(connection: sa.Connection, connection_id: int, stream: str) -> None:
    connection.execute(sa.delete(incomplete).where(_gap(connection_id, stream)))
    for row in _generations(connection, connection_id, stream):
        forget_spans(connection, row.id)
        if row.kind == StreamKind.LISTING:
            forget_versions(connection, row.id)


def _was_read(connection: sa.Connection, connection_id: int, stream: str, first: int, before: int) -> bool:
    """Return whether every generation has read the days from ``first`` up to ``before``, while they were in sight."""
    for row in _generations(connection, connection_id, stream):
        days = (day_start(date.fromordinal(ordinal), ZoneInfo(row.time_zone)) for ordinal in (first, before))
        wanted = Spans([Span(*days)]) if first < before else Spans()
        if wanted - stored_spans(connection, row.id):
            return False
    return True


def _generations(connection: sa.Connection, connection_id: int, stream: str) -> Sequence[sa.Row[Any]]:
    return connection.execute(
        sa.select(generation).where(generation.c.connection_id == connection_id, generation.c.stream == stream)
    ).all()


def _gap(connection_id: int, stream: str) -> sa.ColumnElement[bool]:
    return sa.and_(incomplete.c.connection_id == connection_id, incomplete.c.stream == stream)


def _connection(row: sa.Row[Any]) -> Connection:
    return Connection(
        id=row.id,
        company_id=row.company_id,
        tap=row.tap,
        name=row.name,
        account_id=row.account_id,
        account_name=row.account_name,
        time_zone=row.time_zone,
        currency=row.currency,
        settings=json.loads(row.settings),
        sealed=row.secrets,
        salt=row.salt,
        grant_key=row.grant_key,
        stopped_at=None if row.stopped_at is None else from_micros(row.stopped_at),
    )
