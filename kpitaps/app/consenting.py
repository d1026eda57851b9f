"""Whose account it is, where a person must consent first: an earlier consent is used where it opens the account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from kpitaps.app.runtime import as_texts
from kpitaps.errors import BadSettings, KpitapsError, LedgerUnavailable, NeedsAuth
from kpitaps.http import AuthorizationCode, ask_consent, redeem, routed
from kpitaps.store import Consent, list_connections, open_repairs
from kpitaps.sync import ask_account
from kpitaps.tap import Context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kpitaps.app.runtime import Runtime
    from kpitaps.http import BoundAuth
    from kpitaps.store import Connection
    from kpitaps.tap import Account, Settings, Tap

Asking = Callable[[str], str]
"""Sends somebody's browser to an address of the source, and returns the address that it was sent back to."""

REDIRECT = "http://127.0.0.1:9471/callback"
"""Where browsers are sent back to if nobody listens there: the person hands the address over."""


@dataclass(frozen=True, slots=True)
class Authorising:
    """An account that is to be connected.

    Attributes:
        runtime: The process.
        tap: Its tap.
        settings: Its settings, secrets included.
        company_id: Whose it will be; None for a company that is not there yet.
        name: What its connection is called; empty if nobody has said.
    """

    runtime: Runtime
    tap: Tap
    settings: Settings
    company_id: int | None
    name: str

    def account(self, asking: Asking | None, redirect: str) -> tuple[Account, Consent | str | None]:
        """Return the account, and what opens it: a new consent, the key of an earlier one, or None for other kinds.

        Raises:
            NeedsAuth: if the source refuses, the person declines, or nobody can be asked.
            BadSettings, RetryLater, TapBug: what the settings or the source say.
        """
        terms = self.runtime.auth(self.tap, self.settings)
        if not isinstance(terms, AuthorizationCode):
            return self._ask(), None
        return self._opened(terms) or self._consented(terms, asking, redirect)

    def _opened(self, terms: AuthorizationCode) -> tuple[Account, str] | None:
        """Return the account that an earlier consent opens, if it is the one that is meant."""
        known = {each.account_id: each for each in self._siblings}
        for key in self._usable(terms):
            try:
                account = self._ask(grant=key)
            except (NeedsAuth, BadSettings, LedgerUnavailable):  # the last: tokens encrypted with another key
                continue
            same = known.get(account.id)
            if (same is None and not self._named) or (same and same == self._named):
                return account, key
        return None

    def _usable(self, terms: AuthorizationCode) -> Iterator[str]:
        client = terms.client_key(as_texts(self.settings))
        repairs = open_repairs(self.runtime.ledger.database)
        refused = {repair.connection_id for repair in repairs if repair.code.startswith("needs_auth:")}
        meant = [self._named] if self._named else self._siblings
        keys = {each.grant_key: None for each in meant if each.grant_key and each.id not in refused}
        yield from (key for key in keys if key.endswith(f"@{client}"))

    def _consented(self, terms: AuthorizationCode, asking: Asking | None, redirect: str) -> tuple[Account, Consent]:
        if asking is None:
            raise NeedsAuth(f"somebody must consent that kpitaps reads {self.tap.title}: kpitaps add {self.tap.name}")
        values = as_texts(self.settings)
        asked = ask_consent(terms, values, redirect)
        code = asked.code(asking(routed(asked.url, self.runtime.environment.routes)))
        try:
            with self.runtime.http(self.tap, self.settings, key="", auth=terms.bind(values)) as http:
                tokens = redeem(http, terms, values, asked, code)
        except KpitapsError as error:
            raise self.runtime.scrubber.scrubbed(error) from None
        account = self._ask(auth=terms.bind_issued(values, tokens))
        return account, Consent(self._key(terms, account), tokens)

    def _key(self, terms: AuthorizationCode, account: Account) -> str:
        """Return the key of a grant: the same for the same client and user, or account where users are not told."""
        client = terms.client_key(as_texts(self.settings))
        same = next((each for each in self._siblings if each.account_id == account.id), None)
        if same and not account.user and same.grant_key and same.grant_key.endswith(f"@{client}"):
            return same.grant_key
        who = f"user {account.user}" if account.user else account.id
        return f"{sha256(who.encode()).hexdigest()[:16]}@{client}"

    def _ask(self, *, grant: str | None = None, auth: BoundAuth | None = None) -> Account:
        key = f"connect:{self.tap.name}"
        with self.runtime.http(self.tap, self.settings, key=key, grant=grant, auth=auth) as http:
            return ask_account(self.tap, Context(http, self.settings, self.runtime.now()))

    @property
    def _siblings(self) -> list[Connection]:
        if self.company_id is None:
            return []
        all_of_them = list_connections(self.runtime.ledger.database, self.company_id)
        return [each for each in all_of_them if each.tap == self.tap.name]

    @property
    def _named(self) -> Connection | None:
        return next((each for each in self._siblings if each.name == self.name), None)
