"""The token broker: of all that runs, it alone sees refresh tokens.

A single-use refresh token that is used twice, or whose successor is lost, ends in a lock-out that only a person can
mend. The rules that keep that from happening:

1. *Lazy*: a grant is renewed when a call needs a token and the one there is is not good for the next minute.
2. *One at a time*, over threads and processes: a row lease in the store, with a fence that rises each time. It outlasts
   the HTTP deadline. Neither a transaction nor a lock is held while the request is under way; whoever waits looks at
   the row and takes the token that the other one got.
3. *Intent first*: lease and intent are one committed write, before the request.
4. *Commit before use*: only a token that was read back from the store is handed out.
5. *Nothing that arrives is lost*: see `GrantStore.settle` for answers that come after the lease ran out; an answer that
   cannot be stored now is kept, and stored before anything else is done.
6. *In doubt, ask the source*: a killed process or a lost answer leaves an intent without outcome. Then the same refresh
   token is tried once more. That is safe: if the source had used it up, its successor is lost anyhow, and only the
   source can tell. If it says "used", that is the end of the chain: one repair. If that try brings no answer either,
   there is a repair already, and the token is tried again after ever longer pauses, so that a source which was down
   for an hour does not cost a consent.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kpitaps.errors import KpitapsError, LedgerUnavailable, NeedsAuth
from kpitaps.http.answers import Issued, PutOff, Refused, Unclear, outcome_of, outcome_of_trouble
from kpitaps.http.grants import hindrance, moment
from kpitaps.http.retry import Trouble
from kpitaps.http.tokens import Token
from kpitaps.http.wire import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kpitaps.http.answers import Outcome
    from kpitaps.http.grants import Grant, GrantStore, Lease, RefreshRules
    from kpitaps.http.reply import Reply

LEASE = Bounds().total + 30.0
"""Seconds a lease lasts: longer than the slowest request, its preparation included."""

PAUSES = (30.0, 900.0, 3600.0, 6 * 3600.0)
"""Seconds between exchanges of one single-use token whose outcome is unknown; the last one is repeated."""

POLLS = (0.02, 0.5)
"""Seconds between the first two looks at a row that somebody else is renewing, and between later ones."""

SAVES = (0.2, 1.0, 5.0)
"""Seconds between attempts to store an answer."""

LAST_SECONDS = 5.0
"""A token that cannot be renewed now is still used until so many seconds before its end."""


@dataclass(frozen=True, slots=True)
class _Held:
    """An access token on this process' clock, and until when there is no other."""

    token: Token
    early_until: float

    def usable(self, now: float) -> bool:
        """Return whether the token is good for the next minute, or at least good while there is no other."""
        return self.token.fresh(now) or (now < self.early_until and self.lasts(now, 0.0))

    def lasts(self, now: float, seconds: float) -> bool:
        return self.token.expires is None or self.token.expires - now > seconds


class TokenBroker:
    """Hands out the access tokens of one grant, to any number of threads and connections.

    Args:
        grants: Where grants are kept.
        tap: The tap's name.
        key: Which grant of that tap.
        lease: Seconds a renewal may take at most, its HTTP deadline included.
        pauses: Seconds between exchanges of one single-use token whose outcome is unknown.
        clock: Seconds since the epoch.
        monotonic: Seconds on a clock that never goes back.
        sleep: How to wait.
    """

    def __init__(
        self,
        grants: GrantStore,
        tap: str,
        key: str,
        *,
        lease: float = LEASE,
        pauses: Sequence[float] = PAUSES,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = f"{tap}:{key}"
        self._grants = grants
        self._tap = tap
        self._key = key
        self._lease = lease
        self._pauses = tuple(pauses)
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._held: _Held | None = None
        self._unsaved: list[tuple[Lease, Outcome, float]] = []
        self._saving = threading.Lock()

    def token(self, rules: RefreshRules, ask: Callable[[str], Reply]) -> Token:
        """Return an access token that is good for the next minute, renewing the grant where needed.

        Args:
            rules: The source's rules.
            ask: Posts a refresh token to the source and returns the answer, whatever its status.

        Raises:
            NeedsAuth: if somebody must consent, once more or for the first time.
            Trouble: if the source cannot answer now, or must not be asked; the retry policy turns it into `RetryLater`.
            LedgerUnavailable: if the store cannot be read or written; an answer that came is kept for the next call.
        """
        held = self._held
        if held and held.usable(self._clock()):
            return held.token
        began, pause = self._monotonic(), POLLS[0]
        while True:
            self._save_unsaved()
            grant = self._look()
            held = self._hold(grant, rules)
            if held and held.usable(self._clock()):
                return held.token
            if grant.held_for > 0:
                if self._monotonic() - began > 2 * self._lease:
                    raise Trouble(f"the grant {self._key} of {self._tap} is being renewed by others for too long")
                self._sleep(min(pause, grant.held_for))
                pause = min(2 * pause, POLLS[1])
                continue
            try:
                if renewed := self._renew(grant, rules, ask):
                    return renewed
            except (Trouble, NeedsAuth):
                if held and held.lasts(self._clock(), LAST_SECONDS):
                    return held.token
                raise

    def drop(self, token: Token) -> None:
        """Never use ``token`` again, here or in any other process: the source refused it."""
        held = self._held
        if held and held.token.value == token.value:
            self._held = None
        if grant := self._grants.find(self._tap, self._key):
            self._grants.refuse(grant, token.value)

    def _look(self) -> Grant:
        grant = self._grants.find(self._tap, self._key)
        if grant is None:
            raise NeedsAuth(f"{self._tap} has not been authorised as {self._key}: authorise it")
        if grant.state == "broken":
            raise NeedsAuth(grant.message)
        return grant

    def _hold(self, grant: Grant, rules: RefreshRules) -> _Held | None:
        """Return the grant's access token on this process' clock, which may differ from the store's."""
        if grant.access is None:
            self._held = None
            return None
        skew = self._clock() - grant.now
        expires = None if grant.access.expires is None else grant.access.expires + skew
        token = Token(grant.access.value, expires, grant.access.life)
        self._held = _Held(token, grant.obtained_at + rules.min_age + skew)
        return self._held

    def _renew(self, grant: Grant, rules: RefreshRules, ask: Callable[[str], Reply]) -> Token | None:
        """Exchange the refresh token if that is allowed; return None if the row must be looked at again."""
        if error := hindrance(grant, rules, self._pauses):
            raise error
        began = self._monotonic()
        lease = self._grants.begin(grant, _owner(), seconds=self._lease)
        if lease is None:
            return None
        outcome, error = self._exchange(grant, lease, rules, ask, began)
        settled = self._settle(lease, outcome, began)
        if error is not None:
            raise error
        if isinstance(outcome, Issued) and settled.access and settled.access.value == outcome.access:
            held = self._hold(settled, rules)
            return held.token if held else None
        return None

    def _exchange(
        self, grant: Grant, lease: Lease, rules: RefreshRules, ask: Callable[[str], Reply], began: float
    ) -> tuple[Outcome, Exception | None]:
        """Return how the exchange ended, and what to raise where the row does not tell."""
        if self._monotonic() - began > self._lease / 4:
            # We were asleep: the rest of the lease may be shorter than the request.
            late = Trouble(f"the grant {self._key} of {self._tap} could not be renewed in time")
            return PutOff(late), late
        try:
            outcome = outcome_of(ask(lease.refresh), rules, self._clock())
        except Trouble as trouble:
            outcome = outcome_of_trouble(trouble)
        except KpitapsError as error:
            return Unclear(str(error)), error
        if isinstance(outcome, Refused):
            return Refused(_last_words(grant, outcome, rules)), None
        if isinstance(outcome, PutOff):
            return outcome, outcome.error
        if isinstance(outcome, Unclear) and not rules.single_use:
            return PutOff(Trouble(outcome.message)), Trouble(outcome.message)
        return outcome, None

    def _settle(self, lease: Lease, outcome: Outcome, began: float) -> Grant:
        """Store how an exchange ended; what cannot be stored now is kept for the next call."""
        for pause in (*SAVES, None):
            try:
                return self._grants.settle(lease, outcome, elapsed=self._monotonic() - began)
            except LedgerUnavailable:
                if pause is None:
                    self._unsaved.append((lease, outcome, began))
                    raise
                self._sleep(pause)
        raise AssertionError  # the last attempt returns or raises

    def _save_unsaved(self) -> None:
        if not self._unsaved:
            return
        with self._saving:
            while self._unsaved:
                lease, outcome, began = self._unsaved.pop(0)
                try:
                    self._grants.settle(lease, outcome, elapsed=self._monotonic() - began)
                except LedgerUnavailable:
                    self._unsaved.append((lease, outcome, began))
                    raise


def _last_words(grant: Grant, refused: Refused, rules: RefreshRules) -> str:
    """Return the repair's message: what the source said, when, why it may be, and what to do."""
    why = ""
    if grant.doubts and grant.tried_at is not None:
        why = f"; a renewal begun on {moment(grant.tried_at)} was cut off, and its answer with the next token is lost"
    elif rules.refresh_life and grant.now - grant.obtained_at > rules.refresh_life:
        why = f"; it was not used since {moment(grant.obtained_at)}"
    return f"{refused.message} on {moment(grant.now)}{why}: authorise again"


def _owner() -> str:
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"
