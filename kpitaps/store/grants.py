"""Grants in the ledger: who may renew one, and how an exchange that ended, early or late, changes it.

The fence decides whose outcome counts; what is done with a *token* that comes with a stale fence is another matter,
because a rotated refresh token may be the only one of its chain that is worth anything:

- The row still has the refresh token it was exchanged for, and nobody is using that now (the grant is broken, or waits
  for the second try): the late token is its successor, and takes its place.
- Somebody is exchanging that same token at this moment: the late one is put beside it, as a *spare*. If the source
  refuses the present token, or no answer comes, the spare takes its place before anything becomes a repair.
- The chain has moved on: the late token is older than what is there, or a sibling of it. It is kept as a spare too: it
  is tried once if the present one is refused, and replaced by the next late one.
- Somebody has consented anew since: what was issued under the earlier consent is nobody's business any more.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from kpitaps.errors import NeedsAuth
from kpitaps.http import Grant, Issued, Lease, PutOff, Refused, Token
from kpitaps.store.tables import connection as users_table
from kpitaps.store.tables import oauth_grant as table

if TYPE_CHECKING:
    from collections.abc import Callable

    from kpitaps.http import Outcome
    from kpitaps.store.engine import Database
    from kpitaps.store.secrets import Vault

_MICROS = 1_000_000
_HOUR = 3600 * _MICROS
_DAY = 24 * _HOUR
_FREE = {"owner": "", "lease_until": 0}
_KNOWN = {"intent_at": None, "intent_fence": None}
_SOUND = {**_KNOWN, "doubts": 0, "retry_at": 0, "message": ""}

Changes = dict[str, Any]


class Grants:
    """A `kpitaps.http.GrantStore` in the ledger.

    Instants are those of the PostgreSQL server, so that workers whose clocks differ agree about leases; with SQLite
    all processes are on one machine, and its clock is taken.

    Args:
        database: The ledger's database.
        vault: Encrypts the tokens.
        clock: Seconds since the epoch, in place of both.
    """

    def __init__(self, database: Database, vault: Vault, *, clock: Callable[[], float] | None = None) -> None:
        self._database = database
        self._vault = vault
        self._clock = time.time if clock is None and database.is_sqlite else clock

    def find(self, tap: str, key: str) -> Grant | None:
        """Return a grant, if there is one."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(table).where(table.c.tap == tap, table.c.key == key)).one_or_none()
            return None if row is None else self._grant(row, self._now(connection))

    def consent(self, tap: str, key: str, tokens: Issued) -> Grant:
        """Keep the tokens of a new consent: the chain before it ends, and with it whatever was wrong."""
        with self._database.write() as connection:
            grant = self.keep(connection, tap, key, tokens)
        self.flush()
        return grant

    def keep(self, connection: sa.Connection, tap: str, key: str, tokens: Issued) -> Grant:
        """Do what `consent` does, within a transaction that somebody else commits, who must then `flush`."""
        mine = sa.and_(table.c.tap == tap, table.c.key == key)
        row = connection.execute(sa.select(table).where(mine).with_for_update()).one_or_none()
        now = self._now(connection)
        fresh = self._issued(tokens, now, 0.0) | _FREE | {"spare": None, "state": "ok", "since": now, "refused": 0}
        if row is None:
            counters = dict.fromkeys(("calls_day", "calls", "failed_at", "errors"), 0)
            values = {"tap": tap, "key": key, "refresh": None, "revision": 1, "chain": 1, "fence": 1}
            connection.execute(sa.insert(table).values(values | counters | fresh))
        else:
            replaced = {"refresh": None, "chain": row.chain + 1, "fence": row.fence + 1}
            self._change(connection, row, replaced | fresh)
        return self._grant(connection.execute(sa.select(table).where(mine)).one(), now)

    def begin(self, grant: Grant, owner: str, *, seconds: float) -> Lease | None:
        """Take the lease and note the intent to renew, at once; None if the grant is not as it was when read."""
        with self._database.write() as connection:
            row = self._locked(connection, grant.id)
            now = self._now(connection)
            if row is None or row.revision != grant.revision or row.lease_until > now or row.refresh is None:
                return None
            if row.intent_at is not None and row.spare is not None:
                self._change(connection, row, self._promoted(row, now))
                return None
            today = now // _DAY
            intent = {
                "fence": row.fence + 1,
                "owner": owner,
                "lease_until": now + _micros(seconds),
                "intent_at": now,
                "intent_fence": row.fence + 1,
                "doubts": row.doubts + (row.intent_at is not None),
                "calls_day": today,
                "calls": 1 + (row.calls if row.calls_day == today else 0),
            }
            self._change(connection, row, intent)
            lease = Lease(row.id, row.fence + 1, row.chain, self._open(row.refresh)["token"])
        self.flush()
        return lease

    def settle(self, lease: Lease, outcome: Outcome, *, elapsed: float) -> Grant:
        """Note how an exchange ended that began ``elapsed`` seconds ago, and return the grant as it is now.

        Raises:
            NeedsAuth: if the grant has been removed meanwhile.
        """
        with self._database.write() as connection:
            row = self._locked(connection, lease.grant_id)
            if row is None:
                raise NeedsAuth("the grant was removed while it was being renewed: authorise again")
            now = self._now(connection)
            if row.chain == lease.chain:
                judge = self._changes if row.fence == lease.fence else self._late_changes
                row = self._change(connection, row, judge(row, lease, outcome, now, elapsed))
            grant = self._grant(row, now)
        self.flush()
        return grant

    def refuse(self, grant: Grant, access: str) -> None:
        """Note that the source refused this access token; nothing happens if there is another one by now."""
        with self._database.write() as connection:
            row = self._locked(connection, grant.id)
            if row is not None and row.access is not None and self._open(row.access)["token"] == access:
                self._change(connection, row, {"access": None, "refused": row.refused + 1})

    def flush(self) -> None:
        """Put what was committed on the disk: SQLite in WAL mode does so only now and then (``synchronous=NORMAL``).

        A power cut may cost the ledger its last transactions, which are read again; a rotated token would be gone.
        """
        if self._database.is_sqlite and (path := self._database.engine.url.database):
            try:
                log = os.open(f"{path}-wal", os.O_RDONLY)
            except FileNotFoundError:
                return  # another process closed the ledger last, and has written all of it
            try:
                os.fsync(log)
            finally:
                os.close(log)

    def _changes(self, row: sa.Row[Any], lease: Lease, outcome: Outcome, now: int, elapsed: float) -> Changes:
        """Return what an outcome in time does to the row."""
        del lease
        if isinstance(outcome, Issued):
            return _FREE | self._issued(outcome, now, elapsed) | self._restored(row, now)
        if isinstance(outcome, PutOff):
            told = {"retry_at": now + _micros(outcome.after), "message": str(outcome.error)}
            counted = _failure(row, now) if outcome.counted else {}
            rotated = {"refresh": self._seal(outcome.refresh), "doubts": 0} if outcome.refresh else {}
            return _FREE | _KNOWN | told | counted | rotated
        counted = _failure(row, now) if isinstance(outcome, Refused) else {}
        if row.spare is not None:
            return counted | self._promoted(row, now)
        if isinstance(outcome, Refused):
            ended = {"state": "broken", "since": now, "message": outcome.message}
            return _FREE | _KNOWN | counted | ended
        return _FREE | {"message": outcome.message}  # the intent stays: that is the doubt

    def _late_changes(self, row: sa.Row[Any], lease: Lease, outcome: Outcome, now: int, elapsed: float) -> Changes:
        """Return what an outcome with a stale fence does to the row: a token is kept, all else is refused."""
        refresh = None if not isinstance(outcome, Issued | PutOff) else outcome.refresh
        present = None if row.refresh is None else self._open(row.refresh)["token"]
        if refresh is None or refresh == present:
            return {}
        tokens = outcome if isinstance(outcome, Issued) else Issued("", refresh=refresh)
        if present == lease.refresh and row.lease_until <= now:
            # Nobody may answer for the token that is replaced here: hence a new fence.
            replaced = self._issued(tokens, now, elapsed) | self._restored(row, now)
            return _FREE | replaced | {"fence": row.fence + 1}
        late = self._issued(tokens, now, elapsed)
        kept = {"access": tokens.access, "refresh": refresh}
        instants = {name: str(late[name]) for name in ("obtained_at", "expires_at") if late[name] is not None}
        return {"spare": self._vault.seal(kept | instants)}

    def _issued(self, tokens: Issued, now: int, elapsed: float) -> Changes:
        """Return the columns of new tokens. Age counts from the answer, life from the question: both safe."""
        life = None if tokens.life is None else now + _micros(tokens.life - elapsed)
        access = self._seal(tokens.access) if tokens.access else None
        found = {"access": access, "obtained_at": now, "expires_at": life}
        return _SOUND | found | ({"refresh": self._seal(tokens.refresh)} if tokens.refresh else {})

    def _promoted(self, row: sa.Row[Any], now: int) -> Changes:
        """Return the columns that put the spare tokens in the place of the present ones."""
        spare = self._open(row.spare)
        expires = spare.get("expires_at")
        return (
            _FREE
            | _SOUND
            | self._restored(row, now)
            | {
                "refresh": self._seal(spare["refresh"]),
                "access": self._seal(spare["access"]) if spare["access"] else None,
                "obtained_at": int(spare["obtained_at"]),
                "expires_at": None if expires is None else int(expires),
                "spare": None,
            }
        )

    def _restored(self, row: sa.Row[Any], now: int) -> Changes:
        # A token that lived to its natural end shows that the source takes them.
        refused = {} if row.access is None else {"refused": 0}
        return refused | ({} if row.state == "ok" else {"state": "ok", "since": now})

    def _locked(self, connection: sa.Connection, grant_id: int) -> sa.Row[Any] | None:
        return connection.execute(sa.select(table).where(table.c.id == grant_id).with_for_update()).one_or_none()

    def _change(self, connection: sa.Connection, row: sa.Row[Any], changes: Changes) -> sa.Row[Any]:
        if changes:
            values = changes | {"revision": row.revision + 1}
            connection.execute(sa.update(table).where(table.c.id == row.id).values(values))
        return connection.execute(sa.select(table).where(table.c.id == row.id)).one()

    def _grant(self, row: sa.Row[Any], now: int) -> Grant:
        held, quiet = max(row.lease_until - now, 0), now - row.failed_at >= _HOUR
        return Grant(
            id=row.id,
            tap=row.tap,
            key=row.key,
            now=now / _MICROS,
            access=None if row.access is None else self._token(row),
            obtained_at=row.obtained_at / _MICROS,
            renewable=row.refresh is not None,
            state=row.state,
            since=row.since / _MICROS,
            message=row.message,
            revision=row.revision,
            held_for=held / _MICROS,
            doubts=row.doubts + (row.intent_at is not None and not held),
            tried_at=None if row.intent_at is None else row.intent_at / _MICROS,
            retry_at=row.retry_at / _MICROS,
            calls=row.calls if row.calls_day == now // _DAY else 0,
            errors=0 if quiet else row.errors,
            failed_at=row.failed_at / _MICROS,
            refused=row.refused,
        )

    def _token(self, row: sa.Row[Any]) -> Token:
        value = self._open(row.access)["token"]
        if row.expires_at is None:
            return Token(value)
        return Token(value, row.expires_at / _MICROS, (row.expires_at - row.obtained_at) / _MICROS)

    def _seal(self, token: str) -> bytes:
        return self._vault.seal({"token": token})

    def _open(self, sealed: bytes) -> dict[str, str]:
        return self._vault.open(sealed)

    def _now(self, connection: sa.Connection) -> int:
        if self._clock is not None:
            return _micros(self._clock())
        # Not now(): that is when the transaction began, which may have waited for the row.
        micros = sa.text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        return int(connection.execute(micros).scalar_one())


def forget_unused_grants(connection: sa.Connection) -> None:
    """Remove the grants, tokens included, that no connection uses any more."""
    users = sa.select(sa.literal(1)).where(users_table.c.tap == table.c.tap, users_table.c.grant_key == table.c.key)
    connection.execute(sa.delete(table).where(~users.exists()))


def _failure(row: sa.Row[Any], now: int) -> Changes:
    recent = now - row.failed_at < _HOUR
    return {"failed_at": now, "errors": 1 + (row.errors if recent else 0)}


def _micros(seconds: float) -> int:
    return round(seconds * _MICROS)
