"""Companies: whose KPIs these are, and by which calendar."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kpitaps.calendar import is_zone
from kpitaps.errors import BadSettings, BadUse
from kpitaps.store import Company, find_company, list_companies, put_company
from kpitaps.units import is_currency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpitaps.app.runtime import Runtime
    from kpitaps.store import Connection

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def checked_key(key: str) -> str:
    """Return ``key`` if it can be a company's.

    Raises:
        BadUse: if not: it becomes the label ``company``.
    """
    if not _KEY.fullmatch(key):
        raise BadUse(f"company {key!r}: a key is up to 64 lower case letters, digits, hyphens and underscores")
    return key


def named_company(runtime: Runtime, key: str) -> Company:
    """Return the company with that key; for an empty key the only one there is.

    Raises:
        BadUse: if there is none of that key, or an empty one could mean several.
    """
    companies = list_companies(runtime.ledger.database)
    if key or not companies:
        return find_company(runtime.ledger.database, key)
    if len(companies) > 1:
        keys = ", ".join(company.key for company in companies)
        raise BadUse(f"there are several companies: say which one with --company ({keys})")
    return companies[0]


def find_company_of(runtime: Runtime, connection: Connection) -> Company:
    """Return the company that a connection belongs to."""
    companies = list_companies(runtime.ledger.database)
    return next(company for company in companies if company.id == connection.company_id)


def change_company(runtime: Runtime, key: str, changes: Mapping[str, Any]) -> Company:
    """Change a company, or make it: a new one needs a currency and a time zone.

    Args:
        runtime: The process.
        key: Its key.
        changes: New values of its attributes.

    Raises:
        BadUse: for a key that cannot be one, or a new company without currency or time zone.
        BadSettings: for a currency or time zone that does not exist.
    """
    known = next((each for each in list_companies(runtime.ledger.database) if each.key == key), None)
    if known is None:
        if missing := [f"--{name.replace('_', '-')}" for name in ("currency", "time_zone") if name not in changes]:
            raise BadUse(f"there is no company {key!r} yet: to make it, give {' and '.join(missing)}")
        known = Company(0, checked_key(key), key, "", "")
    elif not changes:
        return known
    wanted = replace(known, **changes)
    if not is_currency(wanted.currency):
        raise BadSettings(f"company {key}: {wanted.currency!r} is no ISO 4217 currency code such as EUR")
    if not is_zone(wanted.time_zone):
        raise BadSettings(f"company {key}: {wanted.time_zone!r} is no IANA time zone such as Europe/Amsterdam")
    return put_company(runtime.ledger.database, wanted)
