"""Connecting an account: its settings are tried before anything is stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kpitaps.errors import BadUse
from kpitaps.store import (
    Company,
    Connection,
    add_connection,
    list_companies,
    list_connections,
    note_account,
    put_company,
)
from kpitaps.sync import ask_account
from kpitaps.tap import Context

if TYPE_CHECKING:
    from kpitaps.app.runtime import Runtime
    from kpitaps.tap import Account

FIRST_COMPANY = "main"
"""Key of the company that the first connection belongs to, unless another is named."""

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def connect(
    runtime: Runtime, tap_name: str, values: dict[str, Any], *, company: Company | str = "", name: str = ""
) -> Connection:
    """Connect an account: check the settings, ask the source whose account it is, store the connection.

    Args:
        runtime: The process.
        tap_name: Which tap.
        values: The settings, secrets in clear text.
        company: A company to create or bring up to date, or the key of one that exists. By default the only one
            there is; where there is none, one named after the account, with its currency and zone.
        name: What the connection is called; by default what it was called before, at first the account's name.

    Raises:
        BadUse: if the tap or the company does not exist, or the name is taken.
        BadSettings, NeedsAuth, RetryLater, TapBug: what the settings or the source say; nothing is stored then.
    """
    tap = runtime.plugins.tap(tap_name)
    settings = runtime.settings(tap, values)
    with runtime.http(tap, settings, key=f"connect:{tap_name}") as http:
        account = ask_account(tap, Context(http, settings, runtime.now()))
    owner = _company(runtime, company, account)
    known = list_connections(runtime.ledger.database, owner.id)
    called = next((each.name for each in known if (each.tap, each.account_id) == (tap.name, account.id)), account.name)
    connection = add_connection(
        runtime.ledger.database,
        runtime.ledger.vault,
        company_id=owner.id,
        tap=tap.name,
        name=name or called,
        account=account,
        plain=settings.plain(),
        secrets=settings.secrets(),
        now=runtime.now(),
    )
    note_account(runtime.ledger.database, connection.id, account)
    return connection


def _company(runtime: Runtime, wanted: Company | str, account: Account) -> Company:
    database = runtime.ledger.database
    if isinstance(wanted, Company):
        return put_company(database, wanted)
    companies = list_companies(database)
    for company in companies:
        if company.key == wanted or (not wanted and len(companies) == 1):
            return company
    if companies and not wanted:
        keys = ", ".join(company.key for company in companies)
        raise BadUse(f"there are several companies: say whose account this is with --company ({keys})")
    if wanted and not _KEY.fullmatch(wanted):
        raise BadUse(f"company {wanted!r}: a key is up to 64 lower case letters, digits, hyphens and underscores")
    fresh = Company(0, wanted or FIRST_COMPANY, account.name, account.currency, account.time_zone)
    return put_company(database, fresh)
