"""Connecting an account: its settings are tried before anything is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpitaps.app.companies import checked_key
from kpitaps.app.consenting import REDIRECT, Authorising
from kpitaps.app.owning import chosen, settle
from kpitaps.errors import BadUse, LedgerUnavailable
from kpitaps.store import (
    Company,
    Connection,
    Run,
    add_connection,
    latest_runs,
    list_companies,
    list_connections,
    log_run,
    note_account,
    put_company,
    set_repairs,
)
from kpitaps.tap.stream import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Collection

    from kpitaps.app.consenting import Asking
    from kpitaps.app.runtime import Runtime
    from kpitaps.tap import Account, Tap

FIRST_COMPANY = "main"
"""Key of the company that the first connection belongs to, unless another is named."""


def connect(
    runtime: Runtime,
    tap_name: str,
    values: dict[str, Any],
    *,
    company: Company | str = "",
    name: str = "",
    owns: Collection[str] = (),
    consent: Asking | None = None,
    redirect: str = REDIRECT,
) -> Connection:
    """Connect an account: check the settings, ask the source whose account it is, store the connection.

    Where somebody must consent, an earlier consent is used that opens the account: another account of the same user, or
    the connection called ``name`` unless its source refuses us. Otherwise ``consent`` is asked.

    Args:
        runtime: The process.
        tap_name: Which tap.
        values: The settings, secrets in clear text.
        company: A company to create or bring up to date, or the key of one that exists. By default the only one
            there is; where there is none, one named after the account, with its currency and zone.
        name: What the connection is called; by default what it was called before, at first the account's name,
            with the tap's where that is taken.
        owns: Measures that the tap shall own where another feeds them too, ``all`` for all of those; of the others the
            tap that was connected first stays the owner.
        consent: Sends somebody's browser to an address, and returns the address that it was sent back to. Without it,
            what needs a new consent is refused.
        redirect: The address that the source sends browsers back to; most want it to be known to the app.

    Raises:
        BadUse: if the tap or the company does not exist, the name is taken, or the tap does not feed what it shall own.
        BadSettings, NeedsAuth, RetryLater, TapBug: what the settings or the source say; nothing is stored then.
    """
    tap = runtime.plugins.tap(tap_name)
    chosen(tap, owns, ())
    settings = runtime.settings(tap, values)
    wanted = company if isinstance(company, Company) else _known_company(runtime, company)
    authorising = Authorising(runtime, tap, settings, wanted.id if wanted else None, name)
    account, grant = authorising.account(consent, redirect)
    if wanted is None or wanted is company:
        wanted = put_company(runtime.ledger.database, wanted or _new_company(str(company), account))
    connection = add_connection(
        runtime.ledger.database,
        runtime.ledger.vault,
        company_id=wanted.id,
        tap=tap.name,
        name=name or _called(runtime, wanted, tap, account),
        account=account,
        plain=settings.plain(),
        secrets=settings.secrets(),
        now=runtime.now(),
        grant=grant,
    )
    _authorised(runtime, connection)
    note_account(runtime.ledger.database, connection.id, account)
    settle(runtime, wanted, tap, owns)
    return connection


def known_settings(runtime: Runtime, tap_name: str, name: str, *, company: str = "") -> dict[str, Any]:
    """Return the settings with which a connection was made, secrets in clear text; none if there is no such connection.

    Args:
        runtime: The process.
        tap_name: Its tap.
        name: What it is called.
        company: Key of the company it belongs to; empty for any.
    """
    keys = {each.id: each.key for each in list_companies(runtime.ledger.database)}
    for each in every_connection(runtime):
        if (each.tap, each.name) == (tap_name, name) and company in ("", keys[each.company_id]):
            try:
                return each.values(runtime.ledger.vault)
            except LedgerUnavailable:  # the key is another one: the secrets are lost, and must be given again
                return dict(each.settings)
    return {}


def every_connection(runtime: Runtime, company_id: int | None = None) -> list[Connection]:
    """Return the connections of a company, or of all, with those that were disconnected."""
    database = runtime.ledger.database
    return list_connections(database, company_id) + list_connections(database, company_id, stopped=True)


def _called(runtime: Runtime, company: Company, tap: Tap, account: Account) -> str:
    """Return what an account's connection was called before, or else a name that is free."""
    known = every_connection(runtime, company.id)
    before = next((each.name for each in known if (each.tap, each.account_id) == (tap.name, account.id)), None)
    if before is not None:
        return before
    taken = {each.name for each in known}
    names = (account.name, f"{account.name} ({tap.title})", f"{account.name} ({tap.title} {account.id})")
    return next((name for name in names if name not in taken), names[-1])


def _known_company(runtime: Runtime, key: str) -> Company | None:
    """Return the company that is meant, None if it is to be made."""
    companies = list_companies(runtime.ledger.database)
    for company in companies:
        if company.key == key or (not key and len(companies) == 1):
            return company
    if companies and not key:
        keys = ", ".join(company.key for company in companies)
        raise BadUse(f"there are several companies: say whose account this is with --company ({keys})")
    if key:
        checked_key(key)
    return None


def _new_company(key: str, account: Account) -> Company:
    return Company(0, key or FIRST_COMPANY, account.name, account.currency, account.time_zone)


def _authorised(runtime: Runtime, connection: Connection) -> None:
    """Close the repairs that ask for what has just been done, on every connection of the grant.

    In the run log, a run of the account alone says that it is well again: what failed before it is due at once.
    """
    database, now = runtime.ledger.database, runtime.now()
    failed = {run.connection_id for run in latest_runs(database) if run.outcome in ("needs_auth", "bad_settings")}
    shared = (connection.tap, connection.grant_key)
    for each in list_connections(database):
        if each.id == connection.id or (each.grant_key and (each.tap, each.grant_key) == shared):
            set_repairs(database, each.id, {}, now=now, judged=_is_refusal)
            if each.id in failed:
                log_run(database, Run(each.id, ACCOUNT, now, now, "ok"))


def _is_refusal(code: str) -> bool:
    return code.startswith("needs_auth:") or code == f"bad_settings:{ACCOUNT}"
