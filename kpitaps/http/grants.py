"""A grant: one OAuth consent and its chain of tokens; when it may be renewed, and who keeps it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, Protocol

from kpitaps.errors import NeedsAuth
from kpitaps.http.retry import Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpitaps.http.answers import Issued, Outcome
    from kpitaps.http.tokens import Token

HOUR = 3600.0
DAY = 86_400.0

GrantState = Literal["ok", "broken"]
"""``broken`` until somebody consents anew."""


@dataclass(frozen=True, slots=True)
class RefreshRules:
    """A source's rules for renewing access tokens, as data.

    Attributes:
        single_use: Whether a refresh token may be used once only, its successor coming with the answer.
        min_age: Seconds an access token must have lived before the source gives another one.
        life: Seconds an access token lives where the source does not say.
        refresh_life: Seconds after which an unused refresh token dies.
        calls_a_day: Token calls that the source allows per day.
        errors_an_hour: Errors within an hour at which the source blocks us; we stop one short of it.
    """

    single_use: bool = True
    min_age: float = 0.0
    life: float | None = None
    refresh_life: float | None = None
    calls_a_day: int | None = None
    errors_an_hour: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as the store has it: everything but the refresh token. Instants are seconds on the *store's* clock.

    Attributes:
        id: Its number.
        tap: The tap's name.
        key: Which user and client it is.
        now: When it was read.
        access: The access token; None if the source refused it, or it is of no use any more.
        obtained_at: When that token came.
        renewable: Whether there is a refresh token.
        state: Whether it is any good.
        since: Since when it is in that state.
        message: What went wrong last.
        revision: Raised by every change.
        held_for: Seconds for which somebody else may be renewing it; 0 if nobody is.
        doubts: Exchanges of the present refresh token whose outcome nobody knows.
        tried_at: When the last one of them began.
        retry_at: Nobody should ask the source before this instant.
        calls: Token calls of this day (UTC).
        errors: Errors since an hour last went by without one.
        failed_at: When the last error was.
        refused: Access tokens in a row that the source refused before their time.
    """

    id: int
    tap: str
    key: str
    now: float
    access: Token | None
    obtained_at: float
    renewable: bool
    state: GrantState
    since: float
    message: str
    revision: int
    held_for: float = 0.0
    doubts: int = 0
    tried_at: float | None = None
    retry_at: float = 0.0
    calls: int = 0
    errors: int = 0
    failed_at: float = 0.0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to renew a grant for a while, and the one refresh token to do it with.

    Attributes:
        grant_id: Of which grant.
        fence: Higher than that of every lease before it.
        chain: Which consent the refresh token descends from.
        refresh: The refresh token.
    """

    grant_id: int
    fence: int
    chain: int
    refresh: str = field(repr=False)


class GrantStore(Protocol):
    """Keeps grants, for any number of threads and processes. Every change is on disk when a method returns."""

    def find(self, tap: str, key: str) -> Grant | None:
        """Return a grant, if there is one."""

    def consent(self, tap: str, key: str, tokens: Issued) -> Grant:
        """Keep the tokens of a new consent: the chain before it ends, and with it whatever was wrong."""

    def begin(self, grant: Grant, owner: str, *, seconds: float) -> Lease | None:
        """Take the lease and note the intent to renew, at once; None if the grant is not as it was when read."""

    def settle(self, lease: Lease, outcome: Outcome, *, elapsed: float) -> Grant:
        """Note how an exchange ended that began ``elapsed`` seconds ago, and return the grant as it is now.

        With a fence that is not the newest an outcome changes nothing, but a refresh token that came with it is kept:
        in the place of the one it was exchanged for if that is still there and nobody is using it, else beside it,
        for when that is refused. A lease of an earlier consent is refused altogether.
        """

    def refuse(self, grant: Grant, access: str) -> None:
        """Note that the source refused this access token; nothing happens if there is another one by now."""


def hindrance(grant: Grant, rules: RefreshRules, pauses: Sequence[float]) -> Exception | None:
    """Return why ``grant`` must not be renewed now, as the error that says so, or None.

    ``pauses`` are the seconds between exchanges of one single-use token whose outcome is unknown.
    """
    if not grant.renewable:
        return NeedsAuth(f"{_name(grant)} has expired and came without a refresh token: authorise again")
    hindrances = (_too_early(grant, rules), _in_doubt(grant, rules, pauses), _put_off(grant), _spent(grant, rules))
    return next((error for error in hindrances if error), None)


def _too_early(grant: Grant, rules: RefreshRules) -> Exception | None:
    rest = grant.obtained_at + rules.min_age - grant.now
    if not rules.min_age or rest <= 0:
        return None
    if grant.refused > 1:
        return NeedsAuth(
            f"{_name(grant)}: the source refuses access tokens it has just issued: check the user's rights"
        )
    return Trouble(f"{_name(grant)}: the source gives no new token for another {math.ceil(rest)} s", after=rest)


def _in_doubt(grant: Grant, rules: RefreshRules, pauses: Sequence[float]) -> Exception | None:
    if not (rules.single_use and grant.doubts and grant.tried_at is not None):
        return None
    rest = grant.tried_at + pauses[min(grant.doubts, len(pauses)) - 1] - grant.now
    if rest <= 0:
        return None
    said = f": {grant.message}" if grant.message else ""
    when = moment(grant.tried_at)
    if grant.doubts == 1:
        return Trouble(f"{_name(grant)}: a renewal begun on {when} brought no answer{said}", after=rest)
    return NeedsAuth(
        f"{_name(grant)}: {grant.doubts} renewals brought no answer, the last one begun on {when}{said}: "
        "it is tried again from time to time; if that does not help, authorise again"
    )


def _put_off(grant: Grant) -> Exception | None:
    rest = grant.retry_at - grant.now
    return Trouble(grant.message, after=rest) if rest > 0 else None


def _spent(grant: Grant, rules: RefreshRules) -> Exception | None:
    limit = rules.errors_an_hour
    if limit is not None and grant.errors >= max(limit - 1, 1):
        rest = grant.failed_at + HOUR - grant.now
        return Trouble(f"{_name(grant)}: {grant.errors} token calls failed; the source blocks at {limit}", after=rest)
    if rules.calls_a_day is not None and grant.calls >= rules.calls_a_day:
        rest = DAY - grant.now % DAY
        return Trouble(f"{_name(grant)}: all {rules.calls_a_day} token calls of this day are used", after=rest)
    return None


def moment(instant: float) -> str:
    """Return an instant for people, to the minute."""
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%M} UTC"


def _name(grant: Grant) -> str:
    return f"the grant {grant.key} of {grant.tap}"
